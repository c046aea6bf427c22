//! Bodies that can be erased: what events only commit to, kept beside them in the same transaction.
//!
//! The vault is no part of any hash, and `verify` does not ask for it: an erased body leaves every event, receipt and
//! document as it was. What a body was is for the event to say, by a salted commitment; this store does not look into it.

use std::fmt;
use std::time::Duration;

use huoshui_kernel::Fault;
use huoshui_kernel::fault::Result;

use crate::faults::COPY_LEFT;
use crate::journal::{Journal, Store};
use crate::limits;
use crate::sqlite;

/// How often an erasure looks whether the readers that hold the log have gone, and how long it waits in between: about
/// four seconds in all.
const TRIES: usize = 30;
const PAUSE: Duration = Duration::from_millis(100);

/// A body to keep. Its name is unique and stays what it is until it is erased: keeping an equal body again changes
/// nothing, keeping another one is `journal.kept_differs`. A name is shown in faults and may outlive its body: nothing
/// that must be erasable belongs into it.
#[derive(Clone, PartialEq, Eq)]
pub struct Keep {
    /// What kind of thing is kept, 1 to 100 bytes.
    pub space: String,
    /// Which one, 1 to 200 bytes.
    pub key: String,
    /// Any bytes, also none; at most 1 MiB.
    pub body: Vec<u8>,
}

impl fmt::Debug for Keep {
    /// Without the body, which no log should hold.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keep({}/{}, {} bytes)", self.space, self.key, self.body.len())
    }
}

/// The names from `first` on and below `end`, by bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Names {
    pub space: String,
    pub first: String,
    pub end: Option<String>,
}

impl Names {
    /// This name alone. Names hold no control characters, so none comes between it and itself with one added.
    fn one(space: &str, key: &str) -> Result<Self> {
        check(space, key)?;
        Ok(Self { space: space.into(), first: key.into(), end: Some(format!("{key}\u{1}")) })
    }

    /// Every name that begins with this.
    fn beginning_with(space: &str, prefix: &str) -> Result<Self> {
        check(space, if prefix.is_empty() { "any" } else { prefix })?;
        Ok(Self { space: space.into(), first: prefix.into(), end: after(prefix) })
    }
}

/// The first text, by bytes, after all that begin with `prefix`; none when nothing comes after them.
fn after(prefix: &str) -> Option<String> {
    let mut text = prefix.to_owned();
    while let Some(last) = text.pop() {
        // The range knows which numbers are no characters.
        if let Some(next) = (last..=char::MAX).nth(1) {
            text.push(next);
            return Some(text);
        }
    }
    None
}

fn check(space: &str, key: &str) -> Result<()> {
    limits::name("space", space, limits::SHORT_NAME_BYTES)?;
    limits::name("key", key, limits::NAME_BYTES)
}

/// Kept bodies.
impl Journal {
    /// The body that was kept under this name; none when it was never kept, or was erased.
    ///
    /// # Errors
    /// `journal.bad_name`, `journal.storage`, `journal.damaged`.
    pub fn kept(&self, space: &str, key: &str) -> Result<Option<Vec<u8>>> {
        Ok(self.kept_many(space, &[key])?.pop().flatten())
    }

    /// The bodies kept under these names, in their order, as they are at one moment. As many as one command can keep: at
    /// most 1,000 names and 64 MiB.
    ///
    /// # Errors
    /// `journal.bad_name`, `journal.too_large`, `journal.storage`, `journal.damaged`.
    pub fn kept_many(&self, space: &str, keys: &[impl AsRef<str>]) -> Result<Vec<Option<Vec<u8>>>> {
        let keys: Vec<&str> = keys.iter().map(AsRef::as_ref).collect();
        limits::size("keys", keys.len(), limits::KEEPS)?;
        keys.iter().try_for_each(|key| check(space, key))?;
        match self.store() {
            Store::Sqlite(store) => store.read(|conn| sqlite::vault::kept(conn, space, &keys)),
            Store::Postgres(store) => store.kept(space, &keys),
        }
    }

    /// Erases the body kept under this name, durably. False when there was none. What of it can remain elsewhere, and for
    /// how long, is told in `docs/adr/0004-journal.md`.
    ///
    /// # Errors
    /// `journal.bad_name`, `journal.read_only`, `journal.closed`, `journal.storage`. `journal.copy_left` when the body is
    /// erased from its table, but a reader that began before held the log for too long, in which a copy remains: asking
    /// again (the answer is then false) empties the log.
    pub fn erase(&self, space: &str, key: &str) -> Result<bool> {
        Ok(self.erase_names(&[Names::one(space, key)?])? > 0)
    }

    /// Erases the bodies kept under these names, and says how many there were: at most 1,000 names. As [`Journal::erase`]
    /// one by one, in less time.
    ///
    /// # Errors
    /// As [`Journal::erase`]; `journal.too_large`.
    pub fn erase_many(&self, space: &str, keys: &[impl AsRef<str>]) -> Result<u64> {
        limits::size("keys", keys.len(), limits::KEEPS)?;
        self.erase_names(&keys.iter().map(|key| Names::one(space, key.as_ref())).collect::<Result<Vec<_>>>()?)
    }

    /// Erases every body of this space whose key begins with `prefix` (the whole space when that is empty), and says how
    /// many there were. Many are erased portion by portion: after a fault some may be gone, and asking again goes on.
    ///
    /// # Errors
    /// As [`Journal::erase`].
    pub fn erase_prefix(&self, space: &str, prefix: &str) -> Result<u64> {
        self.erase_names(&[Names::beginning_with(space, prefix)?])
    }

    fn erase_names(&self, all: &[Names]) -> Result<u64> {
        let queue = self.queue()?;
        let mut erased = 0;
        if let Store::Postgres(store) = self.store() {
            for names in all {
                erased += store.erase(names)?;
            }
            return Ok(erased);
        }
        for names in all {
            loop {
                let portion = names.clone();
                let gone = queue.run(move |conn| sqlite::vault::erase_portion(conn, &portion))?;
                if gone == 0 {
                    break;
                }
                erased += gone;
            }
        }
        // Even when nothing was found: an earlier try may have ended between the erasure and this.
        for _ in 0..TRIES {
            if queue.run(sqlite::vault::empty_log)? {
                return Ok(erased);
            }
            std::thread::sleep(PAUSE);
        }
        Err(Fault::new(&COPY_LEFT).with("erased", erased))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_end_of_a_prefix_is_the_next_text_that_does_not_begin_with_it() {
        assert_eq!(after(""), None);
        assert_eq!(after("a/").as_deref(), Some("a0"));
        assert_eq!(after("京").as_deref(), Some("亭"));
        assert_eq!(after("a\u{10FFFF}").as_deref(), Some("b"));
        assert_eq!(after("\u{10FFFF}"), None);
        assert_eq!(after("\u{D7FF}").as_deref(), Some("\u{E000}"));
    }

    proptest! {
        #[test]
        fn a_text_is_in_the_range_exactly_when_it_begins_with_the_prefix(prefix in "[ab\u{10FFFF}京]{0,3}", text in "[ab \u{10FFFF}京0]{0,5}") {
            let inside = text >= prefix && after(&prefix).is_none_or(|end| text < end);
            prop_assert_eq!(inside, text.starts_with(&prefix));
        }

        #[test]
        fn one_name_is_alone_in_its_range(key in "[a ~\u{A0}京]{1,3}", other in "[a ~\u{A0}京]{1,4}") {
            let names = Names::one("s", &key).unwrap();
            let inside = other >= names.first && names.end.is_some_and(|end| other < end);
            prop_assert_eq!(inside, other == key);
        }
    }

    #[test]
    fn a_body_is_not_shown() {
        let keep = Keep { space: "s".into(), key: "k".into(), body: b"secret".into() };
        assert_eq!(format!("{keep:?}"), "Keep(s/k, 6 bytes)");
    }
}
