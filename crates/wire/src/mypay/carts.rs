//! Immediate payment: `paaSILInviaDovuti`, `paaSILInviaCarrelloDovuti`, `paaSILVerificaAvviso`
//! (`mypay-soap.md` §6.1–§6.3).

use soap::{Base64, Int, Text, complex};

use super::{FaultBean, HashSha256, ListaDovutiEntiSecondari, SCHEMA, ShowMyPay, StPassword, StText35};

complex! { in SCHEMA;
    /// Hands over a cart of one body. Header required.
    pub struct PaaSilInviaDovuti: element "paaSILInviaDovuti" {
        /// Password of the body.
        password: opt StPassword = "password",
        /// Document `Dovuti`; empty = missing.
        dovuti: one Base64 = "dovuti",
        /// Where the payer goes afterwards.
        ente_sil_invia_risposta_pagamento_url: opt Text = "enteSILInviaRispostaPagamentoUrl" default "",
        /// Whether the payer sees the cart; absent or unknown means `SHORT`.
        show_my_pay: opt ShowMyPay = "showMyPay",
    }

    /// Answer to `paaSILInviaDovuti`.
    #[derive(Default)]
    pub struct PaaSilInviaDovutiRisposta: element "paaSILInviaDovutiRisposta" {
        /// Why not.
        fault: opt FaultBean = "fault",
        /// `OK` or `KO`.
        esito: opt Text = "esito",
        /// Session to ask the outcome with.
        id_session: opt Text = "idSession",
        /// `1`: send the payer to `url`.
        redirect: opt Int = "redirect" default "0",
        /// Where the payer goes now.
        url: opt Text = "url" default "",
    }

    /// Hands over a cart of several bodies. Header required.
    pub struct PaaSilInviaCarrelloDovuti: element "paaSILInviaCarrelloDovuti" {
        /// Password of the body in the header.
        password: nominal StPassword = "password",
        /// The documents.
        lista_dovuti: nominal ListaDovuti = "listaDovuti",
        /// Shares of second beneficiaries.
        lista_dovuti_enti_secondari: opt ListaDovutiEntiSecondari = "listaDovutiEntiSecondari",
        /// Where the payer goes afterwards.
        ente_sil_invia_risposta_pagamento_url: opt Text = "enteSILInviaRispostaPagamentoUrl" default "",
    }

    /// Documents of several bodies.
    pub struct ListaDovuti: type "ctListaDovuti" {
        /// At least one.
        elementi: many[1..] ElementoListaDovuti = "elementoListaDovuti",
    }

    /// The document of a body.
    pub struct ElementoListaDovuti: type "ctElementoListaDovuti" {
        /// IPA code.
        cod_ipa_ente: one StText35 = "codIpaEnte",
        /// Digest that authorises (`mypay-soap.md` §2.3).
        password: one HashSha256 = "password",
        /// Document `Dovuti`; empty = missing.
        dovuti: one Base64 = "dovuti",
    }

    /// Answer to `paaSILInviaCarrelloDovuti`.
    #[derive(Default)]
    pub struct PaaSilInviaCarrelloDovutiRisposta: element "paaSILInviaCarrelloDovutiRisposta" {
        /// Why not.
        fault: opt FaultBean = "fault",
        /// `OK` or `KO`.
        esito: opt Text = "esito",
        /// Session to ask the outcome with.
        id_session_carrello: opt Text = "idSessionCarrello",
        /// `1`: send the payer to `url`.
        redirect: opt Int = "redirect" default "0",
        /// Where the payer goes now.
        url: opt Text = "url" default "",
    }

    /// Starts the payment of an existing notice. Header required.
    pub struct PaaSilVerificaAvviso: element "paaSILVerificaAvviso" {
        /// Password of the body.
        password: opt StPassword = "password",
        /// IUV as stored.
        identificativo_univoco_versamento: one StText35 = "identificativoUnivocoVersamento",
        /// Where the payer goes afterwards.
        ente_sil_invia_risposta_pagamento_url: opt Text = "enteSILInviaRispostaPagamentoUrl" default "",
    }

    /// Answer to `paaSILVerificaAvviso`.
    #[derive(Default)]
    pub struct PaaSilVerificaAvvisoRisposta: element "paaSILVerificaAvvisoRisposta" {
        /// Why not.
        fault: opt FaultBean = "fault",
        /// `OK` or `KO`.
        esito: opt Text = "esito",
        /// Session to ask the outcome with.
        id_session: opt Text = "idSession",
        /// `1`: send the payer to `url`.
        redirect: opt Int = "redirect" default "0",
        /// Where the payer goes now.
        url: opt Text = "url" default "",
    }
}
