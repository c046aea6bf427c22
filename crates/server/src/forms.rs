//! The forms of parameters and members that share one: a date is a date wherever it stands. Here once, and not at each
//! handler; a fuzzer holds the service to them.

use serde_json::{Map, Value};

/// Of parameters: operation (`*` for all), name, what its schema says besides its type.
const PARAMETERS: &[(&str, &str, &str)] = &[
    ("*", "as_of", r#"{"format":"date"}"#),
    ("*", "on", r#"{"format":"date"}"#),
    ("*", "from", r#"{"format":"date"}"#),
    ("*", "to", r#"{"format":"date"}"#),
    ("*", "known_at", r#"{"anyOf":[{"format":"date"},{"format":"date-time"}]}"#),
    ("listConsents", "cursor", r#"{"maxLength":1000}"#),
    ("listConsents", "state", r#"{"enum":["requested","declined","granted","paused","revoked"]}"#),
    ("appointSigner", "If-Match", r#"{"pattern":"^\"[0-9]{1,18}\"$"}"#),
    ("stepConsent", "If-Match", r#"{"pattern":"^\"[0-9]{1,18}\"$"}"#),
    ("listInbox", "cursor", r#"{"maxLength":1000}"#),
    ("watchInbox", "Last-Event-ID", r#"{"type":"integer","maximum":1000000000000000000}"#),
    ("listOrganisations", "kind", KINDS),
    ("listExchangeNotices", "whose", r#"{"enum":["party","person"]}"#),
    ("listEnterprises", "tier", r#"{"enum":["little_giant","srdi_sme","innovative_sme","technology_sme"]}"#),
    ("getIndicators", "format", r#"{"enum":["json","csv"]}"#),
    (
        "getRows",
        "part",
        r#"{"enum":["numerator","denominator","base_numerator","base_denominator","other_numerator","other_denominator"]}"#,
    ),
    ("getBrief", "format", r#"{"enum":["html","md"]}"#),
];

/// Kinds of organisations.
const KINDS: &str = r#"{"enum":["enterprise","bank","insurer","guarantor","equity_investor","equity_market","department","regulator","operator"]}"#;

/// A value of the exchange: which of these a field takes, its resource says.
const VALUE: &str = r#"{"type":["string","integer","boolean"],"minimum":-9007199254740991,"maximum":9007199254740991}"#;

/// Of members: schema, member, what the member's schema says besides.
const MEMBERS: &[(&str, &str, &str)] = &[
    ("Organisation", "kind", KINDS),
    ("ConsentStep", "step", r#"{"enum":["grant","decline","pause","resume","revoke"]}"#),
    ("ConsentStep", "authority", r#"{"enum":["legal_representative","authorised_agent","oneself"]}"#),
    ("SignerWanted", "authority", r#"{"enum":["legal_representative","authorised_agent"]}"#),
    ("ConsentRequest", "subject", r#"{"pattern":"^[0-9A-HJ-NP-RTUW-Y]{18}$","format":"uscc"}"#),
    ("ConsentRequest", "days", r#"{"maximum":65535}"#),
    ("ConsentRequest", "retention_days", r#"{"maximum":65535}"#),
    ("Claim", "value", VALUE),
    ("ObjectionRaised", "claimed", VALUE),
    ("LoanApplication", "bank_inputs", ROWS),
    ("WhatIfQuestion", "assumed", ROWS),
    (
        "DraftText",
        "kind",
        r#"{"enum":["checks","populations","indicators","resources","purposes","features","tags","gates","scorecards","products"]}"#,
    ),
    ("Claim", "row", ROW),
    ("ObjectionRaised", "row", ROW),
];

/// Key fields of a row with their values.
const ROW: &str = r#"{"type":"object","additionalProperties":{"type":["string","integer","boolean"],"minimum":-9007199254740991,"maximum":9007199254740991}}"#;

/// Rows of a bank's own relations, by relation.
const ROWS: &str = r#"{"type":"object","additionalProperties":{"type":"array","items":{"type":"object",
    "additionalProperties":{"type":["string","integer","boolean","null"],"minimum":-9007199254740991,"maximum":9007199254740991}}}}"#;

/// What is done with a draft: each step has members of its own.
const DRAFT_STEP: &str = r##"{"description":"What is done with a draft.","oneOf":[
    {"type":"object","required":["step","request","effective_from","as_of"],"additionalProperties":false,"properties":{
     "step":{"const":"validate"},"request":{"$ref":"#/components/schemas/LoanRequest"},"effective_from":{"type":"string","format":"date"},
     "as_of":{"type":"string","format":"date"},"assumed":{"type":"object"},"compared_with":{"type":["string","null"]}}},
    {"type":"object","required":["step","what_if"],"additionalProperties":false,"properties":{
     "step":{"const":"validate_with"},"what_if":{"type":"string"}}},
    {"type":"object","required":["step","effective_from"],"additionalProperties":false,"properties":{
     "step":{"const":"approve"},"effective_from":{"type":"string","format":"date"}}},
    {"type":"object","required":["step"],"additionalProperties":false,"properties":{"step":{"const":"publish"}}},
    {"type":"object","required":["step","reason"],"additionalProperties":false,"properties":{
     "step":{"const":"withdraw"},"reason":{"type":"string"}}}]}"##;

/// The body of `answerObjection`.
const SAYING: &str = r#"{"oneOf":[
    {"type":"object","required":["accepted"],"additionalProperties":false,"properties":{"accepted":{"type":"object","required":["corrected"],
     "additionalProperties":false,"properties":{"corrected":{"type":["string","integer","boolean"],"minimum":-9007199254740991,"maximum":9007199254740991}}}}},
    {"type":"object","required":["rejected"],"additionalProperties":false,"properties":{"rejected":{"type":"object","required":["reason"],
     "additionalProperties":false,"properties":{"reason":{"type":"string"}}}}}]}"#;

fn parsed(text: &str) -> Map<String, Value> {
    serde_json::from_str(text).unwrap_or_default()
}

fn say(schema: &mut Value, more: &str) {
    if let Some(schema) = schema.as_object_mut() {
        schema.extend(parsed(more));
    }
}

/// Completes an operation's parameters and bodies.
pub(crate) fn complete(operation: &mut Value) {
    let id = operation.get("operationId").and_then(Value::as_str).unwrap_or_default().to_owned();
    for parameter in operation.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten() {
        let name = parameter.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
        for (_, _, more) in PARAMETERS.iter().filter(|(of, n, _)| (*of == "*" || *of == id) && *n == name) {
            if let Some(schema) = parameter.get_mut("schema") {
                say(schema, more);
            }
        }
    }
    let body = operation.get_mut("requestBody").and_then(|b| b.get_mut("content")).and_then(Value::as_object_mut);
    for (media, content) in body.into_iter().flatten() {
        // Of bytes and plain text OpenAPI 3.1 says the media type alone.
        if matches!(media.as_str(), "application/octet-stream" | "text/csv")
            && let Some(content) = content.as_object_mut()
        {
            content.remove("schema");
        }
        if id == "answerObjection" {
            content["schema"] = Value::Object(parsed(SAYING));
        }
    }
    for response in operation.get_mut("responses").and_then(Value::as_object_mut).into_iter().flat_map(Map::values_mut)
    {
        let stream = response.get_mut("content").and_then(|c| c.get_mut("text/event-stream"));
        if let Some(schema) = stream.and_then(|s| s.get_mut("schema")) {
            *schema = event(schema.take());
        }
    }
}

/// An event of a stream: its data is a JSON text of this schema.
fn event(data: Value) -> Value {
    serde_json::json!({
        "type": "object", "required": ["id", "event", "data"], "properties": {
            "id": { "type": "string", "description": "Send the last one seen as `Last-Event-ID` to resume." },
            "event": { "type": "string" },
            "data": { "type": "string", "contentMediaType": "application/json", "contentSchema": data },
        },
    })
}

/// Schemas of requests whose reader refuses unknown members, which their stand-ins here cannot say.
const CLOSED: &[&str] = &[
    "Ask",
    "Frequency",
    "ConsentRequest",
    "Want",
    "PullOrder",
    "Claim",
    "ClaimCheck",
    "LoanRequest",
    "LoanApplication",
    "OverrideSaid",
    "DraftText",
    "WhatIfQuestion",
    "ProfileOrder",
    "ObjectionRaised",
    "Upload",
];

/// Completes the schemas.
pub(crate) fn schemas(schemas: &mut Map<String, Value>) {
    for name in CLOSED {
        if let Some(schema) = schemas.get_mut(*name).and_then(Value::as_object_mut) {
            schema.insert("additionalProperties".to_owned(), false.into());
        }
    }
    if let Some(schema) = schemas.get_mut("DraftStep") {
        *schema = Value::Object(parsed(DRAFT_STEP));
        if let Some(assumed) = schema.pointer_mut("/oneOf/0/properties/assumed") {
            *assumed = Value::Object(parsed(ROWS));
        }
    }
    // Which of its forms a notice has, its `what` says: some have all that others need.
    if let Some(told) = schemas.get_mut("Told").and_then(Value::as_object_mut)
        && let Some(forms) = told.remove("oneOf")
    {
        told.insert("anyOf".to_owned(), forms);
    }
    for (name, member, more) in MEMBERS {
        let properties = schemas.get_mut(*name).and_then(|s| s.get_mut("properties"));
        if let Some(schema) = properties.and_then(|p| p.get_mut(*member)) {
            say(schema, more);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_reads_and_is_about_something_that_exists() {
        for text in PARAMETERS.iter().chain(MEMBERS).map(|(.., text)| *text).chain([SAYING, DRAFT_STEP, ROWS]) {
            assert!(!parsed(text).is_empty(), "{text}");
        }
        let contract = crate::routes::contract().unwrap();
        let document = contract.document();
        let operations: Vec<&Value> =
            document["paths"].as_object().unwrap().values().flat_map(|i| i.as_object().unwrap().values()).collect();
        for (of, name, more) in PARAMETERS {
            let found = operations.iter().any(|o| {
                let all = o["parameters"].as_array().into_iter().flatten();
                (*of == "*" || o["operationId"] == *of) && all.clone().any(|p| p["name"] == *name && holds(p, more))
            });
            assert!(found, "{of} {name}");
        }
        for schema in CLOSED {
            assert_eq!(document["components"]["schemas"][schema]["additionalProperties"], false, "{schema}");
        }
        for (schema, member, _) in MEMBERS {
            assert!(document["components"]["schemas"][schema]["properties"][member].is_object(), "{schema}.{member}");
        }
    }

    fn holds(parameter: &Value, more: &str) -> bool {
        parsed(more).iter().all(|(key, value)| parameter["schema"][key] == *value)
    }
}
