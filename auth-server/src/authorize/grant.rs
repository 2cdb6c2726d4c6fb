//! The grant of a user, with its code.

use auth_accounts::secret::SecretText;
use auth_accounts::store::StoreError;

use super::AuthorizationRequest;
use crate::builder::OPENID_SCOPES;
use crate::login::LoginSession;
use crate::server::AuthorizationServer;
use crate::store::{Authentication, AuthorizationCode, Consent, Grant, GrantId, RevocationReason};
use crate::token::{code_digest, new_secret};

/// What a user allows a client.
#[derive(Clone, Copy)]
pub(crate) struct Allowed<'a> {
    pub(crate) client_id: &'a str,
    pub(crate) scopes: &'a [String],
    pub(crate) resources: &'a [String],
    /// The classes of sign-ins that the client asks for.
    pub(crate) acr_values: &'a [String],
}

/// Counts and logs a grant that was stored.
pub(crate) fn note_grant(grant: &Grant) {
    crate::measure::grant_made();
    tracing::info!(
        grant = grant.id.as_str(),
        client = grant.client_id,
        subject = grant.subject,
        "a grant was made"
    );
}

impl AuthorizationServer {
    /// The code of a grant that a user makes in a session. `None`: the account is locked or deleted, or the
    /// session has ended meanwhile.
    pub(crate) async fn issue_code(
        &self,
        request: &AuthorizationRequest,
        session: &LoginSession,
        is_asked: bool,
    ) -> Result<Option<SecretText>, StoreError> {
        let Some((code, grant)) = self.store_grant(request, session, is_asked).await? else {
            return Ok(None);
        };
        Ok(self.outlives(session, &grant).await?.then_some(code))
    }

    /// Stores the grant of a user, with its code and consents, in one step. `None`: the account is locked or
    /// deleted.
    pub(crate) async fn store_grant(
        &self,
        request: &AuthorizationRequest,
        session: &LoginSession,
        is_asked: bool,
    ) -> Result<Option<(SecretText, Grant)>, StoreError> {
        if self.0.accounts.claims(&session.subject).await?.is_none() {
            return Ok(None);
        }
        let (now, lifetimes) = (self.now(), &self.0.lifetimes);
        let allowed = Allowed {
            client_id: &request.client.id,
            scopes: &request.scopes,
            resources: &request.resources,
            acr_values: &request.acr_values,
        };
        let grant = self.new_grant(session, allowed, now);
        let secret = new_secret();
        let expires_at = now.saturating_add(lifetimes.authorization_code);
        let code = AuthorizationCode {
            digest: code_digest(secret.expose()),
            grant: grant.id.clone(),
            redirect_uri: request.back.redirect_uri.clone(),
            challenge: request.challenge,
            nonce: request.nonce.clone(),
            jkt: request.jkt.clone(),
            expires_at,
            kept_until: expires_at.saturating_add(lifetimes.access_token),
        };
        let consents =
            if is_asked { self.consents_after(request, session, now).await? } else { Vec::new() };
        self.0.store.authorize(&grant, &code, &consents).await?;
        note_grant(&grant);
        Ok(Some((secret, grant)))
    }

    /// Whether the session in which a grant was made has not ended. What ended it meanwhile, on another node
    /// perhaps, has not seen the grant: it is revoked.
    pub(crate) async fn outlives(
        &self,
        session: &LoginSession,
        grant: &Grant,
    ) -> Result<bool, StoreError> {
        if self.0.login.is_live(session).await? {
            return Ok(true);
        }
        self.0.store.revoke_grant(&grant.id, RevocationReason::SignedOut, self.now()).await?;
        Ok(false)
    }

    /// The grant of a user who is signed in. It is not stored yet.
    pub(crate) fn new_grant(
        &self,
        session: &LoginSession,
        allowed: Allowed<'_>,
        now: u64,
    ) -> Grant {
        let acr = self.0.acr_values.reached(allowed.acr_values, &session.amr);
        Grant {
            id: GrantId::random(),
            subject: session.subject.clone(),
            client_id: allowed.client_id.to_owned(),
            scopes: allowed.scopes.to_vec(),
            resources: allowed.resources.to_vec(),
            authentication: Authentication {
                auth_time: session.auth_time,
                acr: acr.map(str::to_owned),
                amr: session.amr.clone(),
                session_id: Some(session.id.clone()),
            },
            granted_at: now,
            expires_at: now.saturating_add(self.0.lifetimes.refresh_token),
            revoked: None,
        }
    }

    /// The consents to remember. Earlier scopes stay, unless the client has changed.
    async fn consents_after(
        &self,
        request: &AuthorizationRequest,
        session: &LoginSession,
        now: u64,
    ) -> Result<Vec<Consent>, StoreError> {
        if request.consent_request(session, false).is_native_and_unknown() {
            return Ok(Vec::new());
        }
        let metadata_digest = request.client.metadata_digest();
        let before = self.0.store.consents(&session.subject, &request.client.id).await?;
        let parts = self.consent_parts(request).into_iter();
        let consents = parts.map(|(resource, mut scopes)| {
            let same = before
                .iter()
                .find(|it| it.resource == resource && it.metadata_digest.matches(&metadata_digest));
            for scope in same.into_iter().flat_map(|it| &it.scopes) {
                if !scopes.contains(scope) {
                    scopes.push(scope.clone());
                }
            }
            Consent {
                subject: session.subject.clone(),
                client_id: request.client.id.clone(),
                resource,
                scopes,
                metadata_digest,
                given_at: now,
            }
        });
        Ok(consents.collect())
    }

    /// The scopes of a request by resource. Those of OpenID Connect are under the empty name, which is always
    /// there.
    pub(super) fn consent_parts(
        &self,
        request: &AuthorizationRequest,
    ) -> Vec<(String, Vec<String>)> {
        let of = |has: &dyn Fn(&str) -> bool| {
            request.scopes.iter().filter(|it| has(it)).cloned().collect::<Vec<_>>()
        };
        let mut parts = vec![(String::new(), of(&|it| OPENID_SCOPES.contains(&it)))];
        for uri in &request.resources {
            if let Some(resource) = self.resource(uri) {
                parts.push((uri.clone(), of(&|it| resource.has_scope(it))));
            }
        }
        parts
    }

    /// The scopes of a request with their texts, for the consent page.
    pub(super) fn scope_texts<'a>(
        &'a self,
        request: &'a AuthorizationRequest,
    ) -> Vec<(&'a str, &'a str)> {
        self.texts_of(&request.scopes, &request.resources)
    }

    /// These scopes with their texts at these resources.
    pub(crate) fn texts_of<'a>(
        &'a self,
        scopes: &'a [String],
        resources: &[String],
    ) -> Vec<(&'a str, &'a str)> {
        let resources: Vec<_> = resources.iter().filter_map(|it| self.resource(it)).collect();
        let text = |name: &'a str| match name {
            "openid" => "Know who you are, and when you signed in",
            "profile" => "See your user name",
            "email" => "See your e-mail address",
            "offline_access" => "Keep access while you are away, until you withdraw it",
            _ => {
                let mut texts = resources.iter().flat_map(|it| &it.scopes);
                texts.find(|it| it.name() == name).map_or(name, |it| it.text())
            }
        };
        scopes.iter().map(|it| (it.as_str(), text(it))).collect()
    }
}
