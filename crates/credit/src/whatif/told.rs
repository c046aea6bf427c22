//! What of a what-if may be told to who may not know of single firms.
//!
//! A bank chooses the gates, so it chooses the group: four firms that it knows and a fifth that never consented. Whether a number
//! counts four or five would be what the fifth did not consent to tell. So a number that fewer than `fewest` firms make up is told
//! as none, zero and nineteen alike; one that all but fewer than `fewest` make up is told as all; what could be had by taking
//! shown numbers from a total is hidden with a further number; and totals are the sums of what is shown.

use std::collections::BTreeMap;

use super::{Report, Slice};

/// To the nearest ten.
fn tens(n: u64) -> u64 {
    n.saturating_add(5) / 10 * 10
}

/// How many of so many: none, all, or tens.
fn of(n: u64, all: u64, fewest: u64) -> u64 {
    match n {
        n if n < fewest => 0,
        n if all.saturating_sub(n) < fewest => all,
        n => n,
    }
}

/// Small numbers hidden, and with them the least of those left where together they were still fewer than `fewest`: else the rest of a
/// total would tell them. That zero is hidden as any small number is keeps the choice from telling anything.
fn hidden(numbers: &mut [&mut u64], fewest: u64) {
    let small: u64 = numbers.iter().map(|n| **n).filter(|n| *n < fewest).sum();
    let some = numbers.iter().any(|n| **n < fewest);
    numbers.iter_mut().filter(|n| ***n < fewest).for_each(|n| **n = 0);
    let shown = numbers.iter().filter(|n| ***n > 0).count();
    if some && small < fewest && shown > 1 {
        let least = numbers.iter_mut().filter(|n| ***n > 0).min_by_key(|n| ***n);
        least.into_iter().for_each(|n| **n = 0);
    }
}

pub(super) fn in_numbers(mut report: Report, fewest: u64) -> Report {
    report.flipped.clear();
    hidden(&mut report.moves.iter_mut().map(|m| &mut m.firms).collect::<Vec<_>>(), fewest);
    report.moves.retain(|m| m.firms > 0);
    report.moves.iter_mut().for_each(|m| m.firms = tens(m.firms));
    report.firms = tens(report.firms);
    report.flips = report.moves.iter().filter(|m| m.from != m.to).map(|m| m.firms).sum();
    report.slices = slices(std::mem::take(&mut report.slices), fewest);
    report
}

fn slices(mut by_size: Vec<Slice>, fewest: u64) -> Vec<Slice> {
    by_size.sort_by_key(|s| s.firms);
    let mut all: BTreeMap<String, Vec<Slice>> = BTreeMap::new();
    let mut together: BTreeMap<String, Slice> = BTreeMap::new();
    for slice in by_size {
        match together.get_mut(&slice.dimension) {
            Some(sum) if slice.firms < fewest || sum.firms < fewest => {
                sum.firms += slice.firms;
                sum.better += slice.better;
                sum.worse += slice.worse;
                sum.approved_before += slice.approved_before;
                sum.approved_after += slice.approved_after;
            }
            None if slice.firms < fewest => {
                together.insert(slice.dimension.clone(), Slice { value: "…".to_owned(), ..slice });
            }
            _ => all.entry(slice.dimension.clone()).or_default().push(slice),
        }
    }
    for sum in together.into_values().filter(|s| s.firms >= fewest) {
        all.entry(sum.dimension.clone()).or_default().push(sum);
    }
    let numbers: [fn(&mut Slice) -> &mut u64; 4] =
        [|s| &mut s.better, |s| &mut s.worse, |s| &mut s.approved_before, |s| &mut s.approved_after];
    for slices in all.values_mut() {
        for number in numbers {
            hidden(&mut slices.iter_mut().map(number).collect::<Vec<_>>(), fewest);
            for slice in slices.iter_mut() {
                let firms = slice.firms;
                let told = number(slice);
                *told = tens(of(*told, firms, fewest));
            }
        }
        slices.iter_mut().for_each(|s| s.firms = tens(s.firms));
    }
    let mut slices: Vec<Slice> = all.into_values().flatten().collect();
    slices.sort_by(|a, b| (&a.dimension, &a.value).cmp(&(&b.dimension, &b.value)));
    slices
}

#[cfg(test)]
mod tests {
    use super::super::Move;
    use super::*;
    use crate::decide::{Outcome, Request};

    fn slice(value: &str, numbers: [u64; 5]) -> Slice {
        let [firms, better, worse, approved_before, approved_after] = numbers;
        let (dimension, value) = ("district".to_owned(), value.to_owned());
        Slice { dimension, value, firms, better, worse, approved_before, approved_after }
    }

    fn report(moves: &[(Outcome, Outcome, u64)], slices: Vec<Slice>) -> Report {
        let request = Request {
            product: "B0001.fast_loan".to_owned(),
            amount_fen: 1,
            months: 12,
            purpose: "working_capital".to_owned(),
            lpr_ppm: 30_000,
        };
        Report {
            request,
            compared_with: None,
            assumed: Vec::new(),
            as_of: huoshui_kernel::Date::constant(2025, 9, 30),
            old: Vec::new(),
            new: Vec::new(),
            firms: moves.iter().map(|m| m.2).sum(),
            moves: moves.iter().map(|(from, to, firms)| Move { from: *from, to: *to, firms: *firms }).collect(),
            slices,
            flipped: Vec::new(),
            flips: moves.iter().filter(|m| m.0 != m.1).map(|m| m.2).sum(),
        }
        .in_numbers(20)
    }

    /// Gates that let through four firms that the bank knows, and a fifth if it has what nobody told the bank: the answer is the same.
    #[test]
    fn four_known_firms_and_one_are_four_known_firms() {
        use Outcome::{Automatic, Refer, Refuse};
        let asked = |fifth: u64| {
            let n = 4 + fifth;
            report(
                &[(Refuse, Refuse, 900 - fifth), (Refer, Refer, 100), (Refuse, Automatic, n)],
                vec![
                    slice("A", [500, n, 0, 0, n]),
                    slice("B", [480, 0, 0, 0, 0]),
                    slice("C", [20 + fifth, 20, 0, 0, 20]),
                ],
            )
        };
        let (without, with) = (asked(0), asked(1));
        assert_eq!((without.flips, &without.moves, &without.slices), (with.flips, &with.moves, &with.slices));
        assert!(without.moves.iter().all(|m| m.from == m.to), "nobody is seen to move");
        // And the other way round: everyone of a group but one.
        let but = |one: u64| report(&[(Refer, Refer, 100)], vec![slice("A", [100, 0, 100 - one, 100, one])]).slices;
        assert_eq!(but(0), but(1));
    }

    /// Of the total the city's size is known: what is left over by it must not be a number under twenty.
    #[test]
    fn the_rest_of_a_total_tells_nothing_either() {
        use Outcome::{Automatic, Branch, Refer, Refuse};
        // 7 are too few, and 1000 − 600 − 360 − 33 = 7: the 33 go with them.
        let told = report(
            &[(Refer, Refer, 600), (Refuse, Refuse, 360), (Refer, Branch, 33), (Refer, Automatic, 7)],
            vec![slice("A", [400, 33, 0, 0, 33]), slice("B", [300, 60, 0, 0, 60]), slice("C", [300, 7, 0, 0, 7])],
        );
        let shown: Vec<(Outcome, Outcome, u64)> = told.moves.iter().map(|m| (m.from, m.to, m.firms)).collect();
        assert_eq!(shown, [(Refer, Refer, 600), (Refuse, Refuse, 360)]);
        assert_eq!((told.firms, told.flips), (1_000, 0));
        assert_eq!(told.slices.iter().map(|s| s.better).collect::<Vec<_>>(), [0, 60, 0]);
        // Large ones are told, in tens.
        let told = report(&[(Refer, Refer, 604), (Refer, Branch, 396)], vec![slice("A", [1_000, 396, 0, 0, 396])]);
        assert_eq!((told.flips, told.slices[0].better, told.slices[0].worse), (400, 400, 0));
    }
}
