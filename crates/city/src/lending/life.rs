//! One firm's years with its banks: chains of notes, each following the last, read off later at the three dates.

use super::note::{Note, Renewal};
use super::presence::Plan;
use super::relation::{Book, Market, Relation};
use super::terms::{self, Sketch, times};
use super::{excluded, lines};
use crate::World;
use crate::calendar::{SNAPS, Snap, add_months, year};
use crate::dice::{Dice, Purpose};
use crate::firms::{Firm, Group};

/// A firm's dice, its notes so far, and what all of its notes share.
pub(super) struct Life<'a> {
    pub(super) world: &'a World<'a>,
    pub(super) firm: &'a Firm,
    pub(super) plan: &'a Plan,
    pub(super) market: &'a Market,
    pub(super) dice: Dice,
    pub(super) relations: Vec<Relation>,
    pub(super) notes: Vec<Note>,
    next: u32,
}

/// Everything of a firm.
pub(super) fn book(world: &World<'_>, firm: &Firm, plan: &Plan, market: &Market) -> Book {
    let dice = Dice::new(world.seed, Purpose::Lending, u64::from(firm.id));
    let mut life = Life { world, firm, plan, market, dice, relations: Vec::new(), notes: Vec::new(), next: 1 };
    let lenders = life.accounts();
    if SNAPS.iter().any(|s| *plan.borrows.at(*s)) {
        life.borrow(lenders);
    }
    life.keep_to_plan();
    excluded::add(&mut life);
    life.first_loan();
    lines::add(&mut life, lenders);
    let Life { relations, mut notes, .. } = life;
    let renewed: Vec<u32> = notes.iter().filter_map(|n| n.renews).collect();
    let ends = notes.iter().filter(|n| renewed.contains(&n.k)).map(|n| (n.k, n.drawn)).collect();
    notes.retain(|n| {
        SNAPS.iter().any(|s| {
            let day = *world.dates.at(*s);
            n.alive(day) || n.drawn_in_year_to(day)
        })
    });
    Book { relations, notes, ends }
}

impl Life<'_> {
    pub(super) fn day(&self, snap: Snap) -> i32 {
        *self.world.dates.at(snap)
    }

    /// Numbers a note and keeps it.
    pub(super) fn push(&mut self, mut note: Note) -> u32 {
        note.k = self.next;
        if note.contract == 0 {
            note.contract = self.next;
        }
        self.next += 1;
        self.notes.push(note);
        self.next - 1
    }

    /// Opens accounts; gives how many of the banks also lend (they come first).
    fn accounts(&mut self) -> usize {
        let borrows = SNAPS.iter().any(|s| *self.plan.borrows.at(*s)) || self.plan.financed;
        let (counts, keeps, lends): (&[(usize, f64)], f64, f64) = match self.firm.group {
            Group::Listed => {
                (&[(1, 0.17), (2, 0.24), (3, 0.23), (4, 0.16), (5, 0.10), (6, 0.06), (9, 0.04)], 1.0, 0.62)
            }
            Group::Technology => (&[(1, 0.52), (2, 0.30), (3, 0.13), (4, 0.05)], 0.93, 0.5),
            Group::Other => (&[(1, 0.8), (2, 0.17), (3, 0.03)], 0.55, 0.35),
        };
        if !self.plan.banked {
            return 0;
        }
        if !borrows && !self.dice.chance(keeps) {
            return 0;
        }
        let count = self.dice.weighted(counts).unwrap_or(1);
        let banks = self.market.choose(count, &mut self.dice);
        let first_day = self.day(self.firm.first);
        for (place, bank) in banks.iter().enumerate() {
            let newest = if place > 0 && self.dice.chance(0.12) { self.day(Snap::Now) } else { first_day };
            let oldest = if newest > first_day { first_day } else { self.firm.founded + 1 };
            let opened = self.dice.day(oldest, (newest - 3).max(oldest));
            self.relations.push(Relation {
                institution: *bank,
                opened,
                closed: None,
                branch: u32::try_from(self.dice.below(8)).unwrap_or(0),
                lines: Vec::new(),
                watched: None,
            });
        }
        let lenders = 1 + (1..count).filter(|_| self.dice.chance(lends)).count();
        let lenders = lenders.min(self.relations.len());
        // Some accounts that nobody lends on are closed again.
        let (from, to) = (self.day(Snap::YearAgo) - 200, self.day(Snap::Now));
        for place in lenders..self.relations.len() {
            let close = self.dice.chance(0.05).then(|| self.dice.day(from, to));
            if let Some(relation) = self.relations.get_mut(place) {
                relation.closed = close.filter(|day| *day > relation.opened + 30);
            }
        }
        lenders
    }

    /// When the firm began to borrow: before all three dates, or since the last one without a loan.
    fn begins(&mut self) -> i32 {
        let first = SNAPS.into_iter().find(|s| *self.plan.borrows.at(*s)).unwrap_or(Snap::Now);
        let day = self.day(first);
        match first.before() {
            Some(before) if before >= self.firm.first => self.dice.day(self.day(before) + 1, day),
            _ => {
                let oldest = self.firm.founded.max(day - 2_600) + 1;
                self.dice.day(oldest.min(day), day)
            }
        }
    }

    fn borrow(&mut self, lenders: usize) {
        let begins = self.begins();
        let debt = terms::debt(self.firm, &mut self.dice).min(self.world.largest_debt);
        let weights: Vec<f64> = (0..lenders).map(|_| self.dice.lognormal(1.0, 0.7)).collect();
        let total: f64 = weights.iter().sum();
        for (place, weight) in weights.iter().enumerate() {
            let opened = self.relations.get(place).map_or(begins, |r| r.opened);
            // The main bank lends from the first day, others join later.
            let later = if place == 0 { 0 } else { self.dice.day(0, 300) };
            let start = (begins + later).max(opened);
            self.lend(place, start, times(debt, weight / total));
        }
    }

    /// What one bank lends: some short chains, some long ones, in parallel.
    fn lend(&mut self, relation: usize, start: i32, debt: i64) {
        let (long_p, slots): (f64, &[(usize, f64)]) = match self.firm.group {
            Group::Listed => (0.55, &[(1, 0.45), (2, 0.33), (3, 0.22)]),
            Group::Technology => (0.42, &[(1, 0.6), (2, 0.3), (3, 0.1)]),
            Group::Other => (0.2, &[(1, 0.72), (2, 0.28)]),
        };
        let long = self.dice.chance(long_p);
        let long_share = if long { 0.3 + 0.6 * self.dice.unit() } else { 0.0 };
        if long {
            let count = 1 + usize::from(self.dice.chance(0.4));
            for _ in 0..count {
                let share = long_share * (0.7 + 0.6 * self.dice.unit());
                let amount = times(debt, share / count.max(1) as f64 * 1.35);
                self.chain(relation, start, amount, true);
            }
        }
        if long_share < 0.8 {
            let count = self.dice.weighted(slots).unwrap_or(1);
            for _ in 0..count {
                let amount = times(debt, (1.0 - long_share) * (0.6 + 0.8 * self.dice.unit()) / count.max(1) as f64);
                self.chain(relation, start, amount, false);
            }
        }
        if self.dice.chance(0.10) {
            self.revolve(relation, start, times(debt, 0.25));
        }
    }

    /// The first day on which new notes matter: everything drawn in last year's window is filed.
    fn horizon(&self) -> i32 {
        let last_year = self.day(Snap::YearAgo);
        crate::calendar::year_start(last_year)
    }

    /// How much more is drawn on a day than at the year's start.
    fn growth(&self, day: i32) -> f64 {
        let yearly = if self.firm.group == Group::Other { 0.06 } else { 0.12 };
        (1.0 + yearly * f64::from(day - self.day(Snap::YearStart)) / 365.0).max(0.4)
    }

    fn sketch(&self, relation: usize, drawn: i32, months: i32, days: i32, amount: i64) -> Sketch {
        let margin_bp = self.relations.get(relation).map_or(0.0, |r| self.market.margin(r.institution));
        Sketch { relation, drawn, months, days, amount, margin_bp, product: None }
    }

    /// Notes one after the other: repaid and drawn anew, renewed, or ended.
    fn chain(&mut self, relation: usize, start: i32, amount: i64, long: bool) {
        let tenors: &[(i32, f64)] = if long {
            &[(18, 0.15), (24, 0.3), (36, 0.4), (60, 0.13), (84, 0.02)]
        } else {
            // 0 stands for a day short of a year.
            &[(12, 0.62), (0, 0.1), (6, 0.12), (9, 0.07), (3, 0.05), (11, 0.04)]
        };
        let now = self.day(Snap::Now);
        let horizon = self.horizon();
        let months = self.dice.weighted(tenors).unwrap_or(12);
        let length = if months == 0 { 364 } else { months * 30 };
        // A chain older than the horizon is caught in the middle of a note.
        let mut drawn = start.max(horizon - self.dice.day(0, length));
        let mut renewed: Option<Note> = None;
        while drawn <= now {
            let size = times(amount, self.growth(drawn) * (0.8 + 0.4 * self.dice.unit()));
            let mut note =
                terms::note(self.world, self.firm, &self.sketch(relation, drawn, months, 364, size), &mut self.dice);
            if let Some(last) = renewed.take() {
                note.renewal = self
                    .dice
                    .weighted(&[
                        (Renewal::WithoutRepayment, 0.86),
                        (Renewal::Refinancing, 0.12),
                        (Renewal::Restructuring, 0.02),
                    ])
                    .unwrap_or(Renewal::WithoutRepayment);
                note.renews = Some(last.k);
                note.kind = super::Kind::Loan;
                note.currency = last.currency;
                note.amount = last.balance(last.paid - 1);
            }
            self.change_course(&mut note);
            let ended = note.paid;
            let last = note.clone();
            let k = self.push(note);
            drawn = if !long && last.extended.is_none() && ended == last.maturity && self.dice.chance(0.18) {
                renewed = Some(Note { k, ..last });
                ended
            } else if self.dice.chance(0.07) {
                return;
            } else {
                ended + self.dice.day(0, 25)
            };
        }
    }

    /// Early repayment, extension, an earlier maturity agreed: none of them changes the original maturity.
    fn change_course(&mut self, note: &mut Note) {
        let length = note.maturity - note.drawn;
        if self.dice.chance(0.12) {
            note.paid = note.maturity - self.dice.day(1, (length / 2).max(1));
        } else if note.renewal == Renewal::None && self.dice.chance(0.012) {
            let extended = note.maturity + self.dice.day(60, 300);
            note.extended = Some((extended, note.maturity - 8));
            note.paid = extended;
        } else if note.medium_long() && self.dice.chance(0.004) {
            let earlier = note.drawn + length * 3 / 4;
            note.shortened = Some((earlier, note.drawn + length / 4));
            note.paid = earlier;
        }
    }

    /// Drawn and repaid at will: many notes of a few weeks that mostly fall between the dates.
    fn revolve(&mut self, relation: usize, start: i32, amount: i64) {
        let now = self.day(Snap::Now);
        let mut drawn = start.max(self.horizon()) + self.dice.day(0, 60);
        let mut contract = 0;
        while drawn <= now {
            let days = self.dice.day(10, 110);
            let size = times(amount, self.growth(drawn) * (0.5 + self.dice.unit()));
            let sketch = Sketch { product: Some("随借随还贷款"), ..self.sketch(relation, drawn, 0, days, size) };
            let mut note = terms::note(self.world, self.firm, &sketch, &mut self.dice);
            note.currency = None;
            note.amount = terms::tidy(size);
            // One contract, many notes.
            note.contract = contract;
            let k = self.push(note);
            contract = if contract == 0 { k } else { contract };
            drawn += days + self.dice.day(15, 150);
        }
    }

    /// Makes the notes agree with the plan: repaid before a date without a loan, drawn before one with.
    fn keep_to_plan(&mut self) {
        for snap in SNAPS {
            let day = self.day(snap);
            if *self.plan.borrows.at(snap) {
                continue;
            }
            let dice = &mut self.dice;
            self.notes.retain_mut(|note| {
                if note.counts(day) {
                    if note.drawn == day {
                        return false;
                    }
                    note.paid = dice.day(note.drawn + 1, day);
                }
                true
            });
        }
        for snap in SNAPS {
            let day = self.day(snap);
            if *self.plan.borrows.at(snap) && !self.notes.iter().any(|n| n.counts(day)) {
                self.bridge(snap);
            }
        }
        // A note that was cut short renews nothing that ended on another day.
        let ends: Vec<(u32, i32)> = self.notes.iter().map(|n| (n.k, n.paid)).collect();
        for note in &mut self.notes {
            if let Some(k) = note.renews
                && !ends.contains(&(k, note.drawn))
            {
                note.renews = None;
                note.renewal = Renewal::None;
            }
        }
    }

    /// A note of a year that is there on a date, and on no date without a loan.
    fn bridge(&mut self, snap: Snap) {
        let day = self.day(snap);
        let opened = self.relations.first().map_or(day, |r| r.opened);
        let earliest = match snap.before() {
            Some(before) if !*self.plan.borrows.at(before) => self.day(before) + 1,
            _ => day - 300,
        };
        let from = earliest.max(opened).min(day);
        let drawn = self.dice.day(from, day);
        let amount = terms::debt(self.firm, &mut self.dice).min(self.world.largest_debt) / 2;
        let mut note = terms::note(self.world, self.firm, &self.sketch(0, drawn, 12, 0, amount), &mut self.dice);
        note.kind = super::Kind::Loan;
        if let Some(next) = snap.after()
            && !*self.plan.borrows.at(next)
        {
            note.paid = note.paid.min(self.dice.day(day + 1, self.day(next)));
        }
        note.paid = note.paid.max(day + 1);
        self.push(note);
    }

    /// The first note of all banks is the first loan, when the firm is new to borrowing.
    fn first_loan(&mut self) {
        let newcomer = self.dice.chance(0.3);
        let since = add_months(self.day(Snap::YearAgo), -24);
        let first = self
            .notes
            .iter_mut()
            .filter(|n| !matches!(n.kind, super::Kind::Discount | super::Kind::Rediscount))
            .min_by_key(|n| (n.drawn, n.k));
        if let Some(note) = first
            && note.kind.is_loan()
            && note.renewal == Renewal::None
            && (note.drawn > self.world.dates.year_ago || (newcomer && note.drawn > since && year(note.drawn) > 2021))
        {
            note.first_loan = true;
        }
    }
}
