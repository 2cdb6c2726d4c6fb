#![allow(unused)]

use auth_core::requires;

#[requires(method = Session, csrf)]
async fn handler_1() {}

#[requires(method = Session, csrf())]
async fn handler_2() {}

#[requires(method = Session, csrf("signed webhook"))]
async fn handler_3() {}

#[requires(method = Session, csrf(exempt))]
async fn handler_4() {}

#[requires(method = Session, csrf(exempt = ""))]
async fn handler_5() {}

#[requires(method = Session, csrf(exempt = true))]
async fn handler_6() {}

#[requires(method = Session, csrf(exmpt = "signed webhook"))]
async fn handler_7() {}

#[requires(method = Session, csrf(exempt = "one", exempt = "two"))]
async fn handler_8() {}

#[requires(method = Session, csrf(web_socket))]
async fn handler_9() {}

#[requires(method = Session, csrf(exempt = "one"), csrf(exempt = "two"))]
async fn handler_10() {}

#[requires(all(method = Session, csrf(exempt = "one")))]
async fn handler_11() {}

#[requires(csrf(exempt = "one"))]
async fn handler_12() {}

#[requires(method = Session, csrf(exempt = "one" web_socket))]
async fn handler_13() {}

#[requires(method = Session, csrf(exempt = "one", web_socket, web_socket))]
async fn handler_14() {}

#[requires(method = Session, csrf = false)]
async fn handler_15() {}

#[requires(method = Session, csrf_exempt)]
async fn handler_16() {}

#[requires(authenticated, csrf(exempt = "one"))]
fn function(caller: &auth_core::Identity) -> Result<(), auth_core::AuthError> {
    Ok(())
}

const NAMED: auth_core::Requirement =
    auth_core::requirement!(method = Session, csrf(exempt = "one"));

fn main() {}
