//! The function under an attribute: its signature, and its body as it is.
//!
//! The body is never parsed, so that editors keep working while someone types in it.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::{Attribute, Ident, Lit, LitStr, Signature, Token, Visibility, token};

use super::bump;
use crate::report::Report;

/// What is under an attribute.
pub(crate) enum Item {
    Function(Box<Function>),
    /// Something else, and the word that says what.
    Other {
        word: String,
        span: Span,
    },
    /// Not even that is known; the reason is reported.
    Broken,
}

/// A function with an unread body.
pub(crate) struct Function {
    pub(crate) attributes: Vec<Attribute>,
    /// The attributes that the macro puts below those of the user.
    pub(crate) added: TokenStream,
    pub(crate) visibility: Visibility,
    pub(crate) signature: Signature,
    /// The braces and what is between, or the `;` of a method without a body.
    pub(crate) body: TokenStream,
}

impl ToTokens for Function {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        for attribute in &self.attributes {
            attribute.to_tokens(tokens);
        }
        self.added.to_tokens(tokens);
        self.visibility.to_tokens(tokens);
        self.signature.to_tokens(tokens);
        self.body.to_tokens(tokens);
    }
}

impl Function {
    /// The name as the user sees it, without `r#`.
    pub(crate) fn name(&self) -> String {
        self.signature.ident.unraw().to_string()
    }

    /// The text of the doc comments, one line for each of theirs.
    pub(crate) fn documentation(&self) -> String {
        let lines = self.attributes.iter().filter_map(|attribute| {
            let syn::Meta::NameValue(meta) = &attribute.meta else { return None };
            let syn::Expr::Lit(value) = &meta.value else { return None };
            match &value.lit {
                Lit::Str(text) if meta.path.is_ident("doc") => Some(text.value()),
                _ => None,
            }
        });
        let lines: Vec<String> = lines
            .flat_map(|text| text.split('\n').map(str::to_owned).collect::<Vec<_>>())
            .map(|line| line.strip_prefix(' ').unwrap_or(&line).trim_end().to_owned())
            .collect();
        lines.join("\n").trim().to_owned()
    }
}

/// Reads the item under an attribute.
pub(crate) fn read(tokens: TokenStream, report: &mut Report) -> Item {
    struct Slot(Item);
    impl Default for Slot {
        fn default() -> Self {
            Self(Item::Broken)
        }
    }
    let Slot(item) = super::all(tokens, |input| match function(input) {
        Ok(item) => Slot(item),
        Err(error) => {
            // The compiler has words of its own for code that is no Rust: the item follows as it is.
            report.at(error.span(), "the macro cannot read this signature");
            while bump(input).is_some() {}
            Slot(Item::Broken)
        }
    });
    item
}

fn function(input: ParseStream<'_>) -> syn::Result<Item> {
    let attributes = input.call(Attribute::parse_outer)?;
    let visibility = input.parse()?;
    if let Some((word, span)) = other_item(input) {
        while bump(input).is_some() {}
        return Ok(Item::Other { word, span });
    }
    let signature = input.parse()?;
    let body = input.parse()?;
    Ok(Item::Function(Box::new(Function {
        attributes,
        added: TokenStream::new(),
        visibility,
        signature,
        body,
    })))
}

/// The word and place of an item that is no function.
fn other_item(input: ParseStream<'_>) -> Option<(String, Span)> {
    let ahead = input.fork();
    let mut last = None;
    while !ahead.peek(Token![fn]) {
        let qualifier = ahead.peek(Token![const])
            || ahead.peek(Token![async])
            || ahead.peek(Token![unsafe])
            || ahead.peek(Token![extern]);
        let span = ahead.span();
        if qualifier {
            last = Some((ahead.call(Ident::parse_any).ok()?.to_string(), span));
        } else if ahead.peek(LitStr) {
            bump(&ahead);
        } else if ahead.peek(Token![struct])
            || ahead.peek(Token![enum])
            || ahead.peek(Token![impl])
            || ahead.peek(Token![trait])
            || ahead.peek(Token![mod])
            || ahead.peek(Token![use])
            || ahead.peek(Token![type])
            || ahead.peek(Token![static])
            || last.is_none() && ahead.peek(Ident::peek_any)
        {
            return Some((ahead.call(Ident::parse_any).ok()?.to_string(), span));
        } else if ahead.is_empty() || ahead.peek(token::Brace) || last.is_some() {
            return last.or_else(|| Some(("nothing".to_owned(), span)));
        } else {
            return Some((super::value::head(super::rest_of_item(&ahead)), span));
        }
    }
    None
}
