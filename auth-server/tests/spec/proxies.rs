//! Servers behind proxies: whose requests a limit counts.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use auth_accounts::sign_in::TrustedProxies;
use auth_accounts::store::Limit;
use auth_server::{AuthorizationServer, Limits};
use http::{HeaderMap, HeaderValue};
use proptest::prelude::*;

use super::support::{Http, ISSUER, World, basic};

async fn served(proxies: &[&str]) -> Http {
    let limit = Limit { attempts: 2, window_seconds: 60 };
    let limits = Limits::default().client_failures(Some(limit));
    let change = |builder: auth_server::AuthorizationServerBuilder| {
        builder.limits(limits).trusted_proxies(proxies.iter().copied())
    };
    World::with(change).await.serve().await
}

/// The status after a wrong secret, with these lines of `X-Forwarded-For`.
async fn fail(http: Http, forwarded: &[&str]) -> u16 {
    let authorization = basic("web", "wrong");
    let mut headers = vec![("authorization", authorization.as_str())];
    headers.extend(forwarded.iter().map(|it| ("x-forwarded-for", *it)));
    http.post("/token", "grant_type=client_credentials", &headers).await.status.as_u16()
}

#[tokio::test]
async fn behind_a_trusted_proxy_each_client_has_a_limit_of_its_own() {
    let http = served(&["127.0.0.1", "10.0.0.0/8"]).await;
    for (forwarded, status) in [
        (&["198.51.100.7"][..], 401),
        (&["203.0.113.9, 198.51.100.7"], 401),
        // What a client invents is before the address that the proxy has seen.
        (&["203.0.113.8", "198.51.100.7, 10.0.0.2"], 429),
        (&["198.51.100.8"], 401),
        (&["2001:db8::1"], 401),
        (&["2001:db8::2"], 401),
        (&["2001:db8::3"], 429),
        // What the proxy does not say, or not in words that are understood, is a request of the proxy.
        (&[], 401),
        (&["198.51.100.9, unknown"], 401),
        (&["10.0.0.2"], 429),
    ] {
        assert_eq!(fail(http, forwarded).await, status, "{forwarded:?}");
    }
}

#[tokio::test]
async fn who_is_no_trusted_proxy_gains_nothing_by_naming_addresses() {
    for proxies in [&[][..], &["10.0.0.0/8"]] {
        let http = served(proxies).await;
        let mut statuses = Vec::new();
        for number in 0..3 {
            statuses.push(fail(http, &[&format!("198.51.100.{number}")]).await);
        }
        assert_eq!(statuses, [401, 401, 429], "{proxies:?}");
    }
}

#[tokio::test]
async fn a_trusted_proxy_names_clients_and_never_the_issuer() {
    let world = World::with(|builder| builder.trusted_proxies(["127.0.0.1"])).await;
    let spoofed = [
        ("x-forwarded-for", "198.51.100.7"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "http"),
        ("forwarded", "host=evil.example;proto=http"),
    ];
    let path = "/.well-known/oauth-authorization-server";
    let document = world.serve().await.request("GET", path, &spoofed, b"").await.ok();
    assert_eq!(document["issuer"], ISSUER);
    assert!(!document.to_string().contains("evil"), "{document}");
}

#[tokio::test]
async fn what_is_no_proxy_is_named_when_the_server_is_built() {
    let builder = AuthorizationServer::builder(ISSUER).trusted_proxies(["proxy.example", "::/0"]);
    let why = builder.build().await.unwrap_err().to_string();
    for text in ["`proxy.example` is no trusted proxy", "`::/0` is no trusted proxy"] {
        assert!(why.contains(text), "{why}");
    }
}

fn headers(lines: &[String]) -> HeaderMap {
    let lines = lines.iter().map(|it| HeaderValue::try_from(it).unwrap());
    lines.map(|it| (http::HeaderName::from_static("x-forwarded-for"), it)).collect()
}

fn an_address() -> impl Strategy<Value = IpAddr> {
    prop_oneof![
        any::<u32>().prop_map(|it| IpAddr::V4(Ipv4Addr::from_bits(it))),
        any::<u128>().prop_map(|it| IpAddr::V6(Ipv6Addr::from_bits(it))),
    ]
}

proptest! {
    /// With any number of lines of any text that a client invents.
    #[test]
    fn the_address_that_a_proxy_has_seen_is_the_one_that_counts(
        invented in proptest::collection::vec("[ -~]{0,40}", 0..4),
        before in "[ -~]{0,40}",
        client in an_address(),
        hops in proptest::collection::vec(0_u32..1 << 24, 0..4),
        peer in 0_u32..1 << 24,
    ) {
        let proxies = TrustedProxies::parse(["10.0.0.0/8"]).unwrap();
        let proxy = |it: u32| IpAddr::V4(Ipv4Addr::from_bits(10 << 24 | it));
        let is_proxy = matches!(client.to_canonical(), IpAddr::V4(it) if it.octets()[0] == 10);
        prop_assume!(!is_proxy);
        let hops = hops.into_iter().map(|it| proxy(it).to_string());
        let last: Vec<_> = [before, client.to_string()].into_iter().chain(hops).collect();
        let mut lines = invented;
        lines.push(last.join(","));
        let found = proxies.client(proxy(peer), &headers(&lines));
        prop_assert_eq!(found, Some(client.to_canonical()));
    }

    #[test]
    fn of_a_peer_that_is_no_proxy_no_header_counts(
        lines in proptest::collection::vec("[ -~]{0,40}", 0..4),
        peer in an_address(),
    ) {
        let proxies = TrustedProxies::default();
        prop_assert_eq!(proxies.client(peer, &headers(&lines)), Some(peer.to_canonical()));
    }
}
