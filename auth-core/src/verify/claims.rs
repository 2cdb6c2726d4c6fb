//! The rules of the registered claims ([RFC 7519 §4.1](https://www.rfc-editor.org/rfc/rfc7519#section-4.1)).

use serde_json::{Map, Value};

use super::error::VerifyError;

/// Beyond 2^53 seconds (285 million years) a number is no date, and `f64` no longer counts by one.
const MAX_SECONDS: u64 = 1 << 53;

/// What the claims must say.
pub(crate) struct Rules {
    pub(crate) issuer: Box<str>,
    pub(crate) audiences: Vec<Box<str>>,
    /// Look at `client_id` where `aud` is absent.
    pub(crate) audience_in_client_id: bool,
    /// In seconds.
    pub(crate) leeway: u64,
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

impl Rules {
    /// Checks all claims at the time `now`. A claim of the wrong type makes the token invalid; it
    /// is never read as absent.
    pub(crate) fn check(
        &self,
        claims: &Map<String, Value>,
        now: u64,
    ) -> Result<Times, VerifyError> {
        self.check_issuer(claims)?;
        self.check_audience(claims)?;
        let times = self.check_times(claims, now)?;

        // Without a subject it is nobody in particular, and "nobody" would own data (RFC 9068 §2.2).
        match string(claims, "sub")? {
            None => return Err(VerifyError::MissingClaim("sub")),
            Some("") => return Err(VerifyError::InvalidClaim("sub")),
            Some(_) => {}
        }
        for name in ["client_id", "jti", "sid", "acr"] {
            string(claims, name)?;
        }
        Ok(times)
    }

    /// One string, compared code point by code point: no prefix, no normalisation, no array.
    fn check_issuer(&self, claims: &Map<String, Value>) -> Result<(), VerifyError> {
        match string(claims, "iss")? {
            None => Err(VerifyError::MissingClaim("iss")),
            Some(issuer) if *issuer == *self.issuer => Ok(()),
            Some(_) => Err(VerifyError::Issuer),
        }
    }

    /// A string or an array of strings, one of which is this service.
    fn check_audience(&self, claims: &Map<String, Value>) -> Result<(), VerifyError> {
        let is_ours = |name: &str| self.audiences.iter().any(|own| **own == *name);
        let named = match claims.get("aud") {
            Some(Value::String(name)) => is_ours(name),
            Some(Value::Array(names)) => {
                let mut found = false;
                for name in names {
                    let name = name.as_str().ok_or(VerifyError::InvalidClaim("aud"))?;
                    found |= is_ours(name);
                }
                found
            }
            Some(_) => return Err(VerifyError::InvalidClaim("aud")),
            None if self.audience_in_client_id => string(claims, "client_id")?.is_some_and(is_ours),
            None => return Err(VerifyError::MissingClaim("aud")),
        };
        if named { Ok(()) } else { Err(VerifyError::Audience) }
    }

    fn check_times(&self, claims: &Map<String, Value>, now: u64) -> Result<Times, VerifyError> {
        let expires = date(claims, "exp")?.ok_or(VerifyError::MissingClaim("exp"))?;
        let not_before = date(claims, "nbf")?;
        let issued = date(claims, "iat")?;
        let auth_time = date(claims, "auth_time")?;

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
    claims: &'a Map<String, Value>,
    name: &'static str,
) -> Result<Option<&'a str>, VerifyError> {
    match claims.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(VerifyError::InvalidClaim(name)),
    }
}

/// A `NumericDate` (§2), which may have a fraction, between the whole seconds around it.
#[derive(Clone, Copy)]
struct Date {
    down: u64,
    up: u64,
}

/// A claim that is a `NumericDate` where it is present. What lies before 1970 counts as 1970.
fn date(claims: &Map<String, Value>, name: &'static str) -> Result<Option<Date>, VerifyError> {
    let Some(value) = claims.get(name) else {
        return Ok(None);
    };
    let invalid = VerifyError::InvalidClaim(name);
    let date = match value {
        Value::Number(number) => match (number.as_u64(), number.as_f64()) {
            (Some(seconds), _) if seconds <= MAX_SECONDS => Date { down: seconds, up: seconds },
            (None, Some(seconds)) => fraction(seconds).ok_or(invalid)?,
            _ => return Err(invalid),
        },
        _ => return Err(invalid),
    };
    Ok(Some(date))
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the bounds are checked first: 0 to 2^53 fits both types exactly"
)]
fn fraction(seconds: f64) -> Option<Date> {
    let bound = MAX_SECONDS as f64;
    (-bound..=bound)
        .contains(&seconds)
        .then(|| Date { down: seconds.floor().max(0.0) as u64, up: seconds.ceil().max(0.0) as u64 })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    const NOW: u64 = 1_800_000_000;
    const LEEWAY: u64 = 30;

    fn rules() -> Rules {
        Rules {
            issuer: "https://issuer.test".into(),
            audiences: vec!["a".into(), "b".into()],
            audience_in_client_id: false,
            leeway: LEEWAY,
        }
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
        rules().check(members, NOW)
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
        let claims = claims.as_object().unwrap();
        assert_eq!(rules().check(claims, u64::MAX), Err(VerifyError::Expired));
        assert!(rules().check(claims, 0).is_ok());
    }

    #[test]
    fn the_audience_stands_in_client_id_only_on_demand_and_only_without_aud() {
        let mut rules = rules();
        rules.audience_in_client_id = true;
        let check = |claims: Value| rules.check(claims.as_object().unwrap(), NOW).err();
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
                audience_in_client_id: false,
                leeway: leeway.unsigned_abs(),
            };
            let accepted = rules.check(claims.as_object().unwrap(), now.unsigned_abs()).is_ok();
            // What lies before 1970 counts as 1970, and the clock never shows less.
            let (exp, nbf, iat) = (exp.max(0), nbf.map(|n| n.max(0)), iat.map(|n| n.max(0)));
            prop_assert_eq!(accepted, model(exp, nbf, iat, now, leeway));
        }
    }
}
