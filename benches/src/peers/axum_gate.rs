//! axum-gate: permissions as numbers in a bitmap. Decisions only: it reads the tokens that it
//! signed itself, with its own account in them, and none of an identity provider.

use std::hint::black_box;

use axum_gate::permissions::{PermissionId, Permissions};

use crate::case::Case;
use crate::decision::shape::{self, Form, Shape};

/// What it answers, by ids that were made before.
#[must_use]
pub fn decide(form: &Form<PermissionId>, held: &Permissions) -> bool {
    let all = |ids: &[PermissionId]| held.has_all(ids.iter().copied());
    let any = |ids: &[PermissionId]| held.has_any(ids.iter().copied());
    match form {
        Form::All(ids) => all(ids),
        Form::Any(ids) => any(ids),
        Form::Nested([first, second, third]) => any(first) && (all(second) || all(third)),
    }
}

fn held(names: &[String]) -> Permissions {
    names.iter().fold(Permissions::new(), |held, name| held.with(name.as_str()))
}

/// What it answers to a caller who holds these names.
#[must_use]
pub fn answer(shape: &Shape, names: &[String]) -> bool {
    decide(&shape.form(|name| PermissionId::from(name)), &held(names))
}

/// Its decisions.
#[must_use]
pub fn decisions() -> Vec<Case> {
    let case = |shape: Shape| {
        let form = shape.form(|name| PermissionId::from(name));
        let callers: Vec<Permissions> = shape.callers.iter().map(|names| held(names)).collect();
        Case::over(shape.row, "axum-gate", callers, move |held| {
            black_box(decide(black_box(&form), held));
        })
    };
    shape::all().into_iter().map(case).collect()
}
