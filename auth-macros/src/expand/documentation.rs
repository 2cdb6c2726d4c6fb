//! The `# Authorization` section that rustdoc and editors show.

use proc_macro2::Span;
use quote::quote_spanned;
use syn::Attribute;

use super::handler::Declaration;
use crate::kind::AuthorityKind;
use crate::model::duration::in_words;
use crate::model::methods;
use crate::model::{Method, Name, NameValue, Policy, Requirement};
use crate::parse::function::Function;
use crate::parse::show;

/// Adds the section behind the user's own documentation of a handler.
pub(super) fn append(function: &mut Function, declaration: &Declaration<'_>) {
    let text = match declaration {
        Declaration::Requires { policy, .. } if policy.is_broken() => return,
        Declaration::Requires { policy, csrf, .. } => {
            let answers = match policy.requirement {
                Requirement::Authenticated => "Answers `401` to everyone else.",
                _ => {
                    "Answers `401` to callers who are not authenticated, and `403` to those who may not."
                }
            };
            let exempt = csrf.map(|it| {
                let reason = it.reason.value();
                format!("\n**Exempt from the cross-site check**: {reason}.\n")
            });
            format!("{}\n{answers}\n{}", required(policy), exempt.unwrap_or_default())
        }
        Declaration::Public { reason: "" } => "**Public**: anyone may call this.\n".to_owned(),
        Declaration::Public { reason } => {
            format!("**Public**: anyone may call this ({reason}).\n")
        }
        Declaration::Pending { step } => {
            let step = step.replace('_', " ");
            format!(
                "**Pending sign-in**: only for a sign-in that lacks its {step}. Answers `401` to everyone else.\n"
            )
        }
    };
    add(function, &text);
}

/// The same for a function that is handed its caller.
pub(super) fn append_to_function(function: &mut Function, policy: &Policy) {
    let text = format!("{}\nReturns an error to callers who may not.\n", required(policy));
    add(function, &text);
}

fn add(function: &mut Function, text: &str) {
    let begins = function.documentation().is_empty();
    let text = format!("{}# Authorization\n\n{text}", if begins { "" } else { "\n\n" });
    let mixed = Span::mixed_site();
    // A macro below that reads the documentation, as `#[utoipa::path]` does for the description of
    // an operation, should not find this in it.
    function.added = if function.attributes.iter().any(is_macro) {
        quote_spanned!(mixed=> #[cfg_attr(doc, doc = #text)])
    } else {
        quote_spanned!(mixed=> #[doc = #text])
    };
}

fn is_macro(attribute: &Attribute) -> bool {
    attribute.path().segments.last().is_some_and(|last| last.ident == "path")
}

/// "Requires .." as a sentence or a list.
fn required(policy: &Policy) -> String {
    match &policy.requirement {
        Requirement::All(parts) => {
            format!("Requires **all** of:\n\n{}", bullets(parts, policy, 0))
        }
        Requirement::Any(parts) => {
            format!("Requires **any** of:\n\n{}", bullets(parts, policy, 0))
        }
        other => format!("Requires {}.\n", sentence(other, policy)),
    }
}

fn bullets(parts: &[Requirement], policy: &Policy, depth: usize) -> String {
    parts.iter().map(|part| bullet(part, policy, depth)).collect()
}

fn bullet(requirement: &Requirement, policy: &Policy, depth: usize) -> String {
    let indent = "  ".repeat(depth);
    let (head, parts) = match requirement {
        Requirement::All(parts) => ("**all** of:", parts),
        Requirement::Any(parts) => ("**any** of:", parts),
        Requirement::Not(part) => match &**part {
            Requirement::All(parts) => ("not **all** of:", parts),
            Requirement::Any(parts) => ("**none** of:", parts),
            _ => return format!("{indent}- {}\n", sentence(requirement, policy)),
        },
        _ => return format!("{indent}- {}\n", sentence(requirement, policy)),
    };
    format!("{indent}- {head}\n{}", bullets(parts, policy, depth + 1))
}

/// A leaf in words; lists in lists of a line are joined.
fn sentence(requirement: &Requirement, policy: &Policy) -> String {
    let joined = |parts: &[Requirement], word: &str| {
        let parts: Vec<_> = parts.iter().map(|part| sentence(part, policy)).collect();
        format!("({})", parts.join(word))
    };
    match requirement {
        Requirement::Nobody => "what no caller has".to_owned(),
        Requirement::Authenticated => "an authenticated caller".to_owned(),
        Requirement::Name(index) => policy.names.get(*index).map(name).unwrap_or_default(),
        Requirement::Method(methods) => {
            let methods: Vec<_> = methods.iter().map(method).collect();
            format!("a credential of the method {}", methods.join(" or "))
        }
        Requirement::Named(index) => {
            let path = policy.named.get(*index).map(show::tokens).unwrap_or_default();
            format!("what `{path}` requires")
        }
        Requirement::Acr(text) => format!("a login of the class `{}`", text.value()),
        Requirement::MaxAge(seconds) => {
            format!("a login not older than {}", in_words(*seconds))
        }
        Requirement::Mfa => "proof of two factors".to_owned(),
        Requirement::Factor(factor) => {
            let words = factor.any_of.iter().map(|word| format!("`{word}`").to_lowercase());
            let words = words.collect::<Vec<_>>().join(" or ");
            let within =
                factor.within.map(|seconds| format!(", not older than {}", in_words(seconds)));
            format!("proof of {words}{}", within.unwrap_or_default())
        }
        Requirement::Check(slot) => {
            let path = policy.checks.get(*slot).map(show::tokens).unwrap_or_default();
            format!("the check `{path}`")
        }
        Requirement::All(parts) => joined(parts, " and "),
        Requirement::Any(parts) => joined(parts, " or "),
        Requirement::Not(part) => format!("not {}", sentence(part, policy)),
    }
}

fn method(method: &Method) -> String {
    let name = match method {
        Method::BuiltIn(word) => methods::shown(word),
        Method::Text(text) => text.value(),
        Method::Path(path) => show::tokens(path),
    };
    format!("`{name}`")
}

fn name(name: &Name) -> String {
    let word = match name.kind {
        AuthorityKind::Level => "a login of the level",
        kind => kind.word(),
    };
    match &name.value {
        NameValue::Text(text) => format!("{word} `{}`", text.value()),
        NameValue::Variant(path) | NameValue::Path(path) => {
            let last = path.segments.last().map(|last| last.ident.to_string());
            format!("{word} `{}`", last.unwrap_or_default())
        }
    }
}
