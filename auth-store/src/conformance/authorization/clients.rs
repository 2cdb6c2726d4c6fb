//! Clients that registered themselves.

use auth_accounts::store::{Created, StoreError};

use super::super::kit::{NOW, TEXTS, ensure, number_of, same};
use super::{CLIENT, Kit, Outcome, code, consent, grant};
use crate::MAX_VALUE_BYTES;
use crate::authorization::{RegisteredClient, RevocationReason};

pub(super) fn client(client_id: &str) -> RegisteredClient {
    RegisteredClient {
        client_id: client_id.to_owned(),
        metadata: "{}".to_owned(),
        registered_at: NOW,
        last_used_at: None,
        expires_at: NOW + 3_600,
    }
}

pub(in super::super) async fn a_client_registers_once(kit: Kit) -> Outcome {
    let store = kit.store()?;
    let client = client(CLIENT);
    same!(store.find_client(CLIENT).await?, None);
    same!(store.count_clients().await?, 0);
    same!(store.register_client(&client).await?, Created::Created);
    let other = RegisteredClient { metadata: "{\"a\":1}".to_owned(), ..client.clone() };
    same!(store.register_client(&other).await?, Created::Taken);
    same!(store.find_client(CLIENT).await?, Some(client));
    same!(store.count_clients().await?, 1);
    Ok(())
}

pub(in super::super) async fn clients_are_listed_in_pages(kit: Kit) -> Outcome {
    let store = kit.store()?;
    same!(store.list_clients(None, 10).await?, Vec::new());
    let ids = ["B", "a", "a b", "b", "\u{e4}"];
    for id in ids.iter().rev() {
        store.register_client(&client(id)).await?;
    }
    let mut listed = Vec::new();
    loop {
        let after = listed.last().map(|it: &RegisteredClient| it.client_id.clone());
        let page = store.list_clients(after.as_deref(), 2).await?;
        ensure!(page.len() <= 2, "a page of 2 has {}", page.len());
        if page.is_empty() {
            break;
        }
        listed.extend(page);
    }
    same!(listed, ids.iter().map(|id| client(id)).collect::<Vec<_>>());
    Ok(())
}

pub(in super::super) async fn metadata_are_written_over_those_that_were_seen(kit: Kit) -> Outcome {
    let store = kit.store()?;
    store.register_client(&client(CLIENT)).await?;
    same!(store.update_client(CLIENT, "{}", "{\"a\":1}").await?, true);
    same!(store.update_client(CLIENT, "{}", "{\"a\":2}").await?, false);
    same!(store.update_client("nobody", "{}", "{\"a\":2}").await?, false);
    let metadata = store.find_client(CLIENT).await?.map(|it| it.metadata);
    same!(metadata.as_deref(), Some("{\"a\":1}"));
    Ok(())
}

pub(in super::super) async fn a_use_is_never_set_back(kit: Kit) -> Outcome {
    let store = kit.store()?;
    store.register_client(&client(CLIENT)).await?;
    for (now, expires_at, used, end) in [
        (NOW + 5, NOW + 7_200, NOW + 5, NOW + 7_200),
        (NOW + 4, NOW + 7_100, NOW + 5, NOW + 7_200),
        (NOW + 9, NOW + 7_300, NOW + 9, NOW + 7_300),
    ] {
        store.touch_client(CLIENT, now, expires_at).await?;
        let found = store.find_client(CLIENT).await?;
        same!(found.map(|it| (it.last_used_at, it.expires_at)), Some((Some(used), end)));
    }
    store.touch_client("nobody", NOW, NOW).await?;
    Ok(())
}

pub(in super::super) async fn a_client_goes_with_what_was_granted_to_it(kit: Kit) -> Outcome {
    let store = kit.store()?;
    store.register_client(&client(CLIENT)).await?;
    store.register_client(&client("other")).await?;
    let mut grants = Vec::new();
    for client_id in [CLIENT, "other"] {
        let grant = grant("alice", client_id);
        let consents = [consent("alice", client_id, "a")];
        store.authorize(&grant, &code(&grant.id), &consents).await?;
        grants.push(grant);
    }
    same!(store.remove_client(CLIENT, NOW).await?, true);
    same!(store.remove_client(CLIENT, NOW).await?, false);
    same!(store.find_client(CLIENT).await?, None);
    same!(store.consents("alice", CLIENT).await?, Vec::new());
    same!(store.consents("alice", "other").await?.len(), 1);
    let reasons = [Some(RevocationReason::ClientRemoved), None];
    for (grant, expected) in grants.iter().zip(reasons) {
        let revoked = store.find_grant(&grant.id).await?.and_then(|it| it.revoked);
        same!(revoked.map(|it| it.reason), expected);
    }
    Ok(())
}

pub(in super::super) async fn texts_are_kept_or_refused(kit: Kit) -> Outcome {
    let store = kit.store()?;
    for text in TEXTS {
        let client = RegisteredClient { metadata: text.to_owned(), ..client(text) };
        same!(store.register_client(&client).await?, Created::Created);
        same!(store.find_client(text).await?, Some(client));
        let after = format!("{text}.");
        same!(store.update_client(text, text, &after).await?, true);
        same!(store.find_client(text).await?.map(|it| it.metadata), Some(after));
    }
    let long = "l".repeat(MAX_VALUE_BYTES + 1);
    let long = RegisteredClient { metadata: long, ..client(CLIENT) };
    let refused = store.register_client(&long).await;
    ensure!(matches!(refused, Err(StoreError::TooLong(_))), "long metadata are {refused:?}");
    Ok(())
}

pub(in super::super) async fn one_of_many_updates_wins(kit: Kit) -> Outcome {
    kit.store()?.register_client(&client(CLIENT)).await?;
    let answers = kit
        .race(|number, node| async move {
            node.update_client(CLIENT, "{}", &format!("{{\"a\":{number}}}")).await
        })
        .await?;
    same!(number_of(&answers, &true), 1);
    Ok(())
}
