//! Scorecards: points over binned features. What is missing scores no better than the worst bin; bins are checked when
//! they are loaded, so no value falls through.

use huoshui_kernel::Date;
use huoshui_kernel::fault::{Fault, Result};
use serde::{Deserialize, Serialize};

use crate::faults;
use crate::policy::{entry, entry_fault};
use crate::value::{Cell, Field, Kind};

mod bulk;
mod odds;
mod scale;

pub use bulk::{Column, score_all};
pub use odds::{Odds, pd_ppm};
pub(crate) use scale::Graded;
pub use scale::{Grade, Scale};

/// Which way points go with the value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Monotone {
    /// Never fewer points for more.
    Up,
    /// Never more points for more.
    Down,
    /// No promise.
    #[default]
    None,
}

/// A bin: an interval `[from, to)`, or a set of codes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Bin {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub set: Vec<String>,
    pub points: i32,
}

/// A feature of a card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Part {
    pub feature: String,
    #[serde(default)]
    pub monotone: Monotone,
    /// The points of the missing bin.
    pub missing: i32,
    pub bins: Vec<Bin>,
}

/// A card as its file has it; `policies/scorecards/README.md` explains the keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Scorecard {
    pub code: String,
    pub version: u32,
    pub effective_from: Date,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_to: Option<Date>,
    pub zh: String,
    pub en: String,
    /// The points that every firm starts with.
    pub start: i32,
    /// The score at which the odds are `base_odds` to one.
    pub base_score: i32,
    pub base_odds: u32,
    /// The points that double the odds.
    pub double_odds: u32,
    /// The scale of grades.
    pub scale: String,
    pub part: Vec<Part>,
}
entry!(Scorecard, "scorecard");

/// A card made ready: every part is edges over a lane, codes and flags included.
#[derive(Clone, Debug)]
pub struct Card {
    /// The entry.
    pub entry: Scorecard,
    /// Its parts, in the order of the file.
    pub parts: Vec<ReadyPart>,
    /// The odds.
    pub odds: Odds,
}

/// A part made ready: `points[i]` for lanes from `edges[i-1]` up to below `edges[i]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadyPart {
    /// The field's place among the rules' fields.
    pub field: usize,
    /// The field's code.
    pub code: String,
    /// Ascending.
    pub edges: Vec<i64>,
    /// One more than edges.
    pub points: Vec<i32>,
    /// For a missing value.
    pub missing: i32,
    /// The best that any value gets.
    pub best: i32,
}

/// The most bins of a part, parts of a card, and the largest points: so that no sum leaves 32 bits.
const MOST: usize = 64;
const POINTS: i32 = 10_000;

impl ReadyPart {
    /// The points of a value.
    #[must_use]
    pub fn of(&self, cell: Cell) -> i32 {
        match cell {
            Cell::Missing(_) => self.missing,
            Cell::Known(value) => {
                self.points.get(self.edges.partition_point(|e| *e <= value)).copied().unwrap_or(self.missing)
            }
        }
    }

    /// The points of its field's cell, and the best that they could be: the same where the value is known.
    pub(crate) fn both(&self, cells: &[Cell]) -> (i32, i32) {
        match cells.get(self.field) {
            Some(cell @ Cell::Known(_)) => {
                let points = self.of(*cell);
                (points, points)
            }
            _ => (self.missing, self.best),
        }
    }

    fn new(card: &str, part: &Part, fields: &[Field]) -> Result<Self> {
        let found = fields.iter().enumerate().find(|(_, f)| *f.code == *part.feature);
        let Some((at, field)) = found else {
            return Err(entry_fault(
                card,
                format!("没有特征 {}", part.feature),
                format!("there is no feature {}", part.feature),
            ));
        };
        let code = format!("{card}.{}", part.feature);
        if part.bins.is_empty() || part.bins.len() > MOST {
            return Err(bins(&code, format!("分箱须有 1 至 {MOST} 个"), format!("there must be 1 to {MOST} bins")));
        }
        let (edges, points) = match field.kind {
            Kind::Code | Kind::Flag => sets(&code, part, field)?,
            _ => intervals(&code, part, field)?,
        };
        let (worst, best) = (points.iter().min().copied(), points.iter().max().copied());
        if part.missing > worst.unwrap_or(0) {
            return Err(bins(
                &code,
                format!("缺失箱 {} 分高于最差箱", part.missing),
                format!("missing scores {}, better than the worst bin", part.missing),
            ));
        }
        if part.missing < -POINTS || points.iter().any(|p| p.abs() > POINTS) {
            return Err(bins(&code, format!("分数须在 ±{POINTS} 以内"), format!("points must be within ±{POINTS}")));
        }
        monotone(&code, part.monotone, &points)?;
        Ok(Self {
            field: at,
            code: part.feature.clone(),
            edges,
            points,
            missing: part.missing,
            best: best.unwrap_or(0),
        })
    }
}

fn bins(code: &str, zh: impl std::fmt::Display, en: impl std::fmt::Display) -> Fault {
    Fault::new(&faults::BINS).with("code", code).with("zh", zh).with("en", en)
}

fn monotone(code: &str, way: Monotone, points: &[i32]) -> Result<()> {
    let mut pairs = points.windows(2).filter_map(|w| if let [a, b] = w { Some((a, b)) } else { None });
    let broken = match way {
        Monotone::Up => pairs.any(|(a, b)| a > b),
        Monotone::Down => pairs.any(|(a, b)| a < b),
        Monotone::None => false,
    };
    if broken {
        return Err(bins(code, "分数没有按声明的方向单调", "points do not go the way that it declares"));
    }
    Ok(())
}

fn intervals(code: &str, part: &Part, field: &Field) -> Result<(Vec<i64>, Vec<i32>)> {
    let (mut edges, mut points) = (Vec::new(), Vec::new());
    let read = |t: &Option<String>| t.as_deref().map(|t| field.parse(t)).transpose();
    let mut reached: Option<i64> = None;
    for (i, bin) in part.bins.iter().enumerate() {
        if !bin.set.is_empty() {
            return Err(bins(code, "数值特征的箱不能用集合", "a number is binned by intervals, not by sets"));
        }
        let (from, to) = (read(&bin.from)?, read(&bin.to)?);
        let last = i + 1 == part.bins.len();
        if from != reached {
            return Err(match (from, reached) {
                (Some(f), Some(r)) if f < r => {
                    bins(code, format!("第 {} 箱与前箱重叠", i + 1), format!("bin {} overlaps the one before", i + 1))
                }
                _ => bins(
                    code,
                    format!("第 {} 箱之前有空缺", i + 1),
                    format!("values are left out before bin {}", i + 1),
                ),
            });
        }
        match to {
            None if last => {}
            None => {
                return Err(bins(
                    code,
                    format!("第 {} 箱之后的箱取不到", i + 1),
                    format!("bins after {} are never reached", i + 1),
                ));
            }
            Some(_) if last => return Err(bins(code, "最后一箱须没有上界", "the last bin must be open at the top")),
            Some(to) if from.is_some_and(|from| from >= to) => {
                return Err(bins(code, format!("第 {} 箱是空的", i + 1), format!("bin {} is empty", i + 1)));
            }
            Some(to) => edges.push(to),
        }
        reached = to;
        points.push(bin.points);
    }
    Ok((edges, points))
}

fn sets(code: &str, part: &Part, field: &Field) -> Result<(Vec<i64>, Vec<i32>)> {
    let names: Vec<&str> = match field.kind {
        Kind::Flag => vec!["false", "true"],
        _ => field.codes.iter().map(|c| c.code.as_str()).collect(),
    };
    let mut found: Vec<Option<i32>> = vec![None; names.len()];
    for bin in &part.bins {
        if bin.from.is_some() || bin.to.is_some() || bin.set.is_empty() {
            return Err(bins(code, "代码特征的箱须用集合", "a code is binned by sets"));
        }
        for name in &bin.set {
            let slot = names.iter().position(|n| n == name).and_then(|i| found.get_mut(i));
            match slot {
                None => return Err(bins(code, format!("没有代码 {name}"), format!("there is no code {name}"))),
                Some(Some(_)) => {
                    return Err(bins(code, format!("代码 {name} 重复"), format!("the code {name} is in two bins")));
                }
                Some(slot) => *slot = Some(bin.points),
            }
        }
    }
    let mut points = Vec::with_capacity(names.len());
    for (name, found) in names.iter().zip(found) {
        points.push(
            found.ok_or_else(|| bins(code, format!("代码 {name} 没有箱"), format!("the code {name} has no bin")))?,
        );
    }
    Ok(((1..).take(names.len() - 1).collect(), points))
}

impl Card {
    pub(crate) fn new(entry: Scorecard, fields: &[Field], features: usize) -> Result<Self> {
        let own = fields.get(..features).unwrap_or(fields);
        crate::gates::unique(&entry.code, entry.part.iter().map(|p| p.feature.as_str()))?;
        if entry.part.is_empty() || entry.part.len() > MOST || entry.start.abs() > POINTS {
            return Err(entry_fault(&entry.code, "特征须有 1 至 64 个", "a card has 1 to 64 features"));
        }
        let parts =
            entry.part.iter().map(|p| ReadyPart::new(&entry.code, p, own)).collect::<Result<Vec<ReadyPart>>>()?;
        let sum = |f: fn(&ReadyPart) -> i32| entry.start + parts.iter().map(f).sum::<i32>();
        let odds = Odds::new(&entry, sum(|p| p.missing), sum(|p| p.best))?;
        Ok(Self { entry, parts, odds })
    }

    /// The score of cells in the order of the rules' fields.
    #[must_use]
    pub fn score(&self, cells: &[Cell]) -> i32 {
        self.scores(|_, part| part.both(cells)).0
    }

    /// The score if every missing value were the best.
    #[must_use]
    pub fn best(&self, cells: &[Cell]) -> i32 {
        self.scores(|_, part| part.both(cells)).1
    }

    /// The score, and the score if every missing value were the best, of what each part gives ([`ReadyPart::both`]).
    pub(crate) fn scores(&self, both: impl Fn(usize, &ReadyPart) -> (i32, i32)) -> (i32, i32) {
        self.parts
            .iter()
            .enumerate()
            .map(|(i, part)| both(i, part))
            .fold((self.entry.start, self.entry.start), |(score, best), (points, most)| (score + points, best + most))
    }
}
