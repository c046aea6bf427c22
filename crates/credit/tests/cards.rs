//! Cards: bulk against row by row, and points that never go against their promise.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::sync::LazyLock;

use arrow_array::Int64Array;
use huoshui_credit::cards::{Card, Column, Monotone, score_all};
use huoshui_credit::rules::{Policies, Rules};
use huoshui_credit::table::Lane;
use huoshui_credit::value::{Cell, Why};
use huoshui_kernel::Date;
use proptest::prelude::*;

static RULES: LazyLock<Rules> =
    LazyLock::new(|| Policies::embedded().unwrap().on(Date::constant(2025, 9, 30)).unwrap());

const CARDS: [&str; 4] = ["srdi_general", "srdi_start_up", "srdi_growth", "srdi_maturity"];

/// Mostly values at and beside the card's own edges.
fn value(card: &Card, part: usize, how: u8, any: i64) -> Cell {
    let edges = &card.parts[part].edges;
    let near = edges.get(usize::from(how) % edges.len().max(1)).copied().unwrap_or(0);
    match how % 8 {
        0 => Cell::Missing(Why::Stale),
        1 => Cell::Known(any),
        2 => Cell::Known(near - 1),
        3 => Cell::Known(i64::MIN),
        4 => Cell::Known(i64::MAX),
        _ => Cell::Known(near),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 30, ..ProptestConfig::default() })]

    /// Both kinds of columns, over the edge of a block, bit for bit as one by one.
    #[test]
    fn bulk_equals_row_by_row(which in 0_usize..4, draws in prop::collection::vec((any::<u8>(), any::<i64>()), 200), rows in 1_usize..5_000) {
        let card = RULES.card(CARDS[which]).unwrap();
        let cell = |part: usize, row: usize| {
            let (how, any) = draws[(part * 31 + row * 7) % draws.len()];
            value(card, part, how.wrapping_add(u8::try_from(row % 5).unwrap()), any)
        };
        let lanes: Vec<Lane> = (0..card.parts.len()).map(|part| {
            let mut lane = Lane::default();
            (0..rows).for_each(|row| lane.push(cell(part, row)));
            lane
        }).collect();
        let arrays: Vec<Int64Array> = (0..card.parts.len())
            .map(|part| (0..rows).map(|row| cell(part, row).known()).collect())
            .collect();
        let by_lane = score_all(card, &lanes.iter().map(Column::Lane).collect::<Vec<_>>()).unwrap();
        let by_arrow = score_all(card, &arrays.iter().map(Column::Arrow).collect::<Vec<_>>()).unwrap();
        prop_assert_eq!(&by_lane, &by_arrow);
        for (row, bulk) in by_lane.iter().copied().enumerate() {
            let mut cells = vec![Cell::Missing(Why::NotAsked); RULES.fields().len()];
            for (i, part) in card.parts.iter().enumerate() {
                cells[part.field] = cell(i, row);
            }
            prop_assert_eq!(card.score(&cells), bulk);
            prop_assert!(card.best(&cells) >= bulk);
        }
    }

    /// More is never worse where a part says up, never better where it says down; missing is never better than a value.
    #[test]
    fn points_keep_their_promise(which in 0_usize..4, a in any::<i64>(), b in any::<i64>()) {
        let card = RULES.card(CARDS[which]).unwrap();
        let (low, high) = (a.min(b), a.max(b));
        for (part, entry) in card.parts.iter().zip(&card.entry.part) {
            let (less, more) = (part.of(Cell::Known(low)), part.of(Cell::Known(high)));
            match entry.monotone {
                Monotone::Up => prop_assert!(less <= more, "{}", part.code),
                Monotone::Down => prop_assert!(less >= more, "{}", part.code),
                Monotone::None => {}
            }
            prop_assert!(part.of(Cell::Missing(Why::Denied)) <= less.min(more));
        }
    }
}

/// The probability never rises with the score, over every score that a card can give and beyond.
#[test]
fn a_better_score_is_never_a_worse_risk() {
    for code in CARDS {
        let card = RULES.card(code).unwrap();
        let all: Vec<i64> = (-200..1_200).map(|score| card.odds.pd(score)).collect();
        assert!(all.windows(2).all(|w| w[0] >= w[1]), "{code}");
        assert!(all[0] > 500_000 && *all.last().unwrap() < 10_000, "{code}");
    }
    let card = RULES.card("srdi_general").unwrap();
    assert_eq!(score_all(card, &[]).unwrap_err().code(), "credit.source_shape");
}
