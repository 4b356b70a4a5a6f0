//! From the node's idea of a message to the wire and back, by the declarations of crate
//! `wire`, read strictly.

use jiff::ToSpan as _;
use soap::{Element, Mode, ReplyError};
use wire::pa_for_node as w;

use crate::message::{
    Activation, ActivationTerms, Address, Content, Fault, Notice, Operation, Payee, PaymentOption, Receipt,
    Reply, TransferKind, TransferPart, Verification,
};

fn qr_code(notice: &Notice) -> w::CtQrCode {
    w::CtQrCode { fiscal_code: notice.fiscal_code.clone(), notice_number: notice.number.clone() }
}

/// The envelope of a verification.
pub(crate) fn verify_request(to: &Address, notice: &Notice) -> String {
    soap::envelope::request(&w::PaVerifyPaymentNoticeReq {
        id_pa: to.id_pa.clone(),
        id_broker_pa: to.id_broker.clone(),
        id_station: to.id_station.clone(),
        qr_code: qr_code(notice),
    })
}

/// The envelope of an activation; the operation says the version.
pub(crate) fn activation_request(
    operation: Operation,
    to: &Address,
    notice: &Notice,
    terms: &ActivationTerms,
) -> String {
    let v1 = w::PaGetPaymentReq {
        id_pa: to.id_pa.clone(),
        id_broker_pa: to.id_broker.clone(),
        id_station: to.id_station.clone(),
        qr_code: qr_code(notice),
        amount: terms.amount,
        payment_note: terms.payment_note.clone(),
        transfer_type: terms.transfer_kind.map(|kind| match kind {
            TransferKind::Postal => w::TransferType::Postal,
            TransferKind::PagoPa => w::TransferType::PagoPa,
        }),
        due_date: None,
    };
    match operation {
        Operation::GetPayment => soap::envelope::request(&v1),
        _ => soap::envelope::request(&w::PaGetPaymentV2Request::from(v1)),
    }
}

/// The envelope of a receipt; the operation says the version.
pub(crate) fn receipt_request(operation: Operation, to: &Address, receipt: &Receipt) -> String {
    match operation {
        Operation::SendRt => soap::envelope::request(&w::PaSendRtReq {
            id_pa: to.id_pa.clone(),
            id_broker_pa: to.id_broker.clone(),
            id_station: to.id_station.clone(),
            receipt: receipt_v1(receipt),
        }),
        _ => soap::envelope::request(&w::PaSendRtV2Request {
            id_pa: to.id_pa.clone(),
            id_broker_pa: to.id_broker.clone(),
            id_station: to.id_station.clone(),
            receipt: receipt_v2(receipt),
        }),
    }
}

fn receipt_v1(r: &Receipt) -> w::CtReceipt {
    let v2 = receipt_v2(r);
    w::CtReceipt {
        receipt_id: v2.receipt_id,
        notice_number: v2.notice_number,
        fiscal_code: v2.fiscal_code,
        outcome: v2.outcome,
        creditor_reference_id: v2.creditor_reference_id,
        payment_amount: v2.payment_amount,
        description: v2.description,
        company_name: v2.company_name,
        office_name: v2.office_name,
        debtor: v2.debtor,
        transfer_list: w::CtTransferListPaReceipt {
            transfers: v2.transfer_list.transfers.into_iter().map(transfer_v1).collect(),
        },
        id_psp: v2.id_psp,
        psp_fiscal_code: v2.psp_fiscal_code,
        psp_partita_iva: v2.psp_partita_iva,
        psp_company_name: v2.psp_company_name,
        id_channel: v2.id_channel,
        channel_description: v2.channel_description,
        payer: v2.payer,
        payment_method: v2.payment_method,
        fee: v2.fee,
        payment_date_time: v2.payment_date_time,
        application_date: v2.application_date,
        transfer_date: v2.transfer_date,
        metadata: v2.metadata,
        stand_in: v2.stand_in,
    }
}

/// The first version has no place for a stamp: its transfer keeps a mark instead of an
/// account, as there is none.
fn transfer_v1(v2: w::CtTransferPaReceiptV2) -> w::CtTransferPaReceipt {
    w::CtTransferPaReceipt {
        id_transfer: v2.id_transfer,
        transfer_amount: v2.transfer_amount,
        fiscal_code_pa: v2.fiscal_code_pa,
        iban: match v2.target {
            w::ReceiptTarget::Iban(iban) => iban,
            w::ReceiptTarget::Stamp(_) => "MBD".to_owned(),
        },
        remittance_information: v2.remittance_information,
        transfer_category: v2.transfer_category,
        metadata: v2.metadata,
    }
}

fn receipt_v2(r: &Receipt) -> w::CtReceiptV2 {
    let a = &r.activation;
    let stamp =
        |id: i32| r.stamps.iter().find(|(of, _)| *of == id).map(|(_, xml)| xml.clone()).unwrap_or_default();
    let transfers = a
        .transfers
        .iter()
        .map(|t| w::CtTransferPaReceiptV2 {
            id_transfer: t.id,
            transfer_amount: t.amount,
            fiscal_code_pa: t.fiscal_code.clone(),
            company_name: t.company_name.clone(),
            target: match &t.payee {
                Payee::Iban(iban) => w::ReceiptTarget::Iban(iban.clone()),
                Payee::Stamp { .. } => w::ReceiptTarget::Stamp(stamp(t.id)),
            },
            remittance_information: t.remittance.clone(),
            transfer_category: t.category.clone(),
            metadata: t.metadata.clone(),
        })
        .collect();
    let day = r.paid_at.date();
    w::CtReceiptV2 {
        receipt_id: r.receipt_id.clone(),
        notice_number: r.notice.number.clone(),
        fiscal_code: r.notice.fiscal_code.clone(),
        outcome: w::Outcome::Ok,
        creditor_reference_id: a.creditor_reference.clone(),
        payment_amount: a.amount,
        description: a.description.clone(),
        company_name: a.company_name.clone().unwrap_or_else(|| r.company_name.clone()),
        office_name: a.office_name.clone(),
        debtor: a.debtor.clone(),
        transfer_list: w::CtTransferListPaReceiptV2 { transfers },
        id_psp: r.psp.id.to_owned(),
        psp_fiscal_code: Some(r.psp.fiscal_code.to_owned()),
        psp_partita_iva: Some(r.psp.fiscal_code.to_owned()),
        psp_company_name: r.psp.name.to_owned(),
        id_channel: r.psp.channel.to_owned(),
        channel_description: r.psp.channel_description.to_owned(),
        payer: Some(a.debtor.clone()),
        payment_method: Some(r.payment_method.to_owned()),
        payment_note: r.payment_note.clone(),
        fee: Some(r.fee),
        primary_ci_incurred_fee: None,
        id_bundle: None,
        id_ci_bundle: None,
        payment_date_time: Some(soap::DateTime::local(r.paid_at)),
        application_date: Some(day),
        // The SCT leaves the day after (pagopa.md §1.12).
        transfer_date: Some(day.checked_add(1.day()).unwrap_or(day)),
        metadata: a.metadata.clone(),
        stand_in: Some(false),
    }
}

/// Reads an answer strictly.
///
/// # Errors
/// What is wrong with it: not XML, a SOAP fault, another root, a broken rule of the schema.
pub(crate) fn read(operation: Operation, body: &[u8]) -> Result<Reply, String> {
    let text = soap::decode(body).map_err(|e| e.to_string())?;
    match operation {
        Operation::Verify => {
            let res: w::PaVerifyPaymentNoticeRes = parse(&text)?;
            let content = Verification {
                option: res.payment_list.map(|list| {
                    let option = list.payment_option_description;
                    PaymentOption {
                        amount: option.amount,
                        options: option.options,
                        due_date: option.due_date,
                        detail_description: option.detail_description,
                    }
                }),
                payment_description: res.payment_description,
                fiscal_code_pa: res.fiscal_code_pa,
                company_name: res.company_name,
                office_name: res.office_name,
            };
            Ok(reply(res.outcome, res.fault, Content::Verification(content)))
        }
        Operation::GetPayment => {
            let res: w::PaGetPaymentRes = parse(&text)?;
            let content = Content::Activation(res.data.map(activation_v1));
            Ok(reply(res.outcome, res.fault, content))
        }
        Operation::GetPaymentV2 => {
            let res: w::PaGetPaymentV2Response = parse(&text)?;
            let content = Content::Activation(res.data.map(activation_v2));
            Ok(reply(res.outcome, res.fault, content))
        }
        Operation::SendRt => {
            let res: w::PaSendRtRes = parse(&text)?;
            Ok(reply(res.outcome, res.fault, Content::None))
        }
        Operation::SendRtV2 => {
            let res: w::PaSendRtV2Response = parse(&text)?;
            Ok(reply(res.outcome, res.fault, Content::None))
        }
    }
}

fn parse<E: Element>(text: &str) -> Result<E, String> {
    soap::envelope::parse_reply(text, Mode::Strict).map_err(|e: ReplyError| e.to_string())
}

fn reply(outcome: w::Outcome, fault: Option<w::CtFaultBean>, content: Content) -> Reply {
    Reply {
        ok: outcome == w::Outcome::Ok,
        fault: fault.map(|f| Fault {
            code: f.fault_code,
            string: f.fault_string,
            id: f.id,
            description: f.description,
        }),
        content,
    }
}

fn activation_v1(data: w::CtPaymentPa) -> Activation {
    let transfer = |t: w::CtTransferPa| TransferPart {
        id: t.id_transfer,
        amount: t.transfer_amount,
        fiscal_code: t.fiscal_code_pa,
        company_name: None,
        payee: Payee::Iban(t.iban),
        remittance: t.remittance_information,
        category: t.transfer_category,
        metadata: t.metadata,
    };
    Activation {
        creditor_reference: data.creditor_reference_id,
        amount: data.payment_amount,
        description: data.description,
        company_name: data.company_name,
        office_name: data.office_name,
        debtor: data.debtor,
        transfers: data.transfer_list.transfers.into_iter().map(transfer).collect(),
        metadata: data.metadata,
    }
}

fn activation_v2(data: w::CtPaymentPaV2) -> Activation {
    let transfer = |t: w::CtTransferPaV2| TransferPart {
        id: t.id_transfer,
        amount: t.transfer_amount,
        fiscal_code: t.fiscal_code_pa,
        company_name: t.company_name,
        payee: match t.target {
            w::TransferTarget::Iban(iban) => Payee::Iban(iban),
            w::TransferTarget::Stamp(stamp) => Payee::Stamp { hash: stamp.hash_documento },
        },
        remittance: t.remittance_information,
        category: t.transfer_category,
        metadata: t.metadata,
    };
    Activation {
        creditor_reference: data.creditor_reference_id,
        amount: data.payment_amount,
        description: data.description,
        company_name: Some(data.company_name),
        office_name: data.office_name,
        debtor: data.debtor,
        transfers: data.transfer_list.transfers.into_iter().map(transfer).collect(),
        metadata: data.metadata,
    }
}
