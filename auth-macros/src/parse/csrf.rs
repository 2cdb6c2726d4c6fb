//! `csrf(exempt = "signed webhook", web_socket)`.

use proc_macro2::Ident;
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::{Lit, LitStr, Token, token};

use super::requirement::parenthesized;
use super::{bump, rest_of_item, show, skip_item, value};
use crate::nearest::nearest;
use crate::report::{Message, Report};

/// The word in front.
pub(super) const WORD: &str = "csrf";

const EXEMPT: &str = "exempt";
const WEB_SOCKET: &str = "web_socket";
const HELP: &str = "write `csrf(exempt = \"signed webhook, see docs/hooks.md\")`";

/// What leaves the cross-site check out.
pub(crate) struct Exemption {
    pub(crate) word: Ident,
    /// Why that is safe.
    pub(crate) reason: LitStr,
    /// Whether it holds for the handshake of a WebSocket, too.
    pub(crate) web_socket: bool,
}

/// Reads what is behind `csrf`; `None` after an error, which is reported.
pub(super) fn read(word: Ident, input: ParseStream<'_>, report: &mut Report) -> Option<Exemption> {
    if !input.peek(token::Paren) {
        let message = Message::new("`csrf` does not say what is exempt from the cross-site check");
        report.on(&word, message.help(HELP));
        return None;
    }
    let content = match parenthesized(input) {
        Ok(content) => content,
        Err(error) => {
            report.syntax(error);
            return None;
        }
    };
    let (mut reason, mut web_socket) = (Vec::new(), Vec::new());
    let before = report.len();
    while !content.is_empty() {
        if one(&content, &mut reason, &mut web_socket, report).is_none() {
            skip_item(&content);
        } else if content.peek(Token![,]) {
            bump(&content);
        } else if !content.is_empty() {
            let found = value::head(rest_of_item(&content));
            let message = Message::new(format_args!("expected `,` or `)`, found `{found}`"));
            report.at(content.span(), message.help(HELP));
            skip_item(&content);
        }
    }
    if report.len() > before {
        return None;
    }
    let Some(reason) = reason.into_iter().next() else {
        let message = Message::new("`csrf` needs a reason for the exemption");
        report.on(&word, message.help(HELP));
        return None;
    };
    Some(Exemption { word, reason, web_socket: !web_socket.is_empty() })
}

/// Reads one argument; `None` after an error, which is reported.
fn one(
    input: ParseStream<'_>,
    reason: &mut Vec<LitStr>,
    web_socket: &mut Vec<Ident>,
    report: &mut Report,
) -> Option<()> {
    let span = input.span();
    if input.peek(Lit) {
        let text = show::tokens(rest_of_item(input));
        let message = Message::new("the reason needs its key");
        report.at(span, message.help(format_args!("write `csrf(exempt = {text})`")));
        return None;
    }
    if !input.peek(Ident::peek_any) {
        let found = value::head(rest_of_item(input));
        report
            .at(span, Message::new(format_args!("expected `exempt`, found `{found}`")).help(HELP));
        return None;
    }
    let word = input.call(Ident::parse_any).ok()?;
    let twice = |report: &mut Report| {
        let message = Message::new(format_args!("`{word}` is given twice"));
        report.on(&word, message.help("keep one of them"));
    };
    if word == WEB_SOCKET {
        if !web_socket.is_empty() {
            twice(report);
            return None;
        }
        web_socket.push(word);
        return Some(());
    }
    if word != EXEMPT {
        let similar = nearest(&word.to_string(), [EXEMPT, WEB_SOCKET]);
        let meant = similar.map(|it| format!("; did you mean `{it}`?")).unwrap_or_default();
        let message = Message::new(format_args!("`csrf` has no `{word}`{meant}"));
        report.on(&word, message.help(HELP));
        return None;
    }
    if !input.peek(Token![=]) {
        let message = Message::new("`exempt` needs a reason");
        report.on(&word, message.help(HELP));
        return None;
    }
    bump(input);
    let span = input.span();
    let Ok(text) = input.parse::<LitStr>() else {
        let message = Message::new("`exempt` takes a reason in quotes");
        report.at(span, message.help(HELP));
        return None;
    };
    if text.value().trim().is_empty() {
        let message = Message::new("the reason of the exemption is empty");
        report.on(text, message.help("say why no page of another site can misuse the endpoint"));
        return None;
    }
    if !reason.is_empty() {
        twice(report);
        return None;
    }
    reason.push(text);
    Some(())
}
