//! The specification of the accounts: a chapter for each part, a sentence for each test. A test whose
//! name begins with `r` and a number shows the requirement of this number.

#![cfg(test)]

mod admin;
mod apart;
mod api_keys;
mod assignments;
mod audit;
mod basic;
mod browser;
mod cookies;
mod cross_site;
mod desk;
mod ended;
mod factors;
mod log;
mod pages;
#[cfg(feature = "passkey")]
mod passkeys;
mod password_secrets;
mod password_support;
mod passwords;
mod pending;
mod provided;
mod providers;
mod recovery_codes;
mod remembered;
mod reset;
mod review;
mod secrets;
mod sessions;
mod sign_in;
mod sign_up;
#[cfg(feature = "smtp")]
mod smtp;
mod support;
mod throttling;
mod totp;
