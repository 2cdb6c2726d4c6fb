//! What a review says, as plain data.

use serde::{Deserialize, Serialize};

use crate::model::{
    AccountId, AccountKind, AccountStatus, ApiKeyId, Assignment, AssignmentKind, AssignmentOrigin,
};

/// Who can call what, at one time.
///
/// It was read in parts while the application went on: of a change in between it may show the state
/// before, or the one after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessReview {
    /// The version of this format: [`VERSION`](Self::VERSION).
    pub version: u32,
    /// When it was made, in seconds since 1970.
    pub at: u64,
    /// The hash of the access map that it was made for.
    pub access_map: String,
    /// The endpoints, in the order of the access map.
    pub endpoints: Vec<ReviewedEndpoint>,
    /// The accounts, in the order of their ids.
    pub accounts: Vec<ReviewedAccount>,
}

/// An endpoint with the accounts that can call it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewedEndpoint {
    /// Method and path, as `GET /notes/{id}`.
    pub endpoint: String,
    /// What it requires, in the words of `#[requires(..)]`; empty if every caller may call.
    pub requirement: String,
    /// Whether every caller may call, also without an account.
    pub public: bool,
    /// How every account can call, with any roles or none.
    pub every_account: Vec<ByEveryAccount>,
    /// Who can call beyond that: by what they hold.
    pub callers: Vec<ReviewedCaller>,
}

/// A method by which every account that has such a credential can call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ByEveryAccount {
    /// The authentication method.
    pub method: String,
    /// What else is required, of the login or by checks; `None`: nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provided: Option<String>,
}

/// An account or a key that can call an endpoint by what it holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewedCaller {
    /// The account; of a key, its owner.
    pub account: AccountId,
    /// The user name of the account.
    pub username: String,
    /// The key, if it is by a key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<ReviewedKey>,
    /// The authentication method.
    pub method: String,
    /// What else is required, of the login or by checks; `None`: nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provided: Option<String>,
    /// Why: each of these would do by itself, or, if `all_needed`, together they do.
    pub because: Vec<ReviewedAssignment>,
    /// Whether it takes all of them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub all_needed: bool,
}

/// An API key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewedKey {
    /// Its id.
    pub id: ApiKeyId,
    /// What its owner calls it.
    pub name: String,
    /// When it expires, in seconds since 1970; `None`: never.
    pub expires_at: Option<u64>,
}

/// A role or group that an account has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewedAssignment {
    /// A role or a group.
    pub kind: AssignmentKind,
    /// Its name.
    pub name: String,
    /// Who assigned it: a person, a rule, a provider.
    pub origin: AssignmentOrigin,
    /// Which person.
    pub granted_by: Option<AccountId>,
    /// Why.
    pub reason: String,
    /// When, in seconds since 1970.
    pub granted_at: u64,
    /// Until when, in seconds since 1970.
    pub expires_at: Option<u64>,
}

/// An account with all that it can call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewedAccount {
    /// Its id.
    pub id: AccountId,
    /// Its user name.
    pub username: String,
    /// A person or a program.
    pub kind: AccountKind,
    /// Whether it can be used: a locked one can call nothing.
    pub status: AccountStatus,
    /// What it has.
    pub assignments: Vec<ReviewedAssignment>,
    /// What it can call beyond what every account can.
    pub calls: Vec<ReviewedCall>,
}

/// Something that an account can call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewedCall {
    /// Method and path.
    pub endpoint: String,
    /// The authentication method.
    pub method: String,
    /// The key, if it is by a key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<ApiKeyId>,
    /// What else is required, of the login or by checks; `None`: nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provided: Option<String>,
}

/// A text is no review.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReviewError {
    /// It is no JSON of this format.
    #[error("this is no access review")]
    NotOne,
    /// It is of another version.
    #[error("the access review has version {found}, expected {}", AccessReview::VERSION)]
    Version {
        /// The version that it has.
        found: u32,
    },
}

impl AccessReview {
    /// The version of the format.
    pub const VERSION: u32 = 1;

    /// The review as JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// The review with this JSON: one that was kept.
    ///
    /// # Errors
    /// If it is not the JSON of a review, or is of another version.
    pub fn from_json(json: &str) -> Result<Self, ReviewError> {
        #[derive(Deserialize)]
        struct Version {
            version: u32,
        }
        let Version { version } = serde_json::from_str(json).map_err(|_| ReviewError::NotOne)?;
        if version != Self::VERSION {
            return Err(ReviewError::Version { found: version });
        }
        serde_json::from_str(json).map_err(|_| ReviewError::NotOne)
    }
}

impl From<&Assignment> for ReviewedAssignment {
    fn from(it: &Assignment) -> Self {
        Self {
            kind: it.kind,
            name: it.name.clone(),
            origin: it.origin,
            granted_by: it.granted_by.clone(),
            reason: it.reason.clone(),
            granted_at: it.granted_at,
            expires_at: it.expires_at,
        }
    }
}
