//! The names under which generated code speaks of the checks of a requirement.
//!
//! `check = owns_order` means the type that `#[check]` makes beside the function. Where there is
//! only a function, the compiler would say that it expected a type. So the name is imported under
//! another one, beside a type of that name which any import goes before: what is left for a plain
//! function is a type that is no check, and of that the runtime can say what is missing.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote_spanned};
use syn::Path;

use super::Runtime;

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
