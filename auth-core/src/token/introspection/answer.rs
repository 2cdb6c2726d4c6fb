//! What an answer must say for its token to be valid
//! ([RFC 7662 §2.2](https://www.rfc-editor.org/rfc/rfc7662#section-2.2), §4).

use std::sync::Arc;

use serde_json::{Map, Value};

use super::known_answers::{ActiveToken, Renewal};
use super::text_date::read_dates;
use super::token_digest::TokenName;
use crate::jose::json::{self, Document, Object};
use crate::time::epoch::Stamp;
use crate::token::claim_map::ClaimMap;
use crate::token::claims::Rules;
use crate::token::confirmation::Confirmation;
use crate::token::error::VerifyError;
use crate::token::profile::Kind;
use crate::token::verified_token::{OpaqueToken, VerifiedToken};

/// For how long a token without `exp` is accepted at most, in seconds: as long as an answer may be
/// known.
pub(super) const MAX_TIME_TO_LIVE: u64 = 60;

/// The rules for answers.
pub(super) struct AnswerRules {
    pub(super) issuer: Arc<str>,
    pub(super) rules: Rules,
    pub(super) claims: Arc<ClaimMap>,
    /// What `token_type` may also say of an access token.
    pub(super) token_types: Vec<Box<str>>,
    /// Whether dates may be written as text.
    pub(super) dates_as_text: bool,
    /// For how long an answer is known, in seconds.
    pub(super) time_to_live: u64,
}

impl AnswerRules {
    /// What was answered about a token to a question of this time, and how long that is known:
    /// never past `exp`.
    pub(super) fn active(
        &self,
        mut claims: Map<String, Value>,
        token: TokenName,
        asked_at: u64,
    ) -> ActiveToken {
        if self.dates_as_text {
            read_dates(&mut claims);
        }
        let known_until = asked_at.saturating_add(self.time_to_live);
        // What is no date is rejected by the rules.
        let expires_at = claims.get("exp").and_then(seconds).unwrap_or(u64::MAX);
        let is_active = claims.remove("active") == Some(Value::Bool(true));
        self.complete(&mut claims);
        // With no answer known, each request asks for itself, and this is for that request.
        let accepted_for =
            if self.time_to_live == 0 { MAX_TIME_TO_LIVE } else { self.time_to_live };
        ActiveToken {
            is_active,
            claims: document(&claims),
            token,
            accepted_until: asked_at.saturating_add(accepted_for),
            known_until: known_until.min(expires_at),
            renewal: Renewal::of(asked_at, self.time_to_live),
        }
    }

    /// The token, if it is valid at this time. The claims are checked on every use, as
    /// those of a signed token are: what the endpoint said a moment ago may have ended since.
    pub(super) fn check(
        &self,
        answer: &ActiveToken,
        stamp: Stamp,
        now: u64,
    ) -> Result<VerifiedToken, VerifyError> {
        if !answer.is_active {
            return Err(VerifyError::Inactive);
        }
        let claims = answer.claims.root();
        let times = self.rules.check_accepted(claims, now, Some(answer.accepted_until))?;
        let subject = self.rules.subject_elsewhere(claims);
        let confirmation = Confirmation::find(claims)?;
        self.check_kind(claims, confirmation.as_ref())?;
        let (issuer, map) = (Arc::clone(&self.issuer), Arc::clone(&self.claims));
        let document = answer.claims.clone();
        let token = VerifiedToken::new(issuer, times, confirmation, stamp, document, map);
        let mut token = token.with_subject(subject);
        // A cache of the token asks again in time to have its answer renewed.
        let renewal = Some(answer.renewal.due).filter(|due| now < *due);
        token.known_until = answer.known_until.min(renewal.unwrap_or(u64::MAX));
        token.opaque = Some(OpaqueToken { sha256: Arc::clone(&answer.token), accepted_at: now });
        Ok(token)
    }

    /// Fills in members that an endpoint may leave out and that are known all the same. What it does say stays
    /// as it is, and is checked. Nothing that differs from one answer to the next may come in here.
    fn complete(&self, claims: &mut Map<String, Value>) {
        claims.entry("iss").or_insert_with(|| (*self.issuer).into());
    }

    /// An answer is about any token that the endpoint knows: whether it is about an access token, it
    /// says in `token_type` ([RFC 6749 §5.1](https://www.rfc-editor.org/rfc/rfc6749#section-5.1)),
    /// and some in other members.
    fn check_kind(
        &self,
        claims: Object<'_>,
        confirmation: Option<&Confirmation>,
    ) -> Result<(), VerifyError> {
        let is_bound = || confirmation.is_some_and(|bound| bound.jkt.is_some());
        let is_own = |kind: &str| self.token_types.iter().any(|own| own.eq_ignore_ascii_case(kind));
        match claims.get("token_type") {
            None => {}
            Some(json::Value::Text(kind)) if kind.eq_ignore_ascii_case("Bearer") => {}
            Some(json::Value::Text(kind)) if kind.eq_ignore_ascii_case("DPoP") && is_bound() => {}
            // RFC 9449 §6.2: bound, but to no key that anyone could prove to hold.
            Some(json::Value::Text(kind)) if kind.eq_ignore_ascii_case("DPoP") => {
                return Err(VerifyError::SenderConstrained);
            }
            Some(json::Value::Text(kind)) if is_own(kind) => {}
            Some(json::Value::Text(_)) => return Err(VerifyError::WrongType),
            Some(_) => return Err(VerifyError::InvalidClaim("token_type")),
        }
        if says_another_kind(claims) {
            return Err(VerifyError::WrongType);
        }
        Ok(())
    }
}

/// What the endpoint said, as the rules read it. Nested too deep to be read again, it says nothing.
fn document(claims: &Map<String, Value>) -> Document {
    serde_json::to_vec(claims).ok().and_then(Document::parse).unwrap_or_default()
}

/// Whether a claim that some issuers name the kind of a token in says another than an access token.
fn says_another_kind(claims: Object<'_>) -> bool {
    let mut kinds = claims.unread().filter_map(|(name, value)| Kind::named_in(name, value));
    kinds.any(|kind| kind != Kind::AccessToken)
}

/// A date of the answer in whole seconds, fractions cut off.
fn seconds(value: &Value) -> Option<u64> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a float that fits no u64 becomes the nearest one that there is"
    )]
    let cut_off = |seconds: f64| seconds as u64;
    value.as_u64().or_else(|| value.as_f64().map(cut_off))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::time::epoch::Epoch;
    use crate::token::claims::MAX_LIFETIME;
    use crate::token::subject::SubjectPlace;

    const NOW: u64 = 1_800_000_000;

    fn rules() -> AnswerRules {
        AnswerRules {
            issuer: "https://id.test".into(),
            rules: Rules {
                issuer: "https://id.test".into(),
                audiences: vec!["api".into()],
                audience_in: Vec::new(),
                requires_audience: true,
                subject_in: None,
                leeway: 30,
                max_lifetime: MAX_LIFETIME.as_secs(),
            },
            claims: Arc::new(ClaimMap::rfc9068()),
            token_types: Vec::new(),
            dates_as_text: false,
            time_to_live: 60,
        }
    }

    /// The answer about a good token, changed: a member that becomes `"(absent)"` is left out.
    fn answer(change: &Value) -> Map<String, Value> {
        let mut answer = json!({
            "active": true, "sub": "user", "aud": "api", "client_id": "shop", "scope": "read write",
            "exp": NOW + 600, "iat": NOW - 10, "token_type": "Bearer",
        });
        let members = answer.as_object_mut().unwrap();
        for (name, value) in change.as_object().unwrap() {
            members.insert(name.clone(), value.clone());
        }
        members.retain(|_, value| value != "(absent)");
        members.clone()
    }

    fn check_by(
        rules: &AnswerRules,
        change: &Value,
        now: u64,
    ) -> Result<VerifiedToken, VerifyError> {
        rules.check(&rules.active(answer(change), "".into(), NOW), Epoch::default().stamp(), now)
    }

    fn refusal(change: &Value) -> Option<VerifyError> {
        check_by(&rules(), change, NOW).err()
    }

    #[test]
    fn an_active_token_is_accepted() {
        let token = check_by(&rules(), &json!({}), NOW).unwrap();
        assert_eq!((token.issuer(), token.subject()), ("https://id.test", "user"));
        assert_eq!(token.client_id(), Some("shop"));
        assert_eq!(token.names().scopes, ["read", "write"]);
        assert_eq!(token.claims().get("active"), None);
        for kind in ["bearer", "BEARER", "(absent)"] {
            assert_eq!(refusal(&json!({"token_type": kind})), None, "{kind}");
        }
        assert_eq!(refusal(&json!({"aud": ["x", "api"], "iss": "https://id.test"})), None);
        assert_eq!(refusal(&json!({"token_use": "access_token", "typ": "Bearer"})), None);
    }

    #[test]
    fn only_true_is_active() {
        for active in [json!("true"), json!(1), json!({}), json!([true]), json!(null), json!(false)]
        {
            assert_eq!(refusal(&json!({"active": active})), Some(VerifyError::Inactive));
        }
        assert_eq!(refusal(&json!({"active": "(absent)"})), Some(VerifyError::Inactive));
    }

    #[test]
    fn what_the_answer_says_is_checked() {
        use VerifyError::{
            AudienceMismatch, Expired, InvalidClaim, IssuedInFuture, IssuerMismatch, MissingClaim,
            NotYetValid, SenderConstrained, WrongType,
        };
        for (change, expected) in [
            (json!({"exp": NOW - 30}), Expired),
            (json!({"exp": "soon"}), InvalidClaim("exp")),
            (json!({"exp": null}), InvalidClaim("exp")),
            (json!({"nbf": NOW + 31}), NotYetValid),
            (json!({"iat": NOW + 31}), IssuedInFuture),
            (json!({"aud": "other"}), AudienceMismatch),
            (json!({"aud": "(absent)"}), MissingClaim("aud")),
            (json!({"iss": "https://evil.test"}), IssuerMismatch),
            (json!({"iss": null}), InvalidClaim("iss")),
            (json!({"sub": "(absent)"}), MissingClaim("sub")),
            (json!({"sub": ""}), InvalidClaim("sub")),
            (json!({"cnf": {}}), InvalidClaim("cnf")),
            (json!({"cnf": {"kid": "k"}}), SenderConstrained),
            (json!({"token_type": "DPoP"}), SenderConstrained),
            (json!({"token_type": "DPoP", "cnf": {"x5t#S256": "a"}}), SenderConstrained),
            (json!({"token_type": "refresh_token"}), WrongType),
            (json!({"token_type": "N_A"}), WrongType),
            (json!({"token_type": null}), InvalidClaim("token_type")),
            (json!({"token_use": "refresh_token"}), WrongType),
            (json!({"token_use": null}), WrongType),
            (json!({"typ": "Refresh"}), WrongType),
        ] {
            assert_eq!(refusal(&change), Some(expected), "{change}");
        }
    }

    #[test]
    fn a_bound_token_keeps_what_binds_it() {
        for kind in ["DPoP", "dpop", "Bearer"] {
            let bound = json!({"token_type": kind, "cnf": {"jkt": "a"}});
            let token = check_by(&rules(), &bound, NOW).unwrap();
            assert_eq!(token.confirmation().unwrap().jkt.as_deref(), Some("a"));
        }
    }

    #[test]
    fn an_answer_is_known_for_its_time_and_never_past_exp() {
        let known_until =
            |change: &Value| rules().active(answer(change), "".into(), NOW).known_until;
        assert_eq!(known_until(&json!({})), NOW + 60);
        assert_eq!(known_until(&json!({"exp": NOW + 7})), NOW + 7);
        assert_eq!(known_until(&json!({"exp": 1_800_000_007.9})), NOW + 7);
        assert_eq!(known_until(&json!({"exp": -1e300})), 0);
        assert_eq!(known_until(&json!({"exp": "(absent)"})), NOW + 60);
        // It is checked again when it is used.
        assert!(check_by(&rules(), &json!({"exp": NOW + 7}), NOW + 36).is_ok());
        let late = check_by(&rules(), &json!({"exp": NOW + 7}), NOW + 37);
        assert_eq!(late.err(), Some(VerifyError::Expired));
    }

    #[test]
    fn a_token_without_exp_is_accepted_while_its_answer_is_cached() {
        let without = json!({"exp": "(absent)"});
        let of = |time_to_live| {
            let rules = AnswerRules { time_to_live, ..rules() };
            check_by(&rules, &without, NOW).unwrap()
        };
        assert_eq!((of(20).expires_at(), of(20).known_until), (NOW + 20, NOW + 15));
        // Known to no other request.
        assert_eq!((of(0).expires_at(), of(0).known_until), (NOW + 60, NOW));
        // Beside the claims: the issuer said nothing of it.
        assert_eq!((of(20).claims().get("exp"), of(20).stated_expiry()), (None, None));
        let stated = check_by(&rules(), &json!({}), NOW).unwrap();
        assert_eq!(stated.stated_expiry(), Some(NOW + 600));
    }

    #[test]
    fn a_subject_and_an_audience_may_be_missing_only_on_demand() {
        let mut on_demand = rules();
        on_demand.rules.subject_in = Some(SubjectPlace::new("/client_id".to_owned()));
        on_demand.rules.requires_audience = false;
        let without = json!({"sub": "(absent)", "aud": "(absent)"});
        let machine = check_by(&on_demand, &without, NOW).unwrap();
        assert_eq!(machine.subject(), "urn:auth-core:client:shop");
        assert_eq!(machine.client_id(), Some("shop"));
        for (change, expected) in [
            (json!({"aud": "other"}), VerifyError::AudienceMismatch),
            (json!({"aud": null}), VerifyError::InvalidClaim("aud")),
            (json!({"sub": ""}), VerifyError::InvalidClaim("sub")),
            (json!({"sub": "(absent)", "client_id": 7}), VerifyError::InvalidClaim("sub")),
            (json!({"sub": "(absent)", "client_id": "(absent)"}), VerifyError::MissingClaim("sub")),
        ] {
            assert_eq!(check_by(&on_demand, &change, NOW).err(), Some(expected), "{change}");
        }
        assert_eq!(check_by(&on_demand, &json!({}), NOW).unwrap().subject(), "user");
    }

    /// As `MITREid` Connect and others answer.
    #[test]
    fn dates_may_be_text_only_on_demand() {
        let lenient = AnswerRules { dates_as_text: true, ..rules() };
        let text =
            json!({"exp": "2027-01-15T08:10:00+0000", "iat": "1799999990", "nbf": "1799999990"});
        assert_eq!(refusal(&text), Some(VerifyError::InvalidClaim("exp")));
        let token = check_by(&lenient, &text, NOW).unwrap();
        assert_eq!((token.expires_at(), token.issued_at()), (NOW + 600, Some(NOW - 10)));
        assert_eq!(token.stated_expiry(), Some(NOW + 600));
        let soon = lenient.active(answer(&json!({"exp": "1800000007"})), "".into(), NOW);
        assert_eq!(soon.known_until, NOW + 7);
        for (change, expected) in [
            (json!({"exp": "1799999970"}), VerifyError::Expired),
            (json!({"exp": "2027-01-15T07:59:00Z"}), VerifyError::Expired),
            (json!({"nbf": "1800000031"}), VerifyError::NotYetValid),
            (json!({"iat": "2027-01-15T08:01:00Z"}), VerifyError::IssuedInFuture),
            (
                json!({"exp": "1800000600000"}),
                VerifyError::LifetimeTooLong { in_milliseconds: true },
            ),
            (json!({"exp": "soon"}), VerifyError::InvalidClaim("exp")),
            (json!({"exp": ""}), VerifyError::InvalidClaim("exp")),
            (json!({"exp": null}), VerifyError::InvalidClaim("exp")),
            (json!({"exp": "2027-01-15T08:10:00"}), VerifyError::InvalidClaim("exp")),
        ] {
            assert_eq!(check_by(&lenient, &change, NOW).err(), Some(expected), "{change}");
        }
        assert!(check_by(&lenient, &json!({}), NOW).is_ok(), "numbers stay what they are");
    }

    #[test]
    fn a_token_type_of_its_own_is_accepted_only_on_demand() {
        let own = AnswerRules { token_types: vec!["access_token".into()], ..rules() };
        for kind in ["access_token", "Access_Token", "Bearer", "(absent)"] {
            assert!(check_by(&own, &json!({"token_type": kind}), NOW).is_ok(), "{kind}");
        }
        assert_eq!(refusal(&json!({"token_type": "access_token"})), Some(VerifyError::WrongType));
        for (change, expected) in [
            (json!({"token_type": "refresh_token"}), VerifyError::WrongType),
            (
                json!({"token_type": "access_token", "token_use": "refresh_token"}),
                VerifyError::WrongType,
            ),
            (json!({"token_type": "access_token", "typ": "ID"}), VerifyError::WrongType),
            (json!({"token_type": "DPoP"}), VerifyError::SenderConstrained),
            (json!({"token_type": ["access_token"]}), VerifyError::InvalidClaim("token_type")),
        ] {
            assert_eq!(check_by(&own, &change, NOW).err(), Some(expected), "{change}");
        }
    }

    /// No one who is called like someone's `sub`, or like a client, is taken for that one.
    #[test]
    fn the_subject_may_be_in_username_on_demand() {
        let mut on_demand = rules();
        on_demand.rules.subject_in = Some(SubjectPlace::new("/username".to_owned()));
        let subject = |change: &Value| {
            check_by(&on_demand, change, NOW).map(|token| token.subject().to_owned())
        };
        let named = subject(&json!({"sub": "(absent)", "username": "alice"})).unwrap();
        assert_eq!(named, "urn:auth-core:claim:/username:alice");
        assert_eq!(subject(&json!({"username": "alice"})).unwrap(), "user");
        for (change, expected) in [
            (json!({"sub": "(absent)"}), VerifyError::MissingClaim("sub")),
            (json!({"sub": "(absent)", "username": ""}), VerifyError::InvalidClaim("sub")),
            (json!({"sub": "(absent)", "username": 7}), VerifyError::InvalidClaim("sub")),
            (json!({"sub": named}), VerifyError::InvalidClaim("sub")),
        ] {
            assert_eq!(subject(&change).err(), Some(expected), "{change}");
        }
        let without = refusal(&json!({"sub": "(absent)", "username": "alice"}));
        assert_eq!(without, Some(VerifyError::MissingClaim("sub")));
    }
}
