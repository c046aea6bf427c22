//! Every feature, tag and score of a full city from departments' files, as whoever holds the data folder computes them. The
//! peer merely decodes the same columns of the same Parquet files, on all cores too.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use huoshui_app::credit::supply::Held;
use huoshui_app::credit::{Book, city};
use huoshui_app::exchange::holdings::{CACHE_BYTES, Holdings};
use huoshui_app::import::registry::Choice;
use huoshui_app::progress::Silent;
use huoshui_app::{Mode, Workspace, import, policies};
use huoshui_credit::relations::{Authority, USCC};
use huoshui_credit::rules::Rules;
use huoshui_exchange::catalogue::Catalogue;
use huoshui_kernel::date::Date;
use huoshui_kernel::fault::{Fault, Result};
use rayon::prelude::*;

use crate::batches::peer;
use crate::faults::{self, failed};
use crate::{Bench, Row, decisions};

/// The group `features`.
pub const BENCH: Bench = Bench {
    name: "features",
    what: (
        "由各部门文件计算整座城市的全部特征、标签与评分，与只解码同样的 Parquet 列相比",
        "All features, tags and scores of a full city from departments' files, against merely decoding the same Parquet columns",
    ),
    run,
};

/// The card of the platform's advice.
const CARD: &str = "srdi_general";

/// The files of every department's relation that features read, with the columns that they read.
fn files(workspace: &Workspace, rules: &Rules) -> Result<Vec<(PathBuf, Vec<String>)>> {
    let holdings = Holdings::new(workspace.clone(), Arc::new(Catalogue::embedded()?), CACHE_BYTES);
    let mut all = Vec::new();
    for relation in rules.relations().iter().filter(|r| r.authority == Authority::Department) {
        let Some(in_force) = holdings.in_force(&relation.resource)? else { continue };
        let mut columns = vec![USCC.to_owned()];
        columns.extend(relation.columns.iter().map(|c| c.name.clone()));
        for layer in &in_force.layers {
            all.push((workspace.blobs.path(&layer.blob)?, columns.clone()));
        }
    }
    Ok(all)
}

fn decode(files: &[(PathBuf, Vec<String>)]) -> Result<(u64, f64)> {
    let start = Instant::now();
    let one = |(path, columns): &(PathBuf, Vec<String>)| {
        peer::decode(path, &columns.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let rows = files.par_iter().with_max_len(1).map(one).sum::<Result<u64>>()?;
    Ok((rows, start.elapsed().as_secs_f64()))
}

/// What one run over the city gave.
struct Found {
    firms: usize,
    features: usize,
    tags: usize,
    /// Seconds until the features were there, and until all was.
    seconds: [f64; 2],
}

fn compute(held: &Held, rules: &Rules, date: Date) -> Result<Found> {
    let start = Instant::now();
    let table = city::profiles(held, rules, date)?;
    let featured = start.elapsed().as_secs_f64();
    let tags = rules.tag_table(&table)?;
    let scores = rules.score_table(CARD, &table)?;
    let all = start.elapsed().as_secs_f64();
    let firms = table.uscc.len();
    let known = table.lanes.iter().flat_map(|lane| &lane.why).any(|why| *why == 0);
    if !known || scores.score.len() != firms || tags.iter().any(|(_, answers)| answers.len() != firms) {
        return Err(Fault::new(&faults::DISAGREES).with("name", "features"));
    }
    Ok(Found { firms, features: table.features.len(), tags: tags.len(), seconds: [featured, all] })
}

fn run(small: bool, say: &dyn Fn(&str)) -> Result<Vec<Row>> {
    let folder = tempfile::tempdir().map_err(failed)?;
    say("features: making the city");
    let source = folder.path().join("city");
    let as_of = decisions::city(&source, if small { 0.01 } else { 1.0 })?;
    let (clock, today) = decisions::clock_after(as_of)?;
    say("features: importing departments' files");
    let workspace = Workspace::open(&folder.path().join("data"), Mode::Create, clock)?;
    policies::seed(&workspace)?;
    let report = import::run(&workspace, &[source], Choice::default(), today, &Silent)?;
    if let Some(item) = report.items.iter().find(|item| item.outcome.is_refused()) {
        return Err(Fault::new(&faults::REFUSED).with("count", 1).with("file", item.path.display()));
    }
    let rules = Book::new(workspace.clone()).on(today)?.rules;
    let files = files(&workspace, &rules)?;
    let held = Held::open(workspace)?;
    let (mut best, mut limit): (Option<Found>, f64) = (None, f64::INFINITY);
    let rounds = if small { 1 } else { 3 };
    for round in 0..rounds {
        say(&format!("features: {}/{rounds}", round + 1));
        limit = limit.min(decode(&files)?.1);
        let found = compute(&held, &rules, today)?;
        if best.as_ref().is_none_or(|b| found.seconds < b.seconds) {
            best = Some(found);
        }
    }
    let Some(Found { firms, features, tags, seconds: [featured, all] }) = best else { return Ok(Vec::new()) };
    say(&format!("features: {firms} firms, {features} features, {tags} tags"));
    let count = |n: usize| f64::from(u32::try_from(n).unwrap_or(u32::MAX));
    let values = |per_firm: usize, seconds: f64| count(firms) * count(per_firm) / seconds;
    let row = |name: &str, unit, figure: f64, limit: f64, ratio: f64| {
        let (name, limit, ratio) = (name.to_owned(), Some(limit), Some(ratio));
        Row { name, figure, unit, limit, ratio, aim: None }
    };
    let per_firm = features + tags + 1;
    Ok(vec![
        row("features_city", "values/s", values(features, featured), values(features, limit), limit / featured),
        row("features_tags_scores", "values/s", values(per_firm, all), values(per_firm, limit), limit / all),
        row("features_tags_scores_time", "s", all, limit, limit / all),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_city_has_a_value_for_every_firm() {
        let rows = run(true, &|_| ()).unwrap();
        assert_eq!(rows.len(), 3);
        assert!(rows.iter().all(|r| r.figure > 0.0 && r.ratio.is_some_and(|r| r > 0.0)), "{rows:?}");
    }
}
