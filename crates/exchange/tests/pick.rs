//! From what a source answered to what leaves: whatever is answered, only the consent's fields and dates.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use std::collections::BTreeMap;

use common::{NOW, ask, day, granted, loan, pull, want, world};
use huoshui_exchange::answer::{Fetched, Provenance, Rows, Status};
use huoshui_exchange::catalogue::{FieldKind, Resource};
use huoshui_exchange::purpose::Mode;
use huoshui_exchange::release::{Facts, Fetch, Plan, Presented, decide, pick, pick_inside};
use huoshui_exchange::verify::{Claim, Verdict, check, normal, verdicts};
use huoshui_kernel::{Date, date};
use proptest::prelude::*;
use serde_json::{Value, json};

fn provenance(r: &Resource, as_of: &str) -> Provenance {
    Provenance {
        department: r.department.clone(),
        schema: r.schema,
        as_of: day(as_of),
        covers_from: day("2020-01-01"),
        fetched_at: NOW,
        stale: false,
    }
}

fn plan_for(change: impl Fn(&mut huoshui_exchange::consent::Request, &mut huoshui_exchange::release::Pull)) -> Plan {
    let w = world();
    let (mut r, mut p) = (loan(), pull());
    change(&mut r, &mut p);
    let consent = granted(&w, &r);
    let consent = Presented::of(Some(&consent), NOW);
    let facts = Facts {
        pull: &p,
        consent,
        personal: None,
        usage: &[],
        catalogue: &w.catalogue,
        purposes: &w.purposes,
        now: NOW,
    };
    decide(&facts).unwrap()
}

fn taxes() -> Rows {
    let row = |period: &str, revenue: i64| -> Vec<Value> {
        vec![json!(period), json!(revenue), json!(1), json!(2), json!(3), json!(true)]
    };
    Rows {
        columns: ["period", "declared_revenue", "vat_payable", "income_tax_payable", "paid", "on_time"]
            .map(str::to_owned)
            .into(),
        rows: vec![row("2023-12-31", 5), row("2024-03-31", 10), row("2025-06-30", 20), row("2025-12-31", 30)],
    }
}

#[test]
fn rows_outside_the_range_and_other_fields_stay() {
    let plan = plan_for(|_, _| ());
    let fetch = plan.fetch("tax_payments").unwrap();
    let part = pick(&plan, fetch, Fetched::Found(taxes(), provenance(&fetch.resource, "2025-09-30")));
    assert_eq!(part.status, Status::Ready);
    assert_eq!(part.data.columns, ["period", "declared_revenue", "on_time"]);
    assert_eq!(
        part.data.rows,
        [[json!("2024-03-31"), json!(10), json!(true)], [json!("2025-06-30"), json!(20), json!(true)]]
    );
    assert_eq!(part.known_empty, None);
}

/// Under a table: what a source says, and what becomes of it.
#[test]
fn what_cannot_be_used_is_denied_with_its_reason() {
    let plan = plan_for(|_, _| ());
    let fetch = plan.fetch("tax_payments").unwrap();
    let ok = || provenance(&fetch.resource, "2025-09-30");
    let rows = |change: &dyn Fn(&mut Rows)| {
        let mut rows = taxes();
        change(&mut rows);
        Fetched::Found(rows, ok())
    };
    let with = |change: &dyn Fn(&mut Provenance)| {
        let mut p = ok();
        change(&mut p);
        Fetched::Found(taxes(), p)
    };
    for (name, got, status, reason) in [
        ("good", rows(&|_| ()), Status::Ready, None),
        ("missing", Fetched::Missing, Status::Denied, Some("exchange.no_data")),
        ("pending", Fetched::Pending, Status::Pending, None),
        ("timeout", Fetched::Timeout, Status::Timeout, None),
        ("unusable", Fetched::Unusable("source.html".into()), Status::Denied, Some("source.html")),
        ("another schema", with(&|p| p.schema = 2), Status::Denied, Some("exchange.bad_rows")),
        ("another department", with(&|p| p.department = "hg".into()), Status::Denied, Some("exchange.bad_rows")),
        ("from the future", with(&|p| p.as_of = day("2025-10-16")), Status::Denied, Some("exchange.bad_rows")),
        // Quarterly, lag 20 days: data as of 30 June are fresh until 20 October; as of 31 March until 20 July.
        ("last quarter", with(&|p| p.as_of = day("2025-06-30")), Status::Ready, None),
        ("too old", with(&|p| p.as_of = day("2025-03-31")), Status::Denied, Some("exchange.stale")),
        ("a column more", rows(&|r| r.columns.push("boss".into())), Status::Denied, Some("exchange.bad_rows")),
        ("another order", rows(&|r| r.columns.swap(1, 2)), Status::Denied, Some("exchange.bad_rows")),
        ("a cell less", rows(&|r| drop(r.rows[0].pop())), Status::Denied, Some("exchange.bad_rows")),
        ("a cell more", rows(&|r| r.rows[3].push(json!(1))), Status::Denied, Some("exchange.bad_rows")),
        ("money as text", rows(&|r| r.rows[1][1] = json!("10")), Status::Denied, Some("exchange.bad_rows")),
        ("money as float", rows(&|r| r.rows[1][1] = json!(10.5)), Status::Denied, Some("exchange.bad_rows")),
        ("no date", rows(&|r| r.rows[1][0] = Value::Null), Status::Denied, Some("exchange.bad_rows")),
        ("no such date", rows(&|r| r.rows[1][0] = json!("2025-02-30")), Status::Denied, Some("exchange.bad_rows")),
    ] {
        let part = pick(&plan, fetch, got);
        assert_eq!((part.status, part.reason.as_deref()), (status, reason), "{name}");
        assert_eq!(part.data == Rows::default(), status != Status::Ready, "{name}");
    }
}

#[test]
fn stale_data_serve_only_as_long_as_the_purpose_says() {
    let mut plan = plan_for(|_, _| ());
    let fetch = plan.fetch("tax_payments").unwrap().clone();
    let status = |plan: &Plan, stale: bool| {
        let mut p = provenance(&fetch.resource, "2025-03-31");
        p.stale = stale;
        let part = pick(plan, &fetch, Fetched::Found(taxes(), p));
        (part.status, part.provenance.map(|p| p.stale))
    };
    // Due on Sunday 2025-07-20, so fresh until Monday; an instant loan takes data up to 3 days later.
    for (today, stale_days, expected) in [
        ("2025-07-21", 3, (Status::Ready, Some(false))),
        ("2025-07-22", 3, (Status::Ready, Some(true))),
        ("2025-07-24", 3, (Status::Ready, Some(true))),
        ("2025-07-25", 3, (Status::Denied, None)),
        ("2025-07-22", 0, (Status::Denied, None)),
    ] {
        (plan.today, plan.stale_days) = (day(today), stale_days);
        assert_eq!(status(&plan, false), expected, "{today} {stale_days}");
    }
    // What the source itself calls stale never passes for fresh.
    (plan.today, plan.stale_days) = (day("2025-07-01"), 0);
    assert_eq!(status(&plan, true), (Status::Denied, None));
}

#[test]
fn known_empty_takes_a_department_that_knows_and_data_that_cover() {
    let plan = plan_for(|r, _| {
        r.asks = vec![ask("penalties", &["serious"]), ask("tax_payments", &["paid"]), ask("patents", &["kind"])]
    });
    for (resource, covers_from, as_of, expected) in [
        ("penalties", "2024-01-01", "2025-10-14", true),
        ("penalties", "2024-01-02", "2025-10-14", false),
        // A state covers what it is of.
        ("patents", "2025-01-01", "2025-09-30", true),
        ("tax_payments", "2020-01-01", "2025-09-30", false),
    ] {
        let fetch = plan.fetch(resource).unwrap();
        let columns = fetch.resource.columns().map(str::to_owned).collect();
        let p = Provenance { covers_from: day(covers_from), ..provenance(&fetch.resource, as_of) };
        let part = pick(&plan, fetch, Fetched::Found(Rows { columns, rows: vec![] }, p));
        assert_eq!((part.status, part.known_empty), (Status::Ready, Some(expected)), "{resource} {covers_from}");
    }
}

#[test]
fn a_state_later_than_the_range_stays() {
    let plan = plan_for(|r, _| (r.data_to, r.days) = (day("2025-10-09"), 30));
    let fetch = plan.fetch("patents").unwrap();
    let columns: Vec<String> = fetch.resource.columns().map(str::to_owned).collect();
    let got = |as_of: &str| {
        Fetched::Found(Rows { columns: columns.clone(), rows: vec![] }, provenance(&fetch.resource, as_of))
    };
    assert_eq!(pick(&plan, fetch, got("2025-10-10")).reason.as_deref(), Some("exchange.beyond_range"));
    assert_eq!(pick(&plan, fetch, got("2025-10-09")).status, Status::Ready);
}

fn verification() -> Plan {
    plan_for(|r, p| {
        r.purpose = "verification_only".into();
        r.asks = vec![
            ask("tax_payments", &["period", "declared_revenue"]),
            ask("customs_trade", &["period", "exports"]),
            ask("registration", &["name"]),
        ];
        (p.purpose, p.mode) = ("verification_only".into(), Mode::Verify);
    })
}

fn claim(resource: &str, row: &[(&str, &str)], field: &str, value: Value) -> Claim {
    let row = row.iter().map(|(k, v)| ((*k).to_owned(), json!(v))).collect();
    Claim { resource: resource.into(), row, field: field.into(), value }
}

#[test]
fn a_claim_is_told_match_no_match_or_unknown_and_nothing_else() {
    let plan = verification();
    let answer = |resource: &str, rows: Vec<Vec<Value>>, as_of: &str| {
        let fetch = plan.fetch(resource).unwrap();
        let columns = fetch.resource.columns().map(str::to_owned).collect();
        let got = Fetched::Found(Rows { columns, rows }, provenance(&fetch.resource, as_of));
        (resource.to_owned(), pick_inside(&plan, fetch, got))
    };
    let mut name = vec![Value::Null; 11];
    (name[0], name[2], name[3], name[4], name[5]) =
        (json!("活水（北京）科技有限公司"), json!("海淀"), json!("C3562"), json!("2015-01-01"), json!(100));
    (name[7], name[8]) = (json!("open"), json!("limited"));
    let answers: BTreeMap<_, _> = [
        answer("tax_payments", taxes().rows, "2025-09-30"),
        answer("customs_trade", vec![vec![json!("2025-08-31"), json!(7), json!(0), json!(1)]], "2025-09-30"),
        answer("registration", vec![name], "2025-10-14"),
    ]
    .into();
    for (part, _) in answers.values() {
        assert_eq!((part.status, &part.data), (Status::Ready, &Rows::default()), "no value leaves");
    }
    for (name, claim, expected) in [
        ("the same", claim("tax_payments", &[("period", "2025-06-30")], "declared_revenue", json!(20)), Verdict::Match),
        (
            "a fen more",
            claim("tax_payments", &[("period", "2025-06-30")], "declared_revenue", json!(21)),
            Verdict::NoMatch,
        ),
        (
            "no such quarter",
            claim("tax_payments", &[("period", "2024-06-30")], "declared_revenue", json!(1)),
            Verdict::Unknown,
        ),
        (
            "out of range",
            claim("tax_payments", &[("period", "2023-12-31")], "declared_revenue", json!(5)),
            Verdict::Unknown,
        ),
        ("an export", claim("customs_trade", &[("period", "2025-08-31")], "exports", json!(7)), Verdict::Match),
        // Customs know every month of the firm: one that is not there had no trade.
        ("a month without", claim("customs_trade", &[("period", "2025-07-31")], "exports", json!(7)), Verdict::NoMatch),
        ("a month to come", claim("customs_trade", &[("period", "2025-10-31")], "exports", json!(7)), Verdict::Unknown),
        ("other brackets", claim("registration", &[], "name", json!("活水(北京) 科技有限公司")), Verdict::Match),
        ("another firm", claim("registration", &[], "name", json!("活水（北京）科技公司")), Verdict::NoMatch),
    ] {
        check(&plan, std::slice::from_ref(&claim)).unwrap();
        let found = verdicts(&plan, &[claim], &answers);
        assert_eq!(found[0].verdict, expected, "{name}");
    }
    let down: BTreeMap<_, _> =
        [("registration".to_owned(), pick_inside(&plan, plan.fetch("registration").unwrap(), Fetched::Timeout))].into();
    let asked = claim("registration", &[], "name", json!("x"));
    assert_eq!(verdicts(&plan, &[asked], &down)[0].verdict, Verdict::Unknown);
}

#[test]
fn claims_that_search_or_stray_are_refused() {
    let plan = verification();
    let good = claim("tax_payments", &[("period", "2025-06-30")], "declared_revenue", json!(20));
    let guess = Claim { value: json!(21), ..good.clone() };
    for (name, claims) in [
        ("none", vec![]),
        ("too many", vec![good.clone(); 41]),
        ("two guesses at one value", vec![good.clone(), guess]),
        ("another field", vec![Claim { field: "paid".into(), ..good.clone() }]),
        ("another resource", vec![Claim { resource: "patents".into(), ..good.clone() }]),
        ("no key", vec![Claim { row: BTreeMap::new(), ..good.clone() }]),
        ("another kind", vec![Claim { value: json!("20"), ..good.clone() }]),
        ("nothing", vec![Claim { value: Value::Null, ..good.clone() }]),
    ] {
        assert_eq!(check(&plan, &claims).expect_err(name).code(), "exchange.claim", "{name}");
    }
    assert_eq!(normal("Ｔｅｃｈ　（北京）"), "tech(北京)");
}

/// Any resource of the catalogue, any fields of it, any range, any rows: some of the right kind, some not.
fn cell(kind: FieldKind, codes: Vec<String>) -> BoxedStrategy<Value> {
    let day = (18_000..20_500).prop_map(|d| json!(date::from_days(d).unwrap().to_string()));
    let good = match kind {
        FieldKind::Int | FieldKind::Money | FieldKind::Rate => any::<i64>().prop_map(|n| json!(n)).boxed(),
        FieldKind::Flag => any::<bool>().prop_map(|b| json!(b)).boxed(),
        FieldKind::Date => day.boxed(),
        FieldKind::Code => proptest::sample::select(codes).prop_map(|c| json!(c)).boxed(),
        FieldKind::Text | FieldKind::Uscc => "[a-z]{1,8}".prop_map(|t| json!(t)).boxed(),
    };
    prop_oneof![200 => good, 1 => Just(Value::Null), 1 => Just(json!(1.5))].boxed()
}

fn rows_of(r: &Resource) -> BoxedStrategy<Rows> {
    let columns: Vec<String> = r.columns().map(str::to_owned).collect();
    let cells: Vec<_> =
        r.fields.iter().map(|f| cell(f.kind, f.codes.iter().map(|c| c.code.clone()).collect())).collect();
    proptest::collection::vec(cells, 0..12).prop_map(move |rows| Rows { columns: columns.clone(), rows }).boxed()
}

#[derive(Debug)]
struct Try {
    plan: Plan,
    rows: Rows,
    signed: Vec<String>,
}

fn tries() -> impl Strategy<Value = Try> {
    let w = world();
    let purpose = w.purposes.get("credit_review", day("2025-10-15")).unwrap().clone();
    let resources: Vec<(String, Vec<String>)> =
        purpose.allowed.iter().map(|a| (a.resource.clone(), a.fields.clone())).collect();
    (proptest::sample::select(resources), 0..1500_i32, 0..600_i32).prop_flat_map(
        move |((code, fields), back, length)| {
            let resource = world().catalogue.get(&code, day("2025-10-15")).unwrap().clone();
            let all = fields.len();
            let from = date::days(day("2025-10-15")) - back;
            let make = move |(signed, rows, wanted): (Vec<String>, Rows, Option<usize>)| {
                let plan = plan_for(|r, p| {
                    (r.purpose, p.purpose) = ("credit_review".into(), "credit_review".into());
                    let names: Vec<&str> = signed.iter().map(String::as_str).collect();
                    r.asks = vec![ask(&code, &names)];
                    (r.data_from, r.data_to) =
                        (date::from_days(from).unwrap(), date::from_days(from + length.min(back)).unwrap());
                    if let Some(n) = wanted {
                        p.wants = vec![want(&code, &[names[n % names.len()]])];
                    }
                });
                Try { plan, rows, signed }
            };
            (proptest::sample::subsequence(fields, 1..=all), rows_of(&resource), proptest::option::of(0..20_usize))
                .prop_map(make)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// No field outside the consent, no row outside its range, whatever was fetched; and what is in it was fetched.
    #[test]
    fn nothing_else_ever_leaves(t in tries(), age in 0..40_i64, mode in 0..3) {
        let mut plan = t.plan;
        plan.mode = [Mode::Values, Mode::Verify, Mode::Derived][usize::try_from(mode).unwrap()];
        let fetch: Fetch = plan.fetches[0].clone();
        let resource = &fetch.resource;
        let as_of: Date = date::from_days(date::days(plan.today) - i32::try_from(age).unwrap()).unwrap();
        let got = Fetched::Found(t.rows.clone(), Provenance { as_of, ..provenance(resource, "2025-01-01") });
        let (part, inside) = pick_inside(&plan, &fetch, got);
        if plan.mode != Mode::Values || part.status != Status::Ready {
            prop_assert_eq!(&part.data, &Rows::default());
        } else {
            prop_assert_eq!(&part.data, &inside.rows);
        }
        let out = &inside.rows;
        prop_assert!(out.columns.iter().all(|c| t.signed.contains(c) && fetch.fields.contains(c)));
        // Every row that left is the projection of a row in range, in order.
        let at = |name: &str| resource.columns().position(|c| c == name).unwrap();
        let in_range = |row: &&Vec<Value>| resource.period.as_ref().is_none_or(|p| {
            let day = row[at(p)].as_str().and_then(|d| date::parse(d).ok());
            day.is_some_and(|d| plan.fetches[0].from <= d && d <= plan.fetches[0].to)
        });
        let expected: Vec<Vec<Value>> = t.rows.rows.iter().filter(in_range)
            .map(|row| out.columns.iter().map(|c| row[at(c)].clone()).collect()).collect();
        if part.status == Status::Ready {
            prop_assert_eq!(&out.rows, &expected);
        } else {
            prop_assert!(out.rows.is_empty());
        }
    }
}

#[test]
fn the_property_meets_both_ends() {
    // Should the generator only make rows that are refused, the property above would prove nothing.
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let (mut with_rows, mut denied) = (0, 0);
    for _ in 0..300 {
        let t = tries().new_tree(&mut runner).unwrap().current();
        let fetch = &t.plan.fetches[0];
        let part = pick(&t.plan, fetch, Fetched::Found(t.rows, provenance(&fetch.resource, "2025-10-14")));
        with_rows += usize::from(!part.data.rows.is_empty());
        denied += usize::from(part.status == Status::Denied);
    }
    assert!(with_rows > 30 && denied > 30, "{with_rows} {denied}");
}
