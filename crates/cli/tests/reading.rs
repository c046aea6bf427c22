//! A data folder that may be read and not written to.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::City;

/// Everything under a folder, folders before what is in them.
fn all(folder: &Path) -> Vec<PathBuf> {
    let mut found = vec![folder.to_path_buf()];
    let mut next = 0;
    while let Some(path) = found.get(next).cloned() {
        if path.is_dir() {
            let mut inside: Vec<_> = std::fs::read_dir(&path).unwrap().map(|e| e.unwrap().path()).collect();
            inside.sort();
            found.extend(inside);
        }
        next += 1;
    }
    found
}

fn permit(paths: &[PathBuf], folders: u32, files: u32) {
    for path in paths {
        let mode = if path.is_dir() { folders } else { files };
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }
}

#[test]
fn verify_reads_a_folder_that_it_may_not_write_to() {
    let city = City::new(&["--scale", "0.01"]);
    city.import(&city.files()).ok();
    let data = city.data();
    // For root nothing is forbidden: then the command runs as nobody, from where nobody may start it.
    let root = std::fs::metadata("/proc/self").is_ok_and(|m| m.uid() == 0);
    let bin = tempfile::tempdir().unwrap();
    let command = bin.path().join("huoshui");
    std::fs::copy(env!("CARGO_BIN_EXE_huoshui"), &command).unwrap();
    permit(&[bin.path().to_path_buf(), command.clone(), data.parent().unwrap().to_path_buf()], 0o755, 0o755);
    let paths = all(&data);
    permit(&paths, 0o555, 0o444);
    let verify = || {
        let mut run = Command::new(&command);
        run.arg("verify").arg("--data").arg(&data).current_dir("/");
        if root {
            run.uid(65_534).gid(65_534);
        }
        let output = run.output().unwrap();
        let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        (output.status.code(), said)
    };
    let (sound, said) = verify();
    assert_eq!(sound, Some(0), "{said}");
    assert!(said.contains('✓'), "{said}");
    assert_eq!(all(&data), paths, "no file came or went");
    // And what is wrong is found: one object less.
    permit(&paths, 0o755, 0o644);
    let object = paths.iter().find(|p| p.is_file() && p.starts_with(data.join("objects"))).unwrap();
    std::fs::remove_file(object).unwrap();
    permit(&all(&data), 0o555, 0o444);
    let (unsound, said) = verify();
    permit(&all(&data), 0o755, 0o644);
    assert_eq!(unsound, Some(2), "{said}");
}
