//! Random lives of grants at the endpoints, on a clock that the test moves: each answer is compared with what
//! requirements 45 to 66 say in a few lines.

use std::collections::HashSet;

use auth_server::store::{AuthorizationStore as _, GrantId, RevocationReason};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::Value;

use super::support::{API, Answer, Code, FILES, NOW, World, form};

/// What happens next.
#[derive(Clone, Debug)]
enum Step {
    /// A user allows a client something.
    Authorize {
        user: usize,
        client: usize,
    },
    Redeem {
        grant: Index,
        flaw: Option<Flaw>,
    },
    Refresh {
        grant: Index,
        token: Place,
        by_another: bool,
        for_files: bool,
    },
    GiveRefreshTokenBack {
        grant: Index,
        token: Place,
        by_another: bool,
    },
    GiveAccessTokenBack {
        grant: Index,
        token: Index,
        by_another: bool,
    },
    Withdraw {
        user: usize,
        client: usize,
    },
    RevokeByAdministrator {
        grant: Index,
    },
    Block {
        user: usize,
    },
    Wait(u64),
    Sweep,
}

/// What is wrong with a redemption.
#[derive(Clone, Copy, Debug)]
enum Flaw {
    Client,
    Verifier,
    RedirectUri,
}

/// Which refresh token of a chain.
#[derive(Clone, Copy, Debug)]
enum Place {
    Last,
    BeforeLast,
    Any(Index),
}

const USERS: [&str; 2] = ["alice", "bob"];
/// A public client and one that authenticates.
const CLIENTS: [&str; 2] = ["spa", "web"];

/// In seconds: around the times at which something ends.
const WAITS: [u64; 13] = [1, 5, 9, 10, 11, 58, 60, 590, 600, 700, 86_400, 14 * 86_400, 30 * 86_400];

fn step() -> impl Strategy<Value = Step> {
    let index = any::<Index>;
    let place = || {
        prop_oneof![
            4 => Just(Place::Last),
            3 => Just(Place::BeforeLast),
            1 => index().prop_map(Place::Any),
        ]
    };
    let flaw = prop_oneof![Just(Flaw::Client), Just(Flaw::Verifier), Just(Flaw::RedirectUri)];
    let rarely = || prop::bool::weighted(0.15);
    prop_oneof![
        3 => (0..2_usize, 0..2_usize).prop_map(|(user, client)| Step::Authorize { user, client }),
        6 => (index(), prop::option::weighted(0.3, flaw))
            .prop_map(|(grant, flaw)| Step::Redeem { grant, flaw }),
        12 => (index(), place(), rarely(), any::<bool>()).prop_map(
            |(grant, token, by_another, for_files)| Step::Refresh { grant, token, by_another, for_files }
        ),
        1 => (index(), place(), any::<bool>()).prop_map(
            |(grant, token, by_another)| Step::GiveRefreshTokenBack { grant, token, by_another }
        ),
        1 => (index(), index(), any::<bool>()).prop_map(
            |(grant, token, by_another)| Step::GiveAccessTokenBack { grant, token, by_another }
        ),
        1 => (0..2_usize, 0..2_usize).prop_map(|(user, client)| Step::Withdraw { user, client }),
        1 => index().prop_map(|grant| Step::RevokeByAdministrator { grant }),
        1 => (0..2_usize).prop_map(|user| Step::Block { user }),
        6 => prop::sample::select(&WAITS[..]).prop_map(Step::Wait),
        1 => Just(Step::Sweep),
    ]
}

/// What the requirements say, with what the steps can tell apart.
#[derive(Clone, Copy, Debug)]
struct Rules {
    /// For how many seconds a spent token leads to its successor.
    window: u64,
    /// For how many seconds a refresh token is good if it is not used.
    idle: u64,
    /// A rule that is left out.
    without: Option<Rule>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    /// A second redemption revokes.
    SecondRedemptionRevokes,
    /// A redemption that fails uses nothing up.
    FailureUsesNothingUp,
    /// The use of a spent token after its window ends the grant.
    ReuseRevokes,
    /// What another client does with a token has no effect.
    OthersHaveNoEffect,
    /// Access tokens end with their grant.
    AccessTokensEnd,
}

const RULES: Rules = Rules { window: 10, idle: 14 * 86_400, without: None };

impl Rules {
    fn have(self, rule: Rule) -> bool {
        self.without != Some(rule)
    }
}

struct RefreshToken {
    text: String,
    spent_at: Option<u64>,
    expires_at: u64,
}

struct AccessToken {
    text: String,
    expires_at: u64,
    is_given_back: bool,
}

/// A grant as the requirements have it.
struct Grant {
    code: Code,
    client: usize,
    user: usize,
    granted_at: u64,
    is_used_up: bool,
    redeemed_at: Option<u64>,
    is_swept: bool,
    is_revoked: bool,
    chain: Vec<RefreshToken>,
    access_tokens: Vec<AccessToken>,
}

/// What the answer has to be.
enum Expected {
    /// Tokens, with a refresh token that was never seen before.
    Tokens,
    /// Tokens, with this refresh token.
    Same(String),
    InvalidGrant,
}

struct Life {
    world: World,
    rules: Rules,
    grants: Vec<Grant>,
    blocked: [bool; 2],
    seen: HashSet<String>,
    /// Whether the last answer had tokens in it.
    has_given: bool,
}

type Outcome = Result<(), TestCaseError>;

impl Life {
    async fn new(rules: Rules) -> Self {
        let world = World::new().await;
        Self {
            world,
            rules,
            grants: Vec::new(),
            blocked: [false; 2],
            seen: HashSet::new(),
            has_given: false,
        }
    }

    async fn take(&mut self, step: &Step) -> Outcome {
        let now = self.world.now();
        let which = |index: &Index| index.index(self.grants.len());
        match step {
            Step::Wait(seconds) => self.world.clock.advance(*seconds),
            Step::Authorize { user, client } => self.authorize(*user, *client).await,
            Step::Block { user } => {
                self.world.accounts.block(USERS[*user]);
                self.blocked[*user] = true;
            }
            Step::Withdraw { user, client } => {
                let (subject, client_id) = (USERS[*user], CLIENTS[*client]);
                self.world.store.withdraw_consents(subject, client_id, now).await.unwrap();
                let its = |it: &&mut Grant| it.user == *user && it.client == *client;
                self.grants.iter_mut().filter(its).for_each(|it| it.is_revoked = true);
            }
            Step::Sweep => {
                while self.world.store.sweep_authorization(now, 100).await.unwrap() > 0 {}
                let kept = |it: &Grant| now < it.granted_at + 660;
                self.grants.iter_mut().for_each(|it| it.is_swept |= !kept(it));
            }
            _ if self.grants.is_empty() => {}
            Step::Redeem { grant, flaw } => self.redeem(which(grant), *flaw).await?,
            Step::Refresh { grant, token, by_another, for_files } => {
                self.refresh(which(grant), *token, *by_another, *for_files).await?;
            }
            Step::GiveRefreshTokenBack { grant, token, by_another } => {
                self.give_refresh_token_back(which(grant), *token, *by_another).await;
            }
            Step::GiveAccessTokenBack { grant, token, by_another } => {
                self.give_access_token_back(which(grant), *token, *by_another).await;
            }
            Step::RevokeByAdministrator { grant } => {
                let index = which(grant);
                let why = RevocationReason::RevokedByAdministrator;
                let id: &GrantId = &self.grants[index].code.grant.id;
                self.world.store.revoke_grant(id, why, now).await.unwrap();
                self.grants[index].is_revoked = true;
            }
        }
        Ok(())
    }

    async fn authorize(&mut self, user: usize, client: usize) {
        let subject = USERS[user].to_owned();
        let change = |grant: &mut auth_server::store::Grant, _: &mut _| grant.subject = subject;
        let code = self.world.code_with(CLIENTS[client], "read files", change).await;
        self.grants.push(Grant {
            code,
            client,
            user,
            granted_at: self.world.now(),
            is_used_up: false,
            redeemed_at: None,
            is_swept: false,
            is_revoked: false,
            chain: Vec::new(),
            access_tokens: Vec::new(),
        });
    }

    /// Posts as this client.
    async fn post(&self, client: usize, path: &str, pairs: &[(&str, &str)]) -> Answer {
        if client == 0 {
            let pairs = [pairs, &[("client_id", CLIENTS[0])]].concat();
            return self.world.post(path, &form(&pairs)).await;
        }
        self.world.post_as(CLIENTS[client], path, &form(pairs)).await
    }

    fn is_live(&self, grant: &Grant) -> bool {
        !grant.is_revoked && self.world.now() < grant.granted_at + 90 * 86_400
    }

    /// Whether the owner of a grant may have tokens for it.
    fn may_have_tokens(&self, grant: &Grant) -> bool {
        self.is_live(grant) && !self.blocked[grant.user]
    }

    async fn redeem(&mut self, index: usize, flaw: Option<Flaw>) -> Outcome {
        let now = self.world.now();
        let grant = &self.grants[index];
        let expected = match (flaw, grant.redeemed_at) {
            (Some(_), _) => Expected::InvalidGrant,
            (None, Some(_)) => {
                // Of a code that was forgotten with the last token for it, nothing is known.
                let is_second = !grant.is_swept && self.rules.have(Rule::SecondRedemptionRevokes);
                self.grants[index].is_revoked |= is_second;
                Expected::InvalidGrant
            }
            (None, None) if now >= grant.granted_at + 60 || grant.is_used_up => {
                Expected::InvalidGrant
            }
            (None, None) if !self.may_have_tokens(grant) => Expected::InvalidGrant,
            (None, None) => {
                self.grants[index].redeemed_at = Some(now);
                Expected::Tokens
            }
        };
        let grant = &mut self.grants[index];
        grant.is_used_up |= flaw.is_some() && !self.rules.have(Rule::FailureUsesNothingUp);
        let code = grant.code.code.clone();
        let mut client = grant.client;
        let mut pairs = vec![
            ("grant_type", "authorization_code"),
            ("code", &*code),
            ("code_verifier", super::support::VERIFIER),
        ];
        match flaw {
            Some(Flaw::Client) => client = 1 - client,
            Some(Flaw::Verifier) => pairs[2].1 = "wrong-wrong-wrong-wrong-wrong-wrong-wrong-1",
            Some(Flaw::RedirectUri) => pairs.push(("redirect_uri", "https://evil.example/")),
            None => {}
        }
        let answer = self.post(client, "/token", &pairs).await;
        self.compare(index, &answer, &expected)
    }

    /// Which token of a chain is meant, if there is one.
    fn token(&self, grant: usize, place: Place) -> Option<usize> {
        let count = self.grants[grant].chain.len();
        match place {
            Place::Last => count.checked_sub(1),
            Place::BeforeLast => count.checked_sub(2),
            Place::Any(index) => (count > 0).then(|| index.index(count)),
        }
    }

    async fn refresh(
        &mut self,
        index: usize,
        place: Place,
        by_another: bool,
        for_files: bool,
    ) -> Outcome {
        let Some(at) = self.token(index, place) else { return Ok(()) };
        let (now, rules) = (self.world.now(), self.rules);
        let grant = &self.grants[index];
        let may =
            self.may_have_tokens(grant) && (!by_another || !rules.have(Rule::OthersHaveNoEffect));
        let token = &grant.chain[at];
        let presented = token.text.clone();
        let client = if by_another { 1 - grant.client } else { grant.client };
        let next = grant.chain.get(at + 1);
        let expected = match (token.spent_at, next) {
            _ if !may => Expected::InvalidGrant,
            (None, _) if now >= token.expires_at => Expected::InvalidGrant,
            (None, _) => {
                self.grants[index].chain[at].spent_at = Some(now);
                Expected::Tokens
            }
            (Some(spent_at), Some(next))
                if now <= spent_at + rules.window && next.spent_at.is_none() =>
            {
                Expected::Same(next.text.clone())
            }
            (Some(_), _) => {
                self.grants[index].is_revoked |= rules.have(Rule::ReuseRevokes);
                Expected::InvalidGrant
            }
        };
        let resource = if for_files { FILES } else { API };
        let pairs = [
            ("grant_type", "refresh_token"),
            ("refresh_token", &*presented),
            ("resource", resource),
        ];
        let answer = self.post(client, "/token", &pairs).await;
        self.compare(index, &answer, &expected)
    }

    /// Whether the answer is the one that is expected, and what it gives is noted.
    fn compare(&mut self, index: usize, answer: &Answer, expected: &Expected) -> Outcome {
        if matches!(expected, Expected::InvalidGrant) {
            prop_assert_eq!(answer.status.as_u16(), 400, "{}", answer.text());
            prop_assert_eq!(answer.error(), "invalid_grant");
            return Ok(());
        }
        prop_assert!(answer.status.is_success(), "{} {}", answer.status, answer.text());
        self.has_given = true;
        let (tokens, now) = (answer.json(), self.world.now());
        let text = |tokens: &Value, name: &str| tokens[name].as_str().unwrap().to_owned();
        let refresh_token = text(&tokens, "refresh_token");
        let grant = &mut self.grants[index];
        let end = grant.granted_at + 90 * 86_400;
        if let Expected::Same(successor) = expected {
            prop_assert_eq!(&refresh_token, successor, "another successor");
        } else {
            prop_assert!(self.seen.insert(refresh_token.clone()), "a token was given twice");
            let expires_at = end.min(now + self.rules.idle);
            grant.chain.push(RefreshToken { text: refresh_token, spent_at: None, expires_at });
        }
        let access_token = text(&tokens, "access_token");
        prop_assert!(self.seen.insert(access_token.clone()), "a token was given twice");
        let expires_at = end.min(now + 600);
        prop_assert_eq!(tokens["expires_in"].as_u64(), Some(expires_at - now));
        grant.access_tokens.push(AccessToken {
            text: access_token,
            expires_at,
            is_given_back: false,
        });
        Ok(())
    }

    async fn give_refresh_token_back(&mut self, index: usize, place: Place, by_another: bool) {
        let Some(at) = self.token(index, place) else { return };
        let client = self.grants[index].client;
        let client = if by_another { 1 - client } else { client };
        let text = self.grants[index].chain[at].text.clone();
        let answer = self.post(client, "/revoke", &[("token", &text)]).await;
        assert_eq!(answer.status, 200);
        self.grants[index].is_revoked |= !by_another || !self.rules.have(Rule::OthersHaveNoEffect);
    }

    async fn give_access_token_back(&mut self, index: usize, which: Index, by_another: bool) {
        let count = self.grants[index].access_tokens.len();
        if count == 0 {
            return;
        }
        let client = self.grants[index].client;
        let client = if by_another { 1 - client } else { client };
        let at = which.index(count);
        let text = self.grants[index].access_tokens[at].text.clone();
        let answer = self.post(client, "/revoke", &[("token", &text)]).await;
        assert_eq!(answer.status, 200);
        let token = &mut self.grants[index].access_tokens[at];
        token.is_given_back |= !by_another || !self.rules.have(Rule::OthersHaveNoEffect);
    }

    /// Whether each access token that has not expired is as good as it has to be.
    async fn compare_access_tokens(&self) -> Outcome {
        let now = self.world.now();
        for grant in &self.grants {
            let may = self.may_have_tokens(grant) || !self.rules.have(Rule::AccessTokensEnd);
            for token in grant.access_tokens.iter().filter(|it| now < it.expires_at) {
                let is_good = may && !token.is_given_back;
                prop_assert_eq!(
                    self.world.is_active(&token.text).await,
                    is_good,
                    "an access token"
                );
            }
        }
        Ok(())
    }
}

/// Whether the server answers by these rules.
fn live(rules: Rules, steps: &[Step]) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut life = Life::new(rules).await;
        life.authorize(0, 0).await;
        for step in steps {
            life.take(step).await?;
            // Nothing else has an effect on access tokens.
            let is_passive = matches!(step, Step::Wait(_) | Step::Authorize { .. } | Step::Sweep);
            if !is_passive && !std::mem::take(&mut life.has_given) {
                life.compare_access_tokens().await?;
            }
        }
        assert!(life.world.now() >= NOW);
        Ok(())
    })
}

#[test]
fn grants_live_as_the_requirements_say() {
    let config = Config { cases: 64, failure_persistence: None, ..Config::default() };
    let steps = prop::collection::vec(step(), 1..40);
    TestRunner::new(config).run(&steps, |steps| live(RULES, &steps)).unwrap();
}

/// The steps can tell: a server that keeps another rule than the model is found.
#[test]
fn a_rule_that_the_server_does_not_keep_is_found() {
    let other = [
        Rules { window: 0, ..RULES },
        Rules { window: 9, ..RULES },
        Rules { window: 11, ..RULES },
        Rules { idle: 90 * 86_400, ..RULES },
    ];
    let left_out = [
        Rule::SecondRedemptionRevokes,
        Rule::FailureUsesNothingUp,
        Rule::ReuseRevokes,
        Rule::OthersHaveNoEffect,
        Rule::AccessTokensEnd,
    ];
    let left_out = left_out.map(|it| Rules { without: Some(it), ..RULES });
    for rules in other.into_iter().chain(left_out) {
        let config = Config {
            cases: 500,
            failure_persistence: None,
            max_shrink_iters: 0,
            ..Config::default()
        };
        // The same steps each time.
        let random = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
        let mut runner = TestRunner::new_with_rng(config, random);
        let steps = prop::collection::vec(step(), 40);
        let found = runner.run(&steps, |steps| live(rules, &steps));
        assert!(found.is_err(), "{rules:?} are not found to differ");
    }
}
