//! Single positions: `paaSILImportaDovuto`, `paaSILRegistraPagamento`,
//! `paaSILChiediPosizioniAperte`, `paaSILChiediStoricoPagamenti`, `paaSILChiediAvvisiPendenti`
//! (`mypay-soap.md` §6.7, §6.15–§6.18).

use soap::{Base64, Bool, Date, Moment, Text, complex};

use super::{FaultBean, ListaDovutiEntiSecondari, SCHEMA, StPassword, StText35, StText100};
use crate::mypay_documents::{self as documents, PersonaRichiesta, StImporto, StIndice};

complex! { in SCHEMA;
    /// Inserts, changes, cancels or prints one debt. Header required.
    pub struct PaaSilImportaDovuto: element "paaSILImportaDovuto" {
        /// Password of the body.
        password: opt StPassword = "password",
        /// Document `Versamento`; empty = missing.
        dovuto: one Base64 = "dovuto",
        /// Whether an IUV is to be made.
        flag_genera_iuv: opt Bool = "flagGeneraIuv",
        /// Shares of second beneficiaries.
        lista_dovuti_enti_secondari: opt ListaDovutiEntiSecondari = "listaDovutiEntiSecondari",
    }

    /// Answer to `paaSILImportaDovuto`.
    #[derive(Default)]
    pub struct PaaSilImportaDovutoRisposta: element "paaSILImportaDovutoRisposta" {
        /// Why not.
        fault: opt FaultBean = "fault",
        /// `OK` or `KO`.
        esito: opt Text = "esito",
        /// IUV made by this call.
        identificativo_univoco_versamento: opt StText35 = "identificativoUnivocoVersamento",
        /// Where the notice can be downloaded.
        url_file_avviso: opt Text = "urlFileAvviso",
        /// The notice as ZIP with one PDF (`azione` `S`).
        base64_zip_avviso: opt Base64 = "base64ZipAvviso",
    }

    /// Tells that a debt was paid without receipt (outcome code 9 of a settlement flow).
    pub struct PaaSilRegistraPagamento: element "paaSILRegistraPagamento" {
        /// IPA code.
        cod_ipa_ente: one StText35 = "codIpaEnte",
        /// Password of the body.
        password: opt StPassword = "password",
        /// IUV.
        identificativo_univoco_versamento: one documents::StText35 = "identificativoUnivocoVersamento",
        /// Payment context.
        codice_contesto_pagamento: opt documents::StText35 = "codiceContestoPagamento",
        /// Amount paid.
        singolo_importo_pagato: nominal StImporto = "singoloImportoPagato",
        /// Day of the outcome.
        data_esito_singolo_pagamento: nominal Date = "dataEsitoSingoloPagamento",
        /// Position of the item, 1 to 5.
        indice_dati_singolo_pagamento: opt StIndice = "indiceDatiSingoloPagamento",
        /// IUR.
        identificativo_univoco_riscossione: one documents::StText35 = "identificativoUnivocoRiscossione",
        /// Kind of code of the PSP.
        tipo_istituto_attestante: one documents::StText1 = "tipoIstitutoAttestante",
        /// Code of the PSP.
        codice_istituti_attestante: one documents::StText35 = "codiceIstitutiAttestante",
        /// Name of the PSP.
        denominazione_attestante: one documents::StText70 = "denominazioneAttestante",
    }

    /// Answer to `paaSILRegistraPagamento`.
    #[derive(Default)]
    pub struct PaaSilRegistraPagamentoRisposta: element "paaSILRegistraPagamentoRisposta" {
        /// Why not.
        fault: opt FaultBean = "fault",
        /// `OK` or `KO`.
        esito: opt Text = "esito",
    }

    /// Asks the open positions of a person.
    pub struct PaaSilChiediPosizioniAperte: element "paaSILChiediPosizioniAperte" {
        /// Password of the platform's body.
        password: opt StPassword = "password",
        /// Only those of this body.
        cod_ipa_ente: opt StText35 = "codIpaEnte",
        /// The person; the children are qualified.
        identificativo_univoco_persona_fg: nominal PersonaRichiesta = "identificativoUnivocoPersonaFG",
    }

    /// Answer to `paaSILChiediPosizioniAperte`.
    #[derive(Default)]
    pub struct PaaSilChiediPosizioniAperteRisposta: element "paaSILChiediPosizioniAperteRisposta" {
        /// Why not.
        fault: opt FaultBean = "fault",
        /// The positions.
        posizioni: many[0..] PosizioneAperta = "paaSILPosizioniAperte",
    }

    /// An open position.
    pub struct PosizioneAperta: type "ctPaaSILPosizioniAperte" {
        /// IPA code.
        cod_ipa_ente: one StText35 = "codIpaEnte",
        /// Name of the body; longer ones than the schema allows do occur.
        de_nome_ente: one StText100 = "deNomeEnte",
        /// Where to pay; the caller must append `&backUrl=`.
        url_pagamento: opt Text = "urlPagamento",
        /// Document `Dovuti`, in base64 once.
        dovuti: one Base64 = "dovuti",
    }

    /// Asks the payments of a person in a period.
    pub struct PaaSilChiediStoricoPagamenti: element "paaSILChiediStoricoPagamenti" {
        /// Password of the platform's body.
        password: opt StPassword = "password",
        /// Only those of this body.
        cod_ipa_ente: opt StText35 = "codIpaEnte",
        /// The person; the children are qualified.
        identificativo_univoco_persona_fg: nominal PersonaRichiesta = "identificativoUnivocoPersonaFG",
        /// From.
        data_from: nominal Moment = "dataFrom",
        /// To; absent means now.
        data_to: opt Moment = "dataTo",
    }

    /// Answer to `paaSILChiediStoricoPagamenti`.
    #[derive(Default)]
    pub struct PaaSilChiediStoricoPagamentiRisposta: element "paaSILChiediStoricoPagamentiRisposta" {
        /// Why not.
        fault: opt FaultBean = "fault",
        /// End of the period actually used.
        date_to: nominal Moment = "dateTo",
        /// The payments.
        pagamenti: many[0..] StoricoPagamento = "paaSILStoricoPagamenti",
    }

    /// A payment of the past.
    pub struct StoricoPagamento: type "ctPaaSILStoricoPagamenti" {
        /// Document `PagatiConRicevuta`, in base64 once.
        pagati_con_ricevuta: opt Base64 = "ctPagatiConRicevuta",
        /// Where the receipt can be downloaded.
        url_download_rt: opt Text = "urlDownloadRT",
        /// The receipt as received from the node, in base64 once.
        rt: opt Base64 = "rt",
        /// IPA code.
        cod_ipa_ente: one StText35 = "codIpaEnte",
        /// Name of the body.
        de_nome_ente: one StText100 = "deNomeEnte",
    }

    /// Asks the pending notices; declared by MyPay, never implemented.
    pub struct PaaSilChiediAvvisiPendenti: element "paaSILChiediAvvisiPendenti" {
        /// Password of the body.
        password: opt StPassword = "password",
        /// IPA code.
        cod_ipa_ente: one StText35 = "codIpaEnte",
        /// From.
        date_from: nominal Date = "dateFrom",
        /// To.
        date_to: nominal Date = "dateTo",
    }

    /// Answer to `paaSILChiediAvvisiPendenti`.
    #[derive(Default)]
    pub struct PaaSilChiediAvvisiPendentiRisposta: element "paaSILChiediAvvisiPendentiRisposta" {
        /// Why not.
        fault: opt FaultBean = "fault",
        /// The notices.
        avvisi: many[0..] AvvisoPendente = "paaSILAvvisoPendente",
    }

    /// A pending notice.
    pub struct AvvisoPendente: type "ctPaaSILAvvisoPendente" {
        /// When its IUV was made.
        dt_creazione_cod_iuv: one Date = "dtCreazioneCodIuv",
        /// Document `Dovuti`, in base64 once.
        dovuti: opt Base64 = "dovuti",
    }
}
