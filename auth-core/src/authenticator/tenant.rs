//! Which tenant a request is about.

use std::fmt;
use std::sync::Arc;

use axum::extract::{FromRequestParts as _, RawPathParams};
use futures_util::FutureExt as _;
use http::request::Parts;

use super::AuthenticatorBuilder;

/// What a request says of its tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tenant {
    /// The request is about this tenant.
    Named(Arc<str>),
    /// The request is about none. The grant source is asked without one.
    Absent,
    /// The request is to be refused with 400: it names none where it must, or several.
    Malformed,
}

impl Tenant {
    /// How many bytes the name of a tenant may have. A longer one is malformed.
    pub const MAX_BYTES: usize = 256;

    /// An empty name names nobody, and a control character has no place in a name.
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

/// How the tenant of a request is found.
#[derive(Clone, Default)]
pub(super) enum TenantFinder {
    /// There are no tenants.
    #[default]
    Nowhere,
    /// In a parameter of the route.
    InPath(Arc<str>),
    /// As the application says.
    By(Arc<dyn Fn(&Parts) -> Tenant + Send + Sync>),
}

impl TenantFinder {
    /// axum hands out the parameters of a route for a mutable request only; nothing is changed.
    pub(super) fn find(&self, request: &mut Parts) -> Tenant {
        match self {
            Self::Nowhere => Tenant::Absent,
            Self::By(find) => find(request).checked(),
            Self::InPath(parameter) => in_path(parameter, request).checked(),
        }
    }

    pub(super) fn find_in(&self, request: &Parts) -> Tenant {
        match self {
            Self::Nowhere => Tenant::Absent,
            Self::By(find) => find(request).checked(),
            Self::InPath(_) => self.find(&mut request.clone()),
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
    /// How the tenant of a request is found: in a header, in the host, wherever it stands. The
    /// [grant source](Self::grant_source) is told, and handlers read it as
    /// [`Identity::tenant`](crate::Identity::tenant).
    ///
    /// `None` is passed on: it is for the source to say what a caller holds outside of all tenants.
    /// Where a tenant is needed, return [`Tenant::Malformed`], which is answered with 400, as are
    /// an empty name and one longer than [`Tenant::MAX_BYTES`].
    ///
    /// Whatever it reads is the request's own word, and a caller may write what they like there. A
    /// tenant counts for what the source says of this caller *in* it, and for nothing else.
    ///
    /// It is called for every look at the caller, so it should be quick. The path in `parts.uri`
    /// lacks the prefix of a nested router: for a tenant in the path there is
    /// [`tenant_in_path`](Self::tenant_in_path). The last of both that is given counts.
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
    /// // Or, where any text will do: `Option<String>`.
    /// let builder = Authenticator::builder().tenant(|request| {
    ///     let host = request.headers.get("host")?.to_str().ok()?;
    ///     Some(host.strip_suffix(".example.com")?.to_owned())
    /// });
    /// # drop(builder);
    /// ```
    pub fn tenant<F, T>(mut self, find: F) -> Self
    where
        F: Fn(&Parts) -> T + Send + Sync + 'static,
        T: Into<Tenant>,
    {
        self.tenant = TenantFinder::By(Arc::new(move |request| find(request).into()));
        self
    }

    /// The tenant of a request stands in a parameter of its route: `"tenant"` for
    /// `/t/{tenant}/projects`. A route without that parameter is about no tenant.
    ///
    /// It is the value that a handler reads with axum's `Path`, decoded in the same way. See
    /// [`tenant`](Self::tenant) for what a tenant means.
    pub fn tenant_in_path(mut self, parameter: impl Into<Arc<str>>) -> Self {
        self.tenant = TenantFinder::InPath(parameter.into());
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
