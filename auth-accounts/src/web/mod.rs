//! The endpoints, to be mounted by the application.

mod admin;
mod api_keys;
pub(crate) mod cookie;
mod email;
mod factors;
pub(crate) mod input;
pub mod pages;
#[cfg(feature = "passkey")]
mod passkeys;
#[cfg(feature = "passkey")]
mod passkeys_sign_in;
mod password;
mod problem;
mod same_origin;
mod second_factor;
pub(crate) mod session;
pub(crate) mod sign_in;
mod sign_out;
mod sign_up;

use auth_core::Router;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use http::HeaderValue;
use http::header::CACHE_CONTROL;

pub(crate) use problem::Problem;
pub(crate) use same_origin::SameOrigin;
pub(crate) use session::Me;

use crate::accounts::Accounts;

impl Accounts {
    /// Everything over HTTP: mount it below a path, such as `/account`.
    ///
    /// Programs get JSON. Browsers get [pages] at the same paths, if they send `Accept: text/html` and open a path
    /// or send a form. [`pages`](crate::AccountsBuilder::pages) changes them, and
    /// [`without_pages`](crate::AccountsBuilder::without_pages) turns them off.
    ///
    /// ```no_run
    /// # fn accounts() -> auth_accounts::Accounts { unreachable!() }
    /// let app: auth_core::Router = auth_core::Router::new().nest("/account", accounts().router());
    /// ```
    pub fn router(&self) -> Router {
        let routes = Router::<Self>::new()
            .merge(api_keys::routes())
            .merge(factors::routes())
            .merge(second_factor::routes())
            .merge(admin::routes(self))
            .merge(email::routes())
            .merge(password::routes())
            .merge(session::routes())
            .merge(sign_in::routes())
            .merge(sign_out::routes())
            .merge(sign_up::routes());
        #[cfg(feature = "passkey")]
        let routes = routes.merge(passkeys::routes()).merge(passkeys_sign_in::routes());
        let routes = if self.0.pages.is_some() { routes.merge(pages::routes()) } else { routes };
        self.with_pages(routes)
    }

    /// Of these endpoints those to sign in and out by, and to see and change one's own factors: for programs alone,
    /// without pages. There is no sign-up, no reset of a password, no API key and no administration.
    ///
    /// ```no_run
    /// # fn accounts() -> auth_accounts::Accounts { unreachable!() }
    /// let app: auth_core::Router =
    ///     auth_core::Router::new().nest("/account", accounts().factors_router());
    /// ```
    pub fn factors_router(&self) -> Router {
        let routes = Router::<Self>::new()
            .merge(factors::routes())
            .merge(second_factor::routes())
            .merge(sign_in::routes())
            .merge(sign_out::routes());
        #[cfg(feature = "passkey")]
        let routes = routes.merge(passkeys::routes()).merge(passkeys_sign_in::routes());
        routes.with_state(self.clone())
    }

    /// People get pages of what these answer.
    fn with_pages(&self, routes: Router<Self>) -> Router {
        let routes = match &self.0.pages {
            Some(_) => {
                let show = from_fn_with_state(self.clone(), pages::show);
                routes.route_layer_without_caller(show)
            }
            None => routes,
        };
        routes.with_state(self.clone())
    }

    /// The same below this path, such as `/account`, where who am I is found with and without a slash
    /// at the end.
    ///
    /// ```no_run
    /// # fn accounts() -> auth_accounts::Accounts { unreachable!() }
    /// let app: auth_core::Router = auth_core::Router::new().merge(accounts().router_at("/account"));
    /// ```
    ///
    /// # Panics
    /// As in axum, if the path is invalid: it begins with a slash and does not end with one.
    pub fn router_at(&self, path: &str) -> Router {
        let root = self.with_pages(session::root());
        Router::new().nest(path, self.router()).nest(&format!("{path}/"), root)
    }
}

/// An answer that is for its reader alone, and that no cache stores.
pub(crate) fn no_store(response: impl IntoResponse) -> Response {
    let mut response = response.into_response();
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
