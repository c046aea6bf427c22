//! Between banks: a first loan is a borrower's first at any bank, so two banks cannot both have made it.

use std::collections::BTreeMap;
use std::sync::Arc;

use huoshui_kernel::{Date, Lang};
use serde::Serialize;

use super::book::{Book, CheckTable};

/// A note that an institution files as its borrower's first loan.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Claim {
    /// The institution.
    pub institution: String,
    /// The note.
    pub note_no: String,
    /// When it was drawn.
    pub drawdown_date: Date,
}

/// A query to every institution that claims the same borrower's first loan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Conflict {
    /// Code of the check.
    pub code: Arc<str>,
    /// The borrower.
    pub borrower: String,
    /// The claims, by date.
    pub claims: Vec<Claim>,
    /// The question in Chinese.
    pub zh: String,
    /// The question in English.
    pub en: String,
}

/// Finds the borrowers whose first loan two or more institutions claim. Several notes of one institution are no conflict.
/// `claims` are (institution, borrower, note, drawdown date) of all notes and disbursements flagged as first loans; the
/// same note may come several times.
pub fn between_banks<'a>(
    book: &Book,
    as_of: Date,
    claims: impl IntoIterator<Item = (&'a str, &'a str, &'a str, Date)>,
) -> Vec<Conflict> {
    let Some(check) = book.of(CheckTable::BetweenBanks, as_of).next() else { return Vec::new() };
    let mut by_borrower: BTreeMap<&str, BTreeMap<(Date, &str, &str), ()>> = BTreeMap::new();
    for (institution, borrower, note_no, drawn) in claims {
        by_borrower.entry(borrower).or_default().insert((drawn, institution, note_no), ());
    }
    let mut conflicts = Vec::new();
    for (borrower, notes) in by_borrower {
        let mut institutions: Vec<&str> = notes.keys().map(|(_, institution, _)| *institution).collect();
        institutions.sort_unstable();
        institutions.dedup();
        if institutions.len() < 2 {
            continue;
        }
        let claims: Vec<Claim> = notes
            .keys()
            .map(|(drawn, institution, note)| Claim {
                institution: (*institution).to_owned(),
                note_no: (*note).to_owned(),
                drawdown_date: *drawn,
            })
            .collect();
        let listed: Vec<String> =
            claims.iter().map(|c| format!("{} {} ({})", c.institution, c.note_no, c.drawdown_date)).collect();
        let fill = |lang| {
            check
                .message(lang)
                .replace("{count}", &institutions.len().to_string())
                .replace("{borrower}", borrower)
                .replace("{claims}", &listed.join(", "))
        };
        conflicts.push(Conflict {
            code: Arc::clone(&check.code),
            borrower: borrower.to_owned(),
            zh: fill(Lang::Zh),
            en: fill(Lang::En),
            claims,
        });
    }
    conflicts
}
