//! The model as JSON, with the hash of its content.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use super::AccessModel;

/// The JSON Schema (draft 2020-12) of the map's JSON.
pub const SCHEMA: &str = include_str!("access-map.schema.json");

/// Why a text is not an access map.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// It is not the JSON of a map.
    #[error("not an access map: {0}")]
    Json(#[from] serde_json::Error),
    /// It was written by another version of the format.
    #[error(
        "an access map of version {found}, but this is a reader of version {}",
        AccessModel::VERSION
    )]
    Version {
        /// The version found.
        found: u32,
    },
    /// It was changed after it was written.
    #[error("the access map was changed by hand: its content has the hash `{expected}`")]
    Hash {
        /// The hash of what was found.
        expected: String,
    },
}

crate::wording::debug_in_words!(ModelError);

impl AccessModel {
    /// The version of this format.
    pub const VERSION: u32 = 2;

    /// Reads the JSON of a map. A map whose hash does not fit its content is rejected: what follows
    /// from the requirements was computed and would no longer be true.
    ///
    /// # Errors
    /// If it is not the JSON of a map, of another version, or was changed by hand.
    pub fn from_json(json: &str) -> Result<Self, ModelError> {
        /// Looked at first, since another version may have other members.
        #[derive(serde::Deserialize)]
        struct Version {
            version: u32,
        }
        let Version { version } = serde_json::from_str(json)?;
        if version != Self::VERSION {
            return Err(ModelError::Version { found: version });
        }
        let model: Self = serde_json::from_str(json)?;
        let expected = model.content_hash();
        if expected == model.hash { Ok(model) } else { Err(ModelError::Hash { expected }) }
    }

    /// The model as indented JSON, with a line break at the end.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Strings and numbers only: there is nothing in a model that has no JSON.
        let mut json = serde_json::to_string_pretty(self).unwrap_or_default();
        json.push('\n');
        json
    }

    /// The hash of everything but the hash itself.
    pub(super) fn content_hash(&self) -> String {
        /// The model without its hash.
        #[derive(serde::Serialize)]
        struct Content<'a> {
            version: u32,
            default_methods: &'a [String],
            #[serde(skip_serializing_if = "super::CredentialsModel::is_empty")]
            credentials: &'a super::CredentialsModel,
            #[serde(skip_serializing_if = "<[_]>::is_empty")]
            clients: &'a [super::ClientModel],
            vocabulary: &'a super::VocabularyModel,
            endpoints: &'a [super::EndpointModel],
            findings: &'a super::FindingsModel,
        }
        let Self { version, hash: _, default_methods, credentials, .. } = self;
        let Self { clients, vocabulary, endpoints, findings, .. } = self;
        let content = Content {
            version: *version,
            default_methods,
            credentials,
            clients,
            vocabulary,
            endpoints,
            findings,
        };
        let mut text = "sha256:".to_owned();
        for byte in Sha256::digest(serde_json::to_vec(&content).unwrap_or_default()) {
            // Writing to a string does not fail.
            let _ = write!(text, "{byte:02x}");
        }
        text
    }
}
