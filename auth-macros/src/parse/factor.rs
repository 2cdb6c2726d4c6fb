//! `factor(Passkey | Totp, within = "5m")`.

use proc_macro2::{Ident, TokenStream};
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::{Lit, LitStr, Path, Token, token};

use super::requirement::parenthesized;
use super::syntax::{Atom, Value};
use super::{bump, migration_hints, rest_of_item, show, value};
use crate::keyword::{Keyword, WITHIN};
use crate::nearest::nearest;
use crate::report::{Message, Report};

/// The factors of `auth-core`, as they are called in Rust: for help lines. Whether a word is one of them
/// is for the compiler to say.
const FACTORS: [&str; 6] = ["Password", "Totp", "Passkey", "Recovery", "Federated", "Code"];

/// Reads what is behind `factor`; `None` after an error, which is reported.
pub(super) fn read(
    key: &'static Keyword,
    word: Ident,
    input: ParseStream<'_>,
    report: &mut Report,
) -> Option<Atom> {
    if !input.peek(token::Paren) {
        let message = Message::new(format_args!("`{word}` needs its factors in parentheses"));
        let names = migration_hints::names_in(rest_of_item(input)).unwrap_or_default();
        let help = match names.as_slice() {
            [] => key.example.to_owned(),
            names => format!(
                "factor({})",
                names.iter().map(|it| meant(it)).collect::<Vec<_>>().join(" | ")
            ),
        };
        report.on(word, message.help(format_args!("write `{help}`")));
        return None;
    }
    let content = match parenthesized(input) {
        Ok(content) => content,
        Err(error) => {
            report.syntax(error);
            return None;
        }
    };
    if content.is_empty() {
        let message = Message::new(format_args!("`{word}()` needs at least one factor"))
            .help(format_args!("write `{}`", key.example));
        report.on(&word, message.note(listing()));
        return None;
    }
    let mut values = vec![factor(&content, report)?];
    while content.peek(Token![|]) && !content.peek(Token![||]) {
        bump(&content);
        values.push(factor(&content, report)?);
    }
    let mut within = None;
    if content.peek(Token![,]) {
        bump(&content);
        if !content.is_empty() {
            within = Some(age(&values, &content, report)?);
        }
    }
    if content.peek(Token![,]) {
        bump(&content);
    }
    if !content.is_empty() {
        let found = value::head(content.fork().parse::<TokenStream>().unwrap_or_default());
        let message = Message::new(format_args!("expected `,` or `)`, found `{found}`"));
        report.at(content.span(), message.help("factors are separated by `|`"));
        return None;
    }
    Some(Atom { key, word, values, within })
}

/// Reads the name of a factor.
fn factor(input: ParseStream<'_>, report: &mut Report) -> Option<Value> {
    let span = input.span();
    if input.peek(Lit) {
        let text = input.fork().parse::<LitStr>().map(|text| text.value()).unwrap_or_default();
        let message = Message::new("a factor is named without quotes");
        let message = match nearest(&text, FACTORS) {
            Some(name) => message.help(format_args!("write `factor({name})`")),
            None => message.note(listing()),
        };
        report.at(span, message);
        return None;
    }
    if !input.peek(Ident::peek_any) {
        let found = value::head(rest_of_item(input));
        let message = if found.is_empty() {
            Message::new("expected a factor")
        } else {
            Message::new(format_args!("expected a factor, found `{found}`"))
        };
        report.at(span, message.note(listing()));
        return None;
    }
    let path = match Path::parse_mod_style(input) {
        Ok(path) => path,
        Err(error) => {
            report.syntax(error);
            return None;
        }
    };
    if path.get_ident().is_none() {
        let last = path.segments.last().map(|last| last.ident.to_string()).unwrap_or_default();
        let message =
            Message::new(format_args!("expected a factor, found `{}`", show::tokens(&path)));
        report.on(&path, message.help(format_args!("write `factor({last})`")).note(listing()));
        return None;
    }
    Some(Value::Path(path))
}

/// Reads `within = "5m"`.
fn age(factors: &[Value], input: ParseStream<'_>, report: &mut Report) -> Option<Value> {
    let span = input.span();
    let ahead = input.fork();
    let word = ahead.call(Ident::parse_any).ok();
    let Some(word) = word.filter(|word| ahead.peek(Token![=]) || word == WITHIN.word) else {
        let more = migration_hints::names_in(input.fork().parse().unwrap_or_default());
        let message = Message::new(format_args!(
            "expected `within`, found `{}`",
            value::head(rest_of_item(input))
        ));
        let help = match more {
            _ if input.peek(Lit) => {
                format!("write `within = {}`", value::head(rest_of_item(input)))
            }
            None => format!("write `{}`", WITHIN.example),
            Some(more) => {
                let mut all: Vec<String> = factors.iter().map(Value::show).collect();
                all.extend(more.iter().map(|it| meant(it)));
                let each: Vec<String> = all.iter().map(|it| format!("factor({it})")).collect();
                format!(
                    "write `factor({})` to accept either, or `all({})` to demand each",
                    all.join(" | "),
                    each.join(", ")
                )
            }
        };
        report.at(span, message.help(help));
        return None;
    };
    if word != WITHIN.word {
        let message = Message::new(format_args!("`factor` has no `{word}`"));
        report.at(span, message.help(format_args!("write `{}`", WITHIN.example)));
        return None;
    }
    bump(input);
    value::read(&WITHIN, &word, input, report)?.into_iter().next()
}

/// The factor that was probably meant.
fn meant(written: &str) -> String {
    let plain = written.trim_matches('"');
    nearest(plain, FACTORS).unwrap_or(plain).to_owned()
}

fn listing() -> String {
    let names: Vec<String> = FACTORS.iter().map(|name| format!("`{name}`")).collect();
    format!("the factors are {}", names.join(", "))
}
