//! What a store of an authorization server promises.

pub(super) mod clients;
pub(super) mod codes;
pub(super) mod consents;
pub(super) mod devices;
pub(super) mod feed;
pub(super) mod grants;
pub(super) mod keys;
mod model;
pub(super) mod refresh;
pub(super) mod sweep;

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use auth_accounts::store::StoreError;

use super::kit::{self, Failure, NOW, Settings, same, secret};
use crate::authorization::{
    Authentication, AuthorizationCode, AuthorizationStore, CodeChallenge, CodeRedemption, Consent,
    Grant, GrantId, OpaqueToken, Redeemed, RefreshToken, Revoked, Rotated, Rotation,
};

pub(super) use model::random_operations_answer_as_the_model;

/// The nodes of one store that is empty: what is done at once is done on all of them.
#[derive(Clone)]
pub struct Nodes(Vec<Arc<dyn AuthorizationStore>>);

impl Nodes {
    /// One node.
    #[must_use]
    pub fn one(store: impl AuthorizationStore) -> Self {
        Self(vec![Arc::new(store)])
    }

    /// One more node: another pool of connections, another process.
    #[must_use]
    pub fn and(mut self, store: impl AuthorizationStore) -> Self {
        self.0.push(Arc::new(store));
        self
    }
}

impl fmt::Debug for Nodes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} nodes", self.0.len())
    }
}

type Node = Arc<dyn AuthorizationStore>;
type Outcome = Result<(), Failure>;

const CLIENT: &str = "client";
const API: &str = "https://api.example.com";
const WINDOW: u64 = 10;
const DAY: u64 = 86_400;

/// A store that is empty, and how much it is asked.
#[derive(Clone)]
pub(super) struct Kit {
    nodes: Vec<Node>,
    settings: Settings,
}

impl Kit {
    pub(super) fn new(nodes: Nodes, settings: Settings) -> Self {
        Self { nodes: nodes.0, settings }
    }

    fn store(&self) -> Result<&Node, Failure> {
        self.nodes.first().ok_or_else(|| Failure::new("there is no node"))
    }

    /// The node of the task with this number.
    fn node(&self, number: usize) -> Result<Node, Failure> {
        let node = self.nodes.iter().cycle().nth(number % self.nodes.len().max(1));
        node.cloned().ok_or_else(|| Failure::new("there is no node"))
    }

    /// Does the same in many tasks at once, on all nodes; what each of them got.
    async fn race<T, F>(&self, act: impl Fn(usize, Node) -> F) -> Result<Vec<T>, Failure>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, StoreError>> + Send + 'static,
    {
        let nodes = (0..self.settings.racers).map(|number| self.node(number));
        let nodes = nodes.collect::<Result<Vec<_>, _>>()?;
        let first = self.store()?;
        let act = |number| act(number, nodes.get(number).unwrap_or(first).clone());
        kit::race(self.settings.racers, act).await
    }

    /// A grant of this subject, with its code.
    async fn authorized(&self, subject: &str) -> Result<(Grant, AuthorizationCode), Failure> {
        let grant = grant(subject, CLIENT);
        let code = code(&grant.id);
        self.store()?.authorize(&grant, &code, &[]).await?;
        Ok((grant, code))
    }

    /// A grant of this subject, and its first refresh token.
    async fn granted(&self, subject: &str) -> Result<(Grant, RefreshToken), Failure> {
        let (grant, code) = self.authorized(subject).await?;
        let token = refresh_token(&grant.id, 1);
        let redeemed = self.store()?.redeem_code(&redemption(&code, Some(&token))).await?;
        same!(redeemed, Redeemed::First);
        Ok((grant, token))
    }

    /// What was revoked after this position.
    async fn revoked_after(&self, mut position: u64) -> Result<(Vec<Revoked>, u64), Failure> {
        let mark = format!("mark-{}", GrantId::random());
        let store = self.store()?;
        store.revoke_token(&mark, NOW + DAY, NOW).await?;
        let mut all = Vec::new();
        loop {
            let batch = store.revoked_after(position, 500).await?;
            kit::ensure!(batch.position >= position, "the feed goes back to {}", batch.position);
            position = batch.position;
            for revoked in batch.revoked {
                if matches!(&revoked, Revoked::Token { token_id, .. } if *token_id == mark) {
                    return Ok((all, position));
                }
                all.push(revoked);
            }
        }
    }

    async fn is_live(&self, grant: &GrantId) -> Result<bool, Failure> {
        let grant = self.store()?.find_grant(grant).await?;
        Ok(grant.is_some_and(|grant| grant.is_live(NOW)))
    }
}

fn grant(subject: &str, client_id: &str) -> Grant {
    Grant {
        id: GrantId::random(),
        subject: subject.to_owned(),
        client_id: client_id.to_owned(),
        scopes: vec!["read".to_owned(), "write".to_owned()],
        resources: vec![API.to_owned()],
        authentication: Authentication {
            auth_time: NOW - 5,
            acr: Some("mfa".to_owned()),
            amr: vec!["pwd".to_owned(), "otp".to_owned()],
            session_id: Some(format!("session of {subject}")),
        },
        granted_at: NOW,
        expires_at: NOW + 30 * DAY,
        revoked: None,
    }
}

fn code(grant: &GrantId) -> AuthorizationCode {
    AuthorizationCode {
        digest: secret(),
        grant: grant.clone(),
        redirect_uri: "https://app.example.com/callback?a=b".to_owned(),
        challenge: CodeChallenge::from_bytes(*secret().as_bytes()),
        nonce: Some("nonce".to_owned()),
        jkt: Some("thumbprint".to_owned()),
        expires_at: NOW + 60,
        kept_until: NOW + 3_600,
    }
}

fn refresh_token(grant: &GrantId, number: u64) -> RefreshToken {
    let grant = grant.clone();
    RefreshToken { digest: secret(), grant, number, jkt: None, expires_at: NOW + DAY }
}

fn opaque_token(grant: Option<&GrantId>) -> OpaqueToken {
    OpaqueToken {
        digest: secret(),
        grant: grant.cloned(),
        resource: API.to_owned(),
        expires_at: NOW + 3_600,
        claims: "{\"sub\":\"alice\"}".to_owned(),
    }
}

fn redemption(code: &AuthorizationCode, token: Option<&RefreshToken>) -> CodeRedemption {
    CodeRedemption {
        code: code.digest,
        refresh_token: token.cloned(),
        access_token: None,
        now: NOW,
    }
}

/// The only rotation of this token.
fn rotation(token: &RefreshToken) -> Rotation {
    let successor = refresh_token(&token.grant, token.number.saturating_add(1));
    Rotation {
        presented: token.digest,
        sealed_successor: successor.digest.as_bytes().to_vec(),
        successor,
        access_token: None,
        retry_window: WINDOW,
        now: NOW,
    }
}

fn retried(first: &Rotation) -> Rotated {
    Rotated::Retried { sealed_successor: first.sealed_successor.clone() }
}

fn consent(subject: &str, client_id: &str, resource: &str) -> Consent {
    Consent {
        subject: subject.to_owned(),
        client_id: client_id.to_owned(),
        resource: resource.to_owned(),
        scopes: vec!["read".to_owned()],
        metadata_digest: secret(),
        given_at: NOW,
    }
}
