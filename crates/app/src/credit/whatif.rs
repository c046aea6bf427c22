//! What if: a draft over every enterprise, from what departments know.

use std::collections::BTreeMap;
use std::sync::Arc;

use huoshui_credit::relations::{Answer, Supply, USCC};
use huoshui_credit::rules::Rules;
use huoshui_credit::table::Table;
use huoshui_credit::value::{Cell, Kind};
use huoshui_credit::whatif::{Ask, Dimension, Report, what_if_instead};
use huoshui_kernel::Date;
use huoshui_kernel::fault::{Fault, Result};

use super::bank;
use super::city::{self, REGISTER};
use super::drafts::Question;
use super::faults;
use super::supply::Held;
use crate::cells::text_at;
use crate::progress::Progress;

/// The feature whose codes are the tiers.
const TIER: &str = "srdi_tier";

/// A bank's inputs assumed for every firm where none are given: nothing overdue, no other loans, room and need beyond any
/// product's most. The report of them is of the day itself. They are written into the report.
const ASSUMED: &str = "
[[bank_credit_report]]
queried_on = \"DATE\"
overdue_accounts = 0
overdue_balance = 0
overdue_months_24m = 0
worst_class = \"pass\"
inquiries_6m = 0
other_balance = 0
guarantees = 0
[[bank_group]]
group_limit = \"10亿元\"
group_exposure = 0
[[bank_need]]
working_capital_need = \"10亿元\"
own_loans = 0
";

/// The city as one set of rules sees it on a date, with what firms are cut by.
pub struct Town {
    /// The profiles.
    pub table: Table,
    /// Tier, district, industry.
    pub dimensions: Vec<Dimension>,
}

impl Town {
    /// Computes every profile.
    ///
    /// # Errors
    /// `credit.no_data`; those of the store.
    pub fn load(held: &Held, rules: &Rules, date: Date) -> Result<Self> {
        let supplies = held.city(rules, date)?;
        let firms = city::firms(&supplies, date)?;
        let table = rules.profiles(&firms, date, &supplies)?;
        let mut dimensions = vec![tiers(rules, &table)];
        for name in ["district", "industry"] {
            dimensions.push(registered(&supplies, &table, name));
        }
        Ok(Self { table, dimensions })
    }
}

fn tiers(rules: &Rules, table: &Table) -> Dimension {
    let codes = rules.field(TIER).filter(|f| f.kind == Kind::Code).map(|f| f.codes.as_slice()).unwrap_or_default();
    let name = |row: usize| -> Arc<str> {
        let cell = table.lane(TIER).map_or(Cell::Missing(huoshui_credit::value::Why::NotAsked), |lane| lane.get(row));
        let at = cell.known().and_then(|n| usize::try_from(n).ok());
        at.and_then(|at| codes.get(at)).map_or("–", |c| c.code.as_str()).into()
    };
    Dimension { name: "tier".to_owned(), values: (0..table.uscc.len()).map(name).collect() }
}

/// A text of the register, by firm.
fn registered(supplies: &[Supply], table: &Table, column: &str) -> Dimension {
    let mut found: BTreeMap<&str, Arc<str>> = BTreeMap::new();
    let register = supplies.iter().find(|s| s.resource == REGISTER).map(|s| &s.answer);
    if let Some(Answer::Ready(source)) = register {
        for batch in &source.batches {
            let (Some(codes), Some(values)) = (batch.column_by_name(USCC), batch.column_by_name(column)) else {
                continue;
            };
            for row in 0..batch.num_rows() {
                if let (Some(uscc), Some(value)) = (text_at(codes, row), text_at(values, row)) {
                    found.insert(uscc, value.into());
                }
            }
        }
    }
    let none: Arc<str> = "–".into();
    let values = table.uscc.iter().map(|u| found.get(&**u).cloned().unwrap_or_else(|| Arc::clone(&none))).collect();
    Dimension { name: column.to_owned(), values }
}

/// Runs both sets of rules over the city as departments know it on a date. What no profile has, the bank's own inputs, is
/// assumed as given, or the same good case for every firm.
///
/// # Errors
/// `credit.bank_inputs`; those of the rules and of the store.
pub fn run(held: &Held, (old, new): (&Rules, &Rules), question: &Question, progress: &dyn Progress) -> Result<Report> {
    let (date, request, assumed) = (question.as_of, &question.request, &question.assumed);
    // The profiles, those of other features where there are some, and the decisions.
    progress.begin("试算：读取数据、计算画像、逐户比较", "What if: data and profiles, then every firm", 3);
    let before = Town::load(held, old, date)?;
    progress.advance(1);
    let features = |rules: &Rules| rules.refs().iter().filter(|r| r.kind == "feature").cloned().collect::<Vec<_>>();
    // One table serves for both where neither a feature nor what it is worked out from changes.
    let same = features(old) == features(new) && old.relations() == new.relations();
    let after = if same { None } else { Some(Town::load(held, new, date)?) };
    progress.advance(1);
    let table = after.as_ref().map_or(&before.table, |town| &town.table);
    let rows =
        if assumed.is_empty() { bank::read(&ASSUMED.replace("DATE", &date.to_string()))? } else { assumed.clone() };
    let firm = table.uscc.first().ok_or_else(|| Fault::new(&faults::NOTHING).with("date", date))?;
    let own = bank::profile(old, firm, date, &rows)?;
    let assume: Vec<(String, i64)> =
        own.items.iter().filter_map(|(code, item)| Some((code.clone(), item.cell.known()?))).collect();
    let ask = Ask { request, assume: &assume, dimensions: &before.dimensions };
    let report = what_if_instead((old, &before.table), (new, table), &ask, question.compared_with.as_deref());
    progress.advance(1);
    progress.end();
    report
}
