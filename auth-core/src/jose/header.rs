//! The rules of the JOSE header ([RFC 7515 §4](https://www.rfc-editor.org/rfc/rfc7515#section-4)).

use super::algorithm::Algorithm;
use super::base64url;
use super::error::JwsError;
use super::json::{Document, Value};

/// How long a `kid` may be. Thumbprints and UUIDs need 64.
pub(crate) const MAX_KID_BYTES: usize = 512;

/// What verification needs to know of a header.
///
/// `jwk`, `jku`, `x5u`, `x5c` and `x5t` are not in here on purpose: the sender of a token does not
/// say which key to accept (RFC 8725 §3.10).
pub(crate) struct Header {
    pub(crate) algorithm: Algorithm,
    members: Document,
}

impl Header {
    /// The members of a header, by no rule but that they are a JSON object.
    pub(crate) fn read(segment: &str) -> Result<Document, JwsError> {
        let bytes = base64url::decode(segment).ok_or(JwsError::Malformed)?;
        Document::parse(bytes).ok_or(JwsError::Malformed)
    }

    /// The rules for the members.
    pub(crate) fn of(members: Document) -> Result<Self, JwsError> {
        let mut algorithm = None;
        for (name, value) in members.root().iter() {
            match (name, value) {
                // An unencoded payload "MUST NOT be used with JWTs" (RFC 7797 §7), even without
                // `crit`. No extension is implemented, so nothing that `crit` lists is understood,
                // and an empty or malformed `crit` is invalid anyway (§4.1.11).
                ("b64", Value::Bool(true)) => {}
                ("b64" | "crit", _) => return Err(JwsError::UnsupportedCriticalHeader),
                ("alg", Value::Text(name)) => algorithm = Some(name.parse()),
                // What must be a string is one where it is present: `null` is not "absent".
                ("kid", Value::Text(kid)) if kid.len() > MAX_KID_BYTES => {
                    return Err(JwsError::Malformed);
                }
                ("kid" | "typ", Value::Text(_)) => {}
                ("alg" | "kid" | "typ", _) => return Err(JwsError::Malformed),
                _ => {}
            }
        }
        let algorithm =
            algorithm.ok_or(JwsError::Malformed)?.map_err(|_| JwsError::UnsupportedAlgorithm)?;
        Ok(Self { algorithm, members })
    }

    /// Any other member, as it was sent.
    pub(crate) fn get(&self, name: &str) -> Option<Value<'_>> {
        self.members.root().get(name)
    }

    /// Which key of the issuer signed, if the header says so.
    pub(crate) fn kid(&self) -> Option<&str> {
        self.get("kid")?.as_str()
    }

    /// What kind of JWT it is, if the header says so.
    pub(crate) fn typ(&self) -> Option<&str> {
        self.get("typ")?.as_str()
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    fn parse(json: &str) -> Result<Header, JwsError> {
        Header::read(&URL_SAFE_NO_PAD.encode(json)).and_then(Header::of)
    }

    #[test]
    fn the_three_members_are_read_and_others_ignored() {
        let header = parse(
            r#"{"alg":"ES256","kid":"a","typ":"at+jwt","x":1,"jku":"https://evil.test","b64":true}"#,
        )
        .unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(header.algorithm, Algorithm::ES256);
        assert_eq!(header.kid(), Some("a"));
        assert_eq!(header.typ(), Some("at+jwt"));
    }

    #[test]
    fn malformed_headers_are_rejected() {
        let long = format!(r#"{{"alg":"ES256","kid":"{}"}}"#, "k".repeat(513));
        for (json, expected) in [
            ("{}", JwsError::Malformed),
            (r#"{"alg":null}"#, JwsError::Malformed),
            (r#"{"alg":["ES256"]}"#, JwsError::Malformed),
            (r#"{"alg":"none"}"#, JwsError::UnsupportedAlgorithm),
            (r#"{"alg":"ES256","kid":null}"#, JwsError::Malformed),
            (r#"{"alg":"ES256","kid":1}"#, JwsError::Malformed),
            (r#"{"alg":"ES256","typ":1}"#, JwsError::Malformed),
            (r#"{"alg":"ES256","crit":[]}"#, JwsError::UnsupportedCriticalHeader),
            (r#"{"alg":"ES256","crit":null}"#, JwsError::UnsupportedCriticalHeader),
            (r#"{"alg":"ES256","crit":["exp"],"exp":1}"#, JwsError::UnsupportedCriticalHeader),
            (r#"{"alg":"ES256","b64":false}"#, JwsError::UnsupportedCriticalHeader),
            (r#"{"alg":"ES256","b64":"false"}"#, JwsError::UnsupportedCriticalHeader),
            (r#"{"alg":"ES256","alg":"ES256"}"#, JwsError::Malformed),
            (long.as_str(), JwsError::Malformed),
        ] {
            assert_eq!(parse(json).err(), Some(expected), "{json}");
        }
    }
}
