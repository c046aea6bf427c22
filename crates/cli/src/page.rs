//! The page of commands: what `--help` says of each, Chinese and English, held equal to `docs/commands.md`.

use std::fmt::Write as _;
use std::path::Path;

use clap::{Arg, Command, CommandFactory as _};

const HEAD: &str = "\
# 命令 / Commands

由命令行程序自身的帮助生成；与 `huoshui 命令 --help` 所示相同。各命令都有 `--lang zh|en`（默认 zh）和 `--quiet`（不显示进度条）。结束代码：0 成功；1 出错，标准错误有代码、说明和办法；2 有文件被退回、核验不通过、用例不符或命令写错。

Generated from the program's own help; the same as `huoshui COMMAND --help`. Every command takes `--lang zh|en` (zh by default) and `--quiet` (no progress bars). It ends with 0 when all is well; 1 with a fault, whose code, words and remedy are on standard error; 2 when a file was refused, verification failed, a case differed or the command was mistyped.
";

/// Options that every command has.
const COMMON: [&str; 4] = ["lang", "quiet", "help", "version"];

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

fn help(arg: &Arg) -> String {
    arg.get_help().map(ToString::to_string).unwrap_or_default()
}

/// What stands before the help: `--as-of AS_OF`, or a place's name.
fn name(arg: &Arg) -> String {
    let value = arg.get_value_names().and_then(|v| v.first()).map(ToString::to_string).unwrap_or_default();
    match arg.get_long() {
        Some(long) if arg.get_action().takes_values() => format!("--{long} {value}"),
        Some(long) => format!("--{long}"),
        None => value,
    }
}

fn row(arg: &Arg) -> String {
    let mut values: Vec<String> = Vec::new();
    if arg.get_action().takes_values() {
        values.extend(arg.get_possible_values().iter().map(|v| format!("`{}`", v.get_name())));
    }
    let default: Vec<String> = arg.get_default_values().iter().map(|v| format!("`{}`", v.to_string_lossy())).collect();
    let default = if arg.get_action().takes_values() { default.join(" ") } else { String::new() };
    let needed = if arg.is_required_set() { "是 yes" } else { "" };
    format!("| `{}` | {} | {} | {needed} | {default} |", name(arg), cell(&help(arg)), values.join(" "))
}

fn section(out: &mut String, path: &str, command: &Command) {
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    let inner: Vec<&Command> = command.get_subcommands().filter(|c| c.get_name() != "help").collect();
    if inner.is_empty() {
        let _ = writeln!(out, "\n## {path}\n\n{about}\n");
        let own: Vec<&Arg> = command.get_arguments().filter(|a| !COMMON.contains(&a.get_id().as_str())).collect();
        if own.is_empty() {
            return;
        }
        out.push_str(
            "| 参数 argument | 说明 what it is | 取值 values | 必填 required | 默认 default |\n|---|---|---|---|---|\n",
        );
        for arg in own {
            let _ = writeln!(out, "{}", row(arg));
        }
    }
    for command in inner {
        section(out, &format!("{path} {}", command.get_name()), command);
    }
}

fn page() -> String {
    let mut out = HEAD.to_owned();
    section(&mut out, "huoshui", &super::Arguments::command());
    out
}

#[test]
fn the_page_of_commands_is_what_help_says() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/commands.md");
    if std::env::var_os("HUOSHUI_REGENERATE").is_some() {
        std::fs::write(&file, page()).unwrap();
    }
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        committed == page(),
        "docs/commands.md is not what the commands say: HUOSHUI_REGENERATE=1 cargo test -p huoshui-cli --bin huoshui"
    );
}

#[test]
fn every_command_and_option_is_told_in_both_languages() {
    fn walk(path: &str, command: &Command) {
        let two = |what: &str, text: &str| {
            let chinese = text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
            let english = text.split(|c: char| !c.is_ascii_alphabetic()).any(|word| word.len() > 2);
            assert!(chinese && english || text == "JSON", "{path} {what}: {text}");
        };
        two("about", &command.get_about().map(ToString::to_string).unwrap_or_default());
        for arg in command.get_arguments().filter(|a| !["help", "version"].contains(&a.get_id().as_str())) {
            two(&name(arg), &help(arg));
        }
        for inner in command.get_subcommands().filter(|c| c.get_name() != "help") {
            walk(&format!("{path} {}", inner.get_name()), inner);
        }
    }
    walk("huoshui", &super::Arguments::command());
}
