//! Reasons, and remedies that hold what they promise.

use proptest::prelude::*;

use super::testing_fixtures::{
    Caller, LOGINS, NOW, all, any, caller, check, faulty, level, name, not, requirement,
};
use super::{
    Decision, EvaluationContext, Factor, ProvedFactors, Remediation, Requirement, StepUp, Verdict,
    evaluate,
};
use crate::vocabulary::AuthorityKind;
use crate::vocabulary::testing_fixtures::shop;

#[test]
fn a_decision_shows_every_part() {
    let caller = Caller::with(&[(AuthorityKind::Role, "manager")]);
    let requirement = all(vec![name("write"), any(vec![name("admin"), check(0)])]);
    let decision = Decision::of(requirement, &caller.context());
    assert_eq!(
        decision.to_string(),
        r#"all(✗ scope write, any(✗ role admin, – check "the caller placed the order"))"#
    );
    assert!(!decision.is_allowed());
    assert_eq!(decision.verdict(), Verdict::Unmet);
    assert_eq!(decision.requirement(), &requirement);
    let [scope, list] = decision.explanation().parts() else { panic!("two parts") };
    assert_eq!(scope.requirement(), &name("write"));
    assert_eq!(list.verdict(), Verdict::NeedsCheck);

    let rest = all(vec![
        not(name("clerk")),
        Requirement::Acr("mfa"),
        Requirement::MaxAge(300),
        Requirement::Authenticated,
    ]);
    assert_eq!(
        Decision::of(rest, &caller.context()).to_string(),
        "all(not(✓ role clerk), ✗ acr mfa, ✗ max_age 5m, ✓ authenticated)"
    );
}

#[test]
fn a_decision_names_the_fault_that_refuses() {
    let caller = Caller::with(&[(AuthorityKind::Scope, "write")]);
    let foreign = crate::vocabulary::testing_fixtures::foreign(shop().role).get(0).unwrap();
    let requirement =
        any(vec![name("write"), Requirement::Authority(foreign), Requirement::All(&[])]);
    let decision = Decision::of(requirement, &caller.context());
    assert_eq!(
        decision.to_string(),
        "any(✓ scope write, ✗ role clerk (`other::Elsewhere` is not in the vocabulary), ✗ all())"
    );
    assert!(!decision.is_allowed());
}

fn remedy(requirement: Requirement, caller: &Caller) -> Remediation {
    Decision::of(requirement, &caller.context()).remediation().clone()
}

fn step_up(acr_values: &[&'static str], max_age: Option<u64>) -> Remediation {
    let acr_values = acr_values.iter().map(|acr| (*acr).into()).collect();
    Remediation::StepUp(StepUp { acr_values, max_age, ..StepUp::default() })
}

#[test]
fn a_login_that_is_too_weak_or_too_old() {
    let (mfa, pwd) = (Requirement::Acr("mfa"), Requirement::Acr("pwd"));
    let five = Requirement::MaxAge(300);
    let mut caller = Caller::with(&[(AuthorityKind::Role, "manager")]);
    // Each level that is enough, the one that is asked for first.
    assert_eq!(remedy(mfa, &caller), step_up(&["mfa", "hwk"], None));
    assert_eq!(remedy(level(0), &caller), step_up(&["pwd", "mfa", "hwk"], None));
    assert_eq!(remedy(all(vec![mfa, pwd]), &caller), step_up(&["mfa", "hwk"], None));
    assert_eq!(remedy(all(vec![pwd, not(level(2))]), &caller), Remediation::None);
    let clerk = all(vec![name("clerk"), mfa, five]);
    assert_eq!(remedy(clerk, &caller), step_up(&["mfa", "hwk"], Some(300)));
    assert_eq!(remedy(any(vec![mfa, pwd]), &caller), step_up(&["mfa", "hwk", "pwd"], None));
    // A class that is no level has no other with it.
    let visitor = Requirement::Acr("visitor");
    assert_eq!(remedy(any(vec![visitor, mfa]), &caller), step_up(&["visitor", "mfa", "hwk"], None));
    assert_eq!(remedy(all(vec![visitor, mfa]), &caller), Remediation::None);
    assert_eq!(remedy(all(vec![level(3), mfa]), &caller), Remediation::None);
    assert_eq!(remedy(all(vec![five, Requirement::MaxAge(60)]), &caller), step_up(&[], Some(60)));
    // The class that the login has already is asked for again: a new login must have it too.
    (caller.acr, caller.auth_time) = (Some("mfa"), Some(NOW - 1_000));
    assert_eq!(remedy(all(vec![mfa, five]), &caller), step_up(&["mfa", "hwk"], Some(300)));
    // What is ruled out and is not so today must not become so.
    let weak = all(vec![pwd, five, not(level(2))]);
    assert_eq!(remedy(weak, &caller), step_up(&["pwd", "mfa"], Some(300)));
    // A login alone does not help.
    assert_eq!(remedy(all(vec![name("admin"), five]), &caller), Remediation::None);
    assert_eq!(remedy(all(vec![five, check(0)]), &caller), Remediation::None);
    caller.checks.answer(0, true);
    assert_eq!(remedy(all(vec![five, check(0)]), &caller), step_up(&[], Some(300)));
}

#[test]
fn scopes_that_are_missing() {
    let caller = Caller::with(&[(AuthorityKind::Scope, "read")]);
    let (read, write, every) = (name("read"), name("write"), name("all"));
    let scopes = |names: &[&'static str]| Remediation::RequestScopes(names.to_vec());
    assert_eq!(remedy(write, &caller), scopes(&["write"]));
    assert_eq!(remedy(all(vec![read, write, write]), &caller), scopes(&["read", "write"]));
    assert_eq!(remedy(all(vec![write, Requirement::Acr("mfa")]), &caller), scopes(&["write"]));
    assert_eq!(
        remedy(any(vec![all(vec![write, every]), all(vec![read, every])]), &caller),
        scopes(&["read", "all"])
    );
    assert_eq!(remedy(any(vec![write, name("admin")]), &caller), scopes(&["write"]));
    assert_eq!(remedy(all(vec![write, name("admin")]), &caller), Remediation::None);
    // Asking for less is no remedy, and asking for more must not break a `not`.
    assert_eq!(remedy(not(read), &caller), Remediation::None);
    assert_eq!(remedy(all(vec![every, not(write)]), &caller), Remediation::None);
    assert_eq!(remedy(any(vec![all(vec![every, not(write)]), write]), &caller), scopes(&["write"]));
    assert_eq!(remedy(read, &caller), Remediation::None);
}

/// Whether the requirement is met `then`, and no `not` in it owes that to the change since `today`.
fn met_without_flips(
    requirement: &Requirement,
    wanted: bool,
    today: &EvaluationContext<'_>,
    then: &EvaluationContext<'_>,
) -> bool {
    let mut part = |part: &Requirement| met_without_flips(part, wanted, today, then);
    match requirement {
        Requirement::Not(part) => met_without_flips(part, !wanted, today, then),
        Requirement::All(parts) if wanted => parts.iter().all(&mut part),
        Requirement::Any(parts) if !wanted => parts.iter().all(&mut part),
        Requirement::All(parts) | Requirement::Any(parts) => parts.iter().any(&mut part),
        fact if wanted => evaluate(fact, then) == Verdict::Met,
        fact => [today, then].iter().all(|context| evaluate(&not(*fact), context) == Verdict::Met),
    }
}

/// Every change a client can bring about: more scopes, another login.
fn changes(caller: &Caller) -> Vec<(bool, Caller)> {
    let mut logins = vec![(caller.acr, caller.auth_time), (caller.acr, Some(NOW))];
    logins.extend(LOGINS.map(|class| (Some(class), Some(NOW))));
    let every = all_proved(caller);
    let mut changed = Vec::new();
    for scopes in 0_u8..8 {
        for (place, (acr, auth_time)) in logins.iter().enumerate() {
            // Any login may prove any factors.
            let factors = if place == 0 { caller.factors } else { every };
            let mut then = Caller { acr: *acr, auth_time: *auth_time, factors, ..caller.clone() };
            for scope in (0..3).filter(|scope| scopes >> scope & 1 == 1) {
                then.grants.add(shop().scope, scope);
            }
            changed.push((scopes == 0, then));
        }
    }
    changed
}

fn all_proved(caller: &Caller) -> ProvedFactors {
    Factor::ALL.into_iter().fold(caller.factors, |all, factor| all.renewed(factor, NOW))
}

fn with_login(caller: &Caller, acr: Option<&'static str>) -> Caller {
    Caller { acr: acr.or(caller.acr), auth_time: Some(NOW), ..caller.clone() }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4096, ..ProptestConfig::default() })]

    #[test]
    fn a_remedy_holds_what_it_promises(requirement in faulty(), caller in caller()) {
        let verdict = evaluate(&requirement, &caller.context());
        match remedy(requirement, &caller) {
            Remediation::StepUp(StepUp { acr_values, mfa, factors, .. }) => {
                prop_assert_ne!(verdict, Verdict::Met);
                let acr_values = acr_values.into_iter();
                let mut classes: Vec<_> = acr_values
                    .map(|acr| LOGINS.into_iter().find(|class| *class == acr))
                    .collect();
                let mut proved = caller.factors;
                for factor in factors {
                    proved = proved.renewed(factor.factors().next().unwrap(), NOW);
                }
                let proved = if mfa { proved.with_several(Some(NOW)) } else { proved };
                let caller = Caller { factors: proved, ..caller.clone() };
                if classes.is_empty() {
                    classes.push(None);
                }
                for class in classes {
                    let then = with_login(&caller, class);
                    prop_assert_eq!(evaluate(&requirement, &then.context()), Verdict::Met);
                }
            }
            Remediation::RequestScopes(scopes) => {
                prop_assert_ne!(verdict, Verdict::Met);
                let mut then = caller.clone();
                for scope in &scopes {
                    then.grants.add(shop().scope, shop().scope.find(scope).unwrap());
                }
                let every = all_proved(&then);
                let mut logins = vec![then.clone(), with_login(&then, None)];
                let then = Caller { factors: every, ..then };
                logins.push(with_login(&then, None));
                logins.extend(LOGINS.map(|class| with_login(&then, Some(class))));
                let mut met = logins.iter().map(|login| evaluate(&requirement, &login.context()));
                prop_assert!(met.any(|verdict| verdict == Verdict::Met), "{scopes:?}");
            }
            Remediation::None => {}
        }
    }

    /// Nothing is overlooked, and a login is not called for scopes nor the other way round.
    #[test]
    fn a_remedy_is_found_where_there_is_one(requirement in requirement(), caller in caller()) {
        if evaluate(&requirement, &caller.context()) == Verdict::Met {
            return Ok(());
        }
        let helps = |(_, then): &&(bool, Caller)| {
            met_without_flips(&requirement, true, &caller.context(), &then.context())
        };
        let changes = changes(&caller);
        let by_login = changes.iter().filter(|(login_only, _)| *login_only).any(|change| helps(&change));
        let at_all = changes.iter().any(|change| helps(&change));
        let remedy = remedy(requirement, &caller);
        prop_assert_eq!(matches!(remedy, Remediation::StepUp { .. }), by_login, "{:?}", remedy);
        prop_assert_eq!(matches!(remedy, Remediation::None), !at_all, "{:?}", remedy);
    }

    /// A reason says of each part what evaluating it says.
    #[test]
    fn a_reason_agrees_with_the_verdict(requirement in faulty(), caller in caller()) {
        let decision = Decision::of(requirement, &caller.context());
        let mut open = vec![decision.explanation()];
        while let Some(reason) = open.pop() {
            prop_assert_eq!(reason.verdict(), evaluate(reason.requirement(), &caller.context()));
            prop_assert_eq!(reason.parts().len(), reason.requirement().parts().len());
            open.extend(reason.parts());
        }
        prop_assert!(!decision.to_string().is_empty());
    }
}
