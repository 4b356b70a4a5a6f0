//! The national door: may this notice be paid now, and into which accounts.

use std::sync::Arc;

use db::statements;
use model::{NotPayable, NoticeNumber, TaxonomyCode};

use super::Positions;
use super::types::{Due, DuePayee, DueTransfer, Installment, TransferLine, TransferPayee};
use crate::call::{Call, Identifiers};
use crate::error::EngineError;
use crate::ids::OrganizationId;
use crate::journal::Entry;
use crate::registry::{Organization, Snapshot};

statements! {
    /// One activation, if the installment is still as it was judged.
    INSERT_ATTEMPT = "insert into payment_attempt (organization_id, id, installment_id, at, transfer_type, amount, payment_note) \
        select $1, $2, i.id, $4, $5, i.amount, $7 from installment i \
        where i.organization_id = $1 and i.id = $3 and i.amount = $6 and i.status = $8";
}

/// How often an activation starts again when the position is changed under it.
const ACTIVATIONS: usize = 3;

/// What the node says when it activates a payment.
#[derive(Debug, Clone, Default)]
pub struct Activation {
    /// `POSTAL` or `PAGOPA`.
    pub transfer_type: Option<String>,
    /// `paymentNote`: for carts, the `idCart` we gave.
    pub payment_note: Option<String>,
}

/// Why a notice cannot be paid now.
#[derive(Debug, thiserror::Error)]
pub enum PayError {
    /// No such notice, or not yet payable.
    #[error("unknown notice")]
    Unknown,
    /// Paid, cancelled, expired…
    #[error("not payable: {0}")]
    NotPayable(#[from] NotPayable),
    /// The configuration names no account to credit: ours to mend.
    #[error("no account to credit for type {0}")]
    NoAccount(String),
    /// Not the caller's doing.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

impl Positions {
    /// Judges a notice (`paVerifyPaymentNotice`): changes nothing.
    ///
    /// # Errors
    /// [`PayError`].
    pub async fn due(&self, organization: OrganizationId, notice: &NoticeNumber) -> Result<Due, PayError> {
        let installment = self.by_notice(organization, notice).await?.ok_or(PayError::Unknown)?;
        self.resolve(installment)
    }

    /// Judges a notice and records the attempt (`paGetPayment`). The position stays open: the node
    /// serialises attempts, several are normal (`pagopa.md` §1.4, trap 10).
    ///
    /// # Errors
    /// [`PayError`].
    pub async fn activate(
        &self,
        call: &Call,
        organization: OrganizationId,
        notice: &NoticeNumber,
        activation: Activation,
    ) -> Result<Due, PayError> {
        for _ in 0..ACTIVATIONS {
            let due = self.due(organization, notice).await?;
            if self.attempt(call, &due, activation.clone()).await? {
                return Ok(due);
            }
        }
        Err(EngineError::Unavailable(format!("notice {notice} changes all the time")).into())
    }

    /// Records an attempt; `false` when the installment has changed since it was judged.
    async fn attempt(&self, call: &Call, due: &Due, activation: Activation) -> Result<bool, EngineError> {
        let organization = due.organization.id;
        let (id, now) = (self.core.next_id(), self.core.clock.now());
        let (installment, amount, status) =
            (due.installment.id, due.installment.amount, due.installment.status);
        let entry = Entry::event(call, now, organization, "payment.activated").with(Identifiers {
            iuv: due.installment.iuv.as_ref().map(ToString::to_string),
            notice_number: due.installment.notice_number.as_ref().map(ToString::to_string),
            ..Identifiers::default()
        });
        let journal = self.journal.clone();
        self.core
            .db
            .write(move |tx| {
                let recorded = tx.exec(
                    &INSERT_ATTEMPT,
                    &[
                        organization.into(),
                        id.into(),
                        installment.into(),
                        now.into(),
                        activation.transfer_type.clone().into(),
                        amount.get().into(),
                        activation.payment_note.clone().into(),
                        status.as_str().into(),
                    ],
                )?;
                if recorded == 1 {
                    journal.append(tx, std::slice::from_ref(&entry))?;
                }
                Ok(recorded == 1)
            })
            .await
    }

    /// Judges an installment already read.
    ///
    /// # Errors
    /// [`PayError`].
    pub fn resolve(&self, installment: Installment) -> Result<Due, PayError> {
        let snapshot = self.registry.snapshot();
        let organization = snapshot.organization(installment.organization_id).cloned().ok_or_else(|| {
            EngineError::Internal(format!("ente {} is not registered", installment.organization_id))
        })?;
        let binding = snapshot
            .debt_type(installment.organization_id, installment.type_id)
            .is_some_and(|found| found.profile.due_date_mandatory);
        model::payable(installment.status, installment.due_date, binding, self.core.clock.today())?;
        let transfers = (1u8..)
            .zip(&installment.transfers)
            .map(|(number, line)| due_transfer(&snapshot, &organization, &installment, number, line))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Due { organization, installment, transfers })
    }
}

fn due_transfer(
    snapshot: &Snapshot,
    organization: &Arc<Organization>,
    installment: &Installment,
    number: u8,
    line: &TransferLine,
) -> Result<DueTransfer, PayError> {
    let found = snapshot.debt_type(organization.id, line.type_id);
    let payee = match &line.payee {
        TransferPayee::Account { iban, postal_iban } => {
            DuePayee::Account { iban: iban.clone(), postal_iban: postal_iban.clone() }
        }
        TransferPayee::Stamp { kind, hash, province } => {
            DuePayee::Stamp { kind: kind.clone(), hash: hash.clone(), province: province.clone() }
        }
        TransferPayee::OwnAccount => {
            let iban = found
                .and_then(|found| found.iban(organization))
                .or(organization.profile.iban.as_ref())
                .ok_or_else(|| {
                    PayError::NoAccount(found.map_or_else(String::new, |found| found.code.clone()))
                })?;
            let postal_iban = found.and_then(|found| found.postal_iban(organization)).cloned();
            DuePayee::Account { iban: iban.clone(), postal_iban }
        }
    };
    // The node wants the published form; what the SIL wrote may carry its own text after the code.
    let category = TaxonomyCode::leading(&line.category)
        .or_else(|| found.map(|found| found.profile.taxonomy.clone()))
        .map_or_else(|| line.category.clone(), |code| code.published());
    let remittance = match &installment.iuv {
        Some(iuv) => model::remittance(iuv, line.amount, Some(&line.remittance)),
        None => line.remittance.chars().take(140).collect(),
    };
    Ok(DueTransfer {
        number,
        amount: line.amount,
        beneficiary: line.beneficiary.clone(),
        beneficiary_name: line.beneficiary_name.clone().unwrap_or_else(|| organization.name.clone()),
        payee,
        remittance,
        category,
    })
}
