//! Departments' batches: they conform, agree with the registry and the books, and with one another.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::string_slice)]

#[allow(dead_code, reason = "each test file uses a part of it")]
mod support;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use huoshui_city::Formats;
use huoshui_exchange::catalogue::{Absent, Catalogue, Resource};
use huoshui_exchange::quality;
use huoshui_formats::{Limits, read};
use huoshui_kernel::date;
use support::{bytes, city};

const AS_OF: &str = "2025-09-30";
const LATER: &str = "2025-10-09";

/// One city as csv for the tests that count, written once: 4,250 firms.
static CITY: LazyLock<tempfile::TempDir> = LazyLock::new(|| {
    let dir = tempfile::tempdir().unwrap();
    city(dir.path(), |o| (o.seed, o.scale, o.departments) = (20_250_930, 0.05, true));
    dir
});

fn path(root: &Path, resource: &Resource, day: &str, kind: &str) -> PathBuf {
    let folder = root.join("departments").join(&resource.department);
    let stem = folder.join(format!("{}.{day}.{kind}", resource.code));
    let named = |extension: &str| PathBuf::from(format!("{}.{extension}", stem.display()));
    if named("csv").is_file() { named("csv") } else { named("parquet") }
}

/// The rows of a resource's whole batch.
fn rows(code: &str) -> Vec<support::Row> {
    let catalogue = Catalogue::embedded().unwrap();
    let resource = catalogue.find(code, date::parse(AS_OF).unwrap()).unwrap();
    support::rows(&path(CITY.path(), resource, AS_OF, "whole"))
}

fn firms_of(rows: &[support::Row]) -> HashSet<String> {
    rows.iter().map(|r| r["uscc"].clone()).collect()
}

/// Every firm's registered attributes as they stand at the as-of date.
fn enterprises() -> HashMap<String, support::Row> {
    let files = support::DATES.map(|day| CITY.path().join(format!("enterprises.{day}.csv")));
    files.iter().flat_map(|p| support::rows(p)).map(|r| (r["uscc"].clone(), r)).collect()
}

/// Firms with a note that is past due and still on the books.
fn overdue() -> HashSet<String> {
    let notes = support::filed(CITY.path(), "notes", AS_OF).into_iter().flat_map(|p| support::rows(&p));
    notes.filter(|n| n["days_past_due"] != "0" && n["written_off"] == "N").map(|n| n["borrower"].clone()).collect()
}

fn borrowers() -> HashSet<String> {
    let notes = support::filed(CITY.path(), "notes", AS_OF).into_iter().flat_map(|p| support::rows(&p));
    notes.map(|n| n["borrower"].clone()).collect()
}

#[expect(clippy::cast_precision_loss, reason = "counts of a small city")]
fn share(of: &HashSet<String>, among: &HashSet<String>) -> f64 {
    of.intersection(among).count() as f64 / among.len().max(1) as f64
}

fn money(text: &str) -> i128 {
    support::hundredths(text)
}

#[test]
fn every_resource_has_a_whole_batch_that_reads_back_without_a_problem() {
    let dir = tempfile::tempdir().unwrap();
    let summary = city(dir.path(), |o| (o.seed, o.formats, o.departments) = (3, Formats::Mixed, true));
    let catalogue = Catalogue::embedded().unwrap();
    let day = date::parse(AS_OF).unwrap();
    let resources: Vec<&Resource> = catalogue.in_force(day).collect();
    assert_eq!((resources.len(), summary.resources.len()), (36, 45));
    let (mut broken, mut rules) = (0, 0);
    for resource in resources {
        for (as_of, kind) in [(AS_OF, "whole"), (LATER, "change")] {
            let file = path(dir.path(), resource, as_of, kind);
            if kind == "change" && !file.is_file() {
                continue;
            }
            let shape = resource.shape().unwrap();
            let mut batches = Vec::new();
            for chunk in read::open(&file, shape, &Limits::default()).unwrap() {
                let chunk = chunk.unwrap();
                let first = chunk.problems.first();
                assert!(first.is_none(), "{}: {}", file.display(), first.unwrap().fault(shape));
                batches.push(chunk.batch);
            }
            let rows: usize = batches.iter().map(arrow_array::RecordBatch::num_rows).sum();
            assert!(rows > 0 || kind == "change", "{}", file.display());
            assert!(summary.resources.contains(&(resource.code.clone(), rows as u64)), "{} {rows}", resource.code);
            let as_of = date::parse(as_of).unwrap();
            let report = quality::measure(&batches, resource, as_of, as_of).unwrap();
            for rule in &report.rules {
                assert!(!rule.refuse || rule.violations == 0, "{} {:?}", rule.rule, rule.first_rows);
                rules += u64::from(rule.violations > 0);
                broken += rule.violations;
            }
            assert!(report.dated.is_none_or(|(_, last)| last <= as_of), "{}", resource.code);
            assert_keys(&file, resource);
        }
    }
    // About one row in a thousand of the resources that have such a rule: 40,000 and 20,000 rows of them here.
    assert!((20..150).contains(&broken) && rules >= 3, "{broken} {rules}");
}

/// No two rows of a csv have one key.
fn assert_keys(file: &Path, resource: &Resource) {
    if file.extension().is_some_and(|e| e == "parquet") {
        return;
    }
    let mut seen = HashSet::new();
    for row in support::rows(file) {
        let key: Vec<String> =
            std::iter::once("uscc").chain(resource.key.iter().map(String::as_str)).map(|k| row[k].clone()).collect();
        assert!(seen.insert(key.clone()), "{} {key:?}", resource.code);
    }
}

#[test]
fn keys_of_months_and_rights_are_unique() {
    let catalogue = Catalogue::embedded().unwrap();
    for resource in catalogue.iter() {
        assert_keys(&path(CITY.path(), resource, AS_OF, "whole"), resource);
    }
}

#[test]
fn the_rest_of_the_city_does_not_move_with_its_departments() {
    let dirs: Vec<tempfile::TempDir> = (0..2).map(|_| tempfile::tempdir().unwrap()).collect();
    let make = |at: usize, departments: bool| {
        city(dirs[at].path(), |o| (o.scale, o.formats, o.departments) = (0.01, Formats::Mixed, departments))
    };
    make(0, true);
    assert!(make(1, false).resources.is_empty());
    let [with, without] = [0, 1].map(|i| bytes(dirs[i].path()));
    assert_eq!(with.len(), without.len() + 45);
    assert!(without.iter().all(|(name, bytes)| with.get(name) == Some(bytes)));
}

#[test]
fn registration_is_the_registry_and_recognition_the_list_library() {
    let enterprises = enterprises();
    let registered = rows("registration");
    assert_eq!(registered.len(), enterprises.len());
    for row in &registered {
        let firm = &enterprises[&row["uscc"]];
        for (field, known) in [
            ("name", "name"),
            ("former_name", "former_name"),
            ("district", "district"),
            ("industry", "industry"),
            ("founded_on", "founded_on"),
            ("capital", "capital"),
        ] {
            let value = &firm[known];
            assert_eq!(&row[field], value, "{} {field}", row["uscc"]);
        }
    }
    let given = |row: &&support::Row| row["tier"] != "technology_sme";
    let facts =
        |row: &support::Row, number: &str| ["uscc", "tier", number, "valid_from", "valid_to"].map(|f| row[f].clone());
    let valid = |row: &&support::Row| row["valid_from"].as_str() <= AS_OF && AS_OF <= row["valid_to"].as_str();
    let library = support::rows(&CITY.path().join(format!("roster.{AS_OF}.csv")));
    let library: BTreeSet<_> = library.iter().filter(given).map(|r| facts(r, "certificate_no")).collect();
    let recognised: BTreeSet<_> =
        rows("srdi_recognition").iter().filter(valid).map(|r| facts(r, "certificate_no")).collect();
    assert!(library == recognised && library.len() > 500, "{}", library.symmetric_difference(&recognised).count());
}

#[test]
fn trouble_with_banks_shows_at_other_departments() {
    let (overdue, borrowers) = (overdue(), borrowers());
    let sound: HashSet<String> = borrowers.difference(&overdue).cloned().collect();
    assert!(overdue.len() >= 12, "{}", overdue.len());
    let now = |rows: Vec<support::Row>| rows.into_iter().filter(|r| r["period"] == AS_OF);
    let social: HashSet<String> = now(rows("social_security"))
        .filter(|r| money(&r["paid"]) < money(&r["payable"]))
        .map(|r| r["uscc"].clone())
        .collect();
    let tax: HashSet<String> = now(rows("tax_arrears")).map(|r| r["uscc"].clone()).collect();
    let power: HashSet<String> =
        now(rows("electricity_use")).filter(|r| r["overdue"] == "Y").map(|r| r["uscc"].clone()).collect();
    let enforced = firms_of(&rows("enforcement"));
    for (what, firms, times) in
        [("social", social, 6.0), ("tax", tax, 6.0), ("power", power, 4.0), ("court", enforced, 6.0)]
    {
        let (late, fine) = (share(&firms, &overdue), share(&firms, &sound));
        assert!(late > times * fine && late > 0.15 && fine < 0.06, "{what}: {late} against {fine}");
    }
    // Without overdue loans, most have neither.
    assert!(share(&firms_of(&rows("dishonesty")), &sound) < 0.01);
}

#[test]
fn grades_follow_arrears() {
    let owing: HashSet<String> =
        rows("tax_arrears").into_iter().filter(|r| r["period"] == "2024-12-31").map(|r| r["uscc"].clone()).collect();
    let grades: Vec<support::Row> = rows("tax_grade").into_iter().filter(|r| r["period"] == "2024-12-31").collect();
    let of = |wanted: &[&str]| -> HashSet<String> {
        grades.iter().filter(|r| wanted.contains(&r["grade"].as_str())).map(|r| r["uscc"].clone()).collect()
    };
    let all: HashSet<String> = firms_of(&grades);
    let paying: HashSet<String> = all.difference(&owing).cloned().collect();
    let owing: HashSet<String> = owing.intersection(&all).cloned().collect();
    assert!(share(&of(&["A"]), &owing) < 0.01 && share(&of(&["A"]), &paying) > 0.2);
    assert!(share(&of(&["C", "D"]), &owing) > 0.4 && share(&of(&["C", "D"]), &paying) < 0.1);
}

#[test]
fn sales_and_people_are_those_of_the_register() {
    let enterprises = enterprises();
    let mut sold: HashMap<String, (i128, u32)> = HashMap::new();
    for row in rows("tax_payments").iter().filter(|r| r["period"].starts_with("2024")) {
        let sum = sold.entry(row["uscc"].clone()).or_default();
        *sum = (sum.0 + money(&row["declared_revenue"]), sum.1 + 1);
    }
    let year: Vec<(&String, i128)> = sold.iter().filter(|(_, (_, n))| *n == 4).map(|(u, (s, _))| (u, *s)).collect();
    let near = year.iter().filter(|(u, s)| {
        let registered = money(&enterprises[*u]["revenue"]);
        (registered * 85 / 100..=registered * 115 / 100).contains(s)
    });
    let (near, all) = (near.count(), year.len());
    assert!(all > 3_500 && near * 100 > all * 88, "{near} of {all}");

    let mut near = 0;
    let people: Vec<support::Row> =
        rows("social_security").into_iter().filter(|r| r["period"] == "2024-12-31").collect();
    for row in &people {
        let employees: i64 = enterprises[&row["uscc"]]["employees"].parse().unwrap();
        let insured: i64 = row["headcount"].parse().unwrap();
        near += usize::from((insured - employees).abs() <= (employees / 8).max(1));
    }
    assert!(near * 100 > people.len() * 90, "{near} of {}", people.len());
}

#[test]
fn power_follows_sales_by_industry_and_only_some_industries_export() {
    let enterprises = enterprises();
    let section = |uscc: &str| enterprises[uscc]["industry"][..1].to_owned();
    let mut power: HashMap<String, i128> = HashMap::new();
    for row in rows("electricity_use").iter().filter(|r| r["period"].as_str() > "2024-09-30") {
        *power.entry(section(&row["uscc"])).or_default() += row["kwh"].parse::<i128>().unwrap();
    }
    let mut sales: HashMap<String, i128> = HashMap::new();
    for row in rows("tax_payments").iter().filter(|r| r["period"].as_str() > "2024-09-30") {
        *sales.entry(section(&row["uscc"])).or_default() += money(&row["declared_revenue"]);
    }
    // kWh for a million fen.
    let intensity = |s: &str| power[s] * 1_000_000 / sales[s];
    assert!(intensity("C") > 4 * intensity("I") && intensity("H") > 4 * intensity("L"), "{power:?} {sales:?}");

    let exporters: HashSet<String> =
        rows("customs_trade").into_iter().filter(|r| money(&r["exports"]) > 0).map(|r| r["uscc"].clone()).collect();
    let of = |s: &str| -> HashSet<String> { enterprises.keys().filter(|u| section(u) == s).cloned().collect() };
    assert!(share(&exporters, &of("C")) > 0.2 && share(&exporters, &of("H")) < 0.001);
    assert!(share(&exporters, &of("L")) < 0.02);
}

#[test]
fn innovators_hold_more_rights_and_pledges_are_those_of_the_banks() {
    let list = support::rows(&CITY.path().join(format!("roster.{AS_OF}.csv")));
    let tier = |wanted: &str| -> HashSet<String> {
        list.iter().filter(|r| r["tier"] == wanted).map(|r| r["uscc"].clone()).collect()
    };
    let patents = rows("patents");
    let mut held: HashMap<&str, usize> = HashMap::new();
    for row in &patents {
        *held.entry(&row["uscc"]).or_default() += 1;
    }
    let mean = |firms: &HashSet<String>| {
        firms.iter().map(|u| held.get(u.as_str()).copied().unwrap_or(0)).sum::<usize>() / firms.len()
    };
    let (giants, others) = (tier("little_giant"), tier("technology_sme"));
    let smes: HashSet<String> = tier("srdi_sme").difference(&giants).cloned().collect();
    assert!(mean(&giants) > 2 * mean(&smes) && mean(&smes) > 2 * mean(&others), "{} {}", mean(&giants), mean(&smes));
    assert!(patents.iter().any(|r| r["status"] == "lapsed") && patents.iter().any(|r| r["status"] == "pending"));
    // The register still calls some rights valid whose last day has passed, and closes most of them.
    for rights in [&patents, &rows("trademarks")] {
        let over: Vec<_> = rights.iter().filter(|r| !r["expires_on"].is_empty() && *r["expires_on"] < *AS_OF).collect();
        let late = over.iter().filter(|r| r["status"] == "valid").count();
        assert!(late > 0 && late * 2 < over.len(), "{late} of {}", over.len());
        assert!(over.iter().all(|r| r["pledged"] == "N"));
    }
    for row in &patents {
        assert!(row["granted_on"].is_empty() || row["granted_on"] > row["applied_on"]);
        assert!(row["pledged"] == "N" || row["status"] == "valid");
    }
    let notes = support::filed(CITY.path(), "notes", AS_OF).into_iter().flat_map(|p| support::rows(&p));
    let secured: HashSet<String> = notes.filter(|n| n["ip_pledge"] == "Y").map(|n| n["borrower"].clone()).collect();
    let open: HashSet<String> =
        rows("ip_pledges").into_iter().filter(|r| r["released_on"].is_empty()).map(|r| r["uscc"].clone()).collect();
    let pledged: HashSet<String> = patents.iter().filter(|r| r["pledged"] == "Y").map(|r| r["uscc"].clone()).collect();
    assert!(secured.is_subset(&open) && open == pledged, "{} {} {}", secured.len(), open.len(), pledged.len());
    assert!(share(&firms_of(&rows("subsidies")), &giants) > 0.8);
}

#[test]
fn departments_that_should_know_every_firm_miss_few() {
    let all: HashSet<String> = enterprises().into_keys().collect();
    let catalogue = Catalogue::embedded().unwrap();
    for resource in catalogue.iter().filter(|r| r.absent == Absent::Unknown) {
        let missing = all.difference(&firms_of(&rows(&resource.code))).count();
        assert!(missing * 100 <= all.len() * 8, "{}: {missing}", resource.code);
        let every = ["registration", "legal_representative"].contains(&resource.code.as_str());
        assert_eq!(missing == 0, every, "{}: {missing}", resource.code);
    }
}

#[test]
fn persons_are_digests_of_nobody_and_agree_between_departments() {
    let known: HashMap<String, String> =
        rows("legal_representative").into_iter().map(|r| (r["uscc"].clone(), r["id_digest"].clone())).collect();
    let police = rows("representative_identity");
    assert!(police.iter().all(|r| known[&r["uscc"]] == r["id_digest"] && r["id_digest"].len() == 64));
    assert_eq!(known.values().collect::<HashSet<_>>().len(), known.len());
}

#[test]
fn drifted_batches_are_files_of_their_own() {
    let (right, wrong) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    city(right.path(), |o| o.departments = true);
    let summary = city(wrong.path(), |o| (o.departments, o.faults) = (true, true));
    let list = support::rows(&wrong.path().join("faults.csv"));
    assert_eq!(list.len() as u64, summary.faults);
    let of_departments: Vec<&support::Row> = list.iter().filter(|r| r["as_of"] == "2025-10-31").collect();
    let kinds: BTreeSet<&str> = of_departments.iter().map(|r| r["kind"].as_str()).collect();
    assert_eq!((of_departments.len(), kinds.len()), (7, 7));
    let (before, after) = (bytes(right.path()), bytes(wrong.path()));
    let within = |name: &&String| name.starts_with("departments/");
    for name in before.keys().filter(within) {
        assert!(before[name] == after[name], "{name}");
    }
    let added: BTreeSet<String> = after.keys().filter(within).filter(|n| !before.contains_key(*n)).cloned().collect();
    let listed: BTreeSet<String> = of_departments
        .iter()
        .map(|r| format!("departments/{}/{}.{}.change.csv", r["institution"], r["table"], r["as_of"]))
        .collect();
    assert_eq!(added, listed);
}
