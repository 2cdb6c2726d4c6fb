use auth_core::vocabulary::Authority;
use auth_core::Roles;

#[derive(Clone, Copy, Roles)]
enum Role {
    Clerk,
    #[role("shop-manager", includes(Clerk))]
    Manager,
    #[role(includes("shop-manager", "clerk"))]
    Admin,
    #[role(includes(Admin,))]
    Owner,
}

const COUNT: usize = Role::COUNT;

#[test]
fn it_holds() {
    assert_eq!(COUNT, 4);
}
