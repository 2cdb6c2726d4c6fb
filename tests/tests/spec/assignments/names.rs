//! Names that the vocabulary does not have.

use auth_core::Assignments;
use auth_tests::http::issuer;

use super::desk::{CLERK, Desk, builder, names};
use crate::counted::Counted;
use crate::logged::Logged;

#[tokio::test]
async fn an_unknown_name_grants_nothing_and_is_counted_by_kind() {
    let counted = Counted::default();
    let recorder = &counted;
    let _guard = metrics::set_default_local_recorder(&recorder);
    let (issuer, _) = issuer();
    let desk = Desk::default();
    let granted = Assignments::none()
        .roles(["clerk", "Clerk", " manager", "orders:cancel", "", "read"])
        .permissions(["orders:read", "manager"])
        .groups(["/leads/", "write"]);
    desk.assign("", "alice", granted);
    let authenticator = builder(&issuer, &desk).build().unwrap();
    let token = issuer.token("alice").roles(["unknown"]).sign().unwrap();
    let caller = authenticator.authenticate_bearer(&token).await.unwrap();
    assert_eq!(names(&caller), CLERK);
    let counted = counted.keys();
    let of = |kind: &str| {
        let key = format!("Key(auth_unknown_grants_total, [kind = {kind}])");
        counted.iter().filter(|counted| **counted == key).count()
    };
    assert_eq!((of("role"), of("permission"), of("group")), (5, 1, 2), "{counted:#?}");
    assert_eq!(counted.len(), 8, "no label has the name: {counted:#?}");
}

#[tokio::test]
async fn each_unknown_name_is_logged_once_up_to_a_bound() {
    Logged::listen();
    let (issuer, _) = issuer();
    let desk = Desk::default();
    let authenticator = builder(&issuer, &desk).build().unwrap();
    let held = async |subject: &str| {
        let token = issuer.token(subject).sign().unwrap();
        authenticator.authenticate_bearer(&token).await.unwrap();
        let lines = Logged::take();
        lines.into_iter().filter(|line| line.contains("assignment source")).collect::<Vec<_>>()
    };
    desk.assign("", "alice", Assignments::none().roles(["cleark", "two\nlines"]));
    let lines = held("alice").await;
    assert_eq!(lines.len(), 2, "{lines:#?}");
    assert!(lines[0].starts_with("WARN") && lines[0].contains("cleark"), "{lines:#?}");
    assert!(lines[1].contains(r"two\nlines"), "{lines:#?}");
    assert_eq!(held("alice").await, [""; 0], "once is enough");
    desk.assign("", "bob", Assignments::none().roles((0..5000).map(|name| format!("{name:0500}"))));
    let lines = held("bob").await;
    // All of them are cut to the same text.
    assert_eq!(lines.len(), 1, "{lines:#?}");
    assert!(lines[0].len() < 300, "{lines:#?}");
    desk.assign("", "carla", Assignments::none().roles((0..5000).map(|name| name.to_string())));
    assert!(held("carla").await.len() <= 64);
}
