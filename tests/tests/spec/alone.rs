//! Tests of what belongs to the whole process: they start the program again, for one test.

use std::process::Command;

/// Set in the process that runs one test.
const ALONE: &str = "AUTH_TESTS_ALONE";

/// Whether the test with this path runs in a process of its own. If not, one is started, changed by
/// `prepare`, and the test must pass there.
///
/// # Panics
/// If the test fails in its process.
pub(crate) fn is_alone(test: &str, prepare: impl FnOnce(&mut Command)) -> bool {
    if std::env::var_os(ALONE).is_some() {
        return true;
    }
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", test]).env(ALONE, "1");
    prepare(&mut child);
    let output = child.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
    false
}
