//! Who holds an account that is there already.

use std::path::PathBuf;
use std::process::ExitCode;

use huoshui_app::Mode;
use huoshui_app::access::signers::{self, Checked};
use huoshui_app::access::{Asker, Hasher, Seed, accounts};
use huoshui_kernel::fault::Result;

use super::Secret;
use crate::commands::common;
use crate::ui::Ui;

/// 核验持有人身份
#[derive(clap::Args)]
pub struct Identify {
    #[command(flatten)]
    place: common::Place,
    /// 登录名 / login
    #[arg(long)]
    login: String,
    /// 核验方式，不含号码与姓名 / how it was checked; no number and no name
    #[arg(long)]
    checked: String,
    /// 证件号码文件，首行为号码；号码不留存 / a file whose first line is the document's number, which is kept nowhere
    #[arg(long)]
    id_number_file: Option<PathBuf>,
    /// 本人新口令文件，首行为口令 / a file whose first line is the holder's new password
    #[arg(long)]
    password_file: Option<PathBuf>,
}

pub fn run(args: &Identify, ui: &Ui) -> Result<ExitCode> {
    let digest = signers::digest(&Secret::IdNumber.read(args.id_number_file.as_deref(), ui)?)?;
    let password = Secret::Password.read(args.password_file.as_deref(), ui)?;
    let workspace = args.place.open(Mode::Existing)?;
    let key = super::key(&workspace, &args.login);
    let asker = Asker { actor: "huoshui", key: &key };
    let (account, version) = accounts::versioned(&workspace, &args.login)?;
    let seed = Seed::open(&workspace)?;
    let secret = (password.as_str(), (&Hasher::new(1, 0), &seed));
    let checked = Checked { digest: &digest, how: &args.checked };
    let whose = (account.organisation.as_str(), args.login.as_str());
    signers::identify(&workspace, asker, whose, Some(version), checked, secret)?;
    let said = ui.t("已核验身份并更换口令", "tied to its holder, with a new password");
    ui.say(format!("{} ({}): {said}", args.login, account.organisation));
    Ok(ExitCode::SUCCESS)
}
