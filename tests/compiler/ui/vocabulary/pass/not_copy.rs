use auth_core::{Authority, Roles};

#[derive(Debug, Clone, Copy, Roles)]
enum Role {
    Clerk,
    #[role(includes(Clerk))]
    Manager,
}

const COUNT: usize = Role::COUNT;

fn main() {
    assert_eq!(COUNT, 2);
}
