//! The attributes and derives of `auth-core`.

mod case;
mod entry;
mod expand;
mod hash;
mod keyword;
mod kind;
mod model;
mod nearest;
mod parse;
mod report;
mod routes;
#[cfg(test)]
mod snapshot;
mod vocabulary;

use proc_macro::TokenStream;

use kind::AuthorityKind;

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
/// not exist and cyclic inclusions fail the build, all of them at once.
#[proc_macro_derive(Roles, attributes(role, roles))]
pub fn derive_roles(input: TokenStream) -> TokenStream {
    vocabulary::derive(AuthorityKind::Role, input.into()).into()
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
    vocabulary::derive(AuthorityKind::Permission, input.into()).into()
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
    vocabulary::derive(AuthorityKind::Scope, input.into()).into()
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
/// | first, or `name = ".."` | a string: a path (Keycloak), an identifier (Entra), as the token has it | the name in tokens; without it the variant in `snake_case` |
/// | `includes(..)` | variants of this enum, or their names as strings | who is in this group is in those too |
/// | `role = ..` | roles separated by `\|`: `Manager`, `"manager"`, `path::Role::Manager` | who is in this group has all of these roles |
///
/// `#[groups(..)]` on the enum takes `role = path` for the enum that `role` means, instead of the
/// `Role` in scope, and `rename_all = ".."` and `crate = ..` as `#[roles(..)]` does: see
/// [`Roles`](macro@Roles), also for the rules that hold for every enum of names.
#[proc_macro_derive(Groups, attributes(group, groups))]
pub fn derive_groups(input: TokenStream) -> TokenStream {
    vocabulary::derive(AuthorityKind::Group, input.into()).into()
}

/// Makes an enum the levels of logins that an API tells apart: the values of `acr`, ordered.
///
/// ```text
/// #[derive(Clone, Copy, Debug, PartialEq, Eq, AuthLevels)]
/// pub enum Level {
///     Password,                                // "password" in a token
///     #[level("urn:mfa", includes(Password))]
///     Mfa,
/// }
///
/// #[requires(role = Admin, acr = Mfa)]
/// async fn refund() -> StatusCode { … }
/// ```
///
/// `#[level(..)]` on a variant:
///
/// | key | takes | meaning |
/// |---|---|---|
/// | first, or `name = ".."` | a string of the characters that a scope may have | the value of `acr` (RFC 9470, section 3); without it the variant in `snake_case` |
/// | `includes(..)` | variants of this enum, or their names as strings | a login of this level is enough where one of those is asked for |
///
/// `#[levels(..)]` on the enum takes `rename_all = ".."` and `crate = ..`, as `#[roles(..)]` does: see
/// [`Roles`](macro@Roles), also for the rules that hold for every enum of names.
///
/// The authenticator is given the enum with the others: `.vocabulary::<(Role, Level)>()`. A login of a class
/// that is not among the levels is not enough for any of them.
#[proc_macro_derive(AuthLevels, attributes(level, levels))]
pub fn derive_levels(input: TokenStream) -> TokenStream {
    vocabulary::derive(AuthorityKind::Level, input.into()).into()
}

/// Says who may call a handler.
///
/// ```text
/// #[requires(role = "admin", scope = "read")]
/// async fn audit_trail(State(db): State<Db>) -> Json<Vec<Entry>> { … }
///
/// #[requires(scope = Write, any(permission = OrdersCancel, check = placed_order))]
/// async fn cancel(caller: Identity, Path(id): Path<u64>) -> Result<StatusCode, ApiError> { … }
///
/// #[requires(role = Manager | Admin, acr = "mfa", max_age = "5m")]
/// async fn refund(Json(order): Json<Refund>) -> StatusCode { … }
///
/// #[requires(authenticated)]
/// async fn me(caller: Identity) -> Json<Profile> { … }
/// ```
///
/// The decision is made before anything of the request is parsed: a caller who may not call is
/// answered with 401 or 403, never with 422 for a body. The trait `Policy` of `auth-core` shows an
/// example that runs.
///
/// # The requirements
///
/// A comma demands both. Everything below can be in the list, and inside of `any`, `all` and
/// `not`:
///
/// | key | takes | met by |
/// |---|---|---|
/// | `role` | `= "admin"`, `= Admin`, `= access::Role::Admin` | callers with the role, or with one that includes it |
/// | `permission` | the same | callers with the permission, or with a role that grants it |
/// | `scope` | the same | callers whose token has the scope (RFC 6749, section 3.3) |
/// | `group` | the same | callers in the group |
/// | `authenticated` | nothing; no other condition beside it, since all others imply it | every caller with a valid credential |
/// | `method` | `= Session \| ApiKey`, `= "corporate-sso"`, `= path::TO_METHOD` | callers who were authenticated by one of these methods; only credentials of these are looked at |
/// | `acr` | `= "urn:mfa"`, `= Mfa`, `= access::Level::Mfa` | logins of this authentication context class (RFC 9470), or of a level that includes it |
/// | `max_age` | `= "30s"`, `"5m"`, `"8h"`, `"1d"`, or seconds: `= 300`; a year at most | logins that are not older |
/// | `mfa` | nothing | logins in which two factors of different categories were proved |
/// | `factor` | `(Passkey)`, `(Passkey \| Totp, within = "5m")`: `Password`, `Totp`, `Passkey`, `Recovery`, `Federated`, `Code` | logins in which one of these factors was proved, at most so long ago |
/// | `check` | `= path` | callers for whom the function under [`#[check]`](macro@check) returns `true` |
/// | `any` | `(.., ..)` | callers who meet at least one of these |
/// | `all` | `(.., ..)` | callers who meet each of these |
/// | `not` | `(..)` | authenticated callers who do not meet this one |
/// | `STAFF`, `access::STAFF` | a constant that `requirement!` made; it has no check | callers who meet it |
///
/// One word more is about the endpoint and not about its callers: `csrf(exempt = "signed webhook, see docs/hooks.md")`
/// leaves out the check for cross-site requests that credentials get which browsers send on their own. It
/// belongs into the outermost list, with a reason that every listing shows, beside a `method` that names such a
/// credential: `Session`, `Basic`, `Mtls`, or one of your own. The handshake of a WebSocket is checked all the
/// same, unless it says `csrf(exempt = "..", web_socket)`.
///
/// Several values of one key are separated by `|`, and any of them will do: `role = Clerk | "admin"`.
/// The same key twice in one list is an error, since it could mean either: write `|`, or
/// `all(role = Clerk, role = Auditor)`.
///
/// # Names
///
/// A bare name is a variant of the `Role`, `Permission`, `Scope` or `Group` *in scope*, and a text is
/// a name on the wire of the same enum. So the compiler says which import is missing, and what was
/// meant: ``no role named `admni`; did you mean `admin`?`` Of any other enum, write the path to the
/// variant.
///
/// A bare name after `acr` is a variant of the `Level` in scope. A text after `acr` can be anything; but
/// where the module has an enum `Level` of [levels](macro@AuthLevels), it has to be one of them.
///
/// A requirement that no caller can meet, that every caller meets, or a part of which decides nothing is
/// a build error as well.
///
/// # Where it can be used
///
/// * On an `async fn` without a receiver and with at most 15 extractors: a handler. It may be
///   generic, have a `where` clause, and return any type that axum accepts. `#[tracing::instrument]` and
///   `#[utoipa::path]` may be above or below, `#[axum::debug_handler]` has to be below:
///   above, it would see the function without its guard in front, and the compiler says that an
///   argument of the type `Guard<..>` is missing (E0061). A handler is in a module or in a
///   function. In an `impl` block, what is generated beside it has no place; an attribute cannot
///   see that it is in one, so for a function that mentions neither `self` nor `Self` the compiler
///   speaks of an `enum` that is not supported there: move the handler out of the block.
/// * On any function or method with a parameter of the type `&Identity`, `async` or not, that
///   returns a `Result` whose error is `From<AuthError>`. The decision is then the first thing that
///   it does. A `check` has no place there, since there is no request.
///
/// One handler has one `#[requires]`, one [`#[public]`](macro@public) or one
/// [`#[pending]`](macro@pending).
///
/// # What it makes
///
/// The handler gains a first parameter without a name, the guard, and an `# Authorization` section
/// in its documentation. Its body and its return type are not touched.
///
/// To call a handler as a function, in a test for instance, pass the guard that
/// `Guard::for_identity(&caller)?` makes: `me(Guard::for_identity(&caller)?, caller).await`. It is the real
/// decision. For a handler under `#[public]`, it is `Public::new()`.
///
/// # A renamed or re-exported dependency
///
/// The generated code names `::auth_core`. If the dependency has another name, as with
/// `auth = { package = "auth-core", .. }`, write once in the root of the crate:
///
/// ```text
/// extern crate auth as auth_core;
/// ```
///
/// If it is re-exported by another crate, say where it is: `crate = path` in front of the list, as
/// in `#[requires(crate = my_framework::auth_core, role = Admin)]`, and likewise in `#[public]`,
/// `#[check]`, `requirement!` and `#[roles(crate = ..)]` of the derives.
#[proc_macro_attribute]
pub fn requires(arguments: TokenStream, item: TokenStream) -> TokenStream {
    entry::requires(&arguments.into(), item.into()).into()
}

/// Leaves a handler open to everyone, on purpose.
///
/// ```text
/// #[public(reason = "liveness probe")]
/// async fn health() -> &'static str { "ok" }
/// ```
///
/// A handler with neither this nor [`#[requires]`](macro@requires) does not compile into a route.
/// What is public shows up in every listing, with the reason.
///
/// | argument | takes |
/// |---|---|
/// | `reason` | `= ".."`: why it may be open; may be left away, not be empty |
/// | `crate` | `= path`: where `auth_core` is, if it is re-exported |
///
/// It can be wherever `#[requires]` can be on a handler.
///
/// None of its extractors may ask for a caller: with an `Identity`, a `CurrentUser<U>`, `Claims<T>` or a
/// `Guard<P>` it would reject strangers, while every listing says that it lets them in. Write
/// `#[requires(authenticated)]` if only authenticated callers may call it, or take
/// `Option<Identity>` to serve both. The compiler looks at the types of the arguments, of tuples
/// each element; what an extractor *of your own* does with the request cannot be seen: let it take
/// an `Option<Identity>` as well. `Result<Identity, Rejection>` is accepted: there the handler has
/// the rejection in hand.
#[proc_macro_attribute]
pub fn public(arguments: TokenStream, item: TokenStream) -> TokenStream {
    entry::public(&arguments.into(), item.into()).into()
}

/// Makes a handler one of those that finish a sign-in: it takes the credential of a half-finished
/// sign-in, and no other.
///
/// ```text
/// #[pending(second_factor)]
/// async fn enter_code(sign_in: PendingSignIn, Json(code): Json<Code>) -> Result<Session, Wrong> { … }
/// ```
///
/// The credential is that of the scheme which was given to `.pending(..)` of the authenticator's builder,
/// such as a cookie that is set once the password was right. No `#[requires]` accepts it, so a caller
/// between the steps can reach nothing else. A request without it is answered with 401. If it is in a
/// cookie, cross-site requests are rejected as for every cookie.
///
/// | argument | takes |
/// |---|---|
/// | `second_factor` | nothing: what the sign-in lacks; shown in every listing |
/// | `crate` | `= path`: where `auth_core` is, if it is re-exported |
///
/// It can be wherever `#[requires]` can be on a handler. The handler takes `PendingSignIn`, which says
/// whose sign-in it is. An `Identity`, a `CurrentUser<U>`, `Claims<T>` or a `Guard<P>` among its arguments
/// is a build error: no one has signed in.
#[proc_macro_attribute]
pub fn pending(arguments: TokenStream, item: TokenStream) -> TokenStream {
    entry::pending(&arguments.into(), item.into()).into()
}

/// Makes an `async fn` a condition that [`#[requires(check = ..)]`](macro@requires) can name.
///
/// ```text
/// #[check("the caller placed the order")]
/// async fn placed_order(
///     caller: &Identity,
///     Path(id): Path<u64>,
///     State(db): State<Db>,
/// ) -> Result<bool, ApiError> { … }
///
/// #[requires(any(permission = OrdersCancel, check = placed_order))]
/// async fn cancel(Path(id): Path<u64>) -> StatusCode { … }
/// ```
///
/// The sentence is what documentation and audit events say about it. The parameters are, in any
/// order, `&Identity` at most once and extractors that leave the body alone: a check runs before the
/// body is read, and only if the identity alone does not decide. It returns `bool`, or a
/// `Result<bool, E>` whose `E` is a response; that response, or the rejection of an extractor, is then
/// the answer.
///
/// Only a function under `#[check]` can be named; of any other the compiler says so. The attribute makes a type of
/// the same name beside the function, and that type is what `check = placed_order` names. So a plain function called
/// `placed_order` does not hide a check of that name that a glob (`use checks::*`) brings into scope: the check runs.
/// Import checks by name, and the compiler rejects the second definition.
///
/// The function stays what it is and can be called and tested as such. It cannot be generic.
/// `crate = path` behind the sentence says where `auth_core` is, if it is re-exported.
#[proc_macro_attribute]
pub fn check(arguments: TokenStream, item: TokenStream) -> TokenStream {
    entry::check(arguments.into(), item.into()).into()
}

/// A requirement as a value, in the grammar of [`#[requires]`](macro@requires).
///
/// ```text
/// let admin = Router::new()
///     .route("/audit", get(audit_trail))
///     .require(requirement!(role = Admin, acr = "mfa"));
/// ```
///
/// It is a constant expression, checked at compile time like the attribute: a
/// [`Requirement`](https://docs.rs/auth-core/latest/auth_core/enum.Requirement.html).
///
/// With a `check` in it, it is for `Router::require` alone, since a check takes what it needs from the
/// request of an endpoint and the state of its router: `.require(requirement!(check = project_member))`.
#[proc_macro]
pub fn requirement(arguments: TokenStream) -> TokenStream {
    entry::requirement(&arguments.into()).into()
}

/// Handlers of one path for `Router::routes`, under the method and the path that
/// `#[utoipa::path(..)]` names: `routes!(list, place)`.
///
/// The form is that of `utoipa-axum`'s macro. Each handler is under `#[requires(..)]` or
/// `#[public]`, and under `#[utoipa::path(..)]` of `utoipa` 6. `routes!(crate = path, list)` says
/// where `auth_core` is, if it is re-exported. `Router::routes` of `auth-core` shows an example that
/// runs.
#[proc_macro]
pub fn routes(arguments: TokenStream) -> TokenStream {
    routes::expand(arguments.into()).into()
}
