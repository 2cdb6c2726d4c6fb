use auth_core::authenticator::AssignmentQuery;
use auth_core::{AssignmentSource, Assignments, Authenticator};

struct StoredRoles;

impl AssignmentSource for StoredRoles {
    type Error = std::io::Error;

    async fn assignments(&self, caller: AssignmentQuery<'_>) -> Result<Assignments, std::io::Error> {
        Ok(Assignments::none().roles(caller.tenant()))
    }
}

#[test]
fn it_holds() {
    let _ = Authenticator::builder().assignment_source(StoredRoles);
}
