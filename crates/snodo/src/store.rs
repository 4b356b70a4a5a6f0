//! Opening the database from its address.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use db::{Db, DbOptions, Migration};
use engine::{EngineError, installation};

use crate::config::Environment;

/// The schema of this release.
pub const HISTORY: &[Migration] = engine::MIGRATIONS;

/// How many connections to open.
#[derive(Debug, Clone, Copy)]
pub struct Connections {
    /// For reading, on SQLite.
    pub readers: usize,
    /// In all, on PostgreSQL.
    pub pool: usize,
}

impl Default for Connections {
    fn default() -> Self {
        Self { readers: 4, pool: 16 }
    }
}

/// The file of the embedded database in a data directory.
pub fn embedded(data_dir: &Path) -> PathBuf {
    data_dir.join("snodo.db")
}

/// Whether the text is an address that [`open`] understands; else the rule.
pub fn check_url(url: &str) -> Result<(), String> {
    parse(url, Connections::default()).map(|_| ()).map_err(|error| error.to_string())
}

/// Opens the database behind `sqlite:FILE`, a bare path, or `postgres://…`.
pub async fn open(url: &str, connections: Connections) -> anyhow::Result<Db> {
    let options = parse(url, connections)?;
    if let DbOptions::Sqlite { path, .. } = &options
        && let Some(parent) = path.parent().filter(|p| !p.as_os_str().is_empty())
        && !parent.is_dir()
    {
        bail!("{} does not exist: make the directory of the database first", parent.display());
    }
    Db::open(options).await.with_context(|| format!("database {}", shown(url)))
}

fn parse(url: &str, connections: Connections) -> anyhow::Result<DbOptions> {
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        return Ok(DbOptions::Postgres { url: url.to_owned(), pool: connections.pool });
    }
    let path = match url.split_once(':') {
        Some(("sqlite", rest)) => rest.strip_prefix("//").unwrap_or(rest),
        Some((scheme, _)) if !scheme.contains('/') => bail!("must begin with sqlite: or postgres://"),
        _ => url,
    };
    if path.is_empty() {
        bail!("must be sqlite:FILE or postgres://user:password@host:port/database");
    }
    Ok(DbOptions::Sqlite { path: PathBuf::from(path), readers: connections.readers })
}

/// The address without its password, for messages.
pub fn shown(address: &str) -> String {
    match url::Url::parse(address) {
        Ok(mut url) if url.password().is_some() => {
            if url.set_password(Some("***")).is_ok() {
                url.to_string()
            } else {
                "(hidden)".to_owned()
            }
        }
        _ => address.to_owned(),
    }
}

/// Brings the schema up to date and makes sure that the database belongs to this environment.
pub async fn prepare(db: &Db, environment: Environment) -> anyhow::Result<Vec<u32>> {
    let applied = db.migrate(HISTORY).await.context("migrations")?;
    belongs_to(db, environment).await?;
    Ok(applied)
}

/// Makes sure that the schema is not older than this release, without touching it.
pub async fn require_current(db: &Db) -> anyhow::Result<()> {
    if is_current(db).await.context("the schema of the database; has `snodo migrate` run?")? {
        Ok(())
    } else {
        bail!("the schema of the database is older than this release: run `snodo migrate`")
    }
}

/// Whether every migration of this release is applied.
pub async fn is_current(db: &Db) -> Result<bool, EngineError> {
    installation::schema_is_current(db).await
}

/// Refuses a database of the other environment; the first to ask decides.
pub async fn belongs_to(db: &Db, environment: Environment) -> anyhow::Result<()> {
    let wanted = environment.as_str();
    let found = installation::environment(db, wanted).await.context("the environment of the database")?;
    if found != wanted {
        bail!(
            "this database belongs to {found}, the settings say environment = \"{wanted}\": never both in one"
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_databases() {
        let path = |url| match parse(url, Connections::default()).unwrap() {
            DbOptions::Sqlite { path, .. } => path.display().to_string(),
            DbOptions::Postgres { url, .. } => url,
        };
        assert_eq!(path("sqlite:a/b.db"), "a/b.db");
        assert_eq!(path("sqlite:///var/lib/b.db"), "/var/lib/b.db");
        assert_eq!(path("./b.db"), "./b.db");
        assert_eq!(path("postgres://u:p@h/d"), "postgres://u:p@h/d");
        for bad in ["", "sqlite:", "mysql://h/d", "http://h"] {
            assert!(check_url(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn passwords_are_not_shown() {
        assert_eq!(shown("postgres://u:p%40ss@h:5432/d"), "postgres://u:***@h:5432/d");
        assert_eq!(shown("sqlite:a.db"), "sqlite:a.db");
    }

    #[tokio::test]
    async fn a_database_keeps_its_environment() {
        let dir = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", embedded(dir.path()).display());
        let db = open(&url, Connections::default()).await.unwrap();
        assert!(!prepare(&db, Environment::Collaudo).await.unwrap().is_empty());
        require_current(&db).await.unwrap();
        assert_eq!(prepare(&db, Environment::Collaudo).await.unwrap(), Vec::<u32>::new());
        let refused = prepare(&db, Environment::Esercizio).await.unwrap_err().to_string();
        assert!(refused.contains("belongs to collaudo"), "{refused}");
        db.close().await;
    }
}
