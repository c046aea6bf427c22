//! From an indicator to what must be read for it: its leaves (one aggregate each) and how they make the figure.

use std::sync::Arc;

use huoshui_formula::{Aggregate, AggregateFn};
use huoshui_kernel::Date;
use huoshui_kernel::fault::{Fault, Result};

use super::catalogue::Catalogue;
use super::compiled;
use super::exact::Fraction;
use super::policy::{Indicator, Kind, ZeroDenominator};
use crate::faults;
use crate::relations::Relation;

/// As of when: the filings' date, and the list's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Dates {
    pub data: Date,
    pub list: Date,
}

/// Which part of a figure rows belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// The numerator at the as-of date.
    Numerator,
    /// The denominator at the as-of date.
    Denominator,
    /// The numerator at the base of a comparison.
    BaseNumerator,
    /// The denominator at the base.
    BaseDenominator,
    /// The numerator of the indicator that is taken off.
    OtherNumerator,
    /// The denominator of that indicator.
    OtherDenominator,
}

/// Whose terms are being resolved.
#[derive(Clone, Copy)]
enum Side {
    Now,
    Base,
    Other,
}

impl Side {
    const fn role(self, denominator: bool) -> Role {
        match (self, denominator) {
            (Self::Now, false) => Role::Numerator,
            (Self::Now, true) => Role::Denominator,
            (Self::Base, false) => Role::BaseNumerator,
            (Self::Base, true) => Role::BaseDenominator,
            (Self::Other, false) => Role::OtherNumerator,
            (Self::Other, true) => Role::OtherDenominator,
        }
    }
}

/// One aggregate to be computed.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Leaf {
    pub role: Role,
    pub code: Arc<str>,
    pub relation: Relation,
    pub dates: Dates,
    pub aggregate: Aggregate,
    pub top: Option<usize>,
}

impl Leaf {
    /// Whether its result counts things, so that zero is the same as nothing.
    pub fn counts(&self) -> bool {
        matches!(self.aggregate.func, AggregateFn::Count | AggregateFn::CountDistinct)
    }
}

/// How leaves, by their place in a list, make a value.
#[derive(Clone, Debug)]
pub(super) enum Tree {
    Leaf { num: usize, den: Option<usize>, scaling: Scaling },
    Growth { now: Box<Tree>, base: Box<Tree>, scaling: Scaling },
    Difference { now: Box<Tree>, other: Box<Tree>, scaling: Scaling },
}

/// What is done to the exact result before it is rounded.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scaling {
    times: i64,
    per: i64,
    zero: ZeroDenominator,
}

/// Resolves an indicator at its dates; its leaves are added to `leaves`.
pub(super) fn resolve(
    catalogue: &Catalogue,
    indicator: &Indicator,
    as_of: Date,
    filter: Option<&str>,
    leaves: &mut Vec<Leaf>,
) -> Result<Tree> {
    let mut resolver = Resolver { catalogue, as_of, filter, leaves };
    resolver.tree(indicator, Dates { data: as_of, list: as_of }, Side::Now)
}

struct Resolver<'a> {
    catalogue: &'a Catalogue,
    as_of: Date,
    filter: Option<&'a str>,
    leaves: &'a mut Vec<Leaf>,
}

impl Resolver<'_> {
    fn tree(&mut self, indicator: &Indicator, dates: Dates, side: Side) -> Result<Tree> {
        let scaling = Scaling { times: indicator.times, per: indicator.per, zero: indicator.zero_denominator };
        if let Some(num) = &indicator.numerator {
            let num = self.leaf(indicator, num, dates, side.role(false))?;
            let den = match &indicator.denominator {
                Some(den) => Some(self.leaf(indicator, den, dates, side.role(true))?),
                None => None,
            };
            return Ok(Tree::Leaf { num, den, scaling });
        }
        let lost = || Fault::new(&faults::UNKNOWN_INDICATOR).with("code", &indicator.code).with("as_of", self.as_of);
        let of = self.catalogue.get(indicator.of.as_deref().ok_or_else(lost)?, self.as_of)?;
        let now = Box::new(self.tree(of, dates, side)?);
        if let Some(code) = &indicator.minus {
            let other = self.catalogue.get(code, self.as_of)?;
            let other = Box::new(self.tree(other, dates, Side::Other)?);
            return Ok(Tree::Difference { now, other, scaling });
        }
        let data = indicator.base.map_or(dates.data, |base| base.date(dates.data));
        // The list of the base's own day, or today's for a twin.
        let list = if indicator.same_list { dates.list } else { data };
        let base = Box::new(self.tree(of, Dates { data, list }, Side::Base)?);
        Ok(match indicator.kind {
            Kind::Growth => Tree::Growth { now, base, scaling },
            _ => Tree::Difference { now, other: base, scaling },
        })
    }

    fn leaf(&mut self, indicator: &Indicator, term: &super::policy::Term, dates: Dates, role: Role) -> Result<usize> {
        let aggregate = compiled::term(self.catalogue, indicator, term, Some((dates.data, self.filter)))?;
        self.leaves.push(Leaf {
            role,
            code: Arc::clone(&indicator.code),
            relation: term.relation,
            dates,
            aggregate,
            top: term.top,
        });
        Ok(self.leaves.len() - 1)
    }
}

/// A result of 128 bits was not enough.
pub(super) struct TooLarge;

impl Tree {
    /// The places of all leaves.
    pub fn leaves(&self, into: &mut Vec<usize>) {
        match self {
            Self::Leaf { num, den, .. } => into.extend(std::iter::once(*num).chain(*den)),
            Self::Growth { now, base: other, .. } | Self::Difference { now, other, .. } => {
                now.leaves(into);
                other.leaves(into);
            }
        }
    }

    /// The exact value from the leaves' results; a leaf without rows gives None. None is *not applicable*.
    pub fn value(&self, of: &dyn Fn(usize) -> Option<i128>) -> std::result::Result<Option<Fraction>, TooLarge> {
        let (value, scaling) = match self {
            Self::Leaf { num, den: None, scaling } => (Some(Fraction::whole(of(*num).unwrap_or(0))), scaling),
            Self::Leaf { num, den: Some(den), scaling } => {
                let num = Fraction::whole(of(*num).unwrap_or(0));
                (divide(num, Fraction::whole(of(*den).unwrap_or(0)), *scaling)?, scaling)
            }
            Self::Growth { now, base, scaling } => {
                let (Some(now), Some(base)) = (now.value(of)?, base.value(of)?) else { return Ok(None) };
                if base.is_zero() {
                    return Ok(scaling.for_zero());
                }
                let change = now.less(base).and_then(|change| change.over(base)).ok_or(TooLarge)?;
                (Some(change), scaling)
            }
            Self::Difference { now, other, scaling } => {
                let (Some(now), Some(other)) = (now.value(of)?, other.value(of)?) else { return Ok(None) };
                (Some(now.less(other).ok_or(TooLarge)?), scaling)
            }
        };
        value.map(|v| scaling.apply(v).ok_or(TooLarge)).transpose()
    }
}

fn divide(num: Fraction, den: Fraction, scaling: Scaling) -> std::result::Result<Option<Fraction>, TooLarge> {
    if den.is_zero() { Ok(scaling.for_zero()) } else { num.over(den).map(Some).ok_or(TooLarge) }
}

impl Scaling {
    const fn for_zero(self) -> Option<Fraction> {
        match self.zero {
            ZeroDenominator::Null => None,
            ZeroDenominator::Zero => Some(Fraction::whole(0)),
        }
    }

    fn apply(self, value: Fraction) -> Option<Fraction> {
        value.times(Fraction::new(self.times.into(), self.per.into())?)
    }
}
