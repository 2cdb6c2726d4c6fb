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

/// Roles.
#[proc_macro_derive(Roles, attributes(role, roles))]
pub fn derive_roles(input: TokenStream) -> TokenStream {
    vocabulary::derive(Kind::Role, input.into()).into()
}

/// Permissions.
#[proc_macro_derive(Permissions, attributes(permission, permissions))]
pub fn derive_permissions(input: TokenStream) -> TokenStream {
    vocabulary::derive(Kind::Permission, input.into()).into()
}

/// Scopes.
#[proc_macro_derive(Scopes, attributes(scope, scopes))]
pub fn derive_scopes(input: TokenStream) -> TokenStream {
    vocabulary::derive(Kind::Scope, input.into()).into()
}

/// Groups.
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
