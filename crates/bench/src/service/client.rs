//! A small HTTP/1.1 client that keeps its connection: the load of a benchmark must cost less than what it measures.

use std::fmt::Write as _;
use std::net::SocketAddr;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

/// Bytes of a head or a body at most; more is a failure of the benchmark.
const MOST: usize = 4 << 20;

/// One connection.
pub struct Client {
    stream: BufReader<TcpStream>,
    request: Vec<u8>,
    line: Vec<u8>,
}

/// An answer; its body is in the buffer given.
#[derive(Clone, Copy, Debug)]
pub struct Answer {
    /// Status code.
    pub status: u16,
}

impl Client {
    /// Connects.
    pub async fn connect(to: SocketAddr) -> std::io::Result<Self> {
        let stream = TcpStream::connect(to).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream: BufReader::with_capacity(16 << 10, stream), request: Vec::new(), line: Vec::new() })
    }

    /// Sends a request and reads the answer into `into`. Headers are lines without their ends.
    pub async fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &[&str],
        body: &[u8],
        into: &mut Vec<u8>,
    ) -> std::io::Result<Answer> {
        let mut head = String::with_capacity(256);
        let _ = write!(head, "{method} {path} HTTP/1.1\r\nhost: bench\r\ncontent-length: {}\r\n", body.len());
        if !body.is_empty() {
            head.push_str("content-type: application/json\r\n");
        }
        for header in headers {
            head.push_str(header);
            head.push_str("\r\n");
        }
        head.push_str("\r\n");
        self.request.clear();
        self.request.extend_from_slice(head.as_bytes());
        self.request.extend_from_slice(body);
        self.stream.get_mut().write_all(&self.request).await?;
        self.receive(into).await
    }

    async fn receive(&mut self, into: &mut Vec<u8>) -> std::io::Result<Answer> {
        let first = self.line().await?;
        let status = first.split(' ').nth(1).and_then(|s| s.parse().ok()).ok_or_else(|| odd("no status"))?;
        let (mut length, mut chunked) = (0usize, false);
        loop {
            let line = self.line().await?;
            if line.is_empty() {
                break;
            }
            let Some((name, value)) = line.split_once(':') else { continue };
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.trim().parse().map_err(|_| odd("bad length"))?,
                "transfer-encoding" => chunked = value.trim().eq_ignore_ascii_case("chunked"),
                _ => {}
            }
        }
        into.clear();
        if !chunked {
            self.body(length, into).await?;
            return Ok(Answer { status });
        }
        loop {
            let size = self.line().await?;
            let size = usize::from_str_radix(size.split(';').next().unwrap_or_default().trim(), 16);
            let size = size.map_err(|_| odd("bad chunk"))?;
            self.body(size, into).await?;
            self.line().await?;
            if size == 0 {
                return Ok(Answer { status });
            }
        }
    }

    async fn body(&mut self, length: usize, into: &mut Vec<u8>) -> std::io::Result<()> {
        if length > MOST {
            return Err(odd("too long"));
        }
        let begin = into.len();
        into.resize(begin + length, 0);
        match into.get_mut(begin..) {
            Some(room) => self.stream.read_exact(room).await.map(drop),
            None => Ok(()),
        }
    }

    async fn line(&mut self) -> std::io::Result<String> {
        self.line.clear();
        let read = self.stream.read_until(b'\n', &mut self.line).await?;
        if read == 0 || read > MOST {
            return Err(odd("closed"));
        }
        Ok(String::from_utf8_lossy(&self.line).trim_end().to_owned())
    }
}

fn odd(what: &'static str) -> std::io::Error {
    std::io::Error::other(what)
}
