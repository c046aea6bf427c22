//! Server-sent events: streams that end when the service stops, and of which there is a bounded number.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_core::Stream;
use huoshui_kernel::fault::Fault;
use tokio::sync::{OwnedSemaphorePermit, mpsc};

use crate::extract::bad_parameter;
use crate::state::App;
use crate::{Problem, faults};

/// Events waiting for a slow reader; then the stream ends, and the reader resumes from the last it saw.
const WAITING: usize = 256;

/// Where events of a stream go.
pub type Sink = mpsc::Sender<Event>;

struct Feed {
    events: mpsc::Receiver<Event>,
    _place: OwnedSemaphorePermit,
}

impl Stream for Feed {
    type Item = Result<Event, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.events.poll_recv(cx).map(|event| event.map(Ok))
    }
}

/// Opens a stream that `feed` fills until it returns, the reader leaves, its time is over, or the service stops.
///
/// # Errors
/// `server.overloaded` when there are too many.
pub fn open<F>(app: &App, feed: impl FnOnce(Sink) -> F) -> Result<Response, Problem>
where
    F: Future<Output = ()> + Send + 'static,
{
    let place = Arc::clone(&app.parts().streams).try_acquire_owned();
    let place = place.map_err(|_| Problem::from(Fault::new(&faults::OVERLOADED)).retry_after(5))?;
    let (sink, events) = mpsc::channel(WAITING);
    let work = feed(sink.clone());
    let mut stopping = app.parts().stopping.clone();
    let most = Duration::from_secs(app.config().limits.stream_seconds);
    tokio::spawn(async move {
        tokio::select! {
            () = work => {}
            () = tokio::time::sleep(most) => {}
            () = sink.closed() => {}
            _ = stopping.wait_for(|stop| *stop) => {}
        }
    });
    let alive = KeepAlive::new().interval(Duration::from_secs(15)).text("alive");
    let mut response = Sse::new(Feed { events, _place: place }).keep_alive(alive).into_response();
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

/// An event with its data as JSON.
pub fn event(id: u64, name: &str, data: &impl serde::Serialize) -> Event {
    Event::default().id(id.to_string()).event(name).data(serde_json::to_string(data).unwrap_or_default())
}

/// Sends an event; whether the reader keeps up.
pub fn send(sink: &Sink, id: u64, name: &str, data: &impl serde::Serialize) -> bool {
    sink.try_send(event(id, name, data)).is_ok()
}

/// `Last-Event-ID`: the last event that the reader saw.
///
/// # Errors
/// `request.bad_parameter` for anything that is no number.
pub fn last_id(headers: &HeaderMap) -> Result<Option<u64>, Problem> {
    let Some(value) = headers.get("last-event-id") else { return Ok(None) };
    let text = value.to_str().unwrap_or_default();
    text.trim().parse().map(Some).map_err(|_| bad_parameter("Last-Event-ID", text, "id"))
}
