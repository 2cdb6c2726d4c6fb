//! What the operator reads of key sets: one line per refresh that changed something or failed.

use std::time::Duration;

use super::fetch::FetchError;
use crate::jose::jwks::Jwks;
use crate::jose::key_set::KeySet;

/// How much of a key id is shown, in characters, and of how many keys.
const SHOWN_CHARACTERS: usize = 32;
const SHOWN_KEYS: usize = 8;

/// Another set is in force.
pub(super) fn changed(issuer: &str, before: Option<&KeySet>, jwks: &Jwks) {
    count("changed");
    let (before, after) = (before.unwrap_or(KeySet::NONE), jwks.keys());
    after.warn_of_crowds(issuer);
    let (added, withdrawn) = (missing(after, before), missing(before, after));
    tracing::info!(
        issuer,
        keys = jwks.len(),
        ignored = jwks.skipped().len(),
        added = added.len(),
        added_ids = names(&added),
        withdrawn = withdrawn.len(),
        withdrawn_ids = names(&withdrawn),
        "the key set has changed"
    );
}

pub(super) fn unchanged(issuer: &str) {
    count("unchanged");
    tracing::debug!(issuer, "the key set is unchanged");
}

/// No other set.
pub(super) fn failed(issuer: &str, error: &FetchError, has_keys: bool, next_try_in: u64) {
    count("failed");
    let consequence = if has_keys {
        "the key set was not refreshed: the last good one stays in use"
    } else {
        "there is no key set: tokens are answered with 503"
    };
    tracing::warn!(issuer, %error, next_try_in, "{consequence}");
}

pub(super) fn stale(issuer: &str, max_stale: Duration) {
    tracing::error!(
        issuer,
        ?max_stale,
        "the key set is too old to be used; every token is answered with 503"
    );
}

/// The key ids of one set that another does not have.
fn missing<'a>(of: &'a KeySet, in_other: &KeySet) -> Vec<Option<&'a str>> {
    of.kids().filter(|kid| !in_other.kids().any(|other| other == *kid)).collect()
}

/// Quoted and cut short: what a server publishes is not for the log to interpret.
fn names(kids: &[Option<&str>]) -> String {
    let shown = kids.iter().take(SHOWN_KEYS).map(|kid| match kid {
        Some(kid) => format!("{:?}", kid.chars().take(SHOWN_CHARACTERS).collect::<String>()),
        None => "unnamed".to_owned(),
    });
    let mut names = shown.collect::<Vec<_>>().join(" ");
    if kids.len() > SHOWN_KEYS {
        names.push_str(" ...");
    }
    names
}

/// Counts refreshes by how they ended: a label with three values.
fn count(outcome: &'static str) {
    #[cfg(feature = "metrics")]
    metrics::counter!("auth_key_refreshes_total", "outcome" => outcome).increment(1);
    #[cfg(not(feature = "metrics"))]
    let _ = outcome;
}
