//! `paSendRT` and `paSendRTV2`: a receipt, never refused for our own reasons.

use engine::receipts::{Acceptance, Psp, ReceiptContent, ReceiptTransfer};
use engine::{Call, Engine};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use model::NoticeNumber;
use wire::pa_for_node::{
    CtReceipt, CtReceiptV2, CtTransferListPaReceiptV2, CtTransferPaReceiptV2, Outcome, PaSendRtReq,
    PaSendRtV2Request, ReceiptTarget,
};

use crate::fault::{Code, Failure};
use crate::{context, subject};

/// Stores the receipt of a V2 message; `raw` is the whole message as it came.
pub(crate) async fn v2(
    engine: &Engine,
    call: &Call,
    request: PaSendRtV2Request,
    raw: &[u8],
) -> Result<(), Failure> {
    // The ente addressed, which for a broadcast is the secondary one (`pagopa.md` trap 9).
    let organization =
        context::organization(engine, &request.id_broker_pa, &request.id_station, &request.id_pa)?;
    if request.receipt.outcome != Outcome::Ok {
        // The node sends receipts of successful payments only; a negative one would pay what is not paid.
        return Err(Failure::refused(Code::Semantic, "receipt/outcome diverso da OK"));
    }
    let content = content(request.receipt, &request.id_station, engine.clock().now())?;
    match engine.receipts.accept(call, organization.id, content, raw.to_vec()).await? {
        Acceptance::Accepted { .. } => Ok(()),
        Acceptance::Duplicate => Err(Failure::refused(Code::DuplicateReceipt, "ricevuta gia' acquisita")),
    }
}

/// A V1 message, read as the V2 one it could have been.
pub(crate) fn from_v1(request: PaSendRtReq) -> PaSendRtV2Request {
    PaSendRtV2Request {
        id_pa: request.id_pa,
        id_broker_pa: request.id_broker_pa,
        id_station: request.id_station,
        receipt: receipt_from_v1(request.receipt),
    }
}

fn receipt_from_v1(v1: CtReceipt) -> CtReceiptV2 {
    let transfers = v1
        .transfer_list
        .transfers
        .into_iter()
        .map(|transfer| CtTransferPaReceiptV2 {
            id_transfer: transfer.id_transfer,
            transfer_amount: transfer.transfer_amount,
            fiscal_code_pa: transfer.fiscal_code_pa,
            company_name: None,
            target: ReceiptTarget::Iban(transfer.iban),
            remittance_information: transfer.remittance_information,
            transfer_category: transfer.transfer_category,
            metadata: transfer.metadata,
        })
        .collect();
    CtReceiptV2 {
        receipt_id: v1.receipt_id,
        notice_number: v1.notice_number,
        fiscal_code: v1.fiscal_code,
        outcome: v1.outcome,
        creditor_reference_id: v1.creditor_reference_id,
        payment_amount: v1.payment_amount,
        description: v1.description,
        company_name: v1.company_name,
        office_name: v1.office_name,
        debtor: v1.debtor,
        transfer_list: CtTransferListPaReceiptV2 { transfers },
        id_psp: v1.id_psp,
        psp_fiscal_code: v1.psp_fiscal_code,
        psp_partita_iva: v1.psp_partita_iva,
        psp_company_name: v1.psp_company_name,
        id_channel: v1.id_channel,
        channel_description: v1.channel_description,
        payer: v1.payer,
        payment_method: v1.payment_method,
        payment_note: None,
        fee: v1.fee,
        primary_ci_incurred_fee: None,
        id_bundle: None,
        id_ci_bundle: None,
        payment_date_time: v1.payment_date_time,
        application_date: v1.application_date,
        transfer_date: v1.transfer_date,
        metadata: v1.metadata,
        stand_in: v1.stand_in,
    }
}

fn content(receipt: CtReceiptV2, station: &str, now: Timestamp) -> Result<ReceiptContent, Failure> {
    // Without an offset the node's local time is meant.
    let paid_at = receipt
        .payment_date_time
        .and_then(|moment| moment.instant(&TimeZone::get("Europe/Rome").unwrap_or(TimeZone::UTC)))
        .map_or(now, engine::to_microseconds);
    Ok(ReceiptContent {
        receipt_id: receipt.receipt_id,
        notice_number: NoticeNumber::parse(&receipt.notice_number)
            .map_err(|error| Failure::refused(Code::Semantic, format!("receipt/noticeNumber: {error}")))?,
        primary_fiscal_code: receipt.fiscal_code,
        iuv: receipt.creditor_reference_id,
        amount: receipt.payment_amount,
        description: receipt.description,
        company_name: receipt.company_name,
        office_name: receipt.office_name,
        debtor: subject::from_wire(receipt.debtor),
        payer: receipt.payer.map(subject::from_wire),
        transfers: receipt.transfer_list.transfers.into_iter().map(transfer).collect(),
        psp: Psp {
            id: receipt.id_psp,
            name: receipt.psp_company_name,
            fiscal_code: receipt.psp_fiscal_code,
            channel: receipt.id_channel,
            channel_description: receipt.channel_description,
        },
        payment_method: receipt.payment_method,
        payment_note: receipt.payment_note,
        fee: receipt.fee,
        paid_at,
        application_date: receipt.application_date,
        transfer_date: receipt.transfer_date,
        stand_in: receipt.stand_in.unwrap_or(false),
        station: station.to_owned(),
    })
}

fn transfer(transfer: CtTransferPaReceiptV2) -> ReceiptTransfer {
    let (iban, stamp) = match transfer.target {
        ReceiptTarget::Iban(iban) => (Some(iban), None),
        ReceiptTarget::Stamp(bytes) => (None, Some(bytes)),
    };
    ReceiptTransfer {
        number: u8::try_from(transfer.id_transfer).unwrap_or(0),
        amount: transfer.transfer_amount,
        beneficiary: transfer.fiscal_code_pa,
        iban,
        stamp,
        remittance: transfer.remittance_information,
        category: transfer.transfer_category,
    }
}
