//! What the derives implement: an enum of names, and of which kind.

use super::{AuthorityKind, AuthorityRef, AuthorityTable};

/// One enum of names. Implemented by the derives, never by hand.
///
/// ```
/// use auth_core::vocabulary::Authority;
/// use auth_core::{AuthorityKind, Scopes};
///
/// #[derive(Clone, Copy, Scopes)]
/// enum Scope {
///     Read,
///     #[scope("orders:write")]
///     Write,
/// }
/// assert_eq!(Scope::KIND, AuthorityKind::Scope);
/// assert_eq!(Scope::Write.name(), "orders:write");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an enum of roles, permissions, scopes, groups or levels",
    label = "no names are known here",
    note = "add `#[derive(Roles)]`, `#[derive(Permissions)]`, `#[derive(Scopes)]`, `#[derive(Groups)]` or `#[derive(AuthLevels)]` to it"
)]
pub trait Authority: Copy + Send + Sync + 'static {
    /// Which kind of name the enum lists.
    const KIND: AuthorityKind;

    /// How many names there are.
    const COUNT: usize;

    /// Every name with what it includes and grants, closed at compile time.
    const TABLE: &'static AuthorityTable;

    /// The position of this name in the table.
    fn index(self) -> u16;

    /// This name as it is on the wire, in tokens and in challenges.
    #[must_use]
    fn name(self) -> &'static str {
        self.reference().name()
    }

    /// This name as a member of its table.
    #[must_use]
    fn reference(self) -> AuthorityRef {
        AuthorityRef::new(Self::TABLE, self.index())
    }
}

/// An enum of roles, from `#[derive(Roles)]`.
///
/// ```
/// use auth_core::vocabulary::{Authority, Vocabulary};
/// use auth_core::{AuthorityKind, Groups, Permissions, Roles};
///
/// #[derive(Clone, Copy, Permissions)]
/// enum Permission {
///     #[permission("orders:read")]
///     OrdersRead,
///     #[permission("orders:cancel")]
///     OrdersCancel,
/// }
///
/// #[derive(Clone, Copy, Roles)]
/// enum Role {
///     /// Works the counter.
///     #[role(grants(OrdersRead))]
///     Clerk,
///     #[role("shop-manager", includes(Clerk), grants("orders:cancel"))]
///     Manager,
/// }
///
/// #[derive(Clone, Copy, Groups)]
/// enum Group {
///     #[group("/staff/leads", role = Manager)]
///     Leads,
/// }
///
/// // A group brings roles, a role those that it includes, and each of them its permissions.
/// let tables = <(Role, Permission, Group)>::TABLES;
/// let grants = tables.intern([(AuthorityKind::Group, "/staff/leads")]);
/// assert!(grants.holds(Role::Clerk.reference()));
/// assert!(grants.holds(Permission::OrdersRead.reference()));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an enum of roles",
    label = "roles are looked up here",
    note = "add `#[derive(Roles)]` to the enum"
)]
pub trait Roles: Authority {}

/// An enum of permissions, from `#[derive(Permissions)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an enum of permissions",
    label = "permissions are looked up here",
    note = "add `#[derive(Permissions)]` to the enum"
)]
pub trait Permissions: Authority {}

/// An enum of scopes (RFC 6749, section 3.3), from `#[derive(Scopes)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an enum of scopes",
    label = "scopes are looked up here",
    note = "add `#[derive(Scopes)]` to the enum"
)]
pub trait Scopes: Authority {}

/// An enum of groups, from `#[derive(Groups)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an enum of groups",
    label = "groups are looked up here",
    note = "add `#[derive(Groups)]` to the enum"
)]
pub trait Groups: Authority {}

/// An enum of levels of logins, from `#[derive(AuthLevels)]`: what the `acr` of a token or of a session says
/// ([RFC 9470 §3](https://www.rfc-editor.org/rfc/rfc9470#section-3)), ordered.
///
/// A login of a level that includes the one that is asked for is enough. A value that is none of the levels
/// is never enough.
///
/// ```
/// use auth_core::{AuthError, AuthLevels, Identity, requires};
///
/// #[derive(Clone, Copy, AuthLevels)]
/// enum Level {
///     Password,
///     #[level("urn:mfa", includes(Password))]
///     Mfa,
/// }
///
/// #[requires(acr = Password)]
/// fn read(caller: &Identity) -> Result<&'static str, AuthError> {
///     Ok("read")
/// }
///
/// # #[cfg(feature = "testing")] {
/// use auth_core::testing::identity;
///
/// let strong = identity("ada").vocabulary::<(Level,)>().acr("urn:mfa").build();
/// assert!(read(&strong).is_ok());
/// let unknown = identity("ada").vocabulary::<(Level,)>().acr("urn:other").build();
/// assert!(read(&unknown).is_err());
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an enum of levels",
    label = "levels are looked up here",
    note = "add `#[derive(AuthLevels)]` to the enum"
)]
pub trait AuthLevels: Authority {}
