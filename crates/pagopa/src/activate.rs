//! `paGetPayment` and `paGetPaymentV2`: what the PSP will collect and where it goes.

use engine::positions::{Activation, Due, DuePayee, DueTransfer};
use engine::{Call, Engine};
use model::Iban;
use wire::pa_for_node::{
    CtMapEntry, CtMetadata, CtPaymentPa, CtPaymentPaV2, CtRichiestaMarcaDaBollo, CtTransferListPa,
    CtTransferListPaV2, CtTransferPa, CtTransferPaV2, PaGetPaymentV2Request, StampType, TransferTarget,
    TransferType,
};

use crate::fault::{Code, Failure};
use crate::verify::{NO_DUE_DATE, company_name, description};
use crate::{context, subject};

/// Key of the metadata that names the alternative account (`pagopa.md` §6.4).
const ALTERNATIVE_ACCOUNT: &str = "IBANAPPOGGIO";

/// The answer to V2.
pub(crate) async fn v2(
    engine: &Engine,
    call: &Call,
    request: &PaGetPaymentV2Request,
) -> Result<CtPaymentPaV2, Failure> {
    let due = activate(engine, call, request).await?;
    let transfers =
        due.transfers.iter().map(|t| transfer_v2(t, request.transfer_type)).collect::<Result<_, _>>()?;
    Ok(CtPaymentPaV2 {
        creditor_reference_id: iuv(&due)?,
        payment_amount: due.installment.amount,
        due_date: due.installment.due_date.unwrap_or(NO_DUE_DATE),
        retention_date: None,
        last_payment: None,
        description: description(&due),
        company_name: company_name(&due),
        office_name: None,
        debtor: subject::to_wire(&due.installment.debtor),
        transfer_list: CtTransferListPaV2 { transfers },
        metadata: None,
    })
}

/// The answer to V1, which cannot carry digital stamps.
pub(crate) async fn v1(
    engine: &Engine,
    call: &Call,
    request: &PaGetPaymentV2Request,
) -> Result<CtPaymentPa, Failure> {
    let v2 = v2(engine, call, request).await?;
    let transfers = v2
        .transfer_list
        .transfers
        .into_iter()
        .map(|transfer| match transfer.target {
            TransferTarget::Iban(iban) => Ok(CtTransferPa {
                id_transfer: transfer.id_transfer,
                transfer_amount: transfer.transfer_amount,
                fiscal_code_pa: transfer.fiscal_code_pa,
                iban,
                remittance_information: transfer.remittance_information,
                transfer_category: transfer.transfer_category,
                metadata: transfer.metadata,
            }),
            TransferTarget::Stamp(_) => {
                Err(Failure::refused(Code::Semantic, "marca da bollo digitale: usare paGetPaymentV2"))
            }
        })
        .collect::<Result<_, _>>()?;
    Ok(CtPaymentPa {
        creditor_reference_id: v2.creditor_reference_id,
        payment_amount: v2.payment_amount,
        due_date: v2.due_date,
        retention_date: None,
        last_payment: None,
        description: v2.description,
        company_name: Some(v2.company_name),
        office_name: None,
        debtor: v2.debtor,
        transfer_list: CtTransferListPa { transfers },
        metadata: None,
    })
}

async fn activate(engine: &Engine, call: &Call, request: &PaGetPaymentV2Request) -> Result<Due, Failure> {
    let organization =
        context::organization(engine, &request.id_broker_pa, &request.id_station, &request.id_pa)?;
    let notice = context::notice(&organization, &request.qr_code)?;
    let activation = Activation {
        transfer_type: request.transfer_type.map(|kind| kind.as_str().to_owned()),
        payment_note: request.payment_note.clone(),
    };
    Ok(engine.positions.activate(call, organization.id, &notice, activation).await?)
}

fn iuv(due: &Due) -> Result<String, Failure> {
    let iuv = due.installment.iuv.as_ref().map(ToString::to_string);
    iuv.ok_or_else(|| Failure::refused(Code::System, "posizione senza IUV"))
}

fn transfer_v2(transfer: &DueTransfer, asked: Option<TransferType>) -> Result<CtTransferPaV2, Failure> {
    let (target, metadata) = match &transfer.payee {
        DuePayee::Account { iban, postal_iban } => account(iban, postal_iban.as_ref(), asked),
        DuePayee::Stamp { hash, province, .. } => (
            TransferTarget::Stamp(CtRichiestaMarcaDaBollo {
                hash_documento: decode(hash)?,
                tipo_bollo: StampType::DutyStamp,
                provincia_residenza: province.clone(),
            }),
            None,
        ),
    };
    Ok(CtTransferPaV2 {
        id_transfer: i32::from(transfer.number),
        transfer_amount: transfer.amount,
        fiscal_code_pa: transfer.beneficiary.to_string(),
        company_name: Some(transfer.beneficiary_name.chars().take(140).collect()),
        target,
        remittance_information: transfer.remittance.clone(),
        transfer_category: transfer.category.clone(),
        metadata,
    })
}

/// Which account the node is told (`pagopa.md` §1.4, table on the bollettino postale).
fn account(
    iban: &Iban,
    postal: Option<&Iban>,
    asked: Option<TransferType>,
) -> (TransferTarget, Option<CtMetadata>) {
    match (asked, postal) {
        (Some(TransferType::Postal), Some(postal)) => (TransferTarget::Iban(postal.to_string()), None),
        (Some(TransferType::PagoPa), Some(postal)) => {
            let entry = CtMapEntry { key: ALTERNATIVE_ACCOUNT.to_owned(), value: postal.to_string() };
            (TransferTarget::Iban(iban.to_string()), Some(CtMetadata { entries: vec![entry] }))
        }
        _ => (TransferTarget::Iban(iban.to_string()), None),
    }
}

fn decode(hash: &str) -> Result<Vec<u8>, Failure> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD
        .decode(hash)
        .map_err(|_| Failure::refused(Code::System, "impronta del documento non valida"))
}
