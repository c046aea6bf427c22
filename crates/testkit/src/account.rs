//! Under which account the server runs: PostgreSQL refuses root, so root lends it an ordinary one.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::Unavailable;

/// The account of the server's processes.
#[derive(Clone, Debug)]
pub(crate) enum Account {
    /// The one that runs the test.
    Own,
    /// An ordinary one that root switches to.
    Lent { uid: u32, gid: u32 },
}

impl Account {
    /// Ours unless we are root; then `postgres`, which the package makes, or `nobody`.
    pub(crate) fn choose() -> Result<Self, Unavailable> {
        if id(&["-u"]) != Some(0) {
            return Ok(Self::Own);
        }
        ["postgres", "nobody"]
            .into_iter()
            .find_map(|name| Some(Self::Lent { uid: id(&["-u", name])?, gid: id(&["-g", name])? }))
            .ok_or_else(|| {
                Unavailable::new(
                    "PostgreSQL refuses to run as root, and there is no account `postgres` or `nobody` to lend it",
                )
            })
    }

    /// Hands the folder to the account.
    pub(crate) fn give(&self, folder: &Path) -> Result<(), Unavailable> {
        match self {
            Self::Own => Ok(()),
            Self::Lent { uid, gid } => std::os::unix::fs::chown(folder, Some(*uid), Some(*gid)).map_err(|e| {
                Unavailable::new(format!("cannot hand {} to the server's account: {e}", folder.display()))
            }),
        }
    }

    /// A command that will run under the account.
    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        if let Self::Lent { uid, gid } = self {
            use std::os::unix::process::CommandExt;
            command.uid(*uid).gid(*gid);
        }
        // The account may not be allowed into the caller's folder, and PostgreSQL wants to return to where it began.
        command.current_dir("/").env("LC_ALL", "C").env_remove("PGDATA").env_remove("PGOPTIONS");
        command
    }
}

fn id(args: &[&str]) -> Option<u32> {
    let output = Command::new("id").args(args).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().parse().ok())?
}
