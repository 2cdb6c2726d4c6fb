//! The tenants of an application, where its resolver looks them up.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use auth_core::JwtVerifier;
use auth_core::authenticator::{IssuerResolver, ResolveError};

/// Tenants as an application has them in its database.
#[derive(Clone, Default)]
pub(super) struct Tenants(Arc<Mutex<Database>>);

#[derive(Default)]
pub(super) struct Database {
    verifiers: HashMap<String, JwtVerifier>,
    asked: Vec<String>,
    is_down: bool,
    delay: Duration,
}

impl IssuerResolver for Tenants {
    async fn resolve(&self, issuer: &str) -> Result<Option<JwtVerifier>, ResolveError> {
        // Read first and answered later, as a database does.
        let (found, delay) = {
            let mut database = self.0.lock().unwrap();
            database.asked.push(issuer.to_owned());
            if database.is_down {
                return Err(ResolveError::new("the database is down"));
            }
            (database.verifiers.get(issuer).cloned(), database.delay)
        };
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        Ok(found)
    }
}

impl Tenants {
    pub(super) fn add(&self, verifier: JwtVerifier) {
        self.add_as(verifier.issuer().to_owned(), verifier);
    }

    pub(super) fn add_as(&self, issuer: impl Into<String>, verifier: JwtVerifier) {
        self.0.lock().unwrap().verifiers.insert(issuer.into(), verifier);
    }

    pub(super) fn remove(&self, issuer: &str) {
        self.0.lock().unwrap().verifiers.remove(issuer);
    }

    pub(super) fn asked(&self) -> Vec<String> {
        self.0.lock().unwrap().asked.clone()
    }

    pub(super) fn is_down(&self, is_down: bool) {
        self.0.lock().unwrap().is_down = is_down;
    }

    pub(super) fn delay(&self, delay: Duration) {
        self.0.lock().unwrap().delay = delay;
    }
}
