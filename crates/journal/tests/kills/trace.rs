//! The system calls themselves: the log is synced after it was written and before the answer goes out.

use std::process::{Command, Stdio};

use crate::victim;

const COMMANDS: usize = 25;

#[test]
fn the_sync_of_the_log_comes_before_the_acknowledgement() {
    let probe = Command::new("strace").args(["-f", "-o", "/dev/null", "true"]).stderr(Stdio::null()).status();
    if !probe.is_ok_and(|s| s.success()) {
        println!("skipped: strace is not installed (apt-get install strace) or tracing is not permitted here");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (trace, place) = (folder.path().join("trace"), folder.path().join("journal.db"));
    let (trace_path, place) = (trace.display().to_string(), place.display().to_string());
    // One client: its commands follow one another, so the order of calls is the order of one command's steps.
    let around = ["strace", "-f", "-y", "-s", "32", "-e", "trace=write,pwrite64,fsync,fdatasync", "-o", &trace_path];
    let child = victim::start(&around, &place, 0, 1, COMMANDS);
    let said = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&said.stdout).matches("ack 0-0-").count(), COMMANDS);
    let (mut written, mut synced, mut acknowledged) = (0, false, 0);
    for line in std::fs::read_to_string(trace).unwrap().lines() {
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
