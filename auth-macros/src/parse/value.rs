//! What is behind a key: `= "admin" | Clerk`.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt as _;
use syn::parse::{Parse as _, ParseStream};
use syn::{Ident, Lit, Path, Token, token};

use super::syntax::Value;
use super::{bump, migration_hints, rest_of_item, show};
use crate::keyword::{Keyword, Takes};
use crate::report::{Message, Report};

/// Reads the values of `key`; `None` after an error, which is reported.
pub(super) fn read(
    key: &'static Keyword,
    word: &Ident,
    input: ParseStream<'_>,
    report: &mut Report,
) -> Option<Vec<Value>> {
    equals(key, word, input, report)?;
    let mut values = vec![one(key, &Before { sign: "=", span: word.span() }, input, report)?];
    while input.peek(Token![|]) && !input.peek(Token![||]) {
        let bar = input.span();
        bump(input);
        if matches!(key.takes, Takes::Duration) {
            let message = Message::new(format_args!("`{}` takes one duration", key.word));
            report.at(bar, message.help("keep the shorter one"));
            return None;
        }
        values.push(one(key, &Before { sign: "|", span: bar }, input, report)?);
    }
    Some(values)
}

/// What is in front of a value.
struct Before {
    sign: &'static str,
    /// Where to point if there is no value.
    span: Span,
}

/// Takes the `=`.
fn equals(key: &Keyword, word: &Ident, input: ParseStream<'_>, report: &mut Report) -> Option<()> {
    let span = input.span();
    if input.peek(Token![==]) || input.peek(Token![!=]) {
        let negated = input.peek(Token![!=]);
        let sign = if negated { "!=" } else { "==" };
        bump(input);
        bump(input);
        let value = show::tokens(rest_of_item(input));
        let value = if value.is_empty() { "..".to_owned() } else { value };
        let right = if negated {
            format!("not({} = {value})", key.word)
        } else {
            format!("{} = {value}", key.word)
        };
        let message = Message::new(format_args!("expected `=`, found `{sign}`"));
        report.at(span, message.help(format_args!("write `{right}`")));
        return None;
    }
    if input.peek(Token![=]) {
        bump(input);
        return Some(());
    }
    let rest = rest_of_item(input);
    if rest.is_empty() {
        let message = Message::new(format_args!("`{}` needs {}", key.word, key.takes_text));
        report.on(word, message.help(format_args!("write `{}`", key.example)));
        return None;
    }
    let message = Message::new(format_args!(
        "expected `=` after `{}`, found `{}`",
        key.word,
        head(rest.clone())
    ));
    // `role: Admin`
    let colon = input.peek(Token![:]) && !input.peek(Token![::]);
    // `role in [Admin]`
    let joins = ["in", "is", "eq", "has", "contains"].iter().any(|it| head(rest.clone()) == **it);
    let rest = if colon || joins { rest.into_iter().skip(1).collect() } else { rest };
    report.at(span, message.help(suggestion(key, rest)));
    None
}

/// Reads one value.
fn one(
    key: &'static Keyword,
    before: &Before,
    input: ParseStream<'_>,
    report: &mut Report,
) -> Option<Value> {
    let span = input.span();
    if input.is_empty() || input.peek(Token![,]) {
        let message = Message::new(format_args!(
            "`{}` needs {} after `{}`",
            key.word, key.takes_text, before.sign
        ));
        report.at(before.span, message.help(format_args!("write `{}`", key.example)));
        return None;
    }
    if input.peek(token::Bracket) || input.peek(token::Paren) || input.peek(token::Brace) {
        return refuse(key, input, "a list", report);
    }
    if input.peek(Lit) {
        return literal(key, input, report);
    }
    if input.peek(Token![!]) {
        bump(input);
        let value = show::tokens(rest_of_item(input));
        let message = Message::new("expected a name, found `!`");
        report.at(span, message.help(format_args!("write `not({} = {value})`", key.word)));
        return None;
    }
    let is_path = input.peek(Ident::peek_any) || input.peek(Token![::]);
    if !is_path {
        return refuse(key, input, "", report);
    }
    match key.takes {
        Takes::Names(_) | Takes::Checks | Takes::Methods => path(key, input, report),
        Takes::Duration | Takes::Factors | Takes::Word | Takes::Nothing | Takes::List(_) => {
            refuse(key, input, "a name", report)
        }
    }
}

/// Reads a path to a variant or to a check.
fn path(key: &'static Keyword, input: ParseStream<'_>, report: &mut Report) -> Option<Value> {
    let whole = rest_of_item(input);
    let Ok(path) = Path::parse_mod_style(input) else {
        let message = Message::new(format_args!(
            "expected {}, found `{}`",
            key.takes_text,
            show::tokens(&whole)
        ));
        report.on(whole, message.help(format_args!("write `{}`", key.example)));
        return None;
    };
    if input.peek(token::Paren) || input.peek(Token![<]) {
        let called = show::tokens(&path);
        let message = if matches!(key.takes, Takes::Checks) {
            Message::new("a check is named, not called")
                .help(format_args!("write `check = {called}`"))
                .note("what else it needs it takes from the request, by extractors")
        } else {
            Message::new(format_args!("expected a name, found `{}`", show::tokens(&whole)))
                .help(suggestion(key, inside(input)))
        };
        report.on(&path, message);
        return None;
    }
    Some(Value::Path(path))
}

/// What is in the parentheses that follow.
fn inside(input: ParseStream<'_>) -> TokenStream {
    match bump(&input.fork()) {
        Some(TokenTree::Group(group)) => group.stream(),
        _ => TokenStream::new(),
    }
}

/// Reads a literal and makes sure that it is of the right type.
fn literal(key: &'static Keyword, input: ParseStream<'_>, report: &mut Report) -> Option<Value> {
    let found = match Lit::parse(input) {
        Ok(found) => found,
        Err(error) => {
            report.syntax(error);
            return None;
        }
    };
    let texts = matches!(key.takes, Takes::Names(_) | Takes::Methods | Takes::Duration);
    match found {
        Lit::Str(text) if texts && text.suffix().is_empty() => {
            if !text.value().is_empty() {
                return Some(Value::Text(text));
            }
            let message = Message::new(format_args!("the text of `{}` is empty", key.word));
            report.on(text, message.help(format_args!("write `{}`", key.example)));
        }
        Lit::Int(number) if matches!(key.takes, Takes::Duration) && number.suffix().is_empty() => {
            return Some(Value::Number(number));
        }
        Lit::Int(number) if matches!(key.takes, Takes::Duration) => {
            let message = Message::new(format_args!("the duration `{number}` is not in quotes"));
            report.on(&number, message.help(format_args!("write `{} = \"{number}\"`", key.word)));
        }
        Lit::Str(text) if matches!(key.takes, Takes::Checks) => {
            let message = match text.parse_with(Path::parse_mod_style) {
                Ok(path) => Message::new("a check is named without quotes")
                    .help(format_args!("write `check = {}`", show::tokens(path))),
                Err(_) => wrong_type(key, "a text"),
            };
            report.on(text, message);
        }
        other => {
            let message = wrong_type(key, kind_of(&other));
            report.on(other, message);
        }
    }
    None
}

/// Reports that something else than a value is here.
fn refuse(
    key: &'static Keyword,
    input: ParseStream<'_>,
    what: &str,
    report: &mut Report,
) -> Option<Value> {
    let span = input.span();
    let rest = rest_of_item(input);
    let message = if what.is_empty() {
        let found = head(rest);
        Message::new(format_args!("expected {}, found `{found}`", key.takes_text))
            .help(format_args!("write `{}`", key.example))
    } else if what == "a list" && matches!(key.takes, Takes::Names(_) | Takes::Methods) {
        Message::new(format_args!("`{}` takes {}, not a list", key.word, key.takes_text))
            .help(suggestion(key, rest))
    } else if matches!(key.takes, Takes::Duration) {
        // `Duration::from_secs(300)`
        let found = show::tokens(rest);
        Message::new(format_args!(
            "`{}` takes a text like `\"5m\"` or a number of seconds, not `{found}`",
            key.word
        ))
        .help(format_args!("write `{}`", key.example))
    } else {
        wrong_type(key, what)
    };
    report.at(span, message);
    None
}

fn wrong_type(key: &Keyword, what: &str) -> Message {
    Message::new(format_args!("`{}` takes {}, not {what}", key.word, key.takes_text))
        .help(format_args!("write `{}`", key.example))
}

/// What to write instead of `rest`, in the user's own names if they can be determined.
pub(super) fn suggestion(key: &Keyword, rest: TokenStream) -> String {
    let named = matches!(key.takes, Takes::Names(_) | Takes::Checks);
    match migration_hints::names_in(rest) {
        Some(values) if matches!(key.takes, Takes::Methods) => {
            format!("write `{} = {}`", key.word, values.join(" | "))
        }
        Some(values) if named => migration_hints::several(key.word, &values),
        _ => format!("write `{}`", key.example),
    }
}

/// The first token of `rest`, for "found ..".
pub(super) fn head(rest: TokenStream) -> String {
    match rest.into_iter().next() {
        Some(TokenTree::Group(group)) => {
            show::tokens(group.into_token_stream()).chars().take(1).collect()
        }
        Some(token) => token.to_string(),
        None => String::new(),
    }
}

fn kind_of(literal: &Lit) -> &'static str {
    match literal {
        Lit::Str(text) if !text.suffix().is_empty() => "a text with a suffix",
        Lit::Str(_) => "a text",
        Lit::ByteStr(_) | Lit::Byte(_) => "bytes",
        Lit::CStr(_) => "a C string",
        Lit::Char(_) => "a single character",
        Lit::Int(_) | Lit::Float(_) => "a number",
        Lit::Bool(_) => "`true` or `false`",
        _ => "this literal",
    }
}
