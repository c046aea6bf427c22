//! What must hold of a resource before anything is read by it.

use std::collections::BTreeSet;

use huoshui_formula::compile::{self, Params};
use huoshui_formula::{Type, Value};
use huoshui_kernel::fault::{Fault, Lang, Result};
use huoshui_kernel::{Date, date};

use super::{Field, FieldKind, Resource, Rule};
use crate::faults;

/// The longest code or name.
pub(crate) const MAX_NAME: usize = 40;
/// The most fields of a resource, and the most rules.
const MAX_FIELDS: usize = 60;
/// The most codes of one set.
const MAX_CODES: usize = 500;
/// The longest text that a field may hold, in characters.
const MAX_TEXT: u16 = 2_000;
/// The longest lag, in days, and the longest retention, in months.
const MAX_LAG: u16 = 400;
const MAX_RETENTION: u16 = 600;

/// An entry of a policy file that does not hold together.
pub(crate) fn wrong(file: &str, entry: &str, zh: &str, en: &str) -> Fault {
    Fault::new(&faults::POLICY_ENTRY).with("file", file).with("entry", entry).with("zh", zh).with("en", en)
}

/// A code or name: a small letter, then small letters, digits and `_`.
pub(crate) fn is_name(text: &str) -> bool {
    text.len() <= MAX_NAME
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// The parameters of rules of quality.
pub(crate) fn params(as_of: Date) -> Params {
    Params::new().with("as_of", Type::Date, Value::Date(date::days(as_of)))
}

pub(super) fn resource(file: &str, r: &Resource) -> Result<()> {
    let refuse = |entry: &str, zh: &str, en: &str| Err(wrong(file, entry, zh, en));
    if !is_name(&r.code) {
        return refuse(&r.code, "代码应为小写字母、数字和下划线", "a code is small letters, digits and underscores");
    }
    if r.zh.trim().is_empty() || r.en.trim().is_empty() {
        return refuse(&r.code, "缺少中文或英文名称", "it lacks a Chinese or English name");
    }
    if r.schema == 0 || r.lag_days > MAX_LAG || !(1..=MAX_RETENTION).contains(&r.retention_months) {
        return refuse(
            &r.code,
            "版本号、滞后天数或保存月数超出范围",
            "schema, lag_days or retention_months is out of range",
        );
    }
    if !(1..=MAX_FIELDS).contains(&r.fields.len()) || r.rules.len() > MAX_FIELDS {
        return refuse(&r.code, "没有字段，或字段、规则过多", "no field, or too many fields or rules");
    }
    let mut names = BTreeSet::from(["uscc"]);
    for field in &r.fields {
        let entry = format!("{}.{}", r.code, field.name);
        if !names.insert(&field.name) {
            let en = "the field is there twice (uscc is in every resource)";
            return refuse(&entry, "字段重复（uscc 每个资源都有，不必列出）", en);
        }
        self::field(file, &entry, field)?;
    }
    if let Some(period) = &r.period {
        if !r.field(period).is_some_and(|f| f.kind == FieldKind::Date && f.required) {
            return refuse(&r.code, "period 应是必填的日期字段", "period must be a required date");
        }
        if r.key.is_empty() {
            return refuse(&r.code, "有 period 的资源必须有 key", "a resource with a period needs a key");
        }
    }
    let mut keys = BTreeSet::new();
    if !r.key.iter().all(|k| keys.insert(k) && r.field(k).is_some_and(|f| f.required)) {
        return refuse(&r.code, "key 应是不重复的必填字段", "key must name required fields, each once");
    }
    r.rules.iter().try_for_each(|rule| self::rule(file, r, rule))
}

fn field(file: &str, entry: &str, f: &Field) -> Result<()> {
    let refuse = |zh: &str, en: &str| Err(wrong(file, entry, zh, en));
    if !is_name(&f.name) {
        return refuse("字段名应为小写字母、数字和下划线", "a name is small letters, digits and underscores");
    }
    if f.zh.trim().is_empty() || f.en.trim().is_empty() {
        return refuse("缺少中文或英文名称", "it lacks a Chinese or English name");
    }
    if !(1..=MAX_TEXT).contains(&f.max_len) {
        return refuse("max_len 超出范围", "max_len is out of range");
    }
    if (f.kind == FieldKind::Code) == f.codes.is_empty() || f.codes.len() > MAX_CODES {
        return refuse("代码字段须有代码表，其他字段不得有", "codes belong to a code field, and it needs some");
    }
    let mut seen = BTreeSet::new();
    // Files may hold the Chinese name in the code's place, so the two must not be mixed up.
    let unique = f.codes.iter().all(|c| {
        !c.code.is_empty()
            && !c.zh.is_empty()
            && !c.en.is_empty()
            && seen.insert(&c.code)
            && (c.zh == c.code || seen.insert(&c.zh))
    });
    if !unique {
        return refuse("代码或名称为空或重复", "a code or its name is empty or there twice");
    }
    Ok(())
}

fn rule(file: &str, r: &Resource, rule: &Rule) -> Result<()> {
    let entry = format!("{} {}", r.code, rule.code);
    if rule.code.is_empty() || rule.code.len() > MAX_NAME || rule.zh.is_empty() || rule.en.is_empty() {
        return Err(wrong(file, &entry, "规则缺少代码或说明", "a rule needs a code and both texts"));
    }
    if r.rules.iter().filter(|other| other.code == rule.code).count() > 1 {
        return Err(wrong(file, &entry, "校验规则代码重复", "a rule's code is taken"));
    }
    let schema = r.formula_schema()?;
    if let Err(fault) = compile::condition(&rule.violated, &schema, &params(r.effective_from)) {
        return Err(wrong(file, &entry, &fault.message(Lang::Zh), &fault.message(Lang::En)));
    }
    for text in [&rule.zh, &rule.en] {
        for place in text.split('{').skip(1).filter_map(|t| t.split_once('}')).map(|(name, _)| name) {
            if place != "uscc" && r.field(place).is_none() {
                return Err(wrong(file, &entry, "说明中的字段不存在", "its text names a field that is not there"));
            }
        }
    }
    Ok(())
}

/// Versions of one resource, in order.
pub(super) fn versions(file: &str, code: &str, versions: &[Resource]) -> Result<()> {
    for pair in versions.windows(2) {
        let [before, after] = pair else { continue };
        if before.schema == after.schema {
            return Err(wrong(file, code, "同一版本出现两次", "one version is there twice"));
        }
        if before.effective_from >= after.effective_from {
            let en = "a later version must apply from a later day";
            return Err(wrong(file, code, "较新的版本须从较晚的日期起适用", en));
        }
        if before.department != after.department {
            return Err(wrong(file, code, "各版本的部门不同", "its versions are of different departments"));
        }
    }
    Ok(())
}
