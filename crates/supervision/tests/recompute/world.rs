//! Random filings of three banks and eight firms at three dates, with lists that change between them.

use huoshui_supervision::filings::{DISBURSEMENTS, NOTES, RELATIONSHIPS};
use huoshui_supervision::relations::{Filed, Firm, Roll, Shelf};
use proptest::prelude::*;

use crate::common::{DISBURSEMENT, NOTE, RELATIONSHIP, batch, day, row};

pub const DATES: [&str; 3] = ["2025-09-30", "2024-12-31", "2024-09-30"];
pub const BANKS: [&str; 3] = ["X", "Y", "Z"];
pub const FIRMS: [&str; 8] = ["F0", "F1", "F2", "F3", "F4", "F5", "F6", "F7"];
pub const TIERS: [&str; 5] = ["", "srdi_sme", "little_giant", "innovative_sme", "srdi_sme"];
pub const DISTRICTS: [&str; 3] = ["110105", "110108", "110114"];
pub const INDUSTRIES: [&str; 2] = ["C", "I"];
pub const SIZES: [&str; 4] = ["large", "medium", "small", "micro"];
pub const KINDS: [&str; 8] =
    ["loan", "loan", "loan", "syndicated_share", "discount", "rediscount", "advance", "entrusted"];
pub const GUARANTEES: [&str; 4] = ["credit", "mortgage", "pledge", "guarantor"];
/// Drawdown, original maturity, and whether the term is longer than twelve months.
pub const TERMS: [(&str, &str, bool); 6] = [
    ("2024-03-01", "2025-03-01", false),
    ("2024-03-01", "2025-03-02", true),
    ("2024-02-29", "2025-02-28", false), // twelve months after 29 February end with February
    ("2024-02-29", "2025-03-01", true),
    ("2025-08-15", "2026-02-15", false),
    ("2023-06-30", "2028-06-30", true),
];
pub const COMMITMENTS: [&str; 4] = ["committed", "committed", "revocable", "pre_offer"];
pub const VALID_TO: [&str; 3] = ["2025-12-31", "2025-09-30", "2025-09-29"];

#[derive(Clone, Debug)]
pub struct N {
    pub bank: usize,
    pub firm: usize,
    pub fen: i64,
    pub kind: usize,
    pub term: usize,
    pub guarantee: usize,
    pub flags: u8,
}

impl N {
    pub fn flag(&self, bit: u8) -> bool {
        self.flags & (1 << bit) != 0
    }
    /// Loans(t).
    pub fn is_loan(&self) -> bool {
        // Transferred and written off are rare: two bits each must be set.
        let transferred = self.flag(0) && self.flag(1);
        let written_off = self.flag(2) && self.flag(3);
        self.fen > 0 && self.kind <= 3 && !transferred && !written_off
    }
    pub fn text(&self, no: usize) -> String {
        let yes = |b: bool| if b { "Y" } else { "N" };
        let (drawn, matures, _) = TERMS[self.term];
        format!(
            "note_no=n{no} institution={} borrower={} balance_cny={}.{:02} business_kind={} drawdown_date={drawn} \
             original_maturity={matures} main_guarantee={} mitigants={} ip_pledge={} ma_pilot={} transferred={} written_off={}",
            BANKS[self.bank],
            FIRMS[self.firm],
            self.fen / 100,
            self.fen % 100,
            KINDS[self.kind],
            GUARANTEES[self.guarantee],
            if self.flag(4) { "equipment" } else { "" },
            yes(self.flag(5)),
            yes(self.flag(6)),
            yes(self.flag(0) && self.flag(1)),
            yes(self.flag(2) && self.flag(3)),
        )
    }
}

#[derive(Clone, Debug)]
pub struct D {
    pub bank: usize,
    pub firm: usize,
    pub fen: i64,
    pub ppm: i64,
    pub kind: usize,
    pub guarantee: usize,
}

#[derive(Clone, Debug)]
pub struct R {
    pub bank: usize,
    pub firm: usize,
    pub account: usize, // none, open, closed before, closed today, closed tomorrow, opens tomorrow
    pub line: bool,
    pub group: usize, // 0 none, 1 or 2
    pub yuan: i64,
    pub commitment: usize,
    pub valid_to: usize,
    pub used: i64,
}

impl R {
    pub fn in_force(&self) -> bool {
        self.line && self.commitment <= 1 && self.valid_to <= 1
    }
    pub fn limit(&self) -> i64 {
        if self.group == 0 { self.yuan } else { 1000 * i64::try_from(self.group).unwrap() }
    }
    pub fn text(&self, no: usize) -> String {
        let (opened, closed) = [
            ("", ""),
            ("2020-01-01", ""),
            ("2020-01-01", "2025-09-29"),
            ("2020-01-01", "2025-09-30"),
            ("2025-09-30", "2025-10-01"),
            ("2025-10-01", ""),
        ][self.account];
        let mut text = format!(
            "institution={} borrower={} account_opened_on={opened} account_closed_on={closed}",
            BANKS[self.bank], FIRMS[self.firm]
        );
        if self.line {
            let group = ["", "G1", "G2"][self.group];
            text += &format!(
                " line_no=l{no:03} credit_limit={} commitment={} valid_from=2025-01-01 valid_to={} group_line={group} used={}",
                self.limit(),
                COMMITMENTS[self.commitment],
                VALID_TO[self.valid_to],
                self.used
            );
        }
        text
    }
}

/// tier, district, industry, size of each firm.
pub type List = Vec<(usize, usize, usize, usize)>;

#[derive(Clone, Debug)]
pub struct World {
    pub notes: Vec<Vec<N>>,
    pub drawn: Vec<Vec<D>>,
    pub ties: Vec<R>,
    pub lists: Vec<List>,
}

pub fn world() -> impl Strategy<Value = World> {
    let note = (0..3_usize, 0..8_usize, 0..5_000_000_i64, 0..8_usize, 0..6_usize, 0..4_usize, any::<u8>()).prop_map(
        |(bank, firm, fen, kind, term, guarantee, flags)| N { bank, firm, fen, kind, term, guarantee, flags },
    );
    let drawn = (0..3_usize, 0..8_usize, 1..5_000_000_i64, 0..100_000_i64, 0..8_usize, 0..4_usize)
        .prop_map(|(bank, firm, fen, ppm, kind, guarantee)| D { bank, firm, fen, ppm, kind, guarantee });
    let tie =
        (0..3_usize, 0..8_usize, 0..6_usize, any::<bool>(), 0..3_usize, 1..9000_i64, 0..4_usize, 0..3_usize, 0..3_i64)
            .prop_map(|(bank, firm, account, line, group, yuan, commitment, valid_to, used)| R {
                bank,
                firm,
                account,
                line,
                group,
                yuan,
                commitment,
                valid_to,
                used,
            });
    let list = prop::collection::vec((0..5_usize, 0..3_usize, 0..2_usize, 0..4_usize), 8);
    (
        prop::collection::vec(prop::collection::vec(note, 0..30), 3),
        prop::collection::vec(prop::collection::vec(drawn, 0..30), 2),
        prop::collection::vec(tie, 0..25),
        prop::collection::vec(list, 3),
    )
        .prop_map(|(notes, drawn, ties, lists)| World { notes, drawn, ties, lists })
}

pub fn shelf(w: &World) -> Shelf {
    let mut shelf = Shelf::default();
    for (at, date) in DATES.iter().enumerate() {
        let of = |base: &str, text: String| row(base, &format!("{text} as_of={date}"));
        let notes: Vec<_> = w.notes[at].iter().enumerate().map(|(i, n)| of(NOTE, n.text(i))).collect();
        let drawn: Vec<_> = w.drawn.get(at).into_iter().flatten().enumerate().map(|(i, d)| {
            of(DISBURSEMENT, format!(
                "note_no=d{i} institution={} borrower={} amount={}.{:02} rate_at_drawdown={}.{:04} business_kind={} main_guarantee={}",
                BANKS[d.bank], FIRMS[d.firm], d.fen / 100, d.fen % 100, d.ppm / 10_000, d.ppm % 10_000, KINDS[d.kind], GUARANTEES[d.guarantee],
            ))
        }).collect();
        let ties: Vec<_> =
            w.ties.iter().filter(|_| at == 0).enumerate().map(|(i, r)| of(RELATIONSHIP, r.text(i))).collect();
        let (a, b) = notes.split_at(notes.len() / 2);
        shelf.file(
            day(date),
            Filed {
                notes: vec![batch(&NOTES, a), batch(&NOTES, b)],
                disbursements: vec![batch(&DISBURSEMENTS, &drawn)],
                relationships: vec![batch(&RELATIONSHIPS, &ties)],
            },
        );
        let firms = FIRMS.iter().zip(&w.lists[at]).map(|(uscc, (tier, district, industry, size))| Firm {
            uscc,
            name: uscc,
            tier: Some(TIERS[*tier]).filter(|t| !t.is_empty()),
            srdi: is_srdi(*tier),
            little_giant: *tier == 2,
            innovative: *tier == 3,
            technology: false,
            district: Some(DISTRICTS[*district]),
            industry: Some(INDUSTRIES[*industry]),
            division: None,
            size: Some(SIZES[*size]),
            founded_on: None,
        });
        shelf.roll(Roll::new(day(date), firms, []));
    }
    shelf
}

pub fn is_srdi(tier: usize) -> bool {
    matches!(tier, 1 | 2 | 4)
}
