//! API keys.

use auth_accounts::model::{AccountId, ApiKeyId, ApiKeyRecord};
use auth_accounts::store::Created;

use super::kit::{Failure, Kit, NOW, TEXTS, api_key, ensure, entry, number_of, same, secret};
use super::model::{self, Part};

type Outcome = Result<(), Failure>;

impl Kit {
    async fn key(&self, key: ApiKeyRecord) -> Result<ApiKeyRecord, Failure> {
        same!(self.stores.api_keys.add_key(&key, &entry(&key.owner)).await?, Created::Created);
        Ok(key)
    }

    async fn record(&self, id: &ApiKeyId) -> Result<Option<ApiKeyRecord>, Failure> {
        Ok(self.stores.api_keys.key(id).await?.map(|stored| stored.record))
    }
}

pub(super) async fn a_key_is_kept_as_it_was_given(kit: Kit) -> Outcome {
    let id = kit.account("alice").await?.id;
    let plain = kit.key(api_key(&id)).await?;
    let full = ApiKeyRecord {
        previous: Some((secret(), NOW + 1)),
        scopes: vec!["orders:read".to_owned(), "a b".to_owned(), String::new()],
        roles: vec!["clerk".to_owned()],
        expires_at: Some(NOW + 2),
        revoked_at: Some(NOW + 3),
        last_used_at: Some(NOW + 4),
        networks: vec!["10.0.0.0/8".to_owned(), "fd00::/8".to_owned()],
        ..api_key(&id)
    };
    let full = kit.key(full).await?;
    for key in [plain, full] {
        same!(kit.record(&key.id).await?, Some(key.clone()));
    }
    same!(kit.record(&ApiKeyId::random()).await?, None);
    Ok(())
}

pub(super) async fn an_id_is_taken_once(kit: Kit) -> Outcome {
    let store = &kit.stores.api_keys;
    let id = kit.account("alice").await?.id;
    let other = kit.account("bob").await?.id;
    let first = kit.key(api_key(&id)).await?;
    let second = ApiKeyRecord { id: first.id.clone(), ..api_key(&other) };
    same!(store.add_key(&second, &entry(&other)).await?, Created::Taken);
    same!(kit.record(&first.id).await?, Some(first));
    same!(store.keys(&other).await?, []);
    Ok(())
}

pub(super) async fn a_rotation_keeps_the_digest_before(kit: Kit) -> Outcome {
    let store = &kit.stores.api_keys;
    let id = kit.account("alice").await?.id;
    let first = kit.key(api_key(&id)).await?;
    let (second, third) = (secret(), secret());
    let rotate = async |digest, until| {
        store.rotate_key(&id, &first.id, ("new", digest), until, NOW, &entry(&id)).await
    };
    same!(rotate(&second, NOW + 10).await?, true);
    let expected = ApiKeyRecord {
        ring_key: "new".to_owned(),
        digest: second,
        previous: Some((first.digest, NOW + 10)),
        ..first.clone()
    };
    same!(kit.record(&first.id).await?, Some(expected.clone()));
    same!(rotate(&third, NOW).await?, true);
    let expected = ApiKeyRecord { digest: third, previous: Some((second, NOW)), ..expected };
    same!(kit.record(&first.id).await?, Some(expected));
    Ok(())
}

pub(super) async fn a_key_is_changed_by_its_owner_while_it_is_valid(kit: Kit) -> Outcome {
    let store = &kit.stores.api_keys;
    let alice = kit.account("alice").await?.id;
    let bob = kit.account("bob").await?.id;
    let held = kit.key(ApiKeyRecord { expires_at: Some(NOW + 10), ..api_key(&alice) }).await?;
    let rotate = async |owner: &AccountId, now| {
        let new = secret();
        store.rotate_key(owner, &held.id, ("key", &new), NOW, now, &entry(owner)).await
    };
    let revoke =
        async |owner: &AccountId, now| store.revoke_key(owner, &held.id, now, &entry(owner)).await;
    same!(rotate(&bob, NOW).await?, false);
    same!(revoke(&bob, NOW).await?, false);
    same!(rotate(&alice, NOW + 10).await?, false);
    same!(kit.record(&held.id).await?, Some(held.clone()));
    same!(rotate(&alice, NOW + 9).await?, true);
    same!(revoke(&alice, NOW + 5).await?, true);
    same!(revoke(&alice, NOW + 6).await?, false);
    same!(rotate(&alice, NOW + 6).await?, false);
    let record = kit.record(&held.id).await?;
    same!(record.and_then(|record| record.revoked_at), Some(NOW + 5));
    // One that has expired can still be revoked.
    let expired = kit.key(ApiKeyRecord { expires_at: Some(NOW), ..api_key(&alice) }).await?;
    same!(store.revoke_key(&alice, &expired.id, NOW, &entry(&alice)).await?, true);
    same!(store.revoke_key(&alice, &ApiKeyId::random(), NOW, &entry(&alice)).await?, false);
    Ok(())
}

pub(super) async fn keys_are_listed(kit: Kit) -> Outcome {
    let store = &kit.stores.api_keys;
    let alice = kit.account("alice").await?.id;
    let bob = kit.account("bob").await?.id;
    let mut valid = Vec::new();
    for number in 0..5 {
        let owner = if number < 3 { &alice } else { &bob };
        valid.push(kit.key(ApiKeyRecord { created_at: NOW + number, ..api_key(owner) }).await?);
    }
    let created = |keys: &[ApiKeyRecord]| -> Vec<u64> {
        keys.iter().map(|key| key.created_at - NOW).collect()
    };
    same!(created(&store.keys(&alice).await?), [2, 1, 0]);
    same!(created(&store.keys(&bob).await?), [4, 3]);
    let ending = kit.key(ApiKeyRecord { expires_at: Some(NOW + 1), ..api_key(&bob) }).await?;
    let revoked = kit.key(ApiKeyRecord { revoked_at: Some(NOW), ..api_key(&bob) }).await?;
    let all = async |now| -> Result<Vec<ApiKeyId>, Failure> {
        let mut found: Vec<ApiKeyId> = Vec::new();
        loop {
            let page = store.all_keys(now, found.last(), 2).await?;
            ensure!(page.len() <= 2, "a page of 2 has {}", page.len());
            if page.is_empty() {
                return Ok(found);
            }
            found.extend(page.into_iter().map(|key| key.id));
        }
    };
    let mut ids: Vec<ApiKeyId> = valid.into_iter().map(|key| key.id).collect();
    ids.sort();
    same!(all(NOW + 1).await?, ids);
    ids.push(ending.id);
    ids.sort();
    same!(all(NOW).await?, ids);
    same!(store.keys(&bob).await?.iter().any(|key| key.id == revoked.id), true);
    Ok(())
}

pub(super) async fn a_use_is_never_set_back(kit: Kit) -> Outcome {
    let store = &kit.stores.api_keys;
    let id = kit.account("alice").await?.id;
    let one = kit.key(api_key(&id)).await?.id;
    let other = kit.key(ApiKeyRecord { last_used_at: Some(NOW + 9), ..api_key(&id) }).await?.id;
    let unknown = ApiKeyId::random();
    let seen = [(one.clone(), NOW + 1), (unknown.clone(), NOW), (other.clone(), NOW + 8)];
    store.touch_keys(&seen).await?;
    store.touch_keys(&[(one.clone(), NOW + 5), (one.clone(), NOW + 2)]).await?;
    store.touch_keys(&[]).await?;
    let used = async |id| kit.record(id).await.map(|key| key.and_then(|key| key.last_used_at));
    same!(used(&one).await?, Some(NOW + 5));
    same!(used(&other).await?, Some(NOW + 9));
    same!(kit.record(&unknown).await?, None);
    Ok(())
}

pub(super) async fn texts_are_kept_or_refused(kit: Kit) -> Outcome {
    let store = &kit.stores.api_keys;
    let id = kit.account("alice").await?.id;
    for text in TEXTS {
        let list = vec![text.to_owned(), text.to_owned()];
        let key = ApiKeyRecord {
            name: text.to_owned(),
            scopes: list.clone(),
            roles: list.clone(),
            networks: list,
            ..api_key(&id)
        };
        match store.add_key(&key, &entry(&id)).await {
            Ok(created) => {
                same!(created, Created::Created);
                same!(kit.record(&key.id).await?, Some(key));
            }
            Err(_) => same!(kit.record(&key.id).await?, None),
        }
    }
    Ok(())
}

pub(super) async fn one_of_many_revokes(kit: Kit) -> Outcome {
    let id = kit.account("alice").await?.id;
    let key = kit.key(api_key(&id)).await?.id;
    let from = kit.end_of_feed().await?;
    let answers = kit
        .race(|_| {
            let (store, id, key) = (kit.stores.api_keys.clone(), id.clone(), key.clone());
            async move { store.revoke_key(&id, &key, NOW, &entry(&id)).await }
        })
        .await?;
    same!(number_of(&answers, &true), 1);
    same!(kit.changes(from).await?.0.len(), 1);
    Ok(())
}

pub(super) async fn random_operations_answer_as_the_model(kit: Kit) -> Outcome {
    model::compare(&kit, &[Part::Accounts, Part::ApiKeys]).await
}
