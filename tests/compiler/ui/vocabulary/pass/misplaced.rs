use auth_core::Roles;

#[derive(Clone, Copy, Roles)]
#[roles(rename_all = "kebab-case")]
enum Role {
    Clerk,
    #[role("manager")]
    Manager,
}
