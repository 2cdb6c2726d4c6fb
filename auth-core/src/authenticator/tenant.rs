//! Which tenant a request is about.

use std::fmt;
use std::sync::Arc;

use axum::extract::{FromRequestParts as _, RawPathParams};
use futures_util::FutureExt as _;
use http::request::Parts;

use crate::error::{AuthError, BadRequest, Misconfigured};
use crate::time::LogThrottle;

/// What a request says of its tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tenant {
    /// The request is about this tenant.
    Named(Arc<str>),
    /// The request names none. It is rejected, unless
    /// [`optional_tenant`](super::AuthenticatorBuilder::optional_tenant) says otherwise: then the grant
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

/// The settings of an authenticator about tenants.
#[derive(Debug, Default)]
pub(super) struct Tenants {
    finder: TenantFinder,
    optional: bool,
    written: LogThrottle,
}

impl Tenants {
    pub(super) fn find_by(&mut self, find: impl Fn(&Parts) -> Tenant + Send + Sync + 'static) {
        self.finder = TenantFinder::By(Arc::new(find));
    }

    pub(super) fn find_in_path(&mut self, parameter: Arc<str>) {
        self.finder = TenantFinder::InPath(parameter);
    }

    pub(super) const fn allow_none(&mut self) {
        self.optional = true;
    }

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
    /// A client that names no tenant where it must is rejected for that reason. A route without the parameter is no
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

impl fmt::Debug for TenantFinder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nowhere => f.write_str("Nowhere"),
            Self::InPath(parameter) => write!(f, "InPath({parameter:?})"),
            Self::By(_) => f.write_str("By(..)"),
        }
    }
}
