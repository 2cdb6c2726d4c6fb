//! What is between the parentheses of `#[role(..)]` and `#[roles(..)]`.
//!
//! The list is cut at its commas first and each part is read by itself: a part that cannot be read
//! is reported, and the others still count.

use std::fmt::Display;

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Ident, Lit, LitStr, Meta, Path, Token, token};

use super::problems::Problems;
use crate::case::Case;
use crate::kind::AuthorityKind;
use crate::nearest::nearest;

/// One part of the attribute on a variant.
pub(super) enum Entry {
    /// `"admin"` or, with the key, `name = "admin"`.
    Name { key: Option<Ident>, literal: LitStr },
    /// `includes(Clerk, "manager")`.
    Includes(Ident, Vec<Word>),
    /// `grants(OrdersRead)` of a role, `role = Manager | Clerk` of a group.
    Brings(Ident, Vec<Word>),
}

/// A name as it is referred to.
pub(super) enum Word {
    /// `OrdersRead`
    Bare(Ident),
    /// `perms::Permission::OrdersRead`
    Path(Path),
    /// `"orders:read"`
    Wire(LitStr),
}

impl Word {
    /// The whole word, for the reader of a message.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Bare(ident) => ident.unraw().to_string(),
            Self::Path(path) => path.to_token_stream().to_string().replace(' ', ""),
            Self::Wire(literal) => literal.value(),
        }
    }

    /// An error about the whole word.
    pub(super) fn error(&self, message: impl Display) -> syn::Error {
        match self {
            Self::Path(path) => syn::Error::new_spanned(path, message),
            Self::Bare(_) | Self::Wire(_) => syn::Error::new(self.span(), message),
        }
    }

    pub(super) fn span(&self) -> Span {
        match self {
            Self::Bare(ident) => ident.span(),
            Self::Path(path) => {
                path.segments.last().map_or_else(Span::call_site, |s| s.ident.span())
            }
            Self::Wire(literal) => literal.span(),
        }
    }
}

/// One part of the attribute on the enum, with its key.
pub(super) struct Setting {
    pub(super) key: Ident,
    pub(super) value: SettingValue,
}

pub(super) enum SettingValue {
    RenameAll(Case),
    /// The enum of what the names bring: `permission = ..` for roles, `role = ..` for groups.
    Brought(Path),
    Crate(Path),
}

/// The parts of `#[role(..)]`.
pub(super) fn entries(
    kind: AuthorityKind,
    attribute: &Attribute,
    problems: &mut Problems,
) -> Vec<Entry> {
    let example = format!("#[{}(\"{}\")]", kind.word(), kind.example());
    parts(attribute, &example, problems)
        .into_iter()
        .filter_map(|part| {
            problems.keep((|input: ParseStream<'_>| entry(kind, input)).parse2(part))
        })
        .collect()
}

/// The parts of `#[roles(..)]`.
pub(super) fn settings(
    kind: AuthorityKind,
    attribute: &Attribute,
    problems: &mut Problems,
) -> Vec<Setting> {
    let example = format!("#[{}(rename_all = \"kebab-case\")]", kind.plural());
    parts(attribute, &example, problems)
        .into_iter()
        .filter_map(|part| {
            problems.keep((|input: ParseStream<'_>| setting(kind, input)).parse2(part))
        })
        .collect()
}

/// The attribute's list, cut at its commas; a comma at the end is fine.
fn parts(attribute: &Attribute, example: &str, problems: &mut Problems) -> Vec<TokenStream> {
    let written = attribute.meta.path().to_token_stream().to_string();
    let Meta::List(list) = &attribute.meta else {
        // `#[role = "admin"]` on a variant has said all that it needs to say.
        let given = match &attribute.meta {
            Meta::NameValue(meta) if !example.contains('=') => match &meta.value {
                syn::Expr::Lit(value) if matches!(value.lit, Lit::Str(_)) => {
                    Some(format!("#[{written}({})]", value.to_token_stream()))
                }
                _ => None,
            },
            _ => None,
        };
        let example = given.as_deref().unwrap_or(example);
        problems.add_error(syn::Error::new_spanned(
            &attribute.meta,
            format_args!("`#[{written}]` takes a list in parentheses\nhelp: write `{example}`"),
        ));
        return Vec::new();
    };
    if list.tokens.is_empty() {
        problems.add_error(syn::Error::new_spanned(
            &attribute.meta,
            format_args!("`#[{written}()]` says nothing\nhelp: write `{example}`, or leave it out"),
        ));
    }
    let mut parts = Vec::new();
    let mut part = TokenStream::new();
    for token in list.tokens.clone() {
        match token {
            TokenTree::Punct(comma) if comma.as_char() == ',' => {
                if part.is_empty() {
                    problems.add(comma.span(), "nothing comes before this comma");
                } else {
                    parts.push(std::mem::take(&mut part));
                }
            }
            token => part.extend([token]),
        }
    }
    if !part.is_empty() {
        parts.push(part);
    }
    parts
}

fn entry(kind: AuthorityKind, input: ParseStream<'_>) -> syn::Result<Entry> {
    if input.peek(Lit) {
        let literal = string(input, "a name is a string in quotes")?;
        return end(input).map(|()| Entry::Name { key: None, literal });
    }
    let key = key(input, kind.keys_in_words())?;
    let entry = match (key.to_string().as_str(), kind) {
        ("name", _) => {
            let what =
                format!("`name` takes a string\nhelp: write `name = \"{}\"`", kind.example());
            equals(input, &key, &what)?;
            let literal = string(input, &what)?;
            Entry::Name { key: Some(key), literal }
        }
        ("includes", _) => Entry::Includes(key.clone(), list(input, &key)?),
        ("grants", AuthorityKind::Role) => Entry::Brings(key.clone(), list(input, &key)?),
        ("role", AuthorityKind::Group) => Entry::Brings(key.clone(), alternatives(input, &key)?),
        _ => return Err(unknown_key(kind, &key, input.is_empty())),
    };
    end(input).map(|()| entry)
}

fn setting(kind: AuthorityKind, input: ParseStream<'_>) -> syn::Result<Setting> {
    let key = key(input, kind.settings_in_words())?;
    let word = key.to_string();
    let value = match word.as_str() {
        "rename_all" => {
            let what = "`rename_all` takes a string\nhelp: write `rename_all = \"kebab-case\"`";
            equals(input, &key, what)?;
            SettingValue::RenameAll(case(&string(input, what)?)?)
        }
        "crate" => SettingValue::Crate(path(input, &key, "my_crate::auth_core")?),
        word if kind.brings().is_some_and(|brought| brought.word() == word) => {
            SettingValue::Brought(path(input, &key, "access::Name")?)
        }
        _ => {
            let help = similar(&word, kind.settings());
            return Err(syn::Error::new(
                key.span(),
                format_args!(
                    "unknown key `{word}`{help}\nnote: `#[{}(..)]` takes {}",
                    kind.plural(),
                    kind.settings_in_words(),
                ),
            ));
        }
    };
    end(input).map(|()| Setting { key, value })
}

fn case(literal: &LitStr) -> syn::Result<Case> {
    let written = literal.value();
    Case::from_name(&written).ok_or_else(|| {
        let help = nearest(&written, Case::ALL.map(|(name, _)| name))
            .map(|name| format!("\nhelp: a case with a similar name exists: `{name}`"))
            .unwrap_or_default();
        let all = Case::ALL.map(|(name, _)| format!("`{name}`")).join(", ");
        syn::Error::new(
            literal.span(),
            format_args!("unknown case `{written}`{help}\nnote: the cases are {all}"),
        )
    })
}

/// A key; `crate` is one too.
fn key(input: ParseStream<'_>, takes: &str) -> syn::Result<Ident> {
    input.call(Ident::parse_any).map_err(|error| {
        syn::Error::new(error.span(), format_args!("expected {}", takes.replace(" and ", " or ")))
    })
}

fn equals(input: ParseStream<'_>, key: &Ident, what: &str) -> syn::Result<()> {
    if input.parse::<Token![=]>().is_err() || input.is_empty() {
        return Err(syn::Error::new(key.span(), what));
    }
    Ok(())
}

fn string(input: ParseStream<'_>, what: &str) -> syn::Result<LitStr> {
    match input.parse::<Lit>() {
        Ok(Lit::Str(literal)) => Ok(literal),
        Ok(other) => Err(syn::Error::new_spanned(other, what)),
        Err(error) => Err(syn::Error::new(error.span(), what)),
    }
}

fn path(input: ParseStream<'_>, key: &Ident, example: &str) -> syn::Result<Path> {
    let what = format!("`{key}` takes a path\nhelp: write `{key} = {example}`");
    equals(input, key, &what)?;
    input.call(Path::parse_mod_style).map_err(|error| syn::Error::new(error.span(), what))
}

/// `(Clerk, "manager")`
fn list(input: ParseStream<'_>, key: &Ident) -> syn::Result<Vec<Word>> {
    if !input.peek(token::Paren) {
        return Err(syn::Error::new(
            key.span(),
            format_args!("`{key}` takes a list in parentheses\nhelp: write `{key}(First, Second)`"),
        ));
    }
    let content;
    syn::parenthesized!(content in input);
    if content.is_empty() {
        return Err(syn::Error::new(
            key.span(),
            format_args!("`{key}()` names nothing\nhelp: name what it {key}, or leave it out"),
        ));
    }
    content.parse_terminated(word, Token![,]).map(|words| words.into_iter().collect())
}

/// `Manager | Clerk`
fn alternatives(input: ParseStream<'_>, key: &Ident) -> syn::Result<Vec<Word>> {
    equals(
        input,
        key,
        &format!("`{key}` takes one or several names\nhelp: write `{key} = First | Second`"),
    )?;
    let mut words = vec![word(input)?];
    while input.parse::<Option<Token![|]>>()?.is_some() {
        words.push(word(input)?);
    }
    Ok(words)
}

fn word(input: ParseStream<'_>) -> syn::Result<Word> {
    if input.peek(Lit) {
        return string(input, "a name is a variant or a string in quotes").map(Word::Wire);
    }
    let path = input
        .call(Path::parse_mod_style)
        .map_err(|error| syn::Error::new(error.span(), "expected a variant or a name in quotes"))?;
    Ok(path.get_ident().cloned().map_or(Word::Path(path), Word::Bare))
}

/// A part ends where the next comma is.
fn end(input: ParseStream<'_>) -> syn::Result<()> {
    if input.is_empty() { Ok(()) } else { Err(input.error("expected a comma before this")) }
}

/// `alone`: nothing follows the key, so it may be a name without its quotes.
fn unknown_key(kind: AuthorityKind, key: &Ident, alone: bool) -> syn::Error {
    let written = key.to_string();
    let attribute = kind.word();
    let help = match written.as_str() {
        "grants" => "\nhelp: only roles grant permissions".to_owned(),
        "roles" if kind == AuthorityKind::Group => {
            "\nhelp: the roles of a group are written `role = First | Second`".to_owned()
        }
        "role" | "roles" => "\nhelp: only groups bring roles".to_owned(),
        // A variant or a name without its key: `#[role(admin)]`, `role = Manager, Clerk`.
        word if word.starts_with(char::is_uppercase) && kind == AuthorityKind::Group => {
            format!("\nhelp: several roles are written `role = First | {word}`")
        }
        word => {
            let similar = similar(word, kind.keys());
            if similar.is_empty() && alone {
                format!("\nhelp: write a name in quotes: `#[{attribute}(\"{word}\")]`")
            } else {
                similar
            }
        }
    };
    syn::Error::new(
        key.span(),
        format_args!(
            "unknown key `{written}`{help}\nnote: `#[{attribute}(..)]` takes {}",
            kind.keys_in_words(),
        ),
    )
}

fn similar(written: &str, known: &[&'static str]) -> String {
    nearest(written, known.iter().copied())
        .or_else(|| known.iter().copied().find(|known| known.starts_with(written)))
        .map(|known| format!("\nhelp: a key with a similar name exists: `{known}`"))
        .unwrap_or_default()
}
