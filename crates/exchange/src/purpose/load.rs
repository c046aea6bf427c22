//! Purposes, read from files and held against the catalogue.

use std::collections::{BTreeMap, BTreeSet};

use huoshui_kernel::Date;
use huoshui_kernel::fault::{Fault, Result};

use super::{Allowed, Mode, Purpose, PurposeFile};
use crate::catalogue::{Catalogue, Release, Sensitivity, is_name, wrong};
use crate::consent::PurposeRef;
use crate::{embedded, faults};

/// No purpose may allow more than this, whatever its file says: five years, twenty years back.
const MAX_DAYS: u16 = 1_827;
const MAX_LOOKBACK: u16 = 240;
const MAX_STALE: u16 = 366;
const MAX_COUNT: u32 = 1_000;
/// Days back that a frequency may count.
pub const MAX_WINDOW: u32 = 366;
/// Longest text that a signer must read, in characters.
const MAX_TEXT: usize = 500;

/// All versions of all purposes. Loading checked them against the catalogue.
#[derive(Clone, Debug)]
pub struct Purposes {
    /// By code, in the order of versions, each with its hash: every pull compares it.
    purposes: BTreeMap<String, Vec<(Purpose, String)>>,
}

impl Purposes {
    /// The purposes that ship with the program.
    pub fn embedded(catalogue: &Catalogue) -> Result<Self> {
        Self::load(embedded::PURPOSES, catalogue)
    }

    /// Reads files, (name, text), and checks all of it: anything that does not hold together refuses all purposes with
    /// `exchange.policy_file` or `exchange.policy_entry`.
    pub fn load<F: AsRef<str>, T: AsRef<str>>(files: &[(F, T)], catalogue: &Catalogue) -> Result<Self> {
        let mut purposes: BTreeMap<String, Vec<Purpose>> = BTreeMap::new();
        let mut places = BTreeMap::new();
        for (file, text) in files {
            let (file, text) = (file.as_ref(), text.as_ref());
            let read: PurposeFile = toml::from_str(text)
                .map_err(|e| Fault::new(&faults::POLICY_FILE).with("file", file).with("detail", e))?;
            for purpose in read.purpose {
                check(file, &purpose, catalogue)?;
                places.entry(purpose.code.clone()).or_insert_with(|| file.to_owned());
                purposes.entry(purpose.code.clone()).or_default().push(purpose);
            }
        }
        for (code, versions) in &mut purposes {
            versions.sort_by_key(|p| p.version);
            let ends_before = |a: &Purpose, b: &Purpose| {
                a.version < b.version && a.effective_to.is_some_and(|to| to < b.effective_from)
            };
            if !versions.windows(2).all(|pair| matches!(pair, [a, b] if ends_before(a, b))) {
                let en = "versions must follow one another, each ended before the next";
                let file = places.get(code).map_or("", String::as_str);
                return Err(wrong(file, code, "各版本应依次生效，前一版本须先终止", en));
            }
        }
        let hashed = |p: Purpose| p.hash().map(|hash| (p, hash));
        let hashed =
            |(code, all): (String, Vec<Purpose>)| Ok((code, all.into_iter().map(hashed).collect::<Result<_>>()?));
        Ok(Self { purposes: purposes.into_iter().map(hashed).collect::<Result<_>>()? })
    }

    /// The version under which a consent may be made on a day.
    #[must_use]
    pub fn get(&self, code: &str, on: Date) -> Option<&Purpose> {
        self.purposes.get(code)?.iter().map(|(p, _)| p).find(|p| p.applies(on))
    }

    /// One version.
    #[must_use]
    pub fn version(&self, code: &str, version: u32) -> Option<&Purpose> {
        self.purposes.get(code)?.iter().map(|(p, _)| p).find(|p| p.version == version)
    }

    /// The version that a consent names; none if it is not known or reads otherwise than what was signed.
    #[must_use]
    pub fn resolve(&self, reference: &PurposeRef) -> Option<&Purpose> {
        let (found, hash) = self.purposes.get(&reference.code)?.iter().find(|(p, _)| p.version == reference.version)?;
        (*hash == reference.hash).then_some(found)
    }

    /// Every version of every purpose, by code and version.
    pub fn iter(&self) -> impl Iterator<Item = &Purpose> {
        self.purposes.values().flatten().map(|(p, _)| p)
    }
}

fn check(file: &str, p: &Purpose, catalogue: &Catalogue) -> Result<()> {
    let refuse = |zh: &str, en: &str| Err(wrong(file, &p.code, zh, en));
    if !is_name(&p.code) || p.version == 0 {
        return refuse("代码或版本号无效", "the code or version is not valid");
    }
    let fits = |text: &str| !text.trim().is_empty() && text.chars().count() <= MAX_TEXT;
    if ![&p.zh, &p.en, &p.text_zh, &p.text_en].into_iter().all(|t| fits(t)) {
        return refuse("缺少名称或说明，或文字过长", "a name or text is missing or too long");
    }
    if p.effective_to.is_some_and(|to| to < p.effective_from) {
        return refuse("有效期颠倒", "it ends before it begins");
    }
    let unique: BTreeSet<_> = p.recipients.iter().collect();
    if unique.is_empty() || unique.len() != p.recipients.len() {
        return refuse("接收方为空或重复", "recipients are missing or there twice");
    }
    let within = (1..=MAX_DAYS).contains(&p.max_days)
        && (1..=MAX_LOOKBACK).contains(&p.max_lookback_months)
        && (1..=MAX_DAYS).contains(&p.max_retention_days)
        && (1..=MAX_COUNT).contains(&p.max_frequency.count)
        && (1..=MAX_WINDOW).contains(&p.max_frequency.days)
        && p.stale_days <= MAX_STALE;
    if !within {
        return refuse("期限、回溯、保存、频次或陈旧天数超出范围", "a cap is zero or out of range");
    }
    let resources: BTreeSet<_> = p.allowed.iter().map(|a| &a.resource).collect();
    if resources.is_empty() || resources.len() != p.allowed.len() {
        return refuse("没有数据资源，或资源重复", "no resource, or one is there twice");
    }
    let mut personal = false;
    for allowed in &p.allowed {
        personal |= fields(file, p, allowed, catalogue)?;
    }
    if personal != p.personal {
        let en = "`personal` must say whether it names a natural person's fields";
        return refuse("personal 与所列字段是否含个人信息不符", en);
    }
    Ok(())
}

/// Whether any of the fields is a natural person's.
fn fields(file: &str, p: &Purpose, allowed: &Allowed, catalogue: &Catalogue) -> Result<bool> {
    let entry = format!("{} {}", p.code, allowed.resource);
    let refuse = |zh: &str, en: &str| Err(wrong(file, &entry, zh, en));
    // The version of the day the purpose began, or the first if the resource is younger.
    let known = catalogue.get(&allowed.resource, p.effective_from);
    let Some(resource) = known.or_else(|| catalogue.iter().find(|r| r.code == allowed.resource)) else {
        return refuse("目录中没有这个数据资源", "the catalogue has no such resource");
    };
    if resource.release == Release::VerifyOnly && p.mode == Mode::Values {
        return refuse("该资源只供核验，不能提供数据", "the resource may be verified only");
    }
    let reaches = |months: u16| resource.period.is_some() && (1..=p.max_lookback_months).contains(&months);
    if allowed.months.is_some_and(|months| !reaches(months)) {
        let en = "months is beyond the purpose's look-back, or the resource is a state, which has none";
        return refuse("months 超出用途的回溯上限，或该资源是状态、没有回溯", en);
    }
    let unique: BTreeSet<_> = allowed.fields.iter().collect();
    if unique.is_empty() || unique.len() != allowed.fields.len() {
        return refuse("没有字段，或字段重复", "no field, or one is there twice");
    }
    let mut personal = false;
    for name in &allowed.fields {
        let Some(field) = resource.field(name) else {
            return Err(wrong(file, &format!("{entry}.{name}"), "资源没有这个字段", "the resource has no such field"));
        };
        personal |= field.sensitivity == Sensitivity::Personal;
    }
    Ok(personal)
}
