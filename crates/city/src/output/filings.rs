//! The filings of every lender for every date.

use std::collections::BTreeSet;
use std::path::Path;

use huoshui_kernel::fault::Result;
use huoshui_supervision::filings::{DISBURSEMENTS, NOTES, RELATIONSHIPS};
use rayon::prelude::*;

use super::groups::GroupLimits;
use super::table::{Format, Rows, folder};
use super::{notes, relationships};
use crate::calendar::{SNAPS, Snap, iso};
use crate::firms::Firm;
use crate::institutions::Institution;
use crate::lending::Book;
use crate::{Formats, World};

/// How many filings are made before progress is told.
const AT_ONCE: usize = 24;

/// What each bank files of: its firms, in the order of their codes.
pub(crate) struct Shelf<'a> {
    pub(crate) world: &'a World<'a>,
    pub(crate) firms: &'a [Firm],
    pub(crate) books: &'a [Book],
    pub(crate) institutions: &'a [Institution],
    pub(crate) groups: GroupLimits,
    /// By institution: places of a firm and of its relation.
    places: Vec<Vec<(usize, usize)>>,
}

impl<'a> Shelf<'a> {
    pub(crate) fn new(
        world: &'a World<'a>,
        firms: &'a [Firm],
        books: &'a [Book],
        institutions: &'a [Institution],
        groups: GroupLimits,
    ) -> Self {
        let mut places = vec![Vec::new(); institutions.len()];
        let mut order: Vec<(usize, &Firm)> = firms.iter().enumerate().collect();
        order.sort_by_key(|(_, firm)| firm.uscc);
        for (place, _) in order {
            for (index, relation) in books.get(place).map_or(&[][..], |b| &b.relations).iter().enumerate() {
                if let Some(list) = places.get_mut(relation.institution) {
                    list.push((place, index));
                }
            }
        }
        Self { world, firms, books, institutions, groups, places }
    }

    /// A bank's firms with their books and the place of the relation.
    fn of(&self, bank: usize) -> impl Iterator<Item = (&Firm, &Book, usize)> {
        let places = self.places.get(bank).map_or(&[][..], Vec::as_slice);
        places.iter().filter_map(|(firm, index)| Some((self.firms.get(*firm)?, self.books.get(*firm)?, *index)))
    }

    /// The codes of lenders that file csv, in order.
    pub(crate) fn csv_banks(&self, formats: Formats) -> impl Iterator<Item = &str> {
        let lenders = self.institutions.iter().enumerate().filter(|(_, i)| i.lends);
        lenders.filter(move |(bank, _)| self.format(*bank, formats) == Format::Csv).map(|(_, i)| i.code.as_str())
    }

    /// Most banks file csv; some large ones Parquet; the two smallest local ones send workbooks.
    fn format(&self, bank: usize, formats: Formats) -> Format {
        if formats == Formats::Csv {
            return Format::Csv;
        }
        let village = self.institutions.iter().enumerate().filter(|(_, i)| i.kind == "village_bank").map(|(p, _)| p);
        if village.take(2).any(|p| p == bank) {
            Format::Xlsx
        } else if bank % 11 == 3 {
            Format::Parquet
        } else {
            Format::Csv
        }
    }
}

/// Rows written, by table.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Written {
    pub(crate) filings: u64,
    pub(crate) notes: u64,
    pub(crate) disbursements: u64,
    pub(crate) relationships: u64,
}

impl Written {
    const fn and(self, other: Self) -> Self {
        Self {
            filings: self.filings + other.filings,
            notes: self.notes + other.notes,
            disbursements: self.disbursements + other.disbursements,
            relationships: self.relationships + other.relationships,
        }
    }
}

/// Writes every filing under `OUT/filings/DATE/`.
pub(crate) fn write(shelf: &Shelf<'_>, out: &Path, formats: Formats, progress: &dyn Fn(u64, u64)) -> Result<Written> {
    let mut tasks = Vec::new();
    for snap in SNAPS {
        folder(&out.join("filings").join(iso(*shelf.world.dates.at(snap))))?;
        tasks.extend(shelf.institutions.iter().enumerate().filter(|(_, i)| i.lends).map(|(bank, _)| (snap, bank)));
    }
    let total = tasks.len() as u64;
    let mut written = Written::default();
    progress(0, total);
    for chunk in tasks.chunks(AT_ONCE) {
        let parts: Vec<Written> =
            chunk.par_iter().map(|(snap, bank)| filing(shelf, out, *snap, *bank, formats)).collect::<Result<_>>()?;
        written = parts.into_iter().fold(written, Written::and);
        progress(written.filings, total);
    }
    Ok(written)
}

/// One bank's filing of one date.
fn filing(shelf: &Shelf<'_>, out: &Path, snap: Snap, bank: usize, formats: Formats) -> Result<Written> {
    let Some(institution) = shelf.institutions.get(bank) else { return Ok(Written::default()) };
    let world = shelf.world;
    let day = *world.dates.at(snap);
    let date = iso(day);
    let mut note_rows = Rows::new(&NOTES);
    let mut drawn_rows = Rows::new(&DISBURSEMENTS);
    let mut relation_rows = Rows::new(&RELATIONSHIPS);
    let mut warned = BTreeSet::new();
    for part in shelf.of(bank) {
        notes::push(&mut note_rows, world, part, institution, snap)?;
        notes::push_disbursements(&mut drawn_rows, world, part, institution, snap)?;
        relationships::push(&mut relation_rows, world, part, institution, snap, &shelf.groups)?;
        warned.extend(notes::warnings(part.1, part.2, day));
    }
    let dir = out.join("filings").join(&date);
    let format = shelf.format(bank, formats);
    let stem = |table: &str| format!("{table}.{}.{date}", institution.code);
    let written = Written {
        filings: 1,
        notes: note_rows.write(&dir, &stem("notes"), format)?,
        disbursements: drawn_rows.write(&dir, &stem("disbursements"), format)?,
        relationships: relation_rows.write(&dir, &stem("relationships"), format)?,
    };
    super::explanations::write(&dir, &stem("explanations"), institution, day, &warned)?;
    Ok(written)
}
