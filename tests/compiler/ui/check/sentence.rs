#![allow(unused)]

use auth_core::{Identity, check};

#[check]
async fn none() -> bool {
    true
}

#[check("")]
async fn empty() -> bool {
    true
}

#[check(sentence = "the shop is open")]
async fn key() -> bool {
    true
}

#[check(5)]
async fn number() -> bool {
    true
}

#[check("the shop is open", "and so am I")]
async fn two() -> bool {
    true
}

fn main() {}
