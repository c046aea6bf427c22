//! What writes and lists have in common: a change names the version that it was decided upon, a list goes on by pages.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;
mod pages;
mod told;
mod versions;
