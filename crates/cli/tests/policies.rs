//! Publishing a rule: in force at once, the past still as it was, and nothing that would not load.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use huoshui_journal::Clock as _;

use common::City;

#[test]
fn a_published_indicator_is_in_force_at_once_and_the_past_keeps_its_own() {
    let city = City::new(&["--scale", "0.01"]);
    city.import(&city.files()).ok();
    let before = city.figures(&[]);
    let of = |code: &str| (code.to_owned(), "{}".to_owned());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("srdi.toml");
    let text = city.run(&["policy", "show", "indicators/srdi.toml"]).ok().out;
    let all = "population = [\"loans\", \"srdi_firms\"], formula = \"SUM(balance_cny)\"";
    assert!(text.contains(all));
    let publish =
        || city.run(&["policy", "publish", file.to_str().unwrap(), "--kind", "indicators", "--by", "analyst"]);

    // What is in force already, and what would not load, is refused and changes nothing.
    std::fs::write(&file, &text).unwrap();
    assert!(publish().err.contains("policy.unchanged"));
    for wrong in ["formula = \"SUM(no_such_column)\"", "formula = \"SUM(\"", "formulae = \"SUM(balance_cny)\""] {
        std::fs::write(&file, text.replacen(all, wrong, 1)).unwrap();
        let refused = publish();
        assert_eq!(refused.code, 1, "{wrong}");
        assert!(refused.err.contains("policy."), "{}", refused.err);
    }
    assert_eq!(city.figures(&[]), before);

    // What decides about a loan cannot be published past the three persons who answer for it.
    let product = folder.path().join("instant_loan.toml");
    std::fs::write(&product, city.run(&["policy", "show", "products/instant_loan.toml"]).ok().out + "\n").unwrap();
    let refused = city.run(&["policy", "publish", product.to_str().unwrap(), "--kind", "products", "--by", "nobody"]);
    assert!(refused.code == 1 && refused.err.contains("[policy.governed]"), "{}", refused.all());
    let kept = city.run(&["policy", "list", "--format", "json"]).ok().out;
    assert!(!kept.contains("nobody"), "{kept}");

    // The balance now means credit loans only: it is what the figure of credit loans was.
    let moment = huoshui_journal::SystemClock.now_micros() + 200_000;
    std::thread::sleep(std::time::Duration::from_millis(400));
    let credit = "population = [\"loans\", \"srdi_firms\", \"no_mitigant\"], formula = \"SUM(balance_cny)\"";
    std::fs::write(&file, text.replacen(all, credit, 1)).unwrap();
    publish().ok();
    let after = city.figures(&[]);
    assert_ne!(before[&of("srdi_loan_balance")], after[&of("srdi_loan_balance")]);
    assert_eq!(before[&of("srdi_credit_loan_balance")], after[&of("srdi_loan_balance")]);
    assert_eq!(before[&of("srdi_credit_line")], after[&of("srdi_credit_line")]);

    // As known before, under the rules of before; an import by the same program leaves what was published alone.
    let instant = jiff::Timestamp::from_microsecond(moment).unwrap().to_string();
    assert_eq!(city.figures(&["--known-at", &instant]), before);
    city.import(&city.files()).ok();
    assert_eq!(city.figures(&[]), after);
    let listed = city.run(&["policy", "list", "--format", "json"]).json();
    let published: Vec<&str> = listed
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["by"] == "analyst")
        .map(|row| row["file"].as_str().unwrap())
        .collect();
    assert_eq!(published, ["srdi.toml"]);
    city.run(&["verify"]).ok();
}
