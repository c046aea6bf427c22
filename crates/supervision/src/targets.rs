//! Targets: what a figure is to reach by a date, and how far it has come.

use std::sync::Arc;

use arrow_array::RecordBatch;
use huoshui_kernel::Date;
use huoshui_kernel::date::{days, from_days};
use huoshui_kernel::fault::{Fault, Result};

use crate::arrow::{at, dates, texts};
use crate::faults;
use crate::indicators::{Cell, Exact, Figure, Fraction, parse_cell};

/// Which way the figure is to move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// At least the target.
    Up,
    /// At most the target.
    Down,
}

/// A target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The indicator.
    pub code: Arc<str>,
    /// The cell; empty for the whole city.
    pub cell: Cell,
    /// The value, in the indicator's unit.
    pub target: Exact,
    /// Which way.
    pub direction: Direction,
    /// Where progress counts from.
    pub since: Date,
    /// By when.
    pub by: Date,
}

/// How far a target has come. Shares are of the way from the starting figure to the target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The figure reaches the target.
    pub reached: bool,
    /// The way gone, four decimals: 1 at the target, negative where it went the wrong way; none where the start already
    /// stood at the target or beyond it, or a figure is not applicable.
    pub gone: Option<Exact>,
    /// The time gone, four decimals, between 0 and 1.
    pub elapsed: Exact,
    /// Whether it is reached or at least as much of the way as of the time is gone.
    pub on_schedule: bool,
}

/// Reads a table of targets ([`crate::filings::TARGETS`]).
pub fn read(batches: &[RecordBatch]) -> Result<Vec<Target>> {
    let mut targets = Vec::new();
    for batch in batches {
        let table = "targets";
        let (code, cell) = (texts(table, batch, "code")?, texts(table, batch, "cell")?);
        let (value, direction) = (texts(table, batch, "target")?, texts(table, batch, "direction")?);
        let (since, by) = (dates(table, batch, "since")?, dates(table, batch, "by")?);
        for i in 0..batch.num_rows() {
            let code = code.get(i).unwrap_or_default();
            let wrong = |zh: &str, en: &str| {
                Fault::new(&faults::TARGET).with("code", code).with("zh", zh).with("en", en).row(i as u64 + 2)
            };
            let target = value.get(i).and_then(Exact::parse);
            let (since, by) = (at(since, i).and_then(from_days), at(by, i).and_then(from_days));
            let (Some(since), Some(by)) = (since, by) else { return Err(wrong("缺少日期", "a date is missing")) };
            if by <= since {
                return Err(wrong("完成日不晚于起算日", "it is to be reached no later than it starts"));
            }
            targets.push(Target {
                code: code.into(),
                cell: parse_cell(cell.get(i).unwrap_or_default())?,
                target: target.ok_or_else(|| wrong("目标值不是小数", "the target is not a plain decimal"))?,
                direction: match direction.get(i) {
                    Some("down") => Direction::Down,
                    _ => Direction::Up,
                },
                since,
                by,
            });
        }
    }
    Ok(targets)
}

/// How far a target has come: `start` is the figure of its `since` date, `now` the figure as of today.
pub fn progress(target: &Target, start: &Figure, now: &Figure) -> Result<Progress> {
    let too_large = || Fault::new(&faults::OVERFLOW).with("code", &target.code);
    let goal = target.target.fraction().ok_or_else(too_large)?;
    let reached = match now.exact {
        None => false,
        Some(now) => {
            let over = now.less(goal).ok_or_else(too_large)?.numerator();
            match target.direction {
                Direction::Up => over >= 0,
                Direction::Down => over <= 0,
            }
        }
    };
    let gone = match (start.exact, now.exact) {
        (Some(start), Some(now)) => {
            let way = goal.less(start).ok_or_else(too_large)?;
            let done = now.less(start).ok_or_else(too_large)?;
            // A start that stood at the target or beyond it leaves no way to go, and no share of it.
            let ahead = match target.direction {
                Direction::Up => way.numerator() <= 0,
                Direction::Down => way.numerator() >= 0,
            };
            if ahead { None } else { Some(done.over(way).ok_or_else(too_large)?) }
        }
        _ => None,
    };
    let whole = days(target.by) - days(target.since);
    let passed = (days(now.as_of) - days(target.since)).clamp(0, whole);
    let elapsed = Fraction::new(passed.into(), whole.into()).ok_or_else(too_large)?;
    let ahead = gone.and_then(|g| g.less(elapsed)).is_some_and(|d| d.numerator() >= 0);
    Ok(Progress {
        reached,
        gone: gone.map(|g| g.round(4).ok_or_else(too_large)).transpose()?,
        elapsed: elapsed.round(4).ok_or_else(too_large)?,
        on_schedule: reached || ahead,
    })
}
