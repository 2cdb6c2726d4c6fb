//! Whether users are asked before a client gets tokens.

use async_trait::async_trait;
use auth_accounts::store::StoreError;

use crate::client::{Client, ConsentPolicy, is_loopback_uri};

/// Decides whether a user is asked. Each application may have its own rules; [`StandardConsent`] has those
/// that are usual.
#[async_trait]
pub trait Consent: Send + Sync + 'static {
    /// What to do about this request.
    ///
    /// # Errors
    /// If a store fails.
    async fn decide(&self, request: &ConsentRequest<'_>) -> Result<ConsentDecision, StoreError>;
}

/// What a client asks a user for.
#[derive(Debug)]
#[non_exhaustive]
pub struct ConsentRequest<'a> {
    /// Who asks.
    pub client: &'a Client,
    /// Whom (`sub`).
    pub subject: &'a str,
    /// For which scopes.
    pub scopes: &'a [String],
    /// At which resources.
    pub resources: &'a [String],
    /// Where the code is sent to.
    pub redirect_uri: &'a str,
    /// Whether the user has consented to as much before, to this client as it is now.
    pub is_remembered: bool,
    /// Whether the client wants the user to be asked (`prompt=consent`).
    pub is_wanted: bool,
}

impl ConsentRequest<'_> {
    /// Whether the code goes to a program on the user's device that is not vetted: another program could
    /// have taken its place ([RFC 8252 §8.6](https://www.rfc-editor.org/rfc/rfc8252#section-8.6)).
    #[must_use]
    pub fn is_native_and_unknown(&self) -> bool {
        let is_web = self.redirect_uri.starts_with("https:");
        !self.client.is_vetted() && (!is_web || is_loopback_uri(self.redirect_uri))
    }
}

/// What to do about a request.
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

/// A first-party client is not asked for. Of others is remembered what their users have consented to: who asks
/// for more, or has changed, is asked for again. Programs on a device that are not vetted are asked for each
/// time.
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
