//! The comma list of `#[requires(..)]` and `requirement!(..)`.

use proc_macro2::TokenStream;
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::{Ident, Lit, Path, Token, token};

use super::syntax::{Arguments, Atom, List, Term};
use super::{bump, csrf, factor, migration_hints, rest_of_item, show, skip_item, value};
use crate::keyword::{self, Combine, Keyword, Takes};
use crate::report::{Message, Report};

/// How deep lists may be in each other. No one reads more, and rustc's own recursion ends too.
const MAX_DEPTH: usize = 16;

/// Reads the arguments of the macro called `name` in messages.
pub(crate) fn read(tokens: TokenStream, name: &'static str, report: &mut Report) -> Arguments {
    if tokens.is_empty() {
        report.at(proc_macro2::Span::call_site(), nothing_required(name));
        return Arguments::default();
    }
    super::all(tokens, |input| {
        let mut parser = Parser { report, krate: None, csrf: None, name };
        let terms = parser.list(input, 0);
        let Parser { krate, csrf, .. } = parser;
        if terms.is_empty() && report.is_empty() {
            report.at(proc_macro2::Span::call_site(), nothing_required(name));
        }
        Arguments { krate, terms, csrf }
    })
}

/// Nothing is never "allow": the two things that may have been meant.
fn nothing_required(name: &str) -> Message {
    let message = Message::new(format_args!("`{name}` needs at least one requirement"))
        .help("write `authenticated` to let every caller in who is logged in");
    if name == "requirement!" {
        message
    } else {
        message.help("write `#[public(reason = \"..\")]` instead to leave the handler open")
    }
}

struct Parser<'a> {
    report: &'a mut Report,
    krate: Option<Path>,
    csrf: Option<csrf::Exemption>,
    /// The macro.
    name: &'static str,
}

impl Parser<'_> {
    fn list(&mut self, input: ParseStream<'_>, depth: usize) -> Vec<Term> {
        let mut terms = Vec::new();
        while !input.is_empty() {
            if input.peek(Token![,]) {
                let message = Message::new("expected a requirement, found `,`");
                self.report.at(input.span(), message.help("remove the comma"));
                bump(input);
            } else if depth == 0 && input.peek(Token![crate]) && !input.peek2(Token![::]) {
                if self.crate_path(input).is_some() {
                    self.separator(input, None);
                } else {
                    skip_item(input);
                }
            } else if input.fork().call(Ident::parse_any).is_ok_and(|word| word == csrf::WORD) {
                if self.csrf(input, depth).is_some() {
                    self.separator(input, None);
                } else {
                    skip_item(input);
                }
            } else if let Some(term) = self.term(input, depth, terms.last()) {
                self.separator(input, Some(&term));
                terms.push(term);
            } else {
                skip_item(input);
            }
        }
        terms
    }

    /// Reads one requirement; `None` after an error, which is reported.
    fn term(
        &mut self,
        input: ParseStream<'_>,
        depth: usize,
        before: Option<&Term>,
    ) -> Option<Term> {
        let span = input.span();
        if input.peek(Lit) {
            let literal = show::tokens(rest_of_item(input));
            let text = input.fork().parse::<syn::LitStr>().map(|text| text.value());
            let message =
                if let Some(help) = text.ok().and_then(|it| migration_hints::help_for_text(&it)) {
                    Message::new(format_args!("{literal} is not a requirement")).help(help)
                } else {
                    keyless(&literal, &literal, "role", before)
                };
            self.report.at(span, message);
            bump(input);
            return None;
        }
        if input.peek(Token![!]) {
            bump(input);
            let rest = show::tokens(rest_of_item(input));
            let message = Message::new("expected a requirement, found `!`");
            self.report.at(span, message.help(format_args!("write `not({rest})`")));
            return None;
        }
        if input.peek(token::Paren) || input.peek(token::Bracket) || input.peek(token::Brace) {
            let message = Message::new("a list needs a word in front that says how it combines")
                .help("write `any(..)` to accept either, or `all(..)` to demand each");
            self.report.at(span, message);
            return None;
        }
        if let Some(path) = named(input) {
            return Some(Term::Named(path));
        }
        if !input.peek(Ident::peek_any) {
            let found = value::head(rest_of_item(input));
            let message = Message::new(format_args!("expected a requirement, found `{found}`"));
            self.report.at(span, message.note(requirements()));
            return None;
        }
        let word = input.call(Ident::parse_any).ok()?;
        match keyword::find(&word.to_string()) {
            Some(key) if !input.peek(Token![::]) => self.known(key, word, input, depth),
            _ => {
                self.unknown(&word, input, before);
                None
            }
        }
    }

    fn known(
        &mut self,
        key: &'static Keyword,
        word: Ident,
        input: ParseStream<'_>,
        depth: usize,
    ) -> Option<Term> {
        match key.takes {
            Takes::List(combine) => self.nested(key, combine, word, input, depth),
            Takes::Nothing | Takes::Word => {
                if input.peek(Token![=]) || input.peek(token::Paren) {
                    let message = Message::new(format_args!("`{word}` takes nothing"));
                    self.report
                        .at(input.span(), message.help(format_args!("write `{}`", key.example)));
                    return None;
                }
                Some(Term::Atom(Atom { key, word, values: Vec::new(), within: None }))
            }
            Takes::Factors => factor::read(key, word, input, self.report).map(Term::Atom),
            Takes::Names(_) | Takes::Methods | Takes::Duration | Takes::Checks => {
                let values = value::read(key, &word, input, self.report)?;
                Some(Term::Atom(Atom { key, word, values, within: None }))
            }
        }
    }

    /// Reads the parentheses of `any`, `all`, `not`.
    fn nested(
        &mut self,
        key: &'static Keyword,
        combine: Combine,
        word: Ident,
        input: ParseStream<'_>,
        depth: usize,
    ) -> Option<Term> {
        if !input.peek(token::Paren) {
            let message =
                Message::new(format_args!("`{word}` needs its requirements in parentheses"));
            self.report.on(word, message.help(format_args!("write `{}`", key.example)));
            return None;
        }
        if depth == MAX_DEPTH {
            let message =
                Message::new(format_args!("lists may be nested at most {MAX_DEPTH} deep"))
                    .help("move a part of it into a `#[check(\"..\")]`");
            self.report.on(word, message);
            return None;
        }
        let content = match parenthesized(input) {
            Ok(content) => content,
            Err(error) => {
                self.report.syntax(error);
                return None;
            }
        };
        if content.is_empty() {
            let name = format!("{word}()");
            self.report.on(&word, nothing_inside(&name, key, combine));
            return None;
        }
        let terms = self.list(&content, depth + 1);
        if terms.is_empty() {
            return None;
        }
        Some(Term::List(List { combine, word, terms }))
    }

    /// Reports a word that is no keyword.
    fn unknown(&mut self, word: &Ident, input: ParseStream<'_>, before: Option<&Term>) {
        let rest = rest_of_item(input);
        let text = word.to_string();
        if input.peek(Token![::]) || (rest.is_empty() && starts_like_a_variant(&text)) {
            let path = format!("{word}{}", show::tokens(rest));
            let key = ["permission", "scope", "group"]
                .into_iter()
                .find(|key| path.to_ascii_lowercase().contains(&format!("{key}::")));
            let shown = format!("`{path}`");
            let message = keyless(&shown, &path, key.unwrap_or("role"), before);
            self.report.on(word, or_a_constant(message, &path));
            return;
        }
        let message = Message::new(format_args!("unknown requirement `{word}`"));
        let message = if text == "crate" {
            message.help("put `crate = path` in front of the whole list")
        } else if self.name == "requirement!" && text == "public" {
            message.help("add a service that everyone may use to the `axum::Router` that `.protect(..)` returns, or call it from a handler under `#[public]`")
        } else if let Some(help) = migration_hints::help(&text, rest.clone()) {
            message.help(help)
        } else if let Some(key) = keyword::similar(&text) {
            message
                .help(format_args!("a requirement with a similar name exists: `{}`", key.word))
                .note(requirements())
        } else if rest.is_empty() {
            let message = keyless(&format!("`{text}`"), &format!("\"{text}\""), "role", before);
            or_a_constant(message, &text)
        } else {
            message.note(requirements())
        };
        self.report.on(word, message);
    }

    /// Reads `csrf(..)`, which is about the endpoint of a handler as a whole.
    fn csrf(&mut self, input: ParseStream<'_>, depth: usize) -> Option<()> {
        let word = input.call(Ident::parse_any).ok()?;
        if self.name == "requirement!" {
            let message = Message::new("a requirement cannot be exempt from the cross-site check")
                .help("put `csrf(..)` on the handler: `#[requires(.., csrf(exempt = \"..\"))]`");
            self.report.on(&word, message);
            return None;
        }
        if depth > 0 {
            let message = Message::new("`csrf` is about the whole endpoint")
                .help("put it in the outermost list");
            self.report.on(&word, message);
            return None;
        }
        let exemption = csrf::read(word.clone(), input, self.report)?;
        if self.csrf.replace(exemption).is_some() {
            let message = Message::new("`csrf` is given twice");
            self.report.on(&word, message.help("keep one of them"));
        }
        Some(())
    }

    /// Reads `crate = path`.
    fn crate_path(&mut self, input: ParseStream<'_>) -> Option<()> {
        let span = input.span();
        let path = super::argument::crate_path(input, self.report)?;
        if self.krate.replace(path).is_some() {
            self.report.at(span, Message::new("`crate` is given twice").help("keep one of them"));
        }
        Some(())
    }

    /// Takes the comma behind a requirement, or reports what is there instead.
    fn separator(&mut self, input: ParseStream<'_>, before: Option<&Term>) {
        if input.is_empty() {
            return;
        }
        if input.peek(Token![,]) {
            bump(input);
            return;
        }
        let span = input.span();
        let rest = rest_of_item(input);
        let found = operator(input).unwrap_or_else(|| value::head(rest.clone()));
        let message = match found.as_str() {
            "||" | "|" | "or" => Message::new(format_args!("expected `,`, found `{found}`"))
                .help(either(before, input)),
            "&&" | "&" | "+" | "and" => Message::new(format_args!("expected `,`, found `{found}`"))
                .help(both(before, input)),
            _ => Message::new(format_args!("expected `,`, found `{found}`"))
                .help("requirements are separated by commas"),
        };
        self.report.at(span, message);
        skip_item(input);
    }
}

/// The help for `role = A || B` and `role = A || scope = B`.
fn either(before: Option<&Term>, input: ParseStream<'_>) -> String {
    match operands(before, input) {
        Some((atom, Operand::Values(next))) => {
            format!("write `{} | {}`", atom.show(), next.join(" | "))
        }
        Some((atom, Operand::Requirement(next))) => {
            format!("write `any({}, {next})`", atom.show())
        }
        None => "write `any(.., ..)` to accept either".to_owned(),
    }
}

/// The help for `role = A && B` and `role = A && scope = B`.
fn both(before: Option<&Term>, input: ParseStream<'_>) -> String {
    match operands(before, input) {
        Some((atom, Operand::Values(next))) => {
            let next = next.iter().map(|value| format!(", {} = {value}", atom.word));
            format!("write `all({}{})`", atom.show(), next.collect::<String>())
        }
        Some((atom, Operand::Requirement(next))) => {
            format!("write `{}, {next}`: each requirement of a list has to be met", atom.show())
        }
        None => "write a comma: each requirement of a list has to be met".to_owned(),
    }
}

/// What follows an operator.
enum Operand {
    /// More values for the key in front.
    Values(Vec<String>),
    /// A requirement of its own.
    Requirement(String),
}

fn operands<'a>(before: Option<&'a Term>, input: ParseStream<'_>) -> Option<(&'a Atom, Operand)> {
    let Some(Term::Atom(atom)) = before else { return None };
    if matches!(atom.key.takes, Takes::Nothing | Takes::Duration) {
        return None;
    }
    let ahead = input.fork();
    if operator(&ahead).is_some() {
        bump(&ahead);
    }
    bump(&ahead);
    let rest = rest_of_item(&ahead);
    if ahead.peek2(Token![=]) || ahead.peek2(token::Paren) {
        return Some((atom, Operand::Requirement(show::tokens(rest))));
    }
    if matches!(atom.key.takes, Takes::Word | Takes::Factors) {
        return None;
    }
    migration_hints::names_in(rest).map(|values| (atom, Operand::Values(values)))
}

/// An operator of two signs, as the user sees it.
fn operator(input: ParseStream<'_>) -> Option<String> {
    if input.peek(Token![||]) {
        Some("||".to_owned())
    } else if input.peek(Token![&&]) {
        Some("&&".to_owned())
    } else {
        None
    }
}

/// A name without the key that says what it is a name of; `before` may have had that key.
fn keyless(shown: &str, value: &str, key: &str, before: Option<&Term>) -> Message {
    let message = Message::new(format_args!("{shown} does not say what it is a name of"));
    if let Some(Term::Atom(atom)) = before
        && matches!(atom.key.takes, Takes::Names(_))
    {
        return message.help(format_args!("write `{} | {value}` to accept either", atom.show()));
    }
    message
        .help(format_args!("write `{key} = {value}` if it is a {key}"))
        .note("a name can be a `role`, a `permission`, a `scope` or a `group`")
}

/// The note for a path that would be that of a named requirement, were it in capitals.
fn or_a_constant(message: Message, path: &str) -> Message {
    let name = path.rsplit("::").next().unwrap_or(path);
    let is_word = name.starts_with(char::is_lowercase)
        && name.chars().all(|sign| sign == '_' || sign.is_alphanumeric());
    if !is_word {
        return message;
    }
    let module = path.strip_suffix(name).unwrap_or_default();
    let name = name.to_uppercase();
    message.note(format_args!("a named requirement is a constant in capitals: `{module}{name}`"))
}

fn nothing_inside(what: &str, key: &Keyword, combine: Combine) -> Message {
    let message = Message::new(format_args!("`{what}` needs at least one requirement"))
        .help(format_args!("write `{}`", key.example));
    match combine {
        Combine::Any => message.note("no caller would satisfy an empty `any`"),
        Combine::All => message.note("every caller would satisfy an empty `all`"),
        Combine::Not => message,
    }
}

/// Reads the path of a constant, if that is what is next: known by how constants are written.
fn named(input: ParseStream<'_>) -> Option<Path> {
    let ahead = input.fork();
    let path = Path::parse_mod_style(&ahead).ok()?;
    let ends = ahead.is_empty() || ahead.peek(Token![,]);
    if !ends || !is_constant(&path.segments.last()?.ident.to_string()) {
        return None;
    }
    let _ = Path::parse_mod_style(input);
    Some(path)
}

/// `STAFF`, `LEVEL_2`
fn is_constant(word: &str) -> bool {
    word.starts_with(char::is_uppercase) && !word.contains(char::is_lowercase)
}

fn requirements() -> String {
    format!("the requirements are {}", keyword::listing())
}

fn starts_like_a_variant(word: &str) -> bool {
    word.starts_with(char::is_uppercase)
}

pub(super) fn parenthesized(input: ParseStream<'_>) -> syn::Result<syn::parse::ParseBuffer<'_>> {
    let content;
    syn::parenthesized!(content in input);
    Ok(content)
}
