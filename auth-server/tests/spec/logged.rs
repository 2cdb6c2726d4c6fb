//! What is in the log, and what is not.

use super::log::Log;
use super::support::{Answer, House, PASSWORD, SECRET, VERIFIER, World, form};

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

#[tokio::test]
async fn no_secret_of_a_request_or_an_answer_is_logged() {
    let log = Log::begin();
    let house = House::new().await;
    let (mut browser, world) = (house.signed_in("alice").await, &house.world);
    let mut secrets: Vec<String> = [PASSWORD, SECRET, VERIFIER].map(str::to_owned).into();
    secrets.extend(browser.cookies.values().cloned());
    for client in ["ours", "single"] {
        let page = browser.authorize(&[("client_id", client), ("redirect_uri", "")]).await;
        if page.is_consent() {
            secrets.push(page.form().1);
        }
    }
    let code = browser.authorize(&[("client_id", "ours")]).await.code().unwrap();
    let redeem = |code: &str, client: &str| {
        form(&[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("client_id", client),
            ("code_verifier", VERIFIER),
        ])
    };
    let tokens = world.post("/token", &redeem(&code, "ours")).await.ok();
    let text = |name: &str| tokens[name].as_str().unwrap().to_owned();
    let (access, refresh) = (text("access_token"), text("refresh_token"));
    secrets.extend([code.clone(), access.clone(), refresh.clone(), text("id_token")]);
    let assertion = world.bank.sign();
    secrets.push(assertion.clone());
    // Each where it belongs, where it does not, and a second time.
    for _ in 0..2 {
        for client in ["ours", "spa", "web", "unknown"] {
            world.post("/token", &redeem(&code, client)).await;
            world.refresh(client, &refresh).await;
        }
        for token in [&access, &refresh, &code] {
            world.post_as("api", "/introspect", &form(&[("token", token)])).await;
            world.post("/revoke", &form(&[("token", token), ("client_id", "spa")])).await;
            browser.get(&format!("/end-session?{}", form(&[("id_token_hint", token)]))).await;
            browser.get(&format!("/authorize?{}", form(&[("request_uri", token)]))).await;
        }
        world.post("/token", &form(&[("client_id", "ours"), ("client_secret", SECRET)])).await;
        let own = [
            ("grant_type", "client_credentials"),
            ("client_assertion", &*assertion),
            ("client_assertion_type", ASSERTION_TYPE),
        ];
        world.post("/token", &form(&own)).await;
    }
    let logged = log.text();
    assert!(logged.contains("redeemed twice") && logged.contains("\"unknown\""), "{logged}");
    for secret in secrets {
        assert!(!logged.contains(&secret), "{secret} is logged: {logged}");
    }
}

#[tokio::test]
async fn the_name_of_an_unknown_client_forges_no_field_of_the_log() {
    let log = Log::begin();
    let world = World::new().await;
    let name = "a\" why=\"forged\"\nmessage=forged \u{2028}\u{202e}";
    let named = [("grant_type", "client_credentials"), ("client_id", name), ("scope", name)];
    let answers: [Answer; 2] = [
        world.post("/token", &form(&named)).await,
        world.post_as(name, "/token", &form(&[("grant_type", name)])).await,
    ];
    assert!(answers.iter().all(|it| it.status == 401));
    let logged = log.text();
    assert!(logged.contains("forged"), "{logged}");
    for forged in ["why=\"forged", "\nmessage=forged", "\u{2028}", "\u{202e}"] {
        assert!(!logged.contains(forged), "{forged:?}: {logged}");
    }
}
