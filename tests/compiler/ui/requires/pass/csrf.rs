#![allow(unused)]

use auth_core::{Method, Requirement, requirement, requires};

const BROWSERS: Requirement = requirement!(method = Session | Basic);
const SSO: Method = Method::custom("corporate-sso");

#[requires(method = Session | Basic, csrf(exempt = "signed webhook, see docs/hooks.md"))]
async fn handler_1() {}

#[requires(csrf(exempt = "signed webhook", web_socket), method = Session)]
async fn handler_2() {}

#[requires(BROWSERS, csrf(exempt = "signed webhook",))]
async fn handler_3() {}

#[requires(method = self::SSO, csrf(exempt = "signed webhook"))]
async fn handler_4() {}

#[requires(method = Mtls | ApiKey, csrf(exempt = "signed webhook"))]
async fn handler_5() {}
