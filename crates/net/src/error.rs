//! What can go wrong with a call out.

use std::net::IpAddr;

/// Why a call out gave no usable answer.
#[derive(Debug, thiserror::Error)]
pub enum NetError {
    /// The address is not an absolute `http` or `https` URL without user information.
    #[error("invalid address: {reason}")]
    InvalidUrl {
        /// The rule that is broken. The address itself is not repeated: it may hold secrets.
        reason: &'static str,
    },
    /// A header name or value cannot be sent.
    #[error("invalid header `{name}`")]
    InvalidHeader {
        /// Name of the header; its value is not repeated.
        name: String,
    },
    /// The body cannot be written as JSON.
    #[error("body cannot be written as JSON: {0}")]
    Body(#[source] serde_json::Error),
    /// The policy refuses the address (private, loopback, link-local, metadata…).
    #[error("the address {address} of `{host}` is not a public one")]
    Forbidden {
        /// Host as written in the URL.
        host: String,
        /// The first refused address.
        address: IpAddr,
    },
    /// The host name does not resolve.
    #[error("host `{host}` not found")]
    NotFound {
        /// Host as written in the URL.
        host: String,
    },
    /// Nobody accepted the connection, or TLS failed: the request was not sent.
    #[error("connection refused: {detail}")]
    Refused {
        /// What the system said.
        detail: String,
    },
    /// The time limit passed. The peer may or may not have seen the request.
    #[error("no answer within {limit_ms} ms")]
    Timeout {
        /// The limit in milliseconds.
        limit_ms: u64,
    },
    /// The connection broke, or the answer is not HTTP. The peer may have seen the request.
    #[error("connection interrupted: {detail}")]
    Interrupted {
        /// What the transport said.
        detail: String,
    },
    /// The answer is longer than the limit of the client.
    #[error("answer longer than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// The answer came, with a status that the caller did not expect.
    #[error("unexpected HTTP status {status}")]
    Status {
        /// The HTTP status.
        status: u16,
        /// The beginning of the body, at most 500 characters.
        excerpt: String,
    },
    /// The answer is not the JSON document that was expected.
    #[error("answer is not the expected JSON: {0}")]
    Json(#[source] serde_json::Error),
    /// The client cannot be built (no TLS roots, for instance).
    #[error("HTTP client: {0}")]
    Setup(String),
}

impl NetError {
    /// A short stable word for metrics and journals.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::InvalidUrl { .. } => "invalid_url",
            Self::InvalidHeader { .. } => "invalid_header",
            Self::Body(_) => "invalid_body",
            Self::Forbidden { .. } => "forbidden",
            Self::NotFound { .. } => "not_found",
            Self::Refused { .. } => "refused",
            Self::Timeout { .. } => "timeout",
            Self::Interrupted { .. } => "interrupted",
            Self::TooLarge { .. } => "too_large",
            Self::Status { .. } => "status",
            Self::Json(_) => "invalid_json",
            Self::Setup(_) => "setup",
        }
    }

    /// True when trying later may help: nothing is wrong with the request itself.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        match self {
            Self::NotFound { .. }
            | Self::Refused { .. }
            | Self::Timeout { .. }
            | Self::Interrupted { .. } => true,
            Self::Status { status, .. } => {
                *status >= 500 || *status == 408 || *status == 425 || *status == 429
            }
            _ => false,
        }
    }
}
