//! Each misbehaviour over real HTTP: the platform's side gives each its code, in time, beside a department that is well.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use std::time::Duration;

use huoshui_sources::{Outcome, Sources, State};
use support::{Running, ask, control, day, files, firm, get, options};

/// Far over the deadline of a second: only a deadline that does not hold fails.
const GENEROUS: Duration = Duration::from_secs(30);

#[tokio::test]
async fn every_misbehaviour_has_its_code_and_ends_when_told() {
    let folder = files();
    let running = Running::start(options(folder.path())).await;
    let remote = running.remote(|_| {});
    let elsewhere = Running::start(options(folder.path())).await;
    let redirect = format!("redirect={}/v1/resources/tax_arrears/records?uscc=x", elsewhere.ready.url);
    let cases = [
        ("slow=60s", "source.timeout"),
        ("drip=50ms", "source.timeout"),
        ("hang", "source.timeout"),
        ("fail", "source.failing"),
        ("flaky=1", "source.failing"),
        ("drift", "source.drift"),
        ("drift=missing", "source.drift"),
        ("drift=extra", "source.drift"),
        ("drift=retyped", "source.drift"),
        ("drift=version", "source.schema_version"),
        ("other-firm", "source.other_firm"),
        ("endless", "source.too_large"),
        (redirect.as_str(), "source.redirect"),
        ("html", "source.content_type"),
        ("bomb", "source.encoded"),
        ("truncate", "source.truncated"),
        ("garbage", "source.not_json"),
        ("huge", "source.not_json"),
        ("deep", "source.too_large"),
        ("future", "source.dates"),
    ];
    for (misbehave, code) in cases {
        assert_eq!(control(&running, misbehave).await.0, 200, "{misbehave}");
        let outcome = tokio::time::timeout(GENEROUS, remote.fetch(&ask("tax_arrears", firm(1)))).await.unwrap();
        assert_eq!(outcome.fault().map(|f| f.code()), Some(code), "{misbehave}");
        assert_eq!(matches!(outcome, Outcome::Timeout(_)), code == "source.timeout", "{misbehave}");
    }
    // Nobody went where the redirect pointed: only the look itself is counted there.
    let (_, state) = get(&elsewhere, "/control").await;
    assert!(state.contains("\"requests\":0"), "{state}");
    // A slow department that is still in time, and one that is well again.
    for misbehave in ["slow=5ms", "drip=0ms", "flaky=0", "none"] {
        assert_eq!(control(&running, misbehave).await.0, 200);
        let outcome = remote.fetch(&ask("tax_arrears", firm(1))).await;
        assert!(outcome.answer().is_some(), "{misbehave} {:?}", outcome.fault());
    }
    let counts = remote.health().counts;
    assert_eq!(
        (counts.get("source.timeout"), counts.get("source.drift"), counts.get("live")),
        (Some(&3), Some(&4), Some(&4))
    );
    running.stop().await;
    elsewhere.stop().await;
}

#[tokio::test]
async fn schemas_drift_too() {
    let folder = files();
    let running = Running::start(options(folder.path())).await;
    let remote = running.remote(|_| {});
    let resource = support::resource("tax_arrears");
    remote.check_schema(&resource).await.unwrap();
    for (misbehave, code) in [("drift=renamed", "source.drift"), ("drift=version", "source.schema_version")] {
        control(&running, misbehave).await;
        assert_eq!(remote.check_schema(&resource).await.unwrap_err().code(), code);
    }
    running.stop().await;
}

#[tokio::test]
async fn late_data_are_honest_about_their_date() {
    let folder = files();
    let running = Running::start(options(folder.path())).await;
    control(&running, "late-data").await;
    let mut all = ask("tax_payments", firm(1));
    all.from = None;
    let outcome = running.remote(|_| {}).fetch(&all).await;
    let answer = outcome.answer().unwrap_or_else(|| panic!("{:?}", outcome.fault()));
    // 400 days before 2025-10-05, and nothing that came after.
    assert_eq!((answer.as_of, answer.rows.len()), (day("2024-08-31"), 0));
    running.stop().await;
}

#[tokio::test]
async fn a_flaky_department_is_carried_by_retries() {
    let folder = files();
    let mut flaky = options(folder.path());
    flaky.misbehaviour = "flaky=0.3".parse().unwrap();
    let running = Running::start(flaky).await;
    let patient = |s: &mut huoshui_sources::Settings| {
        s.attempts = 10;
        s.backoff_ms = 1;
        s.deadline_ms = 30_000;
    };
    let remote = running.remote(patient);
    for _ in 0..50 {
        // Ten failures in a row come once in 170,000 questions (0.3^10); the draws are of a fixed seed besides.
        assert!(remote.fetch(&ask("tax_arrears", firm(1))).await.answer().is_some());
    }
    let (_, state) = get(&running, "/control").await;
    let state: serde_json::Value = serde_json::from_str(&state).unwrap();
    let requests = state["requests"].as_u64().unwrap();
    // Fifty good answers at 0.7 take 71 requests on average, with a deviation of 5.5.
    assert!((52..=100).contains(&requests), "{requests}");
    running.stop().await;
}

#[tokio::test]
async fn one_department_hangs_and_the_other_answers_until_the_breaker_rests_it() {
    let folder = files();
    let hanging = Running::start(options(folder.path())).await;
    control(&hanging, "hang").await;
    let quick = |s: &mut huoshui_sources::Settings| {
        s.deadline_ms = 300;
        s.connect_ms = 300;
        s.breaker.window = 4;
        s.breaker.open_after = 4;
        s.breaker.rest_ms = 500;
        s.breaker.close_after = 1;
    };
    let sick = Sources::new([hanging.remote(quick)]).unwrap();
    let well = Running::start(options(folder.path())).await;
    let well_sources = Sources::new([well.remote(|s| s.deadline_ms = 30_000)]).unwrap();
    let both = || async {
        let questions = vec![("swj".to_owned(), ask("tax_arrears", firm(1)))];
        tokio::join!(sick.gather(questions.clone()), well_sources.gather(questions))
    };
    for _ in 0..4 {
        let (sick, well) = tokio::time::timeout(GENEROUS, both()).await.unwrap();
        assert!(matches!(sick[0], Outcome::Timeout(_)));
        assert!(well[0].answer().is_some());
    }
    let health = &sick.health()[0];
    assert_eq!((health.state, health.last_failure.unwrap().code), (State::Open, "source.timeout"));
    assert!(health.latency.unwrap().p50_us >= 300_000);
    let (resting, _) = both().await;
    assert!(matches!(&resting[0], Outcome::Pending(f) if f.code() == "source.resting"), "{resting:?}");

    control(&hanging, "none").await;
    while sick.health()[0].state != State::HalfOpen {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let (recovered, _) = both().await;
    assert!(recovered[0].answer().is_some(), "{:?}", recovered[0].fault());
    assert_eq!(sick.health()[0].state, State::Closed);
    hanging.stop().await;
    well.stop().await;
}
