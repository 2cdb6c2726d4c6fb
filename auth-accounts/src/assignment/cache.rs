//! What is kept of the assignments, and how it is forgotten.

use auth_core::authenticator::AssignmentCache;

use crate::accounts::Accounts;
use crate::model::AccountId;

impl Accounts {
    /// How the authenticator keeps what [`assignment_source`](Self::assignment_source) says, for
    /// [`Authenticator::builder().assignment_cache(..)`](auth_core::authenticator::AuthenticatorBuilder::assignment_cache).
    ///
    /// These accounts forget what was changed: on this node before the change is answered, on others
    /// as soon as they read of it in the feed. An authenticator with another cache keeps old answers
    /// for as long as that one says.
    pub fn assignment_cache(&self) -> AssignmentCache {
        self.0.assigning.cache.clone()
    }

    /// Forgets what is kept of the assignments of an account.
    pub(crate) fn forget_assignments(&self, account: &AccountId) {
        self.0.assigning.cache.forget(self.issuer(), account.as_str());
    }

    /// Forgets what is kept of all assignments on this node: some change may have been missed.
    pub fn forget_all_assignments(&self) {
        self.0.assigning.cache.forget_all();
    }
}
