//! A handler with its guard in front.

use proc_macro2::{Literal, Span, TokenStream};
use quote::{ToTokens, format_ident, quote_spanned};
use syn::{Attribute, FnArg, Pat, PatType, PatWild, Token, Type};

use super::{Runtime, checks, documentation, open, requirement, send};
use crate::model::Policy;
use crate::parse::csrf::Exemption;
use crate::parse::function::Function;
use crate::parse::syntax::Ends;

/// How many arguments `clippy::too_many_arguments` lets pass.
const CLIPPY_ARGUMENTS: usize = 7;

/// Who may call the handler.
pub(crate) enum Declaration<'a> {
    Requires { policy: &'a Policy, csrf: Option<&'a Exemption>, ends: Ends },
    Public { reason: &'a str },
    Pending { step: &'a str },
}

/// The handler, the type of its policy, and what that type means.
pub(crate) fn handler(
    mut function: Box<Function>,
    declaration: &Declaration<'_>,
    runtime: &Runtime,
) -> TokenStream {
    let mixed = Span::mixed_site();
    let marker = format_ident!("__requires_{}", function.name(), span = mixed);
    let info = info(&function, runtime);
    let only_if = &conditions(&function.attributes);
    let send = send::demand(&function, runtime);
    let demanded = match declaration {
        Declaration::Public { .. } => open::demand(&function, open::Of::Public, runtime),
        Declaration::Pending { .. } => open::demand(&function, open::Of::Pending, runtime),
        Declaration::Requires { .. } => TokenStream::new(),
    };
    let visibility = function.visibility.clone();

    let guard = match declaration {
        // In an `impl` block there is no such type: `<>` keeps the compiler from proposing to make
        // it a parameter of the block.
        Declaration::Requires { .. } | Declaration::Pending { .. } => {
            quote_spanned!(mixed=> #runtime::Guard<#marker<>>)
        }
        Declaration::Public { .. } => quote_spanned!(mixed=> #runtime::Public<#marker<>>),
    };
    // Clippy counts the guard; the user does not.
    let lints = (function.signature.inputs.len() == CLIPPY_ARGUMENTS)
        .then(|| quote_spanned!(mixed=> #[allow(clippy::too_many_arguments)]));
    function.signature.inputs.insert(0, unnamed(guard));
    documentation::append(&mut function, declaration);

    let (declares, checks, facts) = match declaration {
        Declaration::Requires { policy, csrf, ends } => {
            let tree = requirement::tree(policy, runtime);
            let mut facts = requirement::facts(policy, &tree, runtime, *ends);
            let mut declares = quote_spanned!(mixed=> #runtime::required(#tree, #info));
            if let Some(Exemption { word, reason, web_socket }) = csrf {
                declares.extend(
                    quote_spanned!(mixed=> .exempt_from_cross_site_check(#reason, #web_socket)),
                );
                if !policy.is_broken() {
                    let at = runtime.at(word.span());
                    facts.push(quote_spanned!(word.span()=> #at::takes_ambient(&#tree)));
                }
            }
            let checks = checks::bridge(&marker, policy, runtime);
            (declares, checks.map(|checks| quote_spanned!(mixed=> #only_if #checks)), facts)
        }
        Declaration::Public { reason } => {
            let reason = Literal::string(reason);
            (quote_spanned!(mixed=> #runtime::open(#reason, #info)), None, Vec::new())
        }
        Declaration::Pending { step } => {
            let step = Literal::string(step);
            (quote_spanned!(mixed=> #runtime::half_finished(#step, #info)), None, Vec::new())
        }
    };
    let runs =
        if checks.is_some() { quote_spanned!(mixed=> Self) } else { quote_spanned!(mixed=> ()) };
    quote_spanned! {mixed=>
        #lints
        #function
        #only_if
        #[doc(hidden)]
        #visibility enum #marker {}
        #only_if
        impl #runtime::Policy for #marker {
            type Checks = #runs;
            const DECLARATION: #runtime::Declaration = {
                #send
                #demanded
                #declares
            };
        }
        #checks
        #( #only_if const _: () = #facts; )*
    }
}

/// A parameter without a name: one that `#[tracing::instrument]` does not record.
fn unnamed(ty: TokenStream) -> FnArg {
    let span = Span::mixed_site();
    FnArg::Typed(PatType {
        attrs: Vec::new(),
        pat: Box::new(Pat::Wild(PatWild { attrs: Vec::new(), underscore_token: Token![_](span) })),
        colon_token: Token![:](span),
        ty: Box::new(Type::Verbatim(ty)),
    })
}

/// What listings and logs show of the handler, as arguments of functions that know the place.
pub(super) fn info(function: &Function, runtime: &Runtime) -> TokenStream {
    let name = Literal::string(&function.name());
    let doc = Literal::string(&function.documentation());
    quote_spanned!(Span::mixed_site()=> #name, #runtime::core::module_path!(), #doc)
}

/// The `#[cfg(..)]` of the handler: what belongs to it goes with it.
pub(super) fn conditions(attributes: &[Attribute]) -> TokenStream {
    let conditions = attributes.iter().filter(|attribute| attribute.path().is_ident("cfg"));
    conditions.map(ToTokens::to_token_stream).collect()
}
