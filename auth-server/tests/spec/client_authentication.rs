//! How clients authenticate: requirements 34 to 39, 96 and 97.

use std::time::Duration;

use super::support::{ISSUER, NOW, SECRET, World, basic, form};

const CLIENT_CREDENTIALS: (&str, &str) = ("grant_type", "client_credentials");
const ASSERTION_TYPE: (&str, &str) =
    ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");

fn own_tokens() -> String {
    form(&[CLIENT_CREDENTIALS])
}

/// The form of a client that authenticates by an assertion.
fn asserted(assertion: &str) -> String {
    form(&[CLIENT_CREDENTIALS, ASSERTION_TYPE, ("client_assertion", assertion)])
}

#[tokio::test]
async fn a36_both_halves_of_basic_are_decoded_as_forms() {
    use auth_server::{Client, ClientSecret, GrantType};
    let secret = "a secret+with%all:kinds/of=letters \u{e4}";
    let world = World::with(|builder| {
        let client = Client::confidential("odd: id+", ClientSecret::new(secret));
        let client = client.grant_types([GrantType::ClientCredentials]).scopes(["read"]);
        builder.client(client.resources([super::support::API]))
    })
    .await;
    let http = world.serve().await;
    let header = basic("odd: id+", secret);
    http.post("/token", &own_tokens(), &[("authorization", &header)]).await.ok();
    let world = World::new().await;
    for credential in ["worker", "worker:%", "worker:%zz", "worker:%ff", ":", "worker:"] {
        use base64::Engine as _;
        let text = base64::engine::general_purpose::STANDARD.encode(credential);
        let header = format!("Basic {text}");
        let answer = world.post_with("/token", &own_tokens(), &[("authorization", &header)]).await;
        assert_eq!(answer.refusal(), (401, "invalid_client".to_owned()), "{credential}");
    }
}

#[tokio::test]
async fn a34_more_than_one_way_to_authenticate_is_refused() {
    let world = World::new().await;
    let http = world.serve().await;
    let header = basic("worker", SECRET);
    let authorization = ("authorization", &*header);
    let both = form(&[CLIENT_CREDENTIALS, ("client_id", "worker"), ("client_secret", SECRET)]);
    let assertion = world.bank.sign();
    let with_assertion = asserted(&assertion);
    let in_the_form = form(&[
        CLIENT_CREDENTIALS,
        ASSERTION_TYPE,
        ("client_assertion", &assertion),
        ("client_secret", SECRET),
    ]);
    for (form, headers) in [
        (&both, &[authorization][..]),
        (&with_assertion, &[authorization]),
        (&in_the_form, &[]),
        (&own_tokens(), &[authorization, authorization]),
        (&own_tokens(), &[authorization, ("authorization", "Bearer a")]),
    ] {
        let answer = http.post("/token", form, headers).await;
        assert_eq!(answer.refusal(), (400, "invalid_request".to_owned()), "{form} {headers:?}");
    }
    // Another client in the form than the one that authenticates.
    let other = form(&[CLIENT_CREDENTIALS, ("client_id", "web")]);
    let answer = http.post("/token", &other, &[authorization]).await;
    assert_eq!(answer.refusal(), (400, "invalid_request".to_owned()));
    // The same client is no second way.
    let same = form(&[CLIENT_CREDENTIALS, ("client_id", "worker")]);
    http.post("/token", &same, &[authorization]).await.ok();
}

/// Holds P-32.
#[tokio::test]
async fn a35_only_the_registered_method_counts() {
    let world = World::new().await;
    let http = world.serve().await;
    let in_the_form =
        |id: &str| form(&[CLIENT_CREDENTIALS, ("client_id", id), ("client_secret", SECRET)]);
    let refused = (401, "invalid_client".to_owned());
    // A secret where it is not registered, a secret of a client that has none, none where there is one.
    for id in ["worker", "bank", "spa"] {
        assert_eq!(http.post("/token", &in_the_form(id), &[]).await.refusal(), refused, "{id}");
    }
    for id in ["post", "bank", "spa"] {
        let header = basic(id, SECRET);
        let answer = http.post("/token", &own_tokens(), &[("authorization", &header)]).await;
        assert_eq!(answer.refusal(), refused, "{id}");
    }
    for id in ["worker", "post", "bank"] {
        let named = form(&[CLIENT_CREDENTIALS, ("client_id", id)]);
        assert_eq!(http.post("/token", &named, &[]).await.refusal(), refused, "{id}");
    }
    // By their own methods they are known; what they may do is another question.
    let answer = http.post("/token", &in_the_form("post"), &[]).await;
    assert_eq!(answer.refusal(), (400, "unauthorized_client".to_owned()));
    http.post("/token", &asserted(&world.bank.sign()), &[]).await.ok();
}

#[tokio::test]
async fn a37_a_failed_basic_is_answered_with_a_challenge() {
    let world = World::new().await;
    for header in [&*basic("worker", "wrong"), "Basic !", "Basic", "Bearer abc", ""] {
        let answer = world.post_with("/token", &own_tokens(), &[("authorization", header)]).await;
        assert_eq!(answer.refusal(), (401, "invalid_client".to_owned()), "{header}");
        assert!(answer.header("www-authenticate").starts_with("Basic realm="), "{header}");
    }
    let answer = world.post("/token", &form(&[CLIENT_CREDENTIALS, ("client_id", "nobody")])).await;
    assert_eq!(answer.refusal(), (401, "invalid_client".to_owned()));
    assert_eq!(answer.header("www-authenticate"), "");
    assert_eq!(world.post("/token", &own_tokens()).await.error(), "invalid_client");
}

/// Holds P-32.
#[tokio::test]
async fn a38_an_unknown_client_and_a_wrong_secret_get_the_same_answer() {
    let world = World::new().await;
    let http = world.serve().await;
    let mut answers = Vec::new();
    for id in ["worker", "bank", "spa", "post", "nobody", "https://nobody.example/"] {
        let header = basic(id, "wrong-secret-0123456789abcdef012345678");
        let answer = http.post("/token", &own_tokens(), &[("authorization", &header)]).await;
        let mut headers = answer.headers.clone();
        headers.remove("date");
        answers.push((answer.status, headers, answer.body));
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");
}

/// The store is asked as often for the one as for the other, so neither answer comes sooner.
#[tokio::test]
async fn a38_an_unknown_client_and_a_wrong_secret_are_the_same_work() {
    let world = World::new().await;
    let time = async |id: &str| {
        let header = basic(id, "wrong-secret-0123456789abcdef012345678");
        let start = std::time::Instant::now();
        world.post_with("/token", &own_tokens(), &[("authorization", &header)]).await.error();
        start.elapsed()
    };
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for _ in 0..300 {
        known.push(time("worker").await);
        unknown.push(time("nobody").await);
    }
    known.sort_unstable();
    unknown.sort_unstable();
    let (known, unknown) = (known[150].as_secs_f64(), unknown[150].as_secs_f64());
    assert!((0.5..2.0).contains(&(known / unknown)), "{known} {unknown}");
}

/// Holds P-32.
#[tokio::test]
async fn a39_confidential_clients_authenticate_for_every_grant() {
    let world = World::new().await;
    let http = world.serve().await;
    let code = world.code("web", "read").await;
    let without = code.form(&[("client_id", "web")]);
    let refused = (401, "invalid_client".to_owned());
    assert_eq!(http.post("/token", &without, &[]).await.refusal(), refused);
    let header = basic("web", SECRET);
    let header = [("authorization", &*header)];
    let tokens = http.post("/token", &code.form(&[]), &header).await.ok();
    let token = tokens["refresh_token"].as_str().unwrap();
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", token)];
    let without = form(&[refresh[0], refresh[1], ("client_id", "web")]);
    assert_eq!(http.post("/token", &without, &[]).await.refusal(), refused);
    http.post("/token", &form(&refresh), &header).await.ok();
    assert_eq!(http.post("/token", &own_tokens(), &[]).await.refusal(), refused);
}

#[tokio::test]
async fn who_fails_too_often_from_one_address_has_to_wait_and_the_client_does_not() {
    let world = World::new().await;
    let http = world.serve().await;
    let wrong = basic("worker", "wrong");
    for _ in 0..20 {
        let answer = http.post("/token", &own_tokens(), &[("authorization", &wrong)]).await;
        assert_eq!(answer.refusal(), (401, "invalid_client".to_owned()));
    }
    let answer = http.post("/token", &own_tokens(), &[("authorization", &wrong)]).await;
    assert_eq!(answer.refusal(), (429, "temporarily_unavailable".to_owned()));
    assert_eq!(answer.header("retry-after"), "60");
    let right = basic("worker", SECRET);
    http.post("/token", &own_tokens(), &[("authorization", &right)]).await.ok();
    let other = basic("web", "wrong");
    let answer = http.post("/token", &own_tokens(), &[("authorization", &other)]).await;
    assert_eq!(answer.error(), "invalid_client");
}

#[tokio::test]
async fn a96_an_assertion_is_of_the_client_near_its_end_and_used_once() {
    let world = World::new().await;
    let http = world.serve().await;
    let send = async |assertion: &str| http.post("/token", &asserted(assertion), &[]).await;
    let key = &world.bank;
    let refused = (401, "invalid_client".to_owned());
    let good = key.sign();
    send(&good).await.ok();
    assert_eq!(send(&good).await.refusal(), refused, "used twice");
    // The types that clients have written before there was one.
    send(&key.assertion().header("typ", "JWT").sign().unwrap()).await.ok();
    send(&key.assertion().without_header("typ").sign().unwrap()).await.ok();
    let other = super::support::ClientKey::new("bank");
    for (what, assertion) in [
        ("another key", other.sign()),
        ("another issuer", key.assertion().issuer("spa").sign().unwrap()),
        ("another subject", key.assertion().claim("sub", "spa").sign().unwrap()),
        ("no jti", key.assertion().without("jti").sign().unwrap()),
        ("an empty jti", key.assertion().claim("jti", "").sign().unwrap()),
        ("expired", key.assertion().claim("exp", NOW - 60).sign().unwrap()),
        ("no end", key.assertion().without("exp").sign().unwrap()),
        ("good for long", key.assertion().lifetime(Duration::from_hours(2)).sign().unwrap()),
        ("not yet valid", key.assertion().claim("nbf", NOW + 60).sign().unwrap()),
        ("an access token", key.assertion().header("typ", "at+jwt").sign().unwrap()),
        ("unsigned", unsigned(&key.sign())),
        ("by a shared secret", key.assertion().header("alg", "HS256").sign().unwrap()),
        ("no JWT", "a.b.c".to_owned()),
        ("nothing", ".".to_owned()),
        ("huge", "a".repeat(40_000)),
    ] {
        assert_eq!(send(&assertion).await.refusal(), refused, "{what}");
    }
}

/// The same claims without a signature.
fn unsigned(assertion: &str) -> String {
    use base64::Engine as _;
    let header = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#);
    format!("{header}.{}.", assertion.split('.').nth(1).unwrap())
}

/// Of many that send one assertion at once, one is its client.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a96_of_one_assertion_sent_many_times_at_once_one_counts() {
    let world = World::new().await;
    let http = world.serve().await;
    let form = asserted(&world.bank.sign());
    let sent: Vec<_> = (0..16)
        .map(|_| {
            let form = form.clone();
            tokio::spawn(async move { http.post("/token", &form, &[]).await.status })
        })
        .collect();
    let mut good = 0;
    for answer in sent {
        good += usize::from(answer.await.unwrap().is_success());
    }
    assert_eq!(good, 1);
}

#[tokio::test]
async fn a97_the_issuer_is_the_only_audience_of_an_assertion() {
    let world = World::new().await;
    let http = world.serve().await;
    let token_endpoint = format!("{ISSUER}/token");
    for aud in [
        serde_json::json!(token_endpoint),
        serde_json::json!([ISSUER, token_endpoint]),
        serde_json::json!([ISSUER, ISSUER]),
        serde_json::json!([token_endpoint]),
        serde_json::json!(format!("{ISSUER}/")),
        serde_json::json!([]),
        serde_json::json!("https://other.example.com"),
    ] {
        let assertion = world.bank.assertion().claim("aud", aud.clone()).sign().unwrap();
        let answer = http.post("/token", &asserted(&assertion), &[]).await;
        assert_eq!(answer.refusal(), (401, "invalid_client".to_owned()), "{aud}");
    }
    let list = world.bank.assertion().claim("aud", serde_json::json!([ISSUER])).sign().unwrap();
    http.post("/token", &asserted(&list), &[]).await.ok();
}
