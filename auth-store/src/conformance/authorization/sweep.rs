//! Expired rows are removed.

use super::super::kit::{NOW, ensure, same, secret};
use super::{CLIENT, DAY, Kit, Outcome, code, consent, grant, opaque_token, rotation};
use crate::authorization::{Redeemed, RevocationReason, Rotated};

pub(in super::super) async fn what_is_dead_goes_and_what_lives_stays(kit: Kit) -> Outcome {
    let store = kit.store()?;
    let (grant, code) = kit.authorized("alice").await?;
    same!(store.redeem_code(&super::redemption(&code, None)).await?, Redeemed::First);
    let (own, longer) = (opaque_token(None), {
        let mut token = opaque_token(None);
        token.expires_at = NOW + 2 * DAY;
        token
    });
    store.keep_opaque_token(&own).await?;
    store.keep_opaque_token(&longer).await?;
    let device = super::devices::request(CLIENT);
    store.begin_device_request(&device, NOW).await?;
    store.register_client(&super::clients::client("unused")).await?;
    store.register_client(&super::clients::client("used")).await?;
    store.touch_client("used", NOW, NOW + 30 * DAY).await?;
    let other = super::grant("alice", "unused");
    let consents = [consent("alice", "unused", "a")];
    store.authorize(&other, &super::code(&other.id), &consents).await?;

    same!(store.sweep_authorization(NOW, 100).await?, 0);
    // The code of the other grant goes with it at its end; all else after an hour.
    let dead = store.sweep_authorization(NOW + 3_599, 100).await?;
    ensure!(dead >= 2, "of the code with its grant and the device {dead} went");
    same!(store.find_code(&code.digest).await?.is_some(), true);
    same!(store.find_opaque_token(&own.digest).await?.is_some(), true);
    same!(store.count_clients().await?, 2);
    store.sweep_authorization(NOW + 3_600, 100).await?;
    same!(store.find_code(&code.digest).await?, None);
    same!(store.find_opaque_token(&own.digest).await?, None);
    same!(store.find_client("unused").await?, None);
    same!(store.consents("alice", "unused").await?, Vec::new());
    same!(store.find_client("used").await?.is_some(), true);
    same!(store.find_opaque_token(&longer.digest).await?.is_some(), true);
    same!(store.find_grant(&grant.id).await?, Some(grant));
    same!(store.sweep_authorization(NOW + 3_600, 100).await?, 0);
    Ok(())
}

pub(in super::super) async fn a_code_that_was_not_redeemed_takes_its_grant_along(
    kit: Kit,
) -> Outcome {
    let store = kit.store()?;
    let (unredeemed, code) = kit.authorized("alice").await?;
    let (redeemed, _) = kit.granted("alice").await?;
    let (revoked, _) = kit.authorized("bob").await?;
    store.revoke_grant(&revoked.id, RevocationReason::SignedOut, NOW).await?;
    store.sweep_authorization(NOW + 59, 100).await?;
    same!(store.find_grant(&unredeemed.id).await?.is_some(), true);
    store.sweep_authorization(NOW + 60, 100).await?;
    same!(store.find_grant(&unredeemed.id).await?, None);
    same!(store.find_code(&code.digest).await?, None);
    same!(store.find_grant(&revoked.id).await?, None);
    same!(store.find_grant(&redeemed.id).await?.is_some(), true);
    Ok(())
}

pub(in super::super) async fn spent_tokens_go_with_their_grant(kit: Kit) -> Outcome {
    let store = kit.store()?;
    let (grant, mut token) = kit.granted("alice").await?;
    let mut digests = vec![token.digest];
    for _ in 0..4 {
        let rotation = rotation(&token);
        same!(store.rotate_refresh_token(&rotation).await?, Rotated::First);
        token = rotation.successor;
        digests.push(token.digest);
    }
    store.sweep_authorization(grant.expires_at - 1, 100).await?;
    for digest in &digests {
        same!(store.find_refresh_token(digest).await?.is_some(), true);
    }
    for _ in 0..digests.len() + 2 {
        store.sweep_authorization(grant.expires_at, 100).await?;
    }
    for digest in &digests {
        same!(store.find_refresh_token(digest).await?, None);
    }
    same!(store.find_grant(&grant.id).await?, None);
    Ok(())
}

pub(in super::super) async fn a_sweep_takes_a_batch(kit: Kit) -> Outcome {
    let store = kit.store()?;
    for number in 0..7 {
        let mut token = opaque_token(None);
        token.digest = secret();
        token.expires_at = NOW + number;
        store.keep_opaque_token(&token).await?;
    }
    let mut swept = Vec::new();
    for _ in 0..4 {
        swept.push(store.sweep_authorization(NOW + 100, 3).await?);
    }
    same!(swept, vec![3, 3, 1, 0]);
    Ok(())
}

/// Several sweep, others work.
pub(in super::super) async fn sweeps_run_beside_each_other(kit: Kit) -> Outcome {
    for number in 0..20 {
        let mut short = grant("alice", CLIENT);
        short.expires_at = NOW + 1;
        let code = code(&short.id);
        kit.store()?.authorize(&short, &code, &[]).await?;
        if number % 2 == 0 {
            let token = super::refresh_token(&short.id, 1);
            kit.store()?.redeem_code(&super::redemption(&code, Some(&token))).await?;
        }
    }
    let mut lasting = Vec::new();
    for number in 0..kit.settings.racers {
        lasting.push(kit.granted(&format!("user {number}")).await?);
    }
    kit.race(|number, node| {
        let token = lasting.get(number).map(|(_, token)| token.clone());
        async move {
            match token {
                Some(token) if number % 2 == 0 => {
                    node.rotate_refresh_token(&rotation(&token)).await.map(drop)
                }
                _ => node.sweep_authorization(NOW + 60, 3).await.map(drop),
            }
        }
    })
    .await?;
    let store = kit.store()?;
    while store.sweep_authorization(NOW + 60, 3).await? > 0 {}
    let which = crate::authorization::GrantSelector::Subject("alice".to_owned());
    same!(store.list_grants(&which, NOW, 100).await?, Vec::new());
    for (grant, _) in &lasting {
        same!(kit.is_live(&grant.id).await?, true);
    }
    Ok(())
}
