//! Names the `.await` that keeps a handler from being `Send`.
//!
//! Without it the user only reads that the trait `Handler` is not implemented, at the route.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{format_ident, quote_spanned};
use syn::Attribute;

use super::Runtime;
use crate::parse::function::Function;

/// A closure that is never called and compiles only if the future is `Send`.
///
/// The closure infers its parameters from the handler, so that no type is written twice. Empty
/// where the types cannot be inferred or another macro may still change the signature.
pub(super) fn demand(function: &Function, runtime: &Runtime) -> TokenStream {
    let signature = &function.signature;
    let generic = !signature.generics.params.is_empty()
        || signature.inputs.iter().any(|input| mentions_impl(quote::quote!(#input)));
    let conditional = signature.inputs.iter().any(|input| match input {
        syn::FnArg::Typed(typed) => !typed.attrs.is_empty(),
        syn::FnArg::Receiver(_) => true,
    });
    if generic || conditional || !function.attributes.iter().all(leaves_the_signature) {
        return TokenStream::new();
    }
    let mixed = Span::mixed_site();
    let names: Vec<_> = (0..=signature.inputs.len())
        .map(|index| format_ident!("__argument_{index}", span = mixed))
        .collect();
    let ident = &signature.ident;
    let at = runtime.at(ident.span());
    let demand = quote_spanned!(ident.span()=> #at::demand_send(&#ident(#(#names),*)));
    let lints = function.attributes.iter().any(|attribute| attribute.path().is_ident("deprecated"));
    let lints = lints.then(|| quote_spanned!(mixed=> #[allow(deprecated)]));
    quote_spanned!(mixed=> #lints let _ = |#(#names),*| #demand;)
}

/// Whether the attribute is known not to add, remove or retype a parameter.
fn leaves_the_signature(attribute: &Attribute) -> bool {
    const HARMLESS: [&str; 16] = [
        "allow",
        "cfg",
        "check",
        "cold",
        "debug_handler",
        "deny",
        "deprecated",
        "doc",
        "expect",
        "forbid",
        "inline",
        "instrument",
        "must_use",
        "path",
        "track_caller",
        "warn",
    ];
    let last = attribute.path().segments.last();
    last.is_some_and(|last| HARMLESS.iter().any(|harmless| last.ident == harmless))
}

/// Whether there is an `impl Trait` in a type.
pub(super) fn mentions_impl(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == "impl",
        TokenTree::Group(group) => mentions_impl(group.stream()),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}
