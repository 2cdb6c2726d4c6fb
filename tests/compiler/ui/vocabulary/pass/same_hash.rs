use auth_core::Groups;

#[derive(Clone, Copy, Groups)]
enum Group {
    #[group("8yn0iYCKYHlIj4-BwPqk")]
    First,
    #[group("GReLUrM4wMqfg9yzV3K")]
    Second,
}
