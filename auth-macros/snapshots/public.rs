/**# Authorization

**Public**: anybody may call this (liveness probe).
*/
async fn health(_: ::auth_core::__private::Public<__requires_health>) -> &'static str {
    "ok"
}
#[doc(hidden)]
enum __requires_health {}
const _: () = {
    impl ::auth_core::__private::Policy for __requires_health {
        const DECLARATION: ::auth_core::__private::Declaration = ::auth_core::__private::Declaration {
            access: ::auth_core::__private::Access::Public {
                reason: "liveness probe",
            },
            handler: ::auth_core::__private::HandlerInfo {
                name: "health",
                module: ::auth_core::__private::core::module_path!(),
                doc: "",
                file: ::auth_core::__private::core::file!(),
                line: ::auth_core::__private::core::line!(),
            },
        };
    }
    const _: () = {
        let _ = |__argument_0| ::auth_core::__private::demand_send(
            &health(__argument_0),
        );
    };
};
