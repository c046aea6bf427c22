//! The system calls themselves: the log is synced after it was written and before the answer goes out.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use crate::victim;

const COMMANDS: usize = 25;

/// Whether tracing is possible here. Where it is not the test fails, unless `HUOSHUI_WITHOUT_STRACE` says that this is
/// known: a proof that was not made must not look like one.
fn can_trace() -> bool {
    let probe = Command::new("strace").args(["-f", "-o", "/dev/null", "true"]).stderr(Stdio::null()).status();
    let can = probe.is_ok_and(|s| s.success());
    if !can {
        let known = std::env::var_os("HUOSHUI_WITHOUT_STRACE").is_some();
        assert!(known, "strace is not installed (scripts/setup test) or tracing is not permitted here");
        println!("skipped: no strace");
    }
    can
}

/// Runs one client under strace, the processes of `more` traced beside it, and returns the calls in order. One client:
/// its commands follow one another, so the order of calls is the order of one command's steps.
/// `then` ends whatever else is traced, for strace stays as long as anything that it watches.
fn calls(more: &[&str], place: &str, then: impl FnOnce()) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let trace = folder.path().join("trace").display().to_string();
    let mut around = vec!["strace", "-f", "-y", "-s", "32", "-e", "trace=write,pwrite64,pwritev,fsync,fdatasync"];
    around.extend(["-o", &trace]);
    around.extend(more);
    let mut child = victim::start(&around, place, 0, 1, COMMANDS);
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let said = lines.map_while(Result::ok).filter(|line| line.contains("ack 0-0-")).take(COMMANDS).count();
    assert_eq!(said, COMMANDS);
    then();
    child.wait().unwrap();
    std::fs::read_to_string(trace).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn the_sync_of_the_log_comes_before_the_acknowledgement() {
    if !can_trace() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("journal.db").display().to_string();
    let (mut written, mut synced, mut acknowledged) = (0, false, 0);
    for line in calls(&[], &place, || {}) {
        // `123 fdatasync(7</…/journal.db-wal>) = 0`, or in two parts when another thread's call came between.
        let call = line.split_once(' ').map_or("", |(_, call)| call.trim_start());
        let log = call.contains("journal.db-wal>");
        if call.starts_with("pwrite64(") && log {
            (written, synced) = (written + 1, false);
        } else if call.starts_with("fdatasync(") && log {
            // Not done before it returns.
            synced = call.ends_with("= 0");
        } else if call.starts_with("<... fdatasync resumed>") && written > 0 {
            synced = call.ends_with("= 0");
        } else if call.starts_with("write(1<") && call.contains("ack ") {
            assert!(written > 0, "acknowledgement {acknowledged} without a write to the log");
            assert!(synced, "acknowledgement {acknowledged} before the log was synced");
            (written, synced, acknowledged) = (0, false, acknowledged + 1);
        }
    }
    assert_eq!(acknowledged, COMMANDS);
}

/// The same on PostgreSQL, where the server's processes write and sync: between two answers there is a write to its log,
/// and a sync that began after it and ended before the answer.
#[test]
fn the_sync_of_the_servers_log_comes_before_the_acknowledgement() {
    if !can_trace() {
        return;
    }
    let server = huoshui_testkit::Postgres::start_durable().unwrap();
    let leader = server.leader().unwrap().to_string();
    let place = server.fresh_database().unwrap();
    let (mut written, mut synced, mut acknowledged) = (false, false, 0);
    // Processes whose sync has begun after a write and not returned.
    let mut syncing = std::collections::HashSet::new();
    for line in calls(&["-p", &leader], &place, || server.kill().unwrap()) {
        let Some((process, call)) = line.split_once(' ') else { continue };
        let call = call.trim_start();
        let log = call.contains("/pg_wal/");
        if (call.starts_with("pwrite64(") || call.starts_with("pwritev(")) && log {
            written = true;
        } else if call.starts_with("fdatasync(") && log && written {
            if call.ends_with("= 0") {
                synced = true;
            } else {
                syncing.insert(process.to_owned());
            }
        } else if call.starts_with("<... fdatasync resumed>") && syncing.remove(process) {
            synced |= call.ends_with("= 0");
        } else if call.starts_with("write(1<") && call.contains("ack ") {
            assert!(written, "acknowledgement {acknowledged} without a write to the server's log");
            assert!(synced, "acknowledgement {acknowledged} before the server's log was synced");
            (written, synced, acknowledged) = (false, false, acknowledged + 1);
            syncing.clear();
        }
    }
    assert_eq!(acknowledged, COMMANDS);
}
