//! Closed sets of codes: lookup by code or Chinese name, and sets of codes in the set's order.

use huoshui_kernel::shape::CodeName;

use super::{Parsed, trim};
use crate::faults;

const SLOTS: usize = 256;
const FREE: u16 = u16::MAX;

/// A small open-addressed table over both names of every code, built once a file.
#[derive(Clone, Debug)]
pub(crate) struct Codes {
    set: &'static [CodeName],
    slots: Box<[u16; SLOTS]>,
}

impl Codes {
    /// Sets of more than 64 codes fall back to a plain search.
    pub(crate) fn new(set: &'static [CodeName]) -> Self {
        let mut slots = Box::new([FREE; SLOTS]);
        if set.len() <= 64 {
            for (i, name) in set.iter().enumerate() {
                for key in [name.code, name.zh] {
                    let mut at = hash(key);
                    for _ in 0..SLOTS {
                        match slots.get_mut(usize::from(at)) {
                            Some(slot) if *slot == FREE => {
                                *slot = u16::try_from(i).unwrap_or(FREE);
                                break;
                            }
                            _ => at = at.wrapping_add(1),
                        }
                    }
                }
            }
        }
        Self { set, slots }
    }

    /// The codes in their order.
    pub(crate) fn set(&self) -> &'static [CodeName] {
        self.set
    }

    /// The position of the code so written.
    pub(crate) fn find(&self, cell: &str) -> Option<usize> {
        if self.set.len() > 64 {
            return self.set.iter().position(|n| n.code == cell || n.zh == cell);
        }
        let mut at = hash(cell);
        // At most 128 of 256 slots are taken, so a free one always ends the search.
        loop {
            let slot = self.slots.get(usize::from(at)).copied().unwrap_or(FREE);
            let name = self.set.get(usize::from(slot))?;
            if name.code == cell || name.zh == cell {
                return Some(usize::from(slot));
            }
            at = at.wrapping_add(1);
        }
    }

    /// Reads codes joined with `+` and writes them to `out` in the set's order.
    pub(crate) fn read_set(&self, cell: &str, out: &mut String) -> Parsed<()> {
        let mut chosen: u128 = 0;
        for part in cell.split(['+', '＋', '、']) {
            let bit = match self.find(trim(part)) {
                Some(i) if i < 128 => 1_u128 << i,
                _ => return Err(&faults::BAD_CODE),
            };
            if chosen & bit != 0 {
                return Err(&faults::REPEATED_CODE);
            }
            chosen |= bit;
        }
        out.clear();
        for (i, name) in self.set.iter().enumerate().take(128) {
            if chosen & (1 << i) != 0 {
                if !out.is_empty() {
                    out.push('+');
                }
                out.push_str(name.code);
            }
        }
        Ok(())
    }
}

/// Mixes the first and last eight bytes and the length: the names of one set differ there.
fn hash(key: &str) -> u8 {
    let bytes = key.as_bytes();
    let mut head = 0_u64;
    for b in bytes.iter().take(8) {
        head = (head << 8) | u64::from(*b);
    }
    let mut tail = bytes.len() as u64;
    for b in bytes.iter().rev().take(8) {
        tail = (tail << 8) ^ u64::from(*b);
    }
    let mixed = (head ^ tail.rotate_left(29)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    u8::try_from(mixed >> 56).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SET: &[CodeName] = &[
        CodeName::new("real_estate", "房地产抵押", "Real estate"),
        CodeName::new("equipment", "设备抵押", "Equipment"),
        CodeName::new("other", "其他", "Other"),
    ];

    #[test]
    fn either_name_is_found_and_no_other() {
        let codes = Codes::new(SET);
        for (i, name) in SET.iter().enumerate() {
            assert_eq!(codes.find(name.code), Some(i));
            assert_eq!(codes.find(name.zh), Some(i));
            assert_eq!(codes.find(name.en), None);
        }
        for cell in ["", "real_estat", "real_estate2", "OTHER", "房地产"] {
            assert_eq!(codes.find(cell), None, "{cell}");
        }
    }

    #[test]
    fn sets_come_out_in_order() {
        let codes = Codes::new(SET);
        let mut out = String::new();
        for (cell, want) in [
            ("other+real_estate", "real_estate+other"),
            ("设备抵押", "equipment"),
            ("其他、设备抵押", "equipment+other"),
        ] {
            assert_eq!(codes.read_set(cell, &mut out), Ok(()));
            assert_eq!(out, want);
        }
        assert_eq!(codes.read_set("other+other", &mut out).map_err(|f| f.code), Err("cell.repeated_code"));
        assert_eq!(codes.read_set("other+", &mut out).map_err(|f| f.code), Err("cell.unknown_code"));
        assert_eq!(codes.read_set("other;equipment", &mut out).map_err(|f| f.code), Err("cell.unknown_code"));
    }
}
