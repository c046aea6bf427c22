//! An organisation's inbox.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use huoshui_kernel::fault::Fault;
use serde::Deserialize;
use tokio::sync::broadcast::error::RecvError;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::{Answer, json};
use crate::extract::{Args, At, Listed, Page, Permit};
use crate::inbox::{Notice, Reader, concerns};
use crate::state::App;
use crate::{faults, sse};

/// The endpoints.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(watch))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct From {
    /// Notices at most: 1 to 500, 50 when nothing is said.
    #[param(minimum = 1, maximum = 500)]
    #[serde(rename = "limit")]
    _limit: Option<u32>,
    /// The position of the last notice already seen, from `next`.
    cursor: Option<String>,
}

/// What is in the inbox, oldest first: the organisation's, and the caller's own as a natural person.
#[utoipa::path(get, path = "/v1/organisations/{organisation}/inbox", operation_id = "listInbox", tag = "inbox",
    security(("session" = []), ("key" = ["inbox:read"])), params(("organisation" = String, Path), From),
    responses((status = 200, body = Listed<Notice>)), extensions(("x-problems" = json!(["inbox.too_old", "request.bad_parameter"]))))]
async fn list(
    State(app): State<App>,
    At(organisation): At<String>,
    Args(from): Args<From>,
    permit: Permit,
    page: Page,
) -> Answer<Response> {
    let after = match from.cursor.as_deref() {
        None => None,
        Some(text) => {
            let unknown = |_| Fault::new(&huoshui_journal::faults::BAD_CURSOR).field("cursor");
            Some(text.parse().map_err(unknown)?)
        }
    };
    let reader = Reader::of(&organisation, permit.actor()?);
    let held = app.parts().inbox.after(after).ok_or_else(|| Fault::new(&faults::TOO_OLD).field("cursor"))?;
    let mut own: Vec<Arc<Notice>> = held.into_iter().filter(|n| concerns(n, &reader)).take(page.limit + 1).collect();
    let more = own.len() > page.limit;
    own.truncate(page.limit);
    let next = own.last().filter(|_| more).map(|n| n.position.to_string());
    Ok(json(page.listed(own.iter().map(|n| Notice::clone(n)).collect(), next)))
}

/// The inbox as it fills: server-sent events `notice`, resumed by `Last-Event-ID`.
#[utoipa::path(get, path = "/v1/organisations/{organisation}/inbox/events", operation_id = "watchInbox", tag = "inbox",
    security(("session" = []), ("key" = ["inbox:read"])),
    params(("organisation" = String, Path), ("Last-Event-ID" = Option<u64>, Header, description = "The last notice seen.")),
    responses((status = 200, body = Notice, content_type = "text/event-stream")),
    extensions(("x-problems" = json!(["inbox.too_old", "request.bad_parameter"]))))]
async fn watch(
    State(app): State<App>,
    At(organisation): At<String>,
    permit: Permit,
    headers: HeaderMap,
) -> Answer<Response> {
    let reader = Reader::of(&organisation, permit.actor()?);
    // Listening begins before the past is read, so that nothing falls between.
    let mut heard = app.parts().inbox.listen();
    let seen = sse::last_id(&headers)?;
    let past = match seen {
        None => Vec::new(),
        Some(_) => app.parts().inbox.after(seen).ok_or_else(|| Fault::new(&faults::TOO_OLD).field("Last-Event-ID"))?,
    };
    sse::open(&app, move |sink| async move {
        let mut last = seen;
        for notice in past.iter().filter(|n| concerns(n, &reader)) {
            last = Some(notice.position);
            if sink.send(sse::event(notice.position, "notice", &**notice)).await.is_err() {
                return;
            }
        }
        loop {
            match heard.recv().await {
                Ok(notice) => {
                    let new = last.is_none_or(|l| notice.position > l);
                    if new && concerns(&notice, &reader) {
                        last = Some(notice.position);
                        if !sse::send(&sink, notice.position, "notice", &*notice) {
                            return;
                        }
                    }
                }
                // Too slow, or over: the reader comes back with the last it saw.
                Err(RecvError::Lagged(_) | RecvError::Closed) => return,
            }
        }
    })
}
