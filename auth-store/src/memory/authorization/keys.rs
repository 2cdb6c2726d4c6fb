//! Signing keys.

use auth_accounts::store::{Created, StoreError};

use super::super::{room, short};
use super::Authorization;
use crate::authorization::SigningKeyRecord;

impl Authorization {
    pub(super) fn add_key(
        &mut self,
        key: &SigningKeyRecord,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Created, StoreError> {
        short(&[
            (key.kid.as_bytes(), "the id of a key"),
            (key.algorithm.as_bytes(), "the algorithm of a key"),
            (key.public_jwk.as_bytes(), "a public key"),
            (key.sealed_with.as_bytes(), "the name of a key"),
            (&key.sealed_private_key, "a sealed key"),
        ])?;
        // They are in order.
        let latest = self.keys.iter().rfind(|it| it.algorithm == key.algorithm);
        let is_taken = self.keys.iter().any(|it| it.kid == key.kid);
        if is_taken || latest.map(|it| it.kid.as_str()) != after {
            return Ok(Created::Taken);
        }
        room(self.keys.len(), 1, limit, "signing keys")?;
        self.keys.push(key.clone());
        self.keys.sort_by(|one, other| (one.sign_at, &one.kid).cmp(&(other.sign_at, &other.kid)));
        Ok(Created::Created)
    }

    pub(super) fn remove_key(&mut self, kid: &str) -> bool {
        let before = self.keys.len();
        self.keys.retain(|key| key.kid != kid);
        self.keys.len() < before
    }
}
