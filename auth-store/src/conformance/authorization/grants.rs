//! Grants and their revocation.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::super::kit::{Failure, NOW, ensure, number_of, same};
use super::{CLIENT, Kit, Outcome, code, grant, opaque_token, redemption, refresh_token, rotation};
use crate::authorization::{
    Grant, GrantId, GrantRevocation, GrantSelector, Redeemed, RevocationReason, Revoked, Rotated,
    Rotation,
};

const REASON: RevocationReason = RevocationReason::RevokedByAdministrator;

fn ids(grants: &[Grant]) -> Vec<GrantId> {
    grants.iter().map(|grant| grant.id.clone()).collect()
}

pub(in super::super) async fn a_revocation_ends_what_was_issued(kit: Kit) -> Outcome {
    let store = kit.store()?;
    let (grant, token) = kit.granted("alice").await?;
    let access = opaque_token(Some(&grant.id));
    let first = Rotation { access_token: Some(access.clone()), ..rotation(&token) };
    same!(store.rotate_refresh_token(&first).await?, Rotated::First);
    let revoked = GrantRevocation { at: NOW + 3, reason: REASON };
    same!(store.revoke_grant(&grant.id, REASON, NOW + 3).await?, true);
    let now = NOW + 4;
    for token in [&token, &first.successor] {
        let late = Rotation { now, ..rotation(token) };
        same!(store.rotate_refresh_token(&late).await?, Rotated::Invalid);
        let found = store.find_refresh_token(&token.digest).await?;
        same!(found.and_then(|it| it.grant.revoked), Some(revoked));
    }
    let found = store.find_opaque_token(&access.digest).await?.and_then(|it| it.grant);
    same!(found.and_then(|it| it.revoked), Some(revoked));

    // Once, and the first reason stays.
    let second = store.revoke_grant(&grant.id, RevocationReason::SignedOut, NOW + 5).await?;
    same!(second, false);
    same!(store.revoke_grant(&GrantId::random(), REASON, NOW).await?, false);
    same!(store.find_grant(&grant.id).await?.and_then(|it| it.revoked), Some(revoked));
    let (told, _) = kit.revoked_after(0).await?;
    same!(told, vec![Revoked::Grant { id: grant.id, at: NOW + 3 }]);
    Ok(())
}

pub(in super::super) async fn grants_are_listed_newest_first(kit: Kit) -> Outcome {
    let store = kit.store()?;
    let [newest, middle, oldest] = [1, 2, 3].map(|age| {
        let mut grant = grant("alice", CLIENT);
        grant.granted_at = NOW - age;
        grant.expires_at = NOW + 10 * age;
        grant
    });
    for grant in [&oldest, &newest, &middle] {
        store.authorize(grant, &code(&grant.id), &[]).await?;
    }
    kit.authorized("bob").await?;
    let alice = GrantSelector::Subject("alice".to_owned());
    let all = vec![newest.clone(), middle.clone(), oldest.clone()];
    same!(store.list_grants(&alice, NOW, 10).await?, all);
    same!(store.list_grants(&alice, NOW, 2).await?, vec![newest, middle.clone()]);
    same!(store.list_grants(&alice, NOW, 0).await?, Vec::new());
    // A grant that has expired or was revoked is not listed.
    same!(store.list_grants(&alice, NOW + 10, 10).await?, vec![middle.clone(), oldest.clone()]);
    store.revoke_grant(&middle.id, REASON, NOW).await?;
    same!(store.list_grants(&alice, NOW + 10, 10).await?, vec![oldest]);
    let nobody = GrantSelector::Subject("nobody".to_owned());
    same!(store.list_grants(&nobody, NOW, 10).await?, Vec::new());
    Ok(())
}

pub(in super::super) async fn grants_are_revoked_as_they_are_selected(kit: Kit) -> Outcome {
    let store = kit.store()?;
    let selectors = |grant: &Grant| {
        let (subject, client_id) = (grant.subject.clone(), grant.client_id.clone());
        let session = grant.authentication.session_id.clone().unwrap_or_default();
        [
            GrantSelector::Subject(subject.clone()),
            GrantSelector::Client(client_id.clone()),
            GrantSelector::SubjectAtClient { subject: subject.clone(), client_id },
            GrantSelector::Session(session.clone()),
            GrantSelector::EndsWithSession(session.clone()),
            GrantSelector::EndsOutsideSession { subject, session },
        ]
    };
    let shared: [&[usize]; 6] = [&[0, 1, 4, 5, 6], &[0, 2], &[0], &[0, 3, 4], &[0, 3], &[1, 6]];
    for (number, shared) in shared.into_iter().enumerate() {
        // Of these the first is meant, and those that share with it what is selected.
        let name = |text: &str| format!("{text} {number}");
        let meant = grant(&name("alice"), &name("app"));
        let mut of_subject = grant(&name("alice"), &name("other"));
        let of_client = grant(&name("bob"), &name("app"));
        let mut of_session = grant(&name("carol"), &name("third"));
        of_session.authentication.session_id = meant.authentication.session_id.clone();
        of_subject.authentication.session_id = None;
        let offline = |mut grant: Grant| {
            grant.scopes.push("offline_access".to_owned());
            grant
        };
        let of_session_offline = offline(grant(&name("alice"), &name("fourth")));
        let mut elsewhere = grant(&name("alice"), &name("fifth"));
        elsewhere.authentication.session_id = Some(name("elsewhere"));
        let elsewhere_offline = offline(elsewhere.clone());
        elsewhere.id = GrantId::random();
        // Other scopes that look like it.
        elsewhere.scopes.extend(["offline.access", "xoffline_access"].map(str::to_owned));
        let selectors = selectors(&meant);
        let grants = [
            meant,
            of_subject,
            of_client,
            of_session,
            of_session_offline,
            elsewhere_offline,
            elsewhere,
        ];
        for grant in &grants {
            store.authorize(grant, &code(&grant.id), &[]).await?;
        }
        let Some(which) = selectors.get(number) else { continue };
        let mut listed = ids(&store.list_grants(which, NOW, 10).await?);
        let expected = grants.iter().enumerate().filter(|(index, _)| shared.contains(index));
        let mut expected: Vec<GrantId> = expected.map(|(_, grant)| grant.id.clone()).collect();
        listed.sort();
        expected.sort();
        same!(listed, expected);
        let (_, end) = kit.revoked_after(0).await?;
        same!(store.revoke_grants(which, REASON, NOW).await?, shared.len() as u64);
        same!(store.revoke_grants(which, REASON, NOW).await?, 0);
        for (index, grant) in grants.iter().enumerate() {
            same!(kit.is_live(&grant.id).await?, !shared.contains(&index));
        }
        let (told, _) = kit.revoked_after(end).await?;
        let mut told: Vec<GrantId> = told
            .into_iter()
            .filter_map(|it| match it {
                Revoked::Grant { id, at: NOW } => Some(id),
                _ => None,
            })
            .collect();
        told.sort();
        same!(told, expected);
    }
    Ok(())
}

pub(in super::super) async fn all_of_many_grants_are_revoked_and_told_once(kit: Kit) -> Outcome {
    const MANY: usize = 110;
    let store = kit.store()?;
    let mut expected = Vec::new();
    for _ in 0..MANY {
        expected.push(kit.authorized("alice").await?.0.id);
    }
    let (other, _) = kit.authorized("bob").await?;
    let (_, end) = kit.revoked_after(0).await?;
    let alice = GrantSelector::Subject("alice".to_owned());
    same!(store.revoke_grants(&alice, REASON, NOW).await?, MANY as u64);
    same!(store.list_grants(&alice, NOW, 1).await?, Vec::new());
    same!(kit.is_live(&other.id).await?, true);
    let (told, _) = kit.revoked_after(end).await?;
    let told = told.into_iter().map(|it| match it {
        Revoked::Grant { id, at: NOW } => Ok(id),
        other => Err(Failure::new(format!("{other:?} is told"))),
    });
    let mut told = told.collect::<Result<Vec<GrantId>, Failure>>()?;
    told.sort();
    expected.sort();
    same!(told, expected);
    Ok(())
}

pub(in super::super) async fn a_grant_without_a_code_begins_while_it_is_live(kit: Kit) -> Outcome {
    let store = kit.store()?;
    let (code, grant) = kit.allowed("alice").await?;
    let (token, access) = (refresh_token(&grant.id, 1), opaque_token(Some(&grant.id)));
    // The code of another grant, and one that is unknown.
    let (of_another, another) = kit.allowed("alice").await?;
    for code in [of_another, super::secret()] {
        let begun = store.begin_grant(&code, &grant.id, Some(&token), Some(&access), NOW);
        same!(begun.await?, false);
    }
    let unknown = GrantId::random();
    let of_unknown = refresh_token(&unknown, 1);
    same!(store.begin_grant(&code, &unknown, Some(&of_unknown), None, NOW).await?, false);
    same!(store.begin_grant(&code, &grant.id, Some(&token), Some(&access), NOW).await?, true);
    same!(store.find_opaque_token(&access.digest).await?.map(|it| it.token), Some(access));
    same!(store.rotate_refresh_token(&rotation(&token)).await?, Rotated::First);
    let late = refresh_token(&another.id, 1);
    let begun = store.begin_grant(&of_another, &another.id, Some(&late), None, another.expires_at);
    same!(begun.await?, false);
    for digest in [late.digest, of_unknown.digest] {
        same!(store.find_refresh_token(&digest).await?, None);
    }
    Ok(())
}

pub(in super::super) async fn one_of_many_revocations_is_the_one(kit: Kit) -> Outcome {
    let (grant, _) = kit.granted("alice").await?;
    let answers = kit
        .race(|number, node| {
            let id = grant.id.clone();
            async move {
                if number % 2 == 0 {
                    return node.revoke_grant(&id, REASON, NOW).await;
                }
                let which = GrantSelector::Subject("alice".to_owned());
                Ok(node.revoke_grants(&which, REASON, NOW).await? > 0)
            }
        })
        .await?;
    same!(number_of(&answers, &true), 1);
    let (told, _) = kit.revoked_after(0).await?;
    same!(told, vec![Revoked::Grant { id: grant.id, at: NOW }]);
    Ok(())
}

/// Tasks redeem and rotate what is of one grant, over and over, while one revokes it: what begins when the
/// revocation has returned gets nothing.
pub(in super::super) async fn a_revocation_wins_over_what_runs_beside_it(kit: Kit) -> Outcome {
    for _ in 0..8 {
        let (grant, code) = kit.authorized("alice").await?;
        let (_, token) = kit.granted("alice").await?;
        let (device, of_device) = kit.allowed("alice").await?;
        let is_revoked = Arc::new(AtomicBool::new(false));
        let late = kit
            .race(|number, node| {
                let (is_revoked, grants) = (is_revoked.clone(), [&grant.id, &of_device.id]);
                let [of_code, of_device] = grants.map(Clone::clone);
                let (code, token) = (code.clone(), token.clone());
                async move {
                    if number == 0 {
                        let which = GrantSelector::Subject("alice".to_owned());
                        node.revoke_grants(&which, REASON, NOW).await?;
                        is_revoked.store(true, Ordering::SeqCst);
                        return Ok(0);
                    }
                    let mut late = 0;
                    for _ in 0..4 {
                        let was_revoked = is_revoked.load(Ordering::SeqCst);
                        let got = match number % 3 {
                            0 => {
                                let token = refresh_token(&of_code, 1);
                                let redemption = redemption(&code, Some(&token));
                                node.redeem_code(&redemption).await? != Redeemed::Invalid
                            }
                            1 => {
                                let rotated = node.rotate_refresh_token(&rotation(&token)).await?;
                                rotated != Rotated::Invalid
                            }
                            _ => {
                                let access = opaque_token(Some(&of_device));
                                node.begin_grant(&device, &of_device, None, Some(&access), NOW)
                                    .await?
                            }
                        };
                        late += usize::from(was_revoked && got);
                    }
                    Ok(late)
                }
            })
            .await?;
        let late: usize = late.into_iter().sum();
        ensure!(late == 0, "{late} calls got something after the revocation");
        let store = kit.store()?;
        same!(kit.is_live(&grant.id).await?, false);
        same!(kit.is_live(&token.grant).await?, false);
        // Also what was issued a moment before is over.
        same!(store.rotate_refresh_token(&rotation(&token)).await?, Rotated::Invalid);
        same!(store.redeem_code(&redemption(&code, None)).await?, Redeemed::Invalid);
    }
    Ok(())
}

pub(in super::super) async fn revocations_of_many_do_not_wait_for_each_other(kit: Kit) -> Outcome {
    for number in 0..20 {
        let grant = grant("alice", if number % 2 == 0 { CLIENT } else { "other" });
        kit.store()?.authorize(&grant, &code(&grant.id), &[]).await?;
    }
    let counts = kit
        .race(|number, node| async move {
            let which = match number % 3 {
                0 => GrantSelector::Subject("alice".to_owned()),
                1 => GrantSelector::Client(CLIENT.to_owned()),
                _ => GrantSelector::Session("session of alice".to_owned()),
            };
            node.revoke_grants(&which, REASON, NOW).await
        })
        .await?;
    same!(counts.into_iter().sum::<u64>(), 20);
    let (told, _) = kit.revoked_after(0).await?;
    same!(told.len(), 20);
    Ok(())
}
