//! Saying what a test token says.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jsonwebtoken::signature::Signer as _;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::dpop_key::DpopKey;
use super::issuer::{TestIssuer, TestIssuerError};
use super::signer::Signer;
use crate::jose::{Algorithm, base64url_encode};

/// The lifetime of a token for which none is asked.
const LIFETIME: Duration = Duration::from_secs(300);

/// Makes each `jti` of the process another one.
static SERIAL: AtomicU64 = AtomicU64::new(0);

/// A token in the making: an access token of
/// [RFC 9068 §2](https://www.rfc-editor.org/rfc/rfc9068#section-2) by default.
///
/// ```
/// use auth_core::testing::TestIssuer;
/// use std::time::Duration;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let issuer = TestIssuer::new("https://issuer.test", "orders-api")?;
/// let token = issuer
///     .token("alice")
///     .scopes(["read", "write"])
///     .acr("mfa")
///     .claim("tenant", "north")
///     .lifetime(Duration::from_secs(60))
///     .sign()?;
/// assert_eq!(token.split('.').count(), 3);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[must_use]
pub struct TokenBuilder {
    issuer: TestIssuer,
    header: Map<String, Value>,
    claims: Map<String, Value>,
    without: Vec<String>,
    lifetime: Duration,
}

impl TokenBuilder {
    pub(crate) fn new(issuer: &TestIssuer, subject: &str) -> Self {
        let mut builder = Self {
            issuer: issuer.clone(),
            header: Map::new(),
            claims: Map::new(),
            without: Vec::new(),
            lifetime: LIFETIME,
        };
        let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
        for (name, value) in [
            ("iss", json!(issuer.issuer)),
            ("aud", json!(issuer.audience)),
            ("sub", json!(subject)),
            ("client_id", json!("test-client")),
            ("jti", json!(format!("test-{serial}"))),
        ] {
            builder.claims.insert(name.to_owned(), value);
        }
        let algorithm = issuer.signer.algorithm();
        builder.header = header(algorithm, "at+jwt");
        builder.header.insert("kid".to_owned(), json!(issuer.kid));
        builder
    }

    /// The roles: the claim `roles`.
    pub fn roles<N: Into<String>>(self, names: impl IntoIterator<Item = N>) -> Self {
        self.names("roles", names)
    }

    /// The permissions: the claim `permissions`.
    pub fn permissions<N: Into<String>>(self, names: impl IntoIterator<Item = N>) -> Self {
        self.names("permissions", names)
    }

    /// The groups: the claim `groups`.
    pub fn groups<N: Into<String>>(self, names: impl IntoIterator<Item = N>) -> Self {
        self.names("groups", names)
    }

    /// The scopes: the claim `scope`, separated by spaces.
    pub fn scopes<N: Into<String>>(self, names: impl IntoIterator<Item = N>) -> Self {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        self.claim("scope", names.join(" "))
    }

    /// Sets any claim.
    pub fn claim(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.claims.insert(name.into(), value.into());
        self
    }

    /// Leaves a claim out, `exp` and `iat` included.
    pub fn without(mut self, name: impl Into<String>) -> Self {
        self.without.push(name.into());
        self
    }

    /// Sets any header member. The key that signs stays the same, also if `alg` or `kid` name another.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.header.insert(name.into(), value.into());
        self
    }

    /// Leaves a header member out.
    pub fn without_header(mut self, name: &str) -> Self {
        self.header.remove(name);
        self
    }

    /// How long from now the token is valid. By default five minutes.
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// How the subject logged in.
    pub fn acr(self, acr: impl Into<String>) -> Self {
        self.claim("acr", acr.into())
    }

    /// When the subject logged in, in seconds since 1970.
    pub fn auth_time(self, seconds: u64) -> Self {
        self.claim("auth_time", seconds)
    }

    /// Binds the token to a key: `cnf` with its thumbprint
    /// ([RFC 9449 §6.1](https://www.rfc-editor.org/rfc/rfc9449#section-6.1)).
    pub fn bound_to(self, key: &DpopKey) -> Self {
        self.confirmed_by("jkt", key.thumbprint())
    }

    /// Binds the token to a client certificate in DER: `cnf` with its thumbprint
    /// ([RFC 8705 §3.1](https://www.rfc-editor.org/rfc/rfc8705#section-3.1)).
    pub fn bound_to_certificate(self, der: impl AsRef<[u8]>) -> Self {
        self.confirmed_by("x5t#S256", base64url_encode(Sha256::digest(der)))
    }

    /// Another issuer than the own.
    pub fn issuer(self, issuer: impl Into<String>) -> Self {
        self.claim("iss", issuer.into())
    }

    /// Another audience than the own.
    pub fn audience(self, audience: impl Into<String>) -> Self {
        self.claim("aud", audience.into())
    }

    /// Signs the token: `iat` is now and `exp` the lifetime later, unless they are set.
    ///
    /// # Errors
    /// If the library cannot sign.
    pub fn sign(self) -> Result<String, TestIssuerError> {
        let now = self.issuer.clock.now();
        let expires = now.saturating_add(self.lifetime.as_secs());
        let mut claims = self.claims;
        claims.entry("iat").or_insert(now.into());
        claims.entry("exp").or_insert(expires.into());
        claims.retain(|name, _| !self.without.contains(name));

        compact(&self.issuer.signer, self.header, claims)
    }

    fn confirmed_by(mut self, method: &str, thumbprint: impl Into<Value>) -> Self {
        let cnf = self.claims.entry("cnf").or_insert_with(|| json!({}));
        if let Some(methods) = cnf.as_object_mut() {
            methods.insert(method.to_owned(), thumbprint.into());
        }
        self
    }

    fn names<N: Into<String>>(self, claim: &str, names: impl IntoIterator<Item = N>) -> Self {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        self.claim(claim, names)
    }
}

/// The header of `jsonwebtoken`, with our name of an algorithm that it does not have.
pub(crate) fn header(algorithm: Algorithm, typ: &str) -> Map<String, Value> {
    let theirs = jsonwebtoken::Algorithm::try_from(algorithm).unwrap_or_default();
    let header =
        jsonwebtoken::Header { typ: Some(typ.to_owned()), ..jsonwebtoken::Header::new(theirs) };
    let mut members = match serde_json::to_value(header) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    };
    members.insert("alg".to_owned(), algorithm.name().into());
    members
}

/// A signed JWT of this header and these claims.
pub(crate) fn compact(
    signer: &Signer,
    header: Map<String, Value>,
    claims: Map<String, Value>,
) -> Result<String, TestIssuerError> {
    let header = base64url_encode(Value::Object(header).to_string());
    let payload = base64url_encode(Value::Object(claims).to_string());
    let signing_input = format!("{header}.{payload}");
    let signature = signer.try_sign(signing_input.as_bytes());
    let signature = signature.map_err(|_| TestIssuerError::Signing)?;
    Ok(format!("{signing_input}.{}", base64url_encode(signature)))
}

/// Shows the issuer, not what the token says.
impl fmt::Debug for TokenBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenBuilder").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}
