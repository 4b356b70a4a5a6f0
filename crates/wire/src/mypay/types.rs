//! Header, fault and types shared by several messages (`mypay-soap.md` §1.5, §3, §4).

use soap::{Base64, Facets, Int, Text, complex, enumeration, simple};

use super::{HEADER_SCHEMA, SCHEMA};

simple! { in HEADER_SCHEMA;
    /// Text of 1 to 35 characters.
    pub StHeaderText35 = "stText35": Text, Facets::NONE.lengths(1, 35);
}

simple! { in SCHEMA;
    /// Text of 1 to 35 characters.
    pub StText35 = "stText35": Text, Facets::NONE.lengths(1, 35);
    /// Text of 1 to 35 characters, whatever its name says (`mypay-soap.md` §3).
    pub StText100 = "stText100": Text, Facets::NONE.lengths(1, 35);
    /// Password of a body.
    pub StPassword = "stPassword": Text, Facets::NONE.lengths(8, 15);
    /// Digest that stands for a password (`mypay-soap.md` §2.3).
    pub HashSha256 = "hashSHA256": Text, Facets::NONE.lengths(64, 64);
}

enumeration! { in SCHEMA;
    /// Whether the payer sees MyPay's cart. `SHORT` contradicts the length facet of the original:
    /// one more reason to read leniently.
    pub enum ShowMyPay = "stShowMyPay", max_length(4) {
        /// The payer sees the cart and confirms.
        Short = "SHORT",
        /// Straight to the national payment page.
        None = "NONE",
    }
}

complex! { in HEADER_SCHEMA;
    /// Names the calling body.
    pub struct IntestazionePpt: element "intestazionePPT" {
        /// IPA code.
        cod_ipa_ente: one StHeaderText35 = "codIpaEnte",
    }
}

complex! { in SCHEMA;
    /// A business error; travels with HTTP 200, before any other child (`mypay-soap.md` §4.2).
    pub struct FaultBean: type "faultBean" {
        /// `PAA_…` code.
        fault_code: one Text = "faultCode",
        /// Message.
        fault_string: one Text = "faultString",
        /// IPA code of the request.
        id: one Text = "id",
        /// What exactly is wrong.
        description: opt Text = "description",
        /// Rarely filled.
        serial: opt Int = "serial",
        /// Never used here.
        original_fault_code: opt Text = "originalFaultCode",
        /// Never used here.
        original_fault_string: opt Text = "originalFaultString",
        /// Never used here.
        original_description: opt Text = "originalDescription",
    }

    /// Shares of second beneficiaries.
    pub struct ListaDovutiEntiSecondari: type "ctListaDovutiEntiSecondari" {
        /// At least one; the service accepts one.
        elementi: many[1..] ElementoListaDovutiEntiSecondari = "elementoListaDovutiEntiSecondari",
    }

    /// The share of a second beneficiary.
    pub struct ElementoListaDovutiEntiSecondari: type "ctElementoListaDovutiEntiSecondari" {
        /// Document `DovutiEntiSecondari`.
        dovuti_enti_secondari: one Base64 = "dovutiEntiSecondari",
    }
}

impl FaultBean {
    /// A fault with its three required elements.
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

    /// The same fault with a serial.
    #[must_use]
    pub fn with_serial(mut self, serial: i32) -> Self {
        self.serial = Some(serial);
        self
    }
}
