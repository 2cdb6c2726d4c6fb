//! The constants that a requirement consists of.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{LitStr, Path};

use super::Runtime;
use crate::hash::fnv1a;
use crate::keyword::Kind;
use crate::model::{Name, NameValue, Policy, Requirement};
use crate::parse::syntax::Ends;

/// Constants that end in `__REQUIREMENT`, in a scope of their own.
///
/// Each name is a constant for itself, so that all of those that do not exist are reported, each at
/// its own place.
pub(super) fn constants(policy: &Policy, runtime: &Runtime, ends: Ends) -> TokenStream {
    let tables = tables(policy, runtime);
    let names = policy.names.iter().enumerate().map(|(index, name)| match &name.value {
        NameValue::Text(text) => on_the_wire(policy, index, name, text, runtime),
        NameValue::Path(path) => variant(index, name, path, runtime),
    });
    let tree = tree(&policy.requirement, policy, runtime);
    let sound = sound(policy, runtime, ends);
    quote_spanned! {Span::mixed_site()=>
        #tables
        #(#names)*
        const __REQUIREMENT: #runtime::Requirement = #tree;
        #sound
    }
}

/// The requirement as an expression that can stand wherever a constant can.
pub(crate) fn value(policy: &Policy, runtime: &Runtime, ends: Ends) -> TokenStream {
    let constants = constants(policy, runtime, ends);
    quote_spanned!(Span::mixed_site()=> { #constants __REQUIREMENT })
}

/// One constant for each enum in which a text is looked up: if there is no such enum, it is said
/// once, at the first text.
fn tables(policy: &Policy, runtime: &Runtime) -> TokenStream {
    looked_up(policy)
        .map(|(kind, span)| {
            let table = table_const(kind);
            let enum_name = Ident::new(kind.enum_name(), span);
            let find = table_function(kind);
            let at = runtime.at(span);
            quote_spanned! {Span::mixed_site()=>
                const #table: &#runtime::NameTable = #at::#find::<#enum_name>();
            }
        })
        .collect()
}

/// The kinds of which there is a text, with the place of the first.
fn looked_up(policy: &Policy) -> impl Iterator<Item = (Kind, Span)> {
    let kinds = [Kind::Role, Kind::Permission, Kind::Scope, Kind::Group];
    kinds.into_iter().filter_map(|kind| {
        let first = policy
            .names
            .iter()
            .find(|name| name.kind == kind && matches!(name.value, NameValue::Text(_)))?;
        Some((kind, first.span()))
    })
}

/// The look-up of a text, and what says that there is no such name.
fn on_the_wire(
    policy: &Policy,
    index: usize,
    name: &Name,
    text: &LitStr,
    runtime: &Runtime,
) -> TokenStream {
    let mixed = Span::mixed_site();
    let at = runtime.at(name.span());
    let ident = name_const(index);
    let table = table_const(name.kind);
    let hash = Literal::u64_suffixed(fnv1a(&text.value()));
    let others = looked_up(policy).filter(|(kind, _)| *kind != name.kind);
    let others = others.map(|(kind, _)| table_const(kind));
    let arguments = quote_spanned!(mixed=> #ident, #text, &[#(#others),*]);
    let exists = quote_spanned!(name.span()=> #at::exists(#arguments));
    quote_spanned! {mixed=>
        const #ident: #runtime::NameRef = #runtime::find(#table, #text, #hash);
        const _: () = #exists;
    }
}

/// The name behind a variant, and what says that it is of another kind.
fn variant(index: usize, name: &Name, path: &Path, runtime: &Runtime) -> TokenStream {
    let mixed = Span::mixed_site();
    let at = runtime.at(name.span());
    let ident = name_const(index);
    let kind = Ident::new(name.kind.enum_name(), mixed);
    let reference = quote_spanned!(name.span()=> #path.__auth_name());
    let arguments = quote_spanned!(mixed=> #ident, #runtime::NameKind::#kind);
    let is_of_kind = quote_spanned!(name.span()=> #at::is_of_kind(#arguments));
    quote_spanned! {mixed=>
        const #ident: #runtime::NameRef = { use #runtime::NotAName as _; #reference };
        const _: () = #is_of_kind;
    }
}

fn tree(requirement: &Requirement, policy: &Policy, runtime: &Runtime) -> TokenStream {
    let list = |parts: &[Requirement]| -> Vec<TokenStream> {
        parts.iter().map(|part| tree(part, policy, runtime)).collect()
    };
    let mixed = Span::mixed_site();
    let name = quote_spanned!(mixed=> #runtime::Requirement);
    match requirement {
        Requirement::Nobody => quote_spanned!(mixed=> #name::Any(&[])),
        Requirement::Authenticated => quote_spanned!(mixed=> #name::Authenticated),
        Requirement::Name(index) => {
            let ident = name_const(*index);
            quote_spanned!(mixed=> #name::Name(#ident))
        }
        Requirement::Acr(text) => quote_spanned!(mixed=> #name::Acr(#text)),
        Requirement::MaxAge(seconds) => {
            let seconds = Literal::u64_suffixed(*seconds);
            quote_spanned!(mixed=> #name::MaxAge(#seconds))
        }
        Requirement::Check(slot) => {
            let path = policy.checks.get(*slot);
            let slot = slot_literal(*slot);
            quote_spanned! {mixed=>
                #name::Check { slot: #slot, check: <#path as #runtime::NamedCheck>::INFO }
            }
        }
        Requirement::All(parts) => {
            let parts = list(parts);
            quote_spanned!(mixed=> #name::All(&[#(#parts),*]))
        }
        Requirement::Any(parts) => {
            let parts = list(parts);
            quote_spanned!(mixed=> #name::Any(&[#(#parts),*]))
        }
        Requirement::Not(part) => {
            let part = tree(part, policy, runtime);
            quote_spanned!(mixed=> #name::Not(&#part))
        }
    }
}

/// The analysis of the whole; a single requirement makes sense on its own.
fn sound(policy: &Policy, runtime: &Runtime, ends: Ends) -> TokenStream {
    if policy.leaves() < 2 || policy.is_broken() {
        return TokenStream::new();
    }
    // The call reaches from the first to the last argument, and so does the error.
    let mixed = Span::mixed_site();
    let at = runtime.at(ends.first);
    let argument = quote_spanned!(mixed=> &__REQUIREMENT);
    let function = quote_spanned!(ends.first=> #at::assert_sound);
    let arguments = quote_spanned!(ends.last=> (#argument));
    let call = quote!(#function #arguments);
    let texts = policy.names.iter().enumerate();
    let texts = texts.filter(|(_, name)| matches!(name.value, NameValue::Text(_)));
    let names: Vec<Ident> = texts.map(|(index, _)| name_const(index)).collect();
    if names.is_empty() {
        return quote_spanned!(mixed=> const _: () = #call;);
    }
    quote_spanned! {mixed=>
        const _: () = if #runtime::all_exist(&[#(#names),*]) {
            #call;
        };
    }
}

/// The literal of a check's position.
pub(super) fn slot_literal(slot: usize) -> Literal {
    Literal::u8_suffixed(u8::try_from(slot).unwrap_or(u8::MAX))
}

fn name_const(index: usize) -> Ident {
    format_ident!("__NAME_{index}", span = Span::mixed_site())
}

fn table_const(kind: Kind) -> Ident {
    let name = format!("__{}S", kind.enum_name().to_ascii_uppercase());
    Ident::new(&name, Span::mixed_site())
}

fn table_function(kind: Kind) -> Ident {
    let name = format!("{}s_of", kind.enum_name().to_ascii_lowercase());
    Ident::new(&name, Span::mixed_site())
}
