//! Passkeys on pages of an application, in the place of the endpoints of the accounts.

use super::{Browser, NewPending, PasskeyRequest, SignInError, SignInStep};
use crate::accounts::Accounts;
use crate::factor::passkey::{Asked, Assertion, Kept};
use crate::model::{AccountId, FactorKind};
use crate::secret::Digest;

impl Accounts {
    /// Asks for a passkey on the first page of a sign-in, where the account is not known yet. `None`: the origin has no
    /// domain, so that there are no passkeys.
    ///
    /// A page that is shown writes nothing: the challenge is sealed into it. It is used up by its first answer.
    ///
    /// # Errors
    /// If no challenge can be made.
    pub async fn passkey_request(&self) -> Result<Option<PasskeyRequest>, SignInError> {
        self.request_for(Asked::Stranger).await
    }

    /// Asks for a passkey of the account whose sign-in waits in this browser. `None`: no sign-in waits, or not
    /// for a passkey.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn second_passkey_request(
        &self,
        browser: &Browser,
    ) -> Result<Option<PasskeyRequest>, SignInError> {
        let Some(pending) = &browser.pending else { return Ok(None) };
        let waiting = &pending.waiting;
        self.request_of(&waiting.account, &waiting.factors, &pending.digest).await
    }

    /// The same for a sign-in that has just begun to wait.
    pub(super) async fn request_after(
        &self,
        account: &AccountId,
        pending: &NewPending,
    ) -> Result<Option<PasskeyRequest>, SignInError> {
        self.request_of(account, &pending.factors, &pending.digest).await
    }

    async fn request_of(
        &self,
        account: &AccountId,
        factors: &[FactorKind],
        digest: &Digest,
    ) -> Result<Option<PasskeyRequest>, SignInError> {
        if !factors.contains(&FactorKind::Passkey) {
            return Ok(None);
        }
        self.request_for(Asked::Pending(account, digest)).await
    }

    async fn request_for(&self, asked: Asked<'_>) -> Result<Option<PasskeyRequest>, SignInError> {
        let Some(passkeys) = &self.0.passkeys else { return Ok(None) };
        let (options, state) = self.ask_for_passkey_on_page(passkeys, asked).await?;
        Ok(Some(PasskeyRequest { options: options.to_string(), state }))
    }

    /// Signs a browser in with a passkey and nothing else. `credential` is what `PublicKeyCredential.toJSON()`
    /// gives, `state` that of the [`passkey_request`](Self::passkey_request) that it answers. The application has
    /// looked before whether both come from a page that it has made for this browser.
    ///
    /// Attempts are limited, and refusals audited, as at the endpoints.
    ///
    /// # Errors
    /// If the passkey is not valid here, its challenge is over or was answered, passkeys were tried too often, or
    /// the store fails.
    pub async fn sign_in_with_passkey(
        &self,
        browser: &Browser,
        credential: &str,
        state: &str,
    ) -> Result<SignInStep, SignInError> {
        let passkeys = self.0.passkeys.as_ref().ok_or(SignInError::Refused)?;
        let (assertion, kept) = (read(credential)?, Kept::InPage(state));
        let Browser { client, visit, .. } = browser;
        let begun = self.begin_with_passkey(passkeys, kept, &assertion, visit, client).await?;
        Ok(self.step(&begun))
    }

    /// Ends the sign-in that waits in this browser with a passkey: the answer to its
    /// [`second_passkey_request`](Self::second_passkey_request), or to that of the step before.
    ///
    /// # Errors
    /// [`NotBegun`](SignInError::NotBegun) if no sign-in waits; else as
    /// [`sign_in_with_passkey`](Self::sign_in_with_passkey).
    pub async fn end_sign_in_with_passkey(
        &self,
        browser: &Browser,
        credential: &str,
        state: &str,
    ) -> Result<SignInStep, SignInError> {
        let passkeys = self.0.passkeys.as_ref().ok_or(SignInError::Refused)?;
        let Browser { visit, pending, .. } = browser;
        let pending = pending.as_ref().ok_or(SignInError::NotBegun)?;
        let (assertion, kept) = (read(credential)?, Kept::InPage(state));
        let ended = self.complete_with_passkey(passkeys, pending, kept, &assertion, visit).await?;
        Ok(self.step(&ended))
    }
}

fn read(credential: &str) -> Result<Assertion, SignInError> {
    serde_json::from_str(credential).map_err(|_| SignInError::Refused)
}
