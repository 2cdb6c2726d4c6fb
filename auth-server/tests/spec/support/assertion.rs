//! Keys of clients, and what they sign.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use auth_core::Jwks;
use auth_core::testing::{TestIssuer, TokenBuilder};
use auth_core::time::FixedClock;

use super::{ISSUER, NOW};

static SERIAL: AtomicU64 = AtomicU64::new(0);

/// The key of a client that authenticates by assertions.
#[derive(Clone)]
pub(crate) struct ClientKey(TestIssuer);

impl ClientKey {
    pub(crate) fn new(client_id: &str) -> Self {
        let issuer = TestIssuer::new(client_id, ISSUER).unwrap();
        Self(issuer.with_clock(FixedClock::new(NOW)))
    }

    pub(crate) fn jwks(&self) -> Jwks {
        self.0.jwks()
    }

    /// A good assertion, to be changed.
    pub(crate) fn assertion(&self) -> TokenBuilder {
        let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
        self.0
            .token(self.0.issuer())
            .header("typ", "client-authentication+jwt")
            .claim("jti", format!("assertion-{serial}"))
            .lifetime(Duration::from_mins(1))
    }

    /// A good assertion.
    pub(crate) fn sign(&self) -> String {
        self.assertion().sign().unwrap()
    }
}
