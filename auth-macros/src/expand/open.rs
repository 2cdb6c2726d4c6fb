//! Demands of a handler under `#[public]` or `#[pending]` that none of its extractors asks for a caller.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::spanned::Spanned as _;

use super::{Runtime, handler};
use crate::model::open::extractors;
use crate::parse::function::Function;

/// The attribute that the handler is under.
#[derive(Clone, Copy)]
pub(super) enum Of {
    Public,
    Pending,
}

/// One statement for each extractor, which compiles only if the extractor serves everyone, or someone
/// whose sign-in is half finished.
///
/// The compiler decides by the type, so that an alias is no way around it.
pub(super) fn demand(function: &Function, of: Of, runtime: &Runtime) -> TokenStream {
    let mixed = Span::mixed_site();
    let extractors = extractors(function);
    let statements = extractors.iter().filter(|extractor| extractor.has_a_name).map(|extractor| {
        let (ty, span) = (extractor.ty, extractor.ty.span());
        let only_if = handler::conditions(extractor.attributes);
        let at = runtime.at(span);
        match of {
            Of::Public => {
                quote_spanned!(span=> #only_if let _ = #at::Extractor::<#ty>::serves_everybody;)
            }
            Of::Pending => {
                quote_spanned!(span=> #only_if let _ = #at::AtPending::<#ty>::serves_pending;)
            }
        }
    });
    let statements: TokenStream = statements.collect();
    if statements.is_empty() {
        return statements;
    }
    match of {
        Of::Public => quote_spanned!(mixed=> { use #runtime::ServesEverybody as _; #statements }),
        Of::Pending => quote_spanned!(mixed=> { use #runtime::ServesPending as _; #statements }),
    }
}
