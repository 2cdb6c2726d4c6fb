/// Cancels an order.
#[tracing::instrument]
/**

# Authorization

Requires **all** of:

- role `admin`
- scope `Write`
- **any** of:
  - permission `OrdersCancel`
  - the check `placed_order`
- a login not older than 5 minutes

Answers `401` to callers who are not authenticated, and `403` to those who may not.
*/
pub(crate) async fn cancel(
    _: ::auth_core::__private::Guard<__requires_cancel>,
    caller: Identity,
    Path(id): Path<u64>,
) -> Result<(), Error> {
    ledger::remove(id).await
}
#[doc(hidden)]
pub(crate) enum __requires_cancel {}
impl ::auth_core::__private::Policy for __requires_cancel {
    type Checks = Self;
    const DECLARATION: ::auth_core::__private::Declaration = {
        ::auth_core::__private::demand_send_3(cancel);
        ::auth_core::__private::required(
            {
                #[allow(unused_imports)]
                use placed_order as __check_0;
                #[allow(unused_imports)]
                use ::auth_core::__private::not_checks::*;
                use ::auth_core::__private::NotAName as _;
                ::auth_core::__private::Requirement::All(
                    &[
                        ::auth_core::__private::Requirement::Authority(
                            ::auth_core::__private::find(
                                ::auth_core::__private::roles_of::<Role>(),
                                "admin",
                                16559146482384667732u64,
                            ),
                        ),
                        ::auth_core::__private::Requirement::Authority(
                            Scope::Write.__auth_scope(),
                        ),
                        ::auth_core::__private::Requirement::Any(
                            &[
                                ::auth_core::__private::Requirement::Authority(
                                    Permission::OrdersCancel.__auth_permission(),
                                ),
                                ::auth_core::__private::Requirement::Check {
                                    slot: 0u8,
                                    check: ::auth_core::__private::check_info::<
                                        __check_0,
                                        _,
                                    >(&placed_order),
                                },
                            ],
                        ),
                        ::auth_core::__private::Requirement::MaxAge(300u64),
                    ],
                )
            },
            "cancel",
            ::auth_core::__private::core::module_path!(),
            "Cancels an order.",
        )
    };
}
const _: () = {
    #[allow(unused_imports)]
    use placed_order as __check_0;
    #[allow(unused_imports)]
    use ::auth_core::__private::not_checks::*;
    impl<
        __S: ::auth_core::__private::core::marker::Send
            + ::auth_core::__private::core::marker::Sync,
    > ::auth_core::__private::Checks<__S> for __requires_cancel
    where
        __check_0: ::auth_core::__private::RunCheck<__S>,
    {
        async fn run(
            __slot: ::auth_core::__private::core::primitive::u8,
            __parts: &mut ::auth_core::__private::Parts,
            __state: &__S,
            __caller: &::auth_core::__private::Identity,
        ) -> ::auth_core::__private::core::result::Result<
            ::auth_core::__private::core::option::Option<
                ::auth_core::__private::core::primitive::bool,
            >,
            ::auth_core::__private::Response,
        > {
            match __slot {
                0u8 => {
                    <__check_0 as ::auth_core::__private::RunCheck<
                        __S,
                    >>::run_check(__parts, __state, __caller)
                        .await
                        .map(::auth_core::__private::core::option::Option::Some)
                }
                _ => {
                    ::auth_core::__private::core::result::Result::Ok(
                        ::auth_core::__private::core::option::Option::None,
                    )
                }
            }
        }
    }
};
const _: () = ::auth_core::__private::exists(
    ::auth_core::__private::roles_of::<Role>(),
    "admin",
    16559146482384667732u64,
    &[],
);
const _: () = ::auth_core::__private::assert_sound(
    &{
        #[allow(unused_imports)]
        use placed_order as __check_0;
        #[allow(unused_imports)]
        use ::auth_core::__private::not_checks::*;
        use ::auth_core::__private::NotAName as _;
        ::auth_core::__private::Requirement::All(
            &[
                ::auth_core::__private::Requirement::Authority(
                    ::auth_core::__private::find(
                        ::auth_core::__private::roles_of::<Role>(),
                        "admin",
                        16559146482384667732u64,
                    ),
                ),
                ::auth_core::__private::Requirement::Authority(
                    Scope::Write.__auth_scope(),
                ),
                ::auth_core::__private::Requirement::Any(
                    &[
                        ::auth_core::__private::Requirement::Authority(
                            Permission::OrdersCancel.__auth_permission(),
                        ),
                        ::auth_core::__private::Requirement::Check {
                            slot: 0u8,
                            check: ::auth_core::__private::check_info::<
                                __check_0,
                                _,
                            >(&placed_order),
                        },
                    ],
                ),
                ::auth_core::__private::Requirement::MaxAge(300u64),
            ],
        )
    },
);
