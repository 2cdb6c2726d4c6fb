//! The arguments of `#[public(..)]` and `#[check(..)]`: a text and `crate = path`.

use proc_macro2::TokenStream;
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::{Ident, Lit, LitStr, Path, Token};

use super::{bump, rest_of_item, show, skip_item, value};
use crate::report::{Message, Report};

/// What `#[public(..)]` or `#[check(..)]` was given.
#[derive(Default)]
pub(crate) struct Arguments {
    pub(crate) krate: Option<Path>,
    /// The reason, or the sentence.
    pub(crate) text: Option<LitStr>,
}

/// How the text is written.
#[derive(Clone, Copy)]
pub(crate) enum Style {
    /// `#[public(reason = "..")]`
    Reason,
    /// `#[check("..")]`
    Sentence,
}

impl Style {
    const fn example(self) -> &'static str {
        match self {
            Self::Reason => "#[public(reason = \"liveness probe\")]",
            Self::Sentence => "#[check(\"the caller placed the order\")]",
        }
    }

    const fn what(self) -> &'static str {
        match self {
            Self::Reason => "reason",
            Self::Sentence => "sentence",
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Reason => "#[public]",
            Self::Sentence => "#[check]",
        }
    }
}

/// Reads the arguments.
pub(crate) fn read(tokens: TokenStream, style: Style, report: &mut Report) -> Arguments {
    super::all(tokens, |input| {
        let mut arguments = Arguments::default();
        while !input.is_empty() {
            if one(input, style, &mut arguments, report).is_none() {
                skip_item(input);
            } else if input.peek(Token![,]) {
                bump(input);
            } else if !input.is_empty() {
                let found = value::head(rest_of_item(input));
                let message = Message::new(format_args!("expected `,`, found `{found}`"));
                report.at(input.span(), message.help(format_args!("write `{}`", style.example())));
                skip_item(input);
            }
        }
        arguments
    })
}

/// Reads one argument; `None` after an error, which is reported.
fn one(
    input: ParseStream<'_>,
    style: Style,
    arguments: &mut Arguments,
    report: &mut Report,
) -> Option<()> {
    let span = input.span();
    if input.peek(Token![crate]) {
        let path = crate_path(input, report)?;
        if arguments.krate.replace(path).is_some() {
            report.at(span, Message::new("`crate` is given twice").help("keep one of them"));
        }
        return Some(());
    }
    let found = match style {
        Style::Reason => reason(input, report)?,
        Style::Sentence => sentence(input, report)?,
    };
    if found.value().trim().is_empty() {
        let message = Message::new(format_args!("the {} is empty", style.what()));
        report.on(found, message.help(format_args!("write `{}`", style.example())));
        return None;
    }
    if arguments.text.is_some() {
        let message = Message::new(format_args!("the {} is given twice", style.what()));
        report.at(span, message.help("keep one of them"));
        return None;
    }
    arguments.text = Some(found);
    Some(())
}

fn reason(input: ParseStream<'_>, report: &mut Report) -> Option<LitStr> {
    let span = input.span();
    if input.peek(LitStr) {
        let text = show::tokens(rest_of_item(input));
        let message = Message::new("the reason needs its key")
            .help(format_args!("write `#[public(reason = {text})]`"));
        report.at(span, message);
        return None;
    }
    if input.peek(Ident::peek_any) {
        let word = input.call(Ident::parse_any).ok()?;
        if word != "reason" {
            report.on(&word, unknown(&word, Style::Reason));
            return None;
        }
        if input.peek(Token![=]) && !input.peek(Token![==]) {
            bump(input);
            return text(input, Style::Reason, report);
        }
    }
    expected(input, Style::Reason, report);
    None
}

fn sentence(input: ParseStream<'_>, report: &mut Report) -> Option<LitStr> {
    if input.peek(Ident::peek_any) {
        let word = input.call(Ident::parse_any).ok()?;
        report.on(&word, unknown(&word, Style::Sentence));
        return None;
    }
    text(input, Style::Sentence, report)
}

/// Reads a text in quotes.
fn text(input: ParseStream<'_>, style: Style, report: &mut Report) -> Option<LitStr> {
    if input.peek(Lit)
        && let Ok(Lit::Str(text)) = input.fork().parse()
        && text.suffix().is_empty()
    {
        bump(input);
        return Some(text);
    }
    expected(input, style, report);
    None
}

fn expected(input: ParseStream<'_>, style: Style, report: &mut Report) {
    let message = Message::new(format_args!("the {} is a text in quotes", style.what()));
    report.at(input.span(), message.help(format_args!("write `{}`", style.example())));
}

fn unknown(word: &Ident, style: Style) -> Message {
    Message::new(format_args!("unknown argument `{word}` of `{}`", style.name()))
        .help(format_args!("write `{}`", style.example()))
}

/// Reads `crate = path`.
pub(super) fn crate_path(input: ParseStream<'_>, report: &mut Report) -> Option<Path> {
    let span = input.span();
    bump(input);
    if input.peek(Token![=]) && !input.peek(Token![==]) {
        bump(input);
        if let Ok(path) = Path::parse_mod_style(input) {
            return Some(path);
        }
    }
    let message = Message::new("`crate` needs the path under which `auth_core` is known here");
    let message = message
        .help("write `crate = my_framework::auth_core`")
        .help("or once, in the root of your crate: `extern crate my_name as auth_core;`, if the dependency is only renamed");
    report.at(span, message);
    None
}
