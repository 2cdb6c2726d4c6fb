//! What users have consented to.

use super::super::kit::{NOW, ensure, same};
use super::{CLIENT, Kit, Outcome, code, consent, grant};
use crate::authorization::RevocationReason;

pub(in super::super) async fn a_consent_replaces_that_for_its_resource(kit: Kit) -> Outcome {
    let store = kit.store()?;
    let (one, other) = (consent("alice", CLIENT, "a"), consent("alice", CLIENT, ""));
    let mut wider = consent("alice", CLIENT, "a");
    wider.scopes = vec!["read".to_owned(), "write".to_owned()];
    wider.given_at = NOW + 1;
    let beside = [consent("alice", "other", "a"), consent("bob", CLIENT, "a")];
    for consents in [&[one.clone(), other.clone()][..], &beside, &[wider.clone()], &[]] {
        let grant = grant("alice", CLIENT);
        store.authorize(&grant, &code(&grant.id), consents).await?;
    }
    same!(store.consents("alice", CLIENT).await?, vec![other, wider]);
    for consent in &beside {
        let found = store.consents(&consent.subject, &consent.client_id).await?;
        same!(found, vec![consent.clone()]);
    }
    same!(store.consents("bob", "other").await?, Vec::new());
    Ok(())
}

pub(in super::super) async fn a_withdrawal_forgets_and_revokes(kit: Kit) -> Outcome {
    let store = kit.store()?;
    let mut grants = Vec::new();
    for (subject, client_id) in [("alice", CLIENT), ("alice", "other"), ("bob", CLIENT)] {
        let grant = grant(subject, client_id);
        let consents = [consent(subject, client_id, "a"), consent(subject, client_id, "b")];
        store.authorize(&grant, &code(&grant.id), &consents).await?;
        grants.push(grant);
    }
    same!(store.withdraw_consents("alice", CLIENT, NOW).await?, 1);
    same!(store.withdraw_consents("alice", CLIENT, NOW).await?, 0);
    same!(store.consents("alice", CLIENT).await?, Vec::new());
    same!(store.consents("alice", "other").await?.len(), 2);
    same!(store.consents("bob", CLIENT).await?.len(), 2);
    for (index, grant) in grants.iter().enumerate() {
        let revoked = store.find_grant(&grant.id).await?.and_then(|it| it.revoked);
        let reason = revoked.map(|it| it.reason);
        let expected = (index == 0).then_some(RevocationReason::ConsentWithdrawn);
        ensure!(reason == expected, "grant {index} was revoked for {reason:?}");
    }
    Ok(())
}
