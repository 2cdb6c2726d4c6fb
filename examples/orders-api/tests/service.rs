//! The service as its user meets it: the program is started, its greeting is read, and every line
//! that it offers to copy is run in a shell.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test fails by panicking"
)]

use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::process::{Child, Command, Output, Stdio};

const PROGRAM: &str = env!("CARGO_BIN_EXE_orders-api");

/// A running service with its greeting. Stops when it is dropped.
struct Service {
    child: Child,
    greeting: Vec<String>,
}

impl Service {
    fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(PROGRAM)
            .args(["--listen", "127.0.0.1:0"])
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        let output = BufReader::new(child.stdout.take().expect("standard output is piped"));
        let mut greeting = Vec::new();
        for line in output.lines() {
            let line = line.expect("the greeting is text");
            let last = line.starts_with("Stop with");
            greeting.push(line);
            if last {
                break;
            }
        }
        Self { child, greeting }
    }

    /// The lines that set the tokens.
    fn tokens(&self) -> String {
        self.greeting
            .iter()
            .filter(|line| {
                line.contains("='ey") || line.contains("=$(curl") || line.starts_with("REFRESH=")
            })
            .cloned()
            .collect::<Vec<_>>()
            .join("\n")
    }

    fn url(&self) -> &str {
        self.greeting[0].rsplit(' ').next().expect("the first line ends with the address")
    }

    /// Each line to copy with the answer that its comment promises.
    fn tries(&self) -> Vec<(&str, &str)> {
        self.greeting
            .windows(2)
            .filter(|pair| pair[1].starts_with("curl "))
            .map(|pair| (pair[0].as_str(), pair[1].as_str()))
            .collect()
    }

    fn shell(&self, line: &str) -> String {
        let script = format!("{}\n{line}", self.tokens());
        let output = Command::new("sh").args(["-c", &script]).output().expect("there is a shell");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or("no answer")
}

#[test]
fn every_line_of_the_greeting_answers_as_it_says() {
    let service = Service::start(&[]);
    let tries = service.tries();
    assert_eq!(tries.len(), 15, "the greeting lost its lines: {:#?}", service.greeting);
    for (comment, line) in tries {
        let (_, promised) = comment.rsplit_once(": ").map_or((comment, comment), |pair| pair);
        let promised =
            comment.split(": ").find(|part| part.starts_with(['2', '4'])).unwrap_or(promised);
        let answer = service.shell(line);
        assert_eq!(status(&answer), &promised[..3], "{comment}\n{line}\n{answer}");
        if let Some((_, word)) = promised.split_once(", ") {
            let word = word.split(':').next().unwrap_or(word);
            assert!(answer.contains(word), "{comment}\n{line}\n{answer}");
        }
    }
}

/// The link leads to the form of the authorization server, and from there to a code for tokens that work.
#[test]
fn the_link_signs_in() {
    let service = Service::start(&[]);
    let link = service.greeting.iter().find(|line| line.contains("/authorize?")).expect("a link");
    let jar = std::env::temp_dir().join(format!("orders-api-cookies-{}", std::process::id()));
    let curl = |rest: &str| service.shell(&format!("curl -sL -b {0} -c {0} {rest}", jar.display()));
    let hidden = |page: &str| {
        let (_, after) = page.split_once("name=\"interaction\" value=\"").expect("a form");
        after.split('"').next().expect("a value").to_owned()
    };
    let page = curl(&format!("'{link}'"));
    let sign_in =
        "--data-urlencode username=maurice --data-urlencode 'password=seven geese by the river'";
    let url = service.url();
    let page = curl(&format!("{url}/sign-in -d interaction={} {sign_in}", hidden(&page)));
    assert!(page.contains("Look at orders"), "the consent says what the scopes are: {page}");
    let page = curl(&format!("{url}/consent -d interaction={} -d decision=allow", hidden(&page)));
    let command = page.lines().find(|line| line.starts_with("curl ")).expect("a line to copy");
    let tokens = service.shell(command);
    let (_, token) = tokens.split_once("\"access_token\":\"").expect("an access token");
    let token = token.split('"').next().expect("its end");
    let answer =
        service.shell(&format!("curl -is -H 'Authorization: Bearer {token}' {url}/orders"));
    assert_eq!(status(&answer), "200", "{answer}");
    std::fs::remove_file(&jar).expect("the cookies are gone");
}

/// What is where, as the greeting names it: every address after `http` in its first lines.
#[test]
fn every_address_of_the_greeting_is_there() {
    let service = Service::start(&[]);
    let places = service.greeting[1..].iter().take_while(|line| !line.is_empty());
    let addresses = places.flat_map(|line| line.split_whitespace());
    let addresses: Vec<&str> = addresses
        .filter(|word| word.starts_with(service.url()))
        .map(|word| word.trim_end_matches(','))
        .collect();
    let documented = if cfg!(feature = "documents") { 5 } else { 3 };
    assert_eq!(addresses.len(), documented, "{:#?}", service.greeting);
    for address in addresses {
        let answer = service.shell(&format!("curl -is {address}"));
        assert_eq!(status(&answer), "200", "{address}: {answer}");
    }
    // The page holds nothing of the map; the map itself is for anyone who works here.
    let page = service.shell(&format!("curl -is {}/access", service.url()));
    assert!(!page.contains("refund"), "{page}");
    for format in ["json", "md", "csv"] {
        let map = format!("{}/access/access-map.{format}", service.url());
        let clerk = service.shell(&format!("curl -is -H \"Authorization: Bearer $CLERK\" {map}"));
        assert_eq!(status(&clerk), "200", "{clerk}");
        assert!(clerk.contains("refund"), "{clerk}");
        let alone = service.shell(&format!("curl -is {map}"));
        assert_eq!(status(&alone), "401", "{alone}");
    }
}

#[cfg(feature = "documents")]
#[test]
fn the_page_of_the_document_brings_all_that_it_needs() {
    let service = Service::start(&[]);
    let get = |path: &str| service.shell(&format!("curl -is {}{path}", service.url()));
    let page = get("/docs/");
    let policy = "content-security-policy: default-src 'self';";
    assert!(page.contains(policy), "nothing from elsewhere is loaded: {page}");
    let names = page.split(['"', '\'']).filter(|part| part.starts_with("./"));
    let names: Vec<&str> = names.map(|name| name.trim_start_matches("./")).collect();
    assert!(names.len() >= 4, "{page}");
    for name in names {
        assert_eq!(status(&get(&format!("/docs/{name}"))), "200", "{name}");
    }
    let start = get("/docs/swagger-initializer.js");
    assert!(start.contains("/openapi.json") && !start.contains("petstore"), "{start}");
    assert_eq!(status(&get("/docs/no-such-file.js")), "404");
    assert_eq!(status(&get("/docs")), "308");
}

#[test]
fn who_may_call_what_is_written_in_every_format() {
    let access = |format: &str| {
        let output = Command::new(PROGRAM).args(["access", "--format", format]).output();
        let output = output.expect("the program starts");
        assert_eq!(output.status.code(), Some(0), "{format}");
        assert!(output.stderr.is_empty(), "{format}");
        String::from_utf8(output.stdout).expect("text")
    };
    let json: serde_json::Value = serde_json::from_str(&access("json")).expect("JSON");
    let endpoints = json["endpoints"].as_array().expect("endpoints");
    let refund = endpoints.iter().find(|it| it["path"] == "/orders/{id}/refund").expect("refund");
    assert_eq!(refund["minimum_role"], "manager");
    assert_eq!(refund["checks"], serde_json::json!([]));
    for (format, start) in [("table", "GET"), ("md", "#"), ("csv", "\"method\","), ("html", "<!")] {
        let text = access(format);
        assert!(text.to_lowercase().starts_with(&start.to_lowercase()), "{format}: {text}");
        assert!(text.contains("/orders/{id}/refund"), "{format}: {text}");
    }
}

#[test]
fn orders_live_in_the_database_file() {
    let folder = std::env::temp_dir().join(format!("orders-api-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder for the database");
    let file = folder.join("orders.redb");
    let database = ["--database", file.to_str().expect("a path in UTF-8")];
    let place = |service: &Service| {
        service.shell(&format!(
            "curl -is -H \"Authorization: Bearer $CLERK\" -H 'content-type: application/json' \
             -d '{{\"item\":\"a sieve\"}}' {}/orders",
            service.url()
        ))
    };
    let first = place(&Service::start(&database));
    assert_eq!(status(&first), "201", "{first}");
    let service = Service::start(&database);
    let list = service
        .shell(&format!("curl -is -H \"Authorization: Bearer $CLERK\" {}/orders", service.url()));
    assert!(list.contains("a sieve"), "{list}");
    drop(service);
    std::fs::remove_dir_all(&folder).expect("the folder can be removed");
}

#[test]
fn a_token_is_explained_where_that_was_asked_for() {
    let service = Service::start(&["--explain"]);
    let explain = |token: &str| {
        service.shell(&format!("curl -s --data \"{token}\" {}/docs/explain", service.url()))
    };
    let good = explain("$ADMIN");
    assert!(good.starts_with("the token is accepted") && good.contains("roles: "), "{good}");
    let cut = explain("${ADMIN%?????}AAAAA");
    assert!(cut.starts_with("the token is rejected (signature)"), "{cut}");
    let why =
        service.shell(&format!("curl -is -H 'Authorization: Bearer x' {}/orders", service.url()));
    assert!(why.contains("\"reason\"") && why.contains("1 part"), "{why}");
    let page = |service: &Service| service.shell(&format!("curl -is {}/access", service.url()));
    assert!(page(&service).contains("data-explain=\"/docs/explain\""));
    // Not where it was not.
    let service = Service::start(&[]);
    let answer = service.shell(&format!("curl -is --data x {}/docs/explain", service.url()));
    assert!(status(&answer).starts_with('4'), "{answer}");
    assert!(!page(&service).contains("data-explain="));
}

#[test]
fn the_token_of_another_start_is_refused() {
    let (old, new) = (Service::start(&[]), Service::start(&[]));
    let answer =
        old.shell(&format!("curl -is -H \"Authorization: Bearer $ADMIN\" {}/orders", new.url()));
    assert_eq!(status(&answer), "401", "{answer}");
    assert!(answer.contains("error=\"invalid_token\""), "{answer}");
}

/// Runs the program until it gives up, and returns its one sentence.
fn sentence(arguments: &[&str]) -> String {
    let Output { status, stderr, stdout } =
        Command::new(PROGRAM).args(arguments).output().expect("the program starts");
    assert_eq!(status.code(), Some(1), "{arguments:?}");
    assert!(stdout.is_empty(), "nothing is promised before it is true");
    String::from_utf8(stderr).expect("the sentence is text")
}

#[test]
fn an_occupied_port_is_said_in_one_sentence() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("its address").to_string();
    let said = sentence(&["--listen", &address]);
    assert!(said.starts_with(&format!("orders-api: cannot listen on {address}: ")), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
}

#[test]
fn a_broken_key_file_is_said_in_one_sentence() {
    let own = ["--issuer", "https://id.example.com", "--audience", "orders-api", "--jwks"];
    let broken = std::env::temp_dir().join(format!("orders-api-keys-{}.json", std::process::id()));
    for content in ["", "{", "{\"keys\":[]}", "-----BEGIN PUBLIC KEY-----"] {
        std::fs::write(&broken, content).expect("a file with broken keys");
        let file = broken.to_str().expect("a path in UTF-8");
        let said = sentence(&[&own[..], &[file]].concat());
        assert!(said.contains("key"), "{content:?}: {said}");
        // One sentence, and what to do about it where there is something.
        assert!(said.lines().skip(1).all(|line| line.starts_with("help: ")), "{content:?}: {said}");
    }
    std::fs::remove_file(&broken).expect("the file can be removed");
    let said = sentence(&[&own[..], &["no-such-file.json"]].concat());
    assert!(
        said.starts_with("orders-api: cannot use the key file `no-such-file.json`: "),
        "{said}"
    );
    assert!(said.contains("os error"), "what the system says: {said}");
}

#[test]
fn a_missing_setting_is_said_in_one_sentence() {
    let said = sentence(&["--issuer", "https://id.example.com", "--jwks", "keys.json"]);
    assert!(said.starts_with("orders-api: missing setting `--audience`"), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
}

#[test]
fn a_database_that_cannot_be_opened_is_said_in_one_sentence() {
    let said = sentence(&["--database", "/no/such/folder/orders.redb"]);
    assert!(said.starts_with("orders-api: cannot open the database"), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
}

#[test]
fn it_stops_when_asked() {
    let mut service = Service::start(&[]);
    let pid = service.child.id().to_string();
    let sent = Command::new("kill").args(["-TERM", &pid]).status().expect("there is a kill");
    assert!(sent.success());
    let status = service.child.wait().expect("it stops");
    assert_eq!(status.code(), Some(0));
    let mut rest = String::new();
    if let Some(mut output) = service.child.stdout.take() {
        output.read_to_string(&mut rest).expect("text");
    }
}
