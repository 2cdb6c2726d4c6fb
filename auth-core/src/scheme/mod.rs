//! Authentication schemes: the ways in which a request says who sends it
//! ([RFC 9110 §11](https://www.rfc-editor.org/rfc/rfc9110#section-11)).
//!
//! Access tokens are the scheme that is built in: `.verifier(..)` of the builder is its short form.
//! Everything else (a session, an API key, the signed header of a proxy) is an
//! [`AuthenticationScheme`] that is given to `.scheme(..)`. An endpoint accepts a scheme only if its
//! requirement, or the application's default list, names the scheme's [`Method`](crate::Method): adding a scheme
//! opens nothing.

pub(crate) mod authentication_scheme;
mod authorization;
mod bearer;
mod bearer_prefix;
mod challenge;
mod cookies;
mod cross_site;
mod erased;
mod error;
mod location;
mod presented;
mod presented_token;
mod security_scheme;
mod token_location;
mod validity;

pub use bearer::{CredentialError, bearer_token};
pub use challenge::Challenge;
pub use cross_site::{CrossSite, InvalidOrigin, TrustedOrigins};
pub use error::SchemeError;
pub use location::{Location, Locations};
pub use presented::PresentedCredential;
pub use security_scheme::SecurityScheme;
pub use token_location::TokenLocation;
pub use validity::{Validity, ValidityMode};

pub(crate) use authentication_scheme::AuthenticationScheme;
pub(crate) use authorization::RawToken;
pub(crate) use bearer_prefix::{BearerPrefixes, is_distinctive, overlap};
pub(crate) use challenge::can_be_quoted;
pub(crate) use cookies::cookie;
pub(crate) use erased::ErasedScheme;
pub(crate) use presented_token::{PresentedToken, TokenScheme};
