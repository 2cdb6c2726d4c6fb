//! What is different since an earlier review.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::AccessReview;
use crate::model::{AccountId, ApiKeyId};

/// What is different between two reviews, in the order of the endpoints.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewDifference {
    /// Who can call what, and could not before, or only under conditions that are others now.
    pub gained: Vec<ReviewedChange>,
    /// Who could call what, and no longer can, or only under conditions that are others now.
    pub lost: Vec<ReviewedChange>,
    /// The endpoints that are new.
    pub endpoints_added: Vec<String>,
    /// The endpoints that are gone.
    pub endpoints_removed: Vec<String>,
}

/// A caller who can or could call an endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewedChange {
    /// Method and path.
    pub endpoint: String,
    /// The account; `None`: every account, or anyone.
    pub account: Option<AccountId>,
    /// The user name; `every account` or `anyone` where it is so.
    pub who: String,
    /// The key, if it is by a key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<ApiKeyId>,
    /// The authentication method; empty for anyone.
    pub method: String,
    /// What else is or was required; `None`: nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provided: Option<String>,
}

/// Who calls, by which method: any caller, or an account by itself or by a key.
type Who = (Option<AccountId>, Option<ApiKeyId>, String);

/// Who can call an endpoint, under which conditions, and what they are called.
#[derive(Default)]
struct Callers {
    is_public: bool,
    by_who: BTreeMap<Who, (Option<String>, String)>,
}

impl AccessReview {
    /// What is different since an earlier review.
    ///
    /// Who could call as one of every account and can call by name now has gained nothing, and the
    /// other way round.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> ReviewDifference {
        let (before, now) = (earlier.callers(), self.callers());
        let missing = |from: &BTreeMap<&str, Callers>, other: &BTreeMap<&str, Callers>| {
            let gone = from.keys().filter(|it| !other.contains_key(*it));
            gone.map(|it| (*it).to_owned()).collect()
        };
        ReviewDifference {
            gained: beyond(&now, &before),
            lost: beyond(&before, &now),
            endpoints_added: missing(&now, &before),
            endpoints_removed: missing(&before, &now),
        }
    }

    fn callers(&self) -> BTreeMap<&str, Callers> {
        let mut callers: BTreeMap<&str, Callers> = BTreeMap::new();
        for endpoint in &self.endpoints {
            let it = callers.entry(&endpoint.endpoint).or_default();
            it.is_public |= endpoint.public;
            for every in &endpoint.every_account {
                let who = (None, None, every.method.clone());
                it.by_who.insert(who, (every.provided.clone(), "every account".to_owned()));
            }
            for caller in &endpoint.callers {
                let key = caller.key.as_ref().map(|key| key.id.clone());
                let who = (Some(caller.account.clone()), key, caller.method.clone());
                it.by_who.insert(who, (caller.provided.clone(), caller.username.clone()));
            }
        }
        callers
    }
}

impl Callers {
    /// Whether they could call just so.
    fn could(&self, who: &Who, provided: Option<&String>) -> bool {
        let (_, _, method) = who;
        let under = |who: &Who| self.by_who.get(who).map(|(provided, _)| provided.as_ref());
        // One that asks for nothing more is no less than one under a condition.
        let is_covered = |by: Option<Option<&String>>| {
            by.is_some_and(|known| known.is_none() || known == provided)
        };
        self.is_public || is_covered(under(who)) || is_covered(under(&(None, None, method.clone())))
    }
}

/// Who can call what in the one, and could not in the other.
fn beyond(one: &BTreeMap<&str, Callers>, other: &BTreeMap<&str, Callers>) -> Vec<ReviewedChange> {
    let none = Callers::default();
    let mut found = Vec::new();
    for (endpoint, callers) in one {
        let known = other.get(endpoint).unwrap_or(&none);
        let mut push = |who: &Who, name: &str, provided: Option<&String>| {
            found.push(ReviewedChange {
                endpoint: (*endpoint).to_owned(),
                account: who.0.clone(),
                who: name.to_owned(),
                key: who.1.clone(),
                method: who.2.clone(),
                provided: provided.cloned(),
            });
        };
        if callers.is_public {
            if !known.is_public {
                push(&(None, None, String::new()), "anyone", None);
            }
            continue;
        }
        for (who, (provided, name)) in &callers.by_who {
            if !known.could(who, provided.as_ref()) {
                push(who, name, provided.as_ref());
            }
        }
    }
    found
}
