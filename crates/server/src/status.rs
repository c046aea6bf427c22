//! Which HTTP status each fault has: one table for every catalogue.

use axum::http::StatusCode;

/// A code, or `area.*` for all of an area that are not named; the more exact line counts.
pub const TABLE: &[(&str, u16)] = &[
    // What was sent cannot be read.
    ("request.*", 400),
    ("request.reversed", 422),
    ("request.not_found", 404),
    ("request.method", 405),
    ("request.if_match_failed", 412),
    ("request.too_large", 413),
    ("request.media_type", 415),
    ("request.if_match_missing", 428),
    ("upload.*", 422),
    // Who asks.
    ("auth.*", 500),
    ("auth.required", 401),
    ("auth.denied", 403),
    ("access.*", 422),
    ("access.refused", 401),
    ("access.expired", 401),
    ("access.demo_only", 403),
    ("access.operator_only", 403),
    ("access.not_empty", 409),
    ("access.exists", 409),
    ("access.not_found", 404),
    ("access.locked", 429),
    ("access.busy", 503),
    // How much.
    ("limit.*", 429),
    ("job.*", 409),
    ("job.not_found", 404),
    ("job.full", 503),
    ("inbox.*", 410),
    // The service.
    ("server.*", 500),
    ("server.overloaded", 503),
    ("server.deadline", 503),
    ("server.stopping", 503),
    ("config.*", 500),
    // The store.
    ("journal.*", 500),
    ("journal.bad_name", 422),
    ("journal.too_large", 422),
    ("journal.bad_cursor", 422),
    ("journal.conflict", 409),
    ("journal.key_reused", 422),
    ("journal.busy", 503),
    ("journal.closed", 503),
    ("journal.copy_left", 409),
    ("journal.not_sealed", 404),
    ("blob.*", 500),
    // The data.
    ("app.*", 500),
    ("formula.internal", 500),
    ("supervision.*", 500),
    ("relation.*", 500),
    ("write.*", 500),
    ("data.*", 500),
    ("data.nothing_filed", 404),
    ("data.no_roster", 404),
    ("import.*", 422),
    ("filing.*", 422),
    ("filing.not_found", 404),
    ("filing.no_findings", 404),
    ("registry.not_found", 404),
    ("exchange.*", 422),
    ("exchange.unknown_consent", 404),
    ("exchange.unknown_firm", 404),
    ("exchange.unknown_resource", 404),
    ("exchange.no_entry", 404),
    ("exchange.no_objection", 404),
    ("exchange.wrong_recipient", 403),
    ("exchange.wrong_purpose", 403),
    ("exchange.purpose_changed", 403),
    ("exchange.not_granted", 403),
    ("exchange.declined", 403),
    ("exchange.paused", 403),
    ("exchange.revoked", 403),
    ("exchange.expired", 403),
    ("exchange.wrong_mode", 403),
    ("exchange.personal_consent", 403),
    ("exchange.wrong_field", 403),
    ("exchange.wrong_range", 403),
    ("exchange.schema_moved", 403),
    ("exchange.not_the_signer", 403),
    ("exchange.not_identified", 403),
    ("exchange.authority_ended", 403),
    ("exchange.another_person", 403),
    ("exchange.not_a_recipient", 403),
    ("exchange.frequency", 429),
    ("exchange.quota_spent", 429),
    ("exchange.replayed", 409),
    ("exchange.consent_step", 409),
    ("exchange.objection_closed", 409),
    ("exchange.moved_on", 412),
    ("exchange.not_canonical", 500),
    ("exchange.consent_history", 500),
    ("exchange.policy_file", 500),
    ("exchange.policy_entry", 500),
    ("source.*", 503),
    ("sources.*", 500),
    ("batch.*", 422),
    ("batch.busy", 503),
    ("resource.*", 404),
    ("credit.*", 422),
    ("credit.internal", 500),
    ("credit.source_shape", 500),
    ("credit.future_source", 500),
    ("credit.no_data", 404),
    ("credit.unknown", 404),
    ("credit.unknown_firm", 404),
    ("credit.no_profile", 404),
    ("credit.no_decision", 404),
    ("credit.no_draft", 404),
    ("credit.profile_erased", 410),
    ("credit.inputs_erased", 410),
    ("credit.in_progress", 409),
    ("credit.number_taken", 409),
    ("credit.profile_old", 409),
    ("credit.no_report", 404),
    ("credit.report_outdated", 409),
    ("credit.governance", 409),
];

/// The status of a code.
#[must_use]
pub fn of(code: &str) -> StatusCode {
    let area = code.split('.').next().unwrap_or_default();
    let exact = TABLE.iter().find(|(c, _)| *c == code);
    let found = exact.or_else(|| TABLE.iter().find(|(c, _)| c.strip_suffix(".*") == Some(area)));
    // What nobody has placed may tell of the inside: it is shown as a fault of ours until somebody does.
    let unplaced = if INPUT.contains(&area) { 422 } else { 500 };
    let status = found.map_or(unplaced, |(_, status)| *status);
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// Areas whose faults can only be about what the caller sent; the test holds that every area is here or in the table.
pub const INPUT: &[&str] = &[
    "money",
    "rate",
    "date",
    "uscc",
    "decimal",
    "id",
    "number",
    "formula",
    "format",
    "formats",
    "csv",
    "xlsx",
    "parquet",
    "cell",
    "roster",
    "registry",
    "reference",
    "indicator",
    "population",
    "policy",
    "check",
    "target",
    "brief",
    "list",
    "file",
    "table",
    "daycount",
    "row",
    "district",
    "industry",
    "enterprise",
    "institution",
];

/// Every fault that an answer can name.
#[must_use]
pub fn catalogues() -> Vec<&'static huoshui_kernel::FaultSpec> {
    [
        huoshui_kernel::faults::CATALOGUE,
        huoshui_formula::faults::CATALOGUE,
        huoshui_formats::faults::CATALOGUE,
        huoshui_registry::faults::CATALOGUE,
        huoshui_exchange::faults::CATALOGUE,
        huoshui_sources::faults::CATALOGUE,
        huoshui_supervision::faults::CATALOGUE,
        huoshui_journal::faults::CATALOGUE,
        huoshui_credit::faults::CATALOGUE,
        huoshui_app::faults::CATALOGUE,
        huoshui_app::credit::faults::CATALOGUE,
        huoshui_app::access::faults::CATALOGUE,
        crate::faults::CATALOGUE,
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_has_a_status() {
        let lost: Vec<&str> = catalogues()
            .iter()
            .map(|spec| spec.code)
            .filter(|code| {
                let area = code.split('.').next().unwrap();
                let tabled = TABLE.iter().any(|(c, _)| c == code || c.strip_suffix(".*") == Some(area));
                !tabled && !INPUT.contains(&area)
            })
            .collect();
        assert!(lost.is_empty(), "without a status: {lost:?}");
    }

    #[test]
    fn every_line_of_the_table_is_about_a_fault_that_exists() {
        let all = catalogues();
        for (line, _) in TABLE.iter().filter(|(line, _)| !line.ends_with(".*")) {
            assert!(all.iter().any(|spec| spec.code == *line), "{line}");
        }
    }

    #[test]
    fn the_more_exact_line_counts() {
        assert_eq!(of("journal.conflict"), StatusCode::CONFLICT);
        assert_eq!(of("journal.storage"), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(of("formula.type"), StatusCode::UNPROCESSABLE_ENTITY);
    }
}
