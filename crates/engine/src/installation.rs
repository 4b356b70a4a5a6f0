//! The installation as a whole: which schema it has, and whether it is a collaudo or in esercizio.

use db::{Db, statements};

use crate::MIGRATIONS;
use crate::error::EngineError;

statements! {
    /// The last migration applied.
    LAST_MIGRATION = "select max(version) from schema_migrations";
    /// What the installation is for, said once.
    SAVE_ENVIRONMENT = "insert into installation (id, environment, created_at) values (1, $1, {now}) \
        on conflict (id) do nothing";
    /// What the installation is for.
    FIND_ENVIRONMENT = "select environment from installation where id = 1";
}

/// Whether every migration of this release is applied.
///
/// # Errors
/// As the store.
pub async fn schema_is_current(db: &Db) -> Result<bool, EngineError> {
    let last = db
        .read(|tx| Ok::<_, EngineError>(tx.one(&LAST_MIGRATION, &[], |row| row.opt_int(0))?))
        .await?
        .unwrap_or(0);
    Ok(MIGRATIONS.last().is_none_or(|migration| last >= i64::from(migration.version)))
}

/// The environment that the database belongs to: the first to ask decides, for ever (design: never both in
/// one database).
///
/// # Errors
/// As the store.
pub async fn environment(db: &Db, wanted: &'static str) -> Result<String, EngineError> {
    db.write(move |tx| {
        tx.exec(&SAVE_ENVIRONMENT, &[wanted.into()])?;
        Ok::<_, EngineError>(tx.one(&FIND_ENVIRONMENT, &[], |row| row.text(0))?)
    })
    .await
}
