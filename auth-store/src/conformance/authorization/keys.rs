//! Signing keys.

use auth_accounts::store::Created;

use super::super::kit::{NOW, number_of, same};
use super::{Kit, Outcome};
use crate::authorization::SigningKeyRecord;

pub(super) fn key(kid: &str, algorithm: &str, sign_at: u64) -> SigningKeyRecord {
    SigningKeyRecord {
        kid: kid.to_owned(),
        algorithm: algorithm.to_owned(),
        publish_at: sign_at - 100,
        sign_at,
        public_jwk: format!("{{\"kid\":\"{kid}\"}}"),
        sealed_with: "key".to_owned(),
        sealed_private_key: vec![0, 1, 255],
    }
}

pub(in super::super) async fn keys_are_kept_in_their_order(kit: Kit) -> Outcome {
    let store = kit.store()?;
    let [first, other, second] =
        [key("one", "ES256", NOW), key("two", "RS256", NOW - 5), key("three", "ES256", NOW + 9)];
    same!(store.signing_keys().await?, Vec::new());
    same!(store.add_signing_key(&first, None).await?, Created::Created);
    same!(store.add_signing_key(&other, None).await?, Created::Created);
    same!(store.add_signing_key(&second, Some("one")).await?, Created::Created);
    same!(store.signing_keys().await?, vec![other.clone(), first, second.clone()]);
    same!(store.remove_signing_key("one").await?, true);
    same!(store.remove_signing_key("one").await?, false);
    same!(store.signing_keys().await?, vec![other, second]);
    Ok(())
}

pub(in super::super) async fn a_key_is_added_after_the_latest_of_its_algorithm(
    kit: Kit,
) -> Outcome {
    let store = kit.store()?;
    let first = key("one", "ES256", NOW);
    same!(store.add_signing_key(&first, Some("zero")).await?, Created::Taken);
    same!(store.add_signing_key(&first, None).await?, Created::Created);
    same!(store.add_signing_key(&first, Some("one")).await?, Created::Taken);
    let second = key("two", "ES256", NOW + 1);
    same!(store.add_signing_key(&second, None).await?, Created::Taken);
    same!(store.add_signing_key(&second, Some("one")).await?, Created::Created);
    let third = key("three", "ES256", NOW + 2);
    same!(store.add_signing_key(&third, Some("one")).await?, Created::Taken);
    same!(store.signing_keys().await?, vec![first, second]);
    Ok(())
}

pub(in super::super) async fn one_of_many_nodes_adds_a_key(kit: Kit) -> Outcome {
    for (after, sign_at) in [(None, NOW), (Some("0"), NOW + 1)] {
        let answers = kit
            .race(|number, node| async move {
                // Also that of the one that wins has the id that comes next.
                let kid = if after.is_none() { "0".to_owned() } else { format!("1-{number}") };
                node.add_signing_key(&key(&kid, "ES256", sign_at), after).await
            })
            .await?;
        same!(number_of(&answers, &Created::Created), 1);
    }
    same!(kit.store()?.signing_keys().await?.len(), 2);
    Ok(())
}
