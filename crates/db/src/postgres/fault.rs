//! Errors of PostgreSQL in the words of [`DbError`].

use crate::error::{DbError, Effect, Fault};
use std::error::Error as _;
use tokio_postgres::{Error, error::SqlState};

/// Maps an error of a statement; `what` names it.
pub(super) fn fault(what: &str, error: &Error) -> Fault {
    let text = describe(what, error);
    let Some(db) = error.as_db_error() else {
        let lost = error.is_closed() || error.source().is_some_and(|s| s.is::<std::io::Error>());
        return if lost {
            Fault { error: DbError::Unavailable(text), effect: Effect::Lost }
        } else {
            Fault::other(text)
        };
    };
    let code = db.code();
    if *code == SqlState::T_R_SERIALIZATION_FAILURE || *code == SqlState::T_R_DEADLOCK_DETECTED {
        return Fault { error: DbError::Conflict, effect: Effect::Rerun };
    }
    if *code == SqlState::UNIQUE_VIOLATION {
        let constraint = db.constraint().unwrap_or_default().to_owned();
        return Fault::spoiled(DbError::Unique { constraint });
    }
    match code.code() {
        // The plan of a prepared statement is gone, after a migration by another replica or behind a
        // pooler: a fresh connection prepares again.
        "0A000" | "26000" => Fault { error: DbError::Other(text), effect: Effect::Lost },
        // Idle in transaction for too long: the server has ended the session.
        "25P03" => Fault { error: DbError::Unavailable(text), effect: Effect::Lost },
        // Lock or statement time-out.
        "55P03" | "57014" => Fault::spoiled(DbError::Unavailable(text)),
        other => match other.get(..2) {
            // Connection trouble; shutdown and restart by an operator.
            Some("08" | "57") => Fault { error: DbError::Unavailable(text), effect: Effect::Lost },
            // Disk full, memory, too many connections; errors of the system below.
            Some("53" | "58") => Fault::spoiled(DbError::Unavailable(text)),
            _ => Fault::other(text),
        },
    }
}

/// The message with its code; never the values of the row, which `detail` would show.
pub(super) fn describe(what: &str, error: &Error) -> String {
    match (error.as_db_error(), error.source()) {
        (Some(db), _) => format!("{what}: {} ({})", db.message(), db.code().code()),
        (None, Some(source)) => format!("{what}: {error}: {source}"),
        (None, None) => format!("{what}: {error}"),
    }
}
