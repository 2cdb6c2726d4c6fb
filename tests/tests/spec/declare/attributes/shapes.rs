//! Handlers of every shape.

use super::*;

pub(super) trait Repo: Clone + Send + Sync + 'static {
    fn count(&self) -> usize;
}
#[derive(Clone)]
pub(super) struct Memory;
impl Repo for Memory {
    fn count(&self) -> usize {
        1
    }
}

/// Lists orders.
#[requires(permission = "orders:read")]
pub(super) async fn generic<R: Repo>(State(repo): State<R>) -> String {
    std::future::ready(repo.count()).await.to_string()
}

#[requires(role = Admin | "clerk", scope = "read")]
pub(super) async fn bounded<R>(State(repo): State<R>) -> impl IntoResponse
where
    R: Repo,
{
    std::future::ready(repo.count()).await.to_string()
}

#[requires(any(role = Role::Admin, all(scope = Write, not(role = crate::declare::attributes::Role::Clerk))),)]
pub(super) async fn alias(_: Method, mut headers: HeaderMap) -> Answer<StatusCode> {
    headers.clear();
    std::future::ready(Ok(StatusCode::NO_CONTENT)).await
}

#[requires(authenticated)]
#[deprecated = "use another one"]
pub(super) async fn r#type(
    #[expect(unused_variables, reason = "an attribute on a parameter")] caller: Identity,
) -> &'static str {
    std::future::ready("").await
}

#[requires(acr = "mfa" | "hwk", max_age = 300)]
#[cfg(test)]
pub(super) async fn conditional() -> StatusCode {
    std::future::ready(StatusCode::OK).await
}

#[requires(acr = "mfa")]
#[cfg(not(test))]
pub(super) async fn conditional() -> StatusCode {
    does_not_exist()
}

#[requires(max_age = "8h")]
#[expect(clippy::too_many_arguments, reason = "as many as there can be")]
#[rustfmt::skip]
pub(super) async fn fifteen(
    _: Method, _: Method, _: Method, _: Method, _: Method,
    _: Method, _: Method, _: Method, _: Method, _: Method,
    _: Method, _: Method, _: Method, _: Method, body: String,
) -> String {
    std::future::ready(body).await
}

/// Seven is as much as clippy allows, and the guard does not count.
#[requires(role = Clerk)]
pub(super) async fn seven(
    _: Method,
    _: Method,
    _: Method,
    _: Method,
    _: Method,
    _: Uri,
    _: HeaderMap,
) -> StatusCode {
    std::future::ready(StatusCode::OK).await
}

#[requires(role = Clerk)]
pub(super) async fn nested() -> StatusCode {
    #[requires(role = Admin)]
    async fn inner() -> StatusCode {
        std::future::ready(StatusCode::OK).await
    }
    let _: Router<()> = Router::new().route("/", get(inner));
    std::future::ready(StatusCode::OK).await
}

#[requires(role = Clerk)]
pub(super) async fn anything<T, R>(_: String) -> String
where
    T: Into<String> + Send,
    R: Send,
{
    std::future::ready(std::any::type_name::<(T, R)>().to_owned()).await
}

#[public]
pub(super) async fn open() -> StatusCode {
    std::future::ready(StatusCode::OK).await
}

/// Whether the process runs.
///
/// - a list
///   - in a list
#[public(reason = "liveness probe")]
pub(super) async fn health() -> &'static str {
    std::future::ready("ok").await
}
