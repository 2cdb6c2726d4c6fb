//! What a key may do: what it names of the present rights of its owner.

use super::*;

#[tokio::test]
async fn r103_a_key_has_what_it_names_of_the_present_rights_of_its_owner() {
    let world = World::new().await;
    let (_, reads) = world.key(&["notes:read"], &[]).await;
    assert_eq!(world.get("/read", &reads).await, StatusCode::OK);
    assert_eq!(world.get("/write", &reads).await, StatusCode::FORBIDDEN, "it does not name that");
    assert_eq!(world.get("/member", &reads).await, StatusCode::FORBIDDEN, "no role was lent");
    world.withdraw(&world.alice, "member").await;
    assert_eq!(world.get("/read", &reads).await, StatusCode::FORBIDDEN, "the owner may not");
    world.assign(&world.alice, "member").await;
    assert_eq!(world.get("/read", &reads).await, StatusCode::OK);
}

#[tokio::test]
async fn r103_a_role_counts_if_it_was_lent_and_as_long_as_the_owner_has_it() {
    let world = World::new().await;
    let (_, member) = world.key(&[], &["member"]).await;
    for path in ["/member", "/read", "/write"] {
        assert_eq!(world.get(path, &member).await, StatusCode::OK, "{path}");
    }
    let (_, admin) = world.key(&[], &["admin"]).await;
    assert_eq!(world.get("/admin", &admin).await, StatusCode::FORBIDDEN, "alice is no admin");
    assert_eq!(world.get("/member", &admin).await, StatusCode::OK, "which an admin includes");
    world.assign(&world.alice, "admin").await;
    assert_eq!(world.get("/admin", &admin).await, StatusCode::OK);
    assert_eq!(world.get("/admin", &member).await, StatusCode::FORBIDDEN, "more was not lent");
    world.withdraw(&world.alice, "admin").await;
    world.withdraw(&world.alice, "member").await;
    assert_eq!(world.get("/member", &admin).await, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn r103_a_scope_is_in_a_key_only_if_the_application_lends_it() {
    let world = World::new().await;
    let (_, pays) = world.key(&["pay"], &[]).await;
    assert_eq!(world.get("/pay", &pays).await, StatusCode::OK);
    assert_eq!(world.get("/refund", &pays).await, StatusCode::FORBIDDEN);
    let refused = world.accounts.create_api_key(&world.alice, &world.alice, new(&["refund"], &[]));
    assert_eq!(refused.await.unwrap_err(), ApiKeyError::UnknownScope(0));
}

#[tokio::test]
async fn r103_a_key_is_void_while_its_owner_is_locked_and_when_they_are_gone() {
    let world = World::new().await;
    let (_, key) = world.key(&["notes:read"], &[]).await;
    let (store, audit) = (&world.accounts.stores().accounts, AuditEntry::new(NOW, "test"));
    for (status, expected) in
        [(AccountStatus::Locked, StatusCode::UNAUTHORIZED), (AccountStatus::Active, StatusCode::OK)]
    {
        assert!(store.set_status(&world.alice, status, &audit).await.unwrap());
        assert_eq!(world.get("/read", &key).await, expected);
    }
    assert!(store.delete(&world.alice, &audit).await.unwrap());
    assert_eq!(world.get("/read", &key).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_key_that_names_what_the_application_no_longer_has_is_rejected_and_noted() {
    let world = World::new().await;
    let (_, key) = world.key(&["notes:read", "notes:write"], &[]).await;
    let poorer = Accounts::builder(Stores::all_in(world.store.clone()))
        .origin("https://notes.test")
        .keys(world.ring.clone())
        .clock(world.clock.clone())
        .api_keys(ApiKeySettings::default().prefix("acme").environment("live"))
        .vocabulary::<(Role, Scope)>()
        .build()
        .unwrap();
    let app = node(&poorer, &world.clock);
    assert_eq!(status(&app, "/read", &key).await, StatusCode::UNAUTHORIZED);
    assert_eq!(world.events("api_key_refused").await.len(), 1);
}

#[tokio::test]
async fn a_key_has_no_factor_and_no_time_of_sign_in() {
    let world = World::new().await;
    let (_, key) = world.key(&["notes:read"], &[]).await;
    let (_, body) = send(&world.app, "/whoami", &[("x-api-key", key.expose())]).await;
    assert_eq!(body, "api-key https://notes.test None None []");
}
