//! The claims of the token, as a type of the application.

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use http::request::Parts;
use serde::de::DeserializeOwned;

use super::extract::{self, Extractor};
use crate::identity::Identity;
use crate::response::Rejection;

/// The claims of the verified token, as a type of the application.
///
/// Like [`Identity`](crate::Identity), it rejects a request without a credential, and
/// `Option<Claims<T>>` serves one. It costs reading the claims into `T` and no copy of the rest.
///
/// A token whose claims do not fit `T` is rejected with 401 `invalid_token`: this API
/// cannot use it, and the client may get another one. The audit event says `unexpected_claims` and
/// names `T`; no claim's value is in the answer, the event or the log. A claim that some tokens
/// lack is an `Option` in `T`.
///
/// ```
/// use auth_core::{Claims, requires};
/// use serde::Deserialize;
///
/// #[derive(Deserialize)]
/// struct Contact {
///     email: String,
///     #[serde(default)]
///     email_verified: bool,
/// }
///
/// #[requires(authenticated)]
/// async fn invite(Claims(Contact { email, email_verified }): Claims<Contact>) -> String {
///     if email_verified { format!("sent to {email}") } else { "verify your address first".into() }
/// }
/// # fn main() {}
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claims<T: DeserializeOwned>(pub T);

impl<T: DeserializeOwned> Claims<T> {
    const EXTRACTOR: Extractor = Extractor("Claims");

    fn read(parts: &Parts, caller: &Identity) -> Result<Self, Rejection> {
        caller.claims_as().map(Self).map_err(|error| {
            tracing::debug!(
                r#type = std::any::type_name::<T>(),
                "the claims of a token do not fit the type that a handler reads"
            );
            extract::refuse(parts, &Self::EXTRACTOR, error)
        })
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Claims<T> {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Rejection> {
        let caller = extract::caller(parts, &Self::EXTRACTOR).await?;
        Self::read(parts, &caller)
    }
}

impl<S: Send + Sync, T: DeserializeOwned> OptionalFromRequestParts<S> for Claims<T> {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Option<Self>, Rejection> {
        let caller = extract::optional_caller(parts, &Self::EXTRACTOR).await?;
        caller.map(|caller| Self::read(parts, &caller)).transpose()
    }
}
