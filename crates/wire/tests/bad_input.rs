//! The bad inputs that every door must answer clearly: what the error says, and where.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use soap::{Document, Element, Error, Mode, Rule, check, read_document, read_element};
use wire::mypay::{PaaSilChiediPagati, PaaSilImportaDovuto, PaaSilPrenotaExportFlusso};
use wire::mypay_documents::{Dovuti, Versamento};
use wire::pa_for_node::{PaGetPaymentV2Request, PaVerifyPaymentNoticeReq};

const PAY_I: &str = "http://www.regione.veneto.it/schemas/2012/Pagamenti/Ente/";
const PPT: &str = "http://www.regione.veneto.it/pagamenti/ente/";
const PAFN: &str = "http://pagopa-api.pagopa.gov.it/pa/paForNode.xsd";

fn read<E: Element>(text: &str, mode: Mode) -> Result<E, Error> {
    let document = Document::parse(text)?;
    read_element(document.root(), mode)
}

fn refused<E: Element + std::fmt::Debug>(text: &str) -> Error {
    read::<E>(text, Mode::Strict).unwrap_err()
}

fn verify(inner: &str) -> String {
    format!("<p:paVerifyPaymentNoticeReq xmlns:p=\"{PAFN}\">{inner}</p:paVerifyPaymentNoticeReq>")
}

const QR: &str = "<qrCode><fiscalCode>80012345678</fiscalCode>\
                  <noticeNumber>312202500000457168</noticeNumber></qrCode>";
const IDS: &str = "<idPA>80012345678</idPA><idBrokerPA>90011223344</idBrokerPA>\
                   <idStation>90011223344_01</idStation>";

fn dovuti(amounts: &[&str]) -> String {
    let items: String = amounts
        .iter()
        .map(|amount| {
            format!(
                "<datiSingoloVersamento><identificativoUnivocoDovuto>IUD1</identificativoUnivocoDovuto>\
                 <importoSingoloVersamento>{amount}</importoSingoloVersamento>\
                 <identificativoTipoDovuto>ECM</identificativoTipoDovuto>\
                 <causaleVersamento>Evento</causaleVersamento>\
                 <datiSpecificiRiscossione>9/0101100IM/</datiSpecificiRiscossione></datiSingoloVersamento>"
            )
        })
        .collect();
    format!(
        "<Dovuti xmlns=\"{PAY_I}\"><versioneOggetto>6.2.0</versioneOggetto><soggettoPagatore>\
         <identificativoUnivocoPagatore><tipoIdentificativoUnivoco>F</tipoIdentificativoUnivoco>\
         <codiceIdentificativoUnivoco>RSSMRA80A01H501U</codiceIdentificativoUnivoco>\
         </identificativoUnivocoPagatore><anagraficaPagatore>Mario Rossi</anagraficaPagatore>\
         </soggettoPagatore><datiVersamento><tipoVersamento>ALL</tipoVersamento>{items}\
         </datiVersamento></Dovuti>"
    )
}

#[test]
fn amounts() {
    let path = "Dovuti/datiVersamento/datiSingoloVersamento[2]/importoSingoloVersamento";
    for (amount, rule) in [
        ("0.00", Rule::Below("0.01")),
        ("-1.00", Rule::Pattern(r"\d+\.\d{2}")),
        ("1.5", Rule::Pattern(r"\d+\.\d{2}")),
        ("1,50", Rule::Pattern(r"\d+\.\d{2}")),
        ("999999999.999", Rule::Pattern(r"\d+\.\d{2}")),
        ("1000000000.00", Rule::Above("999999999.99")),
        ("99999999999999999999.00", Rule::Above("999999999.99")),
    ] {
        let text = dovuti(&["1.00", amount]);
        let error = refused::<Dovuti>(&text);
        assert_eq!((error.path(), error.rule()), (path, &rule));
        assert_eq!(error.value(), Some(amount));
        assert!(text[error.offset()..].starts_with("<importoSingoloVersamento>"));
    }
    let good: Dovuti = read(&dovuti(&["999999999.99", "0.01"]), Mode::Document).unwrap();
    let cents: Vec<i64> =
        good.dati_versamento.dati_singolo_versamento.iter().map(|i| i.importo.get()).collect();
    assert_eq!(cents, [99_999_999_999, 1]);
}

#[test]
fn six_items() {
    let error = refused::<Dovuti>(&dovuti(&["1.00"; 6]));
    assert_eq!(error.path(), "Dovuti/datiVersamento/datiSingoloVersamento[6]");
    assert_eq!(*error.rule(), Rule::TooMany { most: 5 });
}

#[test]
fn missing_repeated_unknown_and_misplaced_elements() {
    let root = "paVerifyPaymentNoticeReq";
    let case = |inner: &str, path: &str, rule: Rule| {
        let error = refused::<PaVerifyPaymentNoticeReq>(&verify(inner));
        assert_eq!((error.path(), error.rule()), (path, &rule), "{inner}");
    };
    let missing = IDS.replace("<idStation>90011223344_01</idStation>", "");
    case(&format!("{missing}{QR}"), &format!("{root}/idStation"), Rule::Missing);
    case(IDS, &format!("{root}/qrCode"), Rule::Missing);
    case(&format!("{IDS}{QR}{QR}"), &format!("{root}/qrCode[2]"), Rule::Order { expected: None });
    let swapped = format!("<idBrokerPA>9</idBrokerPA><idPA>8</idPA><idStation>9</idStation>{QR}");
    case(&swapped, &format!("{root}/idBrokerPA"), Rule::Order { expected: Some("idPA") });
    case(&format!("{IDS}{QR}<altro/>"), &format!("{root}/altro"), Rule::Unknown);
    let empty = IDS.replace("90011223344_01", "");
    let length = Rule::Length { least: 1, most: Some(35), found: 0 };
    case(&format!("{empty}{QR}"), &format!("{root}/idStation"), length);
    case(&format!("{IDS}{QR}testo"), root, Rule::Text);
    let attribute = QR.replace("<qrCode>", "<qrCode a=\"1\">");
    case(&format!("{IDS}{attribute}"), &format!("{root}/qrCode"), Rule::Attribute("a".into()));
}

#[test]
fn empty_optional_tags_are_invalid_where_the_facet_says_so() {
    let text = format!(
        "<p:paGetPaymentV2Request xmlns:p=\"{PAFN}\">{IDS}{QR}<paymentNote/></p:paGetPaymentV2Request>"
    );
    let error = refused::<PaGetPaymentV2Request>(&text);
    assert_eq!(error.path(), "paGetPaymentV2Request/paymentNote");
    assert_eq!(*error.rule(), Rule::Length { least: 1, most: Some(210), found: 0 });
}

#[test]
fn wrong_namespaces() {
    let spilled = format!("<paVerifyPaymentNoticeReq xmlns=\"{PAFN}\">{IDS}{QR}</paVerifyPaymentNoticeReq>");
    let error = refused::<PaVerifyPaymentNoticeReq>(&spilled);
    assert_eq!(error.path(), "paVerifyPaymentNoticeReq/idPA");
    assert_eq!(*error.rule(), Rule::Namespace { expected: "", found: PAFN.to_owned() });

    let bare = dovuti(&["1.00"]).replace(&format!(" xmlns=\"{PAY_I}\""), "");
    assert!(matches!(refused::<Dovuti>(&bare).rule(), Rule::Root { .. }));
    let other = dovuti(&["1.00"]).replace("2012", "2013");
    let error = refused::<Dovuti>(&other);
    assert!(error.to_string().contains("atteso {http://www.regione.veneto.it/schemas/2012/"));
}

#[test]
fn wrong_root() {
    let error = refused::<Versamento>(&dovuti(&["1.00"]));
    assert_eq!(error.path(), "Dovuti");
    assert!(matches!(error.rule(), Rule::Root { .. }));
}

#[test]
fn xml_that_no_contract_needs() {
    let doctype = format!("<!DOCTYPE Dovuti [<!ENTITY x \"y\">]>{}", dovuti(&["1.00"]));
    assert_eq!(*refused::<Dovuti>(&doctype).rule(), Rule::Doctype);
    let entity = dovuti(&["1.00"]).replace("Mario", "&mario;");
    assert_eq!(*refused::<Dovuti>(&entity).rule(), Rule::Entity("mario".into()));
    let malformed = dovuti(&["1.00"]).replace("</Dovuti>", "</Dovuto>");
    assert!(matches!(refused::<Dovuti>(&malformed).rule(), Rule::Malformed(_)));
    let forbidden = dovuti(&["1.00"]).replace("Mario", "Ma\u{1}rio");
    assert_eq!(*refused::<Dovuti>(&forbidden).rule(), Rule::ForbiddenCharacter(1));
    let stripped = soap::strip_forbidden(&forbidden).into_owned();
    assert!(read::<Dovuti>(&stripped, Mode::Document).is_ok());
}

#[test]
fn documents_are_decoded_as_declared_and_trimmed() {
    let text = dovuti(&["1.00"]).replace("Mario Rossi", " Nicolò Zanò\n");
    let declared = format!("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>{text}");
    let latin: Vec<u8> = declared.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    let read: Dovuti = read_document(&latin, Mode::Document).unwrap();
    assert_eq!(read.soggetto_pagatore.anagrafica, "Nicolò Zanò");
    let prefixed = dovuti(&["1.00"])
        .replace(" xmlns=", " xmlns:pay_i=")
        .replace("</", "\u{0}")
        .replace('<', "\n  <pay_i:")
        .replace('\u{0}', "</pay_i:");
    let read: Dovuti = read_document(prefixed.as_bytes(), Mode::Document).unwrap();
    assert_eq!(read.dati_versamento.tipo_versamento, "ALL");
    assert!(check(&read).is_ok());
}

#[test]
fn invalid_base64_is_refused_in_any_mode() {
    let body = |inner: &str| {
        format!("<e:paaSILImportaDovuto xmlns:e=\"{PPT}\"><dovuto>{inner}</dovuto></e:paaSILImportaDovuto>")
    };
    for mode in [Mode::Strict, Mode::Lenient] {
        let error = read::<PaaSilImportaDovuto>(&body("PF*lcn"), mode).unwrap_err();
        assert_eq!(error.path(), "paaSILImportaDovuto/dovuto");
        assert_eq!(*error.rule(), Rule::Type("base64Binary"));
    }
    let folded: PaaSilImportaDovuto = read(&body("PFZl\r\n  cnM=\n"), Mode::Strict).unwrap();
    assert_eq!(folded.dovuto, b"<Vers");
    assert!(read::<PaaSilImportaDovuto>(&body("PFZlcnM"), Mode::Strict).is_err(), "padding");
    let unpadded: PaaSilImportaDovuto = read(&body("PFZlcnM"), Mode::Lenient).unwrap();
    assert_eq!(unpadded.dovuto, b"<Vers");
}

/// `mypay-soap.md` §1.1, §1.4, §2.1.
#[test]
fn soap_bodies_are_read_as_mypay_does() {
    let text = format!(
        "<e:paaSILChiediPagati xmlns:e=\"{PPT}\"><nuovo><a/></nuovo><idSession> abc\n</idSession>\
         <password>   </password><codIpaEnte>C_Z999</codIpaEnte><idSession> def </idSession>\
         </e:paaSILChiediPagati>"
    );
    let request: PaaSilChiediPagati = read(&text, Mode::Lenient).unwrap();
    assert_eq!(request.id_session, "def", "any order, trimmed, the last wins");
    assert_eq!(request.password, None, "blank is absent");
    assert_eq!(request.cod_ipa_ente, "C_Z999");

    let spilled =
        format!("<paaSILChiediPagati xmlns=\"{PPT}\"><codIpaEnte>C_Z999</codIpaEnte></paaSILChiediPagati>");
    let request: PaaSilChiediPagati = read(&spilled, Mode::Lenient).unwrap();
    assert_eq!((request.cod_ipa_ente.as_str(), request.id_session.as_str()), ("", ""));

    let flow = format!(
        "<e:paaSILPrenotaExportFlusso xmlns:e=\"{PPT}\"><dateFrom>ieri</dateFrom>\
         <dateTo>2025-03-07+01:00</dateTo><versioneTracciato/></e:paaSILPrenotaExportFlusso>"
    );
    let request: PaaSilPrenotaExportFlusso = read(&flow, Mode::Lenient).unwrap();
    assert_eq!(request.date_from, None, "unreadable is absent");
    assert!(request.date_to.is_some());
    assert_eq!(request.versione_tracciato.as_deref(), Some("1.0"), "the default of an empty element");
}
