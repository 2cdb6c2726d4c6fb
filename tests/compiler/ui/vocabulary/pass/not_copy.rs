use auth_core::vocabulary::Authority;
use auth_core::Roles;

#[derive(Debug, Clone, Copy, Roles)]
enum Role {
    Clerk,
    #[role(includes(Clerk))]
    Manager,
}

const COUNT: usize = Role::COUNT;

#[test]
fn it_holds() {
    assert_eq!(COUNT, 2);
}
