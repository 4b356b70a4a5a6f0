//! Where the server is, and opening a connection to it.

use super::{fault::describe, session::Link};
use crate::{error::DbError, handle::Limits};
use rustls::pki_types::{CertificateDer, pem::PemObject};
use std::{sync::Arc, time::Duration};
use tokio_postgres::{Config, NoTls, config::SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;

/// A parsed address with everything needed to connect.
pub(super) struct Target {
    config: Config,
    tls: Option<MakeRustlsConnect>,
    setup: String,
    patience: Duration,
}

impl Target {
    /// Reads the address. Messages never hold it: it may carry a password.
    pub(super) fn parse(url: &str, limits: &Limits) -> Result<Self, DbError> {
        let (url, wish) = TlsWish::take(url);
        let wrong = |e: &dyn std::fmt::Display| DbError::Other(format!("address of PostgreSQL: {e}"));
        let mut config: Config = url.parse().map_err(|e: tokio_postgres::Error| {
            wrong(&std::error::Error::source(&e).map_or_else(|| e.to_string(), ToString::to_string))
        })?;
        let encrypted = wish.verify || config.get_ssl_mode() == SslMode::Require;
        let tls = if encrypted { Some(wish.connector()?) } else { None };
        config.ssl_mode(if encrypted { SslMode::Require } else { SslMode::Disable });
        if config.get_application_name().is_none() {
            config.application_name("snodo");
        }
        config
            .connect_timeout(limits.connect)
            .keepalives_idle(Duration::from_secs(30))
            .keepalives_interval(Duration::from_secs(10))
            .keepalives_retries(3)
            .tcp_user_timeout(limits.statement);
        // A unit holds its transaction only while its closure runs: idle time in it means that we are gone.
        // `synchronous_commit` is raised when off, never lowered: OK must mean stored.
        let setup = format!(
            "set statement_timeout = {}; set lock_timeout = {}; set idle_in_transaction_session_timeout = 120000; \
             set timezone = 'UTC'; set datestyle = 'ISO'; \
             select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') = 'off'",
            limits.statement.as_millis(),
            limits.lock.as_millis()
        );
        Ok(Self { config, tls, setup, patience: limits.connect })
    }

    /// Opens a connection and runs it on the current event loop.
    pub(super) async fn connect(&self, slot: usize) -> Result<Link, DbError> {
        let opening = async {
            let (client, driver) = match &self.tls {
                None => {
                    let (client, connection) = self.config.connect(NoTls).await?;
                    (client, tokio::spawn(drive(connection, slot)))
                }
                Some(tls) => {
                    let (client, connection) = self.config.connect(tls.clone()).await?;
                    (client, tokio::spawn(drive(connection, slot)))
                }
            };
            client.batch_execute(&self.setup).await?;
            Ok(Link::new(client, driver))
        };
        match tokio::time::timeout(self.patience, opening).await {
            Ok(Ok(link)) => Ok(link),
            Ok(Err(e)) => Err(DbError::Unavailable(describe("connecting to PostgreSQL", &e))),
            Err(_) => {
                Err(DbError::Unavailable(format!("PostgreSQL did not answer within {:?}", self.patience)))
            }
        }
    }
}

/// Carries the traffic of a connection until it ends.
async fn drive<S, T>(connection: tokio_postgres::Connection<S, T>, slot: usize)
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
    T: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    if let Err(e) = connection.await {
        tracing::warn!(slot, error = %e, "a connection to PostgreSQL ended");
    }
}

/// The part of the address about TLS that the driver does not read.
struct TlsWish {
    verify: bool,
    root: Option<String>,
}

impl TlsWish {
    /// Takes `sslrootcert` and the verifying modes out of a URL.
    fn take(url: &str) -> (String, Self) {
        let mut wish = Self { verify: false, root: None };
        let Some((base, query)) = url.split_once('?') else { return (url.to_owned(), wish) };
        let kept: Vec<&str> = query
            .split('&')
            .filter(|pair| match pair.split_once('=') {
                Some(("sslrootcert", file)) => {
                    wish.root = Some(file.replace("%2F", "/").replace("%2f", "/").replace("%20", " "));
                    false
                }
                Some(("sslmode", "verify-ca" | "verify-full")) => {
                    wish.verify = true;
                    false
                }
                _ => true,
            })
            .collect();
        let query = kept.join("&");
        (if query.is_empty() { base.to_owned() } else { format!("{base}?{query}") }, wish)
    }

    fn connector(&self) -> Result<MakeRustlsConnect, DbError> {
        let wrong = |text: String| DbError::Other(format!("TLS to PostgreSQL: {text}"));
        let mut roots = rustls::RootCertStore::empty();
        match &self.root {
            Some(file) => {
                let all = CertificateDer::pem_file_iter(file)
                    .map_err(|e| wrong(format!("sslrootcert {file}: {e}")))?;
                for certificate in all {
                    let certificate = certificate.map_err(|e| wrong(format!("sslrootcert {file}: {e}")))?;
                    roots.add(certificate).map_err(|e| wrong(format!("sslrootcert {file}: {e}")))?;
                }
            }
            None => {
                roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            }
        }
        if roots.is_empty() {
            return Err(wrong("no root certificate; give sslrootcert=FILE".into()));
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|e| wrong(e.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(MakeRustlsConnect::new(config))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tls_words_are_taken_out_of_the_address() {
        let (url, wish) = TlsWish::take(
            "postgres://u@h/d?sslmode=verify-full&application_name=x&sslrootcert=%2Fetc%2Fca.pem",
        );
        assert_eq!(url, "postgres://u@h/d?application_name=x");
        assert!(wish.verify);
        assert_eq!(wish.root.as_deref(), Some("/etc/ca.pem"));
        let (url, wish) = TlsWish::take("postgres://u@h/d?sslmode=require");
        assert_eq!(url, "postgres://u@h/d?sslmode=require");
        assert!(!wish.verify && wish.root.is_none());
    }

    #[test]
    fn a_wrong_address_is_told_without_its_password() {
        let error =
            Target::parse("postgres://u:secret@h:notaport/d", &Limits::default()).err().unwrap().to_string();
        assert!(error.contains("port") && !error.contains("secret"), "{error}");
    }
}
