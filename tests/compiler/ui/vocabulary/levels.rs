//! What an enum of levels cannot have.

use auth_core::AuthLevels;

#[derive(Clone, Copy, AuthLevels)]
enum Level {
    #[level("urn:password", includes(Hardware))]
    Password,
    #[level("urn:mfa", includes(Password))]
    Mfa,
    #[level("urn:hardware", includes(Mfa))]
    Hardware,
}

#[derive(Clone, Copy, AuthLevels)]
enum Named {
    #[level("urn mfa")]
    Mfa,
    #[level("urn:\"phr\"")]
    Phr,
    #[level("")]
    Visit,
    #[level("password")]
    Pin,
    Password,
}

#[derive(Clone, Copy, AuthLevels)]
enum Written {
    #[level(grants(OrdersRead))]
    Password,
    #[level(include(Password))]
    Mfa,
    #[level(includes(Mfaa, "passwort"))]
    Hardware,
    #[role("visit")]
    Visit,
    Other(u8),
}

fn main() {}
