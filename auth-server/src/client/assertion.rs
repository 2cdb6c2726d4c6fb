//! `private_key_jwt`: a client authenticates by a signed assertion
//! ([RFC 7523 §3](https://www.rfc-editor.org/rfc/rfc7523#section-3),
//! [RFC 10070](https://www.rfc-editor.org/rfc/rfc10070)).

use std::time::Duration;

use auth_accounts::secret::Digest;
use auth_accounts::store::{Created, OneTimeKind};
use auth_core::jose::Algorithm;
use auth_core::{Jwks, JwtVerifier, TokenProfile};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::Client;
use crate::server::AuthorizationServer;
use crate::wire::OAuthError;

/// The one value of `client_assertion_type`.
pub(crate) const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The algorithms of assertions, as in `token_endpoint_auth_signing_alg_values_supported`.
pub(crate) const ALGORITHMS: [Algorithm; 5] =
    [Algorithm::ES256, Algorithm::ES384, Algorithm::EdDSA, Algorithm::RS256, Algorithm::PS256];

/// The longest assertion that is looked at, in bytes.
const MAX_BYTES: usize = 16 * 1024;

/// How long an assertion may be valid: its `jti` is remembered as long. The default of client libraries is an
/// hour.
const MAX_LIFETIME: Duration = Duration::from_hours(1);

/// How far the clocks of client and server may differ.
const LEEWAY: Duration = Duration::from_secs(30);

/// The longest `jti`, in bytes.
const MAX_JTI: usize = 512;

/// The client and the key of an assertion, before its signature is verified.
pub(crate) struct Claimed {
    pub(crate) client_id: String,
    pub(crate) kid: Option<String>,
}

/// Reads the unverified client and key of an assertion.
pub(crate) fn claimed(assertion: &str) -> Option<Claimed> {
    if assertion.len() > MAX_BYTES {
        return None;
    }
    let mut parts = assertion.split('.');
    let header = object(parts.next()?)?;
    let claims = object(parts.next()?)?;
    let client_id = claims.get("sub")?.as_str()?.to_owned();
    Some(Claimed { client_id, kid: header.get("kid").and_then(Value::as_str).map(str::to_owned) })
}

fn object(part: &str) -> Option<Map<String, Value>> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

/// A verified assertion. Its `jti` may have been used before.
#[derive(Debug)]
pub(crate) struct VerifiedAssertion {
    jti: String,
    /// The last second in which it is accepted.
    last_valid: u64,
}

/// Verifies an assertion of a client with its keys. The error is for the log.
pub(crate) fn verify(
    assertion: &str,
    client_id: &str,
    keys: &Jwks,
    issuer: &str,
    clock: impl auth_core::time::Clock + 'static,
) -> Result<VerifiedAssertion, String> {
    let verifier = JwtVerifier::builder()
        .issuer(client_id)
        .audience(issuer)
        .keys(keys.clone())
        .algorithms(ALGORITHMS)
        .profile(TokenProfile::ClientAuthentication)
        .max_token_bytes(MAX_BYTES)
        .max_lifetime(MAX_LIFETIME)
        .leeway(LEEWAY)
        .clock(clock)
        .build()
        .map_err(|error| error.to_string())?;
    let token = verifier.verify(assertion).map_err(|error| error.to_string())?;
    if token.subject() != client_id {
        return Err("`sub` is not the client".to_owned());
    }
    // An assertion with other audiences could be replayed by them (RFC 10070).
    let is_only_ours = match token.claims().get("aud") {
        Some(Value::String(name)) => name == issuer,
        Some(Value::Array(names)) => matches!(&**names, [Value::String(name)] if name == issuer),
        _ => false,
    };
    if !is_only_ours {
        return Err("`aud` is not only the issuer".to_owned());
    }
    let jti = token.token_id().filter(|it| !it.is_empty() && it.len() <= MAX_JTI);
    let jti = jti.ok_or("`jti` is missing, empty or too long")?.to_owned();
    let last_valid = token.expires_at().saturating_add(LEEWAY.as_secs()).saturating_add(1);
    Ok(VerifiedAssertion { jti, last_valid })
}

impl AuthorizationServer {
    /// Marks the `jti` of an assertion as used. False: it was used before.
    pub(super) async fn claim_assertion(
        &self,
        client: &Client,
        assertion: &VerifiedAssertion,
    ) -> Result<bool, OAuthError> {
        let digest = Digest::of(&[client.id.as_bytes(), assertion.jti.as_bytes()]);
        let until = assertion.last_valid.saturating_add(1);
        let put = self.0.one_time.put(
            OneTimeKind::ClientAssertion,
            &digest,
            None,
            &[],
            until,
            self.now(),
        );
        Ok(put.await? == Created::Created)
    }
}
