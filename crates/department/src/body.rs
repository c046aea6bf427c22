//! Bodies that no honest department sends: without end, a byte at a time, cut short.

use std::future::Future as _;
use std::io::Write as _;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http_body::Frame;
use tokio::time::{Sleep, sleep};

/// How often the member of the bomb is repeated: 64 GiB in all.
const MEMBERS: u32 = 1 << 16;
/// What each member of the bomb unpacks to.
const MEMBER: usize = 1 << 20;

/// Frames from a function until it gives none.
struct Frames<F>(F);

impl<F: FnMut() -> Option<Result<Bytes, std::io::Error>> + Unpin> http_body::Body for Frames<F> {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        Poll::Ready((self.0)().map(|next| next.map(Frame::data)))
    }
}

/// The start of a body, and then a piece of it again and again.
pub(crate) fn endless(start: Bytes, again: &'static [u8]) -> Body {
    let again = Bytes::from(again.repeat(8_192 / again.len().max(1)));
    let mut start = Some(start);
    Body::new(Frames(move || Some(Ok(start.take().unwrap_or_else(|| again.clone())))))
}

/// Half of a body, and then the connection breaks.
pub(crate) fn broken(whole: &Bytes) -> Body {
    // The pause lets the half go out before the connection does: otherwise not even the head would arrive.
    let pause = Duration::from_millis(20);
    Body::new(Broken { half: Some(whole.slice(..whole.len() / 2)), timer: Box::pin(sleep(pause)) })
}

struct Broken {
    half: Option<Bytes>,
    timer: Pin<Box<Sleep>>,
}

impl http_body::Body for Broken {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        if let Some(half) = self.half.take() {
            return Poll::Ready(Some(Ok(Frame::data(half))));
        }
        ready!(self.timer.as_mut().poll(context));
        Poll::Ready(Some(Err(std::io::ErrorKind::ConnectionAborted.into())))
    }
}

/// 64 GiB of zeros, compressed a thousand times: members of a mebibyte each, one after another.
pub(crate) fn bomb() -> std::io::Result<Body> {
    let mut member = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    member.write_all(&vec![0; MEMBER])?;
    let member = Bytes::from(member.finish()?);
    let mut left = MEMBERS;
    Ok(Body::new(Frames(move || {
        left = left.checked_sub(1)?;
        Some(Ok(member.clone()))
    })))
}

/// A body a byte at a time, with a pause before each.
pub(crate) fn drip(whole: Bytes, pause: Duration) -> Body {
    Body::new(Drip { left: whole, pause, timer: Box::pin(sleep(pause)) })
}

struct Drip {
    left: Bytes,
    pause: Duration,
    timer: Pin<Box<Sleep>>,
}

impl http_body::Body for Drip {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        if self.left.is_empty() {
            return Poll::Ready(None);
        }
        ready!(self.timer.as_mut().poll(context));
        self.timer = Box::pin(sleep(self.pause));
        let byte = self.left.split_to(1);
        Poll::Ready(Some(Ok(Frame::data(byte))))
    }
}
