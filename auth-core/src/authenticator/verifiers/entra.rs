//! The tenants of Microsoft Entra ID, all of whose tokens are signed with one key set.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use thiserror::Error;

use super::resolver::{IssuerResolver, ResolveError};
use crate::keys::{JwksRefresh, SharedKeys};
use crate::time::{Clock, SystemClock};
use crate::token::{JwtVerifier, JwtVerifierBuilder, JwtVerifierError};
use crate::wording::Problems;
use crate::{ClaimMap, TokenProfile};

const AUTHORITY: &str = "https://login.microsoftonline.com";
/// The issuer of tokens of version 1.0, for every authority. A path with the tenant follows.
const V1: &str = "https://sts.windows.net/";
/// The tenant of personal Microsoft accounts.
const PERSONAL: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";
/// How many verifiers are kept. Only a tenant that is allowed has one.
const MAX_TENANTS: usize = 10_000;

type IsAllowed = Arc<dyn Fn(&str) -> bool + Send + Sync>;

/// An application of Microsoft Entra ID that is used by several tenants.
///
/// The metadata of `/common` names `{tenantid}` as its issuer, so that each tenant needs a verifier of
/// its own; the keys are one set for all, which is fetched once. A token is accepted if its `iss` is
/// exactly that of an allowed tenant, of version 2.0 or 1.0. Behind the feature `http_client`.
///
/// ```
/// use auth_core::Authenticator;
/// use auth_core::authenticator::EntraTenants;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let tenants = EntraTenants::builder()
///     .audience("6e74172b-be56-4843-9ff4-e66a39bb12e3")
///     .tenants(["72f988bf-86f1-41af-91ab-2d7cd011db47"])
///     .build()?;
/// let builder = Authenticator::builder().issuers(tenants);
/// # drop(builder);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct EntraTenants(Arc<Inner>);

struct Inner {
    audiences: Vec<String>,
    is_allowed: IsAllowed,
    authority: String,
    claims: ClaimMap,
    clock: Arc<dyn Clock>,
    keys: SharedKeys,
    /// One for each issuer: another one would end what is known of the tokens of the former.
    verifiers: Mutex<HashMap<String, JwtVerifier>>,
}

/// Configures [`EntraTenants`]. An audience and the tenants that are allowed are required.
#[must_use]
pub struct EntraTenantsBuilder {
    audiences: Vec<String>,
    tenants: Vec<String>,
    function: Option<IsAllowed>,
    authority: String,
    claims: ClaimMap,
    clock: Arc<dyn Clock>,
    refresh: JwksRefresh,
}

/// Why the tenants of Entra cannot be configured.
#[derive(Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum EntraTenantsError {
    /// No one is allowed.
    #[error(
        "no tenant is allowed\nhelp: add `.tenants([..])` with their ids, or `.allow(|tenant| ..)`"
    )]
    NoTenant,
    /// Not the id of a tenant.
    #[error(
        "`{0}` is not the id of a tenant, expected one like `72f988bf-86f1-41af-91ab-2d7cd011db47`\nhelp: personal Microsoft accounts are no tenant here: their keys are others"
    )]
    InvalidTenant(String),
    /// The verifiers cannot be built.
    #[error(transparent)]
    Verifier(#[from] JwtVerifierError),
    /// Several problems, in the order of the settings.
    #[error("{}", crate::wording::lines(.0))]
    Several(Vec<Self>),
}

crate::wording::debug_in_words!(EntraTenantsError);
crate::wording::several_problems!(EntraTenantsError);

impl EntraTenants {
    /// Starts to configure the tenants.
    pub fn builder() -> EntraTenantsBuilder {
        EntraTenantsBuilder {
            audiences: Vec::new(),
            tenants: Vec::new(),
            function: None,
            authority: AUTHORITY.to_owned(),
            claims: ClaimMap::entra(),
            clock: Arc::new(SystemClock),
            refresh: JwksRefresh::default(),
        }
    }
}

impl EntraTenantsBuilder {
    /// A name of this application in `aud`: its client id (version 2.0) or the URI of the application
    /// (version 1.0). At least one is required; with several, one of them is enough.
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audiences.push(audience.into());
        self
    }

    /// Allows these tenants, by their ids.
    pub fn tenants<T: Into<String>>(mut self, ids: impl IntoIterator<Item = T>) -> Self {
        self.tenants.extend(ids.into_iter().map(Into::into));
        self
    }

    /// Allows the tenants of which this function says so, besides those that are
    /// [named](Self::tenants). It is asked with what looks like the id of a tenant, before anything of
    /// the token is accepted, and must not block. A tenant of which it said so once stays allowed for
    /// as long as [`IssuerResolverSettings::ttl`](super::IssuerResolverSettings::ttl) says.
    pub fn allow(mut self, is_allowed: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        self.function = Some(Arc::new(is_allowed));
        self
    }

    /// The cloud: by default `https://login.microsoftonline.com`; for example
    /// `https://login.microsoftonline.us`.
    pub fn authority(mut self, url: impl Into<String>) -> Self {
        self.authority = url.into();
        self
    }

    /// Where the names are. By default [`ClaimMap::entra`].
    pub fn claims(mut self, claims: ClaimMap) -> Self {
        self.claims = claims;
        self
    }

    /// How the keys are kept fresh. By default [`JwksRefresh::default`].
    pub fn refresh(mut self, refresh: JwksRefresh) -> Self {
        self.refresh = refresh;
        self
    }

    /// The clock. By default [`SystemClock`].
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Builds the resolver, and starts to fetch the keys if a runtime is there.
    ///
    /// # Errors
    /// If no tenant is allowed, an id is not valid, or the verifiers cannot be built. All mistakes are
    /// reported at once.
    pub fn build(self) -> Result<EntraTenants, EntraTenantsError> {
        let Self { audiences, tenants, function, authority, claims, clock, refresh } = self;
        let mut problems = Problems::default();
        problems.unless(!tenants.is_empty() || function.is_some(), || EntraTenantsError::NoTenant);
        for other in tenants.iter().filter(|id| !is_tenant(id)) {
            problems.add(EntraTenantsError::InvalidTenant(other.clone()));
        }
        let authority = authority.trim_end_matches('/').to_owned();
        // Wrong settings are errors now, and not when the first token comes.
        let mut of_verifiers = Problems::default();
        verifier("https://configured.invalid", &audiences, &claims, &clock)
            .check(&mut of_verifiers);
        let verifier_problem = EntraTenantsError::Verifier;
        problems.right_of(of_verifiers.finish(Some(())), verifier_problem);
        let keys = SharedKeys::entra(&format!("{authority}/common/discovery/v2.0/keys"), refresh);
        let keys = problems.right_of(keys, |problem| verifier_problem(problem.into()));
        let keys = problems.finish(keys)?;
        let is_allowed = move |id: &str| {
            tenants.iter().any(|tenant| tenant == id)
                || function.as_ref().is_some_and(|is_allowed| is_allowed(id))
        };
        Ok(EntraTenants(Arc::new(Inner {
            audiences,
            is_allowed: Arc::new(is_allowed),
            authority,
            claims,
            clock,
            keys,
            verifiers: Mutex::default(),
        })))
    }
}

impl IssuerResolver for EntraTenants {
    async fn resolve(&self, issuer: &str) -> Result<Option<JwtVerifier>, ResolveError> {
        let this = &*self.0;
        let Some(tenant) = this.tenant_of(issuer) else { return Ok(None) };
        if !(this.is_allowed)(tenant) {
            return Ok(None);
        }
        let mut verifiers = this.verifiers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(verifier) = verifiers.get(issuer) {
            return Ok(Some(verifier.clone()));
        }
        let verifier = this.verifier(issuer).map_err(ResolveError::new)?;
        if verifiers.len() < MAX_TENANTS {
            verifiers.insert(issuer.to_owned(), verifier.clone());
        }
        Ok(Some(verifier))
    }
}

impl Inner {
    fn verifier(&self, issuer: &str) -> Result<JwtVerifier, JwtVerifierError> {
        let builder = verifier(issuer, &self.audiences, &self.claims, &self.clock);
        builder.shared_keys(self.keys.clone()).build()
    }

    /// The tenant whose issuer this is.
    fn tenant_of<'a>(&self, issuer: &'a str) -> Option<&'a str> {
        let v2 = || {
            issuer.strip_prefix(self.authority.as_str())?.strip_prefix('/')?.strip_suffix("/v2.0")
        };
        let v1 = || issuer.strip_prefix(V1)?.strip_suffix('/');
        v2().or_else(v1).filter(|tenant| is_tenant(tenant))
    }
}

/// What all verifiers of its tenants have in common, without the keys.
fn verifier(
    issuer: &str,
    audiences: &[String],
    claims: &ClaimMap,
    clock: &Arc<dyn Clock>,
) -> JwtVerifierBuilder {
    let builder = JwtVerifier::builder()
        .issuer(issuer)
        // Entra writes `typ: JWT`.
        .profile(TokenProfile::Generic)
        .claims(claims.clone())
        .clock(Arc::clone(clock));
    audiences.iter().fold(builder, JwtVerifierBuilder::audience)
}

/// Whether this is an id as Entra writes it, and not the one of personal accounts.
fn is_tenant(id: &str) -> bool {
    let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let fits = |(place, byte): (usize, u8)| match place {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => is_hex(byte),
    };
    id.len() == 36 && id.bytes().enumerate().all(fits) && id != PERSONAL
}

/// Shows no tenant.
impl fmt::Debug for EntraTenants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EntraTenants")
            .field("authority", &self.0.authority)
            .field("audiences", &self.0.audiences)
            .field("keys", &self.0.keys)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for EntraTenantsBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EntraTenantsBuilder")
            .field("authority", &self.authority)
            .field("audiences", &self.audiences)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_is_found_in_an_issuer_to_the_letter() {
        let id = "72f988bf-86f1-41af-91ab-2d7cd011db47";
        let tenants =
            EntraTenants::builder().audience("api").tenants([id]).build().expect("it is complete");
        let of = |issuer: &str| tenants.0.tenant_of(issuer).map(str::to_owned);
        for issuer in [
            format!("https://login.microsoftonline.com/{id}/v2.0"),
            format!("https://sts.windows.net/{id}/"),
        ] {
            assert_eq!(of(&issuer).as_deref(), Some(id), "{issuer}");
        }
        for issuer in [
            format!("https://login.microsoftonline.com/{id}/v2.0/"),
            format!("https://login.microsoftonline.com/{id}"),
            format!("https://login.microsoftonline.com.evil.test/{id}/v2.0"),
            format!("https://login.microsoftonline.com//{id}/v2.0"),
            format!("https://sts.windows.net/{id}"),
            format!("https://sts.windows.net/{}/", id.to_uppercase()),
            "https://login.microsoftonline.com/{tenantid}/v2.0".to_owned(),
            "https://login.microsoftonline.com/common/v2.0".to_owned(),
            format!("https://login.microsoftonline.com/{PERSONAL}/v2.0"),
        ] {
            assert_eq!(of(&issuer), None, "{issuer}");
        }
    }

    #[test]
    fn missing_and_invalid_settings_are_reported() {
        let error = |builder: EntraTenantsBuilder| builder.build().unwrap_err();
        assert_eq!(error(EntraTenants::builder().audience("a")), EntraTenantsError::NoTenant);
        let odd = error(EntraTenants::builder().audience("a").tenants(["contoso.com"]));
        assert_eq!(odd, EntraTenantsError::InvalidTenant("contoso.com".to_owned()));
        let nameless = error(EntraTenants::builder().allow(|_| true));
        assert_eq!(nameless, EntraTenantsError::Verifier(JwtVerifierError::NoAudience));
        let all = error(EntraTenants::builder().authority("here").tenants(["contoso.com"]));
        let [tenant, audience, keys] = all.problems() else { panic!("{all}") };
        assert_eq!([tenant, audience], [&odd, &nameless]);
        assert!(keys.to_string().contains("here/common"), "{keys}");
    }
}
