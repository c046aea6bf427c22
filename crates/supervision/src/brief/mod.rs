//! The brief: the regulator's report, in Chinese and in English, as Markdown and as HTML that prints.
//!
//! A pure function of figures. [`wanted`] says which figures to evaluate, [`BriefInput::put`] takes them in, [`render`] turns
//! them into text whose words follow the figures' signs. Every figure in the text is a link to its definition in the same document, and beside it to
//! its loans: [`Brief::loans`] names the files that the caller writes next to the report. No number stands in a template.

mod appendix;
mod blocks;
mod chart;
mod context;
mod escape;
mod fill;
mod html;
mod input;
mod links;
mod render;
mod tables;
mod view;
mod wanted;
mod words;

pub use input::{
    BriefInput, Definition, Figure, Filed, Institution, ListDate, Measure, Place, PolicyDigest, Reporting, Row, Target,
    TargetState, Words,
};
pub use links::LoanFile;
pub use render::{Brief, render};
pub use wanted::{Wanted, When, wanted};

/// At most this many files of loans go with a report; the other rows of its tables name the command that opens them.
pub const LOAN_FILES_MAX: usize = 200;
