//! Settings: a TOML file, then the environment (`HUOSHUI__LIMITS__BODY_BYTES=…`), then the command line; typed, and held
//! against each other before anything starts.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use huoshui_kernel::fault::{Fault, Result};
use serde::{Deserialize, Serialize};

use crate::faults;

/// What the environment's variables begin with; `__` stands between a table and its key.
const PREFIX: &str = "HUOSHUI__";

/// The longest that the holder of a token may be remembered, milliseconds.
const MOST_REMEMBERED: u64 = 60_000;
/// The longest that a request's head may take, seconds.
const MOST_HEAD: u64 = 300;

/// All settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The address of the service; port 0 takes any free one.
    pub listen: SocketAddr,
    /// The data folder.
    pub data: Option<PathBuf>,
    /// The PostgreSQL database of the journal; without it the folder's own SQLite.
    pub database: Option<String>,
    /// Bounds.
    pub limits: Limits,
    /// Sign-in.
    pub sign_in: SignIn,
    /// Jobs.
    pub jobs: Jobs,
    /// Metrics.
    pub metrics: Metrics,
    /// Sealing.
    pub seal: Seal,
    /// Logs.
    pub log: Log,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8_080)),
            data: None,
            database: None,
            limits: Limits::default(),
            sign_in: SignIn::default(),
            jobs: Jobs::default(),
            metrics: Metrics::default(),
            seal: Seal::default(),
            log: Log::default(),
        }
    }
}

macro_rules! settings {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $field:ident: $ty:ty = $value:expr,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct $name { $($(#[$doc])* pub $field: $ty,)+ }
        impl Default for $name {
            fn default() -> Self { Self { $($field: $value,)+ } }
        }
    };
}

settings! {
    /// Bounds of requests.
    Limits {
        /// Bytes of a JSON body.
        body_bytes: usize = 1 << 20,
        /// Bytes of an upload, all its files together.
        upload_bytes: usize = 512 << 20,
        /// Files of an upload.
        upload_files: usize = 16,
        /// Seconds until a request's head must have come.
        head_seconds: u64 = 10,
        /// Seconds until a request is answered.
        request_seconds: u64 = 60,
        /// Seconds until an upload is taken.
        upload_seconds: u64 = 600,
        /// Requests being answered at once; one more is told to come back.
        in_flight: usize = 512,
        /// Connections at once.
        connections: usize = 2_048,
        /// Event streams at once.
        streams: usize = 256,
        /// Seconds until an event stream ends; its reader comes back with the last that it saw.
        stream_seconds: u64 = 3_600,
        /// Threads that read and write the store.
        store_threads: usize = 32,
        /// Expensive questions at once.
        questions: usize = 2,
        /// Expensive questions that wait.
        questions_waiting: usize = 16,
        /// Expensive questions at once of one caller.
        questions_each: usize = 2,
        /// Seconds until an expensive question is answered.
        question_seconds: u64 = 50,
        /// Requests a second from one address.
        address_per_second: u32 = 500,
        /// Requests at once from one address.
        address_burst: u32 = 1_000,
        /// Requests a second of one account or key.
        actor_per_second: u32 = 200,
        /// Requests at once of one account or key.
        actor_burst: u32 = 400,
        /// Seconds that a stop waits for what was begun.
        stop_seconds: u64 = 630,
    }
}

settings! {
    /// Sign-in.
    SignIn {
        /// Passwords hashed at once; each takes 19 MiB.
        at_once: usize = 2,
        /// Sign-ins that wait for it.
        waiting: usize = 32,
        /// Milliseconds for which the holder of a token is remembered: how late another server learns that one was revoked.
        remember_millis: u64 = 2_000,
    }
}

settings! {
    /// Long work.
    Jobs {
        /// Jobs at once.
        at_once: usize = 1,
        /// Jobs that wait.
        waiting: usize = 16,
    }
}

settings! {
    /// Metrics.
    Metrics {
        /// An address of their own, open to whoever reaches it; without it they are for the operator only.
        listen: Option<SocketAddr> = None,
    }
}

settings! {
    /// Sealing.
    Seal {
        /// Whether this server seals.
        on: bool = true,
        /// Milliseconds between seals.
        every_millis: u64 = 1_000,
    }
}

settings! {
    /// Logs.
    Log {
        /// What is logged: error, warn, info or debug.
        level: String = "info".to_owned(),
    }
}

impl Config {
    /// Reads the settings: the file, then the environment's variables over it.
    ///
    /// # Errors
    /// `config.unreadable`, `config.setting`.
    pub fn read(file: Option<&Path>, environment: impl Iterator<Item = (String, String)>) -> Result<Self> {
        let mut table = toml::Table::new();
        if let Some(path) = file {
            let unreadable = |why: &dyn std::fmt::Display| {
                Fault::new(&faults::UNREADABLE).with("file", path.display()).with("why", why).field("config")
            };
            let text = std::fs::read_to_string(path).map_err(|e| unreadable(&e))?;
            table = text.parse().map_err(|e: toml::de::Error| unreadable(&e.message()))?;
        }
        for (name, value) in environment {
            let Some(path) = name.strip_prefix(PREFIX) else { continue };
            let path: Vec<String> = path.split("__").map(str::to_ascii_lowercase).collect();
            put(&mut table, &path, &value).map_err(|()| setting(&name, &"…"))?;
        }
        table.try_into().map_err(|e: toml::de::Error| setting("config", &e.message()))
    }

    /// Holds the settings against each other.
    ///
    /// # Errors
    /// `config.contradiction`, naming both; `config.setting` for one that no other excuses.
    pub fn check(&self) -> Result<()> {
        let l = &self.limits;
        let positive = [
            ("limits.body_bytes", l.body_bytes),
            ("limits.in_flight", l.in_flight),
            ("limits.connections", l.connections),
            ("limits.store_threads", l.store_threads),
            ("limits.questions", l.questions),
            ("limits.questions_each", l.questions_each),
            ("limits.upload_files", l.upload_files),
            ("limits.streams", l.streams),
            ("limits.stream_seconds", usize::try_from(l.stream_seconds).unwrap_or(usize::MAX)),
            ("limits.head_seconds", usize::try_from(l.head_seconds).unwrap_or(usize::MAX)),
            ("limits.question_seconds", usize::try_from(l.question_seconds).unwrap_or(usize::MAX)),
            ("limits.actor_per_second", l.actor_per_second as usize),
            ("limits.address_per_second", l.address_per_second as usize),
            ("seal.every_millis", usize::try_from(self.seal.every_millis).unwrap_or(usize::MAX)),
            ("sign_in.at_once", self.sign_in.at_once),
            ("jobs.at_once", self.jobs.at_once),
            ("limits.actor_burst", l.actor_burst as usize),
            ("limits.address_burst", l.address_burst as usize),
        ];
        for (name, value) in positive {
            if value == 0 {
                return Err(setting(name, &"0"));
            }
        }
        let most = [
            // Another server goes on letting a revoked token in for so long.
            ("sign_in.remember_millis", self.sign_in.remember_millis, MOST_REMEMBERED),
            ("limits.head_seconds", l.head_seconds, MOST_HEAD),
        ];
        if let Some((name, value, most)) = most.iter().find(|(_, value, most)| value > most) {
            return Err(setting(name, &format_args!("{value} > {most}")));
        }
        if self.log.level.parse::<tracing::Level>().is_err() {
            return Err(setting("log.level", &self.log.level));
        }
        let database = self.database.as_deref();
        if database.is_some_and(|url| !url.starts_with("postgres://") && !url.starts_with("postgresql://")) {
            return Err(setting("database", &"postgres://…"));
        }
        let against = [
            (l.upload_bytes < l.body_bytes, "limits.upload_bytes", "limits.body_bytes", "<"),
            (l.request_seconds < l.question_seconds, "limits.request_seconds", "limits.question_seconds", "<"),
            (l.upload_seconds < l.request_seconds, "limits.upload_seconds", "limits.request_seconds", "<"),
            (l.stop_seconds < l.request_seconds, "limits.stop_seconds", "limits.request_seconds", "<"),
            (l.stop_seconds < l.upload_seconds, "limits.stop_seconds", "limits.upload_seconds", "<"),
            (l.in_flight < l.questions, "limits.in_flight", "limits.questions", "<"),
            (l.connections < l.streams, "limits.connections", "limits.streams", "<"),
            (l.actor_burst < l.actor_per_second, "limits.actor_burst", "limits.actor_per_second", "<"),
            (l.address_burst < l.address_per_second, "limits.address_burst", "limits.address_per_second", "<"),
            (l.address_per_second < l.actor_per_second, "limits.address_per_second", "limits.actor_per_second", "<"),
            (self.metrics.listen == Some(self.listen) && self.listen.port() != 0, "metrics.listen", "listen", "="),
        ];
        match against.iter().find(|(wrong, ..)| *wrong) {
            Some((_, one, other, why)) => {
                let fault = Fault::new(&faults::CONTRADICTION).with("one", one).with("other", other);
                Err(fault.with("why", format_args!("{one} {why} {other}")).field(*one))
            }
            None => Ok(()),
        }
    }
}

fn setting(name: &str, why: &dyn std::fmt::Display) -> Fault {
    Fault::new(&faults::SETTING).with("name", name).with("why", why).field(name.to_owned())
}

/// Puts a variable's value in its place, as a number or truth value where it reads as one.
fn put(table: &mut toml::Table, path: &[String], text: &str) -> std::result::Result<(), ()> {
    match path {
        [key] => {
            let number = text.parse::<i64>().map(toml::Value::Integer).ok();
            let truth = || text.parse::<bool>().map(toml::Value::Boolean).ok();
            table.insert(key.clone(), number.or_else(truth).unwrap_or_else(|| toml::Value::String(text.to_owned())));
            Ok(())
        }
        [key, rest @ ..] => {
            let inner = table.entry(key.clone()).or_insert_with(|| toml::Value::Table(toml::Table::new()));
            put(inner.as_table_mut().ok_or(())?, rest, text)
        }
        [] => Err(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(text: &str, env: &[(&str, &str)]) -> Result<Config> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("huoshui.toml");
        std::fs::write(&path, text).unwrap();
        let config = Config::read(Some(&path), env.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())))?;
        config.check()?;
        Ok(config)
    }

    #[test]
    fn the_environment_outweighs_the_file() {
        let text = "listen = \"127.0.0.1:9000\"\n[limits]\nbody_bytes = 5000\nin_flight = 7\n";
        let config = from(text, &[("HUOSHUI__LIMITS__BODY_BYTES", "6000"), ("OTHER", "x")]).unwrap();
        assert_eq!((config.listen.port(), config.limits.body_bytes, config.limits.in_flight), (9_000, 6_000, 7));
    }

    #[test]
    fn the_defaults_hold_together() {
        Config::default().check().unwrap();
    }

    #[test]
    fn contradictions_name_both_settings() {
        for (text, one, other) in [
            ("[limits]\nupload_bytes = 10\nbody_bytes = 20", "limits.upload_bytes", "limits.body_bytes"),
            ("[limits]\nquestion_seconds = 900", "limits.request_seconds", "limits.question_seconds"),
            ("[limits]\nstop_seconds = 1", "limits.stop_seconds", "limits.request_seconds"),
            // An upload that was begun would be cut off by the stop.
            ("[limits]\nstop_seconds = 90", "limits.stop_seconds", "limits.upload_seconds"),
            ("listen = \"127.0.0.1:1\"\n[metrics]\nlisten = \"127.0.0.1:1\"", "metrics.listen", "listen"),
        ] {
            let fault = from(text, &[]).unwrap_err();
            assert_eq!(fault.code(), "config.contradiction", "{text}");
            let said = fault.message(huoshui_kernel::Lang::En);
            assert!(said.contains(one) && said.contains(other), "{said}");
        }
    }

    #[test]
    fn a_setting_at_its_bound_is_taken() {
        for text in ["[sign_in]\nremember_millis = 60000", "[limits]\nstop_seconds = 600", "[limits]\nstreams = 1"] {
            assert!(from(text, &[]).is_ok(), "{text}");
        }
    }

    #[test]
    fn unknown_and_impossible_settings_are_refused() {
        for (text, code) in [
            ("lisen = \"127.0.0.1:1\"", "config.setting"),
            ("[limits]\nquestions = 0", "config.setting"),
            ("[limits]\nstreams = 0", "config.setting"),
            ("[limits]\nhead_seconds = 0", "config.setting"),
            ("[limits]\nhead_seconds = 301", "config.setting"),
            ("[limits]\nquestion_seconds = 0", "config.setting"),
            ("[limits]\nactor_per_second = 0", "config.setting"),
            ("[limits]\naddress_per_second = 0", "config.setting"),
            ("[seal]\nevery_millis = 0", "config.setting"),
            ("[sign_in]\nremember_millis = 60001", "config.setting"),
            ("[sign_in]\nremember_millis = 999999999", "config.setting"),
            ("database = \"mysql://x\"", "config.setting"),
            ("[log]\nlevel = \"loud\"", "config.setting"),
            ("not toml", "config.unreadable"),
        ] {
            assert_eq!(from(text, &[]).unwrap_err().code(), code, "{text}");
        }
    }
}
