use auth_core::{Roles, Scopes};

#[derive(Clone, Copy, Roles)]
enum Role {
    #[role("admin")]
    Administrator,
    #[role("clerk")]
    Clerk,
    #[role(name = "root")]
    Root,
}

#[derive(Clone, Copy, Scopes)]
#[allow(non_camel_case_types)]
enum Scope {
    ReadAll,
    #[scope("read:all")]
    Read_All,
}
