//! What the wiring tells the portal.

use url::Url;

/// Whether payments are real.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Environment {
    /// Simulated payments: every page says so.
    Collaudo,
    /// Real payments.
    Esercizio,
}

/// Configuration of the portal.
#[derive(Clone)]
pub struct PortalConfig {
    /// Public address of the installation: return addresses given to the checkout begin with it.
    pub public_url: Url,
    /// Name shown in the header, e.g. `Pagamenti della Regione Esempio`.
    pub installation_name: String,
    /// Collaudo or esercizio.
    pub environment: Environment,
    /// Key of the signed links to notices. At least 32 random bytes; all replicas share it.
    pub secret: Vec<u8>,
    /// Address of assistance, shown on the informative pages.
    pub contact_email: Option<String>,
    /// Address of the declaration of accessibility on the AgID site.
    pub accessibility_declaration: Option<String>,
    /// Searches of notices that one client may make in ten minutes: 10 in esercizio (`portals.md` REQ-CIT-3); 1,000 in
    /// collaudo, where debtors are invented and test suites search from one address.
    pub searches_per_window: u32,
    /// Whether a proxy of ours writes the address of the client as last element of `X-Forwarded-For`.
    pub behind_proxy: bool,
}

impl PortalConfig {
    /// A configuration with the usual limits and no contacts.
    #[must_use]
    pub fn new(
        public_url: Url,
        installation_name: impl Into<String>,
        environment: Environment,
        secret: Vec<u8>,
    ) -> Self {
        Self {
            public_url,
            installation_name: installation_name.into(),
            environment,
            secret,
            contact_email: None,
            accessibility_declaration: None,
            searches_per_window: match environment {
                Environment::Collaudo => 1_000,
                Environment::Esercizio => 10,
            },
            behind_proxy: false,
        }
    }

    /// An absolute address of ours.
    pub(crate) fn absolute(&self, path: &str) -> String {
        format!("{}{path}", self.public_url.as_str().trim_end_matches('/'))
    }
}

/// Without the secret.
impl std::fmt::Debug for PortalConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PortalConfig")
            .field("public_url", &self.public_url.as_str())
            .field("installation_name", &self.installation_name)
            .field("environment", &self.environment)
            .finish_non_exhaustive()
    }
}
