//! What is missing: the least that would let a rejected caller in.

use std::fmt;

use serde_json::{Map, Value};

use super::method::fmt_methods;
use super::required_factor::Plainly;
use super::solver::hypothetical::{Condition, Solutions};
use super::{CheckInfo, EvaluationContext, MaxAge, Method, RequiredFactor, Requirement};
use crate::vocabulary::{AuthorityKind, AuthorityRef};

/// The least that would let a rejected caller in: as few names, logins and answers of checks as
/// possible, then those written first.
///
/// It says what the requirement lacks, and not who could provide it. What the *client* can do about it
/// is the [`Remediation`](super::Remediation).
///
/// Shown as `scope write, role manager, acr mfa, max_age 5m, check "the caller placed the order"`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    steps: Vec<Condition>,
}

/// How many ways are followed at once: a rejection must not take long for any requirement.
const WAYS: usize = 32;

impl Missing {
    /// `None` if nothing is missing, or nothing that could be added would help: the caller holds
    /// what is ruled out, or no caller meets the requirement.
    pub(super) fn of(requirement: &Requirement, context: &EvaluationContext<'_>) -> Option<Self> {
        let nearest = Solutions::of(requirement, context, WAYS).list.into_iter().next()?;
        (!nearest.steps.is_empty()).then_some(Self { steps: nearest.steps })
    }

    /// The names of one kind that the caller lacks, in the order written.
    pub fn names(&self, kind: AuthorityKind) -> impl Iterator<Item = AuthorityRef> {
        self.wanted().filter_map(move |fact| match fact {
            Requirement::Authority(name) if name.kind() == kind => Some(*name),
            _ => None,
        })
    }

    /// The methods of which one would have to be used, if the caller used another one.
    #[must_use]
    pub fn methods(&self) -> &'static [Method] {
        let methods = self.wanted().find_map(|fact| match fact {
            Requirement::Method(methods) => Some(*methods),
            _ => None,
        });
        methods.unwrap_or_default()
    }

    /// The authentication context class that the login lacks.
    #[must_use]
    pub fn acr(&self) -> Option<&'static str> {
        self.wanted().find_map(Requirement::class)
    }

    /// How old the login may be at most, in seconds, if it is older or its age is not known.
    #[must_use]
    pub fn max_age(&self) -> Option<u64> {
        let ages = self.wanted().filter_map(|fact| match fact {
            Requirement::MaxAge(seconds) => Some(*seconds),
            _ => None,
        });
        ages.min()
    }

    /// Whether factors of two categories would have to be proved.
    #[must_use]
    pub fn mfa(&self) -> bool {
        self.wanted().any(|fact| matches!(fact, Requirement::Mfa))
    }

    /// The factors that would have to be proved, or proved again.
    pub fn factors(&self) -> impl Iterator<Item = RequiredFactor> {
        self.wanted().filter_map(|fact| match fact {
            Requirement::Factor(factor) => Some(*factor),
            _ => None,
        })
    }

    /// The checks that would have to say yes.
    pub fn checks(&self) -> impl Iterator<Item = &'static CheckInfo> {
        self.wanted().filter_map(|fact| match fact {
            Requirement::Check { check, .. } => Some(*check),
            _ => None,
        })
    }

    /// How many facts are missing.
    #[must_use]
    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// Always false: nothing missing is no [`Missing`] at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The same as JSON, in the shape that the access map has for minimal sets.
    pub(crate) fn to_json(&self) -> Value {
        let mut json = Map::new();
        let mut grants = Map::new();
        for kind in AuthorityKind::ALL {
            let names: Vec<Value> = self.names(kind).map(|name| name.name().into()).collect();
            if !names.is_empty() {
                grants.insert(kind.plural().to_owned(), names.into());
            }
        }
        let unwanted = |fact: fn(&Requirement) -> Option<Value>| -> Vec<Value> {
            let steps = self.steps.iter().filter(|step| !step.wanted);
            steps.filter_map(|step| fact(&step.fact)).collect()
        };
        let members = [
            ("grants", (!grants.is_empty()).then(|| grants.into())),
            ("methods", list(self.methods().iter().map(|it| it.as_str().into()).collect())),
            ("acr", self.acr().map(Value::from)),
            ("acr_other_than", list(unwanted(acr))),
            ("max_age", self.max_age().map(Value::from)),
            ("mfa", self.mfa().then_some(true.into())),
            ("factors", list(self.factors().map(RequiredFactor::to_json).collect())),
            ("older_than", unwanted(age).into_iter().max_by_key(Value::as_u64)),
            ("checks", list(self.checks().map(|check| check.name.into()).collect())),
            ("without_checks", list(unwanted(check))),
        ];
        for (name, value) in members {
            json.extend(value.map(|value| (name.to_owned(), value)));
        }
        json.into()
    }

    fn wanted(&self) -> impl Iterator<Item = &Requirement> {
        self.steps.iter().filter(|step| step.wanted).map(|step| &step.fact)
    }
}

fn list(values: Vec<Value>) -> Option<Value> {
    (!values.is_empty()).then(|| values.into())
}

fn acr(fact: &Requirement) -> Option<Value> {
    fact.class().map(Value::from)
}

fn age(fact: &Requirement) -> Option<Value> {
    if let Requirement::MaxAge(seconds) = fact { Some((*seconds).into()) } else { None }
}

fn check(fact: &Requirement) -> Option<Value> {
    if let Requirement::Check { check, .. } = fact { Some(check.name.into()) } else { None }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, step) in self.steps.iter().enumerate() {
            if place > 0 {
                f.write_str(", ")?;
            }
            fmt::Display::fmt(step, f)?;
        }
        Ok(())
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.wanted {
            f.write_str("not ")?;
        }
        match &self.fact {
            Requirement::Authority(name) => fmt::Display::fmt(name, f),
            Requirement::Method(methods) => fmt_methods(f, methods),
            Requirement::Acr(class) => write!(f, "acr {class}"),
            Requirement::Level(level) => write!(f, "acr {}", level.name()),
            Requirement::MaxAge(seconds) => write!(f, "max_age {}", MaxAge(*seconds)),
            Requirement::Mfa => f.write_str("mfa"),
            Requirement::Factor(factor) => fmt::Display::fmt(&Plainly(*factor), f),
            Requirement::Check { check, .. } => write!(f, "check {:?}", check.sentence),
            other => fmt::Display::fmt(other, f),
        }
    }
}
