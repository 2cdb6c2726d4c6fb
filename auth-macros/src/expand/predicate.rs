//! A check: the function, and the type of the same name by which a requirement names it.

use proc_macro2::{Literal, Span, TokenStream};
use quote::{format_ident, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{Ident, ReturnType};

use super::{Runtime, handler};
use crate::model::predicate::{Parameter, Predicate, path_parameters};

/// The function unchanged, an empty enum beside it, and how the guard runs it.
pub(crate) fn predicate(predicate: &Predicate, runtime: &Runtime) -> TokenStream {
    let mixed = Span::mixed_site();
    let Predicate { function, sentence, parameters } = predicate;
    let only_if = handler::conditions(&function.attributes);
    let visibility = &function.visibility;
    let ident = &function.signature.ident;
    let mut marker = ident.clone();
    marker.set_span(mixed);
    let name = Literal::string(&function.name());
    let core = quote_spanned!(mixed=> #runtime::core);
    let output = match &function.signature.output {
        ReturnType::Type(_, output) => output.span(),
        ReturnType::Default => mixed,
    };
    let path_parameters = parameters.iter().filter_map(|parameter| match parameter {
        Parameter::Identity => None,
        Parameter::Extractor(ty) => path_parameters(ty),
    });
    let call = call(ident, parameters, output, runtime);
    let bounds = parameters.iter().filter_map(|parameter| match parameter {
        Parameter::Identity => None,
        Parameter::Extractor(ty) => {
            Some(quote_spanned!(mixed=> #ty: #runtime::FromRequestParts<__S>,))
        }
    });
    quote_spanned! {mixed=>
        #function
        #only_if
        #[doc(hidden)]
        #visibility enum #marker {}
        #only_if
        const _: () = {
            impl #runtime::NamedCheck for #marker {
                const INFO: &'static #runtime::CheckInfo = &#runtime::CheckInfo {
                    name: #name,
                    sentence: #sentence,
                    module: #core::module_path!(),
                    path_parameters: &[#(#path_parameters),*],
                };
            }
            impl<__S: #core::marker::Send + #core::marker::Sync> #runtime::Check<__S> for #marker
            where
                #(#bounds)*
            {
                async fn check(
                    __parts: &mut #runtime::Parts,
                    __state: &__S,
                    __caller: &#runtime::Identity,
                ) -> #core::result::Result<#core::primitive::bool, #runtime::Response> {
                    #call
                }
            }
        };
    }
}

/// The extractors in the order of the parameters, then the function.
fn call(ident: &Ident, parameters: &[Parameter], output: Span, runtime: &Runtime) -> TokenStream {
    let mixed = Span::mixed_site();
    let core = quote_spanned!(mixed=> #runtime::core);
    let mut extract = TokenStream::new();
    let mut arguments = Vec::new();
    for (index, parameter) in parameters.iter().enumerate() {
        match parameter {
            Parameter::Identity => arguments.push(quote_spanned!(mixed=> __caller)),
            Parameter::Extractor(ty) => {
                let argument = format_ident!("__argument_{index}", span = mixed);
                extract.extend(quote_spanned! {mixed=>
                    let #argument = match <#ty as #runtime::FromRequestParts<__S>>::from_request_parts(
                        __parts, __state,
                    )
                    .await
                    {
                        #core::result::Result::Ok(__value) => __value,
                        #core::result::Result::Err(__rejection) => {
                            return #core::result::Result::Err(
                                #runtime::IntoResponse::into_response(__rejection),
                            );
                        }
                    };
                });
                arguments.push(quote_spanned!(mixed=> #argument));
            }
        }
    }
    // An answer of another type is reported where it is written.
    let at = runtime.at(output);
    let mut ident = ident.clone();
    ident.set_span(output.resolved_at(ident.span()));
    let answer = quote_spanned!(output=> #ident(#(#arguments),*).await);
    let outcome = quote_spanned!(output=> #at::CheckOutcome::into_outcome(#answer));
    quote_spanned!(mixed=> #extract #outcome)
}
