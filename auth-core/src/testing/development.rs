//! A caller for a development server, without an issuer.

use http::HeaderName;
use http::header::ORIGIN;

use crate::identity::Authentication;
use crate::policy::Method;
use crate::scheme::{
    AuthenticationScheme, Challenge, Location, Locations, PresentedCredential, SchemeError,
    SecurityScheme,
};
use crate::vocabulary::authority::{Groups, Permissions, Roles, Scopes};
use crate::vocabulary::{Authority, AuthorityKind};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// A scheme for a development server: every request without a credential is that of this user.
///
/// **An authenticator with it is not built in a release build**
/// ([`DevelopmentScheme`](crate::authenticator::AuthenticatorError::DevelopmentScheme)). A request that
/// has another credential is judged by that; one that the page of another site has caused is rejected.
///
/// ```
/// # #[derive(Clone, Copy, auth_core::Roles)]
/// # enum Role { Clerk, Manager }
/// use auth_core::{Authenticator, testing};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let authenticator = Authenticator::builder()
///     .vocabulary::<(Role,)>()
///     .scheme(testing::as_user("alice").role(Role::Manager))
///     .build()?;
/// # Ok(()) }
/// ```
pub fn as_user(subject: impl Into<String>) -> DevelopmentUser {
    DevelopmentUser {
        subject: subject.into(),
        method: Method::Bearer,
        names: Vec::new(),
        acr: None,
    }
}

/// The user of a development server: see [`as_user`].
#[derive(Clone, Debug)]
#[must_use]
pub struct DevelopmentUser {
    subject: String,
    method: Method,
    names: Vec<(AuthorityKind, &'static str)>,
    acr: Option<String>,
}

impl DevelopmentUser {
    /// Adds a role.
    pub fn role(self, role: impl Roles) -> Self {
        self.authority(role)
    }

    /// Adds a permission.
    pub fn permission(self, permission: impl Permissions) -> Self {
        self.authority(permission)
    }

    /// Adds a scope.
    pub fn scope(self, scope: impl Scopes) -> Self {
        self.authority(scope)
    }

    /// Adds a group.
    pub fn group(self, group: impl Groups) -> Self {
        self.authority(group)
    }

    /// How the user logged in, as a class.
    pub fn acr(mut self, acr: impl Into<String>) -> Self {
        self.acr = Some(acr.into());
        self
    }

    /// By which method the user counts as authenticated. By default [`Method::Bearer`].
    pub const fn method(mut self, method: Method) -> Self {
        self.method = method;
        self
    }

    fn authority<A: Authority>(mut self, authority: A) -> Self {
        self.names.push((A::KIND, authority.name()));
        self
    }
}

impl AuthenticationScheme for DevelopmentUser {
    fn method(&self) -> Method {
        self.method
    }

    fn locations(&self) -> Locations {
        Locations::ambient()
            .and_reads(Location::Header(SEC_FETCH_SITE))
            .and_reads(Location::Header(ORIGIN))
    }

    async fn authenticate(
        &self,
        credential: &PresentedCredential,
    ) -> Result<Authentication, SchemeError> {
        let site = credential.optional_header(&SEC_FETCH_SITE)?;
        let is_own = match site {
            Some(site) => matches!(site, "same-origin" | "none"),
            // What is no browser sends neither.
            None => credential.optional_header(&ORIGIN)?.is_none(),
        };
        if !is_own {
            return Err(SchemeError::Refused("the page of another site sent the request"));
        }
        let start =
            Authentication::vouched_by_scheme(self.method, "development", self.subject.clone());
        let named =
            self.names.iter().fold(start, |it, (kind, name)| it.authorities(*kind, [*name]));
        Ok(match &self.acr {
            Some(acr) => named.acr(acr.clone()).build(),
            None => named.build(),
        })
    }

    fn challenge(&self) -> Challenge {
        Challenge::new("Development")
    }

    fn security_schemes(&self) -> Vec<SecurityScheme> {
        let text = "Every request is that of one user.";
        vec![SecurityScheme::http("development").description(text)]
    }

    fn sent_by_browsers(&self) -> bool {
        // Checked above, in a way that lets programs through.
        false
    }
}
