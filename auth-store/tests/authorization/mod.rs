//! What an authorization server does with a store, for tests of the stores.
#![allow(
    dead_code,
    clippy::allow_attributes,
    reason = "each of the tests that include it uses a part"
)]

use auth_accounts::model::{
    AccountId, AccountStatus, AuditEntry, PasswordHash, SessionId, SessionRecord,
};
use auth_accounts::secret::{Digest, random_bytes};
use auth_accounts::store::{AccountStore, PasswordChange, PasswordWritten, SessionStore};
use auth_store::authorization::{
    Authentication, AuthorizationCode, AuthorizationStore, CodeChallenge, CodeRedemption, Consent,
    Grant, GrantId, Redeemed, RefreshToken, RevocationReason, Revoked, Rotated, Rotation,
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

/// Whether codes and tokens of the grant of this refresh token are good, and the feed does not name it to verifiers
/// otherwise.
async fn is_live(store: &impl AuthorizationStore, token: &RefreshToken) -> bool {
    let grant = store.find_grant(&token.grant).await.unwrap().unwrap();
    let told = store.revoked_after(0, 1_000).await.unwrap().revoked;
    let is_told = told.iter().any(|it| matches!(it, Revoked::Grant { id, .. } if *id == grant.id));
    assert_eq!(is_told, grant.revoked.is_some());
    grant.is_live(NOW)
}

/// What ends with an account and what does not: the account has the id of the subject, no password and is active.
pub(crate) async fn grants_end_with_their_account(
    store: &(impl AccountStore + AuthorizationStore),
    other: &impl AuthorizationStore,
    account: &AccountId,
) {
    let (subject, entry) = (account.as_str(), AuditEntry::new(NOW, "test"));
    let consent = Consent {
        subject: subject.to_owned(),
        client_id: "client".to_owned(),
        resource: String::new(),
        scopes: vec!["openid".to_owned()],
        metadata_digest: digest(),
        given_at: NOW,
    };
    let of_another = granted(store, "another").await;
    let (one, two) = (PasswordHash::new("$argon2id$one"), PasswordHash::new("$argon2id$two"));
    let (changed, rehashed) = (PasswordChange::Changed { at: NOW }, PasswordChange::Rehashed);

    let token = granted(store, subject).await;
    store.set_password(account, None, &one, changed, &entry).await.unwrap();
    assert!(!is_live(other, &token).await);
    assert_eq!(store.rotate_refresh_token(&rotation(&token)).await, Ok(Rotated::Invalid));

    let token = granted(store, subject).await;
    store.set_password(account, Some(&one), &two, rehashed, &entry).await.unwrap();
    let stale = store.set_password(account, Some(&one), &two, changed, &entry).await;
    assert_eq!(stale, Ok(PasswordWritten::Changed));
    store.set_email(account, None, None, &entry).await.unwrap();
    assert!(is_live(other, &token).await, "the password is the same");

    store.set_status(account, AccountStatus::Locked, &entry).await.unwrap();
    assert!(!is_live(other, &token).await);
    store.set_status(account, AccountStatus::Active, &entry).await.unwrap();
    assert!(!is_live(other, &token).await);

    let last = grant(subject, "client");
    let last_code = code(&last);
    store.authorize(&last, &last_code, std::slice::from_ref(&consent)).await.unwrap();
    assert_eq!(other.consents(subject, "client").await.unwrap(), [consent]);
    store.delete(account, &entry).await.unwrap();
    assert_eq!(other.redeem_code(&redemption(&last_code)).await, Ok(Redeemed::Invalid));
    assert_eq!(other.consents(subject, "client").await.unwrap(), []);
    let reason = other.find_grant(&last.id).await.unwrap().unwrap().revoked.unwrap().reason;
    assert_eq!(reason, RevocationReason::AccountBlocked);
    assert!(is_live(other, &of_another).await);
}

/// What ends with sessions and what does not: these four are of an account that has no others.
pub(crate) async fn grants_end_with_their_session(
    store: &(impl AccountStore + AuthorizationStore + SessionStore),
    other: &impl AuthorizationStore,
    sessions: [SessionRecord; 4],
) {
    let entry = AuditEntry::new(NOW, "test");
    let account = &sessions[0].account;
    let subject = account.as_str();
    let mut live = Vec::new();
    for session in &sessions {
        SessionStore::create(store, session, &entry).await.unwrap();
        let mut offline = granted_in(subject, session);
        offline.scopes.push("offline_access".to_owned());
        for grant in [granted_in(subject, session), offline] {
            store.authorize(&grant, &code(&grant), &[]).await.unwrap();
            live.push(grant.id);
        }
    }
    let of_another = grant("another", "client");
    store.authorize(&of_another, &code(&of_another), &[]).await.unwrap();
    let [one, two, three, _] = &sessions;

    // The end of no session of this account.
    assert_eq!(store.end(account, &SessionId::random(), &entry).await, Ok(false));
    assert_eq!(store.end(&AccountId::random(), &one.id, &entry).await, Ok(false));
    assert_eq!(live_of(other, &live).await, [0, 1, 2, 3, 4, 5, 6, 7]);
    // Even are those without `offline_access`.
    assert_eq!(store.end(account, &one.id, &entry).await, Ok(true));
    assert_eq!(live_of(other, &live).await, [1, 2, 3, 4, 5, 6, 7]);
    let reason =
        other.find_grant(live.first().unwrap()).await.unwrap().unwrap().revoked.unwrap().reason;
    assert_eq!(reason, RevocationReason::SignedOut);
    // One of no session ends with the others.
    let mut sessionless = grant(subject, "client");
    sessionless.authentication.session_id = None;
    store.authorize(&sessionless, &code(&sessionless), &[]).await.unwrap();
    live.push(sessionless.id);
    assert_eq!(store.bump_epoch(account, Some(&two.id), &entry).await.unwrap(), Some(1));
    assert_eq!(live_of(other, &live).await, [1, 2, 3, 5, 7]);
    let again = granted_in(subject, three);
    store.authorize(&again, &code(&again), &[]).await.unwrap();
    live.push(again.id);
    assert_eq!(store.end_others(account, Some(&two.id), &entry).await, Ok(2));
    assert_eq!(live_of(other, &live).await, [1, 2, 3, 5, 7]);
    // Signed out everywhere: all.
    assert_eq!(store.bump_epoch(account, None, &entry).await.unwrap(), Some(2));
    assert_eq!(live_of(other, &live).await, [0_usize; 0]);
    assert!(other.find_grant(&of_another.id).await.unwrap().unwrap().is_live(NOW));
}

fn granted_in(subject: &str, session: &SessionRecord) -> Grant {
    let mut grant = grant(subject, "client");
    grant.authentication.session_id = Some(session.id.to_string());
    grant
}

/// Which of these grants are live: verifiers of tokens know of all others.
async fn live_of(store: &impl AuthorizationStore, grants: &[GrantId]) -> Vec<usize> {
    let told = store.revoked_after(0, 1_000).await.unwrap().revoked;
    let mut live = Vec::new();
    for (number, id) in grants.iter().enumerate() {
        let is_live = store.find_grant(id).await.unwrap().unwrap().is_live(NOW);
        let is_told = told.iter().any(|it| matches!(it, Revoked::Grant { id: of, .. } if of == id));
        assert_ne!(is_live, is_told);
        if is_live {
            live.push(number);
        }
    }
    live
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
