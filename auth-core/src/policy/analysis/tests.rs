//! The analysis held against trying every caller.

use proptest::prelude::*;

use super::{Analysis, Flaw, analyse, wording};
use crate::policy::method::Statement;
use crate::policy::testing_fixtures::{
    CHECKS, Caller, LOGINS, NOW, all, any, check, level, name, not, requirement,
};
use crate::policy::{
    CheckAnswers, Factor, Method, ProvedFactors, RequiredFactor, Requirement, Verdict, evaluate,
};
use crate::vocabulary::AuthorityKind;
use crate::vocabulary::testing_fixtures::shop;
use crate::vocabulary::text::Text;

fn message(requirement: Requirement) -> String {
    match analyse(&requirement) {
        Analysis::Flawed(finding) => finding.to_string(),
        other => format!("{other:?}"),
    }
}

#[test]
fn unsatisfiable_requirements_are_found() {
    let (mfa, pwd) = (Requirement::Acr("mfa"), Requirement::Acr("pwd"));
    for (requirement, expected) in [
        (
            all(vec![name("admin"), not(name("clerk"))]),
            "no caller can satisfy this requirement: `admin` includes `clerk`\n\
             help: remove `role = \"admin\"` or `not(role = \"clerk\")`",
        ),
        (
            all(vec![name("read"), name("manager"), not(name("orders:cancel"))]),
            "no caller can satisfy this requirement: `manager` grants `orders:cancel`\n\
             help: remove `role = \"manager\"` or `not(permission = \"orders:cancel\")`",
        ),
        (
            all(vec![name("board"), not(any(vec![name("orders:read"), name("ledger")]))]),
            "no caller can satisfy this requirement: `board` brings `orders:read`\n\
             help: remove `group = \"board\"` or `not(permission = \"orders:read\")`",
        ),
        (
            all(vec![mfa, name("read"), pwd]),
            "no caller can satisfy this requirement: a login has one `acr`, not both `mfa` and `pwd`\n\
             help: write `any(acr = \"mfa\", acr = \"pwd\")` to accept either",
        ),
        (
            all(vec![Requirement::MaxAge(300), not(Requirement::MaxAge(600))]),
            "no caller can satisfy this requirement: a login that is at most `5m` old is at most `10m` old\n\
             help: remove `max_age = \"5m\"` or `not(max_age = \"10m\")`",
        ),
        (
            all(vec![check(0), not(check(0))]),
            "no caller can satisfy this requirement: `check = placed_order` is both demanded and ruled out\n\
             help: remove `check = placed_order` or `not(check = placed_order)`",
        ),
        (
            not(Requirement::Authenticated),
            "no caller can satisfy this requirement: only authenticated callers get this far",
        ),
        (
            any(vec![name("read"), Requirement::Any(&[])]),
            "no caller can satisfy this requirement: `any()` is empty",
        ),
        (
            check(64),
            "no caller can satisfy this requirement: the check `same_branch` is beyond the 64 of one requirement",
        ),
        (
            any(vec![name("read"), all(vec![name("admin"), not(name("clerk"))])]),
            "no caller can satisfy `all(role = \"admin\", not(role = \"clerk\"))`: `admin` includes `clerk`\n\
             help: remove it, it decides nothing",
        ),
    ] {
        assert_eq!(message(requirement), expected);
    }
}

#[test]
fn tautologies_are_found() {
    let write_authenticated =
        "\nhelp: write `authenticated` if every caller with a valid credential is meant";
    // A credential that leaves open which names its caller holds meets neither side.
    let unless_open = ", unless the credential leaves open what the caller holds";
    for (requirement, exception, expected) in [
        (any(vec![name("clerk"), not(name("admin"))]), unless_open, "`admin` includes `clerk`"),
        (
            any(vec![name("read"), not(name("read"))]),
            unless_open,
            "`scope = \"read\"` and its opposite are both accepted",
        ),
        (
            any(vec![check(0), not(check(0))]),
            "",
            "`check = placed_order` and its opposite are both accepted",
        ),
        (any(vec![name("read"), Requirement::Authenticated]), "", "it accepts `authenticated`"),
        (
            any(vec![not(name("read")), Requirement::Authenticated]),
            "",
            "it accepts `authenticated`",
        ),
    ] {
        assert_eq!(
            message(requirement),
            format!(
                "every authenticated caller satisfies this requirement{exception}: {expected}{write_authenticated}"
            )
        );
    }
    let open = Caller::with(&[]).grants.with_unknown(AuthorityKind::Scope);
    let caller = Caller { grants: open, ..Caller::with(&[]) };
    let read = any(vec![name("read"), not(name("read"))]);
    assert_eq!(evaluate(&read, &caller.context()), Verdict::Unmet);
    assert_eq!(
        message(all(vec![name("clerk"), read])),
        "every authenticated caller satisfies `any(scope = \"read\", not(scope = \"read\"))`, unless the \
         credential leaves open what the caller holds: `scope = \"read\"` and its opposite are both accepted\n\
         help: remove it, it decides nothing else"
    );
    assert_eq!(
        message(all(vec![Requirement::Authenticated, name("read")])),
        "every authenticated caller satisfies `authenticated`: only authenticated callers get this far\n\
         help: remove it, it decides nothing"
    );
    // Without `acr` in the token neither side is met, so this is no word for `authenticated`.
    let mfa = Requirement::Acr("mfa");
    assert_eq!(analyse(&any(vec![mfa, not(mfa)])), Analysis::Sound);
    assert_eq!(analyse(&Requirement::Authenticated), Analysis::Sound);
}

#[test]
fn redundant_parts_are_found() {
    for (requirement, expected) in [
        (
            any(vec![name("manager"), name("clerk")]),
            "`role = \"manager\"` is already covered by `role = \"clerk\"`: `manager` includes `clerk`\n\
             help: remove `role = \"manager\"`",
        ),
        (
            all(vec![name("orders:cancel"), name("read"), name("manager")]),
            "`permission = \"orders:cancel\"` is already demanded by `role = \"manager\"`: `manager` grants `orders:cancel`\n\
             help: remove `permission = \"orders:cancel\"`",
        ),
        (
            any(vec![Requirement::MaxAge(600), Requirement::MaxAge(300)]),
            "`max_age = \"5m\"` is already covered by `max_age = \"10m\"`: a login that is at most `5m` old is at most `10m` old\n\
             help: remove `max_age = \"5m\"`",
        ),
        (
            all(vec![name("read"), name("read")]),
            "`scope = \"read\"` is given twice\nhelp: remove one of them",
        ),
        (
            any(vec![name("read"), all(vec![name("read"), check(0)])]),
            "`all(scope = \"read\", check = placed_order)` is already covered by `scope = \"read\"`\n\
             help: remove `all(scope = \"read\", check = placed_order)`",
        ),
        (
            all(vec![any(vec![name("clerk"), check(1)]), name("staff")]),
            "`any(role = \"clerk\", check = same_branch)` is already demanded by `group = \"staff\"`: `staff` brings `clerk`\n\
             help: remove `any(role = \"clerk\", check = same_branch)`",
        ),
        (
            not(any(vec![name("manager"), name("clerk")])),
            "`role = \"manager\"` is already covered by `role = \"clerk\"`: `manager` includes `clerk`\n\
             help: remove `role = \"manager\"`",
        ),
        (
            // Who told the time of the login at all is either older or not.
            all(vec![
                Requirement::MaxAge(600),
                any(vec![Requirement::MaxAge(300), not(Requirement::MaxAge(300))]),
            ]),
            "`any(max_age = \"5m\", not(max_age = \"5m\"))` is already demanded by `max_age = \"10m\"`\n\
             help: remove `any(max_age = \"5m\", not(max_age = \"5m\"))`",
        ),
    ] {
        assert_eq!(message(requirement), expected);
    }
}

#[test]
fn ambiguous_methods_are_flaws() {
    const SSO: Requirement = Requirement::Method(&[Method::custom("corporate-sso")]);
    const TWICE: Requirement = Requirement::Method(&[Method::Session, Method::custom("session")]);
    let web = Requirement::Method(&[Method::Session, Method::ApiKey]);
    let sso = SSO;
    let basic = Requirement::Method(&[Method::Basic]);
    for (requirement, expected) in [
        (
            all(vec![name("clerk"), not(web)]),
            "`not(method = \"session\" | \"api-key\")` does not say which methods are accepted\n\
             help: list the methods that are accepted instead",
        ),
        (
            not(any(vec![all(vec![web, name("clerk")]), sso])),
            "`not(any(all(method = \"session\" | \"api-key\", role = \"clerk\"), method = \"corporate-sso\"))` does not say which methods are accepted\n\
             help: list the methods that are accepted instead",
        ),
        (
            all(vec![name("read"), any(vec![web, name("clerk")])]),
            "some alternatives of `any(method = \"session\" | \"api-key\", role = \"clerk\")` name a `method` and others do not\n\
             help: say for every alternative which methods it takes",
        ),
        (
            all(vec![sso, name("read"), basic]),
            "no caller can satisfy this requirement: a credential has one method, not both `corporate-sso` and `basic`\n\
             help: write `method = \"corporate-sso\" | \"basic\"` to accept either",
        ),
        (
            all(vec![web, name("read"), basic]),
            "no caller can satisfy this requirement: a credential has one method\n\
             help: list the methods that are accepted in one place",
        ),
        (
            all(vec![web, Requirement::Method(&[Method::ApiKey])]),
            "`method = \"session\" | \"api-key\"` is already demanded by `method = \"api-key\"`\n\
             help: remove `method = \"session\" | \"api-key\"`",
        ),
        (TWICE, "`method = \"session\"` is given twice\nhelp: remove one of them"),
        (Requirement::Method(&[]), "no caller can satisfy this requirement: `method` is empty"),
    ] {
        assert_eq!(message(requirement), expected);
    }
    for sound in [
        web,
        all(vec![web, name("clerk")]),
        any(vec![sso, all(vec![web, Requirement::Acr("mfa")])]),
        all(vec![web, any(vec![sso, Requirement::Method(&[Method::Session])])]),
        all(vec![web, any(vec![name("clerk"), check(0)])]),
    ] {
        assert_eq!(analyse(&sound), Analysis::Sound, "{sound}");
    }
}

#[test]
fn factors_that_no_caller_proves_or_that_decide_nothing_are_flaws() {
    let passkey = RequiredFactor::any_of(&[Factor::Passkey]);
    let [passkey, fresh, either] =
        [passkey, passkey.within(300), RequiredFactor::any_of(&[Factor::Passkey, Factor::Totp])]
            .map(Requirement::Factor);
    let totp = Requirement::Factor(RequiredFactor::any_of(&[Factor::Totp]));
    let password = Requirement::Factor(RequiredFactor::any_of(&[Factor::Password]));
    let mfa = Requirement::Mfa;
    let by = |method: &'static [Method]| Requirement::Method(method);
    let (key, session) = (by(&[Method::ApiKey]), by(&[Method::Session]));
    let remove = "help: remove it, it decides nothing";
    for (requirement, expected) in [
        (
            not(mfa),
            "no caller can satisfy this requirement: no one knows what a caller did not prove, so `not(mfa)` is never met\n\
             help: remove `not(mfa)`".to_owned(),
        ),
        (
            all(vec![name("read"), not(all(vec![name("clerk"), fresh]))]),
            format!("no caller can satisfy `not(factor(Passkey, within = \"5m\"))`: no one knows what a caller did not prove, \
             so `not(factor(Passkey, within = \"5m\"))` is never met\n{remove}"),
        ),
        (
            all(vec![key, mfa]),
            "no caller can satisfy this requirement: a caller by `api-key` did not log in, which `mfa` asks about\n\
             help: accept another method as well, such as `method = \"session\"`, or remove `mfa`".to_owned(),
        ),
        (
            all(vec![by(&[Method::Basic]), Requirement::MaxAge(300)]),
            "no caller can satisfy this requirement: a caller by `basic` did not log in, which `max_age = \"5m\"` asks about\n\
             help: accept another method as well, such as `method = \"session\"`, or remove `max_age = \"5m\"`".to_owned(),
        ),
        (
            all(vec![Requirement::Acr("mfa"), by(&[Method::ApiKey, Method::Basic])]),
            "no caller can satisfy this requirement: a key or a password that comes with each request is no login\n\
             help: accept another method as well, such as `method = \"session\"`".to_owned(),
        ),
        (
            any(vec![all(vec![key, either]), session]),
            format!("no caller can satisfy `all(method = \"api-key\", factor(Totp | Passkey))`: a key or a password that comes \
             with each request is no login\n{remove}"),
        ),
        (
            any(vec![session, all(vec![session, mfa])]),
            "`all(method = \"session\", mfa)` is already covered by `method = \"session\"`\n\
             help: remove `all(method = \"session\", mfa)`".to_owned(),
        ),
        (
            all(vec![passkey, fresh]),
            "`factor(Passkey)` is already demanded by `factor(Passkey, within = \"5m\")`: \
             `factor(Passkey, within = \"5m\")` includes `factor(Passkey)`\n\
             help: remove `factor(Passkey)`".to_owned(),
        ),
        (
            any(vec![either, passkey]),
            "`factor(Passkey)` is already covered by `factor(Totp | Passkey)`\n\
             help: remove `factor(Passkey)`".to_owned(),
        ),
        (
            all(vec![all(vec![password, totp]), mfa]),
            "`mfa` is already demanded by `all(factor(Password), factor(Totp))`\nhelp: remove `mfa`".to_owned(),
        ),
        (
            any(vec![name("read"), Requirement::Factor(RequiredFactor::any_of(&[]))]),
            "no caller can satisfy this requirement: `factor` is empty".to_owned(),
        ),
    ] {
        assert_eq!(message(requirement), expected);
    }
    for sound in [
        mfa,
        all(vec![mfa, fresh]),
        all(vec![password, totp]),
        any(vec![key, all(vec![session, mfa])]),
        all(vec![by(&[Method::ApiKey, Method::Session]), any(vec![mfa, name("read")])]),
        any(vec![fresh, all(vec![passkey, name("admin")])]),
    ] {
        assert_eq!(analyse(&sound), Analysis::Sound, "{sound}");
    }
}

#[test]
fn sound_requirements_have_no_flaw() {
    for sound in [
        name("admin"),
        all(vec![name("admin"), name("write")]),
        all(vec![name("write"), any(vec![name("orders:cancel"), check(0)])]),
        all(vec![name("manager"), not(name("admin"))]),
        any(vec![name("clerk"), name("auditor")]),
        any(vec![Requirement::Acr("mfa"), Requirement::Acr("pwd")]),
        all(vec![any(vec![name("clerk"), check(0)]), any(vec![name("admin"), check(1)])]),
    ] {
        assert_eq!(analyse(&sound), Analysis::Sound, "{sound}");
    }
}

#[test]
fn the_search_is_bounded() {
    let checks = |count: u8| (0..count).map(check).collect::<Vec<_>>();
    // Without `not` and with nothing related, any number is in order at sight.
    assert_eq!(analyse(&any(checks(64))), Analysis::Sound);
    let with_not = |count: u8| all(vec![any(checks(count - 1)), not(check(count - 1))]);
    assert_eq!(analyse(&with_not(10)), Analysis::Sound);
    assert_eq!(analyse(&with_not(11)), Analysis::Inconclusive);
    assert_eq!(analyse(&with_not(64)), Analysis::Inconclusive);
    // Two facts in one list are still held against each other.
    let mut many = checks(40);
    many.extend([name("clerk"), name("admin")]);
    assert!(message(any(many)).starts_with("`role = \"admin\"` is already covered by"));
    let mut twice = checks(40);
    twice.push(check(7));
    assert!(message(all(twice)).contains("is given twice"));
    // More facts than are distinguished.
    let mut ages: Vec<_> =
        (0..70).map(|n| any(vec![check(n % 64), Requirement::MaxAge(n.into())])).collect();
    ages.push(not(name("read")));
    assert_eq!(analyse(&all(ages)), Analysis::Inconclusive);
}

/// The facts that a requirement is about, each once.
fn facts(requirement: &Requirement) -> Vec<Requirement> {
    let mut found = Vec::new();
    let mut open = vec![*requirement];
    while let Some(next) = open.pop() {
        if next.parts().is_empty() && !found.contains(&next) && next != Requirement::Authenticated {
            found.push(next);
        }
        open.extend(next.parts());
    }
    found
}

/// Every caller who can be distinguished by these facts.
fn every_caller(facts: &[Requirement]) -> Vec<Caller> {
    let mut names: Vec<(AuthorityKind, &str)> = Vec::new();
    let (mut classes, mut times, mut slots) = (vec![None], vec![None], Vec::new());
    let mut methods = vec![Method::Custom("another")];
    let (mut proofs, mut ages) = (vec![ProvedFactors::NONE], Vec::new());
    let mut told = false;
    for fact in facts {
        match fact {
            Requirement::Authority(name) => names.push((name.kind(), name.name())),
            Requirement::Method(list) => methods.extend(*list),
            Requirement::Acr(_) | Requirement::Level(_) => {
                classes.extend(LOGINS.map(Some));
                classes.push(Some("another"));
            }
            Requirement::MaxAge(age) => times.extend([Some(NOW - age), Some(NOW - age - 1)]),
            Requirement::Check { slot, .. } => slots.push(*slot),
            Requirement::Mfa => told = true,
            Requirement::Factor(factor) => {
                ages.extend(factor.factors().map(|it| (it, factor.max_age())));
            }
            _ => {}
        }
    }
    ages.sort_unstable();
    ages.dedup();
    for factor in [Factor::Password, Factor::Passkey] {
        let times = ages.iter().filter(|(own, _)| *own == factor);
        let times = times.flat_map(|(_, age)| age.map_or(vec![0], |age| vec![age, age + 1]));
        let times: Vec<u64> = times.collect();
        let with = |proved: &ProvedFactors| {
            let proved = *proved;
            let each = times.iter().map(move |age| proved.with(factor, NOW - age));
            std::iter::once(proved).chain(each).collect::<Vec<_>>()
        };
        proofs = proofs.iter().flat_map(with).collect();
    }
    if told {
        proofs.extend(proofs.clone().into_iter().map(|it| it.with_several(Some(NOW))));
    }
    let mut callers = Vec::new();
    for held in 0_usize..1 << names.len() {
        let held: Vec<_> =
            names.iter().enumerate().filter(|(i, _)| held >> i & 1 == 1).map(|(_, n)| *n).collect();
        let grants = shop().tables().intern(held);
        for yes in 0_usize..1 << slots.len() {
            let mut checks = CheckAnswers::default();
            for (place, slot) in slots.iter().enumerate() {
                checks.answer(*slot, yes >> place & 1 == 1);
            }
            for acr in &classes {
                for auth_time in &times {
                    for method in &methods {
                        for factors in &proofs {
                            let (method, acr, auth_time) = (*method, *acr, *auth_time);
                            let (grants, factors) = (grants.clone(), *factors);
                            callers.push(Caller {
                                grants,
                                method,
                                acr,
                                auth_time,
                                factors,
                                checks,
                            });
                        }
                    }
                }
            }
        }
    }
    callers
}

#[expect(clippy::struct_excessive_bools, reason = "one for each thing that was tried")]
struct Tried {
    never: bool,
    always: bool,
    part_never: bool,
    part_always: bool,
    idle: bool,
}

/// What the macros write where the enum of levels is in scope: a text is a level.
fn with_levels(requirement: &Requirement) -> Requirement {
    let each = |parts: &[Requirement]| parts.iter().map(with_levels).collect();
    match requirement {
        Requirement::Acr(class) => {
            let place = shop().level.find(class);
            place.map_or(Requirement::Acr(class), level)
        }
        Requirement::All(parts) => all(each(parts)),
        Requirement::Any(parts) => any(each(parts)),
        Requirement::Not(part) => not(with_levels(part)),
        other => *other,
    }
}

#[test]
fn levels_are_ordered_as_their_enum_says() {
    let [pwd, mfa, hwk, visit] = [level(0), level(1), level(2), level(3)];
    for (requirement, expected) in [
        (
            any(vec![pwd, mfa]),
            "`acr = \"mfa\"` is already covered by `acr = \"pwd\"`: `mfa` includes `pwd`",
        ),
        (all(vec![hwk, pwd]), "`hwk` includes `pwd`"),
        (all(vec![visit, mfa]), "no level includes both `visit` and `mfa`"),
        (all(vec![mfa, not(pwd)]), "`mfa` includes `pwd`"),
        (all(vec![Requirement::Acr("visitor"), mfa]), "a login has one `acr`"),
        (any(vec![mfa, not(mfa)]), "Sound"),
        (all(vec![pwd, not(mfa)]), "Sound"),
        (any(vec![pwd, visit]), "Sound"),
        (any(vec![Requirement::Acr("visitor"), mfa]), "Sound"),
        (all(vec![not(visit), not(pwd)]), "no caller can satisfy this requirement"),
        // The text of a level, where the enum is not in scope.
        (all(vec![Requirement::Acr("pwd"), not(mfa)]), "Sound"),
        (any(vec![Requirement::Acr("mfa"), pwd]), "`mfa` includes `pwd`"),
    ] {
        let text = message(requirement);
        assert!(text.contains(expected), "{requirement}: {text}");
    }
}

/// Tries every caller on every part.
fn tried(requirement: Requirement) -> Tried {
    let callers = every_caller(&facts(&requirement));
    let row = |requirement: &Requirement, wanted: bool| -> Vec<bool> {
        let requirement = if wanted { *requirement } else { not(*requirement) };
        callers.iter().map(|c| evaluate(&requirement, &c.context()) == Verdict::Met).collect()
    };
    let whole = row(&requirement, true);
    let mut tried = Tried {
        never: !whole.contains(&true),
        always: !whole.contains(&false) && requirement != Requirement::Authenticated,
        part_never: false,
        part_always: false,
        idle: false,
    };
    let mut open = vec![(requirement, true)];
    while let Some((next, wanted)) = open.pop() {
        let wanted = wanted != matches!(next, Requirement::Not(_));
        let rows: Vec<_> = next.parts().iter().map(|part| row(part, wanted)).collect();
        tried.part_never |= rows.iter().any(|row| !row.contains(&true));
        tried.part_always |= rows.iter().any(|row| !row.contains(&false));
        for (i, one) in rows.iter().enumerate() {
            for (j, other) in rows.iter().enumerate() {
                tried.idle |= i != j && one.iter().zip(other).all(|(one, other)| !one | other);
            }
        }
        open.extend(next.parts().iter().map(|part| (*part, wanted)));
    }
    tried
}

/// Names of one kind and of different enums say nothing of each other, whatever their places are.
#[test]
fn names_of_two_enums_of_a_kind_are_independent() {
    let other = |place| {
        let table = shop().role;
        Requirement::Authority(
            crate::vocabulary::testing_fixtures::renamed(table).get(place).unwrap(),
        )
    };
    for sound in [
        any(vec![other(0), name("clerk")]),
        all(vec![name("manager"), other(0), not(other(1))]),
        all(vec![other(1), not(name("clerk"))]),
        any(vec![all(vec![name("clerk"), other(2)]), all(vec![other(0), name("admin")])]),
    ] {
        assert_eq!(message(sound), "Sound");
    }
    assert_eq!(
        message(all(vec![name("manager"), other(2), not(other(0))])),
        "no caller can satisfy this requirement: `other:admin` includes `other:clerk`\n\
         help: remove `role = \"other:admin\"` or `not(role = \"other:clerk\")`"
    );
    assert_eq!(
        message(any(vec![name("read"), other(0), name("clerk"), other(0)])),
        message(any(vec![name("read"), other(0), other(0)])),
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2048, ..ProptestConfig::default() })]

    #[test]
    fn the_analysis_finds_what_trying_every_caller_finds(requirement in requirement()) {
        let requirement = with_levels(&requirement);
        let tried = tried(requirement);
        let analysis = analyse(&requirement);
        let unclear = matches!(Statement::of(&requirement), Statement::Unclear(_));
        let ambiguous =
            matches!(&analysis, Analysis::Flawed(finding) if finding.flaw() == Flaw::Ambiguous);
        prop_assert_eq!(unclear, ambiguous);
        let text = message(requirement);
        match analysis {
            Analysis::Sound => {
                prop_assert!(!(tried.never || tried.always || tried.part_never || tried.part_always || tried.idle));
            }
            Analysis::Inconclusive => {}
            Analysis::Flawed(finding) => {
                let whole = text.contains("this requirement");
                prop_assert!(match finding.flaw() {
                    Flaw::Unsatisfiable if whole => tried.never,
                    Flaw::Tautology if whole => tried.always,
                    Flaw::Unsatisfiable => tried.part_never && !tried.never && !tried.always,
                    Flaw::Tautology => tried.part_always && !tried.never && !tried.always,
                    Flaw::Redundant => tried.idle,
                    Flaw::Ambiguous => true,
                }, "{text}");
            }
        }
        if (tried.never || tried.always) && !ambiguous {
            prop_assert!(text.contains("this requirement") || text == "Bounded", "{text}");
        }
    }

    #[test]
    fn both_ways_of_writing_agree(requirement in requirement()) {
        let mut text = Text::new();
        wording::write(&mut text, &requirement, true);
        let shown = requirement.to_string();
        prop_assert!(text.as_str() == shown || text.as_str().ends_with('…'), "{shown}");
    }
}

/// The same functions in const evaluation.
#[test]
fn the_build_runs_the_same() {
    const SOUND: Requirement = Requirement::All(&[
        Requirement::Acr("mfa"),
        Requirement::Not(&Requirement::Check { slot: 1, check: &CHECKS_CONST[0] }),
        Requirement::Any(&[
            Requirement::MaxAge(300),
            Requirement::Check { slot: 0, check: &CHECKS_CONST[1] },
        ]),
    ]);
    const CHECKS_CONST: [crate::policy::CheckInfo; 3] = CHECKS;
    const _: () = super::assert_sound(&SOUND);
    super::assert_sound(&SOUND);
    let never = Requirement::Not(&Requirement::Authenticated);
    let panic = std::panic::catch_unwind(|| super::assert_sound(&never)).unwrap_err();
    let text = panic.downcast_ref::<String>().cloned().unwrap_or_default();
    assert_eq!(text, message(never));
}
