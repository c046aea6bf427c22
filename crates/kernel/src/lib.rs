//! The words every other crate speaks: money, rates, dates, identifiers, table shapes and faults.
//!
//! No business rule and no input or output lives here. Money is integer fen, rates are integer parts per million;
//! every operation that can overflow says so in its type.

pub mod date;
pub mod daycount;
mod decimal;
pub mod fault;
pub mod faults;
mod hex;
pub mod id;
pub mod money;
pub mod rate;
pub mod round;
pub mod shape;
pub mod split;
pub mod uscc;

pub use date::Date;
pub use fault::{Fault, FaultSpec, Lang};
pub use hex::hex;
pub use id::{DepartmentCode, InstitutionCode};
pub use money::Fen;
pub use rate::Ppm;
pub use uscc::Uscc;
