//! The command `access-compare` as a pipeline runs it.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use auth_core::access_map::AccessModel;

const MANAGERS: &str = "\
version = 1
[roles]
clerk = {}
manager = { includes = [\"clerk\"] }
[[endpoint]]
path = \"/x\"
requires = 'role = \"manager\"'
";

fn file(name: &str, text: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("access_compare_{name}"));
    fs::write(&path, text).unwrap();
    path
}

fn run(before: &PathBuf, after: &PathBuf) -> (Option<i32>, String, String) {
    let command = env!("CARGO_BIN_EXE_access-compare");
    let Output { status, stdout, stderr } =
        Command::new(command).arg(before).arg(after).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code(), text(stdout), text(stderr))
}

#[test]
fn the_exit_code_says_whether_a_caller_may_be_let_in_who_was_rejected() {
    let clerks = MANAGERS.replace("'role = \"manager\"'", "'role = \"clerk\"'");
    let json = |lock: &str| AccessModel::from_lock(lock).unwrap().to_json();
    let (strict, loose) =
        (file("strict.json", &json(MANAGERS)), file("loose.json", &json(&clerks)));
    let (code, text, _) = run(&strict, &loose);
    assert_eq!(code, Some(1));
    assert!(text.contains("| widened | `ANY /x` |") && text.contains("`role \"clerk\"`"), "{text}");
    let (code, text, _) = run(&loose, &strict);
    assert_eq!(code, Some(0));
    assert!(text.contains("| narrowed |"), "{text}");
    let (code, text, _) = run(&strict, &file("strict.lock", MANAGERS));
    assert_eq!((code, text.as_str()), (Some(0), "### Who may call what\n\nNothing changed.\n"));
}

#[test]
fn what_cannot_be_read_is_reported_with_exit_code_2() {
    let good = file("good.lock", MANAGERS);
    for (name, text, told) in [
        ("json", "{}", "not an access map"),
        ("lock", "hello", "line 1: `=` was expected"),
        (
            "hand.json",
            &AccessModel::from_lock(MANAGERS).unwrap().to_json().replace("/x", "/y"),
            "changed by hand",
        ),
    ] {
        let (code, out, err) = run(&good, &file(name, text));
        assert_eq!((code, out.as_str()), (Some(2), ""), "{name}");
        assert!(err.contains(told), "{err}");
    }
    let (code, _, err) = run(&good, &PathBuf::from("/no/such/file"));
    assert_eq!(code, Some(2));
    assert!(err.starts_with("access-compare: `/no/such/file`: "), "{err}");
}
