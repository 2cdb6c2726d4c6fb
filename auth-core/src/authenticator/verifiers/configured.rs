//! Which verifiers are configured, and whether they go together.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use super::issuers::IssuerResolverSettings;
use super::of_issuer::OfIssuer;
use super::resolved::ResolvedIssuers;
use super::token_verifier::TokenVerifier;
use super::{ByIssuer, JwtVerifiers, Verifiers};
use crate::authenticator::AuthenticatorError;
use crate::time::Clock;
use crate::token::{JwtVerifier, MAX_TOKEN_BYTES, OpaqueTokens};
use crate::vocabulary::VocabularySet;
use crate::wording::Problems;

/// By how much the clocks of two verifiers may differ, in seconds: they are not read at once.
const SAME_TIME: u64 = 5;

/// What is configured of verifiers.
#[derive(Debug, Default)]
pub(in crate::authenticator) struct VerifierSettings {
    jwt: Vec<JwtVerifier>,
    opaque: Vec<Arc<dyn OpaqueTokens>>,
    pub(in crate::authenticator) issuers: Option<IssuerResolverSettings>,
    pub(in crate::authenticator) clock: Option<Arc<dyn Clock>>,
}

impl VerifierSettings {
    pub(in crate::authenticator) fn add(&mut self, verifier: TokenVerifier) {
        self.jwt.extend(verifier.signed);
        self.opaque.extend(verifier.opaque);
    }

    /// Rejects a claim map that renames something to what the vocabulary lacks.
    pub(in crate::authenticator) fn check_renames(
        &self,
        tables: &VocabularySet,
        problems: &mut Problems<AuthenticatorError>,
    ) {
        let signed = self.jwt.iter().map(JwtVerifier::claim_map);
        let maps = signed.chain(self.opaque.iter().map(|verifier| verifier.claim_map()));
        let unknown = maps.filter_map(|map| map.rename_to_unknown(tables));
        unknown.map(AuthenticatorError::RenameToUnknown).for_each(|problem| problems.add(problem));
    }

    pub(in crate::authenticator) fn ready(
        self,
        problems: &mut Problems<AuthenticatorError>,
    ) -> Option<Verifiers> {
        let clock = problems.right(self.clock());
        let issuers = match self.issuers {
            Some(issuers) => issuers.checked(problems).map(Some),
            None => Some(None),
        };
        let mut opaque = self.opaque.into_iter();
        let (opaque, None) = (opaque.next(), opaque.next()) else {
            problems.add(AuthenticatorError::SeveralIntrospectionVerifiers);
            return None;
        };
        let fixed = by_issuer(self.jwt, problems);
        let (clock, issuers) = clock.zip(issuers)?;
        let resolved = issuers.map(|it| Arc::new(ResolvedIssuers::new(it, Arc::clone(&clock))));
        Some(Verifiers { jwt: jwt_verifiers(fixed, resolved), opaque, clock })
    }

    /// The one clock, which all others agree with.
    fn clock(&self) -> Result<Arc<dyn Clock>, AuthenticatorError> {
        let clocks = self.clock.iter().cloned().chain(self.jwt.iter().map(JwtVerifier::clock));
        let mut clocks = clocks.chain(self.opaque.iter().map(|verifier| verifier.clock()));
        let Some(first) = clocks.next() else {
            return Ok(Arc::new(crate::time::SystemClock));
        };
        match clocks.find(|other| !show_the_same(&*first, &**other)) {
            None => Ok(first),
            Some(other) => {
                Err(AuthenticatorError::ClocksDiffer { first: first.now(), other: other.now() })
            }
        }
    }
}

/// Whether two clocks show the same time.
pub(super) fn show_the_same(one: &dyn Clock, other: &dyn Clock) -> bool {
    one.now().abs_diff(other.now()) <= SAME_TIME
}

/// The verifiers of each issuer.
fn by_issuer(
    verifiers: Vec<JwtVerifier>,
    problems: &mut Problems<AuthenticatorError>,
) -> HashMap<Box<str>, OfIssuer> {
    let mut fixed: HashMap<Box<str>, OfIssuer> = HashMap::new();
    for verifier in verifiers {
        match fixed.entry(verifier.issuer().into()) {
            Entry::Occupied(mut of_issuer) => {
                problems.right(of_issuer.get_mut().add(verifier));
            }
            Entry::Vacant(issuer) => {
                issuer.insert(OfIssuer::new(verifier));
            }
        }
    }
    fixed
}

fn jwt_verifiers(
    fixed: HashMap<Box<str>, OfIssuer>,
    resolved: Option<Arc<ResolvedIssuers>>,
) -> JwtVerifiers {
    if fixed.is_empty() && resolved.is_none() {
        return JwtVerifiers::None;
    }
    let max_token_bytes = match &resolved {
        // What a verifier that is resolved later looks at is not known yet.
        Some(_) => MAX_TOKEN_BYTES,
        None => fixed.values().map(OfIssuer::max_token_bytes).max().unwrap_or_default(),
    };
    let only = match fixed.values().next() {
        Some(of_issuer) if fixed.len() == 1 && resolved.is_none() => of_issuer.only().cloned(),
        _ => None,
    };
    match only {
        Some(verifier) => JwtVerifiers::One(verifier),
        None => JwtVerifiers::Several(Box::new(ByIssuer { fixed, resolved, max_token_bytes })),
    }
}
