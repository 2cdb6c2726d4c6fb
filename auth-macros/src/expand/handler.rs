//! A handler with its guard in front.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{format_ident, quote_spanned};
use syn::{Attribute, FnArg, Pat, PatType, PatWild, Token, Type};

use super::{Runtime, documentation, requirement, send};
use crate::model::Policy;
use crate::parse::function::Function;
use crate::parse::syntax::Ends;

/// How many arguments `clippy::too_many_arguments` lets pass.
const CLIPPY_ARGUMENTS: usize = 7;

/// Who may call the handler.
pub(crate) enum Declaration<'a> {
    Requires { policy: &'a Policy, ends: Ends },
    Public { reason: &'a str },
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
    let only_if = conditions(&function.attributes);
    let send = send::demand(&function, runtime);
    let visibility = function.visibility.clone();

    let guard = match declaration {
        Declaration::Requires { .. } => quote_spanned!(mixed=> #runtime::Guard<#marker>),
        Declaration::Public { .. } => quote_spanned!(mixed=> #runtime::Public<#marker>),
    };
    // Clippy counts the guard; the user does not.
    let lints = (function.signature.inputs.len() == CLIPPY_ARGUMENTS)
        .then(|| quote_spanned!(mixed=> #[allow(clippy::too_many_arguments)]));
    function.signature.inputs.insert(0, unnamed(guard));
    documentation::append(&mut function, declaration);

    let meaning = match declaration {
        Declaration::Requires { policy, ends } => {
            let constants = requirement::constants(policy, runtime, *ends);
            let checks = checks(&marker, policy, runtime);
            let core = quote_spanned!(mixed=> #runtime::core);
            quote_spanned! {mixed=>
                #constants
                impl #runtime::Policy for #marker {
                    const DECLARATION: #runtime::Declaration = #runtime::Declaration {
                        access: #runtime::Access::Requires(__REQUIREMENT),
                        handler: #info,
                    };
                    fn plan() -> #core::option::Option<&'static #runtime::PlanCell> {
                        static PLAN: #runtime::PlanCell = #runtime::PlanCell::new();
                        #core::option::Option::Some(&PLAN)
                    }
                }
                #checks
            }
        }
        Declaration::Public { reason } => {
            let reason = Literal::string(reason);
            quote_spanned! {mixed=>
                impl #runtime::Policy for #marker {
                    const DECLARATION: #runtime::Declaration = #runtime::Declaration {
                        access: #runtime::Access::Public { reason: #reason },
                        handler: #info,
                    };
                }
            }
        }
    };
    quote_spanned! {mixed=>
        #lints
        #function
        #(#only_if)*
        #[doc(hidden)]
        #visibility enum #marker {}
        #(#only_if)*
        const _: () = {
            #meaning
            #send
        };
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

/// What listings and logs show of the handler.
pub(super) fn info(function: &Function, runtime: &Runtime) -> TokenStream {
    let name = Literal::string(&function.name());
    let doc = Literal::string(&function.documentation());
    quote_spanned! {Span::mixed_site()=>
        #runtime::HandlerInfo {
            name: #name,
            module: #runtime::core::module_path!(),
            doc: #doc,
            file: #runtime::core::file!(),
            line: #runtime::core::line!(),
        }
    }
}

/// The `#[cfg(..)]` of the handler: what belongs to it goes with it.
pub(super) fn conditions(attributes: &[Attribute]) -> Vec<Attribute> {
    attributes.iter().filter(|attribute| attribute.path().is_ident("cfg")).cloned().collect()
}

/// The bridge from the slots of the requirement to the checks.
fn checks(marker: &Ident, policy: &Policy, runtime: &Runtime) -> TokenStream {
    let mixed = Span::mixed_site();
    let checks = &policy.checks;
    let core = quote_spanned!(mixed=> #runtime::core);
    let head = quote_spanned! {mixed=>
        impl<__S: #core::marker::Send + #core::marker::Sync> #runtime::GuardPolicy<__S> for #marker
    };
    if checks.is_empty() {
        return quote_spanned!(mixed=> #head {});
    }
    let arms = checks.iter().enumerate().map(|(slot, check)| {
        let slot = requirement::slot_literal(slot);
        quote_spanned! {mixed=>
            #slot => <#check as #runtime::Check<__S>>::check(__parts, __state, __caller).await,
        }
    });
    quote_spanned! {mixed=>
        #head
        where
            #(#checks: #runtime::Check<__S>,)*
        {
            async fn run_check(
                __slot: #core::primitive::u8,
                __parts: &mut #runtime::Parts,
                __state: &__S,
                __caller: &#runtime::Identity,
            ) -> #core::result::Result<#core::primitive::bool, #runtime::Response> {
                match __slot {
                    #(#arms)*
                    _ => #core::result::Result::Ok(false),
                }
            }
        }
    }
}
