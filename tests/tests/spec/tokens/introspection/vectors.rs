//! What the vectors say, against an endpoint that answers as they say.

use std::time::{Duration, Instant};

use auth_tests::challenge;
use auth_tests::introspection::{Endpoint, Said};
use serde_json::{Value, json};

use super::{call, service, verifier};

fn vectors() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/vectors/introspection_cases.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Holds P-12.
#[tokio::test]
async fn vectors_are_answered_as_they_say() {
    let endpoint = Endpoint::start().await;
    let service = service(verifier(
        endpoint.verifier().audience("https://api.test").timeout(Duration::from_secs(1)),
    ))
    .await;
    let (mut must, mut softer, mut wrong, mut tolerated) = (0, 0, Vec::new(), Vec::new());
    for case in vectors()["cases"].as_array().unwrap() {
        let (name, token) = (case["name"].as_str().unwrap(), case["token"].as_str().unwrap());
        let said = &case["introspection_response"];
        let behaviour = said["behaviour"].as_str().unwrap_or_default();
        endpoint.say_slowly(
            token,
            Said {
                status: said["status"].as_u64().unwrap().try_into().unwrap(),
                body: said["body"].as_str().unwrap().to_owned(),
                after: Duration::from_secs(if behaviour == "stall" { 60 } else { 0 }),
                padding: if behaviour == "pad-to-100MB" { 100 << 20 } else { 0 },
            },
        );
        let start = Instant::now();
        let answer = call(service, token).await;
        assert!(start.elapsed() < Duration::from_secs(5), "{name}: {:?}", start.elapsed());

        let error = match answer.status {
            401 | 403 => {
                let challenge = challenge::parse(answer.header("www-authenticate")).unwrap();
                challenge.get("error").map_or(Value::Null, |error| json!(error))
            }
            _ => Value::Null,
        };
        let allows = |name: &str, seen: &Value| {
            case[name] == *seen
                || case[format!("{name}_also_ok")].as_array().unwrap().contains(seen)
        };
        let fits =
            allows("status", &json!(answer.status)) && allows("www_authenticate_error", &error);
        if !fits {
            wrong.push(format!("{name}: {} {error}: {}", answer.status, case["why"]));
        } else if case["status"] != answer.status {
            tolerated.push(name.to_owned());
        }
        if answer.status == 503 {
            assert_ne!(answer.header("retry-after"), "", "{name}");
        }
        assert!(answer.status == 200 || !answer.body.contains("user-123"), "{name}");
        *if case["strength"] == "must" { &mut must } else { &mut softer } += 1;
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    // Nothing that the file merely tolerates.
    assert!(tolerated.is_empty(), "{tolerated:?}");
    assert_eq!((must, softer), (19, 7));
}
