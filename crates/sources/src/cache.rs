//! What departments answered, kept for a while: bounded in bytes and age, the least used goes first.
//!
//! An entry serves a question whose range lies within its own; nothing lies beyond an answer's own date, so one that
//! was asked up to that date or later holds everything there was.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use huoshui_kernel::{Date, Uscc};
use serde_json::Value;

use crate::ask::{Answer, Ask, Served};
use crate::settings::CacheSettings;

/// Ranges kept for one firm and resource.
const RANGES: usize = 4;
/// Micros between sweeps for entries past their age.
const SWEEP: i64 = 60_000_000;
const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;

#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    uscc: Uscc,
    /// Code, version and fields: another choice of fields is another question.
    resource: Arc<str>,
}

struct Entry {
    from: Option<Date>,
    to: Option<Date>,
    answer: Answer,
    bytes: usize,
    used: u64,
}

#[derive(Default)]
struct Inner {
    entries: HashMap<Key, Vec<Entry>>,
    /// When each was last used, by a counter.
    order: BTreeMap<u64, Key>,
    bytes: usize,
    tick: u64,
    swept: i64,
}

pub(crate) struct Cache {
    settings: CacheSettings,
    inner: Mutex<Inner>,
}

impl Cache {
    pub(crate) fn new(settings: CacheSettings) -> Self {
        Self { settings, inner: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self) -> i64 {
        i64::from(self.settings.keep_days) * DAY
    }

    /// An answer that still counts as fresh.
    pub(crate) fn fresh(&self, ask: &Ask, now: i64) -> Option<Answer> {
        self.within(ask, now, i64::from(self.settings.fresh_s) * SECOND, Served::Cached)
    }

    /// An answer within the days that the question allows.
    pub(crate) fn stale(&self, ask: &Ask, now: i64) -> Option<Answer> {
        self.within(ask, now, self.keep().min(i64::from(ask.stale_days) * DAY), Served::Stale)
    }

    fn within(&self, ask: &Ask, now: i64, age: i64, served: Served) -> Option<Answer> {
        if age == 0 {
            return None;
        }
        let key = key(ask);
        let mut inner = self.lock();
        let inner = &mut *inner;
        // A clock that was set back makes answers from the future: they are as good as new, and no better.
        let entry = inner
            .entries
            .get_mut(&key)?
            .iter_mut()
            .filter(|e| now - e.answer.fetched_at <= age && e.covers(ask))
            .max_by_key(|e| e.answer.fetched_at)?;
        inner.order.remove(&entry.used);
        inner.tick += 1;
        entry.used = inner.tick;
        inner.order.insert(inner.tick, key);
        let mut answer = entry.answer.clone();
        answer.served = served;
        within_range(&mut answer, ask);
        Some(answer)
    }

    /// Keeps an answer, in the place of those whose range it covers.
    pub(crate) fn put(&self, ask: &Ask, answer: &Answer, now: i64) {
        let bytes = weight(answer);
        let most = usize::try_from(self.settings.max_bytes).unwrap_or(usize::MAX);
        if self.settings.keep_days == 0 || bytes > most / 4 {
            return;
        }
        let mut inner = self.lock();
        if now - inner.swept > SWEEP || now < inner.swept {
            inner.swept = now;
            let keep = self.keep();
            inner.retain(|_, e| now - e.answer.fetched_at <= keep);
        }
        let key = key(ask);
        let new = Entry { from: ask.from, to: ask.to, answer: answer.clone(), bytes, used: 0 };
        inner.retain_of(&key, |old| !(covers_from(new.from, old.from) && covers_to(new.to, old.to)));
        while inner.entries.get(&key).is_some_and(|e| e.len() >= RANGES) {
            let oldest = inner.entries.get(&key).and_then(|e| e.iter().map(|e| e.used).min());
            inner.retain_of(&key, |e| Some(e.used) != oldest);
        }
        while inner.bytes + bytes > most {
            let Some((used, victim)) = inner.order.first_key_value().map(|(u, k)| (*u, k.clone())) else { break };
            inner.retain_of(&victim, |e| e.used != used);
        }
        inner.tick += 1;
        let tick = inner.tick;
        inner.bytes += bytes;
        inner.order.insert(tick, key.clone());
        inner.entries.entry(key).or_default().push(Entry { used: tick, ..new });
    }

    /// Drops everything about a firm: after a correction or an erasure.
    pub(crate) fn forget(&self, uscc: &Uscc) {
        self.lock().retain(|key, _| key.uscc != *uscc);
    }

    /// Entries and bytes.
    pub(crate) fn used(&self) -> (usize, usize) {
        let inner = self.lock();
        (inner.order.len(), inner.bytes)
    }
}

impl Inner {
    fn retain_of(&mut self, key: &Key, keep: impl Fn(&Entry) -> bool) {
        let Some(entries) = self.entries.get_mut(key) else { return };
        entries.retain(|e| {
            let kept = keep(e);
            if !kept {
                self.order.remove(&e.used);
                self.bytes -= e.bytes;
            }
            kept
        });
        if entries.is_empty() {
            self.entries.remove(key);
        }
    }

    fn retain(&mut self, keep: impl Fn(&Key, &Entry) -> bool) {
        let keys: Vec<Key> = self.entries.keys().cloned().collect();
        for key in keys {
            self.retain_of(&key, |e| keep(&key, e));
        }
    }
}

impl Entry {
    fn covers(&self, ask: &Ask) -> bool {
        covers_from(self.from, ask.from)
            && (covers_to(self.to, ask.to) || self.to.is_some_and(|to| to >= self.answer.as_of))
    }
}

fn covers_from(have: Option<Date>, want: Option<Date>) -> bool {
    have.is_none_or(|have| want.is_some_and(|want| have <= want))
}

fn covers_to(have: Option<Date>, want: Option<Date>) -> bool {
    have.is_none_or(|have| want.is_some_and(|want| have >= want))
}

/// Leaves the rows of the range asked for.
fn within_range(answer: &mut Answer, ask: &Ask) {
    let Some(period) = &ask.resource.period else { return };
    let Some(at) = answer.columns.iter().position(|c| c == period) else { return };
    let (from, to) = (ask.from.map(|d| d.to_string()), ask.to.map(|d| d.to_string()));
    answer.rows.retain(|row| {
        // Dates of four-digit years compare as their texts do.
        let day = row.get(at).and_then(Value::as_str).unwrap_or_default();
        from.as_deref().is_none_or(|f| day >= f) && to.as_deref().is_none_or(|t| day <= t)
    });
}

fn key(ask: &Ask) -> Key {
    let r = &ask.resource;
    let mut text = format!("{}/{}", r.code, r.schema);
    for column in &r.columns {
        text.push('/');
        text.push_str(&column.name);
    }
    Key { uscc: ask.uscc, resource: text.into() }
}

/// About how many bytes an answer takes in memory, its entry included.
fn weight(answer: &Answer) -> usize {
    const CELL: usize = size_of::<Value>();
    const TEXT: usize = size_of::<String>();
    let names: usize = answer.columns.iter().map(|c| c.len() + TEXT).sum();
    let cells: usize = answer
        .rows
        .iter()
        .map(|row| TEXT + row.iter().map(|v| CELL + v.as_str().map_or(0, str::len)).sum::<usize>())
        .sum();
    // The key is held twice, in the map and in the order of use.
    512 + 2 * names + cells
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ask::{Column, Kind, Resource};

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn ask(firm: u8, from: Option<&str>, to: Option<&str>) -> Ask {
        let column = |name: &str, kind| Column { name: name.into(), kind, required: true, max_len: 60, codes: vec![] };
        let resource = Resource {
            code: "vat".into(),
            schema: 1,
            columns: vec![column("period", Kind::Date), column("paid", Kind::Money)],
            period: Some("period".into()),
            key: vec!["period".into()],
        };
        Ask {
            resource: Arc::new(resource),
            uscc: Uscc::compose("91", "310000", &format!("MA0000{firm:02}")).unwrap(),
            from: from.map(day),
            to: to.map(day),
            today: day("2025-10-20"),
            stale_days: 7,
        }
    }

    fn answer(fetched_at: i64, periods: &[&str]) -> Answer {
        Answer {
            department: "swj".into(),
            schema: 1,
            as_of: day("2025-10-15"),
            covers_from: day("2024-01-01"),
            fetched_at,
            served: Served::Live,
            known: true,
            columns: vec!["period".into(), "paid".into()],
            rows: periods.iter().map(|p| vec![Value::from(*p), Value::from(1)]).collect(),
        }
    }

    fn cache(max_bytes: u32, fresh_s: u32, keep_days: u32) -> Cache {
        Cache::new(CacheSettings { max_bytes, fresh_s, keep_days })
    }

    #[test]
    fn fresh_stale_and_gone_by_age() {
        let c = cache(1 << 20, 60, 5);
        let a = ask(1, None, None);
        c.put(&a, &answer(0, &["2025-09-30"]), 0);
        assert_eq!(c.fresh(&a, 60 * SECOND).unwrap().served, Served::Cached);
        assert!(c.fresh(&a, 60 * SECOND + 1).is_none());
        assert_eq!(c.stale(&a, 5 * DAY).unwrap().served, Served::Stale);
        assert!(c.stale(&a, 5 * DAY + 1).is_none(), "kept five days, though the purpose allows seven");
        let two = Ask { stale_days: 2, ..a.clone() };
        assert!(c.stale(&two, 2 * DAY).is_some() && c.stale(&two, 2 * DAY + 1).is_none());
        assert!(c.stale(&Ask { stale_days: 0, ..a.clone() }, 0).is_none(), "a purpose that allows none gets none");
        assert!(c.stale(&ask(2, None, None), 0).is_none(), "another firm");
        // The next answer kept sweeps what is past its age.
        c.put(&ask(2, None, None), &answer(6 * DAY, &[]), 6 * DAY);
        assert_eq!(c.used().0, 1);
    }

    #[test]
    fn a_wider_range_serves_a_narrower_one_and_gives_only_its_rows() {
        let c = cache(1 << 20, 60, 5);
        c.put(
            &ask(1, Some("2025-01-01"), Some("2025-10-20")),
            &answer(0, &["2025-03-31", "2025-06-30", "2025-09-30"]),
            0,
        );
        let rows = |from, to| c.fresh(&ask(1, from, to), 1).map(|a| a.rows.len());
        assert_eq!(rows(Some("2025-06-30"), Some("2025-09-29")), Some(1));
        assert_eq!(rows(Some("2025-02-01"), Some("2025-10-21")), Some(3), "nothing lies beyond the answer's own date");
        assert_eq!(rows(Some("2025-02-01"), None), Some(3));
        assert_eq!(rows(Some("2024-12-31"), Some("2025-10-20")), None);
        assert_eq!(rows(None, None), None);
        c.put(&ask(1, Some("2025-01-01"), Some("2025-06-30")), &answer(1, &["2025-03-31"]), 1);
        assert_eq!(c.used().0, 2);
        assert_eq!(rows(Some("2025-01-01"), Some("2025-09-30")), Some(3), "the narrower answer does not stand in");
        c.put(&ask(1, None, None), &answer(2, &["2025-03-31"]), 2);
        assert_eq!(c.used().0, 1, "the widest takes the place of all");
    }

    #[test]
    fn bytes_are_bounded_and_the_least_used_goes() {
        let one = weight(&answer(0, &["2025-09-30"]));
        let c = cache(u32::try_from(one * 4 + one / 2).unwrap(), 60, 5);
        for firm in 0..4 {
            c.put(&ask(firm, None, None), &answer(0, &["2025-09-30"]), 0);
        }
        assert!(c.fresh(&ask(0, None, None), 1).is_some());
        c.put(&ask(4, None, None), &answer(0, &["2025-09-30"]), 0);
        assert_eq!(c.used(), (4, 4 * one));
        let there: Vec<u8> = (0..5).filter(|f| c.fresh(&ask(*f, None, None), 1).is_some()).collect();
        assert_eq!(there, [0, 2, 3, 4]);
        c.forget(&ask(0, None, None).uscc);
        assert_eq!(c.used(), (3, 3 * one));
        assert!(c.fresh(&ask(0, None, None), 1).is_none());
        // An answer that would take most of the room is not kept; nor is any, when nothing is to be.
        let many: Vec<&str> = vec!["2025-09-30"; 1_000];
        c.put(&ask(9, None, None), &answer(0, &many), 0);
        assert_eq!(c.used().0, 3);
        let none = cache(0, 0, 5);
        none.put(&ask(1, None, None), &answer(0, &[]), 0);
        assert_eq!(none.used(), (0, 0));
    }
}
