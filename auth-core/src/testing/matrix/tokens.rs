//! The tokens of the matrix.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Map, Value};

use crate::policy::solver::hypothetical::{Condition, Hypothetical};
use crate::policy::{Factor, ProvedFactors, Requirement};
use crate::testing::{TestIssuer, TestIssuerError};
use crate::time::FixedClock;
use crate::token::FactorMap;
use crate::vocabulary::AuthorityKind;

/// The time of every matrix, in seconds since 1970: a token is a little younger than the login.
pub(super) const NOW: u64 = 1_800_000_000;
const ISSUER: &str = "https://issuer.access-matrix.test";
const AUDIENCE: &str = "access-matrix";

/// What a token says.
#[derive(Clone, Debug, Default)]
pub(super) struct TokenSpec {
    names: BTreeMap<&'static str, Vec<&'static str>>,
    acr: Option<String>,
    auth_time: Option<u64>,
    /// By the map of the matrix's issuer: see [`factor_map`].
    amr: Vec<&'static str>,
    pub(super) flaw: Option<Flaw>,
}

/// Why a token must not be accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    Expired,
    Audience,
    Issuer,
    Key,
}

impl Flaw {
    pub(super) const ALL: [Self; 4] = [Self::Expired, Self::Audience, Self::Issuer, Self::Key];
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Expired => "an expired token",
            Self::Audience => "a token for another audience",
            Self::Issuer => "a token of another issuer",
            Self::Key => "a token signed by another key",
        })
    }
}

impl TokenSpec {
    /// The token of a caller after these steps.
    pub(super) fn new(steps: &[Condition], standing: &Hypothetical) -> Self {
        let mut names: BTreeMap<&'static str, Vec<&'static str>> = BTreeMap::new();
        for step in steps.iter().filter(|step| step.wanted) {
            if let Requirement::Authority(name) = step.fact {
                names.entry(claim(name.kind())).or_default().push(name.name());
            }
        }
        let (acr, auth_time) = (standing.acr.clone(), standing.auth_time);
        Self { names, acr, auth_time, amr: amr(&standing.factors), flaw: None }
    }

    pub(super) fn with_flaw(self, flaw: Flaw) -> Self {
        Self { flaw: Some(flaw), ..self }
    }

    /// The claims that matter, for people.
    pub(super) fn claims(&self) -> String {
        let mut claims: Map<String, Value> = Map::new();
        for (claim, names) in &self.names {
            let value = match *claim {
                "scope" => names.join(" ").into(),
                _ => names.clone().into(),
            };
            claims.insert((*claim).to_owned(), value);
        }
        claims.extend(self.acr.as_deref().map(|acr| ("acr".to_owned(), acr.into())));
        claims.extend(self.auth_time.map(|time| ("auth_time".to_owned(), time.into())));
        claims.extend((!self.amr.is_empty()).then(|| ("amr".to_owned(), self.amr.clone().into())));
        Value::Object(claims).to_string()
    }
}

const fn claim(kind: AuthorityKind) -> &'static str {
    match kind {
        AuthorityKind::Role => "roles",
        AuthorityKind::Permission => "permissions",
        AuthorityKind::Scope => "scope",
        AuthorityKind::Group => "groups",
        AuthorityKind::Level => "acr",
    }
}

/// The value of `amr` for several factors.
const SEVERAL: &str = "mfa";

/// What the values of `amr` stand for in tokens of the matrix: each factor has its own name.
pub(super) fn factor_map() -> FactorMap {
    let map = FactorMap::new().several_by_amr(SEVERAL);
    Factor::ALL.into_iter().fold(map, |map, factor| map.amr(factor.as_str(), [factor]))
}

/// The values of `amr` for these factors.
fn amr(factors: &ProvedFactors) -> Vec<&'static str> {
    let several = factors.are_told_to_be_several().then_some(SEVERAL);
    factors.iter().map(|proved| proved.factor().as_str()).chain(several).collect()
}

/// The caller after these steps as a token tells it, in which all factors are as old as the login. Its time is told
/// where one of the steps needs it.
pub(super) fn as_told(steps: &[Condition], standing: Hypothetical) -> Hypothetical {
    let amr = amr(&standing.factors);
    if amr.is_empty() {
        return standing;
    }
    let is_dated =
        |step: &Condition| matches!(step.fact, Requirement::Factor(it) if it.max_age().is_some());
    let now = steps.iter().any(is_dated).then_some(standing.now);
    let auth_time = standing.auth_time.or(now);
    let factors = factor_map().factors(amr, standing.acr.as_deref(), auth_time);
    Hypothetical { auth_time, factors, ..standing }
}

/// The issuer of the matrix, and one who claims to be it.
pub(super) struct Mint {
    pub(super) issuer: TestIssuer,
    stranger: TestIssuer,
    /// Signing takes the most time of a request, and many endpoints ask for the same.
    minted: BTreeMap<String, String>,
}

impl Mint {
    pub(super) fn new() -> Result<Self, TestIssuerError> {
        let issuer = || -> Result<TestIssuer, TestIssuerError> {
            Ok(TestIssuer::new(ISSUER, AUDIENCE)?.with_clock(FixedClock::new(NOW)))
        };
        Ok(Self { issuer: issuer()?, stranger: issuer()?, minted: BTreeMap::new() })
    }

    pub(super) fn token(&mut self, spec: &TokenSpec) -> Result<String, TestIssuerError> {
        let key = format!("{:?} {}", spec.flaw, spec.claims());
        if let Some(token) = self.minted.get(&key) {
            return Ok(token.clone());
        }
        let issuer = if spec.flaw == Some(Flaw::Key) { &self.stranger } else { &self.issuer };
        let mut token = issuer.token("matrix");
        for (claim, names) in &spec.names {
            token = match *claim {
                "scope" => token.scopes(names.iter().copied()),
                claim => token.claim(claim, names.clone()),
            };
        }
        if let Some(acr) = &spec.acr {
            token = token.acr(acr);
        }
        if let Some(seconds) = spec.auth_time {
            token = token.auth_time(seconds);
        }
        if !spec.amr.is_empty() {
            token = token.claim("amr", spec.amr.clone());
        }
        token = match spec.flaw {
            // Long ago, so that no leeway matters.
            Some(Flaw::Expired) => token.claim("iat", NOW - 7200).claim("exp", NOW - 3600),
            Some(Flaw::Audience) => token.audience("another-audience"),
            Some(Flaw::Issuer) => token.issuer("https://another-issuer.test"),
            Some(Flaw::Key) | None => token,
        };
        let token = token.sign()?;
        self.minted.insert(key, token.clone());
        Ok(token)
    }
}
