//! What a change of an endpoint asks less of: factors that need not be proved any more, or not as recently.

use super::{EndpointModel, MinimalSet};
use crate::policy::{Factor, MaxAge};

/// One sentence for what is asked less than before; none if no factor is.
pub(super) fn loosened(old: &EndpointModel, new: &EndpointModel) -> Option<String> {
    without_factor(old, new)
        .or_else(|| without_second_factor(old, new))
        .or_else(|| older_proof(old, new))
}

/// By which methods no factor is needed any more.
fn without_factor(old: &EndpointModel, new: &EndpointModel) -> Option<String> {
    let asks = |set: &MinimalSet| set.mfa || !set.factors.is_empty();
    let needed_by = |it: &EndpointModel, method: &str| {
        let mut sets = it.minimal_sets.iter().filter(|set| is_by(set, method)).peekable();
        sets.peek().is_some().then(|| sets.all(asks))
    };
    let all_needed = !old.minimal_sets.is_empty() && old.minimal_sets.iter().all(asks);
    let methods: Vec<String> = new
        .methods
        .iter()
        .filter(|method| {
            let before = if old.methods.contains(method) {
                needed_by(old, method) == Some(true)
            } else {
                all_needed
            };
            before && needed_by(new, method) == Some(false)
        })
        .map(|method| format!("`{method}`"))
        .collect();
    match methods.as_slice() {
        [] => None,
        [one] => Some(format!("a caller by {one} needs no factor any more")),
        several => Some(format!("callers by {} need no factor any more", several.join(", "))),
    }
}

/// Any age will do, which is longer than all others.
const NO_LIMIT: u64 = u64::MAX;

fn without_second_factor(old: &EndpointModel, new: &EndpointModel) -> Option<String> {
    let is_needed = |it: &EndpointModel| it.minimal_sets.iter().all(|set| set.mfa);
    (old.mfa && is_needed(old) && !is_needed(new))
        .then(|| "one factor is enough, where two were needed".to_owned())
}

fn older_proof(old: &EndpointModel, new: &EndpointModel) -> Option<String> {
    Factor::ALL.into_iter().find_map(|factor| {
        let before = longest(old, factor).filter(|before| *before != NO_LIMIT)?;
        let may = match longest(new, factor)? {
            NO_LIMIT => "be of any age in the login".to_owned(),
            now if now > before => format!("be {} old", MaxAge(now)),
            _ => return None,
        };
        Some(format!("the proof of `{factor}` may {may}, not only {}", MaxAge(before)))
    })
}

/// How old the proof of a factor may be, if it is asked for at all.
fn longest(endpoint: &EndpointModel, factor: Factor) -> Option<u64> {
    let ages = endpoint.factors.iter().filter(|it| it.any_of.contains(&factor));
    ages.map(|it| it.within.unwrap_or(NO_LIMIT)).max()
}

fn is_by(set: &MinimalSet, method: &str) -> bool {
    set.methods.is_empty() || set.methods.iter().any(|own| own == method)
}
