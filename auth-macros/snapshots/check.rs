async fn placed_order(caller: &Identity, Path(id): Path<u64>) -> Result<bool, Error> {
    ask(id).await
}
#[doc(hidden)]
enum placed_order {}
const _: () = {
    impl ::auth_core::__private::NamedCheck for placed_order {
        const INFO: &'static ::auth_core::__private::CheckInfo = &::auth_core::__private::CheckInfo {
            name: "placed_order",
            sentence: "the caller placed the order",
            module: ::auth_core::__private::core::module_path!(),
            path_parameters: &[1usize],
        };
    }
    impl<
        __S: ::auth_core::__private::core::marker::Send
            + ::auth_core::__private::core::marker::Sync,
    > ::auth_core::__private::Check<__S> for placed_order
    where
        Path<u64>: ::auth_core::__private::FromRequestParts<__S>,
    {
        async fn check(
            __parts: &mut ::auth_core::__private::Parts,
            __state: &__S,
            __caller: &::auth_core::__private::Identity,
        ) -> ::auth_core::__private::core::result::Result<
            ::auth_core::__private::core::primitive::bool,
            ::auth_core::__private::Response,
        > {
            let __argument_1 = match <Path<
                u64,
            > as ::auth_core::__private::FromRequestParts<
                __S,
            >>::from_request_parts(__parts, __state)
                .await
            {
                ::auth_core::__private::core::result::Result::Ok(__value) => __value,
                ::auth_core::__private::core::result::Result::Err(__rejection) => {
                    return ::auth_core::__private::core::result::Result::Err(
                        ::auth_core::__private::IntoResponse::into_response(__rejection),
                    );
                }
            };
            ::auth_core::__private::CheckOutcome::into_outcome(
                placed_order(__caller, __argument_1).await,
            )
        }
    }
};
