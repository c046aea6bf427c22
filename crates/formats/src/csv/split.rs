//! Splitting text into rows and cells (RFC 4180): a quote only counts at a cell's start, `""` within quotes is a quote,
//! rows end with LF or CRLF.

/// Where a cell stands in the text that was scanned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cell {
    /// First byte, without the quote.
    pub start: usize,
    /// One past the last byte, without the quote.
    pub end: usize,
    /// Whether it stood in quotes: only then may it hold line ends.
    pub quoted: bool,
    /// Whether quotes within are doubled.
    pub doubled: bool,
}

/// What a scan found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scan {
    /// A row of this many bytes with its line end. `bad_quote` is the cell that has text after its closing quote.
    Row { len: usize, bad_quote: Option<usize> },
    /// The row goes on beyond the text.
    More,
    /// The text ends within quotes.
    OpenQuote,
}

/// Scans one row from the start of `text`, which must not be empty. With `last` the text is all there is.
pub(crate) fn row(text: &[u8], last: bool, cells: &mut Vec<Cell>) -> Scan {
    cells.clear();
    let mut at = 0;
    let mut bad_quote = None;
    loop {
        let (start, end, doubled);
        let quoted = text.get(at) == Some(&b'"');
        if quoted {
            start = at + 1;
            match closing(text, start, last) {
                Ok((close, twice)) => (end, doubled) = (close, twice),
                Err(scan) => return scan,
            }
            at = end + 1;
        } else {
            start = at;
            doubled = false;
            at = start + delimiter(text.get(start..).unwrap_or_default());
            end = at;
        }
        if quoted {
            let rest = text.get(at..).unwrap_or_default();
            let skipped = delimiter(rest);
            let tail = rest.get(..skipped).unwrap_or_default();
            let line_end = rest.get(skipped) != Some(&b',');
            if !(tail.is_empty() || (line_end && tail == b"\r")) {
                bad_quote.get_or_insert(cells.len());
            }
            at += skipped;
        }
        match text.get(at) {
            Some(b',') => cells.push(Cell { start, end, quoted, doubled }),
            found => {
                if found.is_none() && !last {
                    return Scan::More;
                }
                let bare_cr = !quoted && end > start && text.get(end - 1) == Some(&b'\r');
                cells.push(Cell { start, end: if bare_cr { end - 1 } else { end }, quoted, doubled });
                return Scan::Row { len: at + usize::from(found.is_some()), bad_quote };
            }
        }
        at += 1;
    }
}

/// Bytes before the next comma, line feed or the end.
#[inline]
fn delimiter(text: &[u8]) -> usize {
    text.iter().position(|b| *b == b',' || *b == b'\n').unwrap_or(text.len())
}

/// The closing quote of a cell whose text starts at `from`, and whether quotes within are doubled.
fn closing(text: &[u8], from: usize, last: bool) -> Result<(usize, bool), Scan> {
    let mut at = from;
    let mut doubled = false;
    loop {
        let Some(found) = text.get(at..).and_then(|rest| rest.iter().position(|b| *b == b'"')) else {
            return Err(if last { Scan::OpenQuote } else { Scan::More });
        };
        at += found;
        match text.get(at + 1) {
            Some(b'"') => {
                doubled = true;
                at += 2;
            }
            None if !last => return Err(Scan::More),
            _ => return Ok((at, doubled)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(text: &str) -> (Vec<String>, Scan) {
        let mut found = Vec::new();
        let scan = row(text.as_bytes(), true, &mut found);
        let texts = found
            .iter()
            .map(|c| {
                let raw = text.get(c.start..c.end).unwrap();
                if c.doubled { raw.replace("\"\"", "\"") } else { raw.to_owned() }
            })
            .collect();
        (texts, scan)
    }

    #[test]
    fn rows_split_as_a_spreadsheet_does() {
        for (text, want, len) in [
            ("a,b\nc", vec!["a", "b"], 4),
            ("a,b\r\nc", vec!["a", "b"], 5),
            ("a,b", vec!["a", "b"], 3),
            ("a,b\r", vec!["a", "b"], 4),
            (",\n", vec!["", ""], 2),
            ("\n", vec![""], 1),
            ("\r\n", vec![""], 2),
            ("\"a,b\nc\",d\n", vec!["a,b\nc", "d"], 10),
            ("\"say \"\"hi\"\"\"\n", vec!["say \"hi\""], 13),
            ("\"\",\"\"", vec!["", ""], 5),
            ("\"a\"\r\nb", vec!["a"], 5),
            ("a\"b,c\n", vec!["a\"b", "c"], 6),
            ("\"a\r\"\n", vec!["a\r"], 5),
        ] {
            assert_eq!(
                cells(text),
                (want.into_iter().map(String::from).collect(), Scan::Row { len, bad_quote: None }),
                "{text:?}"
            );
        }
    }

    #[test]
    fn broken_quotes_are_told_apart() {
        assert_eq!(cells("\"a,b\n").1, Scan::OpenQuote);
        assert_eq!(cells("x,\"a\"b,c\n").1, Scan::Row { len: 9, bad_quote: Some(1) });
        assert_eq!(cells("\"a\"\rb\n").1, Scan::Row { len: 6, bad_quote: Some(0) });
    }

    #[test]
    fn an_unfinished_row_asks_for_more() {
        let mut found = Vec::new();
        for text in ["a,b", "a,\"b", "a,\"b\"", "a,b\r", "\"a\"\""] {
            assert_eq!(row(text.as_bytes(), false, &mut found), Scan::More, "{text:?}");
        }
    }
}
