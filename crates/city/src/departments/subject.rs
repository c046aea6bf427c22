//! A firm as a department sees it: who it is, what it owes, how it fares.

use super::portrait::{Health, Portrait};
use super::span::Span;
use crate::World;
use crate::dice::{Dice, Purpose};
use crate::firms::{Firm, Group};
use crate::lending::Book;
use crate::output::Cell;

/// What dice are thrown for. A new topic at the end moves no other.
#[derive(Clone, Copy, Debug)]
pub(super) enum Topic {
    Portrait = 1,
    Registration,
    Representative,
    Changes,
    Abnormal,
    Penalties,
    TaxQuarters,
    TaxGrade,
    Financials,
    Social,
    Medical,
    Housing,
    Customs,
    CustomsRating,
    Duties,
    ForeignTrade,
    Patents,
    Trademarks,
    Copyrights,
    Pledges,
    Enforcement,
    Litigation,
    Electricity,
    Water,
    Procurement,
    Subsidies,
    Benefits,
    HighTech,
    Research,
    Contracts,
    Estates,
    Environment,
    Licences,
    Later,
    Identity,
    Arrears,
}

impl Topic {
    /// The dice of a firm for this topic.
    pub(super) fn dice(self, seed: u64, firm: u32) -> Dice {
        Dice::new(seed, Purpose::Department, (self as u64) << 40 | u64::from(firm))
    }
}

/// A firm, its books and its course.
pub(super) struct Subject<'a> {
    pub(super) world: &'a World<'a>,
    pub(super) span: &'a Span,
    pub(super) firm: &'a Firm,
    pub(super) book: &'a Book,
    pub(super) portrait: Portrait,
}

impl<'a> Subject<'a> {
    pub(super) fn new(world: &'a World<'a>, span: &'a Span, firm: &'a Firm, book: &'a Book) -> Self {
        Self { world, span, firm, book, portrait: Portrait::draw(world, span, firm, book) }
    }

    pub(super) fn dice(&self, topic: Topic) -> Dice {
        topic.dice(self.world.seed, self.firm.id)
    }

    pub(super) fn uscc(&self) -> Cell<'_> {
        Cell::Text(self.firm.uscc.as_str())
    }

    pub(super) const fn now(&self) -> i32 {
        self.span.now
    }

    pub(super) fn health(&self) -> Health {
        self.portrait.health
    }

    pub(super) fn distressed(&self) -> bool {
        self.portrait.health == Health::Distressed
    }

    pub(super) fn technology(&self) -> bool {
        self.firm.group != Group::Other
    }

    /// On the SRDI list at the as-of date.
    pub(super) const fn on_list(&self) -> bool {
        self.firm.listed.now
    }

    /// A little giant at the as-of date.
    pub(super) const fn little_giant(&self) -> bool {
        self.firm.little_giant && self.firm.listed.now
    }

    /// One number of four, by how the firm fares: growing, stable, declining, distressed.
    pub(super) fn by_health<T: Copy>(&self, [growing, stable, declining, distressed]: [T; 4]) -> T {
        match self.health() {
            Health::Growing => growing,
            Health::Stable => stable,
            Health::Declining => declining,
            Health::Distressed => distressed,
        }
    }

    /// The industry class, and the district's code at the as-of date.
    pub(super) fn industry(&self) -> &str {
        self.world.targets.industries.get(self.firm.industry).map_or("", |i| i.code.as_str())
    }

    pub(super) fn district(&self) -> &str {
        let place = self.firm.district_at(crate::calendar::Snap::Now);
        self.world.targets.districts.get(place).map_or("", |d| d.code.as_str())
    }

    /// A firm that the department does not know: `young` and `tiny` are the shares of firms under half a year, and of
    /// firms with at most five people, that it has not registered yet.
    pub(super) fn unknown(&self, topic: Topic, young: f64, tiny: f64) -> bool {
        let mut dice =
            Dice::new(self.world.seed, Purpose::Department, (topic as u64 + 1_000) << 40 | u64::from(self.firm.id));
        let (for_young, for_tiny) = (dice.chance(young), dice.chance(tiny));
        (self.now() - self.firm.founded < 183 && for_young) || (self.firm.inputs.now.employees <= 5 && for_tiny)
    }

    /// A day between `low` and the as-of date, not before the firm was founded.
    pub(super) fn day_since(&self, low: i32, dice: &mut Dice) -> i32 {
        dice.day(low.max(self.firm.founded + 1).min(self.now()), self.now())
    }

    /// The day on which trouble can have begun: distress where there is any, else three years ago.
    pub(super) fn trouble_from(&self) -> i32 {
        if self.distressed() { self.span.end(self.portrait.onset) } else { self.now() - 1_095 }
    }

    /// Months of the course in which the firm existed, of those that monthly resources show.
    pub(super) fn months(&self) -> impl Iterator<Item = (usize, i32)> {
        self.span.recent().filter(|(_, m)| m.end >= self.firm.founded).map(|(place, m)| (place, m.end))
    }

    /// The same for quarters.
    pub(super) fn quarters(&self) -> impl Iterator<Item = (usize, i32)> {
        self.span.quarters().filter(|(_, m)| m.end >= self.firm.founded).map(|(place, m)| (place, m.end))
    }

    /// The last days of the years in which the firm existed.
    pub(super) fn years(&self) -> impl Iterator<Item = i32> {
        self.span.years().into_iter().filter(|day| *day >= self.firm.founded)
    }

    /// Insured persons in the month at a place.
    pub(super) fn people(&self, place: usize) -> i64 {
        self.portrait.people.get(place).copied().unwrap_or(1)
    }

    /// Sales of the month at a place, fen.
    pub(super) fn sales(&self, place: usize) -> f64 {
        self.portrait.sales.get(place).copied().unwrap_or(0.0)
    }

    /// Sales of the three months up to a place, fen.
    pub(super) fn quarter_sales(&self, place: usize) -> f64 {
        self.portrait.sales.iter().skip(place.saturating_sub(2)).take(3).sum()
    }

    /// Sales of a year, by its last day; what the register says where the course does not reach back.
    pub(super) fn year_sales(&self, end: i32) -> f64 {
        let year = crate::calendar::year(end);
        self.portrait.sold_in(self.span, year).unwrap_or_else(|| {
            let quarter: f64 = self.portrait.sales.iter().take(3).sum();
            let share: f64 = self.portrait.branch.seasons.iter().skip(9).sum::<f64>() / 12.0;
            quarter / share
        })
    }
}
