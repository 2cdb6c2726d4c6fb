//! What the macros write, as formatted Rust: `snapshots/*.rs`, for people to read and to see change.
//!
//! `SNAPSHOTS=overwrite cargo test -p auth-macros` writes the files anew.

use std::path::Path;
use std::{env, fs};

use proc_macro2::TokenStream;

use crate::entry;

fn tokens(text: &str) -> TokenStream {
    text.parse().expect("the test is Rust")
}

/// Holds `expanded` against the file `name`.
fn hold(name: &str, expanded: TokenStream) {
    let file = syn::parse2(expanded).expect("the macro writes items");
    let text = prettyplease::unparse(&file);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots").join(name);
    if env::var_os("SNAPSHOTS").is_some_and(|value| value == "overwrite") {
        fs::write(&path, &text).expect("the folder is writable");
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == text, "{} has changed; what is written now:\n{text}", path.display());
}

#[test]
fn handler() {
    let arguments = tokens(
        r#"role = "admin", scope = Write, any(permission = OrdersCancel, check = placed_order), max_age = "5m""#,
    );
    let item = tokens(
        "/// Cancels an order.
        #[tracing::instrument]
        pub(crate) async fn cancel(caller: Identity, Path(id): Path<u64>) -> Result<(), Error> { ledger::remove(id).await }",
    );
    hold("handler.rs", entry::requires(&arguments, item));
}

#[test]
fn generic() {
    let arguments = tokens("crate = my::auth, authenticated");
    let item = tokens(
        "pub async fn list<R>(State(repo): State<R>) -> impl IntoResponse where R: Repo { repo.all().await }",
    );
    hold("generic.rs", entry::requires(&arguments, item));
}

#[test]
fn function() {
    let arguments = tokens("role = Clerk | Manager");
    let item = tokens(
        "fn cancel(&self, _: &Identity, id: u64) -> Result<(), LedgerError> { self.remove(id) }",
    );
    hold("function.rs", entry::requires(&arguments, item));
}

#[test]
fn public() {
    let item = tokens("async fn health() -> &'static str { \"ok\" }");
    hold("public.rs", entry::public(&tokens(r#"reason = "liveness probe""#), item));
}

#[test]
fn pending() {
    let item = tokens(
        "async fn enter_code(sign_in: PendingSignIn, code: String) -> Done { done(code).await }",
    );
    hold("pending.rs", entry::pending(&tokens("second_factor"), item));
}

#[test]
fn check() {
    let item = tokens(
        "async fn placed_order(caller: &Identity, Path(id): Path<u64>) -> Result<bool, Error> { ask(id).await }",
    );
    hold("check.rs", entry::check(tokens(r#""the caller placed the order""#), item));
}

#[test]
fn requirement() {
    let value =
        entry::requirement(&tokens(r#"all(role = Admin, not(group = "/guests")), acr = "mfa""#));
    hold("requirement.rs", quote::quote!(const REQUIREMENT: Requirement = #value;));
}

/// Macros answer any input with code, not with a panic.
#[test]
fn nonsense_is_answered() {
    let words = [
        "role",
        "=",
        "==",
        "|",
        "||",
        ",",
        "any",
        "not",
        "(",
        ")",
        "\"a\"",
        "A",
        "A::B",
        "::",
        "5m",
        "5",
        "!",
        "crate",
        "max_age",
        "check",
        "authenticated",
        "acr",
        "[",
        "]",
        "-",
        "&",
        "#",
        "'a",
        "self",
        "_",
        "..",
    ];
    // A small generator is enough to come by every place in the parser.
    let mut state = 1_u64;
    let mut next = |below: usize| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap_or_default() % below
    };
    let handler = "async fn handler() {}";
    let mut parsed = 0;
    for _ in 0..4_000 {
        let length = next(9);
        let text: Vec<&str> = (0..length).map(|_| words[next(words.len())]).collect();
        let Ok(arguments) = text.join(" ").parse::<TokenStream>() else { continue };
        parsed += 1;
        let expanded = entry::requires(&arguments, tokens(handler)).to_string();
        assert!(expanded.contains("async fn handler (_ :"), "the guard is missing: {text:?}");
        drop(entry::public(&arguments, tokens(handler)));
        drop(entry::check(arguments.clone(), tokens(handler)));
        drop(entry::requirement(&arguments));
        drop(entry::requires(&tokens("authenticated"), arguments));
    }
    assert!(parsed > 1_000, "{parsed}");
}
