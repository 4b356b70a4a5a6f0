//! SQL texts, declared once for both engines.
//!
//! A statement is written with `$1…$n` and, where the engines differ, a fragment by name:
//!
//! | Fragment | PostgreSQL | SQLite |
//! |---|---|---|
//! | `{for_update}` | `for update` | nothing: there is one writer |
//! | `{skip_locked}` | `for update skip locked` | nothing |
//! | `{greatest}` / `{least}` | `greatest` / `least` | `max` / `min` (scalar) |
//! | `{now}` | `now()` | microseconds; for operational stamps only, business time is a parameter |
//! | `{is_not_distinct}` | `is not distinct from` | `is` |
//!
//! SQLite binds `$2, $1` by order of appearance, so `$n` becomes `?n` there (`rust-stack.md` §1.3).

use crate::{Engine, error::DbError};
use std::sync::OnceLock;

/// One SQL text. Made by [`statements!`](crate::statements), kept in a `static`: its address is the key
/// of the prepared statement on each connection.
#[derive(Debug)]
pub struct Statement {
    name: &'static str,
    text: &'static str,
    sqlite: OnceLock<Result<String, DbError>>,
    postgres: OnceLock<Result<String, DbError>>,
}

impl Statement {
    /// Declares a statement; `name` is for messages.
    #[must_use]
    pub const fn new(name: &'static str, text: &'static str) -> Self {
        Self { name, text, sqlite: OnceLock::new(), postgres: OnceLock::new() }
    }

    /// Path and name of the `static`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The text for an engine, resolved at first use.
    ///
    /// # Errors
    /// An unknown fragment.
    pub fn text(&self, engine: Engine) -> Result<&str, DbError> {
        let cell = match engine {
            Engine::Sqlite => &self.sqlite,
            Engine::Postgres => &self.postgres,
        };
        match cell.get_or_init(|| resolve(engine, self.text, fragment)) {
            Ok(text) => Ok(text),
            Err(e) => Err(DbError::Other(format!("{}: {e}", self.name))),
        }
    }

    /// Key of the prepared statement.
    pub(crate) fn address(&'static self) -> usize {
        std::ptr::from_ref(self).addr()
    }
}

/// Declares the statements of a module.
///
/// ```
/// mod sql {
///     db::statements! {
///         /// One installment by its notice number, held until the unit ends.
///         FIND = "select id from installment where organization_id = $1 and notice_number = $2 {for_update}";
///     }
/// }
/// assert_eq!(sql::STATEMENTS.len(), 1);
/// ```
/// makes `pub static FIND: Statement` and `pub static STATEMENTS: &[&Statement]`, which the test that
/// prepares every statement on both engines collects (`db::testing::shapes`).
#[macro_export]
macro_rules! statements {
    ($($(#[$meta:meta])* $(pub)? $name:ident = $text:expr;)*) => {
        $($(#[$meta])* pub static $name: $crate::Statement =
            $crate::Statement::new(concat!(module_path!(), "::", stringify!($name)), $text);)*
        /// Every statement of this module, for the test that prepares them all on both engines.
        pub static STATEMENTS: &[&$crate::Statement] = &[$(&$name),*];
    };
}

/// The fragments of statements.
pub(crate) fn fragment(engine: Engine, name: &str) -> Option<&'static str> {
    Some(match (name, engine) {
        ("for_update", Engine::Postgres) => "for update",
        ("skip_locked", Engine::Postgres) => "for update skip locked",
        ("for_update" | "skip_locked", Engine::Sqlite) => "",
        ("greatest", Engine::Postgres) => "greatest",
        ("greatest", Engine::Sqlite) => "max",
        ("least", Engine::Postgres) => "least",
        ("least", Engine::Sqlite) => "min",
        ("now", Engine::Postgres) => "now()",
        ("now", Engine::Sqlite) => "cast(unixepoch('now', 'subsec') * 1000000 as integer)",
        ("is_not_distinct", Engine::Postgres) => "is not distinct from",
        ("is_not_distinct", Engine::Sqlite) => "is",
        _ => return None,
    })
}

/// Rewrites placeholders and fragments; quoted text and comments pass untouched.
pub(crate) fn resolve(
    engine: Engine,
    text: &str,
    fragment: fn(Engine, &str) -> Option<&'static str>,
) -> Result<String, DbError> {
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some(at) = rest.find(['$', '{', '\'', '"', '-', '/']) {
        let (before, here) = rest.split_at(at);
        out.push_str(before);
        let skip = quoted_length(here);
        if skip > 0 {
            let (quoted, after) = here.split_at(skip);
            out.push_str(quoted);
            rest = after;
            continue;
        }
        let mut chars = here.chars();
        let first = chars.next().unwrap_or_default();
        let after = chars.as_str();
        rest = match first {
            '$' if engine == Engine::Sqlite && after.starts_with(|c: char| c.is_ascii_digit()) => {
                out.push('?');
                after
            }
            '{' => {
                let name: &str = after.split('}').next().unwrap_or_default();
                let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
                match after.strip_prefix(name).and_then(|r| r.strip_prefix('}')) {
                    Some(tail) if is_name => {
                        let text = fragment(engine, name)
                            .ok_or_else(|| DbError::Other(format!("unknown fragment {{{name}}}")))?;
                        out.push_str(text);
                        tail
                    }
                    _ => {
                        out.push('{');
                        after
                    }
                }
            }
            other => {
                out.push(other);
                after
            }
        };
    }
    out.push_str(rest);
    Ok(out)
}

/// Length of the string, quoted name or comment that `text` begins with, 0 when it begins with none.
pub(crate) fn quoted_length(text: &str) -> usize {
    let until = |start: usize, end: &str| {
        text.get(start..).and_then(|t| t.find(end)).map_or(text.len(), |i| start + i + end.len())
    };
    match text.as_bytes() {
        [b'\'', ..] => until(1, "'"),
        [b'"', ..] => until(1, "\""),
        [b'-', b'-', ..] => until(2, "\n"),
        [b'/', b'*', ..] => until(2, "*/"),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both(text: &str) -> (String, String) {
        (resolve(Engine::Sqlite, text, fragment).unwrap(), resolve(Engine::Postgres, text, fragment).unwrap())
    }

    #[test]
    fn placeholders_and_fragments() {
        let (lite, pg) = both("select $2, $10 from t where a = $1 {for_update}");
        assert_eq!(lite, "select ?2, ?10 from t where a = ?1 ");
        assert_eq!(pg, "select $2, $10 from t where a = $1 for update");
    }

    #[test]
    fn literals_and_comments_are_left_alone() {
        for text in [
            "select '$1 {for_update} it''s', \"$1\" from t",
            "select 1 -- $1 {nope}\n",
            "/* {x} $1 */ select '{}'",
            "select 1 -- $1",
        ] {
            let (lite, pg) = both(text);
            assert_eq!(lite, text);
            assert_eq!(pg, text);
        }
    }

    #[test]
    fn unknown_fragment_is_named() {
        static S: Statement = Statement::new("m::S", "select {nope}");
        let message = S.text(Engine::Sqlite).unwrap_err().to_string();
        assert!(message.contains("m::S") && message.contains("{nope}"), "{message}");
    }

    #[test]
    fn unterminated_input_does_not_hang() {
        for text in ["'", "{", "$", "-", "{for_update", "\"x", "/*", "a-b/c"] {
            let (lite, _) = both(text);
            assert_eq!(lite, text);
        }
    }
}
