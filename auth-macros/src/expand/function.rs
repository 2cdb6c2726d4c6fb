//! A function that asks for itself whether its caller may.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};
use syn::ReturnType;
use syn::spanned::Spanned as _;

use super::{Runtime, documentation, handler, requirement, send};
use crate::model::{Caller, Policy};
use crate::parse::syntax::Ends;

/// The function with the decision as the first thing in its body.
pub(crate) fn caller(
    caller: Caller,
    policy: &Policy,
    ends: Ends,
    runtime: &Runtime,
) -> TokenStream {
    let mixed = Span::mixed_site();
    let Caller { mut function, identity, pattern } = caller;
    let info = handler::info(&function, runtime);
    documentation::append_to_function(&mut function, policy);

    let constant = requirement::constant(policy, runtime, ends);
    let rebind = pattern.map(|pattern| quote_spanned!(mixed=> let #pattern = #identity;));
    // An error type that cannot hold the rejection is reported where it is written.
    let output = match &function.signature.output {
        ReturnType::Type(_, output) => output.span(),
        ReturnType::Default => mixed,
    };
    let at = runtime.at(output);
    let arguments = quote_spanned!(mixed=> &__REQUIREMENT, #identity, &__HANDLER);
    let ask = match &function.signature.output {
        // A trait says more than `?` does, but it cannot stand for a type that has no name yet.
        ReturnType::Type(_, ty) if !send::mentions_impl(ty.to_token_stream()) => {
            let error = quote_spanned!(mixed=> __error);
            let refuse = quote_spanned!(output=> #at::Refuse::refuse(#error));
            quote_spanned! {mixed=>
                if let #runtime::core::result::Result::Err(__error) = #runtime::require(#arguments) {
                    return #refuse;
                }
            }
        }
        _ => quote_spanned!(output=> #at::require(#arguments)?),
    };

    let (inner, body) = opened(function.body.clone());
    let mut block = Group::new(
        Delimiter::Brace,
        quote_spanned! {mixed=>
            #inner
            {
                #constant
                const __HANDLER: #runtime::HandlerInfo = #runtime::handler(#info);
                #ask
            }
            #rebind
            { #body }
        },
    );
    block.set_span(function.body.span());
    function.body = TokenTree::Group(block).into();
    function.into_token_stream()
}

/// The inner attributes and the rest of a body.
fn opened(body: TokenStream) -> (TokenStream, TokenStream) {
    let mut tokens = body.into_iter();
    let mut rest = match tokens.next() {
        // What `macro_rules!` hands over as `$body:block` has invisible parentheses around it.
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::None => {
            return opened(group.stream());
        }
        Some(TokenTree::Group(group)) => group.stream().into_iter(),
        _ => TokenStream::new().into_iter(),
    };
    let mut inner = TokenStream::new();
    loop {
        // `#![..]`: nothing else in a body begins with these two.
        let mut ahead = rest.clone();
        let sign = |token: Option<TokenTree>, wanted| matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == wanted);
        if !(sign(ahead.next(), '#') && sign(ahead.next(), '!')) {
            return (inner, rest.collect());
        }
        inner.extend(rest.by_ref().take(3));
    }
}
