const REQUIREMENT: Requirement = {
    const __GROUPS: &::auth_core::__private::NameTable = ::auth_core::__private::groups_of::<
        Group,
    >();
    const __NAME_0: ::auth_core::__private::NameRef = {
        use ::auth_core::__private::NotAName as _;
        Role::Admin.__auth_name()
    };
    const _: () = ::auth_core::__private::is_of_kind(
        __NAME_0,
        ::auth_core::__private::NameKind::Role,
    );
    const __NAME_1: ::auth_core::__private::NameRef = ::auth_core::__private::find(
        __GROUPS,
        "/guests",
        14136480839496648203u64,
    );
    const _: () = ::auth_core::__private::exists(__NAME_1, "/guests", &[]);
    const __REQUIREMENT: ::auth_core::__private::Requirement = ::auth_core::__private::Requirement::All(
        &[
            ::auth_core::__private::Requirement::All(
                &[
                    ::auth_core::__private::Requirement::Name(__NAME_0),
                    ::auth_core::__private::Requirement::Not(
                        &::auth_core::__private::Requirement::Name(__NAME_1),
                    ),
                ],
            ),
            ::auth_core::__private::Requirement::Acr("mfa"),
        ],
    );
    const _: () = if ::auth_core::__private::all_exist(&[__NAME_1]) {
        ::auth_core::__private::assert_sound(&__REQUIREMENT);
    };
    __REQUIREMENT
};
