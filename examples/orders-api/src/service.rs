//! The whole service as one router.

use auth_core::Router;

use crate::store::Store;
use crate::{admin, orders};

/// Every route of the service. It serves nothing before `protect`.
pub fn app(store: Store) -> Router {
    orders::routes().nest("/admin", admin::routes()).with_state(store)
}
