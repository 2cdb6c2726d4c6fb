//! Keys that are confined to networks.

use super::*;

#[tokio::test]
async fn a_key_that_is_confined_to_networks_is_rejected_from_elsewhere() {
    let world = World::new().await;
    let confined = |networks: &[&str]| NewApiKey {
        networks: networks.iter().map(|it| (*it).to_owned()).collect(),
        ..new(&["notes:read"], &[])
    };
    let create = async |accounts: &Accounts, networks: &[&str]| {
        let issued = accounts.create_api_key(&world.alice, &world.alice, confined(networks)).await;
        issued.map(|it| it.key)
    };
    let off = create(&world.accounts, &["10.0.0.0/8"]).await;
    assert_eq!(off.unwrap_err(), ApiKeyError::Network(0), "nobody looks at addresses there");
    let accounts = Accounts::builder(Stores::all_in(world.store.clone()))
        .origin("https://notes.test")
        .keys(world.ring.clone())
        .clock(world.clock.clone())
        .vocabulary::<(Role, Permission, Scope)>()
        .api_keys(settings().with_networks())
        .trusted_proxies(["192.0.2.1"])
        .build()
        .unwrap();
    for odd in ["", "10.0.0.1/8", "0.0.0.0/0", "localhost"] {
        let refused = create(&accounts, &["10.0.0.0/8", odd]).await;
        assert_eq!(refused.unwrap_err(), ApiKeyError::Network(1), "{odd}");
    }
    let key = create(&accounts, &["10.0.0.0/8", "fd00::/8"]).await.unwrap();
    let app = node(&accounts, &world.clock);
    let from = async |peer: Option<&str>, forwarded: Option<&str>| {
        let mut request = Request::get("/read").header("x-api-key", key.expose());
        if let Some(peer) = peer {
            let peer = SocketAddr::new(peer.parse().unwrap(), 4711);
            request = request.extension(ConnectInfo(peer));
        }
        if let Some(forwarded) = forwarded {
            request = request.header("x-forwarded-for", forwarded);
        }
        let request = request.body(Body::empty()).unwrap();
        app.clone().oneshot(request).await.unwrap().status()
    };
    for (peer, forwarded, expected) in [
        (Some("10.1.2.3"), None, StatusCode::OK),
        (Some("fd00::1"), None, StatusCode::OK),
        (Some("192.0.2.1"), Some("10.1.2.3"), StatusCode::OK),
        (Some("11.1.2.3"), None, StatusCode::UNAUTHORIZED),
        (Some("11.1.2.3"), Some("10.1.2.3"), StatusCode::UNAUTHORIZED),
        (Some("192.0.2.1"), Some("11.1.2.3"), StatusCode::UNAUTHORIZED),
        (None, None, StatusCode::UNAUTHORIZED),
        (None, Some("10.1.2.3"), StatusCode::UNAUTHORIZED),
    ] {
        assert_eq!(from(peer, forwarded).await, expected, "{peer:?} {forwarded:?}");
    }
    // Where no addresses are known, such a key is void.
    assert_eq!(world.get("/read", &key).await, StatusCode::UNAUTHORIZED);
}
