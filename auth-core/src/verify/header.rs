//! The rules of the JOSE header ([RFC 7515 §4](https://www.rfc-editor.org/rfc/rfc7515#section-4)).

use serde_json::{Map, Value};

use super::algorithm::Algorithm;
use super::error::VerifyError;
use super::{base64url, json};

/// How long a `kid` may be. Thumbprints and UUIDs need 64.
pub(crate) const MAX_KID_BYTES: usize = 512;

/// What verification needs to know of a header.
///
/// `jwk`, `jku`, `x5u`, `x5c` and `x5t` are not in here on purpose: the sender of a token does not
/// say which key to believe (RFC 8725 §3.10).
pub(crate) struct Header {
    pub(crate) algorithm: Algorithm,
    pub(crate) kid: Option<String>,
    pub(crate) typ: Option<String>,
}

impl Header {
    pub(crate) fn parse(segment: &str) -> Result<Self, VerifyError> {
        Self::read(&mut members(segment)?)
    }

    /// Takes what it knows out of the members.
    pub(crate) fn read(members: &mut Map<String, Value>) -> Result<Self, VerifyError> {
        // No extension is implemented, so whatever `crit` lists is not understood, and an empty
        // or malformed `crit` is invalid anyway (§4.1.11).
        if members.contains_key("crit") {
            return Err(VerifyError::Critical);
        }
        // An unencoded payload "MUST NOT be used with JWTs" (RFC 7797 §7), whoever forgot `crit`.
        if members.get("b64").is_some_and(|b64| b64 != &Value::Bool(true)) {
            return Err(VerifyError::Critical);
        }

        let name = string(members, "alg")?.ok_or(VerifyError::Malformed)?;
        let algorithm = name.parse().map_err(|_| VerifyError::UnsupportedAlgorithm)?;
        let kid = string(members, "kid")?;
        if kid.as_ref().is_some_and(|kid| kid.len() > MAX_KID_BYTES) {
            return Err(VerifyError::Malformed);
        }
        let typ = string(members, "typ")?;
        Ok(Self { algorithm, kid, typ })
    }
}

/// The members of a header, as they were sent.
pub(crate) fn members(segment: &str) -> Result<Map<String, Value>, VerifyError> {
    let bytes = base64url::decode(segment).ok_or(VerifyError::Malformed)?;
    json::object(&bytes).ok_or(VerifyError::Malformed)
}

/// Takes a member that must be a string where it is present: `null` is not "absent".
fn string(members: &mut Map<String, Value>, name: &str) -> Result<Option<String>, VerifyError> {
    match members.remove(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(VerifyError::Malformed),
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    fn parse(json: &str) -> Result<Header, VerifyError> {
        Header::parse(&URL_SAFE_NO_PAD.encode(json))
    }

    #[test]
    fn the_three_members_are_read_and_others_ignored() {
        let header = parse(
            r#"{"alg":"ES256","kid":"a","typ":"at+jwt","x":1,"jku":"https://evil.test","b64":true}"#,
        )
        .unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(header.algorithm, Algorithm::ES256);
        assert_eq!(header.kid.as_deref(), Some("a"));
        assert_eq!(header.typ.as_deref(), Some("at+jwt"));
    }

    #[test]
    fn odd_headers_are_refused() {
        let long = format!(r#"{{"alg":"ES256","kid":"{}"}}"#, "k".repeat(513));
        for (json, expected) in [
            ("{}", VerifyError::Malformed),
            (r#"{"alg":null}"#, VerifyError::Malformed),
            (r#"{"alg":["ES256"]}"#, VerifyError::Malformed),
            (r#"{"alg":"none"}"#, VerifyError::UnsupportedAlgorithm),
            (r#"{"alg":"ES256","kid":null}"#, VerifyError::Malformed),
            (r#"{"alg":"ES256","kid":1}"#, VerifyError::Malformed),
            (r#"{"alg":"ES256","typ":1}"#, VerifyError::Malformed),
            (r#"{"alg":"ES256","crit":[]}"#, VerifyError::Critical),
            (r#"{"alg":"ES256","crit":null}"#, VerifyError::Critical),
            (r#"{"alg":"ES256","crit":["exp"],"exp":1}"#, VerifyError::Critical),
            (r#"{"alg":"ES256","b64":false}"#, VerifyError::Critical),
            (r#"{"alg":"ES256","b64":"false"}"#, VerifyError::Critical),
            (r#"{"alg":"ES256","alg":"ES256"}"#, VerifyError::Malformed),
            (long.as_str(), VerifyError::Malformed),
        ] {
            assert_eq!(parse(json).err(), Some(expected), "{json}");
        }
    }
}
