//! What a product reads of departments and of the bank: what a consent for it must cover, and nothing beyond.

use std::collections::{BTreeMap, BTreeSet};

use huoshui_kernel::Date;
use huoshui_kernel::fault::Result;

use crate::gates::Ready;
use crate::relations::Relation;
use crate::rules::Rules;

/// What is read of one relation.
#[derive(Clone, Debug)]
pub struct Need<'r> {
    /// The relation.
    pub relation: &'r Relation,
    /// Its columns that are read, without `uscc`.
    pub columns: BTreeSet<&'r str>,
    /// The windows that features want covered, in months; 0 for those that count whatever is kept, however old.
    pub windows: BTreeSet<u16>,
}

impl Need<'_> {
    /// The first day from which rows must be let through on a day, where the department's data are of `known_to`; none where
    /// no range of dates cuts them off. The rule by which features are missing is the same one.
    #[must_use]
    pub fn first(&self, today: Date, known_to: Date) -> Option<Date> {
        self.windows.iter().filter_map(|window| self.relation.reach(today, known_to, *window)).min()
    }
}

impl Rules {
    /// What a product's gates, stages, cards, caps, prices and authorities read, by relation.
    ///
    /// # Errors
    /// `credit.unknown_policy`.
    pub fn needs(&self, product: &str) -> Result<Vec<Need<'_>>> {
        let product = self.product(product)?;
        let mut fields: BTreeSet<usize> = BTreeSet::new();
        let mut read = |ready: &[Ready]| fields.extend(ready.iter().flat_map(|r| r.reads.iter().copied()));
        read(&self.gate_list(&product.entry.gates)?.ready);
        read(&product.levels);
        for (step, _) in &product.steps {
            read(std::slice::from_ref(step));
        }
        let mut cards: Vec<&String> = product.entry.card.iter().collect();
        if let Some(by) = &product.entry.by_stage {
            read(&self.stage_rule(&by.rule)?.ready);
            cards.extend(by.cards.values().chain(std::iter::once(&by.unknown)));
        }
        fields.extend(product.caps.iter().flat_map(|(expr, _)| expr.columns()));
        for card in cards {
            fields.extend(self.card(card)?.parts.iter().map(|p| p.field));
        }
        let mut needs: BTreeMap<usize, Need<'_>> = BTreeMap::new();
        for at in fields {
            // The application's own fields come after the features.
            let Some(feature) = self.features.get(at) else { continue };
            let firsts = feature.second.as_ref().map_or_else(|| vec![at], |(reads, _)| reads.clone());
            for first in firsts.iter().filter_map(|i| self.features.get(*i)) {
                let Some((place, relation)) = first.relation.and_then(|i| Some((i, self.relations.get(i)?))) else {
                    continue;
                };
                let empty = || Need { relation, columns: BTreeSet::new(), windows: BTreeSet::new() };
                let need = needs.entry(place).or_insert_with(empty);
                need.columns.extend(first.reads.iter().map(String::as_str));
                need.windows.insert(first.feature.window);
            }
        }
        Ok(needs.into_values().collect())
    }
}
