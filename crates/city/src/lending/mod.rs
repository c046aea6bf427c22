//! What firms owe to whom: accounts, credit lines and notes over two years.
//!
//! Each firm is drawn by itself, its whole life long; the three dates are then read off it. So a note that is alive on
//! two dates is the same note, a renewal follows what it renews, and nothing drawn in the year is forgotten.

mod excluded;
mod life;
mod lines;
mod note;
mod presence;
mod relation;
mod terms;

use rayon::prelude::*;

pub(crate) use lines::{limits, used};
pub(crate) use note::{Guarantee, Kind, MITIGANTS, Note};
pub(crate) use presence::{Plan, plan};
pub(crate) use relation::Book;
pub(crate) use terms::tidy;

use crate::World;
use crate::firms::Firm;
use crate::institutions::Institution;

/// Everything that firms owe, one book a firm, in the firms' order.
pub(crate) fn make(world: &World<'_>, firms: &[Firm], plans: &[Plan], institutions: &[Institution]) -> Vec<Book> {
    let market = relation::Market::new(institutions);
    firms.par_iter().zip(plans).map(|(firm, plan)| life::book(world, firm, plan, &market)).collect()
}
