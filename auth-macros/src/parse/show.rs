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
    // Whether the next token follows without a space, and whether the last one was an operand.
    let (mut tight, mut operand) = (true, false);
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
                if !tight && !operand {
                    text.push(' ');
                }
                text.push_str(open);
                write(text, group.stream());
                text.push_str(close);
                (tight, operand) = (false, true);
            }
            TokenTree::Punct(punct) => {
                let sign = punct.as_char();
                if !tight && !matches!(sign, ',' | ':' | ';' | '.' | '?' | '<' | '>') {
                    text.push(' ');
                }
                text.push(sign);
                let prefix = matches!(sign, '!' | '&' | '-' | '*') && !operand;
                tight = prefix
                    || punct.spacing() == Spacing::Joint
                    || matches!(sign, ':' | '.' | '<' | '\'');
                operand = sign == '>' || punct.spacing() == Spacing::Joint && operand;
            }
            TokenTree::Ident(_) | TokenTree::Literal(_) => {
                if !tight {
                    text.push(' ');
                }
                text.push_str(&token.to_string());
                (tight, operand) = (false, true);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn spaces_are_where_people_put_them() {
        for text in [
            "role = \"a\" | crate::access::Role::B, any(scope = Read, not(group = \"x\"))",
            "a == b || !c && \"d\" && e",
            "&Order",
            "&mut Order",
            "Json<Vec<u8>>",
            "not(!role = -1)",
            "[\"a\", \"b\"]",
        ] {
            let tokens: Result<proc_macro2::TokenStream, _> = text.parse();
            assert_eq!(tokens.map(super::tokens).unwrap_or_default(), text);
        }
    }
}
