//! What happens to the provider meanwhile: keys rotate, and nothing works for long.

use std::sync::Arc;
use std::time::Duration;

use auth_tests::identity_provider::{AUDIENCE, IdentityProvider};
use tokio::sync::watch;
use tokio::time::sleep;

const FAULTS: [&str; 9] =
    ["hang", "slow", "reset", "500", "garbage", "html", "empty", "huge", "redirect"];

/// Rotates keys for ever, and between two rotations lets one endpoint fail. `newest` is always a
/// token whose key was published, without any fault, long enough to be known.
pub(crate) async fn make(
    provider: Arc<IdentityProvider>,
    newest: watch::Sender<String>,
) -> reqwest::Result<()> {
    for fault in FAULTS.into_iter().cycle() {
        for endpoint in ["jwks", "metadata", "introspection"] {
            provider.fault(endpoint, fault).await;
        }
        sleep(Duration::from_secs(2)).await;
        provider.fault("all", "none").await;
        provider.announce().await;
        sleep(Duration::from_secs(3)).await;
        provider.rotate().await;
        newest.send_replace(provider.machine_token(AUDIENCE).await);
        // Time for requests that are on their way with the old token.
        sleep(Duration::from_secs(2)).await;
        provider.withdraw().await;
    }
    Ok(())
}
