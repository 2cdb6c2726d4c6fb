//! A key from its making to its end.

use super::*;

#[tokio::test]
async fn r104_a_key_expires_after_90_days_unless_its_maker_says_otherwise() {
    let world = World::new().await;
    let (id, key) = world.key(&["notes:read"], &[]).await;
    assert_eq!(world.record(&id).await.expires_at, Some(NOW + 90 * DAY));
    world.clock.set(NOW + 90 * DAY - 1);
    assert_eq!(world.get("/read", &key).await, StatusCode::OK);
    world.clock.set(NOW + 90 * DAY);
    assert_eq!(world.get("/read", &key).await, StatusCode::UNAUTHORIZED);
    world.clock.set(NOW);
    for (lifetime, expected) in [
        (KeyLifetime::Seconds(60), Ok(Some(NOW + 60))),
        (KeyLifetime::Never, Ok(None)),
        (KeyLifetime::Seconds(0), Err(ApiKeyError::Lifetime)),
        (KeyLifetime::Seconds(u64::MAX), Err(ApiKeyError::Lifetime)),
    ] {
        let asked = NewApiKey { lifetime, ..new(&["notes:read"], &[]) };
        let issued = world.accounts.create_api_key(&world.alice, &world.alice, asked).await;
        assert_eq!(issued.map(|it| it.expires_at), expected, "{lifetime:?}");
    }
}

#[tokio::test]
async fn r104_a_key_that_was_replaced_stays_valid_for_the_overlap() {
    let world = World::new().await;
    let (id, first) = world.key(&["notes:read"], &[]).await;
    let rotate = async |overlap| {
        let rotated = world.accounts.rotate_api_key(&world.alice, &world.alice, &id, overlap).await;
        rotated.map(|it| it.key)
    };
    let second = rotate(None).await.unwrap();
    assert!(second.expose().starts_with(&format!("acme_live_{id}_")), "the id stays");
    for (at, expected) in [(DAY - 1, StatusCode::OK), (DAY, StatusCode::UNAUTHORIZED)] {
        world.clock.set(NOW + at);
        assert_eq!(world.get("/read", &first).await, expected);
        assert_eq!(world.get("/read", &second).await, StatusCode::OK);
    }
    let third = rotate(Some(Duration::from_mins(1))).await.unwrap();
    let fourth = rotate(Some(Duration::from_mins(1))).await.unwrap();
    assert_eq!(world.get("/read", &second).await, StatusCode::UNAUTHORIZED, "the oldest goes");
    assert_eq!(world.get("/read", &third).await, StatusCode::OK);
    let fifth = rotate(Some(Duration::ZERO)).await.unwrap();
    assert_eq!(world.get("/read", &fourth).await, StatusCode::UNAUTHORIZED, "no overlap");
    assert_eq!(world.get("/read", &fifth).await, StatusCode::OK);
    let week = Duration::from_secs(7 * DAY);
    assert!(rotate(Some(week)).await.is_ok());
    let longer = rotate(Some(week + Duration::from_secs(1))).await;
    assert_eq!(longer.unwrap_err(), ApiKeyError::Overlap);
}

#[tokio::test]
async fn r104_a_key_that_was_revoked_is_valid_on_no_node_from_then_on() {
    let world = World::new().await;
    let (id, key) = world.key(&["notes:read"], &[]).await;
    let other = node(&accounts(&world.store, &world.clock, &world.ring), &world.clock);
    let rotated = world.accounts.rotate_api_key(&world.alice, &world.alice, &id, None).await;
    let rotated = rotated.unwrap().key;
    for key in [&key, &rotated] {
        assert_eq!(world.get("/read", key).await, StatusCode::OK);
        assert_eq!(status(&other, "/read", key).await, StatusCode::OK);
    }
    world.accounts.revoke_api_key(&world.alice, &world.alice, &id).await.unwrap();
    for key in [&key, &rotated] {
        assert_eq!(world.get("/read", key).await, StatusCode::UNAUTHORIZED);
        assert_eq!(status(&other, "/read", key).await, StatusCode::UNAUTHORIZED);
    }
    let again = world.accounts.revoke_api_key(&world.alice, &world.alice, &id).await;
    assert_eq!(again.unwrap_err(), ApiKeyError::NotFound);
    let revived = world.accounts.rotate_api_key(&world.alice, &world.alice, &id, None).await;
    assert_eq!(revived.unwrap_err(), ApiKeyError::NotFound);
}

#[tokio::test]
async fn r104_keys_outlive_a_change_of_the_ring() {
    let world = World::new().await;
    let (id, first) = world.key(&["notes:read"], &[]).await;
    let ring = KeyRing::new([("2027-05", [9; 32]), ("2026-11", [7; 32])]).unwrap();
    let accounts = accounts(&world.store, &world.clock, &ring);
    let app = node(&accounts, &world.clock);
    assert_eq!(status(&app, "/read", &first).await, StatusCode::OK);
    let second = accounts.rotate_api_key(&world.alice, &world.alice, &id, None).await.unwrap().key;
    assert_eq!(world.record(&id).await.ring_key, "2027-05");
    assert_eq!(status(&app, "/read", &first).await, StatusCode::OK, "within the overlap");
    assert_eq!(status(&app, "/read", &second).await, StatusCode::OK);
}

#[tokio::test]
async fn r105_a_key_is_shown_once() {
    let world = World::new().await;
    let (id, key) = world.key(&["notes:read"], &["member"]).await;
    let listed = world.accounts.api_keys(&world.alice).await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(
        (&listed[0].id, listed[0].name.as_str(), listed[0].scopes.as_slice(), listed[0].created_at),
        (&id, "reports", &["notes:read".to_owned()][..], NOW)
    );
    let trail = world.accounts.stores().audit.records(0, None, 1_000).await.unwrap();
    let issued =
        world.accounts.rotate_api_key(&world.alice, &world.alice, &id, None).await.unwrap();
    let trail = format!("{trail:?}");
    assert!(!trail.contains("reports"), "what was typed");
    for shown in [format!("{listed:?}"), trail, format!("{key:?} {issued:?}")] {
        for secret in [secret_part(&key), secret_part(&issued.key)] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}

#[tokio::test]
async fn the_keys_of_a_person_are_made_by_that_person_alone() {
    let world = World::new().await;
    let bob = world.add("bob", AccountKind::Person).await;
    let robot = world.accounts.create_service_account(&bob, "robot").await.unwrap();
    let again = world.accounts.create_service_account(&bob, "Robot").await;
    assert_eq!(again.unwrap_err(), ServiceAccountError::Taken);
    let odd = world.accounts.create_service_account(&bob, "ro:bot").await;
    assert_eq!(odd.unwrap_err(), ServiceAccountError::Name);
    let create = async |actor: &AccountId, owner: &AccountId| {
        let issued = world.accounts.create_api_key(actor, owner, new(&["notes:read"], &[])).await;
        issued.map(|it| it.key)
    };
    assert_eq!(create(&bob, &world.alice).await.unwrap_err(), ApiKeyError::Owner);
    assert_eq!(create(&bob, &AccountId::random()).await.unwrap_err(), ApiKeyError::Owner);
    let key = create(&bob, &robot).await.unwrap();
    assert_eq!(world.get("/read", &key).await, StatusCode::FORBIDDEN, "the robot has no role yet");
    world.assign(&robot, "member").await;
    assert_eq!(world.get("/read", &key).await, StatusCode::OK);
    let created = world.events("api_key_created").await;
    assert!(created[0].contains(bob.as_str()) && created[0].contains(robot.as_str()));
    // Nobody touches another's key by its id.
    let id = world.accounts.api_keys(&robot).await.unwrap()[0].id.clone();
    let revoked = world.accounts.revoke_api_key(&world.alice, &world.alice, &id).await;
    assert_eq!(revoked.unwrap_err(), ApiKeyError::NotFound);
    let rotated = world.accounts.rotate_api_key(&world.alice, &world.alice, &id, None).await;
    assert_eq!(rotated.unwrap_err(), ApiKeyError::NotFound);
    assert_eq!(world.get("/read", &key).await, StatusCode::OK);
}

#[tokio::test]
async fn a_key_that_could_do_nothing_or_has_no_name_is_not_made() {
    let world = World::new().await;
    let create = async |new| {
        let issued = world.accounts.create_api_key(&world.alice, &world.alice, new).await;
        issued.map(|it| it.id).unwrap_err()
    };
    assert_eq!(create(new(&[], &[])).await, ApiKeyError::NoRights);
    assert_eq!(create(new(&["notes:erase"], &[])).await, ApiKeyError::UnknownScope(0));
    assert_eq!(create(new(&["notes:read"], &["root"])).await, ApiKeyError::UnknownRole(0));
    assert_eq!(create(new(&["notes:read"; 101], &[])).await, ApiKeyError::TooManyNames);
    for name in ["", " ", "a\nb", &"x".repeat(101)] {
        let named = NewApiKey { name: name.to_owned(), ..new(&["notes:read"], &[]) };
        assert_eq!(create(named).await, ApiKeyError::Name, "{name:?}");
    }
    for _ in 0..100 {
        world.key(&["notes:read"], &[]).await;
    }
    assert_eq!(create(new(&["notes:read"], &[])).await, ApiKeyError::TooManyKeys);
}

#[tokio::test]
async fn the_last_use_is_written_in_batches_and_never_by_the_request() {
    let world = World::new().await;
    let (id, key) = world.key(&["notes:read"], &[]).await;
    world.store.faults().reset();
    for _ in 0..10 {
        assert_eq!(world.get("/read", &key).await, StatusCode::OK);
        world.clock.advance(1);
    }
    assert_eq!(world.store.faults().calls("ApiKeyStore::touch_keys"), 0);
    assert_eq!(world.store.faults().calls("ApiKeyStore::key"), 10, "one look-up for each request");
    assert_eq!(world.record(&id).await.last_used_at, None);
    world.store.faults().fail_on(&["ApiKeyStore::touch_keys"]);
    assert!(world.accounts.flush().await.is_err());
    assert_eq!(world.get("/read", &key).await, StatusCode::OK, "a failure refuses nobody");
    world.store.faults().fail_on(&[]);
    world.accounts.flush().await.unwrap();
    assert_eq!(world.record(&id).await.last_used_at, Some(NOW + 10));
    world.store.faults().reset();
    world.accounts.flush().await.unwrap();
    assert_eq!(world.store.faults().total(), 0, "nothing is left to be written");
}

#[tokio::test(start_paused = true)]
async fn the_last_use_is_written_once_a_minute_by_itself() {
    let world = World::new().await;
    let (id, key) = world.key(&["notes:read"], &[]).await;
    for _ in 0..5 {
        assert_eq!(world.get("/read", &key).await, StatusCode::OK);
    }
    tokio::time::sleep(Duration::from_secs(61)).await;
    assert_eq!(world.record(&id).await.last_used_at, Some(NOW));
    assert_eq!(world.store.faults().calls("ApiKeyStore::touch_keys"), 1);
}

#[tokio::test]
async fn r112_a_store_that_cannot_be_asked_is_503_and_never_a_guest() {
    let world = World::new().await;
    let (_, key) = world.key(&["notes:read"], &[]).await;
    for method in ["ApiKeyStore::key", "AssignmentStore::assignments"] {
        world.store.faults().fail_on(&[method]);
        assert_eq!(world.get("/read", &key).await, StatusCode::SERVICE_UNAVAILABLE, "{method}");
    }
    world.store.faults().fail_on(&[]);
    assert_eq!(world.get("/read", &key).await, StatusCode::OK);
}

#[tokio::test]
async fn refusals_of_a_key_fill_no_trail() {
    let world = World::new().await;
    let (id, key) = world.key(&["notes:read"], &[]).await;
    world.accounts.revoke_api_key(&world.alice, &world.alice, &id).await.unwrap();
    for _ in 0..50 {
        assert_eq!(world.get("/read", &key).await, StatusCode::UNAUTHORIZED);
    }
    let noted = world.events("api_key_refused").await;
    assert_eq!(noted.len(), 20);
    assert!(noted.iter().all(|it| it.contains(id.as_str()) && !it.contains(secret_part(&key))));
}
