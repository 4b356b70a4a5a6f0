//! Errors of SQLite in the words of [`DbError`], with unique indexes called as PostgreSQL calls them.

use crate::error::{DbError, Effect, Fault};
use rusqlite::{Connection, Error, ErrorCode, ffi};

/// Maps an error. The connection is asked for the name of a violated index.
pub(super) fn fault(connection: &Connection, what: &str, error: &Error) -> Fault {
    let Error::SqliteFailure(code, message) = error else {
        return Fault::other(format!("{what}: {error}"));
    };
    let text = || format!("{what}: {error}");
    match code.code {
        ErrorCode::ConstraintViolation if is_unique(code.extended_code) => {
            let message = message.as_deref().unwrap_or_default();
            Fault::spoiled(DbError::Unique { constraint: constraint_name(connection, message) })
        }
        ErrorCode::DatabaseBusy
        | ErrorCode::DatabaseLocked
        | ErrorCode::DiskFull
        | ErrorCode::OutOfMemory => Fault::spoiled(DbError::Unavailable(text())),
        ErrorCode::SystemIoFailure
        | ErrorCode::CannotOpen
        | ErrorCode::PermissionDenied
        | ErrorCode::FileLockingProtocolFailed => {
            Fault { error: DbError::Unavailable(text()), effect: Effect::Lost }
        }
        // The file is not what it should be: an operator has to look, but a restored file is taken up.
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => {
            tracing::error!(error = %error, "the database file is damaged");
            Fault { error: DbError::Unavailable(text()), effect: Effect::Lost }
        }
        _ => Fault::spoiled(DbError::Other(text())),
    }
}

fn is_unique(extended: i32) -> bool {
    matches!(
        extended,
        ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_ROWID
    )
}

/// SQLite names columns (`UNIQUE constraint failed: t.a, t.b`) or, for expressions, the index.
fn constraint_name(connection: &Connection, message: &str) -> String {
    let list = message.strip_prefix("UNIQUE constraint failed: ").unwrap_or(message);
    if let Some(name) = list.strip_prefix("index '") {
        return name.trim_end_matches('\'').to_owned();
    }
    let table = list.split('.').next().unwrap_or_default();
    let columns: Vec<&str> =
        list.split(", ").map(|c| c.split_once('.').map_or(c, |(_, column)| column)).collect();
    // No index of its own: the key is the row number itself.
    named_index(connection, table, &columns).ok().flatten().unwrap_or_else(|| format!("{table}_pkey"))
}

fn named_index(connection: &Connection, table: &str, columns: &[&str]) -> rusqlite::Result<Option<String>> {
    let mut indexes =
        connection.prepare("select name, origin from pragma_index_list(?1) where \"unique\"")?;
    let mut parts = connection.prepare("select name from pragma_index_info(?1) order by seqno")?;
    let list = indexes.query_map([table], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
    for index in list {
        let (name, origin) = index?;
        let names = parts.query_map([&name], |row| row.get::<_, Option<String>>(0))?;
        let names: Vec<String> = names.map(|n| n.map(Option::unwrap_or_default)).collect::<Result<_, _>>()?;
        if names == columns {
            return Ok(Some(match origin.as_str() {
                "pk" => format!("{table}_pkey"),
                "u" => format!("{table}_{}_key", columns.join("_")),
                _ => name,
            }));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn violated(insert: &str) -> String {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch(
                "create table r (id integer primary key, a text unique, b text, c text, d text, unique (b, c)) strict;
                 create table k (x integer, y integer, z text, primary key (x, y)) strict;
                 create unique index k_z on k (z) where z <> 'free';
                 create unique index k_low on k (lower(z), x);
                 insert into r values (1, 'a', 'b', 'c', 'd'); insert into k values (1, 1, 'z');",
            )
            .unwrap();
        let error = connection.execute_batch(insert).unwrap_err();
        match fault(&connection, "test", &error).error {
            DbError::Unique { constraint } => constraint,
            other => panic!("{other}"),
        }
    }

    #[test]
    fn names_are_those_of_postgresql() {
        assert_eq!(violated("insert into r values (1, 'x', 'x', 'x', 'x')"), "r_pkey");
        assert_eq!(violated("insert into r values (2, 'a', 'x', 'x', 'x')"), "r_a_key");
        assert_eq!(violated("insert into r values (2, 'x', 'b', 'c', 'x')"), "r_b_c_key");
        assert_eq!(violated("insert into k values (1, 1, 'q')"), "k_pkey");
        assert_eq!(violated("insert into k values (1, 2, 'z')"), "k_low");
        assert_eq!(violated("insert into k values (2, 2, 'z')"), "k_z");
    }
}
