//! axum: the guard in front of a handler, and routing that demands one.

mod access_page;
mod auth_layer;
mod authorize;
mod axum_routes;
pub(crate) mod caller;
pub(crate) mod check;
pub(crate) mod claims;
mod diagnostics;
#[cfg(feature = "openapi")]
mod documented;
mod endpoint_guard;
mod extract;
pub(crate) mod guard;
mod guarded;
pub(crate) mod half_finished;
mod handler;
mod merged;
mod metadata_route;
mod method_chain;
pub(crate) mod method_router;
mod mountable;
mod not_cross_site;
mod observer;
pub(crate) mod open;
pub(crate) mod pending;
mod protect;
mod request_auth;
pub(crate) mod require;
mod route_entry;
pub(crate) mod router;
pub(crate) mod router_checks;
pub(crate) mod routing;
#[cfg(feature = "stop_signal")]
mod stop_signal;
mod tenants;

#[cfg(feature = "openapi")]
pub use documented::DocumentedRoutes;

pub(crate) use caller::{CurrentUser, FromIdentity};
pub use check::{Check, CheckOutcome, NamedCheck};
pub(crate) use check::{Checks, GuardPolicy};
pub(crate) use claims::Claims;
pub(crate) use guard::{Guard, Public};
pub use handler::Declared;
pub(crate) use method_router::MethodRouter;
pub use mountable::{IntoMethodRouter, IntoRequirement, IntoRouter};
pub use not_cross_site::NotCrossSite;
#[cfg(feature = "testing")]
pub(crate) use observer::Observer;
pub(crate) use pending::PendingSignIn;
pub use protect::{EndpointError, ProtectError};
pub(crate) use router::Router;
#[cfg(feature = "stop_signal")]
pub use stop_signal::stopped;
