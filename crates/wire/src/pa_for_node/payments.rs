//! Activating a payment: `paGetPayment`, `paGetPaymentV2` (`pagopa.md` §1.4).

use soap::{Bool, Date, Moment, choice, complex};

use super::{
    CtFaultBean, CtMetadata, CtQrCode, CtSubject, Outcome, SCHEMA, StAmount, StAmountNotZero, StFiscalCodePA,
    StHashDocumento, StIban, StIdTransfer, StNazione, StText35, StText140, StText210, StampType,
    TransferType,
};

choice! { in SCHEMA;
    /// Where the money of a transfer goes.
    pub enum TransferTarget {
        /// To an account.
        Iban(StIban) = "IBAN",
        /// To the revenue agency, for a digital stamp.
        Stamp(CtRichiestaMarcaDaBollo) = "richiestaMarcaDaBollo",
    }
}

complex! { in SCHEMA;
    /// A digital stamp to be bought.
    pub struct CtRichiestaMarcaDaBollo: type "ctRichiestaMarcaDaBollo" {
        /// Digest of the document that it is for.
        hash_documento: one StHashDocumento = "hashDocumento",
        /// Kind of stamp.
        tipo_bollo: one StampType = "tipoBollo",
        /// Province where the debtor lives.
        provincia_residenza: one StNazione = "provinciaResidenza",
    }

    /// A transfer, first version.
    pub struct CtTransferPa: type "ctTransferPA" {
        /// Position, 1 to 5.
        id_transfer: one StIdTransfer = "idTransfer",
        /// Amount.
        transfer_amount: one StAmountNotZero = "transferAmount",
        /// Fiscal code of the beneficiary body.
        fiscal_code_pa: one StFiscalCodePA = "fiscalCodePA",
        /// Account to credit.
        iban: one StIban = "IBAN",
        /// Remittance information.
        remittance_information: one StText140 = "remittanceInformation",
        /// Taxonomy code.
        transfer_category: one StText140 = "transferCategory",
        /// Free data.
        metadata: opt CtMetadata = "metadata",
    }

    /// A transfer, second version.
    pub struct CtTransferPaV2: type "ctTransferPAV2" {
        /// Position, 1 to 5.
        id_transfer: one StIdTransfer = "idTransfer",
        /// Amount.
        transfer_amount: one StAmountNotZero = "transferAmount",
        /// Fiscal code of the beneficiary body.
        fiscal_code_pa: one StFiscalCodePA = "fiscalCodePA",
        /// Name of the beneficiary body.
        company_name: opt StText140 = "companyName",
        /// Account or digital stamp.
        target: choice TransferTarget,
        /// Remittance information.
        remittance_information: one StText140 = "remittanceInformation",
        /// Taxonomy code.
        transfer_category: one StText140 = "transferCategory",
        /// Free data, such as the postal account under the key `IBANAPPOGGIO`.
        metadata: opt CtMetadata = "metadata",
    }

    /// The transfers of a payment, first version. Their sum is the payment's amount.
    pub struct CtTransferListPa: type "ctTransferListPA" {
        /// The transfers.
        transfers: many[1..5] CtTransferPa = "transfer",
    }

    /// The transfers of a payment, second version. Their sum is the payment's amount.
    pub struct CtTransferListPaV2: type "ctTransferListPAV2" {
        /// The transfers.
        transfers: many[1..5] CtTransferPaV2 = "transfer",
    }

    /// A payment to be made, first version.
    pub struct CtPaymentPa: type "ctPaymentPA" {
        /// IUV.
        creditor_reference_id: one StText35 = "creditorReferenceId",
        /// Total.
        payment_amount: one StAmountNotZero = "paymentAmount",
        /// Due date.
        due_date: one Date = "dueDate",
        /// Ignored by the platform.
        retention_date: opt Moment = "retentionDate",
        /// Ignored by the platform.
        last_payment: opt Bool = "lastPayment",
        /// Reason, without personal data.
        description: one StText140 = "description",
        /// Name of the creditor body.
        company_name: opt StText140 = "companyName",
        /// Office of the creditor body.
        office_name: opt StText140 = "officeName",
        /// Who owes.
        debtor: one CtSubject = "debtor",
        /// Where the money goes.
        transfer_list: one CtTransferListPa = "transferList",
        /// Free data.
        metadata: opt CtMetadata = "metadata",
    }

    /// A payment to be made, second version.
    pub struct CtPaymentPaV2: type "ctPaymentPAV2" {
        /// IUV.
        creditor_reference_id: one StText35 = "creditorReferenceId",
        /// Total.
        payment_amount: one StAmountNotZero = "paymentAmount",
        /// Due date.
        due_date: one Date = "dueDate",
        /// Ignored by the platform.
        retention_date: opt Moment = "retentionDate",
        /// Ignored by the platform.
        last_payment: opt Bool = "lastPayment",
        /// Reason, without personal data.
        description: one StText140 = "description",
        /// Name of the creditor body.
        company_name: one StText140 = "companyName",
        /// Office of the creditor body.
        office_name: opt StText140 = "officeName",
        /// Who owes.
        debtor: one CtSubject = "debtor",
        /// Where the money goes.
        transfer_list: one CtTransferListPaV2 = "transferList",
        /// Free data.
        metadata: opt CtMetadata = "metadata",
    }

    /// Asks for the data of a payment that begins, first version.
    pub struct PaGetPaymentReq: element "paGetPaymentReq" {
        /// Fiscal code of the creditor body.
        id_pa: one StText35 = "idPA",
        /// Fiscal code of the intermediary.
        id_broker_pa: one StText35 = "idBrokerPA",
        /// Station that serves the body.
        id_station: one StText35 = "idStation",
        /// The notice.
        qr_code: one CtQrCode = "qrCode",
        /// Amount that the payer saw; informative.
        amount: opt StAmount = "amount",
        /// For carts, the `idCart` that the body gave.
        payment_note: opt StText210 = "paymentNote",
        /// Which account the payer's channel can credit.
        transfer_type: opt TransferType = "transferType",
        /// Due date that the payer saw.
        due_date: opt Date = "dueDate",
    }

    /// Answer to `paGetPayment`.
    pub struct PaGetPaymentRes: element "paGetPaymentRes" {
        /// Outcome.
        outcome: one Outcome = "outcome",
        /// Why not, when `KO`.
        fault: opt CtFaultBean = "fault",
        /// The payment, when `OK`.
        data: opt CtPaymentPa = "data",
    }

    /// Asks for the data of a payment that begins, second version.
    pub struct PaGetPaymentV2Request: element "paGetPaymentV2Request" {
        /// Fiscal code of the creditor body.
        id_pa: one StText35 = "idPA",
        /// Fiscal code of the intermediary.
        id_broker_pa: one StText35 = "idBrokerPA",
        /// Station that serves the body.
        id_station: one StText35 = "idStation",
        /// The notice.
        qr_code: one CtQrCode = "qrCode",
        /// Amount that the payer saw; informative.
        amount: opt StAmount = "amount",
        /// For carts, the `idCart` that the body gave.
        payment_note: opt StText210 = "paymentNote",
        /// Which account the payer's channel can credit.
        transfer_type: opt TransferType = "transferType",
        /// Due date that the payer saw.
        due_date: opt Date = "dueDate",
    }

    /// Answer to `paGetPaymentV2`.
    pub struct PaGetPaymentV2Response: element "paGetPaymentV2Response" {
        /// Outcome.
        outcome: one Outcome = "outcome",
        /// Why not, when `KO`.
        fault: opt CtFaultBean = "fault",
        /// The payment, when `OK`.
        data: opt CtPaymentPaV2 = "data",
    }
}

impl PaGetPaymentRes {
    /// The payment.
    #[must_use]
    pub fn ok(data: CtPaymentPa) -> Self {
        Self { outcome: Outcome::Ok, fault: None, data: Some(data) }
    }

    /// A refusal.
    #[must_use]
    pub fn ko(fault: CtFaultBean) -> Self {
        Self { outcome: Outcome::Ko, fault: Some(fault), data: None }
    }
}

impl PaGetPaymentV2Response {
    /// The payment.
    #[must_use]
    pub fn ok(data: CtPaymentPaV2) -> Self {
        Self { outcome: Outcome::Ok, fault: None, data: Some(data) }
    }

    /// A refusal.
    #[must_use]
    pub fn ko(fault: CtFaultBean) -> Self {
        Self { outcome: Outcome::Ko, fault: Some(fault), data: None }
    }
}

/// Both versions ask the same.
impl From<PaGetPaymentReq> for PaGetPaymentV2Request {
    fn from(v1: PaGetPaymentReq) -> Self {
        Self {
            id_pa: v1.id_pa,
            id_broker_pa: v1.id_broker_pa,
            id_station: v1.id_station,
            qr_code: v1.qr_code,
            amount: v1.amount,
            payment_note: v1.payment_note,
            transfer_type: v1.transfer_type,
            due_date: v1.due_date,
        }
    }
}
