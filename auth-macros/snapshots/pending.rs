/**# Authorization

**Pending sign-in**: only for a sign-in that lacks its second factor. Answers `401` to everyone else.
*/
async fn enter_code(
    _: ::auth_core::__private::Guard<__requires_enter_code>,
    sign_in: PendingSignIn,
    code: String,
) -> Done {
    done(code).await
}
#[doc(hidden)]
enum __requires_enter_code {}
impl ::auth_core::__private::Policy for __requires_enter_code {
    type Checks = ();
    const DECLARATION: ::auth_core::__private::Declaration = {
        ::auth_core::__private::demand_send_3(enter_code);
        {
            use ::auth_core::__private::ServesPending as _;
            let _ = ::auth_core::__private::AtPending::<PendingSignIn>::serves_pending;
            let _ = ::auth_core::__private::AtPending::<String>::serves_pending;
        }
        ::auth_core::__private::half_finished(
            "second_factor",
            "enter_code",
            ::auth_core::__private::core::module_path!(),
            "",
        )
    };
}
