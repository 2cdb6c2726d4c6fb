//! What a requirement looks like before anyone has checked that it makes sense.

use proc_macro2::{Ident, Span, TokenStream};
use quote::ToTokens;
use syn::{LitInt, LitStr, Path};

use super::csrf::Exemption;
use crate::keyword::{Combine, Keyword, Takes};

/// The arguments of `#[requires(..)]` or `requirement!(..)`.
#[derive(Default)]
pub(crate) struct Arguments {
    /// `crate = path`: where `auth_core` is to be found.
    pub(crate) krate: Option<Path>,
    /// The comma list.
    pub(crate) terms: Vec<Term>,
    /// `csrf(exempt = "..")`: what is said of the endpoint, and not of its callers.
    pub(crate) csrf: Option<Exemption>,
}

/// One requirement of a list.
pub(crate) enum Term {
    Atom(Atom),
    List(List),
    /// A constant that `requirement!` made, by its path: `STAFF`, `access::STAFF`.
    Named(Path),
}

/// `role = Clerk | Manager`, `factor(Totp)`, or `authenticated`.
pub(crate) struct Atom {
    pub(crate) key: &'static Keyword,
    pub(crate) word: Ident,
    pub(crate) values: Vec<Value>,
    /// `within = "5m"`, of factors.
    pub(crate) within: Option<Value>,
}

/// `any(..)`, `all(..)`, `not(..)`.
pub(crate) struct List {
    pub(crate) combine: Combine,
    pub(crate) word: Ident,
    pub(crate) terms: Vec<Term>,
}

/// What is behind `=`.
pub(crate) enum Value {
    Text(LitStr),
    Number(LitInt),
    Path(Path),
}

/// The first and the last place of some tokens.
#[derive(Clone, Copy)]
pub(crate) struct Ends {
    pub(crate) first: Span,
    pub(crate) last: Span,
}

impl Ends {
    /// Those of `tokens`; the macro itself if there are none.
    pub(crate) fn of(tokens: &TokenStream) -> Self {
        let mut spans = tokens.clone().into_iter().map(|token| token.span());
        let first = spans.next().unwrap_or_else(Span::call_site);
        Self { first, last: spans.last().unwrap_or(first) }
    }
}

impl Atom {
    /// As it was written.
    pub(crate) fn show(&self) -> String {
        self.show_with(&self.values.iter().map(Value::show).collect::<Vec<_>>().join(" | "))
    }

    /// The same with other values.
    pub(crate) fn show_with(&self, values: &str) -> String {
        let word = &self.word;
        match (self.key.takes, &self.within) {
            (Takes::Nothing | Takes::Word, _) => word.to_string(),
            (Takes::Factors, None) => format!("{word}({values})"),
            (Takes::Factors, Some(within)) => {
                format!("{word}({values}, within = {})", within.show())
            }
            _ => format!("{word} = {values}"),
        }
    }
}

impl Value {
    /// As it was written.
    pub(crate) fn show(&self) -> String {
        match self {
            Self::Text(text) => super::show::tokens(text),
            Self::Number(number) => super::show::tokens(number),
            Self::Path(path) => super::show::tokens(path),
        }
    }
}

impl ToTokens for Value {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Text(text) => text.to_tokens(tokens),
            Self::Number(number) => number.to_tokens(tokens),
            Self::Path(path) => path.to_tokens(tokens),
        }
    }
}
