//! The text of a formula: its tokens, its places, and the way into `sqlparser`.

use huoshui_kernel::fault::{Fault, FaultSpec, Result};
use sqlparser::dialect::Dialect;
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer};

use crate::faults;
use crate::ir::Span;

/// The longest formula, in bytes.
pub const MAX_BYTES: usize = 64 * 1024;
/// The most words and signs in one formula. It bounds the parse tree, which is freed recursively.
pub const MAX_TOKENS: usize = 8_000;
/// The deepest nesting of a formula, AND and OR chains counting once.
pub const MAX_DEPTH: usize = 100;

/// A text with its tokens.
pub(crate) struct Source<'a> {
    pub(crate) text: &'a str,
    /// Every token that is not white space, with its bytes.
    tokens: Vec<(Span, Token)>,
    lines: Lines,
}

/// Where each character starts, so that the tokenizer's line and column become bytes.
struct Lines {
    chars: Vec<u32>,
    starts: Vec<usize>,
}

/// Standard SQL, with Chinese names allowed and nothing that belongs to one product.
#[derive(Debug)]
struct Edition1;

impl Dialect for Edition1 {
    fn is_identifier_start(&self, ch: char) -> bool {
        ch.is_ascii_alphabetic() || ch == '_' || (!ch.is_ascii() && ch.is_alphanumeric())
    }

    fn is_identifier_part(&self, ch: char) -> bool {
        self.is_identifier_start(ch) || ch.is_ascii_digit()
    }

    fn is_delimited_identifier_start(&self, ch: char) -> bool {
        ch == '"'
    }

    fn supports_filter_during_aggregation(&self) -> bool {
        true
    }
}

/// Words that keep their SQL meaning wherever they stand unquoted.
const RESERVED: &[Keyword] = &[
    Keyword::AND,
    Keyword::OR,
    Keyword::NOT,
    Keyword::IN,
    Keyword::BETWEEN,
    Keyword::LIKE,
    Keyword::IS,
    Keyword::NULL,
    Keyword::TRUE,
    Keyword::FALSE,
    Keyword::CASE,
    Keyword::WHEN,
    Keyword::THEN,
    Keyword::ELSE,
    Keyword::END,
    Keyword::AS,
    Keyword::FROM,
    Keyword::SELECT,
    Keyword::DISTINCT,
];
/// Words of date arithmetic; as names of columns they stay names.
const UNITS: &[Keyword] = &[
    Keyword::YEAR,
    Keyword::YEARS,
    Keyword::QUARTER,
    Keyword::MONTH,
    Keyword::MONTHS,
    Keyword::WEEK,
    Keyword::WEEKS,
    Keyword::DAY,
    Keyword::DAYS,
    Keyword::ISODOW,
    Keyword::DOY,
    Keyword::HOUR,
    Keyword::MINUTE,
    Keyword::SECOND,
];
/// Constructs that this edition refuses by name, with what they are.
const REFUSED: &[(&str, &str)] = &[
    ("SELECT", "subqueries (SELECT)"),
    ("WITH", "subqueries (WITH)"),
    ("EXISTS", "subqueries (EXISTS)"),
    ("CAST", "casts (CAST)"),
    ("TRY_CAST", "casts (TRY_CAST)"),
    ("CONVERT", "casts (CONVERT)"),
    ("OVER", "window functions (OVER)"),
    ("ANY", "ANY"),
    ("SOME", "SOME"),
    ("ALL", "ALL"),
    ("GROUPING", "GROUPING SETS"),
];
/// The same for operators written as words.
const REFUSED_OPERATORS: &[(&str, &str)] = &[
    ("ILIKE", "ILIKE"),
    ("SIMILAR", "SIMILAR TO"),
    ("RLIKE", "RLIKE"),
    ("REGEXP", "REGEXP"),
    ("ESCAPE", "ESCAPE in LIKE"),
    ("COLLATE", "COLLATE"),
    ("DIV", "DIV"),
    ("XOR", "XOR"),
];

impl<'a> Source<'a> {
    /// Splits the text into tokens, within the bounds.
    pub(crate) fn read(text: &'a str) -> Result<(Self, Vec<TokenWithSpan>)> {
        if text.len() > MAX_BYTES {
            return Err(too_large("文本长度（字节）", "bytes of text", MAX_BYTES));
        }
        let lines = Lines::of(text);
        let mut raw = Vec::new();
        if let Err(e) = Tokenizer::new(&Edition1, text).tokenize_with_location_into_buf(&mut raw) {
            let (line, column) = (e.location.line, e.location.column);
            return Err(syntax(line, column, &e.message));
        }
        let mut tokens = Vec::with_capacity(raw.len());
        let mut kept = Vec::with_capacity(raw.len());
        for token in raw {
            if matches!(token.token, Token::Whitespace(_)) {
                // `: name` must not read as a parameter, so white space stays where the parser looks for it.
                kept.push(token);
                continue;
            }
            tokens.push((lines.span(token.span.start, token.span.end), token.token.clone()));
            kept.push(token);
        }
        if tokens.len() > MAX_TOKENS {
            return Err(too_large("词和符号的个数", "words and signs", MAX_TOKENS));
        }
        let source = Self { text, tokens, lines };
        source.refuse_early()?;
        source.plain_words(&mut kept);
        Ok((source, kept))
    }

    /// A parser over the tokens.
    pub(crate) fn parser(tokens: Vec<TokenWithSpan>) -> Parser<'static> {
        Parser::new(&Edition1).with_recursion_limit(MAX_DEPTH).with_tokens_with_locations(tokens)
    }

    /// Names a construct that edition 1 lacks before the parser trips over it with a message of its own.
    fn refuse_early(&self) -> Result<()> {
        for (i, (span, token)) in self.tokens.iter().enumerate() {
            let Token::Word(word) = token else { continue };
            if word.quote_style.is_some() {
                continue;
            }
            let named = |list: &[(&str, &'static str)]| {
                list.iter().find(|(w, _)| word.value.eq_ignore_ascii_case(w)).map(|(_, what)| *what)
            };
            let opens = matches!(self.tokens.get(i + 1), Some((_, Token::LParen)));
            let follows = i > 0 && !matches!(self.tokens.get(i - 1), Some((_, Token::LParen | Token::Comma)));
            let what = if opens || word.keyword == Keyword::SELECT {
                named(REFUSED)
            } else if follows && self.tokens.get(i + 1).is_some_and(|(_, t)| !matches!(t, Token::Comma)) {
                named(REFUSED_OPERATORS).filter(|_| !matches!(self.tokens.get(i - 1), Some((_, t)) if infix(t)))
            } else {
                None
            };
            if let Some(what) = what {
                return Err(self.fault(&faults::UNSUPPORTED, *span).with("what", what));
            }
        }
        Ok(())
    }

    /// Takes the keyword meaning from every word that the language does not reserve, so that a column may be called
    /// `position`, `user` or `date`.
    fn plain_words(&self, tokens: &mut [TokenWithSpan]) {
        let mut seen = 0;
        for token in tokens.iter_mut() {
            if matches!(token.token, Token::Whitespace(_)) {
                continue;
            }
            let next = self.tokens.get(seen + 1).map(|(_, t)| t);
            let previous = seen.checked_sub(1).and_then(|i| self.tokens.get(i)).map(|(_, t)| t);
            seen += 1;
            let Token::Word(word) = &mut token.token else { continue };
            let opens = matches!(next, Some(Token::LParen));
            let quoted = matches!(next, Some(Token::SingleQuotedString(_)));
            let keep = match word.keyword {
                Keyword::DATE | Keyword::TIMESTAMP | Keyword::TIME => quoted,
                Keyword::INTERVAL => quoted || matches!(next, Some(Token::Number(..))),
                Keyword::EXTRACT | Keyword::FILTER | Keyword::WHERE => opens || word.keyword == Keyword::WHERE,
                k if UNITS.contains(&k) => {
                    matches!(next, Some(Token::Word(w)) if w.keyword == Keyword::FROM)
                        || matches!(previous, Some(Token::SingleQuotedString(_) | Token::Number(..)))
                }
                k => RESERVED.contains(&k),
            };
            if !keep {
                word.keyword = Keyword::NoKeyword;
            }
        }
    }

    /// The bytes of a span given by the parser; empty where the parser does not say.
    pub(crate) fn bytes(&self, span: sqlparser::tokenizer::Span) -> Span {
        self.lines.span(span.start, span.end)
    }

    fn index_at(&self, start: u32) -> usize {
        self.tokens.partition_point(|(s, _)| s.start < start)
    }

    /// Grows a span by `left` tokens before it and `right` tokens after it.
    pub(crate) fn grow(&self, span: Span, left: usize, right: usize) -> Span {
        let first = self.index_at(span.start).saturating_sub(left);
        let after = self.index_at(span.end);
        let start = if left == 0 { span.start } else { self.tokens.get(first).map_or(span.start, |(s, _)| s.start) };
        let end = match right.checked_sub(1).and_then(|r| self.tokens.get(after + r)) {
            Some((s, _)) => s.end,
            None => span.end,
        };
        Span { start, end }
    }

    /// Grows a span up to the first token after it that is this word.
    pub(crate) fn grow_to_word(&self, span: Span, words: &[&str]) -> Span {
        let from = self.index_at(span.end);
        let found =
            self.tokens.iter().skip(from).take(4).find(
                |(_, t)| matches!(t, Token::Word(w) if words.iter().any(|word| w.value.eq_ignore_ascii_case(word))),
            );
        Span { start: span.start, end: found.map_or(span.end, |(s, _)| s.end) }
    }

    /// From a function's name to the bracket that closes its call, `FILTER (…)` included.
    pub(crate) fn call(&self, name: Span) -> Span {
        let mut end = self.closing(self.index_at(name.end)).unwrap_or(name.end);
        let next = self.index_at(end);
        if matches!(self.tokens.get(next), Some((_, Token::Word(w))) if w.value.eq_ignore_ascii_case("filter")) {
            end = self.closing(next + 1).unwrap_or(end);
        }
        Span { start: name.start, end }
    }

    fn closing(&self, open: usize) -> Option<u32> {
        let mut depth = 0_usize;
        for (span, token) in self.tokens.iter().skip(open) {
            match token {
                Token::LParen => depth += 1,
                Token::RParen => depth = depth.checked_sub(1)?,
                _ => {}
            }
            if depth == 0 {
                return Some(span.end);
            }
        }
        None
    }

    /// The text of a span.
    pub(crate) fn text_of(&self, span: Span) -> &'a str {
        slice(self.text, span)
    }

    /// A fault at a place of the text.
    pub(crate) fn fault(&self, spec: &'static FaultSpec, span: Span) -> Fault {
        let (line, column) = place(self.text, span.start);
        Fault::new(spec).with("line", line).with("column", column).with("text", shorten(self.text_of(span)))
    }

    /// A type error.
    pub(crate) fn type_fault(&self, span: Span, said: (String, String), hint: (String, String)) -> Fault {
        self.fault(&faults::TYPE, span)
            .with("zh", said.0)
            .with("en", said.1)
            .with("hint_zh", hint.0)
            .with("hint_en", hint.1)
    }

    /// A construct that edition 1 lacks.
    pub(crate) fn unsupported(&self, span: Span, what: impl std::fmt::Display) -> Fault {
        self.fault(&faults::UNSUPPORTED, span).with("what", what)
    }

    /// A fault of the parser, its place taken from its message.
    pub(crate) fn parser_fault(&self, error: &ParserError) -> Fault {
        let message = match error {
            ParserError::RecursionLimitExceeded => return too_large("嵌套层数", "levels of nesting", MAX_DEPTH),
            ParserError::ParserError(m) | ParserError::TokenizerError(m) => m.as_str(),
        };
        let (detail, at) = message.rsplit_once(" at Line: ").unwrap_or((message, ""));
        let (line, column) = match at.split_once(", Column: ") {
            Some((l, c)) => (l.trim().parse().unwrap_or(1), c.trim().parse().unwrap_or(1)),
            None => place(self.text, u32::try_from(self.text.trim_end().len()).unwrap_or(0)),
        };
        syntax(line, column, detail)
    }

    /// A syntax fault at the token where the parser stands.
    pub(crate) fn unexpected(&self, token: &TokenWithSpan) -> Fault {
        let (line, column) = (token.span.start.line, token.span.start.column);
        syntax(line, column, &format!("unexpected {}", token.token))
    }
}

impl Lines {
    fn of(text: &str) -> Self {
        let mut chars = Vec::with_capacity(text.len() + 1);
        let mut starts = vec![0];
        for (i, (byte, ch)) in text.char_indices().enumerate() {
            chars.push(u32::try_from(byte).unwrap_or(u32::MAX));
            if ch == '\n' {
                starts.push(i + 1);
            }
        }
        chars.push(u32::try_from(text.len()).unwrap_or(u32::MAX));
        Self { chars, starts }
    }

    fn byte(&self, at: Location) -> u32 {
        let line = usize::try_from(at.line).unwrap_or(1).saturating_sub(1);
        let column = usize::try_from(at.column).unwrap_or(1).saturating_sub(1);
        let index = self.starts.get(line).copied().unwrap_or(0) + column;
        self.chars.get(index).or(self.chars.last()).copied().unwrap_or(0)
    }

    fn span(&self, start: Location, end: Location) -> Span {
        Span { start: self.byte(start), end: self.byte(end) }
    }
}

fn infix(token: &Token) -> bool {
    match token {
        Token::Word(w) => matches!(w.keyword, Keyword::AND | Keyword::OR | Keyword::NOT | Keyword::IN),
        t => matches!(
            t,
            Token::Plus
                | Token::Minus
                | Token::Mul
                | Token::Div
                | Token::Eq
                | Token::Neq
                | Token::Lt
                | Token::Gt
                | Token::LtEq
                | Token::GtEq
        ),
    }
}

/// Line and column, both from 1, columns in characters.
fn place(text: &str, byte: u32) -> (u64, u64) {
    let before = text.get(..byte as usize).unwrap_or(text);
    let line = before.matches('\n').count() as u64 + 1;
    let column = before.rsplit('\n').next().unwrap_or("").chars().count() as u64 + 1;
    (line, column)
}

pub(crate) fn slice(text: &str, span: Span) -> &str {
    text.get(span.start as usize..span.end as usize).unwrap_or("")
}

/// A text short enough for a message.
pub(crate) fn shorten(text: &str) -> String {
    const MOST: usize = 80;
    if text.chars().count() <= MOST { text.to_owned() } else { text.chars().take(MOST - 1).chain(['…']).collect() }
}

pub(crate) fn too_large(zh: &str, en: &str, limit: usize) -> Fault {
    Fault::new(&faults::TOO_LARGE).with("zh", zh).with("en", en).with("limit", limit)
}

fn syntax(line: u64, column: u64, detail: &str) -> Fault {
    Fault::new(&faults::SYNTAX)
        .with("line", line.max(1))
        .with("column", column.max(1))
        .with("zh", super::words::chinese(detail))
        .with("en", detail)
}
