//! axum: the guard in front of a handler, routing that demands one, and the answers.

mod admission;
mod answers;
mod axum_routes;
mod caller;
mod challenge;
mod check;
mod claims;
mod decided;
#[cfg(feature = "openapi")]
mod documented;
mod endpoint;
mod entrance;
mod extract;
mod gate;
mod guard;
mod handler;
mod merged;
mod method_chain;
mod method_router;
mod mountable;
mod mounted;
mod open;
#[cfg(feature = "testing")]
mod probe;
mod problem;
mod protect;
mod rejection;
mod require;
mod router;
mod router_checks;
pub mod routing;
mod session;
mod tenants;
mod unfinished;

#[cfg(feature = "openapi")]
pub use documented::DocumentedRoutes;

pub(crate) use answers::{Answers, DpopAnswers};
pub use answers::{RejectionBody, RejectionInfo};
pub use caller::{CurrentUser, FromIdentity};
pub(crate) use challenge::Offer;
pub use check::{Check, CheckOutcome, Checks, GuardPolicy, NamedCheck, RunCheck, check_info};
pub use claims::Claims;
pub use guard::{Guard, Public};
pub use handler::Declared;
pub use method_router::MethodRouter;
pub use mountable::{IntoMethodRouter, IntoRequirement, IntoRouter};
pub use open::{Extractor, ServesEverybody};
#[cfg(feature = "testing")]
pub(crate) use probe::{Note, Probe};
#[cfg(feature = "testing")]
pub(crate) use problem::status as refusal_status;
pub use protect::{EndpointError, ProtectError};
pub use rejection::Rejection;
pub use require::require;
pub use router::Router;
pub use router_checks::RouterRequirement;

use crate::authenticator::ErrorDetail;
