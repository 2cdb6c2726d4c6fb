/**# Authorization

Requires **any** of:

- role `Clerk`
- role `Manager`

Returns an error to callers who may not.
*/
fn cancel(&self, __caller: &Identity, id: u64) -> Result<(), LedgerError> {
    {
        const __NAME_0: ::auth_core::__private::NameRef = {
            use ::auth_core::__private::NotAName as _;
            Role::Clerk.__auth_name()
        };
        const _: () = ::auth_core::__private::is_of_kind(
            __NAME_0,
            ::auth_core::__private::NameKind::Role,
        );
        const __NAME_1: ::auth_core::__private::NameRef = {
            use ::auth_core::__private::NotAName as _;
            Role::Manager.__auth_name()
        };
        const _: () = ::auth_core::__private::is_of_kind(
            __NAME_1,
            ::auth_core::__private::NameKind::Role,
        );
        const __REQUIREMENT: ::auth_core::__private::Requirement = ::auth_core::__private::Requirement::Any(
            &[
                ::auth_core::__private::Requirement::Name(__NAME_0),
                ::auth_core::__private::Requirement::Name(__NAME_1),
            ],
        );
        const _: () = ::auth_core::__private::assert_sound(&__REQUIREMENT);
        const __HANDLER: ::auth_core::__private::HandlerInfo = ::auth_core::__private::HandlerInfo {
            name: "cancel",
            module: ::auth_core::__private::core::module_path!(),
            doc: "",
            file: ::auth_core::__private::core::file!(),
            line: ::auth_core::__private::core::line!(),
        };
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
