//! What a client reads: a challenge for each scheme, the error in the one it used.

use super::*;

#[tokio::test]
async fn a_request_without_a_credential_hears_of_both_schemes() {
    let world = World::new(dpop()).await;
    for lines in [&[][..], &["authorization: Basic dTpw"], &["dpop: a.b.c"]] {
        let answer = send(world.address, "GET", "/read", lines).await;
        assert_eq!(answer.status, 401);
        assert_eq!(answer.all("www-authenticate"), ["Bearer", "DPoP algs=\"ES256 EdDSA\""]);
        assert_eq!(answer.json()["code"], "unauthenticated");
        assert!(answer.all("dpop-nonce").is_empty());
    }
}

#[tokio::test]
async fn both_challenges_name_realm_and_metadata() {
    let url = "https://api.test/.well-known/oauth-protected-resource";
    let configure = |builder: AuthenticatorBuilder| {
        builder.dpop(dpop().build().unwrap()).realm("shop").resource_metadata(url)
    };
    let world = World::with(configure).await;
    let answer = world.present("GET", "/read", "garbage", "a.b.c").await;
    for scheme in ["Bearer", "DPoP"] {
        let params = challenge_of(scheme, &answer);
        assert_eq!((params["realm"].as_str(), params["resource_metadata"].as_str()), ("shop", url));
        assert_eq!(params.contains_key("algs"), scheme == "DPoP");
        assert_eq!(params.contains_key("error"), scheme == "DPoP");
    }
}

#[tokio::test]
async fn without_dpop_its_scheme_is_unsupported() {
    let world = World::with(|builder| builder).await;
    let answer = world.good().await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.header("www-authenticate"), "Bearer");
    assert_eq!(answer.json()["code"], "unauthenticated");
    let lines = [format!("authorization: Bearer {}", world.token())];
    let answer = send(world.address, "GET", "/read", &[&lines[0]]).await;
    assert_eq!(answer.status, 401);
    assert_eq!(error_in("Bearer", &answer).as_deref(), Some("invalid_token"));
    assert_eq!(world.reason(), Some("sender_constrained"));
}

#[tokio::test]
async fn a_bound_token_is_no_bearer_token_and_both_challenges_say_so() {
    let world = World::new(dpop()).await;
    let token = world.token();
    let proof = world.proof("GET", "/read", &token).sign().unwrap();
    let lines = [format!("authorization: Bearer {token}"), format!("dpop: {proof}")];
    for lines in [&[lines[0].as_str()][..], &[lines[0].as_str(), lines[1].as_str()]] {
        let answer = send(world.address, "GET", "/read", lines).await;
        is_refused(&world, &answer, "invalid_token", "sender_constrained");
        assert_eq!(error_in("Bearer", &answer).as_deref(), Some("invalid_token"));
    }
    assert_eq!(world.present("GET", "/read", &token, &proof).await.status, 200, "still unused");
}

#[tokio::test]
async fn an_unbound_token_is_a_bearer_token_beside() {
    let world = World::new(dpop()).await;
    let token = world.issuer.token("alice").scopes(["read"]).sign().unwrap();
    for scheme in ["Bearer", "bearer"] {
        let line = format!("authorization: {scheme} {token}");
        assert_eq!(send(world.address, "GET", "/read", &[&line]).await.status, 200);
    }
    let line = "authorization: Bearer garbage";
    let answer = send(world.address, "GET", "/read", &[line]).await;
    assert_eq!(error_in("Bearer", &answer).as_deref(), Some("invalid_token"));
    assert_eq!(error_in("DPoP", &answer), None);
}

#[tokio::test]
async fn where_dpop_is_required_plain_bearer_tokens_are_rejected() {
    let world = World::new(dpop().required()).await;
    assert_eq!(world.good().await.status, 200);
    let answer = send(world.address, "GET", "/read", &[]).await;
    assert_eq!(answer.all("www-authenticate"), ["DPoP algs=\"ES256 EdDSA\""]);
    let unbound = world.issuer.token("alice").scopes(["read"]).sign().unwrap();
    for (token, reason) in [(unbound, "not_bound"), (world.token(), "sender_constrained")] {
        let line = format!("authorization: Bearer {token}");
        let answer = send(world.address, "GET", "/read", &[&line]).await;
        assert_eq!(answer.all("www-authenticate").len(), 1);
        is_refused(&world, &answer, "invalid_token", reason);
    }
}

#[tokio::test]
async fn a_malformed_credential_is_400_in_the_challenge_of_its_scheme() {
    let world = World::new(dpop()).await;
    for line in ["DPoP", "DPoP a b", "dpop a,b", "DPoP \"a\""] {
        let line = format!("authorization: {line}");
        let answer = send(world.address, "GET", "/read", &[&line, "dpop: a.b.c"]).await;
        assert_eq!(answer.status, 400, "{line}");
        assert_eq!(error_in("DPoP", &answer).as_deref(), Some("invalid_request"));
        assert_eq!(error_in("Bearer", &answer), None);
    }
    let lines = ["authorization: DPoP a", "authorization: Bearer a"];
    let answer = send(world.address, "GET", "/read", &lines).await;
    assert_eq!(answer.status, 400);
    for scheme in ["Bearer", "DPoP"] {
        assert_eq!(error_in(scheme, &answer).as_deref(), Some("invalid_request"));
    }
}

#[tokio::test]
async fn what_a_token_lacks_is_said_in_the_challenge_of_its_scheme() {
    let world = World::new(dpop()).await;
    let token = world.token();
    let proof = world.proof("POST", "/write", &token);
    let answer = world.send("POST", "/write", &token, proof).await;
    assert_eq!(answer.status, 403);
    let params = challenge_of("DPoP", &answer);
    assert_eq!(
        (params["error"].as_str(), params["scope"].as_str()),
        ("insufficient_scope", "write")
    );
    assert_eq!(error_in("Bearer", &answer), None);

    let proof = world.proof("GET", "/strong", &token);
    let answer = world.send("GET", "/strong", &token, proof).await;
    assert_eq!(answer.status, 401);
    let params = challenge_of("DPoP", &answer);
    assert_eq!(params["error"], "insufficient_user_authentication");
    assert_eq!((params["acr_values"].as_str(), params["max_age"].as_str()), ("urn:mfa", "300"));
    assert_eq!(error_in("Bearer", &answer), None);
}

/// The rejection is made by a function that knows neither the request nor the authenticator.
#[tokio::test]
async fn a_refusal_inside_of_a_handler_names_the_scheme_too() {
    let world = World::new(dpop()).await;
    let token = world.token();
    let proof = world.proof("GET", "/inside", &token);
    let answer = world.send("GET", "/inside", &token, proof).await;
    assert_eq!(answer.status, 403);
    assert_eq!(challenge_of("DPoP", &answer)["scope"], "write");
    assert_eq!(error_in("Bearer", &answer), None);

    let unbound = world.issuer.token("alice").sign().unwrap();
    let line = format!("authorization: Bearer {unbound}");
    let answer = send(world.address, "GET", "/inside", &[&line]).await;
    assert_eq!(challenge_of("Bearer", &answer)["scope"], "write");
    assert_eq!(error_in("DPoP", &answer), None);
}
