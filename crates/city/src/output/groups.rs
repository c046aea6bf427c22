//! Group lines: a few firms of one bank that share a limit. Every member's row states the whole limit.

use std::collections::HashMap;

use crate::World;
use crate::calendar::{PerSnap, SNAPS, Snap};
use crate::dice::{Dice, Purpose};
use crate::firms::Firm;
use crate::lending::{Book, limits};

/// The limit of each group line on each date.
pub(crate) type GroupLimits = HashMap<u32, PerSnap<i64>>;

/// Makes groups of neighbours among each bank's lines to firms on the list, and sums their limits. The sum over lines,
/// a group once, is what it was before: members' limits are added up.
pub(crate) fn form(world: &World<'_>, firms: &[Firm], books: &mut [Book], banks: usize) -> GroupLimits {
    let mut open: Vec<Option<(u32, u32)>> = vec![None; banks];
    let mut dice = Dice::new(world.seed, Purpose::Group, 0);
    let mut next = 1;
    let (ago, now) = (world.dates.year_ago, world.dates.now);
    for (firm, book) in firms.iter().zip(books.iter_mut()) {
        if !SNAPS.iter().all(|s| *firm.listed.at(*s)) {
            continue;
        }
        for relation in &mut book.relations {
            let Some(slot) = open.get_mut(relation.institution) else { continue };
            // Members are there on all dates, so that a group's limit does not leap.
            let Some(line) =
                relation.lines.first_mut().filter(|l| l.in_force(Snap::Now, now) && l.in_force(Snap::YearAgo, ago))
            else {
                continue;
            };
            if slot.is_none() && dice.chance(0.006) {
                *slot = Some((next, 1 + u32::try_from(dice.below(3)).unwrap_or(0)));
                line.group = Some(next);
                next += 1;
            } else if let Some((group, left)) = *slot {
                line.group = Some(group);
                *slot = (left > 1).then_some((group, left - 1));
            }
        }
    }
    let mut sums = GroupLimits::new();
    for book in books.iter() {
        for (place, relation) in book.relations.iter().enumerate() {
            for (index, line) in relation.lines.iter().enumerate() {
                let Some(group) = line.group else { continue };
                let own = limits(world, book, place, index);
                let sum = sums.entry(group).or_default();
                for snap in SNAPS {
                    *sum.at_mut(snap) += own.at(snap);
                }
            }
        }
    }
    sums
}
