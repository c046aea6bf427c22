//! What a change of one field can bring at most, seen without trying it: most of what stands in the way does not read the
//! field. A search may end where nothing better can come.

use super::evaluate::{Block, Evaluation, Outcome, Prepared};
use super::flips::Effect;
use super::frame::touched;

/// Where the line stands after the fields of a frame, behind score, probability of default and grade.
const LINE: usize = 3;

impl<'r> Prepared<'r> {
    /// The strongest effect that any value of a field may have on this evaluation. Never weaker than what a trial shows.
    pub(super) fn promise(&self, before: &Evaluation<'r>, field: usize) -> Effect {
        let mut changed = vec![field];
        changed.extend(self.rules.derived.of(field));
        // Another stage brings another card, which reads other fields and gives other grades.
        let card = !self.reads_stage(&changed);
        let scored = !card || before.card.parts.iter().any(|p| changed.contains(&p.field));
        let stands = |block: &Block| self.stands(*block, &changed, card);
        let better = match before.outcome {
            Outcome::Automatic => false,
            Outcome::Branch | Outcome::HeadOffice => self.levels_read(&changed, scored),
            // Whatever else goes, one referral refers and one refusal refuses.
            Outcome::Refer => !before.blocks.iter().any(stands),
            Outcome::Refuse => !before.blocks.iter().any(|b| self.refuses(*b) && stands(b)),
        };
        if better {
            return Effect::Outcome;
        }
        if !before.blocks.iter().all(stands) {
            return Effect::Obstacle;
        }
        if scored { Effect::Score } else { Effect::Terms }
    }

    /// Whether any authority looks at what moves with these fields, `scored`: and with the score.
    fn levels_read(&self, changed: &[usize], scored: bool) -> bool {
        let (layout, fields) = (self.layout, self.rules.fields.len());
        let moves = |at: &usize| match at.checked_sub(fields) {
            None => changed.contains(at),
            Some(LINE) => {
                let mut caps = layout.caps.iter();
                changed.contains(&layout.amount)
                    || caps.any(|r| touched(r, changed) || scored && r.iter().any(|at| *at >= fields))
            }
            Some(_) => scored,
        };
        self.product.levels.iter().any(|l| l.reads.iter().any(moves))
    }

    /// Whether a block surely stays when only these fields change.
    fn stands(&self, block: Block, changed: &[usize], card: bool) -> bool {
        let (layout, fields) = (self.layout, self.rules.fields.len());
        match block {
            Block::Gate(i) | Block::Broken(i) => self.gates.ready.get(i).is_some_and(|g| !touched(&g.reads, changed)),
            Block::GatesEnd => true,
            Block::Bound(_) => !touched(&[layout.amount, layout.months, layout.purpose], changed),
            Block::Missing(field) => card && !changed.contains(&field),
            Block::Cap(i) | Block::Line(i) => {
                // What reads the score may move with it.
                layout.caps.get(i).is_some_and(|r| !touched(r, changed) && r.iter().all(|f| *f < fields))
            }
            Block::Grade(_) | Block::Authority => false,
        }
    }
}
