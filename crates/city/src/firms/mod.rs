//! The firms of the city: who they are, what they do, how large they are, and when they are on the list.

mod names;
mod roster;
mod sizes;

use std::collections::HashSet;

use huoshui_kernel::fault::{Fault, Result};
use huoshui_kernel::uscc::Uscc;
use rayon::prelude::*;

pub(crate) use roster::Certificate;
pub(crate) use sizes::{Class, Inputs};

use crate::calendar::{PerSnap, SNAPS, Snap};
use crate::dice::{Dice, Purpose, scaled, whole};
use crate::targets::{Industry, Targets};
use crate::{World, faults};

/// What a firm is to the figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Group {
    /// On the SRDI list on at least one of the dates.
    Listed,
    /// Another technology firm.
    Technology,
    /// Any other; small or micro.
    Other,
}

/// A firm.
pub(crate) struct Firm {
    pub(crate) id: u32,
    pub(crate) group: Group,
    pub(crate) uscc: Uscc,
    pub(crate) name: String,
    /// The name since the date, when it was renamed.
    pub(crate) renamed: Option<(Snap, String)>,
    pub(crate) district: usize,
    /// The district since the date, when it moved.
    pub(crate) moved: Option<(Snap, usize)>,
    pub(crate) industry: usize,
    pub(crate) founded: i32,
    pub(crate) capital: i64,
    /// The first date that knows of it.
    pub(crate) first: Snap,
    pub(crate) inputs: PerSnap<Inputs>,
    pub(crate) listed: PerSnap<bool>,
    pub(crate) little_giant: bool,
    pub(crate) certificates: Vec<Certificate>,
}

impl Firm {
    /// The name on a date.
    pub(crate) fn name_at(&self, snap: Snap) -> &str {
        match &self.renamed {
            Some((since, name)) if snap >= *since => name,
            _ => &self.name,
        }
    }

    /// The district on a date.
    pub(crate) const fn district_at(&self, snap: Snap) -> usize {
        match self.moved {
            Some((since, district)) if snap as u8 >= since as u8 => district,
            _ => self.district,
        }
    }

    /// Small or micro on a date.
    pub(crate) fn small_or_micro(&self, snap: Snap) -> bool {
        matches!(self.inputs.at(snap).class, Class::Small | Class::Micro)
    }

    /// Whether the attributes at a date differ from those before it (or are the first).
    pub(crate) fn reported(&self, snap: Snap) -> bool {
        match snap.before() {
            _ if snap < self.first => false,
            None => true,
            Some(_) if snap == self.first => true,
            Some(before) => {
                self.name_at(snap) != self.name_at(before)
                    || self.district_at(snap) != self.district_at(before)
                    || self.inputs.at(snap) != self.inputs.at(before)
            }
        }
    }
}

/// How many firms of each kind, by the dates on which they are on the list.
struct Counts {
    left_first: u64,
    left_second: u64,
    year_ago: u64,
    year_start: u64,
    ever: u64,
    technology: u64,
    other: u64,
}

impl Counts {
    fn new(targets: &Targets, scale: f64) -> Self {
        let p = &targets.population;
        let now = targets.figure("srdi_count").and_then(|t| u64::try_from(t.value).ok()).unwrap_or(p.srdi_now);
        let (year_ago, year_start, now) =
            (scaled(p.srdi_year_ago, scale, 1), scaled(p.srdi_year_start, scale, 1), scaled(now, scale, 1));
        let left_first = scaled(p.srdi_left_by_year_start, scale, 0).min(year_ago);
        let left_second = scaled(p.srdi_left_by_now, scale, 0).min(year_ago - left_first);
        let year_start = year_start.max(year_ago - left_first);
        let ever = left_first + left_second + now.max(year_start - left_second);
        let technology = scaled(p.other_technology, scale, 1).saturating_sub(left_first + left_second);
        Self {
            left_first,
            left_second,
            year_ago,
            year_start,
            ever,
            technology,
            other: scaled(p.other_small_micro, scale, 1),
        }
    }

    /// When firm `id` is on the list: first those who leave by the year's start, then those who leave later, then those
    /// who stay, then those who come.
    fn listed(&self, id: u64) -> PerSnap<bool> {
        let first = id < self.year_ago;
        let came_later = id < self.left_first + self.year_start;
        PerSnap {
            year_ago: first,
            year_start: id >= self.left_first && came_later,
            now: id >= self.left_first + self.left_second && id < self.ever,
        }
    }
}

/// Makes every firm. The order is by `id`: listed firms, other technology firms, others.
pub(crate) fn make(world: &World<'_>) -> Result<Vec<Firm>> {
    let counts = Counts::new(world.targets, world.scale);
    let total = counts.ever + counts.technology + counts.other;
    let ids: Vec<u32> = (0..total).filter_map(|id| u32::try_from(id).ok()).collect();
    let drafts: Vec<(Firm, Dice)> = ids.par_iter().map(|id| draft(world, &counts, *id)).collect::<Result<_>>()?;
    // Names must be unique in the whole city: the one step that goes firm by firm.
    let mut taken = HashSet::with_capacity(drafts.len());
    let mut firms = Vec::with_capacity(drafts.len());
    for (mut firm, mut dice) in drafts {
        let industry = industry(world.targets, firm.industry)?;
        firm.name = names::unique(&mut dice, industry, firm.group, &mut taken);
        if let Some((since, _)) = firm.renamed.take() {
            firm.renamed = Some((since, names::unique(&mut dice, industry, firm.group, &mut taken)));
        }
        firms.push(firm);
    }
    Ok(firms)
}

fn industry(targets: &Targets, place: usize) -> Result<&Industry> {
    targets.industries.get(place).ok_or_else(|| Fault::new(&faults::INTERNAL).with("reason", "industry"))
}

fn draft(world: &World<'_>, counts: &Counts, id: u32) -> Result<(Firm, Dice)> {
    let targets = world.targets;
    let mut dice = Dice::new(world.seed, Purpose::Firm, u64::from(id));
    let place = u64::from(id);
    let group = if place < counts.ever {
        Group::Listed
    } else if place < counts.ever + counts.technology {
        Group::Technology
    } else {
        Group::Other
    };
    let technology = group != Group::Other;
    let by_weight = |weights: Vec<(usize, f64)>, dice: &mut Dice| dice.weighted(&weights).unwrap_or(0);
    let weights = |list: Vec<(f64, f64)>| -> Vec<(usize, f64)> {
        list.into_iter().map(|(t, o)| if technology { t } else { o }).enumerate().collect()
    };
    let districts = weights(targets.districts.iter().map(|d| (d.technology, d.other)).collect());
    let industries = weights(targets.industries.iter().map(|i| (i.technology, i.other)).collect());
    let district = by_weight(districts.clone(), &mut dice);
    let industry_place = by_weight(industries, &mut dice);
    let rule = industry(targets, industry_place)?.rule;
    let listed = if group == Group::Listed { counts.listed(place) } else { PerSnap::default() };

    let first = match group {
        // They have existed for years, and have borrowed: the register knows them from its first file.
        Group::Listed | Group::Technology => Snap::YearAgo,
        Group::Other => {
            dice.weighted(&[(Snap::YearAgo, 0.93), (Snap::YearStart, 0.02), (Snap::Now, 0.05)]).unwrap_or(Snap::YearAgo)
        }
    };
    let founded = founded(world, group, first, &mut dice);
    let class = sizes::draw_class(group, &mut dice);
    let year_ago = Inputs::draw(rule, class, &mut dice);
    // Size inputs are those of the end of last year: they change once a year, in the last of the three files.
    let updates = group != Group::Other || dice.chance(0.3);
    let now = if updates { year_ago.a_year_later(rule, &mut dice) } else { year_ago };
    let capital = capital(class, &mut dice);
    let moved = dice.chance(0.015).then(|| {
        let since = if dice.chance(0.3) { Snap::YearStart } else { Snap::Now };
        (since, by_weight(districts, &mut dice))
    });
    let renamed = (group != Group::Other && dice.chance(0.012)).then(|| {
        let since = if dice.chance(0.3) { Snap::YearStart } else { Snap::Now };
        (since, String::new())
    });
    let later = |since: Snap| since > first;
    let moved = moved.filter(|(since, to)| later(*since) && *to != district);
    let renamed = renamed.filter(|(since, _)| later(*since));

    let little_giant = group == Group::Listed && dice.chance(targets.population.little_giant_share);
    let mut firm = Firm {
        id,
        group,
        uscc: uscc(world, district, id, &mut dice)?,
        name: String::new(),
        renamed,
        district,
        moved,
        industry: industry_place,
        founded,
        capital,
        first,
        inputs: PerSnap { year_ago, year_start: year_ago, now },
        listed,
        little_giant,
        certificates: Vec::new(),
    };
    firm.certificates = roster::certificates(world, &firm, &mut dice);
    Ok((firm, dice))
}

fn founded(world: &World<'_>, group: Group, first: Snap, dice: &mut Dice) -> i32 {
    // A firm that is new to the registry was founded since.
    if let (Some(before), Group::Other) = (first.before(), group) {
        return dice.day(world.dates.at(before) + 1, world.dates.at(first) - 5);
    }
    // A firm on the list has been in its segment for years; the others may be young.
    let (youngest, typical) = match group {
        Group::Listed => (3.2, 10.0),
        Group::Technology => (1.1, 7.0),
        Group::Other => (0.5, 6.0),
    };
    let years = (youngest + dice.lognormal(typical - youngest, 0.55)).min(40.0);
    world.dates.year_ago - i32::try_from(whole(years * 365.25)).unwrap_or(3_650)
}

fn capital(class: Class, dice: &mut Dice) -> i64 {
    let median = match class {
        Class::Micro => 300.0,
        Class::Small => 1_000.0,
        Class::Medium => 3_500.0,
        Class::Large => 12_000.0,
    };
    let wan = whole(dice.lognormal(median, 0.9)).max(10);
    let step = if wan > 1_000 { 100 } else { 10 };
    (wan / step * step).max(10) * 1_000_000
}

/// A code that no other firm has: the organisation part is the firm's number in a shuffled order.
fn uscc(world: &World<'_>, district: usize, id: u32, dice: &mut Dice) -> Result<Uscc> {
    const CODES: u64 = 887_503_681;
    const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
    // Yizhuang is no administrative division: its registrar uses 110302.
    let region = match world.targets.districts.get(district).map(|d| d.code.as_str()) {
        Some("110400") => "110302",
        Some(code) if code.len() == 6 && !dice.chance(0.08) => code,
        _ => "110000",
    };
    // Six characters hold 31^6 codes; a power of three has no divisor in common with it, so no two firms meet.
    let mut rest = (u64::from(id) + world.seed % CODES) % CODES * 387_420_489 % CODES;
    let mut organisation = String::from("MA");
    for _ in 0..6 {
        let digit = usize::try_from(rest % 31).ok().and_then(|i| ALPHABET.get(i)).copied().unwrap_or(b'0');
        organisation.push(char::from(digit));
        rest /= 31;
    }
    let prefix = dice.weighted(&[("91", 0.994), ("93", 0.002), ("N2", 0.002), ("Y1", 0.002)]).unwrap_or("91");
    Uscc::compose(prefix, region, &organisation)
}

/// How many firms each group of a city has, for reports on it.
pub(crate) fn on_list(firms: &[Firm]) -> PerSnap<u64> {
    let mut counts = PerSnap::default();
    for snap in SNAPS {
        *counts.at_mut(snap) = firms.iter().filter(|f| *f.listed.at(snap)).count() as u64;
    }
    counts
}
