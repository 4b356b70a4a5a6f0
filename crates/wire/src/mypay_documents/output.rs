//! Documents that MyPay answers with: `Pagati`, `PagatiConRicevuta` (`mypay-soap.md` §7.6).

use soap::{Date, Moment, complex};

use super::{
    AllegatoRicevuta, CodiceEsitoPagamento, Dominio, EnteBeneficiario, IstitutoAttestante, SCHEMA,
    SoggettoPagatore, StDatiSpecificiRiscossione, StImporto, StIndice, StText16, StText35, StText140,
};

complex! { in SCHEMA;
    /// Outcome of a payment.
    pub struct Pagati: type "ctPagati", element "Pagati" {
        /// `6.2.0`.
        versione_oggetto: one StText16 = "versioneOggetto",
        /// The creditor body on pagoPA.
        dominio: one Dominio = "dominio",
        /// Receipt id.
        identificativo_messaggio_ricevuta: one StText35 = "identificativoMessaggioRicevuta",
        /// When it was paid.
        data_ora_messaggio_ricevuta: one Moment = "dataOraMessaggioRicevuta",
        /// Receipt id again.
        riferimento_messaggio_richiesta: one StText35 = "riferimentoMessaggioRichiesta",
        /// When the PSP booked it, else the day it was paid.
        riferimento_data_richiesta: one Date = "riferimentoDataRichiesta",
        /// PSP.
        istituto_attestante: one IstitutoAttestante = "istitutoAttestante",
        /// Creditor body.
        ente_beneficiario: one EnteBeneficiario = "enteBeneficiario",
        /// Who owed.
        soggetto_pagatore: one SoggettoPagatore = "soggettoPagatore",
        /// What was paid.
        dati_pagamento: one DatiPagamento = "datiPagamento",
    }

    /// What was paid.
    pub struct DatiPagamento: type "ctDatiPagamento" {
        /// Outcome.
        codice_esito_pagamento: one CodiceEsitoPagamento = "codiceEsitoPagamento",
        /// Total.
        importo_totale_pagato: one StImporto = "importoTotalePagato",
        /// IUV.
        identificativo_univoco_versamento: one StText35 = "identificativoUnivocoVersamento",
        /// Receipt id, or `n/a`.
        codice_contesto_pagamento: one StText35 = "codiceContestoPagamento",
        /// The items paid; none when the outcome is negative.
        dati_singolo_pagamento: many[0..5] DatiSingoloPagamento = "datiSingoloPagamento",
    }

    /// An item paid.
    pub struct DatiSingoloPagamento: type "ctDatiSingoloPagamento" {
        /// IUD.
        identificativo_univoco_dovuto: one StText35 = "identificativoUnivocoDovuto",
        /// Amount.
        singolo_importo_pagato: one StImporto = "singoloImportoPagato",
        /// `0`, or a text.
        esito_singolo_pagamento: opt StText35 = "esitoSingoloPagamento",
        /// Day of the outcome.
        data_esito_singolo_pagamento: one Date = "dataEsitoSingoloPagamento",
        /// IUR: the receipt id.
        identificativo_univoco_riscossione: one StText35 = "identificativoUnivocoRiscossione",
        /// Remittance information of the transfer.
        causale_versamento: one StText140 = "causaleVersamento",
        /// Revenue code.
        dati_specifici_riscossione: one StDatiSpecificiRiscossione = "datiSpecificiRiscossione",
    }

    /// Outcome of a payment, as it accompanies the receipt.
    pub struct PagatiConRicevuta: type "ctPagatiConRicevuta", element "PagatiConRicevuta" {
        /// `6.2.0`.
        versione_oggetto: one StText16 = "versioneOggetto",
        /// The creditor body on pagoPA.
        dominio: one Dominio = "dominio",
        /// Receipt id.
        identificativo_messaggio_ricevuta: one StText35 = "identificativoMessaggioRicevuta",
        /// When it was paid.
        data_ora_messaggio_ricevuta: one Moment = "dataOraMessaggioRicevuta",
        /// Receipt id again.
        riferimento_messaggio_richiesta: one StText35 = "riferimentoMessaggioRichiesta",
        /// When the PSP booked it, else the day it was paid.
        riferimento_data_richiesta: one Date = "riferimentoDataRichiesta",
        /// PSP.
        istituto_attestante: one IstitutoAttestante = "istitutoAttestante",
        /// Creditor body.
        ente_beneficiario: one EnteBeneficiario = "enteBeneficiario",
        /// Who owed.
        soggetto_pagatore: one SoggettoPagatore = "soggettoPagatore",
        /// What was paid.
        dati_pagamento: one DatiPagamentoConRicevuta = "datiPagamento",
    }

    /// What was paid, as it accompanies the receipt.
    pub struct DatiPagamentoConRicevuta: type "ctDatiPagamentoConRicevuta" {
        /// Outcome.
        codice_esito_pagamento: one CodiceEsitoPagamento = "codiceEsitoPagamento",
        /// Total.
        importo_totale_pagato: one StImporto = "importoTotalePagato",
        /// IUV.
        identificativo_univoco_versamento: one StText35 = "identificativoUnivocoVersamento",
        /// Receipt id, or `n/a`.
        codice_contesto_pagamento: one StText35 = "codiceContestoPagamento",
        /// The items paid; none when the outcome is negative.
        dati_singolo_pagamento: many[0..5] DatiSingoloPagamentoConRicevuta = "datiSingoloPagamento",
    }

    /// An item paid, as it accompanies the receipt.
    pub struct DatiSingoloPagamentoConRicevuta: type "ctDatiSingoloPagamentoConRicevuta" {
        /// IUD.
        identificativo_univoco_dovuto: one StText35 = "identificativoUnivocoDovuto",
        /// Amount.
        singolo_importo_pagato: one StImporto = "singoloImportoPagato",
        /// `0`, or a text.
        esito_singolo_pagamento: opt StText35 = "esitoSingoloPagamento",
        /// Day of the outcome.
        data_esito_singolo_pagamento: one Date = "dataEsitoSingoloPagamento",
        /// IUR: the receipt id.
        identificativo_univoco_riscossione: one StText35 = "identificativoUnivocoRiscossione",
        /// Remittance information of the transfer.
        causale_versamento: one StText140 = "causaleVersamento",
        /// Revenue code.
        dati_specifici_riscossione: one StDatiSpecificiRiscossione = "datiSpecificiRiscossione",
        /// Position of the transfer, 1 to 5.
        indice_dati_singolo_pagamento: opt StIndice = "indiceDatiSingoloPagamento",
        /// Fee that the payer paid to the PSP.
        commissioni_applicate_psp: opt StImporto = "commissioniApplicatePSP",
        /// Digital stamp, or the original outcome document.
        allegato_ricevuta: opt AllegatoRicevuta = "allegatoRicevuta",
    }
}
