//! Authentication methods: their names, and where a requirement may name them.

use proc_macro2::Span;
use syn::{Ident, LitStr};

use super::requirement::Method;
use crate::keyword::{Combine, Takes};
use crate::parse::syntax::{List, Term, Value};
use crate::report::{Message, Report};

/// The methods of `auth-core`, as they are called in Rust and everywhere else. `auth-core` holds
/// the same list against its own.
const BUILT_IN: [(&str, &str); 6] = [
    ("Bearer", "bearer"),
    ("Dpop", "dpop"),
    ("Mtls", "mtls"),
    ("Basic", "basic"),
    ("ApiKey", "api-key"),
    ("Session", "session"),
];

/// Whether this is the name of a method of `auth-core` that is no login.
pub(super) fn is_key(name: &str) -> bool {
    matches!(name, "api-key" | "basic")
}

/// Reads one value; `None` after an error, which is reported.
///
/// A bare word is one of `auth-core`'s own: the compiler says what is wrong with it, and completes it.
pub(super) fn read(value: &Value, report: &mut Report) -> Option<Method> {
    match value {
        Value::Path(path) if path.segments.last().is_some_and(|it| it.ident == "Pending") => {
            report.on(path, reserved());
            None
        }
        Value::Path(path) => Some(match path.get_ident() {
            Some(ident) => Method::BuiltIn(ident.clone()),
            None => Method::Path(path.clone()),
        }),
        Value::Text(text) => of_text(text, report),
        // The parser has rejected it.
        Value::Number(_) => None,
    }
}

fn of_text(text: &LitStr, report: &mut Report) -> Option<Method> {
    let written = text.value();
    let fits = |sign: char| sign.is_ascii_alphanumeric() || matches!(sign, '-' | '_' | '.');
    if !written.chars().all(fits) {
        let message = Message::new(format_args!("`{written}` is no name of a method"))
            .help("write it with letters, digits, `-`, `_` and `.` only");
        report.on(text, message);
        return None;
    }
    let plain = |name: &str| name.replace(['-', '_'], "").to_ascii_lowercase();
    if plain(&written) == RESERVED {
        report.on(text, reserved());
        return None;
    }
    let meant = BUILT_IN.iter().find(|(_, name)| plain(name) == plain(&written));
    if let Some((word, name)) = meant
        && *name != written
    {
        let message =
            Message::new(format_args!("no method named `{written}`; did you mean `{name}`?"))
                .help(format_args!("write `method = {word}`"));
        report.on(text, message);
        return None;
    }
    Some(Method::Text(text.clone()))
}

/// The method of half-finished sign-ins, which no requirement can name.
const RESERVED: &str = "pending";

fn reserved() -> Message {
    Message::new("the method `pending` cannot be required: a half-finished sign-in is no caller")
        .help("put `#[pending(second_factor)]` on the handler that finishes the sign-in")
}

/// The name of a value as everyone else sees it, to tell which ones are the same.
pub(super) fn name(value: &Value) -> String {
    match value {
        Value::Path(path) => path.get_ident().map_or_else(|| value.show(), shown),
        Value::Text(text) => text.value(),
        Value::Number(_) => value.show(),
    }
}

/// The name of a method that is written as in Rust.
pub(crate) fn shown(ident: &Ident) -> String {
    let known = BUILT_IN.iter().find(|(word, _)| ident == word);
    known.map_or_else(|| ident.to_string(), |(_, name)| (*name).to_owned())
}

/// Reports a list of which no caller could tell which methods it accepts, as far as its own words show:
/// `auth-core` looks into constants.
pub(super) fn check(list: &List, report: &mut Report) {
    match list.combine {
        Combine::Not => {
            if let Some(span) = list.terms.iter().find_map(mention) {
                let message = Message::new("`not` does not say which methods are accepted")
                    .help("list the methods that are accepted instead");
                report.at(span, message);
            }
        }
        Combine::Any => {
            let some = list.terms.iter().find_map(mention);
            let others = list.terms.iter().any(says_nothing);
            if let (Some(span), true) = (some, others) {
                let message = Message::new(
                    "some alternatives of this `any` name a `method` and others do not",
                )
                .help("say for every alternative which methods it takes");
                report.at(span, message);
            }
        }
        Combine::All => {}
    }
}

/// Where a term names a method.
fn mention(term: &Term) -> Option<Span> {
    match term {
        Term::Atom(atom) => matches!(atom.key.takes, Takes::Methods).then(|| atom.word.span()),
        Term::List(list) => list.terms.iter().find_map(mention),
        Term::Named(_) => None,
    }
}

/// Whether a term says nothing of methods for certain.
fn says_nothing(term: &Term) -> bool {
    match term {
        Term::Atom(atom) => !matches!(atom.key.takes, Takes::Methods),
        Term::List(list) => list.terms.iter().all(says_nothing),
        Term::Named(_) => false,
    }
}
