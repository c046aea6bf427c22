//! What keeps a list out: rows that contradict one another, the list before, or the register of enterprises.

use std::borrow::Cow;
use std::collections::HashMap;

use huoshui_kernel::{Date, Fault, Uscc};

use super::{Entry, List, RosterRow};
use crate::enterprise::Enterprises;
use crate::faults;
use crate::refusal::{Refusal, row_number};

/// Names are one when only their brackets' width or their blanks differ: lists are typed by many hands.
pub(super) fn fold_name(name: &str) -> Cow<'_, str> {
    if name.contains(['（', '）', '\u{3000}', ' ']) {
        let wide = |c| match c {
            '（' => '(',
            '）' => ')',
            other => other,
        };
        Cow::Owned(name.chars().filter(|c| !c.is_whitespace()).map(wide).collect())
    } else {
        Cow::Borrowed(name)
    }
}

/// Conflicts among the rows of one list, sorted by USCC, tier and row.
pub(super) fn within(sorted: &[(u64, Entry)], refusal: &mut Refusal) {
    for firm in sorted.chunk_by(|(_, a), (_, b)| a.uscc == b.uscc) {
        for same_tier in firm.chunk_by(|(_, a), (_, b)| a.tier == b.tier) {
            twice(same_tier, refusal);
        }
        one_firm(firm, refusal);
    }
    let mut by_row: Vec<&(u64, Entry)> = sorted.iter().collect();
    by_row.sort_by_key(|(row, _)| *row);
    let mut certificates: HashMap<&str, Uscc> = HashMap::with_capacity(sorted.len());
    let mut names: HashMap<Cow<'_, str>, Uscc> = HashMap::with_capacity(sorted.len());
    for (row, entry) in by_row {
        let holder = *certificates.entry(&entry.certificate_no).or_insert(entry.uscc);
        if holder != entry.uscc {
            refusal.push(shared(entry, holder, *row));
        }
        let owner = *names.entry(fold_name(&entry.name)).or_insert(entry.uscc);
        if owner != entry.uscc {
            refusal.push(misnamed(&entry.name, entry.uscc, owner, *row));
        }
    }
}

/// Rows with one key: a plain repeat, or two certificates.
fn twice(rows: &[(u64, Entry)], refusal: &mut Refusal) {
    let Some(((first_row, first), rest)) = rows.split_first() else { return };
    for (row, entry) in rest {
        let fault = if entry.certificate_no == first.certificate_no {
            let key = format!("{} {}", entry.uscc, entry.tier.code());
            Fault::new(&faults::DUPLICATE).with("key", key).with("first", first_row).field("uscc")
        } else {
            Fault::new(&faults::TWO_CERTIFICATES)
                .with("name", &entry.name)
                .with("first_certificate", &first.certificate_no)
                .with("first", first_row)
                .with("certificate", &entry.certificate_no)
                .field("certificate_no")
        };
        refusal.push(fault.row(*row));
    }
}

/// Rows of one firm: one name, one district.
fn one_firm(rows: &[(u64, Entry)], refusal: &mut Refusal) {
    // The tiers' order is not the file's: the row that came first sets what the others are held against.
    let Some((first_row, first)) = rows.iter().min_by_key(|(row, _)| *row) else { return };
    let fault = |field: &'static str, other: &str, entry: &Entry, value: &str| {
        Fault::new(&faults::FIRM_INCONSISTENT)
            .with("uscc", entry.uscc)
            .with("first", first_row)
            .with("other", other)
            .with("value", value)
            .field(field)
    };
    for (row, entry) in rows {
        if fold_name(&entry.name) != fold_name(&first.name) {
            refusal.push(fault("name", &first.name, entry, &entry.name).row(*row));
        }
        if entry.district != first.district {
            refusal.push(fault("district", first.district.as_str(), entry, entry.district.as_str()).row(*row));
        }
    }
}

/// Conflicts with the list before (none for the first) and with the register of enterprises on the list's day: a
/// certificate that another firm held, a name that is another firm's. A firm that the new list has under a new name has
/// given its old one up, and a name that the register gives to the row's own firm is its own.
pub(super) fn with_library(
    rows: &[RosterRow],
    list: &List,
    base: Option<&List>,
    enterprises: &Enterprises,
    date: Date,
    refusal: &mut Refusal,
) {
    let listed = |uscc: Uscc| list.entries().binary_search_by_key(&uscc, |e| e.uscc).is_ok();
    let before = base.map_or(&[][..], List::entries);
    let certificates: HashMap<&str, Uscc> = before.iter().map(|e| (&*e.certificate_no, e.uscc)).collect();
    // Only names on the list are asked for: the register may be a hundred times longer.
    let mut names: HashMap<Cow<'_, str>, Vec<Uscc>> =
        list.entries().iter().map(|e| (fold_name(&e.name), Vec::new())).collect();
    let mut bears = |name: &str, uscc| {
        if let Some(owners) = names.get_mut(fold_name(name).as_ref()) {
            owners.push(uscc);
        }
    };
    before.iter().filter(|e| !listed(e.uscc)).for_each(|e| bears(&e.name, e.uscc));
    enterprises.all_as_of(date).for_each(|firm| bears(&firm.name, firm.uscc));
    for (i, row) in rows.iter().enumerate() {
        let Some(entry) = list.entry(row.uscc, row.tier) else { continue };
        if let Some(holder) = certificates.get(row.certificate_no.trim()).filter(|holder| **holder != row.uscc) {
            refusal.push(shared(entry, *holder, row_number(i)));
        }
        let owners = names.get(&fold_name(row.name.trim())).map_or(&[][..], Vec::as_slice);
        if let Some(owner) = owners.iter().find(|_| !owners.contains(&row.uscc)) {
            refusal.push(misnamed(row.name.trim(), row.uscc, *owner, row_number(i)));
        }
    }
}

fn shared(entry: &Entry, holder: Uscc, row: u64) -> Fault {
    Fault::new(&faults::CERTIFICATE_SHARED)
        .with("certificate", &entry.certificate_no)
        .with("other", holder)
        .field("certificate_no")
        .row(row)
}

fn misnamed(name: &str, uscc: Uscc, owner: Uscc, row: u64) -> Fault {
    let fault = Fault::new(&faults::NAME_OF_ANOTHER).with("name", name).with("other", owner).with("uscc", uscc);
    fault.field("name").row(row)
}
