//! `huoshui`: one command, one file per subcommand under `commands/`.

mod commands;
mod faults;
#[cfg(test)]
mod page;
mod ui;

use clap::Parser as _;
use huoshui_kernel::fault::Lang;

use commands::Command;

/// Requests on all threads allocate and free all the time, often one the other's memory (docs/adr/0001-workspace.md).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// 活水：科技金融平台 / Huoshui, a platform for science-and-technology finance
#[derive(clap::Parser)]
#[command(name = "huoshui", version, arg_required_else_help = true, max_term_width = 110)]
struct Arguments {
    /// 界面语言 / language of what is printed
    #[arg(long, global = true, value_enum, default_value_t = ui::LangChoice::Zh)]
    lang: ui::LangChoice,
    /// 不显示进度条 / no progress bars
    #[arg(long, global = true)]
    quiet: bool,
    #[command(subcommand)]
    command: Command,
}

fn main() -> std::process::ExitCode {
    let arguments = Arguments::parse();
    let ui = ui::Ui::new(Lang::from(arguments.lang), arguments.quiet);
    match arguments.command.run(&ui) {
        Ok(code) => code,
        Err(fault) => {
            ui.fault(&fault);
            std::process::ExitCode::from(1)
        }
    }
}
