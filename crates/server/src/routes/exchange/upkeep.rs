//! What has to be done again and again for departments' data, whether or not anybody asks.

use std::time::Duration;

use huoshui_app::exchange::batches::{orphans, retain};
use huoshui_journal::{Clock as _, SystemClock};
use tokio::sync::watch;

use crate::state::App;

/// How long by the store's clock between two rounds, microseconds.
const EVERY: i64 = 3_600_000_000;
/// How often that clock is looked at.
const GLANCE: Duration = Duration::from_secs(30);

/// Erases what is past its retention, and files that nothing names, and tells of objections that are overdue: at once, then hourly by the store's clock, until the
/// service stops. Of several servers each does; what one has erased is no work for the others.
pub(crate) async fn hourly(app: App, mut stopping: watch::Receiver<bool>) {
    let mut due = i64::MIN;
    loop {
        let now = app.now();
        if now >= due {
            due = now.saturating_add(EVERY);
            let worker = app.clone();
            let _ = tokio::task::spawn_blocking(move || round(&worker, now)).await;
        }
        tokio::select! {
            () = tokio::time::sleep(GLANCE) => {}
            _ = stopping.wait_for(|stop| *stop) => return,
        }
    }
}

fn round(app: &App, now: i64) {
    let expired = app.exchange().rules.now().and_then(|rules| retain::expire(app.workspace(), &rules.catalogue, now));
    match expired {
        Ok(erased) => {
            for (resource, erased) in erased {
                tracing::info!(resource, ?erased, "erased past its retention");
            }
        }
        Err(fault) => tracing::warn!(code = fault.code(), "data past their retention could not be erased"),
    }
    match app.exchange().tell_overdue() {
        Ok(0) => {}
        Ok(objections) => tracing::info!(objections, "told of objections that are overdue"),
        Err(fault) => tracing::warn!(code = fault.code(), "objections that are overdue could not be told of"),
    }
    match app.credit().expire(now) {
        Ok(swept) if swept == huoshui_app::credit::retain::Swept::default() => {}
        Ok(swept) => tracing::info!(?swept, "erased what profiles and decisions rest on"),
        Err(fault) => tracing::warn!(code = fault.code(), "what profiles and decisions rest on could not be erased"),
    }
    // Files have the machine's times, whatever a demonstration's clock says.
    match orphans::clear(app.workspace(), SystemClock.now_micros()) {
        Ok(0) => {}
        Ok(files) => tracing::info!(files, "removed files that nothing names"),
        Err(fault) => tracing::warn!(code = fault.code(), "files that nothing names could not be looked for"),
    }
}
