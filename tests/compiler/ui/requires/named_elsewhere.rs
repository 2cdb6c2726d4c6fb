#![allow(unused)]

use auth_core::{Requirement, requirement, requires};
use auth_tests_ui::{MANAGERS, Permission, Role};

#[requires(auth_tests_ui::MANAGERS, not(auth_tests_ui::STAFF))]
async fn handler_1() {}

#[requires(any(MANAGERS, auth_tests_ui::STAFF))]
async fn handler_2() {}

#[requires(all(MANAGERS, permission = Read))]
async fn handler_3() {}

#[requires(auth_tests_ui::MANAGER)]
async fn handler_4() {}

fn main() {}
