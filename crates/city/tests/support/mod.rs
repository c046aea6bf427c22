//! A second, naive opinion on every figure: reads the csv files by itself, knows nothing of the generator.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use huoshui_city::{Formats, Options, Summary, Targets, generate};

pub const DATES: [&str; 3] = ["2024-09-30", "2024-12-31", "2025-09-30"];

pub type Row = HashMap<String, String>;

/// A small city in a folder: seed 1, a fiftieth of Beijing, csv, without mistakes and departments but for what is changed.
pub fn city(out: &Path, change: impl FnOnce(&mut Options)) -> Summary {
    let mut options = Options {
        out: out.to_owned(),
        seed: 1,
        scale: 0.02,
        targets: Targets::default_beijing().unwrap(),
        faults: false,
        formats: Formats::Csv,
        departments: false,
    };
    change(&mut options);
    generate(&options, &|_, _, _| {}).unwrap()
}

/// Every file below a folder, by its path there.
pub fn bytes(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![root.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                found.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    found
}

/// The rows of a csv file. The files here hold no quotes; a quote would fail the test rather than be misread.
pub fn rows(path: &Path) -> Vec<Row> {
    let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    assert!(!text.contains('"'), "{}", path.display());
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    lines
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            assert_eq!(cells.len(), header.len(), "{}: {line}", path.display());
            header.iter().map(|h| (*h).to_owned()).zip(cells.into_iter().map(str::to_owned)).collect()
        })
        .collect()
}

/// The files of one table of one date.
pub fn filed(out: &Path, table: &str, date: &str) -> Vec<PathBuf> {
    let mut list: Vec<PathBuf> = std::fs::read_dir(out.join("filings").join(date))
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.file_name().unwrap().to_str().unwrap().starts_with(&format!("{table}.")))
        .collect();
    list.sort();
    list
}

/// `1234.56` as 123456.
pub fn hundredths(text: &str) -> i128 {
    let (whole, part) = text.split_once('.').unwrap();
    assert_eq!(part.len(), 2, "{text}");
    let sign = if whole.starts_with('-') { -1 } else { 1 };
    whole.parse::<i128>().unwrap() * 100 + sign * part.parse::<i128>().unwrap()
}

/// `3.4500` as 34500.
pub fn ten_thousandths(text: &str) -> i128 {
    let (whole, part) = text.split_once('.').unwrap();
    assert_eq!(part.len(), 4, "{text}");
    whole.parse::<i128>().unwrap() * 10_000 + part.parse::<i128>().unwrap()
}

/// The same day a year later, 29 February on the 28th. Dates compare as text.
fn a_year_later(date: &str) -> String {
    let year: i32 = date[..4].parse().unwrap();
    let rest = if &date[4..] == "-02-29" { "-02-28" } else { &date[4..] };
    format!("{:04}{rest}", year + 1)
}

/// 2011 No. 300, typed from the notice: how many of a class's thresholds (small, medium, large) are reached.
fn small_or_micro(firm: &Row) -> bool {
    let people = firm["employees"].parse::<i128>().unwrap();
    let revenue = hundredths(&firm["revenue"]);
    let assets = hundredths(&firm["assets"]);
    let wan = 1_000_000;
    let industry = firm["industry"].as_str();
    // Medium is the first class beyond small: both minima of medium reached.
    let medium = match (&industry[..1], &industry[1..3]) {
        ("B" | "C" | "D", _) => people >= 300 && revenue >= 2_000 * wan,
        ("E", _) => revenue >= 6_000 * wan && assets >= 5_000 * wan,
        ("F", "51") => people >= 20 && revenue >= 5_000 * wan,
        ("F", _) => people >= 50 && revenue >= 500 * wan,
        ("G", _) => people >= 300 && revenue >= 3_000 * wan,
        ("H", _) => people >= 100 && revenue >= 2_000 * wan,
        ("I", _) => people >= 100 && revenue >= 1_000 * wan,
        ("L", _) => people >= 100 && assets >= 8_000 * wan,
        _ => people >= 100,
    };
    !medium
}

/// A city as its files tell it.
pub struct Recount {
    pub srdi: BTreeMap<&'static str, BTreeSet<String>>,
    /// Figures by code, as exact decimal texts in the unit of the indicator.
    pub figures: BTreeMap<&'static str, String>,
}

/// `num / den` with twelve decimals, cut.
fn decimal(num: i128, den: i128) -> String {
    let sign = if (num < 0) == (den < 0) { "" } else { "-" };
    let (num, den) = (num.abs(), den.abs());
    format!("{sign}{}.{:012}", num / den, num % den * 1_000_000_000_000 / den)
}

#[derive(Default)]
struct Stock {
    balance: i128,
    long: i128,
    unsecured: i128,
    borrowers: BTreeSet<String>,
    ip: i128,
    pilot: i128,
}

fn stock(out: &Path, date: &str, srdi: &BTreeSet<String>) -> Stock {
    let mut s = Stock::default();
    for row in filed(out, "notes", date).iter().flat_map(|p| rows(p)) {
        let balance = hundredths(&row["balance_cny"]);
        let loan = matches!(row["business_kind"].as_str(), "loan" | "syndicated_share");
        if balance <= 0 || !loan || row["transferred"] == "Y" || row["written_off"] == "Y" {
            continue;
        }
        s.ip += if row["ip_pledge"] == "Y" { balance } else { 0 };
        s.pilot += if row["ma_pilot"] == "Y" { balance } else { 0 };
        if srdi.contains(&row["borrower"]) {
            s.balance += balance;
            s.borrowers.insert(row["borrower"].clone());
            s.long += if row["original_maturity"] > a_year_later(&row["drawdown_date"]) { balance } else { 0 };
            s.unsecured += if row["mitigants"].is_empty() && row["ip_pledge"] == "N" { balance } else { 0 };
        }
    }
    s
}

/// Σ(amount × rate) and Σ amount of loans granted in the year to a date.
fn granted(out: &Path, date: &str, of: &BTreeSet<String>) -> (i128, i128) {
    let (mut product, mut amount) = (0, 0);
    for row in filed(out, "disbursements", date).iter().flat_map(|p| rows(p)) {
        let discount = matches!(row["business_kind"].as_str(), "discount" | "rediscount");
        if !discount && of.contains(&row["borrower"]) {
            let a = hundredths(&row["amount"]);
            product += a * ten_thousandths(&row["rate_at_drawdown"]);
            amount += a;
        }
    }
    (product, amount)
}

/// Counts a city written as csv.
pub fn recount(out: &Path) -> Recount {
    let [ago, start, now] = DATES;
    let mut srdi: BTreeMap<&'static str, BTreeSet<String>> = BTreeMap::new();
    let mut firms: HashMap<String, Row> = HashMap::new();
    for date in DATES {
        let list = rows(&out.join(format!("roster.{date}.csv")));
        let valid = |r: &&Row| r["valid_from"].as_str() <= date && date <= r["valid_to"].as_str();
        let tier = |r: &&Row| matches!(r["tier"].as_str(), "srdi_sme" | "little_giant");
        srdi.insert(date, list.iter().filter(valid).filter(tier).map(|r| r["uscc"].clone()).collect());
        for firm in rows(&out.join(format!("enterprises.{date}.csv"))) {
            firms.insert(firm["uscc"].clone(), firm);
        }
    }
    let small: BTreeSet<String> = firms.iter().filter(|(_, f)| small_or_micro(f)).map(|(u, _)| u.clone()).collect();
    let (first, base, today) =
        (stock(out, ago, &srdi[ago]), stock(out, start, &srdi[start]), stock(out, now, &srdi[now]));

    let (mut accounts, mut financed) = (BTreeSet::new(), today.borrowers.clone());
    let mut lines = 0;
    let mut groups: BTreeMap<String, i128> = BTreeMap::new();
    for row in filed(out, "relationships", now).iter().flat_map(|p| rows(p)) {
        if !srdi[now].contains(&row["borrower"]) {
            continue;
        }
        if !row["account_opened_on"].is_empty() && row["account_closed_on"].is_empty() {
            accounts.insert(row["borrower"].clone());
        }
        if row["commitment"] == "committed" && row["valid_from"].as_str() <= now && now <= row["valid_to"].as_str() {
            financed.insert(row["borrower"].clone());
            let limit = hundredths(&row["credit_limit"]);
            if row["group_line"].is_empty() {
                lines += limit;
            } else {
                assert_eq!(*groups.entry(row["group_line"].clone()).or_insert(limit), limit, "{}", row["group_line"]);
            }
        }
    }
    lines += groups.values().sum::<i128>();

    let this_year = granted(out, now, &srdi[now]);
    let last_year = granted(out, start, &srdi[start]);
    let all_small = granted(out, now, &small);
    // Parts per million times 1/100 is basis points; a common denominator keeps it exact.
    let gap = |a: (i128, i128), b: (i128, i128)| {
        let bp = |r: (i128, i128)| r.0 * 1_000_000 / r.1;
        decimal(bp(a) - bp(b), 100_000_000)
    };
    let count = |n: usize| i128::try_from(n).unwrap();
    let growth = |new: i128, old: i128| decimal(new - old, old);
    let (n, n0) = (count(today.borrowers.len()), count(base.borrowers.len()));
    let listed = count(srdi[now].len());
    let figures = BTreeMap::from([
        ("srdi_count", listed.to_string()),
        ("srdi_loan_balance", today.balance.to_string()),
        ("srdi_loan_growth_ytd", growth(today.balance, base.balance)),
        ("srdi_avg_balance", decimal(today.balance, n)),
        ("srdi_avg_balance_growth_ytd", growth(today.balance * n0, base.balance * n)),
        ("srdi_credit_line", lines.to_string()),
        ("srdi_account_coverage", decimal(count(accounts.len()), listed)),
        ("srdi_financing_coverage", decimal(count(financed.len()), listed)),
        ("srdi_rate_change_bp", gap(this_year, last_year)),
        ("srdi_rate_gap_sme_bp", gap(this_year, all_small)),
        ("srdi_credit_loan_share", decimal(today.unsecured, today.balance)),
        ("srdi_mlt_balance", today.long.to_string()),
        ("srdi_mlt_growth_ytd", growth(today.long, base.long)),
        ("ip_pledge_growth_yoy", growth(today.ip, first.ip)),
        ("ma_pilot_balance", today.pilot.to_string()),
    ]);
    Recount { srdi, figures }
}
