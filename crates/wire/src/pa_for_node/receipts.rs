//! Receipts: `paSendRT`, `paSendRTV2` (`pagopa.md` §1.5).

use soap::{Base64, Bool, Date, Moment, Text, choice, complex};

use super::{
    CtFaultBean, CtMetadata, CtSubject, Outcome, SCHEMA, StAmount, StAmountNotZero, StFiscalCodePA, StIban,
    StIdTransfer, StNoticeNumber, StText20, StText35, StText70, StText140, StText210,
};

choice! { in SCHEMA;
    /// Where the money of a transfer went.
    pub enum ReceiptTarget {
        /// To an account.
        Iban(StIban) = "IBAN",
        /// To the revenue agency: the digital stamp bought, as signed XML.
        Stamp(Base64) = "MBDAttachment",
    }
}

complex! { in SCHEMA;
    /// A transfer of a receipt, first version.
    pub struct CtTransferPaReceipt: type "ctTransferPAReceipt" {
        /// Position, 1 to 5.
        id_transfer: one StIdTransfer = "idTransfer",
        /// Amount.
        transfer_amount: one StAmountNotZero = "transferAmount",
        /// Fiscal code of the beneficiary body.
        fiscal_code_pa: one StFiscalCodePA = "fiscalCodePA",
        /// Account credited.
        iban: one StIban = "IBAN",
        /// Remittance information.
        remittance_information: one StText140 = "remittanceInformation",
        /// Taxonomy code.
        transfer_category: one StText140 = "transferCategory",
        /// Free data.
        metadata: opt CtMetadata = "metadata",
    }

    /// A transfer of a receipt, second version.
    pub struct CtTransferPaReceiptV2: type "ctTransferPAReceiptV2" {
        /// Position, 1 to 5.
        id_transfer: one StIdTransfer = "idTransfer",
        /// Amount.
        transfer_amount: one StAmountNotZero = "transferAmount",
        /// Fiscal code of the beneficiary body.
        fiscal_code_pa: one StFiscalCodePA = "fiscalCodePA",
        /// Name of the beneficiary body.
        company_name: opt StText140 = "companyName",
        /// Account or digital stamp.
        target: choice ReceiptTarget,
        /// Remittance information.
        remittance_information: one StText140 = "remittanceInformation",
        /// Taxonomy code.
        transfer_category: one StText140 = "transferCategory",
        /// Free data.
        metadata: opt CtMetadata = "metadata",
    }

    /// The transfers of a receipt, first version.
    pub struct CtTransferListPaReceipt: type "ctTransferListPAReceipt" {
        /// The transfers.
        transfers: many[1..5] CtTransferPaReceipt = "transfer",
    }

    /// The transfers of a receipt, second version.
    pub struct CtTransferListPaReceiptV2: type "ctTransferListPAReceiptV2" {
        /// The transfers.
        transfers: many[1..5] CtTransferPaReceiptV2 = "transfer",
    }

    /// A receipt, first version.
    pub struct CtReceipt: type "ctReceipt" {
        /// Payment token; identifies the receipt, and is its IUR.
        receipt_id: one Text = "receiptId",
        /// Notice number.
        notice_number: one StNoticeNumber = "noticeNumber",
        /// Fiscal code of the primary body, also when the receiver is a secondary one.
        fiscal_code: one StFiscalCodePA = "fiscalCode",
        /// Outcome; in practice always `OK`.
        outcome: one Outcome = "outcome",
        /// IUV.
        creditor_reference_id: one StText35 = "creditorReferenceId",
        /// Total paid, fee excluded.
        payment_amount: one StAmount = "paymentAmount",
        /// Reason.
        description: one StText140 = "description",
        /// Name of the creditor body.
        company_name: one StText140 = "companyName",
        /// Office of the creditor body.
        office_name: opt StText140 = "officeName",
        /// Who owed.
        debtor: one CtSubject = "debtor",
        /// Where the money went.
        transfer_list: one CtTransferListPaReceipt = "transferList",
        /// PSP.
        id_psp: one StText35 = "idPSP",
        /// Fiscal code of the PSP.
        psp_fiscal_code: opt StText70 = "pspFiscalCode",
        /// VAT number of the PSP.
        psp_partita_iva: opt StText20 = "pspPartitaIVA",
        /// Name of the PSP.
        psp_company_name: one StText70 = "PSPCompanyName",
        /// Channel of the PSP.
        id_channel: one StText35 = "idChannel",
        /// Kind of channel.
        channel_description: one StText35 = "channelDescription",
        /// Who paid.
        payer: opt CtSubject = "payer",
        /// How it was paid.
        payment_method: opt StText35 = "paymentMethod",
        /// Fee that the payer paid to the PSP.
        fee: opt StAmount = "fee",
        /// When it was paid.
        payment_date_time: opt Moment = "paymentDateTime",
        /// When the PSP booked it.
        application_date: opt Date = "applicationDate",
        /// When the PSP will credit it.
        transfer_date: opt Date = "transferDate",
        /// Free data.
        metadata: opt CtMetadata = "metadata",
        /// Whether paid while our station was in stand-in.
        stand_in: opt Bool = "standIn",
    }

    /// A receipt, second version.
    pub struct CtReceiptV2: type "ctReceiptV2" {
        /// Payment token; identifies the receipt, and is its IUR.
        receipt_id: one Text = "receiptId",
        /// Notice number.
        notice_number: one StNoticeNumber = "noticeNumber",
        /// Fiscal code of the primary body, also when the receiver is a secondary one.
        fiscal_code: one StFiscalCodePA = "fiscalCode",
        /// Outcome; in practice always `OK`.
        outcome: one Outcome = "outcome",
        /// IUV.
        creditor_reference_id: one StText35 = "creditorReferenceId",
        /// Total paid, fee excluded.
        payment_amount: one StAmount = "paymentAmount",
        /// Reason.
        description: one StText140 = "description",
        /// Name of the creditor body.
        company_name: one StText140 = "companyName",
        /// Office of the creditor body.
        office_name: opt StText140 = "officeName",
        /// Who owed.
        debtor: one CtSubject = "debtor",
        /// Where the money went.
        transfer_list: one CtTransferListPaReceiptV2 = "transferList",
        /// PSP.
        id_psp: one StText35 = "idPSP",
        /// Fiscal code of the PSP.
        psp_fiscal_code: opt StText70 = "pspFiscalCode",
        /// VAT number of the PSP.
        psp_partita_iva: opt StText20 = "pspPartitaIVA",
        /// Name of the PSP.
        psp_company_name: one StText70 = "PSPCompanyName",
        /// Channel of the PSP.
        id_channel: one StText35 = "idChannel",
        /// Kind of channel.
        channel_description: one StText35 = "channelDescription",
        /// Who paid.
        payer: opt CtSubject = "payer",
        /// How it was paid.
        payment_method: opt StText35 = "paymentMethod",
        /// For carts, the `idCart` that the body gave.
        payment_note: opt StText210 = "paymentNote",
        /// Fee that the payer paid to the PSP.
        fee: opt StAmount = "fee",
        /// Fee that the primary body paid to the PSP.
        primary_ci_incurred_fee: opt StAmount = "primaryCiIncurredFee",
        /// Bundle of fees applied.
        id_bundle: opt StText70 = "idBundle",
        /// Bundle of the body applied.
        id_ci_bundle: opt StText70 = "idCiBundle",
        /// When it was paid.
        payment_date_time: opt Moment = "paymentDateTime",
        /// When the PSP booked it.
        application_date: opt Date = "applicationDate",
        /// When the PSP will credit it.
        transfer_date: opt Date = "transferDate",
        /// Free data.
        metadata: opt CtMetadata = "metadata",
        /// Whether paid while our station was in stand-in.
        stand_in: opt Bool = "standIn",
    }

    /// Hands over a receipt, first version.
    pub struct PaSendRtReq: element "paSendRTReq" {
        /// Fiscal code of the receiving body, primary or secondary.
        id_pa: one StText35 = "idPA",
        /// Fiscal code of the intermediary.
        id_broker_pa: one StText35 = "idBrokerPA",
        /// Station that serves the body.
        id_station: one StText35 = "idStation",
        /// The receipt.
        receipt: one CtReceipt = "receipt",
    }

    /// Answer to `paSendRT`.
    pub struct PaSendRtRes: element "paSendRTRes" {
        /// Outcome.
        outcome: one Outcome = "outcome",
        /// Why not, when `KO`.
        fault: opt CtFaultBean = "fault",
    }

    /// Hands over a receipt, second version.
    pub struct PaSendRtV2Request: element "paSendRTV2Request" {
        /// Fiscal code of the receiving body, primary or secondary.
        id_pa: one StText35 = "idPA",
        /// Fiscal code of the intermediary.
        id_broker_pa: one StText35 = "idBrokerPA",
        /// Station that serves the body.
        id_station: one StText35 = "idStation",
        /// The receipt.
        receipt: one CtReceiptV2 = "receipt",
    }

    /// Answer to `paSendRTV2`.
    pub struct PaSendRtV2Response: element "paSendRTV2Response" {
        /// Outcome.
        outcome: one Outcome = "outcome",
        /// Why not, when `KO`.
        fault: opt CtFaultBean = "fault",
    }
}

impl PaSendRtRes {
    /// Received.
    #[must_use]
    pub fn ok() -> Self {
        Self { outcome: Outcome::Ok, fault: None }
    }

    /// A refusal.
    #[must_use]
    pub fn ko(fault: CtFaultBean) -> Self {
        Self { outcome: Outcome::Ko, fault: Some(fault) }
    }
}

impl PaSendRtV2Response {
    /// Received.
    #[must_use]
    pub fn ok() -> Self {
        Self { outcome: Outcome::Ok, fault: None }
    }

    /// A refusal.
    #[must_use]
    pub fn ko(fault: CtFaultBean) -> Self {
        Self { outcome: Outcome::Ko, fault: Some(fault) }
    }
}
