use auth_core::{Authenticator, GrantQuery, GrantSource, Granted};

struct Assignments;

impl GrantSource for Assignments {
    type Error = std::io::Error;

    async fn grants(&self, caller: GrantQuery<'_>) -> Result<Granted, std::io::Error> {
        Ok(Granted::nothing().roles(caller.tenant()))
    }
}

fn main() {
    let _ = Authenticator::builder().grant_source(Assignments);
}
