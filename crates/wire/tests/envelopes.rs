//! SOAP envelopes through the services as declared.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use soap::{Envelope, Fault, FaultCode, Mode, ReplyError, envelope};
use wire::mypay::{self, FaultBean, IntestazionePpt, PaaSilInviaDovuti, PaaSilInviaDovutiRisposta};
use wire::mypay_documents::{PersonaRichiesta, TipoPersonaFG};
use wire::pa_for_node::{self, CtFaultBean, CtQrCode, PaVerifyPaymentNoticeReq, PaVerifyPaymentNoticeRes};

fn verify() -> PaVerifyPaymentNoticeReq {
    PaVerifyPaymentNoticeReq {
        id_pa: "80012345678".into(),
        id_broker_pa: "90011223344".into(),
        id_station: "90011223344_01".into(),
        qr_code: CtQrCode { fiscal_code: "80012345678".into(), notice_number: "312202500000457168".into() },
    }
}

#[test]
fn a_call_to_pa_for_node() {
    let text = envelope::request(&verify());
    assert!(text.contains("<pafn:paVerifyPaymentNoticeReq xmlns:pafn=\"http://pagopa-api.pagopa.gov.it/pa/paForNode.xsd\"><idPA>80012345678</idPA>"));
    let received = Envelope::parse(&text, &pa_for_node::SERVICE).unwrap();
    assert_eq!(received.operation(&pa_for_node::SERVICE).unwrap().name, "paVerifyPaymentNotice");
    let request: PaVerifyPaymentNoticeReq = received.body().unwrap();
    assert_eq!(request, verify());

    let fault = CtFaultBean::new("PAA_PAGAMENTO_SCADUTO", "Pagamento scaduto", "80012345678");
    let answer = envelope::response(&PaVerifyPaymentNoticeRes::ko(fault));
    assert!(answer.contains("<outcome>KO</outcome><fault><faultCode>PAA_PAGAMENTO_SCADUTO</faultCode>"));
    let answer: PaVerifyPaymentNoticeRes = envelope::parse_reply(&answer, Mode::Strict).unwrap();
    assert_eq!(answer.fault.unwrap().fault_code, "PAA_PAGAMENTO_SCADUTO");
}

#[test]
fn errors_in_a_body_have_paths_from_the_operation() {
    let text =
        envelope::request(&verify()).replace("<idPA>", "<idPA>\n<!-- x -->80012345678800123456788001234567");
    let received = Envelope::parse(&text, &pa_for_node::SERVICE).unwrap();
    let error = received.body::<PaVerifyPaymentNoticeReq>().unwrap_err();
    assert_eq!(error.path(), "paVerifyPaymentNoticeReq/idPA");
    assert_eq!(error.element(), "idPA");
}

#[test]
fn a_call_to_mypay_with_header() {
    let header = IntestazionePpt { cod_ipa_ente: "C_Z999".into() };
    let request = PaaSilInviaDovuti {
        password: Some("PROVAPROVA12".into()),
        dovuti: b"<Dovuti/>".to_vec(),
        ente_sil_invia_risposta_pagamento_url: None,
        show_my_pay: Some(mypay::ShowMyPay::None),
    };
    let text = envelope::request_with_header(&header, &request)
        .replace("<ppthead:intestazionePPT", "<ppthead:intestazionePPT soapenv:mustUnderstand=\"1\"");
    let received = Envelope::parse(&text, &mypay::SERVICE).unwrap();
    assert_eq!(received.operation(&mypay::SERVICE).unwrap().name, "paaSILInviaDovuti");
    for mode in [Mode::Strict, Mode::Lenient] {
        assert_eq!(received.header::<IntestazionePpt>(mode).unwrap().as_ref(), Some(&header));
        assert_eq!(received.body_in::<PaaSilInviaDovuti>(mode).unwrap(), request);
    }
    let bare = envelope::request(&request);
    let received = Envelope::parse(&bare, &mypay::SERVICE).unwrap();
    assert_eq!(received.header::<IntestazionePpt>(Mode::Lenient).unwrap(), None);

    // Clients look for literal, unprefixed tags; the fault comes first (mypay-soap.md §4.1, §19).
    let answer = envelope::response(&PaaSilInviaDovutiRisposta {
        fault: Some(FaultBean::new("PAA_ENTE_NON_VALIDO", "Password non valida per ente [C_Z999]", "C_Z999")),
        esito: Some("KO".into()),
        ..PaaSilInviaDovutiRisposta::default()
    });
    assert!(answer.contains(
        "<fault><faultCode>PAA_ENTE_NON_VALIDO</faultCode>\
         <faultString>Password non valida per ente [C_Z999]</faultString><id>C_Z999</id></fault>\
         <esito>KO</esito></ppt:paaSILInviaDovutiRisposta>"
    ));
}

#[test]
fn qualified_children_of_an_unqualified_message_declare_their_namespace_on_the_wrapper() {
    let request = mypay::PaaSilChiediPosizioniAperte {
        password: None,
        cod_ipa_ente: None,
        identificativo_univoco_persona_fg: Some(PersonaRichiesta {
            tipo: Some(TipoPersonaFG::F),
            codice: "RSSMRA80A01H501U".into(),
        }),
    };
    let text = envelope::request(&request);
    assert!(
        text.contains(
            "<ppt:paaSILChiediPosizioniAperte xmlns:ppt=\"http://www.regione.veneto.it/pagamenti/ente/\" \
         xmlns:pay_i=\"http://www.regione.veneto.it/schemas/2012/Pagamenti/Ente/\">\
         <identificativoUnivocoPersonaFG><pay_i:tipoIdentificativoUnivoco>F<"
        ),
        "{text}"
    );
    let received = Envelope::parse(&text, &mypay::SERVICE).unwrap();
    assert_eq!(received.body::<mypay::PaaSilChiediPosizioniAperte>().unwrap(), request);
    let unknown = text.replace(">F</pay_i", ">X</pay_i");
    let received = Envelope::parse(&unknown, &mypay::SERVICE).unwrap();
    let request: mypay::PaaSilChiediPosizioniAperte = received.body_leniently().unwrap();
    assert_eq!(request.identificativo_univoco_persona_fg.unwrap().tipo, None);
}

fn fault(text: &str) -> Fault {
    Envelope::parse(text, &mypay::SERVICE).map(|_| ()).unwrap_err()
}

#[test]
fn faults() {
    let wrap = |header: &str, body: &str| {
        format!(
            "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns:x=\"urn:x\">\
             {header}<s:Body>{body}</s:Body></s:Envelope>"
        )
    };
    let code = |text: &str| fault(text).code;
    let newer =
        wrap("", "<x:a/>").replace("schemas.xmlsoap.org/soap/envelope/", "www.w3.org/2003/05/soap-envelope");
    assert_eq!(code(&newer), FaultCode::VersionMismatch);
    assert!(fault(&newer).string.contains("SOAP 1.2"));
    assert_eq!(code("<Envelope/>"), FaultCode::VersionMismatch);
    assert_eq!(code("<html/>"), FaultCode::Client);
    assert_eq!(code("<!DOCTYPE a><a/>"), FaultCode::Client);
    assert_eq!(code(&wrap("", "")), FaultCode::Client);
    assert_eq!(code(&wrap("", "<x:a/><x:b/>")), FaultCode::Client);
    assert!(fault(&wrap("", "<x:a/><x:b/>")).string.contains("ne contiene 2"));
    assert_eq!(code("<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'/>"), FaultCode::Client);

    let block = |attributes: &str| wrap(&format!("<s:Header><x:h {attributes}/></s:Header>"), "<x:a/>");
    assert_eq!(code(&block("s:mustUnderstand='1'")), FaultCode::MustUnderstand);
    assert_eq!(
        code(&block("s:mustUnderstand='1' s:actor='http://schemas.xmlsoap.org/soap/actor/next'")),
        FaultCode::MustUnderstand
    );
    for harmless in ["", "s:mustUnderstand='0'", "s:mustUnderstand='1' s:actor='urn:altri'"] {
        assert!(Envelope::parse(&block(harmless), &mypay::SERVICE).is_ok(), "{harmless}");
    }

    let sent = Fault::server("Operazione non disponibile al momento").with_detail("traccia <1>");
    let reply = envelope::parse_reply::<PaaSilInviaDovutiRisposta>(&sent.to_envelope(), Mode::Strict);
    assert_eq!(reply.unwrap_err(), ReplyError::Fault(sent));
    let garbage = envelope::parse_reply::<PaaSilInviaDovutiRisposta>("<html/>", Mode::Strict);
    assert!(matches!(garbage.unwrap_err(), ReplyError::NotSoap(_)));
}
