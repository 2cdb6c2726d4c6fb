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
    /// Absent where no authenticator was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trusted_origins: Option<Vec<String>>,
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
    /// Whether a credential may let in a caller now who was rejected.
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
        Self { validity: validity.collect(), trusted_origins: Some(origins.to_vec()) }
    }

    /// Whether nothing is known.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.validity.is_empty() && self.trusted_origins.is_none()
    }

    /// What changed from these to `new`. What was not known before is written down and opens nothing.
    pub(super) fn changes(&self, new: &Self) -> Vec<CredentialChange> {
        let mut changes = Vec::new();
        // A method may have several schemes: the first belongs to the first, and so on.
        for (place, it) in new.validity.iter().enumerate() {
            match self.nth(&it.method, new.place_in_method(place)) {
                Some(old) => changes.extend(between(old, it)),
                None => changes.push(CredentialChange::new(format!("new: {it}"), false)),
            }
        }
        for (place, old) in self.validity.iter().enumerate() {
            if new.nth(&old.method, self.place_in_method(place)).is_none() {
                // Nothing bounds it any more that can be seen.
                let sentence = format!("nothing is said any more of: {old}");
                changes.push(CredentialChange::new(sentence, true));
            }
        }
        let (before, now) = (self.origins(), new.origins());
        let is_known = !self.is_empty();
        for origin in now.iter().filter(|it| !before.contains(it)) {
            changes.push(CredentialChange::new(format!("pages of {origin} are trusted"), is_known));
        }
        for origin in before.iter().filter(|it| !now.contains(it)) {
            let sentence = format!("pages of {origin} are trusted no more");
            changes.push(CredentialChange::new(sentence, false));
        }
        changes
    }

    fn origins(&self) -> &[String] {
        self.trusted_origins.as_deref().unwrap_or_default()
    }

    /// How many of the same method come before this one.
    fn place_in_method(&self, place: usize) -> usize {
        let method = self.validity.get(place).map(|it| &it.method);
        self.validity.iter().take(place).filter(|it| Some(&it.method) == method).count()
    }

    fn nth(&self, method: &str, place: usize) -> Option<&ValidityModel> {
        self.validity.iter().filter(|it| it.method == method).nth(place)
    }
}

impl CredentialChange {
    const fn new(sentence: String, is_widening: bool) -> Self {
        Self { sentence, is_widening }
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
    (old != new).then(|| CredentialChange::new(format!("{old} → {new}"), is_widening))
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
            "session: strict, idle 1h, absolute 1d → session: feed, idle 1h, absolute 1d"
        );
    }

    #[test]
    fn another_trusted_origin_widens_unless_none_was_known() {
        let mut more = session(ValidityMode::Strict, 60, 60);
        let one = more.clone();
        more.trusted_origins.as_mut().unwrap().push("https://b.test".to_owned());
        assert_eq!(widens(&one, &more), [true]);
        assert_eq!(widens(&more, &one), [false]);
        assert_eq!(widens(&CredentialsModel::default(), &one), [false, false]);
        assert_eq!(widens(&one, &CredentialsModel::default()), [true, false]);
        // An authenticator that trusts no other origin is not one that is unknown.
        let none = CredentialsModel::new(&[], &[]);
        let some = CredentialsModel::new(&[], &["https://b.test".to_owned()]);
        assert_eq!(widens(&none, &some), [true]);
        assert!(widens(&CredentialsModel::default(), &none).is_empty());
    }

    #[test]
    fn each_scheme_of_a_method_is_compared_with_its_own() {
        let of = |times: &[u64]| {
            let all: Vec<_> =
                times.iter().map(|it| (Method::Session, Validity::default().idle(*it))).collect();
            CredentialsModel::new(&all, &[])
        };
        assert_eq!(widens(&of(&[60, 10]), &of(&[60, 60])), [true]);
        assert_eq!(widens(&of(&[60, 10]), &of(&[60, 5])), [false]);
        assert_eq!(widens(&of(&[60]), &of(&[60, 70])), [false], "what is new");
        assert_eq!(widens(&of(&[60, 10]), &of(&[60])), [true], "what is gone");
    }
}
