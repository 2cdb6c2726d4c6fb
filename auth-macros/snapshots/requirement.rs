const REQUIREMENT: Requirement = {
    const __REQUIREMENT: ::auth_core::__private::Requirement = {
        use ::auth_core::__private::NotAName as _;
        ::auth_core::__private::Requirement::All(
            &[
                ::auth_core::__private::Requirement::All(
                    &[
                        ::auth_core::__private::Requirement::Authority(
                            Role::Admin.__auth_role(),
                        ),
                        ::auth_core::__private::Requirement::Not(
                            &::auth_core::__private::Requirement::Authority(
                                ::auth_core::__private::find(
                                    ::auth_core::__private::groups_of::<Group>(),
                                    "/guests",
                                    14136480839496648203u64,
                                ),
                            ),
                        ),
                    ],
                ),
                ::auth_core::__private::class(
                    {
                        #[allow(unused_imports)]
                        use ::auth_core::__private::no_level::*;
                        {
                            #[allow(unused_imports)]
                            use self::*;
                            #[allow(unused_imports)]
                            use ::auth_core::__private::NoLevels as _;
                            ::auth_core::__private::LevelsIn::<Level>::TABLE
                        }
                    },
                    "mfa",
                    585582408535620161u64,
                ),
            ],
        )
    };
    const _: () = ::auth_core::__private::exists(
        ::auth_core::__private::groups_of::<Group>(),
        "/guests",
        14136480839496648203u64,
        &[],
    );
    const _: () = ::auth_core::__private::is_level(
        {
            #[allow(unused_imports)]
            use ::auth_core::__private::no_level::*;
            {
                #[allow(unused_imports)]
                use self::*;
                #[allow(unused_imports)]
                use ::auth_core::__private::NoLevels as _;
                ::auth_core::__private::LevelsIn::<Level>::TABLE
            }
        },
        "mfa",
        585582408535620161u64,
    );
    const _: () = ::auth_core::__private::assert_sound(&__REQUIREMENT);
    __REQUIREMENT
};
