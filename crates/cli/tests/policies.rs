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

#[test]
fn a_purpose_is_published_where_the_journal_is_in_postgresql() {
    let url = huoshui_testkit::Postgres::shared().unwrap().fresh_database().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let run = |args: &[&str], input: &str| {
        let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_huoshui"))
            .args(args)
            .args(["--data", data.to_str().unwrap(), "--database", &url])
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let said = [output.stdout.as_slice(), &output.stderr].map(String::from_utf8_lossy).concat();
        (output.status.success(), said)
    };
    let good = |args: &[&str], input: &str| {
        let (done, said) = run(args, input);
        assert!(done, "{args:?}: {said}");
        said
    };
    good(&["account", "create", "--login", "first"], "correct-horse-battery\n");
    let purpose = good(&["policy", "show", "purposes/lending.toml"], "");
    let file = folder.path().join("lending.toml");
    std::fs::write(&file, format!("{purpose}\n# Looked at again.\n")).unwrap();
    let publish = ["policy", "publish", file.to_str().unwrap(), "--kind", "purposes", "--by", "analyst"];
    good(&publish, "");
    let (again, said) = run(&publish, "");
    assert!(!again && said.contains("policy.unchanged"), "{said}");
    assert!(good(&["policy", "show", "purposes/lending.toml"], "").contains("# Looked at again."));
    let listed: serde_json::Value = serde_json::from_str(&good(&["policy", "list", "--format", "json"], "")).unwrap();
    let by = listed.as_array().unwrap().iter().filter(|row| row["by"] == "analyst").map(|row| &row["file"]);
    assert_eq!(by.collect::<Vec<_>>(), ["lending.toml"]);
    good(&["verify"], "");

    // The folder alone has no journal: nothing is published beside the database.
    let alone = std::process::Command::new(env!("CARGO_BIN_EXE_huoshui"))
        .args(publish)
        .args(["--data", data.to_str().unwrap()])
        .output()
        .unwrap();
    assert!(!alone.status.success() && !data.join("journal.db").exists(), "{alone:?}");
    // As the service takes it: from the environment as well.
    let told = std::process::Command::new(env!("CARGO_BIN_EXE_huoshui"))
        .args(["policy", "show", "purposes/lending.toml"])
        .env("HUOSHUI__DATA", &data)
        .env("HUOSHUI__DATABASE", &url)
        .output()
        .unwrap();
    assert!(String::from_utf8_lossy(&told.stdout).contains("# Looked at again."), "{told:?}");
}
