//! Changes of what was read at a version.

use serde_json::Value;

use super::{Reply, Server, fresh_key};

impl Server {
    /// A change of what was read at this version.
    pub fn change(&self, (method, path): (&str, &str), token: &str, version: u64, body: &Value) -> Reply {
        let (key, seen) = (fresh_key(), format!("\"{version}\""));
        let headers = [("Content-Type", "application/json"), ("Idempotency-Key", key.as_str()), ("If-Match", &seen)];
        self.send(method, path, Some(token), &headers, body.to_string().as_bytes())
    }

    /// The version under which something stands at this address now.
    pub fn version(&self, path: &str, token: &str) -> u64 {
        let found = self.get(path, Some(token));
        found.header("etag").trim_matches('"').parse().unwrap_or_else(|_| panic!("{path}: {}", found.text()))
    }
}
