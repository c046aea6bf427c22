//! Products of the banks' own: who may draft one, see it, decide with it. One without a bank is a template for all.

use huoshui_credit::policy;
use huoshui_credit::product::{self, Product};
use huoshui_credit::rules::Rules;
use huoshui_kernel::fault::{Fault, Result};
use huoshui_kernel::{Date, Lang};
use serde::Serialize;

use super::drafts::Text;
use super::{Credit, faults, institution};
use crate::exchange::actor::{Actor, Party};
use crate::policies::{Kind, Set};

/// A product in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Offer {
    /// What its file says.
    pub product: Product,
    /// SHA-256 of its canonical form, as decisions name it.
    pub hash: String,
}

impl Credit {
    /// A bank drafts its own products, in files named after it; nobody else touches them.
    pub(super) fn may_draft(&self, owner: Option<&str>, file: &Text) -> Result<()> {
        let refused = || {
            let (zh, en) = match owner {
                Some(own) => (
                    format!(
                        "本机构只起草自己的产品：institution = \"{own}\"，文件名以 {}_ 开头，只含 [[product]] 及其自己的 [[gates]]、[[stages]]、[[scorecard]]",
                        prefix(own)
                    ),
                    format!(
                        "a bank drafts its own products: institution = \"{own}\", a file name that begins with {}_, and only [[product]] in it, with [[gates]], [[stages]] and [[scorecard]] of its own",
                        prefix(own)
                    ),
                ),
                None => (
                    "银行自己的产品由该银行起草".to_owned(),
                    "a bank's own products are drafted by that bank".to_owned(),
                ),
            };
            Fault::new(&faults::DRAFT_OWNER)
                .with("file", &file.file)
                .with("hint_zh", zh)
                .with("hint_en", en)
                .field("file")
        };
        let set = Set::load(&self.exchange.workspace, None)?;
        let mut texts = vec![file.text.as_str()];
        texts.extend(set.get(file.kind, &file.file).map(|entry| &*entry.text));
        for text in texts {
            let own = product::owner(&file.file, text)?;
            // A bank's own gates and cards stand with its products.
            let own = if file.kind == Kind::Products { own } else { own.map(|_| String::new()) };
            if own.as_deref() != owner {
                return Err(refused());
            }
        }
        let Some(own) = owner else { return Ok(()) };
        if !file.file.starts_with(&format!("{}_", prefix(own))) {
            return Err(refused());
        }
        if file.cases.is_none() {
            return Err(Fault::new(&faults::DRAFT_CASES).with("file", &file.file).with("case", "cases").field("cases"));
        }
        Ok(())
    }

    /// The products in force on a day that the actor may use, by code: the templates, and a bank's own.
    ///
    /// # Errors
    /// Those of the policies and of the store.
    pub fn products(&self, actor: &Actor, date: Date) -> Result<Vec<Offer>> {
        let own = owner_of(actor)?;
        let rules = self.book.on(date)?.rules;
        let open = |p: &&Product| p.institution.is_none() || p.institution == own;
        let offer = |p: &Product| Ok(Offer { product: p.clone(), hash: policy::reference(p)?.hash });
        let mut all = rules.products().filter(open).map(offer).collect::<Result<Vec<_>>>()?;
        all.sort_by(|a, b| a.product.code.cmp(&b.product.code));
        Ok(all)
    }
}

/// Whose drafts the actor handles: its bank's, or the platform's.
pub(super) fn owner_of(actor: &Actor) -> Result<Option<String>> {
    match &actor.party {
        Party::Operator => Ok(None),
        _ => institution(actor).map(|own| Some(own.to_owned())),
    }
}

/// What the names of a bank's files begin with.
fn prefix(institution: &str) -> String {
    institution.to_lowercase()
}

/// That a product may be used by this bank; by the platform, that it is nobody's own.
///
/// # Errors
/// `credit.no_product`, also for another bank's; `credit.product_suspended` for one of the bank's own that does not fit the
/// policies in force.
pub(super) fn offered(rules: &Rules, institution: Option<&str>, product: &str) -> Result<()> {
    let open = |p: &&Product| p.institution.is_none() || p.institution.as_deref() == institution;
    if rules.products().filter(open).any(|p| p.code == product) {
        return Ok(());
    }
    let own = |code: &str| code.split_once('.').is_some_and(|(bank, _)| Some(bank) == institution);
    if let Some(rests) = rules.suspended().iter().find(|s| s.code == product && own(&s.code)) {
        let why = |lang| rests.why.message(lang);
        let fault = Fault::new(&faults::SUSPENDED).with("product", product);
        return Err(fault.with("zh", why(Lang::Zh)).with("en", why(Lang::En)).field("request.product"));
    }
    let known: Vec<&str> = rules.products().filter(open).map(|p| p.code.as_str()).collect();
    let fault = Fault::new(&faults::NO_PRODUCT).with("product", product);
    Err(fault.with("known", known.join(", ")).field("request.product"))
}
