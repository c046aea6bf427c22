//! Logs as lines of JSON. What goes in is chosen by name: an operation, a status, a code, counts and times; never a path, a
//! query, a header, a body, a login or an address, which may hold what is personal or secret.

pub use tracing::Level;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;

/// A subscriber that writes what is of this level and above, and of other crates warnings only.
pub fn subscriber<W>(level: tracing::Level, writer: W) -> impl tracing::Subscriber + Send + Sync
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let ours = tracing_subscriber::filter::Targets::new()
        .with_default(tracing::Level::WARN)
        .with_target("huoshui_server", level)
        .with_target("huoshui_app", level);
    let lines =
        tracing_subscriber::fmt::layer().json().flatten_event(true).with_current_span(false).with_writer(writer);
    tracing_subscriber::registry().with(ours).with(lines)
}

/// Sends logs to standard error, for the rest of the process.
pub fn install(level: Level) {
    install_to(level, std::io::stderr);
}

/// Sends logs there, for the rest of the process. A second server in one process keeps the first one's.
pub fn install_to<W>(level: Level, writer: W)
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let _ = tracing::subscriber::set_global_default(subscriber(level, writer));
}
