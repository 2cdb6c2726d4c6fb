//! A requirement of which every part makes sense on its own.
//!
//! Whether the parts make sense together (can anyone meet it?) is for the compiler to say once it
//! knows the enums: see `assert_sound` of `auth-core`.

use std::collections::HashMap;

use proc_macro2::Span;
use syn::{Ident, LitStr, Path, PathSegment};

use super::duration::Of;
use super::{duration, methods};
use crate::keyword::{Combine, Takes};
use crate::kind::AuthorityKind;
use crate::parse::show;
use crate::parse::syntax::{Atom, List, Term, Value};
use crate::report::{Message, Report};

/// As many checks as `auth-core` keeps answers for.
const MAX_CHECKS: usize = 64;

/// What a caller has to meet, with everything it refers to.
#[derive(Default)]
pub(crate) struct Policy {
    pub(crate) requirement: Requirement,
    pub(crate) names: Vec<Name>,
    /// The checks, each at its slot.
    pub(crate) checks: Vec<Path>,
    /// The constants that are part of it.
    pub(crate) named: Vec<Path>,
}

/// The tree; it follows `Requirement` of `auth-core`.
#[derive(Default)]
pub(crate) enum Requirement {
    /// Met by no caller: the replacement of a requirement with errors.
    #[default]
    Nobody,
    Authenticated,
    /// A position in [`Policy::names`]: a name that the caller holds, or a level of the login.
    Name(usize),
    /// Any of these authentication methods.
    Method(Vec<Method>),
    /// The text of a class of logins: a level if the enum in scope has it.
    Acr(LitStr),
    /// In seconds.
    MaxAge(u64),
    Mfa,
    Factor(Factor),
    /// A position in [`Policy::checks`].
    Check(usize),
    /// A position in [`Policy::named`].
    Named(usize),
    All(Vec<Requirement>),
    Any(Vec<Requirement>),
    Not(Box<Requirement>),
}

/// One of some factors.
pub(crate) struct Factor {
    /// Each as it is called in `Factor` of `auth-core`.
    pub(crate) any_of: Vec<Ident>,
    /// How old the proof may be, in seconds.
    pub(crate) within: Option<u64>,
}

/// A role, permission, scope, group or level that the requirement mentions.
pub(crate) struct Name {
    pub(crate) kind: AuthorityKind,
    pub(crate) value: NameValue,
}

/// How it was written.
pub(crate) enum NameValue {
    /// As on the wire: looked up at compile time in the enum of its kind that is in scope.
    Text(LitStr),
    /// As in Rust: a variant of the enum of its kind that is in scope, behind the name of that enum.
    Variant(Path),
    /// As in Rust: a path to a variant of whatever enum.
    Path(Path),
}

/// An authentication method.
pub(crate) enum Method {
    /// As it is called in `Method` of `auth-core`.
    BuiltIn(Ident),
    /// By its name.
    Text(LitStr),
    /// A constant.
    Path(Path),
}

impl Policy {
    /// Whether there were errors, so that no caller meets it.
    pub(crate) fn is_broken(&self) -> bool {
        matches!(&self.requirement, Requirement::All(parts) if matches!(parts.last(), Some(Requirement::Nobody)))
    }
}

impl Name {
    pub(crate) fn span(&self) -> Span {
        match &self.value {
            NameValue::Text(text) => text.span(),
            NameValue::Variant(path) | NameValue::Path(path) => {
                path.segments.last().map_or_else(Span::call_site, |segment| segment.ident.span())
            }
        }
    }
}

/// Whether checks can be named: they need a request.
#[derive(Clone, Copy)]
pub(crate) enum Place {
    Handler,
    Function,
    Value,
}

/// Checks the terms of a comma list.
///
/// After an error, the names that are fine are kept, so that editors still complete them, and the
/// requirement becomes one that no caller meets.
pub(crate) fn check(terms: &[Term], place: Place, report: &mut Report) -> Policy {
    let mut builder = Builder { policy: Policy::default(), slots: HashMap::new(), place, report };
    given_twice(terms, builder.report);
    let alone = terms
        .iter()
        .all(|term| matches!(term, Term::Atom(atom) if atom.key.takes == Takes::Nothing));
    let mut parts = builder.list(terms, !alone);
    let mut policy = builder.policy;
    policy.requirement = if parts.len() == 1 { parts.remove(0) } else { Requirement::All(parts) };
    if !report.is_empty() {
        let known = std::mem::take(&mut policy.requirement);
        policy.requirement = Requirement::All(vec![known, Requirement::Nobody]);
    }
    policy
}

struct Builder<'a> {
    policy: Policy,
    slots: HashMap<String, usize>,
    place: Place,
    report: &'a mut Report,
}

impl Builder<'_> {
    fn list(&mut self, terms: &[Term], inside: bool) -> Vec<Requirement> {
        let parts = terms.iter().filter_map(|term| match term {
            Term::Atom(atom) => self.atom(atom, inside),
            Term::Named(path) => {
                self.policy.named.push(path.clone());
                Some(Requirement::Named(self.policy.named.len() - 1))
            }
            Term::List(list) => self.nested(list),
        });
        parts.collect()
    }

    fn nested(&mut self, list: &List) -> Option<Requirement> {
        if list.combine == Combine::Not
            && let [Term::Atom(only)] = list.terms.as_slice()
            && matches!(only.key.takes, Takes::Nothing)
        {
            let message = Message::new("no caller could satisfy `not(authenticated)`: only authenticated callers satisfy `not`")
                .help("write `#[public(reason = \"..\")]` instead to leave a handler open to everyone");
            self.report.on(&list.word, message);
            return None;
        }
        if list.combine == Combine::Not
            && let [Term::Atom(only)] = list.terms.as_slice()
            && matches!(only.key.takes, Takes::Word | Takes::Factors)
        {
            let message = Message::new(format_args!(
                "no caller could satisfy `not({})`: no one knows what a caller did not prove",
                only.show()
            ))
            .help("remove it, or say what has to be proved instead");
            self.report.on(&list.word, message);
            return None;
        }
        methods::check(list, self.report);
        let mut parts = self.list(&list.terms, true);
        let one = if parts.len() == 1 { parts.pop() } else { None };
        match list.combine {
            Combine::Not if list.terms.len() > 1 => {
                let message = Message::new("`not` takes one requirement")
                    .help("write `not(any(.., ..))` if none of them may be met, `not(all(.., ..))` if not all of them may be");
                self.report.on(&list.word, message);
                None
            }
            Combine::Not => one.map(|part| Requirement::Not(Box::new(part))),
            Combine::Any => Some(one.unwrap_or(Requirement::Any(parts))),
            Combine::All => Some(one.unwrap_or(Requirement::All(parts))),
        }
    }

    fn atom(&mut self, atom: &Atom, inside: bool) -> Option<Requirement> {
        self.same_value_twice(atom);
        if matches!(atom.key.takes, Takes::Nothing) {
            if inside {
                let message = Message::new("`authenticated` must be alone")
                    .help("remove it: only an authenticated caller meets any other requirement");
                self.report.on(&atom.word, message);
                return None;
            }
            return Some(Requirement::Authenticated);
        }
        if matches!(atom.key.takes, Takes::Word) {
            return Some(Requirement::Mfa);
        }
        if matches!(atom.key.takes, Takes::Factors) {
            return self.factor(atom);
        }
        if matches!(atom.key.takes, Takes::Methods) {
            let read = |value: &Value| methods::read(value, self.report);
            let methods: Vec<Method> = atom.values.iter().filter_map(read).collect();
            return (!methods.is_empty()).then_some(Requirement::Method(methods));
        }
        let mut parts: Vec<Requirement> =
            atom.values.iter().filter_map(|value| self.value(atom, value)).collect();
        match parts.len() {
            0 => None,
            1 => parts.pop(),
            _ => Some(Requirement::Any(parts)),
        }
    }

    fn value(&mut self, atom: &Atom, value: &Value) -> Option<Requirement> {
        match (atom.key.takes, value) {
            (Takes::Names(AuthorityKind::Level), Value::Text(text)) => self.acr(text),
            (Takes::Names(kind), Value::Text(text)) => self.name_on_the_wire(kind, text),
            (Takes::Names(kind), Value::Path(path)) => {
                Some(self.name(Name { kind, value: in_its_enum(kind, path) }))
            }
            (Takes::Duration, value) => self.seconds(Of::Login, value).map(Requirement::MaxAge),
            (Takes::Checks, Value::Path(path)) => self.check(path),
            // The parser has rejected every other combination.
            _ => None,
        }
    }

    fn seconds(&mut self, of: Of, value: &Value) -> Option<u64> {
        let seconds = match value {
            Value::Text(text) => duration::from_text(of, text),
            Value::Number(number) => duration::from_number(of, number),
            // The parser has rejected it.
            Value::Path(_) => return None,
        };
        seconds.map_err(|message| self.report.on(value, message)).ok()
    }

    fn factor(&mut self, atom: &Atom) -> Option<Requirement> {
        let within = match &atom.within {
            Some(value) => Some(self.seconds(Of::Proof, value)?),
            None => None,
        };
        let words = atom.values.iter().filter_map(|value| match value {
            Value::Path(path) => path.get_ident().cloned(),
            // The parser has rejected it.
            Value::Text(_) | Value::Number(_) => None,
        });
        Some(Requirement::Factor(Factor { any_of: words.collect(), within }))
    }

    fn name(&mut self, name: Name) -> Requirement {
        self.policy.names.push(name);
        Requirement::Name(self.policy.names.len() - 1)
    }

    fn name_on_the_wire(&mut self, kind: AuthorityKind, text: &LitStr) -> Option<Requirement> {
        let written = text.value();
        if kind == AuthorityKind::Scope && written.contains(' ') {
            let each: Vec<_> =
                written.split_whitespace().map(|scope| format!("scope = \"{scope}\"")).collect();
            let message = Message::new("a scope holds no space (RFC 6749, section 3.3)")
                .help(format_args!("write `all({})` to demand each", each.join(", ")));
            self.report.on(text, message);
            return None;
        }
        Some(self.name(Name { kind, value: NameValue::Text(text.clone()) }))
    }

    fn acr(&mut self, text: &LitStr) -> Option<Requirement> {
        if text.value().contains(' ') {
            let message = Message::new("an `acr` value holds no space (RFC 9470, section 3)")
                .help("write `acr = \"a\" | \"b\"` to accept either");
            self.report.on(text, message);
            return None;
        }
        Some(Requirement::Acr(text.clone()))
    }

    fn check(&mut self, path: &Path) -> Option<Requirement> {
        if matches!(self.place, Place::Function) {
            let message =
                Message::new("`check` cannot be used on a function that takes `&Identity`")
                    .help("put the check on the handler: `#[requires(check = ..)]`")
                    .note("a check takes what it needs from the request of a handler");
            self.report.on(path, message);
            return None;
        }
        let next = self.policy.checks.len();
        let slot = *self.slots.entry(show::tokens(path)).or_insert(next);
        if slot == next {
            self.policy.checks.push(path.clone());
        }
        if slot == MAX_CHECKS {
            let message =
                Message::new(format_args!("more than {MAX_CHECKS} checks on one handler"));
            self.report.on(path, message.help("let one check answer for several of them"));
            return None;
        }
        Some(Requirement::Check(slot))
    }

    fn same_value_twice(&mut self, atom: &Atom) {
        let mut seen = Vec::new();
        for value in &atom.values {
            let text = match atom.key.takes {
                Takes::Methods => methods::name(value),
                _ => value.show(),
            };
            if seen.contains(&text) {
                let message = Message::new(format_args!("{} is given twice", quoted(&text)));
                self.report.on(value, message.help("keep one of them"));
            }
            seen.push(text);
        }
    }
}

/// A text is in its own quotes, everything else in backticks.
fn quoted(value: &str) -> String {
    if value.starts_with('"') { value.to_owned() } else { format!("`{value}`") }
}

/// Reports keys that are twice in a comma list without a word that says what is meant.
fn given_twice(terms: &[Term], report: &mut Report) {
    let mut seen: Vec<&Atom> = Vec::new();
    for term in terms {
        let Term::Atom(atom) = term else { continue };
        match seen.iter().find(|first| first.key.word == atom.key.word) {
            None => seen.push(atom),
            Some(first) => {
                let key = atom.key.word;
                let message = Message::new(format_args!("`{key}` is given twice"));
                report.on(&atom.word, message.help(which_is_meant(key, first, atom)));
            }
        }
    }
}

fn which_is_meant(key: &str, first: &Atom, second: &Atom) -> String {
    let shown = |atom: &Atom| atom.values.iter().map(Value::show).collect::<Vec<_>>();
    if first.show() == second.show() {
        return "keep one of them".to_owned();
    }
    let both = |between| [first, second].map(|atom| shown(atom).join(between));
    match first.key.takes {
        Takes::Nothing | Takes::Word => "keep one of them".to_owned(),
        Takes::Factors => {
            let either = both(" | ").join(" | ");
            format!(
                "write `factor({either})` to accept either, or `all({}, {})` to demand both",
                first.show(),
                second.show()
            )
        }
        Takes::Duration => "keep the shorter one".to_owned(),
        Takes::Methods => {
            let either = both(" | ").join(" | ");
            format!("write `{key} = {either}` to accept either")
        }
        Takes::Names(_) | Takes::Checks | Takes::List(_) => {
            let [a, b] = both(" | ");
            format!(
                "write `{key} = {a} | {b}` to accept either, or `all({key} = {a}, {key} = {b})` to demand both"
            )
        }
    }
}

/// `Admin` is `Role::Admin`, with the user's place: so the compiler completes it, and says what was
/// meant where there is no such variant.
fn in_its_enum(kind: AuthorityKind, path: &Path) -> NameValue {
    let mut path = path.clone();
    if path.segments.len() == 1
        && path.leading_colon.is_none()
        && let Some(variant) = path.segments.first()
    {
        let enum_name = Ident::new(kind.variant(), variant.ident.span());
        path.segments.insert(0, PathSegment::from(enum_name));
        return NameValue::Variant(path);
    }
    NameValue::Path(path)
}
