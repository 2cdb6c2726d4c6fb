//! The root of `auth-core` has what an application starts with.

use std::collections::BTreeSet;
use std::path::Path;

use super::source::{exports, sources};

/// What is exported at the root.
fn root() -> BTreeSet<String> {
    let sources = sources();
    let library = sources.iter().find(|source| source.path == Path::new("lib.rs")).unwrap();
    exports(&library.code).into_iter().filter_map(|path| path.last().cloned()).collect()
}

/// What is exported at the root. An addition is a decision: it goes into this list, or into its room.
const ROOT: [&str; 53] = [
    "AccessMap",
    "AssignmentCache",
    "AssignmentQuery",
    "AssignmentSource",
    "Assignments",
    "AuthError",
    "Authentication",
    "AuthenticationScheme",
    "Authenticator",
    "Authority",
    "AuthorityKind",
    "AuthoritySet",
    "BadRequest",
    "Check",
    "ClaimMap",
    "Claims",
    "ClientCertificates",
    "CurrentUser",
    "Decision",
    "Dpop",
    "ErrorDetail",
    "Forbidden",
    "FromIdentity",
    "Groups",
    "Guard",
    "Identity",
    "IntrospectionVerifier",
    "IssuerResolver",
    "Jwks",
    "JwtVerifier",
    "Method",
    "MethodRouter",
    "Misconfigured",
    "Permissions",
    "Policy",
    "ProtectError",
    "Public",
    "Rejection",
    "Requirement",
    "RevocationList",
    "Roles",
    "Router",
    "Scopes",
    "TokenProfile",
    "Unauthenticated",
    "Unavailable",
    "Vocabulary",
    "check",
    "public",
    "requirement",
    "requires",
    "routes",
    "routing",
];

#[test]
fn the_root_has_what_an_application_starts_with() {
    let root = root();
    let root: Vec<&str> = root.iter().map(String::as_str).collect();
    assert_eq!(root, ROOT);
}
