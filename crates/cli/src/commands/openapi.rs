//! `huoshui openapi`: the contract of the HTTP service, as docs/openapi.json holds it.

use std::path::PathBuf;
use std::process::ExitCode;

use huoshui_kernel::fault::Result;

use super::common;
use crate::ui::Ui;

/// 输出接口文档
#[derive(clap::Args)]
pub struct Args {
    /// 写入文件 / write to a file
    #[arg(long)]
    out: Option<PathBuf>,
}

pub fn run(args: &Args, ui: &Ui) -> Result<ExitCode> {
    let text = huoshui_server::routes::contract()?.text();
    common::emit(ui, args.out.as_deref(), &text)?;
    Ok(ExitCode::SUCCESS)
}
