//! The rows of a case as the answers of sources: fresh or stale, whole or released in part, or silent.

use std::collections::BTreeMap;

use huoshui_kernel::Date;
use huoshui_kernel::fault::Result;

use super::{FIRM, Run, show, wrong};
use crate::relations::{Answer, Relation, Source, Supply};

impl Run<'_> {
    pub(super) fn has_answers(&self) -> bool {
        let case = self.case;
        !(case.rows.is_empty() && case.empty.is_empty() && case.silent.is_empty())
    }

    /// What a case says of a firm's rows holds of the pass over a whole city too.
    pub(super) fn columns_agree(&mut self) -> Result<()> {
        if !self.has_answers() {
            return Ok(());
        }
        let date = self.case.date.unwrap_or(self.cases.date);
        let supplies = self.supplies(date)?;
        let alone = self.rules.profile(FIRM, date, &supplies)?;
        let table = self.rules.profiles(&[FIRM.into()], date, &supplies)?;
        for ((field, _), lane) in table.features.iter().zip(&table.lanes) {
            let (row, column) = (alone.cell(&field.code), lane.get(0));
            if row != column {
                self.failures.push((format!("{} by columns", field.code), show(field, row), show(field, column)));
            }
        }
        Ok(())
    }

    pub(super) fn supplies(&self, date: Date) -> Result<Vec<Supply>> {
        let case = self.case;
        let mut supplies = Vec::new();
        let empty = case.empty.iter().map(|name| (name, None));
        for (name, rows) in case.rows.iter().map(|(n, r)| (n, Some(r))).chain(empty) {
            let relation = self.relation(name)?;
            let all = || relation.columns.iter().map(|c| c.name.clone()).collect();
            let columns: Vec<String> = case.released.get(name).cloned().unwrap_or_else(all);
            let known = |column: &String| relation.columns.iter().any(|c| c.name == *column);
            let stray = rows.into_iter().flatten().flat_map(BTreeMap::keys).find(|k| !columns.contains(k));
            if let Some(stray) = columns.iter().find(|c| !known(c)).or(stray) {
                return Err(wrong(
                    self.file,
                    format!("{name} 没有列 {stray}"),
                    format!("{name} has no column {stray}"),
                ));
            }
            let kept = || relation.columns.iter().filter(|c| columns.contains(&c.name));
            let columns: Vec<String> = kept().map(|c| c.name.clone()).collect();
            let row = |row: &BTreeMap<String, toml::Value>| -> Result<Vec<serde_json::Value>> {
                kept().map(|c| json(c.kind.ty(), row.get(&c.name))).collect()
            };
            let rows = rows.into_iter().flatten().map(row).collect::<Result<Vec<_>>>()?;
            let source = Source {
                batches: vec![relation.batch(FIRM, &columns, &rows)?],
                own: Vec::new(),
                released: columns,
                as_of: case.known_to.unwrap_or(date),
                covers_from: case.covers_from.unwrap_or(Date::constant(1990, 1, 1)),
                covers_to: case.covers_to.unwrap_or(date),
                reference: "case".to_owned(),
                stale: case.stale.contains(name),
            };
            supplies.push(Supply { resource: name.clone(), answer: Answer::Ready(source) });
        }
        let answered = |name: &&String| case.rows.contains_key(*name) || case.empty.contains(*name);
        if let Some(name) = case.stale.iter().chain(case.released.keys()).find(|name| !answered(name)) {
            return Err(wrong(
                self.file,
                format!("{name} 没有答复，谈不上过期或授权范围"),
                format!("{name} did not answer: it can be neither stale nor released in part"),
            ));
        }
        for (name, why) in &case.silent {
            supplies.push(Supply { resource: self.relation(name)?.resource.clone(), answer: Answer::Missing(*why) });
        }
        Ok(supplies)
    }

    fn relation(&self, name: &str) -> Result<&Relation> {
        let found = self.rules.relations().iter().find(|r| r.resource == name);
        found.ok_or_else(|| wrong(self.file, format!("没有关系 {name}"), format!("there is no relation {name}")))
    }
}

/// A cell of a relation's row as the exchange would hand it out.
fn json(ty: huoshui_formula::Type, value: Option<&toml::Value>) -> Result<serde_json::Value> {
    use huoshui_formula::Type;
    Ok(match (ty, value) {
        (_, None) => serde_json::Value::Null,
        (Type::Money, Some(toml::Value::String(text))) => huoshui_kernel::Fen::parse_yuan(text)?.0.into(),
        (Type::Rate, Some(toml::Value::String(text))) => huoshui_kernel::Ppm::parse_percent(text)?.0.into(),
        (_, Some(toml::Value::String(text))) => text.as_str().into(),
        (_, Some(toml::Value::Integer(n))) => (*n).into(),
        (_, Some(toml::Value::Boolean(b))) => (*b).into(),
        (_, Some(other)) => other.to_string().into(),
    })
}
