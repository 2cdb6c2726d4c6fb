//! Authorization codes, and what they are redeemed for.

use auth_accounts::store::StoreError;

use super::super::cancel::{at_every_await, until};
use super::super::kit::{Failure, NOW, TEXTS, ensure, number_of, same, secret};
use super::{
    CLIENT, Kit, Outcome, code, consent, grant, opaque_token, redemption, refresh_token, rotation,
};
use crate::MAX_VALUE_BYTES;
use crate::authorization::{
    CodeRedemption, GrantRevocation, Redeemed, RevocationReason, Rotated, StoredCode,
};

pub(in super::super) async fn a_code_is_kept_as_it_was_given(kit: Kit) -> Outcome {
    let store = kit.store()?;
    let (grant, code) = kit.authorized("alice").await?;
    let stored = StoredCode { code: code.clone(), grant: grant.clone(), redeemed_at: None };
    same!(store.find_code(&code.digest).await?, Some(stored));
    same!(store.find_code(&secret()).await?, None);
    same!(store.find_grant(&grant.id).await?, Some(grant));

    let (mut plain, mut bare) = (super::grant("bob", CLIENT), super::code(&code.grant));
    (plain.authentication.acr, plain.authentication.session_id) = (None, None);
    (plain.scopes, plain.resources, plain.authentication.amr) = (vec![], vec![], vec![]);
    (bare.grant, bare.nonce, bare.jkt) = (plain.id.clone(), None, None);
    store.authorize(&plain, &bare, &[]).await?;
    let stored = StoredCode { code: bare.clone(), grant: plain, redeemed_at: None };
    same!(store.find_code(&bare.digest).await?, Some(stored));
    Ok(())
}

pub(in super::super) async fn a_code_is_redeemed_once(kit: Kit) -> Outcome {
    let store = kit.store()?;
    let (grant, code) = kit.authorized("alice").await?;
    let token = refresh_token(&grant.id, 1);
    same!(store.redeem_code(&redemption(&code, Some(&token))).await?, Redeemed::First);
    let stored = store.find_code(&code.digest).await?;
    same!(stored.and_then(|it| it.redeemed_at), Some(NOW));
    let found = store.find_refresh_token(&token.digest).await?;
    let found = found.ok_or_else(|| Failure::new("the refresh token is not there"))?;
    same!((found.token, found.grant, found.spent_at), (token.clone(), grant.clone(), None));

    // The second time ends what the first one got, and stores nothing.
    let second = refresh_token(&grant.id, 2);
    same!(store.redeem_code(&redemption(&code, Some(&second))).await?, Redeemed::Again);
    same!(store.find_refresh_token(&second.digest).await?, None);
    let revoked = store.find_grant(&grant.id).await?.and_then(|it| it.revoked);
    let reason = RevocationReason::CodeReused;
    same!(revoked, Some(GrantRevocation { at: NOW, reason }));
    same!(store.rotate_refresh_token(&rotation(&token)).await?, Rotated::Invalid);
    same!(store.redeem_code(&redemption(&code, None)).await?, Redeemed::Invalid);
    Ok(())
}

pub(in super::super) async fn a_code_expires_at_its_end(kit: Kit) -> Outcome {
    let store = kit.store()?;
    same!(
        store.redeem_code(&redemption(&code(&grant("a", CLIENT).id), None)).await?,
        Redeemed::Invalid
    );
    for (now, redeemed) in
        [(NOW + 59, Redeemed::First), (NOW + 60, Redeemed::Invalid), (NOW + 61, Redeemed::Invalid)]
    {
        let (grant, code) = kit.authorized("alice").await?;
        let token = refresh_token(&grant.id, 1);
        let redemption = CodeRedemption { now, ..redemption(&code, Some(&token)) };
        same!(store.redeem_code(&redemption).await?, redeemed);
        let is_stored = store.find_refresh_token(&token.digest).await?.is_some();
        same!(is_stored, redeemed == Redeemed::First);
        same!(kit.is_live(&grant.id).await?, true);
    }
    // A grant may end before its code.
    let mut short = grant("alice", CLIENT);
    short.expires_at = NOW + 1;
    let code = code(&short.id);
    store.authorize(&short, &code, &[]).await?;
    let late = CodeRedemption { now: NOW + 1, ..redemption(&code, None) };
    same!(store.redeem_code(&late).await?, Redeemed::Invalid);
    Ok(())
}

pub(in super::super) async fn a_spent_code_is_known_after_its_end(kit: Kit) -> Outcome {
    let store = kit.store()?;
    let (grant, code) = kit.authorized("alice").await?;
    same!(store.redeem_code(&redemption(&code, None)).await?, Redeemed::First);
    let later = NOW + 3_599;
    store.sweep_authorization(later, 100).await?;
    let again = CodeRedemption { now: later, ..redemption(&code, None) };
    same!(store.redeem_code(&again).await?, Redeemed::Again);
    same!(kit.is_live(&grant.id).await?, false);
    Ok(())
}

pub(in super::super) async fn a_code_of_a_revoked_grant_gets_nothing(kit: Kit) -> Outcome {
    let store = kit.store()?;
    let (grant, code) = kit.authorized("alice").await?;
    same!(store.revoke_grant(&grant.id, RevocationReason::SignedOut, NOW).await?, true);
    let token = refresh_token(&grant.id, 1);
    same!(store.redeem_code(&redemption(&code, Some(&token))).await?, Redeemed::Invalid);
    same!(store.find_refresh_token(&token.digest).await?, None);
    let revoked = store.find_grant(&grant.id).await?.and_then(|it| it.revoked);
    same!(revoked.map(|it| it.reason), Some(RevocationReason::SignedOut));
    Ok(())
}

pub(in super::super) async fn what_is_taken_is_refused_with_all_beside_it(kit: Kit) -> Outcome {
    let store = kit.store()?;
    let (held, held_code) = kit.authorized("alice").await?;
    let consents = [consent("bob", CLIENT, super::API)];
    let fresh = grant("bob", CLIENT);

    let mut same_code = code(&fresh.id);
    same_code.digest = held_code.digest;
    let refused = store.authorize(&fresh, &same_code, &consents).await;
    ensure!(matches!(refused, Err(StoreError::Conflict(_))), "a digest twice is {refused:?}");
    same!(store.find_grant(&fresh.id).await?, None);

    let refused = store.authorize(&held, &code(&held.id), &consents).await;
    ensure!(matches!(refused, Err(StoreError::Conflict(_))), "a grant twice is {refused:?}");
    let refused = store.authorize(&fresh, &code(&held.id), &consents).await;
    ensure!(matches!(refused, Err(StoreError::Conflict(_))), "another's code is {refused:?}");
    same!(store.find_grant(&fresh.id).await?, None);
    same!(store.consents("bob", CLIENT).await?, Vec::new());

    // A redemption whose token is refused has not happened.
    let (_, token) = kit.granted("carol").await?;
    let mut twice = refresh_token(&held.id, 1);
    twice.digest = token.digest;
    let refused = store.redeem_code(&redemption(&held_code, Some(&twice))).await;
    ensure!(matches!(refused, Err(StoreError::Conflict(_))), "a token twice is {refused:?}");
    let other = refresh_token(&token.grant, 9);
    let refused = store.redeem_code(&redemption(&held_code, Some(&other))).await;
    ensure!(matches!(refused, Err(StoreError::Conflict(_))), "another's token is {refused:?}");
    same!(store.redeem_code(&redemption(&held_code, None)).await?, Redeemed::First);
    Ok(())
}

pub(in super::super) async fn texts_are_kept_or_refused(kit: Kit) -> Outcome {
    let store = kit.store()?;
    for text in TEXTS {
        let mut grant = grant(text, text);
        grant.scopes = vec![text.to_owned()];
        grant.resources = vec![text.to_owned()];
        grant.authentication.acr = Some(text.to_owned());
        grant.authentication.session_id = Some(text.to_owned());
        let mut code = code(&grant.id);
        code.redirect_uri = text.to_owned();
        (code.nonce, code.jkt) = (Some(text.to_owned()), Some(text.to_owned()));
        store.authorize(&grant, &code, &[]).await?;
        let stored = StoredCode { code: code.clone(), grant, redeemed_at: None };
        same!(store.find_code(&code.digest).await?, Some(stored));
    }
    Ok(())
}

pub(in super::super) async fn long_values_are_refused(kit: Kit) -> Outcome {
    let store = kit.store()?;
    let long = "l".repeat(MAX_VALUE_BYTES + 1);
    let (mut by_subject, mut by_client) = (grant("alice", CLIENT), grant("alice", CLIENT));
    (by_subject.subject, by_client.client_id) = (long.clone(), long.clone());
    let mut by_scopes = grant("alice", CLIENT);
    by_scopes.scopes = vec![long.clone()];
    for grant in [by_subject, by_client, by_scopes] {
        let refused = store.authorize(&grant, &code(&grant.id), &[]).await;
        ensure!(matches!(refused, Err(StoreError::TooLong(_))), "a long grant is {refused:?}");
    }
    let fine = grant("alice", CLIENT);
    let mut long_code = code(&fine.id);
    long_code.redirect_uri = long;
    let refused = store.authorize(&fine, &long_code, &[]).await;
    ensure!(matches!(refused, Err(StoreError::TooLong(_))), "a long redirect URI is {refused:?}");
    same!(store.find_grant(&fine.id).await?, None);
    Ok(())
}

pub(in super::super) async fn one_of_many_redemptions_is_the_first(kit: Kit) -> Outcome {
    let (grant, code) = kit.authorized("alice").await?;
    let answers = kit
        .race(|_, node| {
            let redemption = redemption(&code, Some(&refresh_token(&grant.id, 1)));
            async move {
                let redeemed = node.redeem_code(&redemption).await?;
                Ok((redeemed, redemption.refresh_token))
            }
        })
        .await?;
    let redeemed: Vec<Redeemed> = answers.iter().map(|(redeemed, _)| *redeemed).collect();
    same!(number_of(&redeemed, &Redeemed::First), 1);
    // The second one ends the grant, the others find it so.
    same!(number_of(&redeemed, &Redeemed::Again), kit.settings.racers.saturating_sub(1).min(1));
    same!(kit.is_live(&grant.id).await?, kit.settings.racers < 2);
    let store = kit.store()?;
    for (redeemed, token) in &answers {
        let digest = token.as_ref().map_or_else(secret, |it| it.digest);
        let is_stored = store.find_refresh_token(&digest).await?.is_some();
        same!(is_stored, *redeemed == Redeemed::First);
    }
    Ok(())
}

pub(in super::super) async fn cancelled_redemptions_leave_all_or_nothing(kit: Kit) -> Outcome {
    let store = kit.store()?;
    at_every_await(
        |_| async {
            let (grant, code) = kit.authorized("alice").await?;
            let mut redemption = redemption(&code, Some(&refresh_token(&grant.id, 1)));
            redemption.access_token = Some(opaque_token(Some(&grant.id)));
            Ok(redemption)
        },
        |redemption| async move {
            same!(store.redeem_code(&redemption).await?, Redeemed::First);
            Ok(())
        },
        |redemption, is_done| async move {
            let redemption = &redemption;
            let token = redemption.refresh_token.as_ref().map_or(redemption.code, |it| it.digest);
            let access = redemption.access_token.as_ref().map_or(redemption.code, |it| it.digest);
            until("a code is redeemed with both tokens, or with none", || async move {
                let code = store.find_code(&redemption.code).await?;
                let is_redeemed = code.is_some_and(|it| it.redeemed_at.is_some());
                let has_refresh = store.find_refresh_token(&token).await?.is_some();
                let has_access = store.find_opaque_token(&access).await?.is_some();
                let is_all = is_redeemed && has_refresh && has_access;
                let is_nothing = !is_redeemed && !has_refresh && !has_access;
                Ok(is_all || (is_nothing && !is_done))
            })
            .await
        },
    )
    .await
}
