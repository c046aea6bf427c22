//! `huoshui account`: accounts of a store and who may sign for a firm, made beside the service by whoever has the data folder.

mod create;
mod identify;
mod signers;

use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::path::Path;
use std::process::ExitCode;

use huoshui_app::Workspace;
use huoshui_kernel::fault::Result;

use crate::ui::Ui;

/// 管理账户
#[derive(clap::Subcommand)]
pub enum Action {
    /// 开立管理员账户，口令从提示、标准输入或文件读取 / open an administrator's account; the password comes from a prompt, standard input or a file
    Create(create::Create),
    /// 核验持有人身份并换用本人口令，证件号与口令从提示、标准输入（各一行）或文件读取 / tie an account to its holder, with the holder's own password; number and password come from prompts, standard input (a line each) or files
    Identify(identify::Identify),
    /// 企业的签署人 / who may sign for a firm
    Signers(signers::List),
    /// 任命签署人，取代原有授权 / appoint a signer, in place of what the account could sign before
    Appoint(signers::Appoint),
    /// 终止签署人 / end a signer's right
    End(signers::End),
}

pub fn run(action: &Action, ui: &Ui) -> Result<ExitCode> {
    match action {
        Action::Create(args) => create::run(args, ui),
        Action::Identify(args) => identify::run(args, ui),
        Action::Signers(args) => signers::list(args, ui),
        Action::Appoint(args) => signers::appoint(args, ui),
        Action::End(args) => signers::end(args, ui),
    }
}

/// What nobody else may read. Never from the command line, which every user of the machine can.
#[derive(Clone, Copy)]
enum Secret {
    Password,
    IdNumber,
}

impl Secret {
    /// The first line of the file, else what is typed, else the next line of standard input.
    fn read(self, file: Option<&Path>, ui: &Ui) -> Result<String> {
        let unreadable = |path: &Path, e: &std::io::Error| huoshui_app::faults::unreadable(path, e);
        let input = Path::new("-");
        let text = match file {
            Some(path) => std::fs::read_to_string(path).map_err(|e| unreadable(path, &e))?,
            None if std::io::stdin().is_terminal() => {
                let (zh, en) = match self {
                    Self::Password => ("口令：", "password: "),
                    Self::IdNumber => ("证件号码：", "number of the document: "),
                };
                let mut out = std::io::stderr().lock();
                let _ = write!(out, "{}", ui.t(zh, en)).and_then(|()| out.flush());
                rpassword::read_password().map_err(|e| unreadable(input, &e))?
            }
            None => {
                let mut line = String::new();
                let read = std::io::stdin().lock().read_line(&mut line);
                read.map_err(|e| unreadable(input, &e))?;
                line
            }
        };
        Ok(text.lines().next().unwrap_or_default().to_owned())
    }
}

/// A key of its own for each change: whoever types it again wants it again.
fn key(workspace: &Workspace, login: &str) -> String {
    format!("cli/{login}@{}", workspace.now())
}
