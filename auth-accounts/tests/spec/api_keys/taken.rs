//! Where a key is taken, what it looks like, and that nothing of it is kept.

use super::*;

#[tokio::test]
async fn a_key_is_taken_from_its_header_or_as_a_bearer_token() {
    let world = World::new().await;
    let (id, key) = world.key(&["notes:read"], &[]).await;
    let bearer = format!("Bearer {}", key.expose());
    for headers in [[("x-api-key", key.expose())], [("authorization", &bearer)]] {
        let (status, body) = send(&world.app, "/read", &headers).await;
        assert_eq!((status, body), (StatusCode::OK, format!("{} {id}", world.alice)));
    }
}

#[tokio::test]
async fn r107_a_request_with_a_key_in_two_places_is_rejected_with_400() {
    let world = World::new().await;
    let (_, key) = world.key(&["notes:read"], &[]).await;
    let bearer = format!("Bearer {}", key.expose());
    let both = [("x-api-key", key.expose()), ("authorization", &bearer)];
    assert_eq!(send(&world.app, "/read", &both).await.0, StatusCode::BAD_REQUEST);
    let twice = [("x-api-key", key.expose()), ("x-api-key", key.expose())];
    assert_eq!(send(&world.app, "/read", &twice).await.0, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn r101_a_key_in_the_address_is_rejected_with_400_and_noted_without_the_key() {
    let world = World::new().await;
    let (_, key) = world.key(&["notes:read"], &[]).await;
    let key = key.expose();
    let escaped = key.replace('_', "%5f");
    for path in [
        format!("/read?api_key={key}"),
        format!("/read?x=1&{key}"),
        format!("/read?k={escaped}"),
        format!("/read/{key}/notes"),
    ] {
        // Whatever else it carries: the key in the address is known to others.
        for headers in [&[][..], &[("x-api-key", key)], &[("authorization", "Bearer x")]] {
            let (status, body) = send(&world.app, &path, headers).await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "{headers:?}");
            assert!(body.contains("credential_in_address") && !body.contains(key), "{body}");
            let noted = format!("{:?}", world.audit.take());
            assert!(noted.contains("credential_in_address") && !noted.contains(key), "{noted}");
        }
    }
    // What only looks like one is no one's.
    let (status, _) = send(&world.app, "/read?q=acme_live_", &[("x-api-key", key)]).await;
    assert_eq!(status, StatusCode::OK);
}

#[tokio::test]
async fn a_key_is_not_taken_where_no_endpoint_says_so() {
    let world = World::new().await;
    let (_, key) = world.key(&["notes:read"], &[]).await;
    let authenticator = Authenticator::builder()
        .vocabulary::<(Role, Permission, Scope)>()
        .verifier(
            auth_core::testing::TestIssuer::new("https://id.test", "notes")
                .unwrap()
                .verifier()
                .build()
                .unwrap(),
        )
        .scheme(world.accounts.api_key_scheme())
        .build()
        .unwrap();
    let app = Router::new().route("/", get(tokens_alone)).protect(authenticator).unwrap();
    assert_eq!(status(&app, "/", &key).await, StatusCode::UNAUTHORIZED);
    let bearer = format!("Bearer {}", key.expose());
    let (status, _) = send(&app, "/", &[("authorization", &bearer)]).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn r102_the_store_has_a_digest_that_needs_the_ring_and_not_the_key() {
    let world = World::new().await;
    let (id, key) = world.key(&["notes:read"], &[]).await;
    let record = world.record(&id).await;
    assert_eq!(record.ring_key, "2026-11");
    for unkeyed in [Digest::of(&[key.expose().as_bytes()]), Digest::ZERO] {
        assert!(!record.digest.matches(&unkeyed));
    }
    let text = key.expose();
    assert_eq!(text.len(), 59);
    assert!(text.starts_with(&format!("acme_live_{id}_")));
    let pattern = r"\bacme_live_[0-9A-Za-z]{12}_[0-9A-Za-z]{36}\b";
    assert_eq!(world.accounts.api_key_format().pattern(), pattern);
    // Who has another ring cannot use what the store has.
    let stranger = KeyRing::new([("2026-11", [8; 32])]).unwrap();
    let stranger = node(&accounts(&world.store, &world.clock, &stranger), &world.clock);
    assert_eq!(status(&stranger, "/read", &key).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_key_that_was_cut_or_mistyped_asks_no_store() {
    let world = World::new().await;
    let (_, key) = world.key(&["notes:read"], &[]).await;
    let key = key.expose();
    world.store.faults().reset();
    let mistyped = format!("{}{}", key.split_at(58).0, if key.ends_with('0') { '1' } else { '0' });
    for text in [key.split_at(58).0, &mistyped, "acme_live_", "k", "eyJhbGciOiJub25lIn0.e30."] {
        let (status, _) = send(&world.app, "/read", &[("x-api-key", text)]).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{text}");
    }
    assert_eq!(world.store.faults().total(), 0);
}

#[tokio::test]
async fn an_unknown_key_and_a_wrong_secret_are_answered_alike() {
    let world = World::new().await;
    let (id, _) = world.key(&["notes:read"], &[]).await;
    // Another application's key of the same form, with an id that is unknown here and one that is not.
    let other = World::new().await;
    let (_, unknown) = other.key(&["notes:read"], &[]).await;
    let with_id = {
        let (head, rest) = ("acme_live_", "0".repeat(30));
        let text = format!("{head}{id}_{rest}");
        // The checksum is no secret.
        format!("{text}{}", checksum(&text))
    };
    let answer = send(&world.app, "/read", &[("x-api-key", unknown.expose())]).await;
    assert_eq!(answer.0, StatusCode::UNAUTHORIZED);
    assert_eq!(send(&world.app, "/read", &[("x-api-key", &with_id)]).await, answer);
    assert_eq!(world.events("api_key_refused").await.len(), 1, "the key that there is");
}

/// CRC-32 in base 62, as a stranger would write it.
fn checksum(text: &str) -> String {
    let mut sum = u32::MAX;
    for byte in text.bytes() {
        sum ^= u32::from(byte);
        for _ in 0..8 {
            sum = if sum & 1 == 1 { (sum >> 1) ^ 0xEDB8_8320 } else { sum >> 1 };
        }
    }
    let (mut rest, mut digits) = (!sum, Vec::new());
    let letters: Vec<char> = ('0'..='9').chain('A'..='Z').chain('a'..='z').collect();
    for _ in 0..6 {
        digits.push(letters[(rest % 62) as usize]);
        rest /= 62;
    }
    digits.iter().rev().collect()
}

#[test]
fn settings_that_fit_no_scanner_are_rejected() {
    let build = |settings| {
        let accounts = Accounts::builder(Stores::all_in(MemoryStore::new()))
            .origin("https://notes.test")
            .keys(KeyRing::ephemeral())
            .api_keys(settings)
            .build();
        accounts.map(|_| ()).map_err(|error| error.problems().len())
    };
    let prefix = |text: &str| ApiKeySettings::default().prefix(text);
    assert_eq!(build(ApiKeySettings::default()), Ok(()));
    for text in ["", "a", "Acme", "acme_", "acme-live", "é9", "abcdefghijklm"] {
        assert_eq!(build(prefix(text)), Err(1), "{text}");
        assert_eq!(build(ApiKeySettings::default().environment(text)), Err(1), "{text}");
    }
    assert_eq!(build(ApiKeySettings::default().lifetime(Duration::ZERO)), Err(1));
    let week = Duration::from_secs(7 * DAY + 1);
    assert_eq!(build(ApiKeySettings::default().overlap(week)), Err(1));
    assert_eq!(build(ApiKeySettings::default().lendable_scopes(["pay"])), Err(1), "no such scope");
}
