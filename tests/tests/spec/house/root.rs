//! The root of `auth-core` has what an application starts with, and each public item has one path.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::source::{Source, declared, exports, sources};

/// What is exported at the root. An addition is a decision: it goes into this list, or into its room.
const ROOT: [&str; 37] = [
    "AccessMap",
    "AssignmentSource",
    "Assignments",
    "AuthError",
    "AuthLevels",
    "Authentication",
    "AuthenticationScheme",
    "Authenticator",
    "AuthorityKind",
    "AuthoritySet",
    "ClaimMap",
    "Claims",
    "CurrentUser",
    "Factor",
    "FromIdentity",
    "Groups",
    "Guard",
    "Identity",
    "Jwks",
    "JwtVerifier",
    "Method",
    "PendingSignIn",
    "Permissions",
    "Public",
    "Rejection",
    "Requirement",
    "Roles",
    "Router",
    "Scopes",
    "TokenProfile",
    "check",
    "pending",
    "public",
    "requirement",
    "requires",
    "routes",
    "routing",
];

/// The public modules: a room each, and `routing`, which has the names of `axum::routing`. No room has
/// modules of its own.
const MODULES: [&str; 18] = [
    "access_map",
    "audit",
    "authenticator",
    "binding",
    "error",
    "identity",
    "jose",
    "keys",
    "policy",
    "response",
    "revocation",
    "routing",
    "scheme",
    "testing",
    "time",
    "token",
    "vocabulary",
    "web",
];

/// No interface: what generated code names, and the documents of the repository.
const HIDDEN: [&str; 2] = ["__private", "manual"];

/// A public item: the module and the name that it is declared with.
type Item = (Vec<String>, String);

/// The modules of the crate by their path.
struct Crate(BTreeMap<Vec<String>, Source>);

impl Crate {
    fn read() -> Self {
        Self(sources().into_iter().map(|source| (source.module(), source)).collect())
    }

    fn code(&self, module: &[String]) -> &str {
        self.0.get(module).map_or("", |source| &source.code)
    }

    /// The item that a path leads to, followed through the modules that export it again.
    fn item(&self, module: &[String], path: &[String]) -> Item {
        let (name, folders) = path.split_last().unwrap();
        let mut at = module.to_vec();
        for folder in folders {
            match folder.as_str() {
                "crate" => at.clear(),
                "super" => drop(at.pop()),
                "self" => {}
                _ => at.push(folder.clone()),
            }
        }
        let code = self
            .code(&at)
            .replace("pub(crate) use", "pub use")
            .replace("pub(super) use", "pub use");
        let again = exports(&code).into_iter().find(|it| it.last() == Some(name) && it.len() > 1);
        match again {
            Some(next) if !declared(&code).contains(name) => self.item(&at, &next),
            _ => (at, name.clone()),
        }
    }

    /// What a module has under its own path: what is declared in it, and what it exports.
    fn public(&self, module: &[String]) -> Vec<Item> {
        let code = self.code(module);
        let declared = declared(code).into_iter().map(|name| (module.to_vec(), name));
        declared.chain(exports(code).iter().map(|path| self.item(module, path))).collect()
    }
}

/// The public modules of a module.
fn modules(code: &str) -> BTreeSet<String> {
    let lines = code.lines().filter_map(|line| line.strip_prefix("pub mod "));
    lines.filter_map(|line| line.split([';', ' ']).next().map(str::to_owned)).collect()
}

/// Every public item with the paths under which it is public.
fn paths() -> BTreeMap<Item, Vec<String>> {
    let (all, mut paths) = (Crate::read(), BTreeMap::<Item, Vec<String>>::new());
    let root = all
        .public(&[])
        .into_iter()
        .filter(|(module, _)| module.first().is_none_or(|it| it != "auth_macros"));
    for item in root.filter(|(module, _)| !module.is_empty()) {
        paths.entry(item.clone()).or_default().push(item.1);
    }
    for module in MODULES {
        for item in all.public(&[module.to_owned()]) {
            let path = format!("{module}::{}", item.1);
            paths.entry(item).or_default().push(path);
        }
    }
    paths
}

#[test]
fn the_root_has_what_an_application_starts_with() {
    let sources = sources();
    let library = sources.iter().find(|source| source.path == Path::new("lib.rs")).unwrap();
    let exported = exports(&library.code).into_iter().filter_map(|path| path.last().cloned());
    let mut root: BTreeSet<String> = exported.collect();
    let mut modules = modules(&library.code);
    assert!(modules.contains("routing"), "{modules:?}");
    root.insert("routing".to_owned());
    assert_eq!(root.iter().map(String::as_str).collect::<Vec<_>>(), ROOT);

    modules.retain(|module| !HIDDEN.contains(&&**module));
    assert_eq!(modules.iter().map(String::as_str).collect::<Vec<_>>(), MODULES);
}

#[test]
fn no_room_has_public_modules_of_its_own() {
    for source in sources() {
        let module = source.module();
        if module.first().is_some_and(|room| !HIDDEN.contains(&&**room)) {
            assert_eq!(modules(&source.code), BTreeSet::new(), "{}", source.path.display());
        }
    }
}

#[test]
fn each_public_item_has_one_path() {
    let paths = paths();
    assert!(paths.len() > 150, "only {} are found", paths.len());
    let twice: Vec<_> = paths.into_values().filter(|paths| paths.len() > 1).collect();
    assert_eq!(twice, Vec::<Vec<String>>::new());
}

#[test]
fn no_two_public_types_have_one_name() {
    let mut names = BTreeMap::<String, Vec<Vec<String>>>::new();
    for ((_, name), paths) in paths() {
        if name.chars().next().is_some_and(char::is_uppercase) {
            names.entry(name).or_default().push(paths);
        }
    }
    names.retain(|_, items| items.len() > 1);
    assert_eq!(names, BTreeMap::new());
}
