//! Random operations, whose answers are those of the store in memory.

use std::fmt::Write as _;

use auth_accounts::secret::Digest;
use auth_accounts::store::StoreError;

use super::super::kit::{Failure, NOW, compare};
use super::super::model::Random;
use super::{Kit, Node, Outcome, clients, consent, devices, keys};
use crate::authorization::{
    Authentication, AuthorizationCode, AuthorizationStore, CodeChallenge, CodeRedemption, Consent,
    DeviceDecision, Grant, GrantId, GrantSelector, OpaqueToken, RefreshToken, RevocationReason,
    Rotation,
};
use crate::memory::MemoryStore;

/// How many there are of each, so that they meet.
const FEW: u64 = 6;

pub(in super::super) async fn random_operations_answer_as_the_model(kit: Kit) -> Outcome {
    let model = MemoryStore::new();
    let mut random = Random(kit.settings.seed);
    let mut now = NOW;
    for step in 0..kit.settings.steps {
        now = now.saturating_add(random.below(4));
        let operation = Operation { number: random.below(26), seed: random.next(), now };
        let node = kit.node(usize::try_from(step).unwrap_or(0))?;
        let expected = operation.ask(&model).await;
        let answer = operation.ask_node(&node).await;
        compare(&format!("the answer to operation {step} ({operation:?})"), &answer, &expected)?;
    }
    Ok(())
}

#[derive(Debug)]
struct Operation {
    number: u64,
    seed: u64,
    now: u64,
}

/// One of few of a kind.
fn digest(kind: u8, number: u64) -> Digest {
    Digest::of(&[&[kind], &number.to_be_bytes()])
}

fn grant_id(number: u64) -> Result<GrantId, Failure> {
    GrantId::parse(&format!("{number:022}")).ok_or_else(|| Failure::new("no id of a grant"))
}

impl Operation {
    async fn ask_node(&self, node: &Node) -> String {
        self.ask(&**node).await
    }

    /// What the store answers, as a text.
    async fn ask(&self, store: &(impl AuthorizationStore + ?Sized)) -> String {
        match self.answer(store).await {
            Ok(answer) => answer,
            // Which value is too long, or in the way, a store may say in its own words.
            Err(StoreError::Conflict(_)) => "conflict".to_owned(),
            Err(error) => format!("{error:?}"),
        }
    }

    #[expect(clippy::too_many_lines, reason = "one arm an operation")]
    async fn answer(
        &self,
        store: &(impl AuthorizationStore + ?Sized),
    ) -> Result<String, StoreError> {
        let mut random = Random(self.seed);
        let now = self.now;
        let mut text = String::new();
        macro_rules! note {
            ($call:expr) => {{
                let answer = $call.await?;
                let _ = write!(text, "{answer:?}");
            }};
        }
        let subject = format!("subject {}", random.below(3));
        let client_id = format!("client {}", random.below(2));
        let grant = self.grant(&mut random, &subject, &client_id);
        let id = grant.id.clone();
        let selector = match random.below(6) {
            0 => GrantSelector::Subject(subject.clone()),
            1 => GrantSelector::Client(client_id.clone()),
            2 => GrantSelector::Session(subject.clone()),
            3 => GrantSelector::EndsWithSession(subject.clone()),
            4 => GrantSelector::EndsOutsideSession {
                subject: subject.clone(),
                session: subject.clone(),
            },
            _ => GrantSelector::SubjectAtClient {
                subject: subject.clone(),
                client_id: client_id.clone(),
            },
        };
        let reason = RevocationReason::RevokedByAdministrator;
        let code = digest(1, random.below(FEW * 4));
        let token = digest(2, random.below(FEW * 4));
        let opaque = digest(3, random.below(FEW * 2));
        let user_code = digest(4, random.below(FEW));
        let device_code = digest(5, random.below(FEW));
        match self.number {
            0..3 => {
                let code = AuthorizationCode {
                    digest: code,
                    grant: id,
                    redirect_uri: "https://app.example.com/".to_owned(),
                    challenge: CodeChallenge::from_bytes([1; 32]),
                    nonce: None,
                    jkt: None,
                    expires_at: now + random.below(60),
                    kept_until: now + 60 + random.below(60),
                };
                let consents: Vec<Consent> = (0..random.below(3))
                    .map(|resource| Consent {
                        metadata_digest: digest(0, random.below(3)),
                        ..consent(&subject, &client_id, &format!("resource {resource}"))
                    })
                    .collect();
                note!(store.authorize(&grant, &code, &consents));
            }
            3 => note!(store.find_code(&code)),
            4..7 => {
                let redemption = CodeRedemption {
                    code,
                    refresh_token: (random.below(4) > 0).then(|| RefreshToken {
                        digest: token,
                        grant: id.clone(),
                        number: 1,
                        jkt: None,
                        expires_at: now + random.below(200),
                    }),
                    access_token: (random.below(3) == 0)
                        .then(|| opaque_token(opaque, Some(id), now + random.below(60))),
                    now,
                };
                note!(store.redeem_code(&redemption));
            }
            7 => note!(store.find_refresh_token(&token)),
            8..12 => {
                let held = store.find_refresh_token(&token).await?;
                let (grant, number) = match held {
                    Some(held) => (held.token.grant, held.token.number + 1),
                    None => (id, 2),
                };
                let rotation = Rotation {
                    presented: token,
                    successor: RefreshToken {
                        digest: digest(2, random.below(FEW * 4)),
                        grant: grant.clone(),
                        number,
                        jkt: Some("thumbprint".to_owned()),
                        expires_at: now + random.below(300),
                    },
                    sealed_successor: vec![u8::try_from(random.below(256)).unwrap_or(0)],
                    access_token: (random.below(3) == 0)
                        .then(|| opaque_token(opaque, Some(grant), now + random.below(60))),
                    retry_window: random.below(3) * 10,
                    now,
                };
                note!(store.rotate_refresh_token(&rotation));
            }
            12 => note!(store.find_opaque_token(&opaque)),
            13 => {
                let access = opaque_token(opaque, Some(id.clone()), now + random.below(60));
                note!(store.begin_grant(&device_code, &id, None, Some(&access), now));
            }
            14 => note!(store.remove_opaque_token(&opaque)),
            15 => note!(store.list_grants(&selector, now, 3)),
            16 => note!(store.revoke_grant(&id, reason, now)),
            17 if random.below(3) == 0 => note!(store.revoke_grants(&selector, reason, now)),
            17 => note!(store.find_grant(&id)),
            18 => note!(store.consents(&subject, &client_id)),
            19 if random.below(3) == 0 => {
                note!(store.withdraw_consents(&subject, &client_id, now));
            }
            19 => {
                let client = crate::authorization::RegisteredClient {
                    registered_at: now,
                    expires_at: now + random.below(60),
                    ..clients::client(&client_id)
                };
                note!(store.register_client(&client));
            }
            20 => {
                store.touch_client(&client_id, now, now + random.below(90)).await?;
                note!(store.find_client(&client_id));
                note!(store.update_client(&client_id, "{}", "{}"));
            }
            21 if random.below(3) == 0 => note!(store.remove_client(&client_id, now)),
            21 if random.below(2) == 0 => note!(store.list_clients(Some("client 0"), 1)),
            21 => note!(store.count_clients()),
            22 => {
                let kid = format!("key {}", random.below(FEW));
                let algorithm = if random.below(2) == 0 { "ES256" } else { "RS256" };
                let latest = store.signing_keys().await?;
                let latest = latest.iter().rfind(|it| it.algorithm == algorithm);
                let after = latest.map(|it| it.kid.as_str()).filter(|_| random.below(3) > 0);
                let mut key = keys::key(&kid, algorithm, now + random.below(50));
                key.sealed_private_key = vec![1];
                note!(store.add_signing_key(&key, after));
                if random.below(3) == 0 {
                    note!(store.remove_signing_key(&format!("key {}", random.below(FEW))));
                }
                note!(store.signing_keys());
            }
            23 => {
                let mut request = devices::request(&client_id);
                (request.user_code, request.device_code) = (user_code, device_code);
                request.expires_at = now + random.below(60);
                note!(store.begin_device_request(&request, now));
                note!(store.find_device_request(&user_code, now));
            }
            24 => {
                if random.below(2) == 0 {
                    let decision = match random.below(3) {
                        0 => DeviceDecision::Denied,
                        _ => DeviceDecision::Allowed(Box::new(grant)),
                    };
                    note!(store.decide_device_request(&user_code, &decision, now));
                }
                note!(store.poll_device_request(&device_code, &client_id, now));
            }
            _ => {
                // How many went with the others a store may count in its own way.
                while store.sweep_authorization(now, 50).await? > 0 {}
            }
        }
        Ok(text)
    }

    fn grant(&self, random: &mut Random, subject: &str, client_id: &str) -> Grant {
        let number = random.below(FEW * 2);
        Grant {
            id: grant_id(number).unwrap_or_else(|_| GrantId::random()),
            subject: subject.to_owned(),
            client_id: client_id.to_owned(),
            scopes: vec![if random.below(2) == 0 { "read" } else { "offline_access" }.to_owned()],
            resources: Vec::new(),
            authentication: Authentication {
                auth_time: self.now,
                acr: None,
                amr: Vec::new(),
                session_id: (random.below(2) == 0).then(|| subject.to_owned()),
            },
            granted_at: self.now,
            expires_at: self.now + random.below(300),
            revoked: None,
        }
    }
}

fn opaque_token(digest: Digest, grant: Option<GrantId>, expires_at: u64) -> OpaqueToken {
    OpaqueToken {
        digest,
        grant,
        resource: "resource".to_owned(),
        expires_at,
        claims: "{}".to_owned(),
    }
}
