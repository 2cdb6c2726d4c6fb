//! The operations of a path item.

use utoipa::openapi::path::{Operation, PathItem};

/// Every operation of a path with its method as it is in a request.
pub(super) fn operations(item: &mut PathItem) -> Vec<(String, &mut Operation)> {
    let known = [
        ("GET", &mut item.get),
        ("HEAD", &mut item.head),
        ("POST", &mut item.post),
        ("PUT", &mut item.put),
        ("PATCH", &mut item.patch),
        ("DELETE", &mut item.delete),
        ("OPTIONS", &mut item.options),
        ("TRACE", &mut item.trace),
        ("QUERY", &mut item.query),
    ];
    let known = known
        .into_iter()
        .filter_map(|(method, operation)| Some((method.to_owned(), operation.as_mut()?)));
    // OpenAPI 3.2 keeps all other methods here, written as they are sent.
    let others = item.additional_operations.iter_mut();
    known.chain(others.map(|(method, operation)| (method.clone(), operation))).collect()
}
