//! The whole way of an agent, over real HTTP: once by hand, once with the client of another SDK.
#![cfg(test)]

mod person;

use std::collections::BTreeMap;
use std::net::SocketAddr;

use mcp_example::{USERNAME, service};
use rmcp::ServiceExt as _;
use rmcp::model::{CallToolRequestParams, ClientConfig};
use rmcp::transport::StreamableHttpClientTransport;
use rmcp::transport::auth::{AuthClient, AuthorizationRequest, OAuthState};
use rmcp::transport::streamable_http_client::StreamableHttpClientTransportConfig;
use serde_json::{Value, json};

use person::Person;

const CALLBACK: &str = "http://127.0.0.1:49152/callback";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// The service on a port of this machine; its origin.
async fn serve() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let app = service(&origin).await.unwrap().app;
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, app).await });
    origin
}

/// The host of the document of an agent; the address of the document.
async fn publish_document() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let id = format!("http://{}/agent.json", listener.local_addr().unwrap());
    let document = json!({
        "client_id": id,
        "client_name": "Example Agent",
        "redirect_uris": ["http://127.0.0.1/callback"],
        "grant_types": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_method": "none",
    });
    let app = axum::Router::new().fallback(move || {
        let body = document.to_string();
        async move { ([("content-type", "application/json")], body) }
    });
    tokio::spawn(async move { axum::serve(listener, app).await });
    id
}

/// An agent that speaks the protocol by hand.
struct Agent {
    http: reqwest::Client,
    mcp: String,
    token: Option<String>,
}

impl Agent {
    async fn send(&self, method: &str, params: Value) -> reqwest::Response {
        self.send_to(&self.mcp, method, params).await
    }

    async fn send_to(&self, address: &str, method: &str, params: Value) -> reqwest::Response {
        let message = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        let mut request = self
            .http
            .post(address)
            .header("accept", "application/json, text/event-stream")
            .header("mcp-protocol-version", "2025-06-18")
            .json(&message);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        request.send().await.unwrap()
    }

    async fn call(&self, tool: &str, arguments: Value) -> reqwest::Response {
        self.send("tools/call", json!({"name": tool, "arguments": arguments})).await
    }

    /// What a tool that was called answers.
    async fn text(&self, tool: &str, arguments: Value) -> String {
        let answer = self.call(tool, arguments).await;
        assert_eq!(answer.status(), 200);
        let answer: Value = answer.json().await.unwrap();
        answer["result"]["content"][0]["text"]
            .as_str()
            .unwrap_or_else(|| panic!("{answer}"))
            .to_owned()
    }
}

fn challenge(answer: &reqwest::Response) -> String {
    answer.headers()["www-authenticate"].to_str().unwrap().to_owned()
}

/// The value of a parameter of a challenge.
fn parameter(challenge: &str, name: &str) -> String {
    let (_, rest) =
        challenge.split_once(&format!("{name}=\"")).unwrap_or_else(|| panic!("{challenge}"));
    rest.split_once('"').unwrap().0.to_owned()
}

#[tokio::test]
async fn an_agent_with_a_document_goes_from_a_401_to_a_step_up_and_a_refresh() {
    let (origin, id) = (serve().await, publish_document().await);
    let http =
        reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let mut agent = Agent { http: http.clone(), mcp: format!("{origin}/mcp"), token: None };

    // It knows nothing but the address.
    let refused = agent.send("tools/list", json!({})).await;
    assert_eq!(refused.status(), 401);
    let address = parameter(&challenge(&refused), "resource_metadata");
    let resource: Value = http.get(&address).send().await.unwrap().json().await.unwrap();
    assert_eq!(resource["resource"], agent.mcp);
    assert_eq!(resource["scopes_supported"], json!(["read", "write"]));
    let issuer = resource["authorization_servers"][0].as_str().unwrap();
    let well_known = format!("{issuer}/.well-known/oauth-authorization-server");
    let server: Value = http.get(&well_known).send().await.unwrap().json().await.unwrap();
    assert_eq!(server["issuer"], issuer);
    assert_eq!(server["client_id_metadata_document_supported"], true);
    assert_eq!(server["code_challenge_methods_supported"], json!(["S256"]));

    // The user signs in and allows it to read.
    let mut person = Person::new();
    let authorize = |scope: &str| {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("client_id", &id)
            .append_pair("redirect_uri", CALLBACK)
            .append_pair("response_type", "code")
            .append_pair("scope", scope)
            .append_pair("state", "state-1")
            .append_pair("resource", resource["resource"].as_str().unwrap())
            .append_pair("code_challenge", CHALLENGE)
            .append_pair("code_challenge_method", "S256")
            .finish();
        format!("{}?{query}", server["authorization_endpoint"].as_str().unwrap())
    };
    let token_endpoint = server["token_endpoint"].as_str().unwrap().to_owned();
    let redeem = async |answer: BTreeMap<String, String>| -> Value {
        assert_eq!(answer["iss"], issuer);
        assert_eq!(answer["state"], "state-1");
        let form = [
            ("grant_type", "authorization_code"),
            ("code", &*answer["code"]),
            ("redirect_uri", CALLBACK),
            ("client_id", &*id),
            ("code_verifier", VERIFIER),
            ("resource", resource["resource"].as_str().unwrap()),
        ];
        let answer = http.post(&token_endpoint).form(&form).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        answer.json().await.unwrap()
    };
    let tokens = redeem(person.allow(&authorize("read")).await).await;
    assert_eq!(tokens["scope"], "read");
    assert!(person.seen.contains("127.0.0.1") && person.seen.contains("Read your notes"));
    agent.token = tokens["access_token"].as_str().map(str::to_owned);

    let tools: Value = agent.send("tools/list", json!({})).await.json().await.unwrap();
    assert_eq!(tools["result"]["tools"].as_array().unwrap().len(), 2, "{tools}");
    assert_eq!(agent.text("list_notes", json!({})).await, "");

    // The other tool needs more, and says so.
    let refused = agent.call("add_note", json!({"text": "buy milk"})).await;
    assert_eq!(refused.status(), 403);
    let step_up = challenge(&refused);
    assert_eq!(parameter(&step_up, "error"), "insufficient_scope");
    assert!(parameter(&step_up, "scope").split(' ').any(|it| it == "write"), "{step_up}");
    // The route of a tool that it may call is no way around the guard.
    let address = format!("{}/tools/list_notes", agent.mcp);
    let call = json!({"name": "add_note", "arguments": {"text": "buy milk"}});
    assert_eq!(agent.send_to(&address, "tools/call", call).await.status(), 404);
    assert_eq!(agent.text("list_notes", json!({})).await, "");
    let tokens = redeem(person.allow(&authorize("read write")).await).await;
    assert_eq!(tokens["scope"], "read write");
    assert!(person.seen.contains("Add notes in your name"));
    agent.token = tokens["access_token"].as_str().map(str::to_owned);
    assert_eq!(agent.text("add_note", json!({"text": "buy milk"})).await, "added");

    // It refreshes without asking.
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", tokens["refresh_token"].as_str().unwrap()),
        ("client_id", &*id),
    ];
    let refreshed = http.post(&token_endpoint).form(&form).send().await.unwrap();
    assert_eq!(refreshed.status(), 200);
    let refreshed: Value = refreshed.json().await.unwrap();
    assert_ne!(refreshed["access_token"], tokens["access_token"]);
    agent.token = refreshed["access_token"].as_str().map(str::to_owned);
    assert_eq!(agent.text("list_notes", json!({})).await, "buy milk");
}

#[tokio::test]
async fn a_message_that_hides_the_tool_that_it_calls_passes_no_guard() {
    let origin = serve().await;
    let http = reqwest::Client::new();
    let send = |body: &str| {
        http.post(format!("{origin}/mcp"))
            .header("accept", "application/json, text/event-stream")
            .header("content-type", "application/json")
            .body(body.to_owned())
            .send()
    };
    for (body, status) in [
        (r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"list_notes"}}"#, 401),
        (r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"unguarded"}}"#, 404),
        (r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"../../token"}}"#, 404),
        (r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{}}"#, 404),
        (r#"{"method":"ping","jsonrpc":"2.0","id":1,"method":"tools/call"}"#, 404),
        (r#"[{"jsonrpc":"2.0","id":1,"method":"tools/call"}]"#, 401),
        ("", 401),
    ] {
        assert_eq!(send(body).await.unwrap().status(), status, "{body}");
    }
}

#[tokio::test]
async fn every_tool_is_in_the_access_map() {
    let map = service("http://127.0.0.1:3000").await.unwrap().access_map.to_string();
    for (path, scope) in [("/mcp/tools/list_notes", "read"), ("/mcp/tools/add_note", "write")] {
        let row = map.lines().find(|it| it.contains(path)).unwrap_or_else(|| panic!("{map}"));
        assert!(row.contains(scope), "{row}");
    }
}

#[tokio::test]
async fn the_client_of_rmcp_goes_the_same_way_by_a_registration() {
    let origin = serve().await;
    let mcp = format!("{origin}/mcp");
    let transport = |(): ()| {
        StreamableHttpClientTransport::with_client(
            reqwest::Client::default(),
            StreamableHttpClientTransportConfig::with_uri(mcp.clone()),
        )
    };
    let refused = ClientConfig::default().serve(transport(())).await.err().unwrap();
    let challenge = refused.auth_challenge().unwrap().to_string();
    let mut state = OAuthState::new(&mcp, None).await.unwrap();
    let request = AuthorizationRequest::new(CALLBACK)
        .with_client_name("rmcp")
        .with_scopes(["read"])
        .with_challenge(challenge);
    state.start_authorization(request).await.unwrap();
    let mut person = Person::new();
    let answer = person.allow(&state.get_authorization_url().await.unwrap()).await;
    let issuer = answer.get("iss").map(String::as_str);
    state.handle_callback_with_issuer(&answer["code"], &answer["state"], issuer).await.unwrap();
    // The user allows it more, before it is asked for.
    let more = state.request_scope_upgrade("write", CALLBACK).await.unwrap();
    let answer = person.allow(&more).await;
    let issuer = answer.get("iss").map(String::as_str);
    state.handle_callback_with_issuer(&answer["code"], &answer["state"], issuer).await.unwrap();
    let manager = state.into_authorization_manager().unwrap();
    let client = ClientConfig::default()
        .serve(StreamableHttpClientTransport::with_client(
            AuthClient::new(reqwest::Client::default(), manager),
            StreamableHttpClientTransportConfig::with_uri(mcp.clone()),
        ))
        .await
        .unwrap();
    let tools = client.list_all_tools().await.unwrap();
    assert_eq!(tools.len(), 2);
    let arguments = json!({"text": format!("of {USERNAME}")});
    let call = CallToolRequestParams::new("add_note")
        .with_arguments(arguments.as_object().unwrap().clone());
    client.call_tool(call).await.unwrap();
    let listed = client.call_tool(CallToolRequestParams::new("list_notes")).await.unwrap();
    let listed = serde_json::to_string(&listed).unwrap();
    assert!(listed.contains("of alice"), "{listed}");
    client.cancel().await.unwrap();
}
