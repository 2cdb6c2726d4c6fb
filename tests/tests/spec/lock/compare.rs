//! What a change opened and closed, each with the smallest caller who shows it; and the command
//! that prints it.

use auth_core::access_map::{AccessModel, Change, EndpointChange};

/// Two versions of an API as locks: the vocabulary, and `path = requirement` for each endpoint.
fn model(vocabulary: &str, endpoints: &[(&str, &str)]) -> AccessModel {
    let mut text = format!("version = 1\n{vocabulary}\n");
    for (path, requires) in endpoints {
        let who = match requires.strip_prefix("public") {
            Some(_) => "public = \"\"".to_owned(),
            None => format!("requires = '{requires}'"),
        };
        text.extend(["[[endpoint]]\npath = \"", path, "\"\nmethod = \"GET\"\n", &who, "\n"]);
    }
    AccessModel::from_lock(&text).unwrap()
}

const SHOP: &str = "\
[roles]
clerk = { grants = [\"read\"] }
manager = { includes = [\"clerk\"], grants = [\"cancel\"] }
suspended = {}
[permissions]
read = {}
cancel = {}
[scopes]
write = {}
[groups]
staff = { roles = [\"clerk\"] }
";

fn only(old: &AccessModel, new: &AccessModel) -> EndpointChange {
    let comparison = old.compare(new);
    assert_eq!(comparison.endpoints.len(), 1);
    comparison.endpoints.into_iter().next().unwrap()
}

/// What changed from one requirement to another, with who is let in now and who is rejected now.
fn between(before: &str, after: &str) -> (Change, String, String) {
    let change = only(&model(SHOP, &[("/x", before)]), &model(SHOP, &[("/x", after)]));
    assert!(change.complete);
    let text = |it: &Option<auth_core::access_map::Witness>| {
        it.as_ref().map(ToString::to_string).unwrap_or_default()
    };
    (change.change, text(&change.opened), text(&change.closed))
}

#[test]
fn one_requirement_against_another() {
    use Change::{BecamePublic, Equivalent, Incomparable, Narrowed, Widened};
    let expect = |before, after, change, opened: &str, closed: &str| {
        assert_eq!(
            between(before, after),
            (change, opened.to_owned(), closed.to_owned()),
            "{before} / {after}"
        );
    };
    expect("role = \"manager\"", "role = \"clerk\"", Widened, "role \"clerk\"", "");
    expect("role = \"clerk\"", "role = \"manager\"", Narrowed, "", "role \"clerk\"");
    // Only who has the permission without the role tells the two apart.
    expect("role = \"manager\"", "permission = \"cancel\"", Widened, "permission \"cancel\"", "");
    expect("role = \"manager\", role = \"clerk\"", "role = \"manager\"", Equivalent, "", "");
    expect(
        "role = \"manager\"",
        "role = \"suspended\"",
        Incomparable,
        "role \"suspended\"",
        "role \"manager\"",
    );
    expect(
        "role = \"clerk\", scope = \"write\"",
        "role = \"clerk\"",
        Widened,
        "role \"clerk\"",
        "",
    );
    expect(
        "authenticated, not(role = \"suspended\")",
        "authenticated",
        Widened,
        "role \"suspended\"",
        "",
    );
    expect("authenticated", "not(role = \"suspended\")", Narrowed, "", "role \"suspended\"");
    expect("max_age = \"5m\"", "max_age = \"1h\"", Widened, "a login 1h old", "");
    expect(
        "max_age = \"5m\"",
        "authenticated",
        Widened,
        "any valid token, even one that carries nothing",
        "",
    );
    expect("acr = \"mfa\"", "acr = \"pwd\"", Incomparable, "acr \"pwd\"", "acr \"mfa\"");
    expect("not(acr = \"pwd\")", "not(acr = \"mfa\")", Incomparable, "acr \"pwd\"", "acr \"mfa\"");
    expect("acr = \"mfa\"", "not(acr = \"pwd\")", Widened, "acr \"another\"", "");
    expect(
        "permission = \"cancel\"",
        "any(permission = \"cancel\", check = placed)",
        Widened,
        "check placed says yes",
        "",
    );
    expect("role = \"clerk\"", "public", BecamePublic, "anyone, without a token", "");
    expect("public", "authenticated", Narrowed, "", "anyone, without a token");
    expect("public", "public", Equivalent, "", "");
    // A name that is gone is met by no caller, wherever it is.
    expect("not(role = \"boss\")", "role = \"clerk\"", Widened, "role \"clerk\"", "");
    expect(
        "role = \"clerk\"",
        "any(role = \"clerk\", not(role = \"boss\"))",
        Narrowed,
        "",
        "role \"clerk\"",
    );
}

#[test]
fn a_caller_whose_names_the_token_leaves_open_tells_requirements_apart() {
    use Change::{Equivalent, Narrowed, Widened};
    let expect = |before: &str, after: &str, who: &str| {
        let (opened, closed) =
            if who.is_empty() { (Equivalent, Equivalent) } else { (Widened, Narrowed) };
        let none = String::new;
        assert_eq!(between(before, after), (opened, who.to_owned(), none()), "{before} / {after}");
        assert_eq!(between(after, before), (closed, none(), who.to_owned()), "{after} / {before}");
    };
    let write = "scope = \"write\"";
    // Neither the name nor its opposite is met by a caller of whom it is unknown.
    let either = |name: &str| format!("any(all({name}, {write}), all(not({name}), {write}))");
    let roles = "scope \"write\", roles that the token leaves open";
    expect(&either("role = \"suspended\""), write, roles);
    expect(
        "any(role = \"suspended\", not(role = \"suspended\"))",
        "authenticated",
        "roles that the token leaves open",
    );
    // So is all that names of an open kind could bring.
    expect(&either("permission = \"cancel\""), write, roles);
    // Groups bring roles, but not the other way round, and not this one.
    expect(
        &either("group = \"staff\""),
        write,
        "scope \"write\", groups that the token leaves open",
    );
    let both = format!("any({}, {})", either("role = \"suspended\""), either("group = \"staff\""));
    expect(&both, write, "scope \"write\", roles and groups that the token leaves open");
    // Without `not` an unknown name is one that the caller lacks.
    expect(&format!("any(all(role = \"clerk\", {write}), {write})"), write, "");
    // Someone whose token tells all names is the better example.
    expect(
        &format!("not(role = \"suspended\"), {write}"),
        write,
        "role \"suspended\", scope \"write\"",
    );
}

#[test]
fn a_role_that_gains_a_permission_shows_on_every_endpoint_that_it_opens() {
    let endpoints = [
        ("/cancel", "permission = \"cancel\", scope = \"write\""),
        ("/read", "permission = \"read\""),
        ("/role", "role = \"clerk\""),
    ];
    let old = model(SHOP, &endpoints);
    let new = model(&SHOP.replace("[\"read\"]", "[\"read\", \"cancel\"]"), &endpoints);
    let comparison = old.compare(&new);
    let changes: Vec<_> =
        comparison.endpoints.iter().map(|it| (it.path.as_str(), it.change)).collect();
    assert_eq!(
        changes,
        [
            ("/cancel", Change::Widened),
            ("/read", Change::Equivalent),
            ("/role", Change::Equivalent),
        ]
    );
    let witness = comparison.endpoints[0].opened.as_ref().unwrap().to_string();
    assert_eq!(witness, "role \"clerk\", scope \"write\"");
    assert_eq!(
        comparison.vocabulary,
        [
            "role \"clerk\" now brings permission \"cancel\"",
            "group \"staff\" now brings permission \"cancel\"",
        ]
    );
    let back = new.compare(&old);
    assert_eq!(back.endpoints[0].change, Change::Narrowed);
    assert!(!back.is_widening());
}

#[test]
fn a_name_that_the_old_vocabulary_lacked_was_held_by_no_caller() {
    let endpoints = [("/x", "any(role = \"clerk\", role = \"boss\")")];
    let old = model(SHOP, &[("/x", "role = \"clerk\"")]);
    let new = model(&SHOP.replace("suspended", "boss"), &endpoints);
    let change = only(&old, &new);
    assert_eq!(change.change, Change::Widened);
    assert_eq!(change.opened.unwrap().to_string(), "role \"boss\"");
}

#[test]
fn endpoints_that_come_and_go() {
    let old =
        model(SHOP, &[("/a/{id}", "authenticated"), ("/gone", "authenticated"), ("/p", "public")]);
    let new = model(
        SHOP,
        &[("/a/{order}", "authenticated"), ("/guarded", "authenticated"), ("/open", "public")],
    );
    let comparison = old.compare(&new);
    let changes: Vec<_> = comparison.changes().iter().map(ToString::to_string).collect();
    assert_eq!(
        changes,
        [
            "new public: GET /open\n  now:     public\n  let in:  anyone, without a token",
            "new: GET /guarded\n  now:     authenticated",
            "removed: GET /gone\n  before:  authenticated",
            "removed: GET /p\n  before:  public",
        ]
    );
    assert!(comparison.is_widening());
    let same: Vec<_> =
        comparison.endpoints.iter().filter(|it| it.change == Change::Equivalent).collect();
    assert_eq!(same[0].path, "/a/{order}", "the name of a parameter does not count");
}

/// A formula that no search gets to the end of: whether the caller holds an odd number of roles.
fn odd(roles: &[usize]) -> String {
    if let [only] = roles {
        return format!("role = \"r{only}\"");
    }
    let (left, right) = roles.split_at(roles.len() / 2);
    let (left, right) = (odd(left), odd(right));
    format!("any(all({left}, not({right})), all(not({left}), {right}))")
}

#[test]
fn an_unfinished_comparison_is_never_called_harmless() {
    let roles: Vec<usize> = (0..32).collect();
    let names: Vec<String> = roles.iter().map(|place| format!("r{place} = {{}}")).collect();
    let vocabulary = format!("[roles]\n{}\n", names.join("\n"));
    let old = model(&vocabulary, &[("/x", &odd(&roles))]);
    let other_order: Vec<usize> = (0..32).map(|place| place * 13 % 32).collect();
    let new = model(&vocabulary, &[("/x", &odd(&other_order))]);
    assert!(new.endpoints[0].truncated);
    let started = std::time::Instant::now();
    let change = only(&old, &new);
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
    assert!(!change.complete, "{change}");
    assert_eq!(change.change, Change::Incomparable);
    assert!(change.to_string().starts_with("incomparable (not fully compared): GET /x"));
    assert!(change.opened.is_none() && change.closed.is_none());
}

#[test]
fn markdown_for_a_pull_request() {
    let old =
        model(SHOP, &[("/x", "role = \"manager\""), ("/y", "role = \"clerk\" | \"suspended\"")]);
    let new = model(SHOP, &[("/x", "role = \"clerk\""), ("/y", "role = \"suspended\"")]);
    assert_eq!(
        old.compare(&new).to_markdown(),
        "### Who may call what\n\n\
         **⚠️ Callers who were refused may be let in**\n\n\
         | | endpoint | before | now | for example |\n|---|---|---|---|---|\n\
         | widened | `GET /x` | `role = \"manager\"` | `role = \"clerk\"` | now let in: `role \"clerk\"` |\n\n\
         **Other changes**\n\n\
         | | endpoint | before | now | for example |\n|---|---|---|---|---|\n\
         | narrowed | `GET /y` | `role = \"clerk\" \\| \"suspended\"` | `role = \"suspended\"` | now refused: `role \"clerk\"` |\n\n\
         0 endpoints let in the same callers as before.\n"
    );
    assert_eq!(old.compare(&old).to_markdown(), "### Who may call what\n\nNothing changed.\n");
}
