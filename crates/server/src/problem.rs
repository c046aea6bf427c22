//! Faults as answers: `application/problem+json` (RFC 9457) from the catalogue of faults.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use huoshui_kernel::Lang;
use huoshui_kernel::fault::Fault;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{faults, status};

/// A fault on its way to the caller. The front renders it in the caller's language.
#[derive(Clone, Debug)]
pub struct Problem {
    pub(crate) fault: Fault,
    pub(crate) policy: Option<String>,
    pub(crate) retry_after: Option<u64>,
    pub(crate) outcome: Option<serde_json::Value>,
}

impl Problem {
    /// The fault, with the policy that decided.
    #[must_use]
    pub fn denied(operation: &str, policy: &str) -> Self {
        let fault = Fault::new(&faults::DENIED).with("operation", operation).with("policy", policy);
        Self { fault, policy: Some(policy.to_owned()), retry_after: None, outcome: None }
    }

    /// Says when to come back, in seconds.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// Tells what was recorded of a refusal.
    #[must_use]
    pub fn outcome(mut self, outcome: serde_json::Value) -> Self {
        self.outcome = Some(outcome);
        self
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.fault.code()
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        status::of(self.fault.code())
    }
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        Self { fault, policy: None, retry_after: None, outcome: None }
    }
}

impl IntoResponse for Problem {
    /// Carries itself to the front, which knows the language and the request's number.
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// The texts of a problem in one language.
#[derive(Serialize, ToSchema)]
pub struct Said {
    /// What happened.
    pub message: String,
    /// What to do next.
    pub hint: String,
}

/// What went wrong (RFC 9457), in the language asked for, and in both.
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// Where the code is explained.
    #[serde(rename = "type")]
    pub kind: String,
    /// What happened, in the language asked for.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened and what to do next, in the language asked for.
    pub detail: String,
    /// Stable code.
    pub code: String,
    /// The parameter, header or member at fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The row at fault, as a spreadsheet counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub row: Option<u64>,
    /// What to do next, in the language asked for.
    pub hint: String,
    /// The authorization policy that decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// The request's number, as in `X-Request-Id`.
    pub request: String,
    /// Of a refused pull: its entry in the log, and of a repeat how the first one ended. Of a refused batch: its findings.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<ProblemOutcome>)]
    pub outcome: Option<serde_json::Value>,
    /// Chinese.
    pub zh: Said,
    /// English.
    pub en: Said,
}

/// What a refusal tells besides its code.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[allow(dead_code, clippy::large_enum_variant, reason = "the contract's form of what handlers tell")]
pub enum ProblemOutcome {
    /// Of a pull.
    Pulled {
        /// What was recorded of it.
        recorded: PullRecorded,
        /// Of a repeat: how the first one ended.
        #[schema(required = true)]
        first: Option<PullRecorded>,
    },
    /// Of a batch.
    Batch {
        /// How many errors there are.
        errors: u64,
        /// The first 50 of them.
        findings: Vec<Finding>,
    },
}

/// What was recorded of a pull: no value.
#[derive(Serialize, ToSchema)]
#[allow(dead_code, reason = "the contract's form of the use case's type")]
pub struct PullRecorded {
    /// `released`, `empty`, `refused`, `replayed`.
    outcome: String,
    /// Code of the refusal.
    reason: Option<String>,
    /// The stream of its entry.
    stream: String,
    /// The entry's version in it.
    version: u64,
    /// The commitment to the answer that left, hexadecimal.
    commitment: Option<String>,
    /// Each resource and how its source answered.
    #[schema(required = false)]
    parts: Vec<Vec<String>>,
}

/// A fault in a file.
#[derive(Serialize, ToSchema)]
#[allow(dead_code, reason = "the contract's form of the kernel's type")]
pub struct Finding {
    /// Stable code.
    code: String,
    /// What is wrong.
    zh: String,
    /// What is wrong.
    en: String,
    /// What to do.
    hint_zh: String,
    /// What to do.
    hint_en: String,
    /// The column.
    field: Option<String>,
    /// The row, as a spreadsheet counts.
    row: Option<u64>,
}

/// The media type of problems.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// Renders a problem. What failed inside is in the log only: a caller learns that something did, and its number.
pub(crate) fn render(problem: &Problem, lang: Lang, request: &str) -> Response {
    let status = problem.status();
    let hidden = Fault::new(&faults::INTERNAL);
    let fault = if status == StatusCode::INTERNAL_SERVER_ERROR { &hidden } else { &problem.fault };
    let said = |lang| Said { message: fault.message(lang), hint: fault.hint(lang) };
    let (title, hint) = (fault.message(lang), fault.hint(lang));
    let stop = match lang {
        Lang::Zh => "。",
        Lang::En => ". ",
    };
    let body = ProblemBody {
        kind: format!("/v1/catalogue/errors#{}", fault.code()),
        detail: format!("{title}{stop}{hint}"),
        title,
        status: status.as_u16(),
        code: fault.code().to_owned(),
        field: fault.field_name().map(str::to_owned),
        row: fault.row_number(),
        hint,
        policy: problem.policy.clone(),
        request: request.to_owned(),
        outcome: problem.outcome.clone(),
        zh: said(Lang::Zh),
        en: said(Lang::En),
    };
    let bytes = serde_json::to_vec(&body).unwrap_or_default();
    let mut response = (status, bytes).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    if let Some(seconds) = problem.retry_after.or((status == StatusCode::SERVICE_UNAVAILABLE).then_some(1)) {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}
