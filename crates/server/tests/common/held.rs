//! Holds answers against the contract: the operation is there, it names the status and the media type, and the body is
//! what the schema says, with no member that the schema does not name. Stricter than a caller should be: a member that a
//! schema leaves out is a fault here, though callers must bear it.

use std::sync::OnceLock;

use serde_json::Value;

/// The contract, made once.
pub fn contract() -> &'static Value {
    static CONTRACT: OnceLock<Value> = OnceLock::new();
    CONTRACT.get_or_init(|| huoshui_server::routes::contract().unwrap().document().clone())
}

/// The operation that answers at this address; none where the contract has no such path or method.
fn operation(method: &str, path: &str) -> Option<&'static Value> {
    let path = path.split('?').next().unwrap_or_default();
    let asked: Vec<&str> = path.split('/').collect();
    let fits = |template: &str| {
        let words: Vec<&str> = template.split('/').collect();
        let same = |(word, part): (&&str, &&str)| word == part || word.starts_with('{') && !part.is_empty();
        words.len() == asked.len() && words.iter().zip(&asked).all(same)
    };
    let paths = contract()["paths"].as_object().unwrap();
    // A plain word goes before a parameter, as in the router.
    let found = paths.iter().filter(|(template, _)| fits(template)).min_by_key(|(t, _)| t.matches('{').count());
    found.and_then(|(_, item)| item.get(method.to_ascii_lowercase()))
}

/// What is wrong with an answer by the contract; nothing for one that is right, or at an address beside the contract.
pub fn wrong(method: &str, path: &str, status: u16, media: &str, body: &[u8]) -> Option<String> {
    let operation = operation(method, path)?;
    let Some(response) = operation["responses"].get(status.to_string()) else {
        return Some(format!("the contract does not name {status}"));
    };
    let Some(content) = response.get("content").and_then(Value::as_object) else {
        return (!body.is_empty()).then(|| "the contract names no body".to_owned());
    };
    let bare = |text: &str| text.split(';').next().unwrap_or_default().trim().to_owned();
    let Some((_, form)) = content.iter().find(|(name, _)| bare(name) == bare(media)) else {
        return Some(format!("the contract does not name the media type {media}"));
    };
    if !bare(media).ends_with("json") {
        return None;
    }
    let body: Value = match serde_json::from_slice(body) {
        Ok(body) => body,
        Err(e) => return Some(format!("no JSON: {e}")),
    };
    let mut faults = Vec::new();
    against(&form["schema"], &body, "", &mut faults);
    if status >= 400 {
        // The description of a refusal is the list of its codes.
        let code = body["code"].as_str().unwrap_or_default();
        if !response["description"].as_str().unwrap_or_default().split(", ").any(|named| named == code) {
            faults.push(format!("the contract does not name the code {code}"));
        }
    }
    faults.first().cloned()
}

/// Fails the test when an answer is wrong by the contract.
pub fn hold(method: &str, path: &str, status: u16, media: &str, body: &[u8]) {
    if let Some(wrong) = wrong(method, path, status, media, body) {
        let said: String = String::from_utf8_lossy(body).chars().take(1_000).collect();
        panic!("{method} {path} {status}: {wrong}\n{said}");
    }
}

/// The schema that a reference leads to.
pub fn resolved(schema: &'static Value) -> &'static Value {
    match schema.get("$ref").and_then(Value::as_str) {
        None => schema,
        Some(to) => resolved(contract().pointer(to.trim_start_matches('#')).unwrap_or_else(|| panic!("{to}"))),
    }
}

/// Members that a schema names, those of `allOf` with it.
fn members(schema: &'static Value) -> Vec<(&'static String, &'static Value)> {
    let schema = resolved(schema);
    let own = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    let parts = schema.get("allOf").and_then(Value::as_array).into_iter().flatten().flat_map(members);
    own.chain(parts).collect()
}

fn is(kind: &str, value: &Value) -> bool {
    match kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("no such type: {other}"),
    }
}

fn formed(format: &str, text: &str) -> bool {
    match format {
        "date" => huoshui_kernel::date::parse(text).is_ok(),
        "date-time" => text.parse::<jiff::Timestamp>().is_ok(),
        _ => true,
    }
}

/// Holds a value against a schema; what does not fit is added, with its place.
pub fn against(schema: &'static Value, value: &Value, at: &str, faults: &mut Vec<String>) {
    let schema = resolved(schema);
    for word in ["oneOf", "anyOf"] {
        let Some(options) = schema.get(word).and_then(Value::as_array) else { continue };
        let tried: Vec<Vec<String>> = options
            .iter()
            .map(|option| {
                let mut faults = Vec::new();
                against(option, value, at, &mut faults);
                faults
            })
            .collect();
        match tried.iter().filter(|f| f.is_empty()).count() {
            0 => faults.push(format!("{at}: none of {word}: {tried:?}")),
            1 => {}
            _ if word == "anyOf" => {}
            n => faults.push(format!("{at}: {n} of oneOf")),
        }
        return;
    }
    let kinds: Vec<&str> = match schema.get("type") {
        Some(Value::String(kind)) => vec![kind],
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    if !kinds.is_empty() && !kinds.iter().any(|kind| is(kind, value)) {
        return faults.push(format!("{at}: not {kinds:?}: {value}"));
    }
    if schema.get("enum").and_then(Value::as_array).is_some_and(|all| !all.contains(value)) {
        faults.push(format!("{at}: not in the list: {value}"));
    }
    if schema.get("const").is_some_and(|only| only != value) {
        faults.push(format!("{at}: not the constant: {value}"));
    }
    match value {
        Value::String(text) => {
            let format = schema.get("format").and_then(Value::as_str).unwrap_or_default();
            if !formed(format, text) {
                faults.push(format!("{at}: not a {format}: {text}"));
            }
        }
        Value::Number(number) => {
            let least = schema.get("minimum").and_then(Value::as_i64);
            if least.is_some_and(|least| number.as_i64().is_some_and(|n| n < least)) {
                faults.push(format!("{at}: too small: {number}"));
            }
        }
        Value::Array(items) => {
            if let Some(each) = schema.get("items") {
                for (n, item) in items.iter().enumerate() {
                    against(each, item, &format!("{at}[{n}]"), faults);
                }
            }
        }
        Value::Object(map) => object(schema, map, at, faults),
        _ => {}
    }
}

fn object(schema: &'static Value, map: &serde_json::Map<String, Value>, at: &str, faults: &mut Vec<String>) {
    let parts = schema.get("allOf").and_then(Value::as_array);
    for part in parts.into_iter().flatten().map(resolved).chain([schema]) {
        for name in part.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
            if !map.contains_key(name) {
                faults.push(format!("{at}: no {name}"));
            }
        }
    }
    let (named, others) = (members(schema), schema.get("additionalProperties").filter(|s| s.is_object()));
    for (name, value) in map {
        let place = format!("{at}.{name}");
        match (named.iter().find(|(n, _)| *n == name), others) {
            (Some((_, form)), _) => against(form, value, &place, faults),
            (None, Some(form)) => against(form, value, &place, faults),
            // A schema that names no member at all says nothing; which those are, `tests/contract.rs` counts.
            (None, None) if named.is_empty() => {}
            (None, None) => faults.push(format!("{place}: the contract does not name it")),
        }
    }
}
