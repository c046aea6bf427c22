//! Progress of long work, as the face in front of it wants to show it.

/// Receives the progress of long work. Calls come from several threads.
pub trait Progress: Sync {
    /// A stage begins; `total` is 0 where it is not known.
    fn begin(&self, zh: &str, en: &str, total: u64);
    /// So many more of the stage are done.
    fn advance(&self, by: u64);
    /// The stage is over.
    fn end(&self);
}

/// Shows nothing.
#[derive(Debug, Default, Clone, Copy)]
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _zh: &str, _en: &str, _total: u64) {}
    fn advance(&self, _by: u64) {}
    fn end(&self) {}
}
