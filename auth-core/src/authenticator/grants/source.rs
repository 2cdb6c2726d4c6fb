//! The application's own answer to: what does this caller hold?

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::identity::Identity;
use crate::policy::Method;
use crate::vocabulary::{AuthorityKind, AuthorityKinds};

/// Maps a verified caller to names at request time, so that assignments may live in the
/// application's database while the names themselves stay compile-time.
///
/// The answer is closed over inclusion like the names of a token: a source that says `manager`
/// brings all that a manager includes. It is kept for a short time
/// ([`AssignmentCache`](super::AssignmentCache)).
///
/// In a tenant the answer is all that the caller holds besides the scopes of the token: a token's
/// roles, permissions and groups do not say in which tenant they count. Outside of tenants the
/// token's names count too. [`Assignments`] can say otherwise.
///
/// A source that fails or does not answer in time is answered with 503, never with fewer or more
/// names. It is asked only for a caller whose token was accepted and whose proof of possession held.
///
/// ```
/// use auth_core::authenticator::AssignmentQuery;
/// use auth_core::{AssignmentSource, Assignments, Authenticator};
/// # #[derive(Clone)] struct Database;
/// # impl Database {
/// #     async fn roles(&self, tenant: &str, issuer: &str, subject: &str) -> std::io::Result<Vec<String>> { Ok(vec![]) }
/// # }
///
/// struct StoredRoles(Database);
///
/// impl AssignmentSource for StoredRoles {
///     type Error = std::io::Error;
///
///     async fn assignments(&self, caller: AssignmentQuery<'_>) -> Result<Assignments, Self::Error> {
///         // Without a tenant there is nothing that this database could say.
///         let Some(tenant) = caller.tenant() else { return Ok(Assignments::none()) };
///         // A subject is one only together with its issuer: look for both.
///         let roles = self.0.roles(tenant, caller.issuer(), caller.subject()).await?;
///         Ok(Assignments::none().roles(roles))
///     }
/// }
///
/// let builder = Authenticator::builder()
///     .tenant_in_path("tenant")
///     .assignment_source(StoredRoles(Database));
/// # drop(builder);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a source of grants",
    label = "it cannot be asked what a caller holds",
    note = "implement `auth_core::AssignmentSource` for it: `async fn assignments(&self, caller: AssignmentQuery<'_>) -> Result<Assignments, Self::Error>`"
)]
pub trait AssignmentSource: Send + Sync + 'static {
    /// Why the source cannot tell. Its text goes to the log, cut to 256 bytes: nothing of the
    /// caller should be in it.
    type Error: Error;

    /// What the caller holds.
    ///
    /// # Errors
    /// If that cannot be determined now. A caller that the source does not know is not an error: return
    /// [no assignments](Assignments::none).
    fn assignments(
        &self,
        caller: AssignmentQuery<'_>,
    ) -> impl Future<Output = Result<Assignments, Self::Error>> + Send;
}

#[diagnostic::do_not_recommend]
impl<T: AssignmentSource> AssignmentSource for Arc<T> {
    type Error = T::Error;

    fn assignments(
        &self,
        caller: AssignmentQuery<'_>,
    ) -> impl Future<Output = Result<Assignments, Self::Error>> + Send {
        T::assignments(self, caller)
    }
}

/// Whom an [`AssignmentSource`] is asked about: a verified token and the tenant of the request.
///
/// What the answer depends on must be in here. Anything else of the request is out of reach on
/// purpose: answers are kept, and one made for another request would be wrong.
#[derive(Clone, Copy)]
pub struct AssignmentQuery<'a> {
    caller: &'a Identity,
    tenant: Option<&'a str>,
}

impl<'a> AssignmentQuery<'a> {
    pub(super) const fn new(caller: &'a Identity, tenant: Option<&'a str>) -> Self {
        Self { caller, tenant }
    }

    /// By which kind of credential the caller was authenticated.
    #[must_use]
    pub fn method(&self) -> Method {
        self.caller.method()
    }

    /// Who vouches for the caller (`iss`). A subject is unique only together with it.
    #[must_use]
    pub fn issuer(&self) -> &'a str {
        self.caller.issuer()
    }

    /// Who the caller is at its issuer (`sub`).
    #[must_use]
    pub fn subject(&self) -> &'a str {
        self.caller.subject()
    }

    /// The client that sent the request.
    #[must_use]
    pub fn client_id(&self) -> Option<&'a str> {
        self.caller.client_id()
    }

    /// Every claim of the token.
    #[must_use]
    pub fn claims(&self) -> &'a Map<String, Value> {
        self.caller.claims()
    }

    /// Whether the token leaves open which names of this kind it grants (see
    /// [`ClaimMap`](crate::ClaimMap)), so that it is for the source to say.
    #[must_use]
    pub fn leaves_open(&self, kind: AuthorityKind) -> bool {
        self.caller.authorities().unknown_kinds().contains(kind)
    }

    /// The tenant of the request, found as the authenticator is configured. It is what the request
    /// asks for, not what the caller may enter: whether they belong there is for the source to say.
    #[must_use]
    pub fn tenant(&self) -> Option<&'a str> {
        self.tenant
    }
}

impl fmt::Debug for AssignmentQuery<'_> {
    /// Shows nothing of the caller.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AssignmentQuery").finish_non_exhaustive()
    }
}

/// What an [`AssignmentSource`] says that a caller holds, by the names on the wire.
///
/// There are no scopes: they are what the user allowed the *client* to do (RFC 6749, section 3.3),
/// and a database of what the user may do cannot widen that.
///
/// A source answers for the kinds that it names, also with an empty list: where a token
/// [leaves open](crate::ClaimMap) which groups it grants, `.groups(..)` says which they are, and what
/// depends on groups is decided as always. So name a kind only if the list is all there is to say. A
/// kind that is not named stays unknown, and scopes do in any case. A text that can be no name
/// (empty, or with white space around it) leaves its kind open, as it does in a token.
///
/// A name that is not in the vocabulary grants nothing. It is counted (with the feature `metrics`:
/// `auth_unknown_grants_total`, by kind) and written to the log, once.
///
/// ```
/// use auth_core::Assignments;
///
/// let granted = Assignments::none().roles(["manager"]).permissions(["orders:refund"]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct Assignments {
    names: Vec<(AuthorityKind, String)>,
    /// The kinds that were named, be it with nothing.
    answers: AuthorityKinds,
    of_token: TokenAuthorities,
    valid_until: Option<u64>,
}

/// Whether the roles, permissions and groups of the token count beside those of the source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum TokenAuthorities {
    /// Outside of tenants.
    #[default]
    OutsideOfTenants,
    /// In every tenant.
    Everywhere,
    Nowhere,
}

impl Assignments {
    /// No name.
    pub const fn none() -> Self {
        let (answers, of_token) = (AuthorityKinds::NONE, TokenAuthorities::OutsideOfTenants);
        Self { names: Vec::new(), answers, of_token, valid_until: None }
    }

    /// Adds roles.
    pub fn roles<N: Into<String>>(self, names: impl IntoIterator<Item = N>) -> Self {
        self.with(AuthorityKind::Role, names)
    }

    /// Adds permissions.
    pub fn permissions<N: Into<String>>(self, names: impl IntoIterator<Item = N>) -> Self {
        self.with(AuthorityKind::Permission, names)
    }

    /// Adds groups.
    pub fn groups<N: Into<String>>(self, names: impl IntoIterator<Item = N>) -> Self {
        self.with(AuthorityKind::Group, names)
    }

    /// Until when the answer counts, in seconds since 1970: when an assignment in it ends. It is not kept
    /// from then on, however long answers are kept else. Of several such times the earliest counts.
    pub fn valid_until(mut self, seconds: u64) -> Self {
        self.valid_until = Some(self.valid_until.map_or(seconds, |known| known.min(seconds)));
        self
    }

    /// The roles, permissions and groups of the token count for nothing: the source alone says
    /// what the caller holds. Its scopes stay. That is the default in a tenant; outside of tenants
    /// both count unless this is said.
    pub const fn replace_token_authorities(mut self) -> Self {
        self.of_token = TokenAuthorities::Nowhere;
        self
    }

    /// The roles, permissions and groups of the token count as well, whichever tenant the request
    /// is about. Only use this if the source has made sure that they are meant for this tenant: by
    /// the issuer of the token, for example, if each tenant has its own.
    ///
    /// ```
    /// # use auth_core::Assignments;
    /// # use auth_core::authenticator::AssignmentQuery;
    /// fn granted(caller: AssignmentQuery<'_>) -> Assignments {
    ///     let own = caller.tenant().map(|tenant| format!("https://id.example.com/{tenant}"));
    ///     if own.as_deref() == Some(caller.issuer()) {
    ///         Assignments::none().keep_token_authorities()
    ///     } else {
    ///         Assignments::none().replace_token_authorities()
    ///     }
    /// }
    /// ```
    pub const fn keep_token_authorities(mut self) -> Self {
        self.of_token = TokenAuthorities::Everywhere;
        self
    }

    fn with<N: Into<String>>(
        mut self,
        kind: AuthorityKind,
        names: impl IntoIterator<Item = N>,
    ) -> Self {
        self.answers = self.answers.with(kind);
        self.names.extend(names.into_iter().map(|name| (kind, name.into())));
        self
    }

    pub(super) fn names(&self) -> impl Iterator<Item = (AuthorityKind, &str)> {
        self.names.iter().map(|(kind, name)| (*kind, name.as_str()))
    }

    /// The kinds that the source answers for.
    pub(super) const fn answers(&self) -> AuthorityKinds {
        self.answers
    }

    /// When the answer ceases to count, if it says so itself.
    pub(super) const fn ends_at(&self) -> Option<u64> {
        self.valid_until
    }

    /// Whether the names of the token count for nothing.
    pub(super) const fn replaces(&self, in_tenant: bool) -> bool {
        match self.of_token {
            TokenAuthorities::OutsideOfTenants => in_tenant,
            TokenAuthorities::Everywhere => false,
            TokenAuthorities::Nowhere => true,
        }
    }
}

/// How many bytes of a source's error are written to the log.
const ERROR_BYTES: usize = 256;

type Answer<'a> = Pin<Box<dyn Future<Output = Result<Assignments, String>> + Send + 'a>>;

/// A source of any type.
pub(super) trait ErasedSource: Send + Sync {
    /// What the caller holds, or why that cannot be determined, for the log.
    fn ask<'a>(&'a self, caller: AssignmentQuery<'a>) -> Answer<'a>;
}

impl<T: AssignmentSource> ErasedSource for T {
    fn ask<'a>(&'a self, caller: AssignmentQuery<'a>) -> Answer<'a> {
        Box::pin(async move {
            let answer = self.assignments(caller).await;
            answer.map_err(|error| crate::wording::cut(&error.to_string(), ERROR_BYTES))
        })
    }
}

impl fmt::Debug for dyn ErasedSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AssignmentSource")
    }
}
