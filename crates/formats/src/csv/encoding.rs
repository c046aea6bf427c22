//! Which encoding a text file is in, decided over the whole file before the first row is read.
//!
//! Deciding from the first block would read the rest wrongly: a GBK file may be plain ASCII for a megabyte.

use std::fs::File;
use std::io::{Read, Seek};
use std::path::Path;

use encoding_rs::{DecoderResult, GB18030};
use huoshui_kernel::Fault;
use huoshui_kernel::fault::Result;

use crate::faults;
use crate::read::show;

/// Bytes read at a time.
pub(crate) const BLOCK: usize = 1 << 20;

/// The encodings that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// With or without a byte-order mark.
    Utf8,
    /// GB18030, and so GBK and GB2312.
    Gb18030,
}

/// A byte that does not decode, with its line.
#[derive(Clone, Copy, Debug)]
struct Spot {
    offset: u64,
    line: u64,
}

/// Decides the encoding, leaving the file at its start.
pub(crate) fn detect(file: &mut File, path: &Path) -> Result<Encoding> {
    let unreadable = |why: std::io::Error| Fault::new(&faults::UNREADABLE).with("path", show(path)).with("why", why);
    let mut raw = vec![0_u8; BLOCK];
    let mut utf8 = Utf8Census::default();
    let mut bom = false;
    let mut offset = 0_u64;
    loop {
        let n = file.read(&mut raw).map_err(unreadable)?;
        let block = raw.get(..n).unwrap_or_default();
        if offset == 0 {
            bom = marks(block)?;
        }
        if let Some(at) = block.iter().position(|b| *b == 0) {
            return Err(Fault::new(&faults::BINARY).with("offset", offset + at as u64));
        }
        if n == 0 {
            utf8.end();
            break;
        }
        utf8.take(block);
        offset += n as u64;
    }
    file.rewind().map_err(unreadable)?;
    let Some(spot) = utf8.first_bad else { return Ok(Encoding::Utf8) };
    // Chinese text in GBK hardly ever looks like UTF-8, so a file in which most sequences are right was UTF-8 once.
    if bom || (utf8.good > 0 && utf8.good >= utf8.bad) {
        return Err(Fault::new(&faults::BAD_UTF8).with("offset", spot.offset).with("line", spot.line));
    }
    match gb18030_fault(file, &mut raw).map_err(unreadable)? {
        None => {
            file.rewind().map_err(unreadable)?;
            Ok(Encoding::Gb18030)
        }
        Some(spot) => Err(Fault::new(&faults::BAD_ENCODING).with("offset", spot.offset).with("line", spot.line)),
    }
}

/// Whether a UTF-8 byte-order mark stands first; another encoding's mark is a fault.
fn marks(block: &[u8]) -> Result<bool> {
    let other = match block {
        [0xFF, 0xFE, 0, 0, ..] | [0, 0, 0xFE, 0xFF, ..] => "UTF-32",
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => "UTF-16",
        _ => return Ok(block.starts_with(&[0xEF, 0xBB, 0xBF])),
    };
    Err(Fault::new(&faults::UTF16).with("encoding", other))
}

/// Counts right and wrong sequences; only a file with a wrong one pays for the counting.
#[derive(Default)]
struct Utf8Census {
    carry: Vec<u8>,
    offset: u64,
    lines: u64,
    good: u64,
    bad: u64,
    first_bad: Option<Spot>,
}

impl Utf8Census {
    fn take(&mut self, block: &[u8]) {
        let joined;
        let mut rest = if self.carry.is_empty() {
            block
        } else {
            self.carry.extend_from_slice(block);
            joined = std::mem::take(&mut self.carry);
            joined.as_slice()
        };
        while !rest.is_empty() {
            let (valid, error) = match std::str::from_utf8(rest) {
                Ok(text) => (text, None),
                Err(e) => {
                    let text =
                        rest.get(..e.valid_up_to()).and_then(|b| std::str::from_utf8(b).ok()).unwrap_or_default();
                    (text, Some(e.error_len()))
                }
            };
            self.count(valid);
            rest = rest.get(valid.len()..).unwrap_or_default();
            match error {
                None => return,
                Some(None) => {
                    self.carry = rest.to_vec();
                    return;
                }
                Some(Some(len)) => {
                    self.wrong(len);
                    rest = rest.get(len..).unwrap_or_default();
                }
            }
        }
    }

    fn end(&mut self) {
        let left = self.carry.len();
        if left > 0 {
            self.wrong(left);
        }
    }

    fn count(&mut self, text: &str) {
        self.offset += text.len() as u64;
        self.lines += text.bytes().filter(|b| *b == b'\n').count() as u64;
        // Continuation bytes are 10xxxxxx: characters that take several bytes are lead bytes of 11xxxxxx.
        self.good += text.bytes().filter(|b| *b >= 0xC0).count() as u64;
    }

    fn wrong(&mut self, len: usize) {
        self.bad += 1;
        let (offset, line) = (self.offset, self.lines + 1);
        self.first_bad.get_or_insert(Spot { offset, line });
        self.offset += len as u64;
    }
}

/// Where the file stops being GB18030; none if it never does.
fn gb18030_fault(file: &mut File, raw: &mut [u8]) -> std::io::Result<Option<Spot>> {
    let mut decoder = GB18030.new_decoder_without_bom_handling();
    let mut text = String::with_capacity(raw.len() * 2);
    let (mut offset, mut lines) = (0_u64, 0_u64);
    loop {
        let n = file.read(raw)?;
        let mut block = raw.get(..n).unwrap_or_default();
        loop {
            text.clear();
            let (result, read) = decoder.decode_to_string_without_replacement(block, &mut text, n == 0);
            offset += read as u64;
            lines += text.bytes().filter(|b| *b == b'\n').count() as u64;
            block = block.get(read..).unwrap_or_default();
            match result {
                DecoderResult::InputEmpty => break,
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(bytes, after) => {
                    let back = u64::from(bytes) + u64::from(after);
                    return Ok(Some(Spot { offset: offset.saturating_sub(back), line: lines + 1 }));
                }
            }
        }
        if n == 0 {
            return Ok(None);
        }
    }
}
