//! The outside world for a laptop: the national node, two PSPs, the carts API and its
//! checkout, a SIL that listens, a clock that moves.
//!
//! Everything goes over the same public protocols as outside (loopback HTTP): the crate knows
//! neither the engine nor the store, so what passes here passes there. The node is as strict
//! as the real one and records each rule that our answers break.
//!
//! [`Sandbox`] is the door: [`Sandbox::router`] is mounted at the root of the installation,
//! and [`Sandbox::spawn_background`] starts sending the receipts that wait.

mod cards;
mod carts;
mod check;
mod checkout;
mod clock;
mod config;
mod contract;
mod control;
mod error;
mod lines;
mod message;
mod node;
mod openapi;
mod pages;
mod problem;
mod psp;
mod sil;
mod stamp;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod violations;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use subtle::ConstantTimeEq as _;

pub use cards::{CardOutcome, TEST_CARDS, TestCard};
pub use clock::{ClockError, SandboxClock};
pub use config::{
    Attachment, NodeTimeouts, Organization, PrimitiveVersion, Registry, SandboxConfig, Station,
};
pub use error::SandboxError;
pub use node::{CallOutcome, CallReport, CallSeen, ReceiptState, ReceiptView};
pub use psp::{Outcome, PSPS, PayOrder, PayReport, Psp};
pub use sil::{Misbehaviour, MisbehaviourOrder, Notification, Return};
pub use violations::{Violation, ViolationKind};

/// Largest body accepted by any door of the sandbox.
const MAX_BODY: usize = 4 * 1024 * 1024;

/// Shared state of all handlers.
pub(crate) struct Nation {
    pub(crate) base_url: String,
    pub(crate) control_token: String,
    pub(crate) subscription_key: String,
    /// Hidden field of the forms of the control page: another site cannot read it, so it
    /// cannot post for the person who has the page open.
    pub(crate) form_token: String,
    pub(crate) node: Arc<node::Node>,
    pub(crate) carts: carts::Carts,
    pub(crate) sil: sil::Sil,
}

/// The simulated nation.
#[derive(Clone)]
pub struct Sandbox {
    nation: Arc<Nation>,
}

impl Sandbox {
    /// Builds the nation, and reads what it must remember from the data directory. Blocks on
    /// files: for the start of the process.
    ///
    /// # Errors
    /// When a setting breaks a rule, or a file cannot be read.
    pub fn new(config: SandboxConfig) -> Result<Self, SandboxError> {
        for (field, value) in
            [("controlToken", &config.control_token), ("subscriptionKey", &config.subscription_key)]
        {
            if value.is_empty() {
                return Err(SandboxError::Config {
                    field: field.to_owned(),
                    rule: "must not be empty".to_owned(),
                });
            }
        }
        std::fs::create_dir_all(&config.data_dir).map_err(SandboxError::io(&config.data_dir))?;
        let node = node::Node::new(&config)?;
        let sil = sil::Sil::open(&config.data_dir.join("sil-inbox.jsonl"))?;
        let nation = Nation {
            base_url: config.base_url.trim_end_matches('/').to_owned(),
            control_token: config.control_token,
            subscription_key: config.subscription_key,
            form_token: random_token()?,
            node: Arc::new(node),
            carts: carts::Carts::default(),
            sil,
        };
        Ok(Self { nation: Arc::new(nation) })
    }

    /// Everything under `/sandbox`, with absolute paths: to be merged at the root. The style
    /// sheet of the pages is served elsewhere, under [`assets::MOUNT`].
    pub fn router(&self) -> Router {
        let nation = Arc::clone(&self.nation);
        Router::new()
            .route("/sandbox/checkout/ec/v1/carts", post(carts::post_v1))
            .route("/sandbox/checkout/ec/v2/carts", post(carts::post_v2))
            .route("/sandbox/checkout/c/{id}", get(checkout::show).post(checkout::pay))
            .route("/sandbox/checkout/c/{id}/annulla", post(checkout::cancel))
            .route("/sandbox/sil/notifiche/{ipa}", post(sil::receive))
            .route("/sandbox/sil/ritorno", get(sil::came_back))
            .route("/sandbox/openapi.json", get(openapi::serve))
            .merge(control::pages())
            .merge(control::controls(&nation))
            .layer(DefaultBodyLimit::max(MAX_BODY))
            .with_state(nation)
    }

    /// Starts sending the receipts that wait, on the present runtime. Call it once the
    /// installation accepts connections: what waited since the last run is sent at once.
    pub fn spawn_background(&self) -> tokio::task::JoinHandle<()> {
        tokio::spawn(Arc::clone(&self.nation.node).run())
    }

    /// Replaces what is registered on the national platform, when organizations are added
    /// while the sandbox runs.
    ///
    /// # Errors
    /// When the new registry breaks a rule; the old one stays.
    pub fn set_registry(&self, registry: Registry) -> Result<(), SandboxError> {
        self.nation.node.set_registry(registry)
    }

    /// How many violations the node has recorded: for a line in the log at the stop.
    #[must_use]
    pub fn violation_count(&self) -> usize {
        self.nation.node.violations.count()
    }
}

/// Compares two secrets in a time that depends only on their lengths.
pub(crate) fn same_secret(given: &str, expected: &str) -> bool {
    given.as_bytes().ct_eq(expected.as_bytes()).into()
}

fn random_token() -> Result<String, SandboxError> {
    let mut bytes = [0u8; 24];
    getrandom::fill(&mut bytes)
        .map_err(|e| SandboxError::Config { field: "random".to_owned(), rule: e.to_string() })?;
    Ok(base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, bytes))
}
