//! Which tenant a request is about.

use std::fmt;
use std::sync::Arc;

use axum::extract::{FromRequestParts as _, RawPathParams};
use futures_util::FutureExt as _;
use http::HeaderName;
use http::request::Parts;

use super::{AuthenticatorBuilder, host};
use crate::error::{AuthError, BadRequest, Misconfigured};
use crate::time::Seldom;

/// What a request says of its tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tenant {
    /// The request is about this tenant.
    Named(Arc<str>),
    /// The request names none. It is rejected, unless
    /// [`optional_tenant`](AuthenticatorBuilder::optional_tenant) says otherwise: then the grant
    /// source is asked without one.
    Absent,
    /// The request is to be rejected with 400: it names several, or none in a readable form.
    Malformed,
}

impl Tenant {
    /// How many bytes the name of a tenant may have. A longer one is malformed.
    pub const MAX_BYTES: usize = 256;

    /// An empty name identifies no tenant, and a control character is not allowed in a name.
    fn checked(self) -> Self {
        match self {
            Self::Named(name)
                if name.is_empty()
                    || name.len() > Self::MAX_BYTES
                    || name.chars().any(char::is_control) =>
            {
                Self::Malformed
            }
            checked => checked,
        }
    }
}

impl<N: Into<Arc<str>>> From<Option<N>> for Tenant {
    fn from(name: Option<N>) -> Self {
        name.map_or(Self::Absent, |name| Self::Named(name.into()))
    }
}

/// What an authenticator was told about tenants.
#[derive(Debug, Default)]
pub(super) struct Tenants {
    finder: TenantFinder,
    optional: bool,
    written: Seldom,
}

impl Tenants {
    /// axum hands out the parameters of a route for a mutable request only; nothing is changed.
    pub(super) fn find(&self, request: &mut Parts) -> Tenant {
        self.finder.find(request)
    }

    pub(super) fn find_in(&self, request: &Parts) -> Tenant {
        match self.finder {
            TenantFinder::InPath(_) => self.find(&mut request.clone()),
            TenantFinder::Nowhere => Tenant::Absent,
            TenantFinder::By(ref find) => find(request).checked(),
        }
    }

    /// The tenant that a request is about, if it may be about this one.
    ///
    /// A client that names none where it must is told so. A route without the parameter is no
    /// mistake of the client: `Router::protect` rejects those it knows of, and here are the others.
    pub(super) fn accept(
        &self,
        tenant: &Tenant,
        now: impl FnOnce() -> u64,
    ) -> Result<Option<Arc<str>>, AuthError> {
        match (tenant, &self.finder) {
            (Tenant::Named(name), _) => Ok(Some(Arc::clone(name))),
            (Tenant::Absent, TenantFinder::Nowhere) => Ok(None),
            (Tenant::Absent, _) if self.optional => Ok(None),
            (Tenant::Absent, TenantFinder::InPath(parameter)) => {
                if self.written.is_due(now()) {
                    tracing::error!(
                        %parameter,
                        "rejected with 500: an identity is needed where the request has no such path parameter, \
                         or not yet: give the route the parameter, `nest` the inner router instead of \
                         `nest_service`, or call `.optional_tenant()`"
                    );
                }
                Err(AuthError::Misconfigured(Misconfigured::UndeterminedTenant))
            }
            (Tenant::Absent | Tenant::Malformed, _) => {
                Err(AuthError::BadRequest(BadRequest::InvalidTenant))
            }
        }
    }

    /// The rejection of a request that was decided for one tenant and is then about another.
    pub(super) fn changed(&self, now: u64) -> AuthError {
        if self.written.is_due(now) {
            tracing::error!(
                "refused with 500: the request is decided for one tenant, or for none, and is or may be about \
                 another behind that; with `tenant_in_path`, `nest` the inner router instead of `nest_service`"
            );
        }
        AuthError::Misconfigured(Misconfigured::UndeterminedTenant)
    }

    /// The parameter of the path in which the tenant is.
    pub(super) fn parameter(&self) -> Option<&Arc<str>> {
        match &self.finder {
            TenantFinder::InPath(parameter) => Some(parameter),
            TenantFinder::Nowhere | TenantFinder::By(_) => None,
        }
    }

    pub(super) const fn are_optional(&self) -> bool {
        self.optional
    }
}

/// How the tenant of a request is found.
#[derive(Default)]
enum TenantFinder {
    /// There are no tenants.
    #[default]
    Nowhere,
    /// In a parameter of the route.
    InPath(Arc<str>),
    /// As the application says.
    By(Arc<dyn Fn(&Parts) -> Tenant + Send + Sync>),
}

impl TenantFinder {
    fn find(&self, request: &mut Parts) -> Tenant {
        match self {
            Self::Nowhere => Tenant::Absent,
            Self::By(find) => find(request).checked(),
            Self::InPath(parameter) => in_path(parameter, request).checked(),
        }
    }
}

/// The parameters are read as `Path` reads them, decoded in the same way: were they read from the
/// URI, a handler and the source might see two different tenants.
fn in_path(parameter: &str, request: &mut Parts) -> Tenant {
    use axum::extract::rejection::RawPathParamsRejection::{
        InvalidUtf8InPathParam, MissingPathParams,
    };

    match RawPathParams::from_request_parts(request, &()).now_or_never() {
        Some(Ok(parameters)) => {
            let mut values = parameters.iter().filter(|(name, _)| *name == parameter);
            match (values.next(), values.next()) {
                (Some((_, value)), None) => Tenant::Named(value.into()),
                (None, _) => Tenant::Absent,
                (Some(_), Some(_)) => Tenant::Malformed,
            }
        }
        Some(Err(MissingPathParams(_))) => Tenant::Absent,
        Some(Err(InvalidUtf8InPathParam(_) | _)) | None => Tenant::Malformed,
    }
}

impl AuthenticatorBuilder {
    /// How the tenant of a request is found, wherever it stands. The
    /// [assignment source](Self::assignment_source) is told, and handlers read it as
    /// [`Identity::tenant`](crate::Identity::tenant).
    ///
    /// Ready-made are [`tenant_in_path`](Self::tenant_in_path),
    /// [`tenant_in_host`](Self::tenant_in_host) and [`tenant_in_header`](Self::tenant_in_header). The
    /// last one that is given counts.
    ///
    /// A request for which this returns `None` or [`Tenant::Absent`] is answered with 400 as soon as
    /// someone asks who calls, as are an empty name and one longer than [`Tenant::MAX_BYTES`]; a
    /// `#[public]` handler that asks nothing is not concerned. Where there are endpoints outside of
    /// all tenants, call [`optional_tenant`](Self::optional_tenant).
    ///
    /// Whatever it reads is the request's own word, and a caller may write what they like there. A
    /// tenant counts for what the source says of this caller *in* it, and for nothing else: the
    /// roles, permissions and groups of a token count in no tenant, unless the source says
    /// [`keep_token_authorities`](crate::Assignments::keep_token_authorities). Without a source the token
    /// alone says what a caller holds, in whatever tenant.
    ///
    /// It is called for every look at the caller, so it should be quick. A request that was decided
    /// for one tenant is rejected with 500 if it is about another afterwards. The path in
    /// `parts.uri` lacks the prefix of a nested router: do not read a tenant from there.
    ///
    /// ```
    /// use auth_core::Authenticator;
    /// use auth_core::authenticator::Tenant;
    ///
    /// let builder = Authenticator::builder().tenant(|request| {
    ///     let mut values = request.headers.get_all("x-tenant").iter();
    ///     match (values.next().map(|value| value.to_str()), values.next()) {
    ///         (None, _) => Tenant::Absent,
    ///         (Some(Ok(name)), None) => Tenant::Named(name.into()),
    ///         _ => Tenant::Malformed,
    ///     }
    /// });
    /// # drop(builder);
    /// ```
    pub fn tenant<F, T>(mut self, find: F) -> Self
    where
        F: Fn(&Parts) -> T + Send + Sync + 'static,
        T: Into<Tenant>,
    {
        self.tenants.finder = TenantFinder::By(Arc::new(move |request| find(request).into()));
        self
    }

    /// The tenant of a request is in a parameter of its route: `"tenant"` for
    /// `/t/{tenant}/projects`.
    ///
    /// It is the value that a handler reads with axum's `Path`, decoded in the same way. See
    /// [`tenant`](Self::tenant) for what a tenant means.
    ///
    /// A route that asks who calls needs the parameter: [`Router::protect`](crate::Router::protect)
    /// rejects one without it, unless the tenant is [optional](Self::optional_tenant), and a
    /// parameter that no route has. It also rejects an [`axum::Router`] as a service
    /// (`nest_service`, `route_service`, `fallback_service`) below a path without the parameter: its
    /// own parameters are not known yet where the requirement is decided. Use
    /// [`Router::nest`](crate::Router::nest) or [`Router::merge_axum`](crate::Router::merge_axum),
    /// where they are. What cannot be seen at the start is answered with 500.
    pub fn tenant_in_path(mut self, parameter: impl Into<Arc<str>>) -> Self {
        self.tenants.finder = TenantFinder::InPath(parameter.into());
        self
    }

    /// The tenant of a request is the first label of its host, below this domain: `north` for
    /// `https://north.example.com` with `tenant_in_host("example.com")`.
    ///
    /// The host is read from `:authority` (HTTP/2 and 3), an absolute request target or the `Host`
    /// header, in lower case, without its port. `X-Forwarded-Host` is not read. A host that is not
    /// below the domain names no tenant; two that differ, one that cannot be read and one with
    /// several labels before the domain are malformed (400).
    ///
    /// ```
    /// # use auth_core::Authenticator;
    /// let builder = Authenticator::builder().tenant_in_host("example.com");
    /// # drop(builder);
    /// ```
    pub fn tenant_in_host(self, domain: impl AsRef<str>) -> Self {
        let domain = host::normal(domain.as_ref().trim_start_matches('.'));
        self.tenant(move |request| host::tenant(request, &domain))
    }

    /// The tenant of a request is in this header. Several values, and one that is not text, are
    /// malformed (400).
    ///
    /// ```
    /// # use auth_core::Authenticator;
    /// use axum::http::HeaderName;
    ///
    /// let builder = Authenticator::builder().tenant_in_header(HeaderName::from_static("x-tenant"));
    /// # drop(builder);
    /// ```
    pub fn tenant_in_header(self, name: HeaderName) -> Self {
        self.tenant(move |request| {
            let mut values = request.headers.get_all(&name).iter();
            match (values.next().map(|value| value.to_str()), values.next()) {
                (None, _) => Tenant::Absent,
                (Some(Ok(name)), None) => Tenant::Named(name.into()),
                _ => Tenant::Malformed,
            }
        })
    }

    /// A request may be about no tenant, for endpoints outside of all: the
    /// [assignment source](Self::assignment_source) is asked without one, and
    /// [`Identity::tenant`](crate::Identity::tenant) is `None`.
    ///
    /// By default a request without a tenant is rejected where someone asks who calls: with 400
    /// where the client should have named one, and with 500 where its route lacks the parameter of
    /// [`tenant_in_path`](Self::tenant_in_path). With this, an endpoint that is about a tenant has
    /// to make sure itself that there is one. With `tenant_in_path` nothing is lost: a route has the
    /// parameter or not.
    pub const fn optional_tenant(mut self) -> Self {
        self.tenants.optional = true;
        self
    }
}

impl fmt::Debug for TenantFinder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nowhere => f.write_str("Nowhere"),
            Self::InPath(parameter) => write!(f, "InPath({parameter:?})"),
            Self::By(_) => f.write_str("By(..)"),
        }
    }
}
