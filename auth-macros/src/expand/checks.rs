//! The names under which generated code speaks of the checks of a requirement.
//!
//! `check = owns_order` means the type that `#[check]` makes beside the function. Where there is
//! only a function, the compiler would say that it expected a type. So the name is imported under
//! another one, beside a type of that name which any import goes before: what is left for a plain
//! function is a type that is no check, and of that the runtime can say what is missing.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote_spanned};
use syn::Path;

use super::{Runtime, requirement};
use crate::model::Policy;

/// The imports, for a block of its own; empty if there are no checks.
pub(super) fn imports(checks: &[Path], runtime: &Runtime) -> TokenStream {
    if checks.is_empty() {
        return TokenStream::new();
    }
    let names = checks.iter().enumerate().map(|(slot, path)| name(slot, path));
    quote_spanned! {Span::mixed_site()=>
        #(#[allow(unused_imports)] use #checks as #names;)*
        #[allow(unused_imports)]
        use #runtime::not_checks::*;
    }
}

/// What may be said of the check in `slot`. It mentions the function, of which the compiler knows
/// what was meant if the name is misspelled.
pub(super) fn info(slot: usize, path: &Path, runtime: &Runtime) -> TokenStream {
    let name = name(slot, path);
    let at = runtime.at(name.span());
    quote_spanned!(name.span()=> #at::check_info::<#name, _>(&#path))
}

/// The name of the check in `slot`, at the place where the user named it.
pub(super) fn name(slot: usize, path: &Path) -> Ident {
    let span = path.segments.last().map_or_else(Span::mixed_site, |last| last.ident.span());
    format_ident!("__check_{slot}", span = span)
}

/// The bridge from the slots of the requirement to the checks, if there are any.
pub(super) fn bridge(marker: &Ident, policy: &Policy, runtime: &Runtime) -> Option<TokenStream> {
    let mixed = Span::mixed_site();
    let checks = &policy.checks;
    if checks.is_empty() {
        return None;
    }
    let imports = imports(checks, runtime);
    let checks: Vec<Ident> =
        checks.iter().enumerate().map(|(slot, path)| name(slot, path)).collect();
    let core = quote_spanned!(mixed=> #runtime::core);
    let arms = checks.iter().enumerate().map(|(slot, check)| {
        let slot = requirement::slot_literal(slot);
        quote_spanned! {mixed=>
            #slot => <#check as #runtime::RunCheck<__S>>::run_check(__parts, __state, __caller)
                .await
                .map(#core::option::Option::Some),
        }
    });
    Some(quote_spanned! {mixed=>
        const _: () = {
            #imports
            impl<__S: #core::marker::Send + #core::marker::Sync> #runtime::Checks<__S> for #marker
            where
                #(#checks: #runtime::RunCheck<__S>,)*
            {
                async fn run(
                    __slot: #core::primitive::u8,
                    __parts: &mut #runtime::Parts,
                    __state: &__S,
                    __caller: &#runtime::Identity,
                ) -> #core::result::Result<
                    #core::option::Option<#core::primitive::bool>,
                    #runtime::Response,
                > {
                    match __slot {
                        #(#arms)*
                        _ => #core::result::Result::Ok(#core::option::Option::None),
                    }
                }
            }
        };
    })
}
