//! The attributes and derives of `auth-core`.

mod entry;
mod expand;
mod hash;
mod keyword;
mod model;
mod parse;
mod report;

use proc_macro::TokenStream;

macro_rules! placeholder_derives {
    ($($name:ident $attribute:ident $function:ident)+) => {$(
        /// Not written yet.
        #[proc_macro_derive($name, attributes($attribute))]
        pub fn $function(_input: TokenStream) -> TokenStream {
            TokenStream::new()
        }
    )+};
}
placeholder_derives! { Roles role roles Permissions permission permissions Scopes scope scopes Groups group groups }

/// | `role` | `permission` |
#[proc_macro_attribute]
pub fn requires(arguments: TokenStream, item: TokenStream) -> TokenStream {
    entry::requires(arguments.into(), item.into()).into()
}

/// Not written yet.
#[proc_macro_attribute]
pub fn public(arguments: TokenStream, item: TokenStream) -> TokenStream {
    entry::public(arguments.into(), item.into()).into()
}

/// Not written yet.
#[proc_macro_attribute]
pub fn check(arguments: TokenStream, item: TokenStream) -> TokenStream {
    entry::check(arguments.into(), item.into()).into()
}

/// Not written yet.
#[proc_macro]
pub fn requirement(arguments: TokenStream) -> TokenStream {
    entry::requirement(arguments.into()).into()
}
