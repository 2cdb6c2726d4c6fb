//! The feed of revocations.

use std::time::{Duration, Instant};

use super::super::kit::{Failure, NOW, ensure, same};
use super::{DAY, Kit, Outcome};
use crate::authorization::{RevocationReason, Revoked};

const REASON: RevocationReason = RevocationReason::RevokedByClient;

fn token(token_id: &str, expires_at: u64) -> Revoked {
    Revoked::Token { token_id: token_id.to_owned(), expires_at }
}

pub(in super::super) async fn what_was_revoked_is_returned_in_its_order(kit: Kit) -> Outcome {
    let store = kit.store()?;
    let ((one, _), (other, _)) = (kit.granted("alice").await?, kit.granted("bob").await?);
    store.revoke_grant(&one.id, REASON, NOW + 1).await?;
    store.revoke_token("jti", NOW + 60, NOW).await?;
    store.revoke_grant(&other.id, REASON, NOW + 2).await?;
    let expected = vec![
        Revoked::Grant { id: one.id, at: NOW + 1 },
        token("jti", NOW + 60),
        Revoked::Grant { id: other.id, at: NOW + 2 },
    ];
    let (told, end) = kit.revoked_after(0).await?;
    same!(told, expected);
    // All nodes return the same, and nothing after it.
    for node in &kit.nodes {
        let batch = node.revoked_after(0, 3).await?;
        same!(batch.revoked, expected);
        let rest = node.revoked_after(end, 10).await?;
        same!((rest.revoked, rest.position, rest.complete), (Vec::new(), end, true));
        same!(rest.generation, batch.generation);
    }
    Ok(())
}

pub(in super::super) async fn a_batch_says_whether_it_is_all(kit: Kit) -> Outcome {
    let store = kit.store()?;
    for number in 0..5 {
        store.revoke_token(&format!("jti {number}"), NOW + 60, NOW).await?;
    }
    let first = store.revoked_after(0, 2).await?;
    same!(first.revoked, vec![token("jti 0", NOW + 60), token("jti 1", NOW + 60)]);
    same!(first.complete, false);
    let second = store.revoked_after(first.position, 2).await?;
    same!(second.revoked, vec![token("jti 2", NOW + 60), token("jti 3", NOW + 60)]);
    let third = store.revoked_after(second.position, 2).await?;
    same!(third.revoked, vec![token("jti 4", NOW + 60)]);
    same!(third.complete, true);
    // A position that does not exist was seen in another store.
    let ahead = store.revoked_after(third.position + 10, 2).await?;
    ensure!(ahead.generation != third.generation, "a position that does not exist is known");
    Ok(())
}

/// A node returns all revocations that any other node has acknowledged, and does not wait for more.
pub(in super::super) async fn what_was_acknowledged_is_returned_at_once(kit: Kit) -> Outcome {
    let (mut position, mut generation) = (0, None);
    let (mut waited, mut questions) = (Duration::ZERO, 0);
    for round in 0..5 {
        for (number, revoking) in kit.nodes.iter().enumerate() {
            let id = format!("jti {round} {number}");
            revoking.revoke_token(&id, NOW + 60, NOW).await?;
            for node in &kit.nodes {
                let batch = node.revoked_so_far(position, 10).await?;
                same!((batch.revoked, batch.complete), (vec![token(&id, NOW + 60)], true));
            }
            let batch = revoking.revoked_so_far(position, 10).await?;
            same!(*generation.get_or_insert(batch.generation), batch.generation);
            position = batch.position;
            let begin = Instant::now();
            let rest = revoking.revoked_so_far(position, 10).await?;
            (waited, questions) = (waited + begin.elapsed(), questions + 1);
            same!((rest.revoked, rest.position, rest.complete), (Vec::new(), position, true));
        }
    }
    // Where a feed waits for news, it does so for a second.
    ensure!(waited < questions * Duration::from_millis(500), "it waits for more");
    let batch = kit.store()?.revoked_so_far(0, 2).await?;
    same!((batch.revoked.len(), batch.complete), (2, false));
    let ahead = kit.store()?.revoked_so_far(position + 10, 2).await?;
    ensure!(Some(ahead.generation) != generation, "a position that does not exist is known");
    Ok(())
}

/// What one reads while others revoke is a beginning of what there is in the end.
pub(in super::super) async fn nothing_turns_up_behind_a_position(kit: Kit) -> Outcome {
    let mut grants = Vec::new();
    for number in 0..kit.settings.racers {
        grants.push(kit.granted(&format!("user {number}")).await?.0.id);
    }
    let readings = kit
        .race(|number, node| {
            let grant = grants.get(number).cloned();
            async move {
                let mut read = Vec::new();
                if number % 4 != 0 {
                    if let Some(grant) = grant {
                        node.revoke_grant(&grant, REASON, NOW).await?;
                    }
                    node.revoke_token(&format!("jti {number}"), NOW + 60, NOW).await?;
                    return Ok(read);
                }
                let mut position = 0;
                for _ in 0..5 {
                    let batch = node.revoked_after(position, 1_000).await?;
                    position = batch.position;
                    read.extend(batch.revoked);
                }
                Ok(read)
            }
        })
        .await?;
    let (all, _) = kit.revoked_after(0).await?;
    let revoking = (0..kit.settings.racers).filter(|number| number % 4 != 0).count();
    same!(all.len(), 2 * revoking);
    for read in readings {
        ensure!(all.starts_with(&read), "something turned up behind what was read");
    }
    Ok(())
}

pub(in super::super) async fn a_token_is_revoked_until_it_expires(kit: Kit) -> Outcome {
    let store = kit.store()?;
    store.revoke_token("jti", NOW + 60, NOW).await?;
    for node in &kit.nodes {
        same!(node.token_is_revoked("jti", NOW).await?, true);
        same!(node.token_is_revoked("jti", NOW + 59).await?, true);
        same!(node.token_is_revoked("jti", NOW + 60).await?, false);
        same!(node.token_is_revoked("other", NOW).await?, false);
    }
    // The id of a grant is not the id of a token.
    let (grant, _) = kit.granted("alice").await?;
    store.revoke_grant(&grant.id, REASON, NOW).await?;
    same!(store.token_is_revoked(grant.id.as_str(), NOW).await?, false);
    store.sweep_authorization(NOW + 60, 100).await?;
    same!(store.token_is_revoked("jti", NOW).await?, false);
    Ok(())
}

pub(in super::super) async fn a_follower_is_woken(kit: Kit) -> Outcome {
    let (grant, _) = kit.granted("alice").await?;
    let (_, end) = kit.revoked_after(0).await?;
    let follower = kit.node(1)?;
    let following = tokio::spawn(async move {
        loop {
            let batch = follower.revoked_after(end, 10).await?;
            if !batch.revoked.is_empty() {
                return Ok::<_, Failure>(batch.revoked);
            }
        }
    });
    kit.store()?.revoke_grant(&grant.id, REASON, NOW).await?;
    let told = tokio::time::timeout(Duration::from_secs(10), following).await;
    let told = told.map_err(|_| Failure::new("a follower is not woken"))?;
    let told = told.map_err(|_| Failure::new("a task panicked"))??;
    same!(told, vec![Revoked::Grant { id: grant.id, at: NOW }]);
    Ok(())
}

pub(in super::super) async fn what_no_token_needs_goes_and_positions_go_on(kit: Kit) -> Outcome {
    let store = kit.store()?;
    let (grant, _) = kit.granted("alice").await?;
    store.revoke_grant(&grant.id, REASON, NOW).await?;
    store.revoke_token("short", NOW + 60, NOW).await?;
    store.revoke_token("long", NOW + 90 * DAY, NOW).await?;
    let before = store.revoked_after(0, 10).await?;
    same!(before.revoked.len(), 3);

    store.sweep_authorization(NOW + 60, 100).await?;
    let left = store.revoked_after(0, 10).await?;
    let grant = Revoked::Grant { id: grant.id, at: NOW };
    same!(left.revoked, vec![grant, token("long", NOW + 90 * DAY)]);
    same!((left.generation, left.position), (before.generation, before.position));

    store.sweep_authorization(NOW + 90 * DAY, 100).await?;
    let empty = store.revoked_after(0, 10).await?;
    same!((empty.revoked.len(), empty.complete), (0, true));
    same!((empty.generation, empty.position), (before.generation, before.position));
    // A follower that has read them all misses nothing that comes now.
    let now = NOW + 90 * DAY;
    store.revoke_token("next", now + 60, now).await?;
    let next = store.revoked_after(before.position, 10).await?;
    same!(next.revoked, vec![token("next", now + 60)]);
    same!(next.generation, before.generation);
    Ok(())
}
