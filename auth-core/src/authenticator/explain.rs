//! A token explained: every step with its outcome.

use super::Authenticator;
use crate::identity::{Authentication, Identity};
use crate::scheme::RawToken;
use crate::token::{Finding, KindNames, StepOutcome, TokenReport, UnprovenToken, VerifyError};
use crate::vocabulary::{AuthorityKind, AuthorityRef, AuthoritySet};

impl Authenticator {
    /// Explains what becomes of a token: every step of its verification with what was found, what
    /// is configured and what to try, and the names that it carries.
    ///
    /// For developers: in `main`, in a test, on a page of a development server. Never show it to
    /// clients, since it tells the configuration. It holds neither the token nor its signature.
    ///
    /// The token is verified as that of a request is: keys are fetched and an introspection endpoint
    /// or a resolver is asked, if need be. It is not remembered. What depends on a request (the
    /// proof of a bound token, grants of an [`AssignmentSource`](crate::AssignmentSource)) is not looked at.
    ///
    /// ```
    /// # #[cfg(feature = "testing")] {
    /// # use auth_core::testing::TestIssuer;
    /// # use auth_core::{Authenticator, Roles};
    /// #[derive(Clone, Copy, Roles)]
    /// enum Role {
    ///     Admin,
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let issuer = TestIssuer::new("https://issuer.test", "orders-api")?;
    /// let authenticator = Authenticator::builder()
    ///     .vocabulary::<(Role,)>()
    ///     .verifier(issuer.verifier().build()?)
    ///     .build()?;
    ///
    /// let token = issuer.token("alice").audience("billing").roles(["ROLE_ADMIN"]).sign()?;
    /// let report = authenticator.diagnose(&token).await;
    /// println!("{report}");
    /// assert_eq!(report.refusal.map(|reason| reason.code()), Some("audience"));
    /// assert!(report.to_string().contains(r#"expected  "orders-api""#));
    /// # Ok(()) } main().unwrap() }
    /// ```
    pub async fn diagnose(&self, token: &str) -> TokenReport {
        let mut report = TokenReport::new();
        let text = token.trim();
        let text = match text.split_once(' ') {
            Some((scheme, rest)) if is_scheme(scheme) => rest.trim(),
            _ => text,
        };
        let Ok(token) = RawToken::new(text.as_bytes()).read() else {
            return self.no_token(report);
        };
        let inner = &*self.0;
        match Box::pin(inner.verifiers.verify(token)).await {
            Ok(verified) => {
                inner.verifiers.explain(token, Ok(()), &mut report);
                self.explain_verified(verified, &mut report);
            }
            Err(error) => {
                report.refusal = Some(error);
                inner.verifiers.explain(token, Err(error), &mut report);
                let names = inner.verifiers.unverified_names(token, &inner.tables);
                add_names(&names, false, &mut report);
            }
        }
        report
    }

    fn no_token(&self, mut report: TokenReport) -> TokenReport {
        let _ = self;
        report.refusal = Some(VerifyError::Malformed);
        let finding = Finding::new("this is no token that a header can carry")
            .with_hint("paste what follows `Bearer `, without quotes and line ends");
        report.add("form", StepOutcome::Failed, false, finding);
        report
    }

    /// What comes after claims that are in order.
    fn explain_verified(&self, token: UnprovenToken, report: &mut TokenReport) {
        let inner = &*self.0;
        let binding = inner.sender_constraint.expects(token.claimed());
        let token = token.map(Authentication::from);
        match inner.revocations.check(token.claimed()) {
            Ok(()) => {
                let says = if inner.revocations.is_empty() {
                    "nothing is asked"
                } else {
                    "it was not revoked"
                };
                report.add("revocation", StepOutcome::Passed, true, Finding::new(says));
            }
            Err(error) => {
                report.refusal = Some(error);
                report.add(
                    "revocation",
                    StepOutcome::Failed,
                    true,
                    Finding::new(error.to_string()),
                );
            }
        }
        match binding {
            Ok(says) => report.add("binding", StepOutcome::Passed, true, Finding::new(says)),
            Err((error, hint)) => {
                report.refusal = report.refusal.or(Some(error));
                let finding = Finding::new(error.to_string()).with_hint(hint);
                report.add("binding", StepOutcome::Failed, true, finding);
            }
        }
        add_names(&token.claimed().explain_names(&inner.tables), true, report);
        let identity = token.map(|it| Identity::new(it, &inner.tables, inner.verifiers.clock()));
        let identity = identity.claimed();
        let finding = Finding::new(granted(identity.authorities()));
        report.add("grants", StepOutcome::Passed, true, finding);
    }
}

/// Whether a word before the token is the scheme that it was copied with.
fn is_scheme(word: &str) -> bool {
    ["bearer", "dpop"].iter().any(|scheme| scheme.eq_ignore_ascii_case(word))
}

fn add_names(names: &[KindNames], is_verified: bool, report: &mut TokenReport) {
    for names in names {
        let outcome = if names.is_odd() { StepOutcome::Noted } else { StepOutcome::Passed };
        report.add("names", outcome, is_verified, Finding::new(names.line()));
    }
}

/// All that is held, with what it includes.
fn granted(grants: &AuthoritySet) -> String {
    let of = |kind: AuthorityKind| {
        let names: Vec<&str> = grants.iter(kind).map(AuthorityRef::name).collect();
        (!names.is_empty()).then(|| format!("{}: {}", kind.plural(), names.join(" ")))
    };
    let held: Vec<String> = AuthorityKind::ALL.into_iter().filter_map(of).collect();
    if held.is_empty() { "nothing that the application knows".to_owned() } else { held.join("; ") }
}
