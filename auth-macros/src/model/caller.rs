//! `#[requires]` on a function that is handed the caller's identity by the code that calls it.

use proc_macro2::{Ident, Span};
use syn::{FnArg, Pat, PatIdent, ReturnType, Type};

use crate::parse::function::Function;
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

    /// Checks the function; `None` after an error.
    pub(crate) fn check(mut function: Box<Function>, report: &mut Report) -> Option<Self> {
        let signature = &mut function.signature;
        if let Some(second) = signature.inputs.iter().filter(|input| is_identity(input)).nth(1) {
            let message = Message::new("two parameters are `&Identity`: which one is the caller?")
                .help("pass the other one in a type of its own");
            report.on(second, message);
            return None;
        }
        if let ReturnType::Default = signature.output {
            let message = Message::new(format_args!(
                "`{}` returns nothing, so it cannot refuse a caller",
                signature.ident
            ))
            .help("write `-> Result<(), AuthError>`, or an error type of your own that is `From<AuthError>`");
            report.on(&signature.ident, message);
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
