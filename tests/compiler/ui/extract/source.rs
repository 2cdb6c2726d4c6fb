use auth_core::Authenticator;

struct StoredRoles;

fn main() {
    let _ = Authenticator::builder().assignment_source(StoredRoles);
}
