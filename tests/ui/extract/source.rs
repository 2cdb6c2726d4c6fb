use auth_core::Authenticator;

struct Assignments;

fn main() {
    let _ = Authenticator::builder().assignment_source(Assignments);
}
