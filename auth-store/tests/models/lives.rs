//! The lives of codes, refresh tokens and grants.

use auth_accounts::secret::Digest;
use auth_accounts::store::{Created, OneTimeKind, OneTimeStore as _, StoreError};
use shuttle::future::block_on;
use shuttle::scheduler::PctScheduler;
use shuttle::sync::Arc;
use shuttle::{Config, Runner, thread};

use crate::authorization::{
    Authentication, AuthorizationCode, AuthorizationStore as _, CodeChallenge, CodeRedemption,
    Grant, GrantId, GrantSelector, OpaqueToken, Redeemed, RefreshToken, RevocationReason, Revoked,
    Rotated, Rotation,
};
use crate::database::{Mistake, Record, Value};
use crate::sql::{Model, SqlStore, store};

const NOW: u64 = 1_800_000_000;
const WINDOW: u64 = 10;

/// Tries so many interleavings, each with few changes of the thread at places that are drawn: that finds
/// what takes few changes with a probability that can be computed.
fn try_interleavings(count: usize, model: impl Fn() + Send + Sync + 'static) {
    let mut config = Config::new();
    config.stack_size = 512 * 1024;
    Runner::new(PctScheduler::new(3, count), config).run(model);
}

/// A grant and its code, in a store of their own.
struct World {
    store: SqlStore<Model>,
    grant: Grant,
    code: AuthorizationCode,
}

fn digest(kind: &str, number: u64) -> Digest {
    Digest::of(&[kind.as_bytes(), &number.to_be_bytes()])
}

fn grant(number: u64) -> Grant {
    Grant {
        id: GrantId::parse(&format!("{number:022}")).unwrap(),
        subject: "alice".to_owned(),
        client_id: "app".to_owned(),
        scopes: vec!["read".to_owned()],
        resources: Vec::new(),
        authentication: Authentication {
            auth_time: NOW,
            acr: None,
            amr: Vec::new(),
            session_id: Some("session".to_owned()),
        },
        granted_at: NOW,
        expires_at: NOW + 1_000,
        revoked: None,
    }
}

impl World {
    fn new(mistake: Option<Mistake>) -> Arc<Self> {
        let world = Self { store: store(mistake), grant: grant(1), code: code(&grant(1)) };
        block_on(world.store.authorize(&world.grant, &world.code, &[])).unwrap();
        Arc::new(world)
    }

    /// The same with the code redeemed: the refresh token with the number 0 is its first.
    fn redeemed(mistake: Option<Mistake>) -> Arc<Self> {
        let world = Self::new(mistake);
        assert_eq!(world.redeem(0, NOW), Ok(Redeemed::First));
        world
    }

    /// The refresh token at this place of the chain that who has this number gets, if it gets one.
    fn token(&self, number: u64, who: u64) -> RefreshToken {
        RefreshToken {
            digest: digest("refresh", number * 100 + who),
            grant: self.grant.id.clone(),
            number: number + 1,
            jkt: None,
            expires_at: NOW + 500,
        }
    }

    fn redeem(&self, who: u64, now: u64) -> Result<Redeemed, StoreError> {
        self.redeem_for(self.token(0, who), now)
    }

    fn redeem_for(&self, token: RefreshToken, now: u64) -> Result<Redeemed, StoreError> {
        let redemption = CodeRedemption {
            code: self.code.digest,
            refresh_token: Some(token),
            access_token: None,
            now,
        };
        block_on(self.store.redeem_code(&redemption))
    }

    /// Rotates a token; the sealed successor is the number of who has made it.
    fn rotate(&self, presented: &RefreshToken, who: u64, window: u64, now: u64) -> Rotated {
        let successor = self.token(presented.number, who);
        let access_token = OpaqueToken {
            digest: digest("access", presented.number * 100 + who),
            grant: Some(self.grant.id.clone()),
            resource: "resource".to_owned(),
            expires_at: NOW + 100,
            claims: "{}".to_owned(),
        };
        let rotation = Rotation {
            presented: presented.digest,
            successor,
            sealed_successor: who.to_be_bytes().to_vec(),
            access_token: Some(access_token),
            retry_window: window,
            now,
        };
        block_on(self.store.rotate_refresh_token(&rotation)).unwrap()
    }

    /// The successor that a rotation gives, if it gives one.
    fn successor(
        &self,
        presented: &RefreshToken,
        who: u64,
        rotated: &Rotated,
    ) -> Option<RefreshToken> {
        match rotated {
            Rotated::First => Some(self.token(presented.number, who)),
            Rotated::Retried { sealed_successor } => {
                let maker = u64::from_be_bytes(sealed_successor[..].try_into().unwrap());
                Some(self.token(presented.number, maker))
            }
            Rotated::Reused | Rotated::Invalid => None,
        }
    }

    fn revoke(&self) -> bool {
        let why = RevocationReason::RevokedByAdministrator;
        block_on(self.store.revoke_grant(&self.grant.id, why, NOW)).unwrap()
    }

    fn is_live(&self) -> bool {
        let grant = block_on(self.store.find_grant(&self.grant.id)).unwrap();
        grant.is_some_and(|it| it.is_live(NOW))
    }

    /// The places of the refresh tokens that are stored, and whether they are spent.
    fn stored(&self) -> Vec<(i64, bool)> {
        let rows = self.store.committed("auth_refresh_token").into_iter();
        let place = |row: Record| match (&row["number"], &row["spent_at"]) {
            (Value::Integer(number), spent_at) => (*number, *spent_at != Value::Null),
            (other, _) => panic!("{other:?} is no number"),
        };
        let mut places: Vec<_> = rows.map(place).collect();
        places.sort_unstable();
        places
    }

    /// How many access tokens are stored.
    fn access_tokens(&self) -> usize {
        self.store.committed("auth_opaque_token").len()
    }

    /// A chain has one end: a token that is unspent, after one for each place before it.
    fn assert_one_end(&self) {
        let stored = self.stored();
        let ends = stored.iter().filter(|(_, is_spent)| !is_spent).count();
        assert_eq!(ends, 1, "a chain has other than one end: {stored:?}");
        let is_next = |pair: &[(i64, bool)]| pair[0].0 + 1 == pair[1].0;
        assert!(stored.windows(2).all(is_next), "a chain has a branch: {stored:?}");
    }
}

fn code(grant: &Grant) -> AuthorizationCode {
    AuthorizationCode {
        digest: digest("code", 0),
        grant: grant.id.clone(),
        redirect_uri: "https://app.example.com/".to_owned(),
        challenge: CodeChallenge::from_bytes([1; 32]),
        nonce: None,
        jkt: None,
        expires_at: NOW + 60,
        kept_until: NOW + 600,
    }
}

/// Does this in so many threads at once.
fn at_once<T: Send + 'static>(
    world: &Arc<World>,
    count: u64,
    act: impl Fn(&World, u64) -> T + Clone + Send + 'static,
) -> Vec<thread::JoinHandle<T>> {
    let spawn = |who| {
        let (world, act) = (Arc::clone(world), act.clone());
        thread::spawn(move || act(&world, who))
    };
    (1..=count).map(spawn).collect()
}

fn join<T>(threads: Vec<thread::JoinHandle<T>>) -> Vec<T> {
    threads.into_iter().map(|it| it.join().unwrap()).collect()
}

// Codes.

fn a_code_gives_tokens_once(mistake: Option<Mistake>) {
    let world = World::new(mistake);
    let redeemed = join(at_once(&world, 3, |world, who| world.redeem(who, NOW)));
    let count = |wanted| redeemed.iter().filter(|it| **it == Ok(wanted)).count();
    assert_eq!(count(Redeemed::First), 1, "a code gave tokens other than once: {redeemed:?}");
    assert!(count(Redeemed::Again) > 0, "{redeemed:?}");
    assert!(!world.is_live(), "a second redemption revoked nothing");
    assert_eq!(world.stored().len(), 1);
}

/// One that fails after it has marked the code, beside a good one.
fn a_failed_redemption_uses_nothing_up(mistake: Option<Mistake>) {
    let world = World::new(mistake);
    let failed = at_once(&world, 1, |world, who| {
        let other = RefreshToken { grant: grant(2).id, ..world.token(0, who) };
        world.redeem_for(other, NOW)
    });
    let redeemed = world.redeem(2, NOW);
    let failed = join(failed).remove(0);
    assert!(matches!(failed, Err(StoreError::Conflict(_)) | Ok(Redeemed::Again)), "{failed:?}");
    if failed.is_err() {
        assert_eq!(redeemed, Ok(Redeemed::First), "a failed redemption used the code up");
        assert!(world.is_live());
    }
}

/// A node whose clock is late redeems what another one sweeps.
fn what_is_redeemed_is_not_swept(mistake: Option<Mistake>) {
    let world = World::new(mistake);
    let sweeper = at_once(&world, 1, |world, _| {
        block_on(world.store.sweep_authorization(NOW + 60, 10)).unwrap()
    });
    let redeemed = world.redeem(2, NOW + 59).unwrap();
    join(sweeper);
    let is_first = redeemed == Redeemed::First;
    assert!(is_first || redeemed == Redeemed::Invalid, "{redeemed:?}");
    assert_eq!(world.is_live(), is_first, "a grant was swept whose code was redeemed");
    assert_eq!(world.stored().len(), usize::from(is_first));
}

// Refresh tokens.

fn refreshes_at_once_get_the_same_successor(mistake: Option<Mistake>) {
    let world = World::redeemed(mistake);
    let token = world.token(0, 0);
    let successors = join(at_once(&world, 3, move |world, who| {
        let rotated = world.rotate(&token, who, WINDOW, NOW);
        (rotated == Rotated::First, world.successor(&token, who, &rotated))
    }));
    assert_eq!(successors.iter().filter(|(is_first, _)| *is_first).count(), 1, "{successors:?}");
    let (_, first) = &successors[0];
    assert!(first.is_some(), "a refresh was rejected: {successors:?}");
    assert!(successors.iter().all(|(_, it)| it == first), "two successors: {successors:?}");
    assert!(world.is_live());
    assert_eq!(world.access_tokens(), 3);
    world.assert_one_end();
}

fn without_a_window_one_refresh_succeeds(mistake: Option<Mistake>) {
    let world = World::redeemed(mistake);
    let token = world.token(0, 0);
    let rotated = join(at_once(&world, 3, move |world, who| world.rotate(&token, who, 0, NOW)));
    let count = |wanted: &Rotated| rotated.iter().filter(|it| *it == wanted).count();
    assert_eq!(count(&Rotated::First), 1, "other than one succeeded: {rotated:?}");
    assert_eq!(count(&Rotated::Reused), 1, "{rotated:?}");
    assert!(!world.is_live(), "a reuse has not ended the grant");
    world.assert_one_end();
}

/// One client goes on with the successor while another copy of it retries.
fn a_retry_beside_the_next_refresh_makes_no_branch(mistake: Option<Mistake>) {
    let world = World::redeemed(mistake);
    let token = world.token(0, 0);
    let goes_on = |world: &World, who| {
        let mut token = world.token(0, 0);
        for _ in 0..2 {
            let rotated = world.rotate(&token, who, WINDOW, NOW);
            let Some(next) = world.successor(&token, who, &rotated) else { return false };
            token = next;
        }
        true
    };
    let others = at_once(&world, 1, goes_on);
    let rotated = world.rotate(&token, 4, WINDOW, NOW);
    let went_on = join(others).remove(0);
    world.assert_one_end();
    // Either the retry came before the second use, or the spent token has ended the grant.
    assert_eq!(rotated == Rotated::Reused, !world.is_live(), "{rotated:?}");
    assert!(went_on || !world.is_live());
    let again = world.rotate(&token, 3, WINDOW, NOW);
    let is_over = matches!(again, Rotated::Reused | Rotated::Invalid);
    assert!(is_over, "a retry got a successor that is spent");
}

/// The token that was spent comes back after the window, while the client refreshes.
fn a_reuse_beside_a_refresh_ends_the_grant(mistake: Option<Mistake>, window: u64) {
    let world = World::redeemed(mistake);
    let token = world.token(0, 0);
    assert_eq!(world.rotate(&token, 1, WINDOW, NOW), Rotated::First);
    let late = NOW + WINDOW + 1;
    let next = world.token(1, 1);
    let refresh = at_once(&world, 1, move |world, _| world.rotate(&next, 2, WINDOW, late));
    let reused = world.rotate(&token, 3, window, late);
    let refreshed = join(refresh).remove(0);
    assert_eq!(reused, Rotated::Reused, "a spent token was good after the window");
    assert!(matches!(refreshed, Rotated::First | Rotated::Invalid), "{refreshed:?}");
    assert!(!world.is_live(), "a reuse has not ended the grant");
    world.assert_one_end();
}

// Revocations.

/// From the acknowledgement on, nothing is stored and nothing is given.
fn nothing_is_issued_after_a_revocation(
    mistake: Option<Mistake>,
    revoke: impl Fn(&World) + Clone + Send + 'static,
) {
    let world = World::redeemed(mistake);
    let token = world.token(0, 0);
    let presented = token.clone();
    let rotations = at_once(&world, 2, move |world, who| {
        let rotated = world.rotate(&presented, who, WINDOW, NOW);
        (who, rotated)
    });
    let revocation = at_once(&world, 1, move |world, _| {
        revoke(world);
        let stored = (world.stored(), world.access_tokens());
        assert!(!world.is_live(), "a grant is live after its revocation");
        let rotated = world.rotate(&world.token(0, 0), 4, WINDOW, NOW);
        assert_eq!(rotated, Rotated::Invalid, "a refresh succeeded after the revocation");
        stored
    });
    let stored = join(revocation).remove(0);
    let rotated = join(rotations);
    let now = (world.stored(), world.access_tokens());
    assert_eq!(now, stored, "something was issued after the revocation");
    for (who, rotated) in rotated {
        if let Some(next) = world.successor(&token, who, &rotated) {
            let rotated = world.rotate(&next, who, WINDOW, NOW);
            assert_eq!(rotated, Rotated::Invalid, "a refresh succeeded after the revocation");
        }
    }
    world.assert_one_end();
}

fn revoke(world: &World) {
    world.revoke();
}

fn withdraw(world: &World) {
    block_on(world.store.withdraw_consents("alice", "app", NOW)).unwrap();
}

fn sign_out(world: &World) {
    let which = GrantSelector::Session("session".to_owned());
    block_on(world.store.revoke_grants(&which, RevocationReason::SignedOut, NOW)).unwrap();
}

fn a_redemption_beside_a_revocation_comes_before_it(mistake: Option<Mistake>) {
    let world = World::new(mistake);
    let redemption = at_once(&world, 1, |world, who| world.redeem(who, NOW).unwrap());
    assert!(world.revoke());
    let stored = world.stored();
    let redeemed = join(redemption).remove(0);
    assert_eq!(world.stored(), stored, "something was issued after the revocation");
    assert_eq!(stored.len(), usize::from(redeemed == Redeemed::First));
    assert!(!world.is_live());
}

/// All that revoke grants of a user, in any order: none waits for another one without end, each grant is
/// announced once, and a follower misses none.
fn revocations_at_once_are_announced_once(mistake: Option<Mistake>) {
    let world = World::redeemed(mistake);
    let other = grant(2);
    let code = AuthorizationCode { digest: digest("code", 1), ..code(&other) };
    block_on(world.store.authorize(&other, &code, &[])).unwrap();
    let acts: [fn(&World); 3] = [sign_out, withdraw, revoke];
    let revocations: Vec<_> = acts
        .into_iter()
        .map(|act| {
            let world = Arc::clone(&world);
            thread::spawn(move || act(&world))
        })
        .collect();
    let early = block_on(world.store.revoked_after(0, 10)).unwrap();
    join(revocations);
    let all = block_on(world.store.revoked_after(0, 10)).unwrap();
    let mut told: Vec<String> = all.revoked.iter().map(|it| format!("{it:?}")).collect();
    let is_seen = |it: &Revoked| told.contains(&format!("{it:?}"));
    assert!(early.revoked.iter().all(is_seen));
    let seen = usize::try_from(early.position).unwrap();
    assert_eq!(early.revoked.len(), seen, "a position was seen before what is at it");
    told.sort();
    told.dedup();
    assert_eq!((told.len(), all.revoked.len()), (2, 2), "a grant was told of other than once");
}

// What is used once.

fn a_mark_is_claimed_once(mistake: Option<Mistake>) {
    let world = World::new(mistake);
    let put = |world: &World, now| {
        let (mark, value) = (digest("mark", 1), [1]);
        block_on(world.store.put(OneTimeKind::Code, &mark, None, &value, now + 10, now)).unwrap()
    };
    assert_eq!(put(&world, NOW), Created::Created);
    // One that has expired is not in the way.
    let created = join(at_once(&world, 3, move |world, _| put(world, NOW + 10)));
    let count = created.iter().filter(|it| **it == Created::Created).count();
    assert_eq!(count, 1, "a mark was claimed other than once: {created:?}");
}

macro_rules! hold {
    ($($name:ident: $model:expr;)*) => {
        mod hold {
            use super::*;

            $(#[test]
            fn $name() {
                try_interleavings(250, || $model(None));
            })*
        }
    };
}

hold! {
    a_code_gives_tokens_once: super::a_code_gives_tokens_once;
    a_failed_redemption_uses_nothing_up: super::a_failed_redemption_uses_nothing_up;
    what_is_redeemed_is_not_swept: super::what_is_redeemed_is_not_swept;
    refreshes_at_once_get_the_same_successor: super::refreshes_at_once_get_the_same_successor;
    without_a_window_one_refresh_succeeds: super::without_a_window_one_refresh_succeeds;
    a_retry_beside_the_next_refresh_makes_no_branch:
        super::a_retry_beside_the_next_refresh_makes_no_branch;
    a_reuse_beside_a_refresh_ends_the_grant:
        |it| super::a_reuse_beside_a_refresh_ends_the_grant(it, WINDOW);
    nothing_is_issued_after_a_revocation:
        |it| super::nothing_is_issued_after_a_revocation(it, revoke);
    nothing_is_issued_after_a_consent_is_withdrawn:
        |it| super::nothing_is_issued_after_a_revocation(it, withdraw);
    nothing_is_issued_after_a_session_has_ended:
        |it| super::nothing_is_issued_after_a_revocation(it, sign_out);
    a_redemption_beside_a_revocation_comes_before_it:
        super::a_redemption_beside_a_revocation_comes_before_it;
    revocations_at_once_are_announced_once: super::revocations_at_once_are_announced_once;
    a_mark_is_claimed_once: super::a_mark_is_claimed_once;
}

/// The model can tell: each of these is found.
macro_rules! mistakes {
    ($($name:ident: $model:expr, $mistake:expr, $expected:literal;)*) => {
        mod mistakes {
            use super::*;

            $(#[test]
            #[should_panic(expected = $expected)]
            fn $name() {
                try_interleavings(2_000, || $model($mistake));
            })*
        }
    };
}

mistakes! {
    a_refresh_that_locks_no_grant:
        |it| nothing_is_issued_after_a_revocation(it, revoke),
        Some((" FOR UPDATE", "")),
        "something was issued after the revocation";
    a_redemption_that_locks_no_grant: a_redemption_beside_a_revocation_comes_before_it,
        Some((" FOR UPDATE", "")),
        "something was issued after the revocation";
    a_refresh_that_does_not_look_whether_the_grant_is_revoked:
        |it| nothing_is_issued_after_a_revocation(it, revoke),
        Some(("AND revoked_at IS NULL AND expires_at > $2", "AND expires_at > $2")),
        "a refresh succeeded after the revocation";
    a_first_refresh_that_locks_no_grant:
        |it| nothing_is_issued_after_a_revocation(it, revoke),
        Some((" FOR UPDATE)", ")")),
        "something was issued after the revocation";
    a_first_redemption_that_locks_no_grant: a_redemption_beside_a_revocation_comes_before_it,
        Some((" FOR UPDATE)", ")")),
        "something was issued after the revocation";
    a_first_refresh_that_does_not_look_whether_the_grant_is_revoked:
        |it| nothing_is_issued_after_a_revocation(it, revoke),
        Some(("g.revoked_at IS NULL AND g.expires_at > $2", "g.expires_at > $2")),
        "a refresh succeeded after the revocation";
    a_token_that_is_used_first_twice: refreshes_at_once_get_the_same_successor,
        Some(("t.spent_at IS NULL AND t.expires_at > $2", "t.expires_at > $2")),
        "there is one already";
    a_code_that_is_used_first_twice: a_code_gives_tokens_once,
        Some(("t.redeemed_at IS NULL AND t.expires_at > $2", "t.expires_at > $2")),
        "there is one already";
    a_token_that_is_spent_twice: refreshes_at_once_get_the_same_successor,
        Some(("AND spent_at IS NULL AND expires_at > $2", "AND expires_at > $2")),
        "there is one already";
    a_code_that_is_redeemed_twice: a_code_gives_tokens_once,
        Some(("AND redeemed_at IS NULL AND expires_at > $2", "AND expires_at > $2")),
        "there is one already";
    a_window_that_has_no_end:
        |it| a_reuse_beside_a_refresh_ends_the_grant(it, 100 * WINDOW),
        None,
        "a spent token was good after the window";
    a_retry_that_does_not_look_at_the_successor: a_retry_beside_the_next_refresh_makes_no_branch,
        Some((" AND n.spent_at IS NULL", "")),
        "a retry got a successor that is spent";
    a_sweeper_that_takes_what_was_redeemed: what_is_redeemed_is_not_swept,
        Some(("grant_id = $1 AND redeemed_at IS NOT NULL", "grant_id = $1 AND redeemed_at = 0")),
        "a grant was swept whose code was redeemed";
    users_whose_grants_are_locked_in_any_order: revocations_at_once_are_announced_once,
        Some((
            "client_id = $2 AND revoked_at IS NULL ORDER BY id",
            "client_id = $2 AND revoked_at IS NULL ORDER BY id DESC",
        )),
        "deadlock";
    a_mark_that_is_put_over_another_one: a_mark_is_claimed_once,
        Some(("WHERE auth_one_time.expires_at <= $6", "")),
        "a mark was claimed other than once";
}
