//! `LIKE`: `%` is any run of characters, `_` any one; case counts; there is no escape.

use crate::ir::LikePattern;

impl LikePattern {
    /// Whether the text matches, without allocating.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        let (pattern, text) = (self.text.as_bytes(), text.as_bytes());
        let (mut p, mut t) = (0, 0);
        // After the last `%`: where the pattern goes on, and how far its run has eaten into the text.
        let mut retry: Option<(usize, usize)> = None;
        loop {
            match (pattern.get(p), text.get(t)) {
                (Some(b'%'), _) => {
                    retry = Some((p + 1, t));
                    p += 1;
                    continue;
                }
                (None, None) => return true,
                (Some(b'_'), Some(_)) => {
                    p += 1;
                    t = next_char(text, t);
                    continue;
                }
                (Some(x), Some(y)) if x == y => {
                    p += 1;
                    t += 1;
                    continue;
                }
                _ => {}
            }
            match retry {
                Some((after, eaten)) if eaten < text.len() => {
                    let eaten = next_char(text, eaten);
                    retry = Some((after, eaten));
                    (p, t) = (after, eaten);
                }
                _ => return false,
            }
        }
    }
}

/// The start of the next character.
fn next_char(text: &[u8], at: usize) -> usize {
    let mut next = at + 1;
    while text.get(next).is_some_and(|b| b & 0xC0 == 0x80) {
        next += 1;
    }
    next
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_single_characters_and_case() {
        for (pattern, text, want) in [
            ("北京%", "北京经济技术开发区", true),
            ("北京_", "北京市", true),
            ("北京_", "北京", false),
            ("_京%", "北京市", true),
            ("%开发区", "北京经济技术开发区", true),
            ("%a%b%", "xxaxxbxx", true),
            ("%a%b", "ab ab a", false),
            ("A%", "abc", false),
            ("", "", true),
            ("%", "", true),
            ("_", "", false),
            ("a\\%", "a\\bc", true),
            ("__", "中文", true),
            ("%%_", "中", true),
        ] {
            let pattern = LikePattern { text: pattern.into() };
            assert_eq!(pattern.matches(text), want, "{text} LIKE {}", pattern.text);
        }
    }
}
