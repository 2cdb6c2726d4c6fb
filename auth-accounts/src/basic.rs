//! HTTP Basic ([RFC 7617](https://www.rfc-editor.org/rfc/rfc7617)).
