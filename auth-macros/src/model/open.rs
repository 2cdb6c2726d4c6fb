//! The extractors of a handler under `#[public]` or `#[pending]`: none of them may ask for a caller.
//!
//! Such a handler would answer 401 to strangers, while every listing says that it lets them in.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::{Attribute, FnArg, GenericParam, Type};

use super::caller::bare;
use super::handler::Declares;
use crate::parse::function::Function;
use crate::parse::show;
use crate::report::{Message, Report};

/// One extractor of a handler.
pub(crate) struct Extractor<'a> {
    /// The attributes of the parameter.
    pub(crate) attributes: &'a [Attribute],
    pub(crate) ty: &'a Type,
    /// Whether the type can be named outside of the function, so that the compiler can look at it.
    pub(crate) has_a_name: bool,
}

/// The extractors that the parameters are: those of a tuple one by one.
pub(crate) fn extractors(function: &Function) -> Vec<Extractor<'_>> {
    let generics: Vec<&Ident> = generics(function).collect();
    let parameters = function.signature.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(parameter) => Some(parameter),
        FnArg::Receiver(_) => None,
    });
    let single = parameters.flat_map(|parameter| {
        single(&parameter.ty).into_iter().map(|ty| (parameter.attrs.as_slice(), ty))
    });
    single
        .map(|(attributes, ty)| {
            let has_a_name = !is_bound(ty.to_token_stream(), &generics);
            Extractor { attributes, ty, has_a_name }
        })
        .collect()
}

/// Reports the extractors that need a caller by their names, where the compiler cannot look at
/// their types.
pub(super) fn check(declares: Declares, function: &Function, report: &mut Report) {
    for extractor in extractors(function).iter().filter(|extractor| !extractor.has_a_name) {
        let Type::Path(path) = extractor.ty else { continue };
        let Some(last) = path.path.segments.last() else { continue };
        if ["CurrentUser", "Claims"].iter().all(|name| last.ident != name) {
            continue;
        }
        let ty = show::tokens(extractor.ty);
        let message = if declares == Declares::Pending {
            Message::new(format_args!(
                "`{ty}` is not there under `#[pending]`: the sign-in is not finished"
            ))
            .help("take `PendingSignIn`, which says whose sign-in it is")
        } else {
            Message::new(format_args!(
                "`#[public]` lets every request in, but `{ty}` rejects a request without a credential"
            ))
            .help("write `#[requires(authenticated)]` if only authenticated callers may call it")
            .help(format_args!("write `Option<{ty}>` to serve callers with and without a credential"))
        };
        report.on(extractor.ty, message);
    }
}

fn single(ty: &Type) -> Vec<&Type> {
    match bare(ty) {
        Type::Tuple(tuple) => tuple.elems.iter().flat_map(single).collect(),
        other => vec![other],
    }
}

/// The names of the function's type parameters and constants.
fn generics(function: &Function) -> impl Iterator<Item = &Ident> {
    function.signature.generics.params.iter().filter_map(|parameter| match parameter {
        GenericParam::Type(parameter) => Some(&parameter.ident),
        GenericParam::Const(parameter) => Some(&parameter.ident),
        GenericParam::Lifetime(_) => None,
    })
}

/// Whether a type has a meaning only in the signature of its function.
fn is_bound(ty: TokenStream, generics: &[&Ident]) -> bool {
    ty.into_iter().any(|token| match token {
        TokenTree::Group(group) => is_bound(group.stream(), generics),
        TokenTree::Ident(ident) => ident == "impl" || generics.iter().any(|it| **it == ident),
        TokenTree::Punct(punct) => matches!(punct.as_char(), '&' | '\''),
        TokenTree::Literal(_) => false,
    })
}
