//! What is in a token, and what is configured.

use serde_json::{Map, Value};

use super::names::KindNames;
use crate::jose::algorithm::AlgorithmSet;
use crate::jose::base64url;
use crate::jose::json::Document;
use crate::token::claim_map::ClaimMap;
use crate::token::profile::TokenProfile;
use crate::vocabulary::VocabularySet;

/// What is in a token, as far as it can be read. Nothing of it is verified.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) length: usize,
    pub(crate) segments: Vec<Segment>,
    /// The whole, where it is one of the words that broken clients send in place of a token.
    pub(crate) word: Option<&'static str>,
    pub(crate) header: Option<Map<String, Value>>,
    pub(crate) claims: Option<Map<String, Value>>,
}

/// What can be said of a part between two dots.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Segment {
    pub(crate) length: usize,
    pub(crate) is_padded: bool,
    pub(crate) is_base64url: bool,
}

/// What clients send that have no token.
const WORDS: [&str; 6] = ["undefined", "null", "None", "nil", "true", "token"];

impl Seen {
    /// Reads a token that is no longer than the verifier looks at.
    pub(crate) fn of(token: &str, max_bytes: usize) -> Self {
        let mut seen = Self { length: token.len(), ..Self::default() };
        seen.word = WORDS.into_iter().find(|word| *word == token);
        if token.len() > max_bytes {
            return seen;
        }
        // No token has more; what is counted of the rest is that it is there.
        let parts: Vec<&str> = token.split('.').take(8).collect();
        seen.segments = parts.iter().map(|part| Segment::of(part)).collect();
        if let [header, payload, _] = *parts {
            let read = |part| base64url::decode(part).and_then(Document::parse);
            seen.header = read(header).map(|document| document.root().to_map());
            seen.claims = read(payload).map(|document| document.root().to_map());
        }
        seen
    }

    /// The names in it, by a map.
    pub(crate) fn names(&self, map: &ClaimMap, tables: &VocabularySet) -> Vec<KindNames> {
        let claims = self.claims.as_ref().and_then(|claims| serde_json::to_vec(claims).ok());
        let claims = claims.and_then(Document::parse);
        claims.map(|claims| KindNames::of(map, claims.root(), tables)).unwrap_or_default()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&Value> {
        self.header.as_ref()?.get(name)
    }

    pub(crate) fn claim(&self, name: &str) -> Option<&Value> {
        self.claims.as_ref()?.get(name)
    }

    pub(crate) fn text(&self, claim: &str) -> Option<&str> {
        self.claim(claim)?.as_str()
    }
}

impl Segment {
    fn of(part: &str) -> Self {
        Self {
            length: part.len(),
            is_padded: part.ends_with('='),
            is_base64url: base64url::decode(part).is_some(),
        }
    }
}

/// What is configured for the token.
#[derive(Debug, Default)]
pub(crate) struct Expected<'a> {
    /// The issuers that someone verifies for. That of the chosen verifier is the first.
    pub(crate) issuers: Vec<&'a str>,
    /// Whether issuers are looked up as well.
    pub(crate) has_resolver: bool,
    pub(crate) audiences: Vec<&'a str>,
    pub(crate) profile: Option<TokenProfile>,
    pub(crate) allowed: Option<AlgorithmSet>,
    /// Each key: its `kid`, and the algorithms that it verifies.
    pub(crate) keys: Option<Vec<(Option<String>, AlgorithmSet)>>,
    /// In seconds.
    pub(crate) leeway: u64,
    pub(crate) max_token_bytes: usize,
    /// Whether an endpoint is asked about opaque tokens.
    pub(crate) has_introspection: bool,
    /// In seconds since 1970.
    pub(crate) now: u64,
}
