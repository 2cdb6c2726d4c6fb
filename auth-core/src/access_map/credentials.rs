//! What credentials are good for, over all endpoints: how long each is valid, and from which pages
//! browsers may send them.

use serde::{Deserialize, Serialize};

use crate::Method;
use crate::policy::MaxAge;
use crate::scheme::{Validity, ValidityMode};

/// What the authenticator says of credentials. Empty in a map that was not given
/// [one](super::AccessMap::with_authenticator).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CredentialsModel {
    /// The credentials of which something is said, by method.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub validity: Vec<ValidityModel>,
    /// The origins whose pages may send requests with cookies and what else browsers send on their own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trusted_origins: Vec<String>,
}

/// How long a kind of credential is valid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ValidityModel {
    /// The authentication method.
    pub method: String,
    /// How a node knows whether the credential is still valid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<ValidityMode>,
    /// After how many seconds without a use it is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idle: Option<u64>,
    /// After how many seconds it is over in any case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub absolute: Option<u64>,
}

/// What changed about credentials.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CredentialChange {
    /// What changed, in a sentence.
    pub sentence: String,
    /// Whether a credential may let in somebody now who was rejected.
    pub is_widening: bool,
}

impl CredentialsModel {
    pub(super) fn new(all: &[(Method, Validity)], origins: &[String]) -> Self {
        let said = all.iter().filter(|(_, validity)| *validity != Validity::default());
        let validity = said.map(|(method, it)| ValidityModel {
            method: method.as_str().to_owned(),
            mode: it.mode,
            idle: it.idle,
            absolute: it.absolute,
        });
        Self { validity: validity.collect(), trusted_origins: origins.to_vec() }
    }

    /// Whether nothing is known.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.validity.is_empty() && self.trusted_origins.is_empty()
    }

    /// What changed from these to `new`. What was not known before is written down and opens nothing.
    pub(super) fn changes(&self, new: &Self) -> Vec<CredentialChange> {
        let mut changes = Vec::new();
        let is_first = self.is_empty();
        for it in &new.validity {
            match self.validity.iter().find(|old| old.method == it.method) {
                Some(old) => changes.extend(between(old, it)),
                None => changes
                    .push(CredentialChange { sentence: format!("new: {it}"), is_widening: false }),
            }
        }
        let gone = self.validity.iter().filter(|old| !new.has(&old.method));
        // Nothing bounds it any more that can be seen.
        changes.extend(gone.map(|old| CredentialChange {
            sentence: format!("nothing is said any more of: {old}"),
            is_widening: true,
        }));
        let lacks = |origins: &[String], origin: &String| !origins.contains(origin);
        let origins = |of: &[String], not_in: &[String], verb: &str, is_widening: bool| {
            let those = of.iter().filter(|origin| lacks(not_in, origin));
            let change = |origin: &String| CredentialChange {
                sentence: format!("pages of {origin} are {verb}"),
                is_widening,
            };
            those.map(change).collect::<Vec<_>>()
        };
        let (before, now) = (&self.trusted_origins, &new.trusted_origins);
        changes.extend(origins(now, before, "trusted", !is_first));
        changes.extend(origins(before, now, "trusted no more", false));
        changes
    }

    fn has(&self, method: &str) -> bool {
        self.validity.iter().any(|it| it.method == method)
    }
}

/// What changed about one method.
fn between(old: &ValidityModel, new: &ValidityModel) -> Option<CredentialChange> {
    let longer = |old: Option<u64>, new: Option<u64>| match (old, new) {
        (Some(old), Some(new)) => new > old,
        (Some(_), None) => true,
        (None, _) => false,
    };
    let is_widening = (new.mode != old.mode && new.mode != Some(ValidityMode::Strict))
        || longer(old.idle, new.idle)
        || longer(old.absolute, new.absolute);
    (old != new).then(|| CredentialChange { sentence: format!("{old} → {new}"), is_widening })
}

/// `session: strict, idle 1h, absolute 24h`
impl std::fmt::Display for ValidityModel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut parts: Vec<String> = self.mode.iter().map(|it| it.as_str().to_owned()).collect();
        let times = [("idle", self.idle), ("absolute", self.absolute)];
        for (word, seconds) in times {
            parts.extend(seconds.map(|seconds| format!("{word} {}", MaxAge(seconds))));
        }
        write!(f, "{}: {}", self.method, parts.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(mode: ValidityMode, idle: u64, absolute: u64) -> CredentialsModel {
        let validity = Validity::default().mode(mode).idle(idle).absolute(absolute);
        CredentialsModel::new(&[(Method::Session, validity)], &["https://a.test".to_owned()])
    }

    fn widens(old: &CredentialsModel, new: &CredentialsModel) -> Vec<bool> {
        old.changes(new).iter().map(|it| it.is_widening).collect()
    }

    #[test]
    fn what_makes_a_credential_valid_longer_widens() {
        let usual = session(ValidityMode::Strict, 3_600, 86_400);
        for (other, is_widening) in [
            (session(ValidityMode::Feed, 3_600, 86_400), true),
            (session(ValidityMode::Strict, 7_200, 86_400), true),
            (session(ValidityMode::Strict, 3_600, 86_401), true),
            (session(ValidityMode::Strict, 60, 86_400), false),
        ] {
            assert_eq!(widens(&usual, &other), [is_widening], "{other:?}");
        }
        assert_eq!(widens(&session(ValidityMode::Feed, 3_600, 86_400), &usual), [false]);
        assert!(widens(&usual, &usual).is_empty());
        assert_eq!(
            usual.changes(&session(ValidityMode::Feed, 3_600, 86_400))[0].sentence,
            "session: strict, idle 1h, absolute 24h → session: feed, idle 1h, absolute 24h"
        );
    }

    #[test]
    fn another_trusted_origin_widens_unless_none_was_known() {
        let mut more = session(ValidityMode::Strict, 60, 60);
        let one = more.clone();
        more.trusted_origins.push("https://b.test".to_owned());
        assert_eq!(widens(&one, &more), [true]);
        assert_eq!(widens(&more, &one), [false]);
        assert_eq!(widens(&CredentialsModel::default(), &one), [false, false]);
        assert_eq!(widens(&one, &CredentialsModel::default()), [true, false]);
    }
}
