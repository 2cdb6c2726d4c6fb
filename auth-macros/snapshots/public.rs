/**# Authorization

**Public**: anyone may call this (liveness probe).
*/
async fn health(_: ::auth_core::__private::Public<__requires_health>) -> &'static str {
    "ok"
}
#[doc(hidden)]
enum __requires_health {}
impl ::auth_core::__private::Policy for __requires_health {
    type Checks = ();
    const DECLARATION: ::auth_core::__private::Declaration = {
        ::auth_core::__private::demand_send_1(health);
        ::auth_core::__private::open(
            "liveness probe",
            "health",
            ::auth_core::__private::core::module_path!(),
            "",
        )
    };
}
