//! What can go wrong in any use case. Refusals that a client can act on are in each area's own type.

use db::DbError;

/// A failure that is not the caller's doing.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The store does not answer now (locked, full, gone): try again later, nothing was half-applied.
    #[error("the store is not available: {0}")]
    Unavailable(String),
    /// A broken expectation of ours; the text is for the log, never for a client.
    #[error("internal: {0}")]
    Internal(String),
}

impl EngineError {
    /// An internal error from anything that can be shown.
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        Self::Internal(cause.to_string())
    }

    /// Whether the caller should be told to try again (HTTP 503 with `Retry-After`).
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }
}

impl From<DbError> for EngineError {
    fn from(error: DbError) -> Self {
        if error.is_transient() {
            Self::Unavailable(error.to_string())
        } else {
            Self::Internal(error.to_string())
        }
    }
}

impl From<serde_json::Error> for EngineError {
    fn from(error: serde_json::Error) -> Self {
        Self::Internal(format!("stored document: {error}"))
    }
}

/// Implements `From<EngineError>` and `From<DbError>` for an area's error type with an `Engine` variant.
macro_rules! area_error {
    ($name:ident) => {
        impl From<db::DbError> for $name {
            fn from(error: db::DbError) -> Self {
                Self::Engine(error.into())
            }
        }

        impl From<serde_json::Error> for $name {
            fn from(error: serde_json::Error) -> Self {
                Self::Engine(error.into())
            }
        }
    };
}
pub(crate) use area_error;
