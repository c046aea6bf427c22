//! `huoshui serve`: the HTTP service.

use std::io::Write as _;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use huoshui_app::Mode;
use huoshui_kernel::fault::{Fault, Result};
use huoshui_server::config::Config;

use super::common;
use crate::ui::Ui;

/// 启动服务
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    place: common::Place,
    /// 监听地址，端口 0 为任意空闲端口 / address; port 0 takes any free one
    #[arg(long)]
    listen: Option<SocketAddr>,
}

/// Settings: the file, the environment over it, the command line over both.
fn settings(args: &Args) -> Result<Config> {
    let mut config = args.place.settings()?;
    if let Some(listen) = args.listen {
        config.listen = listen;
    }
    config.check()?;
    Ok(config)
}

pub fn run(args: &Args, _: &Ui) -> Result<ExitCode> {
    let config = settings(args)?;
    let data = common::folder(&config)?;
    huoshui_server::log::install(config.log.level.parse().unwrap_or(huoshui_server::log::Level::INFO));
    let workspace = common::open_on(&data, config.database.as_deref(), Mode::Existing)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|e| huoshui_app::faults::folder(&data, &e))?;
    let done = runtime.block_on(async {
        let running = huoshui_server::start(workspace.clone(), Arc::clone(&workspace.clock), config).await?;
        let line = serde_json::json!({
            "address": running.address.to_string(),
            "url": format!("http://{}", running.address),
            "version": env!("CARGO_PKG_VERSION"),
        });
        let mut out = std::io::stdout().lock();
        // Whoever started it reads the address from this line; if nobody does, that is no fault.
        let _ = writeln!(out, "{line}").and_then(|()| out.flush());
        drop(out);
        huoshui_server::asked_to_stop().await;
        Ok::<bool, Fault>(running.stop().await)
    })?;
    // The journal's last handle goes outside the runtime, where waiting for its writer may block.
    runtime.shutdown_timeout(std::time::Duration::from_secs(5));
    drop(workspace);
    Ok(if done { ExitCode::SUCCESS } else { ExitCode::from(2) })
}
