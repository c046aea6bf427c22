//! The first accounts of a store.

use std::path::PathBuf;
use std::process::ExitCode;

use huoshui_app::Mode;
use huoshui_app::access::events::{Account, Organisation};
use huoshui_app::access::{Asker, Hasher, Kind, Seed, accounts, demo, organisations};
use huoshui_kernel::fault::{Fault, Result};

use super::Secret;
use crate::commands::common;
use crate::faults;
use crate::ui::Ui;

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

pub fn run(args: &Create, ui: &Ui) -> Result<ExitCode> {
    let password = Secret::Password.read(args.password_file.as_deref(), ui)?;
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
