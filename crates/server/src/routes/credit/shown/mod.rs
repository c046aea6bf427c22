//! The forms of the credit engine's answers in the contract. The answers themselves are the use cases' own types.
#![allow(dead_code, reason = "the contract's forms of other crates' types")]

mod decisions;
mod policies;
mod profiles;

pub(super) use decisions::{
    CreditCounts, DecisionAnswered, DecisionListed, DecisionReplayed, DecisionShown, DecisionStored, ExplanationBranch,
};
pub(super) use policies::{Offered, PolicyDrafted, WhatIf};
pub(super) use profiles::{OwnProfile, ProfileGiven, ProfileListed};

use serde::Serialize;
use utoipa::ToSchema;

use super::decisions::LoanRequest;

/// A text in the two languages.
#[derive(ToSchema)]
pub(super) struct Bilingual {
    zh: String,
    en: String,
}

/// What is decided, best first.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(super) enum CreditOutcome {
    /// Approved by the machine.
    Automatic,
    /// May be approved by a branch.
    Branch,
    /// May be approved by head office.
    HeadOffice,
    /// A person must look.
    Refer,
    /// Refused.
    Refuse,
}

/// Which policy, in which version.
#[derive(ToSchema)]
pub(super) struct PolicyNamed {
    /// `feature`, `tag`, `gates`, `stages`, `scale`, `scorecard`, `product`; of a draft the folder of its file.
    kind: String,
    /// Its code; of a draft the file's name.
    code: String,
    version: u32,
    /// SHA-256 of its canonical form, hexadecimal.
    hash: String,
}

/// A value: a code or a decimal in text, a whole number, yes or no.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(super) enum FieldValue {
    Text(String),
    Number(i64),
    Flag(bool),
}

/// A value, or null where it is missing.
#[derive(ToSchema)]
pub(super) struct ValueOrNull(Option<FieldValue>);
