//! Who can call what, by name.

use auth_accounts::api_key::{KeyLifetime, NewApiKey};
use auth_accounts::model::{
    Account, AccountId, AccountKind, AccountStatus, AuditEntry, PasswordHash,
};
use auth_accounts::review::{AccessReview, ReviewError, ReviewedEndpoint};
use auth_core::{AccessMap, Method, Router, check, public, requires, routing::get};

use super::desk::{Desk, Group, NOW, Permission, Role};

#[check("the note is the caller's own")]
async fn own_note() -> bool {
    true
}

#[public(reason = "liveness probe")]
async fn health() {}

#[requires(method = Session | ApiKey)]
async fn me() {}

#[requires(permission = NotesRead, method = Session | ApiKey)]
async fn read() {}

#[requires(permission = NotesWrite, method = Session | ApiKey)]
async fn write() {}

#[requires(permission = NotesWrite, method = Session, max_age = "5m", check = own_note)]
async fn remove() {}

#[requires(permission = NotesRead, method = Basic)]
async fn report() {}

#[requires(permission = NotesRead, any(method = ApiKey, all(method = Session, mfa)))]
async fn export() {}

#[requires(role = Admin, method = Session)]
async fn admin() {}

#[requires(role = Auditor, permission = NotesWrite, method = Session)]
async fn both() {}

#[requires(role = Member, not(role = Auditor), method = Session)]
async fn not_auditors() {}

#[requires(role = Admin)]
async fn tokens() {}

fn map() -> AccessMap {
    let app: Router = Router::new()
        .route("/admin", get(admin))
        .route("/both", get(both))
        .route("/export", get(export))
        .route("/health", get(health))
        .route("/me", get(me))
        .route("/not-auditors", get(not_auditors))
        .route("/notes", get(read).post(write))
        .route("/notes/{id}", auth_core::routing::delete(remove))
        .route("/report", get(report))
        .route("/tokens", get(tokens));
    app.access_map()
}

async fn review(desk: &Desk) -> AccessReview {
    desk.accounts.access_review(&map()).await.unwrap()
}

fn endpoint<'a>(review: &'a AccessReview, name: &str) -> &'a ReviewedEndpoint {
    review.endpoints.iter().find(|it| it.endpoint == name).unwrap()
}

/// Who can call an endpoint by name, and by what.
fn callers(review: &AccessReview, name: &str) -> Vec<String> {
    let of = endpoint(review, name).callers.iter().map(|it| {
        let key = it.key.as_ref().map(|key| format!(" {}", key.name)).unwrap_or_default();
        let provided = it.provided.as_ref().map(|it| format!(" if {it}")).unwrap_or_default();
        let because: Vec<String> =
            it.because.iter().map(|it| format!("{} {}", it.kind.as_str(), it.name)).collect();
        let join = if it.all_needed { " and " } else { " or " };
        format!("{}{key} by {}{provided}: {}", it.username, it.method, because.join(join))
    });
    let mut of: Vec<String> = of.collect();
    of.sort();
    of
}

#[tokio::test]
async fn each_endpoint_lists_who_can_call_it_and_why() {
    let desk = Desk::new();
    let ann = desk.with_role("ann", Role::Admin).await;
    let bob = desk.account("bob").await;
    desk.assign(&ann, &bob, "auditor", Some(NOW + 60)).await.unwrap();
    desk.assign(&ann, &bob, "member", None).await.unwrap();
    desk.account("eve").await;
    let review = review(&desk).await;
    assert_eq!(callers(&review, "GET /admin"), ["ann by session: role admin"]);
    let read = ["ann by session: role admin", "bob by session: role member or role auditor"];
    assert_eq!(callers(&review, "GET /notes"), read);
    let write = ["ann by session: role admin", "bob by session: role member"];
    assert_eq!(callers(&review, "POST /notes"), write);
    assert_eq!(callers(&review, "GET /both"), ["bob by session: role member and role auditor"]);
    assert_eq!(callers(&review, "GET /not-auditors"), ["ann by session: role admin"]);
    // No session is taken there.
    assert!(callers(&review, "GET /tokens").is_empty());
    let by = &endpoint(&review, "GET /notes").callers;
    let bob = by.iter().find(|it| it.username == "bob").unwrap();
    let auditor = bob.because.iter().find(|it| it.name == "auditor").unwrap();
    assert_eq!(auditor.granted_by, Some(ann));
    assert_eq!((auditor.reason.as_str(), auditor.granted_at), ("joins the team", NOW));
    assert_eq!(auditor.expires_at, Some(NOW + 60));
}

#[tokio::test]
async fn what_depends_on_the_login_and_on_checks_is_beside_the_name() {
    let desk = Desk::new();
    let mia = desk.with_role("mia", Role::Member).await;
    key(&desk, &mia, &["notes:read"], &[]).await;
    let review = review(&desk).await;
    let export = ["mia by session if mfa: role member", "mia robot by api-key: role member"];
    assert_eq!(callers(&review, "GET /export"), export);
    let expected = r#"mia by session if max_age = "5m", check = own_note: role member"#;
    assert_eq!(callers(&review, "DELETE /notes/{id}"), [expected]);
}

#[tokio::test]
async fn what_every_caller_can_call_is_said_once() {
    let desk = Desk::new();
    desk.account("eve").await;
    desk.with_role("mia", Role::Member).await;
    let review = review(&desk).await;
    let me = endpoint(&review, "GET /me");
    let methods: Vec<&str> = me.every_account.iter().map(|it| it.method.as_str()).collect();
    assert_eq!(methods, ["session", "api-key"]);
    assert!(me.callers.is_empty() && !me.public);
    assert!(endpoint(&review, "GET /health").public);
    assert!(endpoint(&review, "GET /notes").every_account.is_empty());
}

#[tokio::test]
async fn each_account_lists_all_that_it_can_call() {
    let desk = Desk::new();
    let mia = desk.with_role("mia", Role::Member).await;
    let review = review(&desk).await;
    let mia = review.accounts.iter().find(|it| it.id == mia).unwrap();
    let calls: Vec<&str> = mia.calls.iter().map(|it| it.endpoint.as_str()).collect();
    let expected =
        ["GET /export", "GET /not-auditors", "GET /notes", "POST /notes", "DELETE /notes/{id}"];
    assert_eq!(calls, expected);
    assert_eq!(mia.assignments.len(), 1);
}

#[tokio::test]
async fn basic_takes_an_account_with_a_password() {
    let desk = Desk::new();
    let hash = Some(PasswordHash::new("$argon2id$"));
    let with = desk.account_with("pat", |it| Account { password: hash, ..it }).await;
    let without = desk.account("kim").await;
    for account in [&with, &without] {
        desk.accounts.assign_as_program(account, Role::Member, "test").await.unwrap();
    }
    let review = review(&desk).await;
    assert_eq!(callers(&review, "GET /report"), ["pat by basic: role member"]);
}

#[tokio::test]
async fn r80_a_locked_account_can_call_nothing_nor_can_its_keys() {
    let desk = Desk::new();
    let mia = desk.with_role("mia", Role::Member).await;
    key(&desk, &mia, &["notes:read"], &[]).await;
    assert_eq!(callers(&review(&desk).await, "GET /notes").len(), 2);
    let entry = AuditEntry::new(NOW, "locked").about(&mia);
    let store = &desk.accounts.stores().accounts;
    store.set_status(&mia, AccountStatus::Locked, &entry).await.unwrap();
    let review = review(&desk).await;
    assert!(review.endpoints.iter().all(|it| it.callers.is_empty()));
    assert_eq!(review.accounts[0].status, AccountStatus::Locked);
    assert!(review.accounts[0].calls.is_empty());
}

async fn key(desk: &Desk, owner: &AccountId, scopes: &[&str], roles: &[&str]) {
    let names = |names: &[&str]| names.iter().map(|it| (*it).to_owned()).collect();
    let new = NewApiKey {
        name: "robot".to_owned(),
        scopes: names(scopes),
        roles: names(roles),
        networks: Vec::new(),
        lifetime: KeyLifetime::Seconds(3_600),
    };
    desk.accounts.create_api_key(owner, owner, new).await.unwrap();
}

#[tokio::test]
async fn r103_a_key_can_call_no_more_than_its_scopes_and_its_owner_now() {
    let desk = Desk::new();
    let (ann, mia) = (desk.with_role("ann", Role::Admin).await, desk.account("mia").await);
    desk.assign(&ann, &mia, "member", None).await.unwrap();
    desk.assign(&ann, &mia, "auditor", None).await.unwrap();
    key(&desk, &mia, &["notes:read"], &[]).await;
    let before = review(&desk).await;
    let by_key = |review: &AccessReview, name: &str| {
        callers(review, name).into_iter().filter(|it| it.contains("robot")).collect::<Vec<_>>()
    };
    let read = ["mia robot by api-key: role member or role auditor"];
    assert_eq!(by_key(&before, "GET /notes"), read);
    assert!(by_key(&before, "POST /notes").is_empty());
    desk.withdraw(&ann, &mia, "member").await.unwrap();
    desk.withdraw(&ann, &mia, "auditor").await.unwrap();
    assert!(by_key(&review(&desk).await, "GET /notes").is_empty());
    desk.clock.advance(3_600);
    let later = review(&desk).await;
    let keys = later.endpoints.iter().flat_map(|it| &it.callers).filter(|it| it.key.is_some());
    assert_eq!(keys.count(), 0, "an expired key");
}

#[tokio::test]
async fn a_program_has_keys_and_no_session() {
    let desk = Desk::new();
    let robot =
        desk.account_with("robot-1", |it| Account { kind: AccountKind::Service, ..it }).await;
    desk.accounts.assign_as_program(&robot, Role::Member, "test").await.unwrap();
    assert!(callers(&review(&desk).await, "GET /notes").is_empty());
    key(&desk, &robot, &["notes:read"], &[]).await;
    let by_key = ["robot-1 robot by api-key: role member"];
    assert_eq!(callers(&review(&desk).await, "GET /notes"), by_key);
}

#[tokio::test]
async fn an_expired_assignment_opens_nothing() {
    let desk = Desk::new();
    let (ann, bob) = (desk.with_role("ann", Role::Admin).await, desk.account("bob").await);
    desk.assign(&ann, &bob, "member", Some(NOW + 60)).await.unwrap();
    desk.clock.advance(60);
    assert_eq!(callers(&review(&desk).await, "GET /notes"), ["ann by session: role admin"]);
}

#[tokio::test]
async fn a_role_by_several_origins_is_listed_with_each_of_them() {
    let desk = Desk::new();
    let ann = desk.with_role("ann", Role::Admin).await;
    let mut people = Vec::new();
    // More than a page of holders, each with two rows.
    for number in 0..300 {
        let person = desk.account(&format!("person{number}")).await;
        desk.accounts.run_rules(&person).await.unwrap();
        desk.assign(&ann, &person, "member", None).await.unwrap();
        people.push(person);
    }
    let review = review(&desk).await;
    for person in &people {
        let found = review.accounts.iter().find(|it| it.id == *person).unwrap();
        assert_eq!(found.assignments.len(), 2, "{}", found.username);
    }
    assert_eq!(endpoint(&review, "GET /notes").callers.len(), 301);
}

#[tokio::test]
async fn a_review_that_was_kept_shows_who_has_gained_and_lost() {
    let desk = Desk::new();
    let (ann, bob) = (desk.with_role("ann", Role::Admin).await, desk.account("bob").await);
    let mia = desk.with_role("mia", Role::Member).await;
    let before = AccessReview::from_json(&review(&desk).await.to_json()).unwrap();
    assert_eq!(before, review(&desk).await);
    assert_eq!(
        review(&desk).await.since(&before),
        auth_accounts::review::ReviewDifference::default()
    );
    desk.assign(&ann, &bob, "auditor", None).await.unwrap();
    desk.withdraw(&ann, &mia, "member").await.unwrap();
    key(&desk, &bob, &["notes:read"], &[]).await;
    let difference = review(&desk).await.since(&before);
    let text = |changes: &[auth_accounts::review::ReviewedChange]| {
        let of = changes.iter().map(|it| format!("{} {} {}", it.endpoint, it.who, it.method));
        of.collect::<Vec<_>>()
    };
    let gained = [
        "GET /export bob session",
        "GET /export bob api-key",
        "GET /notes bob session",
        "GET /notes bob api-key",
    ];
    assert_eq!(text(&difference.gained), gained);
    let lost = [
        "DELETE /notes/{id} mia session",
        "GET /export mia session",
        "GET /not-auditors mia session",
        "GET /notes mia session",
        "POST /notes mia session",
    ];
    assert_eq!(text(&difference.lost), lost);
    assert_eq!(AccessReview::from_json("{}"), Err(ReviewError::NotOne));
    let newer = before.to_json().replacen("\"version\": 1", "\"version\": 2", 1);
    assert_eq!(AccessReview::from_json(&newer), Err(ReviewError::Version { found: 2 }));
}

#[requires(method = Session)]
async fn open_to_accounts() {}

#[tokio::test]
async fn an_endpoint_that_was_opened_to_all_is_one_difference() {
    let desk = Desk::new();
    let ann = desk.with_role("ann", Role::Admin).await;
    desk.account("bob").await;
    let closed: Router = Router::new().route("/admin", get(admin)).route("/gone", get(admin));
    let opened: Router =
        Router::new().route("/admin", get(open_to_accounts)).route("/new", get(admin));
    let closed = desk.accounts.access_review(&closed.access_map()).await.unwrap();
    let opened = desk.accounts.access_review(&opened.access_map()).await.unwrap();
    let difference = opened.since(&closed);
    let gained: Vec<&str> = difference.gained.iter().map(|it| it.who.as_str()).collect();
    assert_eq!(gained, ["every account", "ann"]);
    assert_eq!(difference.gained[1].account, Some(ann));
    assert_eq!(difference.gained[1].endpoint, "GET /new");
    let lost: Vec<&str> = difference.lost.iter().map(|it| it.endpoint.as_str()).collect();
    assert_eq!(lost, ["GET /gone"], "ann can still call /admin, as everybody can");
    assert_eq!(
        (difference.endpoints_added, difference.endpoints_removed),
        (vec!["GET /new".to_owned()], vec!["GET /gone".to_owned()])
    );
}

#[tokio::test]
async fn a_page_and_a_table_take_no_name_for_markup_or_a_formula() {
    let desk = Desk::new();
    let evil = "=1+1<script>alert('1')</script>\",\r\nx";
    let bob = desk.account_with("bob", |it| Account { username: evil.to_owned(), ..it }).await;
    desk.accounts.assign_as_program(&bob, Group::Office, "<b>&\"why\"").await.unwrap();
    let review = review(&desk).await;
    let page = review.to_html();
    assert!(!page.contains("<script") && !page.contains("<b>"), "{page}");
    assert!(page.contains("&lt;script&gt;") && page.contains("&lt;b&gt;&amp;&quot;why&quot;"));
    for part in
        ["<html lang=\"en\">", "<title>", "<caption>", "scope=\"col\"", "scope=\"row\"", "<h1>"]
    {
        assert!(page.contains(part), "{part}");
    }
    let csv = review.to_csv();
    assert!(csv.contains("\"'=1+1<script>alert('1')</script>\"\",\r\nx\""), "{csv}");
    assert!(csv.contains("GET /health,,anyone,"), "{csv}");
    assert!(csv.contains(",every account,,,session,"), "{csv}");
}

#[tokio::test]
async fn what_the_review_says_is_what_a_request_meets() {
    use axum::body::Body;
    use http::{Request, StatusCode};
    use tower::ServiceExt as _;

    use super::desk::{ByHeader, Names, ORIGIN};

    let desk = Desk::new();
    let ann = desk.with_role("ann", Role::Admin).await;
    let mut people = vec![ann.clone(), desk.account("nobody").await];
    for role in [Role::Member, Role::Auditor, Role::Staff] {
        people.push(desk.with_role(&format!("{role:?}"), role).await);
    }
    let both = desk.with_role("both", Role::Member).await;
    desk.assign(&ann, &both, "auditor", None).await.unwrap();
    people.push(both);
    let group = desk.account("group").await;
    desk.accounts.assign_as_program(&group, Group::Office, "test").await.unwrap();
    people.push(group);
    let app: Router = Router::new()
        .route("/admin", get(admin))
        .route("/both", get(self::both))
        .route("/me", get(me))
        .route("/not-auditors", get(not_auditors))
        .route("/notes", get(read))
        .route("/tokens", get(tokens));
    let map = app.access_map();
    let review = desk.accounts.access_review(&map).await.unwrap();
    let authenticator = auth_core::Authenticator::builder()
        .vocabulary::<Names>()
        .scheme(ByHeader)
        .scheme(desk.accounts.api_key_scheme())
        .methods([Method::Session])
        .assignment_source(desk.accounts.assignment_source())
        .clock(desk.clock.clone())
        .build();
    let map = map.with_methods([Method::Session]);
    let with_sessions = desk.accounts.access_review(&map).await.unwrap();
    let app = app.protect(authenticator.unwrap()).unwrap();
    // An endpoint that names no method takes those of the application.
    assert!(callers(&review, "GET /tokens").is_empty());
    assert_eq!(callers(&with_sessions, "GET /tokens"), ["ann by session: role admin"]);
    for it in &with_sessions.endpoints {
        for person in &people {
            let path = it.endpoint.strip_prefix("GET ").unwrap();
            let request = Request::get(path).header("x-subject", format!("{ORIGIN} {person}"));
            let answer = app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
            let said = it.every_account.iter().any(|it| it.method == "session")
                || it.callers.iter().any(|it| it.account == *person && it.method == "session");
            assert_eq!(answer.status() == StatusCode::OK, said, "{path} {person}");
        }
    }
}
