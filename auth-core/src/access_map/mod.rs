//! Every endpoint of a router with who may call it.

mod endpoint;
mod resource_metadata;
mod table;

pub use endpoint::{Endpoint, EndpointKind};
pub use resource_metadata::{ResourceMetadata, ResourceMetadataBuilder, ResourceMetadataError};

/// Every endpoint of a router with who may call it, sorted by path and method.
///
/// Made by [`Router::access_map`](crate::Router::access_map). Shown as an aligned table:
///
/// ```text
/// GET   /health       public: liveness probe             app::health
/// GET   /orders/{id}  scope = "read"                     app::orders::show
/// POST  /orders       role = "clerk", scope = "write"    app::orders::create
/// ```
#[derive(Clone, Debug)]
pub struct AccessMap {
    endpoints: Vec<Endpoint>,
}

impl AccessMap {
    pub(crate) fn new(mut endpoints: Vec<Endpoint>) -> Self {
        endpoints.sort_by(Endpoint::compare);
        Self { endpoints }
    }

    /// The endpoints, sorted by path and method.
    #[must_use]
    pub fn endpoints(&self) -> &[Endpoint] {
        &self.endpoints
    }

    /// The endpoints one by one, sorted by path and method.
    pub fn iter(&self) -> std::slice::Iter<'_, Endpoint> {
        self.endpoints.iter()
    }
}

impl<'a> IntoIterator for &'a AccessMap {
    type Item = &'a Endpoint;
    type IntoIter = std::slice::Iter<'a, Endpoint>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl IntoIterator for AccessMap {
    type Item = Endpoint;
    type IntoIter = std::vec::IntoIter<Endpoint>;

    fn into_iter(self) -> Self::IntoIter {
        self.endpoints.into_iter()
    }
}
