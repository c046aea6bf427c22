//! A department's own endpoint: answers the protocol of `docs/formats/remote-departments.md` over a folder of files in
//! the import formats, so that remote sources are real processes over real HTTP. It can be told to be slow, failing or
//! wrong ([`Misbehaviour`]), at the start or while it runs.

mod answer;
mod body;
pub mod faults;
mod files;
mod layer;
mod misbehaviour;
mod routes;
mod serve;
mod stock;

pub use misbehaviour::{Drift, Misbehaviour};
pub use serve::{Key, Options, Ready, run, serve};
pub use stock::{Held, Stock};
