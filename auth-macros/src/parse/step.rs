//! The arguments of `#[pending(..)]`: what the sign-in lacks, and `crate = path`.

use proc_macro2::TokenStream;
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::{Ident, LitStr, Path, Token};

use super::{argument, bump, rest_of_item, skip_item, value};
use crate::nearest::nearest;
use crate::report::{Message, Report};

/// The one step that a sign-in can lack.
pub(crate) const SECOND_FACTOR: &str = "second_factor";

const HELP: &str = "write `#[pending(second_factor)]`";

/// What `#[pending(..)]` was given.
#[derive(Default)]
pub(crate) struct Step {
    pub(crate) krate: Option<Path>,
    /// Whether there was something that names the step, right or wrong.
    is_named: bool,
}

/// Reads the arguments.
pub(crate) fn read(tokens: TokenStream, report: &mut Report) -> Step {
    let step = super::all(tokens, |input| {
        let mut step = Step::default();
        while !input.is_empty() {
            if one(input, &mut step, report).is_none() {
                skip_item(input);
            } else if input.peek(Token![,]) {
                bump(input);
            } else if !input.is_empty() {
                let found = value::head(rest_of_item(input));
                let message = Message::new(format_args!("expected `,`, found `{found}`"));
                report.at(input.span(), message.help(HELP));
                skip_item(input);
            }
        }
        step
    });
    if !step.is_named {
        let message = Message::new("`#[pending]` does not say what the sign-in lacks");
        report.at(proc_macro2::Span::call_site(), message.help(HELP));
    }
    step
}

/// Reads one argument; `None` after an error, which is reported.
fn one(input: ParseStream<'_>, step: &mut Step, report: &mut Report) -> Option<()> {
    let span = input.span();
    if input.peek(Token![crate]) {
        let path = argument::crate_path(input, report)?;
        if step.krate.replace(path).is_some() {
            report.at(span, Message::new("`crate` is given twice").help("keep one of them"));
        }
        return Some(());
    }
    let was_named = std::mem::replace(&mut step.is_named, true);
    if input.peek(LitStr) {
        let message = Message::new("what the sign-in lacks is a word, not a text");
        report.at(span, message.help(HELP));
        return None;
    }
    if !input.peek(Ident::peek_any) {
        let found = value::head(rest_of_item(input));
        let message =
            Message::new(format_args!("expected what the sign-in lacks, found `{found}`"));
        report.at(span, message.help(HELP));
        return None;
    }
    let word = input.call(Ident::parse_any).ok()?;
    if word != SECOND_FACTOR {
        let meant = nearest(&word.to_string(), [SECOND_FACTOR]).is_some();
        let meant = if meant { "; did you mean `second_factor`?" } else { "" };
        let message = Message::new(format_args!("no sign-in lacks `{word}`{meant}"));
        report.on(&word, message.help(HELP));
        return None;
    }
    if was_named {
        let message = Message::new("what the sign-in lacks is given twice");
        report.at(span, message.help("keep one of them"));
        return None;
    }
    Some(())
}
