//! The records that the stores keep.

mod account;
mod api_key;
mod assignment;
mod audit_entry;
mod audit_text;
mod change;
mod factor;
mod id;
mod session;

pub use account::{
    Account, AccountKind, AccountState, AccountStatus, Email, LoginKey, PasswordHash,
};
pub use api_key::{ApiKeyRecord, StoredApiKey};
pub use assignment::{Assignment, AssignmentKind, AssignmentOrigin};
pub use audit_entry::{AuditEntry, AuditOutcome, AuditRecord};
pub(crate) use audit_text::is_plain;
pub use change::{Change, ChangeBatch, ChangeKind};
pub use factor::{FactorKind, FactorRecord, ProvedFactor};
pub use id::{AccountId, ApiKeyId, FactorId, InvalidId, SessionId};
pub use session::{Carrier, SessionRecord, StoredSession};
