//! Serves it on loopback.

use std::error::Error;

use auth_core::testing::TestIssuer;
use auth_core::time::SystemClock;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let issuer = TestIssuer::new("https://id.corp.example", "books")?;
    let authenticator =
        corporate_proxy::authenticator(&issuer, b"a key for the example", SystemClock)?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    axum::serve(listener, corporate_proxy::routes().protect(authenticator)?).await?;
    Ok(())
}
