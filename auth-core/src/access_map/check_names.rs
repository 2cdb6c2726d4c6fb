//! Checks in the words of a comparison: the same name may be another function.

use std::collections::BTreeMap;

use super::{AccessModel, CheckModel, EndpointModel, RequirementModel};

/// What there is to know of checks that share a name: one that says something else now, and those
/// whose module is not known.
pub(super) fn sentences_of_checks(old: &AccessModel, new: &AccessModel) -> Vec<String> {
    let mut sentences = Vec::new();
    let (before, after) = (checks(old), checks(new));
    for (key, sentence) in &after {
        let Some(other) = before.get(key) else { continue };
        if other != sentence {
            let (module, function) = key;
            let (now, then) = (sentence.join("\", \""), other.join("\", \""));
            sentences
                .push(format!("check {module}::{function} now says \"{now}\", not \"{then}\""));
        }
    }
    for (model, when) in [(old, "before"), (new, "now")] {
        let mut unknown: Vec<&str> =
            named(model).filter(|it| it.module.is_empty()).map(|it| it.name.as_str()).collect();
        unknown.sort_unstable();
        unknown.dedup();
        for name in unknown {
            sentences.push(format!(
                "check {name}: it is not recorded which function of that name was meant {when}, so \
                 that it counts as another one; a map or a lock that is written anew says it"
            ));
        }
    }
    sentences
}

fn named(model: &AccessModel) -> impl Iterator<Item = &CheckModel> {
    model.endpoints.iter().flat_map(|it| &it.checks)
}

/// The sentences by module and function; of two that share these, both.
fn checks(model: &AccessModel) -> BTreeMap<(&str, &str), Vec<&str>> {
    let mut checks: BTreeMap<_, Vec<&str>> = BTreeMap::new();
    for CheckModel { name, module, sentence } in named(model).filter(|it| !it.module.is_empty()) {
        let function = name.rsplit("::").next().unwrap_or(name);
        let sentences = checks.entry((module.as_str(), function)).or_default();
        if !sentences.contains(&sentence.as_str()) {
            sentences.push(sentence);
        }
    }
    checks
}

/// The two requirements in words, with the modules of checks where these differ.
pub(super) fn texts(
    old: Option<&EndpointModel>,
    new: Option<&EndpointModel>,
) -> (Option<String>, Option<String>) {
    let text = |it: Option<&EndpointModel>| it.map(|it| it.text.clone());
    let (Some(one), Some(two)) = (old, new) else { return (text(old), text(new)) };
    if !names_are_shared(one, two) {
        return (text(old), text(new));
    }
    (Some(in_full(one)), Some(in_full(two)))
}

/// Whether both name a check alike that is not the same.
fn names_are_shared(one: &EndpointModel, two: &EndpointModel) -> bool {
    one.checks
        .iter()
        .any(|check| two.checks.iter().any(|other| other.name == check.name && other != check))
}

fn in_full(endpoint: &EndpointModel) -> String {
    fn walk(it: &RequirementModel, checks: &[CheckModel], depth: usize) -> RequirementModel {
        use RequirementModel as R;
        if depth > crate::policy::Requirement::MAX_DEPTH {
            return R::NOBODY;
        }
        let list = |parts: &[R]| parts.iter().map(|it| walk(it, checks, depth + 1)).collect();
        match it {
            R::Check(name) => {
                let known = checks.iter().find(|it| it.name == *name && !it.module.is_empty());
                let function = name.rsplit("::").next().unwrap_or(name);
                R::Check(
                    known.map_or_else(|| name.clone(), |it| format!("{}::{function}", it.module)),
                )
            }
            R::All(parts) => R::All(list(parts)),
            R::Any(parts) => R::Any(list(parts)),
            R::Not(part) => R::Not(Box::new(walk(part, checks, depth + 1))),
            leaf => leaf.clone(),
        }
    }
    let requirement = endpoint.requirement.as_ref();
    requirement.map(|it| walk(it, &endpoint.checks, 0).to_string()).unwrap_or_default()
}
