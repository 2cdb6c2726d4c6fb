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
const _: () = {
    const __ROLES: &::auth_core::__private::NameTable = ::auth_core::__private::roles_of::<
        Role,
    >();
    const __NAME_0: ::auth_core::__private::NameRef = ::auth_core::__private::find(
        __ROLES,
        "admin",
        16559146482384667732u64,
    );
    const _: () = ::auth_core::__private::exists(__NAME_0, "admin", &[]);
    const __NAME_1: ::auth_core::__private::NameRef = {
        use ::auth_core::__private::NotAName as _;
        Scope::Write.__auth_name()
    };
    const _: () = ::auth_core::__private::is_of_kind(
        __NAME_1,
        ::auth_core::__private::NameKind::Scope,
    );
    const __NAME_2: ::auth_core::__private::NameRef = {
        use ::auth_core::__private::NotAName as _;
        Permission::OrdersCancel.__auth_name()
    };
    const _: () = ::auth_core::__private::is_of_kind(
        __NAME_2,
        ::auth_core::__private::NameKind::Permission,
    );
    const __REQUIREMENT: ::auth_core::__private::Requirement = ::auth_core::__private::Requirement::All(
        &[
            ::auth_core::__private::Requirement::Name(__NAME_0),
            ::auth_core::__private::Requirement::Name(__NAME_1),
            ::auth_core::__private::Requirement::Any(
                &[
                    ::auth_core::__private::Requirement::Name(__NAME_2),
                    ::auth_core::__private::Requirement::Check {
                        slot: 0u8,
                        check: <placed_order as ::auth_core::__private::NamedCheck>::INFO,
                    },
                ],
            ),
            ::auth_core::__private::Requirement::MaxAge(300u64),
        ],
    );
    const _: () = if ::auth_core::__private::all_exist(&[__NAME_0]) {
        ::auth_core::__private::assert_sound(&__REQUIREMENT);
    };
    impl ::auth_core::__private::Policy for __requires_cancel {
        const DECLARATION: ::auth_core::__private::Declaration = ::auth_core::__private::Declaration {
            access: ::auth_core::__private::Access::Requires(__REQUIREMENT),
            handler: ::auth_core::__private::HandlerInfo {
                name: "cancel",
                module: ::auth_core::__private::core::module_path!(),
                doc: "Cancels an order.",
                file: ::auth_core::__private::core::file!(),
                line: ::auth_core::__private::core::line!(),
            },
        };
    }
    impl<
        __S: ::auth_core::__private::core::marker::Send
            + ::auth_core::__private::core::marker::Sync,
    > ::auth_core::__private::GuardPolicy<__S> for __requires_cancel
    where
        placed_order: ::auth_core::__private::Check<__S>,
    {
        async fn run_check(
            __slot: ::auth_core::__private::core::primitive::u8,
            __parts: &mut ::auth_core::__private::Parts,
            __state: &__S,
            __caller: &::auth_core::__private::Identity,
        ) -> ::auth_core::__private::core::result::Result<
            ::auth_core::__private::core::primitive::bool,
            ::auth_core::__private::Response,
        > {
            match __slot {
                0u8 => {
                    <placed_order as ::auth_core::__private::Check<
                        __S,
                    >>::check(__parts, __state, __caller)
                        .await
                }
                _ => ::auth_core::__private::core::result::Result::Ok(false),
            }
        }
    }
    const _: () = {
        let _ = |__argument_0, __argument_1, __argument_2| ::auth_core::__private::demand_send(
            &cancel(__argument_0, __argument_1, __argument_2),
        );
    };
};
