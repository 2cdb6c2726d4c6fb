//! From an enum as it is written to one in which everything is settled.
//!
//! What is wrong is reported and left out, so the model that remains is always one that code can be
//! written for. That code never runs: the errors stop the build.

use std::collections::HashMap;

use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::{Ident, LitStr, Path};

use super::attribute::Word;
use super::inclusion::{self, Inclusion};
use super::parse::{EnumSyntax, VariantSyntax, Words};
use super::problems::Problems;
use super::wire_name;
use crate::hash::fnv1a;
use crate::kind::AuthorityKind;

/// Positions are `u16`.
const MOST_NAMES: usize = u16::MAX as usize;

/// An enum of names, ready to be written.
pub(super) struct Model {
    pub(super) kind: AuthorityKind,
    pub(super) ident: Ident,
    pub(super) krate: Option<Path>,
    pub(super) names: Vec<Name>,
    /// Whether the variants count from zero, so that a cast tells the position.
    pub(super) counts_from_zero: bool,
    /// Hash and position of every name, sorted.
    pub(super) by_hash: Vec<(u64, u16)>,
    pub(super) brought: Option<Brought>,
}

pub(super) struct Name {
    pub(super) ident: Ident,
    pub(super) wire: String,
    pub(super) doc: String,
    pub(super) deprecated: bool,
    /// Whether the variant is a value by itself; one that is not has been rejected.
    pub(super) unit: bool,
    pub(super) includes: Vec<Inclusion>,
    pub(super) brings: Vec<Word>,
}

/// The enum of what the names bring.
pub(super) enum Brought {
    /// Said on the enum, or read off the first path.
    Path(Path),
    /// Not said: `Permission` or `Role` in the scope of the enum. Reported as missing at this span.
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
        if let Some(objection) = wire_name::objection(kind, name) {
            problems.add(name_span(variant), objection);
        }
    }
    let by_hash = hashes(kind, &variants, &names, problems);
    let includes = inclusion::check(kind, &ident, &variants, &names, problems);
    let counts_from_zero = variants.iter().all(|variant| variant.unit && !variant.numbered);
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
    Model { kind, ident, krate, names, counts_from_zero, by_hash, brought }
}

/// Where a name is: its literal, or the variant that it is made of.
fn name_span(variant: &VariantSyntax) -> Span {
    variant.name.as_ref().map_or_else(|| variant.ident.span(), LitStr::span)
}

/// The names sorted by hash; two of one name, or of one hash, are reported at both places.
fn hashes(
    kind: AuthorityKind,
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
                format_args!("two {word}s are named `{name}`\nhelp: {help}"),
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
            problems.add(name_span(other), format_args!("`{other_name}` is here"));
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
            problems.add_error(word.error(format_args!("`{text}` appears twice after `{key}`")));
        }
        seen.push(text);
    }
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::super::parse::parse;
    use super::{AuthorityKind, Brought, Model, Problems, check};

    fn model(kind: AuthorityKind, item: proc_macro2::TokenStream) -> (Model, Vec<String>) {
        let mut problems = Problems::default();
        let syntax = parse(kind, item, &mut problems).unwrap();
        let model = check(syntax, &mut problems);
        (model, problems.messages())
    }

    fn includes(model: &Model) -> Vec<Vec<usize>> {
        let positions = |name: &super::Name| name.includes.iter().map(|i| i.position).collect();
        model.names.iter().map(positions).collect()
    }

    #[test]
    fn settles_names_and_inclusion() {
        let item = quote! {
            #[roles(rename_all = "kebab-case")]
            enum Role {
                #[role(includes("shop-clerk", r#Loop))]
                ShopManager,
                ShopClerk,
                #[role("Loop")]
                r#Loop,
            }
        };
        let (model, problems) = model(AuthorityKind::Role, item);
        assert_eq!(problems, [""; 0]);
        let wires: Vec<&str> = model.names.iter().map(|name| name.wire.as_str()).collect();
        assert_eq!(wires, ["shop-manager", "shop-clerk", "Loop"]);
        assert_eq!(includes(&model), [vec![1, 2], vec![], vec![]]);
        assert!(model.by_hash.is_sorted());
        assert!(model.brought.is_none() && model.counts_from_zero);
    }

    #[test]
    fn every_mistake_is_reported_and_the_rest_is_kept() {
        let (model, problems) = model(
            AuthorityKind::Role,
            quote! {
                enum Role {
                    #[role("", includes(B, Missing))]
                    A = 3,
                    #[role("b", includes(C), expires)]
                    B,
                    #[role("b", includes(B))]
                    C,
                }
            },
        );
        let first_lines: Vec<&str> =
            problems.iter().filter_map(|text| text.lines().next()).collect();
        assert_eq!(
            first_lines,
            [
                "unknown key `expires`",
                "the name of a role must not be empty",
                "two roles are named `b`",
                "`b` is named here first",
                "no variant named `Missing` in `Role`",
                "role inclusion forms a cycle: `b` → `b` → `b`",
            ]
        );
        assert_eq!(includes(&model), [vec![1], vec![2], vec![]]);
        assert!(!model.counts_from_zero);
    }

    #[test]
    fn paths_alone_say_which_enum_is_meant() {
        let brought = |item| match model(AuthorityKind::Role, item).0.brought {
            Some(Brought::Path(path)) => quote!(#path).to_string(),
            Some(Brought::InScope(_)) => "in scope".to_owned(),
            None => "none".to_owned(),
        };
        let by = |grants: proc_macro2::TokenStream| {
            brought(quote!(
                enum Role {
                    #[role(#grants)]
                    A,
                }
            ))
        };
        assert_eq!(by(quote!("a")), "none");
        assert_eq!(by(quote!(grants(Read))), "in scope");
        assert_eq!(by(quote!(grants("read"))), "in scope");
        assert_eq!(by(quote!(grants(p::Permission::Read))), "p :: Permission");
        assert_eq!(by(quote!(grants(p::Permission::Read, Read))), "in scope");
        assert_eq!(
            brought(quote!(
                #[roles(permission = q::P)]
                enum Role {
                    A,
                }
            )),
            "q :: P"
        );
    }

    #[test]
    fn there_is_an_end_to_the_number_of_names() {
        let variants: Vec<syn::Ident> =
            (0..=super::MOST_NAMES).map(|i| quote::format_ident!("V{i}")).collect();
        let (model, problems) = model(AuthorityKind::Scope, quote!(enum Scope { #(#variants),* }));
        assert_eq!(problems, ["`Scope` has more than 65535 scopes"]);
        assert_eq!(model.names.len(), super::MOST_NAMES);
    }
}
