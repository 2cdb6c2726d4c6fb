//! Where the generated code finds the runtime.

use proc_macro2::{Group, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::Path;

/// `::auth_core::__private`, or the same below `crate = path`.
pub(crate) struct Runtime(TokenStream);

impl Runtime {
    pub(crate) fn new(krate: Option<&Path>) -> Self {
        let hygienic =
            krate.map_or_else(|| spanned(quote!(::auth_core), mixed), Path::to_token_stream);
        let private = spanned(quote!(::__private), mixed);
        Self(quote!(#hygienic #private))
    }

    /// The same at a place of the user's, so that the compiler points there, and says nothing of a
    /// macro, when what follows is wrong.
    pub(crate) fn at(&self, place: Span) -> TokenStream {
        spanned(self.0.clone(), |_| place)
    }
}

impl ToTokens for Runtime {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(self.0.clone());
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
