//! The application's own user behind the caller.

use std::future::Future;

use axum::extract::{FromRef, FromRequestParts, OptionalFromRequestParts};
use axum::response::IntoResponse;
use http::request::Parts;

use super::extract::{self, Extractor};
use crate::identity::Identity;
use crate::response::Rejection;

/// A type of the application for a caller, for example a row of its table of users.
///
/// [`State`](Self::State) is what loading needs: the state of the router, or a part of it that
/// `FromRef` takes out, as with axum's `State`.
///
/// ```
/// use auth_core::{CurrentUser, Identity, FromIdentity, Router, check, requires, routing::get};
/// use axum::extract::FromRef;
/// use axum::http::StatusCode;
///
/// #[derive(Clone)]
/// struct Database;
/// # impl Database {
/// #     async fn user(&self, issuer: &str, subject: &str) -> std::io::Result<Option<User>> { Ok(None) }
/// # }
///
/// #[derive(Clone)]
/// struct App {
///     database: Database,
///     title: &'static str,
/// }
///
/// // Or `#[derive(FromRef)]`, with axum's feature `macros`.
/// impl FromRef<App> for Database {
///     fn from_ref(app: &App) -> Self {
///         app.database.clone()
///     }
/// }
///
/// #[derive(Clone)]
/// struct User {
///     id: i64,
///     suspended: bool,
/// }
///
/// impl FromIdentity for User {
///     type State = Database;
///     type Rejection = StatusCode;
///
///     async fn from_identity(identity: &Identity, database: &Database) -> Result<Self, StatusCode> {
///         let user = database.user(identity.issuer(), identity.subject()).await;
///         user.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?.ok_or(StatusCode::FORBIDDEN)
///     }
/// }
///
/// #[check("the caller is not suspended")]
/// async fn active(CurrentUser(user): CurrentUser<User>) -> bool {
///     !user.suspended
/// }
///
/// #[requires(check = active)]
/// async fn me(CurrentUser(user): CurrentUser<User>) -> String {
///     user.id.to_string()                        // the query of the check serves here too
/// }
///
/// let routes: Router<App> = Router::new().route("/me", get(me));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be loaded for a caller",
    label = "not a user of the application",
    note = "implement `auth_core::FromIdentity` for it: `async fn from_identity(identity: &Identity, state: &Self::State) -> Result<Self, Self::Rejection>`"
)]
pub trait FromIdentity: Clone + Send + Sync + 'static {
    /// What loading needs: the state of the router or, by `FromRef`, a part of it.
    type State: Send + Sync;

    /// The answer to a caller who cannot be loaded, sent as it is.
    type Rejection: IntoResponse;

    /// Loads the user behind a verified caller.
    ///
    /// A subject is unique only together with its issuer: look for both.
    ///
    /// # Errors
    /// The answer, if there is no such user or that cannot be determined.
    fn from_identity(
        identity: &Identity,
        state: &Self::State,
    ) -> impl Future<Output = Result<Self, Self::Rejection>> + Send;
}

/// The application's own user behind the caller, loaded once per request.
///
/// The first check or handler that asks loads, the others get a clone (an `Arc` inside makes that
/// cheap). If middleware replaces the credential in between, the user is loaded anew. A request
/// without a credential is rejected like one for an [`Identity`](crate::Identity), before anything
/// is loaded; `Option<CurrentUser<U>>` serves it. A rejection from
/// [`FromIdentity::from_identity`] is returned unchanged, even if the extractor is an `Option`.
///
/// See [`FromIdentity`] for an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CurrentUser<U: FromIdentity>(pub U);

/// A user, and for which outcome of authentication it was loaded. The type is private, so that
/// no one else can leave one in a request.
#[derive(Clone)]
struct Loaded<U> {
    identity: Identity,
    user: U,
}

impl<U: FromIdentity> CurrentUser<U> {
    const EXTRACTOR: Extractor = Extractor("CurrentUser");

    async fn of<S>(identity: Identity, parts: &mut Parts, state: &S) -> Result<Self, Rejection>
    where
        U::State: FromRef<S>,
    {
        if let Some(loaded) = parts.extensions.get::<Loaded<U>>()
            && loaded.identity.is(&identity)
        {
            return Ok(Self(loaded.user.clone()));
        }
        let state = U::State::from_ref(state);
        let user = U::from_identity(&identity, &state)
            .await
            .map_err(|rejection| Rejection::of_application(rejection.into_response()))?;
        parts.extensions.insert(Loaded { identity, user: user.clone() });
        Ok(Self(user))
    }
}

impl<S, U> FromRequestParts<S> for CurrentUser<U>
where
    S: Send + Sync,
    U: FromIdentity,
    U::State: FromRef<S>,
{
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Rejection> {
        let identity = extract::caller(parts, &Self::EXTRACTOR).await?;
        Self::of(identity, parts, state).await
    }
}

impl<S, U> OptionalFromRequestParts<S> for CurrentUser<U>
where
    S: Send + Sync,
    U: FromIdentity,
    U::State: FromRef<S>,
{
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>, Rejection> {
        match extract::optional_caller(parts, &Self::EXTRACTOR).await? {
            Some(identity) => Self::of(identity, parts, state).await.map(Some),
            None => Ok(None),
        }
    }
}
