use auth_core::vocabulary::Authority;
use auth_core::{Groups, Permissions, Roles, Scopes};

#[derive(Clone, Copy, Roles)]
enum Role {
    Clerk,
}

#[derive(Clone, Copy, Permissions)]
#[repr(u8)]
enum Permission {
    Read = 4,
}

#[derive(Clone, Copy, Scopes)]
#[non_exhaustive]
enum Scope {
    Read,
    #[deprecated]
    Write,
    r#Delete,
}

const COUNT: usize = Scope::COUNT;

#[derive(Clone, Copy, Groups)]
enum Group {
    Staff,
}

#[test]
fn it_holds() {
    assert_eq!(COUNT, 3);
}
