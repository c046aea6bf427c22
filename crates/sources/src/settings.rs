//! How a department is treated, with bounds for every number.

use std::fmt;
use std::time::Duration;

use huoshui_kernel::Fault;
use huoshui_kernel::fault::Result;
use serde::{Deserialize, Serialize};

use crate::faults;

/// An access key. It is shown nowhere.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes a key of 1 to 512 visible ASCII characters; a line end behind it is dropped, as files have one.
    ///
    /// # Errors
    /// `source.bad_key`.
    pub fn new(text: &str) -> Result<Self> {
        let key = text.trim_end_matches(['\r', '\n']);
        if key.is_empty() || key.len() > 512 || !key.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(Fault::new(&faults::BAD_KEY));
        }
        Ok(Self(key.to_owned()))
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// How one department is treated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Longest wait for a connection (name, TCP and TLS together), milliseconds.
    pub connect_ms: u32,
    /// Longest wait for a whole answer, from the question to its last byte, retries and queueing included; milliseconds.
    pub deadline_ms: u32,
    /// Most attempts within the deadline.
    pub attempts: u32,
    /// Pause before the second attempt, milliseconds; doubled for each one more, and drawn between half and all of it.
    pub backoff_ms: u32,
    /// Most bytes of an answer's body.
    pub max_body_bytes: u32,
    /// Most rows of an answer.
    pub max_rows: u32,
    /// Most requests at this department at one time.
    pub max_in_flight: u32,
    /// Most that wait for a place among them.
    pub max_waiting: u32,
    /// Whether `http://` may be spoken to another machine.
    pub plain_http: bool,
    /// When the department is left alone.
    pub breaker: BreakerSettings,
    /// What is kept of its answers.
    pub cache: CacheSettings,
}

/// When a department is left alone, and for how long.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BreakerSettings {
    /// How many last calls are looked at, at most 64.
    pub window: u32,
    /// How many failures among them open it.
    pub open_after: u32,
    /// First rest, milliseconds; doubled each time that a probe fails.
    pub rest_ms: u32,
    /// Longest rest, milliseconds.
    pub rest_max_ms: u32,
    /// How many probes in a row must succeed to close it.
    pub close_after: u32,
}

/// What is kept of a department's answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CacheSettings {
    /// Most bytes in memory; 0 keeps nothing.
    pub max_bytes: u32,
    /// For how long an answer counts as fresh and serves without asking again, seconds; 0 always asks.
    pub fresh_s: u32,
    /// For how long one is kept at all, days.
    pub keep_days: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            connect_ms: 1_000,
            deadline_ms: 3_000,
            attempts: 3,
            backoff_ms: 50,
            max_body_bytes: 1 << 20,
            max_rows: 10_000,
            max_in_flight: 16,
            max_waiting: 256,
            plain_http: false,
            breaker: BreakerSettings::default(),
            cache: CacheSettings::default(),
        }
    }
}

impl Default for BreakerSettings {
    fn default() -> Self {
        Self { window: 20, open_after: 5, rest_ms: 2_000, rest_max_ms: 60_000, close_after: 2 }
    }
}

impl Default for CacheSettings {
    fn default() -> Self {
        Self { max_bytes: 16 << 20, fresh_s: 60, keep_days: 31 }
    }
}

impl Settings {
    /// Holds every number against its bounds and against those that it depends on.
    ///
    /// # Errors
    /// `source.bad_setting`.
    pub fn check(&self) -> Result<()> {
        let within = |setting: &'static str, value: u32, low: u32, high: u32| {
            if (low..=high).contains(&value) {
                return Ok(());
            }
            let fault = Fault::new(&faults::BAD_SETTING).with("setting", setting).field(setting);
            Err(fault.with("low", low).with("high", high))
        };
        within("deadline_ms", self.deadline_ms, 10, 60_000)?;
        within("connect_ms", self.connect_ms, 1, self.deadline_ms)?;
        within("attempts", self.attempts, 1, 10)?;
        within("backoff_ms", self.backoff_ms, 1, self.deadline_ms)?;
        within("max_body_bytes", self.max_body_bytes, 1 << 10, 64 << 20)?;
        within("max_rows", self.max_rows, 1, 1_000_000)?;
        within("max_in_flight", self.max_in_flight, 1, 1_024)?;
        within("max_waiting", self.max_waiting, 0, 65_536)?;
        let b = &self.breaker;
        within("breaker.window", b.window, 1, 64)?;
        within("breaker.open_after", b.open_after, 1, b.window)?;
        within("breaker.rest_ms", b.rest_ms, 1, 3_600_000)?;
        within("breaker.rest_max_ms", b.rest_max_ms, b.rest_ms, 3_600_000)?;
        within("breaker.close_after", b.close_after, 1, 64)?;
        let c = &self.cache;
        within("cache.max_bytes", c.max_bytes, 0, 1 << 30)?;
        within("cache.keep_days", c.keep_days, 0, 366)?;
        within("cache.fresh_s", c.fresh_s, 0, c.keep_days.saturating_mul(86_400))
    }

    pub(crate) fn deadline(&self) -> Duration {
        Duration::from_millis(self.deadline_ms.into())
    }

    pub(crate) fn connect(&self) -> Duration {
        Duration::from_millis(self.connect_ms.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_contradict_are_refused_by_name() {
        assert!(Settings::default().check().is_ok());
        let spoil: [(&str, fn(&mut Settings)); 6] = [
            ("connect_ms", |s| s.connect_ms = s.deadline_ms + 1),
            ("attempts", |s| s.attempts = 0),
            ("breaker.open_after", |s| s.breaker.open_after = s.breaker.window + 1),
            ("breaker.window", |s| s.breaker.window = 65),
            ("breaker.rest_max_ms", |s| s.breaker.rest_max_ms = s.breaker.rest_ms - 1),
            ("cache.fresh_s", |s| s.cache.keep_days = 0),
        ];
        for (name, spoil) in spoil {
            let mut settings = Settings::default();
            spoil(&mut settings);
            let fault = settings.check().unwrap_err();
            assert_eq!((fault.code(), fault.field_name()), ("source.bad_setting", Some(name)));
        }
    }

    #[test]
    fn keys_are_fit_for_a_header_and_never_shown() {
        assert_eq!(Secret::new("abc-123\n").unwrap().expose(), "abc-123");
        for bad in ["", "\n", "a b", "钥匙", "a\r\nX: y", &"x".repeat(513)] {
            assert_eq!(Secret::new(bad).unwrap_err().code(), "source.bad_key");
        }
        assert_eq!(format!("{:?}", Secret::new("abc").unwrap()), "Secret");
    }
}
