//! What an authorization server does with a store, for tests of the stores.
#![allow(
    dead_code,
    clippy::allow_attributes,
    reason = "each of the tests that include it uses a part"
)]

use auth_accounts::secret::{Digest, random_bytes};
use auth_store::authorization::{
    Authentication, AuthorizationCode, AuthorizationStore, CodeChallenge, CodeRedemption, Grant,
    GrantId, Redeemed, RefreshToken, Rotated, Rotation,
};

/// When the tests take place.
pub(crate) const NOW: u64 = 1_800_000_000;

pub(crate) fn digest() -> Digest {
    Digest::from_bytes(random_bytes())
}

pub(crate) fn grant(subject: &str, client_id: &str) -> Grant {
    Grant {
        id: GrantId::random(),
        subject: subject.to_owned(),
        client_id: client_id.to_owned(),
        scopes: vec!["read".to_owned(), "write".to_owned()],
        resources: vec!["https://api.example.com".to_owned()],
        authentication: Authentication {
            auth_time: NOW - 5,
            acr: None,
            amr: vec!["pwd".to_owned()],
            session_id: Some("session".to_owned()),
        },
        granted_at: NOW,
        expires_at: NOW + 86_400,
        revoked: None,
    }
}

pub(crate) fn code(grant: &Grant) -> AuthorizationCode {
    AuthorizationCode {
        digest: digest(),
        grant: grant.id.clone(),
        redirect_uri: "https://app.example.com/callback".to_owned(),
        challenge: CodeChallenge::from_bytes([7; 32]),
        nonce: None,
        jkt: None,
        expires_at: NOW + 60,
        kept_until: NOW + 3_600,
    }
}

pub(crate) fn refresh_token(grant: &GrantId, number: u64) -> RefreshToken {
    RefreshToken {
        digest: digest(),
        grant: grant.clone(),
        number,
        jkt: None,
        expires_at: NOW + 86_400,
    }
}

pub(crate) fn redemption(code: &AuthorizationCode) -> CodeRedemption {
    CodeRedemption {
        code: code.digest,
        refresh_token: Some(refresh_token(&code.grant, 1)),
        access_token: None,
        now: NOW,
    }
}

pub(crate) fn rotation(token: &RefreshToken) -> Rotation {
    let successor = refresh_token(&token.grant, token.number + 1);
    Rotation {
        presented: token.digest,
        sealed_successor: successor.digest.as_bytes().to_vec(),
        successor,
        access_token: None,
        retry_window: 10,
        now: NOW,
    }
}

/// A grant with a code that was redeemed; its first refresh token.
pub(crate) async fn granted(
    store: &(impl AuthorizationStore + ?Sized),
    subject: &str,
) -> RefreshToken {
    let grant = grant(subject, "client");
    let code = code(&grant);
    store.authorize(&grant, &code, &[]).await.unwrap();
    let redemption = redemption(&code);
    assert_eq!(store.redeem_code(&redemption).await, Ok(Redeemed::First));
    redemption.refresh_token.unwrap()
}

pub(crate) async fn a_grant_is_redeemed_and_refreshed(store: &impl AuthorizationStore) {
    let token = granted(store, "alice").await;
    let first = rotation(&token);
    assert_eq!(store.rotate_refresh_token(&first).await, Ok(Rotated::First));
    let sealed_successor = first.sealed_successor.clone();
    let retried = store.rotate_refresh_token(&rotation(&token)).await;
    assert_eq!(retried, Ok(Rotated::Retried { sealed_successor }));
    assert_eq!(store.rotate_refresh_token(&rotation(&first.successor)).await, Ok(Rotated::First));
    assert_eq!(store.rotate_refresh_token(&rotation(&token)).await, Ok(Rotated::Reused));
    let grant = store.find_grant(&token.grant).await.unwrap().unwrap();
    assert!(grant.revoked.is_some());
}
