//! A journal that an earlier release wrote, in both stores, loads, verifies and reads in every later release.
//!
//! The files under `golden/` are never written again; a release with another format adds its own beside them:
//! `HUOSHUI_WRITE_GOLDEN=0.4 cargo test -p huoshui-journal --test golden -- --ignored`. Release 0.2 changed the format of
//! SQLite alone: where events and receipts lie. Release 0.3 keeps bodies beside the events, and erased one of them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use huoshui_journal::{
    Against, Clock, Column, Columns, Command, Ed25519, Expected, Journal, NewEvent, Options, Query, SealFile, Sealer,
    StateDoc, StepClock, TrustedKeys, Upcasters, Value, check_inclusion, hash,
};
use huoshui_kernel::fault::Result;

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

fn clock() -> Arc<dyn Clock> {
    Arc::new(StepClock::new(1_764_000_000_000_000, 1_000_000))
}

/// What is kept beside the nth event: nothing, text, and more than a page.
fn body(n: i64) -> Vec<u8> {
    match n {
        1 => Vec::new(),
        6 => format!("{n}京").repeat(3_000).into_bytes(),
        _ => format!("{{\"income_fen\":{}}}", n * 7).into_bytes(),
    }
}

/// The fourth was erased.
fn names() -> [String; 6] {
    [1, 2, 3, 4, 5, 6].map(|n| format!("line/{n}"))
}

fn fill(journal: &Journal, seals: &Path, key: Ed25519) {
    let sealer = Sealer::take_over(journal, Arc::new(key), Box::new(SealFile(seals.to_owned()))).unwrap();
    for n in 1..=6i64 {
        let mut columns = Columns::default();
        (columns.text[0], columns.int[0]) = (Some(["东城区", "西城区"][usize::from(n % 2 == 0)].into()), Some(n * 100));
        let doc = StateDoc {
            collection: "line".into(),
            id: format!("line/{n}"),
            version: 2,
            doc: format!("{{\"limit_fen\":{}}}", n * 10_000).into_bytes(),
            columns,
        };
        let command = Command::new("银行-1", "line.open", format!("key-{n}"), b"request")
            .event(
                &format!("line/{n}"),
                Expected::Version(0),
                "line.opened",
                1,
                format!("{{\"limit_yuan\":{}}}", n * 100),
            )
            .event(&format!("line/{n}"), Expected::Version(0), "line.drawn", 1, "{\"fen\":1}")
            .event("all", Expected::Any, "line.counted", 1, n.to_string())
            .put(doc)
            .keep("values", &format!("line/{n}"), body(n))
            .answer(format!("opened {n}"));
        journal.append_blocking(command).unwrap();
        if n % 2 == 0 && n < 6 {
            sealer.seal_all().unwrap();
        }
    }
    assert!(journal.erase("values", "line/4").unwrap());
}

/// The bodies of release 0.3 and later: as they were kept, and gone once they are erased; of earlier ones none.
fn check_kept(journal: &Journal, release: &str) {
    let there = release >= "0.3";
    let expected: Vec<_> = (1..=6).map(|n| (there && n != 4).then(|| body(n))).collect();
    assert_eq!(journal.kept_many("values", &names()).unwrap(), expected);
    assert_eq!(journal.erase("values", "line/2").unwrap(), there);
    assert_eq!(journal.kept("values", "line/2").unwrap(), None);
    let again = Command::new("银行-1", "line.note", "keep-again", b"").keep("values", "line/2", body(3));
    assert!(journal.append_blocking(again).unwrap().first_time, "a name is free once its body is erased");
    assert_eq!(journal.kept_many("values", &["line/2", "line/3"]).unwrap(), [Some(body(3)), there.then(|| body(3))]);
    if there {
        let other = Command::new("银行-1", "line.note", "keep-other", b"").keep("values", "line/3", "other");
        assert_eq!(journal.append_blocking(other).unwrap_err().code(), "journal.kept_differs");
    }
}

/// What every release must find in such a journal.
fn check(journal: &Journal, release: &str, store: &str) {
    let mut keys = TrustedKeys::default();
    keys.trust_pem(&std::fs::read_to_string(golden(&format!("key-{release}.pem"))).unwrap()).unwrap();
    let published = SealFile(golden(&format!("seals-{release}.{store}.jsonl"))).read().unwrap();
    let report = journal.verify(Against { keys: Some(&keys), published: &published, fold: None }).unwrap();
    assert!(report.is_sound(), "{report:?}");
    let counts = (report.events, report.streams, report.sealed, report.unsealed, report.receipts, report.states);
    assert_eq!(counts, (18, 7, 12, 6, 6, 6));

    let all = journal.read_stream("all", 1, 100).unwrap();
    let bodies: Vec<_> = all.iter().map(|e| String::from_utf8(e.data.body.clone()).unwrap()).collect();
    assert_eq!(bodies, ["1", "2", "3", "4", "5", "6"]);
    assert_eq!(journal.events_after(Some(9), 10).unwrap().iter().map(|p| p.position).collect::<Vec<_>>(), [10, 11]);
    let (event, proof) = journal.prove("line/3", 2, &published[1]).unwrap();
    check_inclusion(&event, &proof, &published[1], &keys).unwrap();

    let query = Query::default().filter(Column::Text(0), huoshui_journal::Test::Is(Value::Text("西城区".into())));
    let page = journal.list("line", &query.sort(Column::Int(0), true), None, 2).unwrap();
    assert_eq!(page.items.iter().map(|d| d.id.as_str()).collect::<Vec<_>>(), ["line/6", "line/4"]);
    assert!(page.next.is_some());

    let again = Command::new("银行-1", "line.open", "key-2", b"request").event("all", Expected::Any, "x", 1, "1");
    let receipt = journal.append_blocking(again).unwrap();
    assert_eq!((receipt.first_time, receipt.response), (false, b"opened 2".to_vec()));
    let new =
        Command::new("银行-1", "line.open", "key-new", b"").event("all", Expected::Version(6), "line.counted", 1, "7");
    assert!(journal.append_blocking(new.keep("v", "x", "y")).unwrap().first_time, "and it can be written on");
    assert_eq!(journal.kept("v", "x").unwrap(), Some(b"y".to_vec()));
    assert!(journal.erase("v", "x").unwrap());
    check_kept(journal, release);
    assert!(journal.verify(Against::default()).unwrap().is_sound());
}

fn sqlite_loads(release: &str) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    std::fs::copy(golden(&format!("journal-{release}.sqlite")), &path).unwrap();
    // Twice: once brought up to date it is opened like any other.
    drop(Journal::open_sqlite(&path, clock(), Options::default()).unwrap());
    check(&Journal::open_sqlite(&path, clock(), Options::default()).unwrap(), release, "sqlite");
}

#[test]
fn the_sqlite_journal_of_release_0_1_loads() {
    sqlite_loads("0.1");
}

#[test]
fn the_sqlite_journal_of_release_0_2_loads_with_rows_in_its_indexes_and_rows_after_them() {
    sqlite_loads("0.2");
    let conn = rusqlite::Connection::open(golden("journal-0.2.sqlite")).unwrap();
    let read = |sql: &str| conn.query_row(sql, [], |r| r.get::<_, i64>(0)).unwrap();
    assert_eq!((read("SELECT events FROM placed"), read("SELECT max(seq) FROM events")), (9, 18));
    assert_eq!(read("SELECT format FROM meta"), 2);
}

#[test]
fn the_sqlite_journal_of_release_0_3_loads_with_what_was_kept_and_without_what_was_erased() {
    sqlite_loads("0.3");
    // Not even in the file: the fourth's number of fen.
    let bytes = std::fs::read(golden("journal-0.3.sqlite")).unwrap();
    let holds = |n: i64| bytes.windows(body(n).len()).any(|w| w == body(n));
    assert!(holds(3) && holds(5) && !holds(4));
}

#[test]
fn a_journal_of_a_later_release_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    std::fs::copy(golden("journal-0.1.sqlite"), &path).unwrap();
    rusqlite::Connection::open(&path).unwrap().execute("UPDATE meta SET format = 99", []).unwrap();
    let opened = Journal::open_sqlite(&path, clock(), Options::default());
    assert_eq!(opened.err().unwrap().code(), "journal.format");
    assert_eq!(Journal::open_sqlite_read_only(&path, clock()).err().unwrap().code(), "journal.format");
}

#[test]
fn the_postgresql_journals_of_earlier_releases_load() {
    for release in ["0.1", "0.2", "0.3"] {
        let url = huoshui_testkit::Postgres::shared().unwrap().fresh_database().unwrap();
        let dump = std::fs::read_to_string(golden(&format!("journal-{release}.postgresql.sql"))).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            use sqlx::Connection;
            let mut conn = sqlx::PgConnection::connect(&url).await.unwrap();
            sqlx::raw_sql(sqlx::AssertSqlSafe(dump)).execute(&mut conn).await.unwrap();
        });
        let journal = Journal::open_postgres_blocking(&url, clock(), Options::default()).unwrap();
        check(&journal, release, "postgresql");
    }
}

#[test]
fn hashes_of_release_0_1_are_those_of_the_written_definition() {
    // Worked out apart, from the definition in docs/adr/0004-journal.md, by golden/hashes.py.
    let event = NewEvent { kind: "line.opened".into(), schema: 1, body: b"{\"limit_yuan\":100}".to_vec() };
    let command = hash::command_id("bank-1", "line.open", "key-1");
    let content = hash::event_content("line/1", &event, "bank-1", &command);
    let link = hash::event_link(&hash::GENESIS, &content, 1, 1_764_000_000_000_000);
    let expected = std::fs::read_to_string(golden("hashes.txt")).unwrap();
    let lines: Vec<&str> = expected.lines().collect();
    assert_eq!([hash::hex(&command), hash::hex(&content), hash::hex(&link)], [lines[0], lines[1], lines[2]]);
}

fn fen_instead_of_yuan(old: &NewEvent) -> Result<NewEvent> {
    let body: serde_json::Value = serde_json::from_slice(&old.body).unwrap();
    let fen = body["limit_yuan"].as_i64().unwrap() * 100;
    Ok(NewEvent { kind: old.kind.clone(), schema: 2, body: format!("{{\"limit_fen\":{fen}}}").into_bytes() })
}

fn renamed(old: &NewEvent) -> Result<NewEvent> {
    Ok(NewEvent { kind: "facility.opened".into(), schema: 1, ..old.clone() })
}

#[test]
fn an_old_event_is_read_through_its_steps_and_a_newer_one_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    std::fs::copy(golden("journal-0.1.sqlite"), &path).unwrap();
    let journal = Journal::open_sqlite(&path, clock(), Options::default()).unwrap();
    let old = journal.read_stream("line/4", 1, 1).unwrap().remove(0);
    let casters = Upcasters::default().current("facility.opened", 1).step("line.opened", 1, fen_instead_of_yuan).step(
        "line.opened",
        2,
        renamed,
    );
    let read = casters.read(&old.data).unwrap();
    assert_eq!(
        (read.kind.as_str(), read.schema, read.body.as_slice()),
        ("facility.opened", 1, &b"{\"limit_fen\":40000}"[..])
    );
    assert_eq!(casters.read(&read).unwrap(), read);
    let newer = NewEvent { schema: 9, ..old.data.clone() };
    assert_eq!(casters.read(&newer).unwrap_err().code(), "journal.upcast");
    let circle = Upcasters::default().step("line.opened", 1, |old| Ok(old.clone()));
    assert_eq!(circle.read(&old.data).unwrap_err().code(), "journal.upcast");
}

#[test]
#[ignore = "writes the golden journal of a new release"]
fn write() {
    let Ok(release) = std::env::var("HUOSHUI_WRITE_GOLDEN") else { return };
    let seed = [42; 32];
    let name = |end: &str| golden(end);
    let sqlite = name(&format!("journal-{release}.sqlite"));
    assert!(!sqlite.exists(), "a golden journal is never written again");
    std::fs::write(name(&format!("key-{release}.pem")), Ed25519::from_seed(&seed).public_pem().unwrap()).unwrap();
    // Half of the rows in the file's indexes, half after them.
    let journal = Journal::open_sqlite(&sqlite, clock(), Options { recent: 8, ..Options::default() }).unwrap();
    fill(&journal, &name(&format!("seals-{release}.sqlite.jsonl")), Ed25519::from_seed(&seed));
    drop(journal);
    let url = huoshui_testkit::Postgres::shared().unwrap().fresh_database().unwrap();
    let journal = Journal::open_postgres_blocking(&url, clock(), Options::default()).unwrap();
    fill(&journal, &name(&format!("seals-{release}.postgresql.jsonl")), Ed25519::from_seed(&seed));
    let dump = std::process::Command::new("pg_dump")
        .args(["--inserts", "--no-owner", "--no-comments", &url])
        .output()
        .unwrap();
    assert!(dump.status.success(), "{}", String::from_utf8_lossy(&dump.stderr));
    let dump = String::from_utf8(dump.stdout).unwrap();
    // Commands of the client, and a setting that would outlast the load.
    let lines = dump
        .lines()
        .filter(|l| !l.starts_with('\\') && !l.contains("set_config('search_path'") && !l.starts_with("--"));
    let text = lines.filter(|l| !l.is_empty()).map(|l| format!("{l}\n")).collect::<String>();
    std::fs::write(name(&format!("journal-{release}.postgresql.sql")), text).unwrap();
}
