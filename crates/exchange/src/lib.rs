//! The exchange: departments' data, shared only as the enterprise consents.
//!
//! Departments publish *resources* (the [`catalogue`]); a *purpose* ([`purpose`]) says who may ask for what, for how
//! long; an enterprise's *consent* ([`consent`]) is a signed artefact under a purpose. Everything here is a pure
//! function of what it is given: no clock, no file, no network. It never releases a field that the consent does not
//! name.

pub mod access;
pub mod answer;
pub mod calendar;
pub mod canonical;
pub mod catalogue;
pub mod clock;
pub mod consent;
pub mod correction;
pub mod docs;
pub mod embedded;
pub mod faults;
pub mod lookup;
pub mod purpose;
pub mod quality;
pub mod release;
pub mod reliance;
pub mod verify;
