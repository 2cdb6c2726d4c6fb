//! Refresh tokens and their rotation.

use auth_accounts::store::StoreError;

use super::super::cancel::{at_every_await, until};
use super::super::kit::{Failure, NOW, ensure, number_of, same, secret};
use super::{
    CLIENT, DAY, Kit, Outcome, WINDOW, code, grant, opaque_token, redemption, refresh_token,
    retried, rotation,
};
use crate::authorization::{
    GrantRevocation, Redeemed, RefreshToken, RevocationReason, Rotated, Rotation,
};

impl Kit {
    async fn rotate(&self, rotation: &Rotation) -> Result<Rotated, Failure> {
        Ok(self.store()?.rotate_refresh_token(rotation).await?)
    }

    /// When the token was spent; `None`: it is unspent.
    async fn spent_at(&self, token: &RefreshToken) -> Result<Option<u64>, Failure> {
        let found = self.store()?.find_refresh_token(&token.digest).await?;
        let found = found.ok_or_else(|| Failure::new("a token that was stored is not there"))?;
        Ok(found.spent_at)
    }

    async fn is_reused(&self, rotation: &Rotation) -> Outcome {
        same!(self.rotate(rotation).await?, Rotated::Reused);
        let grant = self.store()?.find_grant(&rotation.successor.grant).await?;
        let reason = RevocationReason::RefreshTokenReused;
        let revoked = GrantRevocation { at: rotation.now, reason };
        same!(grant.and_then(|it| it.revoked), Some(revoked));
        same!(self.rotate(rotation).await?, Rotated::Invalid);
        Ok(())
    }
}

pub(in super::super) async fn a_rotation_puts_the_next_token_in_the_place_of_the_one_before(
    kit: Kit,
) -> Outcome {
    let (grant, mut token) = kit.granted("alice").await?;
    for number in 2..5 {
        let mut rotation = rotation(&token);
        rotation.successor.jkt = Some("thumbprint".to_owned());
        rotation.successor.expires_at = NOW + DAY + number;
        same!(kit.rotate(&rotation).await?, Rotated::First);
        same!(kit.spent_at(&token).await?, Some(NOW));
        let found = kit.store()?.find_refresh_token(&rotation.successor.digest).await?;
        let found = found.ok_or_else(|| Failure::new("the successor is not there"))?;
        same!(found.token, rotation.successor);
        same!((&found.grant, found.spent_at), (&grant, None));
        token = rotation.successor;
    }
    Ok(())
}

pub(in super::super) async fn a_retry_gets_the_same_successor(kit: Kit) -> Outcome {
    let (_, token) = kit.granted("alice").await?;
    let first = rotation(&token);
    same!(kit.rotate(&first).await?, Rotated::First);
    for now in [NOW, NOW + 1, NOW + WINDOW] {
        let retry = Rotation { now, ..rotation(&token) };
        same!(kit.rotate(&retry).await?, retried(&first));
        let second = kit.store()?.find_refresh_token(&retry.successor.digest).await?;
        same!(second, None);
    }
    same!(kit.spent_at(&token).await?, Some(NOW));
    same!(kit.spent_at(&first.successor).await?, None);
    same!(kit.rotate(&rotation(&first.successor)).await?, Rotated::First);
    Ok(())
}

pub(in super::super) async fn a_retry_ends_with_the_window(kit: Kit) -> Outcome {
    let (_, token) = kit.granted("alice").await?;
    let first = rotation(&token);
    same!(kit.rotate(&first).await?, Rotated::First);
    let late = Rotation { now: NOW + WINDOW + 1, ..rotation(&token) };
    kit.is_reused(&late).await?;
    let now = late.now;
    let successor = Rotation { now, ..rotation(&first.successor) };
    same!(kit.rotate(&successor).await?, Rotated::Invalid);

    // It is reused even when it would have expired by now.
    let (_, token) = kit.granted("alice").await?;
    same!(kit.rotate(&rotation(&token)).await?, Rotated::First);
    kit.is_reused(&Rotation { now: NOW + 2 * DAY, ..rotation(&token) }).await
}

pub(in super::super) async fn a_retry_ends_with_the_use_of_the_successor(kit: Kit) -> Outcome {
    let (_, token) = kit.granted("alice").await?;
    let first = rotation(&token);
    same!(kit.rotate(&first).await?, Rotated::First);
    let second = rotation(&first.successor);
    same!(kit.rotate(&second).await?, Rotated::First);
    kit.is_reused(&rotation(&token)).await?;
    same!(kit.rotate(&rotation(&second.successor)).await?, Rotated::Invalid);
    Ok(())
}

pub(in super::super) async fn without_a_window_there_is_no_retry(kit: Kit) -> Outcome {
    let (_, token) = kit.granted("alice").await?;
    same!(kit.rotate(&rotation(&token)).await?, Rotated::First);
    kit.is_reused(&Rotation { retry_window: 0, ..rotation(&token) }).await
}

pub(in super::super) async fn a_token_expires_at_its_end_and_with_its_grant(kit: Kit) -> Outcome {
    let (_, token) = kit.granted("alice").await?;
    for now in [NOW + DAY, NOW + DAY + 1] {
        let late = Rotation { now, ..rotation(&token) };
        same!(kit.rotate(&late).await?, Rotated::Invalid);
        same!(kit.spent_at(&token).await?, None);
    }
    let last = Rotation { now: NOW + DAY - 1, ..rotation(&token) };
    same!(kit.rotate(&last).await?, Rotated::First);

    let mut short = grant("alice", CLIENT);
    short.expires_at = NOW + 10;
    let code = code(&short.id);
    kit.store()?.authorize(&short, &code, &[]).await?;
    let token = refresh_token(&short.id, 1);
    let redeemed = kit.store()?.redeem_code(&redemption(&code, Some(&token))).await?;
    same!(redeemed, Redeemed::First);
    let late = Rotation { now: NOW + 10, ..rotation(&token) };
    same!(kit.rotate(&late).await?, Rotated::Invalid);
    same!(kit.spent_at(&token).await?, None);
    Ok(())
}

pub(in super::super) async fn an_unknown_token_gets_nothing(kit: Kit) -> Outcome {
    let (grant, _) = kit.granted("alice").await?;
    let unknown = rotation(&refresh_token(&grant.id, 1));
    same!(kit.rotate(&unknown).await?, Rotated::Invalid);
    same!(kit.store()?.find_refresh_token(&unknown.successor.digest).await?, None);
    same!(kit.store()?.find_refresh_token(&secret()).await?, None);
    same!(kit.is_live(&grant.id).await?, true);
    Ok(())
}

pub(in super::super) async fn a_successor_is_the_next_of_its_chain(kit: Kit) -> Outcome {
    let (_, token) = kit.granted("alice").await?;
    let (other, _) = kit.granted("bob").await?;
    let (mut same_number, mut of_another) = (rotation(&token), rotation(&token));
    same_number.successor.number = token.number;
    of_another.successor.grant = other.id;
    for wrong in [same_number, of_another] {
        let refused = kit.store()?.rotate_refresh_token(&wrong).await;
        ensure!(matches!(refused, Err(StoreError::Conflict(_))), "a wrong one is {refused:?}");
        same!(kit.spent_at(&token).await?, None);
    }
    same!(kit.rotate(&rotation(&token)).await?, Rotated::First);
    Ok(())
}

pub(in super::super) async fn opaque_tokens_are_kept_with_what_they_were_issued_for(
    kit: Kit,
) -> Outcome {
    let store = kit.store()?;
    let (grant, code) = kit.authorized("alice").await?;
    let (token, access) = (refresh_token(&grant.id, 1), opaque_token(Some(&grant.id)));
    let mut redemption = redemption(&code, Some(&token));
    redemption.access_token = Some(access.clone());
    same!(store.redeem_code(&redemption).await?, Redeemed::First);
    let mut kept = vec![access];
    for _ in 0..2 {
        let access = opaque_token(Some(&grant.id));
        let rotation = Rotation { access_token: Some(access.clone()), ..rotation(&token) };
        let rotated = kit.rotate(&rotation).await?;
        ensure!(matches!(rotated, Rotated::First | Rotated::Retried { .. }), "{rotated:?}");
        kept.push(access);
    }
    for access in &kept {
        let found = store.find_opaque_token(&access.digest).await?;
        let found = found.ok_or_else(|| Failure::new("an access token is not there"))?;
        same!((&found.token, found.grant.as_ref()), (access, Some(&grant)));
    }
    // A reuse stores none.
    let access = opaque_token(Some(&grant.id));
    let now = NOW + WINDOW + 1;
    let late = Rotation { access_token: Some(access.clone()), now, ..rotation(&token) };
    same!(kit.rotate(&late).await?, Rotated::Reused);
    same!(store.find_opaque_token(&access.digest).await?, None);

    // A client's own one is of no grant.
    let own = opaque_token(None);
    store.keep_opaque_token(&own).await?;
    let found = store.find_opaque_token(&own.digest).await?;
    same!(found.map(|it| (it.token, it.grant)), Some((own.clone(), None)));
    let refused = store.keep_opaque_token(&opaque_token(Some(&grant.id))).await;
    ensure!(matches!(refused, Err(StoreError::Conflict(_))), "one of a grant is {refused:?}");
    same!(store.remove_opaque_token(&own.digest).await?, true);
    same!(store.remove_opaque_token(&own.digest).await?, false);
    same!(store.find_opaque_token(&own.digest).await?, None);
    Ok(())
}

pub(in super::super) async fn many_rotations_make_one_successor(kit: Kit) -> Outcome {
    let (grant, token) = kit.granted("alice").await?;
    let answers = kit
        .race(|_, node| {
            let rotation = rotation(&token);
            async move {
                let rotated = node.rotate_refresh_token(&rotation).await?;
                Ok((rotated, rotation))
            }
        })
        .await?;
    let first = answers.iter().filter(|(rotated, _)| *rotated == Rotated::First);
    let first: Vec<&Rotation> = first.map(|(_, rotation)| rotation).collect();
    let [first] = first[..] else {
        return Err(Failure::new(format!("{} rotations are the first", first.len())));
    };
    for (rotated, rotation) in &answers {
        if rotation.successor != first.successor {
            same!(*rotated, retried(first));
            let second = kit.store()?.find_refresh_token(&rotation.successor.digest).await?;
            same!(second, None);
        }
    }
    same!(kit.spent_at(&first.successor).await?, None);
    same!(kit.is_live(&grant.id).await?, true);
    Ok(())
}

pub(in super::super) async fn without_a_window_one_of_many_rotates_and_the_grant_ends(
    kit: Kit,
) -> Outcome {
    let (grant, token) = kit.granted("alice").await?;
    let answers = kit
        .race(|_, node| {
            let rotation = Rotation { retry_window: 0, ..rotation(&token) };
            async move { node.rotate_refresh_token(&rotation).await }
        })
        .await?;
    same!(number_of(&answers, &Rotated::First), 1);
    same!(number_of(&answers, &Rotated::Reused), kit.settings.racers.saturating_sub(1).min(1));
    same!(number_of(&answers, &Rotated::Invalid), kit.settings.racers.saturating_sub(2));
    same!(kit.is_live(&grant.id).await?, kit.settings.racers < 2);
    Ok(())
}

pub(in super::super) async fn chains_of_many_grants_do_not_touch_each_other(kit: Kit) -> Outcome {
    let mut tokens = Vec::new();
    for number in 0..kit.settings.racers {
        tokens.push(kit.granted(&format!("user {number}")).await?.1);
    }
    let lengths = kit
        .race(|number, node| {
            let token = tokens.get(number).cloned();
            async move {
                let mut token = token.ok_or(StoreError::Conflict("there is no token"))?;
                for _ in 0..5 {
                    let rotation = rotation(&token);
                    if node.rotate_refresh_token(&rotation).await? != Rotated::First {
                        break;
                    }
                    token = rotation.successor;
                }
                Ok(token.number)
            }
        })
        .await?;
    same!(lengths, vec![6; kit.settings.racers]);
    Ok(())
}

pub(in super::super) async fn cancelled_rotations_leave_all_or_nothing(kit: Kit) -> Outcome {
    let store = kit.store()?;
    at_every_await(
        |_| async {
            let (grant, token) = kit.granted("alice").await?;
            Ok(Rotation { access_token: Some(opaque_token(Some(&grant.id))), ..rotation(&token) })
        },
        |rotation| async move {
            same!(store.rotate_refresh_token(&rotation).await?, Rotated::First);
            Ok(())
        },
        |rotation, is_done| async move {
            let rotation = &rotation;
            let access = rotation.access_token.as_ref().map_or(secret(), |it| it.digest);
            until("a token is spent for both tokens, or for none", || async move {
                let token = store.find_refresh_token(&rotation.presented).await?;
                let is_spent = token.is_some_and(|it| it.spent_at.is_some());
                let next = store.find_refresh_token(&rotation.successor.digest).await?;
                let has_access = store.find_opaque_token(&access).await?.is_some();
                let is_all = is_spent && next.is_some() && has_access;
                let is_nothing = !is_spent && next.is_none() && !has_access;
                Ok(is_all || (is_nothing && !is_done))
            })
            .await
        },
    )
    .await
}
