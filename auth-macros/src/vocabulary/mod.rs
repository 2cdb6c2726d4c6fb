//! The derives `Roles`, `Permissions`, `Scopes`, `Groups` and `AuthLevels`.
//!
//! Tokens become syntax that still knows its spans (`parse`, `attribute`), syntax becomes a model
//! in which every name is settled and every inclusion is a position (`model`, `wire_name`, `inclusion`),
//! and the model becomes code (`expand`). Each step tells all that is wrong and goes on with what
//! is right: one build shows every mistake, and the code that names the enum elsewhere still finds
//! its implementation, so that no follow-up errors bury the real ones.

mod attribute;
mod cycles;
mod expand;
mod inclusion;
mod model;
mod parse;
mod problems;
mod wire_name;

use proc_macro2::TokenStream;
use quote::quote;

use crate::kind::AuthorityKind;
use problems::Problems;

/// The whole of a derive.
pub(crate) fn derive(kind: AuthorityKind, input: TokenStream) -> TokenStream {
    let mut problems = Problems::default();
    let code = parse::parse(kind, input, &mut problems)
        .map(|syntax| expand::expand(&model::check(syntax, &mut problems)));
    let errors = problems.into_compile_errors();
    quote!(#errors #code)
}
