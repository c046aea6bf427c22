//! What a workbook unpacks to, measured before any program that trusts it opens it.
//!
//! Sizes that a zip archive states may be lies, so every part is unpacked once and counted; this also verifies the
//! checksum of every part, which a reader that stops early would not.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use huoshui_kernel::Fault;
use huoshui_kernel::fault::Result;
use zip::ZipArchive;

use crate::read::show;
use crate::{Limits, faults};

const MAX_PARTS: usize = 2_000;
/// The opening tag of the shared texts stands within this many bytes.
const HEAD: usize = 1 << 16;

/// Accepts a workbook whose parts are whole and unpack to no more than the limit.
pub(crate) fn check(file: &mut File, path: &Path, limits: &Limits) -> Result<()> {
    let damaged = |why: &str| Fault::new(&faults::BAD_XLSX).with("path", show(path)).with("why", why);
    let bomb = || Fault::new(&faults::XLSX_BOMB).with("path", show(path)).with("limit", limits.max_xlsx_inflated);
    let mut archive = ZipArchive::new(file).map_err(|_| damaged("zip"))?;
    if archive.len() > MAX_PARTS {
        return Err(damaged("too many parts"));
    }
    let mut total = 0_u64;
    let mut block = vec![0_u8; 1 << 16];
    for i in 0..archive.len() {
        let mut part = archive.by_index(i).map_err(|_| damaged("zip entry"))?;
        let name = part.name().map_err(|_| damaged("zip entry"))?.to_ascii_lowercase();
        let shared_texts = name.ends_with("sharedstrings.xml");
        let mut head = Vec::new();
        let mut size = 0_u64;
        loop {
            let n = part.read(&mut block).map_err(|_| damaged(&name))?;
            if n == 0 {
                break;
            }
            size += n as u64;
            total += n as u64;
            if total > limits.max_xlsx_inflated {
                return Err(bomb());
            }
            if shared_texts && head.len() < HEAD {
                head.extend(block.iter().take(n.min(HEAD - head.len())));
            }
        }
        if shared_texts && !plausible_count(&head, size) {
            return Err(damaged(&name));
        }
    }
    Ok(())
}

/// Whether the stated number of shared texts could stand in a part of this size. Readers reserve memory for as many as
/// are stated, so a lie must be caught here.
fn plausible_count(head: &[u8], size: u64) -> bool {
    let find = |text: &[u8], word: &[u8]| text.windows(word.len()).position(|w| w == word);
    let Some(tag) = find(head, b"sst").and_then(|at| head.get(at..)) else { return false };
    let Some(tag) = find(tag, b">").and_then(|end| tag.get(..end)) else { return false };
    let Some(count) = find(tag, b"uniqueCount").and_then(|at| tag.get(at..)) else { return true };
    let digits = count.iter().skip_while(|b| !b.is_ascii_digit()).take_while(|b| b.is_ascii_digit());
    // Even an empty text takes five bytes, `<si/>`.
    digits.fold(0_u64, |n, b| n.saturating_mul(10).saturating_add(u64::from(b - b'0'))) <= size / 5
}

#[cfg(test)]
mod tests {
    use super::plausible_count;

    #[test]
    fn a_stated_count_must_fit() {
        assert!(plausible_count(b"<?xml?><sst count=\"9\" uniqueCount=\"2\"><si><t>a</t></si>", 60));
        assert!(plausible_count(b"<sst><si/>", 60));
        assert!(!plausible_count(b"<sst uniqueCount = '99999999999'>", 60));
        assert!(!plausible_count(b"<sst uniqueCount=\"99999999999999999999999999\">", 60));
        assert!(!plausible_count(b"<x/>", 60));
    }
}
