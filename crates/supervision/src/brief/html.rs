//! The HTML face of the Markdown: our own anchors, layout marks and links pass, everything else is text.

use std::collections::BTreeMap;

use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd};

use super::blocks::Block;
use super::escape;

/// The parts of a layout mark on its own line: `<!--block:NAME-->`, `<!--open:CLASS-->`, `<!--close:-->`.
pub(super) fn marker(line: &str) -> Option<(&str, &str)> {
    let (kind, name) = line.trim().strip_prefix("<!--")?.strip_suffix("-->")?.split_once(':')?;
    let plain = name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    (matches!(kind, "block" | "open" | "close") && plain).then_some((kind, name))
}

/// Whether this is an anchor as [`super::links`] makes them.
fn is_anchor(tag: &str) -> bool {
    tag.strip_prefix("<a id=\"")
        .and_then(|t| t.strip_suffix("\">"))
        .is_some_and(|id| id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'~')))
}

/// Only within the document, or to its files of loans.
fn is_ours(target: &str) -> bool {
    target.starts_with('#') || (target.starts_with("loans/") && !target.contains(".."))
}

/// A link's opening; a titled one is the small mark after a figure.
fn open(target: &str, title: &str) -> String {
    let target = escape::html(target);
    if title.is_empty() {
        return format!("<a href=\"{target}\">");
    }
    let title = escape::html(title);
    format!("<a class=\"mark\" href=\"{target}\" title=\"{title}\" aria-label=\"{title}\">")
}

/// The body of the page.
pub(super) fn from_markdown(source: &str, blocks: &BTreeMap<&'static str, Block>) -> String {
    let mut anchor_open = false;
    let mut dropped_links = Vec::new();
    let events = Parser::new_ext(source, Options::ENABLE_TABLES).map(|event| match event {
        Event::Html(text) => match marker(&text) {
            Some(("block", name)) => raw(blocks.get(name).map(|b| b.html.clone()).unwrap_or_default()),
            Some(("open", class)) => raw(format!("<div class=\"{class}\">\n")),
            Some(_) => raw("</div>\n".to_owned()),
            None => Event::Text(text),
        },
        Event::InlineHtml(text) if is_anchor(&text) => {
            anchor_open = true;
            Event::InlineHtml(text)
        }
        Event::InlineHtml(text) if anchor_open && &*text == "</a>" => {
            anchor_open = false;
            Event::InlineHtml(text)
        }
        Event::InlineHtml(text) => Event::Text(text),
        Event::Start(Tag::Link { dest_url, title, .. }) => {
            let ours = is_ours(&dest_url);
            dropped_links.push(!ours);
            raw(if ours { open(&dest_url, &title) } else { String::new() })
        }
        Event::End(TagEnd::Link) => {
            raw(if dropped_links.pop() == Some(false) { "</a>".to_owned() } else { String::new() })
        }
        Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image) => raw(String::new()),
        other => other,
    });
    let mut body = String::with_capacity(source.len() * 2);
    pulldown_cmark::html::push_html(&mut body, events);
    // A wide table scrolls by itself in a narrow window instead of the whole page.
    body.replace("<table>", "<div class=\"scroll\"><table>").replace("</table>", "</table></div>")
}

fn raw(text: String) -> Event<'static> {
    Event::InlineHtml(CowStr::from(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_that_is_not_ours_becomes_text() {
        let blocks = BTreeMap::new();
        let body = from_markdown(
            "a <b>x</b> <a id=\"def-a\"></a><img src=x onerror=y> </a>\n\n<script>1</script>\n\n[x](javascript:1) ![y](http://z) [z](#def-a)\n",
            &blocks,
        );
        for bad in ["<b>", "<img", "<script", "javascript", "http"] {
            assert!(!body.contains(bad), "{bad}: {body}");
        }
        assert!(body.contains("<a id=\"def-a\"></a>") && body.contains("<a href=\"#def-a\">z</a>"), "{body}");
        assert_eq!(body.matches("</a>").count(), 2, "{body}");
    }

    #[test]
    fn marks_are_read_whole_or_not_at_all() {
        assert_eq!(marker("<!--block:cards-->"), Some(("block", "cards")));
        assert_eq!(marker("  <!--close:-->"), Some(("close", "")));
        for other in ["<!--note-->", "<!--open:a\" b-->", "x <!--block:cards-->", "<!--else:x-->"] {
            assert_eq!(marker(other), None, "{other}");
        }
    }
}
