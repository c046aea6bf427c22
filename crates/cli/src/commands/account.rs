//! `huoshui account`: the first accounts of a store, made beside the service by whoever has the data folder.

use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use huoshui_app::Mode;
use huoshui_app::access::events::{Account, Organisation};
use huoshui_app::access::{Asker, Hasher, Kind, Seed, accounts, demo, organisations};
use huoshui_kernel::fault::{Fault, Result};

use super::common;
use crate::faults;
use crate::ui::Ui;

/// 管理账户
#[derive(clap::Subcommand)]
pub enum Action {
    /// 开立管理员账户，口令从提示、标准输入或文件读取 / open an administrator's account; the password comes from a prompt, standard input or a file
    Create(Create),
}

/// 开立账户
#[derive(clap::Args)]
pub struct Create {
    /// 数据目录，没有则新建 / data folder, made when it is not there
    #[arg(long)]
    data: PathBuf,
    /// 日志所在的 PostgreSQL / the journal's PostgreSQL: postgres://…
    #[arg(long)]
    database: Option<String>,
    /// 登录名 / login
    #[arg(long)]
    login: String,
    /// 机构标识，没有则新建 / the organisation's id, made when it is not there
    #[arg(long, default_value = "operator")]
    organisation: String,
    /// 新机构的类别 / kind of a new organisation: enterprise, bank, insurer, guarantor, equity_investor, equity_market, department, regulator, operator
    #[arg(long, default_value = "operator")]
    kind: String,
    /// 新机构的登记代码 / a new organisation's entry in the registry: USCC, institution's or department's code
    #[arg(long)]
    subject: Option<String>,
    /// 口令文件，首行为口令 / a file whose first line is the password
    #[arg(long)]
    password_file: Option<PathBuf>,
}

pub fn run(action: &Action, ui: &Ui) -> Result<ExitCode> {
    let Action::Create(args) = action;
    let password = password(args, ui)?;
    let kind = Kind::from_code(&args.kind).ok_or_else(|| {
        let known: Vec<&str> = Kind::ALL.iter().map(|k| k.code()).collect();
        Fault::new(&faults::KIND).with("value", &args.kind).with("known", known.join(", ")).field("kind")
    })?;
    let workspace = common::open_on(&args.data, args.database.as_deref(), Mode::Create)?;
    let id = &args.organisation;
    let key = format!("cli/{}", args.login);
    let asker = Asker { actor: "huoshui", key: &key };
    match organisations::get(&workspace, id) {
        Err(fault) if fault.code() == "access.not_found" => {
            let organisation = Organisation {
                id: id.clone(),
                kind,
                subject: args.subject.clone(),
                name_zh: format!("{}（{id}）", demo::name_zh(kind)),
                name_en: id.clone(),
                demo: false,
            };
            organisations::join(&workspace, asker, &organisation)?;
        }
        other => drop(other?),
    }
    let account =
        Account { login: args.login.clone(), organisation: id.clone(), admin: true, demo: false, closed: false };
    let seed = Seed::open(&workspace)?;
    accounts::open(&workspace, asker, &account, &password, (&Hasher::new(1, 0), &seed))?;
    ui.say(format!("{} {} ({id}, {})", ui.t("已开立账户", "opened the account"), args.login, kind.code()));
    Ok(ExitCode::SUCCESS)
}

/// Never from the command line, which every user of the machine can read.
fn password(args: &Create, ui: &Ui) -> Result<String> {
    let unreadable = |path: &std::path::Path, e: &std::io::Error| huoshui_app::faults::unreadable(path, e);
    let text = match &args.password_file {
        Some(path) => std::fs::read_to_string(path).map_err(|e| unreadable(path, &e))?,
        None if std::io::stdin().is_terminal() => {
            let mut out = std::io::stderr().lock();
            let _ = write!(out, "{}", ui.t("口令：", "password: ")).and_then(|()| out.flush());
            rpassword::read_password().map_err(|e| unreadable(std::path::Path::new("-"), &e))?
        }
        None => {
            let mut line = String::new();
            let read = std::io::stdin().lock().read_line(&mut line);
            read.map_err(|e| unreadable(std::path::Path::new("-"), &e))?;
            line
        }
    };
    Ok(text.lines().next().unwrap_or_default().to_owned())
}
