//! From the tokens of an item to an enum whose attributes are read but not yet judged.

use proc_macro2::{Span, TokenStream};
use syn::spanned::Spanned;
use syn::{Attribute, Expr, ExprLit, Fields, Ident, Item, ItemEnum, Lit, Meta, Path, Variant};

use super::attribute::{Entry, Setting, SettingValue, Word, entries, settings};
use super::problems::Problems;
use crate::case::Case;
use crate::kind::AuthorityKind;

/// The enum as it is written.
pub(super) struct EnumSyntax {
    pub(super) kind: AuthorityKind,
    pub(super) ident: Ident,
    pub(super) case: Case,
    pub(super) krate: Option<Path>,
    /// The enum of what the names bring, where the attribute on the enum says so.
    pub(super) brought: Option<Path>,
    pub(super) variants: Vec<VariantSyntax>,
}

/// A variant as it is written.
pub(super) struct VariantSyntax {
    pub(super) ident: Ident,
    pub(super) doc: String,
    /// Whether it is a name and nothing else.
    pub(super) unit: bool,
    /// Whether the enum gives it a number: `Write = 2`.
    pub(super) numbered: bool,
    pub(super) deprecated: bool,
    pub(super) name: Option<syn::LitStr>,
    pub(super) includes: Words,
    pub(super) brings: Words,
}

/// The names after one key, and the key.
#[derive(Default)]
pub(super) struct Words {
    pub(super) key: Option<Ident>,
    pub(super) words: Vec<Word>,
}

/// Reads the item; nothing where it is no enum for which code could be written.
pub(super) fn parse(
    kind: AuthorityKind,
    input: TokenStream,
    problems: &mut Problems,
) -> Option<EnumSyntax> {
    let item = match problems.keep(syn::parse2::<Item>(input))? {
        Item::Enum(item) => item,
        other => {
            problems.add(keyword(&other), not_an_enum(kind, &other));
            return None;
        }
    };
    if !item.generics.params.is_empty() || item.generics.where_clause.is_some() {
        let generics = &item.generics;
        let span = if generics.params.is_empty() {
            generics.where_clause.span()
        } else {
            generics.params.span()
        };
        problems.add(
            span,
            format_args!(
                "`{}` lists {} and takes no generics\nhelp: remove them: the names are the same for every type",
                item.ident,
                kind.plural(),
            ),
        );
        return None;
    }
    Some(syntax(kind, item, problems))
}

fn syntax(kind: AuthorityKind, item: ItemEnum, problems: &mut Problems) -> EnumSyntax {
    if item.variants.is_empty() {
        problems.add(
            item.ident.span(),
            format_args!(
                "`{}` has no variants\nhelp: list at least one {}",
                item.ident,
                kind.word()
            ),
        );
    }
    let mut syntax = EnumSyntax {
        kind,
        ident: item.ident,
        case: Case::default(),
        krate: None,
        brought: None,
        variants: Vec::with_capacity(item.variants.len()),
    };
    let mut given: Vec<String> = Vec::new();
    for attribute in &item.attrs {
        if attribute.path().is_ident(kind.word()) {
            problems.add_error(syn::Error::new_spanned(
                &attribute.meta,
                format_args!(
                    "`#[{0}(..)]` belongs on a variant\nhelp: what concerns the whole enum is written `#[{1}(..)]`",
                    kind.word(),
                    kind.plural(),
                ),
            ));
        }
        if !attribute.path().is_ident(kind.plural()) {
            continue;
        }
        for Setting { key, value } in settings(kind, attribute, problems) {
            let word = key.to_string();
            if given.contains(&word) {
                problems.add(key.span(), format_args!("`{word}` is given twice"));
                continue;
            }
            given.push(word);
            match value {
                SettingValue::RenameAll(case) => syntax.case = case,
                SettingValue::Brought(path) => syntax.brought = Some(path),
                SettingValue::Crate(path) => syntax.krate = Some(path),
            }
        }
    }
    for item in item.variants {
        syntax.variants.push(variant(kind, item, problems));
    }
    syntax
}

fn variant(kind: AuthorityKind, item: Variant, problems: &mut Problems) -> VariantSyntax {
    let unit = matches!(item.fields, Fields::Unit);
    if !unit {
        problems.add(
            item.fields.span(),
            format_args!(
                "`{}` carries data\nhelp: a {} is a name and nothing else: write `{0},`",
                item.ident,
                kind.word(),
            ),
        );
    }
    let mut variant = VariantSyntax {
        doc: doc(&item.attrs),
        deprecated: item.attrs.iter().any(|attribute| attribute.path().is_ident("deprecated")),
        ident: item.ident,
        unit,
        numbered: item.discriminant.is_some(),
        name: None,
        includes: Words::default(),
        brings: Words::default(),
    };
    for attribute in &item.attrs {
        if attribute.path().is_ident(kind.plural()) {
            problems.add_error(syn::Error::new_spanned(
                &attribute.meta,
                format_args!(
                    "`#[{}(..)]` belongs on the enum\nhelp: what concerns one variant is written `#[{}(..)]`",
                    kind.plural(),
                    kind.word(),
                ),
            ));
        }
        if !attribute.path().is_ident(kind.word()) {
            continue;
        }
        for (position, entry) in entries(kind, attribute, problems).into_iter().enumerate() {
            variant.take(kind, entry, position, problems);
        }
    }
    variant
}

impl VariantSyntax {
    fn take(
        &mut self,
        kind: AuthorityKind,
        entry: Entry,
        position: usize,
        problems: &mut Problems,
    ) {
        match entry {
            Entry::Name { literal, key } => {
                if key.is_none() && position > 0 {
                    problems.add(
                        literal.span(),
                        format_args!(
                            "the name of a {} comes first\nhelp: move it to the front, or write `name = \"{}\"`",
                            kind.word(),
                            literal.value(),
                        ),
                    );
                } else if self.name.is_some() {
                    problems.add(
                        literal.span(),
                        format_args!("the name of `{}` is given twice", self.ident),
                    );
                } else {
                    self.name = Some(literal);
                }
            }
            Entry::Includes(key, words) => self.includes.take(key, words, problems),
            Entry::Brings(key, words) => self.brings.take(key, words, problems),
        }
    }
}

impl Words {
    fn take(&mut self, key: Ident, words: Vec<Word>, problems: &mut Problems) {
        if self.key.is_some() {
            let help = if key == "role" { "role = First | Second" } else { "..(First, Second)" };
            problems.add(
                key.span(),
                format_args!(
                    "`{key}` is given twice\nhelp: write one list: `{}`",
                    help.replace("..", &key.to_string()),
                ),
            );
            return;
        }
        self.key = Some(key);
        self.words = words;
    }
}

/// The lines of a doc comment, each without the space that follows the slashes.
fn doc(attributes: &[Attribute]) -> String {
    let lines: Vec<String> = attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("doc"))
        .filter_map(|attribute| match &attribute.meta {
            Meta::NameValue(pair) => match &pair.value {
                Expr::Lit(ExprLit { lit: Lit::Str(line), .. }) => Some(line.value()),
                _ => None,
            },
            _ => None,
        })
        .map(|line| line.strip_prefix(' ').unwrap_or(&line).to_owned())
        .collect();
    lines.join("\n")
}

fn not_an_enum(kind: AuthorityKind, item: &Item) -> String {
    let what = if matches!(item, Item::Union(_)) { "a union" } else { "a struct" };
    format!(
        "`{0}` can only be derived for an enum, and this is {what}\nhelp: write `enum {1} {{ .. }}` with one variant for each {2}",
        kind.derive(),
        kind.variant(),
        kind.word(),
    )
}

/// Where an item says what it is.
fn keyword(item: &Item) -> Span {
    match item {
        Item::Struct(item) => item.struct_token.span,
        Item::Union(item) => item.union_token.span,
        other => other.span(),
    }
}
