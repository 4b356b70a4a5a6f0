//! The rules that settings obey before anything is served.

use std::collections::HashSet;

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::{Config, ConfigError, Environment, Problem};

/// Shortest secret of ours.
const OWN_SECRET: usize = 32;
/// Shortest key that others give us.
const GIVEN_SECRET: usize = 16;
/// Where a secret of ours comes from.
const GENERATED: &str = "`openssl rand -hex 32` makes one";
/// Where a key of others comes from.
const GIVEN: &str = "the back office of pagoPA gives it";
/// Distinct characters below which a secret was typed, not generated.
const DISTINCT: usize = 8;
/// Words that mark a value as a placeholder or as one that everybody tries first.
const KNOWN: [&str; 12] = [
    "changeme",
    "change-me",
    "change_me",
    "cambiami",
    "password",
    "secret",
    "example",
    "esempio",
    "placeholder",
    "qwerty",
    "letmein",
    "snodo",
];

impl Config {
    /// These settings, if they may serve; else every rule they break.
    pub fn checked(self) -> Result<Self, ConfigError> {
        let mut problems = Vec::new();
        let mut broken = |key, rule: &str| problems.push(Problem { key, rule: rule.to_owned() });
        if self.environment.is_none() {
            broken("environment", "must be collaudo or esercizio");
        }
        let production = self.environment == Some(Environment::Esercizio);
        for (key, text) in
            [("server.public_url", &self.server.public_url), ("pagopa.carts_url", &self.pagopa.carts_url)]
        {
            if let Err(rule) = check_url(text, production) {
                broken(key, rule);
            }
        }
        for (key, number) in [
            ("server.request_timeout_seconds", self.server.request_timeout_seconds),
            ("server.idle_timeout_seconds", self.server.idle_timeout_seconds),
            ("server.max_connections", self.server.max_connections),
            ("database.readers", self.database.readers),
            ("database.connections", self.database.connections),
        ] {
            if number == 0 {
                broken(key, "must be at least 1");
            }
        }
        if self.server.max_body_bytes < 64 * 1024 {
            broken("server.max_body_bytes", "must be at least 65536");
        }
        if let Err(rule) = crate::store::check_url(&self.database.url) {
            broken("database.url", &rule);
        }
        for (key, secret, least, source) in [
            ("secrets.signing_key", &self.secrets.signing_key, OWN_SECRET, Some(GENERATED)),
            ("pagopa.subscription_key", &self.pagopa.subscription_key, GIVEN_SECRET, Some(GIVEN)),
            ("pagopa.node_secret", &self.pagopa.node_secret, OWN_SECRET, Some(GENERATED)),
            ("telemetry.metrics_token", &self.telemetry.metrics_token, OWN_SECRET, None),
        ] {
            match (secret.expose_secret().is_empty(), source) {
                (true, Some(source)) => {
                    let variable = Self::variable_of(key);
                    broken(key, &format!("is missing: {source}; {variable} keeps it out of the file"));
                }
                (true, None) => {}
                (false, _) => {
                    if let Err(rule) = check_secret(secret, least) {
                        broken(key, &rule);
                    }
                }
            }
        }
        if problems.is_empty() { Ok(self) } else { Err(ConfigError::Rules(problems)) }
    }
}

fn check_url(text: &str, production: bool) -> Result<(), &'static str> {
    let url =
        Url::parse(text).map_err(|_| "must be an absolute address, like https://pagamenti.example.it")?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err("must be an http or https address");
    }
    if production && url.scheme() != "https" {
        return Err("must be https in esercizio");
    }
    if url.query().is_some()
        || url.fragment().is_some()
        || !url.username().is_empty()
        || url.password().is_some()
    {
        return Err("must have no user, query or fragment");
    }
    if text.ends_with('/') {
        return Err("must not end with a slash");
    }
    Ok(())
}

fn check_secret(secret: &SecretString, least: usize) -> Result<(), String> {
    let text = secret.expose_secret();
    if text.chars().count() < least {
        return Err(format!("is too short: at least {least} characters"));
    }
    let lower = text.to_lowercase();
    if let Some(word) = KNOWN.iter().find(|word| lower.contains(*word)) {
        return Err(format!("is a known value (it contains \"{word}\")"));
    }
    if lower.chars().collect::<HashSet<_>>().len() < DISTINCT {
        return Err(format!("is too simple: at least {DISTINCT} different characters"));
    }
    if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err("must not contain blanks".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    const GOOD: &str = r#"
        environment = "esercizio"
        [server]
        public_url = "https://pagamenti.regione.example"
        [secrets]
        signing_key = "0c1d2e3f405162738495a6b7c8d9eafb0c1d"
        [pagopa]
        carts_url = "https://api.platform.pagopa.it/checkout/ec/v1"
        subscription_key = "0123456789abcdef0123456789abcdef"
        node_secret = "f3b1c07a9d5e48f2a6c4e0917b8d23560fa1"
    "#;

    fn problems(changes: &[(&str, &str)]) -> Vec<String> {
        let variables = changes.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned()));
        let config = Config::parse(Path::new("snodo.toml"), GOOD, variables).unwrap();
        match config.checked() {
            Ok(_) => Vec::new(),
            Err(ConfigError::Rules(problems)) => problems.iter().map(ToString::to_string).collect(),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn good_settings_serve() {
        assert_eq!(problems(&[]), Vec::<String>::new());
    }

    #[test]
    fn each_rule_names_its_key() {
        for (variable, value, wanted) in [
            (
                "SNODO_SERVER__PUBLIC_URL",
                "http://pagamenti.regione.example",
                "server.public_url: must be https",
            ),
            ("SNODO_SERVER__PUBLIC_URL", "", "server.public_url: must be an absolute"),
            ("SNODO_SERVER__PUBLIC_URL", "https://a.example/", "server.public_url: must not end"),
            ("SNODO_PAGOPA__CARTS_URL", "https://u:p@a.example", "pagopa.carts_url: must have no user"),
            ("SNODO_PAGOPA__NODE_SECRET", "", "pagopa.node_secret: is missing"),
            ("SNODO_PAGOPA__NODE_SECRET", "f3b1c07a9d5e48f2", "pagopa.node_secret: is too short"),
            (
                "SNODO_PAGOPA__NODE_SECRET",
                "changeme-f3b1c07a9d5e48f2a6c4e0917b8d",
                "pagopa.node_secret: is a known",
            ),
            (
                "SNODO_PAGOPA__NODE_SECRET",
                "abababababababababababababababababab",
                "pagopa.node_secret: is too simple",
            ),
            ("SNODO_PAGOPA__SUBSCRIPTION_KEY", "0123456789", "pagopa.subscription_key: is too short"),
            ("SNODO_TELEMETRY__METRICS_TOKEN", "short", "telemetry.metrics_token: is too short"),
            ("SNODO_DATABASE__URL", "mysql://x", "database.url: "),
            ("SNODO_SERVER__MAX_CONNECTIONS", "0", "server.max_connections: must be at least 1"),
        ] {
            let found = problems(&[(variable, value)]);
            assert!(found.len() == 1 && found[0].starts_with(wanted), "{variable}={value}: {found:?}");
        }
    }

    #[test]
    fn all_problems_are_told_at_once() {
        let found = problems(&[("SNODO_PAGOPA__NODE_SECRET", ""), ("SNODO_PAGOPA__SUBSCRIPTION_KEY", "x")]);
        assert_eq!(found.len(), 2, "{found:?}");
    }
}
