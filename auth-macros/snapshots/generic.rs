/**# Authorization

Requires an authenticated caller.

Answers `401` to everyone else.
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
impl my::auth::__private::Policy for __requires_list {
    type Checks = ();
    const DECLARATION: my::auth::__private::Declaration = {
        my::auth::__private::required(
            my::auth::__private::Requirement::Authenticated,
            "list",
            my::auth::__private::core::module_path!(),
            "",
        )
    };
}
