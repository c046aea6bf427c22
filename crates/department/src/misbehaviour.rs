//! The ways in which a department can be told to misbehave.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use huoshui_kernel::Fault;

use crate::faults;

/// Longest pause that can be asked for.
const LONGEST: Duration = Duration::from_secs(600);

/// How a schema drifts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drift {
    /// The last column has another name.
    Renamed,
    /// The last column is gone.
    Missing,
    /// There is a column more.
    Extra,
    /// The last column holds text.
    Retyped,
    /// The version is the next one.
    Version,
}

/// One way to misbehave. Written as in [`FORMS`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Misbehaviour {
    /// Not at all.
    None,
    /// Answers after a pause.
    Slow(Duration),
    /// Sends its answer a byte at a time, with a pause before each.
    Drip(Duration),
    /// Never answers.
    Hang,
    /// Status 503.
    Fail,
    /// Status 503 for a share of the requests, parts per million.
    Flaky(u32),
    /// Answers under another schema.
    Drift(Drift),
    /// Answers for another firm.
    OtherFirm,
    /// A body without end.
    Endless,
    /// Sends the caller elsewhere.
    Redirect(String),
    /// A web page.
    Html,
    /// A compressed body that unpacks to 64 GiB.
    Bomb,
    /// Ends in the middle of its body.
    Truncate,
    /// Bytes that are no JSON.
    Garbage,
    /// JSON nested deeper than any stack.
    Deep,
    /// Numbers beyond 64 bits.
    Huge,
    /// Data that are more than a year behind.
    LateData,
    /// Data of a day that has not come.
    Future,
}

/// How each is written.
pub const FORMS: &str = "none, slow=3000ms, drip=100ms, hang, fail, flaky=0.3, drift[=renamed|missing|extra|retyped|version], \
                         other-firm, endless, redirect=URL, html, bomb, truncate, garbage, deep, huge, late-data, future";

impl FromStr for Misbehaviour {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        let bad = || {
            let shown: String = text.chars().filter(|c| !c.is_control()).take(60).collect();
            Fault::new(&faults::MISBEHAVIOUR).with("value", shown).with("known", FORMS).field("misbehave")
        };
        let (name, value) = text.split_once('=').map_or((text, None), |(name, value)| (name, Some(value)));
        Ok(match (name, value) {
            ("none", None) => Self::None,
            ("slow", Some(pause)) => Self::Slow(duration(pause).ok_or_else(bad)?),
            ("drip", Some(pause)) => Self::Drip(duration(pause).ok_or_else(bad)?),
            ("hang", None) => Self::Hang,
            ("fail", None) => Self::Fail,
            ("flaky", Some(share)) => Self::Flaky(share_ppm(share).ok_or_else(bad)?),
            ("drift", None | Some("renamed")) => Self::Drift(Drift::Renamed),
            ("drift", Some("missing")) => Self::Drift(Drift::Missing),
            ("drift", Some("extra")) => Self::Drift(Drift::Extra),
            ("drift", Some("retyped")) => Self::Drift(Drift::Retyped),
            ("drift", Some("version")) => Self::Drift(Drift::Version),
            ("other-firm", None) => Self::OtherFirm,
            ("endless", None) => Self::Endless,
            ("redirect", Some(url))
                if !url.is_empty() && url.len() <= 2_000 && url.bytes().all(|b| b.is_ascii_graphic()) =>
            {
                Self::Redirect(url.to_owned())
            }
            ("html", None) => Self::Html,
            ("bomb", None) => Self::Bomb,
            ("truncate", None) => Self::Truncate,
            ("garbage", None) => Self::Garbage,
            ("deep", None) => Self::Deep,
            ("huge", None) => Self::Huge,
            ("late-data", None) => Self::LateData,
            ("future", None) => Self::Future,
            _ => return Err(bad()),
        })
    }
}

impl fmt::Display for Misbehaviour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let drift = |d: &Drift| match d {
            Drift::Renamed => "renamed",
            Drift::Missing => "missing",
            Drift::Extra => "extra",
            Drift::Retyped => "retyped",
            Drift::Version => "version",
        };
        match self {
            Self::None => f.write_str("none"),
            Self::Slow(pause) => write!(f, "slow={}ms", pause.as_millis()),
            Self::Drip(pause) => write!(f, "drip={}ms", pause.as_millis()),
            Self::Hang => f.write_str("hang"),
            Self::Fail => f.write_str("fail"),
            Self::Flaky(ppm) => write!(f, "flaky={}.{:06}", ppm / 1_000_000, ppm % 1_000_000),
            Self::Drift(d) => write!(f, "drift={}", drift(d)),
            Self::OtherFirm => f.write_str("other-firm"),
            Self::Endless => f.write_str("endless"),
            Self::Redirect(url) => write!(f, "redirect={url}"),
            Self::Html => f.write_str("html"),
            Self::Bomb => f.write_str("bomb"),
            Self::Truncate => f.write_str("truncate"),
            Self::Garbage => f.write_str("garbage"),
            Self::Deep => f.write_str("deep"),
            Self::Huge => f.write_str("huge"),
            Self::LateData => f.write_str("late-data"),
            Self::Future => f.write_str("future"),
        }
    }
}

/// `3000ms` or `3s`, at most ten minutes.
fn duration(text: &str) -> Option<Duration> {
    let pause = match text.strip_suffix("ms") {
        Some(digits) => Duration::from_millis(digits.parse::<u32>().ok()?.into()),
        None => Duration::from_secs(text.strip_suffix('s')?.parse::<u32>().ok()?.into()),
    };
    (pause <= LONGEST).then_some(pause)
}

/// A share from 0 to 1 with at most six decimals, as parts per million.
fn share_ppm(text: &str) -> Option<u32> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
    if decimals.is_empty() || decimals.len() > 6 || !decimals.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let places = u32::try_from(decimals.len()).ok()?;
    let part = decimals.parse::<u32>().ok()? * 10_u32.pow(6 - places);
    let ppm = whole.parse::<u32>().ok()?.checked_mul(1_000_000)?.checked_add(part)?;
    (ppm <= 1_000_000).then_some(ppm)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_read_and_written_alike() {
        for (text, shown) in [
            ("none", "none"),
            ("slow=3s", "slow=3000ms"),
            ("drip=20ms", "drip=20ms"),
            ("flaky=0.3", "flaky=0.300000"),
            ("flaky=1", "flaky=1.000000"),
            ("drift", "drift=renamed"),
            ("redirect=http://other/", "redirect=http://other/"),
            ("late-data", "late-data"),
        ] {
            let read: Misbehaviour = text.parse().unwrap();
            assert_eq!(read.to_string(), shown);
            assert_eq!(shown.parse::<Misbehaviour>().unwrap(), read);
        }
        for bad in ["", "slow", "slow=3", "slow=601s", "flaky=1.1", "flaky=.3", "flaky=0.1234567", "drift=x", "hang=1"]
        {
            assert_eq!(bad.parse::<Misbehaviour>().unwrap_err().code(), "department.misbehaviour", "{bad}");
        }
        assert!("redirect=a b".parse::<Misbehaviour>().is_err());
    }
}
