//! The runtime behind accounts: what they do beside requests needs one, requests that find all in
//! memory wait for nothing.

use std::sync::OnceLock;

use tokio::runtime::{Builder, Runtime};

/// The runtime of the cases. It does something only while [`Runtime::block_on`] runs, so nothing
/// disturbs what is counted.
///
/// # Panics
/// If there can be none.
pub fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| Builder::new_current_thread().enable_all().build().expect("a runtime"))
}
