//! Which variants of the enum a variant includes.

use std::collections::HashMap;

use proc_macro2::Span;
use syn::Ident;
use syn::ext::IdentExt;

use super::attribute::Word;
use super::cycles::{Step, cycles};
use super::parse::VariantSyntax;
use super::problems::Problems;
use crate::kind::AuthorityKind;
use crate::nearest::nearest;

/// One variant that another one includes.
pub(super) struct Inclusion {
    pub(super) position: usize,
    /// The variant with the user's span, so that editors find and rename it here too.
    pub(super) variant: Ident,
}

/// What each variant includes: variants that exist, each once, and never in a cycle.
pub(super) fn check(
    kind: AuthorityKind,
    ident: &Ident,
    variants: &[VariantSyntax],
    names: &[String],
    problems: &mut Problems,
) -> Vec<Vec<Inclusion>> {
    let idents: Vec<String> = variants.iter().map(|v| v.ident.unraw().to_string()).collect();
    let lookup =
        Lookup { kind, ident, variants, by_ident: positions(&idents), by_name: positions(names) };
    let mut includes: Vec<Vec<Inclusion>> =
        variants.iter().map(|variant| lookup.included_by(variant, problems)).collect();
    refuse_cycles(kind, variants, names, &mut includes, problems);
    includes
}

struct Lookup<'a> {
    kind: AuthorityKind,
    ident: &'a Ident,
    variants: &'a [VariantSyntax],
    by_ident: HashMap<&'a str, usize>,
    by_name: HashMap<&'a str, usize>,
}

impl Lookup<'_> {
    fn included_by(&self, variant: &VariantSyntax, problems: &mut Problems) -> Vec<Inclusion> {
        let mut included: Vec<Inclusion> = Vec::new();
        for word in &variant.includes.words {
            let Some(inclusion) = problems.keep(self.inclusion(word)) else { continue };
            if included.iter().any(|other| other.position == inclusion.position) {
                let twice = format_args!("`{}` is included twice", word.text());
                problems.add_error(word.error(twice));
            } else {
                included.push(inclusion);
            }
        }
        included
    }

    fn inclusion(&self, word: &Word) -> syn::Result<Inclusion> {
        let text = word.text();
        let known = match word {
            Word::Bare(_) => &self.by_ident,
            Word::Wire(_) => &self.by_name,
            Word::Path(path) => {
                let last = path.segments.last().map(|last| last.ident.to_string());
                return Err(word.error(format_args!(
                    "`includes` names variants of `{}` itself\nhelp: write `{}`",
                    self.ident,
                    last.unwrap_or_default(),
                )));
            }
        };
        let found = known.get(text.as_str()).copied();
        if let Some((position, variant)) =
            found.and_then(|position| self.variants.get(position).map(|v| (position, v)))
        {
            let mut variant = variant.ident.clone();
            variant.set_span(word.span());
            return Ok(Inclusion { position, variant });
        }
        // In the order of the enum, so that of two equally similar names it is always the same one.
        let mut candidates: Vec<(&usize, &str)> = known.iter().map(|(k, at)| (at, *k)).collect();
        candidates.sort_unstable();
        let near = nearest(&text, candidates.into_iter().map(|(_, known)| known));
        Err(word.error(match word {
            Word::Wire(_) => {
                let help = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
                format!("no {} named `{text}`{help}", self.kind.word())
            }
            Word::Bare(_) | Word::Path(_) => {
                let help = near
                    .map(|near| format!("\nhelp: a variant with a similar name exists: `{near}`"))
                    .unwrap_or_default();
                format!("no variant named `{text}` in `{}`{help}", self.ident)
            }
        }))
    }
}

fn positions(texts: &[String]) -> HashMap<&str, usize> {
    // In reverse, so that the first of two equal names counts.
    texts.iter().enumerate().rev().map(|(position, text)| (text.as_str(), position)).collect()
}

/// Tells each cycle at the word that closes it, and opens it there.
fn refuse_cycles(
    kind: AuthorityKind,
    variants: &[VariantSyntax],
    names: &[String],
    includes: &mut [Vec<Inclusion>],
    problems: &mut Problems,
) {
    let graph: Vec<Vec<usize>> =
        includes.iter().map(|own| own.iter().map(|i| i.position).collect()).collect();
    let mut closing: Vec<Step> = Vec::new();
    for cycle in cycles(&graph) {
        let (Some(first), Some(last)) = (cycle.first(), cycle.last()) else { continue };
        let name = |step: &Step| names.get(step.from).map_or("", String::as_str);
        let span = includes
            .get(last.from)
            .and_then(|own| own.get(last.inclusion))
            .map_or_else(Span::call_site, |inclusion| inclusion.variant.span());
        if cycle.len() == 1 {
            let variant = variants.get(first.from).map(|variant| variant.ident.to_string());
            problems.add(
                span,
                format_args!(
                    "the {} `{}` includes itself\nhelp: remove `{}` here",
                    kind.word(),
                    name(first),
                    variant.unwrap_or_default(),
                ),
            );
        } else {
            let way: Vec<String> =
                cycle.iter().chain([first]).map(|step| format!("`{}`", name(step))).collect();
            problems.add(
                span,
                format_args!(
                    "{} inclusion forms a cycle: {}\nhelp: remove one of these inclusions",
                    kind.word(),
                    way.join(" → "),
                ),
            );
        }
        closing.push(*last);
    }
    for (from, own) in includes.iter_mut().enumerate() {
        let mut inclusion = 0;
        own.retain(|_| {
            let step = Step { from, inclusion };
            inclusion += 1;
            !closing.contains(&step)
        });
    }
}
