//! Until passwords are checked: a client of whom nothing is known, and no password that is right but
//! in tests.

use std::convert::Infallible;
use std::net::IpAddr;

use axum::extract::FromRequestParts;
use http::StatusCode;
use http::request::Parts;

use crate::accounts::Accounts;
use crate::model::{Account, LoginKey};
use crate::secret::{Digest, SecretText};
use crate::web::Problem;

pub(crate) struct Client {
    pub(crate) address: Option<IpAddr>,
}

impl FromRequestParts<Accounts> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(_: &mut Parts, _: &Accounts) -> Result<Self, Infallible> {
        Ok(Self { address: None })
    }
}

impl Accounts {
    pub(crate) async fn check_password(
        &self,
        username: &str,
        password: &SecretText,
        _: &Client,
    ) -> Result<Account, Problem> {
        let login = LoginKey::from_prepared(username);
        let found = self.ask(self.0.stores.accounts.find(&login)).await?;
        let digest = |text: &str| Digest::of(&[text.as_bytes()]);
        let fits = |account: &Account| {
            let hash = account.password.as_ref();
            cfg!(debug_assertions)
                && hash.is_some_and(|it| digest(it.as_str()).matches(&digest(password.expose())))
        };
        found.filter(fits).ok_or_else(|| {
            let detail = "the name or the password is wrong";
            Problem::new(StatusCode::UNAUTHORIZED, "invalid_credentials", detail)
        })
    }
}
