//! Asking about a notice: `paVerifyPaymentNotice`, `paDemandPaymentNotice`.

use soap::{Base64, Bool, Date, complex};

use super::{
    AmountOption, CtFaultBean, CtQrCode, Outcome, SCHEMA, StAmountNotZero, StFiscalCodePA, StServizio,
    StText35, StText140,
};

complex! { in SCHEMA;
    /// What is to be paid under a notice. The schema allows one option only.
    pub struct CtPaymentOptionDescription: type "ctPaymentOptionDescriptionPA" {
        /// Amount due today.
        amount: one StAmountNotZero = "amount",
        /// Whether another amount may be paid.
        options: one AmountOption = "options",
        /// Due date. The node wants it in an OK answer.
        due_date: opt Date = "dueDate",
        /// Description of the option. The node wants it in an OK answer.
        detail_description: opt StText140 = "detailDescription",
        /// Whether every transfer can be credited to a postal account.
        all_ccp: one Bool = "allCCP",
    }

    /// The options of a notice.
    pub struct CtPaymentOptionsDescriptionList: type "ctPaymentOptionsDescriptionListPA" {
        /// The option.
        payment_option_description: one CtPaymentOptionDescription = "paymentOptionDescription",
    }

    /// Asks whether and how much is to be paid (`pagopa.md` §1.3).
    pub struct PaVerifyPaymentNoticeReq: element "paVerifyPaymentNoticeReq" {
        /// Fiscal code of the creditor body.
        id_pa: one StText35 = "idPA",
        /// Fiscal code of the intermediary.
        id_broker_pa: one StText35 = "idBrokerPA",
        /// Station that serves the body.
        id_station: one StText35 = "idStation",
        /// The notice.
        qr_code: one CtQrCode = "qrCode",
    }

    /// Answer to `paVerifyPaymentNotice`. When `OK`, all but `fault` and `office_name` is wanted.
    pub struct PaVerifyPaymentNoticeRes: element "paVerifyPaymentNoticeRes" {
        /// Outcome.
        outcome: one Outcome = "outcome",
        /// Why not, when `KO`.
        fault: opt CtFaultBean = "fault",
        /// What is to be paid.
        payment_list: opt CtPaymentOptionsDescriptionList = "paymentList",
        /// Reason of the payment.
        payment_description: opt StText140 = "paymentDescription",
        /// Fiscal code of the creditor body.
        fiscal_code_pa: opt StFiscalCodePA = "fiscalCodePA",
        /// Name of the creditor body.
        company_name: opt StText140 = "companyName",
        /// Office of the creditor body.
        office_name: opt StText140 = "officeName",
    }

    /// Asks for a notice made on the spot at a PSP (`pagopa.md` §1.6).
    pub struct PaDemandPaymentNoticeRequest: element "paDemandPaymentNoticeRequest" {
        /// Fiscal code of the creditor body.
        id_pa: one StText35 = "idPA",
        /// Fiscal code of the intermediary.
        id_broker_pa: one StText35 = "idBrokerPA",
        /// Station that serves the body.
        id_station: one StText35 = "idStation",
        /// Service of the catalogue.
        id_servizio: one StServizio = "idServizio",
        /// Body that offers it.
        id_soggetto_servizio: one StServizio = "idSoggettoServizio",
        /// XML document by the schema of the service.
        dati_specifici_servizio_request: one Base64 = "datiSpecificiServizioRequest",
    }

    /// Answer to `paDemandPaymentNotice`.
    pub struct PaDemandPaymentNoticeResponse: element "paDemandPaymentNoticeResponse" {
        /// Outcome.
        outcome: one Outcome = "outcome",
        /// Why not, when `KO`.
        fault: opt CtFaultBean = "fault",
        /// The notice made.
        qr_code: opt CtQrCode = "qrCode",
        /// What is to be paid.
        payment_list: opt CtPaymentOptionsDescriptionList = "paymentList",
        /// Reason of the payment.
        payment_description: opt StText140 = "paymentDescription",
        /// Fiscal code of the body to name when paying.
        fiscal_code_pa: opt StFiscalCodePA = "fiscalCodePA",
        /// Name of the creditor body.
        company_name: opt StText140 = "companyName",
        /// Office of the creditor body.
        office_name: opt StText140 = "officeName",
    }
}

impl PaVerifyPaymentNoticeRes {
    /// A refusal.
    #[must_use]
    pub fn ko(fault: CtFaultBean) -> Self {
        Self {
            outcome: Outcome::Ko,
            fault: Some(fault),
            payment_list: None,
            payment_description: None,
            fiscal_code_pa: None,
            company_name: None,
            office_name: None,
        }
    }
}

impl PaDemandPaymentNoticeResponse {
    /// A refusal.
    #[must_use]
    pub fn ko(fault: CtFaultBean) -> Self {
        Self {
            outcome: Outcome::Ko,
            fault: Some(fault),
            qr_code: None,
            payment_list: None,
            payment_description: None,
            fiscal_code_pa: None,
            company_name: None,
            office_name: None,
        }
    }
}
