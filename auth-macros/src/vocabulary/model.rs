//! From an enum as it is written to one in which everything is settled.
//!
//! What is wrong is told and left out, so the model that remains is always one that code can be
//! written for. That code never runs: the errors stop the build.

use std::collections::HashMap;

use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::{Ident, LitStr, Path};

use super::attribute::Word;
use super::inclusion::{self, Inclusion};
use super::kind::Kind;
use super::parse::{EnumSyntax, VariantSyntax, Words};
use super::problems::Problems;
use super::wire;
use crate::hash::fnv1a;

/// Positions are `u16`.
const MOST_NAMES: usize = u16::MAX as usize;

/// An enum of names, ready to be written.
pub(super) struct Model {
    pub(super) kind: Kind,
    pub(super) ident: Ident,
    pub(super) krate: Option<Path>,
    pub(super) names: Vec<Name>,
    /// Hash and position of every name, sorted.
    pub(super) by_hash: Vec<(u64, u16)>,
    pub(super) brought: Option<Brought>,
}

pub(super) struct Name {
    pub(super) ident: Ident,
    pub(super) wire: String,
    pub(super) doc: String,
    pub(super) deprecated: bool,
    /// Whether the variant is a value by itself; one that is not has been refused.
    pub(super) unit: bool,
    pub(super) includes: Vec<Inclusion>,
    pub(super) brings: Vec<Word>,
}

/// The enum of what the names bring.
pub(super) enum Brought {
    /// Said on the enum, or read off the first path.
    Path(Path),
    /// Not said: `Permission` or `Role` in the scope of the enum. Told as missing at this span.
    InScope(Span),
}

pub(super) fn check(syntax: EnumSyntax, problems: &mut Problems) -> Model {
    let EnumSyntax { kind, ident, case, krate, brought, mut variants } = syntax;
    if let Some(first) = variants.get(MOST_NAMES) {
        problems.add(
            first.ident.span(),
            format_args!("`{ident}` has more than {MOST_NAMES} {}", kind.plural()),
        );
        variants.truncate(MOST_NAMES);
    }
    let names: Vec<String> = variants
        .iter()
        .map(|variant| {
            variant
                .name
                .as_ref()
                .map_or_else(|| case.apply(&variant.ident.unraw().to_string()), LitStr::value)
        })
        .collect();
    for (variant, name) in variants.iter().zip(&names) {
        if let Some(objection) = wire::objection(kind, name) {
            problems.add(name_span(variant), objection);
        }
    }
    let by_hash = hashes(kind, &variants, &names, problems);
    let includes = inclusion::check(kind, &ident, &variants, &names, problems);
    let brought = brought.map(Brought::Path).or_else(|| brought_by(&variants));
    let names = variants
        .into_iter()
        .zip(names)
        .zip(includes)
        .map(|((variant, wire), includes)| {
            refuse_doubles(&variant.brings, problems);
            Name {
                ident: variant.ident,
                wire,
                doc: variant.doc,
                deprecated: variant.deprecated,
                unit: variant.unit,
                includes,
                brings: variant.brings.words,
            }
        })
        .collect();
    Model { kind, ident, krate, names, by_hash, brought }
}

/// Where a name stands: its literal, or the variant that it is made of.
fn name_span(variant: &VariantSyntax) -> Span {
    variant.name.as_ref().map_or_else(|| variant.ident.span(), LitStr::span)
}

/// The names sorted by hash; two of one name, or of one hash, are told at both places.
fn hashes(
    kind: Kind,
    variants: &[VariantSyntax],
    names: &[String],
    problems: &mut Problems,
) -> Vec<(u64, u16)> {
    let mut by_hash: Vec<(u64, u16)> =
        (0_u16..).zip(names).map(|(position, name)| (fnv1a(name), position)).collect();
    by_hash.sort_unstable();
    let mut first: HashMap<u64, (&VariantSyntax, &str)> = HashMap::new();
    let word = kind.word();
    for (variant, name) in variants.iter().zip(names) {
        let Some((other, other_name)) = first.get(&fnv1a(name)).copied() else {
            first.insert(fnv1a(name), (variant, name));
            continue;
        };
        if other_name == name {
            let help = if variant.name.is_some() {
                "give one of them another name".to_owned()
            } else {
                format!("give it another name: `#[{word}(\"..\")]`")
            };
            problems.add(
                name_span(variant),
                format_args!("two {}s are named `{name}`\nhelp: {help}", word),
            );
            problems.add(name_span(other), format_args!("`{name}` is named here first"));
        } else {
            problems.add(
                name_span(variant),
                format_args!(
                    "`{name}` has the same hash as `{other_name}`\nhelp: this is a coincidence: \
                     change one of the two names",
                ),
            );
            problems.add(name_span(other), format_args!("`{other_name}` stands here"));
        }
    }
    by_hash
}

/// The enum that the names bring something of, if no setting says which.
fn brought_by(variants: &[VariantSyntax]) -> Option<Brought> {
    let words = || variants.iter().flat_map(|variant| &variant.brings.words);
    let first = words().next()?;
    // Bare names and strings mean the enum in scope; it is read off a path where there are paths only.
    let all_paths = words().all(|word| matches!(word, Word::Path(_)));
    match first {
        Word::Path(path) if all_paths => {
            let mut path = path.clone();
            path.segments.pop();
            path.segments.pop_punct();
            Some(Brought::Path(path))
        }
        word => Some(Brought::InScope(word.span())),
    }
}

fn refuse_doubles(brings: &Words, problems: &mut Problems) {
    let Some(key) = &brings.key else { return };
    let mut seen: Vec<String> = Vec::new();
    for word in &brings.words {
        let text = word.text();
        if seen.contains(&text) {
            problems.add_error(word.error(format_args!("`{text}` stands twice after `{key}`")));
        }
        seen.push(text);
    }
}
