//! The same for a document as JSON, of any origin.

use serde_json::{Map, Value, json};
use utoipa::openapi::OpenApi;

use super::super::AccessMap;
use super::OpenApiReport;

/// Why a JSON document cannot be written into.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum OpenApiJsonError {
    /// It is not an OpenAPI document, or one of version 2.
    #[error("not an OpenAPI document of version 3: {0}")]
    Document(&'static str),
    /// Its paths, operations, responses or security schemes cannot be read.
    #[error("cannot read the OpenAPI document: {0}")]
    Read(#[from] serde_json::Error),
}

crate::wording::debug_in_words!(OpenApiJsonError);

/// The members that are looked at of an operation.
const OF_OPERATION: [&str; 4] = ["servers", "security", "responses", "x-required"];

impl AccessMap {
    /// [`apply_to`](Self::apply_to) for an OpenAPI document as JSON: of another version of `utoipa`
    /// than the one that this crate is built with, of another generator, or written by hand.
    ///
    /// Versions 3.0, 3.1 and 3.2 are read. What is not ours stays as it is, members that no one
    /// knows included.
    ///
    /// ```
    /// use auth_core::{Router, public, routing::get};
    /// use serde_json::json;
    ///
    /// #[public(reason = "liveness probe")]
    /// async fn health() {}
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let app: Router = Router::new().route("/health", get(health));
    /// let mut document = json!({
    ///     "openapi": "3.0.3",
    ///     "info": { "title": "Shop", "version": "1" },
    ///     "paths": { "/health": { "get": { "responses": { "200": { "description": "Up." } } } } },
    /// });
    /// let report = app.access_map().apply_to_json(&mut document)?;
    /// assert!(report.is_complete(), "{report}");
    /// assert_eq!(document["paths"]["/health"]["get"]["security"], json!([]));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// If it is not an OpenAPI document of version 3, or its paths, operations, responses or
    /// security schemes cannot be read. The document is then as it was.
    pub fn apply_to_json(&self, document: &mut Value) -> Result<OpenApiReport, OpenApiJsonError> {
        let version = document.get("openapi").and_then(Value::as_str);
        if !version.is_some_and(|version| version.starts_with("3.")) {
            return Err(OpenApiJsonError::Document("`openapi` is not `3.` and more"));
        }
        let mut read: OpenApi = serde_json::from_value(looked_at(document))?;
        let before = serde_json::to_value(&read)?;
        let report = self.apply_to(&mut read);
        let after = serde_json::to_value(&read)?;
        take_over(document, &before, &after);
        Ok(report)
    }
}

/// The parts of a document that are looked at: the others may be of any shape.
fn looked_at(document: &Value) -> Value {
    let mut paths = Map::new();
    for (path, item) in members(document.get("paths")) {
        let mut kept = Map::new();
        for (member, value) in members(Some(item)) {
            let kept_value = match value {
                Value::Object(operation) if is_operation(member) => {
                    let mut operation = only(operation, &OF_OPERATION);
                    operation.entry("responses").or_insert_with(|| json!({}));
                    Value::Object(operation)
                }
                value if member == "servers" => value.clone(),
                _ => continue,
            };
            kept.insert(member.clone(), kept_value);
        }
        paths.insert(path.clone(), Value::Object(kept));
    }
    let mut components = Map::new();
    if let Some(Value::Object(all)) = document.get("components") {
        components = only(all, &["securitySchemes", "responses"]);
        let problem = all.get("schemas").and_then(|schemas| schemas.get("Problem"));
        if problem.is_some() {
            // It is there, and stays; what it says does not matter.
            components.insert("schemas".to_owned(), json!({ "Problem": { "type": "object" } }));
        }
    }
    let mut kept = json!({
        "openapi": "3.1.0",
        "info": { "title": "", "version": "" },
        "paths": paths,
        "components": components,
    });
    if let (Some(servers), Some(kept)) = (document.get("servers"), kept.as_object_mut()) {
        kept.insert("servers".to_owned(), servers.clone());
    }
    kept
}

fn is_operation(member: &str) -> bool {
    const METHODS: [&str; 9] =
        ["get", "head", "post", "put", "patch", "delete", "options", "trace", "query"];
    METHODS.contains(&member)
}

fn only(object: &Map<String, Value>, names: &[&str]) -> Map<String, Value> {
    let known = object.iter().filter(|(name, _)| names.contains(&name.as_str()));
    known.map(|(name, value)| (name.clone(), value.clone())).collect()
}

fn members(value: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    value.and_then(Value::as_object).into_iter().flatten()
}

/// Writes what differs between the two into the document, and leaves the rest alone.
fn take_over(document: &mut Value, before: &Value, after: &Value) {
    match (before.as_object(), after) {
        (Some(before), Value::Object(after)) => {
            if !document.is_object() {
                *document = Value::Object(Map::new());
            }
            let Some(document) = document.as_object_mut() else { return };
            for (name, value) in after {
                match before.get(name) {
                    Some(same) if same == value => {}
                    Some(other) => {
                        take_over(document.entry(name).or_insert(Value::Null), other, value);
                    }
                    None => {
                        take_over(document.entry(name).or_insert(Value::Null), &json!({}), value);
                    }
                }
            }
        }
        _ if before != after => *document = after.clone(),
        _ => {}
    }
}
