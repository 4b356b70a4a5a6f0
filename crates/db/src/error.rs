//! What can go wrong below the use cases, reduced to what a caller can act upon.

/// Outcome of a failed unit of work or of one of its statements.
///
/// After any of these the unit is rolled back. One exception in knowledge, not in safety: when the
/// connection dies *while* a commit is on its way, [`DbError::Unavailable`] is given and the unit may
/// have been stored; every door of the product is idempotent, so the caller repeats.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DbError {
    /// A unique index or primary key refused the row.
    ///
    /// `constraint` is the name on both engines: of the index where one was created by name, else
    /// PostgreSQL's default (`table_pkey`, `table_column_key`). Where a row violates several at once, the
    /// engines may name different ones.
    #[error("unique constraint {constraint} violated")]
    Unique {
        /// Name of the index or key.
        constraint: String,
    },
    /// The store cannot serve now: locked, stopped, unreachable, disk full, queue full, closing.
    /// The text is for the log. Answer 503 with `Retry-After`; it recovers by itself.
    #[error("database unavailable: {0}")]
    Unavailable(String),
    /// The unit collided with others and lost every one of its re-runs.
    #[error("unit of work gave way to concurrent ones too many times")]
    Conflict,
    /// A defect: wrong SQL, wrong type, violated check or foreign key, missing row, panic in a closure.
    #[error("database: {0}")]
    Other(String),
}

impl DbError {
    /// True when trying again later may succeed without any change.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Conflict)
    }

    /// True when the named unique index or key refused the row.
    #[must_use]
    pub fn is_unique(&self, name: &str) -> bool {
        matches!(self, Self::Unique { constraint } if constraint == name)
    }
}

/// A failure of one statement, with what it means for the unit around it.
#[derive(Debug)]
pub(crate) struct Fault {
    pub error: DbError,
    pub effect: Effect,
}

/// What a failure leaves behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// The unit must be rolled back; the connection is sound.
    Spoiled,
    /// The unit met a concurrent one; running it again may succeed.
    Rerun,
    /// The connection is gone, and nothing of the unit was stored; another connection may do.
    Lost,
    /// The connection stopped answering. As `Lost`, but trying again at once would only wait again.
    Stuck,
}

impl Fault {
    pub(crate) fn spoiled(error: DbError) -> Self {
        Self { error, effect: Effect::Spoiled }
    }
    pub(crate) fn other(text: impl Into<String>) -> Self {
        Self::spoiled(DbError::Other(text.into()))
    }
}
