//! Identities without keys and without HTTP, for handlers and checks that are called as functions.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::identity::{Authentication, AuthenticationBuilder, Identity};
use crate::policy::{Factor, Method};
use crate::time::{Clock, SystemClock};
use crate::vocabulary::authority::{Groups, Permissions, Roles, Scopes};
use crate::vocabulary::{
    Authority, AuthorityRef, AuthoritySet, AuthorityTable, Vocabulary, VocabularySet,
};

/// Starts an identity for a test: the caller `subject`, who holds nothing yet.
///
/// A guarded handler is a function, and so is a check: with an identity both can be called without
/// keys, tokens and HTTP. What such a test does not see is the way from a request to the identity.
///
/// ```
/// # #[derive(Clone, Copy, auth_core::Roles)]
/// # enum Role { Clerk, Manager }
/// use auth_core::{Guard, Identity, check, requires, testing};
///
/// #[check("the caller is the owner")]
/// async fn owner(caller: &Identity) -> Result<bool, std::convert::Infallible> {
///     Ok(caller.subject() == "alice")
/// }
///
/// #[requires(role = Manager)]
/// async fn close(caller: Identity) -> String {
///     format!("closed by {}", caller.subject())
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let alice = testing::identity("alice").role(Role::Manager).build();
/// assert_eq!(close(Guard::for_identity(&alice)?, alice.clone()).await, "closed by alice");
/// assert_eq!(owner(&alice).await, Ok(true));
///
/// let bob = testing::identity("bob").role(Role::Clerk).build();
/// assert!(Guard::<__requires_close>::for_identity(&bob).is_err());
/// # Ok(()) }
/// ```
pub fn identity(subject: impl Into<String>) -> IdentityBuilder {
    IdentityBuilder {
        subject: subject.into(),
        issuer: "https://issuer.test".to_owned(),
        method: Method::Bearer,
        tables: Vec::new(),
        held: Vec::new(),
        tenant: None,
        claims: Map::new(),
        clock: Arc::new(SystemClock),
        further: Vec::new(),
    }
}

type Setting = Box<dyn FnOnce(AuthenticationBuilder) -> AuthenticationBuilder>;

/// An [`Identity`] for a test, in the making: see [`identity`].
#[must_use]
pub struct IdentityBuilder {
    subject: String,
    issuer: String,
    method: Method,
    tables: Vec<&'static AuthorityTable>,
    held: Vec<AuthorityRef>,
    tenant: Option<Arc<str>>,
    claims: Map<String, Value>,
    clock: Arc<dyn Clock>,
    further: Vec<Setting>,
}

impl IdentityBuilder {
    /// Adds a role, with all that it includes and grants.
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

    /// Adds a group, with the roles that it brings.
    pub fn group(self, group: impl Groups) -> Self {
        self.authority(group)
    }

    /// The enums of the application. Needed only for `not(..)` over an enum of which the caller holds
    /// nothing: what no enum says is unknown, and unknown rejects on both sides of `not`.
    pub fn vocabulary<V: Vocabulary>(mut self) -> Self {
        V::TABLES.iter().for_each(|table| self.know(table));
        self
    }

    /// Who vouches for the caller. By default `https://issuer.test`.
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = issuer.into();
        self
    }

    /// By which kind of credential the caller was authenticated. By default [`Method::Bearer`].
    pub const fn method(mut self, method: Method) -> Self {
        self.method = method;
        self
    }

    /// The tenant that the request is about.
    pub fn tenant(mut self, tenant: impl Into<Arc<str>>) -> Self {
        self.tenant = Some(tenant.into());
        self
    }

    /// How the caller logged in, as a class: what `acr = ..` is compared with.
    pub fn acr(self, acr: impl Into<String>) -> Self {
        let acr = acr.into();
        self.with(|it| it.acr(acr))
    }

    /// By which means the caller logged in, such as `pwd` and `otp`.
    pub fn amr<N: Into<String>>(self, means: impl IntoIterator<Item = N>) -> Self {
        let means: Vec<String> = means.into_iter().map(Into::into).collect();
        self.with(|it| it.amr(means))
    }

    /// When the caller logged in, in seconds since 1970: what `max_age = ..` is compared with.
    pub fn auth_time(self, seconds: u64) -> Self {
        self.with(move |it| it.auth_time(seconds))
    }

    /// Adds a factor that the caller proved, at that time in seconds since 1970: what `factor(..)` and
    /// `mfa` are compared with.
    pub fn factor(self, factor: Factor, at: u64) -> Self {
        self.with(move |it| it.factor(factor, at))
    }

    /// Adds a passkey whose authenticator verified its user.
    pub fn user_verified_passkey(self, at: u64) -> Self {
        self.with(move |it| it.user_verified_passkey(at))
    }

    /// The session that the credential belongs to.
    pub fn session_id(self, id: impl Into<String>) -> Self {
        let id = id.into();
        self.with(|it| it.session_id(id))
    }

    /// The client that sent the request.
    pub fn client_id(self, id: impl Into<String>) -> Self {
        let id = id.into();
        self.with(|it| it.client_id(id))
    }

    /// The identifier of the credential.
    pub fn token_id(self, id: impl Into<String>) -> Self {
        let id = id.into();
        self.with(|it| it.token_id(id))
    }

    /// When the credential expires, in seconds since 1970. By default it does not.
    pub fn expires_at(self, seconds: u64) -> Self {
        self.with(move |it| it.expires_at(seconds))
    }

    /// Adds a claim.
    pub fn claim(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.claims.insert(name.into(), value.into());
        self
    }

    /// The clock that ages of logins and ends of credentials are judged by. By default the system's.
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// The identity.
    #[must_use]
    pub fn build(self) -> Identity {
        let start = Authentication::vouched_by_scheme(self.method, self.issuer, self.subject);
        let named = self
            .held
            .iter()
            .fold(start.claims(self.claims), |it, held| it.authorities(held.kind(), [held.name()]));
        let authentication = self.further.into_iter().fold(named, |it, set| set(it)).build();
        let mut authorities = AuthoritySet::empty(&VocabularySet::of(&self.tables));
        for held in self.held {
            authorities.add(held.table(), held.index());
        }
        let identity = Identity::holding(authentication, authorities, self.clock);
        match self.tenant {
            Some(tenant) => identity.with(identity.authorities().clone(), Some(tenant)),
            None => identity,
        }
    }

    fn authority<A: Authority>(mut self, authority: A) -> Self {
        self.know(A::TABLE);
        self.held.push(authority.reference());
        self
    }

    /// Adds an enum, and those that it grants something of.
    fn know(&mut self, table: &'static AuthorityTable) {
        let mut next = Some(table);
        while let Some(table) = next {
            if !self.tables.iter().any(|known| known.is(table)) {
                self.tables.push(table);
            }
            next = table.implied.map(|implied| implied.table);
        }
    }

    fn with(
        mut self,
        set: impl FnOnce(AuthenticationBuilder) -> AuthenticationBuilder + 'static,
    ) -> Self {
        self.further.push(Box::new(set));
        self
    }
}

impl std::fmt::Debug for IdentityBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IdentityBuilder").field("subject", &self.subject).finish_non_exhaustive()
    }
}
