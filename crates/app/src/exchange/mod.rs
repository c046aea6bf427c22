//! The exchange: departments' data in, one firm's rows out, only as it consents.

pub mod batches;
pub mod holdings;
pub mod quality;
