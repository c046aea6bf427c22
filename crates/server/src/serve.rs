//! Listening, answering, and stopping without losing what was begun.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use huoshui_app::Workspace;
use huoshui_journal::{Clock, Sealer};
use huoshui_kernel::fault::{Fault, Result};
use hyper::server::conn::http1::Builder;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;
use tower::ServiceExt as _;

use crate::config::Config;
use crate::front::Peer;
use crate::state::App;
use crate::{faults, inbox, routes};

/// A server that runs.
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    /// Where metrics are read without signing in, if anywhere.
    pub metrics: Option<SocketAddr>,
    /// Its state.
    pub app: App,
    stop: watch::Sender<bool>,
    serving: JoinHandle<()>,
    background: Vec<JoinHandle<()>>,
}

/// Starts a server: it is ready when this returns.
///
/// # Errors
/// `config.*`, `server.listen`, `auth.policies`; those of the store.
pub async fn start(workspace: Workspace, clock: Arc<dyn Clock>, config: Config) -> Result<Running> {
    config.check()?;
    let (stop, stopping) = watch::channel(false);
    let (router, contract) = routes::router(&config)?;
    let made = {
        let (config, stopping) = (config.clone(), stopping.clone());
        tokio::task::spawn_blocking(move || App::new(workspace, clock, config, contract, stopping)).await
    };
    let app = made.map_err(|_| Fault::new(&faults::INTERNAL))??;
    // Both addresses are taken before anything runs: a start that fails leaves nothing running.
    let (listener, address) = listen(config.listen).await?;
    let watched = match config.metrics.listen {
        Some(at) => Some(listen(at).await?),
        None => None,
    };
    let metrics = watched.as_ref().map(|(_, address)| *address);
    let router = routes::with_door(router, &app);
    let serving = tokio::spawn(accept(listener, router, config.clone(), stopping.clone()));
    let mut background = vec![tokio::spawn(following(app.clone(), stopping.clone()))];
    background.push(tokio::spawn(routes::exchange::upkeep::hourly(app.clone(), stopping.clone())));
    if config.seal.on {
        background.push(tokio::spawn(sealing(app.clone(), stopping.clone())));
    }
    if let Some((listener, _)) = watched {
        let router = routes::metrics_alone(&app);
        background.push(tokio::spawn(accept(listener, router, config.clone(), stopping.clone())));
    }
    tracing::info!(version = env!("CARGO_PKG_VERSION"), port = address.port(), "ready");
    Ok(Running { address, metrics, app, stop, serving, background })
}

impl Running {
    /// Stops: takes nothing new, finishes what was begun within the bound, seals, and returns whether all was finished.
    pub async fn stop(self) -> bool {
        let within = Duration::from_secs(self.app.config().limits.stop_seconds);
        let _ = self.stop.send(true);
        let answered = tokio::time::timeout(within, self.serving).await.is_ok();
        let done = self.app.parts().jobs.drain(within).await;
        for task in self.background {
            let _ = tokio::time::timeout(within, task).await;
        }
        if self.app.config().seal.on {
            let app = self.app.clone();
            let _ = tokio::task::spawn_blocking(move || huoshui_app::seal::all(app.workspace())).await;
        }
        tracing::info!(answered, done, "stopped");
        answered && done
    }
}

/// Returns when the process is asked to stop: by SIGTERM or Ctrl-C.
pub async fn asked_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let interrupt = tokio::signal::ctrl_c();
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
        }
        Err(_) => drop(interrupt.await),
    }
}

/// Returns when the service stops.
async fn stopped(stopping: &mut watch::Receiver<bool>) {
    let _ = stopping.wait_for(|stop| *stop).await;
}

async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind(address).await.map_err(|e| refused(address, &e))?;
    let taken = listener.local_addr().map_err(|e| refused(address, &e))?;
    Ok((listener, taken))
}

fn refused(address: SocketAddr, why: &std::io::Error) -> Fault {
    let why = huoshui_app::faults::reason(why);
    Fault::new(&faults::LISTEN).with("address", address).with("why", why).field("listen")
}

/// Takes connections until the service stops, then waits for those it has: each finishes the request it is at.
async fn accept(listener: TcpListener, router: Router, config: Config, mut stopping: watch::Receiver<bool>) {
    let places = Arc::new(Semaphore::new(config.limits.connections));
    let graceful = GracefulShutdown::new();
    let mut builder = Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_secs(config.limits.head_seconds))
        .max_buf_size(64 * 1_024);
    loop {
        let place = tokio::select! {
            place = Arc::clone(&places).acquire_owned() => place,
            () = stopped(&mut stopping) => break,
        };
        let Ok(place) = place else { break };
        let (socket, peer) = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(_) => {
                    // Out of file descriptors, mostly: a moment later some are free.
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
            () = stopped(&mut stopping) => break,
        };
        let _ = socket.set_nodelay(true);
        let router = router.clone();
        let service = hyper::service::service_fn(move |mut request: Request<hyper::body::Incoming>| {
            request.extensions_mut().insert(Peer(peer));
            router.clone().oneshot(request.map(Body::new))
        });
        let connection = builder.serve_connection(TokioIo::new(socket), service);
        let watched = graceful.watch(connection);
        tokio::spawn(async move {
            // A connection that breaks is the caller's; its requests were logged.
            let _ = watched.await;
            drop(place);
        });
    }
    drop(listener);
    graceful.shutdown().await;
}

/// Reads what was sealed, again and again.
async fn following(app: App, mut stopping: watch::Receiver<bool>) {
    let most = Duration::from_millis(app.config().seal.every_millis.clamp(100, 5_000) / 2);
    let mut pace = Pace::of(inbox::BATCH, most);
    loop {
        let (reader, mut took) = (app.clone(), 0);
        match tokio::task::spawn_blocking(move || inbox::follow(&reader)).await {
            Ok(Ok(events)) => took = events,
            Ok(Err(fault)) => tracing::warn!(code = fault.code(), "the journal could not be followed"),
            Err(_) => tracing::error!("following the journal ended in a fault of the program"),
        }
        tokio::select! {
            () = tokio::time::sleep(pace.after(took)) => {}
            () = stopped(&mut stopping) => return,
        }
    }
}

/// How long work that others make waits between two portions: so long that the next one is about half full, and no longer
/// than it may. So a busy server's work is spread evenly over its time, rather than done at once while requests wait.
struct Pace {
    portion: usize,
    wait: Duration,
    most: Duration,
}

impl Pace {
    /// Two portions are no closer together than this, however many wait.
    const LEAST: Duration = Duration::from_millis(5);

    fn of(portion: usize, most: Duration) -> Self {
        Self { portion, wait: most, most }
    }

    /// After a portion of so many.
    fn after(&mut self, took: usize) -> Duration {
        let wait = if took >= self.portion {
            self.wait / 4
        } else {
            let part = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
            (self.wait * part(self.portion / 2) / part(took).max(1)).min(self.wait * 2)
        };
        self.wait = wait.min(self.most).max(Self::LEAST);
        self.wait
    }
}

fn take_over(workspace: &Workspace) -> Result<Sealer> {
    let key = huoshui_app::seal::signer(workspace)?;
    Sealer::take_over(&workspace.journal, Arc::new(key), Box::new(huoshui_app::seal::file(workspace)))
}

/// Events sealed at once: the journal's writer is held up for a few milliseconds by them.
const SEALED_AT_ONCE: usize = 2_048;

/// Seals, again and again. Of several servers one does: it is fenced off when another takes over, and then waits long
/// enough to see whether that one goes on.
async fn sealing(app: App, mut stopping: watch::Receiver<bool>) {
    let every = Duration::from_millis(app.config().seal.every_millis.max(100));
    let (mut held, mut pace) = (None, Pace::of(SEALED_AT_ONCE, every));
    loop {
        let (sealer, worker) = (held.take(), app.clone());
        let turn = tokio::task::spawn_blocking(move || {
            let sealer = match sealer {
                Some(sealer) => sealer,
                None => take_over(worker.workspace())?,
            };
            sealer.seal_portion(SEALED_AT_ONCE).map(|took| (sealer, took))
        });
        let wait = match turn.await {
            Ok(Ok((sealer, took))) => {
                held = Some(sealer);
                pace.after(took)
            }
            Ok(Err(fault)) if fault.code() == "journal.fenced" => every * 5,
            Ok(Err(fault)) => {
                tracing::warn!(code = fault.code(), "sealing failed");
                every
            }
            Err(_) => {
                tracing::error!("sealing ended in a fault of the program");
                every
            }
        };
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = stopped(&mut stopping) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn portions_are_spread_so_that_the_next_is_half_full() {
        let mut pace = Pace::of(1_000, Duration::from_millis(800));
        let mut waits = |took: &[usize]| took.iter().map(|t| pace.after(*t).as_millis()).collect::<Vec<_>>();
        // A full one says that more wait; 600 in 50 ms are 500 in 41.
        assert_eq!(waits(&[1_000, 1_000, 600]), [200, 50, 41]);
        // However many wait, a pause there is; the fewer come, the longer, and never beyond the most.
        assert_eq!(waits(&[1_000, 1_000, 1_000, 250, 0, 0]), [10, 5, 5, 10, 20, 40]);
        assert_eq!(waits(&[0; 6])[4..], [800, 800]);
    }
}
