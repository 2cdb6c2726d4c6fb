//! Grants that users have given, as far as the server can see.

use auth_accounts::secret::Digest;
use auth_server::store::{
    Authentication, AuthorizationCode, AuthorizationStore as _, CodeChallenge, Grant, GrantId,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::{API, Answer, CALLBACK, FILES, World, form};

/// The verifier of every code.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A code that a client can redeem.
#[derive(Clone)]
pub(crate) struct Code {
    pub(crate) code: String,
    pub(crate) grant: Grant,
}

impl World {
    /// A code for this client: the user `alice` has just signed in and allowed these scopes (with a space
    /// between them) at both resources.
    pub(crate) async fn code(&self, client_id: &str, scopes: &str) -> Code {
        self.code_with(client_id, scopes, |_, _| {}).await
    }

    /// The same, changed.
    pub(crate) async fn code_with(
        &self,
        client_id: &str,
        scopes: &str,
        change: impl FnOnce(&mut Grant, &mut AuthorizationCode),
    ) -> Code {
        let (code, stored) = new_code(self.now(), client_id, scopes, change);
        self.store.authorize(&code.grant, &stored, &[]).await.unwrap();
        code
    }

    /// The answer to a public client that redeems a code.
    pub(crate) async fn redeem(&self, code: &Code) -> Answer {
        self.post("/token", &code.form(&[("client_id", &code.grant.client_id)])).await
    }

    /// The tokens of the public client `spa`.
    pub(crate) async fn tokens(&self, scopes: &str) -> serde_json::Value {
        let code = self.code("spa", scopes).await;
        self.redeem(&code).await.ok()
    }

    /// The answer to a public client that refreshes.
    pub(crate) async fn refresh(&self, client_id: &str, token: &str) -> Answer {
        let pairs =
            [("grant_type", "refresh_token"), ("refresh_token", token), ("client_id", client_id)];
        self.post("/token", &form(&pairs)).await
    }

    /// The answer to the resource server of both resources about a token.
    pub(crate) async fn introspect(&self, token: &str) -> serde_json::Value {
        self.post_as("api", "/introspect", &form(&[("token", token)])).await.ok()
    }

    /// Whether that answer says that the token is active.
    pub(crate) async fn is_active(&self, token: &str) -> bool {
        self.introspect(token).await["active"] == true
    }
}

/// A code that a user gave a client at this time, with what a store keeps of it.
pub(crate) fn new_code(
    now: u64,
    client_id: &str,
    scopes: &str,
    change: impl FnOnce(&mut Grant, &mut AuthorizationCode),
) -> (Code, AuthorizationCode) {
    let text = GrantId::random().as_str().to_owned();
    let mut grant = Grant {
        id: GrantId::random(),
        subject: "alice".to_owned(),
        client_id: client_id.to_owned(),
        scopes: scopes.split(' ').map(str::to_owned).collect(),
        resources: vec![API.to_owned(), FILES.to_owned()],
        authentication: Authentication {
            auth_time: now - 5,
            acr: Some("pwd".to_owned()),
            amr: vec!["pwd".to_owned()],
            session_id: Some("session-1".to_owned()),
        },
        granted_at: now,
        expires_at: now + 90 * 24 * 3600,
        revoked: None,
    };
    let challenge = URL_SAFE_NO_PAD.decode(CHALLENGE).unwrap().try_into().unwrap();
    let mut code = AuthorizationCode {
        digest: Digest::of(&[b"authorization-code", text.as_bytes()]),
        grant: grant.id.clone(),
        redirect_uri: CALLBACK.to_owned(),
        challenge: CodeChallenge::from_bytes(challenge),
        nonce: Some("nonce-1".to_owned()),
        jkt: None,
        expires_at: now + 60,
        kept_until: now + 660,
    };
    change(&mut grant, &mut code);
    (Code { code: text, grant }, code)
}

impl Code {
    /// The form that redeems it, with more in it.
    pub(crate) fn form(&self, more: &[(&str, &str)]) -> String {
        let mut pairs = vec![
            ("grant_type", "authorization_code"),
            ("code", &*self.code),
            ("code_verifier", VERIFIER),
        ];
        pairs.extend(more);
        form(&pairs)
    }
}
