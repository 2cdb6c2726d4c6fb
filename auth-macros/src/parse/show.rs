//! Tokens as a person would write them, for help lines that can be copied.

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};
use quote::ToTokens;

/// `tokens` on one line, spaced as rustfmt would.
pub(crate) fn tokens(tokens: impl ToTokens) -> String {
    let mut text = String::new();
    write(&mut text, tokens.into_token_stream());
    text
}

fn write(text: &mut String, tokens: TokenStream) {
    // Whether the next token follows without a space.
    let mut tight = true;
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::Brace => ("{ ", " }"),
                    Delimiter::None => ("", ""),
                };
                // `any(..)`, but `= (..)`.
                if !tight && !text.ends_with(|last: char| last.is_alphanumeric() || last == '_') {
                    text.push(' ');
                }
                text.push_str(open);
                write(text, group.stream());
                text.push_str(close);
                tight = false;
            }
            TokenTree::Punct(punct) => {
                let sign = punct.as_char();
                if !tight && !matches!(sign, ',' | ':' | ';' | '.' | '?') {
                    text.push(' ');
                }
                text.push(sign);
                tight = punct.spacing() == Spacing::Joint || matches!(sign, ':' | '.' | '!' | '&');
            }
            TokenTree::Ident(_) | TokenTree::Literal(_) => {
                if !tight {
                    text.push(' ');
                }
                text.push_str(&token.to_string());
                tight = false;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn spaces_stand_where_people_put_them() {
        for text in [
            "role = \"a\" | crate::access::Role::B, any(scope = Read, not(group = \"x\"))",
            "a == b || !c",
            "[\"a\", \"b\"]",
        ] {
            let tokens: Result<proc_macro2::TokenStream, _> = text.parse();
            assert_eq!(tokens.map(super::tokens).unwrap_or_default(), text);
        }
    }
}
