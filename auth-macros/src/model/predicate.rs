//! What a function under `#[check("..")]` has to be for the guard to run it.

use syn::spanned::Spanned as _;
use syn::{FnArg, GenericArgument, LitStr, Pat, PatType, PathArguments, ReturnType, Safety, Type};

use super::caller::{bare, is_identity};
use crate::parse::argument::Arguments;
use crate::parse::function::{Function, Item};
use crate::parse::show;
use crate::report::{Message, Report};

/// A check.
pub(crate) struct Predicate {
    pub(crate) function: Box<Function>,
    pub(crate) sentence: LitStr,
    pub(crate) parameters: Vec<Parameter>,
}

/// What the guard hands to a check.
pub(crate) enum Parameter {
    /// The caller.
    Identity,
    /// A value that an extractor of this type takes from the request.
    Extractor(Box<Type>),
}

/// Checks the function; `None` after an error, and then the item has to be emitted as it is.
pub(crate) fn check(arguments: &Arguments, item: Item, report: &mut Report) -> Option<Predicate> {
    if arguments.text.is_none() && report.is_empty() {
        let message = Message::new("`#[check]` needs a sentence that says what it makes sure of")
            .help("write `#[check(\"the caller placed the order\")]`");
        report.at(proc_macro2::Span::call_site(), message);
    }
    let function = match item {
        Item::Function(function) => function,
        Item::Other { word, span } => {
            let message = Message::new(format_args!(
                "`#[check]` can only be applied to an `async fn`, found `{word}`"
            ));
            report.at(span, message.help("put it on a function that says whether the caller may"));
            return None;
        }
        Item::Broken => return None,
    };
    let fine = callable(&function, report);
    let parameters = parameters(&function, report)?;
    let sentence = arguments.text.clone()?;
    fine.then_some(Predicate { function, sentence, parameters })
}

fn callable(function: &Function, report: &mut Report) -> bool {
    let signature = &function.signature;
    let ident = &signature.ident;
    if let Some(receiver) = signature.receiver() {
        let message = Message::new("a check cannot be a method: it is called without a receiver")
            .help("take the value through `State`, in a function without `self`");
        report.on(receiver.self_token, message);
        return false;
    }
    if signature.asyncness.is_none() {
        let message = Message::new("`#[check]` can only be applied to an `async fn`")
            .help(format_args!("write `async fn {ident}`"));
        report.at(signature.fn_token.span(), message);
        return false;
    }
    if !signature.generics.params.is_empty() || signature.generics.where_clause.is_some() {
        let message =
            Message::new("a check cannot be generic: `check = ..` names it without types")
                .help("use the type of the application, for example `State<AppState>`");
        if signature.generics.params.is_empty() {
            report.on(&signature.generics.where_clause, message);
        } else {
            report.on(&signature.generics, message);
        }
        return false;
    }
    if let ReturnType::Default = signature.output {
        let message = Message::new(format_args!("the check `{ident}` does not say yes or no"))
            .help("write `-> bool`, or `-> Result<bool, E>` with an `E: IntoResponse`");
        report.on(ident, message);
        return false;
    }
    let unusual = if let Safety::Unsafe(token) = &signature.safety {
        Some(("unsafe", token.span()))
    } else if let Some(abi) = &signature.abi {
        Some(("extern", abi.span()))
    } else if let Some(token) = &signature.constness {
        Some(("const", token.span()))
    } else {
        signature.variadic.as_ref().map(|variadic| ("..", variadic.span()))
    };
    if let Some((word, span)) = unusual {
        let message = Message::new(format_args!("a check cannot be `{word}`"));
        report.at(span, message.help(format_args!("remove `{word}`")));
        return false;
    }
    if function.body.to_string() == ";" {
        let message = Message::new("`#[check]` cannot be applied to a function without a body");
        report.on(&function.body, message.help("put it on the function that answers"));
        return false;
    }
    true
}

/// Whether axum's extractor of this name consumes the body.
fn reads_the_body(name: &syn::Ident) -> bool {
    ["Json", "Form", "RawForm", "Multipart", "Bytes", "Body"]
        .iter()
        .any(|extractor| name == extractor)
}

/// How many parameters of the path an extractor takes, if it is a `Path` whose type says so.
pub(crate) fn path_parameters(ty: &Type) -> Option<usize> {
    let Type::Path(path) = bare(ty) else { return None };
    let last = path.path.segments.last()?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    let Some(GenericArgument::Type(inner)) = arguments.args.first() else { return None };
    if last.ident != "Path" || arguments.args.len() != 1 {
        return None;
    }
    match bare(inner) {
        Type::Tuple(tuple) if !tuple.elems.is_empty() => Some(tuple.elems.len()),
        Type::Tuple(_) => None,
        single => of_the_path(single).map(|_| 1),
    }
}

/// What to write between the angle brackets of `Path<..>` for a type that only the path can hold;
/// `None` for a type that may be an extractor.
fn of_the_path(ty: &Type) -> Option<String> {
    const PLAIN: [&str; 17] = [
        "String", "bool", "char", "f32", "f64", "i128", "i16", "i32", "i64", "i8", "isize", "u128",
        "u16", "u32", "u64", "u8", "usize",
    ];
    match ty {
        Type::Path(path) => {
            let name = &path.path.segments.last()?.ident;
            PLAIN.iter().any(|plain| name == plain).then(|| show::tokens(ty))
        }
        Type::Reference(reference) => match bare(&reference.elem) {
            Type::Path(path) if path.path.is_ident("str") => Some("String".to_owned()),
            other => of_the_path(other),
        },
        _ => None,
    }
}

/// A parameter that no request can be asked for; `extractor` would take one of the type `inner`.
fn no_extractor(typed: &PatType, extractor: &str, inner: &str, otherwise: &str) -> Message {
    let name = match &*typed.pat {
        Pat::Ident(pattern) => pattern.ident.to_string(),
        _ => otherwise.to_owned(),
    };
    Message::new(format_args!(
        "a check cannot take `{}`: it is not an extractor",
        show::tokens(&typed.ty)
    ))
    .help(format_args!("write `{extractor}({name}): {extractor}<{inner}>`"))
}

/// What the parameters are; `None` if there is one that the guard cannot hand over.
fn parameters(function: &Function, report: &mut Report) -> Option<Vec<Parameter>> {
    let mut identities = 0;
    let mut fine = true;
    let mut found = Vec::new();
    for input in &function.signature.inputs {
        let FnArg::Typed(typed) = input else { continue };
        if is_identity(input) {
            identities += 1;
            if identities == 2 {
                let message = Message::new("the caller is given twice");
                report.on(input, message.help("keep one `&Identity`"));
                fine = false;
            }
            found.push(Parameter::Identity);
            continue;
        }
        let ty = bare(&typed.ty);
        let plain = of_the_path(ty).map(|inner| no_extractor(typed, "Path", &inner, "id"));
        let problem = plain.or_else(|| match ty {
            Type::Reference(reference) => {
                Some(no_extractor(typed, "State", &show::tokens(&reference.elem), "state"))
            }
            Type::ImplTrait(_) => Some(
                Message::new("a check cannot be generic: `check = ..` names it without types")
                    .help("name the type of the extractor, for example `Path<u64>`"),
            ),
            Type::Path(path)
                if path.path.segments.last().is_some_and(|last| reads_the_body(&last.ident)) =>
            {
                Some(
                    Message::new(format_args!(
                        "a check cannot take `{}`: it runs before the body is read",
                        show::tokens(&typed.ty)
                    ))
                    .help("decide by what the path, the query or the headers say"),
                )
            }
            _ => None,
        });
        if let Some(message) = problem {
            report.on(&typed.ty, message);
            fine = false;
        }
        found.push(Parameter::Extractor(typed.ty.clone()));
    }
    fine.then_some(found)
}
