//! The users, for the claims of tokens.

use async_trait::async_trait;
use auth_accounts::model::{AccountId, AccountStatus, AssignmentKind};
use auth_accounts::store::StoreError;
use serde_json::{Map, Value};

/// The names that claims of one's own cannot have. Tokens, userinfo and introspection have claims of these names by
/// themselves, or those who read tokens decide by them.
const RESERVED: [&str; 32] = [
    // RFC 7519, RFC 9068, RFC 7800
    "iss",
    "sub",
    "aud",
    "exp",
    "nbf",
    "iat",
    "jti",
    "client_id",
    "scope",
    "roles",
    "groups",
    "cnf",
    // RFC 7662
    "active",
    "token_type",
    "username",
    // RFC 8693
    "act",
    "may_act",
    // OpenID Connect
    "nonce",
    "auth_time",
    "acr",
    "amr",
    "azp",
    "at_hash",
    "c_hash",
    "sid",
    "preferred_username",
    "email",
    "email_verified",
    // As other servers name scopes, permissions and kinds of tokens
    "scp",
    "permissions",
    "typ",
    "token_use",
];

/// What tokens and userinfo say about a user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccountClaims {
    /// The name that the user signs in with (`preferred_username`).
    pub username: Option<String>,
    /// The e-mail address (`email`).
    pub email: Option<String>,
    /// Whether it was verified (`email_verified`).
    pub email_verified: bool,
    /// The roles, by the names of the vocabulary (`roles`).
    pub roles: Vec<String>,
    /// The groups (`groups`).
    pub groups: Vec<String>,
    /// Your own claims of access tokens, by their names: what your APIs decide by, such as a tenant. Everyone who
    /// holds the token can read them.
    pub access_token_claims: Map<String, Value>,
    /// Your own claims of ID tokens and userinfo, by their names, such as `name` and `locale`
    /// ([OpenID Connect Core §5.1](https://openid.net/specs/openid-connect-core-1_0.html#StandardClaims)): for
    /// clients with the scope `profile`.
    pub profile_claims: Map<String, Value>,
}

impl AccountClaims {
    /// A claim of one's own whose name is reserved: no token is issued with it.
    pub(crate) fn reserved(&self) -> Option<&str> {
        let names = self.access_token_claims.keys().chain(self.profile_claims.keys());
        names.map(String::as_str).find(|name| RESERVED.contains(name))
    }
}

/// Looks up users by their subjects. [`auth_accounts::Accounts`] implements it.
///
/// A store of `auth-store` that has both the accounts and the grants revokes the grants of an account in the
/// step in which it gets another password, is locked, is deleted or is signed out everywhere, and those of a session
/// without `offline_access` in the step in which the session is ended. Accounts that are kept elsewhere call
/// [`revoke_grants`](crate::store::AuthorizationStore::revoke_grants) then.
///
/// Tokens get claims of your own from an implementation that asks the accounts and adds them:
///
/// ```
/// use async_trait::async_trait;
/// use auth_accounts::store::StoreError;
/// use auth_server::{AccountClaims, Accounts};
///
/// struct WithTenants {
///     accounts: auth_accounts::Accounts,
/// }
///
/// #[async_trait]
/// impl Accounts for WithTenants {
///     async fn claims(&self, subject: &str) -> Result<Option<AccountClaims>, StoreError> {
///         let Some(mut claims) = self.accounts.claims(subject).await? else { return Ok(None) };
///         // From a table of the application. An API reads it by `caller.claims()`.
///         claims.access_token_claims.insert("tenant".into(), "acme".into());
///         claims.profile_claims.insert("locale".into(), "de-CH".into());
///         Ok(Some(claims))
///     }
///
///     async fn is_active(&self, subject: &str) -> Result<bool, StoreError> {
///         self.accounts.is_active(subject).await
///     }
/// }
/// ```
#[async_trait]
pub trait Accounts: Send + Sync + 'static {
    /// The claims of this subject; `None` if it is locked or deleted: it gets no more tokens. It gets none either
    /// if one of your own claims has a name that the server writes itself, such as `exp` or `roles`: that is answered by
    /// `server_error`, and the log has the name.
    ///
    /// # Errors
    /// If the store fails.
    async fn claims(&self, subject: &str) -> Result<Option<AccountClaims>, StoreError>;

    /// Whether this subject may have tokens: whether there are [`claims`](Self::claims). Introspection asks it
    /// for each token of a user, so implement it by the smallest read that you have. Do not answer from a cache: the
    /// tokens of a user who is locked are invalid from then on.
    ///
    /// # Errors
    /// If the store fails.
    async fn is_active(&self, subject: &str) -> Result<bool, StoreError> {
        Ok(self.claims(subject).await?.is_some())
    }
}

/// The subject is the id of the account. A locked or deleted account gets no token.
#[async_trait]
impl Accounts for auth_accounts::Accounts {
    async fn claims(&self, subject: &str) -> Result<Option<AccountClaims>, StoreError> {
        let Ok(id) = AccountId::parse(subject) else { return Ok(None) };
        let found = self.account_with_assignments(&id).await?;
        let found = found.filter(|(account, _)| account.status == AccountStatus::Active);
        let Some((account, assignments)) = found else { return Ok(None) };
        let mut claims = AccountClaims {
            username: Some(account.username),
            email: account.email.map(|it| it.as_str().to_owned()),
            email_verified: account.email_verified_at.is_some(),
            ..AccountClaims::default()
        };
        for held in assignments {
            match held.kind {
                AssignmentKind::Role => claims.roles.push(held.name),
                AssignmentKind::Group => claims.groups.push(held.name),
                _ => {}
            }
        }
        for names in [&mut claims.roles, &mut claims.groups] {
            names.sort_unstable();
            // A rule and an administrator may have assigned the same name.
            names.dedup();
        }
        Ok(Some(claims))
    }

    async fn is_active(&self, subject: &str) -> Result<bool, StoreError> {
        let Ok(id) = AccountId::parse(subject) else { return Ok(false) };
        let state = self.stores().accounts.state(&id).await?;
        Ok(state.is_some_and(|it| it.status == AccountStatus::Active))
    }
}
