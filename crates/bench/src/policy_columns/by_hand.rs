//! The limit: the same sixty conditions as a loop over plain slices, which stops at the first gate that fails.

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Int32Type, Int64Type};
use arrow_array::{Array, RecordBatch};

/// Slices of one batch; flags and NULLs unpacked to a byte each.
pub struct Slices<'a> {
    rows: usize,
    codes: [&'a [i32]; 3],
    nums: [&'a [i64]; 14],
    dates: [&'a [i32]; 3],
    flags: Vec<[bool; 3]>,
}

const CODES: [&str; 3] = ["tax_grade", "industry", "guarantee_type"];
const NUMS: [&str; 14] = [
    "tax_paid",
    "years_filed",
    "tax_growth",
    "revenue",
    "r_and_d",
    "assets",
    "liabilities",
    "patents",
    "employees",
    "insured",
    "lawsuits",
    "penalties",
    "debt_banks",
    "overdue",
];
const DATES: [&str; 3] = ["founded_on", "certificate_to", "last_loan_on"];

impl<'a> Slices<'a> {
    /// Takes a batch apart.
    pub fn of(batch: &'a RecordBatch) -> Option<Self> {
        let column = |name: &str| batch.column_by_name(name);
        let mut codes: [&[i32]; 3] = [&[]; 3];
        for (to, name) in codes.iter_mut().zip(CODES) {
            *to = column(name)?.as_dictionary::<Int32Type>().keys().values();
        }
        let mut nums: [&[i64]; 14] = [&[]; 14];
        for (to, name) in nums.iter_mut().zip(NUMS) {
            *to = column(name)?.as_primitive::<Int64Type>().values();
        }
        let mut dates: [&[i32]; 3] = [&[]; 3];
        for (to, name) in dates.iter_mut().zip(DATES) {
            *to = column(name)?.as_primitive::<Date32Type>().values();
        }
        let (executed, abnormal) = (column("executed")?.as_boolean(), column("abnormal")?.as_boolean());
        let lent = column("last_loan_on")?;
        let flags = (0..batch.num_rows()).map(|row| [executed.value(row), abnormal.value(row), lent.is_null(row)]);
        Some(Self { rows: batch.num_rows(), codes, nums, dates, flags: flags.collect() })
    }

    /// How many rows pass.
    pub fn passing(&self) -> usize {
        (0..self.rows).filter(|row| self.passes(*row) == Some(true)).count()
    }

    #[inline]
    #[allow(clippy::nonminimal_bool, reason = "the gates read as the policy does")]
    fn passes(&self, row: usize) -> Option<bool> {
        let [grade, industry, guarantee] = &self.codes;
        let [
            tax_paid,
            years,
            growth,
            revenue,
            rnd,
            assets,
            debts,
            patents,
            staff,
            insured,
            suits,
            fines,
            banks,
            overdue,
        ] = &self.nums;
        let [founded, certificate, last_loan] = &self.dates;
        let [executed, abnormal, never_lent] = *self.flags.get(row)?;
        let n = |column: &[i64]| column.get(row).copied();
        let c = |column: &[i32]| column.get(row).copied();
        // Codes of `data`: grades A 0, B 1, M 2; industries C35 0, C39 1, I65 2, K70 5; guarantees none 0, mortgage 1,
        // pledge 2. Days: 2023-10-01 is 19631, 2025-09-30 is 20361, 2022-01-01 is 18993.
        Some(
            (c(grade)? <= 1 || n(tax_paid)? > 20_000_000 || n(years)? >= 3)
                && (n(growth)? > -100_000_000_000 || n(revenue)? > 1_000_000_000 || n(rnd)? > 50_000_000)
                && (n(revenue)? >= 5_000_000 || n(assets)? >= 20_000_000 || n(patents)? >= 2)
                && (n(debts)? < n(assets)? || n(revenue)? > n(debts)? || c(guarantee)? == 1)
                && (n(debts)? * 10 < n(assets)? * 9 || n(patents)? > 10 || c(grade)? == 0)
                && ((5..=3000).contains(&n(staff)?) || n(revenue)? > 100_000_000 || n(years)? > 10)
                && (n(insured)? * 10 >= n(staff)? * 6 || n(staff)? < 20 || c(grade)? == 0)
                && (n(patents)? > 0 || n(rnd)? > 1_000_000 || c(industry)? <= 1)
                && (n(rnd)? * 100 >= n(revenue)? * 3 || n(patents)? >= 5 || c(industry)? == 2)
                && (c(founded)? < 19_631 || n(patents)? >= 3 || n(revenue)? > 30_000_000)
                && (c(certificate)? >= 20_361 || n(patents)? >= 8 || c(grade)? == 0)
                && (n(suits)? <= 2 || n(revenue)? > 500_000_000 || n(assets)? > n(debts)? * 3)
                && (!executed || n(suits)? == 0 || c(grade)? <= 1)
                && (!abnormal || n(years)? > 8 || n(revenue)? > 200_000_000)
                && (n(fines)? < 3 || c(grade)? <= 2 || n(assets)? > 300_000_000)
                && (n(banks)? <= 5 || n(revenue)? > 300_000_000 || n(assets)? > n(debts)? * 2)
                && (n(overdue)? == 0 || n(overdue)? * 100 < n(assets)? || matches!(c(guarantee)?, 1 | 2))
                && (c(guarantee)? != 0 || n(revenue)? > 10_000_000 || n(patents)? > 1)
                && (c(industry)? != 5 || n(rnd)? > 3_000_000 || n(patents)? > 4)
                && (never_lent || c(last_loan)? >= 18_993 || n(growth)? > 50_000_000_000),
        )
    }
}
