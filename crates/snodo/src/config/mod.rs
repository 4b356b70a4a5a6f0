//! Settings of `snodo serve`: `snodo.toml`, then the environment (`SNODO_SECTION__KEY`).
//!
//! Every key is declared once, in [`sections`], with its default; `snodo.example.toml` explains each, and a
//! test compares the two.

mod check;
mod sections;

use std::path::{Path, PathBuf};

use toml::{Table, Value};

pub use sections::{
    AccessLog, Database, Environment, Files, LogFormat, Outbound, Pagopa, Portal, Secrets, Server, Telemetry,
};

/// All settings.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Collaudo or esercizio; an installation is one of them for ever.
    pub environment: Option<Environment>,
    /// Where we listen.
    #[serde(default)]
    pub server: Server,
    /// The store.
    #[serde(default)]
    pub database: Database,
    /// The file store.
    #[serde(default)]
    pub files: Files,
    /// Secrets of the installation.
    #[serde(default)]
    pub secrets: Secrets,
    /// The pages of citizens.
    #[serde(default)]
    pub portal: Portal,
    /// The national side.
    #[serde(default)]
    pub pagopa: Pagopa,
    /// Calls out to enti.
    #[serde(default)]
    pub outbound: Outbound,
    /// Logs and metrics.
    #[serde(default)]
    pub telemetry: Telemetry,
}

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("settings {path}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file is not TOML, or has an unknown key or a value of the wrong type.
    #[error("{path}:\n{reason}")]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Position and reason.
        reason: String,
    },
    /// A variable of the environment names no key, or its value is of the wrong type.
    #[error("environment variable {name}: {reason}")]
    Variable {
        /// The variable.
        name: String,
        /// Why.
        reason: String,
    },
    /// Values that break rules, all of them.
    #[error("the settings cannot be used:\n{}", .0.iter().map(|p| format!("  {p}")).collect::<Vec<_>>().join("\n"))]
    Rules(Vec<Problem>),
}

/// One value that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The key, `section.key`.
    pub key: &'static str,
    /// The rule.
    pub rule: String,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.key, self.rule)
    }
}

/// One key: its path, and how the text of a variable becomes its value.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// `section.key`, or `key` at the top.
    pub path: &'static str,
    read: fn(&str) -> Result<Value, String>,
}

impl Key {
    /// The variable that overrides it: `SNODO_SECTION__KEY`.
    pub fn variable(&self) -> String {
        format!("SNODO_{}", self.path.replace('.', "__").to_uppercase())
    }
}

impl Config {
    /// Every key, in the order of the example file.
    pub fn keys() -> impl Iterator<Item = Key> {
        let top = Key { path: "environment", read: <String as sections::Setting>::read };
        std::iter::once(top).chain(
            [
                Server::KEYS,
                Database::KEYS,
                Files::KEYS,
                Secrets::KEYS,
                Portal::KEYS,
                Pagopa::KEYS,
                Outbound::KEYS,
                Telemetry::KEYS,
            ]
            .into_iter()
            .flatten()
            .copied(),
        )
    }

    /// The variable that overrides a key.
    fn variable_of(path: &str) -> String {
        Self::keys().find(|key| key.path == path).map(|key| key.variable()).unwrap_or_default()
    }

    /// Reads a file and the environment of this process. Without a file, the environment alone must do.
    pub fn load(path: Option<&Path>) -> Result<Self, ConfigError> {
        let text = match path {
            Some(path) => std::fs::read_to_string(path)
                .map_err(|source| ConfigError::File { path: path.to_owned(), source })?,
            None => String::new(),
        };
        let variables = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        Self::parse(path.unwrap_or(Path::new("(no file)")), &text, variables)
    }

    /// Reads the text of a file and overrides it.
    pub fn parse(
        path: &Path,
        text: &str,
        variables: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let syntax = |error: toml::de::Error| ConfigError::Syntax {
            path: path.to_owned(),
            reason: error.to_string().trim_end().to_owned(),
        };
        // Read typed first: only this way errors tell line and column.
        toml::from_str::<Self>(text).map_err(syntax)?;
        let mut table: Table = toml::from_str(text).map_err(syntax)?;
        let mut changed = Vec::new();
        for (name, value) in variables {
            if let Some(key) = Self::overridden_by(&name)? {
                let value = (key.read)(&value)
                    .map_err(|reason| ConfigError::Variable { name: name.clone(), reason })?;
                put(&mut table, key.path, value);
                changed.push(name);
            }
        }
        Self::deserialize_table(table)
            .map_err(|reason| ConfigError::Variable { name: changed.join(", "), reason })
    }

    fn deserialize_table(table: Table) -> Result<Self, String> {
        table.try_into().map_err(|error: toml::de::Error| error.message().to_owned())
    }

    /// The key that a variable overrides; none when it is not one of ours. `SNODO_LOG` and
    /// `SNODO_DATABASE_URL` have one underscore and their own readers.
    fn overridden_by(name: &str) -> Result<Option<Key>, ConfigError> {
        let ours =
            name.strip_prefix("SNODO_").is_some_and(|rest| rest.contains("__") || rest == "ENVIRONMENT");
        if !ours {
            return Ok(None);
        }
        match Self::keys().find(|key| key.variable() == name) {
            Some(key) => Ok(Some(key)),
            None => Err(ConfigError::Variable { name: name.to_owned(), reason: "names no key".to_owned() }),
        }
    }
}

fn put(table: &mut Table, path: &str, value: Value) {
    match path.split_once('.') {
        Some((section, key)) => {
            let entry = table.entry(section).or_insert_with(|| Value::Table(Table::new()));
            if let Value::Table(inner) = entry {
                inner.insert(key.to_owned(), value);
            }
        }
        None => {
            table.insert(path.to_owned(), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    const EXAMPLE: &str = include_str!("../../../../snodo.example.toml");

    fn read(text: &str, variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let variables = variables.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned()));
        Config::parse(Path::new("snodo.toml"), text, variables)
    }

    #[test]
    fn the_example_explains_every_key_and_no_other() {
        read(EXAMPLE, &[]).unwrap();
        let table: Table = toml::from_str(EXAMPLE).unwrap();
        let mut found = BTreeSet::new();
        for (name, value) in &table {
            match value {
                Value::Table(inner) => found.extend(inner.keys().map(|key| format!("{name}.{key}"))),
                _ => {
                    found.insert(name.clone());
                }
            }
        }
        let known: BTreeSet<String> = Config::keys().map(|key| key.path.to_owned()).collect();
        assert_eq!(found, known);
        // Each key stands under a comment.
        let lines: Vec<&str> = EXAMPLE.lines().collect();
        for (n, line) in lines.iter().enumerate() {
            if line.contains(" = ") && !line.starts_with('#') {
                assert!(lines[n - 1].starts_with('#'), "{line} is not explained");
            }
        }
    }

    #[test]
    fn the_example_as_it_stands_cannot_serve() {
        let Err(ConfigError::Rules(problems)) = read(EXAMPLE, &[]).unwrap().checked() else {
            panic!("accepted")
        };
        let keys: Vec<_> = problems.iter().map(|p| p.key).collect();
        assert_eq!(keys, ["secrets.signing_key", "pagopa.subscription_key", "pagopa.node_secret"]);
    }

    #[test]
    fn the_environment_overrides_the_file() {
        let config = read(
            EXAMPLE,
            &[
                ("SNODO_SERVER__LISTEN", "0.0.0.0:9000"),
                ("SNODO_SERVER__MAX_CONNECTIONS", "7"),
                ("SNODO_OUTBOUND__ALLOW_PRIVATE_ADDRESSES", "true"),
                ("SNODO_ENVIRONMENT", "esercizio"),
                ("SNODO_LOG", "debug"),
                ("SNODO_DATABASE_URL", "ignored here"),
                ("HOME", "/"),
            ],
        )
        .unwrap();
        assert_eq!(config.server.listen.to_string(), "0.0.0.0:9000");
        assert_eq!(config.server.max_connections, 7);
        assert!(config.outbound.allow_private_addresses);
        assert_eq!(config.environment, Some(Environment::Esercizio));
    }

    #[test]
    fn mistakes_are_named() {
        for (text, variables, wanted) in [
            ("[server]\nlisten = \"nowhere\"", &[][..], "listen = \"nowhere\""),
            ("[server]\nport = 80", &[], "unknown field `port`"),
            ("[sever]\nlisten = \"127.0.0.1:1\"", &[], "unknown field `sever`"),
            ("environment = \"prod\"", &[], "unknown variant `prod`, expected `collaudo` or `esercizio`"),
            ("[server", &[], "line 1"),
            ("", &[("SNODO_SERVER__PORT", "80")], "SNODO_SERVER__PORT: names no key"),
            ("", &[("SNODO_SERVER__MAX_CONNECTIONS", "many")], "SNODO_SERVER__MAX_CONNECTIONS: "),
            ("", &[("SNODO_OUTBOUND__ALLOW_PRIVATE_ADDRESSES", "yes")], "true or false"),
            ("", &[("SNODO_SERVER__LISTEN", "9000")], "SNODO_SERVER__LISTEN: "),
        ] {
            let error = read(text, variables).unwrap_err().to_string();
            assert!(error.contains(wanted), "{wanted} is not in: {error}");
        }
    }

    #[test]
    fn secrets_are_not_shown() {
        let config = read("[pagopa]\nsubscription_key = \"abcdefgh12345678ijkl\"", &[]).unwrap();
        assert!(!format!("{config:?}").contains("abcdefgh"));
    }
}
