//! Keys that a node keeps in feed mode.

use super::*;

/// A node that keeps what it has read, on the store of this world.
fn feed_node(world: &World) -> (Accounts, axum::Router) {
    let accounts = Accounts::builder(Stores::all_in(world.store.clone()))
        .origin("https://notes.test")
        .keys(world.ring.clone())
        .clock(world.clock.clone())
        .vocabulary::<(Role, Permission, Scope)>()
        .api_keys(settings())
        .sessions(SessionSettings::default().mode(SessionMode::Feed))
        .build()
        .unwrap();
    let app = node(&accounts, &world.clock);
    (accounts, app)
}

/// Waits until a node answers from what it keeps.
async fn keeps(world: &World, app: &axum::Router, key: &SecretText) {
    eventually(async || {
        world.store.faults().reset();
        assert_eq!(status(app, "/read", key).await, StatusCode::OK);
        world.store.faults().calls("ApiKeyStore::key") == 0
    })
    .await;
}

#[tokio::test]
async fn r108_a_node_that_keeps_a_key_forgets_it_when_it_is_revoked_anywhere() {
    let world = World::new().await;
    let ((here, app), (elsewhere, _)) = (feed_node(&world), feed_node(&world));
    let (id, key) = world.key(&["notes:read"], &[]).await;
    keeps(&world, &app, &key).await;
    elsewhere.revoke_api_key(&world.alice, &world.alice, &id).await.unwrap();
    eventually(async || status(&app, "/read", &key).await == StatusCode::UNAUTHORIZED).await;
    // The node that revokes does not wait for the feed.
    let (id, key) = world.key(&["notes:read"], &[]).await;
    keeps(&world, &app, &key).await;
    here.revoke_api_key(&world.alice, &world.alice, &id).await.unwrap();
    assert_eq!(status(&app, "/read", &key).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn r108_a_kept_key_ends_with_its_time_its_overlap_and_its_owner() {
    let world = World::new().await;
    let (here, app) = feed_node(&world);
    let (id, key) = world.key(&["notes:read"], &[]).await;
    keeps(&world, &app, &key).await;
    let overlap = Some(Duration::from_secs(5));
    here.rotate_api_key(&world.alice, &world.alice, &id, overlap).await.unwrap();
    keeps(&world, &app, &key).await;
    world.clock.advance(5);
    assert_eq!(status(&app, "/read", &key).await, StatusCode::UNAUTHORIZED, "the overlap is over");
    let short = NewApiKey { lifetime: KeyLifetime::Seconds(5), ..new(&["notes:read"], &[]) };
    let short = here.create_api_key(&world.alice, &world.alice, short).await.unwrap().key;
    keeps(&world, &app, &short).await;
    world.clock.advance(5);
    assert_eq!(status(&app, "/read", &short).await, StatusCode::UNAUTHORIZED, "it has expired");
    let (_, key) = world.key(&["notes:read"], &[]).await;
    keeps(&world, &app, &key).await;
    let audit = AuditEntry::new(NOW, "test");
    let accounts = &world.accounts.stores().accounts;
    assert!(accounts.set_status(&world.alice, AccountStatus::Locked, &audit).await.unwrap());
    eventually(async || status(&app, "/read", &key).await == StatusCode::UNAUTHORIZED).await;
}

#[tokio::test]
async fn r112_a_node_that_hears_of_no_changes_takes_no_key_it_keeps() {
    let world = World::new().await;
    let (_, app) = feed_node(&world);
    let (_, key) = world.key(&["notes:read"], &[]).await;
    keeps(&world, &app, &key).await;
    world.store.faults().fail_on(&["ChangeStore::changes_after"]);
    // Whatever question was on its way is answered by then.
    eventually(async || {
        world.clock.advance(31);
        status(&app, "/read", &key).await == StatusCode::SERVICE_UNAVAILABLE
    })
    .await;
    world.store.faults().fail_on(&[]);
    eventually(async || status(&app, "/read", &key).await == StatusCode::OK).await;
}
