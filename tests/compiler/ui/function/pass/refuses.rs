#![allow(unused)]

use std::borrow::Cow;

use auth_core::{AuthError, Identity, requires};

type Answer<T> = Result<T, Mine>;

struct Mine;

impl From<AuthError> for Mine {
    fn from(_: AuthError) -> Self {
        Self
    }
}

#[requires(authenticated)]
fn alias(caller: &Identity) -> Answer<u64> {
    Ok(5)
}

#[requires(authenticated)]
async fn borrowed<'a>(caller: &Identity, text: &'a str) -> Result<Cow<'a, str>, AuthError> {
    Ok(Cow::Borrowed(text))
}

#[requires(authenticated)]
fn elided<'a>(caller: &'a Identity) -> Result<&'a Identity, Box<dyn std::error::Error + 'a>> {
    Ok(caller)
}

#[requires(authenticated)]
fn opaque(caller: &Identity) -> Result<impl Iterator<Item = u64>, AuthError> {
    Ok(std::iter::once(5))
}

struct Ledger(u64);

impl Ledger {
    #[requires(authenticated)]
    fn opened(caller: &Identity) -> Result<Self, AuthError> {
        Ok(Self(5))
    }

    #[requires(authenticated)]
    async fn of<T: Clone, E: From<AuthError>>(&self, caller: &Identity, it: T) -> Result<T, E> {
        Ok(it)
    }

    async fn calls(&self, caller: &Identity) -> Result<u64, AuthError> {
        self.of(caller, self.0).await
    }
}
