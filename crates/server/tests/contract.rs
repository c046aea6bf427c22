//! The contract as committed is the contract as served, and it holds what every operation must say.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use std::collections::BTreeSet;

use common::held;
use serde_json::Value;

fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            all.push((method.clone(), path.clone(), operation.clone()));
        }
    }
    all
}

fn is_public(operation: &Value) -> bool {
    operation["security"].as_array().is_some_and(|all| all.iter().any(|s| s == &serde_json::json!({})))
}

#[test]
fn the_committed_contract_is_made_from_the_code() {
    let made = huoshui_server::routes::contract().unwrap().text();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    let fresh = concat!(env!("CARGO_TARGET_TMPDIR"), "/openapi.json");
    std::fs::write(fresh, &made).unwrap();
    assert!(
        made == committed,
        "docs/openapi.json is not up to date: run huoshui openapi > docs/openapi.json (or copy {fresh})"
    );
}

#[test]
fn every_operation_says_what_it_takes_gives_and_refuses() {
    let contract = huoshui_server::routes::contract().unwrap();
    let document = contract.document();
    assert_eq!(document["openapi"], "3.1.0");
    let mut ids = BTreeSet::new();
    // A sign-in has no retry to protect; ending or exchanging a session has its own token as the key.
    let no_key = ["signIn", "signOut", "rotateSession"];
    for (method, path, operation) in operations(document) {
        let id = operation["operationId"].as_str().unwrap_or_default().to_owned();
        assert!(!id.is_empty() && ids.insert(id.clone()), "{method} {path} needs an operationId of its own");
        assert!(operation["summary"].is_string(), "{id} has no summary");
        assert!(operation["tags"].as_array().is_some_and(|t| t.len() == 1), "{id} has no tag");
        assert!(operation["security"].is_array(), "{id} says nothing about security");
        let responses = operation["responses"].as_object().unwrap();
        assert!(responses.keys().any(|s| s.starts_with('2')), "{id} gives no answer");
        for (status, response) in responses.iter().filter(|(s, _)| !s.starts_with('2')) {
            assert!(response["content"]["application/problem+json"].is_object(), "{id} {status}");
            assert!(response["description"].as_str().is_some_and(|d| d.contains('.')), "{id} {status} names no code");
        }
        if !is_public(&operation) {
            assert!(responses.contains_key("401") && responses.contains_key("403"), "{id}");
        }
        let header = |name: &str| {
            operation["parameters"]
                .as_array()
                .is_some_and(|all| all.iter().any(|p| p["name"] == name && p["required"] == true))
        };
        let writes = method != "get" && !no_key.contains(&id.as_str());
        assert_eq!(header("Idempotency-Key"), writes, "{id}");
        assert!(method == "get" || id == "signIn" || !is_public(&operation), "{id} writes without a sign-in");
        if let Some(body) = operation.get("requestBody") {
            assert!(body["content"].as_object().is_some_and(|c| !c.is_empty()), "{id}");
        }
    }
}

/// Answers whose form is not said yet: none may come to this list.
const UNSAID: &[&str] = &[];

/// A part of a schema that says nothing: any value, or an object without members. `contract` answers with an OpenAPI
/// document, whose form is another standard's.
fn unsaid(schema: &'static Value, at: &str, within: &mut Vec<&'static str>, found: &mut Vec<String>) {
    if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
        if !within.contains(&name) {
            within.push(name);
            unsaid(held::resolved(schema), at, within, found);
            within.pop();
        }
        return;
    }
    let mut options =
        ["oneOf", "anyOf", "allOf"].iter().filter_map(|word| schema.get(word)?.as_array()).flatten().peekable();
    if options.peek().is_some() {
        for option in options {
            unsaid(option, at, within, found);
        }
        return;
    }
    let is = |kind: &str| match schema.get("type") {
        Some(Value::String(only)) => only == kind,
        Some(Value::Array(kinds)) => kinds.iter().any(|k| k == kind),
        _ => false,
    };
    if schema.get("type").is_none() && schema.get("const").is_none() && schema.get("enum").is_none() {
        found.push(format!("{at}: anything"));
    }
    if is("object") {
        let members = schema.get("properties").and_then(Value::as_object);
        let others = schema.get("additionalProperties").filter(|s| s.is_object());
        if members.is_none_or(serde_json::Map::is_empty) && others.is_none() {
            found.push(format!("{at}: an object without members"));
        }
        for (name, form) in members.into_iter().flatten() {
            unsaid(form, &format!("{at}.{name}"), within, found);
        }
        if let Some(form) = others {
            unsaid(form, &format!("{at}.*"), within, found);
        }
    }
    if is("array") {
        unsaid(schema.get("items").unwrap_or(&Value::Null), &format!("{at}[]"), within, found);
    }
}

#[test]
fn every_answer_has_a_form_down_to_its_last_member() {
    let mut open = BTreeSet::new();
    for (_, _, operation) in operations(held::contract()) {
        let id = operation["operationId"].as_str().unwrap().to_owned();
        let responses = operation["responses"].as_object().unwrap();
        for (status, response) in responses.iter().filter(|(status, _)| status.starts_with('2') || *status == "default")
        {
            for (media, content) in response.get("content").and_then(Value::as_object).into_iter().flatten() {
                let mut found = Vec::new();
                let schema = content.get("schema").cloned().unwrap_or(Value::Null);
                unsaid(Box::leak(Box::new(schema)), "", &mut Vec::new(), &mut found);
                if id == "contract" {
                    continue;
                }
                if UNSAID.contains(&id.as_str()) {
                    open.insert(id.clone());
                    assert!(!found.is_empty(), "{id} says its form now: take it off the list");
                } else {
                    assert!(found.is_empty(), "{id} {status} {media} leaves open {found:?}");
                }
            }
        }
    }
    assert_eq!(open.len(), UNSAID.len(), "the list names what does not exist");
}

#[test]
fn every_code_that_the_contract_names_is_in_the_catalogue_under_its_status() {
    let contract = huoshui_server::routes::contract().unwrap();
    let known: BTreeSet<&str> = huoshui_server::status::catalogues().iter().map(|spec| spec.code).collect();
    for (_, _, operation) in operations(contract.document()) {
        for (status, response) in operation["responses"].as_object().unwrap() {
            for code in
                response["description"].as_str().unwrap_or_default().split(", ").filter(|_| !status.starts_with('2'))
            {
                assert!(known.contains(code), "{}: {code}", operation["operationId"]);
                assert_eq!(huoshui_server::status::of(code).as_u16().to_string(), *status, "{code}");
            }
        }
    }
}

#[test]
fn policies_name_every_operation_and_the_public_ones_are_those_without_security() {
    let contract = huoshui_server::routes::contract().unwrap();
    let operations = contract.operations().unwrap();
    let gate = huoshui_server::authorize::Gate::load(operations.values()).unwrap();
    let nobody = huoshui_server::authorize::Principal::anonymous().unwrap();
    let texts: String = huoshui_server::authorize::FILES.iter().map(|(_, text)| *text).collect();
    for operation in operations.values() {
        let decision = gate.decide(&nobody, operation, &huoshui_server::authorize::Resource::default());
        assert_eq!(decision.permitted, operation.public, "{}: {}", operation.id, decision.policy);
        assert!(texts.contains(&format!("\"{}\"", operation.id)), "no policy speaks of {}", operation.id);
    }
}

#[test]
fn a_policy_that_does_not_fit_refuses_to_load() {
    let contract = huoshui_server::routes::contract().unwrap();
    let operations = contract.operations().unwrap();
    for (text, why) in [
        ("@id(\"a\") permit (principal, action == Action::\"listInstitution\", resource);", "listInstitution"),
        ("permit (principal, action, resource);", "@id"),
        ("@id(\"a\") permit (principal, action, resource) when { principal.rank > 3 };", "rank"),
        ("@id(\"a\") permit (principal, action, resource) when { principal.kind == 3 };", "String"),
        ("@id(\"a\") permit (principal, action, resource); @id(\"a\") forbid (principal, action, resource);", "a"),
    ] {
        let fault = huoshui_server::authorize::Gate::read(&[("x.cedar", text)], operations.values()).err();
        let said = fault.unwrap_or_else(|| panic!("{text}")).message(huoshui_kernel::Lang::En);
        assert!(said.contains(why), "{text}: {said}");
    }
}
