//! What the tokens of the benchmark say: about 1 KB of claims, as a Keycloak writes them.

use serde_json::{Value, json};

/// The issuer of every token.
pub const ISSUER: &str = "https://id.example.com/realms/shop";
/// The service that every token is for.
pub const AUDIENCE: &str = "orders-api";
/// The ids of the four keys of each algorithm.
pub const KEY_IDS: [&str; 4] =
    ["2026-08-RkWvYc3n", "2026-09-tGq0Lx8e", "2026-10-Jm5uZs7a", "2026-11-Pd2hNb9o"];
/// How many different tokens one run goes through.
pub const TOKENS: usize = 16;

/// What the subject with this number may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Anyone who has this standing is let in.
    Manager,
    /// Anyone who has this standing is rejected: a role is missing.
    Visitor,
}

/// The claims of the subject with this number, valid from `now` on for ten years.
#[must_use]
pub fn claims(number: usize, standing: Standing, now: u64) -> Value {
    let role = match standing {
        Standing::Manager => "manager",
        Standing::Visitor => "visitor",
    };
    json!({
        "exp": now + 315_360_000,
        "iat": now - 60,
        "nbf": now - 60,
        "auth_time": now - 600,
        "jti": format!("4f1c2a77-93d0-4f0e-8c55-{number:012x}"),
        "iss": ISSUER,
        "aud": [AUDIENCE, "account"],
        "sub": format!("8d2f6c1e-55aa-4b7e-9d3c-{number:012x}"),
        "typ": "Bearer",
        "azp": "shop-frontend",
        "client_id": "shop-frontend",
        "sid": format!("c0a80101-7e1b-4d2a-b6f4-{number:012x}"),
        "acr": "1",
        "allowed-origins": ["https://shop.example.com", "https://admin.example.com"],
        "realm_access": {
            "roles": ["offline_access", "uma_authorization", "default-roles-shop", "employee", role],
        },
        "resource_access": {
            "orders-api": { "roles": ["orders-viewer", "orders-editor"] },
            "account": { "roles": ["manage-account", "manage-account-links", "view-profile"] },
        },
        "scope": "openid profile email read write",
        "email_verified": true,
        "name": format!("Sample Person {number:05}"),
        "preferred_username": format!("sample.person.{number:05}"),
        "given_name": "Sample",
        "family_name": format!("Person {number:05}"),
        "email": format!("sample.person.{number:05}@shop.example.com"),
        "locale": "en",
        "tenant": "north-west-europe",
    })
}
