//! Links in the contract: which operations take the id of what an answer made.

use serde_json::{Map, Value, json};

/// Operations that make something: where its id stands in the answer, and the parameter that takes it elsewhere.
const MADE: [(&str, &str, &str); 12] = [
    ("addOrganisation", "/id", "organisation"),
    ("openAccount", "/login", "account"),
    ("issueKey", "/id", "key"),
    ("requestConsent", "/id", "consent"),
    ("raiseObjection", "/objection/id", "objection"),
    ("refreshProfile", "/id", "profile"),
    ("decide", "/made/id", "decision"),
    ("draftPolicy", "/id", "draft"),
    ("beginWhatIf", "/id", "job"),
    ("uploadFiling", "/id", "job"),
    ("uploadRegistry", "/id", "job"),
    ("verify", "/id", "job"),
];

/// Names of the parameters of a path.
fn parameters(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|word| word.strip_prefix('{')?.strip_suffix('}'))
}

/// The links from an operation at `from` to those that take the parameter besides what its own path has, by their ids.
fn links(paths: &Map<String, Value>, from: &str, pointer: &str, parameter: &str) -> Value {
    let held = |name: &str| parameters(from).any(|own| own == name);
    let takes = |path: &str| {
        parameters(path).any(|name| name == parameter) && parameters(path).all(|name| name == parameter || held(name))
    };
    let mut links = Map::new();
    for (path, item) in paths.iter().filter(|(path, _)| takes(path)) {
        let ids =
            item.as_object().into_iter().flatten().filter_map(|(_, operation)| operation.get("operationId")?.as_str());
        for id in ids {
            let source = |name: &str| match name == parameter {
                true => format!("$response.body#{pointer}"),
                false => format!("$request.path.{name}"),
            };
            let given: Map<String, Value> =
                parameters(path).map(|name| (name.to_owned(), json!(source(name)))).collect();
            links.insert(id.to_owned(), json!({ "operationId": id, "parameters": given }));
        }
    }
    Value::Object(links)
}

/// Adds the links to the good answers of the operations that make something.
pub(crate) fn complete(paths: &mut Map<String, Value>) {
    let read = paths.clone();
    for (path, item) in paths.iter_mut() {
        for (_, operation) in item.as_object_mut().into_iter().flatten() {
            let id = operation.get("operationId").and_then(Value::as_str).unwrap_or_default().to_owned();
            let Some((_, pointer, parameter)) = MADE.iter().find(|(made, ..)| *made == id) else { continue };
            let responses = operation.get_mut("responses").and_then(Value::as_object_mut);
            let good = responses.into_iter().flatten().filter(|(status, _)| status.starts_with('2'));
            for answer in good.filter_map(|(_, answer)| answer.as_object_mut()) {
                answer.insert("links".to_owned(), links(&read, path, pointer, parameter));
            }
        }
    }
}
