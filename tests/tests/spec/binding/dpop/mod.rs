//! Tokens that only the holder of a key can use (RFC 9449), over real HTTP.

mod challenges;
mod nonces;
mod proofs;
mod replay;
mod sessions;
mod vectors;

use std::net::SocketAddr;

use auth_core::authenticator::AuthenticatorBuilder;
use auth_core::binding::{Dpop, DpopBuilder};
use auth_core::routing::{get, post};
use auth_core::testing::{CollectingSink, DpopKey, ProofBuilder, TestIssuer};
use auth_core::time::FixedClock;
use auth_core::{AuthError, Authenticator, Identity, Router, requires};
use auth_tests::challenge::{self, Params};
use auth_tests::http::{Answer, NOW, Permission, Role, Scope, issuer, send, serve};

/// The public origin of the API. The tests reach it at another address.
const ORIGIN: &str = "https://api.test";

#[requires(scope = Read)]
async fn read(caller: Identity, again: Option<Identity>) -> String {
    // The guard and two extractors ask, and the proof is good for one look.
    format!("{} {}", caller.subject(), again.is_some())
}

#[requires(scope = Write)]
async fn write() {}

#[requires(acr = "urn:mfa", max_age = "5m")]
async fn strong() {}

#[requires(authenticated)]
async fn inside(caller: Identity) -> Result<(), AuthError> {
    needs_write(&caller)
}

#[requires(scope = Write)]
fn needs_write(caller: &Identity) -> Result<(), AuthError> {
    let _ = caller;
    Ok(())
}

fn router() -> Router {
    Router::new()
        .route("/read", get(read))
        .route("/write", post(write))
        .route("/strong", get(strong))
        .route("/inside", get(inside))
        .route("/a/{name}", get(read))
        .nest("/nested", Router::new().route("/read", get(read)))
}

/// A server, an issuer it accepts, and a client with a key.
struct World {
    address: SocketAddr,
    issuer: TestIssuer,
    clock: FixedClock,
    key: DpopKey,
    events: CollectingSink,
}

fn dpop() -> DpopBuilder {
    Dpop::builder(ORIGIN)
}

impl World {
    async fn new(dpop: DpopBuilder) -> Self {
        Self::with(|builder| builder.dpop(dpop.build().unwrap())).await
    }

    async fn with(configure: impl FnOnce(AuthenticatorBuilder) -> AuthenticatorBuilder) -> Self {
        let (issuer, clock) = issuer();
        let events = CollectingSink::default();
        let builder = Authenticator::builder()
            .vocabulary::<(Role, Permission, Scope)>()
            .verifier(issuer.verifier().build().unwrap())
            .audit(events.clone());
        let app = router().protect(configure(builder).build().unwrap()).unwrap();
        let address = serve(app).await;
        let key = DpopKey::generate().unwrap().with_clock(clock.clone());
        Self { address, issuer, clock, key, events }
    }

    /// A token that is bound to the key of the client.
    fn token(&self) -> String {
        self.issuer.token("alice").scopes(["read"]).bound_to(&self.key).sign().unwrap()
    }

    /// A proof for a request to this path.
    fn proof(&self, method: &str, path: &str, token: &str) -> ProofBuilder {
        self.key.proof(method, format!("{ORIGIN}{path}")).token(token)
    }

    async fn send(&self, method: &str, path: &str, token: &str, proof: ProofBuilder) -> Answer {
        self.present(method, path, token, &proof.sign().unwrap()).await
    }

    async fn present(&self, method: &str, path: &str, token: &str, proof: &str) -> Answer {
        let lines = [format!("authorization: DPoP {token}"), format!("dpop: {proof}")];
        send(self.address, method, path, &[&lines[0], &lines[1]]).await
    }

    /// A good request.
    async fn good(&self) -> Answer {
        let token = self.token();
        let proof = self.proof("GET", "/read", &token);
        self.send("GET", "/read", &token, proof).await
    }

    /// The precise reason of the last rejection, as the audit event has it.
    fn reason(&self) -> Option<&'static str> {
        self.events.take().last().and_then(|event| event.token_error)
    }
}

/// The challenge of a scheme.
fn challenge_of(scheme: &str, answer: &Answer) -> Params {
    challenge::of_scheme(scheme, &answer.all("www-authenticate")).unwrap()
}

/// The error in the challenge of a scheme.
fn error_in(scheme: &str, answer: &Answer) -> Option<String> {
    challenge_of(scheme, answer).remove("error")
}

/// What holds for a proof that is rejected: the client reads the class, the log the reason.
fn is_refused(world: &World, answer: &Answer, error: &str, reason: &str) {
    assert_eq!(answer.status, 401, "{reason}: {answer:?}");
    assert_eq!(error_in("DPoP", answer).as_deref(), Some(error), "{reason}");
    assert_eq!(answer.json()["code"], error, "{reason}");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(world.reason(), Some(reason));
}
