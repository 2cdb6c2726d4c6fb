//! Clients that register themselves ([RFC 7591](https://www.rfc-editor.org/rfc/rfc7591)), and manage
//! their registration ([RFC 7592](https://www.rfc-editor.org/rfc/rfc7592)).

mod manage;
mod record;
mod register;
mod request;
mod settings;

use auth_core::Router;
use auth_core::routing::{get, post};

use crate::client::UnvettedPolicy;
use crate::resource::Resource;
use crate::server::{AuthorizationServer, Inner};
use crate::wire::{not_allowed, preflight};

#[cfg(feature = "cli")]
pub(crate) use record::metadata_of;
pub use settings::DynamicRegistration;

/// Registration, if it is on.
#[derive(Debug)]
pub(crate) struct Registration {
    settings: DynamicRegistration,
    pub(crate) policy: UnvettedPolicy,
}

impl Registration {
    pub(crate) fn new(settings: DynamicRegistration, resources: &[Resource]) -> Self {
        let schemes = settings.allow_application_schemes;
        let policy = UnvettedPolicy::new(&settings.scopes, resources, schemes);
        Self { settings, policy }
    }
}

/// The endpoint for registrations, and that of each registered client; no routes if registration is off.
pub(crate) fn routes(server: &Inner) -> Router<AuthorizationServer> {
    if server.registration.is_none() {
        return Router::new();
    }
    let one = get(manage::read).put(manage::update).delete(manage::remove);
    Router::new()
        .route("/register", post(register::register).options(preflight).fallback(not_allowed))
        .route("/register/{client_id}", one.options(preflight).fallback(not_allowed))
}
