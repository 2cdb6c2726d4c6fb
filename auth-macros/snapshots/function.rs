/**# Authorization

Requires **any** of:

- role `Clerk`
- role `Manager`

Returns an error to callers who may not.
*/
fn cancel(&self, __caller: &Identity, id: u64) -> Result<(), LedgerError> {
    {
        const __REQUIREMENT: ::auth_core::__private::Requirement = {
            use ::auth_core::__private::NotAName as _;
            ::auth_core::__private::Requirement::Any(
                &[
                    ::auth_core::__private::Requirement::Authority(
                        Role::Clerk.__auth_role(),
                    ),
                    ::auth_core::__private::Requirement::Authority(
                        Role::Manager.__auth_role(),
                    ),
                ],
            )
        };
        const _: () = ::auth_core::__private::assert_sound(&__REQUIREMENT);
        const __HANDLER: ::auth_core::__private::HandlerInfo = ::auth_core::__private::handler(
            "cancel",
            ::auth_core::__private::core::module_path!(),
            "",
        );
        if let ::auth_core::__private::core::result::Result::Err(__error) = ::auth_core::__private::require(
            &__REQUIREMENT,
            __caller,
            &__HANDLER,
        ) {
            return ::auth_core::__private::Refuse::refuse(__error);
        }
    }
    { self.remove(id) }
}
