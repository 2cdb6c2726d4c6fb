//! Whether the caller has proved a factor lately: a person who finds an open session must not be able to lock its
//! owner out.

use auth_core::Factor;
use auth_core::policy::{RequiredFactor, StepUp};

use crate::model::{FactorId, FactorKind, FactorRecord, ProvedFactor};

/// For how many seconds a proof counts.
const FRESH: u64 = 10 * 60;

/// What has to be proved where [`has_fresh_factor`] says no.
pub(super) fn fresh_factor(held: &[FactorRecord]) -> StepUp {
    let has = |kind| held.iter().any(|it| it.kind == kind);
    let factors: &[Factor] = match (has(FactorKind::Totp), has(FactorKind::Passkey)) {
        (false, false) => &[Factor::Password, Factor::Federated],
        (true, false) => &[Factor::Totp, Factor::Recovery],
        (false, true) => &[Factor::Passkey, Factor::Recovery],
        (true, true) => &[Factor::Totp, Factor::Passkey, Factor::Recovery],
    };
    let mut step_up = StepUp::default();
    step_up.factors.push(RequiredFactor::any_of(factors).within(FRESH));
    step_up
}

/// Whether one of the factors that the account has was proved lately enough to change its factors, or to
/// make what signs in without them; if it has no second one, the first.
///
/// A recovery code replaces the factor that was lost. A remembered device is no factor.
pub(super) fn has_fresh_factor(held: &[FactorRecord], proved: &[ProvedFactor], now: u64) -> bool {
    let has_second = held.iter().any(|it| is_second(it.kind));
    proved.iter().any(|it| {
        let is_fresh = it.at <= now && now < it.at.saturating_add(FRESH);
        let counts = if has_second {
            // The proof of a removed factor does not count.
            let is_held = |id: &FactorId| held.iter().any(|factor| factor.id == *id);
            it.kind == FactorKind::Recovery
                || (is_second(it.kind) && it.id.as_ref().is_none_or(is_held))
        } else {
            matches!(it.kind, FactorKind::Password | FactorKind::Federated)
        };
        is_fresh && counts
    })
}

pub(super) const fn is_second(kind: FactorKind) -> bool {
    matches!(kind, FactorKind::Totp | FactorKind::Passkey)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::AccountId;
    use crate::secret::Sealed;

    fn proved(kind: FactorKind, at: u64) -> ProvedFactor {
        ProvedFactor { kind, at, id: None, user_verified: false }
    }

    fn held(kind: FactorKind) -> FactorRecord {
        FactorRecord {
            id: FactorId::random(),
            account: AccountId::random(),
            kind,
            name: String::new(),
            sealed: Sealed { key: String::new(), bytes: Vec::new() },
            last_step: None,
            credential_id: None,
            sign_count: 0,
            created_at: 0,
            last_used_at: None,
        }
    }

    #[test]
    fn r53_the_first_factor_needs_the_password_and_others_one_that_is_held() {
        let totp = [held(FactorKind::Totp)];
        for (held, kind, expected) in [
            (&[][..], FactorKind::Password, true),
            (&[], FactorKind::Federated, true),
            (&[], FactorKind::Totp, false),
            (&[], FactorKind::Code, false),
            (&totp, FactorKind::Password, false),
            (&totp, FactorKind::Code, false),
            (&totp, FactorKind::Totp, true),
            (&totp, FactorKind::Recovery, true),
        ] {
            let proofs = [proved(FactorKind::Federated, 0), proved(kind, 1_000)];
            assert_eq!(has_fresh_factor(held, &proofs, 1_010), expected, "{kind:?}");
        }
    }

    #[test]
    fn r53_a_proof_is_fresh_for_ten_minutes_and_not_before_it_was_made() {
        for (now, expected) in [(999, false), (1_000, true), (1_599, true), (1_600, false)] {
            let proofs = [proved(FactorKind::Password, 1_000)];
            assert_eq!(has_fresh_factor(&[], &proofs, now), expected, "{now}");
        }
    }

    #[test]
    fn a_proof_of_a_factor_that_was_removed_is_none() {
        let totp = [held(FactorKind::Totp)];
        let mut proof = proved(FactorKind::Totp, 1_000);
        proof.id = Some(FactorId::random());
        assert!(!has_fresh_factor(&totp, &[proof.clone()], 1_000));
        proof.id = Some(totp[0].id.clone());
        assert!(has_fresh_factor(&totp, &[proof], 1_000));
    }
}
