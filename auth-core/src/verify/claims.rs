//! The rules of the registered claims ([RFC 7519 §4.1](https://www.rfc-editor.org/rfc/rfc7519#section-4.1)).

use super::error::VerifyError;
use super::json::{Object, Value};
use super::numeric_date::date;

/// What the claims must say.
pub(crate) struct Rules {
    pub(crate) issuer: Box<str>,
    pub(crate) audiences: Vec<Box<str>>,
    pub(crate) without_audience: WithoutAudience,
    /// In seconds.
    pub(crate) leeway: u64,
}

/// What becomes of a token that says nothing of its audience.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WithoutAudience {
    Refused,
    /// `client_id` is looked at instead.
    InClientId,
    /// Who says so knows that the issuer makes tokens for this service only.
    #[cfg_attr(
        not(feature = "http_client"),
        expect(dead_code, reason = "only endpoints may leave the audience out")
    )]
    Accepted,
}

/// The times of a token that passed, in whole seconds since 1970, fractions cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Times {
    pub(crate) expires_at: u64,
    /// From when on the token is refused: `exp`, rounded up, and the leeway.
    pub(crate) refused_from: u64,
    pub(crate) issued_at: Option<u64>,
    pub(crate) auth_time: Option<u64>,
}

/// The claims that have a rule, as they stand in the token.
#[derive(Default)]
struct Registered<'a> {
    iss: Option<Value<'a>>,
    sub: Option<Value<'a>>,
    aud: Option<Value<'a>>,
    exp: Option<Value<'a>>,
    nbf: Option<Value<'a>>,
    iat: Option<Value<'a>>,
    jti: Option<Value<'a>>,
    sid: Option<Value<'a>>,
    client_id: Option<Value<'a>>,
    acr: Option<Value<'a>>,
    auth_time: Option<Value<'a>>,
}

impl<'a> Registered<'a> {
    /// Finds them in one pass. Bytes, since of those the compiler makes a tree, and of texts a chain.
    fn find(claims: Object<'a>) -> Self {
        let mut found = Self::default();
        for (name, value) in claims.unread() {
            let place = match name.as_bytes() {
                b"iss" => &mut found.iss,
                b"sub" => &mut found.sub,
                b"aud" => &mut found.aud,
                b"exp" => &mut found.exp,
                b"nbf" => &mut found.nbf,
                b"iat" => &mut found.iat,
                b"jti" => &mut found.jti,
                b"sid" => &mut found.sid,
                b"client_id" => &mut found.client_id,
                b"acr" => &mut found.acr,
                b"auth_time" => &mut found.auth_time,
                _ => continue,
            };
            *place = Some(value.read());
        }
        found
    }
}

impl Rules {
    /// Checks all claims at the time `now`. A claim of the wrong type makes the token invalid; it
    /// is never read as absent.
    pub(crate) fn check(&self, claims: Object<'_>, now: u64) -> Result<Times, VerifyError> {
        let claims = Registered::find(claims);
        self.check_issuer(&claims)?;
        self.check_audience(&claims)?;
        let times = self.check_times(&claims, now)?;

        // Without a subject it is nobody in particular, and "nobody" would own data (RFC 9068 §2.2).
        match string("sub", claims.sub)? {
            None => return Err(VerifyError::MissingClaim("sub")),
            Some("") => return Err(VerifyError::InvalidClaim("sub")),
            Some(_) => {}
        }
        string("client_id", claims.client_id)?;
        string("jti", claims.jti)?;
        string("sid", claims.sid)?;
        string("acr", claims.acr)?;
        Ok(times)
    }

    /// One string, compared code point by code point: no prefix, no normalisation, no array.
    fn check_issuer(&self, claims: &Registered<'_>) -> Result<(), VerifyError> {
        match string("iss", claims.iss)? {
            None => Err(VerifyError::MissingClaim("iss")),
            Some(issuer) if *issuer == *self.issuer => Ok(()),
            Some(_) => Err(VerifyError::Issuer),
        }
    }

    /// A string or an array of strings, one of which is this service.
    fn check_audience(&self, claims: &Registered<'_>) -> Result<(), VerifyError> {
        let is_ours = |name: &str| self.audiences.iter().any(|own| **own == *name);
        let named = match claims.aud {
            Some(Value::Text(name)) => is_ours(name),
            Some(Value::Array(names)) => {
                let mut found = false;
                for name in names.iter() {
                    let name = name.as_str().ok_or(VerifyError::InvalidClaim("aud"))?;
                    found |= is_ours(name);
                }
                found
            }
            Some(_) => return Err(VerifyError::InvalidClaim("aud")),
            None => match self.without_audience {
                WithoutAudience::Refused => return Err(VerifyError::MissingClaim("aud")),
                WithoutAudience::InClientId => {
                    string("client_id", claims.client_id)?.is_some_and(is_ours)
                }
                WithoutAudience::Accepted => true,
            },
        };
        if named { Ok(()) } else { Err(VerifyError::Audience) }
    }

    fn check_times(&self, claims: &Registered<'_>, now: u64) -> Result<Times, VerifyError> {
        let expires = date("exp", claims.exp)?.ok_or(VerifyError::MissingClaim("exp"))?;
        let not_before = date("nbf", claims.nbf)?;
        let issued = date("iat", claims.iat)?;
        let auth_time = date("auth_time", claims.auth_time)?;

        // "on or after which the JWT MUST NOT be accepted" (§4.1.4)
        let refused_from = expires.up.saturating_add(self.leeway);
        if now >= refused_from {
            return Err(VerifyError::Expired);
        }
        let latest = now.saturating_add(self.leeway);
        if not_before.is_some_and(|date| latest < date.up) {
            return Err(VerifyError::NotYetValid);
        }
        if issued.is_some_and(|date| latest < date.up) {
            return Err(VerifyError::IssuedInFuture);
        }
        Ok(Times {
            expires_at: expires.down,
            refused_from,
            issued_at: issued.map(|date| date.down),
            auth_time: auth_time.map(|date| date.down),
        })
    }
}

/// A claim that is a string where it is present.
fn string<'a>(
    name: &'static str,
    value: Option<Value<'a>>,
) -> Result<Option<&'a str>, VerifyError> {
    match value {
        None => Ok(None),
        Some(Value::Text(text)) => Ok(Some(text)),
        Some(_) => Err(VerifyError::InvalidClaim(name)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::verify::json::Document;
    use crate::verify::numeric_date::MAX_SECONDS;

    const NOW: u64 = 1_800_000_000;
    const LEEWAY: u64 = 30;

    fn rules() -> Rules {
        Rules {
            issuer: "https://issuer.test".into(),
            audiences: vec!["a".into(), "b".into()],
            without_audience: WithoutAudience::Refused,
            leeway: LEEWAY,
        }
    }

    fn check(rules: &Rules, claims: &Value, now: u64) -> Result<Times, VerifyError> {
        rules.check(Document::parse(claims.to_string().into()).unwrap().root(), now)
    }

    fn check_with(change: &Value) -> Result<Times, VerifyError> {
        let mut claims =
            json!({"iss": "https://issuer.test", "sub": "user", "aud": "a", "exp": NOW + 60});
        let members = claims.as_object_mut().unwrap();
        for (name, value) in change.as_object().unwrap() {
            if value == "(absent)" {
                members.remove(name);
            } else {
                members.insert(name.clone(), value.clone());
            }
        }
        check(&rules(), &claims, NOW)
    }

    #[test]
    fn the_smallest_token_passes() {
        assert_eq!(
            check_with(&json!({})),
            Ok(Times {
                expires_at: NOW + 60,
                refused_from: NOW + 60 + LEEWAY,
                issued_at: None,
                auth_time: None
            })
        );
    }

    #[test]
    fn each_rule_refuses() {
        use VerifyError::{
            Audience, Expired, InvalidClaim, IssuedInFuture, Issuer, MissingClaim, NotYetValid,
        };
        for (change, expected) in [
            (json!({"iss": "(absent)"}), MissingClaim("iss")),
            (json!({"iss": ["https://issuer.test"]}), InvalidClaim("iss")),
            (json!({"iss": null}), InvalidClaim("iss")),
            (json!({"iss": "https://issuer.test/"}), Issuer),
            (json!({"iss": "HTTPS://issuer.test"}), Issuer),
            (json!({"iss": ""}), Issuer),
            (json!({"aud": "(absent)"}), MissingClaim("aud")),
            (json!({"aud": null}), InvalidClaim("aud")),
            (json!({"aud": 1}), InvalidClaim("aud")),
            (json!({"aud": {"a": 1}}), InvalidClaim("aud")),
            (json!({"aud": ["a", 1]}), InvalidClaim("aud")),
            (json!({"aud": [["a"]]}), InvalidClaim("aud")),
            (json!({"aud": []}), Audience),
            (json!({"aud": ""}), Audience),
            (json!({"aud": "a b"}), Audience),
            (json!({"aud": "A"}), Audience),
            (json!({"exp": "(absent)"}), MissingClaim("exp")),
            (json!({"exp": "1900000000"}), InvalidClaim("exp")),
            (json!({"exp": true}), InvalidClaim("exp")),
            (json!({"exp": null}), InvalidClaim("exp")),
            (json!({"exp": [1_900_000_000]}), InvalidClaim("exp")),
            (json!({"exp": u64::MAX}), InvalidClaim("exp")),
            (json!({"exp": 1e300}), InvalidClaim("exp")),
            (json!({"exp": -1}), Expired),
            (json!({"exp": i64::MIN}), InvalidClaim("exp")),
            (json!({"exp": NOW - LEEWAY}), Expired),
            (json!({"nbf": "1"}), InvalidClaim("nbf")),
            (json!({"nbf": null}), InvalidClaim("nbf")),
            (json!({"nbf": NOW + LEEWAY + 1}), NotYetValid),
            (json!({"nbf": 1_800_000_030.5}), NotYetValid),
            (json!({"iat": {}}), InvalidClaim("iat")),
            (json!({"iat": NOW + LEEWAY + 1}), IssuedInFuture),
            (json!({"auth_time": "yesterday"}), InvalidClaim("auth_time")),
            (json!({"sub": "(absent)"}), MissingClaim("sub")),
            (json!({"sub": 1}), InvalidClaim("sub")),
            (json!({"sub": null}), InvalidClaim("sub")),
            (json!({"sub": ""}), InvalidClaim("sub")),
            (json!({"client_id": ["x"]}), InvalidClaim("client_id")),
            (json!({"jti": 7}), InvalidClaim("jti")),
            (json!({"sid": 7}), InvalidClaim("sid")),
            (json!({"acr": 1}), InvalidClaim("acr")),
        ] {
            assert_eq!(check_with(&change), Err(expected), "{change}");
        }
    }

    #[test]
    fn what_the_rfc_allows_passes() {
        for change in [
            json!({"aud": ["x", "b"]}),
            json!({"aud": ["a", "a"]}),
            json!({"exp": NOW - LEEWAY + 1}),
            json!({"exp": 1_799_999_970.5}),
            json!({"exp": 4.102_444_8e9}),
            json!({"nbf": NOW + LEEWAY}),
            json!({"nbf": 0}),
            json!({"nbf": -5.5}),
            json!({"iat": NOW + LEEWAY}),
            json!({"sub": "user", "client_id": "c", "jti": "j", "acr": "mfa"}),
        ] {
            assert!(check_with(&change).is_ok(), "{change}");
        }
    }

    #[test]
    fn a_broken_clock_expires_everything_without_overflow() {
        let claims =
            json!({"iss": "https://issuer.test", "sub": "user", "aud": "a", "exp": MAX_SECONDS});
        assert_eq!(check(&rules(), &claims, u64::MAX), Err(VerifyError::Expired));
        assert!(check(&rules(), &claims, 0).is_ok());
    }

    #[test]
    fn the_audience_stands_in_client_id_only_on_demand_and_only_without_aud() {
        let mut rules = rules();
        rules.without_audience = WithoutAudience::InClientId;
        let check = |claims: Value| check(&rules, &claims, NOW).err();
        let iss = "https://issuer.test";
        let exp = NOW + 60;
        assert_eq!(check(json!({"iss": iss, "sub": "user", "exp": exp, "client_id": "a"})), None);
        assert_eq!(
            check(json!({"iss": iss, "sub": "user", "exp": exp, "client_id": "x"})),
            Some(VerifyError::Audience)
        );
        assert_eq!(
            check(json!({"iss": iss, "sub": "user", "exp": exp, "aud": "x", "client_id": "a"})),
            Some(VerifyError::Audience)
        );
    }

    /// The rules for times once more, in quarters of a second and without any shortcut.
    fn model(exp: i64, nbf: Option<i64>, iat: Option<i64>, now: i64, leeway: i64) -> bool {
        let (now, leeway) = (i128::from(now) * 4, i128::from(leeway) * 4);
        let before = now < i128::from(exp) + leeway;
        let after = |date: Option<i64>| date.is_none_or(|date| now + leeway >= i128::from(date));
        before && after(nbf) && after(iat)
    }

    fn quarters(quarters: i64) -> Value {
        if quarters % 4 == 0 {
            json!(quarters / 4)
        } else {
            #[expect(clippy::cast_precision_loss, reason = "the numbers of the test are small")]
            let seconds = quarters as f64 / 4.0;
            json!(seconds)
        }
    }

    proptest! {
        #[test]
        fn times_agree_with_the_model(
            exp in -400_i64..2000,
            nbf in proptest::option::of(-400_i64..2000),
            iat in proptest::option::of(-400_i64..2000),
            now in 0_i64..400,
            leeway in 0_i64..61,
        ) {
            let mut claims = json!({"iss": "i", "sub": "user", "aud": "a", "exp": quarters(exp)});
            if let Some(nbf) = nbf {
                claims["nbf"] = quarters(nbf);
            }
            if let Some(iat) = iat {
                claims["iat"] = quarters(iat);
            }
            let rules = Rules {
                issuer: "i".into(),
                audiences: vec!["a".into()],
                without_audience: WithoutAudience::Refused,
                leeway: leeway.unsigned_abs(),
            };
            let accepted = check(&rules, &claims, now.unsigned_abs()).is_ok();
            // What lies before 1970 counts as 1970, and the clock never shows less.
            let (exp, nbf, iat) = (exp.max(0), nbf.map(|n| n.max(0)), iat.map(|n| n.max(0)));
            prop_assert_eq!(accepted, model(exp, nbf, iat, now, leeway));
        }
    }
}
