//! What has no effect is named, and nothing else is.

use super::*;

const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";
const ON: &str = "[device_authorization]\nenabled = true";
const SECRET: &str = "secret = \"0123456789abcdef0123456789abcdef\"\n";

/// Two resources, a client that can get tokens for both, and a second one with these settings.
fn client(rest: &str) -> String {
    let resource =
        |uri: &str, scope: &str| format!("[[resource]]\nuri = \"{uri}\"\nscopes = [\"{scope}\"]\n");
    let resources = resource("https://a", "read") + &resource("https://b", "files");
    let all = "[[client]]\nid = \"all\"\nredirect_uris = [\"https://c/cb\"]\n";
    format!("{resources}{all}[[client]]\nid = \"c\"\n{rest}")
}

fn service(rest: &str) -> String {
    let grants = "grants = [\"client_credentials\"]";
    client(&format!("{SECRET}resources = [\"https://a\"]\n{grants}\n{rest}"))
}

fn web(rest: &str) -> String {
    client(&format!("redirect_uris = [\"https://c/cb\"]\n{rest}"))
}

fn device(rest: &str) -> String {
    client(&format!("grants = [\"{DEVICE}\"]\n{rest}"))
}

fn check(cases: Vec<(String, Vec<&str>)>) {
    for (text, expected) in cases {
        let config = Config::parse(&text).unwrap_or_else(|it| panic!("{text}: {it:?}"));
        let said: Vec<_> = config.warnings().iter().map(ToString::to_string).collect();
        assert_eq!(said.len(), expected.len(), "{text}\n{said:?}");
        for (said, expected) in said.iter().zip(expected) {
            assert!(said.contains(expected), "{text}\n  said      {said}\n  expected  {expected}");
        }
    }
}

#[test]
fn a_setting_or_a_grant_without_effect_is_named() {
    check(vec![
        (client(""), vec!["`client[1].grants`: found none, expected a grant, or `introspect`"]),
        (client(&format!("{SECRET}introspect = [\"https://a\"]")), vec![]),
        (
            device(""),
            vec![
                "`client[1].grants[0]`: found `urn:ietf:params:oauth:grant-type:device_code`, expected `enabled = true` in `[device_authorization]`",
            ],
        ),
        (device(ON), vec![]),
        (
            web(ON),
            vec![
                "`device_authorization.enabled`: found `true`, expected a client that has the grant",
            ],
        ),
        (
            client(&format!(
                "{SECRET}grants = [\"client_credentials\", \"refresh_token\"]\nresources = [\"https://a\"]"
            )),
            vec![
                "`client[1].grants[1]`: found `refresh_token`, expected `authorization_code` beside it",
            ],
        ),
        (client(&format!("grants = [\"{DEVICE}\", \"refresh_token\"]\n{ON}")), vec![]),
        (
            service("redirect_uris = [\"https://c/cb\"]"),
            vec![
                "`client[1].redirect_uris`: found addresses, expected `authorization_code` in `grants`",
            ],
        ),
        (
            service("require_pushed_authorization_requests = true"),
            vec!["`client[1].require_pushed_authorization_requests`: found `true`"],
        ),
        (service("consent = \"first_party\""), vec!["`client[1].consent`: found `first_party`"]),
        (
            web("roles = [\"auditor\"]"),
            vec!["`client[1].roles`: found roles, expected `client_credentials` in `grants`"],
        ),
        (service("roles = [\"auditor\"]"), vec![]),
        (web("require_pushed_authorization_requests = true\nconsent = \"first_party\""), vec![]),
        (
            web("id_token_signed_response_alg = \"RS256\""),
            vec![
                "`client[1].id_token_signed_response_alg`: found an algorithm, expected `openid` in `scopes`",
            ],
        ),
        (web("id_token_signed_response_alg = \"RS256\"\nscopes = [\"openid\"]"), vec![]),
    ]);
}

#[test]
fn a_scope_or_a_resource_that_no_client_can_use_is_named() {
    check(vec![
        (
            service("scopes = [\"read\", \"openid\"]"),
            vec!["`client[1].scopes[1]`: found `openid`, expected scopes of resources"],
        ),
        (
            service("scopes = [\"files\"]"),
            vec![
                "`client[1].scopes[0]`: found `files`, expected a scope of one of its `resources`",
            ],
        ),
        (web("scopes = [\"files\", \"offline_access\"]"), vec![]),
        (
            web("grants = [\"authorization_code\"]\nscopes = [\"offline_access\"]"),
            vec![
                "`client[1].scopes[0]`: found `offline_access`, expected `refresh_token` in `grants`",
            ],
        ),
        (
            "[[resource]]\nuri = \"https://a\"".to_owned(),
            vec![
                "`resource[0].uri`: found `https://a`, expected a client that can get tokens for it",
            ],
        ),
        (
            "[[resource]]\nuri = \"https://a\"\n[client_id_metadata_documents]\nenabled = true"
                .to_owned(),
            vec![],
        ),
        (
            web("").replacen("scopes", "access_tokens = \"opaque\"\nscopes", 1),
            vec![
                "`resource[0].access_tokens`: found `opaque`, expected a client with this resource in `introspect`",
            ],
        ),
        (
            client(&format!("{SECRET}introspect = [\"https://a\"]")).replacen(
                "scopes",
                "access_tokens = \"opaque\"\nscopes",
                1,
            ),
            vec![],
        ),
        (String::new(), vec![]),
    ]);
}
