//! Outcomes: `paaSILChiediPagati`, `paaSILChiediPagatiConRicevuta`,
//! `paaSILChiediEsitoCarrelloDovuti` (`mypay-soap.md` §6.4–§6.6).

use soap::{Base64, Text, complex};

use super::{FaultBean, SCHEMA, StPassword, StText35};

complex! { in SCHEMA;
    /// Asks the outcome of a session.
    pub struct PaaSilChiediPagati: element "paaSILChiediPagati" {
        /// IPA code.
        cod_ipa_ente: one StText35 = "codIpaEnte",
        /// Password of the body.
        password: opt StPassword = "password",
        /// The session.
        id_session: one Text = "idSession",
    }

    /// Answer to `paaSILChiediPagati`. A fault may be a state: `PAA_PAGAMENTO_…`.
    #[derive(Default)]
    pub struct PaaSilChiediPagatiRisposta: element "paaSILChiediPagatiRisposta" {
        /// Why not, or not yet.
        fault: opt FaultBean = "fault",
        /// Document `Pagati` **already in base64**: clients decode twice (`mypay-soap.md` §7.8).
        pagati: opt Base64 = "pagati",
    }

    /// Asks the outcome by exactly one of session, IUV, IUD.
    pub struct PaaSilChiediPagatiConRicevuta: element "paaSILChiediPagatiConRicevuta" {
        /// IPA code.
        cod_ipa_ente: one StText35 = "codIpaEnte",
        /// Password of the body.
        password: opt StPassword = "password",
        /// The session.
        id_session: opt Text = "idSession",
        /// The IUV.
        identificativo_univoco_versamento: opt StText35 = "identificativoUnivocoVersamento",
        /// The IUD.
        identificativo_univoco_dovuto: opt StText35 = "identificativoUnivocoDovuto",
    }

    /// Answer to `paaSILChiediPagatiConRicevuta`.
    #[derive(Default)]
    pub struct PaaSilChiediPagatiConRicevutaRisposta: element "paaSILChiediPagatiConRicevutaRisposta" {
        /// Why not, or not yet.
        fault: opt FaultBean = "fault",
        /// Document `PagatiConRicevuta` **already in base64**: clients decode twice.
        pagati: opt Base64 = "pagati",
        /// Kind of signature of old receipts.
        tipo_firma: opt Text = "tipoFirma",
        /// The receipt as received from the node, in base64 once.
        rt: opt Base64 = "rt",
    }

    /// Asks the outcome of a cart of several bodies.
    pub struct PaaSilChiediEsitoCarrelloDovuti: element "paaSILChiediEsitoCarrelloDovuti" {
        /// IPA code.
        cod_ipa_ente: one StText35 = "codIpaEnte",
        /// Password of the body.
        password: opt StPassword = "password",
        /// The session.
        id_session_carrello: one Text = "idSessionCarrello",
    }

    /// Answer to `paaSILChiediEsitoCarrelloDovuti`.
    #[derive(Default)]
    pub struct PaaSilChiediEsitoCarrelloDovutiRisposta: element "paaSILChiediEsitoCarrelloDovutiRisposta" {
        /// Why not.
        fault: opt FaultBean = "fault",
        /// The outcomes.
        lista_carrelli: nominal ListaCarrelli = "listaCarrelli",
    }

    /// Outcomes of carts.
    pub struct ListaCarrelli: type "ctListaCarrelli" {
        /// At least one.
        risposte: many[1..] RispostaCarrello = "rispostaCarrello",
    }

    /// Outcome of a cart.
    #[derive(Default)]
    pub struct RispostaCarrello: type "ctRispostaCarrello" {
        /// State, code or description.
        esito: one Text = "esito",
        /// IPA code.
        cod_ipa_ente: one StText35 = "codIpaEnte",
        /// Never filled by MyPay.
        cod_identificativo_univoco_carrello: nominal StText35 = "codIdentificativoUnivocoCarrello",
        /// Document `PagatiConRicevuta` **already in base64**: clients decode twice.
        pagati: opt Base64 = "pagati",
        /// The receipt as received from the node, in base64 once.
        rt: opt Base64 = "rt",
    }
}
