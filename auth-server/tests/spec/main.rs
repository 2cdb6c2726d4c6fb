//! The specification of the authorization server: a chapter for each part, a sentence for each test. A test
//! whose name begins with `a` and a number shows the requirement of this number.

#![cfg(test)]

mod access_map;
mod authorization;
mod client_authentication;
mod client_credentials;
mod device;
#[cfg(feature = "http_client")]
mod documents;
mod dpop;
mod give_back;
mod issued_tokens;
mod metadata;
mod pushed;
mod refresh;
mod registration;
mod resource_in_the_program;
mod signing_keys;
mod support;
mod token;
mod userinfo;
