//! axum: the guard in front of a handler, and routing that demands one.

mod access_page;
mod auth_layer;
mod authorize;
mod axum_routes;
mod caller;
mod check;
mod claims;
mod diagnostics;
#[cfg(feature = "openapi")]
mod documented;
mod endpoint_guard;
mod extract;
mod guard;
mod guarded;
mod handler;
mod merged;
mod metadata_route;
mod method_chain;
mod method_router;
mod mountable;
mod observer;
mod open;
mod protect;
mod request_auth;
mod require;
mod route_entry;
mod router;
mod router_checks;
pub mod routing;
mod tenants;

#[cfg(feature = "openapi")]
pub use documented::DocumentedRoutes;

pub use caller::{CurrentUser, FromIdentity};
pub use check::{Check, CheckOutcome, Checks, GuardPolicy, NamedCheck, RunCheck, check_info};
pub use claims::Claims;
pub use guard::{Guard, Public};
pub use handler::Declared;
pub use method_router::MethodRouter;
pub use mountable::{IntoMethodRouter, IntoRequirement, IntoRouter};
#[cfg(feature = "testing")]
pub(crate) use observer::Observer;
pub use open::{Extractor, ServesEverybody};
pub use protect::{EndpointError, ProtectError};
pub use require::require;
pub use router::Router;
pub use router_checks::RouterRequirement;
