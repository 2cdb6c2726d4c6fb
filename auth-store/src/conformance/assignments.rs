//! Roles and groups.

use auth_accounts::model::{
    Account, AccountId, AccountStatus, Assignment, AssignmentKind, AssignmentOrigin,
};
use auth_accounts::store::Withdrawn;

use super::kit::{Failure, Kit, NOW, TEXTS, account, ensure, entry, number_of, same};
use super::model::{self, Part};

type Outcome = Result<(), Failure>;

const ROLE: AssignmentKind = AssignmentKind::Role;
const MANUAL: AssignmentOrigin = AssignmentOrigin::Manual;

fn role(account: &AccountId, name: &str) -> Assignment {
    Assignment {
        account: account.clone(),
        kind: ROLE,
        name: name.to_owned(),
        origin: MANUAL,
        granted_by: None,
        reason: "because".to_owned(),
        granted_at: NOW,
        expires_at: None,
    }
}

impl Kit {
    async fn assigned(&self, account: &AccountId) -> Result<Vec<Assignment>, Failure> {
        let mut all = self.stores.assignments.assignments(account, NOW).await?;
        all.sort_by_key(|it| (it.kind, it.name.clone(), it.origin));
        same!(self.with_account(account, NOW).await?, all);
        Ok(all)
    }

    /// The same, asked together with the account, which is as it is alone.
    async fn with_account(&self, id: &AccountId, now: u64) -> Result<Vec<Assignment>, Failure> {
        let found = self.stores.assignments.account_with_assignments(id, now).await?;
        let (account, mut all) = found.map_or((None, Vec::new()), |(one, all)| (Some(one), all));
        same!(account, self.stores.accounts.load(id).await?);
        all.sort_by_key(|it| (it.kind, it.name.clone(), it.origin));
        Ok(all)
    }

    async fn assign(&self, assignment: &Assignment) -> Outcome {
        let id = &assignment.account;
        same!(self.stores.assignments.assign(assignment, &entry(id)).await?, true);
        Ok(())
    }
}

pub(super) async fn an_assignment_is_kept_as_it_was_given(kit: Kit) -> Outcome {
    let id = kit.account("alice").await?.id;
    let admin = kit.account("admin").await?.id;
    let plain = role(&id, "clerk");
    let full = Assignment {
        kind: AssignmentKind::Group,
        granted_by: Some(admin),
        expires_at: Some(NOW + 1),
        ..role(&id, "clerk")
    };
    kit.assign(&full).await?;
    kit.assign(&plain).await?;
    same!(kit.assigned(&id).await?, [plain.clone(), full.clone()]);
    // The same again takes its place.
    let other = Assignment { reason: "another".to_owned(), granted_at: NOW + 1, ..plain };
    kit.assign(&other).await?;
    same!(kit.assigned(&id).await?, [other, full]);
    Ok(())
}

pub(super) async fn an_assignment_ends_at_its_end(kit: Kit) -> Outcome {
    let store = &kit.stores.assignments;
    let id = kit.account("alice").await?.id;
    let role = Assignment { expires_at: Some(NOW + 10), ..role(&id, "clerk") };
    kit.assign(&role).await?;
    for (now, is_valid) in [(0, true), (NOW + 9, true), (NOW + 10, false), (u64::MAX, false)] {
        let expected: Vec<Assignment> = is_valid.then(|| role.clone()).into_iter().collect();
        // A time that a store cannot take is one at which nothing is valid.
        let assigned = store.assignments(&id, now).await.unwrap_or_default();
        same!(assigned, expected);
        same!(kit.with_account(&id, now).await?, expected);
        let holders = store.holders(ROLE, "clerk", now, None, 10).await.unwrap_or_default();
        same!(holders, expected);
    }
    let withdrawn = store.withdraw(&id, ROLE, "clerk", MANUAL, false, &entry(&id)).await?;
    same!(withdrawn, Withdrawn::Done);
    Ok(())
}

pub(super) async fn origins_do_not_touch_each_other(kit: Kit) -> Outcome {
    let store = &kit.stores.assignments;
    let id = kit.account("alice").await?.id;
    let manual = role(&id, "clerk");
    let rule = Assignment { origin: AssignmentOrigin::Rule, ..role(&id, "clerk") };
    let group = Assignment { kind: AssignmentKind::Group, ..role(&id, "clerk") };
    for assignment in [&manual, &rule, &group] {
        kit.assign(assignment).await?;
    }
    let withdraw = async || store.withdraw(&id, ROLE, "clerk", MANUAL, false, &entry(&id)).await;
    same!(withdraw().await?, Withdrawn::Done);
    same!(withdraw().await?, Withdrawn::NotHeld);
    same!(kit.assigned(&id).await?, [rule, group]);
    let nobody = AccountId::random();
    let withdrawn = store.withdraw(&nobody, ROLE, "clerk", MANUAL, false, &entry(&id)).await?;
    same!(withdrawn, Withdrawn::NotHeld);
    Ok(())
}

pub(super) async fn a_replacement_changes_its_origin_alone(kit: Kit) -> Outcome {
    let store = &kit.stores.assignments;
    let id = kit.account("alice").await?.id;
    let by_rule = |name: &str| Assignment { origin: AssignmentOrigin::Rule, ..role(&id, name) };
    let manual = role(&id, "kept");
    kit.assign(&manual).await?;
    let replace = async |new: &[Assignment]| {
        store.replace(&id, AssignmentOrigin::Rule, new, &entry(&id)).await
    };
    same!(replace(&[]).await?, false);
    same!(replace(&[by_rule("a"), by_rule("b")]).await?, true);
    same!(kit.assigned(&id).await?, [by_rule("a"), by_rule("b"), manual.clone()]);
    // The same again changes nothing, whenever it is granted.
    let later = |name: &str| Assignment { granted_at: NOW + 9, ..by_rule(name) };
    let written = kit.trail(0, Some(&id)).await?.len();
    same!(replace(&[later("b"), later("a")]).await?, false);
    same!(kit.assigned(&id).await?, [by_rule("a"), by_rule("b"), manual.clone()]);
    same!(kit.trail(0, Some(&id)).await?.len(), written);
    // What stays is as it was.
    same!(replace(&[later("b"), later("c")]).await?, true);
    same!(kit.assigned(&id).await?, [by_rule("b"), later("c"), manual.clone()]);
    same!(replace(&[]).await?, true);
    same!(kit.assigned(&id).await?, std::slice::from_ref(&manual));
    // Nothing slips in under another name.
    let other = kit.account("bob").await?.id;
    let strange = Assignment { account: other.clone(), ..by_rule("a") };
    ensure!(replace(&[strange]).await.is_err(), "an assignment of another account is replaced");
    ensure!(replace(&[role(&id, "x")]).await.is_err(), "an assignment of another origin, too");
    same!(kit.assigned(&id).await?, [manual]);
    same!(kit.assigned(&other).await?, []);
    Ok(())
}

pub(super) async fn the_last_holder_is_kept(kit: Kit) -> Outcome {
    let store = &kit.stores.assignments;
    let alice = kit.account("alice").await?.id;
    let bob = kit.account("bob").await?.id;
    let locked = Account { status: AccountStatus::Locked, ..account("locked") };
    kit.stores.accounts.create(&locked, &entry(&locked.id)).await?;
    kit.assign(&role(&alice, "admin")).await?;
    kit.assign(&role(&locked.id, "admin")).await?;
    // None of these is another holder: another origin of her own, another name or kind, a role that
    // ends, an account that is locked.
    kit.assign(&Assignment { origin: AssignmentOrigin::Rule, ..role(&alice, "admin") }).await?;
    kit.assign(&role(&bob, "Admin")).await?;
    kit.assign(&Assignment { kind: AssignmentKind::Group, ..role(&bob, "admin") }).await?;
    kit.assign(&Assignment { expires_at: Some(NOW + 9), ..role(&bob, "admin") }).await?;
    let withdraw =
        async |keep| store.withdraw(&alice, ROLE, "admin", MANUAL, keep, &entry(&alice)).await;
    same!(withdraw(true).await?, Withdrawn::Last);
    same!(kit.assigned(&alice).await?.len(), 2);
    kit.assign(&role(&bob, "admin")).await?;
    same!(withdraw(true).await?, Withdrawn::Done);
    same!(withdraw(true).await?, Withdrawn::NotHeld);
    // Without `keep` the last holder loses it, too.
    let withdrawn = store.withdraw(&bob, ROLE, "admin", MANUAL, false, &entry(&bob)).await?;
    same!(withdrawn, Withdrawn::Done);
    Ok(())
}

pub(super) async fn the_first_holder_is_alone(kit: Kit) -> Outcome {
    let store = &kit.stores.assignments;
    let locked = Account { status: AccountStatus::Locked, ..account("locked") };
    kit.stores.accounts.create(&locked, &entry(&locked.id)).await?;
    kit.assign(&role(&locked.id, "admin")).await?;
    let alice = kit.account("alice").await?.id;
    let bob = kit.account("bob").await?.id;
    kit.assign(&Assignment { expires_at: Some(NOW), ..role(&bob, "admin") }).await?;
    let first =
        async |id: &AccountId, now| store.assign_first(&role(id, "admin"), now, &entry(id)).await;
    same!(first(&AccountId::random(), NOW).await?, false);
    same!(first(&alice, NOW - 1).await?, false);
    same!(first(&alice, NOW).await?, true);
    same!(first(&alice, NOW).await?, false);
    same!(first(&bob, NOW).await?, false);
    same!(kit.assigned(&alice).await?, [role(&alice, "admin")]);
    Ok(())
}

pub(super) async fn holders_come_in_pages(kit: Kit) -> Outcome {
    let store = &kit.stores.assignments;
    let mut expected = Vec::new();
    for number in 0..7 {
        let id = kit.account(&format!("account {number}")).await?.id;
        kit.assign(&role(&id, "clerk")).await?;
        kit.assign(&role(&id, "other")).await?;
        expected.push(id);
    }
    expected.sort();
    let mut found: Vec<AccountId> = Vec::new();
    loop {
        let page = store.holders(ROLE, "clerk", NOW, found.last(), 3).await?;
        ensure!(page.len() <= 3, "a page of 3 has {}", page.len());
        if page.is_empty() {
            break;
        }
        found.extend(page.into_iter().map(|it| it.account));
    }
    same!(found, expected);
    Ok(())
}

pub(super) async fn an_unknown_account_gets_nothing(kit: Kit) -> Outcome {
    let store = &kit.stores.assignments;
    let nobody = AccountId::random();
    same!(store.assign(&role(&nobody, "clerk"), &entry(&nobody)).await?, false);
    same!(store.replace(&nobody, MANUAL, &[role(&nobody, "a")], &entry(&nobody)).await?, false);
    same!(kit.assigned(&nobody).await?, []);
    same!(store.holders(ROLE, "clerk", NOW, None, 10).await?, []);
    same!(kit.trail(0, Some(&nobody)).await?, []);
    Ok(())
}

pub(super) async fn texts_are_kept_or_refused(kit: Kit) -> Outcome {
    let store = &kit.stores.assignments;
    let id = kit.account("alice").await?.id;
    for text in TEXTS {
        let role = Assignment { reason: text.to_owned(), ..role(&id, text) };
        let expected = match store.assign(&role, &entry(&id)).await {
            Ok(assigned) => {
                same!(assigned, true);
                vec![role]
            }
            Err(_) => Vec::new(),
        };
        // What a store refuses to write it may refuse to look for.
        same!(store.holders(ROLE, text, NOW, None, 10).await.unwrap_or_default(), expected);
    }
    Ok(())
}

pub(super) async fn one_of_many_is_the_first(kit: Kit) -> Outcome {
    let mut ids = Vec::new();
    for number in 0..kit.settings.racers {
        ids.push(kit.account(&format!("account {number}")).await?.id);
    }
    let answers = kit
        .race(|number| {
            let store = kit.stores.assignments.clone();
            let id = ids.get(number).cloned().unwrap_or_else(AccountId::random);
            async move { store.assign_first(&role(&id, "admin"), NOW, &entry(&id)).await }
        })
        .await?;
    same!(number_of(&answers, &true), 1);
    let holders = kit.stores.assignments.holders(ROLE, "admin", NOW, None, 100).await?;
    same!(holders.len(), 1);
    Ok(())
}

pub(super) async fn many_withdrawals_leave_one(kit: Kit) -> Outcome {
    let mut ids = Vec::new();
    for number in 0..kit.settings.racers {
        let id = kit.account(&format!("account {number}")).await?.id;
        kit.assign(&role(&id, "admin")).await?;
        ids.push(id);
    }
    let answers = kit
        .race(|number| {
            let store = kit.stores.assignments.clone();
            let id = ids.get(number).cloned().unwrap_or_else(AccountId::random);
            async move { store.withdraw(&id, ROLE, "admin", MANUAL, true, &entry(&id)).await }
        })
        .await?;
    same!(number_of(&answers, &Withdrawn::Last), 1);
    same!(number_of(&answers, &Withdrawn::Done), kit.settings.racers - 1);
    let holders = kit.stores.assignments.holders(ROLE, "admin", NOW, None, 100).await?;
    same!(holders.len(), 1);
    Ok(())
}

pub(super) async fn random_operations_answer_as_the_model(kit: Kit) -> Outcome {
    model::compare(&kit, &[Part::Accounts, Part::Assignments]).await
}
