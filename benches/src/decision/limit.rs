//! The least that a decision can cost: 256 bits of what is held and 256 bits of what is wanted, an
//! `and` and a comparison. It knows one fixed requirement and no kinds of names.

use std::hint::black_box;

use super::shape::{self, Shape, Tree};
use crate::case::Case;

type Bits = [u64; 4];

/// What the nested requirement comes down to when all that can be done before is done.
#[derive(Clone, Copy, Debug)]
struct Nested {
    one: Bits,
    either: [Bits; 2],
}

/// The names of a requirement get the first places.
fn places(tree: &Tree, found: &mut Vec<String>) {
    match tree {
        Tree::Name(name) => found.push(name.clone()),
        Tree::All(parts) | Tree::Any(parts) => parts.iter().for_each(|part| places(part, found)),
    }
}

fn bits<'a>(names: &[String], held: impl IntoIterator<Item = &'a String>) -> Bits {
    let mut bits = [0; 4];
    for name in held {
        if let Some(place) = names.iter().position(|known| known == name) {
            // Spread over all four words, as names of a real vocabulary are.
            let place = place * 21;
            bits[place / 64] |= 1 << (place % 64);
        }
    }
    bits
}

#[inline]
fn holds_all(held: &Bits, wanted: &Bits) -> bool {
    held.iter().zip(wanted).fold(0, |missing, (held, wanted)| missing | (wanted & !held)) == 0
}

#[inline]
fn holds_one(held: &Bits, wanted: &Bits) -> bool {
    held.iter().zip(wanted).fold(0, |found, (held, wanted)| found | (wanted & held)) != 0
}

/// The cases of the limit.
#[must_use]
pub fn cases() -> Vec<Case> {
    shape::all().into_iter().map(case).collect()
}

fn case(shape: Shape) -> Case {
    let mut names = Vec::new();
    places(&shape.tree, &mut names);
    let callers: Vec<Bits> = shape.callers.iter().map(|held| bits(&names, held)).collect();
    let mask = |names_of: &[String]| bits(&names, names_of);
    match shape.row {
        shape::ANY_OF_FIVE => {
            let wanted = mask(&names);
            Case::over(shape.row, "limit", callers, move |held| {
                black_box(holds_one(held, black_box(&wanted)));
            })
        }
        shape::NESTED => {
            let wanted = Nested {
                one: mask(&names[..4]),
                either: [mask(&names[4..8]), mask(&names[8..])],
            };
            Case::over(shape.row, "limit", callers, move |held| {
                let wanted = black_box(&wanted);
                black_box(
                    holds_one(held, &wanted.one)
                        && (holds_all(held, &wanted.either[0])
                            || holds_all(held, &wanted.either[1])),
                );
            })
        }
        _ => {
            let wanted = mask(&names);
            Case::over(shape.row, "limit", callers, move |held| {
                black_box(holds_all(held, black_box(&wanted)));
            })
        }
    }
}
