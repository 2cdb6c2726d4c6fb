//! Which verifier a token goes to, and what it finds: for readers of a log or a report.

use super::{JwtVerifiers, Verifiers};
use crate::token::{
    Expected, Finding, JwtVerifier, KindNames, Seen, StepOutcome, TokenReport, Unverified,
    VerifyError, describe, form, header, step_of,
};
use crate::vocabulary::VocabularySet;

/// Whom a token goes to.
enum Chosen {
    /// The verifier of its issuer.
    Jwt(JwtVerifier),
    /// The introspection endpoint of this issuer.
    Introspection(String),
    /// No one is for it.
    Nobody,
}

impl Verifiers {
    /// Why a token was rejected, and whether what it says was signed by its issuer.
    pub(in crate::authenticator) fn describe(
        &self,
        error: VerifyError,
        token: &str,
    ) -> (Finding, bool) {
        self.with_chosen(token, |seen, expected, chosen| {
            let is_verified = match chosen {
                Chosen::Jwt(verifier) => verifier.check_signature(token).is_ok(),
                Chosen::Introspection(_) | Chosen::Nobody => false,
            };
            (describe(error, seen, expected), is_verified)
        })
    }

    /// Adds the steps of the verification of a token, of which is known how it ended.
    pub(in crate::authenticator) fn explain(
        &self,
        token: &str,
        outcome: Result<(), VerifyError>,
        report: &mut TokenReport,
    ) {
        self.with_chosen(token, |seen, expected, chosen| {
            match chosen {
                Chosen::Jwt(verifier) => {
                    let why = format!("the one of {:?}", verifier.issuer());
                    verifier.explain(token, Finding::new(why), seen, expected, report);
                }
                Chosen::Introspection(issuer) => {
                    report.add("form", StepOutcome::Passed, false, form(seen));
                    let why = format!("the introspection endpoint of {issuer:?}");
                    report.add("verifier", StepOutcome::Passed, false, Finding::new(why));
                    if outcome.is_ok() {
                        let says = Finding::new("the issuer says that the token is active");
                        report.add("issuer", StepOutcome::Passed, true, says);
                    }
                }
                Chosen::Nobody => {
                    let is_read = seen.header.is_some() && seen.claims.is_some();
                    if is_read {
                        report.add("form", StepOutcome::Passed, false, form(seen));
                        report.add("header", StepOutcome::Passed, false, header(seen));
                    }
                }
            }
            // What the steps above do not show.
            if let Err(error) = outcome
                && !report.is_failed()
            {
                let step = match (chosen, error) {
                    (Chosen::Nobody, VerifyError::IssuerMismatch) => "verifier",
                    _ => step_of(error),
                };
                report.add(step, StepOutcome::Failed, false, describe(error, seen, expected));
            }
        });
    }

    /// The names in a token that is rejected: unverified.
    pub(in crate::authenticator) fn unverified_names(
        &self,
        token: &str,
        tables: &VocabularySet,
    ) -> Vec<KindNames> {
        self.with_chosen(token, |seen, _, chosen| match chosen {
            Chosen::Jwt(verifier) => seen.names(verifier.claim_map(), tables),
            Chosen::Introspection(_) | Chosen::Nobody => Vec::new(),
        })
    }

    fn with_chosen<T>(
        &self,
        token: &str,
        tell: impl FnOnce(&Seen, &Expected<'_>, &Chosen) -> T,
    ) -> T {
        let chosen = self.choose(token);
        let mut expected = match &chosen {
            Chosen::Jwt(verifier) => verifier.expected(),
            Chosen::Introspection(issuer) => self.expected_of_endpoint(issuer),
            Chosen::Nobody => Expected { now: self.clock.now(), ..Expected::default() },
        };
        if let JwtVerifiers::Several(verifiers) = &self.jwt {
            let own = expected.issuers.first().copied();
            let mut others: Vec<&str> = verifiers.fixed.keys().map(|issuer| &**issuer).collect();
            others.sort_unstable();
            expected.issuers.extend(others.into_iter().filter(|issuer| Some(*issuer) != own));
            expected.has_resolver = verifiers.resolved.is_some();
            expected.max_token_bytes = expected.max_token_bytes.max(verifiers.max_token_bytes);
        }
        expected.has_introspection = self.opaque.is_some();
        let seen = Seen::of(token, expected.max_token_bytes);
        tell(&seen, &expected, &chosen)
    }

    /// As [`verify`](Self::verify) chooses, of what is known now.
    fn choose(&self, token: &str) -> Chosen {
        if let Some(opaque) = &self.opaque
            && self.jwt.own(token).is_none()
        {
            return Chosen::Introspection(opaque.issuer().to_owned());
        }
        match &self.jwt {
            JwtVerifiers::None => Chosen::Nobody,
            JwtVerifiers::One(verifier) => Chosen::Jwt(verifier.clone()),
            JwtVerifiers::Several(verifiers) if token.len() > verifiers.max_token_bytes => {
                Chosen::Nobody
            }
            JwtVerifiers::Several(verifiers) => {
                let Ok(mut token) = Unverified::parse(token) else { return Chosen::Nobody };
                let Ok(issuer) = token.issuer() else { return Chosen::Nobody };
                let resolved = || verifiers.resolved.as_ref()?.known(&issuer);
                let fixed = verifiers.fixed.get(issuer.as_str());
                let fixed = fixed.map(|of_issuer| of_issuer.nearest(&mut token).clone());
                fixed.or_else(resolved).map_or(Chosen::Nobody, Chosen::Jwt)
            }
        }
    }

    fn expected_of_endpoint<'a>(&'a self, issuer: &'a str) -> Expected<'a> {
        let audiences = self.opaque.iter().flat_map(|opaque| opaque.audiences());
        Expected {
            issuers: vec![issuer],
            audiences: audiences.collect(),
            now: self.clock.now(),
            ..Expected::default()
        }
    }
}
