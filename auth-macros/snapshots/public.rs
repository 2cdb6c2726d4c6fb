/**# Authorization

**Public**: anybody may call this (liveness probe).
*/
async fn health(_: ::auth_core::__private::Public<__requires_health>) -> &'static str {
    "ok"
}
#[doc(hidden)]
enum __requires_health {}
impl ::auth_core::__private::Policy for __requires_health {
    type Checks = ();
    const DECLARATION: ::auth_core::__private::Declaration = {
        let _ = |__argument_0| ::auth_core::__private::demand_send(
            &health(__argument_0),
        );
        ::auth_core::__private::open(
            "liveness probe",
            "health",
            ::auth_core::__private::core::module_path!(),
            "",
        )
    };
}
