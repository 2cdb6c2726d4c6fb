//! A minimal set in words.

use super::{FactorModel, MinimalSet};
use crate::policy::MaxAge;

/// Each part of a minimal set as a phrase and the name it is about: `("role", "manager")`. Empty
/// if any authenticated caller is let in.
pub(super) fn way_in(set: &MinimalSet) -> Vec<(String, String)> {
    let phrase = |words: &str, name: &str| (words.to_owned(), name.to_owned());
    let age = |words: &str, seconds| (words.to_owned(), MaxAge(seconds).to_string());
    let mut parts = Vec::new();
    parts.extend(set.grants.iter().map(|(kind, name)| phrase(kind.word(), name)));
    if !set.methods.is_empty() {
        parts.push(phrase("method", &set.methods.join(" or ")));
    }
    parts.extend(set.acr.iter().map(|acr| phrase("login of class", acr)));
    parts.extend(set.acr_other_than.iter().map(|acr| phrase("login not of class", acr)));
    parts.extend(set.max_age.map(|seconds| age("login not older than", seconds)));
    parts.extend(set.older_than.map(|seconds| age("login older than", seconds)));
    if set.mfa {
        parts.push(phrase("proof of", "two factors"));
    }
    parts.extend(set.factors.iter().map(|factor| phrase("proof of", &proof(factor))));
    parts.extend(set.checks.iter().map(|check| phrase("check", check)));
    let without = set.without.iter();
    parts.extend(without.map(|(kind, name)| (format!("not {kind}"), name.to_owned())));
    parts.extend(set.without_checks.iter().map(|check| phrase("not check", check)));
    parts
}

/// `passkey or totp within 5m`
pub(super) fn proof(factor: &FactorModel) -> String {
    let names: Vec<&str> = factor.any_of.iter().map(|it| it.as_str()).collect();
    let within = factor.within.map(|seconds| format!(" within {}", MaxAge(seconds)));
    names.join(" or ") + &within.unwrap_or_default()
}
