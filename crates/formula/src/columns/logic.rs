//! Three-valued logic and the operations that choose: whatever they do not choose, its errors do not count.

use huoshui_kernel::fault::Result;

use super::bits;
use super::eval::{Context, Lane, Slot, lane};
use super::plan::Id;
use crate::value::Type;

/// A side's errors count only in rows where no earlier side was FALSE.
pub(super) fn and(cx: &Context<'_>, sides: &[Id], out: &mut Slot) -> Result<()> {
    bits::fill_ones(&mut out.yes, cx.rows);
    bits::fill_zeros(&mut out.no, cx.rows);
    for id in sides {
        let side = cx.slot(*id)?;
        if let Some(errors) = side.errors.get() {
            let open: Vec<u64> = out.no.iter().map(|no| !no).collect();
            out.errors.unite_within(Some(errors), &open);
        }
        bits::and(&mut out.yes, &side.yes);
        bits::or(&mut out.no, &side.no);
    }
    Ok(())
}

/// A side's errors count only in rows where no earlier side was TRUE.
pub(super) fn or(cx: &Context<'_>, sides: &[Id], out: &mut Slot) -> Result<()> {
    bits::fill_zeros(&mut out.yes, cx.rows);
    bits::fill_ones(&mut out.no, cx.rows);
    for id in sides {
        let side = cx.slot(*id)?;
        if let Some(errors) = side.errors.get() {
            let open: Vec<u64> = out.yes.iter().map(|yes| !yes).collect();
            out.errors.unite_within(Some(errors), &open);
        }
        bits::or(&mut out.yes, &side.yes);
        bits::and(&mut out.no, &side.no);
    }
    Ok(())
}

pub(super) fn not(cx: &Context<'_>, arg: Id, out: &mut Slot) -> Result<()> {
    let arg = cx.slot(arg)?;
    out.yes.clone_from(&arg.no);
    out.no.clone_from(&arg.yes);
    out.errors.unite(arg.errors.get());
    Ok(())
}

pub(super) fn is_null(cx: &Context<'_>, arg: Id, out: &mut Slot) -> Result<()> {
    let mut spare = Vec::new();
    match cx.known(arg, &mut spare)? {
        Some(known) => {
            bits::fill_ones(&mut out.yes, cx.rows);
            bits::and_not(&mut out.yes, known);
            out.no.clear();
            out.no.extend_from_slice(known);
        }
        None => {
            bits::fill_zeros(&mut out.yes, cx.rows);
            bits::fill_ones(&mut out.no, cx.rows);
        }
    }
    out.errors.unite(cx.slot(arg)?.errors.get());
    Ok(())
}

/// Copies the chosen rows of one node into the result, and their validity.
struct Chooser<'a, 'b> {
    cx: &'a Context<'b>,
    lane: Lane,
    /// Rows that are chosen and not NULL.
    valid: Vec<u64>,
}

fn blend<T: Copy>(out: &mut [T], from: &[T], chosen: &[u64]) {
    let blocks = out.chunks_mut(64).zip(from.chunks(64)).zip(chosen);
    for ((to, from), word) in blocks {
        if *word == u64::MAX {
            to.copy_from_slice(from);
        } else if *word != 0 {
            for ((bit, to), from) in to.iter_mut().enumerate().zip(from) {
                if word >> bit & 1 == 1 {
                    *to = *from;
                }
            }
        }
    }
}

impl<'a, 'b> Chooser<'a, 'b> {
    fn new(cx: &'a Context<'b>, ty: Type, out: &mut Slot) -> Self {
        let mut valid = Vec::new();
        bits::fill_zeros(&mut valid, cx.rows);
        match lane(ty) {
            Lane::Nums => out.nums.resize(bits::CHUNK, 0),
            Lane::Dates => out.dates.resize(bits::CHUNK, 0),
            Lane::Codes => {
                // What was left of another chunk could be a code; NULL rows must not look like one of another pool.
                out.codes.clear();
                out.codes.resize(bits::CHUNK, 0);
            }
            Lane::Bits => {
                bits::fill_zeros(&mut out.yes, cx.rows);
                bits::fill_zeros(&mut out.no, cx.rows);
            }
        }
        Self { cx, lane: lane(ty), valid }
    }

    fn choose(&mut self, id: Id, chosen: &[u64], out: &mut Slot) -> Result<()> {
        if chosen.iter().all(|word| *word == 0) {
            return Ok(());
        }
        let from = self.cx.slot(id)?;
        match self.lane {
            Lane::Nums => blend(&mut out.nums, self.cx.nums(id)?, chosen),
            Lane::Dates => blend(&mut out.dates, self.cx.dates(id)?, chosen),
            Lane::Codes => blend(&mut out.codes, self.cx.codes(id)?, chosen),
            Lane::Bits => {
                for (to, from) in [(&mut out.yes, &from.yes), (&mut out.no, &from.no)] {
                    for ((to, from), chosen) in to.iter_mut().zip(from).zip(chosen) {
                        *to |= from & chosen;
                    }
                }
                return Ok(());
            }
        }
        match from.valid.get() {
            Some(valid) => {
                for ((to, v), c) in self.valid.iter_mut().zip(valid).zip(chosen) {
                    *to |= v & c;
                }
            }
            None => bits::or(&mut self.valid, chosen),
        }
        Ok(())
    }

    fn finish(self, out: &mut Slot) {
        if self.lane != Lane::Bits && bits::count(&self.valid) < self.cx.rows {
            *out.valid.make() = self.valid;
        }
    }
}

/// Only the chosen branch counts, and conditions after the first TRUE one do not.
pub(super) fn case(cx: &Context<'_>, whens: &[(Id, Id)], otherwise: Id, ty: Type, out: &mut Slot) -> Result<()> {
    let mut chooser = Chooser::new(cx, ty, out);
    let mut open = Vec::new();
    bits::fill_ones(&mut open, cx.rows);
    for (condition, value) in whens {
        let condition = cx.slot(*condition)?;
        out.errors.unite_within(condition.errors.get(), &open);
        let chosen: Vec<u64> = open.iter().zip(&condition.yes).map(|(o, y)| o & y).collect();
        out.errors.unite_within(cx.slot(*value)?.errors.get(), &chosen);
        chooser.choose(*value, &chosen, out)?;
        bits::and_not(&mut open, &chosen);
    }
    out.errors.unite_within(cx.slot(otherwise)?.errors.get(), &open);
    chooser.choose(otherwise, &open, out)?;
    chooser.finish(out);
    Ok(())
}

/// Operands after the first that is not NULL do not count.
pub(super) fn coalesce(cx: &Context<'_>, args: &[Id], ty: Type, out: &mut Slot) -> Result<()> {
    let mut chooser = Chooser::new(cx, ty, out);
    let mut open = Vec::new();
    let mut spare = Vec::new();
    bits::fill_ones(&mut open, cx.rows);
    for arg in args {
        out.errors.unite_within(cx.slot(*arg)?.errors.get(), &open);
        let chosen: Vec<u64> = match cx.known(*arg, &mut spare)? {
            Some(known) => open.iter().zip(known).map(|(o, k)| o & k).collect(),
            None => open.clone(),
        };
        chooser.choose(*arg, &chosen, out)?;
        bits::and_not(&mut open, &chosen);
    }
    chooser.finish(out);
    Ok(())
}

/// The first, but NULL where both are there and equal.
pub(super) fn null_if(cx: &Context<'_>, a: Id, b: Id, ty: Type, out: &mut Slot) -> Result<()> {
    let mut equal = Vec::new();
    match lane(ty) {
        Lane::Nums => bits::test2(cx.nums(a)?, cx.nums(b)?, &mut equal, |x, y| x == y),
        Lane::Dates => bits::test2(cx.dates(a)?, cx.dates(b)?, &mut equal, |x, y| x == y),
        Lane::Codes => bits::test2(cx.codes(a)?, cx.codes(b)?, &mut equal, |x, y| x == y),
        Lane::Bits => {
            let (a, b) = (cx.slot(a)?, cx.slot(b)?);
            out.yes.clear();
            out.yes.extend(a.yes.iter().zip(&b.yes).map(|(x, y)| x & !y));
            out.no.clear();
            out.no.extend(a.no.iter().zip(&b.no).map(|(x, y)| x & !y));
            out.errors.unite(a.errors.get());
            out.errors.unite(b.errors.get());
            return Ok(());
        }
    }
    let (mut spare, mut keep) = (Vec::new(), Vec::new());
    if let Some(known) = cx.known(b, &mut spare)? {
        bits::and(&mut equal, known);
    }
    bits::fill_ones(&mut keep, cx.rows);
    bits::and_not(&mut keep, &equal);
    let mut chooser = Chooser::new(cx, ty, out);
    chooser.choose(a, &keep, out)?;
    chooser.finish(out);
    out.errors.unite(cx.slot(a)?.errors.get());
    out.errors.unite(cx.slot(b)?.errors.get());
    Ok(())
}
