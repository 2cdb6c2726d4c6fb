//! A check is more than its name: its module and its sentence distinguish it from others of its name.

use auth_core::access_map::{AccessModel, Change, LockError};
use auth_core::routing::get;
use auth_core::{AccessMap, Router};

mod orders {
    use auth_core::{Identity, check};

    #[check("the caller placed the order")]
    pub(super) async fn own(_caller: &Identity) -> bool {
        true
    }
}

mod billing {
    use auth_core::{Identity, check};

    #[check("the caller pays the bill")]
    pub(super) async fn own(_caller: &Identity) -> bool {
        true
    }
}

/// The same check with another sentence, as after a change of its code.
mod later {
    pub(super) mod orders {
        use auth_core::{Identity, check};

        #[check("the caller placed the order, or somebody of the same house did")]
        pub(crate) async fn own(_caller: &Identity) -> bool {
            true
        }
    }
}

mod handlers {
    use auth_core::requires;

    #[requires(check = super::orders::own)]
    pub(super) async fn order() {}

    #[requires(check = super::billing::own)]
    pub(super) async fn bill() {}

    #[requires(check = super::later::orders::own)]
    pub(super) async fn order_later() {}

    #[requires(any(check = super::orders::own, check = super::billing::own))]
    pub(super) async fn both() {}
}

fn order() -> AccessMap {
    Router::<()>::new().route("/x", get(handlers::order)).access_map()
}

fn bill() -> AccessMap {
    Router::<()>::new().route("/x", get(handlers::bill)).access_map()
}

#[test]
fn a_check_swapped_for_its_namesake_is_incomparable() {
    let comparison = order().model().compare(bill().model());
    let change = &comparison.endpoints[0];
    assert_eq!(change.change, Change::Incomparable);
    assert_eq!(change.before.as_deref(), Some("check = spec::lock::checks::orders::own"));
    assert_eq!(change.after.as_deref(), Some("check = spec::lock::checks::billing::own"));
    let opened = change.opened.as_ref().unwrap().to_string();
    assert_eq!(
        opened,
        "check spec::lock::checks::billing::own (\"the caller pays the bill\") says yes"
    );
    assert!(!order().model().compare(order().model()).is_widening());
}

#[test]
fn the_lock_names_the_module_and_the_sentence() {
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("checks.lock");
    order().write_lock(&path).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(
        text.contains(
            "[[check]]\nname = \"own\"\nmodule = \"spec::lock::checks::orders\"\n\
             sentence = \"the caller placed the order\"\n"
        ),
        "{text}"
    );
    order().check_lock(&path).unwrap();
    let error = bill().check_lock(&path).unwrap_err();
    let LockError::Drift { comparison, .. } = &error else { panic!("{error}") };
    assert!(comparison.is_widening(), "{error}");
    assert!(error.to_string().contains("spec::lock::checks::billing::own"), "{error}");
    // What is read back is the same thing.
    let read = AccessModel::from_lock(&text).unwrap();
    assert_eq!(read.compare(order().model()).endpoints[0].change, Change::Equivalent);
    let json = AccessModel::from_json(&order().to_json()).unwrap();
    assert_eq!(json.compare(&read).endpoints[0].change, Change::Equivalent);
}

#[test]
fn a_check_that_says_something_else_now_is_another_one() {
    let text = order().lock_text().replace("the caller placed the order", "anybody");
    let old = AccessModel::from_lock(&text).unwrap();
    let comparison = old.compare(order().model());
    assert_eq!(comparison.endpoints[0].change, Change::Incomparable);
    assert_eq!(
        comparison.vocabulary,
        [
            "check spec::lock::checks::orders::own now says \"the caller placed the order\", not \"anybody\""
        ]
    );
}

#[test]
fn namesakes_within_one_map_have_a_name_each() {
    let map = Router::<()>::new()
        .route("/a", get(handlers::order))
        .route("/b", get(handlers::bill))
        .route("/c", get(handlers::order_later))
        .route("/d", get(handlers::both))
        .access_map();
    let names: Vec<Vec<&str>> = map
        .model()
        .endpoints
        .iter()
        .map(|it| it.checks.iter().map(|check| check.name.as_str()).collect())
        .collect();
    let (orders, billing) = ("spec::lock::checks::orders::own", "spec::lock::checks::billing::own");
    assert_eq!(
        names,
        [
            vec![orders],
            vec![billing],
            vec!["spec::lock::checks::later::orders::own"],
            vec![orders, billing]
        ]
    );
    // The longer name is no other check: alone it has a short one.
    let alone = Router::<()>::new().route("/a", get(handlers::order)).access_map();
    let comparison = alone.model().compare(map.model());
    assert_eq!(comparison.endpoints[0].change, Change::Equivalent, "{comparison}");
    let lock = AccessModel::from_lock(&map.lock_text()).unwrap();
    assert!(!lock.compare(map.model()).is_widening());
}

#[test]
fn a_lock_of_an_earlier_version_says_what_to_do() {
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("checks_old.lock");
    let old = "version = 1\n\n[[endpoint]]\npath = \"/x\"\nmethod = \"GET\"\nrequires = \"check = own\"\n";
    std::fs::write(&path, old).unwrap();
    let error = order().check_lock(&path).unwrap_err().to_string();
    assert!(
        error
            .contains("check own: it is not recorded which function of that name was meant before"),
        "{error}"
    );
    assert!(error.contains("UPDATE_ACCESS_LOCK=1 cargo test"), "{error}");
    // Two of them say nothing about each other either.
    let model = AccessModel::from_lock(old).unwrap();
    assert_eq!(model.compare(&model).endpoints[0].change, Change::Incomparable);
    // Without checks it is as good as a new one.
    let plain = old.replace("check = own", "authenticated");
    let model = AccessModel::from_lock(&plain).unwrap();
    assert_eq!(model.compare(&model).endpoints[0].change, Change::Equivalent);
}
