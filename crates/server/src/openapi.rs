//! The contract: OpenAPI 3.1, made from the handlers, completed with what every operation shares.

use std::collections::{BTreeMap, HashMap};

use axum::http::Method;
use huoshui_kernel::fault::{Fault, Result};
use serde_json::{Map, Value, json};

use crate::authorize::Operation;
use crate::{faults, forms, links, status};

/// The contract, and what the service itself reads from it.
#[derive(Clone)]
pub struct Contract {
    document: Value,
}

/// Methods that a path item can have.
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// Faults that any operation may answer with.
/// A token that does not hold is refused where none is needed, too: its sender believes to be somebody; so is a key
/// outside its scope.
const ALWAYS: &[&str] = &[
    "limit.rate",
    "server.overloaded",
    "server.deadline",
    "server.internal",
    "access.expired",
    "access.demo_only",
    "auth.denied",
];
/// Faults of operations that need a sign-in.
const SIGNED_IN: &[&str] = &["auth.required"];
/// Faults of operations with an idempotency key.
const KEYED: &[&str] = &["request.key_missing", "request.key_form", "journal.key_reused", "journal.busy"];

impl Contract {
    /// Completes what the handlers say.
    ///
    /// # Errors
    /// `server.internal` when the document is not what the library promises.
    pub fn new(generated: &utoipa::openapi::OpenApi) -> Result<Self> {
        let wrong = |why: &dyn std::fmt::Display| Fault::new(&faults::INTERNAL).field(why.to_string());
        let mut document = serde_json::to_value(generated).map_err(|e| wrong(&e))?;
        let mut put = |place: &[&str], value: Value| {
            let Some((last, way)) = place.split_last() else { return };
            let mut at = &mut document;
            for step in way {
                let Some(map) = at.as_object_mut() else { return };
                at = map.entry(*step).or_insert_with(|| json!({}));
            }
            if let Some(map) = at.as_object_mut() {
                map.insert((*last).to_owned(), value);
            }
        };
        let info = json!({
            "title": "活水 Huoshui",
            "description": "Science-and-technology finance: the list library, filings, figures, the exchange. 科技金融平台接口。",
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        });
        let schemes = json!({
            "session": { "type": "http", "scheme": "bearer", "description": "A person's session: the token of POST /v1/session." },
            "key": { "type": "http", "scheme": "bearer", "description": "A machine's key; an operation names the scope it needs." },
        });
        put(&["info"], info);
        put(&["servers"], json!([{ "url": "/" }]));
        put(&["components", "securitySchemes"], schemes);
        put(&["components", "schemas", "Problem"], schema_of::<crate::problem::ProblemBody>()?);
        put(&["components", "schemas", "Said"], schema_of::<crate::problem::Said>()?);
        put(&["components", "schemas", "ProblemOutcome"], schema_of::<crate::problem::ProblemOutcome>()?);
        put(&["components", "schemas", "PullRecorded"], schema_of::<crate::problem::PullRecorded>()?);
        put(&["components", "schemas", "Finding"], schema_of::<crate::problem::Finding>()?);
        if let Some(all) = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut) {
            forms::schemas(all);
        }
        let paths = document.get_mut("paths").and_then(Value::as_object_mut).ok_or_else(|| wrong(&"paths"))?;
        for item in paths.values_mut() {
            for (method, operation) in
                item.as_object_mut().into_iter().flatten().filter(|(m, _)| METHODS.contains(&m.as_str()))
            {
                complete(method, operation);
            }
        }
        links::complete(paths);
        Ok(Self { document })
    }

    /// The document as committed: keys in order, a newline at the end.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = serde_json::to_string_pretty(&self.document).unwrap_or_default();
        text.push('\n');
        text
    }

    /// The document.
    #[must_use]
    pub fn document(&self) -> &Value {
        &self.document
    }

    /// The operations by method and path template.
    ///
    /// # Errors
    /// `auth.policies` for an operation without an id.
    pub fn operations(&self) -> Result<HashMap<(Method, String), Operation>> {
        let mut all = HashMap::new();
        let paths = self.document.get("paths").and_then(Value::as_object);
        for (path, item) in paths.into_iter().flatten() {
            for (method, found) in item.as_object().into_iter().flatten().filter(|(m, _)| METHODS.contains(&m.as_str()))
            {
                let id = found.get("operationId").and_then(Value::as_str).unwrap_or_default();
                let mut operation = Operation::new(id)?;
                let security = found.get("security").and_then(Value::as_array).cloned().unwrap_or_default();
                operation.public = security.iter().any(|s| s.as_object().is_some_and(Map::is_empty));
                let key = security.iter().find_map(|s| s.get("key"));
                operation.scope = key.and_then(|scopes| scopes.get(0).and_then(Value::as_str)).map(str::to_owned);
                operation.deferred = found.get("x-resource").is_some();
                operation.keyed = keyed(found);
                operation.upload = takes_files(found);
                let method = Method::from_bytes(method.to_ascii_uppercase().as_bytes());
                let method = method.map_err(|_| Fault::new(&faults::INTERNAL))?;
                all.insert((method, path.clone()), operation);
            }
        }
        Ok(all)
    }

    /// The scopes that a machine's key may have, with the operations of each.
    #[must_use]
    pub fn scopes(&self) -> BTreeMap<String, Vec<String>> {
        let mut scopes: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for operation in self.operations().unwrap_or_default().into_values() {
            if let Some(scope) = operation.scope {
                scopes.entry(scope).or_default().push(operation.id);
            }
        }
        scopes
    }
}

fn keyed(operation: &Value) -> bool {
    let parameters = operation.get("parameters").and_then(Value::as_array);
    parameters.into_iter().flatten().any(|p| p.get("name").is_some_and(|n| n == "Idempotency-Key"))
}

fn schema_of<T: utoipa::PartialSchema>() -> Result<Value> {
    serde_json::to_value(T::schema()).map_err(|_| Fault::new(&faults::INTERNAL))
}

/// Whether its body is one file or several, by what the contract says of it.
fn takes_files(operation: &Value) -> bool {
    let content = operation.pointer("/requestBody/content");
    content.is_some_and(|c| ["multipart/form-data", "application/octet-stream"].iter().any(|m| c.get(m).is_some()))
}

/// Adds to one operation what all of its kind share: headers, and a problem for each status with its codes.
fn complete(method: &str, operation: &mut Value) {
    let writes = method != "get" && operation.get("x-no-key").is_none();
    let if_match = operation.get("x-if-match").is_some();
    let public = operation
        .get("security")
        .and_then(Value::as_array)
        .is_some_and(|all| all.iter().any(|s| s.as_object().is_some_and(Map::is_empty)));
    let mut codes: Vec<String> = ALWAYS.iter().map(|c| (*c).to_owned()).collect();
    let own = operation.get("x-problems").and_then(Value::as_array).cloned().unwrap_or_default();
    for code in own.iter().filter_map(Value::as_str) {
        match code.strip_suffix('*') {
            None => codes.push(code.to_owned()),
            // All of an area that a caller can do something about.
            Some(area) => {
                let all = status::catalogues().into_iter().map(|spec| spec.code).filter(|c| c.starts_with(area));
                codes.extend(all.filter(|c| status::of(c).as_u16() < 500).map(str::to_owned));
            }
        }
    }
    if !public {
        codes.extend(SIGNED_IN.iter().map(|c| (*c).to_owned()));
    }
    if writes {
        codes.extend(KEYED.iter().map(|c| (*c).to_owned()));
        header(
            operation,
            "Idempotency-Key",
            "The same key and request has one effect and one answer. A UUID will do.",
            r"^[!-~]{8,100}$",
        );
    }
    if if_match {
        codes.extend(["request.if_match_missing", "request.if_match_failed"].map(str::to_owned));
        header(operation, "If-Match", "The ETag of the version that the change was decided upon.", "^\"[0-9]{1,18}\"$");
    }
    let takes = |name: &str| {
        let all = operation.get("parameters").and_then(Value::as_array);
        all.is_some_and(|all| all.iter().any(|p| p.get("name").is_some_and(|n| n == name)))
    };
    if takes("cursor") {
        codes.push("journal.bad_cursor".to_owned());
    }
    if operation.get("parameters").and_then(Value::as_array).is_some_and(|p| !p.is_empty())
        || operation.get("requestBody").is_some()
    {
        codes.push("request.malformed".to_owned());
    }
    if operation.get("requestBody").is_some() {
        codes.extend(["request.too_large", "request.media_type"].map(str::to_owned));
    }
    header_optional(operation);
    forms::complete(operation);
    let mut by_status: BTreeMap<u16, Vec<String>> = BTreeMap::new();
    for code in codes {
        let held = by_status.entry(status::of(&code).as_u16()).or_default();
        if !held.contains(&code) {
            held.push(code);
        }
    }
    if let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) {
        for (status, mut codes) in by_status {
            codes.sort();
            let content =
                json!({ "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } });
            responses.insert(status.to_string(), json!({ "description": codes.join(", "), "content": content }));
        }
    }
    if let Some(map) = operation.as_object_mut() {
        for own in ["x-problems", "x-no-key", "x-if-match"] {
            map.remove(own);
        }
    }
}

fn parameters(operation: &mut Value) -> Option<&mut Vec<Value>> {
    let map = operation.as_object_mut()?;
    map.entry("parameters").or_insert_with(|| json!([])).as_array_mut()
}

fn header(operation: &mut Value, name: &str, description: &str, pattern: &str) {
    if let Some(all) = parameters(operation) {
        all.push(json!({
            "name": name, "in": "header", "required": true, "description": description,
            "schema": { "type": "string", "pattern": pattern },
        }));
    }
}

fn header_optional(operation: &mut Value) {
    if let Some(all) = parameters(operation) {
        all.push(json!({
            "name": "Accept-Language", "in": "header", "required": false,
            "description": "zh or en: the language of texts; zh when nothing is said.",
            "schema": { "type": "string" },
        }));
    }
}
