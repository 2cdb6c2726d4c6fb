//! The specification of the authorization server: a chapter for each part, a sentence for each test. A test
//! whose name begins with `a` and a number shows the requirement of this number.

#![cfg(test)]

mod abuse;
mod access_map;
mod authorization;
mod client_authentication;
mod client_credentials;
mod consent;
#[cfg(feature = "metrics")]
#[path = "../../../tests/tests/spec/counted.rs"]
mod counted;
#[cfg(feature = "metrics")]
mod counters;
mod device;
mod documents;
mod dpop;
mod end_session;
mod give_back;
mod introspection;
mod issued_tokens;
mod lives;
#[path = "../../../auth-accounts/tests/spec/log.rs"]
mod log;
mod logged;
mod metadata;
mod over_http;
mod pages;
#[cfg(feature = "passkey")]
mod passkeys;
mod proxies;
mod pushed;
mod pushed_requests;
mod refresh;
mod registration;
mod resource_in_the_program;
mod seeds;
mod sign_in;
mod signing_keys;
mod support;
mod token;
mod unknown_clients;
mod userinfo;
