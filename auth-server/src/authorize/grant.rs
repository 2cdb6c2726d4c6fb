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

/// By which consent of the user a grant is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GivenConsent {
    /// The user has given it on the page just now. It is remembered.
    Now,
    /// The user has given it before. If it is withdrawn meanwhile, the grant is, too.
    Before,
    /// None is needed, as the hook for consents has decided.
    NotNeeded,
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
    /// session has ended meanwhile, or the consent was withdrawn.
    pub(crate) async fn issue_code(
        &self,
        request: &AuthorizationRequest,
        session: &LoginSession,
        given: GivenConsent,
    ) -> Result<Option<SecretText>, StoreError> {
        let Some((code, grant)) = self.store_grant(request, session, given).await? else {
            return Ok(None);
        };
        if !self.outlives(session, &grant).await? {
            return Ok(None);
        }
        // A withdrawal that came between has not seen the grant.
        if given == GivenConsent::Before && !self.is_remembered(request, session).await? {
            let reason = RevocationReason::ConsentWithdrawn;
            self.0.store.revoke_grant(&grant.id, reason, self.now()).await?;
            return Ok(None);
        }
        Ok(Some(code))
    }

    /// Stores the grant of a user, with its code and consents, in one step. `None`: the account is locked or
    /// deleted.
    pub(crate) async fn store_grant(
        &self,
        request: &AuthorizationRequest,
        session: &LoginSession,
        given: GivenConsent,
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
        let consents = match given {
            GivenConsent::Now => self.consents_after(request, session, now).await?,
            GivenConsent::Before | GivenConsent::NotNeeded => Vec::new(),
        };
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

    /// Whether the user has consented to as much before.
    pub(super) async fn is_remembered(
        &self,
        request: &AuthorizationRequest,
        session: &LoginSession,
    ) -> Result<bool, StoreError> {
        let consents = self.0.store.consents(&session.subject, &request.client.id).await?;
        let digest = request.client.metadata_digest();
        Ok(self.consent_parts(request).iter().all(|(resource, scopes)| {
            consents.iter().any(|it| {
                it.resource == *resource
                    && it.metadata_digest.matches(&digest)
                    && scopes.iter().all(|scope| it.scopes.contains(scope))
            })
        }))
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
    fn consent_parts(&self, request: &AuthorizationRequest) -> Vec<(String, Vec<String>)> {
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
