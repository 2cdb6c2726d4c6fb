//! Handlers that macros write.

use super::*;

macro_rules! handler {
    ($(#[$meta:meta])* $vis:vis $name:ident, $ty:ty, $role:path, $wire:literal, $body:block) => {
        $(#[$meta])*
        #[requires(any(role = $role, role = $wire))]
        $vis async fn $name(_: $ty) -> StatusCode $body
    };
}
handler! {
    /// Documented.
    pub(super) made, Path<u64>, Role::Admin, "clerk",
    { std::future::ready(StatusCode::OK).await }
}
handler! { made_privately, Method, Role::Admin, "clerk", { std::future::ready(StatusCode::OK).await } }

macro_rules! function {
    ($name:ident, $ty:ty, $body:block) => {
        #[requires(role = Admin)]
        pub(super) fn $name(caller: $ty) -> Result<(), AuthError> $body
    };
}
function! { asks, &Identity, { Ok(()) } }

pub(super) fn routes() -> Router<()> {
    Router::new().route("/", get(made_privately))
}
