//! What verification found.

use huoshui_kernel::Lang;
use serde::Serialize;

/// Findings listed; further ones are counted only.
const LISTED: usize = 100;

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Problem {
    /// An event's bytes do not match its hash, or its hash does not follow the event before it.
    Changed,
    /// An event that a stream, a seal or a receipt speaks of is not there.
    Missing,
    /// An event's row cannot be read.
    Unreadable,
    /// An event is neither sealed nor waiting to be.
    Unordered,
    /// An event that no command's receipt accounts for.
    Unanswered,
    /// The sealed order or the tree over it is broken.
    Order,
    /// A seal's root is not that of the events under it.
    Root,
    /// A seal's signature is not that of a trusted key.
    Signature,
    /// A signature that an event carries is not that of a trusted key over what it says.
    Signed,
    /// A published seal is not in the database, or not the same there.
    Published,
    /// A receipt does not match its hash or its events.
    Receipt,
    /// A document does not match its hash.
    State,
    /// A document is not what its events make of it.
    Fold,
    /// The database itself is damaged.
    Store,
}

impl Problem {
    /// In words.
    #[must_use]
    pub fn text(self, lang: Lang) -> &'static str {
        let (zh, en) = match self {
            Self::Changed => ("事件内容与哈希链不符", "the event does not match the hash chain"),
            Self::Missing => ("事件缺失", "the event is missing"),
            Self::Unreadable => ("事件记录无法读取", "the event's row cannot be read"),
            Self::Unordered => ("事件既未封存也不在待封存队列", "the event is neither sealed nor waiting to be"),
            Self::Unanswered => ("事件没有对应的命令回执", "no receipt accounts for the event"),
            Self::Order => ("封存顺序或默克尔树损坏", "the sealed order or its tree is broken"),
            Self::Root => ("封印的根与其下的事件不符", "the seal's root is not that of its events"),
            Self::Signature => ("封印签名无效", "the seal's signature is not valid"),
            Self::Signed => ("事件所载的签名无效", "the signature that the event carries is not valid"),
            Self::Published => ("已公布的封印与数据库不符", "a published seal is not what the database holds"),
            Self::Receipt => ("命令回执与其事件不符", "a receipt does not match its events"),
            Self::State => ("状态文档与哈希不符", "a document does not match its hash"),
            Self::Fold => ("状态文档与事件重算结果不符", "a document is not what its events make of it"),
            Self::Store => ("数据库文件损坏", "the database is damaged"),
        };
        match lang {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }
}

/// One thing wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What is wrong.
    pub problem: Problem,
    /// The event's stream.
    pub stream: Option<String>,
    /// The event's version.
    pub version: Option<u64>,
    /// The event's place in the sealed order.
    pub position: Option<u64>,
    /// The record otherwise at fault, or what exactly differs.
    pub detail: Option<String>,
}

impl Finding {
    pub(crate) fn of(problem: Problem) -> Self {
        Self { problem, stream: None, version: None, position: None, detail: None }
    }

    pub(crate) fn event(mut self, stream: &str, version: u64) -> Self {
        (self.stream, self.version) = (Some(stream.to_owned()), Some(version));
        self
    }

    pub(crate) fn position(mut self, position: Option<u64>) -> Self {
        self.position = position;
        self
    }

    pub(crate) fn detail(mut self, detail: impl std::fmt::Display) -> Self {
        self.detail = Some(detail.to_string());
        self
    }

    /// One line for people.
    #[must_use]
    pub fn line(&self, lang: Lang) -> String {
        let mut line = self.problem.text(lang).to_owned();
        if let (Some(stream), Some(version)) = (&self.stream, self.version) {
            line.push_str(&format!(" · {stream} #{version}"));
        }
        if let Some(position) = self.position {
            line.push_str(&format!(" · @{position}"));
        }
        if let Some(detail) = &self.detail {
            line.push_str(&format!(" · {detail}"));
        }
        line
    }
}

/// The outcome.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Events read.
    pub events: u64,
    /// Streams read.
    pub streams: u64,
    /// Events under a seal.
    pub sealed: u64,
    /// Events waiting to be sealed.
    pub unsealed: u64,
    /// Seals checked, in the database and published.
    pub seals: u64,
    /// Receipts checked.
    pub receipts: u64,
    /// Documents checked.
    pub states: u64,
    /// What is wrong: first the events in the order of their streams, then seals, receipts, documents. At most 100.
    pub findings: Vec<Finding>,
    /// How many things are wrong in all.
    pub wrong: u64,
}

impl Report {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.wrong == 0
    }

    pub(crate) fn add(&mut self, finding: Finding) {
        self.wrong += 1;
        if self.findings.len() < LISTED {
            self.findings.push(finding);
        }
    }
}
