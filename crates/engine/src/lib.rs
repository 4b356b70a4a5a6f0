//! What Snodo does, once, for all dialects: use cases by area, each with its SQL beside it.
//!
//! An adapter translates a message into a call of one area and the answer back; it holds no rule that
//! another adapter would need and never sees the database. Areas call each other only through their
//! public functions.

mod call;
mod clock;
mod core;
mod error;
mod ids;

pub mod access;
pub mod carts;
pub mod delivery;
pub mod documents;
pub mod files;
pub mod installation;
pub mod jobs;
pub mod journal;
pub mod positions;
pub mod receipts;
pub mod registry;

use std::path::PathBuf;
use std::sync::Arc;

use db::{Db, Migration};

pub use call::{Call, Identifiers};
pub use clock::{Clock, SystemClock, to_microseconds};
pub use error::EngineError;
pub use ids::{
    CartId, CredentialId, IdGenerator, InstallmentId, OrganizationId, PositionId, ReceiptKey, TypeId,
};

use access::Access;
use carts::{Carts, Checkout};
use core::Core;
use delivery::Delivery;
use documents::Documents;
use files::Files;
use jobs::Jobs;
use journal::Journal;
use positions::Positions;
use receipts::Receipts;
use registry::Registry;

/// The history of the schema, oldest first. Never changed, only added to.
pub const MIGRATIONS: &[Migration] = &[
    db::INFRASTRUCTURE,
    Migration {
        version: 2,
        name: "registry positions carts receipts journal",
        sql: include_str!("../migrations/0002_registry_positions_carts_receipts_journal.sql"),
    },
];

/// Every statement of the engine, for the test that prepares them all on both databases.
#[must_use]
pub fn statements() -> Vec<&'static db::Statement> {
    [
        access::credential::STATEMENTS,
        carts::store::STATEMENTS,
        core::STATEMENTS,
        installation::STATEMENTS,
        journal::STATEMENTS,
        journal::verify::STATEMENTS,
        positions::iuv::STATEMENTS,
        positions::payable::STATEMENTS,
        positions::store::STATEMENTS,
        receipts::store::STATEMENTS,
        registry::STATEMENTS,
        registry::admin::STATEMENTS,
    ]
    .into_iter()
    .flatten()
    .copied()
    .collect()
}

/// What the wiring gives the engine.
pub struct EngineOptions {
    /// The store, migrated with [`MIGRATIONS`].
    pub db: Db,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// The national checkout.
    pub checkout: Arc<dyn Checkout>,
    /// Directory of the file store.
    pub files: PathBuf,
    /// Whether this is a collaudo: documents say so.
    pub collaudo: bool,
}

/// All areas of one installation. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    /// Broker, stations, enti, types.
    pub registry: Registry,
    /// Credentials and permissions.
    pub access: Access,
    /// Positions.
    pub positions: Positions,
    /// Carts.
    pub carts: Carts,
    /// Receipts.
    pub receipts: Receipts,
    /// Notices and quietanze as PDF.
    pub documents: Documents,
    /// Who is told about what happens.
    pub delivery: Delivery,
    /// Background work.
    pub jobs: Jobs,
    /// What happened.
    pub journal: Journal,
    /// Files.
    pub files: Files,
    core: Arc<Core>,
}

impl Engine {
    /// Opens the engine on a migrated store.
    ///
    /// # Errors
    /// When the store or the directory of files cannot be used.
    pub async fn open(options: EngineOptions) -> Result<Self, EngineError> {
        let core = Core::open(options.db, options.clock).await?;
        let files = Files::local(&options.files)?;
        let journal = Journal::start(core.clone());
        let registry = Registry::open(core.clone(), journal.clone()).await?;
        let access = Access::new(core.clone())?;
        let positions = Positions::new(core.clone(), journal.clone(), registry.clone());
        let carts = Carts::new(core.clone(), journal.clone(), positions.clone(), options.checkout);
        let delivery = Delivery::default();
        let receipts = Receipts::new(core.clone(), journal.clone(), registry.clone(), delivery.clone());
        let documents = Documents::new(
            registry.clone(),
            positions.clone(),
            receipts.clone(),
            files.clone(),
            options.collaudo,
        )?;
        let jobs = Jobs::new(core.clone());
        Ok(Self {
            registry,
            access,
            positions,
            carts,
            receipts,
            documents,
            delivery,
            jobs,
            journal,
            files,
            core,
        })
    }

    /// The clock of the installation.
    #[must_use]
    pub fn clock(&self) -> &dyn Clock {
        self.core.clock.as_ref()
    }

    /// Whether the store answers.
    ///
    /// # Errors
    /// As the store.
    pub async fn ping(&self) -> Result<(), EngineError> {
        Ok(self.core.db.ping().await?)
    }

    /// Writes what waits in memory and closes the store.
    pub async fn close(self) {
        self.journal.close().await;
        self.core.db.clone().close().await;
    }
}
