//! `huoshui policy`: which rules are in force, and publishing another version of one.

use std::path::PathBuf;
use std::process::ExitCode;

use huoshui_app::policies::{self, Kind, Origin, Set};
use huoshui_app::{Mode, beijing, seal};
use huoshui_formats::table::{Column, Table, Value};
use huoshui_kernel::fault::{Fault, Result};

use super::common::{self, Format};
use crate::faults;
use crate::ui::Ui;

/// 政策文件 / policy files
#[derive(clap::Subcommand)]
pub enum Action {
    /// 现行的全部政策文件 / every policy file in force
    List(List),
    /// 一份政策的全文 / the text of one
    Show(Show),
    /// 发布一份政策，立即生效 / publish one; it is in force at once
    Publish(Publish),
    /// 运行授信政策的用例 / run the cases of the credit policies
    Test(super::policy_test::Args),
}

#[derive(clap::Args)]
pub struct Stored {
    #[command(flatten)]
    place: common::Place,
    /// 当时已知 / as it was known then
    #[arg(long)]
    known_at: Option<String>,
}

impl Stored {
    fn set(&self) -> Result<Set> {
        let workspace = self.place.open(Mode::Existing)?;
        Set::load(&workspace, common::known_at(self.known_at.as_deref())?)
    }
}

#[derive(clap::Args)]
pub struct List {
    #[command(flatten)]
    stored: Stored,
    /// 输出格式 / format
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// 写入文件 / write to a file
    #[arg(long)]
    out: Option<PathBuf>,
}

#[derive(clap::Args)]
pub struct Show {
    /// 类别/文件名，例如 indicators/srdi.toml / kind and file
    policy: String,
    #[command(flatten)]
    stored: Stored,
    /// 写入文件 / write to a file
    #[arg(long)]
    out: Option<PathBuf>,
}

#[derive(clap::Args)]
pub struct Publish {
    /// 政策文件 / the policy file
    file: PathBuf,
    /// 类别：checks、populations、indicators、resources、purposes / its kind
    #[arg(long)]
    kind: String,
    #[command(flatten)]
    place: common::Place,
    /// 发布人 / who publishes it
    #[arg(long)]
    by: String,
}

pub fn run(action: &Action, ui: &Ui) -> Result<ExitCode> {
    match action {
        Action::List(args) => list(args, ui),
        Action::Show(args) => show(args, ui),
        Action::Publish(args) => publish(args, ui),
        Action::Test(args) => return super::policy_test::run(args, ui),
    }?;
    Ok(ExitCode::SUCCESS)
}

fn list(args: &List, ui: &Ui) -> Result<()> {
    let set = args.stored.set()?;
    let rows = set.iter().map(|(kind, file, entry)| {
        let origin = match entry.origin {
            Origin::Shipped => ui.t("随程序", "shipped"),
            Origin::Published => ui.t("已发布", "published"),
        };
        let since = entry.recorded_at.map_or_else(|| "–".to_owned(), beijing);
        [kind.name(), file, origin, &since, &entry.by, entry.digest.get(..16).unwrap_or_default()]
            .map(|text| Value::Text(text.to_owned()))
            .to_vec()
    });
    let columns = [
        ("kind", "类别"),
        ("file", "文件"),
        ("origin", "来源"),
        ("since", "生效时间"),
        ("by", "发布人"),
        ("digest", "摘要"),
    ];
    let table = Table {
        name: "policies".to_owned(),
        columns: columns.iter().map(|(name, zh)| Column::new(name, zh)).collect(),
        rows: rows.collect(),
    };
    common::give(ui, &table, args.format, args.out.as_deref())
}

fn show(args: &Show, ui: &Ui) -> Result<()> {
    let set = args.stored.set()?;
    let unknown = || Fault::new(&faults::POLICY).with("policy", &args.policy).field("policy");
    let (kind, file) = args.policy.split_once('/').ok_or_else(unknown)?;
    let entry = set.get(Kind::parse(kind)?, file).ok_or_else(unknown)?;
    common::emit(ui, args.out.as_deref(), &entry.text)
}

fn publish(args: &Publish, ui: &Ui) -> Result<()> {
    let kind = Kind::parse(&args.kind)?;
    kind.by_hand()?;
    let text = std::fs::read_to_string(&args.file).map_err(|e| huoshui_app::faults::unreadable(&args.file, &e))?;
    let name = args.file.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let workspace = args.place.open(Mode::Existing)?;
    policies::seed(&workspace)?;
    let published = policies::publish(&workspace, &args.by, kind, &name, &text)?;
    seal::all(&workspace)?;
    ui.say(format!("{} {}/{name} {}", ui.t("已发布", "published"), kind.name(), published.digest));
    Ok(())
}
