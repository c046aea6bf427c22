//! Who may sign consents for a firm.

use std::path::PathBuf;
use std::process::ExitCode;

use huoshui_app::Mode;
use huoshui_app::access::events::{Right, Signer};
use huoshui_app::access::signers::{self, Appointment};
use huoshui_app::access::{Asker, accounts, faults as refusals};
use huoshui_formats::table::{Column, Table, Value};
use huoshui_kernel::fault::{Fault, Result};

use crate::commands::common::{self, Format};
use crate::faults;
use crate::ui::Ui;

/// Signers read at a time.
const PAGE: usize = 500;

/// 企业的签署人
#[derive(clap::Args)]
pub struct List {
    #[command(flatten)]
    place: common::Place,
    /// 机构标识 / the organisation's id
    #[arg(long)]
    organisation: String,
    /// 输出格式 / format
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// 写入文件 / write to a file
    #[arg(long)]
    out: Option<PathBuf>,
}

/// 任命签署人
#[derive(clap::Args)]
pub struct Appoint {
    #[command(flatten)]
    place: common::Place,
    /// 登录名 / login
    #[arg(long)]
    login: String,
    /// 身份：legal_representative（须已核验身份）、authorised_agent / by what right: legal_representative, whose identity was checked, or authorised_agent
    #[arg(long)]
    authority: String,
    /// 代理人的授权书编号 / an agent's: number of the written authorisation
    #[arg(long)]
    authorisation: Option<String>,
    /// 代理人的授权日 / an agent's: the day of the authorisation
    #[arg(long)]
    from: Option<String>,
    /// 代理人可签署的最后一日 / an agent's: the last day on which it may sign
    #[arg(long)]
    until: Option<String>,
}

/// 终止签署人
#[derive(clap::Args)]
pub struct End {
    #[command(flatten)]
    place: common::Place,
    /// 登录名 / login
    #[arg(long)]
    login: String,
}

pub fn list(args: &List, ui: &Ui) -> Result<ExitCode> {
    let workspace = args.place.open(Mode::Existing)?;
    let (mut all, mut cursor): (Vec<Signer>, _) = (Vec::new(), None);
    loop {
        let page = signers::list(&workspace, &args.organisation, cursor.as_deref(), PAGE)?;
        all.extend(page.items);
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    let columns = [
        ("login", "登录名"),
        ("firm", "企业"),
        ("authority", "身份"),
        ("authorisation", "授权书"),
        ("from", "自"),
        ("until", "至"),
        ("ended", "已终止"),
    ];
    let table = Table {
        name: "signers".to_owned(),
        columns: columns.iter().map(|(name, zh)| Column::new(name, zh)).collect(),
        rows: all.iter().map(row).collect(),
    };
    common::give(ui, &table, args.format, args.out.as_deref())?;
    Ok(ExitCode::SUCCESS)
}

fn row(signer: &Signer) -> Vec<Value> {
    let (authority, agent) = match &signer.right {
        Right::LegalRepresentative { .. } => ("legal_representative", [const { String::new() }; 3]),
        Right::AuthorisedAgent { authorisation, from, until } => {
            ("authorised_agent", [authorisation.clone(), from.to_string(), until.to_string()])
        }
    };
    let [authorisation, from, until] = agent;
    let ended = if signer.ended { "Y" } else { "N" };
    let firm = signer.firm.to_string();
    let cells = [signer.login.clone(), firm, authority.to_owned(), authorisation, from, until, ended.to_owned()];
    cells.into_iter().map(|cell| if cell.is_empty() { Value::Null } else { Value::Text(cell) }).collect()
}

pub fn appoint(args: &Appoint, ui: &Ui) -> Result<ExitCode> {
    let date = |text: &Option<String>, field| text.as_deref().map(|t| common::date(t, field)).transpose();
    let unknown = || {
        let known = "legal_representative, authorised_agent";
        Fault::new(&faults::AUTHORITY).with("value", &args.authority).with("known", known).field("authority")
    };
    let authorisation = args.authorisation.clone();
    let (from, until) = (date(&args.from, "from")?, date(&args.until, "until")?);
    let wanted = match (args.authority.as_str(), authorisation, from, until) {
        ("legal_representative", None, None, None) => Appointment::LegalRepresentative,
        ("authorised_agent", Some(authorisation), Some(from), Some(until)) => {
            Appointment::AuthorisedAgent { authorisation, from, until }
        }
        ("legal_representative" | "authorised_agent", ..) => {
            return Err(Fault::new(&refusals::BAD_AUTHORISATION).field("authority"));
        }
        _ => return Err(unknown()),
    };
    let workspace = args.place.open(Mode::Existing)?;
    let (account, _) = accounts::versioned(&workspace, &args.login)?;
    let key = super::key(&workspace, &args.login);
    let asker = Asker { actor: "huoshui", key: &key };
    let whose = (account.organisation.as_str(), args.login.as_str());
    let signer = signers::appoint(&workspace, asker, whose, &wanted, None)?;
    ui.say(format!("{} {} → {}", ui.t("已任命签署人", "appointed"), signer.login, signer.firm));
    Ok(ExitCode::SUCCESS)
}

pub fn end(args: &End, ui: &Ui) -> Result<ExitCode> {
    let workspace = args.place.open(Mode::Existing)?;
    let (account, _) = accounts::versioned(&workspace, &args.login)?;
    let key = super::key(&workspace, &args.login);
    let asker = Asker { actor: "huoshui", key: &key };
    let signer = signers::end(&workspace, asker, (&account.organisation, &args.login), None)?;
    ui.say(format!("{} {} → {}", ui.t("已终止签署人", "ended"), signer.login, signer.firm));
    Ok(ExitCode::SUCCESS)
}
