//! The messages of the load, written by hand as clients do.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::client::between;

/// Path of the node's door.
pub const NODE: &str = "/pagopa/paForNode";
/// Path of MyPay.
pub const SIL: &str = "/mypay4/ws/pa/PagamentiTelematiciDovutiPagati";
const PAYER: &str = "RSSMRA80A01H501U";

/// Whom the load speaks for.
pub struct Parties {
    pub broker: String,
    pub station: String,
    pub fiscal_code: String,
    pub ipa: String,
    pub password: String,
    pub kind: String,
    pub taxonomy: String,
}

impl Parties {
    /// `paaSILImportaDovuto` with `flagGeneraIuv`.
    pub fn import(&self, iud: &str) -> String {
        let Self { ipa, password, kind, taxonomy, .. } = self;
        let document = format!(
            "<Versamento xmlns=\"http://www.regione.veneto.it/schemas/2012/Pagamenti/Ente/\">\
             <versioneOggetto>6.2.0</versioneOggetto><soggettoPagatore><identificativoUnivocoPagatore>\
             <tipoIdentificativoUnivoco>F</tipoIdentificativoUnivoco>\
             <codiceIdentificativoUnivoco>{PAYER}</codiceIdentificativoUnivoco></identificativoUnivocoPagatore>\
             <anagraficaPagatore>Mario Rossi</anagraficaPagatore>\
             <e-mailPagatore>mario.rossi@example.org</e-mailPagatore></soggettoPagatore><datiVersamento>\
             <dataEsecuzionePagamento>2099-12-31</dataEsecuzionePagamento><tipoVersamento>ALL</tipoVersamento>\
             <identificativoUnivocoDovuto>{iud}</identificativoUnivocoDovuto>\
             <importoSingoloVersamento>118.00</importoSingoloVersamento>\
             <identificativoTipoDovuto>{kind}</identificativoTipoDovuto>\
             <causaleVersamento>Tassa sui rifiuti, prima rata</causaleVersamento>\
             <datiSpecificiRiscossione>{taxonomy}</datiSpecificiRiscossione></datiVersamento>\
             <azione>I</azione></Versamento>"
        );
        let document = STANDARD.encode(document);
        format!(
            "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" \
             xmlns:h=\"http://www.regione.veneto.it/pagamenti/ente/ppthead\" \
             xmlns:e=\"http://www.regione.veneto.it/pagamenti/ente/\"><s:Header><h:intestazionePPT>\
             <codIpaEnte>{ipa}</codIpaEnte></h:intestazionePPT></s:Header><s:Body><e:paaSILImportaDovuto>\
             <password>{password}</password><dovuto>{document}</dovuto><flagGeneraIuv>true</flagGeneraIuv>\
             </e:paaSILImportaDovuto></s:Body></s:Envelope>"
        )
    }

    fn node(&self, root: &str, rest: &str) -> String {
        let Self { broker, station, fiscal_code, .. } = self;
        format!(
            "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" \
             xmlns:p=\"http://pagopa-api.pagopa.gov.it/pa/paForNode.xsd\"><s:Body><p:{root}><idPA>{fiscal_code}</idPA>\
             <idBrokerPA>{broker}</idBrokerPA><idStation>{station}</idStation>{rest}</p:{root}></s:Body></s:Envelope>"
        )
    }

    fn about(&self, notice: &str) -> String {
        format!(
            "<qrCode><fiscalCode>{}</fiscalCode><noticeNumber>{notice}</noticeNumber></qrCode>",
            self.fiscal_code
        )
    }

    /// `paVerifyPaymentNotice`.
    pub fn verify(&self, notice: &str) -> String {
        self.node("paVerifyPaymentNoticeReq", &self.about(notice))
    }

    /// `paGetPaymentV2`.
    pub fn activate(&self, notice: &str) -> String {
        self.node("paGetPaymentV2Request", &self.about(notice))
    }

    /// `paSendRTV2` for what an activation answered: like the node, it copies what it was told.
    pub fn receipt(&self, notice: &str, receipt_id: &str, paid_at: &str, activation: &str) -> Option<String> {
        let copied = |name: &str| {
            between(activation, &format!("<{name}>"), &format!("</{name}>"))
                .map(|text| format!("<{name}>{text}</{name}>"))
        };
        let (iuv, amount) = (copied("creditorReferenceId")?, copied("paymentAmount")?);
        let (description, debtor, transfers) =
            (copied("description")?, copied("debtor")?, copied("transferList")?);
        let company = copied("companyName")?;
        let day = paid_at.get(..10)?;
        let fiscal_code = &self.fiscal_code;
        let receipt = format!(
            "<receipt><receiptId>{receipt_id}</receiptId><noticeNumber>{notice}</noticeNumber>\
             <fiscalCode>{fiscal_code}</fiscalCode><outcome>OK</outcome>{iuv}{amount}{description}{company}{debtor}\
             {transfers}<idPSP>BENCHPSP</idPSP><pspFiscalCode>01234567897</pspFiscalCode>\
             <PSPCompanyName>Banca di prova</PSPCompanyName><idChannel>01234567897_01</idChannel>\
             <channelDescription>app</channelDescription><paymentMethod>creditCard</paymentMethod><fee>1.50</fee>\
             <paymentDateTime>{paid_at}</paymentDateTime><applicationDate>{day}</applicationDate>\
             <transferDate>{day}</transferDate></receipt>"
        );
        Some(self.node("paSendRTV2Request", &receipt))
    }
}
