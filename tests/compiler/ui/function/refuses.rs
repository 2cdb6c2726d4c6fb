#![allow(unused)]

use auth_core::{AuthError, Identity, requires};

type Answer<T> = Result<T, Mine>;
type Count = Option<u64>;

struct Mine;

#[requires(authenticated)]
fn number(caller: &Identity) -> u64 {
    5
}

#[requires(authenticated)]
async fn maybe(caller: &Identity) -> Option<u64> {
    None
}

#[requires(authenticated)]
fn alias(caller: &Identity) -> Count {
    None
}

#[requires(authenticated)]
fn error_alias(caller: &Identity) -> Answer<u64> {
    Ok(5)
}

#[requires(authenticated)]
fn later(caller: &Identity) -> impl Future<Output = Result<u64, AuthError>> {
    async { Ok(5) }
}

struct Ledger;

impl Ledger {
    // As `#[async_trait]` writes it.
    #[requires(authenticated)]
    fn balance<'life0, 'life1, 'async_trait>(
        &'life0 self,
        caller: &'life1 Identity,
    ) -> std::pin::Pin<Box<dyn Future<Output = Result<u64, AuthError>> + Send + 'async_trait>>
    where
        'life0: 'async_trait,
        'life1: 'async_trait,
        Self: 'async_trait,
    {
        Box::pin(async { Ok(5) })
    }
}

fn main() {}
