//! Which kinds of JWT count as an access token.

use super::error::VerifyError;
use super::json::{Object, Unread};

/// Which `typ` an access token has.
///
/// An issuer signs more than access tokens with the same key: ID tokens, logout tokens, security
/// events. They must not open the API ([RFC 8725 §3.11](https://www.rfc-editor.org/rfc/rfc8725#section-3.11)).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TokenProfile {
    /// `typ` is `at+jwt` or `application/at+jwt`, in any case, and nothing else
    /// ([RFC 9068 §4](https://www.rfc-editor.org/rfc/rfc9068#section-4)).
    #[default]
    AccessToken,
    /// `typ` may also be `JWT` or absent, as Keycloak, Entra ID, Okta, Auth0 (by default) and
    /// Cognito issue it. Since an ID token then looks alike, a token with a mark of another kind is
    /// refused: `nonce`, `at_hash`, `c_hash`, `s_hash`, `events`, a `token_use` other than
    /// `access`, or Keycloak's `typ` of an ID, refresh, offline or logout token. Use audiences
    /// that are not client ids.
    Generic,
}

/// What Keycloak writes into the claim `typ` of what is no access token.
const KEYCLOAK_OTHERS: [&str; 7] = [
    "ID",
    "Refresh",
    "Offline",
    "Logout",
    "Serialized-ID",
    "InitialAccessToken",
    "RegistrationAccessToken",
];

impl TokenProfile {
    pub(crate) fn check(self, typ: Option<&str>, claims: Object<'_>) -> Result<(), VerifyError> {
        let is = |expected: &str| is_type(typ, expected);
        let accepted = match self {
            _ if is("at+jwt") => true,
            Self::AccessToken => false,
            Self::Generic => (typ.is_none() || is("jwt")) && !is_of_another_kind(claims),
        };
        if accepted { Ok(()) } else { Err(VerifyError::WrongType) }
    }
}

/// Whether `typ` is this media type, in any case (RFC 7515 §4.1.9).
pub(super) fn is_type(typ: Option<&str>, expected: &str) -> bool {
    typ.is_some_and(|typ| without_application(typ).eq_ignore_ascii_case(expected))
}

/// `application/` may be left out of `typ` (RFC 7515 §4.1.9).
fn without_application(typ: &str) -> &str {
    const PREFIX: &str = "application/";
    match typ.split_at_checked(PREFIX.len()) {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case(PREFIX) => rest,
        _ => typ,
    }
}

fn is_of_another_kind(claims: Object<'_>) -> bool {
    claims.unread().any(|(name, value)| match name.as_bytes() {
        // Only ID tokens (OpenID Connect Core §2, §3.3.2.11) and event tokens (RFC 8417 §2.2) have
        // them.
        b"nonce" | b"at_hash" | b"c_hash" | b"s_hash" | b"events" => true,
        _ => is_word_for_another_kind(name, value),
    })
}

/// Whether a claim that some issuers name the kind of a token in says another than an access token.
#[cfg(feature = "http_client")]
pub(super) fn says_another_kind(claims: Object<'_>) -> bool {
    claims.unread().any(|(name, value)| is_word_for_another_kind(name, value))
}

fn is_word_for_another_kind(name: &str, value: Unread<'_>) -> bool {
    match name.as_bytes() {
        // Cognito, and the introspection of Ory Hydra.
        b"token_use" => !matches!(value.read().as_str(), Some("access" | "access_token")),
        b"typ" => value.read().as_str().is_some_and(|typ| KEYCLOAK_OTHERS.contains(&typ)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::verify::json::Document;

    fn accepts(profile: TokenProfile, typ: Option<&str>, claims: &Value) -> bool {
        let claims = Document::parse(claims.to_string().into()).unwrap();
        profile.check(typ, claims.root()).is_ok()
    }

    #[test]
    fn the_strict_profile_wants_the_type() {
        let strict = TokenProfile::default();
        for typ in ["at+jwt", "AT+JWT", "application/at+jwt", "Application/at+JWT"] {
            assert!(accepts(strict, Some(typ), &json!({})), "{typ}");
        }
        for typ in [
            "JWT",
            "",
            "at+jwt ",
            "text/at+jwt",
            "application/",
            "application/application/at+jwt",
            "dpop+jwt",
            "logout+jwt",
            "secevent+jwt",
            "at",
            "applicatio\u{e9}/at+jwt",
        ] {
            assert!(!accepts(strict, Some(typ), &json!({})), "{typ}");
        }
        assert!(!accepts(strict, None, &json!({})));
    }

    #[test]
    fn the_generic_profile_still_knows_what_is_no_access_token() {
        let generic = TokenProfile::Generic;
        for typ in [None, Some("JWT"), Some("jwt"), Some("application/jwt"), Some("at+jwt")] {
            let claims = json!({"token_use": "access", "typ": "Bearer"});
            assert!(accepts(generic, typ, &claims), "{typ:?}");
        }
        for typ in ["dpop+jwt", "logout+jwt", "secevent+jwt", "JOSE", ""] {
            assert!(!accepts(generic, Some(typ), &json!({})), "{typ}");
        }
        for claims in [
            json!({"nonce": "n"}),
            json!({"at_hash": "h"}),
            json!({"events": {}}),
            json!({"token_use": "id"}),
            json!({"token_use": null}),
            json!({"typ": "ID"}),
            json!({"typ": "Refresh"}),
        ] {
            assert!(!accepts(generic, Some("JWT"), &claims), "{claims}");
        }
    }
}
