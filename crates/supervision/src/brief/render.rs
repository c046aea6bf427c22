//! Templates to Markdown, Markdown to both faces.

use std::collections::BTreeMap;

use huoshui_kernel::Fault;
use huoshui_kernel::fault::{Lang, Result};
use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior, Value, escape_formatter};

use super::blocks::{self, Block};
use super::input::BriefInput;
use super::links::{Links, LoanFile};
use super::{context, escape, html};
use crate::faults;

/// A report and what goes with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brief {
    /// The report as Markdown (GitHub's tables).
    pub markdown: String,
    /// The report as one HTML file without scripts or outside resources.
    pub html: String,
    /// The files of loans it links to: one for each figure of the whole population, and for rows of tables while they are
    /// fewer than [`super::LOAN_FILES_MAX`] in all.
    pub loans: Vec<LoanFile>,
}

const ZH: &str = include_str!("templates/brief.zh.md.j2");
const EN: &str = include_str!("templates/brief.en.md.j2");
const SHELL: &str = include_str!("templates/shell.html.j2");
const STYLE: &str = include_str!("templates/style.css");

/// Renders the report in one language. The same input gives the same bytes.
///
/// # Errors
/// `supervision.internal` if a template is wrong; the tests render every branch of both.
pub fn render(input: &BriefInput, lang: Lang) -> Result<Brief> {
    let links = Links::plan(input);
    let blocks = blocks::all(input, &links, lang);
    let (language, text) = match lang {
        Lang::Zh => ("zh-CN", ZH),
        Lang::En => ("en", EN),
    };
    let source = fill("brief.md", text, context::build(input, &links, lang))?;
    let title = source.lines().find_map(|l| l.strip_prefix("# ")).unwrap_or_default().replace('\\', "");
    let page = Value::from(BTreeMap::from([
        ("lang", Value::from(language)),
        ("title", Value::from(title)),
        ("style", Value::from_safe_string(STYLE.to_owned())),
        ("body", Value::from_safe_string(html::from_markdown(&source, &blocks))),
    ]));
    Ok(Brief { markdown: plain(&source, &blocks), html: fill("shell.html", SHELL, page)?, loans: links.files })
}

fn fill(name: &str, text: &str, context: Value) -> Result<String> {
    let broken = |error: Error| Fault::new(&faults::INTERNAL).with("detail", format!("{name}: {error:#}"));
    let mut env = Environment::new();
    env.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build().map_err(broken)?);
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    env.set_auto_escape_callback(|name| {
        if name.ends_with(".html") { AutoEscape::Html } else { AutoEscape::Custom("markdown".into()) }
    });
    env.set_formatter(write_escaped);
    env.add_template(name, text).map_err(broken)?;
    env.get_template(name).and_then(|t| t.render(context)).map_err(broken)
}

/// Everything is escaped unless it was built safe: a template cannot forget to.
fn write_escaped(out: &mut Output, state: &mut State, value: &Value) -> std::result::Result<(), Error> {
    if value.is_undefined() || value.is_none() {
        return Err(Error::new(ErrorKind::UndefinedError, "a name that is not there"));
    }
    if matches!(state.auto_escape(), AutoEscape::Html) {
        return escape_formatter(out, state, value);
    }
    match value.as_str() {
        Some(text) if !value.is_safe() => out.write_str(&escape::markdown(text)).map_err(Error::from),
        _ => out.write_str(&value.to_string()).map_err(Error::from),
    }
}

/// The Markdown face: blocks as text, no marks of layout, no runs of empty lines.
fn plain(source: &str, blocks: &BTreeMap<&'static str, Block>) -> String {
    let mut out = String::with_capacity(source.len() + 4_096);
    let mut empty = 0;
    for line in source.lines() {
        let line = line.trim_end();
        let drawn;
        let text = match html::marker(line) {
            Some(("block", name)) => {
                drawn = blocks.get(name).map(|b| b.markdown.clone()).unwrap_or_default();
                drawn.trim_end()
            }
            Some(_) => "",
            None => line,
        };
        empty = if text.is_empty() { empty + 1 } else { 0 };
        if empty < 2 {
            out.push_str(text);
            out.push('\n');
        }
    }
    out
}
