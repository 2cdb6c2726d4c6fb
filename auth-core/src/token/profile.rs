//! Which kinds of JWT count as an access token.

use super::error::VerifyError;
use crate::jose::json::{Object, Unread, Value};

/// Which JWTs count as access tokens.
///
/// An issuer signs more than access tokens with the same key: ID tokens, logout tokens, security
/// events. They must not open the API ([RFC 8725 §3.11](https://www.rfc-editor.org/rfc/rfc8725#section-3.11)).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TokenProfile {
    /// The header `typ` is `at+jwt` or `application/at+jwt`, in any case, and nothing else
    /// ([RFC 9068 §4](https://www.rfc-editor.org/rfc/rfc9068#section-4)).
    #[default]
    Rfc9068,
    /// The header `typ` may also be `JWT` or absent, as Keycloak, Entra ID, Okta, Auth0 (by default)
    /// and Cognito issue it. Since an ID token then looks alike, the claims are looked at together:
    ///
    /// - A claim that names the kind has to name an access token: `typ` is `Bearer` or `DPoP`
    ///   (Keycloak), `token_use` is `access` (Cognito).
    /// - `at_hash`, `c_hash`, `s_hash` and `events` belong to other kinds of tokens.
    /// - `nonce` is the mark of an ID token only if no claim names the kind and `aud` may be that
    ///   of an ID token: the client is in it, or no claim (`azp`, `client_id`, `cid`, `appid`) says
    ///   which client got the token.
    ///
    /// An ID token without any of these is distinguished by its audience alone: use audiences that are
    /// not client ids.
    Generic,
    /// The issuer hands out ID tokens as access tokens: Dex, and Authentik. No mark tells the two
    /// apart, so **every ID token that names this service in `aud` opens the API**, also one that a
    /// web application got for its own use. Only for issuers that have nothing else.
    ///
    /// The header `typ` is `JWT` or absent, or `at+jwt`. The rules are those of
    /// [OpenID Connect Core §3.1.3.7](https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation),
    /// as far as someone else than the client can check them: with several values in `aud`, `azp`
    /// is required; an `azp` is one of the values in `aud` or an audience of this service. Refresh,
    /// logout and event tokens are rejected as ever.
    IdTokenAsAccessToken,
    /// No access token at all: the JWT authenticates a client at an authorization server
    /// ([RFC 7523 §3](https://www.rfc-editor.org/rfc/rfc7523#section-3)), whose verifier this is. The header
    /// `typ` is `client-authentication+jwt`, or `JWT` or absent, as clients have written it before there
    /// was that type. Of each client the keys are its own and `iss` is its id, so a verifier is for one.
    ClientAuthentication,
}

impl TokenProfile {
    /// Whether a token with this header `typ` and these claims counts as an access token for a
    /// service with these audiences.
    pub(crate) fn check(
        self,
        typ: Option<&str>,
        claims: Object<'_>,
        audiences: &[Box<str>],
    ) -> Result<(), VerifyError> {
        let is = |expected: &str| is_type(typ, expected);
        let says_nothing = typ.is_none() || is("jwt");
        if self == Self::ClientAuthentication {
            return if says_nothing || is("client-authentication+jwt") {
                Ok(())
            } else {
                Err(VerifyError::WrongType)
            };
        }
        if is("at+jwt") {
            return Ok(());
        }
        match self {
            Self::Generic if says_nothing && Marks::find(claims).allow_access_token(claims) => {
                Ok(())
            }
            Self::IdTokenAsAccessToken if says_nothing && Marks::find(claims).allow_id_token() => {
                check_authorized_party(claims, audiences)
            }
            _ => Err(VerifyError::WrongType),
        }
    }
}

/// Whether `typ` is this media type, in any case (RFC 7515 §4.1.9).
pub(crate) fn is_type(typ: Option<&str>, expected: &str) -> bool {
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

/// What a claim says of the kind of its token, from the best to the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    AccessToken,
    IdToken,
    /// A refresh, offline or logout token, or a word that no one knows.
    Other,
}

impl Kind {
    /// What a claim says in which some issuers name the kind. The words are an allow list.
    pub(super) fn named_in(name: &str, value: Unread<'_>) -> Option<Self> {
        let word = match name.as_bytes() {
            b"token_use" | b"typ" => value.read().as_str().unwrap_or_default(),
            _ => return None,
        };
        Some(match (name, word) {
            // Cognito, and the introspection of Ory Hydra.
            ("token_use", "access" | "access_token") => Self::AccessToken,
            // Keycloak.
            ("typ", word)
                if ["Bearer", "DPoP"].iter().any(|own| word.eq_ignore_ascii_case(own)) =>
            {
                Self::AccessToken
            }
            ("token_use", "id" | "id_token") | ("typ", "ID") => Self::IdToken,
            _ => Self::Other,
        })
    }
}

/// The claims by which kinds of tokens are distinguished where the header says nothing.
#[derive(Default)]
struct Marks {
    /// The worst that a claim names.
    named: Option<Kind>,
    /// `at_hash`, `c_hash`, `s_hash`: only ID tokens have them (OpenID Connect Core §3.3.2.11).
    has_hash: bool,
    has_nonce: bool,
    /// Only event tokens have them (RFC 8417 §2.2).
    has_events: bool,
}

impl Marks {
    fn find(claims: Object<'_>) -> Self {
        let mut found = Self::default();
        for (name, value) in claims.unread() {
            match name.as_bytes() {
                b"at_hash" | b"c_hash" | b"s_hash" => found.has_hash = true,
                b"nonce" => found.has_nonce = true,
                b"events" => found.has_events = true,
                _ => found.named = found.named.max(Kind::named_in(name, value)),
            }
        }
        found
    }

    /// Whether nothing shows that the token is no access token.
    fn allow_access_token(&self, claims: Object<'_>) -> bool {
        // A client sends `nonce` for its ID token, and some issuers write it into both.
        let may_be_id_token = || self.has_nonce && may_be_for_the_client(claims);
        !self.has_hash
            && !self.has_events
            && match self.named {
                None => !may_be_id_token(),
                Some(kind) => kind == Kind::AccessToken,
            }
    }

    /// Whether nothing shows that the token is neither an access token nor an ID token.
    fn allow_id_token(&self) -> bool {
        !self.has_events && self.named != Some(Kind::Other)
    }
}

/// Whether `aud` may be that of an ID token, which has the client in it (OpenID Connect Core §2).
/// Where no claim names the client, nothing shows that it is not.
fn may_be_for_the_client(claims: Object<'_>) -> bool {
    let clients =
        ["azp", "client_id", "cid", "appid"].map(|name| claims.get(name).and_then(Value::as_str));
    let is_client = |name: &str| clients.iter().flatten().any(|client| *client == name);
    if clients.iter().all(Option::is_none) {
        return true;
    }
    match claims.get("aud") {
        // An ID token always has one.
        None => false,
        Some(Value::Text(name)) => is_client(name),
        Some(Value::Array(names)) => names.iter().any(|name| name.as_str().is_none_or(is_client)),
        Some(_) => true,
    }
}

/// The rules for `azp` of an ID token (OpenID Connect Core §3.1.3.7, steps 4 and 5).
fn check_authorized_party(claims: Object<'_>, audiences: &[Box<str>]) -> Result<(), VerifyError> {
    let aud = claims.get("aud");
    match claims.get("azp") {
        None => match aud {
            Some(Value::Array(names)) if names.iter().nth(1).is_some() => {
                Err(VerifyError::MissingClaim("azp"))
            }
            _ => Ok(()),
        },
        Some(Value::Text(party)) => {
            let is_named = match aud {
                Some(Value::Text(name)) => name == party,
                Some(Value::Array(names)) => names.iter().any(|name| name.as_str() == Some(party)),
                _ => false,
            };
            if is_named || audiences.iter().any(|own| **own == *party) {
                Ok(())
            } else {
                Err(VerifyError::AudienceMismatch)
            }
        }
        Some(_) => Err(VerifyError::InvalidClaim("azp")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::jose::json::Document;

    fn check(
        profile: TokenProfile,
        typ: Option<&str>,
        claims: &serde_json::Value,
    ) -> Result<(), VerifyError> {
        let claims = Document::parse(claims.to_string().into()).unwrap();
        profile.check(typ, claims.root(), &["api".into(), "web".into()])
    }

    fn accepts(profile: TokenProfile, typ: Option<&str>, claims: &serde_json::Value) -> bool {
        check(profile, typ, claims).is_ok()
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
    fn what_authenticates_a_client_is_no_access_token_and_the_other_way_round() {
        let profile = TokenProfile::ClientAuthentication;
        for typ in [
            None,
            Some("JWT"),
            Some("client-authentication+jwt"),
            Some("application/Client-Authentication+jwt"),
        ] {
            assert!(accepts(profile, typ, &json!({})), "{typ:?}");
        }
        for typ in ["at+jwt", "dpop+jwt", "logout+jwt", "", "client-authentication"] {
            assert!(!accepts(profile, Some(typ), &json!({})), "{typ}");
        }
        for other in
            [TokenProfile::Rfc9068, TokenProfile::Generic, TokenProfile::IdTokenAsAccessToken]
        {
            assert!(!accepts(other, Some("client-authentication+jwt"), &json!({})), "{other:?}");
        }
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

    #[test]
    fn the_word_for_the_kind_is_one_of_an_allow_list() {
        let generic = TokenProfile::Generic;
        for typ in ["Bearer", "bearer", "DPoP"] {
            let claims = json!({"typ": typ, "nonce": "n", "aud": "web", "azp": "web"});
            assert!(accepts(generic, Some("JWT"), &claims), "{typ}");
            let with_hash = json!({"typ": typ, "at_hash": "h"});
            assert!(!accepts(generic, Some("JWT"), &with_hash), "{typ}");
            let contradicted = json!({"typ": typ, "token_use": "id"});
            assert!(!accepts(generic, Some("JWT"), &contradicted), "{typ}");
        }
        for typ in [
            json!("ID"),
            json!("Refresh"),
            json!("Offline"),
            json!("Logout"),
            json!("Serialized-ID"),
            json!("RegistrationAccessToken"),
            json!("Kind of tomorrow"),
            json!(""),
            json!(null),
            json!(["Bearer"]),
        ] {
            for profile in [generic, TokenProfile::Rfc9068] {
                assert!(!accepts(profile, Some("JWT"), &json!({"typ": typ})), "{typ}");
            }
        }
    }

    #[test]
    fn a_nonce_is_a_mark_only_together_with_the_audience_of_an_id_token() {
        let generic = TokenProfile::Generic;
        for claims in [
            json!({"nonce": "n", "aud": "api", "azp": "web"}),
            json!({"nonce": "n", "aud": ["api", "account"], "client_id": "web"}),
            json!({"nonce": "n", "aud": "api", "cid": "web"}),
            json!({"nonce": "n", "azp": "web"}),
            json!({"nonce": "n", "aud": "web", "azp": "web", "token_use": "access"}),
        ] {
            assert!(accepts(generic, Some("JWT"), &claims), "{claims}");
        }
        for claims in [
            json!({"nonce": "n", "aud": "api"}),
            json!({"nonce": "n", "aud": "web", "azp": "web"}),
            json!({"nonce": "n", "aud": ["web"], "client_id": "web"}),
            json!({"nonce": "n", "aud": ["api", "web"], "azp": "web"}),
            json!({"nonce": "n", "aud": [7], "azp": "web"}),
            json!({"nonce": "n", "aud": "api", "azp": 7}),
            json!({"nonce": "n", "aud": "api", "azp": "web", "at_hash": "h"}),
        ] {
            assert!(!accepts(generic, Some("JWT"), &claims), "{claims}");
        }
    }

    #[test]
    fn an_id_token_is_an_access_token_only_on_demand_and_by_its_own_rules() {
        use VerifyError::{AudienceMismatch, InvalidClaim, MissingClaim, WrongType};

        let profile = TokenProfile::IdTokenAsAccessToken;
        let id_token = json!({"aud": "api", "at_hash": "h", "nonce": "n"});
        for other in [TokenProfile::Rfc9068, TokenProfile::Generic] {
            assert_eq!(check(other, Some("JWT"), &id_token), Err(WrongType));
        }
        for claims in [
            id_token,
            json!({"aud": "api", "azp": "api", "typ": "ID", "token_use": "id"}),
            json!({"aud": ["api"], "at_hash": "h"}),
            json!({"aud": ["api", "cli"], "azp": "cli", "at_hash": "h"}),
            json!({"aud": "api", "azp": "web"}),
        ] {
            for typ in [None, Some("JWT"), Some("at+jwt")] {
                assert_eq!(check(profile, typ, &claims), Ok(()), "{claims}");
            }
        }
        for (claims, expected) in [
            (json!({"aud": ["api", "cli"]}), MissingClaim("azp")),
            (json!({"aud": "api", "azp": "cli"}), AudienceMismatch),
            (json!({"aud": ["api", "cli"], "azp": "other"}), AudienceMismatch),
            (json!({"aud": "api", "azp": ["api"]}), InvalidClaim("azp")),
            (json!({"aud": "api", "azp": null}), InvalidClaim("azp")),
            (json!({"aud": "api", "typ": "Refresh"}), WrongType),
            (json!({"aud": "api", "typ": "Logout"}), WrongType),
            (json!({"aud": "api", "token_use": "refresh"}), WrongType),
            (json!({"aud": "api", "events": {}}), WrongType),
        ] {
            assert_eq!(check(profile, Some("JWT"), &claims), Err(expected), "{claims}");
        }
        for typ in ["dpop+jwt", "logout+jwt", "secevent+jwt", ""] {
            assert_eq!(check(profile, Some(typ), &json!({"aud": "api"})), Err(WrongType), "{typ}");
        }
    }
}
