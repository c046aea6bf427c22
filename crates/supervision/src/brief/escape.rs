//! Text from outside made harmless. Names of firms and institutions come from files: they may hold anything.

/// No name is shown longer than this, in characters.
const SHOWN: usize = 200;

/// One line without control, direction and invisible characters, of bounded length.
pub(super) fn clean(text: &str) -> String {
    let hidden = |c: char| matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}' | '\u{FE0E}' | '\u{FE0F}');
    let spaced: String = text
        .chars()
        .filter(|c| !hidden(*c))
        .map(|c| if c.is_control() || c.is_whitespace() { ' ' } else { c })
        .collect();
    let line = spaced.split(' ').filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" ");
    if line.chars().count() <= SHOWN {
        return line;
    }
    line.chars().take(SHOWN - 1).chain(['…']).collect()
}

/// Text for a paragraph, a link or a table cell of Markdown that reads as itself.
pub(super) fn markdown(text: &str) -> String {
    let line = clean(text);
    let lower = line.to_ascii_lowercase();
    let mut out = String::with_capacity(line.len() + 8);
    let mut leading_digits = true;
    for (i, c) in line.char_indices() {
        let before = lower.get(..i).unwrap_or_default();
        let after = line.get(i + c.len_utf8()..).unwrap_or_default();
        let special = match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' | '&' | '#' | '$' | '@' | '!' => true,
            // At the start of a line these would begin a list or a heading.
            '-' | '+' | '=' => i == 0,
            '.' | ')' => (leading_digits && i > 0) && after.starts_with(' ') || before.ends_with("www"),
            // Bare addresses would become links.
            ':' => after.starts_with("//"),
            _ => false,
        };
        leading_digits &= c.is_ascii_digit();
        if special {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// Text for HTML, inside or outside an attribute in double quotes.
pub(super) fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in clean(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
    out
}

/// A code span of Markdown around any text.
pub(super) fn code_span(text: &str) -> String {
    let line = clean(text);
    let longest = line.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let pad = if line.starts_with('`') || line.ends_with('`') { " " } else { "" };
    format!("{fence}{pad}{line}{pad}{fence}")
}

/// Part of a file name or an anchor: ASCII letters, digits, `_` and `-`; every other byte as `~` and two hex digits, so
/// that two texts never meet and none leaves its folder.
pub(super) fn slug(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-' {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("~{byte:02x}"));
        }
    }
    out
}

/// A word of a command, quoted if a shell would read it otherwise.
pub(super) fn shell_word(text: &str) -> String {
    let line = clean(text);
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '+' | '=' | '.' | ',' | ':' | '/');
    if !line.is_empty() && line.chars().all(plain) {
        return line;
    }
    format!("'{}'", line.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_look_like_markup_read_as_themselves() {
        assert_eq!(markdown("<script>alert(1)</script>"), r"\<script\>alert(1)\</script\>");
        assert_eq!(markdown("a|b](http://x)`"), r"a\|b\](http\://x)\`");
        assert_eq!(markdown("1. 某公司"), r"1\. 某公司");
        assert_eq!(markdown("- 甲\n# 乙"), r"\- 甲 \# 乙");
        assert_eq!(markdown("WWW.x.cn"), r"WWW\.x.cn");
        assert_eq!(markdown("2,620.65亿元（+30.44%）"), "2,620.65亿元（+30.44%）");
        assert_eq!(markdown("-44 bp"), r"\-44 bp");
        assert_eq!(html("<b a=\"x\">&'"), "&lt;b a=&quot;x&quot;&gt;&amp;&#39;");
        assert_eq!(code_span("a`b``"), "``` a`b`` ```");
    }

    #[test]
    fn what_cannot_be_seen_is_left_out() {
        assert_eq!(clean("甲\u{202E}乙\u{200B}\r\n\t丙\0"), "甲乙 丙");
        assert_eq!(clean(&"长".repeat(500)).chars().count(), 200);
    }

    #[test]
    fn no_text_leaves_its_folder_or_its_word() {
        assert_eq!(slug("../a b"), "~2e~2e~2fa~20b");
        assert_ne!(slug("~2e"), slug("."));
        assert_eq!(shell_word("district=110108"), "district=110108");
        assert_eq!(shell_word("institution=$(rm -rf x)'"), r"'institution=$(rm -rf x)'\'''");
    }
}
