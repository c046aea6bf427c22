//! Reading a rendered report: its links, its anchors, what people see of it.

/// Every `href` of a page.
pub fn links(html: &str) -> Vec<String> {
    attributes(html, " href=\"")
}

/// Every anchor of a page.
pub fn anchors(html: &str) -> Vec<String> {
    attributes(html, " id=\"")
}

fn attributes(html: &str, name: &str) -> Vec<String> {
    let tags = html.split('<').skip(1).filter_map(|piece| piece.split_once('>')).map(|(tag, _)| tag);
    tags.filter_map(|tag| tag.split_once(name)).map(|(_, rest)| rest.split('"').next().unwrap().to_owned()).collect()
}

/// Every target of a link of Markdown.
pub fn markdown_links(text: &str) -> Vec<String> {
    let text = without_code(text);
    text.match_indices("](").map(|(at, _)| text[at + 2..].split([')', ' ']).next().unwrap().to_owned()).collect()
}

/// Markdown without its code and escaped characters.
pub fn without_code(text: &str) -> String {
    let mut fenced = false;
    let mut prose = String::new();
    for line in text.lines() {
        match line {
            "~~~text" => fenced = true,
            "~~~" => fenced = false,
            _ if !fenced => {
                prose.push_str(line);
                prose.push('\n');
            }
            _ => {}
        }
    }
    let mut out = String::new();
    let mut rest = prose.as_str();
    while let Some(at) = rest.find(['`', '\\']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(escaped) = rest.strip_prefix('\\') {
            let mut chars = escaped.chars();
            chars.next();
            rest = chars.as_str();
            continue;
        }
        let fence = &rest[..rest.len() - rest.trim_start_matches('`').len()];
        rest = &rest[fence.len()..];
        // The next run of just as many closes it.
        let mut end = 0;
        loop {
            end += rest[end..].find('`').expect("a code span ends");
            let run = rest[end..].len() - rest[end..].trim_start_matches('`').len();
            end += run;
            if run == fence.len() {
                break;
            }
        }
        rest = &rest[end..];
    }
    out + rest
}

/// What people see of a page: no style, no tags.
pub fn seen(html: &str) -> String {
    let body = html.split_once("</style>").unwrap().1;
    let mut out = String::new();
    for piece in body.split('<') {
        out.push(' ');
        out.push_str(piece.split_once('>').map_or(piece, |(_, text)| text));
    }
    out.replace("&#39;", "'")
}

/// What people see of Markdown: no targets of links, no anchors.
pub fn seen_markdown(text: &str) -> String {
    let mut out = String::new();
    for (i, piece) in text.split("](").enumerate() {
        out.push_str(if i == 0 { piece } else { piece.split_once(')').unwrap().1 });
    }
    let mut shown = String::new();
    for piece in out.split("<a id=\"") {
        shown.push(' ');
        shown.push_str(piece.split_once("\"></a>").map_or(piece, |(_, rest)| rest));
    }
    shown
}

/// Without what is left of a section's heading.
pub fn section<'a>(markdown: &'a str, id: &str) -> &'a str {
    let start = markdown.find(&format!("## <a id=\"{id}\">")).unwrap();
    let rest = &markdown[start + 3..];
    rest.find("\n## ").map_or(rest, |end| &rest[..end])
}
