//! `huoshui decide`: an application tried on what departments know, with reasons. Nothing is recorded: a decision that counts
//! is made through the service, under the firm's consent.

use std::path::PathBuf;
use std::process::ExitCode;

use huoshui_app::Mode;
use huoshui_app::credit::supply::Held;
use huoshui_app::credit::{Book, bank, city, decisions};
use huoshui_credit::decide::{Decision, Inputs, Request};
use huoshui_kernel::fault::{Fault, Result};
use huoshui_kernel::money::Unit;
use huoshui_kernel::{Fen, Lang, Ppm, Uscc};
use serde_json::json;

use super::common;
use crate::faults;
use crate::ui::Ui;

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Shape {
    /// 文字 / words
    Text,
    /// JSON
    Json,
}

/// 试算一笔授信申请，不留记录；正式决定须经服务、凭企业授权
#[derive(clap::Args)]
pub struct Args {
    /// 统一社会信用代码 / USCC
    uscc: String,
    /// 产品代码，如 instant_loan / code of the product
    #[arg(long)]
    product: String,
    /// 数据目录 / data folder
    #[arg(long)]
    data: PathBuf,
    /// 决定日期 / date of the decision
    #[arg(long)]
    as_of: String,
    /// 申请金额，如 100万元；不填为产品上限 / amount; the product's most if not given
    #[arg(long)]
    amount: Option<String>,
    /// 期限（月）；不填为产品上限 / months; the product's most if not given
    #[arg(long)]
    months: Option<u16>,
    /// 用途代码；不填为产品的第一项 / code of the purpose; the product's first if not given
    #[arg(long)]
    purpose: Option<String>,
    /// 贷款市场报价利率 / loan prime rate
    #[arg(long, default_value = "3.00%")]
    lpr: String,
    /// 银行自有数据：TOML，每行一张表，如 [[bank_need]]，列见 policies/features/relations.toml / the bank's own inputs: TOML with a table for each row, such as [[bank_need]]; columns as policies/features/relations.toml has them
    #[arg(long)]
    bank_inputs: Option<PathBuf>,
    /// 逐项说明；JSON 中为 explanation / show the whole tree; in JSON as explanation
    #[arg(long)]
    explain: bool,
    /// 格式 / format
    #[arg(long, value_enum, default_value_t = Shape::Text)]
    format: Shape,
}

pub fn run(args: &Args, ui: &Ui) -> Result<ExitCode> {
    let date = common::date(&args.as_of, "as-of")?;
    let uscc = Uscc::parse(&args.uscc).map_err(|fault| fault.field("uscc"))?;
    let workspace = common::open(&args.data, Mode::Existing)?;
    let rules = Book::new(workspace.clone()).on(date)?.rules;
    let product = rules.products().find(|p| p.code == args.product).cloned().ok_or_else(|| {
        let all: Vec<&str> = rules.products().map(|p| p.code.as_str()).collect();
        Fault::new(&faults::PRODUCT).with("value", &args.product).with("known", all.join(", ")).field("product")
    })?;
    let amount = args.amount.as_deref().unwrap_or(&product.amount.max);
    let request = Request {
        product: product.code.clone(),
        amount_fen: Fen::parse_yuan(amount).map_err(|f| f.field("amount"))?.0,
        months: args.months.unwrap_or(product.tenor.max),
        purpose: args.purpose.clone().or_else(|| product.purposes.first().cloned()).unwrap_or_default(),
        lpr_ppm: Ppm::parse_percent(&args.lpr).map_err(|f| f.field("lpr"))?.0,
    };
    request.check().map_err(|fault| fault.field("lpr"))?;
    let bank = match &args.bank_inputs {
        None => None,
        Some(path) => {
            let text = std::fs::read_to_string(path).map_err(|e| huoshui_app::faults::unreadable(path, &e))?;
            Some(bank::profile(&rules, uscc.as_str(), date, &bank::read(&text)?)?)
        }
    };
    let profile = city::profile(&Held::open(workspace)?, &rules, uscc, date)?;
    let inputs = Inputs { profile, bank, request, salt: decisions::salt()? };
    let decision = rules.decide(&inputs)?;
    match args.format {
        Shape::Json => {
            let mut all = json!(decision);
            if let Some(members) = all.as_object_mut() {
                // The decision itself holds digests over these.
                let policies = rules.policies_of(&decision.product.code, &decision.card.code)?;
                members.insert("policies".to_owned(), json!(policies));
                members.insert("inputs".to_owned(), json!(rules.inputs_of(&inputs)?));
                if args.explain {
                    members.insert("explanation".to_owned(), json!(rules.explain(&inputs)?));
                }
            }
            ui.say(serde_json::to_string_pretty(&all).unwrap_or_default());
        }
        Shape::Text => {
            ui.say(words(&decision, ui));
            if args.explain {
                ui.say(format!("\n{}", rules.explain(&inputs)?.render(ui.lang)));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// A decision in words.
pub fn words(decision: &Decision, ui: &Ui) -> String {
    let (zh, en) = decision.outcome.names();
    let mut text = format!("{} {} · {}", decision.uscc, decision.date, ui.t(zh, en));
    if let Some(line) = decision.line_fen {
        text.push_str(&format!("\n{} {}", ui.t("额度", "line"), Fen(line).show(Unit::Wan, 2, ui.lang)));
    }
    if let Some(rate) = decision.rate_ppm {
        text.push_str(&format!("\n{} {}%", ui.t("利率", "rate"), Ppm(rate).percent(4)));
    }
    let pd = Ppm(decision.pd_ppm).percent(2);
    text.push_str(&match ui.lang {
        Lang::Zh => {
            format!("\n评分 {}，等级 {}，违约概率 {pd}%（{}）", decision.score, decision.grade, decision.card.code)
        }
        Lang::En => format!(
            "\nscore {}, grade {}, probability of default {pd}% ({})",
            decision.score, decision.grade, decision.card.code
        ),
    });
    for (at, reason) in decision.reasons.iter().enumerate() {
        text.push_str(&format!("\n{}. {} [{}]", at + 1, reason.text.get(ui.lang), reason.code));
    }
    text.push_str(&format!("\n{}", decision.note.get(ui.lang)));
    text
}
