//! Bytes as the form of a request to each endpoint that clients call.

#![no_main]

mod server;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    for path in ["/token", "/par", "/introspect", "/revoke"] {
        let status = server::post(path, data.to_vec(), None);
        assert!(!status.is_server_error(), "{path} {status}");
        // A public client may give back what it does not have, and push a request. It gets no tokens.
        assert!(!status.is_success() || matches!(path, "/par" | "/revoke"), "{path} {status}");
    }
});
