//! Checking the chain.

use std::fmt;

use super::PAGE;
use super::keyed_name::hex;
use crate::accounts::Accounts;
use crate::model::AuditRecord;
use crate::secret::Digest;
use crate::store::StoreError;

/// The end of the trail at the time of a check. Keep it where a person who can write the trail cannot write.
///
/// It is text as `12:3f..`, by `Display` and [`parse`](Self::parse).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Anchor {
    /// The position of the last record; 0 if there was none.
    pub position: u64,
    /// Its hash.
    pub hash: Digest,
}

/// What a check of the trail found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainReport {
    /// How many records are as they were written, from the first on.
    pub intact: u64,
    /// What is wrong with the record after these; `None` if the whole trail is intact.
    pub broken: Option<ChainBreak>,
    /// The end of the part that is intact.
    pub anchor: Anchor,
}

/// What is wrong with a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChainBreak {
    /// One or more records before this position are missing.
    Missing {
        /// The position of the first one that is missing.
        position: u64,
    },
    /// The record is not the one that was written.
    Changed {
        /// Its position.
        position: u64,
    },
    /// The record does not follow the one before it: one of them was put in later.
    NotLinked {
        /// Its position.
        position: u64,
    },
    /// The trail ends before a record that an earlier check has seen, or has another one there.
    NotAsBefore {
        /// The position of that record.
        position: u64,
    },
}

impl Anchor {
    /// Before the first record.
    pub const START: Self = Self { position: 0, hash: Digest::ZERO };

    /// The anchor with this text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (position, hash) = text.split_once(':')?;
        if hash.len() != 64 || !hash.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        let mut bytes = [0; 32];
        for (place, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(hash.get(2 * place..2 * place + 2)?, 16).ok()?;
        }
        Some(Self { position: position.parse().ok()?, hash: Digest::from_bytes(bytes) })
    }
}

impl fmt::Display for Anchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.position, hex(self.hash.as_bytes()))
    }
}

impl fmt::Debug for Anchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Anchor({self})")
    }
}

impl fmt::Display for ChainBreak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { position } => write!(f, "record {position} is missing"),
            Self::Changed { position } => write!(f, "record {position} was changed"),
            Self::NotLinked { position } => {
                write!(f, "record {position} does not follow the one before it")
            }
            Self::NotAsBefore { position } => {
                write!(f, "record {position} is gone, or another one than at the last check")
            }
        }
    }
}

impl Accounts {
    /// Walks through the whole trail, some hundred records at a time, and says which the first one is
    /// that is not as it was written. With the `last` anchor of an earlier check, its record has to be
    /// there still.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn verify_audit(&self, last: Option<Anchor>) -> Result<ChainReport, StoreError> {
        let mut end = Anchor::START;
        let mut is_as_before = last.is_none_or(|last| last == end);
        loop {
            let records = self.ask(self.0.stores.audit.records(end.position, None, PAGE)).await?;
            if records.is_empty() {
                break;
            }
            for record in records {
                if let Some(broken) = broken(&record, end) {
                    let intact = end.position;
                    return Ok(ChainReport { intact, broken: Some(broken), anchor: end });
                }
                end = Anchor { position: record.position, hash: record.hash };
                if let Some(last) = last.filter(|last| last.position == end.position) {
                    if last.hash != end.hash {
                        let broken = Some(ChainBreak::NotAsBefore { position: last.position });
                        let intact = end.position.saturating_sub(1);
                        let anchor = Anchor { position: intact, hash: record.previous };
                        return Ok(ChainReport { intact, broken, anchor });
                    }
                    is_as_before = true;
                }
            }
        }
        let position = last.map_or(0, |last| last.position);
        let broken = (!is_as_before).then_some(ChainBreak::NotAsBefore { position });
        Ok(ChainReport { intact: end.position, broken, anchor: end })
    }
}

/// What is wrong with the record that comes after `end`.
fn broken(record: &AuditRecord, end: Anchor) -> Option<ChainBreak> {
    let expected = end.position.saturating_add(1);
    let position = record.position;
    if position != expected {
        Some(ChainBreak::Missing { position: expected })
    } else if !record.is_intact() {
        Some(ChainBreak::Changed { position })
    } else if record.previous != end.hash {
        Some(ChainBreak::NotLinked { position })
    } else {
        None
    }
}
