//! Positions: create, change, cancel, find, and judge whether they can be paid now.

mod change;
pub(crate) mod iuv;
pub(crate) mod payable;
pub(crate) mod store;
mod types;

use std::sync::Arc;

use db::{Tx, Value};
use jiff::SignedDuration;
use model::{InstallmentStatus, Iud, Iuv, NoticeNumber};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::call::{Call, Identifiers};
use crate::core::Core;
use crate::error::{EngineError, area_error};
use crate::ids::{InstallmentId, OrganizationId, PositionId};
use crate::journal::{Entry, Journal};
use crate::registry::Registry;
use iuv::IuvAllocator;
use store::NewRow;

pub use change::ChangeError;
pub(crate) use change::{lock, reclaim, set_status};
pub use payable::{Activation, PayError};
pub use types::{
    Due, DuePayee, DueTransfer, Installment, InstallmentContent, IuvChoice, Origin, TransferLine,
    TransferPayee,
};

/// How long a repeated creation with the same content is answered as the first one was. Beyond it the
/// duplicate is refused, as MyPay does at once (`mypay-soap.md` §18, §21.2).
const REPEAT_WINDOW: SignedDuration = SignedDuration::from_hours(24);

/// What a search sees.
#[derive(Clone, Copy)]
enum Seen {
    /// What is committed.
    Committed,
    /// What the refused unit saw: it may have run in one group with the unit that took the name, before their
    /// common commit. The answer comes after it.
    ByWriters,
}

/// A created installment.
#[derive(Debug, Clone)]
pub struct Created {
    /// Key.
    pub id: InstallmentId,
    /// Its IUV, generated or given.
    pub iuv: Option<Iuv>,
    /// Its notice number.
    pub notice_number: Option<NoticeNumber>,
    /// The same content had been created before: nothing changed.
    pub repeated: bool,
}

/// Why a position was not created.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// The IUD is in use.
    #[error("the IUD {0} is in use")]
    DuplicateIud(Iud),
    /// The IUV is in use.
    #[error("the IUV {0} is in use")]
    DuplicateIuv(Iuv),
    /// The ente has no station, so no notice number can be made.
    #[error("the ente is attached to no station")]
    NoStation,
    /// The amounts do not hold together.
    #[error(transparent)]
    Amount(#[from] model::AmountError),
    /// Not the caller's doing.
    #[error(transparent)]
    Engine(#[from] EngineError),
}
area_error!(CreateError);

/// The positions area.
#[derive(Clone)]
pub struct Positions {
    pub(crate) core: Arc<Core>,
    pub(crate) journal: Journal,
    pub(crate) registry: Registry,
    iuvs: Arc<IuvAllocator>,
}

impl Positions {
    pub(crate) fn new(core: Arc<Core>, journal: Journal, registry: Registry) -> Self {
        let iuvs = Arc::new(IuvAllocator::new(core.clone()));
        Self { core, journal, registry, iuvs }
    }

    /// Creates a payable installment (one position, one option).
    ///
    /// Uniqueness is the database's: the IUD per ente over all doors, the IUV per ente. A repetition with
    /// the same content within 24 hours answers what the first call answered, also when both run at once.
    ///
    /// # Errors
    /// [`CreateError`].
    pub async fn create(
        &self,
        call: &Call,
        organization: OrganizationId,
        content: InstallmentContent,
    ) -> Result<Created, CreateError> {
        check(&content)?;
        let digest = digest(&content)?;
        // A repetition is recognised before a number is drawn, so that retries and duplicates burn none.
        if let Some(repeated) = self.repetition(organization, &content, &digest, Seen::Committed).await? {
            return Ok(repeated);
        }
        let (iuv, notice_number) = self.numbers(organization, &content.iuv).await?;
        let (id, position) = (InstallmentId::new(self.core.next_id()), PositionId::new(self.core.next_id()));
        let (amount, now) = (content.amount()?, self.core.clock.now());
        let created = Created { id, iuv: iuv.clone(), notice_number: notice_number.clone(), repeated: false };
        let first_iud = content.transfers.iter().find_map(|line| line.iud.clone());
        let entry = Entry::event(call, now, organization, "installment.created")
            .with(Identifiers {
                iud: first_iud.as_ref().map(Iud::to_string),
                iuv: iuv.as_ref().map(Iuv::to_string),
                notice_number: notice_number.as_ref().map(NoticeNumber::to_string),
                ..Identifiers::default()
            })
            .detail(&json!({ "origin": content.origin.as_str(), "amount": amount.get() }));
        let (journal, content, digest) = (self.journal.clone(), Arc::new(content), Arc::new(digest));
        let (written, same) = (content.clone(), digest.clone());
        let outcome = self
            .core
            .db
            .write(move |tx| {
                let row = NewRow {
                    organization,
                    id,
                    position,
                    iuv: iuv.as_ref(),
                    notice: notice_number.as_ref(),
                    amount,
                    cart_only: false,
                    digest: &digest,
                    now,
                };
                insert(tx, &row, &content)?;
                Ok::<_, CreateError>(journal.append(tx, std::slice::from_ref(&entry))?)
            })
            .await;
        match outcome {
            Ok(()) => Ok(created),
            // Taken since we looked: perhaps by the same request, sent twice.
            Err(refused @ (CreateError::DuplicateIud(_) | CreateError::DuplicateIuv(_))) => {
                self.repetition(organization, &written, &same, Seen::ByWriters).await?.ok_or(refused)
            }
            Err(error) => Err(error),
        }
    }

    /// A new number, the given one with its notice number, or none.
    pub(crate) async fn numbers(
        &self,
        organization: OrganizationId,
        choice: &IuvChoice,
    ) -> Result<(Option<Iuv>, Option<NoticeNumber>), CreateError> {
        match choice {
            IuvChoice::None => Ok((None, None)),
            IuvChoice::Given(iuv) => Ok((Some(iuv.clone()), self.notice_of(organization, iuv))),
            IuvChoice::Generate => {
                let snapshot = self.registry.snapshot();
                let attachment = snapshot
                    .organization(organization)
                    .and_then(|o| o.issuing_attachment())
                    .ok_or(CreateError::NoStation)?;
                let (iuv, notice) = self.iuvs.next(organization, &attachment.segregation_code).await?;
                Ok((Some(iuv), Some(notice)))
            }
        }
    }

    /// The notice number of an IUV made by the SIL: `3` + 17 digits, or `0` + application code + 15
    /// digits (`mypay-soap.md` §8.5; the application code is the ente's segregation code). Longer ones
    /// (`RF…`) have none.
    fn notice_of(&self, organization: OrganizationId, iuv: &Iuv) -> Option<NoticeNumber> {
        let snapshot = self.registry.snapshot();
        let code = snapshot.organization(organization)?.issuing_attachment().map(|a| &a.segregation_code);
        iuv.notice_number(code).ok()
    }

    /// The answer to a creation, if the same content was created within the window.
    async fn repetition(
        &self,
        organization: OrganizationId,
        content: &InstallmentContent,
        digest: &[u8],
        of: Seen,
    ) -> Result<Option<Created>, EngineError> {
        let Some(iud) = content.transfers.iter().find_map(|line| line.iud.as_ref()) else { return Ok(None) };
        let earliest = self.core.clock.now() - REPEAT_WINDOW;
        let iud = iud.as_str().to_owned();
        let find =
            move |tx: &mut Tx<'_>| store::find(tx, &store::FIND_BY_IUD, organization, iud.as_str().into());
        let found: Vec<Installment> = match of {
            Seen::Committed => self.core.db.read(find).await?,
            Seen::ByWriters => self.core.db.write(find).await?,
        };
        Ok(found
            .into_iter()
            .find(|i| {
                i.status == InstallmentStatus::Unpaid
                    && i.content_digest == digest
                    && i.created_at >= earliest
            })
            .map(|i| Created { id: i.id, iuv: i.iuv, notice_number: i.notice_number, repeated: true }))
    }

    /// Installments with this IUD: the one in use first, then the latest.
    ///
    /// # Errors
    /// As the store.
    pub async fn by_iud(
        &self,
        organization: OrganizationId,
        iud: &Iud,
    ) -> Result<Vec<Installment>, EngineError> {
        self.find(&store::FIND_BY_IUD, organization, iud.as_str().into()).await
    }

    /// Installments with this IUV: the one in use first, then the latest.
    ///
    /// # Errors
    /// As the store.
    pub async fn by_iuv(
        &self,
        organization: OrganizationId,
        iuv: &Iuv,
    ) -> Result<Vec<Installment>, EngineError> {
        self.find(&store::FIND_BY_IUV, organization, iuv.as_str().into()).await
    }

    /// The installment of a notice: the one in use, or else the latest.
    ///
    /// # Errors
    /// As the store.
    pub async fn by_notice(
        &self,
        organization: OrganizationId,
        notice: &NoticeNumber,
    ) -> Result<Option<Installment>, EngineError> {
        Ok(self.find(&store::FIND_BY_NOTICE, organization, notice.as_str().into()).await?.into_iter().next())
    }

    /// An installment by key.
    ///
    /// # Errors
    /// As the store.
    pub async fn by_id(
        &self,
        organization: OrganizationId,
        id: InstallmentId,
    ) -> Result<Option<Installment>, EngineError> {
        Ok(self.find(&store::FIND, organization, id.into()).await?.into_iter().next())
    }

    /// Whether an IUD is in use: the early check of doors that reserve it only later.
    ///
    /// # Errors
    /// As the store.
    pub async fn iud_in_use(&self, organization: OrganizationId, iud: &Iud) -> Result<bool, EngineError> {
        let iud = iud.as_str().to_owned();
        self.core
            .db
            .read(move |tx| {
                let found =
                    tx.opt(&store::IUD_IN_USE, &[organization.into(), iud.as_str().into()], |row| {
                        row.int(0)
                    })?;
                Ok::<_, EngineError>(found.is_some())
            })
            .await
    }

    async fn find(
        &self,
        statement: &'static db::Statement,
        organization: OrganizationId,
        key: Value,
    ) -> Result<Vec<Installment>, EngineError> {
        self.core.db.read(move |tx| store::find(tx, statement, organization, key.clone())).await
    }
}

/// Writes position, installment and transfers, or says which identifier is in use.
pub(crate) fn insert(
    tx: &mut Tx<'_>,
    row: &NewRow<'_>,
    content: &InstallmentContent,
) -> Result<(), CreateError> {
    if !store::insert(tx, row, content)? {
        return Err(match row.iuv {
            Some(iuv) => CreateError::DuplicateIuv(iuv.clone()),
            None => EngineError::Internal(format!("installment key {} is taken", row.id)).into(),
        });
    }
    match store::insert_transfers(tx, row.organization, row.id, &content.transfers)? {
        Some(iud) => Err(CreateError::DuplicateIud(iud)),
        None => Ok(()),
    }
}

/// What holds for every door: one to five parts, each of some amount.
pub(crate) fn check(content: &InstallmentContent) -> Result<(), CreateError> {
    if content.transfers.is_empty() || content.transfers.len() > 5 {
        let found = content.transfers.len();
        return Err(EngineError::Internal(format!("an installment of {found} transfers: one to five")).into());
    }
    content.transfers.iter().try_for_each(|line| line.amount.positive().map(|_| ()))?;
    Ok(())
}

/// Digest of what the caller sent: the same content gives the same digest.
pub(crate) fn digest(content: &InstallmentContent) -> Result<Vec<u8>, EngineError> {
    Ok(Sha256::digest(serde_json::to_vec(content)?).to_vec())
}
