//! Redeems codes and rotates refresh tokens.

use auth_accounts::secret::Digest;
use auth_accounts::store::StoreError;

use super::Authorization;
use crate::authorization::{
    CodeRedemption, GrantId, OpaqueToken, Redeemed, RefreshToken, RevocationReason, Rotated,
    Rotation,
};

impl Authorization {
    pub(super) fn redeem(
        &mut self,
        redemption: &CodeRedemption,
        limit: usize,
    ) -> Result<Redeemed, StoreError> {
        let CodeRedemption { code, refresh_token, access_token, now } = redemption;
        let (refresh_token, access_token) = (refresh_token.as_ref(), access_token.as_ref());
        let Some(held) = self.codes.get(code) else { return Ok(Redeemed::Invalid) };
        let grant = held.code.grant.clone();
        if self.grants.live(&grant, *now).is_none() {
            return Ok(Redeemed::Invalid);
        }
        if held.redeemed_at.is_some() {
            self.revoke(&grant, RevocationReason::CodeReused, *now, limit);
            return Ok(Redeemed::Again);
        }
        if held.code.expires_at <= *now {
            return Ok(Redeemed::Invalid);
        }
        self.check_tokens(&grant, refresh_token, access_token, limit)?;
        self.codes.redeem(code, *now);
        self.add_tokens(refresh_token, access_token);
        Ok(Redeemed::First)
    }

    pub(super) fn rotate(
        &mut self,
        rotation: &Rotation,
        limit: usize,
    ) -> Result<Rotated, StoreError> {
        let Rotation { presented, successor, access_token, retry_window, now, .. } = rotation;
        let access_token = access_token.as_ref();
        let Some(held) = self.refresh_tokens.get(presented) else { return Ok(Rotated::Invalid) };
        let grant = held.token.grant.clone();
        if self.grants.live(&grant, *now).is_none() {
            return Ok(Rotated::Invalid);
        }
        if let Some(spent_at) = held.spent_at {
            let next = held.token.number.saturating_add(1);
            let sealed_successor = held.sealed_successor.clone();
            let is_retry = *retry_window > 0
                && *now <= spent_at.saturating_add(*retry_window)
                && self.is_unspent(&grant, next);
            if !is_retry {
                self.revoke(&grant, RevocationReason::RefreshTokenReused, *now, limit);
                return Ok(Rotated::Reused);
            }
            self.check_tokens(&grant, None, access_token, limit)?;
            self.add_tokens(None, access_token);
            return Ok(Rotated::Retried { sealed_successor });
        }
        if held.token.expires_at <= *now {
            return Ok(Rotated::Invalid);
        }
        if successor.number != held.token.number.saturating_add(1) {
            return Err(StoreError::Conflict("the successor is not the next of its chain"));
        }
        super::super::short(&[(&rotation.sealed_successor, "a sealed token")])?;
        self.check_tokens(&grant, Some(successor), access_token, limit)?;
        if let Some(held) = self.refresh_tokens.get_mut(presented) {
            held.spent_at = Some(*now);
            held.sealed_successor.clone_from(&rotation.sealed_successor);
        }
        self.add_tokens(Some(successor), access_token);
        Ok(Rotated::First)
    }

    fn is_unspent(&self, grant: &GrantId, number: u64) -> bool {
        let digest = self.grants.held(grant).and_then(|held| held.refresh_tokens.get(&number));
        let token = digest.and_then(|digest| self.refresh_tokens.get(digest));
        token.is_some_and(|token| token.spent_at.is_none())
    }

    pub(super) fn begin_grant(
        &mut self,
        device_code: &Digest,
        grant: &GrantId,
        (refresh_token, access_token): (Option<&RefreshToken>, Option<&OpaqueToken>),
        now: u64,
        limit: usize,
    ) -> Result<bool, StoreError> {
        let held = self.grants.held(grant);
        let is_of_device = held.is_some_and(|it| it.device.as_ref() == Some(device_code));
        if !is_of_device || self.grants.live(grant, now).is_none() {
            return Ok(false);
        }
        self.check_tokens(grant, refresh_token, access_token, limit)?;
        self.devices.take_out(device_code);
        if let Some(held) = self.grants.held_mut(grant) {
            held.device = None;
        }
        self.add_tokens(refresh_token, access_token);
        Ok(true)
    }
}
