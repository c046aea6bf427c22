//! Numbers of a body are whole: `30.0` and `3e1` are 30, as JSON Schema has it, and any other fraction is refused wherever it
//! stands, so that none ever reaches money, a hash or a signature. They are read from their digits: a binary fraction on the
//! way would make another number of a long one.

use std::borrow::Cow;

/// Bytes of JSON with every number that is whole written as one, or the text of the first that is not. What is no JSON is
/// left to the reader.
pub(super) fn whole(bytes: &[u8]) -> Result<Cow<'_, [u8]>, String> {
    let mut out: Option<Vec<u8>> = None;
    let (mut rest, mut done) = (bytes, 0);
    while let Some((&first, after)) = rest.split_first() {
        let length = match first {
            b'"' => string(rest),
            b'-' | b'0'..=b'9' => {
                let length = rest.iter().take_while(|b| b"+-.eE".contains(b) || b.is_ascii_digit()).count();
                let token = rest.get(..length).and_then(|t| std::str::from_utf8(t).ok()).unwrap_or_default();
                if let Some(digits) = number(token)? {
                    let place = bytes.len() - rest.len();
                    let written = out.get_or_insert_with(Vec::new);
                    written.extend_from_slice(bytes.get(done..place).unwrap_or_default());
                    written.extend_from_slice(digits.as_bytes());
                    done = place + length;
                }
                length
            }
            _ => 1,
        };
        rest = after.get(length - 1..).unwrap_or_default();
    }
    Ok(match out {
        None => Cow::Borrowed(bytes),
        Some(mut written) => {
            written.extend_from_slice(bytes.get(done..).unwrap_or_default());
            Cow::Owned(written)
        }
    })
}

/// The length of a string with its quotes.
fn string(text: &[u8]) -> usize {
    let mut escaped = false;
    let end = text.iter().skip(1).position(|b| match (escaped, b) {
        (true, _) => {
            escaped = false;
            false
        }
        (false, b'\\') => {
            escaped = true;
            false
        }
        (false, b) => *b == b'"',
    });
    end.map_or(text.len(), |n| n + 2)
}

/// How a number is written without a fraction, where it was written otherwise; or its text, when it has one or is longer than
/// any count here.
fn number(token: &str) -> Result<Option<String>, String> {
    let (mantissa, exponent) = token.split_once(['e', 'E']).unwrap_or((token, "0"));
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |rest| ("-", rest));
    let (before, after) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let exponent = exponent.strip_prefix('+').unwrap_or(exponent);
    let formed = digits(before) && digits(after) && (before == "0" || !before.starts_with('0'));
    if !formed || !digits(exponent.strip_prefix('-').unwrap_or(exponent)) {
        // No number of JSON's: its reader says so, with the line.
        return Ok(None);
    }
    if mantissa == token.trim_start_matches('-') && !mantissa.contains('.') {
        // Written whole: minus nothing is nothing, and what no register holds would be read as a fraction.
        let held = token.parse::<i64>().is_ok() || token.parse::<u64>().is_ok();
        return if held { Ok((token == "-0").then(|| "0".to_owned())) } else { Err(token.to_owned()) };
    }
    let all = [before, after].concat();
    let (kept, cut) = (all.trim_end_matches('0'), all.len() - all.trim_end_matches('0').len());
    let kept = kept.trim_start_matches('0');
    if kept.is_empty() {
        return Ok(Some("0".to_owned()));
    }
    let wrong = || token.chars().take(40).collect::<String>();
    let zeros = exponent.parse::<i64>().ok().and_then(|e| {
        let moved = i64::try_from(cut).ok()? - i64::try_from(after.len()).ok()?;
        usize::try_from(e.checked_add(moved)?).ok().filter(|zeros| *zeros <= 16)
    });
    let plain = format!("{sign}{kept}{}", "0".repeat(zeros.ok_or_else(wrong)?));
    let fits = plain.parse::<i64>().is_ok_and(|n| n.unsigned_abs() <= 1 << 53);
    if fits { Ok(Some(plain)) } else { Err(wrong()) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Result<String, String> {
        whole(text.as_bytes()).map(|bytes| String::from_utf8(bytes.into_owned()).unwrap())
    }

    #[test]
    fn a_whole_number_is_itself_however_it_is_written() {
        for (text, is) in [
            ("30.0", "30"),
            ("3e1", "30"),
            ("3.00E+1", "30"),
            ("0.3e2", "30"),
            ("300e-1", "30"),
            ("-0.0", "0"),
            ("-0", "0"),
            ("0e400", "0"),
            // Of these a binary fraction makes its neighbour.
            ("-2023319192171957.0", "-2023319192171957"),
            ("4503599627370497.0", "4503599627370497"),
            ("9007199254740991.0", "9007199254740991"),
            ("18446744073709551615", "18446744073709551615"),
            (r#"{"a":[1.0,-2.50e1],"b":"1.5 \" 2.5","c":7}"#, r#"{"a":[1,-25],"b":"1.5 \" 2.5","c":7}"#),
            // What is no JSON stays as it is.
            ("01.5", "01.5"),
            ("1.", "1."),
            ("--1", "--1"),
            (r#"{"a":"1.5"#, r#"{"a":"1.5"#),
        ] {
            assert_eq!(read(text).as_deref(), Ok(is), "{text}");
        }
        for text in ["0.1", "30.5", "1e300", "1e-1", "[1,2.000001]", "9007199254740993.0", "18446744073709551616"] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_with_a_point_or_an_exponent_is_the_same_number(n in -(1_i64 << 53)..=1 << 53, zeros in 0_usize..5) {
            let plain = n.to_string();
            prop_assert_eq!(read(&format!("[{n}.{}]", "0".repeat(zeros + 1))), Ok(format!("[{plain}]")));
            prop_assert_eq!(read(&format!("[{n}{}e-{zeros}]", "0".repeat(zeros))), Ok(format!("[{plain}]")));
        }

        #[test]
        fn whatever_comes_is_read_to_its_end(text in "[-+.eE0-9\"\\\\{}\\[\\], a]{0,40}") {
            let is_json = |text: &str| serde_json::from_str::<serde_json::Value>(text).is_ok();
            if let Ok(read) = read(&text) {
                prop_assert_eq!(is_json(&read), is_json(&text), "{}", read);
            }
        }
    }
}
