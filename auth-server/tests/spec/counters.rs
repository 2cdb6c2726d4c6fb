//! What is counted, with the feature `metrics`.

use crate::counted::Counted;
use crate::support::{House, VERIFIER, form};

#[tokio::test]
async fn grants_tokens_and_refusals_are_counted_under_the_names_of_the_rfcs() {
    let counted = Counted::default();
    let recorder = &counted;
    let _guard = metrics::set_default_local_recorder(&recorder);
    let house = House::new().await;
    let mut browser = house.signed_in("alice").await;
    let code = browser.authorize(&[("client_id", "ours")]).await.code().unwrap();
    let redeem = form(&[
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("client_id", "ours"),
        ("code_verifier", VERIFIER),
    ]);
    let tokens = house.world.post("/token", &redeem).await.ok();
    let token = tokens["refresh_token"].as_str().unwrap();
    let refresh =
        form(&[("grant_type", "refresh_token"), ("refresh_token", token), ("client_id", "ours")]);
    house.world.post("/token", &refresh).await.ok();
    let own = form(&[("grant_type", "client_credentials"), ("scope", "read")]);
    house.world.post_as("worker", "/token", &own).await.ok();
    house.world.post("/token", &form(&[("grant_type", "mine"), ("client_id", "ours")])).await;
    house.world.post("/token", &form(&[("grant_type", "mine"), ("client_id", "nobody")])).await;
    house.world.post("/token", &redeem).await;

    let keys = counted.keys().into_iter().filter(|it| it.contains("auth_server_"));
    let expected = [
        // One by the sign-in for the browser.
        "Key(auth_server_grants_total)",
        "Key(auth_server_grants_total)",
        "Key(auth_server_tokens_total, [grant_type = authorization_code])",
        "Key(auth_server_tokens_total, [grant_type = refresh_token])",
        "Key(auth_server_tokens_total, [grant_type = client_credentials])",
        "Key(auth_server_refusals_total, [error = unsupported_grant_type])",
        "Key(auth_server_refusals_total, [error = invalid_client])",
        "Key(auth_server_refusals_total, [error = invalid_grant])",
    ];
    assert_eq!(keys.collect::<Vec<_>>(), expected, "nothing that a caller makes up is a label");
}
