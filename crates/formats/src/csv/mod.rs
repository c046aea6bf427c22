//! Comma-separated text, read strictly and fast.

pub(crate) mod encoding;
pub(crate) mod read;
pub(crate) mod source;
pub(crate) mod split;
