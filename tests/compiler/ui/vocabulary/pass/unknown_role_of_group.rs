use auth_core::{Groups, Roles};

#[derive(Clone, Copy, Roles)]
enum Role {
    Clerk,
    Manager,
}

#[derive(Clone, Copy, Groups)]
enum Group {
    #[group("/staff", role = Clerk)]
    Staff,
    #[group("/leads", role = Clerk | "manager")]
    Leads,
    #[group("/all", role = Role::Clerk)]
    All,
}
