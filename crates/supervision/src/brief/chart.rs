//! Bars: as inline SVG that keeps its type size on any width, and as text.
//!
//! Lengths are percentages worked out in integers; type is in pixels. So a chart fills a page and a narrow window alike
//! without its letters growing or shrinking, and needs no script.

use std::fmt::Write as _;

use super::escape::{clean, html};
use super::words::width;

/// One bar of a group.
pub(super) struct Bar {
    pub(super) value: i128,
    pub(super) text: String,
    pub(super) href: Option<String>,
}

/// A label and its bars: one, or now and then.
pub(super) struct Group {
    pub(super) label: String,
    pub(super) bars: Vec<Bar>,
}

/// A chart. With `own_scale` each group fills the width by itself, because its unit is its own.
pub(super) struct Chart {
    pub(super) id: &'static str,
    pub(super) title: String,
    pub(super) title_href: Option<String>,
    pub(super) legend: Vec<String>,
    pub(super) groups: Vec<Group>,
    pub(super) full: Option<i128>,
    pub(super) own_scale: bool,
}

/// Up to this label width (hundredths of the font's size) label, bar and value share a line.
const SHORT_LABEL: usize = 920;
/// The width of a line of a long label, and how many of them.
const LINE: usize = 1_900;
const LINES: usize = 3;
/// Cells of the longest bar of text.
const CELLS: i128 = 24;

/// The share of `value` in `max` in hundredths of a percent of `span` percent; never negative.
fn length(value: i128, max: i128, span: i128) -> i128 {
    if value <= 0 || max <= 0 {
        return 0;
    }
    // Both shifted down together, so that the product stays in range; a bar needs no more than 40 bits.
    let shift = max.ilog2().saturating_sub(40);
    (value.min(max) >> shift) * span * 100 / (max >> shift).max(1)
}

fn percent(hundredths: i128) -> String {
    format!("{}.{:02}%", hundredths / 100, hundredths % 100)
}

/// A label in lines that a narrow window holds; what is beyond the last is left to the title.
fn wrap(label: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for c in label.chars() {
        let last = lines.len() == LINES;
        let Some(line) = lines.last_mut() else { break };
        if width(line) + width(c.encode_utf8(&mut [0; 4])) <= LINE {
            line.push(c);
            continue;
        }
        if last {
            line.pop();
            line.push('…');
            break;
        }
        // A word of Latin letters moves whole to the next line.
        let next = match line.rfind(' ') {
            Some(at) if c != ' ' && c.is_ascii() => {
                let tail = line.split_off(at);
                tail.trim_start().to_owned() + &c.to_string()
            }
            _ => c.to_string().trim().to_owned(),
        };
        lines.push(next);
    }
    lines
}

impl Chart {
    fn max_of(&self, group: &Group) -> i128 {
        let most = |bars: &[Bar]| bars.iter().map(|b| b.value).max().unwrap_or(0);
        self.full.unwrap_or_else(|| {
            if self.own_scale {
                most(&group.bars)
            } else {
                self.groups.iter().map(|g| most(&g.bars)).max().unwrap_or(0)
            }
        })
    }

    fn description(&self) -> String {
        let of = |g: &Group| {
            let texts: Vec<&str> = g.bars.iter().map(|b| b.text.as_str()).collect();
            format!("{} {}", clean(&g.label), texts.join(" / "))
        };
        self.groups.iter().map(of).collect::<Vec<_>>().join("; ")
    }

    /// A figure of HTML with its caption.
    pub(super) fn svg(&self) -> String {
        let short = self.groups.iter().all(|g| g.bars.len() == 1 && width(&clean(&g.label)) <= SHORT_LABEL);
        let widest = self.groups.iter().flat_map(|g| &g.bars).map(|b| width(&b.text)).max().unwrap_or(0);
        let mut body = String::new();
        let mut y = 4;
        for group in &self.groups {
            y += if short { self.line(&mut body, group, y, widest) } else { self.stack(&mut body, group, y, widest) };
        }
        let id = self.id;
        let title = html(&self.title);
        let caption = match &self.title_href {
            Some(href) => format!("<a href=\"{}\">{title}</a>", html(href)),
            None => title.clone(),
        };
        let mut legend = String::new();
        for (i, name) in self.legend.iter().enumerate() {
            let _ = write!(legend, "<span class=\"key s{i}\">{}</span>", html(name));
        }
        format!(
            "<figure class=\"chart\" id=\"chart-{id}\"><figcaption>{caption}{legend}</figcaption>\
             <svg role=\"img\" width=\"100%\" height=\"{y}\" aria-labelledby=\"chart-{id}-t chart-{id}-d\">\
             <title id=\"chart-{id}-t\">{title}</title><desc id=\"chart-{id}-d\">{}</desc>{body}</svg></figure>\n",
            long(&self.description()),
        )
    }

    /// Label, bar and value on one line. Gives its height.
    fn line(&self, out: &mut String, group: &Group, y: i32, widest: usize) -> i32 {
        let Some(bar) = group.bars.first() else { return 0 };
        // Where the bars end: longer values (CNY 12.345 billion) need more room.
        let span = if widest > 800 { 32 } else { 40 };
        let label = html(&group.label);
        let _ =
            write!(out, "<g><title>{label} {}</title><text x=\"0\" y=\"{}\">{label}</text>", html(&bar.text), y + 14);
        let _ = write!(out, "<rect class=\"track\" x=\"34%\" y=\"{}\" width=\"{span}%\" height=\"12\"/>", y + 4);
        let _ = write!(
            out,
            "<rect class=\"s0\" x=\"34%\" y=\"{}\" width=\"{}\" height=\"12\"/>{}</g>",
            y + 4,
            percent(length(bar.value, self.max_of(group), span)),
            value(bar, y + 14),
        );
        20
    }

    /// The label above its bars. Gives its height.
    fn stack(&self, out: &mut String, group: &Group, y: i32, widest: usize) -> i32 {
        let span = if widest > 800 { 62 } else { 74 };
        let single = group.bars.len() == 1;
        let mut at = y;
        let _ = write!(out, "<g><title>{}</title>", html(&group.label));
        for line in wrap(&clean(&group.label)) {
            at += 15;
            let _ = write!(out, "<text x=\"0\" y=\"{}\">{}</text>", at - 2, html(&line));
        }
        for (i, bar) in group.bars.iter().enumerate() {
            // One bar has its value beside the label and the whole width; two have theirs at their own ends.
            let (span, text_y) = if single { (100, y + 13) } else { (span, at + 10) };
            let _ = write!(out, "<rect class=\"track\" x=\"0\" y=\"{}\" width=\"{span}%\" height=\"10\"/>", at + 2);
            let _ = write!(
                out,
                "<rect class=\"s{i}\" x=\"0\" y=\"{}\" width=\"{}\" height=\"10\"/>{}",
                at + 2,
                percent(length(bar.value, self.max_of(group), span)),
                value(bar, text_y),
            );
            at += 13;
        }
        out.push_str("</g>");
        at + 6 - y
    }

    /// The same bars as a block of text.
    pub(super) fn text(&self) -> String {
        let cells = |text: &str| text.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum::<usize>();
        let label = |g: &Group| clean(&g.label);
        let pad = self.groups.iter().map(|g| cells(&label(g))).max().unwrap_or(0);
        let mut out = format!("~~~text\n{}\n", clean(&self.title));
        for (i, name) in self.legend.iter().enumerate() {
            let _ = writeln!(out, "{} {}", block(i), clean(name));
        }
        for group in &self.groups {
            for (i, bar) in group.bars.iter().enumerate() {
                let name = if i == 0 { label(group) } else { String::new() };
                let filled = usize::try_from(length(bar.value, self.max_of(group), CELLS) / 100).unwrap_or(0);
                let _ = writeln!(
                    out,
                    "{name}{}  {}{}  {}",
                    " ".repeat(pad.saturating_sub(cells(&name))),
                    block(i).repeat(filled),
                    " ".repeat(usize::try_from(CELLS).unwrap_or(0).saturating_sub(filled)),
                    clean(&bar.text),
                );
            }
        }
        out.push_str("~~~\n");
        out
    }
}

fn block(series: usize) -> &'static str {
    if series == 0 { "█" } else { "░" }
}

fn value(bar: &Bar, y: i32) -> String {
    let text = html(&bar.text);
    let drawn = format!("<text class=\"v\" x=\"100%\" y=\"{y}\">{text}</text>");
    match &bar.href {
        Some(href) => format!("<a href=\"{}\">{drawn}</a>", html(href)),
        None => drawn,
    }
}

/// A description may be longer than a name: escaped piece by piece.
fn long(text: &str) -> String {
    text.split("; ").map(html).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(labels: &[(&str, i128)]) -> Chart {
        let groups = labels
            .iter()
            .map(|(label, value)| Group {
                label: (*label).into(),
                bars: vec![Bar { value: *value, text: format!("v{value}"), href: None }],
            })
            .collect();
        Chart { id: "x", title: "T".into(), title_href: None, legend: Vec::new(), groups, full: None, own_scale: false }
    }

    #[test]
    fn bars_are_in_proportion_and_never_beyond_the_widest() {
        assert_eq!(length(50, 100, 44), 2_200);
        assert_eq!(length(1, 3, 100), 3_333);
        assert_eq!(length(-5, 100, 44), 0);
        assert_eq!(length(5, 0, 44), 0);
        assert_eq!(length(500, 100, 44), 4_400);
        assert_eq!(length(i128::MAX / 2, i128::MAX, 100), 4_999);
        assert_eq!(length(i128::MAX, i128::MAX, 100), 10_000);
    }

    #[test]
    fn a_long_name_is_wrapped_and_kept_whole_in_the_title() {
        let name = "中国某某商业银行股份有限公司北京经济技术开发区科技金融专营机构第一支行营业部综合业务中心（特别长的名称，三行也写不下，只好在末尾省去若干字）";
        let svg = chart(&[(name, 1)]).svg();
        assert!(svg.contains(&format!("<title>{name}</title>")));
        assert!(svg.contains('…') && !svg.contains(&format!("<text x=\"0\" y=\"17\">{name}")));
        assert_eq!(
            wrap("Industrial and Commercial Bank of China Limited"),
            ["Industrial and Commercial Bank of", "China Limited"]
        );
    }

    #[test]
    fn hostile_names_stay_text_in_both_forms() {
        let chart = chart(&[("~~~\n<script>x</script>", 3), ("\" onload=\"y", 1)]);
        let svg = chart.svg();
        assert!(!svg.contains("<script") && !svg.contains("\" onload=\""), "{svg}");
        let text = chart.text();
        assert_eq!(text.lines().filter(|l| l.trim_start().starts_with("~~~")).count(), 3);
        assert!(text.lines().nth(2).unwrap().starts_with("~~~ <script>x</script>  ████"), "{text}");
    }
}
