//! Random operations, whose answers are those of the store in memory.

use std::collections::VecDeque;
use std::fmt::Debug;

use auth_accounts::model::{
    Account, AccountId, AccountKind, AccountState, AccountStatus, ApiKeyId, ApiKeyRecord,
    Assignment, AssignmentKind, AssignmentOrigin, AuditEntry, Carrier, Email, FactorId, FactorKind,
    FactorRecord, LoginKey, PasswordHash, SessionId, SessionRecord,
};
use auth_accounts::secret::{Digest, Sealed};
use auth_accounts::store::{
    Attempt, Created, DataWritten, FactorAdded, Limit, OneTimeKind, PasswordChange,
    PasswordWritten, StoreError, Stores, Withdrawn,
};

use super::kit::{Failure, Kit, NOW, same};
use crate::memory::MemoryStore;

/// Which traits are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Accounts,
    Assignments,
    Factors,
    Sessions,
    ApiKeys,
    OneTime,
    Attempts,
}

impl Part {
    pub(super) const ALL: [Self; 7] = [
        Self::Accounts,
        Self::Assignments,
        Self::Factors,
        Self::Sessions,
        Self::ApiKeys,
        Self::OneTime,
        Self::Attempts,
    ];

    /// Its operations. What is written and what is read of it are asked about as often.
    const fn operations(self) -> &'static [&'static str] {
        match self {
            Self::Accounts => &[
                "create account",
                "create account",
                "find",
                "find by email",
                "load account",
                "state",
                "set password",
                "set status",
                "set email",
                "bump epoch",
                "delete",
                "search",
            ],
            Self::Assignments => &[
                "assign",
                "assign",
                "withdraw",
                "withdraw",
                "replace",
                "assignments",
                "holders",
                "assign first",
            ],
            Self::Factors => &[
                "add factor",
                "add factor",
                "factors",
                "passkey",
                "remove factor",
                "accept step",
                "accept counter",
                "replace codes",
                "take code",
                "codes left",
            ],
            Self::Sessions => &[
                "create session",
                "create session",
                "create session",
                "load session",
                "load session",
                "touch",
                "rotate",
                "rotate",
                "end",
                "end others",
                "list",
                "data",
                "set data",
                "set data",
                "sweep sessions",
            ],
            Self::ApiKeys => &[
                "add key",
                "add key",
                "key",
                "rotate key",
                "revoke key",
                "keys",
                "all keys",
                "touch keys",
            ],
            Self::OneTime => {
                &["put", "put", "put", "peek", "take", "take", "clear", "sweep one-time"]
            }
            Self::Attempts => &["hit", "hit", "hit", "hit", "forgive", "sweep attempts"],
        }
    }
}

/// Numbers that look random and are the same for the same seed.
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) const fn next(&mut self) -> u64 {
        // The generator of Steele, Lea and Flood, "Fast splittable pseudorandom number generators".
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// A number below this one, which is not 0.
    pub(super) const fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn letters(&mut self, length: usize) -> String {
        const LETTERS: [char; 8] = ['0', '7', 'A', 'Q', 'Z', 'a', 'q', 'z'];
        let letter = |number| LETTERS.into_iter().cycle().nth(number).unwrap_or('0');
        (0..length).map(|_| letter(usize::try_from(self.below(8)).unwrap_or(0))).collect()
    }
}

/// One operation with the numbers that it is made of.
#[derive(Clone, Copy, Debug)]
struct Operation {
    what: &'static str,
    step: u64,
    now: u64,
    a: u64,
    b: u64,
    c: u64,
    d: u64,
}

/// The names that operations choose from: few, so that they meet.
struct World {
    accounts: Vec<AccountId>,
    sessions: Vec<SessionId>,
    factors: Vec<FactorId>,
    keys: Vec<ApiKeyId>,
}

impl World {
    fn new(random: &mut Random) -> Result<Self, Failure> {
        fn some<T, E>(
            random: &mut Random,
            length: usize,
            parse: fn(&str) -> Result<T, E>,
        ) -> Result<Vec<T>, Failure> {
            let invalid = |_| Failure::new("not an identifier");
            (0..6).map(|_| parse(&random.letters(length)).map_err(invalid)).collect()
        }
        Ok(Self {
            accounts: some(random, AccountId::LENGTH, AccountId::parse)?,
            sessions: some(random, SessionId::LENGTH, SessionId::parse)?,
            factors: some(random, FactorId::LENGTH, FactorId::parse)?,
            keys: some(random, ApiKeyId::LENGTH, ApiKeyId::parse)?,
        })
    }
}

/// The one of these with this number.
fn pick<T: Clone>(from: &[T], number: u64) -> Result<T, Failure> {
    let length = u64::try_from(from.len()).unwrap_or(u64::MAX).max(1);
    let index = usize::try_from(number % length).unwrap_or(0);
    from.get(index).cloned().ok_or_else(|| Failure::new("nothing to choose from"))
}

fn digest(number: u64) -> Digest {
    Digest::of(&[&(number % 8).to_be_bytes()])
}

fn hash(number: u64) -> PasswordHash {
    PasswordHash::new(format!("hash {}", number % 3))
}

/// Something or nothing.
const fn maybe<T: Copy>(number: u64, value: T) -> Option<T> {
    if number.is_multiple_of(3) { None } else { Some(value) }
}

/// What an operation answers.
#[derive(Debug, PartialEq)]
enum Answer {
    Account(Option<Account>),
    Accounts(Vec<Account>),
    State(Option<AccountState>),
    Created(Created),
    Password(PasswordWritten),
    Is(bool),
    Number(u64),
    MaybeNumber(Option<u64>),
    Nothing,
    Withdrawn(Withdrawn),
    Assignments(Vec<Assignment>),
    Factors(Vec<FactorRecord>),
    FactorAdded(FactorAdded),
    /// There is something in the way. What a store says first where several things are is its own
    /// business.
    Refused,
    Session(Option<(SessionRecord, Option<AccountState>)>),
    Sessions(Vec<SessionRecord>),
    Data(Option<(Vec<u8>, u64)>),
    DataWritten(DataWritten),
    Key(Option<(ApiKeyRecord, Option<AccountState>)>),
    Keys(Vec<ApiKeyRecord>),
    Value(Option<Vec<u8>>),
    Attempt(Attempt),
}

/// Applies random operations to the store and to one in memory, and compares what they answer, what they
/// record and what they tell.
pub(super) async fn compare(kit: &Kit, parts: &[Part]) -> Result<(), Failure> {
    let model = Kit::new(Stores::all_in(MemoryStore::new()), kit.settings);
    let mut random = Random(kit.settings.seed);
    let world = World::new(&mut random)?;
    let operations: Vec<&'static str> =
        parts.iter().flat_map(|part| part.operations()).copied().collect();
    let has_accounts = parts.contains(&Part::Accounts);
    if !has_accounts {
        for (number, id) in (0..).zip(&world.accounts) {
            let account = Account { id: id.clone(), ..super::kit::account(&format!("{number}")) };
            for store in [kit, &model] {
                store.stores.accounts.create(&account, &super::kit::entry(id)).await?;
            }
        }
    }
    let mut last = VecDeque::new();
    let mut look =
        Look { position: [kit.end_of_feed().await?, model.end_of_feed().await?], records: 0 };
    let mut now = NOW;
    for step in 0..kit.settings.steps {
        // The clock goes on, and now and then back.
        now = now + random.below(6) - if random.below(10) == 0 { random.below(30) } else { 0 };
        let what = pick(&operations, random.next())?;
        let [a, b, c, d] = [random.next(), random.next(), random.next(), random.next()];
        let operation = Operation { what, step, now, a, b, c, d };
        let expected = apply(&model.stores, &world, operation).await;
        let answer = apply(&kit.stores, &world, operation).await;
        let answer = answer.map(|answer| without_state(answer, has_accounts));
        let expected = expected.map(|answer| without_state(answer, has_accounts));
        let failed = |text: String| {
            let seed = kit.settings.seed;
            Failure::new(format!("seed {seed}, {text}; the last operations: {last:#?}"))
        };
        if !is_same(&answer, &expected) {
            let differs = format!("{operation:?} gives {answer:?}, expected {expected:?}");
            return Err(failed(differs));
        }
        if step % 500 == 499 || step + 1 == kit.settings.steps {
            look.compare(kit, &model).await.map_err(|failure| failed(failure.to_string()))?;
        }
        last.push_back(operation);
        if last.len() > 12 {
            last.pop_front();
        }
    }
    Ok(())
}

/// Errors are the same, with any text.
fn is_same(answer: &Result<Answer, Failure>, expected: &Result<Answer, Failure>) -> bool {
    match (answer, expected) {
        (Ok(answer), Ok(expected)) => answer == expected,
        (Err(_), Err(_)) => true,
        _ => false,
    }
}

/// A store that has no accounts does not know their state.
fn without_state(answer: Answer, has_accounts: bool) -> Answer {
    match answer {
        Answer::Session(Some((session, _))) if !has_accounts => {
            Answer::Session(Some((session, None)))
        }
        answer => answer,
    }
}

/// How far trail and feed are compared.
struct Look {
    position: [u64; 2],
    records: u64,
}

impl Look {
    async fn compare(&mut self, kit: &Kit, model: &Kit) -> Result<(), Failure> {
        let trail = kit.trail(self.records, None).await?;
        same!(trail, model.trail(self.records, None).await?);
        self.records = trail.last().map_or(self.records, |record| record.position);
        let mut told = Vec::new();
        for (kit, position) in [kit, model].into_iter().zip(&mut self.position) {
            let (changes, end) = kit.changes(*position).await?;
            *position = end;
            let mut kinds: Vec<String> =
                changes.into_iter().map(|change| format!("{:?}", change.kind)).collect();
            kinds.sort();
            told.push(kinds);
        }
        same!(told.first(), told.last());
        Ok(())
    }
}

fn entry(id: &AccountId, operation: &Operation) -> AuditEntry {
    AuditEntry::new(operation.now, operation.what).about(id).with("step", operation.step)
}

async fn apply(stores: &Stores, world: &World, operation: Operation) -> Result<Answer, Failure> {
    match operation.what {
        "create account" | "find" | "find by email" | "load account" | "state" | "set password"
        | "set status" | "set email" | "bump epoch" | "delete" | "search" => {
            on_accounts(stores, world, operation).await
        }
        "assign" | "withdraw" | "replace" | "assignments" | "holders" | "assign first" => {
            on_assignments(stores, world, operation).await
        }
        "add factor" | "factors" | "passkey" | "remove factor" | "accept step"
        | "accept counter" | "replace codes" | "take code" | "codes left" => {
            on_factors(stores, world, operation).await
        }
        "add key" | "key" | "rotate key" | "revoke key" | "keys" | "all keys" | "touch keys" => {
            on_api_keys(stores, world, operation).await
        }
        "put" | "peek" | "take" | "clear" | "sweep one-time" | "hit" | "forgive"
        | "sweep attempts" => on_the_short_lived(stores, world, operation).await,
        _ => on_sessions(stores, world, operation).await,
    }
}

async fn on_accounts(
    stores: &Stores,
    world: &World,
    operation: Operation,
) -> Result<Answer, Failure> {
    let Operation { what, step, now, a, b, c, d } = operation;
    let store = &stores.accounts;
    let id = pick(&world.accounts, a)?;
    let entry = entry(&id, &operation);
    let name = pick(&["alice", "Bob", "carol%", "dave_"], b)?;
    let address = Email::parse(pick(&["a@x.test", "A@X.test", "b@x.test"], c)?);
    Ok(match what {
        "create account" => {
            let account = Account {
                id: id.clone(),
                kind: pick(&[AccountKind::Person, AccountKind::Service], d)?,
                login: LoginKey::from_prepared(name),
                username: name.to_uppercase(),
                email: address.filter(|_| !d.is_multiple_of(3)),
                email_verified_at: maybe(d >> 8, now),
                status: pick(&[AccountStatus::Active, AccountStatus::Locked], d >> 16)?,
                password: maybe(d >> 24, ()).map(|()| hash(c)),
                password_at: maybe(d >> 24, now),
                epoch: c % 5,
                // Each in a second of its own, so that there is one order.
                created_at: NOW + step,
            };
            Answer::Created(store.create(&account, &entry).await?)
        }
        "find" => Answer::Account(store.find(&LoginKey::from_prepared(name)).await?),
        "find by email" => match address {
            Some(address) => Answer::Account(store.find_by_email(&address).await?),
            None => Answer::Nothing,
        },
        "load account" => Answer::Account(store.load(&id).await?),
        "state" => Answer::State(store.state(&id).await?),
        "set password" => {
            let seen = maybe(b, ()).map(|()| hash(b >> 8));
            let change = if c.is_multiple_of(2) {
                PasswordChange::Changed { at: now }
            } else {
                PasswordChange::Rehashed
            };
            let written = store.set_password(&id, seen.as_ref(), &hash(d), change, &entry).await?;
            Answer::Password(written)
        }
        "set status" => {
            let status = pick(&[AccountStatus::Active, AccountStatus::Locked], d)?;
            Answer::Is(store.set_status(&id, status, &entry).await?)
        }
        "set email" => {
            let address = address.filter(|_| !d.is_multiple_of(3));
            let set = store.set_email(&id, address.as_ref(), maybe(d >> 8, now), &entry).await?;
            Answer::Is(set)
        }
        "bump epoch" => Answer::MaybeNumber(store.bump_epoch(&id, None, &entry).await?),
        "delete" => Answer::Is(store.delete(&id, &entry).await?),
        _ => {
            let text = pick(&["", "A", "%", "_", "x.TEST", "b"], b)?;
            let limit = u32::try_from(1 + c % 4).unwrap_or(1);
            let after = (!d.is_multiple_of(2)).then_some(&id);
            Answer::Accounts(store.search(text, after, limit).await?)
        }
    })
}

async fn on_assignments(
    stores: &Stores,
    world: &World,
    operation: Operation,
) -> Result<Answer, Failure> {
    let Operation { what, now, a, b, c, d, .. } = operation;
    let store = &stores.assignments;
    let id = pick(&world.accounts, a)?;
    let entry = entry(&id, &operation);
    let kind = pick(&[AssignmentKind::Role, AssignmentKind::Group], b)?;
    let name = pick(&["admin", "Admin", "clerk"], b >> 8)?;
    let origins = [AssignmentOrigin::Manual, AssignmentOrigin::Rule, AssignmentOrigin::Provider];
    let origin = pick(&origins, b >> 16)?;
    let assignment = |name: &str, numbers: u64| Assignment {
        account: id.clone(),
        kind,
        name: name.to_owned(),
        origin,
        granted_by: None,
        reason: format!("reason {}", numbers % 2),
        granted_at: now,
        expires_at: maybe(numbers >> 8, now - 10 + (numbers >> 16) % 60),
    };
    Ok(match what {
        "assign" => Answer::Is(store.assign(&assignment(name, d), &entry).await?),
        "withdraw" => {
            let keep = d.is_multiple_of(2);
            Answer::Withdrawn(store.withdraw(&id, kind, name, origin, keep, &entry).await?)
        }
        "replace" => {
            let some: Vec<Assignment> = ["admin", "clerk", "x"]
                .into_iter()
                .zip([c, c >> 8, c >> 16])
                .filter(|(_, numbers)| !numbers.is_multiple_of(3))
                .map(|(name, _)| assignment(name, 0))
                .collect();
            Answer::Is(store.replace(&id, origin, &some, &entry).await?)
        }
        "assignments" => {
            let mut assigned = store.assignments(&id, now).await?;
            assigned.sort_by_key(|it| (it.kind, it.name.clone(), it.origin));
            Answer::Assignments(assigned)
        }
        "holders" => {
            let after = (!d.is_multiple_of(2)).then_some(&id);
            let mut holders = store.holders(kind, name, now, after, 100).await?;
            holders.sort_by_key(|it| (it.account.clone(), it.origin));
            Answer::Assignments(holders)
        }
        _ => Answer::Is(store.assign_first(&assignment(name, d), now, &entry).await?),
    })
}

async fn on_factors(
    stores: &Stores,
    world: &World,
    operation: Operation,
) -> Result<Answer, Failure> {
    let Operation { what, step, now, a, b, c, d } = operation;
    let store = &stores.factors;
    let id = pick(&world.accounts, a)?;
    let factor = pick(&world.factors, b)?;
    let entry = entry(&id, &operation);
    let sealed = Sealed { key: "key".to_owned(), bytes: step.to_be_bytes().to_vec() };
    let credential = pick(&[vec![0], vec![0, 1], b"'".to_vec()], c)?;
    let count = |number: u64| u32::try_from(number % 4).unwrap_or(0);
    Ok(match what {
        "add factor" => {
            let is_passkey = !d.is_multiple_of(2);
            let record = FactorRecord {
                id: factor,
                account: id,
                kind: if is_passkey { FactorKind::Passkey } else { FactorKind::Totp },
                name: format!("name {d}"),
                sealed,
                last_step: maybe(d >> 8, d % 20),
                credential_id: is_passkey.then_some(credential),
                sign_count: count(d >> 16),
                created_at: NOW + step,
                last_used_at: maybe(d >> 24, now),
            };
            match store.add_factor(&record, &entry).await {
                Ok(FactorAdded::CredentialTaken) | Err(StoreError::Conflict(_)) => Answer::Refused,
                answer => Answer::FactorAdded(answer?),
            }
        }
        "factors" => Answer::Factors(store.factors(&id).await?),
        "passkey" => Answer::Factors(store.passkey(&credential).await?.into_iter().collect()),
        "remove factor" => Answer::Is(store.remove_factor(&id, &factor, &entry).await?),
        "accept step" => Answer::Is(store.accept_step(&factor, step / 50 + c % 4, now).await?),
        "accept counter" => {
            let (seen, new) = (count(c), count(d));
            Answer::Is(store.accept_counter(&factor, seen, new, &sealed, now).await?)
        }
        "replace codes" => {
            let codes: Vec<Digest> = (0..c % 4).map(digest).collect();
            store.replace_recovery_codes(&id, &codes, &entry).await?;
            Answer::Nothing
        }
        "take code" => Answer::Is(store.take_recovery_code(&id, &digest(c % 4), &entry).await?),
        _ => Answer::Number(store.recovery_codes_left(&id).await?),
    })
}

async fn on_sessions(
    stores: &Stores,
    world: &World,
    operation: Operation,
) -> Result<Answer, Failure> {
    let Operation { what, step, now, a, b, c, d } = operation;
    let store = &stores.sessions;
    let id = pick(&world.accounts, a)?;
    let session = pick(&world.sessions, b)?;
    let entry = entry(&id, &operation);
    let key = pick(&["cart", "Cart", ""], d)?;
    let record = SessionRecord {
        digest: digest(c),
        id: session.clone(),
        account: id.clone(),
        epoch: d % 5,
        carrier: pick(&[Carrier::Cookie, Carrier::Token], d >> 8)?,
        factors: Vec::new(),
        started_at: NOW + step,
        authenticated_at: now,
        seen_at: now,
        idle_seconds: (d >> 16) % 60,
        ends_at: now + (d >> 24) % 120,
        device: format!("device {d}"),
    };
    Ok(match what {
        "create session" => {
            store.create(&record, &entry).await?;
            Answer::Nothing
        }
        "load session" => Answer::Session(
            store.load(&digest(c), now).await?.map(|stored| (stored.record, stored.account)),
        ),
        "touch" => {
            store
                .touch(&[(digest(c), now), (digest(d), now + b % 9), (digest(c), now + 3)])
                .await?;
            Answer::Nothing
        }
        "rotate" => {
            let old = digest(c.wrapping_add(1 + d % 7));
            Answer::Is(store.rotate(&old, &record, &entry).await?)
        }
        "end" => Answer::Is(store.end(&id, &session, &entry).await?),
        "end others" => {
            let keep = (!d.is_multiple_of(3)).then_some(&session);
            Answer::Number(store.end_others(&id, keep, &entry).await?)
        }
        "list" => Answer::Sessions(store.list(&id, now).await?),
        "data" => Answer::Data(store.data(&session, key).await?),
        "set data" => {
            let value = step.to_be_bytes();
            let seen = maybe(c, (c >> 8) % 3 + 1);
            Answer::DataWritten(store.set_data(&session, key, &value, seen, now).await?)
        }
        _ => Answer::Number(store.sweep_sessions(now - a % 60, 100).await?),
    })
}

async fn on_api_keys(
    stores: &Stores,
    world: &World,
    operation: Operation,
) -> Result<Answer, Failure> {
    let Operation { what, step, now, a, b, c, d } = operation;
    let store = &stores.api_keys;
    let id = pick(&world.accounts, a)?;
    let key = pick(&world.keys, b)?;
    let entry = entry(&id, &operation);
    Ok(match what {
        "add key" => {
            let record = ApiKeyRecord {
                id: key,
                owner: id,
                name: format!("name {d}"),
                ring_key: "key".to_owned(),
                digest: digest(c),
                previous: maybe(c, (digest(d), now)),
                scopes: vec![format!("scope {d}")],
                roles: Vec::new(),
                created_at: NOW + step,
                expires_at: maybe(d >> 8, now + (d >> 16) % 60),
                revoked_at: None,
                last_used_at: maybe(d >> 24, now),
                networks: Vec::new(),
            };
            match store.add_key(&record, &entry).await {
                Ok(Created::Taken) | Err(StoreError::Conflict(_)) => Answer::Refused,
                answer => Answer::Created(answer?),
            }
        }
        "key" => Answer::Key(store.key(&key).await?.map(|stored| (stored.record, stored.owner))),
        "rotate key" => {
            let new = digest(c);
            Answer::Is(store.rotate_key(&id, &key, ("new", &new), now + 9, now, &entry).await?)
        }
        "revoke key" => Answer::Is(store.revoke_key(&id, &key, now, &entry).await?),
        "keys" => Answer::Keys(store.keys(&id).await?),
        "all keys" => {
            let after = (!d.is_multiple_of(2)).then_some(&key);
            let limit = u32::try_from(1 + c % 4).unwrap_or(1);
            Answer::Keys(store.all_keys(now, after, limit).await?)
        }
        _ => {
            let other = pick(&world.keys, c)?;
            store.touch_keys(&[(key, now), (other, now - 5)]).await?;
            Answer::Nothing
        }
    })
}

async fn on_the_short_lived(
    stores: &Stores,
    world: &World,
    operation: Operation,
) -> Result<Answer, Failure> {
    let Operation { what, step, now, a, b, c, d } = operation;
    let (one_time, attempts) = (&stores.one_time, &stores.attempts);
    let id = pick(&world.accounts, a)?;
    let kind = pick(&[OneTimeKind::Code, OneTimeKind::KnownDevice], b)?;
    let secret = digest(c);
    // Each key has a limit of its own.
    let limit =
        Limit { attempts: u32::try_from(1 + c % 8).unwrap_or(1), window_seconds: 5 + 10 * (c % 8) };
    Ok(match what {
        "put" => {
            let account = (!d.is_multiple_of(3)).then_some(&id);
            let (value, end) = (step.to_be_bytes(), now + (d >> 8) % 60);
            Answer::Created(one_time.put(kind, &secret, account, &value, end, now).await?)
        }
        "peek" => Answer::Value(one_time.peek(kind, &secret, now).await?),
        "take" => Answer::Value(one_time.take(kind, &secret, now).await?),
        "clear" => Answer::Number(one_time.clear(kind, &id).await?),
        "sweep one-time" => Answer::Number(one_time.sweep_one_time(now - a % 60, 100).await?),
        "hit" => Answer::Attempt(attempts.hit(&secret, limit, now).await?),
        "forgive" => {
            attempts.forgive(&secret).await?;
            Answer::Nothing
        }
        _ => Answer::Number(attempts.sweep_attempts(now - a % 60, 100).await?),
    })
}
