//! The same decisions by auth-core: the constant tree of `#[requires]` as the guard's compiled of it.

use std::hint::black_box;

use auth_core::__private::CompiledRequirement;
use auth_core::policy::{CheckAnswers, EvaluationContext, ProvedFactors, Verdict};
use auth_core::vocabulary::{Vocabulary, VocabularySet};
use auth_core::{AuthorityKind, AuthoritySet, Requirement, requirement};

use super::shape::{self, Shape};
use crate::case::Case;

/// The requirement and the vocabulary behind a row.
fn declared(row: &str) -> (Requirement, VocabularySet) {
    match row {
        shape::ROLE_AND_SCOPE => role_and_scope(),
        shape::ANY_OF_FIVE => any_of_five(),
        shape::NESTED => nested(),
        shape::OF_4 => of_4(),
        _ => of_4096(),
    }
}

fn role_and_scope() -> (Requirement, VocabularySet) {
    use crate::access::{Role, Scope};
    (requirement!(role = Manager, scope = Read), <(Role, Scope)>::TABLES)
}

fn any_of_five() -> (Requirement, VocabularySet) {
    use super::names::of_64::Permission;
    (requirement!(permission = P3 | P17 | P30 | P44 | P58), <(Permission,)>::TABLES)
}

fn nested() -> (Requirement, VocabularySet) {
    use super::names::of_512::Permission;
    let requirement = requirement!(
        permission = P9 | P130 | P257 | P400,
        any(
            all(permission = P31, permission = P88, permission = P300, permission = P411),
            all(permission = P64, permission = P200, permission = P333, permission = P500),
        )
    );
    (requirement, <(Permission,)>::TABLES)
}

fn of_4() -> (Requirement, VocabularySet) {
    use super::names::of_4::Permission;
    (requirement!(all(permission = P1, permission = P2)), <(Permission,)>::TABLES)
}

fn of_4096() -> (Requirement, VocabularySet) {
    use super::names::of_4096::Permission;
    (requirement!(all(permission = P1, permission = P4094)), <(Permission,)>::TABLES)
}

fn grants(tables: &VocabularySet, held: &[String]) -> AuthoritySet {
    tables.intern(held.iter().map(|name| match name.split_once(':') {
        Some(("role", role)) => (AuthorityKind::Role, role),
        Some(("scope", scope)) => (AuthorityKind::Scope, scope),
        _ => (AuthorityKind::Permission, name.as_str()),
    }))
}

fn decide(compiled: &CompiledRequirement, grants: &AuthoritySet) -> bool {
    compiled.by_names(grants).unwrap_or_else(|| beyond_names(compiled, grants)) == Verdict::Met
}

/// Not reached by any of the shapes; a guard goes on from here with the login and the checks.
#[cold]
#[inline(never)]
fn beyond_names(compiled: &CompiledRequirement, grants: &AuthoritySet) -> Verdict {
    let checks = CheckAnswers::default();
    let method = auth_core::Method::Bearer;
    let (acr, auth_time, factors, now) = (None, None, &ProvedFactors::NONE, 0);
    compiled.evaluate(&EvaluationContext { grants, method, acr, auth_time, factors, now, checks })
}

/// What auth-core answers to each caller of a shape.
#[must_use]
pub fn answers(shape: &Shape) -> Vec<bool> {
    let (requirement, tables) = declared(shape.row);
    let compiled = CompiledRequirement::new(requirement, &tables);
    shape.callers.iter().map(|held| decide(&compiled, &grants(&tables, held))).collect()
}

/// The cases of auth-core.
#[must_use]
pub fn cases() -> Vec<Case> {
    let case = |shape: Shape| {
        let (requirement, tables) = declared(shape.row);
        let compiled = CompiledRequirement::new(requirement, &tables);
        let callers: Vec<AuthoritySet> =
            shape.callers.iter().map(|held| grants(&tables, held)).collect();
        Case::over(shape.row, "auth-core", callers, move |held| {
            black_box(decide(black_box(&compiled), held));
        })
    };
    shape::all().into_iter().map(case).collect()
}
