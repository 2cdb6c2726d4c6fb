//! Codes and tokens, by their digests.

use std::collections::HashMap;

use auth_accounts::secret::Digest;
use auth_accounts::store::StoreError;

use super::super::ends::Ends;
use super::super::{room, short};
use super::Authorization;
use crate::authorization::{
    AuthorizationCode, OpaqueToken, RefreshToken, StoredCode, StoredOpaqueToken, StoredRefreshToken,
};

#[derive(Default)]
pub(super) struct Codes {
    by_digest: HashMap<Digest, Code>,
    by_end: Ends<Digest>,
}

pub(super) struct Code {
    pub(super) code: AuthorizationCode,
    pub(super) redeemed_at: Option<u64>,
}

impl Code {
    /// Until when it is kept.
    fn end(&self) -> u64 {
        if self.redeemed_at.is_some() { self.code.kept_until } else { self.code.expires_at }
    }
}

impl Codes {
    pub(super) fn get(&self, digest: &Digest) -> Option<&Code> {
        self.by_digest.get(digest)
    }

    pub(super) fn len(&self) -> usize {
        self.by_digest.len()
    }

    pub(super) fn check(&self, code: &AuthorizationCode, limit: usize) -> Result<(), StoreError> {
        short(&[
            (code.redirect_uri.as_bytes(), "a redirect URI"),
            (code.nonce.as_deref().unwrap_or_default().as_bytes(), "a nonce"),
            (code.jkt.as_deref().unwrap_or_default().as_bytes(), "a thumbprint"),
        ])?;
        if self.by_digest.contains_key(&code.digest) {
            return Err(StoreError::Conflict("there is a code with this digest"));
        }
        room(self.by_digest.len(), 1, limit, "authorization codes")
    }

    /// Marks a code as redeemed: it is kept longer then.
    pub(super) fn redeem(&mut self, digest: &Digest, now: u64) {
        if let Some(held) = self.by_digest.get_mut(digest) {
            self.by_end.remove(held.end(), *digest);
            held.redeemed_at = Some(now);
            self.by_end.set(held.end(), *digest);
        }
    }

    pub(super) fn take_out(&mut self, digest: &Digest) -> Option<Code> {
        let held = self.by_digest.remove(digest)?;
        self.by_end.remove(held.end(), *digest);
        Some(held)
    }
}

#[derive(Default)]
pub(super) struct RefreshTokens(HashMap<Digest, Refresh>);

pub(super) struct Refresh {
    pub(super) token: RefreshToken,
    pub(super) spent_at: Option<u64>,
    pub(super) sealed_successor: Vec<u8>,
}

impl RefreshTokens {
    pub(super) fn get(&self, digest: &Digest) -> Option<&Refresh> {
        self.0.get(digest)
    }

    pub(super) fn get_mut(&mut self, digest: &Digest) -> Option<&mut Refresh> {
        self.0.get_mut(digest)
    }

    pub(super) fn take_out(&mut self, digest: &Digest) {
        self.0.remove(digest);
    }
}

#[derive(Default)]
pub(super) struct OpaqueTokens {
    by_digest: HashMap<Digest, OpaqueToken>,
    by_end: Ends<Digest>,
}

impl OpaqueTokens {
    pub(super) fn check(&self, token: &OpaqueToken, limit: usize) -> Result<(), StoreError> {
        short(&[
            (token.resource.as_bytes(), "a resource"),
            (token.claims.as_bytes(), "the claims of a token"),
        ])?;
        if self.by_digest.contains_key(&token.digest) {
            return Err(StoreError::Conflict("there is a token with this digest"));
        }
        room(self.by_digest.len(), 1, limit, "opaque tokens")
    }

    pub(super) fn add(&mut self, token: &OpaqueToken) {
        self.by_end.set(token.expires_at, token.digest);
        self.by_digest.insert(token.digest, token.clone());
    }

    pub(super) fn take_out(&mut self, digest: &Digest) -> Option<OpaqueToken> {
        let token = self.by_digest.remove(digest)?;
        self.by_end.remove(token.expires_at, *digest);
        Some(token)
    }
}

impl Authorization {
    pub(super) fn stored_code(&self, digest: &Digest) -> Option<StoredCode> {
        let held = self.codes.get(digest)?;
        let grant = self.grants.get(&held.code.grant)?.clone();
        Some(StoredCode { code: held.code.clone(), grant, redeemed_at: held.redeemed_at })
    }

    pub(super) fn stored_refresh_token(&self, digest: &Digest) -> Option<StoredRefreshToken> {
        let held = self.refresh_tokens.get(digest)?;
        let grant = self.grants.get(&held.token.grant)?.clone();
        Some(StoredRefreshToken { token: held.token.clone(), grant, spent_at: held.spent_at })
    }

    pub(super) fn stored_opaque_token(&self, digest: &Digest) -> Option<StoredOpaqueToken> {
        let token = self.opaque_tokens.by_digest.get(digest)?;
        let grant = match &token.grant {
            Some(id) => Some(self.grants.get(id)?.clone()),
            None => None,
        };
        Some(StoredOpaqueToken { token: token.clone(), grant })
    }

    pub(super) fn add_code(&mut self, code: &AuthorizationCode) {
        let held = Code { code: code.clone(), redeemed_at: None };
        self.codes.by_end.set(held.end(), code.digest);
        self.codes.by_digest.insert(code.digest, held);
        if let Some(held) = self.grants.held_mut(&code.grant) {
            held.codes.insert(code.digest);
        }
    }

    /// Whether these can be added to this grant.
    pub(super) fn check_tokens(
        &self,
        grant: &crate::authorization::GrantId,
        refresh_token: Option<&RefreshToken>,
        access_token: Option<&OpaqueToken>,
        limit: usize,
    ) -> Result<(), StoreError> {
        if let Some(token) = refresh_token {
            short(&[(token.jkt.as_deref().unwrap_or_default().as_bytes(), "a thumbprint")])?;
            if token.grant != *grant {
                return Err(StoreError::Conflict("the token is one of another grant"));
            }
            let chain = self.grants.held(grant).map(|held| &held.refresh_tokens);
            if self.refresh_tokens.0.contains_key(&token.digest)
                || chain.is_some_and(|chain| chain.contains_key(&token.number))
            {
                return Err(StoreError::Conflict("there is a token with this digest or number"));
            }
            room(self.refresh_tokens.0.len(), 1, limit, "refresh tokens")?;
        }
        if let Some(token) = access_token {
            if token.grant.as_ref() != Some(grant) {
                return Err(StoreError::Conflict("the token is one of another grant"));
            }
            self.opaque_tokens.check(token, limit)?;
        }
        Ok(())
    }

    /// Adds tokens that were checked.
    pub(super) fn add_tokens(
        &mut self,
        refresh_token: Option<&RefreshToken>,
        access_token: Option<&OpaqueToken>,
    ) {
        if let Some(token) = refresh_token {
            if let Some(held) = self.grants.held_mut(&token.grant) {
                held.refresh_tokens.insert(token.number, token.digest);
            }
            let refresh =
                Refresh { token: token.clone(), spent_at: None, sealed_successor: Vec::new() };
            self.refresh_tokens.0.insert(token.digest, refresh);
        }
        if let Some(token) = access_token {
            if let Some(held) = token.grant.as_ref().and_then(|id| self.grants.held_mut(id)) {
                held.opaque_tokens.insert(token.digest);
            }
            self.opaque_tokens.add(token);
        }
    }

    pub(super) fn remove_opaque_token(&mut self, digest: &Digest) -> bool {
        let Some(token) = self.opaque_tokens.take_out(digest) else { return false };
        if let Some(held) = token.grant.as_ref().and_then(|id| self.grants.held_mut(id)) {
            held.opaque_tokens.remove(digest);
        }
        true
    }

    pub(super) fn sweep_opaque_tokens(&mut self, now: u64, limit: usize) -> usize {
        let over = self.opaque_tokens.by_end.over(now, limit);
        for digest in &over {
            self.remove_opaque_token(digest);
        }
        over.len()
    }

    /// Removes expired codes, with the grants of those that were never redeemed.
    pub(super) fn sweep_codes(&mut self, now: u64, limit: usize) -> usize {
        let over = self.codes.by_end.over(now, limit);
        for digest in &over {
            let Some(held) = self.codes.take_out(digest) else { continue };
            let id = held.code.grant;
            if let Some(grant) = self.grants.held_mut(&id) {
                grant.codes.remove(digest);
            }
            if held.redeemed_at.is_none() {
                self.remove_grant(&id);
            }
        }
        over.len()
    }
}
