//! What did not fit when a map was written into a document.

use std::fmt;

use super::shape::parameters;

/// What did not fit when an access map was written into an OpenAPI document.
///
/// Shown as one line for each of it, and as nothing if all is well.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
#[must_use]
pub struct OpenApiReport {
    /// Operations that no endpoint answers, as `GET /orders/{id}`: the document promises what is
    /// not there, or a plain axum router answers, of which the map knows nothing.
    pub operations_without_endpoint: Vec<String>,
    /// Endpoints that the document leaves out, as `GET /orders/{id}`.
    pub endpoints_without_operation: Vec<String>,
    /// Paths that belong together but name their parameters differently.
    pub renamed_parameters: Vec<RenamedParameters>,
    /// Operations whose own `security` was another one: what the endpoint requires took its place.
    pub replaced_security: Vec<String>,
}

/// A path whose parameters have other names in the document than in the router.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RenamedParameters {
    /// The path of the operation.
    pub operation: String,
    /// The path of the endpoint.
    pub endpoint: String,
}

impl OpenApiReport {
    /// Whether each operation has its endpoint and each endpoint its operation.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.operations_without_endpoint.is_empty() && self.endpoints_without_operation.is_empty()
    }

    pub(super) fn compare_parameters(&mut self, operation: &str, endpoint: &str) {
        let (theirs, ours) = (parameters(operation, false), parameters(endpoint, true));
        // Below a nested service the endpoint knows only the first few.
        if theirs.iter().zip(&ours).all(|(theirs, ours)| theirs == ours) {
            return;
        }
        let renamed =
            RenamedParameters { operation: operation.to_owned(), endpoint: endpoint.to_owned() };
        if !self.renamed_parameters.contains(&renamed) {
            self.renamed_parameters.push(renamed);
        }
    }
}

/// ```text
/// no endpoint answers the operation GET /orders/{id}/history
/// the document has no operation for GET /metrics
/// ```
impl fmt::Display for OpenApiReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for operation in &self.operations_without_endpoint {
            writeln!(f, "no endpoint answers the operation {operation}")?;
        }
        for endpoint in &self.endpoints_without_operation {
            writeln!(f, "the document has no operation for {endpoint}")?;
        }
        for RenamedParameters { operation, endpoint } in &self.renamed_parameters {
            writeln!(f, "the document writes {operation} for the route {endpoint}")?;
        }
        for operation in &self.replaced_security {
            writeln!(f, "the security of {operation} was not what the endpoint requires")?;
        }
        Ok(())
    }
}
