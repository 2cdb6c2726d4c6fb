//! A verification once more, step by step.

use serde_json::{Map, Value};

use super::finding::{Finding, shown};
use super::reasons::describe;
use super::report::{StepOutcome, TokenReport};
use super::seen::{Expected, Seen};
use crate::jose::json::Document;
use crate::jose::jws::Unverified;
use crate::token::claims::Rules;
use crate::token::confirmation::Confirmation;
use crate::token::error::VerifyError;
use crate::token::profile::TokenProfile;
use crate::token::verifier::JwtVerifier;

/// How many rules of claims may fail, one behind the other.
const MAX_FAILURES: usize = 16;

impl JwtVerifier {
    /// What this verifier expects of a token.
    pub(crate) fn expected(&self) -> Expected<'_> {
        let this = self.inner();
        let keys = this.keys.at_hand().ok();
        Expected {
            issuers: vec![self.issuer()],
            audiences: this.rules.audiences.iter().map(|name| &**name).collect(),
            profile: Some(this.profile),
            allowed: Some(this.allowed),
            keys: keys.map(|keys| keys.described()),
            leeway: this.rules.leeway,
            max_token_bytes: this.max_token_bytes,
            now: this.clock.now(),
            ..Expected::default()
        }
    }

    /// Adds each step of the verification of a token, in the order in which it is verified, and goes
    /// on after a failure. What is checked is checked by the code that verifies.
    ///
    /// `chosen` says why the token goes to this verifier.
    pub(crate) fn explain(
        &self,
        token: &str,
        chosen: Finding,
        seen: &Seen,
        expected: &Expected<'_>,
        report: &mut TokenReport,
    ) {
        let this = self.inner();
        let outcome = self.check_signature(token);
        let is_verified = outcome.is_ok();
        let (failed, problem) = match outcome {
            Ok(()) => ("", None),
            Err(error) => (step_of_signature(error), Some(describe(error, seen, expected))),
        };
        let key = seen
            .header("kid")
            .map_or("the token names none".to_owned(), |kid| format!("kid {}", shown(kid)));
        for (step, passed) in [
            ("form", form(seen)),
            ("header", header(seen)),
            ("verifier", chosen),
            ("key", Finding::new(key)),
            ("signature", Finding::new("it is one of a key of the issuer")),
        ] {
            let outcome = match &problem {
                Some(problem) if step == failed => {
                    report.add(step, StepOutcome::Failed, false, problem.clone());
                    continue;
                }
                Some(_) if report.is_failed() => StepOutcome::Skipped,
                _ => StepOutcome::Passed,
            };
            report.add(step, outcome, is_verified, passed);
        }
        let Some(claims) = &seen.claims else { return };
        let typ = seen.header("typ").and_then(Value::as_str);
        let failures = failures(&this.rules, this.profile, typ, claims, expected.now);
        if !failures.iter().any(|error| step_of(*error) == "type") {
            let typ = typ.map_or("none".to_owned(), |typ| shown(&typ.into()));
            report.add(
                "type",
                StepOutcome::Passed,
                is_verified,
                Finding::new(format!("typ {typ}")),
            );
        }
        for error in &failures {
            let finding = describe(*error, seen, expected);
            report.add(step_of(*error), StepOutcome::Failed, is_verified, finding);
        }
        if !failures.iter().any(|error| step_of(*error) == "claims") {
            report.add("claims", StepOutcome::Passed, is_verified, valid_claims(claims, expected));
        }
    }
}

impl JwtVerifier {
    /// Whether a key of the issuer has signed the token, with any claims.
    pub(crate) fn check_signature(&self, token: &str) -> Result<(), VerifyError> {
        let this = self.inner();
        if token.len() > this.max_token_bytes {
            return Err(VerifyError::TooLarge);
        }
        Ok(Unverified::parse(token)?.verify(&*this.keys.at_hand()?, this.allowed)?)
    }
}

pub(crate) fn header(seen: &Seen) -> Finding {
    let show = |name| seen.header(name).map_or("none".to_owned(), shown);
    Finding::new(format!("alg {}, typ {}, kid {}", show("alg"), show("typ"), show("kid")))
}

fn valid_claims(claims: &Map<String, Value>, expected: &Expected<'_>) -> Finding {
    let show = |name| claims.get(name).map_or("none".to_owned(), shown);
    let left = claims.get("exp").and_then(Value::as_f64).map_or(0.0, |exp| {
        #[expect(clippy::cast_precision_loss, reason = "dates are far below 2^52")]
        let now = expected.now as f64;
        exp - now
    });
    Finding::new(format!(
        "iss {}, aud {}, sub {}, expires in {left:.0} seconds",
        show("iss"),
        show("aud"),
        if claims.contains_key("sub") { "is there" } else { "elsewhere" },
    ))
}

/// The step before the claims in which a token is rejected for this.
fn step_of_signature(error: VerifyError) -> &'static str {
    match step_of(error) {
        step @ ("form" | "header" | "signature") => step,
        _ => "key",
    }
}

/// The step in which a token is rejected for this.
pub(crate) fn step_of(error: VerifyError) -> &'static str {
    match error {
        VerifyError::TooLarge | VerifyError::Malformed => "form",
        VerifyError::UnsupportedAlgorithm | VerifyError::UnsupportedCriticalHeader => "header",
        VerifyError::UnknownKey | VerifyError::TooManyKeys | VerifyError::Unavailable { .. } => {
            "key"
        }
        VerifyError::BadSignature => "signature",
        VerifyError::WrongType => "type",
        VerifyError::Revoked => "revocation",
        VerifyError::SenderConstrained | VerifyError::BindingMismatch => "binding",
        VerifyError::Inactive => "issuer",
        _ => "claims",
    }
}

/// Every rule that the claims break. After each the claim is mended, in a copy that no one accepts,
/// and the rules are asked again: so they are the very rules by which tokens are rejected.
fn failures(
    rules: &Rules,
    profile: TokenProfile,
    typ: Option<&str>,
    claims: &Map<String, Value>,
    now: u64,
) -> Vec<VerifyError> {
    let mut found = Vec::new();
    let document =
        |claims: &Map<String, Value>| serde_json::to_vec(claims).ok().and_then(Document::parse);
    let Some(original) = document(claims) else { return found };
    found.extend(profile.check(typ, original.root(), &rules.audiences).err());
    let mut mended = claims.clone();
    while found.len() < MAX_FAILURES
        && let Some(document) = document(&mended)
        && let Err(error) = rules.check(document.root(), now)
    {
        if found.contains(&error) {
            break;
        }
        found.push(error);
        if !mend(&mut mended, error, rules, now) {
            break;
        }
    }
    found.extend(Confirmation::find(original.root()).err());
    found
}

/// Makes a claim what it should be; false if it is not known how.
fn mend(claims: &mut Map<String, Value>, error: VerifyError, rules: &Rules, now: u64) -> bool {
    let good = |name: &str| match name {
        "iss" => Some(Value::from(&*rules.issuer)),
        "aud" => rules.audiences.first().map(|name| Value::from(&**name)),
        "exp" => Some(Value::from(now.saturating_add(60))),
        "sub" => Some(Value::from("somebody")),
        _ => None,
    };
    let name = match error {
        VerifyError::IssuerMismatch => "iss",
        VerifyError::AudienceMismatch => "aud",
        VerifyError::Expired | VerifyError::LifetimeTooLong { .. } => "exp",
        VerifyError::NotYetValid => "nbf",
        VerifyError::IssuedInFuture => "iat",
        VerifyError::MissingClaim(name) | VerifyError::InvalidClaim(name) => name,
        _ => return false,
    };
    match good(name) {
        Some(value) => claims.insert(name.to_owned(), value).is_some() || claims.contains_key(name),
        None => claims.remove(name).is_some(),
    }
}

/// What kind of token it is.
pub(crate) fn form(seen: &Seen) -> Finding {
    let kind = match (seen.segments.len(), &seen.header) {
        (3, Some(_)) => "a signed JWT",
        (1, _) => "an opaque token",
        _ => "no signed JWT",
    };
    Finding::new(format!("{kind}, {} bytes", seen.length))
}
