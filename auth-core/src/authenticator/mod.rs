//! Who calls: from a request to an [`Identity`](crate::Identity), and how rejections are answered.

mod accepted;
mod builder;
mod explain;
pub(crate) mod grants;
pub(crate) mod handle;
mod host;
mod known_tokens;
mod open_names;
mod pipeline;
mod refusals;
mod revocations;
mod sender_constraint;
mod step;
mod tenant;
mod verifiers;

pub use builder::{AuthenticatorBuilder, AuthenticatorError};
pub use grants::{AssignmentCache, AssignmentQuery};
pub use tenant::Tenant;
#[cfg(feature = "http_client")]
pub use verifiers::{EntraTenants, EntraTenantsBuilder, EntraTenantsError};
pub use verifiers::{IssuerResolver, IssuerResolverSettings, ResolveError, TokenVerifier};

pub(crate) use accepted::Accepted;
pub(crate) use grants::AssignmentSource;
pub(crate) use handle::Authenticator;
pub(crate) use pipeline::Credential;

use handle::Inner;
use sender_constraint::{ConstraintInput, SenderConstraint};
