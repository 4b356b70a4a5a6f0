//! Types shared by several messages (`pagopa.md` §1.2).

use soap::{Amount, Base64, Facets, Int, Text, complex, enumeration, simple};

use super::SCHEMA;

simple! { in SCHEMA;
    /// Text of 1 to 16 characters.
    pub StText16 = "stText16": Text, Facets::NONE.lengths(1, 16);
    /// Text of 1 to 20 characters.
    pub StText20 = "stText20": Text, Facets::NONE.lengths(1, 20);
    /// Text of 1 to 35 characters.
    pub StText35 = "stText35": Text, Facets::NONE.lengths(1, 35);
    /// Text of 1 to 70 characters.
    pub StText70 = "stText70": Text, Facets::NONE.lengths(1, 70);
    /// Text of 1 to 140 characters.
    pub StText140 = "stText140": Text, Facets::NONE.lengths(1, 140);
    /// Text of 1 to 210 characters.
    pub StText210 = "stText210": Text, Facets::NONE.lengths(1, 210);
    /// Fiscal code of a public body: 11 digits.
    pub StFiscalCodePA = "stFiscalCodePA": Text, Facets::NONE.length(11).pattern("[0-9]{11}");
    /// Notice number: 18 digits.
    pub StNoticeNumber = "stNoticeNumber": Text, Facets::NONE.pattern("[0-9]{18}");
    /// Amount, zero included.
    pub StAmount = "stAmount": Amount, Facets::NONE.pattern(r"\d+\.\d{2}").max("999999999.99");
    /// Amount of at least one cent.
    pub StAmountNotZero = "stAmountNotZero": Amount,
        Facets::NONE.pattern(r"\d+\.\d{2}").min("0.01").max("999999999.99");
    /// IBAN, by length only.
    pub StIban = "stIBAN": Text, Facets::NONE.lengths(1, 35);
    /// Position of a transfer, 1 to 5.
    pub StIdTransfer = "stIdTransfer": Int, Facets::NONE.enumeration(&["1", "2", "3", "4", "5"]);
    /// Country, ISO 3166-1 alpha-2.
    pub StNazione = "stNazioneProvincia": Text, Facets::NONE.pattern("[A-Z]{2,2}");
    /// E-mail address.
    pub StEMail = "stEMail": Text, Facets::NONE
        .pattern(r"[a-zA-Z0-9_\.\+\-]+@[a-zA-Z0-9\-]+(\.[a-zA-Z0-9\-]+)*").max_length(256);
    /// Tax code of a person; `ANONIMO` where unknown.
    pub StEntityUniqueIdentifierValue = "stEntityUniqueIdentifierValue": Text,
        Facets::NONE.lengths(2, 16);
    /// Identifier of a service of the catalogue, or of the body that offers it.
    pub StServizio = "stServizio": Text, Facets::NONE.length(5);
    /// Digest of the document that a digital stamp is for: 4 to 72 characters of base64.
    pub StHashDocumento = "stHashDocumento": Base64, Facets::NONE.pattern(".{4,72}");
}

enumeration! { in SCHEMA;
    /// Outcome of an answer, and of the payment that a receipt proves.
    pub enum Outcome = "stOutcome" {
        /// Done.
        Ok = "OK",
        /// Not done.
        Ko = "KO",
    }
    /// Kind of person.
    pub enum PersonType = "stEntityUniqueIdentifierType", length(1) {
        /// Natural person (persona fisica).
        Natural = "F",
        /// Legal person (persona giuridica).
        Legal = "G",
    }
    /// How the amount paid may differ from the one shown; we only use `EQ`.
    pub enum AmountOption = "stAmountOption" {
        /// Exactly that amount.
        Exact = "EQ",
        /// Less.
        Less = "LS",
        /// More.
        Greater = "GT",
        /// Any.
        Any = "ANY",
    }
    /// Which account the payer's channel can credit (`pagopa.md` §1.4).
    pub enum TransferType = "stTransferType" {
        /// A postal account: answer with the postal IBAN.
        Postal = "POSTAL",
        /// Any account.
        PagoPa = "PAGOPA",
    }
    /// Kind of digital stamp.
    pub enum StampType = "stTipoBollo", length(2) {
        /// Duty stamp (imposta di bollo).
        DutyStamp = "01",
    }
}

complex! { in SCHEMA;
    /// A business error; travels with HTTP 200 inside the response (`pagopa.md` §1.7).
    pub struct CtFaultBean: type "ctFaultBean" {
        /// `PAA_…` code.
        fault_code: one Text = "faultCode",
        /// Short text of the code.
        fault_string: one Text = "faultString",
        /// Who reports it: the body or the intermediary.
        id: one Text = "id",
        /// What exactly is wrong.
        description: opt Text = "description",
        /// Position of the culprit in a list.
        serial: opt Int = "serial",
        /// Used by the node towards PSPs only.
        original_fault_code: opt Text = "originalFaultCode",
        /// Used by the node towards PSPs only.
        original_fault_string: opt Text = "originalFaultString",
        /// Used by the node towards PSPs only.
        original_description: opt Text = "originalDescription",
    }

    /// A notice, as its QR code names it.
    pub struct CtQrCode: type "ctQrCode" {
        /// Fiscal code of the creditor body.
        fiscal_code: one StFiscalCodePA = "fiscalCode",
        /// Notice number (NAV).
        notice_number: one StNoticeNumber = "noticeNumber",
    }

    /// Tax code of a person.
    pub struct CtEntityUniqueIdentifier: type "ctEntityUniqueIdentifier" {
        /// Natural or legal.
        kind: one PersonType = "entityUniqueIdentifierType",
        /// Tax code, or `ANONIMO`.
        value: one StEntityUniqueIdentifierValue = "entityUniqueIdentifierValue",
    }

    /// Debtor or payer.
    pub struct CtSubject: type "ctSubject" {
        /// Who.
        unique_identifier: one CtEntityUniqueIdentifier = "uniqueIdentifier",
        /// Name and surname, or company name.
        full_name: one StText70 = "fullName",
        /// Street.
        street_name: opt StText70 = "streetName",
        /// Number in the street.
        civic_number: opt StText16 = "civicNumber",
        /// CAP.
        postal_code: opt StText16 = "postalCode",
        /// Municipality.
        city: opt StText35 = "city",
        /// Province.
        state_province_region: opt StText35 = "stateProvinceRegion",
        /// Country, ISO 3166-1 alpha-2.
        country: opt StNazione = "country",
        /// E-mail address.
        email: opt StEMail = "e-mail",
    }

    /// One entry of free data.
    pub struct CtMapEntry: type "ctMapEntry" {
        /// Its key, such as `IBANAPPOGGIO`.
        key: one StText140 = "key",
        /// Its value.
        value: one StText140 = "value",
    }

    /// Free data.
    pub struct CtMetadata: type "ctMetadata" {
        /// The entries.
        entries: many[1..15] CtMapEntry = "mapEntry",
    }
}

impl CtFaultBean {
    /// A fault with its three required elements; `id` is the body's or the intermediary's code.
    #[must_use]
    pub fn new(code: impl Into<String>, string: impl Into<String>, id: impl Into<String>) -> Self {
        Self {
            fault_code: code.into(),
            fault_string: string.into(),
            id: id.into(),
            description: None,
            serial: None,
            original_fault_code: None,
            original_fault_string: None,
            original_description: None,
        }
    }

    /// The same fault with a description.
    #[must_use]
    pub fn with_description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }
}
