//! A requirement as an expression, and the constants that hold it against the enums.
//!
//! What is evaluated in a check of the code is kept apart from what is only written down: the tree
//! itself can wait until it is used. So a name is in both; the compiler says what is wrong with
//! it once, since it says nothing twice about one place.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens as _, quote, quote_spanned};
use syn::{LitStr, Path};

use super::{Runtime, checks};
use crate::hash::fnv1a;
use crate::kind::AuthorityKind;
use crate::model::{Factor, Method, Name, NameValue, Policy, Requirement};
use crate::parse::syntax::Ends;

/// The requirement as an expression that can be wherever a constant can: a `Requirement`, or where
/// it has checks what `Router::require` takes.
pub(crate) fn value(policy: &Policy, runtime: &Runtime, ends: Ends) -> TokenStream {
    let constant = constant(policy, runtime, ends);
    let mixed = Span::mixed_site();
    let marker = Ident::new("__Checks", mixed);
    match checks::bridge(&marker, policy, runtime) {
        None => quote_spanned!(mixed=> { #constant __REQUIREMENT }),
        Some(bridge) => quote_spanned! {mixed=>
            {
                #constant
                enum #marker {}
                #bridge
                #runtime::RouterRequirement::<#marker>::new(__REQUIREMENT)
            }
        },
    }
}

/// The requirement as a constant, `__REQUIREMENT`, in a scope of its own.
pub(super) fn constant(policy: &Policy, runtime: &Runtime, ends: Ends) -> TokenStream {
    let mixed = Span::mixed_site();
    let tree = tree(policy, runtime);
    let facts = facts(policy, &quote_spanned!(mixed=> __REQUIREMENT), runtime, ends);
    quote_spanned! {mixed=>
        const __REQUIREMENT: #runtime::Requirement = #tree;
        #(const _: () = #facts;)*
    }
}

/// The tree, for the initializer of a constant: elsewhere the compiler would not keep its lists.
pub(super) fn tree(policy: &Policy, runtime: &Runtime) -> TokenStream {
    let tree = part(&policy.requirement, policy, runtime);
    let mixed = Span::mixed_site();
    let mut imports = checks::imports(&policy.checks, runtime);
    if !policy.names.iter().all(|name| matches!(name.value, NameValue::Text(_))) {
        imports.extend(quote_spanned!(mixed=> use #runtime::NotAName as _;));
    }
    if imports.is_empty() { tree } else { quote_spanned!(mixed=> { #imports #tree }) }
}

fn part(requirement: &Requirement, policy: &Policy, runtime: &Runtime) -> TokenStream {
    let list = |parts: &[Requirement]| -> Vec<TokenStream> {
        parts.iter().map(|inner| part(inner, policy, runtime)).collect()
    };
    let mixed = Span::mixed_site();
    match requirement {
        Requirement::Nobody => quote_spanned!(mixed=> #runtime::Requirement::Any(&[])),
        Requirement::Authenticated => quote_spanned!(mixed=> #runtime::Requirement::Authenticated),
        Requirement::Name(index) => {
            let Some(name) = policy.names.get(*index) else { return TokenStream::new() };
            let reference = reference(name, policy, runtime);
            let variant = if name.kind == AuthorityKind::Level { "Level" } else { "Authority" };
            let variant = Ident::new(variant, mixed);
            quote_spanned!(mixed=> #runtime::Requirement::#variant(#reference))
        }
        Requirement::Method(methods) => {
            let methods = methods.iter().map(|it| method(it, runtime));
            quote_spanned!(mixed=> #runtime::Requirement::Method(&[#(#methods),*]))
        }
        Requirement::Named(index) => {
            let path = policy.named.get(*index);
            path.map(|path| constant_at(path, runtime)).unwrap_or_default()
        }
        Requirement::Acr(text) => {
            let (levels, hash) = (levels(text, runtime), hash(text));
            quote_spanned!(mixed=> #runtime::class(#levels, #text, #hash))
        }
        Requirement::MaxAge(seconds) => {
            let seconds = Literal::u64_suffixed(*seconds);
            quote_spanned!(mixed=> #runtime::Requirement::MaxAge(#seconds))
        }
        Requirement::Mfa => quote_spanned!(mixed=> #runtime::Requirement::Mfa),
        Requirement::Factor(factor) => {
            let required = required_factor(factor, runtime);
            quote_spanned!(mixed=> #runtime::Requirement::Factor(#required))
        }
        Requirement::Check(slot) => {
            let path = policy.checks.get(*slot);
            let check = path.map(|path| checks::info(*slot, path, runtime));
            let slot = slot_literal(*slot);
            quote_spanned! {mixed=>
                #runtime::Requirement::Check {
                    slot: #slot,
                    check: #check,
                }
            }
        }
        Requirement::All(parts) => {
            let parts = list(parts);
            quote_spanned!(mixed=> #runtime::Requirement::All(&[#(#parts),*]))
        }
        Requirement::Any(parts) => {
            let parts = list(parts);
            quote_spanned!(mixed=> #runtime::Requirement::Any(&[#(#parts),*]))
        }
        Requirement::Not(inner) => {
            let inner = part(inner, policy, runtime);
            quote_spanned!(mixed=> #runtime::Requirement::Not(&#inner))
        }
    }
}

/// The method as a value of `Method`. A word has the user's place: so the compiler completes it, and
/// says what was meant where there is no such method.
fn method(method: &Method, runtime: &Runtime) -> TokenStream {
    match method {
        Method::BuiltIn(word) => quote_spanned!(word.span()=> #runtime::Method::#word),
        Method::Text(text) => {
            quote_spanned!(Span::mixed_site()=> #runtime::Method::custom(#text))
        }
        Method::Path(path) => path.to_token_stream(),
    }
}

/// What is required of a factor. As with methods, its words have the user's place.
fn required_factor(factor: &Factor, runtime: &Runtime) -> TokenStream {
    let mixed = Span::mixed_site();
    let words =
        factor.any_of.iter().map(|word| quote_spanned!(word.span()=> #runtime::Factor::#word));
    let within = factor.within.map(|seconds| {
        let seconds = Literal::u64_suffixed(seconds);
        quote_spanned!(mixed=> .within(#seconds))
    });
    quote_spanned!(mixed=> #runtime::RequiredFactor::any_of(&[#(#words),*])#within)
}

/// The name as an `AuthorityRef`.
fn reference(name: &Name, policy: &Policy, runtime: &Runtime) -> TokenStream {
    match &name.value {
        NameValue::Text(text) => {
            let table = table(name.kind, policy, runtime);
            let hash = hash(text);
            quote_spanned!(Span::mixed_site()=> #runtime::find(#table, #text, #hash))
        }
        // The enum in scope has this function if it is of the right kind, and no other enum has it.
        NameValue::Variant(path) => {
            let of_variant = Ident::new(name.kind.of_variant(), name.span());
            quote_spanned!(name.span()=> #path.#of_variant())
        }
        NameValue::Path(path) => quote_spanned!(name.span()=> #path.__auth_name()),
    }
}

/// The enum of the kind that is in scope. If there is none, that is said at the first of the texts
/// that are looked up in it.
fn table(kind: AuthorityKind, policy: &Policy, runtime: &Runtime) -> TokenStream {
    let first = texts(policy).find(|(name, _)| name.kind == kind);
    let span = first.map_or_else(Span::mixed_site, |(name, _)| name.span());
    let at = runtime.at(span);
    let (function, enum_name) = (Ident::new(kind.table(), span), Ident::new(kind.variant(), span));
    quote_spanned!(span=> #at::#function::<#enum_name>())
}

/// What has to hold of `requirement`, each an expression that fails to be evaluated if it does not.
///
/// A constant of its own for each, and all that is wrong is reported, in its own place.
pub(super) fn facts(
    policy: &Policy,
    requirement: &TokenStream,
    runtime: &Runtime,
    ends: Ends,
) -> Vec<TokenStream> {
    let names = policy.names.iter().filter_map(|name| match &name.value {
        NameValue::Text(text) => Some(exists(name, text, policy, runtime)),
        NameValue::Path(_) => Some(is_of_kind(name, policy, runtime)),
        NameValue::Variant(_) => None,
    });
    let mut classes = Vec::new();
    texts_of_classes(&policy.requirement, &mut classes);
    let classes = classes.into_iter().map(|text| is_level(text, runtime));
    let constants = policy.named.iter().map(|path| has_no_check(path, runtime));
    let whole = policy.needs_analysis().then(|| is_sound(requirement, runtime, ends));
    names.chain(classes).chain(constants).chain(whole).collect()
}

/// The levels in scope, if there are any: what `Level` is where the user wrote the text.
///
/// A text is fine without an enum of levels, so `Level` may be missing, or be anything else. What a
/// module has goes before what a glob brings, and an inner block before an outer one: so a stand-in is
/// in the outer block, and all that the user's module has in the inner one.
fn levels(text: &LitStr, runtime: &Runtime) -> TokenStream {
    let mixed = Span::mixed_site();
    let level = Ident::new(AuthorityKind::Level.variant(), text.span());
    quote_spanned! {mixed=>
        {
            #[allow(unused_imports)]
            use #runtime::no_level::*;
            {
                #[allow(unused_imports)]
                use self::*;
                #[allow(unused_imports)]
                use #runtime::NoLevels as _;
                #runtime::LevelsIn::<#level>::TABLE
            }
        }
    }
}

/// The texts of classes that a requirement names.
fn texts_of_classes<'a>(requirement: &'a Requirement, found: &mut Vec<&'a LitStr>) {
    match requirement {
        Requirement::Acr(text) => found.push(text),
        Requirement::All(parts) | Requirement::Any(parts) => {
            for part in parts {
                texts_of_classes(part, found);
            }
        }
        Requirement::Not(part) => texts_of_classes(part, found),
        _ => {}
    }
}

fn is_level(text: &LitStr, runtime: &Runtime) -> TokenStream {
    let at = runtime.at(text.span());
    let (levels, hash) = (levels(text, runtime), hash(text));
    let arguments = quote_spanned!(Span::mixed_site()=> #levels, #text, #hash);
    quote_spanned!(text.span()=> #at::is_level(#arguments))
}

fn exists(name: &Name, text: &LitStr, policy: &Policy, runtime: &Runtime) -> TokenStream {
    let at = runtime.at(name.span());
    let own = table(name.kind, policy, runtime);
    let hash = hash(text);
    let kinds = [
        AuthorityKind::Role,
        AuthorityKind::Permission,
        AuthorityKind::Scope,
        AuthorityKind::Group,
    ]
    .into_iter();
    let others = kinds
        .filter(|kind| *kind != name.kind && texts(policy).any(|(other, _)| other.kind == *kind));
    let others = others.map(|kind| table(kind, policy, runtime));
    let arguments = quote_spanned!(Span::mixed_site()=> #own, #text, #hash, &[#(#others),*]);
    quote_spanned!(name.span()=> #at::exists(#arguments))
}

fn is_of_kind(name: &Name, policy: &Policy, runtime: &Runtime) -> TokenStream {
    let mixed = Span::mixed_site();
    let at = runtime.at(name.span());
    let reference = reference(name, policy, runtime);
    let kind = Ident::new(name.kind.variant(), mixed);
    let arguments = quote_spanned!(mixed=> #reference, #runtime::AuthorityKind::#kind);
    let is_of_kind = quote_spanned!(name.span()=> #at::is_of_kind(#arguments));
    quote_spanned!(mixed=> { use #runtime::NotAName as _; #is_of_kind })
}

/// A check runs for the handler that names it, and a constant has no handler.
fn has_no_check(path: &Path, runtime: &Runtime) -> TokenStream {
    let span = path.segments.last().map_or_else(Span::mixed_site, |last| last.ident.span());
    let at = runtime.at(span);
    let value = constant_at(path, runtime);
    let argument = quote_spanned!(Span::mixed_site()=> &#value);
    quote_spanned!(span=> #at::has_no_check(#argument))
}

/// The constant as one of the right type: what is none is reported once, at its path.
fn constant_at(path: &Path, runtime: &Runtime) -> TokenStream {
    quote_spanned!(Span::mixed_site()=> { const __NAMED: #runtime::Requirement = #path; __NAMED })
}

/// The analysis of the whole.
fn is_sound(requirement: &TokenStream, runtime: &Runtime, ends: Ends) -> TokenStream {
    // The call reaches from the first to the last argument, and so does the error.
    let at = runtime.at(ends.first);
    let argument = quote_spanned!(Span::mixed_site()=> &#requirement);
    let function = quote_spanned!(ends.first=> #at::assert_sound);
    let arguments = quote_spanned!(ends.last=> (#argument));
    quote!(#function #arguments)
}

fn texts(policy: &Policy) -> impl Iterator<Item = (&Name, &LitStr)> {
    policy.names.iter().filter_map(|name| match &name.value {
        NameValue::Text(text) => Some((name, text)),
        NameValue::Variant(_) | NameValue::Path(_) => None,
    })
}

fn hash(text: &LitStr) -> Literal {
    Literal::u64_suffixed(fnv1a(&text.value()))
}

/// The literal of a check's position.
pub(super) fn slot_literal(slot: usize) -> Literal {
    Literal::u8_suffixed(u8::try_from(slot).unwrap_or(u8::MAX))
}
