//! Banks' own beside the platform's: what an entry names must be there. What of the platform does not hold stops everything; what
//! of a bank's own does not is set aside, and rests until it does.

use huoshui_kernel::fault::{Fault, Result};

use crate::policy::{self, entry_fault};
use crate::product::ReadyProduct;
use crate::rules::{Policies, Rules};

/// A bank's own product, list of gates, rule of stages or card that cannot be used beside the policies in force.
#[derive(Clone, Debug)]
pub struct Suspended {
    /// Its code, which begins with the bank's.
    pub code: String,
    /// What does not fit.
    pub why: Fault,
}

/// The bank whose own an entry is: codes of theirs are `B0001.…`, and no others have a stop.
pub(crate) fn bank_of(code: &str) -> Option<&str> {
    code.split_once('.').map(|(bank, _)| bank)
}

/// Makes entries ready. A platform's that does not hold stops everything; a bank's own is set aside.
pub(crate) fn each<E: policy::Entry, T>(
    entries: Vec<E>,
    suspended: &mut Vec<Suspended>,
    mut make: impl FnMut(E) -> Result<T>,
) -> Result<Vec<T>> {
    let mut ready = Vec::with_capacity(entries.len());
    for entry in entries {
        let code = entry.code().to_owned();
        match make(entry) {
            Ok(made) => ready.push(made),
            Err(why) if bank_of(&code).is_some() => suspended.push(Suspended { code, why }),
            Err(why) => return Err(why),
        }
    }
    Ok(ready)
}

impl Policies {
    /// Why something of a bank's own would rest on some day.
    #[must_use]
    pub fn suspended(&self, bank: &str) -> Option<Fault> {
        let days = self.beginnings().into_iter().filter_map(|date| self.on(date).ok());
        days.flat_map(|rules| rules.suspended).find(|s| bank_of(&s.code) == Some(bank)).map(|s| s.why)
    }
}

impl Rules {
    /// Everything that an entry names is there. Of banks' own what does not hold is set aside.
    pub(crate) fn linked(&mut self) -> Result<()> {
        for card in std::mem::take(&mut self.cards) {
            let held = self.scale(&card.entry.scale).map(drop);
            if self.held(&card.entry.code, held)? {
                self.cards.push(card);
            }
        }
        for product in std::mem::take(&mut self.products) {
            let held = self.links(&product);
            if self.held(&product.entry.code, held)? {
                self.products.push(product);
            }
        }
        Ok(())
    }

    fn held(&mut self, code: &str, found: Result<()>) -> Result<bool> {
        match found {
            Err(why) if bank_of(code).is_some() => {
                self.suspended.push(Suspended { code: code.to_owned(), why });
                Ok(false)
            }
            found => found.map(|()| true),
        }
    }

    fn links(&self, product: &ReadyProduct) -> Result<()> {
        let entry = &product.entry;
        // A bank's gates and cards are for that bank's products alone.
        let open = |code: &str| bank_of(code).is_none_or(|own| entry.institution.as_deref() == Some(own));
        let mut named = vec![&entry.gates];
        named.extend(&entry.card);
        named.extend(entry.by_stage.iter().flat_map(|by| by.cards.values().chain([&by.rule, &by.unknown])));
        if let Some(strange) = named.into_iter().find(|code| !open(code)) {
            return Err(entry_fault(
                &entry.code,
                format!("{strange} 是另一家银行自己的"),
                format!("{strange} is another bank's own"),
            ));
        }
        self.gate_list(&entry.gates)?;
        let cards: Vec<&String> = match (&entry.card, &entry.by_stage) {
            (Some(card), _) => vec![card],
            (None, Some(by)) => {
                let mut stages: Vec<&str> = self.stage_rule(&by.rule)?.codes().collect();
                let mut named: Vec<&str> = by.cards.keys().map(String::as_str).collect();
                stages.sort_unstable();
                named.sort_unstable();
                if stages != named {
                    return Err(entry_fault(
                        &entry.code,
                        "by_stage 须给每个阶段恰好一张卡",
                        "by_stage must name a card for each stage, and no others",
                    ));
                }
                by.cards.values().chain(std::iter::once(&by.unknown)).collect()
            }
            (None, None) => Vec::new(),
        };
        for card in cards {
            product.fits(&self.scale(&self.card(card)?.entry.scale)?.scale)?;
        }
        Ok(())
    }

    /// What of banks' own cannot be used beside the policies in force, and why.
    #[must_use]
    pub fn suspended(&self) -> &[Suspended] {
        &self.suspended
    }
}
