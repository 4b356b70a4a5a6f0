//! Notices and quietanze as PDF, made on demand from what is stored.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use ::documents::{
    Creditor, DocumentError, Environment, Language, Logo, Notice, Notices, OnlineChannel, Party, Payable,
    Plan, PostalAccount, ReceiptDocument, TransferLine, TransferTarget,
};
use model::{Iuv, Person, PersonCode, ReceiptId};

use crate::error::EngineError;
use crate::files::Files;
use crate::ids::{InstallmentId, OrganizationId, ReceiptKey};
use crate::positions::{Installment, Positions};
use crate::receipts::{Anomaly, Receipt, Receipts, Subject};
use crate::registry::{DebtPositionType, Organization, Registry};

/// The documents area.
#[derive(Clone)]
pub struct Documents {
    registry: Registry,
    positions: Positions,
    receipts: Receipts,
    files: Files,
    environment: Environment,
    renderer: Arc<Notices>,
    /// Logos by key: immutable once stored.
    logos: Arc<Mutex<HashMap<String, Arc<Logo>>>>,
}

impl From<DocumentError> for EngineError {
    fn from(error: DocumentError) -> Self {
        Self::Internal(format!("document: {error}"))
    }
}

impl Documents {
    pub(crate) fn new(
        registry: Registry,
        positions: Positions,
        receipts: Receipts,
        files: Files,
        collaudo: bool,
    ) -> Result<Self, EngineError> {
        let environment = if collaudo { Environment::Test } else { Environment::Production };
        let renderer = Arc::new(Notices::new()?);
        Ok(Self { registry, positions, receipts, files, environment, renderer, logos: Arc::default() })
    }

    /// The avviso di pagamento of a stored installment. None when it has no notice number, its type
    /// disables printing, or it is a digital stamp (`mypay-flows.md` §6.6).
    ///
    /// # Errors
    /// As the store.
    pub async fn notice_pdf(
        &self,
        organization: OrganizationId,
        installment: InstallmentId,
    ) -> Result<Option<Vec<u8>>, EngineError> {
        match self.positions.by_id(organization, installment).await? {
            Some(installment) => self.notice_of(&installment).await,
            None => Ok(None),
        }
    }

    /// The avviso of an installment as given; see [`Self::notice_pdf`].
    ///
    /// # Errors
    /// As the store.
    pub async fn notice_of(&self, installment: &Installment) -> Result<Option<Vec<u8>>, EngineError> {
        let snapshot = self.registry.snapshot();
        let Some(notice_number) = installment.notice_number.clone() else { return Ok(None) };
        let Some(organization) = snapshot.organization(installment.organization_id) else { return Ok(None) };
        let Some(found) = snapshot.debt_type(installment.organization_id, installment.type_id) else {
            return Ok(None);
        };
        if found.profile.print_disabled || found.profile.digital_stamp {
            return Ok(None);
        }
        let notice = Notice {
            environment: self.environment,
            creditor: self.creditor(organization, Some(found)).await?,
            debtor: party(&installment.debtor),
            subject: installment.description.clone(),
            plan: Plan::Single(Payable {
                notice_number,
                amount: installment.amount,
                due_date: installment.due_date.filter(|_| found.profile.due_date_printed),
            }),
            second_language: organization
                .profile
                .additional_language
                .as_deref()
                .and_then(Language::from_code),
        };
        let renderer = self.renderer.clone();
        Ok(Some(blocking(move || renderer.render(&notice)).await?))
    }

    /// The quietanza of a stored receipt.
    ///
    /// # Errors
    /// As the store.
    pub async fn receipt_pdf(
        &self,
        organization: OrganizationId,
        key: ReceiptKey,
    ) -> Result<Option<Vec<u8>>, EngineError> {
        let Some(receipt) = self.receipts.by_key(organization, key).await? else { return Ok(None) };
        let snapshot = self.registry.snapshot();
        let Some(organization) = snapshot.organization(organization) else { return Ok(None) };
        let creditor = self.creditor(organization, None).await?;
        let document = receipt_document(&receipt, creditor, self.environment)?;
        let renderer = self.renderer.clone();
        Ok(Some(blocking(move || renderer.receipt(&document)).await?))
    }

    async fn creditor(
        &self,
        organization: &Organization,
        found: Option<&Arc<DebtPositionType>>,
    ) -> Result<Arc<Creditor>, EngineError> {
        let profile = &organization.profile;
        let address = &profile.address;
        let contacts: Vec<&str> =
            [&address.phone, &address.email, &address.web].into_iter().filter_map(|c| c.as_deref()).collect();
        let postal_iban = match found {
            Some(found) => found.postal_iban(organization),
            None => profile.postal_iban.as_ref(),
        };
        let holder =
            found.and_then(|found| found.profile.postal_holder.as_deref()).unwrap_or(&organization.name);
        let postal = match (postal_iban, &profile.postal_authorization) {
            (Some(iban), Some(authorization)) => Some(PostalAccount::new(iban, holder, authorization)?),
            _ => None,
        };
        let department =
            found.and_then(|found| found.profile.sector.clone()).or_else(|| profile.sector.clone());
        Ok(Arc::new(Creditor {
            name: organization.name.clone(),
            fiscal_code: organization.fiscal_code.clone(),
            department,
            contacts: (!contacts.is_empty()).then(|| contacts.join(" · ")),
            cbill: profile.cbill_code.clone(),
            online: OnlineChannel::Site,
            on_site: None,
            logo: self.logo(profile.logo.as_deref()).await,
            postal,
        }))
    }

    /// The logo, if it is there and can be drawn: a document never fails for its logo.
    async fn logo(&self, key: Option<&str>) -> Option<Arc<Logo>> {
        let key = key?;
        if let Some(known) = self.logos.lock().unwrap_or_else(PoisonError::into_inner).get(key) {
            return Some(known.clone());
        }
        let bytes = match self.files.get(key).await {
            Ok(found) => found?,
            Err(error) => {
                tracing::warn!(%error, key, "a logo could not be read");
                return None;
            }
        };
        match Logo::parse(&bytes) {
            Ok(logo) => {
                let logo = Arc::new(logo);
                self.logos
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .insert(key.to_owned(), logo.clone());
                Some(logo)
            }
            Err(error) => {
                tracing::warn!(%error, key, "a logo cannot be drawn");
                None
            }
        }
    }
}

fn receipt_document(
    receipt: &Receipt,
    creditor: Arc<Creditor>,
    environment: Environment,
) -> Result<ReceiptDocument, EngineError> {
    let content = &receipt.content;
    Ok(ReceiptDocument {
        environment,
        creditor,
        debtor: subject(&content.debtor),
        payer: content.payer.as_ref().map(subject),
        subject: content.description.clone(),
        iuv: Iuv::parse(&content.iuv).map_err(EngineError::internal)?,
        notice_number: Some(content.notice_number.clone()),
        receipt_id: ReceiptId::parse(&content.receipt_id).map_err(EngineError::internal)?,
        psp_name: content.psp.name.clone(),
        psp_id: content.psp.id.clone(),
        method: content.payment_method.clone(),
        paid_at: content.paid_at,
        amount: content.amount,
        fee: content.fee,
        transfers: content
            .transfers
            .iter()
            .map(|transfer| TransferLine {
                index: transfer.number,
                remittance: transfer.remittance.clone(),
                beneficiary: transfer.beneficiary.to_string(),
                beneficiary_name: None,
                target: match &transfer.iban {
                    Some(iban) => TransferTarget::Account { iban: iban.clone() },
                    None => TransferTarget::Stamp { document_hash: String::new() },
                },
                amount: transfer.amount,
                category: transfer.category.clone(),
            })
            .collect(),
        second_payment: receipt.anomalies.contains(&Anomaly::SecondPayment),
        verification: Some(receipt.key.to_string()),
    })
}

fn party(person: &Person) -> Party {
    let address = &person.address;
    let province = address.province.as_ref().map(|province| province.as_str());
    Party {
        full_name: person.full_name.clone(),
        code: person.code.clone(),
        address: address_line(
            [&address.street, &address.number],
            [address.postal_code.as_deref(), address.city.as_deref(), province],
        ),
    }
}

fn subject(person: &Subject) -> Party {
    Party {
        full_name: person.full_name.clone(),
        code: PersonCode::parse(&person.code).unwrap_or(PersonCode::Anonymous),
        address: address_line(
            [&person.street, &person.number],
            [person.postal_code.as_deref(), person.city.as_deref(), person.province.as_deref()],
        ),
    }
}

/// `Via Roma 1, 35100 Padova PD`, of what is known.
fn address_line(street: [&Option<String>; 2], town: [Option<&str>; 3]) -> Option<String> {
    let street = street.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(" ");
    let town = town.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let line = [street, town].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ");
    (!line.is_empty()).then_some(line)
}

/// Rendering takes milliseconds of a core: not on the threads that answer requests.
async fn blocking(
    render: impl FnOnce() -> Result<Vec<u8>, DocumentError> + Send + 'static,
) -> Result<Vec<u8>, EngineError> {
    Ok(tokio::task::spawn_blocking(render).await.map_err(EngineError::internal)??)
}
