//! Whether a user is asked before a client gets tokens.

use async_trait::async_trait;
use auth_accounts::store::StoreError;

use crate::client::{Client, ConsentPolicy, is_loopback_uri};

/// Decides whether a user is asked for consent. [`StandardConsent`] has the usual rules.
#[async_trait]
pub trait Consent: Send + Sync + 'static {
    /// Whether to ask the user, to grant, or to deny.
    ///
    /// # Errors
    /// If a store fails.
    async fn decide(&self, request: &ConsentRequest<'_>) -> Result<ConsentDecision, StoreError>;
}

/// What a client asks a user for.
#[derive(Debug)]
#[non_exhaustive]
pub struct ConsentRequest<'a> {
    /// The client.
    pub client: &'a Client,
    /// The user (`sub`).
    pub subject: &'a str,
    /// The scopes that it asks for.
    pub scopes: &'a [String],
    /// The resources that it asks for.
    pub resources: &'a [String],
    /// Where the code is sent.
    pub redirect_uri: &'a str,
    /// Whether the user has consented to all of this before, and the client has not changed since.
    pub is_remembered: bool,
    /// Whether the client demands that the user is asked (`prompt=consent`).
    pub is_wanted: bool,
}

impl ConsentRequest<'_> {
    /// Whether the code goes to a program on the user's device that the operator has not vetted. Any program
    /// there can claim to be it ([RFC 8252 §8.6](https://www.rfc-editor.org/rfc/rfc8252#section-8.6)).
    #[must_use]
    pub fn is_native_and_unknown(&self) -> bool {
        let is_web = self.redirect_uri.starts_with("https:");
        !self.client.is_vetted() && (!is_web || is_loopback_uri(self.redirect_uri))
    }
}

/// What happens with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConsentDecision {
    /// Ask the user.
    Ask,
    /// Grant it without asking.
    Grant,
    /// Deny it without asking (`access_denied`).
    Deny,
}

/// Users are not asked for first-party clients. For other clients their consent is remembered: they are asked
/// again if the client asks for more, or has changed. For programs on a device that the operator has not vetted
/// they are asked each time.
#[derive(Clone, Copy, Debug, Default)]
pub struct StandardConsent;

#[async_trait]
impl Consent for StandardConsent {
    async fn decide(&self, request: &ConsentRequest<'_>) -> Result<ConsentDecision, StoreError> {
        if request.is_wanted || request.is_native_and_unknown() {
            return Ok(ConsentDecision::Ask);
        }
        let is_ours =
            request.client.is_vetted() && request.client.consent == ConsentPolicy::FirstParty;
        Ok(if is_ours || request.is_remembered {
            ConsentDecision::Grant
        } else {
            ConsentDecision::Ask
        })
    }
}
