//! Change and cancellation of positions by their IUD.

use std::sync::Arc;

use db::{Tx, Value};
use jiff::Timestamp;
use model::{InstallmentStatus, Iud, Iuv, NoticeNumber, Trigger};
use serde_json::json;

use super::types::{Installment, InstallmentContent, IuvChoice};
use super::{CreateError, Created, Positions, check, digest, store};
use crate::call::{Call, Identifiers};
use crate::error::{EngineError, area_error};
use crate::ids::{InstallmentId, OrganizationId};
use crate::journal::Entry;

/// Why a change was refused; nothing changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// No installment with this key.
    #[error("not found")]
    NotFound,
    /// Its state does not allow it.
    #[error("not in state {0}")]
    State(InstallmentStatus),
    /// The type of debt cannot change.
    #[error("the type of debt cannot change")]
    TypeChanged,
    /// An IUV, once given, stays.
    #[error("the IUV cannot change")]
    IuvChanged,
    /// An IUV, once given, must be repeated.
    #[error("the IUV cannot be removed")]
    IuvRemoved,
    /// The new IUV is in use.
    #[error("the IUV is in use")]
    DuplicateIuv,
    /// The amounts do not hold together.
    #[error(transparent)]
    Amount(#[from] model::AmountError),
    /// The ente has no station, so no notice number can be made.
    #[error("the ente is attached to no station")]
    NoStation,
    /// Not the caller's doing.
    #[error(transparent)]
    Engine(#[from] EngineError),
}
area_error!(ChangeError);

impl Positions {
    /// Replaces the content of the installment with this IUD (not a patch).
    ///
    /// The type stays; an IUV, once there, must be repeated; one may be added. What is paid, cancelled or
    /// otherwise closed cannot change.
    ///
    /// # Errors
    /// [`ChangeError`].
    pub async fn edit(
        &self,
        call: &Call,
        organization: OrganizationId,
        iud: &Iud,
        content: InstallmentContent,
    ) -> Result<Created, ChangeError> {
        check(&content).map_err(of_create)?;
        let current = self.live(organization, iud).await?;
        let choice = match (&current.iuv, &content.iuv) {
            // The number is drawn before the transaction; whether it may be used is judged inside it.
            (None, choice) => choice.clone(),
            (Some(old), IuvChoice::Given(new)) if old != new => return Err(ChangeError::IuvChanged),
            (Some(_), IuvChoice::None | IuvChoice::Generate) => return Err(ChangeError::IuvRemoved),
            (Some(old), IuvChoice::Given(_)) => IuvChoice::Given(old.clone()),
        };
        let (iuv, notice) = self.numbers(organization, &choice).await.map_err(of_create)?;
        let digest = digest(&content)?;
        let (id, now, amount) = (current.id, self.core.clock.now(), content.amount()?);
        let entry = Entry::event(call, now, organization, "installment.changed")
            .with(identifiers(iud, iuv.as_ref(), notice.as_ref()))
            .detail(&json!({ "amount": amount.get() }));
        let (journal, content) = (self.journal.clone(), Arc::new(content));
        let answer = Created { id, iuv: iuv.clone(), notice_number: notice.clone(), repeated: false };
        self.core
            .db
            .write(move |tx| {
                let current = lock(tx, organization, id)?;
                let next = model::transition(current.status, Trigger::Edit)
                    .map_err(|_| ChangeError::State(current.status))?;
                if current.type_id != content.type_id {
                    return Err(ChangeError::TypeChanged);
                }
                if current.iuv.is_some() && current.iuv != iuv {
                    return Err(ChangeError::IuvChanged);
                }
                check_iuv_free(tx, organization, id, iuv.as_ref())?;
                write_content(tx, &current, &content, iuv.as_ref(), notice.as_ref(), &digest, now)?;
                set_status(tx, organization, id, next, None, now)?;
                Ok(journal.append(tx, std::slice::from_ref(&entry))?)
            })
            .await?;
        Ok(answer)
    }

    /// Cancels the installment with this IUD; its IUD and IUV may then be used again.
    ///
    /// # Errors
    /// [`ChangeError::NotFound`], [`ChangeError::State`].
    pub async fn cancel(
        &self,
        call: &Call,
        organization: OrganizationId,
        iud: &Iud,
    ) -> Result<(), ChangeError> {
        let current = self.live(organization, iud).await?;
        let (id, now) = (current.id, self.core.clock.now());
        let entry = Entry::event(call, now, organization, "installment.cancelled").with(identifiers(
            iud,
            current.iuv.as_ref(),
            current.notice_number.as_ref(),
        ));
        let journal = self.journal.clone();
        self.core
            .db
            .write(move |tx| {
                let current = lock(tx, organization, id)?;
                let next = model::transition(current.status, Trigger::Cancel)
                    .map_err(|_| ChangeError::State(current.status))?;
                set_status(tx, organization, id, next, None, now)?;
                tx.exec(&store::RELEASE_IUV, &[organization.into(), id.into()])?;
                tx.exec(&store::RELEASE_IUDS, &[organization.into(), id.into()])?;
                Ok(journal.append(tx, std::slice::from_ref(&entry))?)
            })
            .await
    }

    /// The installment that holds an IUD now. One of a cart is not the SIL's to change.
    async fn live(&self, organization: OrganizationId, iud: &Iud) -> Result<Installment, ChangeError> {
        let found = self.by_iud(organization, iud).await?;
        found
            .into_iter()
            .find(|i| i.status != InstallmentStatus::Cancelled && !i.cart_only)
            .ok_or(ChangeError::NotFound)
    }
}

fn of_create(error: CreateError) -> ChangeError {
    match error {
        CreateError::NoStation => ChangeError::NoStation,
        CreateError::Amount(amount) => ChangeError::Amount(amount),
        CreateError::Engine(engine) => ChangeError::Engine(engine),
        CreateError::DuplicateIud(_) | CreateError::DuplicateIuv(_) => ChangeError::DuplicateIuv,
    }
}

fn identifiers(iud: &Iud, iuv: Option<&Iuv>, notice: Option<&NoticeNumber>) -> Identifiers {
    Identifiers {
        iud: Some(iud.to_string()),
        iuv: iuv.map(Iuv::to_string),
        notice_number: notice.map(NoticeNumber::to_string),
        ..Identifiers::default()
    }
}

/// Locks an installment for the rest of the transaction and reads it.
pub(crate) fn lock(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
    id: InstallmentId,
) -> Result<Installment, ChangeError> {
    let found = store::find(tx, &store::LOCK, organization, id.into())?;
    found.into_iter().next().ok_or(ChangeError::NotFound)
}

fn check_iuv_free(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
    id: InstallmentId,
    iuv: Option<&Iuv>,
) -> Result<(), ChangeError> {
    let Some(iuv) = iuv else { return Ok(()) };
    // The unique index stands behind this check when two edits race.
    let values = [organization.into(), iuv.as_str().into(), id.into()];
    match tx.opt(&store::IUV_IN_USE, &values, |row| row.int(0))? {
        Some(_) => Err(ChangeError::DuplicateIuv),
        None => Ok(()),
    }
}

fn write_content(
    tx: &mut Tx<'_>,
    current: &Installment,
    content: &InstallmentContent,
    iuv: Option<&Iuv>,
    notice: Option<&NoticeNumber>,
    digest: &[u8],
    now: Timestamp,
) -> Result<(), ChangeError> {
    let organization = current.organization_id;
    let updated = tx.exec(
        &store::UPDATE_CONTENT,
        &[
            organization.into(),
            current.id.into(),
            iuv.map(Iuv::as_str).into(),
            notice.map(NoticeNumber::as_str).into(),
            content.amount()?.get().into(),
            content.due_date.into(),
            content.description.as_str().into(),
            content.debtor.code.as_str().into(),
            content.debtor.full_name.as_str().into(),
            Value::Json(serde_json::to_value(&content.debtor)?),
            digest.to_vec().into(),
            content.dialect.clone().map_or(Value::Null, Value::Json),
            now.into(),
        ],
    );
    match updated {
        // Another took the number after the check above.
        Err(error) if error.is_unique("installment_iuv") => return Err(ChangeError::DuplicateIuv),
        updated => updated?,
    };
    tx.exec(&store::DELETE_TRANSFERS, &[organization.into(), current.id.into()])?;
    match store::insert_transfers(tx, organization, current.id, &content.transfers)? {
        None => Ok(()),
        Some(iud) => Err(EngineError::Internal(format!("the IUD {iud} appeared twice in an edit")).into()),
    }
}

/// A withdrawn installment turns out to be paid: its identifiers are taken again, unless another installment
/// has them by now. Without this the same debt could be imported again, and be paid again.
pub(crate) fn reclaim(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
    id: InstallmentId,
) -> Result<(), EngineError> {
    let keys = [organization.into(), id.into()];
    let reclaimed = tx.attempt(|tx| {
        tx.exec(&store::RECLAIM_IUV, &keys)?;
        tx.exec(&store::RECLAIM_IUDS, &keys)
    });
    match reclaimed {
        // Another took one in this very moment: it keeps it, and the receipt is stored all the same.
        Ok(_) | Err(db::DbError::Unique { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Moves the state; `paid_at` is kept when none is given.
pub(crate) fn set_status(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
    id: InstallmentId,
    status: InstallmentStatus,
    paid_at: Option<Timestamp>,
    now: Timestamp,
) -> Result<(), EngineError> {
    let values = [organization.into(), id.into(), status.as_str().into(), paid_at.into(), now.into()];
    tx.exec(&store::UPDATE_STATUS, &values)?;
    Ok(())
}
