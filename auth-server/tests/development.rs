//! A server for development, as a program embeds it.

#![cfg(test)]
#![expect(
    clippy::string_slice,
    clippy::format_push_string,
    reason = "a test may panic, and need not be fast"
)]
#![expect(dead_code, reason = "the browser can do more than is needed here")]

#[path = "program/browser.rs"]
mod browser;

use auth_server::AuthorizationServer;
use browser::Browser;

#[tokio::test(flavor = "multi_thread")]
async fn one_line_starts_a_server_whose_link_leads_to_tokens() {
    let server = AuthorizationServer::development("http://127.0.0.1:0")
        .user("alice", "secret")
        .start()
        .await
        .unwrap();
    let link = server.sign_in_link("development", &["openid", "offline_access", "read"]);
    let answer = tokio::task::spawn_blocking(move || {
        let mut browser = Browser::default();
        let page = browser.get(&link);
        let page = browser.submit(&page, &[("username", "alice"), ("password", "secret")]);
        let page = browser.follow_within(page);
        assert!(page.body.contains("name=\"decision\""), "{page:?}");
        let answer = browser.submit(&page, &[("decision", "allow")]);
        browser.follow_within(answer)
    });
    let answer = answer.await.unwrap();
    let command = answer.body.lines().find(|it| it.starts_with("curl ")).expect("a line to copy");
    let run = || {
        let output = std::process::Command::new("sh").args(["-c", command]).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let tokens = run();
    for name in ["access_token", "refresh_token", "id_token"] {
        assert!(tokens.contains(name), "{tokens}");
    }
    assert!(run().contains("invalid_grant"), "a code works once");
}

#[tokio::test]
async fn what_a_shell_would_read_is_not_shown() {
    let server = AuthorizationServer::development("http://127.0.0.1:0").start().await.unwrap();
    for query in ["code=a;rm%20-rf%20~&state=development", "code=a&state=$(id)", ""] {
        let address = format!("{}/development/callback?{query}", server.issuer());
        let answer = tokio::task::spawn_blocking(move || Browser::default().get(&address));
        let answer = answer.await.unwrap();
        assert!(answer.body.starts_with("There is no code"), "{answer:?}");
    }
}

#[tokio::test]
async fn it_is_for_loopback_alone() {
    for issuer in ["https://id.example.com", "http://192.0.2.1:3000", "http://127.0.0.1.example"] {
        let refused = AuthorizationServer::development(issuer).build().await;
        assert!(refused.unwrap_err().to_string().contains("loopback"), "{issuer}");
    }
}
