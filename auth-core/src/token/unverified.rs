//! What a token says of itself before anything of it is accepted: enough to choose who verifies it.
//!
//! The chosen verifier verifies the whole token and checks `iss` again, so a lie here leads to a
//! verifier that rejects it.

use super::error::VerifyError;
use crate::jose::json::Value;
use crate::jose::jws::Unverified;

/// Whether a token has the form of a signed JWT
/// ([RFC 7515 §7.1](https://www.rfc-editor.org/rfc/rfc7515#section-7.1)): three segments, of which
/// the first is a JOSE header. An opaque token may have dots as well.
///
/// Not part of the public interface.
#[doc(hidden)]
#[must_use]
pub fn is_compact_jws(token: &str) -> bool {
    Unverified::parse(token).is_ok_and(|token| token.names_an_algorithm())
}

/// The issuer that a signed JWT claims to be of.
///
/// Not part of the public interface.
///
/// # Errors
/// If the token has another form, or no `iss` that is a string.
#[doc(hidden)]
pub fn claimed_issuer(token: &str) -> Result<String, VerifyError> {
    Unverified::parse(token)?.issuer()
}

impl Unverified<'_> {
    /// The issuer that it claims to be of.
    ///
    /// The payload is read as strictly as after its signature was checked, and not once more then: two
    /// readers that differ would trust different issuers.
    pub(crate) fn issuer(&mut self) -> Result<String, VerifyError> {
        match self.claims()?.get("iss") {
            Some(Value::Text(issuer)) => Ok(issuer.to_owned()),
            Some(_) => Err(VerifyError::InvalidClaim("iss")),
            None => Err(VerifyError::MissingClaim("iss")),
        }
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use proptest::prelude::*;

    use super::*;

    fn token(header: &str, payload: &str) -> String {
        let encode = |text| URL_SAFE_NO_PAD.encode(text);
        format!("{}.{}.c2ln", encode(header), encode(payload))
    }

    fn issuer_of(payload: &str) -> Result<String, VerifyError> {
        claimed_issuer(&token(r#"{"alg":"ES256"}"#, payload))
    }

    #[test]
    fn the_issuer_is_one_string() {
        assert_eq!(issuer_of(r#"{"iss":"https://a.test"}"#).as_deref(), Ok("https://a.test"));
        assert_eq!(issuer_of("{}"), Err(VerifyError::MissingClaim("iss")));
        for iss in ["null", "1", "true", "{}", r#"["https://a.test"]"#] {
            let refused = issuer_of(&format!(r#"{{"iss":{iss}}}"#));
            assert_eq!(refused, Err(VerifyError::InvalidClaim("iss")), "{iss}");
        }
    }

    #[test]
    fn an_ambiguous_issuer_is_rejected() {
        for payload in [
            r#"{"iss":"https://a.test","iss":"https://b.test"}"#,
            r#"{"iss":"https://a.test","\u0069ss":"https://b.test"}"#,
            r#"{"iss":"https://a.test"}{}"#,
            r#"{"iss":"https://a.test",}"#,
            "[]",
            "",
        ] {
            assert_eq!(issuer_of(payload), Err(VerifyError::Malformed), "{payload}");
        }
        let good = token(r#"{"alg":"ES256"}"#, r#"{"iss":"https://a.test"}"#);
        for bad in [format!("{good}."), good.replacen('.', "", 1), good.replacen('.', "=.", 2)] {
            assert_eq!(claimed_issuer(&bad), Err(VerifyError::Malformed), "{bad}");
        }
    }

    #[test]
    fn a_signed_jwt_is_recognised_by_its_header() {
        assert!(is_compact_jws(&token(r#" { "alg":"none" }"#, "")));
        for opaque in [
            "",
            "opaque",
            "abc.def.ghi",
            "..",
            "v4.local.c2VjcmV0",
            &token("{}", "{}"),
            &token("[]", "{}"),
            &format!("{}.x.y", token(r#"{"alg":"dir"}"#, "")),
        ] {
            assert!(!is_compact_jws(opaque), "{opaque}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC*", dots in "[A-Za-z0-9_.=-]{0,80}") {
            for token in [text, dots] {
                let _ = (is_compact_jws(&token), claimed_issuer(&token));
            }
        }

        #[test]
        fn what_serde_reads_is_what_is_found(issuer in "\\PC*", other in "\\PC*") {
            let payload = serde_json::json!({"sub": other, "iss": &issuer}).to_string();
            prop_assert_eq!(issuer_of(&payload), Ok(issuer));
        }
    }
}
