//! The application's own answer to: what does this caller hold?

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::identity::Identity;
use crate::vocabulary::{NameKind, NameKinds};

/// Maps a verified caller to names at request time, so that assignments may live in the
/// application's database while the names themselves stay compile-time.
///
/// The answer is closed over inclusion like the names of a token: a source that says `manager`
/// brings all that a manager includes. It is kept for a short time
/// ([`GrantCache`](super::GrantCache)).
///
/// In a tenant the answer is all that the caller holds besides the scopes of the token: a token's
/// roles, permissions and groups do not say in which tenant they count. Outside of tenants the
/// token's names count too. [`Granted`] can say otherwise.
///
/// A source that fails or does not answer in time is answered with 503, never with fewer or more
/// names. It is asked only for a caller whose token was believed and whose proof of possession held.
///
/// ```
/// use auth_core::{Authenticator, GrantQuery, GrantSource, Granted};
/// # #[derive(Clone)] struct Database;
/// # impl Database {
/// #     async fn roles(&self, tenant: &str, issuer: &str, subject: &str) -> std::io::Result<Vec<String>> { Ok(vec![]) }
/// # }
///
/// struct Assignments(Database);
///
/// impl GrantSource for Assignments {
///     type Error = std::io::Error;
///
///     async fn grants(&self, caller: GrantQuery<'_>) -> Result<Granted, Self::Error> {
///         // Without a tenant there is nothing that this database could say.
///         let Some(tenant) = caller.tenant() else { return Ok(Granted::nothing()) };
///         // A subject is one only together with its issuer: look for both.
///         let roles = self.0.roles(tenant, caller.issuer(), caller.subject()).await?;
///         Ok(Granted::nothing().roles(roles))
///     }
/// }
///
/// let builder = Authenticator::builder()
///     .tenant_in_path("tenant")
///     .grant_source(Assignments(Database));
/// # drop(builder);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a source of grants",
    label = "it cannot be asked what a caller holds",
    note = "implement `auth_core::GrantSource` for it: `async fn grants(&self, caller: GrantQuery<'_>) -> Result<Granted, Self::Error>`"
)]
pub trait GrantSource: Send + Sync + 'static {
    /// Why the source cannot tell. Its text goes to the log, cut to 256 bytes: nothing of the
    /// caller should stand in it.
    type Error: Error;

    /// What the caller holds.
    ///
    /// # Errors
    /// If that cannot be told now. A caller whom the source does not know is no error: such a
    /// caller is granted [nothing](Granted::nothing).
    fn grants(
        &self,
        caller: GrantQuery<'_>,
    ) -> impl Future<Output = Result<Granted, Self::Error>> + Send;
}

#[diagnostic::do_not_recommend]
impl<T: GrantSource> GrantSource for Arc<T> {
    type Error = T::Error;

    fn grants(
        &self,
        caller: GrantQuery<'_>,
    ) -> impl Future<Output = Result<Granted, Self::Error>> + Send {
        T::grants(self, caller)
    }
}

/// Whom a [`GrantSource`] is asked about: a verified token and the tenant of the request.
///
/// What the answer depends on must stand in here. Anything else of the request is out of reach on
/// purpose: answers are kept, and one made for another request would be wrong.
#[derive(Clone, Copy)]
pub struct GrantQuery<'a>(&'a Identity);

impl<'a> GrantQuery<'a> {
    pub(super) const fn new(caller: &'a Identity) -> Self {
        Self(caller)
    }

    /// Who vouches for the caller (`iss`). A subject is unique only together with it.
    #[must_use]
    pub fn issuer(&self) -> &'a str {
        self.0.issuer()
    }

    /// Who the caller is at its issuer (`sub`).
    #[must_use]
    pub fn subject(&self) -> &'a str {
        self.0.subject()
    }

    /// The client that sent the request.
    #[must_use]
    pub fn client_id(&self) -> Option<&'a str> {
        self.0.client_id()
    }

    /// Every claim of the token.
    #[must_use]
    pub fn claims(&self) -> &'a Map<String, Value> {
        self.0.claims()
    }

    /// Whether the token leaves open which names of this kind it grants (see
    /// [`ClaimMap`](crate::ClaimMap)), so that it is for the source to say.
    #[must_use]
    pub fn leaves_open(&self, kind: NameKind) -> bool {
        self.0.grants().unknown_kinds().contains(kind)
    }

    /// The tenant of the request, found as the authenticator was told to. It is what the request
    /// asks for, not what the caller may enter: whether they belong there is for the source to say.
    #[must_use]
    pub fn tenant(&self) -> Option<&'a str> {
        self.0.tenant()
    }
}

impl fmt::Debug for GrantQuery<'_> {
    /// Shows nothing of the caller.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GrantQuery").finish_non_exhaustive()
    }
}

/// What a [`GrantSource`] says that a caller holds, by the names on the wire.
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
/// use auth_core::Granted;
///
/// let granted = Granted::nothing().roles(["manager"]).permissions(["orders:refund"]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct Granted {
    names: Vec<(NameKind, String)>,
    /// The kinds that were named, be it with nothing.
    answers: NameKinds,
    of_token: TokenNames,
}

/// Whether the roles, permissions and groups of the token count beside those of the source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum TokenNames {
    /// Outside of tenants.
    #[default]
    OutsideOfTenants,
    /// In whatever tenant.
    Everywhere,
    Nowhere,
}

impl Granted {
    /// No name.
    pub const fn nothing() -> Self {
        let (answers, of_token) = (NameKinds::NONE, TokenNames::OutsideOfTenants);
        Self { names: Vec::new(), answers, of_token }
    }

    /// Adds roles.
    pub fn roles<N: Into<String>>(self, names: impl IntoIterator<Item = N>) -> Self {
        self.with(NameKind::Role, names)
    }

    /// Adds permissions.
    pub fn permissions<N: Into<String>>(self, names: impl IntoIterator<Item = N>) -> Self {
        self.with(NameKind::Permission, names)
    }

    /// Adds groups.
    pub fn groups<N: Into<String>>(self, names: impl IntoIterator<Item = N>) -> Self {
        self.with(NameKind::Group, names)
    }

    /// The roles, permissions and groups of the token count for nothing: the source alone says
    /// what the caller holds. Its scopes stay. That is the default in a tenant; outside of tenants
    /// both count unless this is said.
    pub const fn replacing_token_roles(mut self) -> Self {
        self.of_token = TokenNames::Nowhere;
        self
    }

    /// The roles, permissions and groups of the token count as well, in whatever tenant the request
    /// is about. Say so only where the source has made sure that they are meant for this tenant: by
    /// the issuer of the token, for example, if each tenant has its own.
    ///
    /// ```
    /// # use auth_core::{GrantQuery, Granted};
    /// fn granted(caller: GrantQuery<'_>) -> Granted {
    ///     let own = caller.tenant().map(|tenant| format!("https://id.example.com/{tenant}"));
    ///     if own.as_deref() == Some(caller.issuer()) {
    ///         Granted::nothing().keeping_token_roles()
    ///     } else {
    ///         Granted::nothing().replacing_token_roles()
    ///     }
    /// }
    /// ```
    pub const fn keeping_token_roles(mut self) -> Self {
        self.of_token = TokenNames::Everywhere;
        self
    }

    fn with<N: Into<String>>(mut self, kind: NameKind, names: impl IntoIterator<Item = N>) -> Self {
        self.answers = self.answers.with(kind);
        self.names.extend(names.into_iter().map(|name| (kind, name.into())));
        self
    }

    pub(super) fn names(&self) -> impl Iterator<Item = (NameKind, &str)> {
        self.names.iter().map(|(kind, name)| (*kind, name.as_str()))
    }

    /// The kinds that the source answers for.
    pub(super) const fn answers(&self) -> NameKinds {
        self.answers
    }

    /// Whether the names of the token count for nothing.
    pub(super) const fn replaces(&self, in_tenant: bool) -> bool {
        match self.of_token {
            TokenNames::OutsideOfTenants => in_tenant,
            TokenNames::Everywhere => false,
            TokenNames::Nowhere => true,
        }
    }
}

/// How many bytes of a source's error are written to the log.
const ERROR_BYTES: usize = 256;

type Answer<'a> = Pin<Box<dyn Future<Output = Result<Granted, String>> + Send + 'a>>;

/// A source of any type.
pub(super) trait ErasedSource: Send + Sync {
    /// What the caller holds, or why that cannot be told, for the log.
    fn ask<'a>(&'a self, caller: GrantQuery<'a>) -> Answer<'a>;
}

impl<T: GrantSource> ErasedSource for T {
    fn ask<'a>(&'a self, caller: GrantQuery<'a>) -> Answer<'a> {
        Box::pin(async move {
            let answer = self.grants(caller).await;
            answer.map_err(|error| crate::audit::cut(&error.to_string(), ERROR_BYTES))
        })
    }
}

impl fmt::Debug for dyn ErasedSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GrantSource")
    }
}
