//! The cases that all must decide alike: the evaluator, which is the definition, the compiled
//! requirement, the formula of the solver, and the page's script.
//!
//! `tests/vectors/decisions.json` is read here and by `tests/page/decide.test.js`. It is written
//! anew, with the answers of [`policy::evaluate`], by `UPDATE_VECTORS=1 cargo test decision_vectors`.
//!
//! [`policy::evaluate`]: crate::policy::evaluate

use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;
use serde_json::{Map, Value, json};

use super::super::testing_fixtures::{Caller, formula_lets_in};
use super::super::vocabulary_model::{Tables, VocabularyModel};
use super::super::{FactorModel, GrantsModel, RequirementModel};
use crate::policy::testing_fixtures::{
    self, CHECKS, NOW, caller as any_caller, faulty, requirement as any_requirement,
};
use crate::policy::{
    CheckAnswers, CompiledRequirement, Decision, EvaluationContext, Factor, Method, ProvedFactor,
    ProvedFactors, Remediation, Requirement, Verdict, evaluate,
};
use crate::vocabulary::testing_fixtures::shop;
use crate::vocabulary::{AuthorityKind, AuthorityRef, AuthoritySet, VocabularySet};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/decisions.json");

/// The requirement as the model writes it; `None` if JSON has no words for it.
fn write(requirement: &Requirement) -> Option<Value> {
    let list = |parts: &[Requirement]| parts.iter().map(write).collect::<Option<Vec<_>>>();
    Some(match requirement {
        Requirement::Authenticated => json!("authenticated"),
        Requirement::Authority(name) if name.kind() == AuthorityKind::Level => return None,
        Requirement::Authority(name)
            if shop().tables().contains(name.table()) && name.info().is_some() =>
        {
            json!({name.kind().word(): name.name()})
        }
        Requirement::Authority(name) => json!({name.kind().word(): "of another enum"}),
        Requirement::Method(methods) => {
            json!({"method": methods.iter().map(|it| it.as_str()).collect::<Vec<_>>()})
        }
        Requirement::Acr(acr) => json!({"acr": acr}),
        Requirement::Level(level) if shop().tables().contains(level.table()) => {
            // JSON has one word for both.
            level.info()?;
            json!({"acr": level.name()})
        }
        Requirement::Level(_) => return None,
        Requirement::MaxAge(seconds) => json!({"max_age": seconds}),
        Requirement::Mfa => json!("mfa"),
        Requirement::Factor(factor) => json!({"factor": factor.to_json()}),
        Requirement::Check { slot, .. } if *slot >= CheckAnswers::SLOTS => return None,
        Requirement::Check { check, .. } => json!({"check": check.name}),
        Requirement::All(parts) => json!({"all": list(parts)?}),
        Requirement::Any(parts) => json!({"any": list(parts)?}),
        Requirement::Not(part) => json!({"not": write(part)?}),
    })
}

fn read(value: &Value) -> Requirement {
    let Some((kind, value)) = value.as_object().and_then(|it| it.iter().next()) else {
        assert!(value == "authenticated" || value == "mfa");
        return if value == "mfa" { Requirement::Mfa } else { Requirement::Authenticated };
    };
    let text = || value.as_str().unwrap().to_owned();
    let parts = || value.as_array().unwrap().iter().map(read).collect();
    match kind.as_str() {
        "method" => {
            let methods = value.as_array().unwrap().iter().map(method);
            Requirement::Method(methods.collect::<Vec<_>>().leak())
        }
        "acr" => Requirement::Acr(text().leak()),
        "max_age" => Requirement::MaxAge(value.as_u64().unwrap()),
        "factor" => {
            let model: FactorModel = serde_json::from_value(value.clone()).unwrap();
            Requirement::Factor((&model).into())
        }
        "check" => testing_fixtures::check(slot(&text())),
        "all" => testing_fixtures::all(parts()),
        "any" => testing_fixtures::any(parts()),
        "not" => testing_fixtures::not(read(value)),
        word => Requirement::Authority(name(word, &text())),
    }
}

fn method(value: &Value) -> Method {
    Method::custom(value.as_str().unwrap().to_owned().leak())
}

fn name(word: &str, text: &str) -> AuthorityRef {
    let kind = AuthorityKind::ALL.into_iter().find(|kind| kind.word() == word).unwrap();
    let table = shop().tables().of_kind(kind).next().unwrap();
    AuthorityRef::new(table, table.find(text).unwrap_or(u16::MAX))
}

fn slot(check: &str) -> u8 {
    (0..).zip(&CHECKS).find(|(_, it)| it.name == check).unwrap().0
}

/// The factors of a case.
fn proved(context: &Value) -> ProvedFactors {
    let mut factors = ProvedFactors::NONE;
    for (name, at) in context["proved"].as_object().into_iter().flatten() {
        let factor = Factor::named(name).unwrap();
        factors = match at.as_u64() {
            None => factors.with_undated(factor),
            Some(at) => factors.with(factor, at),
        };
    }
    if context["user_verified"] == true {
        factors = factors.with_user_verification();
    }
    if context["several"] == true { factors.with_several(None) } else { factors }
}

/// The context of one case, owned.
struct Case {
    requirement: Requirement,
    grants: AuthoritySet,
    method: Method,
    acr: Option<String>,
    auth_time: Option<u64>,
    factors: ProvedFactors,
    checks: CheckAnswers,
}

impl Case {
    fn read(case: &Value) -> Self {
        let context = &case["facts"];
        let names = AuthorityKind::ALL.into_iter().flat_map(|kind| {
            let list = context[kind.plural()].as_array();
            list.into_iter().flatten().map(move |name| (kind, name.as_str().unwrap()))
        });
        let listed = context["unknown"].as_array().into_iter().flatten();
        let listed: Vec<&str> = listed.map(|list| list.as_str().unwrap()).collect();
        let unknown = AuthorityKind::ALL.into_iter().filter(|kind| listed.contains(&kind.plural()));
        let unknown: Vec<AuthorityKind> = unknown.collect();
        let mut checks = CheckAnswers::default();
        for (name, yes) in context["checks"].as_object().into_iter().flatten() {
            checks.answer(slot(name), yes.as_bool().unwrap());
        }
        Self {
            requirement: read(&case["requirement"]),
            grants: unknown
                .into_iter()
                .fold(shop().tables().intern(names), AuthoritySet::with_unknown),
            method: context.get("method").map_or(Method::Bearer, method),
            acr: context["acr"].as_str().map(str::to_owned),
            auth_time: context["auth_time"].as_u64(),
            factors: proved(context),
            checks,
        }
    }

    fn context(&self) -> EvaluationContext<'_> {
        EvaluationContext {
            grants: &self.grants,
            method: self.method,
            acr: self.acr.as_deref(),
            auth_time: self.auth_time,
            factors: &self.factors,
            now: NOW,
            checks: self.checks,
        }
    }

    /// The verdict, what would help, and what is missing.
    fn answers(&self) -> [Value; 3] {
        let decision = Decision::of(self.requirement, &self.context());
        let verdict = match decision.verdict() {
            Verdict::Met => "met",
            Verdict::Unmet => "unmet",
            Verdict::NeedsCheck => "undecided",
        };
        let remedy = match decision.remediation() {
            Remediation::StepUp(it) => {
                let factors: Vec<Value> = it.factors.iter().map(|it| it.to_json()).collect();
                json!({"step_up": {"acr_values": it.acr_values, "max_age": it.max_age, "mfa": it.mfa, "factors": factors}})
            }
            Remediation::RequestScopes(scopes) => json!({"scopes": scopes}),
            Remediation::None => Value::Null,
        };
        [json!(verdict), remedy, json!(decision.missing().map(ToString::to_string))]
    }

    fn compiled(&self) -> Verdict {
        CompiledRequirement::new(self.requirement, &shop().tables()).evaluate(&self.context())
    }

    /// Whether the definition lets the caller in, and the formula, if checks without an answer say
    /// no.
    fn let_in(&self, requirement: &Value) -> (bool, bool) {
        let mut context = self.context();
        for slot in (0..).take(CHECKS.len()).filter(|slot| self.checks.get(*slot).is_none()) {
            context.checks.answer(slot, false);
        }
        let model: RequirementModel = serde_json::from_value(requirement.clone()).unwrap();
        let mut grants = GrantsModel::default();
        for kind in AuthorityKind::ALL {
            self.grants.iter(kind).for_each(|name| grants.push(kind, name.name()));
        }
        let answers = (0..).zip(&CHECKS);
        let answers =
            answers.filter_map(|(slot, it)| Some((it.name.to_owned(), context.checks.get(slot)?)));
        let caller = Caller {
            grants,
            unknown: self.grants.unknown_kinds().iter().collect(),
            method: Some(self.method.as_str().to_owned()),
            acr: self.acr.clone(),
            // Clocks may differ by a minute, so a login from the future has no age.
            age: self.auth_time.filter(|time| *time <= NOW + 60).map(|it| NOW.saturating_sub(it)),
            factors: super::super::testing_fixtures::ages(&self.factors, NOW),
            mfa: self.factors.are_multi_factor(NOW),
            checks: answers.collect(),
        };
        let vocabulary = VocabularyModel::new(&Tables::of(&shop().tables(), &[]));
        let met = evaluate(&self.requirement, &context) == Verdict::Met;
        (met, formula_lets_in(&model, &caller, &vocabulary))
    }
}

/// Requirements and callers drawn at random, the same ones in every run.
fn cases() -> Vec<Value> {
    let mut runner = TestRunner::deterministic();
    let mut cases = Vec::new();
    while cases.len() < 600 {
        let kind = if cases.len() % 6 == 5 { faulty() } else { any_requirement() };
        let (requirement, caller) = (kind, any_caller()).new_tree(&mut runner).unwrap().current();
        let Some(requirement) = write(&requirement) else { continue };
        let mut context = Map::new();
        for kind in AuthorityKind::ALL {
            let names: Vec<_> = caller.grants.iter(kind).map(AuthorityRef::name).collect();
            context.insert(kind.plural().to_owned(), json!(names));
        }
        if !caller.grants.is_known() {
            let kinds = caller.grants.unknown_kinds().iter().map(AuthorityKind::plural);
            context.insert("unknown".to_owned(), kinds.collect());
        }
        let answers = (0..).zip(&CHECKS).filter_map(|(slot, check)| {
            caller.checks.get(slot).map(|yes| (check.name.to_owned(), json!(yes)))
        });
        context.insert("method".to_owned(), json!(caller.method.as_str()));
        context.insert("acr".to_owned(), json!(caller.acr));
        // Beyond this, a number of JavaScript is not exact.
        context.insert("auth_time".to_owned(), json!(caller.auth_time.map(|it| it.min(1 << 52))));
        context.insert("checks".to_owned(), Value::Object(answers.collect()));
        add_factors(&mut context, &caller.factors);
        cases.push(json!({"requirement": requirement, "facts": context}));
    }
    // What a token carries, as against what its holder holds: the closure must be the same too.
    for held in ["clerk", "manager", "admin", "auditor"] {
        for permission in ["orders:read", "orders:cancel", "ledger", "of another enum"] {
            let requirement = json!({"permission": permission});
            cases.push(json!({"requirement": requirement, "facts": {"roles": [held]}}));
        }
    }
    for (group, role) in [("staff", "clerk"), ("staff", "manager"), ("board", "clerk")] {
        cases.push(json!({"requirement": {"role": role}, "facts": {"groups": [group, "nobody"]}}));
    }
    for held in ["read", "write", "all", "nobody"] {
        cases.push(json!({"requirement": {"scope": "read"}, "facts": {"scopes": [held]}}));
    }
    // What a token leaves open rejects on both sides of `not`, with all that it could bring.
    for unknown in AuthorityKind::ALL.map(AuthorityKind::plural) {
        for name in [
            json!({"role": "clerk"}),
            json!({"role": "auditor"}),
            json!({"permission": "orders:read"}),
            json!({"permission": "ledger"}),
            json!({"scope": "read"}),
            json!({"group": "staff"}),
            json!({"role": "of another enum"}),
        ] {
            let context = json!({"roles": ["clerk"], "unknown": [unknown]});
            for requirement in
                [json!(name), json!({"not": name}), json!({"any": [name, "authenticated"]})]
            {
                cases.push(json!({"requirement": requirement, "facts": context}));
            }
        }
    }
    // A fault rejects wherever it is, under `not` and beside what is met.
    for kind in AuthorityKind::ALL {
        let foreign = json!({kind.word(): "of another enum"});
        for fault in [foreign, json!({"all": []}), json!({"any": []})] {
            for requirement in [
                json!({"not": fault}),
                json!({"any": ["authenticated", fault]}),
                json!({"all": ["authenticated", {"not": fault}]}),
                json!({"not": {"not": {"any": [fault, "authenticated"]}}}),
            ] {
                cases.push(json!({"requirement": requirement, "facts": {"roles": ["admin"]}}));
            }
        }
    }
    // A scope that is asked for must not bring one that its way rules out.
    let with = json!({"all": [{"scope": "all"}, {"scope": "read"}]});
    let without = json!({"all": [{"scope": "all"}, {"not": {"scope": "read"}}]});
    cases.push(json!({"requirement": {"any": [without, with]}, "facts": {}}));
    // Logins of another age are another challenge.
    let login = |acr: &str, age: u64| json!({"all": [{"acr": acr}, {"max_age": age}]});
    for ages in [[60, 300], [300, 60], [60, 60]] {
        let ways = [login("mfa", ages[0]), login("pwd", ages[1])];
        cases.push(json!({"requirement": {"any": ways}, "facts": {"acr": "other"}}));
    }
    level_cases(&mut cases);
    // A list of methods is met by each of them and by no other, and an empty one by none.
    for methods in [json!([]), json!(["session"]), json!(["session", "corporate-sso"])] {
        for method in ["bearer", "session", "corporate-sso"] {
            let named = json!({"method": methods});
            for requirement in [json!(named), json!({"not": named})] {
                cases.push(json!({"requirement": requirement, "facts": {"method": method}}));
            }
        }
    }
    factor_cases(&mut cases);
    // Of two ways of which one asks for more than the other, the answer names the other.
    let (mfa, fresh) = (json!({"acr": "mfa"}), json!({"max_age": 300}));
    for requirement in [
        json!({"any": [{"all": [mfa, fresh]}, mfa]}),
        json!({"all": [{"any": [fresh, mfa]}, mfa]}),
        json!({"all": [{"any": [{"scope": "read"}, mfa]}, mfa]}),
        json!({"any": [{"all": [{"scope": "read"}, {"scope": "write"}]}, {"scope": "write"}]}),
    ] {
        cases.push(json!({"requirement": requirement, "facts": {"acr": "pwd"}}));
    }
    // As deep as is read, and one level deeper.
    for depth in [Requirement::MAX_DEPTH, Requirement::MAX_DEPTH + 1] {
        let deep = (0..depth).fold(json!("authenticated"), |part, _| json!({"all": [part]}));
        cases.push(json!({"requirement": deep, "facts": {}}));
    }
    cases
}

fn add_factors(context: &mut Map<String, Value>, factors: &ProvedFactors) {
    if !factors.is_empty() {
        let proved = factors.iter().map(|it| (it.factor().as_str().to_owned(), json!(it.at())));
        context.insert("proved".to_owned(), Value::Object(proved.collect()));
        let user_verified = factors.iter().any(ProvedFactor::is_user_verified);
        context.insert("user_verified".to_owned(), json!(user_verified));
        let several = factors.are_told_to_be_several();
        context.insert("several".to_owned(), json!(several));
    }
}

fn level_cases(cases: &mut Vec<Value>) {
    // A level is enough for the levels that it includes. A class that is not a level is enough for no level.
    for asked in ["pwd", "mfa", "hwk", "visit", "other"] {
        for own in ["pwd", "mfa", "hwk", "visit", "other", "another"] {
            for requirement in [json!({"acr": asked}), json!({"not": {"acr": asked}})] {
                cases.push(json!({"requirement": requirement, "facts": {"acr": own}}));
            }
        }
    }
    let weak = json!({"all": [{"acr": "pwd"}, {"not": {"acr": "hwk"}}, {"max_age": 60}]});
    for own in ["pwd", "visit", "hwk"] {
        cases.push(json!({"requirement": weak, "facts": {"acr": own, "auth_time": 9}}));
    }
}

fn factor_cases(cases: &mut Vec<Value>) {
    // What was not proved is not known, a proof grows old, and a key is no login.
    let fresh = json!({"factor": {"any_of": ["totp", "passkey"], "within": 300}});
    for part in [json!("mfa"), fresh, json!({"factor": {"any_of": ["password"]}})] {
        for proved in [
            json!({}),
            json!({"password": 999_000}),
            json!({"passkey": 999_700, "password": null}),
            json!({"totp": 999_699}),
            json!({"passkey": 1_000_061}),
        ] {
            for (method, user_verified) in
                [("session", false), ("session", true), ("api-key", true)]
            {
                let facts = json!({"method": method, "proved": proved, "user_verified": user_verified, "acr": "mfa", "auth_time": 999_990});
                for requirement in [
                    part.clone(),
                    json!({"not": part}),
                    json!({"all": [part, {"acr": "mfa"}, {"max_age": 60}]}),
                ] {
                    cases.push(json!({"requirement": requirement, "facts": facts}));
                }
            }
        }
    }
}

fn text_of(cases: &[Value]) -> String {
    let tables: VocabularySet = shop().tables();
    let vocabulary = VocabularyModel::new(&Tables::of(&tables, &[]));
    let lines: Vec<String> = cases.iter().map(|case| format!("  {case}")).collect();
    format!(
        "{{\n\"about\": \"written by access_map::html::decision_vectors; both sides must answer so\",\n\
         \"now\": {NOW},\n\"vocabulary\": {},\n\"cases\": [\n{}\n]\n}}\n",
        json!(vocabulary),
        lines.join(",\n"),
    )
}

#[test]
fn the_vectors_are_what_the_rust_code_decides() {
    if std::env::var_os("UPDATE_VECTORS").is_some() {
        let mut cases = cases();
        for case in &mut cases {
            let [verdict, remedy, missing] = Case::read(case).answers();
            case["verdict"] = verdict;
            case["remedy"] = remedy;
            case["missing"] = missing;
        }
        std::fs::write(FILE, text_of(&cases)).unwrap();
    }
    let file: Value = serde_json::from_str(&std::fs::read_to_string(FILE).unwrap()).unwrap();
    let cases = file["cases"].as_array().unwrap();
    let mut seen = [0; 6];
    for case in cases {
        let read = Case::read(case);
        let [verdict, remedy, missing] = read.answers();
        let expected = (&case["verdict"], &case["remedy"], &case["missing"]);
        assert_eq!((&verdict, &remedy, &missing), expected, "{case}");
        assert_eq!(read.compiled(), evaluate(&read.requirement, &read.context()), "{case}");
        let (met, by_formula) = read.let_in(&case["requirement"]);
        assert_eq!(by_formula, met, "{case}");
        let kinds = ["met", "unmet", "undecided"].map(|it| verdict == it);
        let remedies =
            [remedy.is_null(), !remedy["scopes"].is_null(), !remedy["step_up"].is_null()];
        for (count, yes) in seen.iter_mut().zip(kinds.into_iter().chain(remedies)) {
            *count += usize::from(yes);
        }
    }
    assert!(seen.iter().all(|count| *count >= 15), "too few of some kind: {seen:?}");
}
