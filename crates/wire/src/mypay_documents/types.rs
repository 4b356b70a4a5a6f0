//! Types shared by several documents (`mypay-soap.md` §7.2, §7.3).

use soap::{Amount, Base64, Facets, Integer, Text, complex, enumeration, simple};

use super::SCHEMA;

simple! { in SCHEMA;
    /// Text of exactly 1 character.
    pub StText1 = "stText1": Text, Facets::NONE.lengths(1, 1);
    /// Text of exactly 2 characters.
    pub StText2 = "stText2": Text, Facets::NONE.lengths(2, 2);
    /// Text of 1 to 16 characters.
    pub StText16 = "stText16": Text, Facets::NONE.lengths(1, 16);
    /// Text of 1 to 32 characters.
    pub StText32 = "stText32": Text, Facets::NONE.lengths(1, 32);
    /// Text of 1 to 35 characters.
    pub StText35 = "stText35": Text, Facets::NONE.lengths(1, 35);
    /// Text of 1 to 64 characters.
    pub StText64 = "stText64": Text, Facets::NONE.lengths(1, 64);
    /// Text of 1 to 70 characters.
    pub StText70 = "stText70": Text, Facets::NONE.lengths(1, 70);
    /// Text of 1 to 140 characters.
    pub StText140 = "stText140": Text, Facets::NONE.lengths(1, 140);
    /// Text of 1 to 1024 characters.
    pub StText1024 = "stText1024": Text, Facets::NONE.lengths(1, 1024);
    /// Amount, zero included.
    pub StImporto = "stImporto": Amount,
        Facets::NONE.pattern(r"\d+\.\d{2}").min("0.00").max("999999999.99");
    /// Amount of at least one cent.
    pub StImportoPositivo = "stImportoPositivo": Amount,
        Facets::NONE.pattern(r"\d+\.\d{2}").min("0.01").max("999999999.99");
    /// Country, ISO 3166-1 alpha-2.
    pub StNazione = "stNazione": Text, Facets::NONE.pattern("[A-Z]{2,2}");
    /// Province.
    pub StNazioneProvincia = "stNazioneProvincia": Text, Facets::NONE.pattern("[A-Z]{2,2}");
    /// Revenue code, taxonomy included. `\/` is how the original writes `/` (§7.1).
    pub StDatiSpecificiRiscossione = "stDatiSpecificiRiscossione": Text,
        Facets::NONE.pattern(r"[0129]{1}\/\S{3,138}");
    /// Taxonomy code of a secondary beneficiary.
    pub StDatiSpecificiRiscossioneEnteSecondario = "stDatiSpecificiRiscossioneEnteSecondario": Text,
        Facets::NONE.pattern(r"9\/\d{2}\d{2}\d{3}\w{2}\/\S{0,129}");
    /// E-mail address.
    pub StEMail = "stEMail": Text, Facets::NONE
        .pattern("[a-zA-Z0-9_!#$%&'*+/=?`{|}~^.-]+@[a-zA-Z0-9.-]+").max_length(256);
    /// Position of an item, 1 to 5.
    pub StIndice = "stIndice": Integer, Facets::NONE.min("1").max("5");
}

enumeration! { in SCHEMA;
    /// Kind of person that pays.
    pub enum TipoPersonaFG = "stTipoIdentificativoUnivocoPersFG", length(1) {
        /// Natural person.
        F = "F",
        /// Legal person.
        G = "G",
    }
    /// The kind of a body: always a legal person.
    pub enum TipoPersonaG = "stTipoIdentificativoUnivocoPersG", length(1) {
        /// Legal person.
        G = "G",
    }
    /// Kind of code of a PSP.
    pub enum TipoIdentificativoUnivoco = "stTipoIdentificativoUnivoco", length(1) {
        /// Fiscal code of a legal person.
        G = "G",
        /// ABI code.
        Abi = "A",
        /// BIC, or the PSP's identifier on pagoPA.
        Bic = "B",
    }
    /// Outcome of a payment.
    pub enum CodiceEsitoPagamento = "stCodiceEsitoPagamento", pattern("[0-9]{1,1}") {
        /// Paid.
        Eseguito = "0",
        /// Not paid.
        NonEseguito = "1",
        /// Paid in part.
        ParzialmenteEseguito = "2",
        /// Terms expired.
        DecorrenzaTermini = "3",
        /// Terms expired in part.
        DecorrenzaTerminiParziale = "4",
    }
    /// Kind of digital stamp.
    pub enum TipoBollo = "stTipoBollo", length(2) {
        /// Duty stamp.
        ImpostaDiBollo = "01",
    }
    /// Kind of attachment of a receipt.
    pub enum TipoAllegatoRicevuta = "stTipoAllegatoRicevuta", length(2) {
        /// The original outcome document.
        EsitoOriginario = "ES",
        /// The digital stamp.
        MarcaDaBollo = "BD",
    }
}

complex! { in SCHEMA;
    /// Code of a person that pays.
    pub struct IdentificativoUnivocoPersonaFG: type "ctIdentificativoUnivocoPersonaFG" {
        /// Natural or legal.
        tipo: one TipoPersonaFG = "tipoIdentificativoUnivoco",
        /// Tax code or VAT number, or `ANONIMO`.
        codice: one StText35 = "codiceIdentificativoUnivoco",
    }

    /// The same type where it travels in a SOAP body, which is read leniently: a missing or unknown
    /// kind is a business fault there (`mypay-soap.md` §6.16).
    pub struct PersonaRichiesta: type "ctIdentificativoUnivocoPersonaFG" {
        /// Natural or legal.
        tipo: nominal TipoPersonaFG = "tipoIdentificativoUnivoco",
        /// Tax code or VAT number.
        codice: one StText35 = "codiceIdentificativoUnivoco",
    }

    /// Code of a body.
    pub struct IdentificativoUnivocoPersonaG: type "ctIdentificativoUnivocoPersonaG" {
        /// Legal.
        tipo: one TipoPersonaG = "tipoIdentificativoUnivoco",
        /// Fiscal code.
        codice: one StText35 = "codiceIdentificativoUnivoco",
    }

    /// Code of a PSP.
    pub struct IdentificativoUnivoco: type "ctIdentificativoUnivoco" {
        /// Kind of code.
        tipo: one TipoIdentificativoUnivoco = "tipoIdentificativoUnivoco",
        /// The code.
        codice: one StText35 = "codiceIdentificativoUnivoco",
    }

    /// The creditor body on pagoPA.
    pub struct Dominio: type "ctDominio" {
        /// Its fiscal code.
        identificativo_dominio: one StText35 = "identificativoDominio",
        /// Station; only in old receipts.
        identificativo_stazione_richiedente: opt StText35 = "identificativoStazioneRichiedente",
    }

    /// Who owes.
    pub struct SoggettoPagatore: type "ctSoggettoPagatore" {
        /// Code.
        identificativo_univoco: one IdentificativoUnivocoPersonaFG = "identificativoUnivocoPagatore",
        /// Name and surname, or company name.
        anagrafica: one StText70 = "anagraficaPagatore",
        /// Street.
        indirizzo: opt StText70 = "indirizzoPagatore",
        /// Number in the street.
        civico: opt StText16 = "civicoPagatore",
        /// CAP.
        cap: opt StText16 = "capPagatore",
        /// Municipality.
        localita: opt StText35 = "localitaPagatore",
        /// Province.
        provincia: opt StText2 = "provinciaPagatore",
        /// Country.
        nazione: opt StNazione = "nazionePagatore",
        /// E-mail address.
        email: opt StEMail = "e-mailPagatore",
    }

    /// The PSP that certifies the payment.
    pub struct IstitutoAttestante: type "ctIstitutoAttestante" {
        /// Code.
        identificativo_univoco: one IdentificativoUnivoco = "identificativoUnivocoAttestante",
        /// Name.
        denominazione: one StText70 = "denominazioneAttestante",
        /// Code of the branch.
        codice_unit_oper: opt StText35 = "codiceUnitOperAttestante",
        /// Name of the branch.
        denom_unit_oper: opt StText70 = "denomUnitOperAttestante",
        /// Street.
        indirizzo: opt StText70 = "indirizzoAttestante",
        /// Number in the street.
        civico: opt StText16 = "civicoAttestante",
        /// CAP.
        cap: opt StText16 = "capAttestante",
        /// Municipality.
        localita: opt StText35 = "localitaAttestante",
        /// Province.
        provincia: opt StText35 = "provinciaAttestante",
        /// Country.
        nazione: opt StNazione = "nazioneAttestante",
    }

    /// The creditor body.
    pub struct EnteBeneficiario: type "ctEnteBeneficiario" {
        /// Code.
        identificativo_univoco: one IdentificativoUnivocoPersonaG = "identificativoUnivocoBeneficiario",
        /// Name.
        denominazione: one StText70 = "denominazioneBeneficiario",
        /// Code of the office.
        codice_unit_oper: opt StText35 = "codiceUnitOperBeneficiario",
        /// Name of the office.
        denom_unit_oper: opt StText70 = "denomUnitOperBeneficiario",
        /// Street.
        indirizzo: opt StText70 = "indirizzoBeneficiario",
        /// Number in the street.
        civico: opt StText16 = "civicoBeneficiario",
        /// CAP.
        cap: opt StText16 = "capBeneficiario",
        /// Municipality.
        localita: opt StText35 = "localitaBeneficiario",
        /// Province.
        provincia: opt StText35 = "provinciaBeneficiario",
        /// Country.
        nazione: opt StNazione = "nazioneBeneficiario",
    }

    /// A digital stamp to be bought.
    pub struct DatiMarcaBolloDigitale: type "ctDatiMarcaBolloDigitale" {
        /// Kind.
        tipo_bollo: one TipoBollo = "tipoBollo",
        /// Digest of the document that it is for.
        hash_documento: one StText70 = "hashDocumento",
        /// Province where the debtor lives.
        provincia_residenza: one StNazioneProvincia = "provinciaResidenza",
    }

    /// An attachment of a receipt.
    pub struct AllegatoRicevuta: type "ctAllegatoRicevuta" {
        /// Kind.
        tipo: one TipoAllegatoRicevuta = "tipoAllegatoRicevuta",
        /// Content.
        testo: one Base64 = "testoAllegato",
    }

    /// How an amount is split in the accounts of the body. The sum of all `importo` is the amount
    /// of the item (`mypay-soap.md` §6.1 rule 16).
    pub struct Bilancio: type "ctBilancio", element "bilancio" {
        /// The chapters.
        capitoli: many[1..] Capitolo = "capitolo",
    }

    /// A chapter.
    pub struct Capitolo: type "ctCapitolo" {
        /// Its code.
        cod_capitolo: one StText64 = "codCapitolo",
        /// Office.
        cod_ufficio: opt StText64 = "codUfficio",
        /// The assessments.
        accertamenti: many[1..] Accertamento = "accertamento",
    }

    /// An assessment.
    pub struct Accertamento: type "ctAccertamento" {
        /// Its code.
        cod_accertamento: opt StText64 = "codAccertamento",
        /// Its share.
        importo: one StImportoPositivo = "importo",
    }
}
