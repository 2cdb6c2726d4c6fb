//! The rules of the registered claims ([RFC 7519 §4.1](https://www.rfc-editor.org/rfc/rfc7519#section-4.1)).

use std::time::Duration;

use super::error::VerifyError;
use super::numeric_date::{Date, date};
use super::pointer::Pointer;
use super::subject::{self, SubjectPlace};
use crate::jose::json::{Object, Value};

/// What the claims must say.
pub(crate) struct Rules {
    pub(crate) issuer: Box<str>,
    pub(crate) audiences: Vec<Box<str>>,
    /// Where the audience of a token without `aud` is named: the first of these that is there counts.
    pub(crate) audience_in: Vec<Pointer>,
    /// Whether a token that names no audience is rejected. Only where the issuer makes tokens for this
    /// service alone can it be accepted.
    pub(crate) requires_audience: bool,
    /// Where the subject of a token without `sub` is named.
    pub(crate) subject_in: Option<SubjectPlace>,
    /// In seconds.
    pub(crate) leeway: u64,
    /// The longest time that a token may live, in seconds.
    pub(crate) max_lifetime: u64,
}

/// The longest time that a token may be allowed to live, and what is allowed where no one says
/// less: 100 years. Some issuers sign for decades, for machines; what says more has its dates in
/// another unit.
pub(crate) const MAX_LIFETIME: Duration = Duration::from_secs(100 * 31_557_600);

/// Whether a token may be allowed to live for so long.
pub(crate) fn is_lifetime(lifetime: Duration) -> bool {
    (Duration::from_secs(1)..=MAX_LIFETIME).contains(&lifetime)
}

/// The times of a token that passed, in whole seconds since 1970, fractions cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Times {
    /// `exp`, or until when the token is accepted without one.
    pub(crate) expires_at: u64,
    /// Whether the issuer says when the token expires.
    pub(crate) has_exp: bool,
    /// From when on the token is rejected: `expires_at`, rounded up, and the leeway.
    pub(crate) refused_from: u64,
    pub(crate) issued_at: Option<u64>,
    /// The earliest time at which it can have been issued, as far as its issuer says when that was
    /// or when it expires.
    pub(crate) issued_from: u64,
    pub(crate) auth_time: Option<u64>,
}

/// The claims that have a rule, as they are in the token.
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
                b"auth_time" => &mut found.auth_time,
                _ => continue,
            };
            *place = Some(value.read());
        }
        found
    }
}

impl Rules {
    /// Checks all claims at the time `now`.
    ///
    /// A claim that protects and has the wrong type makes the token invalid; it is never read as
    /// absent. Of the others (`acr`, `auth_time`, the client), one that cannot be read is unknown:
    /// it rejects no one but those of whom it is asked.
    pub(crate) fn check(&self, claims: Object<'_>, now: u64) -> Result<Times, VerifyError> {
        self.check_accepted(claims, now, None)
    }

    /// [`check`](Self::check) of a token that is accepted until a time of its own where it has no
    /// `exp`. With no such time, it is rejected.
    pub(crate) fn check_accepted(
        &self,
        claims: Object<'_>,
        now: u64,
        until: Option<u64>,
    ) -> Result<Times, VerifyError> {
        let registered = Registered::find(claims);
        self.check_issuer(&registered)?;
        self.check_audience(registered.aud, claims)?;
        let times = self.check_times(&registered, now, until)?;

        // Without a subject it is no one in particular, and "no one" would own data (RFC 9068 §2.2).
        match (string("sub", registered.sub)?, &self.subject_in) {
            (Some(subject), _) if subject.is_empty() || subject::is_reserved(subject) => {
                return Err(VerifyError::InvalidClaim("sub"));
            }
            (Some(_), _) => {}
            (None, Some(place)) => place.check(claims)?,
            (None, None) => return Err(VerifyError::MissingClaim("sub")),
        }
        // A revocation finds the token by these.
        identifier("jti", registered.jti)?;
        identifier("sid", registered.sid)?;
        Ok(times)
    }

    /// The subject of a token that passed, where it is not in `sub`.
    pub(crate) fn subject_elsewhere(&self, claims: Object<'_>) -> Option<Box<str>> {
        let place = self.subject_in.as_ref()?;
        if claims.get("sub").is_some() { None } else { place.find(claims) }
    }

    /// One string, compared code point by code point: no prefix, no normalisation, no array.
    fn check_issuer(&self, claims: &Registered<'_>) -> Result<(), VerifyError> {
        match string("iss", claims.iss)? {
            None => Err(VerifyError::MissingClaim("iss")),
            Some(issuer) if *issuer == *self.issuer => Ok(()),
            Some(_) => Err(VerifyError::IssuerMismatch),
        }
    }

    /// A string or an array of strings, one of which is this service.
    pub(crate) fn check_audience(
        &self,
        aud: Option<Value<'_>>,
        claims: Object<'_>,
    ) -> Result<(), VerifyError> {
        let elsewhere = || self.audience_in.iter().find_map(|place| place.find(claims));
        let is_ours = |name: &str| self.audiences.iter().any(|own| **own == *name);
        let named = match aud.or_else(elsewhere) {
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
            None if !self.requires_audience => true,
            None => return Err(VerifyError::MissingClaim("aud")),
        };
        if named { Ok(()) } else { Err(VerifyError::AudienceMismatch) }
    }

    fn check_times(
        &self,
        claims: &Registered<'_>,
        now: u64,
        until: Option<u64>,
    ) -> Result<Times, VerifyError> {
        let stated = date("exp", claims.exp)?;
        let accepted = until.map(|until| Date { down: until, up: until });
        let expires = stated.or(accepted).ok_or(VerifyError::MissingClaim("exp"))?;
        let not_before = date("nbf", claims.nbf)?;
        let issued = date("iat", claims.iat)?;
        // AD FS writes a text.
        let auth_time = date("auth_time", claims.auth_time).ok().flatten();

        // "on or after which the JWT MUST NOT be accepted" (§4.1.4)
        let refused_from = expires.up.saturating_add(self.leeway);
        if now >= refused_from {
            return Err(VerifyError::Expired);
        }
        let longest = self.max_lifetime.saturating_add(self.leeway);
        if let Some(expires) = stated {
            self.check_lifetime(expires, issued, now, longest)?;
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
            has_exp: stated.is_some(),
            refused_from,
            issued_at: issued.map(|date| date.down),
            issued_from: match (issued, stated) {
                (Some(issued), _) => issued.down,
                (None, Some(expires)) => expires.down.saturating_sub(longest),
                (None, None) => 0,
            },
            auth_time: auth_time.map(|date| date.down),
        })
    }

    /// From `iat`, or from now on where that is not said or lies ahead: the least that the token
    /// lives.
    fn check_lifetime(
        &self,
        expires: Date,
        issued: Option<Date>,
        now: u64,
        longest: u64,
    ) -> Result<(), VerifyError> {
        let from = issued.map_or(now, |issued| issued.down.min(now));
        if expires.down.saturating_sub(from) <= longest {
            return Ok(());
        }
        // The hint has a likely date to show, or is not a date.
        let in_seconds = expires.down / 1_000;
        let likely = now / 2..=now.saturating_add(self.max_lifetime);
        Err(VerifyError::LifetimeTooLong { in_milliseconds: likely.contains(&in_seconds) })
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

/// A claim by which the token is found again. `null` is none; what cannot be read could be any.
fn identifier(name: &'static str, value: Option<Value<'_>>) -> Result<(), VerifyError> {
    match value {
        None | Some(Value::Null | Value::Text(_)) => Ok(()),
        Some(_) => Err(VerifyError::InvalidClaim(name)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::jose::json::Document;
    use crate::token::numeric_date::MAX_SECONDS;

    const NOW: u64 = 1_800_000_000;
    const LEEWAY: u64 = 30;

    fn rules() -> Rules {
        Rules {
            issuer: "https://issuer.test".into(),
            audiences: vec!["a".into(), "b".into()],
            audience_in: Vec::new(),
            requires_audience: true,
            subject_in: None,
            leeway: LEEWAY,
            max_lifetime: MAX_LIFETIME.as_secs(),
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
                has_exp: true,
                refused_from: NOW + 60 + LEEWAY,
                issued_at: None,
                issued_from: NOW + 60 - LEEWAY - MAX_LIFETIME.as_secs().min(NOW + 60 - LEEWAY),
                auth_time: None
            })
        );
    }

    #[test]
    fn each_claim_rule_rejects() {
        use VerifyError::{
            AudienceMismatch, Expired, InvalidClaim, IssuedInFuture, IssuerMismatch, MissingClaim,
            NotYetValid,
        };
        for (change, expected) in [
            (json!({"iss": "(absent)"}), MissingClaim("iss")),
            (json!({"iss": ["https://issuer.test"]}), InvalidClaim("iss")),
            (json!({"iss": null}), InvalidClaim("iss")),
            (json!({"iss": "https://issuer.test/"}), IssuerMismatch),
            (json!({"iss": "HTTPS://issuer.test"}), IssuerMismatch),
            (json!({"iss": ""}), IssuerMismatch),
            (json!({"aud": "(absent)"}), MissingClaim("aud")),
            (json!({"aud": null}), InvalidClaim("aud")),
            (json!({"aud": 1}), InvalidClaim("aud")),
            (json!({"aud": {"a": 1}}), InvalidClaim("aud")),
            (json!({"aud": ["a", 1]}), InvalidClaim("aud")),
            (json!({"aud": [["a"]]}), InvalidClaim("aud")),
            (json!({"aud": []}), AudienceMismatch),
            (json!({"aud": ""}), AudienceMismatch),
            (json!({"aud": "a b"}), AudienceMismatch),
            (json!({"aud": "A"}), AudienceMismatch),
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
            (json!({"iat": "1700000000"}), InvalidClaim("iat")),
            (json!({"sub": "(absent)"}), MissingClaim("sub")),
            (json!({"sub": 1}), InvalidClaim("sub")),
            (json!({"sub": null}), InvalidClaim("sub")),
            (json!({"sub": ""}), InvalidClaim("sub")),
            (json!({"sub": "urn:auth-core:client:billing"}), InvalidClaim("sub")),
            (json!({"sub": "URN:Auth-Core:client:billing"}), InvalidClaim("sub")),
            (json!({"jti": 7}), InvalidClaim("jti")),
            (json!({"jti": ["a"]}), InvalidClaim("jti")),
            (json!({"sid": 7}), InvalidClaim("sid")),
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
        let too_long = VerifyError::LifetimeTooLong { in_milliseconds: false };
        assert_eq!(check(&rules(), &claims, 0), Err(too_long));
    }

    #[test]
    fn a_token_beyond_the_maximum_lifetime_is_rejected() {
        let hour = Rules { max_lifetime: 3_600, ..rules() };
        let default = rules();
        let year = 365 * 86_400;
        let check = |rules: &Rules, change: &Value| {
            let mut claims = json!({"iss": "https://issuer.test", "sub": "user", "aud": "a"});
            claims.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            check(rules, &claims, NOW).err()
        };
        let too_long = |in_milliseconds| Some(VerifyError::LifetimeTooLong { in_milliseconds });
        for (rules, change, expected) in [
            (&default, json!({"exp": NOW + year}), None),
            (&default, json!({"exp": NOW + 10 * year, "iat": NOW - 10 * year}), None),
            (&default, json!({"exp": 4_102_444_800_u64, "iat": 1_700_000_000}), None),
            (&default, json!({"exp": NOW + 101 * year}), too_long(false)),
            (&default, json!({"exp": (NOW + 600) * 1_000}), too_long(true)),
            (&default, json!({"exp": (NOW + 600) * 1_000, "iat": NOW * 1_000}), too_long(true)),
            (&default, json!({"exp": (NOW + 600) * 1_000, "iat": NOW}), too_long(true)),
            (&default, json!({"exp": (NOW + 600) * 1_000, "nbf": NOW * 1_000}), too_long(true)),
            (&default, json!({"exp": 1_800_000_600_000.5}), too_long(true)),
            (&default, json!({"exp": (NOW + 600) * 1_000_000}), too_long(false)),
            (&default, json!({"exp": MAX_SECONDS}), too_long(false)),
            (&hour, json!({"exp": NOW + 3_600 + LEEWAY}), None),
            (&hour, json!({"exp": NOW + 3_600 + LEEWAY + 1}), too_long(false)),
            (&hour, json!({"exp": NOW + 60, "iat": NOW + 60 - 3_600 - LEEWAY}), None),
            (&hour, json!({"exp": NOW + 60, "iat": NOW + 59 - 3_600 - LEEWAY}), too_long(false)),
            (&hour, json!({"exp": NOW + 3_600 + LEEWAY, "iat": NOW + LEEWAY}), None),
            (&hour, json!({"exp": NOW + 4_000, "iat": NOW + 500}), too_long(false)),
            (&hour, json!({"exp": (NOW + 600) * 1_000}), too_long(true)),
        ] {
            assert_eq!(check(rules, &change), expected, "{change}");
        }
    }

    #[test]
    fn a_malformed_optional_claim_is_ignored() {
        for change in [
            json!({"auth_time": "2026-11-28T09:30:00.000Z"}),
            json!({"auth_time": "1700000000"}),
            json!({"auth_time": null}),
            json!({"auth_time": [1]}),
            json!({"auth_time": 1e300}),
        ] {
            assert_eq!(check_with(&change).unwrap().auth_time, None, "{change}");
        }
        for change in [
            json!({"acr": 1}),
            json!({"acr": ["mfa"]}),
            json!({"acr": null}),
            json!({"client_id": 7}),
            json!({"client_id": ["x"]}),
            json!({"azp": {}}),
            json!({"jti": null}),
            json!({"sid": null}),
        ] {
            assert!(check_with(&change).is_ok(), "{change}");
        }
    }

    #[test]
    fn the_audience_is_looked_for_elsewhere_only_on_demand_and_only_without_aud() {
        let mut rules = rules();
        let check = |rules: &Rules, change: Value| {
            let mut claims = json!({"iss": "https://issuer.test", "sub": "user", "exp": NOW + 60});
            claims.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            check(rules, &claims, NOW).err()
        };
        let missing = Some(VerifyError::MissingClaim("aud"));
        let invalid = Some(VerifyError::InvalidClaim("aud"));
        assert_eq!(check(&rules, json!({"azp": "a"})), missing);
        let places = ["/azp", "/client_id"].map(|place| Pointer::parse(place.to_owned()));
        rules.audience_in = places.to_vec();
        for (claims, expected) in [
            (json!({"azp": "a"}), None),
            (json!({"azp": ["x", "b"]}), None),
            (json!({"client_id": "a"}), None),
            (json!({"azp": "x"}), Some(VerifyError::AudienceMismatch)),
            (json!({"azp": "x", "client_id": "a"}), Some(VerifyError::AudienceMismatch)),
            (json!({"aud": "x", "azp": "a"}), Some(VerifyError::AudienceMismatch)),
            (json!({"aud": [], "azp": "a"}), Some(VerifyError::AudienceMismatch)),
            (json!({"aud": null, "azp": "a"}), invalid),
            (json!({"azp": 7, "client_id": "a"}), invalid),
            (json!({"azp": null}), invalid),
            (json!({"cid": "a"}), missing),
        ] {
            assert_eq!(check(&rules, claims.clone()), expected, "{claims}");
        }
    }

    #[test]
    fn the_subject_is_looked_for_elsewhere_only_on_demand_and_only_without_sub() {
        let rules = Rules { subject_in: Some(SubjectPlace::new("/azp".to_owned())), ..rules() };
        let subject = |change: Value| {
            let mut claims = json!({"iss": "https://issuer.test", "aud": "a", "exp": NOW + 60});
            claims.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            check(&rules, &claims, NOW)?;
            let document = Document::parse(claims.to_string().into()).unwrap();
            Ok(rules.subject_elsewhere(document.root()))
        };
        let found = subject(json!({"azp": "billing"})).unwrap();
        assert_eq!(found.as_deref(), Some("urn:auth-core:client:billing"));
        assert_eq!(subject(json!({"azp": "billing", "sub": "alice"})), Ok(None));
        for (claims, expected) in [
            (json!({}), VerifyError::MissingClaim("sub")),
            (json!({"client_id": "billing"}), VerifyError::MissingClaim("sub")),
            (json!({"azp": 7}), VerifyError::InvalidClaim("sub")),
            (json!({"azp": ""}), VerifyError::InvalidClaim("sub")),
            (json!({"azp": null}), VerifyError::InvalidClaim("sub")),
            (json!({"azp": "billing", "sub": null}), VerifyError::InvalidClaim("sub")),
            (json!({"azp": "billing", "sub": ""}), VerifyError::InvalidClaim("sub")),
        ] {
            assert_eq!(subject(claims.clone()), Err(expected), "{claims}");
        }
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
                audience_in: Vec::new(),
                requires_audience: true,
                subject_in: None,
                leeway: leeway.unsigned_abs(),
                max_lifetime: MAX_LIFETIME.as_secs(),
            };
            let accepted = check(&rules, &claims, now.unsigned_abs()).is_ok();
            // What lies before 1970 counts as 1970, and the clock never shows less.
            let (exp, nbf, iat) = (exp.max(0), nbf.map(|n| n.max(0)), iat.map(|n| n.max(0)));
            prop_assert_eq!(accepted, model(exp, nbf, iat, now, leeway));
        }
    }
}
