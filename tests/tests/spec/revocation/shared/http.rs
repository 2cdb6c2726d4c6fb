//! Services that share a store, over HTTP.

use super::*;

#[requires(authenticated)]
async fn me(caller: Identity) -> String {
    caller.subject().to_owned()
}

async fn serve_node(issuer: &TestIssuer, node: &Node) -> std::net::SocketAddr {
    let authenticator = Authenticator::builder()
        .vocabulary::<(Role, Permission, Scope)>()
        .verifier(issuer.verifier().build().unwrap())
        .revocations(node.revocations.clone())
        .build()
        .unwrap();
    serve(Router::new().route("/me", get(me)).protect(authenticator).unwrap()).await
}

/// Two services, one store, over HTTP, and both know the token already.
#[tokio::test]
async fn two_services_share_what_is_revoked() {
    let (issuer, _) = issuer();
    let store = Store::default();
    let [mut a, mut b] = [Node::new(&store, 100), Node::new(&store, 100)];
    let (at_a, at_b) = (serve_node(&issuer, &a).await, serve_node(&issuer, &b).await);
    let alice = issuer.token("alice").sign().unwrap();
    let bob = issuer.token("bob").sign().unwrap();
    let status = async |address, token: &str| send_as(address, "GET", "/me", token).await.status;
    assert_eq!(status(at_a, &alice).await, 503, "not ready yet");
    a.step();
    b.step();
    for address in [at_a, at_a, at_b, at_b] {
        assert_eq!(status(address, &alice).await, 200);
    }
    a.revocations.revoke_subject(ISSUER, "alice").await.unwrap();
    assert_eq!(status(at_a, &alice).await, 401);
    b.step();
    assert_eq!(status(at_b, &alice).await, 401);
    assert_eq!(status(at_b, &bob).await, 200);

    // B is cut off, and misses what A revokes.
    store.set(|store| store.mood = Mood::Hanging);
    a.revocations.revoke_subject(ISSUER, "bob").await.unwrap();
    b.clock.advance(10);
    b.step();
    let answer = send_as(at_b, "GET", "/me", &bob).await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, "5"));
    assert_eq!(status(at_b, &alice).await, 401, "what is known is known");
    store.set(|store| store.mood = Mood::Well);
    while !b.revocations.is_ready() {
        b.step();
    }
    assert_eq!(status(at_b, &bob).await, 401, "it serves again, and knows what it missed");
}

/// With a real timer and a task of its own, as an application runs it.
#[tokio::test]
async fn it_follows_in_a_task_of_its_own() {
    let store = Store::default();
    let revocations = SharedRevocations::builder(store.clone())
        .poll_interval(Duration::from_millis(1))
        .build()
        .unwrap();
    let task = tokio::spawn(revocations.clone().run(tokio::time::sleep));
    let heard = async |until: &(dyn Fn() -> bool + Sync)| {
        let wait = async {
            while !until() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), wait).await.unwrap();
    };
    heard(&|| revocations.is_ready()).await;
    let alice = token("alice");
    store.append(&alice_loses_all()).await.unwrap();
    // The list has the time of the system, to which these tokens are not yet issued.
    heard(&|| revocations.status(&alice) == RevocationStatus::Revoked).await;
    task.abort();
}
