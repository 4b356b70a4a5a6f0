//! Documents that local systems send: `Dovuti`, `DovutiEntiSecondari`, `Versamento`.

use soap::{Date, complex};

use super::{
    Bilancio, DatiMarcaBolloDigitale, SCHEMA, SoggettoPagatore, StDatiSpecificiRiscossione,
    StDatiSpecificiRiscossioneEnteSecondario, StImporto, StImportoPositivo, StText1, StText16, StText32,
    StText35, StText64, StText70, StText1024,
};

complex! { in SCHEMA;
    /// A cart of one body: one payer, one to five items (`mypay-soap.md` §7.4).
    pub struct Dovuti: type "ctDovuti", element "Dovuti" {
        /// Any version; not compared with anything.
        versione_oggetto: one StText16 = "versioneOggetto",
        /// Who owes all items.
        soggetto_pagatore: one SoggettoPagatore = "soggettoPagatore",
        /// What is owed.
        dati_versamento: one DatiVersamentoDovuti = "datiVersamento",
    }

    /// What is owed in a cart.
    pub struct DatiVersamentoDovuti: type "ctDatiVersamentoDovuti" {
        /// Ways to pay allowed (`mypay-soap.md` §8.3).
        tipo_versamento: one StText32 = "tipoVersamento",
        /// Deprecated: must be absent on input.
        identificativo_univoco_versamento: opt StText35 = "identificativoUnivocoVersamento",
        /// The items.
        dati_singolo_versamento: many[1..5] DatiSingoloVersamento = "datiSingoloVersamento",
    }

    /// An item of a cart.
    pub struct DatiSingoloVersamento: type "ctDatiSingoloVersamentoDovuti" {
        /// IUD.
        identificativo_univoco_dovuto: one StText35 = "identificativoUnivocoDovuto",
        /// Amount.
        importo: one StImportoPositivo = "importoSingoloVersamento",
        /// Fee borne by the body; ignored.
        commissione_carico_pa: opt StImporto = "commissioneCaricoPA",
        /// Kind of revenue.
        identificativo_tipo_dovuto: one StText64 = "identificativoTipoDovuto",
        /// Reason.
        causale_versamento: one StText1024 = "causaleVersamento",
        /// Revenue code.
        dati_specifici_riscossione: one StDatiSpecificiRiscossione = "datiSpecificiRiscossione",
        /// Digital stamp.
        dati_marca_bollo_digitale: opt DatiMarcaBolloDigitale = "datiMarcaBolloDigitale",
        /// Accounting.
        bilancio: opt Bilancio = "bilancio",
    }

    /// The share of a second beneficiary (`mypay-soap.md` §7.5).
    pub struct DovutiEntiSecondari: type "ctDovutiEntiSecondari", element "DovutiEntiSecondari" {
        /// Any version.
        versione_oggetto: one StText16 = "versioneOggetto",
        /// The share.
        dati_versamento: one DatiVersamentoEntiSecondari = "datiVersamentoEntiSecondari",
    }

    /// The share of a second beneficiary.
    pub struct DatiVersamentoEntiSecondari: type "ctDatiVersamentoEntiSecondari" {
        /// Fiscal code.
        codice_fiscale: one StText35 = "codiceFiscaleBeneficiario",
        /// Name.
        denominazione: one StText35 = "denominazioneBeneficiario",
        /// Account.
        iban_accredito: one StText35 = "ibanAccreditoBeneficiario",
        /// Street.
        indirizzo: opt StText70 = "indirizzoBeneficiario",
        /// Number in the street.
        civico: opt StText35 = "civicoBeneficiario",
        /// CAP.
        cap: opt StText35 = "capBeneficiario",
        /// Municipality.
        localita: opt StText35 = "localitaBeneficiario",
        /// Province.
        provincia: opt StText35 = "provinciaBeneficiario",
        /// Country.
        nazione: opt StText35 = "nazioneBeneficiario",
        /// Reason.
        causale_versamento: opt StText1024 = "causaleVersamento",
        /// Taxonomy code.
        dati_specifici_riscossione: one StDatiSpecificiRiscossioneEnteSecondario = "datiSpecificiRiscossione",
        /// The share.
        importo: one StImportoPositivo = "importoSingoloVersamento",
    }

    /// One debt to insert, change, cancel or print (`mypay-soap.md` §7.7).
    pub struct Versamento: type "ctVersamento", element "Versamento" {
        /// Any version.
        versione_oggetto: one StText16 = "versioneOggetto",
        /// Who owes; the service requires it.
        soggetto_pagatore: opt SoggettoPagatore = "soggettoPagatore",
        /// What is owed.
        dati_versamento: one DatiVersamento = "datiVersamento",
        /// `I` insert, `M` change, `A` cancel, `S` print.
        azione: one StText1 = "azione",
    }

    /// What is owed in a `Versamento`.
    pub struct DatiVersamento: type "ctDatiVersamento" {
        /// Due date, despite its name.
        data_esecuzione_pagamento: opt Date = "dataEsecuzionePagamento",
        /// Ways to pay allowed; absent means `ALL`.
        tipo_versamento: opt StText32 = "tipoVersamento",
        /// IUV, where the sender chooses it.
        identificativo_univoco_versamento: opt StText35 = "identificativoUnivocoVersamento",
        /// IUD; the service requires it.
        identificativo_univoco_dovuto: opt StText35 = "identificativoUnivocoDovuto",
        /// Amount: with a second beneficiary, the share of the first.
        importo: one StImportoPositivo = "importoSingoloVersamento",
        /// Fee borne by the body.
        commissione_carico_pa: opt StImporto = "commissioneCaricoPA",
        /// Kind of revenue.
        identificativo_tipo_dovuto: one StText64 = "identificativoTipoDovuto",
        /// Reason.
        causale_versamento: one StText1024 = "causaleVersamento",
        /// Revenue code.
        dati_specifici_riscossione: one StDatiSpecificiRiscossione = "datiSpecificiRiscossione",
        /// Accounting.
        bilancio: opt Bilancio = "bilancio",
    }
}
