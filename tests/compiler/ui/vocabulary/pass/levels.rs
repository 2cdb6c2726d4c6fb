#![allow(unused)]

use auth_core::AuthLevels;

#[derive(Clone, Copy, AuthLevels)]
enum Level {
    Password,
    #[level("urn:mfa", includes(Password))]
    Mfa,
    #[level("urn:hardware", includes("urn:mfa"))]
    Hardware,
    #[deprecated]
    Visit,
}

#[derive(Clone, Copy, AuthLevels)]
#[levels(rename_all = "kebab-case")]
enum Named {
    HardwareKey,
    #[level(name = "https://refeds.org/profile/mfa", includes(HardwareKey))]
    Refeds = 7,
}
