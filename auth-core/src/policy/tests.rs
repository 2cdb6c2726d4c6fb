//! The decision held against a model that is written differently.

use proptest::prelude::*;

use super::testing_fixtures::{
    Caller, NOW, all, any, caller, check, faulty, name, not, requirement,
};
use super::{
    CheckAnswers, EvaluationContext, FactorCategory, Method, ProvedFactor, Requirement, Verdict,
    evaluate, next_check,
};
use crate::vocabulary::testing_fixtures::shop;
use crate::vocabulary::{AuthorityKind, AuthorityRef};

/// Whether some name of a kind that the token leaves open would bring this one.
fn may_be_held(name: AuthorityRef, context: &EvaluationContext<'_>) -> bool {
    let names = context.grants.unknown_kinds().iter().flat_map(|kind| {
        let tables = context.grants.tables().of_kind(kind);
        tables.flat_map(|table| table.names).map(move |info| (kind, info.name))
    });
    names.into_iter().any(|one| context.grants.tables().intern([one]).holds(name))
}

/// Two-valued, with `not` as `!`. What is not known takes its value from `guess`, one for each
/// place where it is.
fn guessed(
    requirement: &Requirement,
    context: &EvaluationContext<'_>,
    guess: &mut dyn FnMut(bool) -> bool,
) -> bool {
    match requirement {
        Requirement::Authenticated => true,
        Requirement::Authority(name) => {
            let is_held = context.grants.iter(name.kind()).any(|held| held.name() == name.name());
            is_held || (may_be_held(*name, context) && guess(false))
        }
        Requirement::Method(methods) => methods.contains(&context.method),
        fact if is_about_login(fact)
            && matches!(context.method, Method::ApiKey | Method::Basic) =>
        {
            guess(false)
        }
        Requirement::Mfa => is_mfa(context) || guess(false),
        Requirement::Factor(required) => {
            let is_one = |proved: &ProvedFactor| {
                let age = proved.at().map(|at| i128::from(context.now) - i128::from(at));
                required.accepts(proved.factor())
                    && age.is_none_or(|age| age >= -60)
                    && required
                        .max_age()
                        .is_none_or(|most| age.is_some_and(|age| age <= i128::from(most)))
            };
            context.factors.iter().any(|proved| is_one(&proved)) || guess(false)
        }
        Requirement::Acr(class) => is_of_class(class, context, guess),
        Requirement::Level(level) => is_of_class(level.name(), context, guess),
        Requirement::MaxAge(seconds) => match context.auth_time {
            Some(time) if i128::from(time) <= i128::from(context.now) + 60 => {
                i128::from(context.now) - i128::from(time) <= i128::from(*seconds)
            }
            _ => guess(false),
        },
        Requirement::Check { slot, .. } => context.checks.get(*slot).unwrap_or_else(|| guess(true)),
        Requirement::All(parts) => {
            parts.iter().filter(|p| !guessed(p, context, guess)).count() == 0
        }
        Requirement::Any(parts) => parts.iter().filter(|p| guessed(p, context, guess)).count() > 0,
        Requirement::Not(part) => !guessed(part, context, guess),
    }
}

const fn is_about_login(fact: &Requirement) -> bool {
    matches!(
        fact,
        Requirement::Acr(_)
            | Requirement::Level(_)
            | Requirement::MaxAge(_)
            | Requirement::Mfa
            | Requirement::Factor(_)
    )
}

/// The levels of the shop by what each is enough for.
const LEVELS: [(&str, &[&str]); 4] = [
    ("pwd", &["pwd"]),
    ("mfa", &["mfa", "pwd"]),
    ("hwk", &["hwk", "mfa", "pwd"]),
    ("visit", &["visit"]),
];

fn is_of_class(
    class: &str,
    context: &EvaluationContext<'_>,
    guess: &mut dyn FnMut(bool) -> bool,
) -> bool {
    let Some(own) = context.acr else { return guess(false) };
    let is_level = LEVELS.iter().any(|(level, _)| *level == class);
    match LEVELS.iter().find(|(level, _)| *level == own) {
        Some((_, enough_for)) => enough_for.contains(&class),
        // No one knows how strong it is.
        None if is_level => guess(false),
        None => own == class,
    }
}

/// Two categories, or the word of someone else.
fn is_mfa(context: &EvaluationContext<'_>) -> bool {
    let mut categories = std::collections::BTreeSet::new();
    for proved in context.factors.iter() {
        if proved.at().is_none_or(|at| at <= context.now + 60) {
            categories.extend(proved.factor().category());
            categories.extend(proved.is_user_verified().then_some(FactorCategory::Are));
        }
    }
    categories.len() > 1 || context.factors.are_told_to_be_several()
}

fn readable(requirement: &Requirement) -> bool {
    match requirement {
        Requirement::All(parts) | Requirement::Any(parts) => {
            !parts.is_empty() && parts.iter().all(readable)
        }
        Requirement::Not(part) => readable(part),
        Requirement::Check { slot, .. } => *slot < 64,
        Requirement::Method(methods) => !methods.is_empty(),
        Requirement::Factor(factor) => !factor.is_empty(),
        Requirement::Authority(name) => {
            let is_held = name.kind() != AuthorityKind::Level;
            is_held && name.info().is_some() && name.table().enum_name == "Sample"
        }
        Requirement::Level(level) => level.info().is_some() && level.table().enum_name == "Sample",
        _ => true,
    }
}

/// Tries every guess. A caller is let in by what a token does not say only if every guess of it
/// lets in; a check is open as long as some answers let in and others do not.
fn model(requirement: &Requirement, context: &EvaluationContext<'_>) -> Option<Verdict> {
    if !readable(requirement) {
        return Some(Verdict::Unmet);
    }
    let mut guesses = Vec::new();
    guessed(requirement, context, &mut |check| {
        guesses.push(check);
        false
    });
    if guesses.len() > 8 {
        return None;
    }
    // By the answers of the checks: whether every guess of the claims lets in.
    let mut outcomes = std::collections::BTreeMap::new();
    for bits in 0_u32..1 << guesses.len() {
        let mut place = 0;
        let mut answers = 0;
        let met = guessed(requirement, context, &mut |check| {
            let yes = bits >> place & 1 == 1;
            answers |= u32::from(check && yes) << place;
            place += 1;
            yes
        });
        *outcomes.entry(answers).or_insert(true) &= met;
    }
    let met = outcomes.values().filter(|met| **met).count();
    Some(match met {
        0 => Verdict::Unmet,
        all if all == outcomes.len() => Verdict::Met,
        _ => Verdict::NeedsCheck,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4096, ..ProptestConfig::default() })]

    #[test]
    fn evaluate_agrees_with_the_model(requirement in faulty(), caller in caller()) {
        if let Some(expected) = model(&requirement, &caller.context()) {
            prop_assert_eq!(evaluate(&requirement, &caller.context()), expected);
        }
    }

    /// Running the checks one by one ends, never runs one twice, and comes to the verdict that
    /// running all of them at first comes to.
    #[test]
    fn checks_in_order_come_to_the_same_verdict(
        requirement in faulty(),
        caller in caller(),
        answers in 0_u8..8,
    ) {
        let yes = |slot: u8| answers >> slot & 1 == 1;
        let mut one_by_one = caller.clone();
        while let Some(slot) = next_check(&requirement, &one_by_one.context()) {
            prop_assert_eq!(one_by_one.checks.get(slot), None);
            one_by_one.checks.answer(slot, yes(slot));
        }
        let mut at_first = caller.clone();
        for slot in 0..3 {
            if at_first.checks.get(slot).is_none() {
                at_first.checks.answer(slot, yes(slot));
            }
        }
        let verdict = evaluate(&requirement, &one_by_one.context());
        prop_assert_ne!(verdict, Verdict::NeedsCheck);
        prop_assert_eq!(verdict, evaluate(&requirement, &at_first.context()));
    }

    /// The check that runs next is one whose answer matters in its place, and no open check that
    /// is written before it matters.
    #[test]
    fn the_next_check_matters(requirement in requirement(), caller in caller()) {
        let undecided = evaluate(&requirement, &caller.context()) == Verdict::NeedsCheck;
        let next = next_check(&requirement, &caller.context());
        prop_assert_eq!(next.is_some(), undecided);
    }

    /// `and` is met where both are.
    #[test]
    fn and_tightens(one in faulty(), other in faulty(), caller in caller()) {
        let (context, both) = (caller.context(), one.and(other));
        let (first, second) = (evaluate(&one, &context), evaluate(&other, &context));
        let expected = match (first, second) {
            (Verdict::Unmet, _) | (_, Verdict::Unmet) => Verdict::Unmet,
            (Verdict::Met, Verdict::Met) => Verdict::Met,
            _ => Verdict::NeedsCheck,
        };
        let both = evaluate(&both, &context);
        // Slots beyond the last are not of the fixtures' checks, so they may clash.
        let clash = both == Verdict::Unmet && one.checks().chain(other.checks()).any(|(s, _)| s > 63);
        prop_assert!(both == expected || clash, "{one} / {other}: {both:?}, not {expected:?}");
    }
}

#[test]
fn nothing_is_allowed_by_emptiness() {
    let context = Caller::with(&[]);
    let empty = [Requirement::All(&[]), Requirement::Any(&[])];
    for empty in empty {
        for inside in [
            empty,
            not(empty),
            not(not(empty)),
            not(all(vec![empty, name("read")])),
            any(vec![Requirement::Authenticated, empty]),
        ] {
            assert_eq!(evaluate(&inside, &context.context()), Verdict::Unmet, "{inside}");
        }
    }
}

#[test]
fn another_enum_grants_nothing_on_either_side_of_not() {
    let caller = Caller::with(&[(AuthorityKind::Role, "admin"), (AuthorityKind::Scope, "write")]);
    let elsewhere = crate::vocabulary::testing_fixtures::foreign(shop().role);
    let foreign = Requirement::Authority(elsewhere.get(0).unwrap());
    assert_eq!(evaluate(&name("clerk"), &caller.context()), Verdict::Met);
    for requirement in [foreign, not(foreign), not(not(foreign)), any(vec![foreign, name("write")])]
    {
        assert_eq!(evaluate(&requirement, &caller.context()), Verdict::Unmet, "{requirement}");
    }
}

#[test]
fn the_age_of_a_login() {
    use Verdict::{Met, Unmet};
    let mut caller = Caller::with(&[]);
    let five = Requirement::MaxAge(300);
    let mut age = |auth_time| {
        caller.auth_time = auth_time;
        (evaluate(&five, &caller.context()), evaluate(&not(five), &caller.context()))
    };
    assert_eq!(age(Some(NOW - 300)), (Met, Unmet));
    assert_eq!(age(Some(NOW - 301)), (Unmet, Met));
    assert_eq!(age(Some(0)), (Unmet, Met));
    assert_eq!(age(Some(NOW + 60)), (Met, Unmet));
    assert_eq!(age(Some(NOW + 61)), (Unmet, Unmet));
    assert_eq!(age(Some(u64::MAX)), (Unmet, Unmet));
    assert_eq!(age(None), (Unmet, Unmet));
    let at_the_end =
        EvaluationContext { now: u64::MAX, auth_time: Some(u64::MAX), ..caller.context() };
    assert_eq!(evaluate(&five, &at_the_end), Met);
}

#[test]
fn a_check_beyond_the_last_slot_is_never_met() {
    let mut caller = Caller::with(&[]);
    let check = super::testing_fixtures::check;
    for slot in [64, 65, 128, 255] {
        caller.checks.answer(slot, true);
        assert_eq!(caller.checks, CheckAnswers::default());
        assert_eq!(evaluate(&check(slot), &caller.context()), Verdict::Unmet);
        assert_eq!(evaluate(&not(check(slot)), &caller.context()), Verdict::Unmet);
        assert_eq!(next_check(&check(slot), &caller.context()), None);
    }
    caller.checks.answer(63, true);
    assert_eq!(evaluate(&check(63), &caller.context()), Verdict::Met);
    caller.checks.answer(63, false);
    assert_eq!(evaluate(&not(check(63)), &caller.context()), Verdict::Met);
}

#[test]
fn checks_run_in_the_order_written_and_only_if_needed() {
    let caller = Caller::with(&[(AuthorityKind::Role, "manager")]);
    let context = caller.context();
    let next = |requirement: Requirement| next_check(&requirement, &context);
    assert_eq!(next(all(vec![check(2), check(1)])), Some(2));
    assert_eq!(next(all(vec![check(2), name("write")])), None);
    assert_eq!(next(any(vec![check(2), name("clerk")])), None);
    assert_eq!(
        next(all(vec![any(vec![check(0), name("clerk")]), any(vec![name("admin"), check(1)])])),
        Some(1)
    );
    assert_eq!(next(not(any(vec![name("admin"), not(check(2))]))), Some(2));
}

static ENDLESS: Requirement = Requirement::Not(&ENDLESS);
static ENDLESS_TWICE: [Requirement; 2] =
    [Requirement::All(&ENDLESS_TWICE), Requirement::Any(&ENDLESS_TWICE)];

#[test]
fn evaluation_of_a_cyclic_tree_ends() {
    let caller = Caller::with(&[]);
    for endless in [ENDLESS, Requirement::All(&ENDLESS_TWICE), any(vec![name("read"), ENDLESS])] {
        assert_eq!(evaluate(&endless, &caller.context()), Verdict::Unmet);
        assert_eq!(next_check(&endless, &caller.context()), None);
        let decision = super::Decision::of(endless, &caller.context());
        assert!(!decision.is_allowed());
        assert!(decision.to_string().starts_with('✗'), "{decision}");
        assert_eq!(decision.remediation(), &super::Remediation::None);
        assert_eq!(endless.to_string(), "…");
        assert_eq!(endless.names().count(), 0);
        assert!(matches!(super::analyse(&endless), super::Analysis::Flawed(_)));
        assert_eq!(
            evaluate(&endless.and(Requirement::Authenticated), &caller.context()),
            Verdict::Unmet
        );
        assert_eq!(evaluate(&endless.and(endless), &caller.context()), Verdict::Unmet);
    }
}

#[test]
fn the_depth_is_bounded_and_generous() {
    let caller = Caller::with(&[(AuthorityKind::Scope, "read")]);
    let nested = |levels: usize| (0..levels).fold(name("read"), |inner, _| all(vec![inner]));
    assert_eq!(evaluate(&nested(Requirement::MAX_DEPTH), &caller.context()), Verdict::Met);
    assert_eq!(evaluate(&nested(Requirement::MAX_DEPTH + 1), &caller.context()), Verdict::Unmet);
    assert_eq!(nested(Requirement::MAX_DEPTH).names().count(), 1);
}

#[test]
fn a_requirement_reads_as_it_is_written() {
    let cancel =
        all(vec![name("admin"), name("write"), any(vec![name("orders:cancel"), check(0)])]);
    assert_eq!(
        cancel.to_string(),
        r#"role = "admin", scope = "write", any(permission = "orders:cancel", check = placed_order)"#
    );
    let rest = any(vec![
        any(vec![name("clerk"), name("manager")]),
        all(vec![Requirement::Acr("mfa"), Requirement::MaxAge(300)]),
        not(any(vec![name("staff"), Requirement::Authenticated])),
    ]);
    assert_eq!(
        rest.to_string(),
        r#"any(role = "clerk" | "manager", all(acr = "mfa", max_age = "5m"), not(any(group = "staff", authenticated)))"#
    );
    assert_eq!(
        not(all(vec![name("clerk"), name("read")])).to_string(),
        r#"not(all(role = "clerk", scope = "read"))"#
    );
    let ages = [0, 1, 90, 120, 3_600, 5_400, 86_400, 604_800].map(|s| super::MaxAge(s).to_string());
    assert_eq!(ages, ["0s", "1s", "90s", "2m", "1h", "90m", "1d", "7d"]);
}

#[test]
fn names_and_checks_of_a_requirement_are_listed_in_order() {
    let requirement = all(vec![
        name("write"),
        any(vec![check(1), name("clerk"), all(vec![name("read"), check(0)])]),
        not(any(vec![name("all"), not(name("write")), check(1)])),
    ]);
    let names: Vec<_> = requirement.names().map(AuthorityRef::name).collect();
    assert_eq!(names, ["write", "clerk", "read", "all", "write"]);
    let scopes: Vec<_> = requirement.scopes().map(AuthorityRef::name).collect();
    assert_eq!(scopes, ["write", "read"]);
    let checks: Vec<_> = requirement.checks().map(|(slot, info)| (slot, info.name)).collect();
    assert_eq!(checks, [(1, "same_branch"), (0, "placed_order")]);
}

#[test]
fn and_joins_lists_and_keeps_faults() {
    let (read, write) = (name("read"), name("write"));
    assert_eq!(read.and(Requirement::Authenticated), read);
    assert_eq!(Requirement::Authenticated.and(read), read);
    assert_eq!(read.and(read), read);
    assert_eq!(
        read.and(write).and(name("clerk")).to_string(),
        r#"scope = "read", scope = "write", role = "clerk""#
    );
    assert_eq!(Requirement::All(&[]).and(read), all(vec![Requirement::All(&[]), read]));
    let other = Requirement::Check { slot: 0, check: &super::testing_fixtures::CHECKS[1] };
    assert_eq!(check(0).and(other), Requirement::Any(&[]));
    assert_eq!(check(0).and(check(1)), all(vec![check(0), check(1)]));
}
