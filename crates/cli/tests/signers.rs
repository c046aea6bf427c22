//! Who may sign for a firm, from the command line: an account that is there is tied to its holder, appointed, ended.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

const NUMBER: &str = "00000019900101123x";

/// Runs `huoshui account …` with these lines on standard input.
fn account(data: &Path, args: &[&str], lines: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_huoshui"))
        .arg("account")
        .args(args)
        .args(["--data", data.to_str().unwrap()])
        .env("HUOSHUI_LANG", "en")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn said(output: &Output) -> String {
    [output.stdout.as_slice(), &output.stderr].map(String::from_utf8_lossy).concat()
}

fn good(output: &Output) -> String {
    assert!(output.status.success(), "{}", said(output));
    said(output)
}

fn refused(output: &Output, code: &str) {
    assert!(!output.status.success() && said(output).contains(code), "{code}: {}", said(output));
}

#[test]
fn an_account_is_tied_to_its_holder_and_may_sign_until_its_right_ends() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let uscc = huoshui_kernel::Uscc::compose("91", "110108", "MA000077").unwrap().to_string();
    let create = ["create", "--login", "owner", "--organisation", "firm", "--kind", "enterprise", "--subject", &uscc];
    good(&account(data, &create, "correct-horse-battery\n"));
    good(&account(data, &["create", "--login", "lone.operator"], "correct-horse-battery\n"));

    let legal = ["appoint", "--login", "owner", "--authority", "legal_representative"];
    refused(&account(data, &legal, ""), "access.not_identified");
    let tie =
        |login: &str, lines: &str| account(data, &["identify", "--login", login, "--checked", "at the counter"], lines);
    refused(&tie("owner", "12\nher own long word\n"), "access.bad_identity");
    refused(&tie("owner", &format!("{NUMBER}\nshort\n")), "access.weak_password");
    refused(&tie("lone.operator", &format!("{NUMBER}\nher own long word\n")), "access.bad_subject");
    refused(&tie("nobody", &format!("{NUMBER}\nher own long word\n")), "access.not_found");
    let tied = tie("owner", &format!("{NUMBER}\nher own long word\n"));
    assert!(!good(&tied).contains(NUMBER), "{}", said(&tied));
    refused(&tie("owner", &format!("{NUMBER}\nher own long word\n")), "access.exists");

    good(&account(data, &legal, ""));
    let listed = || -> Value {
        let out = account(data, &["signers", "--organisation", "firm", "--format", "json"], "");
        good(&out);
        serde_json::from_slice(&out.stdout).unwrap()
    };
    let first = &listed()[0];
    assert_eq!((first["login"].as_str(), first["firm"].as_str()), (Some("owner"), Some(uscc.as_str())));
    assert_eq!((first["authority"].as_str(), first["ended"].as_str()), (Some("legal_representative"), Some("N")));

    // In place of that as an agent; then no more.
    let mut agent = vec!["appoint", "--login", "owner", "--authority", "authorised_agent"];
    refused(&account(data, &agent, ""), "access.bad_authorisation");
    refused(&account(data, &["appoint", "--login", "owner", "--authority", "owner"], ""), "cli.authority");
    agent.extend(["--authorisation", "7", "--from", "2025-01-01", "--until", "2025-12-31"]);
    good(&account(data, &agent, ""));
    let second = &listed()[0];
    assert_eq!((second["authorisation"].as_str(), second["until"].as_str()), (Some("7"), Some("2025-12-31")));
    good(&account(data, &["end", "--login", "owner"], ""));
    assert_eq!(listed()[0]["ended"], "Y");
    refused(&account(data, &["end", "--login", "lone.operator"], ""), "access.not_found");

    // What was recorded is sound, and the number stands nowhere in the folder.
    let verified =
        Command::new(env!("CARGO_BIN_EXE_huoshui")).args(["verify", "--data", data.to_str().unwrap()]).output();
    good(&verified.unwrap());
    let mut folders = vec![data.to_path_buf()];
    while let Some(at) = folders.pop() {
        for entry in std::fs::read_dir(at).unwrap().map(Result::unwrap) {
            if entry.path().is_dir() {
                folders.push(entry.path());
                continue;
            }
            let bytes = std::fs::read(entry.path()).unwrap();
            let text = String::from_utf8_lossy(&bytes).to_lowercase();
            assert!(!text.contains(NUMBER), "{}", entry.path().display());
        }
    }
}
