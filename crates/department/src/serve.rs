//! Starting and ending.

use std::fmt;
use std::future::Future;
use std::io::Read as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize};
use std::sync::{Arc, RwLock};
use std::time::Duration;

use huoshui_exchange::catalogue::Catalogue;
use huoshui_kernel::Fault;
use huoshui_kernel::fault::Result;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::faults;
use crate::misbehaviour::Misbehaviour;
use crate::routes::{Endpoint, router};
use crate::stock::Stock;

/// The key that callers must give. Only its digest is kept, and digests are compared: how much of a guess is right does
/// not show in the time that the answer takes.
#[derive(Clone, PartialEq, Eq)]
pub struct Key([u8; 32]);

impl Key {
    /// Takes a key of 1 to 512 visible ASCII characters; a line end behind it is dropped, as files have one.
    ///
    /// # Errors
    /// `department.bad_key`.
    pub fn new(text: &str) -> Result<Self> {
        let key = text.trim_end_matches(['\r', '\n']);
        if key.is_empty() || key.len() > 512 || !key.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(Fault::new(&faults::BAD_KEY));
        }
        Ok(Self(Sha256::digest(key).into()))
    }

    /// The key in an environment variable. Never from the command line: other users of a machine can read that.
    ///
    /// # Errors
    /// `department.key_source`, `department.bad_key`.
    pub fn from_env(name: &str) -> Result<Self> {
        let none = |why| Fault::new(&faults::KEY_SOURCE).with("from", name).with("why", why).field("key-env");
        // What the variable holds is not repeated, even when it is not text.
        let text = std::env::var(name).map_err(|why| match why {
            std::env::VarError::NotPresent => none("not set"),
            std::env::VarError::NotUnicode(_) => none("not UTF-8"),
        })?;
        Self::new(&text).map_err(|fault| fault.field("key-env"))
    }

    /// The key in a file of its own.
    ///
    /// # Errors
    /// `department.key_source`, `department.bad_key`.
    pub fn from_file(path: &Path) -> Result<Self> {
        let none = |why: std::io::Error| {
            Fault::new(&faults::KEY_SOURCE).with("from", path.display()).with("why", why).field("key-file")
        };
        let mut text = String::new();
        // A key and its line end are shorter; a device or a wrong file is not read to its end.
        std::fs::File::open(path).and_then(|file| file.take(1_024).read_to_string(&mut text)).map_err(none)?;
        Self::new(&text).map_err(|fault| fault.field("key-file"))
    }

    pub(crate) fn is(&self, given: &str) -> bool {
        <[u8; 32]>::from(Sha256::digest(given)) == self.0
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key")
    }
}

/// What to serve, and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// The department's code.
    pub code: String,
    /// The folder of its files.
    pub files: PathBuf,
    /// Which resources; all that have files when empty.
    pub resources: Vec<String>,
    /// Where to listen; port 0 lets the system choose.
    pub listen: SocketAddr,
    /// The key that callers must give.
    pub key: Option<Key>,
    /// How it misbehaves from the start.
    pub misbehaviour: Misbehaviour,
    /// Whether `POST /control` changes that while it runs; on loopback alone.
    pub control: bool,
    /// Seed of the draws by which a flaky department fails.
    pub seed: u64,
    /// How long requests under way may take to end after a stop.
    pub grace: Duration,
}

/// What is served, once it is.
#[derive(Clone, Debug, Serialize)]
pub struct Ready {
    /// The department's code.
    pub department: String,
    /// The address listened on.
    pub address: SocketAddr,
    /// The same as the base of the protocol.
    pub url: String,
    /// Its resources.
    pub resources: Vec<String>,
    /// Rows of all of them.
    pub rows: usize,
}

/// Loads and serves until `stop` ends, then gives requests under way the grace of the options.
///
/// # Errors
/// `department.*`, and those of reading files and the catalogue.
pub async fn serve(
    options: Options,
    ready: impl FnOnce(&Ready),
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<()> {
    if options.control && !options.listen.ip().is_loopback() {
        return Err(Fault::new(&faults::CONTROL_EXPOSED).with("address", options.listen).field("control"));
    }
    let stock = Stock::load(&Catalogue::embedded()?, &options.code, &options.files, &options.resources)?;
    let deaf = |why: std::io::Error| {
        Fault::new(&faults::LISTEN).with("address", options.listen).with("why", why).field("listen")
    };
    let listener = TcpListener::bind(options.listen).await.map_err(deaf)?;
    let address = listener.local_addr().map_err(deaf)?;
    let told = Ready {
        department: options.code.clone(),
        address,
        url: format!("http://{address}"),
        resources: stock.iter().map(|held| held.resource.code.clone()).collect(),
        rows: stock.iter().map(crate::stock::Held::rows).sum(),
    };
    let endpoint = Arc::new(Endpoint {
        stock,
        key: options.key,
        misbehaviour: RwLock::new(options.misbehaviour),
        draws: AtomicU64::new(options.seed),
        requests: AtomicU64::new(0),
        in_flight: AtomicUsize::new(0),
    });
    let (stopping, mut stopped) = watch::channel(false);
    let ending = async move {
        // An error means that nobody can stop it any more, which is a stop.
        let _ = stopped.wait_for(|stop| *stop).await;
    };
    let server = axum::serve(listener, router(endpoint, options.control)).with_graceful_shutdown(ending);
    ready(&told);
    let limit = async move {
        stop.await;
        let _ = stopping.send(true);
        // A department that hangs would never end by itself.
        tokio::time::sleep(options.grace).await;
    };
    tokio::select! {
        ended = server.into_future() => ended.map_err(|why| Fault::new(&faults::SYSTEM).with("why", why)),
        () = limit => Ok(()),
    }
}

/// Loads and serves until the process is told to end (SIGTERM, ctrl-c).
///
/// # Errors
/// As [`serve`]; `department.system`.
pub fn run(options: Options, ready: impl FnOnce(&Ready)) -> Result<()> {
    let system = |why: std::io::Error| Fault::new(&faults::SYSTEM).with("why", why);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(system)?;
    let stop = {
        let _inside = runtime.enter();
        told_to_end().map_err(system)?
    };
    let result = runtime.block_on(serve(options, ready, stop));
    // Whatever still hangs is left behind.
    runtime.shutdown_background();
    result
}

#[cfg(unix)]
fn told_to_end() -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = term.recv() => {}
            _ = int.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn told_to_end() -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}
