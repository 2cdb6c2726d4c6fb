//! `routes!(handler, ..)`: handlers with what `#[utoipa::path(..)]` made beside them.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote_spanned};
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Path, PathArguments, Token};

use crate::expand::Runtime;

struct Input {
    krate: Option<Path>,
    handlers: Punctuated<Path, Token![,]>,
}

impl Parse for Input {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut krate = None;
        if input.peek(Token![crate]) && input.peek2(Token![=]) {
            input.parse::<Token![crate]>()?;
            input.parse::<Token![=]>()?;
            krate = Some(input.call(Path::parse_mod_style)?);
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        let handlers = Punctuated::parse_terminated(input)?;
        if handlers.is_empty() {
            return Err(syn::Error::new(
                Span::call_site(),
                "`routes!` takes at least one handler\nhelp: write `routes!(list, place)`",
            ));
        }
        Ok(Self { krate, handlers })
    }
}

pub(crate) fn expand(arguments: TokenStream) -> TokenStream {
    let Input { krate, handlers } = match syn::parse2(arguments) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    let runtime = Runtime::new(krate.as_ref());
    let mut expanded = quote_spanned!(Span::mixed_site()=> #runtime::documented_routes());
    for handler in &handlers {
        let described = described(handler);
        let span = handler.segments.last().map_or_else(Span::call_site, |it| it.ident.span());
        let adding = quote_spanned!(span=> .handler::<#described, _, _>(#handler));
        expanded.extend(adding);
    }
    expanded
}

/// The type that `#[utoipa::path(..)]` puts beside a function: `orders::__path_list` for
/// `orders::list`.
fn described(handler: &Path) -> Path {
    let mut path = handler.clone();
    if let Some(last) = path.segments.last_mut() {
        let name: Ident = last.ident.unraw();
        last.ident = format_ident!("__path_{}", name, span = last.ident.span());
        last.arguments = PathArguments::None;
    }
    path
}
