//! Requirements and callers for the property tests, over the shop of `vocabulary::testing_fixtures`.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::{
    CheckAnswers, CheckInfo, EvaluationContext, Factor, Method, ProvedFactors, RequiredFactor,
    Requirement,
};
use crate::vocabulary::testing_fixtures::{foreign, shop};
use crate::vocabulary::{AuthorityKind, AuthorityRef, AuthoritySet};

pub(crate) const NOW: u64 = 1_000_000;
/// Two levels, and a class that is not a level.
pub(crate) const CLASSES: [&str; 3] = ["mfa", "pwd", "visitor"];
/// Every class that a login can have been asked for.
pub(crate) const LOGINS: [&str; 5] = ["mfa", "pwd", "hwk", "visit", "visitor"];
pub(crate) const AGES: [u64; 3] = [60, 300, 3_600];
pub(crate) const METHODS: [Method; 4] =
    [Method::Bearer, Method::ApiKey, Method::Session, Method::custom("corporate-sso")];
pub(crate) const PASSKEY: RequiredFactor = RequiredFactor::any_of(&[Factor::Passkey]);
pub(crate) const FACTORS: [RequiredFactor; 4] = [
    RequiredFactor::any_of(&[Factor::Password]),
    PASSKEY,
    PASSKEY.within(300),
    RequiredFactor::any_of(&[Factor::Passkey, Factor::Password]).within(300),
];
pub(crate) const CHECKS: [CheckInfo; 3] = [
    CheckInfo {
        name: "placed_order",
        sentence: "the caller placed the order",
        module: "shop",
        path_parameters: &[],
    },
    CheckInfo {
        name: "same_branch",
        sentence: "the order is of the caller's branch",
        module: "shop",
        path_parameters: &[],
    },
    CheckInfo {
        name: "open_hours",
        sentence: "the shop is open",
        module: "shop",
        path_parameters: &[],
    },
];

/// A caller, owned.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) grants: AuthoritySet,
    pub(crate) method: Method,
    pub(crate) acr: Option<&'static str>,
    pub(crate) auth_time: Option<u64>,
    pub(crate) factors: ProvedFactors,
    pub(crate) checks: CheckAnswers,
}

impl Caller {
    pub(crate) fn with(names: &[(AuthorityKind, &str)]) -> Self {
        let grants = shop().tables().intern(names.iter().copied());
        let (method, checks) = (Method::Bearer, CheckAnswers::default());
        let factors = ProvedFactors::NONE;
        Self { grants, method, acr: None, auth_time: None, factors, checks }
    }

    pub(crate) fn context(&self) -> EvaluationContext<'_> {
        EvaluationContext {
            grants: &self.grants,
            method: self.method,
            acr: self.acr,
            auth_time: self.auth_time,
            factors: &self.factors,
            now: NOW,
            checks: self.checks,
        }
    }
}

pub(crate) fn name(text: &str) -> Requirement {
    let found = every_name().into_iter().find(|name| name.name() == text);
    Requirement::Authority(found.unwrap_or_else(|| panic!("no name {text}")))
}

/// `pwd`, `mfa` which includes it, `hwk` which includes both, `visit`.
pub(crate) fn level(place: u16) -> Requirement {
    Requirement::Level(AuthorityRef::new(shop().level, place))
}

pub(crate) const fn check(slot: u8) -> Requirement {
    Requirement::Check { slot, check: &CHECKS[slot as usize % 3] }
}

pub(crate) fn all(parts: Vec<Requirement>) -> Requirement {
    Requirement::All(parts.leak())
}

pub(crate) fn any(parts: Vec<Requirement>) -> Requirement {
    Requirement::Any(parts.leak())
}

pub(crate) fn not(part: Requirement) -> Requirement {
    Requirement::Not(Box::leak(Box::new(part)))
}

fn every_name() -> Vec<AuthorityRef> {
    let shop = shop();
    [shop.role, shop.permission, shop.scope, shop.group].iter().flat_map(|t| t.iter()).collect()
}

fn fact() -> impl Strategy<Value = Requirement> {
    prop_oneof![
        18 => select(every_name()).prop_map(Requirement::Authority),
        4 => select(&CLASSES[..]).prop_map(Requirement::Acr),
        4 => (0_u16..4).prop_map(level),
        6 => select(&AGES[..]).prop_map(Requirement::MaxAge),
        3 => select(&FACTORS[..]).prop_map(Requirement::Factor),
        2 => Just(Requirement::Mfa),
        6 => (0_u8..3).prop_map(check),
        2 => proptest::sample::subsequence(METHODS.to_vec(), 1..3)
            .prop_map(|methods| Requirement::Method(methods.leak())),
        3 => Just(Requirement::Authenticated),
    ]
}

fn fault() -> impl Strategy<Value = Requirement> {
    prop_oneof![
        select(every_name()).prop_map(|n| {
            Requirement::Authority(AuthorityRef::new(foreign(n.table()), n.index()))
        }),
        select(every_name()).prop_map(|n| Requirement::Authority(AuthorityRef::new(n.table(), 77))),
        Just(level(77)),
        Just(Requirement::Level(AuthorityRef::new(foreign(shop().level), 0))),
        // A caller does not hold one.
        Just(Requirement::Authority(AuthorityRef::new(shop().level, 0))),
        Just(Requirement::All(&[])),
        Just(Requirement::Any(&[])),
        Just(Requirement::Method(&[])),
        Just(Requirement::Factor(RequiredFactor::any_of(&[]))),
        Just(Requirement::Check { slot: 64, check: &CHECKS[0] }),
        Just(Requirement::Check { slot: 255, check: &CHECKS[0] }),
    ]
}

fn tree(leaf: BoxedStrategy<Requirement>) -> BoxedStrategy<Requirement> {
    leaf.prop_recursive(3, 10, 3, |part| {
        prop_oneof![
            vec(part.clone(), 1..4).prop_map(all),
            vec(part.clone(), 1..4).prop_map(any),
            part.prop_map(not),
        ]
    })
    .boxed()
}

/// Requirements that can be read.
pub(crate) fn requirement() -> BoxedStrategy<Requirement> {
    tree(fact().boxed())
}

/// Requirements that may have a fault somewhere.
pub(crate) fn faulty() -> BoxedStrategy<Requirement> {
    tree(prop_oneof![20 => fact(), 1 => fault()].boxed())
}

pub(crate) fn caller() -> impl Strategy<Value = Caller> {
    let names = proptest::sample::subsequence(every_name(), 0..4);
    let acr = proptest::option::of(select(&["mfa", "pwd", "hwk", "visitor", "other"][..]));
    let times = vec![0, 0, 60, 61, 300, 301, 3_600, 3_601];
    let auth_time = prop_oneof![
        6 => select(times).prop_map(|age| Some(NOW - age)),
        2 => Just(None),
        1 => select(vec![NOW + 60, NOW + 61, u64::MAX]).prop_map(Some),
    ];
    let checks = vec(proptest::option::of(any_bool()), 3);
    let proofs = vec((select(&Factor::ALL[..]), select(vec![0, 300, 301]), 0_u8..8), 0..3);
    let factors = proofs.prop_map(|proofs| {
        proofs.into_iter().fold(ProvedFactors::NONE, |proved, (factor, age, how)| match how {
            0 => proved.with_undated(factor),
            1 => proved.with(factor, NOW + 61),
            2 => proved.with_user_verified_passkey(NOW - age),
            3 => proved.with_several(Some(NOW - age)),
            _ => proved.with(factor, NOW - age),
        })
    });
    let unknown = prop_oneof![
        2 => Just(Vec::new()),
        1 => proptest::sample::subsequence(AuthorityKind::ALL.to_vec(), 1..=2),
    ];
    (names, select(&METHODS[..]), acr, auth_time, factors, checks, unknown).prop_map(
        |(names, method, acr, auth_time, factors, answers, unknown)| {
            let mut checks = CheckAnswers::default();
            for (slot, answer) in (0..).zip(answers) {
                if let Some(yes) = answer {
                    checks.answer(slot, yes);
                }
            }
            let grants =
                shop().tables().intern(names.iter().map(|name| (name.kind(), name.name())));
            let grants = unknown.into_iter().fold(grants, AuthoritySet::with_unknown);
            Caller { grants, method, acr, auth_time, factors, checks }
        },
    )
}

fn any_bool() -> impl Strategy<Value = bool> {
    proptest::bool::ANY
}
