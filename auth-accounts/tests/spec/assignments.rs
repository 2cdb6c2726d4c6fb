//! Roles and groups: by hand, by rules, by invitation, and the first administrator.

use auth_accounts::Accounts;
use auth_accounts::assignment::{AssignmentError, AssignmentSettings, ByHand, Invitation, Rule};
use auth_accounts::model::{
    AccountId, AccountKind, AccountStatus, AssignmentKind, AuditEntry, AuditOutcome, ChangeKind,
};
use auth_accounts::secret::{KeyRing, SecretText};
use auth_accounts::store::Stores;
use auth_store::memory::MemoryStore;

use super::desk::{Desk, Group, NOW, Permission, Role, by_hand};

#[tokio::test]
async fn an_administrator_assigns_a_role_and_withdraws_it() {
    let desk = Desk::new();
    let (admin, bob) = (desk.with_role("ann", Role::Admin).await, desk.account("bob").await);
    desk.assign(&admin, &bob, "auditor", None).await.unwrap();
    assert_eq!(desk.held(&bob).await, ["role auditor by manual"]);
    desk.withdraw(&admin, &bob, "auditor").await.unwrap();
    assert!(desk.held(&bob).await.is_empty());
    assert_eq!(desk.withdraw(&admin, &bob, "auditor").await, Err(AssignmentError::NotHeld));
}

#[tokio::test]
async fn who_may_assign_what_is_said_for_each_name() {
    let desk = Desk::new();
    let staff = desk.with_role("sue", Role::Staff).await;
    let bob = desk.account("bob").await;
    desk.assign(&staff, &bob, "member", None).await.unwrap();
    // Staff includes member and is included by admin; neither says that it may assign more.
    for role in ["staff", "auditor", "admin"] {
        let refused = desk.assign(&staff, &bob, role, None).await;
        assert_eq!(refused, Err(AssignmentError::MayNotAssign), "{role}");
    }
    let withdrawn = desk.withdraw(&staff, &bob, "auditor").await;
    assert_eq!(withdrawn, Err(AssignmentError::MayNotAssign));
    // Who holds a role that includes another may assign what that one may.
    let admin = desk.with_role("ann", Role::Admin).await;
    desk.assign(&admin, &bob, "staff", None).await.unwrap();
    // So does a group that brings the role.
    let office = desk.account("olga").await;
    desk.accounts.assign_as_program(&office, Group::Office, "for the test").await.unwrap();
    desk.assign(&office, &bob, "member", None).await.unwrap();
}

#[tokio::test]
async fn r83_who_has_lost_the_right_to_assign_assigns_nothing_more() {
    let desk = Desk::new();
    let (ann, ben) =
        (desk.with_role("ann", Role::Admin).await, desk.with_role("ben", Role::Admin).await);
    let bob = desk.account("bob").await;
    desk.withdraw(&ann, &ben, "admin").await.unwrap();
    let refused = desk.assign(&ben, &bob, "member", None).await;
    assert_eq!(refused, Err(AssignmentError::MayNotAssign));
    let entry = AuditEntry::new(NOW, "locked").about(&ann);
    let store = &desk.accounts.stores().accounts;
    store.set_status(&ann, AccountStatus::Locked, &entry).await.unwrap();
    let refused = desk.assign(&ann, &bob, "member", None).await;
    assert_eq!(refused, Err(AssignmentError::MayNotAssign), "a locked account");
}

#[tokio::test]
async fn an_assignment_ends_when_it_was_said_to() {
    let desk = Desk::new();
    let (admin, bob) = (desk.with_role("ann", Role::Admin).await, desk.account("bob").await);
    desk.assign(&admin, &bob, "auditor", Some(NOW + 60)).await.unwrap();
    desk.clock.advance(59);
    assert_eq!(desk.held(&bob).await.len(), 1);
    desk.clock.advance(1);
    assert!(desk.held(&bob).await.is_empty());
    let past = desk.assign(&admin, &bob, "auditor", Some(NOW + 60)).await;
    assert_eq!(past, Err(AssignmentError::EndsInThePast));
}

#[tokio::test]
async fn only_names_of_the_application_are_assigned_and_only_with_a_reason() {
    let desk = Desk::new();
    let (admin, bob) = (desk.with_role("ann", Role::Admin).await, desk.account("bob").await);
    for name in ["root", "", "Member", "member\0", "notes:read"] {
        let refused = desk.assign(&admin, &bob, name, None).await;
        assert_eq!(refused, Err(AssignmentError::UnknownName), "{name:?}");
    }
    let long = "x".repeat(257);
    for reason in ["", "  ", "two\nlines", long.as_str()] {
        let change = ByHand { reason, ..by_hand(&admin, &bob, "member") };
        let refused = desk.accounts.assign(&change, None).await;
        assert_eq!(refused, Err(AssignmentError::InvalidReason), "{reason:?}");
    }
    let nobody = AccountId::random();
    let refused = desk.assign(&admin, &nobody, "member", None).await;
    assert_eq!(refused, Err(AssignmentError::NoAccount));
}

#[tokio::test]
async fn the_last_administrator_keeps_the_role() {
    let desk = Desk::new();
    let ann = desk.with_role("ann", Role::Admin).await;
    assert_eq!(desk.withdraw(&ann, &ann, "admin").await, Err(AssignmentError::LastAdministrator));
    // An end would remove it as well, only later.
    let ends = desk.assign(&ann, &ann, "admin", Some(NOW + 1)).await;
    assert_eq!(ends, Err(AssignmentError::LastAdministrator));
    let ben = desk.with_role("ben", Role::Admin).await;
    desk.withdraw(&ben, &ann, "admin").await.unwrap();
    assert_eq!(desk.withdraw(&ben, &ben, "admin").await, Err(AssignmentError::LastAdministrator));
}

#[tokio::test]
async fn of_administrators_who_remove_each_other_one_is_left() {
    for _ in 0..20 {
        let desk = Desk::new();
        let (ann, ben) =
            (desk.with_role("ann", Role::Admin).await, desk.with_role("ben", Role::Admin).await);
        let (one, two) =
            tokio::join!(desk.withdraw(&ann, &ben, "admin"), desk.withdraw(&ben, &ann, "admin"));
        assert!(one.is_err() || two.is_err());
        let left = desk.held(&ann).await.len() + desk.held(&ben).await.len();
        assert!(left >= 1, "{one:?} {two:?}");
    }
}

#[tokio::test]
async fn a_locked_administrator_does_not_count_as_another_one() {
    let desk = Desk::new();
    let (ann, ben) =
        (desk.with_role("ann", Role::Admin).await, desk.with_role("ben", Role::Admin).await);
    let entry = AuditEntry::new(NOW, "locked").about(&ben);
    let store = &desk.accounts.stores().accounts;
    store.set_status(&ben, AccountStatus::Locked, &entry).await.unwrap();
    assert_eq!(desk.withdraw(&ann, &ann, "admin").await, Err(AssignmentError::LastAdministrator));
}

#[tokio::test]
async fn rules_give_and_take_and_leave_what_people_gave() {
    let desk = Desk::new();
    let (admin, bob) = (desk.with_role("ann", Role::Admin).await, desk.account("bob").await);
    desk.assign(&admin, &bob, "auditor", None).await.unwrap();
    desk.accounts.run_rules(&bob).await.unwrap();
    assert_eq!(desk.held(&bob).await, ["role auditor by manual", "role member by rule"]);
    desk.set_email(&bob, "bob@example.com", true).await;
    desk.accounts.run_rules(&bob).await.unwrap();
    let with_staff = ["role auditor by manual", "role member by rule", "role staff by rule"];
    assert_eq!(desk.held(&bob).await, with_staff);
    // The same name by hand and by a rule are two: withdrawing one leaves the other.
    desk.assign(&admin, &bob, "staff", None).await.unwrap();
    desk.set_email(&bob, "bob@elsewhere.test", true).await;
    desk.accounts.run_rules(&bob).await.unwrap();
    let by_hand = ["role auditor by manual", "role member by rule", "role staff by manual"];
    assert_eq!(desk.held(&bob).await, by_hand);
}

#[tokio::test]
async fn no_rule_counts_on_an_address_that_was_not_verified() {
    let desk = Desk::new();
    let bob = desk.account("bob").await;
    for (address, verified, is_staff) in [
        ("bob@example.com", false, false),
        ("bob@example.com", true, true),
        ("bob@EXAMPLE.com", true, true),
        ("bob@sub.example.com", true, false),
        ("bob@notexample.com", true, false),
        ("bob@example.com.evil.test", true, false),
        ("example.com@evil.test", true, false),
        ("bob@example.com", false, false),
    ] {
        desk.set_email(&bob, address, verified).await;
        desk.accounts.run_rules(&bob).await.unwrap();
        let held = desk.held(&bob).await;
        assert_eq!(
            held.contains(&"role staff by rule".to_owned()),
            is_staff,
            "{address} {verified}"
        );
    }
}

#[tokio::test]
async fn rules_write_nothing_when_nothing_changes() {
    let desk = Desk::new();
    let bob = desk.account("bob").await;
    desk.accounts.run_rules(&bob).await.unwrap();
    let before = desk.trail().await.len();
    desk.clock.advance(3_600);
    desk.accounts.run_rules(&bob).await.unwrap();
    assert_eq!(desk.trail().await.len(), before);
    assert_eq!(desk.store.faults().calls("AssignmentStore::replace"), 1);
}

#[tokio::test]
async fn a_service_account_gets_nothing_by_itself() {
    let desk = Desk::new();
    let robot = desk
        .account_with("robot", |it| auth_accounts::model::Account {
            kind: AccountKind::Service,
            ..it
        })
        .await;
    desk.accounts.run_rules(&robot).await.unwrap();
    assert!(desk.held(&robot).await.is_empty());
}

#[tokio::test]
async fn groups_of_a_provider_count_as_the_last_sign_in_there_said() {
    let desk = Desk::new();
    let bob = desk.account("bob").await;
    let run = |issuer: &'static str, groups: &'static [&'static str]| {
        desk.accounts.run_provider_rules(&bob, issuer, groups)
    };
    run("https://id.test", &["ops", "dev"]).await.unwrap();
    assert_eq!(desk.held(&bob).await, ["group office by provider"]);
    run("https://id.test", &["dev"]).await.unwrap();
    assert!(desk.held(&bob).await.is_empty());
    run("https://evil.test", &["ops"]).await.unwrap();
    assert!(desk.held(&bob).await.is_empty(), "a group of another provider");
}

#[tokio::test]
async fn a_rule_that_was_changed_is_run_for_all() {
    let desk = Desk::new();
    let mut people = Vec::new();
    for number in 0..250 {
        people.push(desk.account(&format!("person{number}")).await);
    }
    assert_eq!(desk.accounts.run_rules_for_all().await.unwrap(), 250);
    for person in &people {
        assert_eq!(desk.held(person).await, ["role member by rule"]);
    }
}

fn invitation(by: &AccountId, names: &[&str]) -> Invitation {
    Invitation {
        by: by.clone(),
        names: names.iter().map(|it| (AssignmentKind::Role, (*it).to_owned())).collect(),
        reason: "joins the team".to_owned(),
        expires_at: None,
    }
}

#[tokio::test]
async fn an_invitation_is_accepted_once_by_the_hand_of_who_invited() {
    let desk = Desk::new();
    let (admin, bob) = (desk.with_role("ann", Role::Admin).await, desk.account("bob").await);
    let token = desk.accounts.invite(&invitation(&admin, &["staff"]), 3_600).await.unwrap();
    assert!(desk.accounts.accept_invitation(&bob, &token).await.unwrap());
    assert_eq!(desk.held(&bob).await, ["role staff by manual"]);
    let eve = desk.account("eve").await;
    assert!(!desk.accounts.accept_invitation(&eve, &token).await.unwrap());
    let late = desk.accounts.invite(&invitation(&admin, &["staff"]), 3_600).await.unwrap();
    desk.clock.advance(3_600);
    assert!(!desk.accounts.accept_invitation(&eve, &late).await.unwrap());
    assert!(desk.held(&eve).await.is_empty());
}

#[tokio::test]
async fn an_invitation_gives_no_more_than_who_invited_may_assign_then() {
    let desk = Desk::new();
    let staff = desk.with_role("sue", Role::Staff).await;
    let refused = desk.accounts.invite(&invitation(&staff, &["member", "admin"]), 60).await;
    assert_eq!(refused.unwrap_err(), AssignmentError::MayNotAssign);
    let (ann, ben) =
        (desk.with_role("ann", Role::Admin).await, desk.with_role("ben", Role::Admin).await);
    let token = desk.accounts.invite(&invitation(&ben, &["admin"]), 60).await.unwrap();
    desk.withdraw(&ann, &ben, "admin").await.unwrap();
    let bob = desk.account("bob").await;
    let refused = desk.accounts.accept_invitation(&bob, &token).await;
    assert_eq!(refused, Err(AssignmentError::MayNotAssign));
    assert!(desk.held(&bob).await.is_empty());
}

#[tokio::test]
async fn a_bootstrap_token_is_there_as_long_as_there_is_no_administrator() {
    let desk = Desk::new();
    let first = desk.accounts.bootstrap_token().await.unwrap().unwrap();
    let second = desk.accounts.bootstrap_token().await.unwrap().unwrap();
    assert_ne!(first.expose(), second.expose());
    assert_eq!(first.expose().len(), 32);
    assert!(!format!("{first:?}").contains(first.expose()));
    desk.with_role("ann", Role::Admin).await;
    assert_eq!(desk.accounts.bootstrap_token().await.unwrap(), None);
}

async fn bring(desk: &Desk, account: &AccountId, token: &SecretText) -> bool {
    desk.accounts.bootstrap(account, token, None, None).await.unwrap()
}

#[tokio::test]
async fn a_bootstrap_token_makes_one_administrator() {
    let desk = Desk::new();
    let (ann, ben) = (desk.account("ann").await, desk.account("ben").await);
    let first = desk.accounts.bootstrap_token().await.unwrap().unwrap();
    let second = desk.accounts.bootstrap_token().await.unwrap().unwrap();
    assert!(!bring(&desk, &ann, &SecretText::from("another")).await);
    assert!(desk.held(&ann).await.is_empty());
    assert!(bring(&desk, &ann, &first).await);
    assert_eq!(desk.held(&ann).await, ["role admin by manual"]);
    for token in [&first, &second] {
        assert!(!bring(&desk, &ben, token).await);
    }
    assert!(desk.held(&ben).await.is_empty());
    let trail = desk.trail().await;
    let refused = trail.iter().filter(|it| it.entry.event == "bootstrap_refused").count();
    assert_eq!(refused, 3);
    let text = format!("{trail:?}");
    assert!(!text.contains(first.expose()) && !text.contains(second.expose()));
}

#[tokio::test]
async fn a_bootstrap_token_is_used_up_by_one_of_those_who_bring_it_at_once() {
    let desk = Desk::new();
    let token = desk.accounts.bootstrap_token().await.unwrap().unwrap();
    let mut people = Vec::new();
    for number in 0..16 {
        people.push(desk.account(&format!("person{number}")).await);
    }
    let tries = people.into_iter().map(|person| {
        let (accounts, token) = (desk.accounts.clone(), token.clone());
        tokio::spawn(async move { accounts.bootstrap(&person, &token, None, None).await.unwrap() })
    });
    let mut winners = 0;
    for tried in tries.collect::<Vec<_>>() {
        winners += usize::from(tried.await.unwrap());
    }
    assert_eq!(winners, 1);
}

#[tokio::test]
async fn a_bootstrap_token_is_valid_for_a_day() {
    let desk = Desk::new();
    let ann = desk.account("ann").await;
    let token = desk.accounts.bootstrap_token().await.unwrap().unwrap();
    desk.clock.advance(24 * 60 * 60);
    assert!(!bring(&desk, &ann, &token).await);
}

#[tokio::test]
async fn r111_every_change_of_roles_is_in_the_trail_and_in_the_feed_with_it() {
    let desk = Desk::new();
    let (admin, bob) = (desk.with_role("ann", Role::Admin).await, desk.account("bob").await);
    let (entries, changes) = (desk.trail().await.len(), changes(&desk).await.len());
    desk.assign(&admin, &bob, "auditor", Some(NOW + 60)).await.unwrap();
    desk.withdraw(&admin, &bob, "auditor").await.unwrap();
    desk.accounts.run_rules(&bob).await.unwrap();
    let trail = desk.trail().await;
    let events: Vec<&str> = trail[entries..].iter().map(|it| it.entry.event.as_str()).collect();
    assert_eq!(events, ["assigned", "withdrawn", "rules_applied"]);
    let assigned = &trail[entries].entry;
    assert_eq!((&assigned.actor, &assigned.account), (&Some(admin), &Some(bob.clone())));
    assert_eq!(assigned.request_id.as_deref(), Some("request-1"));
    assert_eq!(assigned.source.as_deref(), Some("192.0.2.7"));
    let detail = serde_json::to_value(&assigned.detail).unwrap();
    let expected = serde_json::json!({
        "kind": "role", "name": "auditor", "reason": "joins the team", "expires_at": NOW + 60,
    });
    assert_eq!(detail, expected);
    let told = &self::changes(&desk).await[changes..];
    assert_eq!(told, vec![ChangeKind::Assignments(bob.clone()); 3]);
}

#[tokio::test]
async fn r109_an_actor_who_may_not_assign_is_in_the_trail() {
    let desk = Desk::new();
    let (staff, bob) = (desk.with_role("sue", Role::Staff).await, desk.account("bob").await);
    desk.assign(&staff, &bob, "admin", None).await.unwrap_err();
    let trail = desk.trail().await;
    let last = &trail.last().unwrap().entry;
    assert_eq!((last.event.as_str(), last.outcome), ("assignment_refused", AuditOutcome::Refused));
    assert_eq!((&last.actor, &last.account), (&Some(staff), &Some(bob)));
}

async fn changes(desk: &Desk) -> Vec<ChangeKind> {
    let batch = desk.accounts.stores().changes.changes_after(0, 1_000).await.unwrap();
    batch.changes.into_iter().map(|it| it.kind).collect()
}

#[tokio::test]
async fn r112_a_store_that_does_not_answer_changes_nothing_and_is_not_taken_for_one_that_refuses() {
    let desk = Desk::new();
    let (admin, bob) = (desk.with_role("ann", Role::Admin).await, desk.account("bob").await);
    desk.store.faults().fail(true);
    let failed = desk.assign(&admin, &bob, "member", None).await;
    assert!(matches!(failed, Err(AssignmentError::Store(_))), "{failed:?}");
    assert!(desk.accounts.run_rules(&bob).await.is_err());
    assert!(desk.accounts.bootstrap_token().await.is_err());
    let token = SecretText::from("x");
    assert!(desk.accounts.accept_invitation(&bob, &token).await.is_err());
    desk.store.faults().fail(false);
    assert!(desk.held(&bob).await.is_empty());
}

#[test]
fn settings_name_what_is_wrong_with_them() {
    let settings = AssignmentSettings::new()
        .administrator(Role::Admin)
        .may_assign(Role::Admin, [Permission::NotesRead])
        .rule(Rule::verified_domain("@example.com").assigns(Role::Member))
        .rule(Rule::everyone());
    let built = Accounts::builder(Stores::all_in(MemoryStore::new()))
        .origin("https://notes.test")
        .keys(KeyRing::ephemeral())
        .vocabulary::<(Permission,)>()
        .assignments(settings)
        .build();
    let problems = built.unwrap_err().problems().to_vec();
    let expected = [
        "permission notes:read cannot be assigned: roles and groups can",
        "`Role` is not in the vocabulary: say `.vocabulary::<(..)>()`",
        "`@example.com` is no domain of e-mail addresses",
        "a rule assigns nothing: say `.assigns(..)`",
    ];
    assert_eq!(problems, expected);
}

mod of_callers {
    //! What the source says to the authenticator of a caller.

    use auth_core::{Authenticator, Router, requires, routing::get};
    use axum::body::Body;
    use http::{Request, StatusCode};
    use tower::ServiceExt as _;

    use super::super::desk::{ByHeader, Names, ORIGIN};
    use super::*;

    #[requires(role = Staff, method = Session)]
    async fn office() {}

    fn app(desk: &Desk) -> axum::Router {
        let authenticator = Authenticator::builder()
            .vocabulary::<Names>()
            .scheme(ByHeader)
            .assignment_source(desk.accounts.assignment_source())
            .assignment_cache(desk.accounts.assignment_cache())
            .clock(desk.clock.clone())
            .build()
            .unwrap();
        Router::new().route("/office", get(office)).protect(authenticator).unwrap()
    }

    async fn status(app: &axum::Router, issuer: &str, subject: &str) -> StatusCode {
        let request = Request::get("/office").header("x-subject", format!("{issuer} {subject}"));
        let request = request.body(Body::empty()).unwrap();
        app.clone().oneshot(request).await.unwrap().status()
    }

    #[tokio::test]
    async fn r83_a_role_counts_from_the_next_request_on_and_no_longer() {
        let desk = Desk::new();
        let app = app(&desk);
        let (admin, bob) = (desk.with_role("ann", Role::Admin).await, desk.account("bob").await);
        let status = async || status(&app, ORIGIN, bob.as_str()).await;
        assert_eq!(status().await, StatusCode::FORBIDDEN);
        desk.assign(&admin, &bob, "staff", None).await.unwrap();
        assert_eq!(status().await, StatusCode::OK);
        desk.withdraw(&admin, &bob, "staff").await.unwrap();
        assert_eq!(status().await, StatusCode::FORBIDDEN);
    }

    #[tokio::test]
    async fn a_role_is_kept_no_longer_than_it_is_assigned() {
        let desk = Desk::new();
        let app = app(&desk);
        let (admin, bob) = (desk.with_role("ann", Role::Admin).await, desk.account("bob").await);
        desk.assign(&admin, &bob, "staff", Some(NOW + 5)).await.unwrap();
        assert_eq!(status(&app, ORIGIN, bob.as_str()).await, StatusCode::OK);
        desk.clock.advance(4);
        assert_eq!(status(&app, ORIGIN, bob.as_str()).await, StatusCode::OK);
        desk.clock.advance(1);
        assert_eq!(status(&app, ORIGIN, bob.as_str()).await, StatusCode::FORBIDDEN);
    }

    #[tokio::test]
    async fn a_subject_of_another_issuer_is_no_account() {
        let desk = Desk::new();
        let app = app(&desk);
        let sue = desk.with_role("sue", Role::Staff).await;
        assert_eq!(status(&app, ORIGIN, sue.as_str()).await, StatusCode::OK);
        for issuer in ["https://evil.test", "https://notes.test/", "https://NOTES.test"] {
            assert_eq!(status(&app, issuer, sue.as_str()).await, StatusCode::FORBIDDEN, "{issuer}");
        }
        assert_eq!(status(&app, ORIGIN, "not-an-id").await, StatusCode::FORBIDDEN);
    }

    #[tokio::test]
    async fn r112_without_the_store_no_caller_is_let_in_and_none_is_a_guest() {
        let desk = Desk::new();
        let app = app(&desk);
        let sue = desk.with_role("sue", Role::Staff).await;
        desk.store.faults().fail(true);
        let answer = status(&app, ORIGIN, sue.as_str()).await;
        assert_eq!(answer, StatusCode::SERVICE_UNAVAILABLE);
        desk.store.faults().fail(false);
        assert_eq!(status(&app, ORIGIN, sue.as_str()).await, StatusCode::OK);
    }
}
