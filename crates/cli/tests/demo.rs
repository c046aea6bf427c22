//! The demonstration goes through from its city to the revoked consent, with real processes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use common::huoshui;

#[test]
fn the_demonstration_runs_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().join("demo");
    let demo = ["demo", "--data", at.to_str().unwrap(), "--scale", "0.02", "--no-serve", "--quiet"];
    let run = huoshui(&demo).ok();
    // Nothing is refused or stale but what the play itself refuses, and the proof holds.
    assert!(!run.out.contains('✗'), "{}", run.out);
    assert!(run.out.contains("✓ 记录在签名的根之下"), "{}", run.out);
    assert!(run.out.contains("403 exchange.revoked"), "{}", run.out);
    for remote in ["customs_trade", "housing_fund"] {
        assert!(run.out.lines().any(|l| l.contains(remote) && l.contains("READY")), "{remote}: {}", run.out);
    }
    for wrong in ["exchange.stale", "exchange.beyond_range", "TIMEOUT"] {
        assert!(!run.out.contains(wrong), "{wrong}: {}", run.out);
    }

    // Its store is a demonstration for good: what it holds verifies, and a second demo starts anew.
    let data = at.join("data");
    huoshui(&["verify", "--data", data.to_str().unwrap()]).ok();
    let stray = folder.path().join("mine");
    std::fs::create_dir(&stray).unwrap();
    std::fs::write(stray.join("thesis.txt"), "years of work").unwrap();
    let refused = huoshui(&["demo", "--data", stray.to_str().unwrap(), "--scale", "0.02"]);
    assert_eq!(refused.code, 1, "a folder that no demo made is left alone");
    assert!(stray.join("thesis.txt").exists());
}
