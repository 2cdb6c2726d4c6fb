//! The attributes and derives of `auth-core`.

mod case;
mod hash;
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

/// Not written yet.
#[proc_macro_attribute]
pub fn requires(_args: TokenStream, item: TokenStream) -> TokenStream {
    item
}
/// Not written yet.
#[proc_macro_attribute]
pub fn public(_args: TokenStream, item: TokenStream) -> TokenStream {
    item
}
/// Not written yet.
#[proc_macro_attribute]
pub fn check(_args: TokenStream, item: TokenStream) -> TokenStream {
    item
}
/// Not written yet.
#[proc_macro]
pub fn requirement(_args: TokenStream) -> TokenStream {
    TokenStream::new()
}
