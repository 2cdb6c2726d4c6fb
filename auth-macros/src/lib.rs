//! The attributes and derives of `auth-core`.

mod case;
mod entry;
mod expand;
mod hash;
mod keyword;
mod model;
mod parse;
mod report;
mod vocabulary;

use proc_macro::TokenStream;

use vocabulary::Kind;

/// Makes an enum the roles of an API.
///
/// ```text
/// #[derive(Clone, Copy, Debug, PartialEq, Eq, Roles)]
/// pub enum Role {
///     /// Works the counter.
///     #[role(grants(OrdersRead))]
///     Clerk,                                   // "clerk" in a token
///     /// Runs the shop.
///     #[role("shop-manager", includes(Clerk), grants("orders:cancel"))]
///     Manager,
/// }
/// ```
///
/// The enum is `Copy`, has no generics, and its variants carry no data. Doc comments are kept: they
/// describe the role in every listing. The trait `Roles` of `auth-core` shows an example that runs.
///
/// `#[role(..)]` on a variant:
///
/// | key | takes | meaning |
/// |---|---|---|
/// | first, or `name = ".."` | a string | the name in tokens; without it the variant in `snake_case` |
/// | `includes(..)` | variants of this enum, or their names as strings | who has this role has those too |
/// | `grants(..)` | permissions: `OrdersRead`, `"orders:read"`, `path::Permission::OrdersRead` | who has this role may do that |
///
/// `#[roles(..)]` on the enum:
///
/// | key | takes | meaning |
/// |---|---|---|
/// | `rename_all = ".."` | `snake_case`, `kebab-case`, `SCREAMING_SNAKE_CASE`, `camelCase`, `PascalCase`, `lowercase`, `UPPERCASE` | how a variant without a name is spelled |
/// | `permission = ..` | a path | the enum that `grants` means, instead of the `Permission` in scope |
/// | `crate = ..` | a path | where `auth_core` is, if it is re-exported |
///
/// A variant is cut into words at capital letters; an acronym is one word and digits belong to the
/// word before them: `HTTPAdmin` is `http_admin`, `Tier2Support` is `tier2_support`, `OAuth2Client`
/// is `o_auth2_client`. Where the token says something else, write the name out.
///
/// Nothing is ignored: an unknown key, a name given to two variants, a role or permission that does
/// not exist and inclusion that goes in a circle fail the build, all of them at once.
#[proc_macro_derive(Roles, attributes(role, roles))]
pub fn derive_roles(input: TokenStream) -> TokenStream {
    vocabulary::derive(Kind::Role, input.into()).into()
}

/// Makes an enum the permissions of an API.
///
/// ```text
/// #[derive(Clone, Copy, Debug, PartialEq, Eq, Permissions)]
/// pub enum Permission {
///     /// See any order.
///     #[permission("orders:read")]
///     OrdersRead,
///     /// Cancel an order that has not shipped.
///     #[permission("orders:cancel", includes(OrdersRead))]
///     OrdersCancel,
/// }
/// ```
///
/// `#[permission(..)]` on a variant:
///
/// | key | takes | meaning |
/// |---|---|---|
/// | first, or `name = ".."` | a string | the name in tokens; without it the variant in `snake_case` |
/// | `includes(..)` | variants of this enum, or their names as strings | who may do this may do that too |
///
/// `#[permissions(..)]` on the enum takes `rename_all = ".."` and `crate = ..`, as `#[roles(..)]`
/// does: see [`Roles`](macro@Roles), also for the rules that hold for every enum of names.
#[proc_macro_derive(Permissions, attributes(permission, permissions))]
pub fn derive_permissions(input: TokenStream) -> TokenStream {
    vocabulary::derive(Kind::Permission, input.into()).into()
}

/// Makes an enum the OAuth scopes of an API.
///
/// ```text
/// #[derive(Clone, Copy, Debug, PartialEq, Eq, Scopes)]
/// #[scopes(rename_all = "kebab-case")]
/// pub enum Scope {
///     ReadOrders,                              // "read-orders" in a token
///     #[scope("orders:write", includes(ReadOrders))]
///     Write,
/// }
/// ```
///
/// `#[scope(..)]` on a variant:
///
/// | key | takes | meaning |
/// |---|---|---|
/// | first, or `name = ".."` | a string of the characters that RFC 6749, section 3.3 allows: printable ASCII other than the space, `"` and `\` | the name in tokens; without it the variant in `snake_case` |
/// | `includes(..)` | variants of this enum, or their names as strings | a client with this scope has those too |
///
/// `#[scopes(..)]` on the enum takes `rename_all = ".."` and `crate = ..`, as `#[roles(..)]` does:
/// see [`Roles`](macro@Roles), also for the rules that hold for every enum of names.
#[proc_macro_derive(Scopes, attributes(scope, scopes))]
pub fn derive_scopes(input: TokenStream) -> TokenStream {
    vocabulary::derive(Kind::Scope, input.into()).into()
}

/// Makes an enum the groups that the identity provider keeps, each with the roles that it brings.
///
/// ```text
/// #[derive(Clone, Copy, Debug, PartialEq, Eq, Groups)]
/// pub enum Group {
///     #[group("/staff/counter", role = Clerk)]
///     Counter,
///     #[group("6f1f0c1e-5f0a-4a70-b7b5-0e3a6f1c2d3e", role = Manager | Auditor)]
///     Leads,
/// }
/// ```
///
/// `#[group(..)]` on a variant:
///
/// | key | takes | meaning |
/// |---|---|---|
/// | first, or `name = ".."` | a string: a path (Keycloak), an identifier (Entra), whatever stands in the token | the name in tokens; without it the variant in `snake_case` |
/// | `includes(..)` | variants of this enum, or their names as strings | who is in this group is in those too |
/// | `role = ..` | roles separated by `\|`: `Manager`, `"manager"`, `path::Role::Manager` | who is in this group has all of these roles |
///
/// `#[groups(..)]` on the enum takes `role = path` for the enum that `role` means, instead of the
/// `Role` in scope, and `rename_all = ".."` and `crate = ..` as `#[roles(..)]` does: see
/// [`Roles`](macro@Roles), also for the rules that hold for every enum of names.
#[proc_macro_derive(Groups, attributes(group, groups))]
pub fn derive_groups(input: TokenStream) -> TokenStream {
    vocabulary::derive(Kind::Group, input.into()).into()
}

/// | `role` | `permission` |
#[proc_macro_attribute]
pub fn requires(arguments: TokenStream, item: TokenStream) -> TokenStream {
    entry::requires(&arguments.into(), item.into()).into()
}

/// Not written yet.
#[proc_macro_attribute]
pub fn public(arguments: TokenStream, item: TokenStream) -> TokenStream {
    entry::public(&arguments.into(), item.into()).into()
}

/// Not written yet.
#[proc_macro_attribute]
pub fn check(arguments: TokenStream, item: TokenStream) -> TokenStream {
    entry::check(arguments.into(), item.into()).into()
}

/// Not written yet.
#[proc_macro]
pub fn requirement(arguments: TokenStream) -> TokenStream {
    entry::requirement(&arguments.into()).into()
}
