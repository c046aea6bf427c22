//! Filing errors, planted on purpose into files that are right: each is one mistake, in a row of its own and with a
//! borrower of its own, and `faults.csv` says which check must find it.

mod departments;
mod kinds;
mod sheet;

use std::collections::HashSet;
use std::path::PathBuf;

use huoshui_kernel::fault::{Fault, Result};

use self::kinds::{Edit, KINDS, Kind, Table, nobody};
use self::sheet::Sheet;
use crate::calendar::{Snap, iso};
use crate::dice::{Dice, Purpose};
use crate::output::Shelf;
use crate::{Options, faults};

/// How many banks err. The others file what they should.
const BANKS: usize = 8;
/// A bank with fewer notes has too little to choose from.
const LEAST_NOTES: usize = 60;

/// One bank's filing of the as-of date.
pub(super) struct Filing {
    code: String,
    date: String,
    notes: Sheet,
    disbursements: Sheet,
    relationships: Sheet,
    /// Numbers of notes that another note renews.
    renewed: HashSet<String>,
    note_numbers: HashSet<String>,
    /// Lines that notes are drawn under.
    lines_drawn: HashSet<String>,
    /// Firms with notes.
    borrowers: HashSet<String>,
    /// Firms that have a mistake already.
    taken: HashSet<String>,
}

/// A planted mistake, as `faults.csv` lists it.
struct Planted {
    /// The institution that files, or the department.
    institution: String,
    as_of: String,
    table: &'static str,
    /// As a spreadsheet counts: the header is row 1.
    row: usize,
    field: &'static str,
    kind: &'static str,
    check: &'static str,
}

impl Filing {
    fn read(options: &Options, code: &str, date: &str) -> Result<Self> {
        let path = |table: &str| -> PathBuf {
            options.out.join("filings").join(date).join(format!("{table}.{code}.{date}.csv"))
        };
        let (notes, disbursements, relationships) =
            (Sheet::read(path("notes"))?, Sheet::read(path("disbursements"))?, Sheet::read(path("relationships"))?);
        let all = |field: &str| -> HashSet<String> {
            (0..notes.rows.len()).map(|r| notes.get(r, field).to_owned()).filter(|t| !t.is_empty()).collect()
        };
        let (renewed, note_numbers, lines_drawn, borrowers) =
            (all("renewed_from"), all("note_no"), all("line_no"), all("borrower"));
        let taken = HashSet::new();
        let (code, date) = (code.to_owned(), date.to_owned());
        Ok(Self {
            code,
            date,
            notes,
            disbursements,
            relationships,
            renewed,
            note_numbers,
            lines_drawn,
            borrowers,
            taken,
        })
    }

    fn sheet(&self, table: Table) -> &Sheet {
        match table {
            Table::Notes => &self.notes,
            Table::Disbursements => &self.disbursements,
            Table::Relationships => &self.relationships,
        }
    }

    fn sheet_mut(&mut self, table: Table) -> &mut Sheet {
        match table {
            Table::Notes => &mut self.notes,
            Table::Disbursements => &mut self.disbursements,
            Table::Relationships => &mut self.relationships,
        }
    }

    /// Makes one mistake of a kind, if a row suits it.
    fn plant(&mut self, kind: &'static Kind, dice: &mut Dice) -> Option<Planted> {
        let rows = self.sheet(kind.table).rows.len();
        let start = usize::try_from(dice.below(rows as u64)).unwrap_or(0);
        let row = (0..rows).map(|step| (start + step) % rows).find(|row| {
            !self.taken.contains(self.sheet(kind.table).get(*row, "borrower")) && (kind.suits)(self, *row)
        })?;
        let borrower = self.sheet(kind.table).get(row, "borrower").to_owned();
        self.taken.insert(borrower);
        let mut place = row;
        match kind.edit {
            Edit::Set(text) => self.sheet_mut(kind.table).set(row, kind.field, text),
            Edit::Make(make) => {
                let text = make(self.sheet(kind.table), row);
                self.sheet_mut(kind.table).set(row, kind.field, &text);
            }
            Edit::All(fields, make) => {
                let text = make(self.sheet(kind.table), row);
                for field in fields {
                    self.sheet_mut(kind.table).set(row, field, &text);
                }
            }
            Edit::Repeat => place = self.sheet_mut(kind.table).copy(row),
            Edit::DropDisbursement => {
                let number = self.notes.get(row, "note_no").to_owned();
                let drawn =
                    (0..self.disbursements.rows.len()).find(|r| self.disbursements.get(*r, "note_no") == number)?;
                self.disbursements.remove(drawn);
            }
        }
        Some(self.planted(kind.table, place, kind.field, kind.name, kind.check))
    }

    fn planted(
        &self,
        table: Table,
        place: usize,
        field: &'static str,
        kind: &'static str,
        check: &'static str,
    ) -> Planted {
        Planted {
            institution: self.code.clone(),
            as_of: self.date.clone(),
            table: table.name(),
            row: place + 2,
            field,
            kind,
            check,
        }
    }

    fn save(&self) -> Result<()> {
        self.notes.save()?;
        self.disbursements.save()?;
        self.relationships.save()
    }
}

/// Plants mistakes into the filings of the as-of date and writes `faults.csv`; gives how many.
pub(crate) fn plant(shelf: &Shelf<'_>, options: &Options, progress: &dyn Fn(&str, u64, u64)) -> Result<u64> {
    let each = options.targets.faults_each;
    let total = u64::from(each) * (KINDS.len() as u64 + 1);
    let date = iso(*shelf.world.dates.at(Snap::Now));
    let mut dice = Dice::new(options.seed, Purpose::Fault, 0);
    progress("faults", 0, total);
    let (mut erring, mut careful) = (Vec::new(), Vec::new());
    for code in shelf.csv_banks(options.formats) {
        let filing = Filing::read(options, code, &date)?;
        if erring.len() < BANKS && filing.notes.rows.len() >= LEAST_NOTES && (erring.len() + careful.len()) % 2 == 0 {
            erring.push(filing);
        } else {
            careful.push(filing);
        }
    }
    let mut planted = Vec::new();
    for (number, kind) in KINDS.iter().enumerate() {
        for copy in 0..usize::try_from(each).unwrap_or(0) {
            // The turn goes round the banks; a bank without a suitable row passes it on.
            let banks = erring.len().max(1);
            let found = (0..banks).find_map(|step| {
                erring.get_mut((number + copy * 3 + step) % banks).and_then(|filing| filing.plant(kind, &mut dice))
            });
            planted.extend(found);
        }
    }
    // Two banks that claim one first loan must both be accepted, so the second claim goes to banks without mistakes.
    planted.extend(first_loans(&mut careful, usize::try_from(each).unwrap_or(0)));
    for filing in erring.iter().chain(&careful) {
        filing.save()?;
    }
    if options.departments {
        planted.extend(departments::plant(shelf.firms, *shelf.world.dates.at(Snap::Now), &options.out)?);
    }
    write_list(options, &planted)?;
    progress("faults", planted.len() as u64, total);
    Ok(planted.len() as u64)
}

/// Lets a second bank claim the first loan of a firm, in its notes and its disbursements alike.
fn first_loans(filings: &mut [Filing], count: usize) -> Vec<Planted> {
    let mut first = HashSet::new();
    for filing in filings.iter() {
        let notes = &filing.notes;
        first.extend(
            (0..notes.rows.len())
                .filter(|r| notes.get(*r, "first_loan") == "Y")
                .map(|r| notes.get(r, "borrower").to_owned()),
        );
    }
    let mut planted = Vec::new();
    for filing in filings {
        // Its own bank's claim alone would be no conflict between banks.
        let notes = &filing.notes;
        let own: HashSet<String> = (0..notes.rows.len())
            .filter(|r| notes.get(*r, "first_loan") == "Y")
            .map(|r| notes.get(r, "borrower").to_owned())
            .collect();
        for row in 0..filing.notes.rows.len() {
            let borrower = filing.notes.get(row, "borrower").to_owned();
            let plain = filing.notes.get(row, "business_kind") == "loan"
                && filing.notes.get(row, "renewal_kind") == "none"
                && filing.notes.get(row, "first_loan") == "N"
                && filing.notes.get(row, "drawdown_date").get(..4) == filing.notes.get(row, "as_of").get(..4);
            if planted.len() >= count || !plain || !first.contains(&borrower) || own.contains(&borrower) {
                continue;
            }
            let number = filing.notes.get(row, "note_no").to_owned();
            let Some(drawn) =
                (0..filing.disbursements.rows.len()).find(|r| filing.disbursements.get(*r, "note_no") == number)
            else {
                continue;
            };
            first.remove(&borrower);
            filing.notes.set(row, "first_loan", "Y");
            filing.disbursements.set(drawn, "first_loan", "Y");
            planted.push(filing.planted(Table::Notes, row, "first_loan", "second_first_loan", "B-B-001"));
        }
    }
    planted
}

/// `faults.csv`: not a file that is imported, but what an import must find.
fn write_list(options: &Options, planted: &[Planted]) -> Result<()> {
    let path = options.out.join("faults.csv");
    let failed =
        |error: &dyn std::fmt::Display| Fault::new(&faults::WRITE).with("path", path.display()).with("reason", error);
    let mut writer = csv::Writer::from_path(&path).map_err(|e| failed(&e))?;
    writer.write_record(["institution", "as_of", "table", "row", "field", "kind", "check"]).map_err(|e| failed(&e))?;
    for p in planted {
        let row = p.row.to_string();
        writer
            .write_record([&p.institution, &p.as_of, p.table, &row, p.field, p.kind, p.check])
            .map_err(|e| failed(&e))?;
    }
    writer.flush().map_err(|e| failed(&e))
}
