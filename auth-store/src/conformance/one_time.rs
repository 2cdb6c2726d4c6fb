//! What can be used once.

use auth_accounts::model::AccountId;
use auth_accounts::secret::Digest;
use auth_accounts::store::{Created, OneTimeKind, StoreError};

use super::cancel::at_every_await;
use super::kit::{Failure, Kit, NOW, ensure, number_of, same, secret};
use super::model::{self, Part};
use crate::MAX_VALUE_BYTES;

type Outcome = Result<(), Failure>;

const CODE: OneTimeKind = OneTimeKind::Code;

impl Kit {
    /// Keeps a value for 10 seconds.
    async fn put(&self, kind: OneTimeKind, digest: &Digest, value: &[u8]) -> Outcome {
        let created = self.stores.one_time.put(kind, digest, None, value, NOW + 10, NOW).await?;
        same!(created, Created::Created);
        Ok(())
    }
}

pub(super) async fn a_secret_is_used_once(kit: Kit) -> Outcome {
    let store = &kit.stores.one_time;
    let digest = secret();
    same!(store.peek(CODE, &digest, NOW).await?, None);
    same!(store.take(CODE, &digest, NOW).await?, None);
    kit.put(CODE, &digest, b"value").await?;
    for _ in 0..2 {
        same!(store.peek(CODE, &digest, NOW).await?, Some(b"value".to_vec()));
    }
    same!(store.take(CODE, &digest, NOW).await?, Some(b"value".to_vec()));
    same!(store.take(CODE, &digest, NOW).await?, None);
    same!(store.peek(CODE, &digest, NOW).await?, None);
    Ok(())
}

pub(super) async fn a_kind_is_none_of_another(kit: Kit) -> Outcome {
    let store = &kit.stores.one_time;
    let digest = secret();
    for kind in OneTimeKind::ALL {
        kit.put(kind, &digest, kind.as_str().as_bytes()).await?;
    }
    for kind in OneTimeKind::ALL {
        same!(store.take(kind, &secret(), NOW).await?, None);
        same!(store.take(kind, &digest, NOW).await?, Some(kind.as_str().as_bytes().to_vec()));
        same!(store.take(kind, &digest, NOW).await?, None);
    }
    Ok(())
}

pub(super) async fn a_secret_expires_at_its_end(kit: Kit) -> Outcome {
    let store = &kit.stores.one_time;
    let digest = secret();
    kit.put(CODE, &digest, b"value").await?;
    same!(store.peek(CODE, &digest, NOW + 9).await?, Some(b"value".to_vec()));
    for now in [NOW + 10, NOW + 11] {
        same!(store.peek(CODE, &digest, now).await?, None);
        same!(store.take(CODE, &digest, now).await?, None);
    }
    let over = secret();
    store.put(CODE, &over, None, b"value", NOW, NOW).await?;
    same!(store.peek(CODE, &over, NOW).await?, None);
    same!(store.take(CODE, &over, NOW).await?, None);
    Ok(())
}

pub(super) async fn a_digest_is_taken_until_it_expires(kit: Kit) -> Outcome {
    let store = &kit.stores.one_time;
    let digest = secret();
    kit.put(CODE, &digest, b"first").await?;
    let put = async |value: &'static str, now| {
        store.put(CODE, &digest, None, value.as_bytes(), NOW + 20, now).await
    };
    same!(put("second", NOW + 9).await?, Created::Taken);
    same!(store.peek(CODE, &digest, NOW + 9).await?, Some(b"first".to_vec()));
    same!(put("third", NOW + 10).await?, Created::Created);
    same!(store.peek(CODE, &digest, NOW + 19).await?, Some(b"third".to_vec()));
    same!(store.take(CODE, &digest, NOW + 19).await?, Some(b"third".to_vec()));
    same!(put("fourth", NOW + 19).await?, Created::Created);
    Ok(())
}

pub(super) async fn an_account_is_cleared_by_kind(kit: Kit) -> Outcome {
    let store = &kit.stores.one_time;
    let (alice, bob) = (kit.account("alice").await?.id, kit.account("bob").await?.id);
    let put = async |kind, account: Option<&AccountId>| -> Result<Digest, Failure> {
        let digest = secret();
        same!(store.put(kind, &digest, account, b"", NOW + 10, NOW).await?, Created::Created);
        Ok(digest)
    };
    let cleared = [put(CODE, Some(&alice)).await?, put(CODE, Some(&alice)).await?];
    let taken = put(CODE, Some(&alice)).await?;
    let kept = [
        (CODE, put(CODE, Some(&bob)).await?),
        (CODE, put(CODE, None).await?),
        (OneTimeKind::KnownDevice, put(OneTimeKind::KnownDevice, Some(&alice)).await?),
    ];
    same!(store.take(CODE, &taken, NOW).await?, Some(Vec::new()));
    same!(store.clear(CODE, &alice).await?, 2);
    same!(store.clear(CODE, &alice).await?, 0);
    same!(store.clear(CODE, &AccountId::random()).await?, 0);
    for digest in &cleared {
        same!(store.take(CODE, digest, NOW).await?, None);
    }
    for (kind, digest) in &kept {
        same!(store.take(*kind, digest, NOW).await?, Some(Vec::new()));
    }
    Ok(())
}

pub(super) async fn what_expired_is_swept(kit: Kit) -> Outcome {
    let store = &kit.stores.one_time;
    let id = kit.account("alice").await?.id;
    let kept = secret();
    store.put(CODE, &kept, Some(&id), b"", NOW + 11, NOW).await?;
    for _ in 0..5 {
        store.put(CODE, &secret(), Some(&id), b"", NOW + 10, NOW).await?;
    }
    same!(store.sweep_one_time(NOW + 9, 100).await?, 0);
    same!(store.sweep_one_time(NOW + 10, 3).await?, 3);
    same!(store.sweep_one_time(NOW + 10, 3).await?, 2);
    same!(store.sweep_one_time(NOW + 10, 3).await?, 0);
    same!(store.clear(CODE, &id).await?, 1);
    Ok(())
}

pub(super) async fn values_are_kept_byte_for_byte(kit: Kit) -> Outcome {
    let store = &kit.stores.one_time;
    let every_byte: Vec<u8> = (0..=255).collect();
    for value in [Vec::new(), vec![0], b"'\"\\\r\n$1".to_vec(), every_byte] {
        let digest = secret();
        kit.put(CODE, &digest, &value).await?;
        same!(store.peek(CODE, &digest, NOW).await?, Some(value.clone()));
        same!(store.take(CODE, &digest, NOW).await?, Some(value));
    }
    // So are digests.
    for byte in [0, b'\'', b'\n', b'%', b'*', 255] {
        let digest = Digest::from_bytes([byte; 32]);
        kit.put(CODE, &digest, &[byte]).await?;
        same!(store.take(CODE, &digest, NOW).await?, Some(vec![byte]));
    }
    Ok(())
}

pub(super) async fn long_values_are_refused(kit: Kit) -> Outcome {
    let store = &kit.stores.one_time;
    let digest = secret();
    let longer = vec![7; MAX_VALUE_BYTES + 1];
    let refused = store.put(CODE, &digest, None, &longer, NOW + 10, NOW).await;
    ensure!(matches!(refused, Err(StoreError::TooLong(_))), "a long value gives {refused:?}");
    same!(store.peek(CODE, &digest, NOW).await?, None);
    let long = vec![7; MAX_VALUE_BYTES];
    kit.put(CODE, &digest, &long).await?;
    ensure!(store.take(CODE, &digest, NOW).await? == Some(long), "a long value is not kept");
    Ok(())
}

pub(super) async fn far_times_are_kept_or_refused(kit: Kit) -> Outcome {
    let store = &kit.stores.one_time;
    for end in [u64::MAX, u64::MAX - 1, 1 << 63, (1 << 63) - 1, (1 << 53) + 1] {
        let digest = secret();
        if store.put(CODE, &digest, None, b"", end, NOW).await.is_ok() {
            same!(store.peek(CODE, &digest, NOW + 1_000_000_000).await?, Some(Vec::new()));
            same!(store.peek(CODE, &digest, end).await.unwrap_or(None), None);
            same!(store.take(CODE, &digest, end - 1).await?, Some(Vec::new()));
        } else {
            same!(store.peek(CODE, &digest, NOW).await?, None);
        }
    }
    Ok(())
}

pub(super) async fn one_of_many_takes(kit: Kit) -> Outcome {
    for _ in 0..8 {
        let digest = secret();
        kit.put(CODE, &digest, b"value").await?;
        let answers = kit
            .race(|_| {
                let store = kit.stores.one_time.clone();
                async move { store.take(CODE, &digest, NOW).await }
            })
            .await?;
        same!(number_of(&answers, &Some(b"value".to_vec())), 1);
        same!(number_of(&answers, &None), kit.settings.racers - 1);
    }
    Ok(())
}

pub(super) async fn one_of_many_puts(kit: Kit) -> Outcome {
    let digest = secret();
    let answers = kit
        .race(|number| {
            let store = kit.stores.one_time.clone();
            async move {
                let value = number.to_string().into_bytes();
                let created = store.put(CODE, &digest, None, &value, NOW + 10, NOW).await?;
                Ok((created, value))
            }
        })
        .await?;
    let mut winners = Vec::new();
    for (created, value) in answers {
        if created == Created::Created {
            winners.push(value);
        }
    }
    same!(winners.len(), 1);
    same!(kit.stores.one_time.take(CODE, &digest, NOW).await?, winners.pop());
    Ok(())
}

pub(super) async fn a_value_is_taken_or_cleared(kit: Kit) -> Outcome {
    let id = kit.account("alice").await?.id;
    let digest = secret();
    kit.stores.one_time.put(CODE, &digest, Some(&id), b"", NOW + 10, NOW).await?;
    let answers = kit
        .race(|number| {
            let (store, id) = (kit.stores.one_time.clone(), id.clone());
            async move {
                if number % 2 == 0 {
                    return store.clear(CODE, &id).await;
                }
                Ok(u64::from(store.take(CODE, &digest, NOW).await?.is_some()))
            }
        })
        .await?;
    same!(answers.iter().sum::<u64>(), 1);
    Ok(())
}

pub(super) async fn the_clock_may_step(kit: Kit) -> Outcome {
    let store = &kit.stores.one_time;
    let digest = secret();
    kit.put(CODE, &digest, b"value").await?;
    for now in [NOW - 86_400, NOW + 9, 0, NOW] {
        same!(store.peek(CODE, &digest, now).await?, Some(b"value".to_vec()));
    }
    // What was taken stays taken, also if the clock is set back.
    same!(store.take(CODE, &digest, NOW - 86_400).await?, Some(b"value".to_vec()));
    for now in [NOW - 86_400, 0, NOW] {
        same!(store.take(CODE, &digest, now).await?, None);
    }
    Ok(())
}

pub(super) async fn cancelled_takes_use_at_most_once(kit: Kit) -> Outcome {
    let store = &kit.stores.one_time;
    at_every_await(
        |_| async {
            let digest = secret();
            kit.put(CODE, &digest, b"value").await?;
            Ok(digest)
        },
        |digest| async move {
            let value = store.take(CODE, &digest, NOW).await?;
            ensure!(value.is_some(), "there is nothing to take");
            Ok(())
        },
        |digest, is_taken| async move {
            let again = store.take(CODE, &digest, NOW).await?.is_some();
            ensure!(!(again && is_taken), "a secret is taken twice");
            same!(store.take(CODE, &digest, NOW).await?, None);
            Ok(())
        },
    )
    .await
}

pub(super) async fn random_operations_answer_as_the_model(kit: Kit) -> Outcome {
    model::compare(&kit, &[Part::OneTime]).await
}
