//! The cases whose instructions are counted, by the numbers that gungraun gives them.

use crate::accounts::cases;

/// A row and whose case of it.
pub type Name = (&'static str, &'static str);

/// The limits.
pub const LIMITS: [Name; 20] = [
    ("decision: 1 role and 1 scope", "limit"),
    ("decision: any of 5, 32 held", "limit"),
    ("decision: nested over 12, 256 held", "limit"),
    ("decision: both of 2, 4 held of 4", "limit"),
    ("decision: both of 2, 4,096 held of 4,096", "limit"),
    ("verify RS256", "limit"),
    ("verify ES256", "limit"),
    ("verify EdDSA", "limit"),
    ("verify HS256", "limit"),
    ("the same token again", "limit"),
    ("request: known token", "limit"),
    ("request: no token", "limit"),
    ("request: forged token", "limit"),
    ("request: known token, role missing", "limit"),
    (cases::KEPT_COOKIE, "limit"),
    (cases::KEPT_TOKEN, "limit"),
    (cases::KEPT_KEY, "limit"),
    (cases::WRONG_TAG, "limit"),
    (cases::WRONG_CHECKSUM, "limit"),
    (cases::FACTORS, "limit"),
];

/// What is held against a budget.
pub const OURS: [Name; 22] = [
    ("decision: 1 role and 1 scope", "auth-core"),
    ("decision: any of 5, 32 held", "auth-core"),
    ("decision: nested over 12, 256 held", "auth-core"),
    ("decision: both of 2, 4 held of 4", "auth-core"),
    ("decision: both of 2, 4,096 held of 4,096", "auth-core"),
    ("verify RS256", "auth-core"),
    ("verify ES256", "auth-core"),
    ("verify EdDSA", "auth-core"),
    ("verify HS256", "auth-core"),
    ("the same token again", "auth-core"),
    ("request: known token", "auth-core"),
    ("request: new token", "auth-core"),
    ("request: no token", "auth-core"),
    ("request: forged token", "auth-core"),
    ("request: known token, role missing", "auth-core"),
    (cases::KEPT_COOKIE, "auth-core"),
    (cases::KEPT_TOKEN, "auth-core"),
    (cases::KEPT_KEY, "auth-core"),
    (cases::WRONG_TAG, "auth-core"),
    (cases::WRONG_CHECKSUM, "auth-core"),
    (cases::FACTORS, "auth-core"),
    (cases::CROSS_SITE, "auth-core"),
];

/// Some cases of the peers, to compare.
#[cfg(feature = "peers")]
pub const PEERS: [Name; 16] = [
    ("decision: 1 role and 1 scope", "protect-axum"),
    ("decision: 1 role and 1 scope", "axum-gate"),
    ("decision: 1 role and 1 scope", "aliri"),
    ("decision: any of 5, 32 held", "protect-axum"),
    ("decision: any of 5, 32 held", "axum-gate"),
    ("decision: any of 5, 32 held", "aliri"),
    ("decision: nested over 12, 256 held", "protect-axum"),
    ("decision: nested over 12, 256 held", "axum-gate"),
    ("decision: nested over 12, 256 held", "aliri"),
    ("verify RS256", "jsonwebtoken + aws-lc"),
    ("verify RS256", "jsonwebtoken + rust_crypto"),
    ("verify HS256", "jsonwebtoken + aws-lc"),
    ("verify HS256", "aliri"),
    ("request: new token", "protect-axum + jsonwebtoken"),
    ("request: new token", "jwt-authorizer"),
    ("request: new token", "tower-oauth2-resource-server"),
];

/// The cases behind an id of gungraun: `ours_3`.
#[must_use]
pub fn named(id: &str) -> Option<Name> {
    let (list, place) = id.rsplit_once('_')?;
    let place: usize = place.parse().ok()?;
    let list: &[Name] = match list {
        "limits" => &LIMITS,
        "ours" => &OURS,
        #[cfg(feature = "peers")]
        "peers" => &PEERS,
        _ => return None,
    };
    list.get(place).copied()
}
