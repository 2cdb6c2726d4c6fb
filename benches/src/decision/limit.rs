//! The least that a decision can cost: 256 bits of what is held and 256 bits of what is wanted, an
//! `and` and a comparison. It knows one fixed form of requirement and no kinds of names.

use std::hint::black_box;

use super::shape::{self, Form, Shape};
use crate::case::Case;

type Bits = [u64; 4];

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
    shape::all().into_iter().map(|shape| case(&shape)).collect()
}

/// The names of the requirement are spread over all four words, as those of a vocabulary are.
fn bits(wanted: &[String], names: &[String]) -> Bits {
    let mut bits = [0; 4];
    for place in (0..wanted.len()).filter(|place| names.contains(&wanted[*place])) {
        let bit = place * 21;
        bits[bit / 64] |= 1 << (bit % 64);
    }
    bits
}

/// The names of a requirement, and the requirement as masks over them.
fn prepared(shape: &Shape) -> (Vec<String>, Form<Bits>) {
    let form = shape.form(str::to_owned);
    let wanted = match &form {
        Form::All(names) | Form::Any(names) => names.clone(),
        Form::Nested(groups) => groups.concat(),
    };
    let mask = |names: Vec<String>| vec![bits(&wanted, &names)];
    let masks = match form {
        Form::All(names) => Form::All(mask(names)),
        Form::Any(names) => Form::Any(mask(names)),
        Form::Nested(groups) => Form::Nested(groups.map(mask)),
    };
    (wanted, masks)
}

/// What the limit answers to each caller of a shape.
#[must_use]
pub fn answers(shape: &Shape) -> Vec<bool> {
    let (wanted, form) = prepared(shape);
    let answer = |held: &Bits| match &form {
        Form::All(masks) => holds_all(held, &masks[0]),
        Form::Any(masks) => holds_one(held, &masks[0]),
        Form::Nested([one, second, third]) => {
            holds_one(held, &one[0]) && (holds_all(held, &second[0]) || holds_all(held, &third[0]))
        }
    };
    shape.callers.iter().map(|held| answer(&bits(&wanted, held))).collect()
}

fn case(shape: &Shape) -> Case {
    let (wanted, form) = prepared(shape);
    let callers: Vec<Bits> = shape.callers.iter().map(|held| bits(&wanted, held)).collect();
    match form {
        Form::All(masks) => {
            let mask = masks[0];
            Case::over(shape.row, "limit", callers, move |held| {
                black_box(holds_all(held, black_box(&mask)));
            })
        }
        Form::Any(masks) => {
            let mask = masks[0];
            Case::over(shape.row, "limit", callers, move |held| {
                black_box(holds_one(held, black_box(&mask)));
            })
        }
        Form::Nested(masks) => {
            let masks = masks.map(|masks| masks[0]);
            Case::over(shape.row, "limit", callers, move |held| {
                let [one, second, third] = black_box(&masks);
                black_box(
                    holds_one(held, one) && (holds_all(held, second) || holds_all(held, third)),
                );
            })
        }
    }
}
