//! `#[requires]` on a function that is handed the caller's identity by the code that calls it.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::{FnArg, Pat, PatIdent, ReturnType, Type};

use crate::parse::function::Function;
use crate::parse::show;
use crate::report::{Message, Report};

/// Such a function.
pub(crate) struct Caller {
    pub(crate) function: Box<Function>,
    /// The variable that holds the identity.
    pub(crate) identity: Ident,
    /// The pattern that the user gave to the parameter, where it was no plain variable.
    pub(crate) pattern: Option<Pat>,
}

impl Caller {
    /// Whether a parameter is of the type `&Identity`.
    pub(crate) fn is_in(function: &Function) -> bool {
        function.signature.inputs.iter().any(is_identity)
    }

    /// Reports a handler whose author borrowed the caller, and makes it one that axum can call, so
    /// that its route does not complain on top.
    pub(crate) fn owe_handler(function: &mut Function, report: &mut Report) -> bool {
        let signature = &mut function.signature;
        let extracts = signature.asyncness.is_some()
            && signature.receiver().is_none()
            && signature.inputs.iter().any(is_extracted);
        if !extracts {
            return false;
        }
        let mut borrow = TokenStream::new();
        for input in signature.inputs.iter_mut().filter(|input| is_identity(input)) {
            let FnArg::Typed(parameter) = input else { continue };
            let Type::Reference(reference) = bare(&parameter.ty) else { continue };
            let by_value = reference.elem.clone();
            let name = match &*parameter.pat {
                Pat::Ident(PatIdent { ident, .. }) => {
                    borrow.extend(quote!(let #ident = &#ident;));
                    show::tokens(ident)
                }
                _ => "caller".to_owned(),
            };
            let message = Message::new("a handler takes `Identity` by value")
                .help(format_args!("write `{name}: {}`", show::tokens(&by_value)));
            report.on(&parameter.ty, message);
            parameter.ty = by_value;
        }
        let body = &function.body;
        function.body = quote!({ #borrow #body });
        true
    }

    /// Checks the function; `None` after an error.
    pub(crate) fn check(mut function: Box<Function>, report: &mut Report) -> Option<Self> {
        let signature = &mut function.signature;
        if signature.generics.lifetimes().any(|it| it.lifetime.ident == "async_trait") {
            let message = Message::new("`#[async_trait]` has rewritten this method")
                .help("put the rule on an inherent method, or on a function that this one calls");
            report.on(&signature.ident, message);
            return None;
        }
        if let Some(second) = signature.inputs.iter().filter(|input| is_identity(input)).nth(1) {
            let message = Message::new("two parameters are `&Identity`: which one is the caller?")
                .help("pass the other one in a type of its own");
            report.on(second, message);
            return None;
        }
        if let ReturnType::Default = signature.output {
            let message = Message::new(format_args!(
                "`{}` returns nothing, so it cannot reject a caller",
                signature.ident
            ))
            .help("write `-> Result<(), AuthError>`, or an error type of your own that is `From<AuthError>`");
            report.on(&signature.ident, message);
            return None;
        }
        if let ReturnType::Type(_, output) = &signature.output
            && let Type::ImplTrait(output) = bare(output)
        {
            let message = Message::new(format_args!(
                "`{}` returns `impl ..`, so it cannot reject a caller",
                signature.ident
            ))
            .help("write `-> Result<.., AuthError>`, with `async fn` if it returns a future");
            report.on(output, message);
            return None;
        }
        if let Some(token) = &signature.constness {
            let message = Message::new("`#[requires]` cannot be applied to a `const fn`");
            report.on(token, message.help("remove `const`: who calls is known at run time only"));
            return None;
        }
        if function.body.to_string() == ";" {
            let message =
                Message::new("`#[requires]` cannot be applied to a function without a body");
            report.on(&function.body, message.help("put it on each implementation"));
            return None;
        }
        let parameter = signature.inputs.iter_mut().find(|input| is_identity(input))?;
        let FnArg::Typed(parameter) = parameter else { return None };
        if let Pat::Ident(PatIdent { ident, subpat: None, .. }) = &*parameter.pat {
            let identity = ident.clone();
            return Some(Self { function, identity, pattern: None });
        }
        let identity = Ident::new("__caller", Span::mixed_site());
        let named = Pat::Ident(PatIdent {
            attrs: Vec::new(),
            by_ref: None,
            mutability: None,
            ident: identity.clone(),
            subpat: None,
        });
        let pattern = std::mem::replace(&mut *parameter.pat, named);
        let pattern = (!matches!(pattern, Pat::Wild(_))).then_some(pattern);
        Some(Self { function, identity, pattern })
    }
}

/// Whether the parameter takes one of axum's extractors apart, which only a handler does. Other
/// tuple structs may be anyone's.
fn is_extracted(input: &FnArg) -> bool {
    const EXTRACTORS: [&str; 9] = [
        "ConnectInfo",
        "Extension",
        "Form",
        "Json",
        "Path",
        "Query",
        "RawQuery",
        "State",
        "TypedHeader",
    ];
    let FnArg::Typed(parameter) = input else { return false };
    let (Pat::TupleStruct(pattern), Type::Path(ty)) = (&*parameter.pat, bare(&parameter.ty)) else {
        return false;
    };
    let (Some(taken), Some(whole)) = (pattern.path.segments.last(), ty.path.segments.last()) else {
        return false;
    };
    taken.ident == whole.ident && EXTRACTORS.iter().any(|name| taken.ident == name)
}

/// Whether the parameter is a reference to a type called `Identity`.
pub(super) fn is_identity(input: &FnArg) -> bool {
    let FnArg::Typed(parameter) = input else { return false };
    let Type::Reference(reference) = bare(&parameter.ty) else { return false };
    let Type::Path(path) = bare(&reference.elem) else { return false };
    path.path.segments.last().is_some_and(|last| last.ident == "Identity")
}

/// The type without the invisible parentheses that `macro_rules!` puts around it.
pub(super) fn bare(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => bare(&group.elem),
        Type::Paren(paren) => bare(&paren.elem),
        other => other,
    }
}
