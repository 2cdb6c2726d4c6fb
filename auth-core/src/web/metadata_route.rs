//! The metadata of an API as a route ([RFC 9728 §3](https://www.rfc-editor.org/rfc/rfc9728#section-3)).

use http::header::{CACHE_CONTROL, CONTENT_TYPE};

use super::{Public, Router, routing};
use crate::access_map::ResourceMetadata;
use crate::policy::{Access, Declaration, HandlerInfo, Policy};

impl ResourceMetadata {
    /// The one route of the metadata, to be merged into the outermost router.
    ///
    /// It is public by nature, since a client without a token looks there for how to get one. The
    /// access map lists it with that reason. A resource with a path has it below the well-known
    /// path (RFC 9728 §3.1); at the well-known path itself would be the metadata of another
    /// resource, the one without a path, and clients reject it (§3.3).
    pub fn route<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        let json = self.json.clone();
        let publish = async move |_: Public<Publish>| {
            ([(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "public, max-age=300")], json)
        };
        Router::new().route(self.path(), routing::get(publish))
    }
}

/// The declaration of the metadata's handler, as `#[public]` would write it.
struct Publish;

impl Policy for Publish {
    type Checks = ();
    const DECLARATION: Declaration = Declaration {
        access: Access::Public { reason: "tells clients where to get a token (RFC 9728)" },
        handler: HandlerInfo {
            name: "publish",
            module: module_path!(),
            doc: "The metadata of this API: its authorization servers and its scopes.",
            file: file!(),
            line: line!(),
        },
        cross_site: None,
    };
}
