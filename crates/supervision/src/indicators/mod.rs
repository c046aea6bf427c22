//! Indicators: one definition of each number, evaluated exactly, every figure opening into its rows.
//!
//! An indicator is a policy (`policies/indicators/`) over populations (`policies/populations/`) and relations
//! ([`crate::relations`]). [`evaluate`] reads each relation once a date; [`drill`] gives the rows behind a cell.

mod catalogue;
mod compiled;
mod dims;
mod display;
mod drill;
mod evaluate;
mod exact;
mod figure;
mod pass;
mod policy;
mod resolve;

pub use catalogue::{Catalogue, Entry};
pub use dims::{Cell, Dim, parse_cell, parse_dims};
pub use display::display;
pub use drill::{Contribution, Drill, Part, Role, drill};
pub use evaluate::{Selection, evaluate, plan};
pub use exact::{Exact, Fraction};
pub use figure::{Figure, FigureJson};
pub use policy::{Base, Display, Form, Indicator, Kind, Population, Term, Unit, ZeroDenominator};
