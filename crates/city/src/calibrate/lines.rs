//! The sum of credit lines: headroom is scaled; what is drawn stands.

use huoshui_kernel::fault::Result;

use super::{City, ratio, unreachable};
use crate::calendar::{SNAPS, Snap};
use crate::dice::{float_i, whole};
use crate::firms::Group;
use crate::lending::{limits, tidy};

/// Scales the headroom of the list's firms so that committed lines in force come to the target.
pub(super) fn run(city: &mut City<'_>) -> Result<()> {
    const CODE: &str = "srdi_credit_line";
    let Some(want) = city.target(CODE).map(i128::from) else { return Ok(()) };
    let now = city.world.dates.now;
    // Rounding moves the sum a little: a second pass takes it up.
    for _ in 0..3 {
        let (mut total, mut free) = (0i128, 0i128);
        for (_, book) in city.firms.iter().zip(city.books.iter()).filter(|(f, _)| f.listed.now) {
            for (place, relation) in book.relations.iter().enumerate() {
                for (index, line) in relation.lines.iter().enumerate().filter(|(_, l)| l.in_force(Snap::Now, now)) {
                    total += i128::from(limits(city.world, book, place, index).now);
                    free += i128::from(line.headroom.now);
                }
            }
        }
        let fixed = total - free;
        if want <= fixed || free == 0 {
            return Err(unreachable(
                CODE,
                "what is drawn under lines is more than the target, or no line has headroom",
            ));
        }
        let factor = ratio(want - fixed, free);
        let listed = city.firms.iter().zip(city.books.iter_mut()).filter(|(f, _)| f.group == Group::Listed);
        for line in listed.flat_map(|(_, book)| &mut book.relations).flat_map(|r| &mut r.lines) {
            for snap in SNAPS {
                let headroom = line.headroom.at_mut(snap);
                *headroom = tidy(whole(float_i(*headroom) * factor));
            }
        }
    }
    Ok(())
}
