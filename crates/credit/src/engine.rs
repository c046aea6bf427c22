//! What the rules say of profiles: features, tags, radar, the score as advice.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, RecordBatch};
use arrow_schema::DataType;
use huoshui_formula::Value;
use huoshui_kernel::Date;
use huoshui_kernel::fault::{Fault, Result};
use serde::{Deserialize, Serialize};

use crate::cards::{Card, Column, score_all};
use crate::cells;
use crate::faults;
use crate::features;
use crate::policy::PolicyRef;
use crate::profile::{Item, Profile, ThemeScore, origin, origins, radar};
use crate::relations::{Relation, Supply};
use crate::rules::Rules;
use crate::table::{Lane, Table};
use crate::tags::{Answer, Tagged};
use crate::value::{Cell, Field, Kind, Texts, Why};

/// The score of a profile: advice. What a bank makes of it is the bank's own policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Advice {
    /// The card.
    pub card: PolicyRef,
    /// The stage that chose it, where one did.
    pub stage: Option<String>,
    /// The score, missing values at their worst.
    pub score: i32,
    /// The score if every missing value were the best.
    pub best: i32,
    /// The probability of default of the score, ppm.
    pub pd_ppm: i64,
    /// The grade of the score.
    pub grade: String,
    /// The features that are missing.
    pub missing: Vec<String>,
    /// That it is advice.
    pub note: Texts,
}

/// Bulk results, a row for each profile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scores {
    /// The scores.
    pub score: Vec<i32>,
    /// The probabilities of default, ppm.
    pub pd_ppm: Vec<i64>,
    /// The grades.
    pub grade: Vec<Arc<str>>,
}

pub(crate) fn advice_note() -> Texts {
    Texts {
        zh: "本评分由平台依据公共数据给出，仅供参考；是否放贷由银行按其自身政策决定。".to_owned(),
        en: "This score is the platform's advice on public data; whether to lend is decided by the bank's own policy."
            .to_owned(),
    }
}

impl Rules {
    /// The profile of one firm at a date, row by row.
    pub fn profile(&self, uscc: &str, as_of: Date, supplies: &[Supply]) -> Result<Profile> {
        let cells = features::one((&self.features, &self.derived), &self.relations, uscc, as_of, supplies)?;
        let (all, sources) = origins(&self.features, &self.relations, supplies);
        let mut profile = Profile { origins: all, ..Profile::new(uscc, as_of) };
        for ((feature, cell), origins) in self.features.iter().zip(cells).zip(sources) {
            let item = Item { version: feature.feature.version, cell, origins };
            profile.items.insert(feature.feature.code.clone(), item);
        }
        Ok(profile)
    }

    /// What these supplies alone say of a firm, without the features that nothing was asked for. For a bank's own inputs,
    /// which are few; bit for bit what is left of [`Rules::profile`] without those.
    pub fn profile_of(&self, uscc: &str, as_of: Date, supplies: &[Supply]) -> Result<Profile> {
        let cells = features::one((&self.features, &self.derived), &self.relations, uscc, as_of, supplies)?;
        let given = |relation: &Relation| supplies.iter().any(|s| s.resource == relation.resource);
        let asked: Vec<usize> = self.relations.iter().enumerate().filter(|(_, r)| given(r)).map(|(at, _)| at).collect();
        let place = |feature: &features::Compiled| asked.iter().position(|at| Some(*at) == feature.relation);
        let mut profile = Profile::new(uscc, as_of);
        profile.origins = asked.iter().filter_map(|at| self.relations.get(*at)).map(|r| origin(r, supplies)).collect();
        for (feature, cell) in self.features.iter().zip(cells).filter(|(_, c)| *c != Cell::Missing(Why::NotAsked)) {
            let mut origins: Vec<usize> = match &feature.second {
                None => place(feature).into_iter().collect(),
                Some((reads, _)) => reads.iter().filter_map(|i| place(self.features.get(*i)?)).collect(),
            };
            origins.sort_unstable();
            origins.dedup();
            let item = Item { version: feature.feature.version, cell, origins };
            profile.items.insert(feature.feature.code.clone(), item);
        }
        Ok(profile)
    }

    /// The profiles of many firms at a date, by columns: the same values, bit for bit.
    pub fn profiles(&self, firms: &[Arc<str>], as_of: Date, supplies: &[Supply]) -> Result<Table> {
        let lanes = features::city((&self.features, &self.derived), &self.relations, firms, as_of, supplies)?;
        let (origins, sources) = origins(&self.features, &self.relations, supplies);
        Ok(Table {
            as_of,
            uscc: firms.to_vec(),
            features: self.features.iter().map(|f| (f.field.clone(), f.feature.version)).collect(),
            lanes,
            origins,
            sources,
        })
    }

    /// The cells of a profile in the order of the fields; those of the application are not asked. A value of another
    /// version of its feature is missing.
    pub(crate) fn frame(&self, profile: &Profile) -> Vec<Cell> {
        let mut cells = vec![Cell::Missing(Why::NotAsked); self.fields.len()];
        for (feature, cell) in self.features.iter().zip(&mut cells) {
            if let Some(item) = profile.items.get(&feature.feature.code) {
                *cell = self.read(feature, item);
            }
        }
        cells
    }

    /// The cell of a feature as a profile has it.
    pub(crate) fn read(&self, feature: &features::Compiled, item: &Item) -> Cell {
        let same = item.version == feature.feature.version;
        if same { self.fit(&feature.field, item.cell) } else { Cell::Missing(Why::OtherVersion) }
    }

    /// A code outside the list is no value: it must not fall into the last bin.
    fn fit(&self, field: &Field, cell: Cell) -> Cell {
        let bad = |n: i64| match field.kind {
            Kind::Code => usize::try_from(n).map_or(true, |i| i >= field.codes.len()),
            Kind::Flag => !(0..=1).contains(&n),
            _ => false,
        };
        match cell {
            Cell::Known(n) if bad(n) => Cell::Missing(Why::Unusable),
            cell => cell,
        }
    }

    pub(crate) fn row(&self, cells: &[Cell]) -> Vec<Value> {
        cells.iter().take(self.fields.len()).enumerate().map(|(i, c)| self.value(i, *c)).collect()
    }

    /// All tags of a profile, with the values behind them.
    #[must_use]
    pub fn tags(&self, profile: &Profile) -> Vec<Tagged> {
        let cells = self.frame(profile);
        let row = self.row(&cells);
        self.tags.iter().map(|t| t.tagged(&row, &self.fields, &cells)).collect()
    }

    /// The names of a tag.
    #[must_use]
    pub fn tag_name(&self, code: &str) -> Option<Texts> {
        let found = self.tags.iter().find(|t| t.tag.code == code)?;
        Some(Texts { zh: found.tag.zh.clone(), en: found.tag.en.clone() })
    }

    /// All tags of a table computed by these rules: for each tag its code and its answers.
    pub fn tag_table(&self, table: &Table) -> Result<Vec<(String, Vec<Answer>)>> {
        let batch = table.batch()?;
        self.tags.iter().map(|t| Ok((t.tag.code.clone(), t.answers(table, &batch, &self.feature_schema)?))).collect()
    }

    /// The radar of a profile.
    #[must_use]
    pub fn radar(&self, profile: &Profile) -> Vec<ThemeScore> {
        let cells = self.frame(profile);
        radar(&self.features, |i| cells.get(i).copied().unwrap_or(Cell::Missing(Why::NotAsked)))
    }

    /// The score of a profile by a card.
    pub fn advice(&self, profile: &Profile, card: &str) -> Result<Advice> {
        let cells = self.frame(profile);
        self.advise(&cells, self.card(card)?, None)
    }

    /// The score of a profile by the card of its stage, under a product's rule of stages.
    pub fn advice_for(&self, profile: &Profile, product: &str) -> Result<Advice> {
        let cells = self.frame(profile);
        let (stage, card) = self.chosen_card(self.product(product)?, &self.row(&cells))?;
        self.advise(&cells, card, stage)
    }

    fn advise(&self, cells: &[Cell], card: &Card, stage: Option<String>) -> Result<Advice> {
        let score = card.score(cells);
        let pd = card.odds.pd(score);
        let scale = self.scale(&card.entry.scale)?;
        let missing = |p: &&crate::cards::ReadyPart| !matches!(cells.get(p.field), Some(Cell::Known(_)));
        Ok(Advice {
            card: crate::policy::reference(&card.entry)?,
            stage,
            score,
            best: card.best(cells),
            pd_ppm: pd,
            grade: scale.grade(scale.of(pd)).map(|g| g.code.clone()).unwrap_or_default(),
            missing: card.parts.iter().filter(missing).map(|p| p.code.clone()).collect(),
            note: advice_note(),
        })
    }

    /// The scores of a table.
    pub fn score_table(&self, card: &str, table: &Table) -> Result<Scores> {
        let card = self.card(card)?;
        let lost = Lane::filled(Cell::Missing(Why::NotAsked), table.uscc.len());
        let lanes: Vec<&Lane> = card.parts.iter().map(|p| table.lane(&p.code).unwrap_or(&lost)).collect();
        let columns: Vec<Column<'_>> = lanes.iter().map(|lane| Column::Lane(lane)).collect();
        self.graded(card, score_all(card, &columns)?)
    }

    /// The scores of a batch whose columns are named as features: `Int64` (money in fen, rates in ppm, ratios scaled by
    /// 10¹²), `Boolean`, `Utf8`. Null is missing, a column that is not there is missing for all.
    pub fn score_batch(&self, card: &str, batch: &RecordBatch) -> Result<Scores> {
        let card = self.card(card)?;
        let lanes = card
            .parts
            .iter()
            .map(|p| self.fields.get(p.field).map_or(Ok(None), |field| lane(field, batch)))
            .collect::<Result<Vec<Option<Lane>>>>()?;
        let lost = Lane::filled(Cell::Missing(Why::NotAsked), batch.num_rows());
        let mut columns = Vec::with_capacity(lanes.len());
        for (part, lane) in card.parts.iter().zip(&lanes) {
            let numbers = cells::column(batch, &part.code).and_then(|a| a.as_primitive_opt::<Int64Type>());
            columns.push(match (numbers, lane) {
                (Some(array), _) => Column::Arrow(array),
                (None, Some(lane)) => Column::Lane(lane),
                (None, None) => Column::Lane(&lost),
            });
        }
        self.graded(card, score_all(card, &columns)?)
    }

    fn graded(&self, card: &Card, score: Vec<i32>) -> Result<Scores> {
        let scale = self.scale(&card.entry.scale)?;
        let names: Vec<Arc<str>> = scale.scale.grade.iter().map(|g| g.code.as_str().into()).collect();
        let pd_ppm: Vec<i64> = score.iter().map(|s| card.odds.pd(*s)).collect();
        let grade = pd_ppm.iter().map(|pd| names.get(scale.of(*pd)).cloned().unwrap_or_else(|| "".into())).collect();
        Ok(Scores { score, pd_ppm, grade })
    }
}

/// A column of a batch as a lane; none where it is not there, or where it is numbers already.
fn lane(field: &Field, batch: &RecordBatch) -> Result<Option<Lane>> {
    let Some(array) = cells::column(batch, &field.code) else { return Ok(None) };
    let wanted = match field.kind {
        Kind::Flag => matches!(array.data_type(), DataType::Boolean),
        Kind::Code => matches!(array.data_type(), DataType::Utf8 | DataType::Dictionary(..)),
        _ => matches!(array.data_type(), DataType::Int64),
    };
    if !wanted {
        return Err(Fault::new(&faults::SOURCE)
            .with("resource", "profiles")
            .with("column", &field.code)
            .with("zh", format_args!("类型为 {}", array.data_type()))
            .with("en", format_args!("it is of type {}", array.data_type())));
    }
    if array.data_type() == &DataType::Int64 {
        return Ok(None);
    }
    let mut lane = Lane::default();
    for row in 0..array.len() {
        lane.push(match cells::cell(array, row) {
            Value::Null => Cell::Missing(Why::NotAsked),
            value => field.lane(&value).map_or(Cell::Missing(Why::Unusable), Cell::Known),
        });
    }
    Ok(Some(lane))
}
