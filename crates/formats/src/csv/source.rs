//! Decoded text, block by block, always holding the row at hand whole.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use encoding_rs::{Decoder, DecoderResult, GB18030};
use huoshui_kernel::Fault;
use huoshui_kernel::fault::Result;

use super::encoding::{BLOCK, Encoding, detect};
use super::split::{self, Cell, Scan};
use crate::read::show;
use crate::{Limits, faults};

/// The rows of a text file.
pub(crate) struct Rows {
    file: File,
    name: String,
    gb18030: Option<Decoder>,
    raw: Vec<u8>,
    carried: usize,
    text: String,
    at: usize,
    last: bool,
    bytes_left: u64,
    max_row_bytes: usize,
    /// The spreadsheet's number of the row that comes next.
    pub next_row: u64,
}

/// A row as it was found: where its cells stand in [`Rows::cell`], and which has text after its quote.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RowAt {
    base: usize,
    /// The position of the first cell with text after its closing quote.
    pub bad_quote: Option<usize>,
}

impl Rows {
    pub(crate) fn open(path: &Path, mut file: File, limits: &Limits) -> Result<Self> {
        let encoding = detect(&mut file, path)?;
        let mut rows = Self {
            file,
            name: show(path),
            gb18030: (encoding == Encoding::Gb18030).then(|| GB18030.new_decoder_without_bom_handling()),
            raw: vec![0; BLOCK + 4],
            carried: 0,
            text: String::with_capacity(BLOCK * 2),
            at: 0,
            last: false,
            bytes_left: limits.max_bytes,
            max_row_bytes: limits.max_row_bytes(),
            next_row: 1,
        };
        rows.fill()?;
        if rows.text.starts_with('\u{FEFF}') {
            rows.at = '\u{FEFF}'.len_utf8();
        }
        Ok(rows)
    }

    /// The next row, its cells' places put into `cells`; none at the end.
    pub(crate) fn next(&mut self, cells: &mut Vec<Cell>) -> Result<Option<RowAt>> {
        loop {
            let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
            if rest.is_empty() && self.last {
                return Ok(None);
            }
            let scan = if rest.is_empty() { Scan::More } else { split::row(rest, self.last, cells) };
            match scan {
                Scan::Row { len, bad_quote } => {
                    let base = self.at;
                    self.at += len;
                    self.next_row += 1;
                    return Ok(Some(RowAt { base, bad_quote }));
                }
                Scan::OpenQuote => return Err(Fault::new(&faults::OPEN_QUOTE).row(self.next_row)),
                Scan::More if rest.len() > self.max_row_bytes => {
                    let limit = self.max_row_bytes;
                    return Err(Fault::new(&faults::ROW_TOO_LONG).with("limit", limit).row(self.next_row));
                }
                Scan::More => self.fill()?,
            }
        }
    }

    /// The text of a cell, quotes undone; `scratch` is used where the text differs from the file's.
    #[inline]
    pub(crate) fn cell<'a>(&'a self, row: RowAt, cell: &Cell, scratch: &'a mut String) -> &'a str {
        let text = self.text.get(row.base + cell.start..row.base + cell.end).unwrap_or_default();
        if !cell.quoted || (!cell.doubled && !text.contains("\r\n")) {
            return text;
        }
        scratch.clear();
        scratch.push_str(text);
        if cell.doubled {
            *scratch = scratch.replace("\"\"", "\"");
        }
        if scratch.contains("\r\n") {
            // A line end within a cell is a line feed, as spreadsheets store it.
            *scratch = scratch.replace("\r\n", "\n");
        }
        scratch
    }

    /// Drops what was read and appends a block.
    fn fill(&mut self) -> Result<()> {
        self.text.drain(..self.at);
        self.at = 0;
        let unreadable = |why| Fault::new(&faults::UNREADABLE).with("path", &self.name).with("why", why);
        let n = match self.raw.get_mut(self.carried..) {
            Some(room) => self.file.read(room).map_err(unreadable)?,
            None => 0,
        };
        self.bytes_left = self
            .bytes_left
            .checked_sub(n as u64)
            .ok_or_else(|| Fault::new(&faults::CHANGED).with("path", &self.name))?;
        self.last = n == 0;
        let filled = self.carried + n;
        let block = self.raw.get(..filled).unwrap_or_default();
        let read = match &mut self.gb18030 {
            None => utf8(block, self.last, &mut self.text),
            Some(decoder) => gb18030(decoder, block, self.last, &mut self.text),
        };
        // The whole file decoded when it was opened.
        let Some(read) = read else { return Err(Fault::new(&faults::CHANGED).with("path", &self.name)) };
        self.raw.copy_within(read..filled, 0);
        self.carried = filled - read;
        Ok(())
    }
}

/// Appends what is whole; bytes read, or none where they are wrong.
fn utf8(block: &[u8], last: bool, out: &mut String) -> Option<usize> {
    let text = match std::str::from_utf8(block) {
        Ok(text) => text,
        Err(e) if e.error_len().is_none() && !last => std::str::from_utf8(block.get(..e.valid_up_to())?).ok()?,
        Err(_) => return None,
    };
    out.push_str(text);
    Some(text.len())
}

/// The same; the decoder itself keeps a character that is not whole yet.
fn gb18030(decoder: &mut Decoder, block: &[u8], last: bool, out: &mut String) -> Option<usize> {
    out.reserve(decoder.max_utf8_buffer_length_without_replacement(block.len())?);
    match decoder.decode_to_string_without_replacement(block, out, last) {
        (DecoderResult::InputEmpty, read) => Some(read),
        _ => None,
    }
}
