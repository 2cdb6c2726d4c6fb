//! An application whose modules bring their own names: several enums of one kind.

use std::net::SocketAddr;

use auth_core::authenticator::{AssignmentQuery, AuthenticatorError};
use auth_core::routing::get;
use auth_core::testing::{AccessMatrix, TestIssuer};
use auth_core::vocabulary::{Authority as _, AuthorityRef, VocabularyError};
use auth_core::{
    AssignmentSource, Assignments, Authenticator, AuthorityKind, ClaimMap, Identity, Router,
    requires,
};
use auth_tests::http::{authenticator as other_authenticator, issuer, send_as, serve};
use serde_json::{Value, json};

mod orders {
    use auth_core::{Permissions, Roles, Scopes, requires};

    #[derive(Clone, Copy, Permissions)]
    pub(crate) enum Permission {
        #[permission("orders:read")]
        Read,
        #[permission("orders:cancel", includes(Read))]
        Cancel,
    }

    #[derive(Clone, Copy, Roles)]
    pub(crate) enum Role {
        #[role(grants(Read))]
        Clerk,
        #[role("order-manager", includes(Clerk), grants("orders:cancel"))]
        Manager,
    }

    #[derive(Clone, Copy, Scopes)]
    pub(crate) enum Scope {
        #[scope("orders")]
        All,
    }

    #[requires(permission = Read)]
    pub(crate) async fn read() {}

    #[requires(permission = "orders:cancel")]
    pub(crate) async fn cancel() {}

    #[requires(role = Manager)]
    pub(crate) async fn manage() {}

    #[requires(not(permission = Cancel))]
    pub(crate) async fn cannot_cancel() {}

    #[requires(scope = All)]
    pub(crate) async fn scope() {}
}

mod billing {
    use auth_core::{Groups, Permissions, Roles, Scopes, requires};

    #[derive(Clone, Copy, Permissions)]
    pub(crate) enum Permission {
        #[permission("invoices:read")]
        Read,
        #[permission("invoices:cancel", includes(Read))]
        Cancel,
    }

    #[derive(Clone, Copy, Roles)]
    pub(crate) enum Role {
        #[role("accountant", grants(Read))]
        Clerk,
        #[role("billing-manager", includes(Clerk), grants(Cancel))]
        Manager,
    }

    #[derive(Clone, Copy, Scopes)]
    pub(crate) enum Scope {
        #[scope("invoices")]
        All,
    }

    #[derive(Clone, Copy, Groups)]
    pub(crate) enum Group {
        #[group("/finance", role = Manager)]
        Finance,
    }

    #[requires(permission = Read)]
    pub(crate) async fn read() {}

    #[requires(permission = "invoices:cancel")]
    pub(crate) async fn cancel() {}

    #[requires(role = Manager)]
    pub(crate) async fn manage() {}

    #[requires(not(permission = Cancel))]
    pub(crate) async fn cannot_cancel() {}

    #[requires(scope = All)]
    pub(crate) async fn scope() {}
}

/// A third module, which calls a permission what `orders` calls one.
mod archive {
    #[derive(Clone, Copy, auth_core::Permissions)]
    pub(crate) enum Permission {
        #[permission("archive:read")]
        Read,
        #[permission("orders:cancel")]
        Cancel,
    }

    #[auth_core::requires(permission = Read)]
    pub(crate) async fn read() {}
}

type Names = (
    billing::Group,
    orders::Role,
    orders::Permission,
    billing::Permission,
    orders::Scope,
    billing::Role,
    billing::Scope,
);

#[requires(all(permission = orders::Permission::Read, permission = billing::Permission::Read))]
async fn both() {}

#[requires(permission = orders::Permission::Cancel | billing::Permission::Cancel)]
async fn either() {}

#[requires(authenticated)]
async fn held(caller: Identity) -> String {
    let names = |kind| caller.names(kind).map(AuthorityRef::name).collect::<Vec<_>>().join(" ");
    format!("{}; {}", names(AuthorityKind::Role), names(AuthorityKind::Permission))
}

const PATHS: [&str; 12] = [
    "/orders/read",
    "/orders/cancel",
    "/orders/manage",
    "/orders/cannot-cancel",
    "/orders/scope",
    "/billing/read",
    "/billing/cancel",
    "/billing/manage",
    "/billing/cannot-cancel",
    "/billing/scope",
    "/both",
    "/either",
];

fn routes() -> Router {
    Router::new()
        .route("/orders/read", get(orders::read))
        .route("/orders/cancel", get(orders::cancel))
        .route("/orders/manage", get(orders::manage))
        .route("/orders/cannot-cancel", get(orders::cannot_cancel))
        .route("/orders/scope", get(orders::scope))
        .route("/billing/read", get(billing::read))
        .route("/billing/cancel", get(billing::cancel))
        .route("/billing/manage", get(billing::manage))
        .route("/billing/cannot-cancel", get(billing::cannot_cancel))
        .route("/billing/scope", get(billing::scope))
        .route("/both", get(both))
        .route("/either", get(either))
        .route("/held", get(held))
}

fn claims() -> ClaimMap {
    ClaimMap::new().roles("/roles").permissions("/permissions").groups("/groups").scopes("/scope")
}

fn authenticator(issuer: &TestIssuer, map: ClaimMap) -> Authenticator {
    let verifier = issuer.verifier().claims(map).build().unwrap();
    Authenticator::builder().vocabulary::<Names>().verifier(verifier).build().unwrap()
}

fn token(issuer: &TestIssuer, claims: &Value) -> String {
    let mut token = issuer.token("user-1");
    for (name, value) in claims.as_object().unwrap() {
        token = token.claim(name, value.clone());
    }
    token.sign().unwrap()
}

async fn open(address: SocketAddr, token: &str) -> Vec<&'static str> {
    let mut open = Vec::new();
    for path in PATHS {
        match send_as(address, "GET", path, token).await.status {
            200 => open.push(path),
            403 => {}
            other => panic!("{path}: {other}"),
        }
    }
    open
}

#[tokio::test]
async fn each_module_is_decided_by_its_own_enum() {
    let (issuer, _) = issuer();
    let app = routes().protect(authenticator(&issuer, claims())).unwrap();
    let address = serve(app).await;
    let (no_order, no_invoice) = ("/orders/cannot-cancel", "/billing/cannot-cancel");
    for (claims, expected, held) in [
        (
            json!({"permissions": ["orders:read"]}),
            vec!["/orders/read", no_order, no_invoice],
            "; orders:read",
        ),
        (
            json!({"permissions": ["invoices:cancel"]}),
            vec![no_order, "/billing/read", "/billing/cancel", "/either"],
            "; invoices:read invoices:cancel",
        ),
        (
            json!({"roles": ["order-manager", "accountant"]}),
            vec![
                "/orders/read",
                "/orders/cancel",
                "/orders/manage",
                "/billing/read",
                no_invoice,
                "/both",
                "/either",
            ],
            "clerk order-manager accountant; orders:read orders:cancel invoices:read",
        ),
        (
            json!({"groups": ["/finance"], "scope": "invoices"}),
            vec![
                no_order,
                "/billing/read",
                "/billing/cancel",
                "/billing/manage",
                "/billing/scope",
                "/either",
            ],
            "accountant billing-manager; invoices:read invoices:cancel",
        ),
        (json!({"scope": "orders"}), vec![no_order, "/orders/scope", no_invoice], "; "),
        // Names of variants, and names of another kind, are no names.
        (json!({"permissions": ["Read", "read", "accountant"]}), vec![no_order, no_invoice], "; "),
    ] {
        let token = token(&issuer, &claims);
        assert_eq!(open(address, &token).await, expected, "{claims}");
        assert_eq!(send_as(address, "GET", "/held", &token).await.body, held, "{claims}");
    }
}

/// What a token leaves open is open in every enum of the kind, and in what those bring.
#[tokio::test]
async fn what_is_left_open_is_so_in_each_enum() {
    let (issuer, _) = issuer();
    let app = routes().protect(authenticator(&issuer, claims())).unwrap();
    let address = serve(app).await;
    for (claims, expected) in [
        (json!({"permissions": {"some": "object"}}), vec![]),
        (
            json!({"roles": {"some": "object"}, "permissions": ["invoices:read"]}),
            vec!["/billing/read"],
        ),
        // The groups bring roles of one module only.
        (json!({"groups": {"some": "object"}}), vec!["/orders/cannot-cancel"]),
    ] {
        assert_eq!(open(address, &token(&issuer, &claims)).await, expected, "{claims}");
    }
}

struct OfTheDatabase;

impl AssignmentSource for OfTheDatabase {
    type Error = std::convert::Infallible;

    async fn assignments(&self, _: AssignmentQuery<'_>) -> Result<Assignments, Self::Error> {
        Ok(Assignments::none().roles(["order-manager"]).permissions(["invoices:read"]))
    }
}

#[tokio::test]
async fn grants_and_renames_reach_each_enum() {
    let (issuer, _) = issuer();
    let map = claims().rename_roles([("id-1", "accountant"), ("id-2", "clerk")]);
    let address = serve(routes().protect(authenticator(&issuer, map)).unwrap()).await;
    let renamed = token(&issuer, &json!({"roles": ["id-1", "id-2"]}));
    let held = send_as(address, "GET", "/held", &renamed).await.body;
    assert_eq!(held, "clerk accountant; orders:read invoices:read");

    let unknown = claims().rename_roles([("id-1", "acountant")]);
    let verifier = issuer.verifier().claims(unknown).build().unwrap();
    let error = Authenticator::builder().vocabulary::<Names>().verifier(verifier).build();
    let error = error.unwrap_err().to_string();
    assert!(error.ends_with("help: did you mean `accountant`?"), "{error}");

    let verifier = issuer.verifier().claims(claims()).build().unwrap();
    let builder = Authenticator::builder().vocabulary::<Names>().verifier(verifier);
    let app = routes().protect(builder.assignment_source(OfTheDatabase).build().unwrap()).unwrap();
    let address = serve(app).await;
    let held = send_as(address, "GET", "/held", &token(&issuer, &json!({}))).await.body;
    assert_eq!(held, "clerk order-manager; orders:read orders:cancel invoices:read");
}

#[test]
fn a_name_in_two_enums_is_refused_when_the_authenticator_is_built() {
    type Clash = (orders::Role, orders::Permission, billing::Permission, archive::Permission);
    type Twice = (orders::Role, orders::Permission, orders::Role);

    let (issuer, _) = issuer();
    let verifier = || issuer.verifier().build().unwrap();
    let error = Authenticator::builder().vocabulary::<Clash>().verifier(verifier()).build();
    let error = error.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the permission `orders:cancel` is in two enums of the vocabulary: \
         `spec::declare::several_enums::orders::Permission` and `spec::declare::several_enums::archive::Permission`\n\
         help: a token does not say which of them is meant: rename one, as in \
         `#[permission(\"..\")]`, or give `.vocabulary::<(..)>()` one of the enums only"
    );
    let AuthenticatorError::Vocabulary(VocabularyError::NameInTwoEnums { kind, name, .. }) = error
    else {
        panic!("{error}");
    };
    assert_eq!((kind, name), (AuthorityKind::Permission, "orders:cancel"));

    let error = Authenticator::builder().vocabulary::<Twice>().verifier(verifier()).build();
    assert_eq!(
        error.unwrap_err().to_string(),
        "the vocabulary has `spec::declare::several_enums::orders::Role` twice\n\
         help: list it once in `.vocabulary::<(..)>()`"
    );
}

#[test]
fn an_enum_outside_of_the_vocabulary_is_named_with_its_module() {
    let (issuer, _) = issuer();
    let router = || Router::new().route("/archive", get(archive::read));
    let error = router().protect(authenticator(&issuer, claims())).unwrap_err();
    assert_eq!(
        error.problems()[0].to_string(),
        "`GET /archive` (`spec::declare::several_enums::archive::read`) requires the permission archive:read of \
         `spec::declare::several_enums::archive::Permission`, which is not in the authenticator's vocabulary\n\
         help: add it to `.vocabulary::<(..)>()`, or import `spec::declare::several_enums::orders::Permission` \
         where this requirement is written, which is another enum of that name"
    );
    let error = router().protect(other_authenticator(&issuer)).unwrap_err();
    assert!(error.to_string().contains("help: add it to `.vocabulary::<(..)>()`"), "{error}");
}

/// With the vocabulary and without it, where the requirements say which enums there are.
#[test]
fn the_access_map_lists_the_names_of_each_enum() {
    let map = routes().access_map();
    let model = map.model();
    let names = |kind| {
        let mut names: Vec<_> = model.vocabulary.of(kind).iter().map(|it| &*it.name).collect();
        names.sort_unstable();
        names
    };
    assert_eq!(
        names(AuthorityKind::Permission),
        ["invoices:cancel", "invoices:read", "orders:cancel", "orders:read"]
    );
    assert_eq!(names(AuthorityKind::Scope), ["invoices", "orders"]);

    let map = map.with_vocabulary::<Names>();
    let model = map.model();
    let names = |kind| model.vocabulary.of(kind).iter().map(|it| &*it.name).collect::<Vec<_>>();
    assert_eq!(
        names(AuthorityKind::Role),
        ["clerk", "order-manager", "accountant", "billing-manager"]
    );
    assert_eq!(
        names(AuthorityKind::Permission),
        ["orders:read", "orders:cancel", "invoices:read", "invoices:cancel"]
    );
    assert_eq!(model.vocabulary.groups[0].roles, ["billing-manager"]);
    assert_eq!(model.vocabulary.roles[3].grants, ["invoices:cancel"]);
    assert_eq!(model.findings.unreachable_endpoints, [""; 0]);
    let lock = map.lock_text();
    for part in ["orders:read", "invoices:read", "billing-manager"] {
        assert!(lock.contains(part), "{lock}");
    }
}

#[test]
fn a_lock_in_which_a_name_could_mean_two_things_is_refused() {
    let map = Router::<()>::new().route("/archive", get(archive::read)).access_map();
    let map = map.with_vocabulary::<(orders::Permission, archive::Permission)>();
    let expected = "the permission `orders:cancel` is in two enums of the vocabulary";
    for result in [map.check_lock("access.lock"), map.write_lock("access.lock")] {
        let error = result.unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
}

#[tokio::test]
async fn the_matrix_tries_callers_of_each_enum() {
    let report = AccessMatrix::of(routes()).run().await;
    assert_eq!(report.rows().len(), PATHS.len() + 1);
}

#[test]
fn variants_of_two_enums_are_distinguished() {
    assert_ne!(orders::Permission::Read.reference(), billing::Permission::Read.reference());
    assert_eq!(orders::Permission::Read.index(), billing::Permission::Read.index());
    assert_eq!(billing::Group::Finance.name(), "/finance");
}
