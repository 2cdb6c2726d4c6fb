//! Who calls: from the headers of a request to an [`Identity`], and how refusals are answered.

mod builder;
mod verifier;

use std::fmt;
use std::sync::Arc;

use http::HeaderMap;

pub use builder::{AuthenticatorBuilder, AuthenticatorError};
pub use verifier::TokenVerifier;

use crate::audit::Sinks;
use crate::credential;
use crate::error::{AuthError, Unauthenticated};
use crate::identity::Identity;
use crate::vocabulary::VocabularyTables;
use crate::web::Answers;

/// How much a 403 says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Disclosure {
    /// What the client needs to get a better token, and no more: missing scopes, and how to log
    /// in again. The default.
    #[default]
    Challenge,
    /// The whole requirement with what was met and what was not, in the body of a 403. Meant for
    /// development: it shows the roles and permissions of the API to every caller.
    Full,
}

/// Tells who calls, by the credential in a request.
///
/// Given to [`Router::protect`](crate::Router::protect). A clone shares everything.
///
/// ```
/// # #[cfg(feature = "testing")] {
/// use auth_core::testing::TestIssuer;
/// use auth_core::{Authenticator, Scopes};
///
/// #[derive(Clone, Copy, Scopes)]
/// enum Scope {
///     Read,
///     Write,
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let issuer = TestIssuer::new("https://issuer.test", "orders-api")?;
/// let authenticator = Authenticator::builder()
///     .vocabulary::<(Scope,)>()
///     .verifier(issuer.verifier().build()?)
///     .realm("orders")
///     .build()?;
/// # Ok(()) } main().unwrap() }
/// ```
#[derive(Clone)]
pub struct Authenticator(Arc<Inner>);

struct Inner {
    tables: VocabularyTables,
    verifier: TokenVerifier,
    answers: Answers,
    audit: Sinks,
}

impl Authenticator {
    /// Starts to configure an authenticator.
    pub fn builder() -> AuthenticatorBuilder {
        AuthenticatorBuilder::default()
    }

    /// The caller behind the credential in these headers.
    ///
    /// # Errors
    /// [`AuthError::Unauthenticated`] if there is no credential, or a malformed one, or one that is
    /// not believed; [`AuthError::Unavailable`] if that cannot be told now.
    pub async fn authenticate(&self, headers: &HeaderMap) -> Result<Identity, AuthError> {
        let refused = AuthError::Unauthenticated;
        let token = match credential::bearer(headers) {
            Ok(Some(token)) => token,
            Err(error) if error.is_invalid_request() => {
                return Err(refused(Unauthenticated::InvalidRequest));
            }
            // Another scheme is no credential (RFC 6750 §3.1).
            Ok(None) | Err(_) => return Err(refused(Unauthenticated::NoCredential)),
        };
        let token = self
            .0
            .verifier
            .verify(token)
            .await
            .map_err(|error| refused(Unauthenticated::InvalidToken(error)))?;
        Ok(Identity::new(token, &self.0.tables, self.0.verifier.clock()))
    }

    /// The names that this application knows.
    #[must_use]
    pub fn tables(&self) -> &VocabularyTables {
        &self.0.tables
    }

    pub(crate) fn answers(&self) -> &Answers {
        &self.0.answers
    }

    pub(crate) fn audit(&self) -> &Sinks {
        &self.0.audit
    }

    /// The time by the clock of the verifier, in seconds since 1970.
    pub(crate) fn now(&self) -> u64 {
        self.0.verifier.clock().now()
    }
}

impl fmt::Debug for Authenticator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authenticator")
            .field("tables", &self.0.tables)
            .field("verifier", &self.0.verifier)
            .field("answers", &self.0.answers)
            .field("audit", &self.0.audit)
            .finish()
    }
}
