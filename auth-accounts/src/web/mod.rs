//! The endpoints, to be mounted by the application.

#[cfg_attr(not(test), expect(dead_code, reason = "for the endpoints to come"))]
pub(crate) mod input;
mod problem;

use auth_core::Router;

pub(crate) use problem::Problem;

use crate::accounts::Accounts;

impl Accounts {
    /// Everything over HTTP: mount it below a path, such as `/account`.
    ///
    /// ```no_run
    /// # fn accounts() -> auth_accounts::Accounts { unreachable!() }
    /// let app: auth_core::Router = auth_core::Router::new().nest("/account", accounts().router());
    /// ```
    pub fn router(&self) -> Router {
        Router::<Self>::new().with_state(self.clone())
    }
}
