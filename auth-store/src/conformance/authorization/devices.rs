//! Devices that wait for their users.

use auth_accounts::secret::Digest;
use auth_accounts::store::Created;

use super::super::kit::{NOW, number_of, same, secret};
use super::{API, CLIENT, Kit, Outcome, grant};
use crate::authorization::{DeviceDecision, DevicePoll, DeviceRequest, Grant, RevocationReason};

pub(super) fn request(client_id: &str) -> DeviceRequest {
    DeviceRequest {
        device_code: secret(),
        user_code: secret(),
        client_id: client_id.to_owned(),
        scopes: vec!["read".to_owned()],
        resources: vec![API.to_owned()],
        jkt: Some("thumbprint".to_owned()),
        expires_at: NOW + 600,
        interval: 5,
    }
}

fn allowed(grant: &Grant) -> DeviceDecision {
    DeviceDecision::Allowed(Box::new(grant.clone()))
}

impl Kit {
    async fn waiting(&self) -> Result<DeviceRequest, super::Failure> {
        let request = request(CLIENT);
        same!(self.store()?.begin_device_request(&request, NOW).await?, Created::Created);
        Ok(request)
    }

    /// The code of a device whose user has allowed it this grant.
    pub(super) async fn allowed(&self, subject: &str) -> Result<(Digest, Grant), super::Failure> {
        let request = self.waiting().await?;
        let grant = grant(subject, CLIENT);
        let decided =
            self.store()?.decide_device_request(&request.user_code, &allowed(&grant), NOW).await?;
        same!(decided, true);
        Ok((request.device_code, grant))
    }
}

pub(in super::super) async fn a_device_waits_for_its_user(kit: Kit) -> Outcome {
    let store = kit.store()?;
    let request = kit.waiting().await?;
    same!(store.find_device_request(&request.user_code, NOW).await?, Some(request.clone()));
    same!(store.find_device_request(&secret(), NOW).await?, None);
    same!(store.find_device_request(&request.device_code, NOW).await?, None);
    let code = &request.device_code;
    same!(store.poll_device_request(code, CLIENT, NOW).await?, DevicePoll::Pending);
    same!(store.poll_device_request(code, "other", NOW).await?, DevicePoll::Invalid);
    same!(store.poll_device_request(&secret(), CLIENT, NOW).await?, DevicePoll::Invalid);
    let mut bare = super::devices::request("");
    (bare.jkt, bare.scopes, bare.resources) = (None, vec![], vec![]);
    same!(store.begin_device_request(&bare, NOW).await?, Created::Created);
    same!(store.find_device_request(&bare.user_code, NOW).await?, Some(bare));
    Ok(())
}

pub(in super::super) async fn a_code_is_taken_until_it_expires(kit: Kit) -> Outcome {
    let store = kit.store()?;
    let held = kit.waiting().await?;
    let (mut same_user_code, mut same_device_code) = (request(CLIENT), request(CLIENT));
    same_user_code.user_code = held.user_code;
    same_device_code.device_code = held.device_code;
    for request in [&same_user_code, &same_device_code] {
        same!(store.begin_device_request(request, NOW + 599).await?, Created::Taken);
    }
    let now = NOW + 600;
    same_user_code.expires_at = now + 600;
    same!(store.begin_device_request(&same_user_code, now).await?, Created::Created);
    let found = store.find_device_request(&held.user_code, now).await?;
    same!(found, Some(same_user_code));
    Ok(())
}

pub(in super::super) async fn a_device_that_polls_too_early_is_slowed_down(kit: Kit) -> Outcome {
    let store = kit.store()?;
    let code = kit.waiting().await?.device_code;
    for (after, answer) in [
        (0, DevicePoll::Pending),
        (5, DevicePoll::Pending),
        // Now it is 10 seconds, and then 15, which stay.
        (9, DevicePoll::SlowDown),
        (18, DevicePoll::SlowDown),
        (33, DevicePoll::Pending),
        (47, DevicePoll::SlowDown),
        (67, DevicePoll::Pending),
    ] {
        same!(store.poll_device_request(&code, CLIENT, NOW + after).await?, answer);
    }
    Ok(())
}

pub(in super::super) async fn a_grant_is_given_out_once(kit: Kit) -> Outcome {
    let store = kit.store()?;
    let request = kit.waiting().await?;
    let grant = grant("alice", CLIENT);
    let (user_code, device_code) = (&request.user_code, &request.device_code);
    same!(store.decide_device_request(&secret(), &allowed(&grant), NOW).await?, false);
    same!(store.find_grant(&grant.id).await?, None);
    same!(store.decide_device_request(user_code, &allowed(&grant), NOW).await?, true);
    same!(store.decide_device_request(user_code, &DeviceDecision::Denied, NOW).await?, false);
    same!(store.find_device_request(user_code, NOW).await?, None);
    same!(store.find_grant(&grant.id).await?, Some(grant.clone()));
    same!(store.poll_device_request(device_code, "other", NOW).await?, DevicePoll::Invalid);
    // A poll uses nothing up: the request that it belongs to may fail.
    let given = DevicePoll::Allowed(Box::new(grant.clone()));
    for _ in 0..2 {
        same!(store.poll_device_request(device_code, CLIENT, NOW).await?, given);
    }
    same!(store.begin_grant(device_code, &grant.id, None, None, NOW).await?, true);
    same!(store.begin_grant(device_code, &grant.id, None, None, NOW).await?, false);
    same!(store.poll_device_request(device_code, CLIENT, NOW).await?, DevicePoll::Invalid);
    Ok(())
}

pub(in super::super) async fn a_denial_is_returned(kit: Kit) -> Outcome {
    let store = kit.store()?;
    let request = kit.waiting().await?;
    let (user_code, device_code) = (&request.user_code, &request.device_code);
    same!(store.decide_device_request(user_code, &DeviceDecision::Denied, NOW).await?, true);
    let grant = grant("alice", CLIENT);
    same!(store.decide_device_request(user_code, &allowed(&grant), NOW).await?, false);
    same!(store.find_grant(&grant.id).await?, None);
    for _ in 0..2 {
        same!(store.poll_device_request(device_code, CLIENT, NOW).await?, DevicePoll::Denied);
    }
    Ok(())
}

pub(in super::super) async fn a_device_expires(kit: Kit) -> Outcome {
    let store = kit.store()?;
    let request = kit.waiting().await?;
    let (user_code, now) = (&request.user_code, NOW + 600);
    same!(store.find_device_request(user_code, now - 1).await?, Some(request.clone()));
    same!(store.find_device_request(user_code, now).await?, None);
    let grant = grant("alice", CLIENT);
    same!(store.decide_device_request(user_code, &allowed(&grant), now).await?, false);
    let poll = store.poll_device_request(&request.device_code, CLIENT, now).await?;
    same!(poll, DevicePoll::Expired);
    Ok(())
}

pub(in super::super) async fn a_grant_that_was_revoked_is_not_given_out(kit: Kit) -> Outcome {
    let store = kit.store()?;
    let request = kit.waiting().await?;
    let grant = grant("alice", CLIENT);
    store.decide_device_request(&request.user_code, &allowed(&grant), NOW).await?;
    store.revoke_grant(&grant.id, RevocationReason::SignedOut, NOW).await?;
    let poll = store.poll_device_request(&request.device_code, CLIENT, NOW).await?;
    same!(poll, DevicePoll::Denied);
    same!(store.begin_grant(&request.device_code, &grant.id, None, None, NOW).await?, false);
    Ok(())
}

pub(in super::super) async fn a_grant_that_is_not_fetched_ends_with_its_device(
    kit: Kit,
) -> Outcome {
    let store = kit.store()?;
    let (fetched, unfetched, replaced) =
        (kit.waiting().await?, kit.waiting().await?, kit.waiting().await?);
    let mut grants = Vec::new();
    for request in [&fetched, &unfetched, &replaced] {
        let grant = grant("alice", CLIENT);
        same!(store.decide_device_request(&request.user_code, &allowed(&grant), NOW).await?, true);
        grants.push(grant);
    }
    let [of_fetched, of_unfetched, of_replaced] = grants.as_slice() else { return Ok(()) };
    let code = &fetched.device_code;
    same!(store.begin_grant(code, &of_fetched.id, None, None, NOW).await?, true);
    store.sweep_authorization(NOW + 599, 100).await?;
    same!(store.find_grant(&of_unfetched.id).await?.is_some(), true);
    // Its codes are given to another device before it is swept.
    let mut again = request(CLIENT);
    (again.user_code, again.expires_at) = (replaced.user_code, NOW + 1_200);
    same!(store.begin_device_request(&again, NOW + 600).await?, Created::Created);
    same!(store.find_grant(&of_replaced.id).await?, None);
    store.sweep_authorization(NOW + 600, 100).await?;
    same!(store.find_grant(&of_unfetched.id).await?, None);
    let poll = store.poll_device_request(&unfetched.device_code, CLIENT, NOW + 600).await?;
    same!(poll, DevicePoll::Invalid);
    same!(store.find_grant(&of_fetched.id).await?.as_ref(), Some(of_fetched));
    Ok(())
}

pub(in super::super) async fn one_of_many_decides(kit: Kit) -> Outcome {
    let request = kit.waiting().await?;
    let answers = kit
        .race(|number, node| {
            let grant = grant("alice", CLIENT);
            let is_allowed = number % 2 == 0;
            let decision = if is_allowed { allowed(&grant) } else { DeviceDecision::Denied };
            async move {
                let decided =
                    node.decide_device_request(&request.user_code, &decision, NOW).await?;
                let is_stored = node.find_grant(&grant.id).await?.is_some();
                Ok((decided, is_stored == (decided && is_allowed)))
            }
        })
        .await?;
    same!(answers.iter().filter(|(decided, _)| *decided).count(), 1);
    same!(answers.iter().all(|(_, is_as_decided)| *is_as_decided), true);
    Ok(())
}

pub(in super::super) async fn one_of_many_polls_gets_the_grant(kit: Kit) -> Outcome {
    let (code, grant) = kit.allowed("alice").await?;
    let answers = kit
        .race(|_, node| {
            let id = grant.id.clone();
            async move {
                let poll = node.poll_device_request(&code, CLIENT, NOW).await?;
                let is_allowed = matches!(poll, DevicePoll::Allowed(_));
                Ok(is_allowed && node.begin_grant(&code, &id, None, None, NOW).await?)
            }
        })
        .await?;
    same!(number_of(&answers, &true), 1);
    Ok(())
}

pub(in super::super) async fn one_of_many_gets_the_user_code(kit: Kit) -> Outcome {
    let mut over = request(CLIENT);
    over.expires_at = NOW;
    kit.store()?.begin_device_request(&over, NOW - 1).await?;
    let answers = kit
        .race(|_, node| async move {
            let mut request = request(CLIENT);
            request.user_code = over.user_code;
            node.begin_device_request(&request, NOW).await
        })
        .await?;
    same!(number_of(&answers, &Created::Created), 1);
    Ok(())
}
