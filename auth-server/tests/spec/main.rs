//! The specification of the authorization server: a chapter for each part, a sentence for each test. A test
//! whose name begins with `a` and a number shows the requirement of this number.

#![cfg(test)]

mod authorization;
mod client_authentication;
mod client_credentials;
mod dpop;
mod give_back;
mod pushed;
mod refresh;
mod support;
mod token;
