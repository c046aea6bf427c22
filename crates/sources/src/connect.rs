//! Connections to one department: name, TCP, TLS, HTTP/1.1, and the few that are kept open between questions.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Empty;
use huoshui_kernel::Fault;
use huoshui_kernel::fault::Result;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;

use crate::faults;

/// How long an unused connection is kept. Servers drop theirs after a minute or so; ours goes first.
const IDLE: Duration = Duration::from_secs(20);
/// Most bytes of a response's head, and of what hyper reads ahead.
const HEAD: usize = 64 << 10;
/// Most headers.
const HEADERS: usize = 64;

/// An open connection. Dropping it ends its task and closes the socket, whatever the department still sends.
pub(crate) struct Connection {
    pub sender: SendRequest<Empty<Bytes>>,
    driver: JoinHandle<()>,
    idle_since: Instant,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// Where a department is, and its open connections.
pub(crate) struct Connector {
    host: String,
    port: u16,
    tls: Option<(TlsConnector, ServerName<'static>)>,
    within: Duration,
    most_idle: usize,
    idle: Mutex<Vec<Connection>>,
}

impl Connector {
    /// `host` is a name or an address without brackets.
    pub(crate) fn new(
        host: String,
        port: u16,
        tls: Option<TlsConnector>,
        within: Duration,
        most_idle: usize,
    ) -> Option<Self> {
        let tls = match tls {
            Some(connector) => Some((connector, ServerName::try_from(host.clone()).ok()?)),
            None => None,
        };
        Some(Self { host, port, tls, within, most_idle, idle: Mutex::default() })
    }

    /// A connection that was kept, when one is still good.
    pub(crate) fn kept(&self, now: Instant) -> Option<Connection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|c| now - c.idle_since < IDLE && !c.sender.is_closed());
        idle.pop()
    }

    /// Keeps a connection whose answer was read to its end.
    pub(crate) fn keep(&self, mut connection: Connection, now: Instant) {
        connection.idle_since = now;
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < self.most_idle && !connection.sender.is_closed() {
            idle.push(connection);
        }
    }

    /// Opens a connection.
    pub(crate) async fn open(&self) -> Result<Connection> {
        let until = Instant::now() + self.within;
        let late = || Fault::new(&faults::CONNECT_TIMEOUT).with("ms", self.within.as_millis());
        timeout_at(until, self.dial(until)).await.map_err(|_| late())?
    }

    async fn dial(&self, until: Instant) -> Result<Connection> {
        let tcp = self.tcp(until).await?;
        // One small request at a time: waiting to fill a packet only adds delay. A socket that refuses works without.
        let _ = tcp.set_nodelay(true);
        match &self.tls {
            None => speak(tcp).await,
            Some((tls, name)) => {
                let secured = tls.connect(name.clone(), tcp).await;
                speak(secured.map_err(|_| Fault::new(&faults::TLS))?).await
            }
        }
    }

    /// Tries the host's addresses one after another; each gets a fair share of the time that is left.
    async fn tcp(&self, until: Instant) -> Result<TcpStream> {
        let found = tokio::net::lookup_host((self.host.as_str(), self.port)).await;
        let addresses: Vec<_> = found.map_err(|_| Fault::new(&faults::DNS))?.take(8).collect();
        if addresses.is_empty() {
            return Err(Fault::new(&faults::DNS));
        }
        for (tried, address) in addresses.iter().enumerate() {
            let left = u32::try_from(addresses.len() - tried).unwrap_or(1);
            let share = until.saturating_duration_since(Instant::now()) / left;
            if let Ok(Ok(stream)) = timeout_at(Instant::now() + share, TcpStream::connect(address)).await {
                return Ok(stream);
            }
        }
        Err(Fault::new(&faults::REFUSED))
    }
}

async fn speak(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) -> Result<Connection> {
    let handshake = http1::Builder::new().max_buf_size(HEAD).max_headers(HEADERS).handshake(TokioIo::new(stream)).await;
    let (sender, connection) = handshake.map_err(|_| Fault::new(&faults::BROKEN))?;
    // What goes wrong on the connection is told to the request that waits on it.
    let driver = tokio::spawn(async move {
        let _ = connection.await;
    });
    Ok(Connection { sender, driver, idle_since: Instant::now() })
}
