#![allow(unused_imports, dead_code)]

use auth_core::{Requirement, requirement, requires};
use auth_tests_ui::{MANAGERS, Permission, Role};

#[requires(auth_tests_ui::STAFF, not(MANAGERS))]
async fn handler_1() {}

#[requires(any(auth_tests_ui::MANAGERS, acr = "mfa"))]
async fn handler_2() {}

const CLERKS: Requirement = requirement!(auth_tests_ui::STAFF, not(auth_tests_ui::MANAGERS));

#[requires(CLERKS)]
async fn handler_3() {}
