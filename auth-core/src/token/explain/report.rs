//! Every step of a verification with its outcome.

use std::fmt;

use serde::Serialize;

use super::finding::Finding;
use crate::token::error::VerifyError;

/// How a token was verified, step by step: from
/// [`Authenticator::diagnose`](crate::Authenticator::diagnose).
///
/// `Display` writes it for a terminal or a page of a development server; it serializes to JSON. It
/// holds neither the token nor its signature, but names of claims and values that a rejection or a
/// decision is about: issuer, audience, key id, roles. Show it to developers, not to clients.
///
/// After the first step that fails, the others are still tried as far as that is safe: an expired token
/// for the wrong audience is reported as both. What these steps found, and everything before the
/// signature, is unverified input; such a step is not [verified](TokenStep::is_verified).
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct TokenReport {
    /// Why the token is rejected; none if it is not. It is what a request with this token meets.
    pub refusal: Option<VerifyError>,
    /// The steps in their order.
    pub steps: Vec<TokenStep>,
}

/// One step of a verification.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TokenStep {
    /// Its name: `form`, `header`, `verifier`, `key`, `signature`, `issuer` (what an introspection
    /// endpoint says), `type`, `claims`, `revocation`,
    /// `binding`, `names`, `grants`.
    pub step: &'static str,
    /// How it ended.
    pub outcome: StepOutcome,
    /// Whether the signature was verified by then, or the issuer vouched for the claims. If not, it
    /// is what a stranger may have written.
    pub is_verified: bool,
    /// What was found.
    #[serde(flatten)]
    pub finding: Finding,
}

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum StepOutcome {
    /// Nothing is wrong.
    Passed,
    /// The token is rejected for this.
    Failed,
    /// Nothing is rejected for this, but it is likely not meant so: a name that is not known, a
    /// place that holds nothing.
    Noted,
    /// The step was not taken.
    Skipped,
}

impl TokenReport {
    pub(crate) fn new() -> Self {
        Self { refusal: None, steps: Vec::new() }
    }

    /// Whether a request with this token is let through to the decision.
    #[must_use]
    pub const fn is_accepted(&self) -> bool {
        self.refusal.is_none()
    }

    /// The steps that the token is rejected for.
    pub fn failures(&self) -> impl Iterator<Item = &TokenStep> {
        self.steps.iter().filter(|step| step.outcome == StepOutcome::Failed)
    }

    pub(crate) fn add(
        &mut self,
        step: &'static str,
        outcome: StepOutcome,
        is_verified: bool,
        finding: Finding,
    ) {
        self.steps.push(TokenStep { step, outcome, is_verified, finding });
    }

    pub(crate) fn is_failed(&self) -> bool {
        self.failures().next().is_some()
    }
}

impl fmt::Display for TokenReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.refusal {
            None => writeln!(f, "the token is accepted")?,
            Some(error) => writeln!(f, "the token is rejected ({}): {error}", error.code())?,
        }
        for TokenStep { step, outcome, is_verified, finding } in &self.steps {
            let mark = match outcome {
                StepOutcome::Passed => '✓',
                StepOutcome::Failed => '✗',
                StepOutcome::Noted => '!',
                StepOutcome::Skipped => '–',
            };
            let unverified =
                if *is_verified || *outcome == StepOutcome::Skipped { "" } else { " (unverified)" };
            writeln!(f, "  {mark} {step:<11} {}{unverified}", finding.says)?;
            for (label, part) in [
                ("found", &finding.found),
                ("expected", &finding.expected),
                ("hint", &finding.hint),
            ] {
                if let Some(part) = part {
                    writeln!(f, "      {label:<9} {part}")?;
                }
            }
        }
        Ok(())
    }
}
