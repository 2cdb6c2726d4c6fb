/**# Authorization

Requires an authenticated caller.

Answers `401` to everybody else.
*/
pub async fn list<R>(
    _: my::auth::__private::Guard<__requires_list>,
    State(repo): State<R>,
) -> impl IntoResponse
where
    R: Repo,
{
    repo.all().await
}
#[doc(hidden)]
pub enum __requires_list {}
const _: () = {
    const __REQUIREMENT: my::auth::__private::Requirement = my::auth::__private::Requirement::Authenticated;
    impl my::auth::__private::Policy for __requires_list {
        const DECLARATION: my::auth::__private::Declaration = my::auth::__private::Declaration {
            access: my::auth::__private::Access::Requires(__REQUIREMENT),
            handler: my::auth::__private::HandlerInfo {
                name: "list",
                module: my::auth::__private::core::module_path!(),
                doc: "",
                file: my::auth::__private::core::file!(),
                line: my::auth::__private::core::line!(),
            },
        };
    }
    impl<
        __S: my::auth::__private::core::marker::Send
            + my::auth::__private::core::marker::Sync,
    > my::auth::__private::GuardPolicy<__S> for __requires_list {}
};
