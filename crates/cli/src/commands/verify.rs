//! `huoshui verify`: reads everything, believes nothing, names what is wrong.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use huoshui_app::exchange::{proofs, receipts};
use huoshui_app::{Mode, verify};
use huoshui_kernel::Lang;
use huoshui_kernel::fault::{Fault, Result};

use super::common;
use crate::ui::{self, Ui};

/// 核验事件链、签名和文件
#[derive(clap::Args)]
pub struct Args {
    /// 数据目录 / data folder
    #[arg(long, required_unless_present_any = ["proof", "receipt"])]
    data: Option<PathBuf>,
    /// 日志所在的 PostgreSQL / the journal's PostgreSQL: postgres://…
    #[arg(long)]
    database: Option<String>,
    /// 离线核验一份凭证，须同时给出公钥 / check one proof offline; needs --key
    #[arg(long, requires = "key", conflicts_with_all = ["data", "seals", "database"])]
    proof: Option<PathBuf>,
    /// 离线核验一份授权回执，须同时给出公钥 / check one receipt of a consent offline; needs --key
    #[arg(long, requires = "key", conflicts_with_all = ["data", "seals", "database", "proof"])]
    receipt: Option<PathBuf>,
    /// 另处保存的封印副本（seals.jsonl） / a copy of seals.jsonl that was kept elsewhere
    #[arg(long)]
    seals: Option<PathBuf>,
    /// 另处保存的公钥（public.pem） / a copy of public.pem that was kept elsewhere
    #[arg(long)]
    key: Option<PathBuf>,
}

/// Whether opening failed because the store is not what it was, rather than because it may not be opened here.
fn is_damage(fault: &Fault) -> bool {
    let said = fault.message(Lang::En);
    match fault.code() {
        "data.damaged" | "journal.damaged" => true,
        "journal.storage" => ["malformed", "not a database"].iter().any(|what| said.contains(what)),
        _ => false,
    }
}

pub fn run(args: &Args, ui: &Ui) -> Result<ExitCode> {
    if let (Some(proof), Some(key)) = (&args.proof, &args.key) {
        return offline(proof, key, ui);
    }
    if let (Some(receipt), Some(key)) = (&args.receipt, &args.key) {
        return receipted(receipt, key, ui);
    }
    let data = args.data.as_deref().unwrap_or(std::path::Path::new("."));
    let kept = verify::Kept { seals: args.seals.clone(), key: args.key.clone() };
    // A folder that may not be written to, such as a copy on a read-only disk, can be verified all the same.
    let opened = common::open_on(data, args.database.as_deref(), Mode::Existing).or_else(|fault| match fault.code() {
        "journal.storage" | "blob.storage" | "data.folder" if !is_damage(&fault) && args.database.is_none() => {
            common::open(data, Mode::Reading).map_err(|_| fault)
        }
        _ => Err(fault),
    });
    let workspace = match opened {
        Ok(workspace) => workspace,
        // Data that is there and cannot be opened is unsound, not a command given wrong.
        Err(fault) if is_damage(&fault) => {
            ui.say(format!("✗ {}", ui.fault_text(&fault)));
            return Ok(ExitCode::from(2));
        }
        Err(fault) => return Err(fault),
    };
    let verified = verify::run(&workspace, &kept, ui)?;
    print(&verified, ui);
    Ok(if verified.is_sound() { ExitCode::SUCCESS } else { ExitCode::from(2) })
}

/// A file of at most so many bytes. One that is larger is refused by its length, unread.
fn small(path: &Path, most: usize, field: &'static str) -> Result<Vec<u8>> {
    let unreadable = |e: &std::io::Error| huoshui_app::faults::unreadable(path, e).field(field);
    let size = std::fs::metadata(path).map_err(|e| unreadable(&e))?.len();
    if size > most as u64 { Ok(Vec::new()) } else { std::fs::read(path).map_err(|e| unreadable(&e)) }
}

/// Checks a receipt with nothing but the key: no data, no network.
fn receipted(receipt: &Path, key: &Path, ui: &Ui) -> Result<ExitCode> {
    let keys = huoshui_app::seal::trust(key)?;
    match receipts::check(&small(receipt, receipts::MAX_BYTES, "receipt")?, &keys) {
        Ok(r) => {
            let rows = [
                (ui.t("授权", "consent"), r.consent.clone()),
                (ui.t("企业", "enterprise"), r.subject.to_string()),
                (ui.t("接收方", "recipients"), r.recipients.join(", ")),
                (ui.t("用途", "purpose"), format!("{} v{}", r.purpose.code, r.purpose.version)),
                (ui.t("签署时间", "granted at"), huoshui_app::beijing(r.granted_at)),
                (ui.t("到期时间", "expires at"), huoshui_app::beijing(r.expires_at)),
            ];
            let rows = rows.into_iter().map(|(what, value)| vec![what.to_owned(), value]);
            ui.say(ui::table(&[ui.t("回执", "receipt"), ""], &[], rows).to_string());
            ui.say(ui.t("✓ 回执由平台签名，未被改动", "✓ the platform signed the receipt, and it is unchanged"));
            Ok(ExitCode::SUCCESS)
        }
        Err(fault) => {
            ui.say(format!("✗ {}", ui.fault_text(&fault)));
            Ok(ExitCode::from(2))
        }
    }
}

/// Checks a proof with nothing but the key: no data, no network.
pub(super) fn offline(proof: &Path, key: &Path, ui: &Ui) -> Result<ExitCode> {
    let keys = huoshui_app::seal::trust(key)?;
    let file = small(proof, proofs::MAX_BYTES, "proof")?;
    match proofs::check(&file, &keys) {
        Ok(shown) => {
            let event = &shown.event;
            let rows = [
                (ui.t("记录", "entry"), format!("{} #{}", event.stream, event.version)),
                (ui.t("事件", "event"), event.kind.clone()),
                (ui.t("时间", "recorded at"), huoshui_app::beijing(event.recorded_at)),
                (ui.t("操作者", "by"), event.actor.clone()),
                (ui.t("封存条数", "entries under the root"), shown.size.to_string()),
                (ui.t("封存时间", "sealed at"), huoshui_app::beijing(shown.sealed_at)),
            ];
            let rows = rows.into_iter().map(|(what, value)| vec![what.to_owned(), value]);
            ui.say(ui::table(&[ui.t("凭证", "proof"), ""], &[], rows).to_string());
            ui.say(format!("{} {}", ui.t("内容", "body"), start_of(&event.body)));
            ui.say(ui.t("✓ 记录在签名的根之下，未被改动", "✓ the entry stands under the signed root, unchanged"));
            Ok(ExitCode::SUCCESS)
        }
        Err(fault) => {
            ui.say(format!("✗ {}", ui.fault_text(&fault)));
            Ok(ExitCode::from(2))
        }
    }
}

/// Enough of a body to know it by; all of it is in the file.
fn start_of(body: &str) -> String {
    const MOST: usize = 300;
    if body.chars().count() <= MOST { body.to_owned() } else { body.chars().take(MOST).chain(['…']).collect() }
}

/// The counts, then every finding.
pub fn print(verified: &verify::Verified, ui: &Ui) {
    let j = &verified.journal;
    let rows = [
        (ui.t("事件", "events"), j.events),
        (ui.t("事件流", "streams"), j.streams),
        (ui.t("已封存", "sealed"), j.sealed),
        (ui.t("待封存", "not sealed yet"), j.unsealed),
        (ui.t("封存签名", "seals"), j.seals),
        (ui.t("回执", "receipts"), j.receipts),
        (ui.t("状态", "documents"), j.states),
        (ui.t("文件", "files"), verified.files),
    ];
    let rows = rows.into_iter().map(|(what, n)| vec![what.to_owned(), n.to_string()]);
    ui.say(ui::table(&[ui.t("核验了", "verified"), ui.t("数量", "count")], &[1], rows).to_string());
    for finding in &j.findings {
        ui.say(format!("✗ {}", finding.line(ui.lang)));
    }
    for (file, blob, event) in &verified.damaged {
        let what = ui.t("文件缺失或被改动", "file missing or changed");
        ui.say(format!("✗ {what} · {file} · {event} · {blob}"));
    }
    let wrong = j.wrong + verified.damaged.len() as u64;
    if wrong == 0 {
        ui.say(ui.t("✓ 全部一致", "✓ everything agrees"));
    } else {
        ui.say(format!("✗ {} {wrong}", ui.t("不一致的地方共", "things wrong, in all:")));
    }
}
