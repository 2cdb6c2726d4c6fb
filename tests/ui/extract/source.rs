use auth_core::Authenticator;

struct Assignments;

fn main() {
    let _ = Authenticator::builder().grant_source(Assignments);
}
