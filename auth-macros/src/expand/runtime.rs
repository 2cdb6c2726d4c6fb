//! Where the generated code finds the runtime.

use proc_macro2::{Group, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::Path;

/// `::auth_core::__private`, or the same below `crate = path`.
///
/// Token by token: a stream would be copied by the compiler for each of its many uses.
pub(crate) struct Runtime(Vec<TokenTree>);

impl Runtime {
    pub(crate) fn new(krate: Option<&Path>) -> Self {
        let hygienic =
            krate.map_or_else(|| spanned(quote!(::auth_core), mixed), Path::to_token_stream);
        let private = spanned(quote!(::__private), mixed);
        Self(hygienic.into_iter().chain(private).collect())
    }

    /// The same at a place of the user's, so that the compiler points there, and says nothing of a
    /// macro, when what follows is wrong.
    pub(crate) fn at(&self, place: Span) -> Self {
        Self(spanned(self.0.iter().cloned().collect(), |_| place).into_iter().collect())
    }
}

impl ToTokens for Runtime {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(self.0.iter().cloned());
    }
}

fn mixed(_: Span) -> Span {
    Span::mixed_site()
}

/// `tokens` with each span replaced.
pub(super) fn spanned(tokens: TokenStream, span: impl Fn(Span) -> Span + Copy) -> TokenStream {
    tokens
        .into_iter()
        .map(|mut token| {
            if let TokenTree::Group(group) = &token {
                let mut inner = Group::new(group.delimiter(), spanned(group.stream(), span));
                inner.set_span(span(group.span()));
                token = TokenTree::Group(inner);
            } else {
                token.set_span(span(token.span()));
            }
            token
        })
        .collect()
}
