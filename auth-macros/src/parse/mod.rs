//! From tokens to syntax: what was written, with the place where it is.
//!
//! Nothing here knows what a requirement means; `model` does.

pub(crate) mod argument;
pub(crate) mod csrf;
mod factor;
pub(crate) mod function;
mod migration_hints;
pub(crate) mod requirement;
pub(crate) mod show;
pub(crate) mod step;
pub(crate) mod syntax;
mod value;

use proc_macro2::{TokenStream, TokenTree};
use syn::parse::{ParseStream, Parser as _};
use syn::{Token, parse::Parse};

/// Runs `read` over all of `tokens`.
///
/// `read` reports what is wrong on its own and goes on to the end, so there is no error to return.
pub(crate) fn all<T: Default>(tokens: TokenStream, read: impl FnOnce(ParseStream<'_>) -> T) -> T {
    (|input: ParseStream<'_>| Ok(read(input))).parse2(tokens).unwrap_or_default()
}

/// Takes one token, whatever it is.
fn bump(input: ParseStream<'_>) -> Option<TokenTree> {
    TokenTree::parse(input).ok()
}

/// Goes on behind the next comma: where reading can start again after an error.
fn skip_item(input: ParseStream<'_>) {
    while !input.is_empty() && !input.peek(Token![,]) {
        bump(input);
    }
    if !input.is_empty() {
        bump(input);
    }
}

/// The tokens up to the next comma, without taking them.
fn rest_of_item(input: ParseStream<'_>) -> TokenStream {
    let ahead = input.fork();
    let mut rest = TokenStream::new();
    while !ahead.is_empty() && !ahead.peek(Token![,]) {
        rest.extend(bump(&ahead));
    }
    rest
}
