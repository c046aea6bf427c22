//! Made-up positions: notes of 132 institutions on borrowers with a heavy head, in no order at all, which is the hardest
//! one for group by and distinct counts.

use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, DictionaryArray, Int32Array, Int64Array, RecordBatch, StringArray,
};
use arrow_buffer::{BooleanBuffer, NullBuffer};
use arrow_schema::{ArrowError, DataType, Field, Schema};

/// How much data.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Notes.
    pub rows: usize,
    /// Borrowers they may name.
    pub borrowers: usize,
    /// Rows of a batch.
    pub batch: usize,
}

/// Institutions that file.
pub const INSTITUTIONS: usize = 132;
/// 2025-09-30 and 2025-01-01.
pub const AS_OF: i32 = 20_361;
pub const YEAR_START: i32 = 20_089;
/// Codes of the kinds that the hand-written loop names.
pub const LOAN: i32 = 0;
pub const SYNDICATED: i32 = 1;
pub const DISCOUNT: i32 = 2;
const KINDS: [&str; 6] = ["loan", "syndicated_share", "discount", "rediscount", "advance", "entrusted"];
const MITIGANTS: [&str; 4] = ["real_estate", "guarantee_company", "receivables+ip_pledge", "deposit"];

/// A sequence of numbers that is the same on every machine (SplitMix64).
pub struct Draw(pub u64);

impl Draw {
    /// The next number.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// One of `0..sides`.
    pub fn below(&mut self, sides: usize) -> usize {
        usize::try_from((u128::from(self.next()) * sides as u128) >> 64).unwrap_or(0)
    }

    /// True in so many of a thousand draws.
    pub fn chance(&mut self, per_mille: usize) -> bool {
        self.below(1000) < per_mille
    }
}

/// The columns of a position. Texts are dictionary-encoded, as files carry them.
pub fn schema() -> Schema {
    let text = || DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let field = |name: &str, ty: DataType| Field::new(name, ty, name == "mitigants");
    Schema::new(vec![
        field("institution", text()),
        field("borrower", text()),
        field("business_kind", text()),
        field("mitigants", text()),
        field("balance_cny", DataType::Int64),
        field("original_amount", DataType::Int64),
        field("rate_at_drawdown", DataType::Int64),
        field("drawdown_date", DataType::Date32),
        field("original_maturity", DataType::Date32),
        field("transferred", DataType::Boolean),
        field("written_off", DataType::Boolean),
        field("ip_pledge", DataType::Boolean),
        field("ma_pilot", DataType::Boolean),
        field("srdi", DataType::Boolean),
        field("small_micro", DataType::Boolean),
    ])
}

/// The dictionaries that all batches share.
pub struct Dictionaries {
    institutions: ArrayRef,
    borrowers: ArrayRef,
    kinds: ArrayRef,
    mitigants: ArrayRef,
}

impl Dictionaries {
    /// Sorted, as an import writes them.
    pub fn new(size: Size) -> Self {
        let texts =
            |texts: &mut dyn Iterator<Item = String>| -> ArrayRef { Arc::new(StringArray::from_iter_values(texts)) };
        Self {
            institutions: texts(&mut (0..INSTITUTIONS).map(|i| format!("B{i:04}"))),
            borrowers: texts(&mut (0..size.borrowers).map(|i| format!("91110108MA{i:08}"))),
            kinds: texts(&mut KINDS.iter().map(ToString::to_string)),
            mitigants: texts(&mut MITIGANTS.iter().map(ToString::to_string)),
        }
    }
}

fn signed(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// One batch; its number is its seed.
pub fn batch(dictionaries: &Dictionaries, size: Size, number: usize, rows: usize) -> Result<RecordBatch, ArrowError> {
    let mut draw = Draw(number as u64 * 1_000_003 + 7);
    let mut ints: [Vec<i32>; 6] = std::array::from_fn(|_| Vec::with_capacity(rows));
    let mut nums: [Vec<i64>; 3] = std::array::from_fn(|_| Vec::with_capacity(rows));
    let mut flags: [Vec<bool>; 7] = std::array::from_fn(|_| Vec::with_capacity(rows));
    for _ in 0..rows {
        // Large banks and busy borrowers come first: the least of two draws.
        let institution = draw.below(INSTITUTIONS).min(draw.below(INSTITUTIONS));
        let borrower = draw.below(size.borrowers).min(draw.below(size.borrowers));
        let kind = match draw.below(100) {
            0..85 => LOAN,
            85..88 => SYNDICATED,
            88..95 => DISCOUNT,
            rest => 3 + signed(rest % 3),
        };
        let drawn = AS_OF - signed(draw.below(900));
        let months = [6, 12, 12, 24, 36];
        let maturity = drawn + signed(months.get(draw.below(5)).copied().unwrap_or(12)) * 30 + signed(draw.below(12));
        let amount = 1_000_000 + i64::try_from(draw.below(500_000_000)).unwrap_or(0);
        let secured = draw.chance(550);
        let row = [institution, borrower].map(signed);
        let mitigant = signed(draw.below(MITIGANTS.len()));
        for (column, value) in ints.iter_mut().zip([row[0], row[1], kind, mitigant, drawn, maturity]) {
            column.push(value);
        }
        let balance = if draw.chance(30) { 0 } else { amount - amount / 7 };
        let rate = 20_000 + i64::try_from(draw.below(30_000)).unwrap_or(0);
        for (column, value) in nums.iter_mut().zip([balance, amount, rate]) {
            column.push(value);
        }
        // A firm is on the list, or small, or not, at all its banks.
        let (srdi, small) = (borrower.is_multiple_of(4), borrower % 10 < 7);
        let row = [draw.chance(10), draw.chance(10), draw.chance(30), draw.chance(5), srdi, small, secured];
        for (column, value) in flags.iter_mut().zip(row) {
            column.push(value);
        }
    }
    let [institution, borrower, kind, mitigant, drawn, maturity] = ints;
    let [balance, amount, rate] = nums;
    let [transferred, written_off, ip, ma, srdi, small, secured] = flags;
    let coded = |keys: Vec<i32>, nulls: Option<NullBuffer>, values: &ArrayRef| -> Result<ArrayRef, ArrowError> {
        Ok(Arc::new(DictionaryArray::<Int32Type>::try_new(Int32Array::new(keys.into(), nulls), values.clone())?))
    };
    let number = |values: Vec<i64>| -> ArrayRef { Arc::new(Int64Array::from(values)) };
    let date = |values: Vec<i32>| -> ArrayRef { Arc::new(Date32Array::from(values)) };
    let flag = |values: Vec<bool>| -> ArrayRef { Arc::new(BooleanArray::from(values)) };
    let columns = vec![
        coded(institution, None, &dictionaries.institutions)?,
        coded(borrower, None, &dictionaries.borrowers)?,
        coded(kind, None, &dictionaries.kinds)?,
        coded(mitigant, Some(NullBuffer::new(BooleanBuffer::from(secured))), &dictionaries.mitigants)?,
        number(balance),
        number(amount),
        number(rate),
        date(drawn),
        date(maturity),
        flag(transferred),
        flag(written_off),
        flag(ip),
        flag(ma),
        flag(srdi),
        flag(small),
    ];
    RecordBatch::try_new(Arc::new(schema()), columns)
}
