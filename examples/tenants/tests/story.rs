//! The story that the program tells at its start: every line to copy answers as it says, over real
//! HTTP, and a changed role counts with the next line.
#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// A running service. Stops when it is dropped.
struct Service(Child);

impl Service {
    fn start() -> (Self, Vec<String>) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_tenants"))
            .arg("127.0.0.1:0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        let output = child.stdout.take().expect("standard output is piped");
        let lines = BufReader::new(output).lines().map(|line| line.expect("text"));
        let mut greeting = Vec::new();
        for line in lines {
            let last = line.starts_with("Stop with");
            greeting.push(line);
            if last {
                break;
            }
        }
        (Self(child), greeting)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn every_line_of_the_greeting_answers_as_it_says() {
    let (_service, greeting) = Service::start();
    let tokens: Vec<&str> =
        greeting.iter().map(String::as_str).filter(|line| line.contains("='ey")).collect();
    let mut told = 0;
    let mut promised = "";
    for line in &greeting {
        if let Some((_, status)) = line.strip_prefix("# ").and_then(|line| line.rsplit_once(": ")) {
            promised = status;
        }
        if line.starts_with("curl ") {
            let script = format!("{}\n{line}", tokens.join("\n"));
            let output = Command::new("sh").args(["-c", &script]).output().expect("a shell");
            let answer = String::from_utf8_lossy(&output.stdout);
            assert_eq!(answer.split(' ').nth(1), Some(promised), "{line}\n{answer}");
            told += 1;
        }
    }
    assert_eq!(told, 16, "{greeting:#?}");
}
