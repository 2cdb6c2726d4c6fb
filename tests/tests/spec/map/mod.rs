//! The access map: its model, its page, its listings, OpenAPI, and the matrix that tests it.

mod markdown;
mod matrix;
mod methods;
mod model;
mod openapi;
mod openapi_routes;
mod page;
mod routers;
