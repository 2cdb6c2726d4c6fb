//! Names the `.await` that keeps a handler from being `Send`.
//!
//! Without it the user only reads that the trait `Handler` is not implemented, at the route.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens as _, format_ident, quote_spanned};
use syn::{Attribute, FnArg};

use super::Runtime;
use crate::parse::function::Function;

/// As many parameters as the runtime knows handlers with, the guard counted.
const MAX_PARAMETERS: usize = 16;

/// A statement that compiles only if the handler's future is `Send`.
///
/// It takes the handler as a function pointer, whose types the compiler infers, so that no type is
/// written twice; a closure that calls the handler says the same and costs twice the time. Empty
/// where there is no such pointer, or another macro may still change the signature.
pub(super) fn demand(function: &Function, runtime: &Runtime) -> TokenStream {
    let signature = &function.signature;
    let parameters = signature.inputs.len() + 1;
    if parameters > MAX_PARAMETERS
        || !signature.generics.params.is_empty()
        || !signature.inputs.iter().all(has_one_type)
        || !function.attributes.iter().all(leaves_the_signature)
    {
        return TokenStream::new();
    }
    let ident = &signature.ident;
    let at = runtime.at(ident.span());
    let demand = format_ident!("demand_send_{parameters}", span = ident.span());
    let lints = function.attributes.iter().any(|attribute| attribute.path().is_ident("deprecated"));
    let lints = lints.then(|| quote_spanned!(ident.span()=> #[allow(deprecated)]));
    quote_spanned!(ident.span()=> #lints #at::#demand(#ident);)
}

/// Whether the parameter is always there and of one type, for every call.
fn has_one_type(input: &FnArg) -> bool {
    let FnArg::Typed(typed) = input else { return false };
    typed.attrs.is_empty()
        && !has(typed.ty.to_token_stream(), &|token| match token {
            TokenTree::Ident(ident) => ident == "impl",
            TokenTree::Punct(punct) => matches!(punct.as_char(), '&' | '\''),
            _ => false,
        })
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
    has(tokens, &|token| matches!(token, TokenTree::Ident(ident) if ident == "impl"))
}

fn has(tokens: TokenStream, wanted: &impl Fn(&TokenTree) -> bool) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Group(group) => has(group.stream(), wanted),
        token => wanted(&token),
    })
}
