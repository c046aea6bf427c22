//! A PostgreSQL server in a temporary folder, reached over a socket in that folder.

use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::Unavailable;
use crate::account::Account;

/// The superuser of the server's databases.
const ROLE: &str = "huoshui";
/// How long a start or a stop may take, in seconds.
const WAIT_SECONDS: &str = "120";
/// Ends the server and removes its folder once our end of the pipe closes, be it by `Drop` or by our death: a test that
/// is killed leaves no server behind either.
const WATCH: &str = r#"trap '' INT TERM HUP
read -r _
"$1" stop -D "$2/data" -m immediate -w -t 30 >/dev/null 2>&1
rm -rf "$2""#;

/// A running server, stopped and removed when dropped.
pub struct Postgres {
    folder: tempfile::TempDir,
    programs: PathBuf,
    account: Account,
    databases: AtomicU32,
    watch: Option<(Child, ChildStdin)>,
}

impl Postgres {
    /// Starts a server of its own for the caller, quick rather than durable (no fsync).
    ///
    /// # Errors
    /// When PostgreSQL is not installed or does not start; the text says what to do.
    pub fn start() -> Result<Self, Unavailable> {
        Self::start_with(&["fsync=off", "synchronous_commit=off", "full_page_writes=off"])
    }

    /// Starts a server with PostgreSQL's own durability (fsync on), for tests and benchmarks of it.
    ///
    /// # Errors
    /// As [`Postgres::start`].
    pub fn start_durable() -> Result<Self, Unavailable> {
        Self::start_with(&["fsync=on", "synchronous_commit=on", "max_wal_size=4GB"])
    }

    /// The one quick server of this test process, started at first use.
    ///
    /// # Errors
    /// As [`Postgres::start`].
    pub fn shared() -> Result<&'static Self, Unavailable> {
        static SHARED: OnceLock<Result<Postgres, Unavailable>> = OnceLock::new();
        SHARED.get_or_init(Self::start).as_ref().map_err(Clone::clone)
    }

    fn start_with(settings: &[&str]) -> Result<Self, Unavailable> {
        let programs = find_programs()?;
        let account = Account::choose()?;
        let folder = tempfile::Builder::new()
            .prefix("pg-")
            .tempdir()
            .map_err(|e| Unavailable::new(format!("no temporary folder for PostgreSQL: {e}")))?;
        account.give(folder.path())?;
        let data = folder.path().join("data");
        let mut initdb = account.command(&programs.join("initdb"));
        initdb.args(["-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions", "-U", ROLE, "-D"]);
        run(initdb.arg(&data), None)?;
        let mut config = String::from("listen_addresses=''\nmax_connections=200\nshared_buffers=64MB\n");
        config.push_str(&format!("unix_socket_directories='{}'\nautovacuum_naptime=10s\n", folder.path().display()));
        for line in settings {
            config.push_str(line);
            config.push('\n');
        }
        // Appended as root where we are root: the file stays the account's own.
        let file = std::fs::OpenOptions::new().append(true).open(data.join("postgresql.conf"));
        file.and_then(|mut f| std::io::Write::write_all(&mut f, config.as_bytes()))
            .map_err(|e| Unavailable::new(format!("cannot configure PostgreSQL: {e}")))?;
        let mut server = Self { folder, programs, account, databases: AtomicU32::new(0), watch: None };
        server.watch = Some(server.spawn_watch()?);
        server.run_again()?;
        Ok(server)
    }

    fn spawn_watch(&self) -> Result<(Child, ChildStdin), Unavailable> {
        use std::os::unix::process::CommandExt;
        let mut command = self.account.command(Path::new("/bin/sh"));
        command.args(["-c", WATCH, "watch"]).arg(self.programs.join("pg_ctl")).arg(self.folder.path());
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
        let mut child = command.spawn().map_err(|e| Unavailable::new(format!("cannot run /bin/sh: {e}")))?;
        let pipe = child.stdin.take().ok_or_else(|| Unavailable::new("cannot watch the PostgreSQL server"))?;
        Ok((child, pipe))
    }

    /// Starts the server on its folder after [`Postgres::kill`], recovering as after a crash.
    ///
    /// # Errors
    /// When it does not come up in two minutes.
    pub fn run_again(&self) -> Result<(), Unavailable> {
        let log = self.folder.path().join("log");
        let mut start = self.account.command(&self.programs.join("pg_ctl"));
        start.arg("start").arg("-D").arg(self.data()).arg("-l").arg(&log).args(["-w", "-s", "-t", WAIT_SECONDS]);
        run(&mut start, Some(&log))
    }

    /// The number of the server's first process, the parent of all others.
    ///
    /// # Errors
    /// When the server is not running.
    pub fn leader(&self) -> Result<u32, Unavailable> {
        let gone = || Unavailable::new("the PostgreSQL server is not running");
        let pid_file = std::fs::read_to_string(self.data().join("postmaster.pid")).map_err(|_| gone())?;
        pid_file.lines().next().and_then(|l| l.trim().parse().ok()).ok_or_else(gone)
    }

    /// Ends every process of the server at once (SIGKILL), as a crash of the machine's memory would.
    ///
    /// # Errors
    /// When the server is not running.
    pub fn kill(&self) -> Result<(), Unavailable> {
        let leader = self.leader()?;
        let mut victims = children(leader);
        victims.insert(0, leader);
        let mut kill = Command::new("kill");
        kill.arg("-KILL").args(victims.iter().map(u32::to_string)).stderr(Stdio::null());
        // A child that ended by itself in between is no failure; the leader's end is what matters.
        let _ = kill.status();
        for _ in 0..500 {
            if victims.iter().all(|pid| !alive(*pid)) {
                // Where nobody reaps orphans, the dead leader still answers to its number, and the next start would
                // take these locks for a running server's.
                let _ = std::fs::remove_file(self.data().join("postmaster.pid"));
                let _ = std::fs::remove_file(self.folder.path().join(".s.PGSQL.5432.lock"));
                return Ok(());
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        Err(Unavailable::new("the PostgreSQL server did not die"))
    }

    /// Stops the server the way `pg_ctl stop -m immediate` does: no checkpoint, recovery at the next start.
    ///
    /// # Errors
    /// When it does not stop.
    pub fn stop_immediately(&self) -> Result<(), Unavailable> {
        let mut stop = self.account.command(&self.programs.join("pg_ctl"));
        run(stop.arg("stop").arg("-D").arg(self.data()).args(["-m", "immediate", "-w", "-s", "-t", WAIT_SECONDS]), None)
    }

    /// The URL of the database `postgres` of this server.
    #[must_use]
    pub fn url(&self) -> String {
        self.url_of("postgres")
    }

    /// Creates an empty database that no other caller gets, and returns its URL.
    ///
    /// # Errors
    /// When the server cannot be reached.
    pub fn fresh_database(&self) -> Result<String, Unavailable> {
        let name = format!("t{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let mut create = self.account.command(&self.programs.join("createdb"));
        run(create.arg("-h").arg(self.folder.path()).args(["-U", ROLE, "-T", "template0", "-w", &name]), None)?;
        Ok(self.url_of(&name))
    }

    fn url_of(&self, database: &str) -> String {
        let folder = self.folder.path().display().to_string().replace('%', "%25").replace('/', "%2F");
        format!("postgres://{ROLE}@localhost/{database}?host={folder}")
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Some((mut child, pipe)) = self.watch.take() {
            drop(pipe);
            let _ = child.wait();
        }
    }
}

/// Runs to the end; a failure carries what the program said, and the tail of the server's log.
fn run(command: &mut Command, log: Option<&Path>) -> Result<(), Unavailable> {
    let name = Path::new(command.get_program()).file_name().unwrap_or_default().to_string_lossy().into_owned();
    // Not piped: a server that outlives `pg_ctl` would hold the pipe open for ever.
    let said = tempfile::NamedTempFile::new().and_then(|f| Ok((f.reopen()?, f)));
    let (out, said) = said.map_err(|e| Unavailable::new(format!("no temporary file: {e}")))?;
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(out).status();
    let status = status.map_err(|e| Unavailable::new(format!("cannot run {name}: {e}")))?;
    if status.success() {
        return Ok(());
    }
    let said = std::fs::read_to_string(said.path()).unwrap_or_default();
    let log = log.and_then(|l| std::fs::read_to_string(l).ok()).unwrap_or_default();
    let tail: Vec<&str> = log.lines().rev().take(8).collect();
    let tail = tail.into_iter().rev().collect::<Vec<_>>().join("\n");
    Err(Unavailable::new(format!("{name} failed ({status}):\n{said}\n{tail}")))
}

/// The folder that holds `initdb`: the newest of Debian's, else the one on PATH.
fn find_programs() -> Result<PathBuf, Unavailable> {
    let complete =
        |folder: &PathBuf| ["initdb", "pg_ctl", "postgres", "createdb"].iter().all(|p| folder.join(p).is_file());
    let mut versions: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|e| Some((e.file_name().to_str()?.parse().ok()?, e.path().join("bin"))))
        .filter(|(_, folder)| complete(folder))
        .collect();
    versions.sort();
    let on_path = std::env::var_os("PATH").and_then(|p| std::env::split_paths(&p).find(complete));
    versions.pop().map(|(_, folder)| folder).or(on_path).ok_or_else(|| {
        Unavailable::new("PostgreSQL's server programs are not installed: run `apt-get install postgresql` (or put initdb, pg_ctl, postgres and createdb on PATH)")
    })
}

fn children(leader: u32) -> Vec<u32> {
    let all = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    all.filter_map(|e| e.file_name().to_str()?.parse::<u32>().ok())
        .filter(|pid| stat(*pid).is_some_and(|(_, parent)| parent == leader))
        .collect()
}

/// A process's state letter and its parent.
fn stat(pid: u32) -> Option<(char, u32)> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = text.rsplit_once(')')?.1.split_whitespace();
    Some((fields.next()?.chars().next()?, fields.next()?.parse().ok()?))
}

fn alive(pid: u32) -> bool {
    stat(pid).is_some_and(|(state, _)| state != 'Z')
}
