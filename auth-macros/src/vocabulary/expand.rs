//! From the model to code.
//!
//! Every path starts at `__private`, which is all that the output takes for granted: neither a
//! prelude nor the usual meaning of `Option` or `u16`. Generated words carry the span of the derive
//! (which keeps lints for user code off them); only words that the user wrote keep their own, since
//! that is where a message about them belongs.

use proc_macro2::{Literal, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Ident, LitStr};

use super::attribute::Word;
use super::model::{Brought, Model, Name};
use crate::hash::fnv1a;
use crate::kind::AuthorityKind;

pub(super) fn expand(model: &Model) -> TokenStream {
    let Model { ident, .. } = model;
    let p = private(Span::mixed_site());
    let krate = model.krate.as_ref().map_or_else(|| quote!(::auth_core), ToTokens::to_token_stream);
    let count = Literal::usize_unsuffixed(model.names.len());
    let kind = Ident::new(model.kind.variant(), Span::mixed_site());
    let derive = Ident::new(model.kind.derive(), Span::mixed_site());
    let of_kind = format_ident!("__auth_{}", model.kind.word(), span = Span::mixed_site());
    let enum_name = ident.unraw().to_string();

    let mut constants = Vec::new();
    let infos: Vec<TokenStream> =
        model.names.iter().map(|name| info(name, &p, &mut constants)).collect();
    let by_hash = model.by_hash.iter().map(|(hash, position)| {
        let (hash, position) = (Literal::u64_unsuffixed(*hash), Literal::u16_unsuffixed(*position));
        quote!((#hash, #position))
    });
    let (brought, implied) = brought(model, &p, &count);
    let position = position(model, &p);
    let units = units(model);

    quote! {
        const _: () = {
            // Named once: a wrong `crate = ..` is one error.
            use #krate::__private as #p;
            #brought
            #(#constants)*
            // A static: the compiler looks through every constant that leads here, down to the last
            // name, but through a static only once.
            static __TABLE: #p::AuthorityTable = #p::AuthorityTable {
                kind: #p::AuthorityKind::#kind,
                id: #p::id_of::<#ident>,
                enum_name: #enum_name,
                type_name: #p::core::any::type_name::<#ident>,
                names: &__NAMES,
                by_hash: &[#(#by_hash),*],
                closure: &__CLOSURE,
                implied: #implied,
            };
            const __NAMES: [#p::AuthorityInfo; #count] = [#(#infos),*];
            const __CLOSURE: [#p::core::primitive::u64; #count * #p::words(#count)] = #p::close(&__NAMES);

            #units

            #[automatically_derived]
            impl #p::Authority for #ident {
                const KIND: #p::AuthorityKind = #p::AuthorityKind::#kind;
                const COUNT: #p::core::primitive::usize = #count;
                const TABLE: &'static #p::AuthorityTable = &__TABLE;
                fn index(self) -> #p::core::primitive::u16 {
                    self.__auth_index()
                }
            }

            #[automatically_derived]
            impl #p::#derive for #ident {}

            #[automatically_derived]
            impl #ident {
                #[doc(hidden)]
                #[must_use]
                pub const fn __auth_index(self) -> #p::core::primitive::u16 {
                    #position
                }
                #[doc(hidden)]
                #[must_use]
                pub const fn __auth_name(self) -> #p::AuthorityRef {
                    #p::AuthorityRef::new(&__TABLE, self.__auth_index())
                }
                #[doc(hidden)]
                #[must_use]
                pub const fn #of_kind(self) -> #p::AuthorityRef {
                    #p::AuthorityRef::new(&__TABLE, self.__auth_index())
                }
            }
        };
    }
}

/// The alias of `auth_core::__private` inside of the generated block.
fn private(span: Span) -> Ident {
    Ident::new("__auth", span)
}

/// One row of the table; names given as strings are looked up in constants of their own.
fn info(name: &Name, p: &Ident, constants: &mut Vec<TokenStream>) -> TokenStream {
    let Name { wire, doc, .. } = name;
    let variant = name.ident.unraw().to_string();
    let includes =
        name.includes.iter().map(|inclusion| Literal::usize_unsuffixed(inclusion.position));
    let implies: Vec<TokenStream> =
        name.brings.iter().map(|word| position_of(word, p, constants)).collect();
    quote! {
        #p::AuthorityInfo {
            name: #wire,
            variant: #variant,
            doc: #doc,
            includes: &[#(#includes),*],
            implies: &[#(#implies),*],
        }
    }
}

/// The body of `__auth_index`.
fn position(model: &Model, p: &Ident) -> TokenStream {
    if model.counts_from_zero && !model.names.is_empty() {
        // Const evaluation walks through the arms of a `match`, a thousand of them for one name.
        return quote!(self as #p::core::primitive::u16);
    }
    let arms = (0_u16..).zip(&model.names).map(|(position, name)| {
        let (variant, position) = (&name.ident, Literal::u16_unsuffixed(position));
        // The braces match a variant with data too, which has been rejected already: no error twice.
        quote!(Self::#variant { .. } => #position)
    });
    let allow_deprecated = allow_deprecated(model);
    quote!(#allow_deprecated match self { #(#arms,)* })
}

/// Every variant as it is declared and as `includes(..)` names it.
///
/// The first keeps `dead_code` quiet, since a token may carry any of the names; the second is where
/// editors find and rename an included variant. Neither is ever read.
fn units(model: &Model) -> TokenStream {
    let ident = &model.ident;
    let declared = model.names.iter().filter(|name| name.unit).map(|name| &name.ident);
    let included = model.names.iter().flat_map(|name| &name.includes).filter_map(|inclusion| {
        let unit = model.names.get(inclusion.position).is_some_and(|name| name.unit);
        unit.then_some(&inclusion.variant)
    });
    let variants = declared.chain(included);
    let allow_deprecated = allow_deprecated(model);
    quote!(#allow_deprecated const _: &[#ident] = &[#(#ident::#variants),*];)
}

/// Only where it is needed: it could contradict a `forbid` of the user's.
fn allow_deprecated(model: &Model) -> Option<TokenStream> {
    model.names.iter().any(|name| name.deprecated).then(|| quote!(#[allow(deprecated)]))
}

/// The position of a name in the table of the other enum.
fn position_of(word: &Word, p: &Ident, constants: &mut Vec<TokenStream>) -> TokenStream {
    match word {
        Word::Bare(variant) => quote!(<__Brought>::__auth_index(<__Brought>::#variant)),
        // A variant of a third enum is an error at the path.
        Word::Path(path) => quote!({
            let name: __Brought = #path;
            <__Brought>::__auth_index(name)
        }),
        Word::Wire(literal) => {
            let constant = format_ident!("__NAME_{}", constants.len(), span = Span::mixed_site());
            constants.push(lookup(&constant, literal, p));
            constant.to_token_stream()
        }
    }
}

/// A constant by itself, so that each unknown string is reported, at the string.
fn lookup(constant: &Ident, literal: &LitStr, p: &Ident) -> TokenStream {
    let hash = Literal::u64_unsuffixed(fnv1a(&literal.value()));
    // Const evaluation reports at the call, and in a span of the derive's at the derive itself.
    let span = literal.span();
    let at = private(span);
    let found = format_ident!("{constant}_FOUND");
    let exists = quote_spanned!(span=> #at::exists(__BROUGHT, #literal, #hash, &[]));
    quote! {
        const #found: #p::AuthorityRef = #p::find(__BROUGHT, #literal, #hash);
        const #constant: #p::core::primitive::u16 = #found.index();
        const _: () = #exists;
    }
}

/// What the rest of the code knows of the other enum, and the field `implied`.
fn brought(model: &Model, p: &Ident, count: &Literal) -> (TokenStream, TokenStream) {
    let none = || (TokenStream::new(), quote!(#p::core::option::Option::None));
    let (Some(kind), Some(brought)) = (model.kind.brings(), &model.brought) else { return none() };
    let (path, span) = match brought {
        Brought::Path(path) => (path.to_token_stream(), path.span()),
        Brought::InScope(span) => {
            let span = Span::mixed_site().located_at(*span);
            (Ident::new(kind.variant(), span).into_token_stream(), span)
        }
    };
    let at = private(span);
    let table = match kind {
        AuthorityKind::Permission => quote_spanned!(span=> #at::permissions_of::<__Brought>()),
        AuthorityKind::Role => quote_spanned!(span=> #at::roles_of::<__Brought>()),
        AuthorityKind::Scope | AuthorityKind::Group | AuthorityKind::Level => return none(),
    };
    let constants = quote! {
        // Named once and by this alias only: where it is missing, that is one error, not one per use.
        type __Brought = #path;
        const __BROUGHT: &#p::AuthorityTable = #table;
        const __IMPLIED: [#p::core::primitive::u64; #count * #p::words(__BROUGHT.len())] =
            #p::compose(&__NAMES, __BROUGHT);
    };
    let implied = quote! {
        #p::core::option::Option::Some(#p::Implied { table: __BROUGHT, rows: &__IMPLIED })
    };
    (constants, implied)
}
