//! A firm at a bank: its account, its credit lines; and the banks to choose from.

use super::note::Note;
use crate::calendar::{PerSnap, Snap};
use crate::dice::Dice;
use crate::institutions::Institution;

/// How firmly a line is promised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Commitment {
    Committed,
    Revocable,
    PreOffer,
}

impl Commitment {
    /// The code in files.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Committed => "committed",
            Self::Revocable => "revocable",
            Self::PreOffer => "pre_offer",
        }
    }
}

/// A credit line.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) commitment: Commitment,
    pub(crate) from: i32,
    /// The last day, as it stands on each date: a line is prolonged when it is reviewed.
    pub(crate) to: PerSnap<i32>,
    /// What can still be drawn on each date, fen.
    pub(crate) headroom: PerSnap<i64>,
    /// The part of the headroom that acceptances and guarantees take, in 1/1000.
    pub(crate) off_balance: i64,
    /// The number of the group line that it belongs to.
    pub(crate) group: Option<u32>,
}

impl Line {
    /// Known to the bank on a day.
    pub(crate) const fn exists(&self, day: i32) -> bool {
        self.from <= day
    }

    /// Committed and valid on a date.
    pub(crate) fn in_force(&self, snap: Snap, day: i32) -> bool {
        self.commitment == Commitment::Committed && self.from <= day && day <= *self.to.at(snap)
    }
}

/// A firm at a bank.
#[derive(Clone, Debug)]
pub(crate) struct Relation {
    /// Place in the list of institutions.
    pub(crate) institution: usize,
    pub(crate) opened: i32,
    pub(crate) closed: Option<i32>,
    pub(crate) branch: u32,
    /// The line that notes are drawn under comes first.
    pub(crate) lines: Vec<Line>,
    /// Watched since a day, though nothing is overdue.
    pub(crate) watched: Option<i32>,
}

/// Everything of one firm.
#[derive(Clone, Debug, Default)]
pub(crate) struct Book {
    pub(crate) relations: Vec<Relation>,
    pub(crate) notes: Vec<Note>,
    /// Number and drawdown of every note that another one renews, also of those that no file shows any more.
    pub(crate) ends: Vec<(u32, i32)>,
}

/// The lenders, to choose from by weight.
pub(crate) struct Market {
    lenders: Vec<(usize, f64)>,
    margins: Vec<f64>,
}

impl Market {
    pub(super) fn new(institutions: &[Institution]) -> Self {
        let lenders = institutions.iter().enumerate().filter(|(_, i)| i.lends).map(|(p, i)| (p, i.weight)).collect();
        Self { lenders, margins: institutions.iter().map(|i| i.margin_bp).collect() }
    }

    /// What a bank adds to its rates.
    pub(super) fn margin(&self, institution: usize) -> f64 {
        self.margins.get(institution).copied().unwrap_or(0.0)
    }

    /// Up to `count` different banks.
    pub(super) fn choose(&self, count: usize, dice: &mut Dice) -> Vec<usize> {
        let mut chosen: Vec<usize> = Vec::with_capacity(count);
        // Tries are bounded: a heavy favourite may come up again and again.
        for _ in 0..count * 8 {
            if chosen.len() == count {
                break;
            }
            match dice.weighted(&self.lenders) {
                Some(bank) if !chosen.contains(&bank) => chosen.push(bank),
                _ => {}
            }
        }
        chosen
    }
}
