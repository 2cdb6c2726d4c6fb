//! The whole service as one router.

use auth_core::access_map::ResourceMetadata;
use auth_core::{AccessMap, Router, requirement};

use crate::access::{Permission, Role, Scope};
#[cfg(feature = "documents")]
use crate::documents;
use crate::error::StartError;
use crate::store::Store;
use crate::{admin, orders};

/// Where people read how the service is used.
const DOCUMENTATION: &str = if cfg!(feature = "documents") { "/docs/" } else { "/access" };

/// Every route of the service, and the metadata that tells clients where to get a token. Nothing
/// is served before `protect`.
///
/// `resource` is the address that clients know the service by, `issuer` whose tokens it accepts.
/// The page of the access map has tokens explained at `explain_at`, if that is there.
pub fn routes(
    resource: &str,
    issuer: &str,
    explain_at: Option<&str>,
) -> Result<(Router<Store>, ResourceMetadata), StartError> {
    let api = orders::routes().nest("/admin", admin::routes());
    let map = access_map(&api);
    let metadata = map
        .resource_metadata(resource)
        .authorization_server(issuer)
        .resource_name("Orders")
        .resource_documentation(format!("{}{DOCUMENTATION}", resource.trim_end_matches('/')))
        .build()?;
    #[cfg(feature = "documents")]
    let api = api.merge(documents::routes(&map));
    let routes = api.merge(metadata.route());
    // All employees may see it. A browser sends no token, so the page asks for one.
    let map = access_map(&routes);
    let map = if let Some(path) = explain_at { map.explain_at(path) } else { map };
    let page = map.page_with_token_form("/access", requirement!(role = Clerk));
    Ok((routes.merge(page), metadata))
}

/// Who may call what, read from the declarations on the handlers.
pub fn access_map(routes: &Router<Store>) -> AccessMap {
    routes.access_map().with_vocabulary::<(Role, Permission, Scope)>()
}
