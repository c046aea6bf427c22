//! From indicators and targets to what the report shows.

use std::collections::BTreeMap;
use std::sync::Arc;

use huoshui_kernel::Date;
use huoshui_kernel::fault::{Lang, Result};

use super::input::{BriefInput, Definition, Figure, Measure, Row, Target, TargetState, Words};
use super::wanted::{Wanted, When, codes};
use crate::indicators::{self, Base, Catalogue, Dim, Indicator, Kind, Term, display};
use crate::targets::{self, Direction, Progress};

impl Figure {
    /// A figure as its indicator shows it.
    #[must_use]
    pub fn of(figure: &indicators::Figure, indicator: &Indicator) -> Self {
        let measure = figure.value.map(|value| Measure {
            value: value.scaled,
            scale: value.scale,
            text: Words::new(display(figure, indicator, Lang::Zh), display(figure, indicator, Lang::En)),
        });
        Self { measure, numerator: figure.numerator, denominator: figure.denominator }
    }
}

impl Definition {
    /// An indicator as readers see it.
    #[must_use]
    pub fn of(indicator: &Indicator) -> Self {
        Self {
            version: indicator.version,
            effective_from: indicator.effective_from,
            name: Words::new(&*indicator.name.zh, &*indicator.name.en),
            text: Words::new(&*indicator.definition.zh, &*indicator.definition.en),
            formulas: formulas(indicator),
        }
    }
}

fn term(term: &Term) -> String {
    let populations: Vec<&str> = term.population.iter().map(|p| &**p).collect();
    format!("{} : {} : {}", term.relation.name(), populations.join(" AND "), term.formula)
}

const fn base_name(base: Base) -> &'static str {
    match base {
        Base::YearStart => "year_start",
        Base::YearAgo => "year_ago",
        Base::PreviousYearWindow => "previous_year_window",
    }
}

/// The formulas of a ratio, or what a growth or difference compares: `of(as_of) / of(year_start) - 1`.
fn formulas(indicator: &Indicator) -> Vec<String> {
    let mut all: Vec<String> = indicator.numerator.iter().chain(&indicator.denominator).map(term).collect();
    if let Some(of) = &indicator.of {
        let base = indicator.base.map_or("as_of", base_name);
        let other = indicator.minus.as_ref().unwrap_or(of);
        all.push(match indicator.kind {
            Kind::Growth => format!("{of}(as_of) / {other}({base}) - 1"),
            _ => format!("{of}(as_of) - {other}({base})"),
        });
    }
    all
}

impl Target {
    /// A target as readers see it; `name` gives the names of a dimension's values.
    pub fn of(
        target: &targets::Target,
        now: Option<&indicators::Figure>,
        progress: Option<&Progress>,
        indicator: &Indicator,
        as_of: Date,
        name: &dyn Fn(Dim, &str) -> Words,
    ) -> Self {
        let goal = |lang| {
            now.map(|f| display(&goal_figure(target, f), indicator, lang)).unwrap_or_else(|| target.target.to_string())
        };
        let (zh, en) = match target.direction {
            Direction::Up => ("不低于", "at least "),
            Direction::Down => ("不高于", "at most "),
        };
        let cell = target.cell.iter().next().map(|(dim, key)| {
            let key = key.as_deref().unwrap_or_default();
            (*dim, key.to_owned(), named(*dim, key, name))
        });
        Self {
            code: target.code.to_string(),
            cell,
            goal: Words::new(format!("{zh}{}", goal(Lang::Zh)), format!("{en}{}", goal(Lang::En))),
            now: now.map(|f| Figure::of(f, indicator)),
            due: target.by,
            progress_ppm: progress.and_then(|p| i64::try_from(p.gone?.scaled.checked_mul(100)?).ok()),
            state: match progress {
                None => TargetState::Unknown,
                Some(p) if p.reached => TargetState::Met,
                Some(_) if as_of > target.by => TargetState::Missed,
                Some(p) if p.on_schedule => TargetState::OnSchedule,
                Some(_) => TargetState::Behind,
            },
        }
    }
}

/// The goal as if it were the figure, so that both are shown in one form.
fn goal_figure(target: &targets::Target, now: &indicators::Figure) -> indicators::Figure {
    indicators::Figure { value: Some(target.target), exact: target.target.fraction(), ..now.clone() }
}

fn named(dim: Dim, key: &str, name: &dyn Fn(Dim, &str) -> Words) -> Words {
    if key.is_empty() { Words::new("未知", "Unknown") } else { name(dim, key) }
}

impl BriefInput {
    /// Takes in the definitions of every figure that the report knows, so that those not collected yet have names too.
    pub fn define(&mut self, catalogue: &Catalogue) {
        for code in codes() {
            if let Ok(indicator) = catalogue.get(code, self.as_of) {
                self.definitions.insert(code.to_owned(), Definition::of(indicator));
            }
        }
    }

    /// Takes in what [`indicators::evaluate`] gave for `wanted`. `name` gives the names of a dimension's values:
    /// `(Dim::District, "110108")` is 海淀区, Haidian. Definitions of the whole population's codes come in with them.
    ///
    /// # Errors
    /// `indicator.unknown` if a figure's code is not in the catalogue.
    pub fn put(
        &mut self,
        wanted: &Wanted,
        figures: &[indicators::Figure],
        catalogue: &Catalogue,
        name: &dyn Fn(Dim, &str) -> Words,
    ) -> Result<()> {
        let mut rows: BTreeMap<Option<Arc<str>>, Row> = BTreeMap::new();
        for figure in figures {
            let indicator = catalogue.get(&figure.code, figure.as_of)?;
            let (code, shown) = (figure.code.to_string(), Figure::of(figure, indicator));
            match (wanted.cut, wanted.when) {
                (Some(cut), _) => {
                    let key = figure.dims.get(&cut).cloned().flatten();
                    let text = key.as_deref().unwrap_or_default().to_owned();
                    let row = rows.entry(key).or_insert_with(|| Row {
                        name: named(cut, &text, name),
                        key: text,
                        figures: BTreeMap::new(),
                    });
                    row.figures.insert(code, shown);
                }
                (None, When::AsOf) => {
                    self.definitions.insert(code.clone(), Definition::of(indicator));
                    self.figures.insert(code, shown);
                }
                (None, When::YearStart) => {
                    self.year_start.insert(code, shown);
                }
            }
        }
        if let Some(cut) = wanted.cut {
            self.breakdowns.insert(cut, rows.into_values().collect());
        }
        Ok(())
    }
}
