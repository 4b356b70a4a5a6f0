//! The keys of the settings: name, type and default of each, in one place.

use std::net::SocketAddr;
use std::path::PathBuf;

use secrecy::SecretString;
use serde::Deserialize;
use toml::Value;

use super::Key;

/// A type of setting that the environment can give.
pub(super) trait Setting {
    /// The value in a text.
    fn read(text: &str) -> Result<Value, String>;
}

impl Setting for String {
    fn read(text: &str) -> Result<Value, String> {
        Ok(Value::String(text.to_owned()))
    }
}

impl Setting for SecretString {
    fn read(text: &str) -> Result<Value, String> {
        Ok(Value::String(text.to_owned()))
    }
}

impl Setting for PathBuf {
    fn read(text: &str) -> Result<Value, String> {
        Ok(Value::String(text.to_owned()))
    }
}

impl Setting for SocketAddr {
    fn read(text: &str) -> Result<Value, String> {
        text.parse::<Self>().map_err(|_| "an address and a port, like 0.0.0.0:8420".to_owned())?;
        Ok(Value::String(text.to_owned()))
    }
}

impl Setting for u32 {
    fn read(text: &str) -> Result<Value, String> {
        text.parse::<Self>()
            .map(|number| Value::Integer(number.into()))
            .map_err(|_| "a whole number".to_owned())
    }
}

impl Setting for bool {
    fn read(text: &str) -> Result<Value, String> {
        text.parse().map(Value::Boolean).map_err(|_| "true or false".to_owned())
    }
}

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$word_doc:meta])* $variant:ident = $word:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
        pub enum $name { $($(#[$word_doc])* #[serde(rename = $word)] $variant,)* }

        impl Setting for $name {
            fn read(text: &str) -> Result<Value, String> {
                match text {
                    $($word => Ok(Value::String(text.to_owned())),)*
                    _ => Err(format!("one of {}", [$($word),*].join(", "))),
                }
            }
        }
    )*};
}

words! {
    /// What an installation is for.
    Environment {
        /// Trials: invented money, documents say so.
        Collaudo = "collaudo",
        /// The real thing.
        Esercizio = "esercizio",
    }

    /// The shape of log lines.
    LogFormat {
        /// Human in a terminal, JSON otherwise.
        Auto = "auto",
        /// For people.
        Human = "human",
        /// For machines.
        Json = "json",
    }

    /// Which requests the log shows.
    AccessLog {
        /// None.
        Off = "off",
        /// Those answered with 500 and more.
        Errors = "errors",
        /// Every one.
        All = "all",
    }
}

impl Environment {
    /// The word in the file and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Collaudo => "collaudo",
            Self::Esercizio => "esercizio",
        }
    }
}

macro_rules! section {
    ($(#[$doc:meta])* $name:ident in $table:literal {
        $($(#[$field_doc:meta])* $field:ident: $type:ty = $default:expr,)*
    }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct $name { $($(#[$field_doc])* pub $field: $type,)* }

        impl Default for $name {
            fn default() -> Self {
                Self { $($field: $default,)* }
            }
        }

        impl $name {
            pub(super) const KEYS: &'static [Key] = &[$(Key {
                path: concat!($table, ".", stringify!($field)),
                read: <$type as Setting>::read,
            },)*];
        }
    };
}

section! {
    /// Where we listen, and what we bear.
    Server in "server" {
        /// Address and port.
        listen: SocketAddr = SocketAddr::from(([127, 0, 0, 1], 8420)),
        /// The address that browsers and SILs use, without a final slash.
        public_url: String = String::new(),
        /// Seconds until a request is answered 504.
        request_timeout_seconds: u32 = 30,
        /// Seconds a connection may be silent, or take for its headers.
        idle_timeout_seconds: u32 = 75,
        /// Seconds that requests in flight get when we stop.
        shutdown_seconds: u32 = 20,
        /// Connections at the same time.
        max_connections: u32 = 4096,
        /// Bytes of the largest body.
        max_body_bytes: u32 = 10 * 1024 * 1024,
        /// Whether our proxy writes the client's address as last element of `X-Forwarded-For`.
        behind_proxy: bool = true,
    }
}

section! {
    /// Secrets of the installation.
    Secrets in "secrets" {
        /// Signs links to notices and outcomes.
        signing_key: SecretString = SecretString::default(),
    }
}

section! {
    /// The pages of citizens.
    Portal in "portal" {
        /// Name in the header of the pages.
        name: String = "Pagamenti pagoPA".to_owned(),
        /// Address of assistance.
        contact_email: String = String::new(),
        /// Address of the declaration of accessibility.
        accessibility_declaration: String = String::new(),
    }
}

section! {
    /// The store.
    Database in "database" {
        /// `sqlite:FILE` or `postgres://…`.
        url: String = "sqlite:./snodo-data/snodo.db".to_owned(),
        /// Connections for reading (SQLite).
        readers: u32 = 4,
        /// Connections (PostgreSQL).
        connections: u32 = 16,
    }
}

section! {
    /// The file store.
    Files in "files" {
        /// Local directory.
        directory: PathBuf = PathBuf::from("./snodo-data/files"),
    }
}

section! {
    /// The national side.
    Pagopa in "pagopa" {
        /// Base address of the carts API.
        carts_url: String = String::new(),
        /// `Ocp-Apim-Subscription-Key` of the carts API.
        subscription_key: SecretString = SecretString::default(),
        /// Value of `x-snodo-node-secret`, added by the proxy that checks the node's certificate.
        node_secret: SecretString = SecretString::default(),
    }
}

section! {
    /// Calls out to addresses registered by enti.
    Outbound in "outbound" {
        /// Whether private and loopback addresses may be called.
        allow_private_addresses: bool = false,
    }
}

section! {
    /// Logs and metrics.
    Telemetry in "telemetry" {
        /// Filter of logs; `SNODO_LOG` overrides it.
        log: String = "info".to_owned(),
        /// Shape of log lines.
        log_format: LogFormat = LogFormat::Auto,
        /// Which requests the log shows.
        access_log: AccessLog = AccessLog::Errors,
        /// Bearer token of `/metrics`; empty: open.
        metrics_token: SecretString = SecretString::default(),
    }
}
