//! The feed of revocations.

use std::collections::{BTreeMap, HashMap};

use super::super::ends::Ends;
use crate::authorization::{GrantId, Revoked, RevokedBatch};

#[derive(Default)]
pub(super) struct Feed {
    revoked: BTreeMap<u64, (Revoked, u64)>,
    by_end: Ends<u64>,
    /// The ends of single tokens.
    tokens: HashMap<String, u64>,
    /// The position of the last one.
    end: u64,
    /// The position of the last one that was removed before it expired.
    missing: u64,
}

impl Feed {
    pub(super) const fn end(&self) -> u64 {
        self.end
    }

    pub(super) fn grant(&mut self, id: &GrantId, expires_at: u64, now: u64, limit: usize) {
        self.append(Revoked::Grant { id: id.clone(), at: now }, expires_at, now, limit);
    }

    pub(super) fn token(&mut self, token_id: &str, expires_at: u64, now: u64, limit: usize) {
        self.tokens.insert(token_id.to_owned(), expires_at);
        let token = Revoked::Token { token_id: token_id.to_owned(), expires_at };
        self.append(token, expires_at, now, limit);
    }

    pub(super) fn has_token(&self, token_id: &str, now: u64) -> bool {
        self.tokens.get(token_id).is_some_and(|end| now < *end)
    }

    fn forget(&mut self, revoked: &Revoked) {
        if let Revoked::Token { token_id, .. } = revoked {
            self.tokens.remove(token_id);
        }
    }

    /// Appends a revocation, which expires at this time. Beyond the limit, expired ones are removed, and then the
    /// oldest: a revocation is never rejected.
    fn append(&mut self, revoked: Revoked, until: u64, now: u64, limit: usize) {
        self.end = self.end.saturating_add(1);
        self.by_end.set(until, self.end);
        self.revoked.insert(self.end, (revoked, until));
        if self.revoked.len() > limit {
            self.sweep(now, super::super::SWEPT_WHEN_FULL);
        }
        while self.revoked.len() > limit.max(1) {
            let Some((position, (revoked, until))) = self.revoked.pop_first() else { return };
            self.forget(&revoked);
            self.by_end.remove(until, position);
            self.missing = position;
        }
    }

    pub(super) fn after(&self, position: u64, limit: usize, generation: u64) -> RevokedBatch {
        // A position beyond the end is from another store.
        if position > self.end {
            let generation = generation | 1;
            let revoked = Vec::new();
            return RevokedBatch { generation, revoked, position: self.end, complete: true };
        }
        let mut after =
            self.revoked.range((std::ops::Bound::Excluded(position), std::ops::Bound::Unbounded));
        let found: Vec<(u64, Revoked)> = after
            .by_ref()
            .take(limit)
            .map(|(position, (revoked, _))| (*position, revoked.clone()))
            .collect();
        let complete = after.next().is_none();
        let last = found.last().map_or(position, |(position, _)| *position);
        let last = if complete { self.end } else { last };
        RevokedBatch {
            generation: if position < self.missing { generation | 1 } else { generation },
            revoked: found.into_iter().map(|(_, revoked)| revoked).collect(),
            position: last,
            complete,
        }
    }

    pub(super) fn sweep(&mut self, now: u64, limit: usize) -> usize {
        let over = self.by_end.over(now, limit);
        for position in &over {
            if let Some((revoked, until)) = self.revoked.remove(position) {
                self.forget(&revoked);
                self.by_end.remove(until, *position);
            }
        }
        over.len()
    }
}
