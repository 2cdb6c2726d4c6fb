//! The attributes and derives of `auth-core`.

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
