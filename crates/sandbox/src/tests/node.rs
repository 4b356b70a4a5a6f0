//! What the node calls, what it refuses, what it finds wrong.

use std::time::Duration;

use serde_json::{Value, json};

use super::{World, operations};
use crate::testing::{self, Answer, COMUNE, HASH, NOTICE, OTHER_NOTICE, PROVINCIA};

#[tokio::test]
async fn a_payment_is_verified_activated_and_its_receipt_goes_to_all_who_wait_for_it() {
    let world = World::start().await;
    let report = world.pay("OK", json!({})).await;
    assert_eq!(report["outcome"], "OK");
    assert_eq!(report["amount"], 12345);
    assert_eq!(operations(&report), ["paVerifyPaymentNotice", "paGetPaymentV2", "paSendRTV2", "paSendRT"]);
    for call in report["calls"].as_array().unwrap() {
        assert_eq!((&call["outcome"], &call["violations"]), (&json!("OK"), &json!(0)), "{call}");
        assert!(call["milliseconds"].as_u64().unwrap() < 250);
    }
    // The broadcast station of the organization gets it too; the province is attached nowhere.
    let stations: Vec<&Value> = report["calls"].as_array().unwrap().iter().map(|c| &c["idStation"]).collect();
    assert_eq!(stations, [testing::STATION, testing::STATION, testing::STATION, testing::BROADCAST]);
    assert!(world.violations().await.is_empty());

    let receipt_id = report["receiptId"].as_str().unwrap();
    let sent = &world.stub.bodies("paSendRTV2")[0];
    for part in [
        format!("<receiptId>{receipt_id}</receiptId>"),
        format!("<noticeNumber>{NOTICE}</noticeNumber>"),
        "<paymentAmount>123.45</paymentAmount>".to_owned(),
        format!("<creditorReferenceId>{}</creditorReferenceId>", &NOTICE[1..]),
        "<idPSP>ABI99001</idPSP>".to_owned(),
        "<standIn>false</standIn>".to_owned(),
    ] {
        assert!(sent.contains(&part), "{part} in {sent}");
    }
}

#[tokio::test]
async fn what_is_sent_is_valid_by_the_contract() {
    use soap::Mode;
    use wire::pa_for_node as w;
    let world = World::start().await;
    world.pay("OK", json!({"postal": true})).await;
    fn read<E: soap::Element>(body: &str) -> E {
        let envelope = soap::Envelope::parse(body, &w::SERVICE).unwrap();
        envelope.body_in(Mode::Strict).unwrap()
    }
    let activation: w::PaGetPaymentV2Request = read(&world.stub.bodies("paGetPaymentV2")[0]);
    assert_eq!(activation.transfer_type, Some(w::TransferType::Postal));
    let _: w::PaVerifyPaymentNoticeReq = read(&world.stub.bodies("paVerifyPaymentNotice")[0]);
    // The stub answered with a bank account to a postal activation: refused, so no receipt.
    assert!(world.stub.bodies("paSendRTV2").is_empty());
    assert_eq!(world.violations().await, ["postal-iban"]);

    world.pay("OK", json!({})).await;
    let v2: w::PaSendRtV2Request = read(&world.stub.bodies("paSendRTV2")[0]);
    let v1: w::PaSendRtReq = read(&world.stub.bodies("paSendRT")[0]);
    assert_eq!(v1.receipt.receipt_id, v2.receipt.receipt_id);
    assert_eq!(v2.receipt.transfer_list.transfers.len(), 2);
}

#[tokio::test]
async fn refusals_of_the_organization_reach_the_psp() {
    let world = World::start().await;
    let ko = testing::refused("paVerifyPaymentNoticeRes", "PAA_PAGAMENTO_SCADUTO");
    world.stub.set("paVerifyPaymentNotice", Answer::Body(ko));
    let report = world.pay("OK", json!({})).await;
    assert_eq!(report["outcome"], "KO");
    assert_eq!(report["faultCode"], "PPT_ERRORE_EMESSO_DA_PAA");
    assert_eq!(report["originalFaultCode"], "PAA_PAGAMENTO_SCADUTO");
    assert_eq!(report["calls"][0]["faultCode"], "PAA_PAGAMENTO_SCADUTO");
    assert_eq!(operations(&report), ["paVerifyPaymentNotice"]);
    assert!(report.get("receiptId").is_none());
    assert!(world.violations().await.is_empty());
}

#[tokio::test]
async fn each_kind_of_bad_answer_is_a_violation_and_stops_the_payment() {
    let world = World::start().await;
    let activation = testing::activation_ok(2);
    let good_verify = testing::verify_ok();
    let cases = [
        ("schema", "not xml at all".to_owned()),
        (
            "schema",
            testing::envelope(&activation.replace("<amount>", "<amount>0"))
                .replace("123.45</paymentAmount>", "123,45</paymentAmount>"),
        ),
        ("schema", testing::envelope(&activation.replace("idTransfer>2<", "idTransfer>6<"))),
        ("schema", testing::envelope(&activation.replace("<data>", "<data xmlns=\"urn:x\">"))),
        ("schema", testing::envelope(&good_verify)),
        (
            "schema",
            testing::envelope(&activation.replace("<description>Tassa rifiuti 2026", "<description>")),
        ),
        ("transfers-sum", testing::envelope(&activation.replace(">118.00<", ">118.01<"))),
        (
            "iban-registered",
            testing::envelope(&activation.replace(testing::PROVINCIA_IBAN, testing::COMUNE_IBAN)),
        ),
        ("organization-enabled", testing::envelope(&activation.replace(PROVINCIA, "01234567897"))),
        (
            "data-missing",
            testing::envelope(&testing::element("paGetPaymentV2Response", "<outcome>OK</outcome>")),
        ),
        (
            "ko-without-fault",
            testing::envelope(&testing::element("paGetPaymentV2Response", "<outcome>KO</outcome>")),
        ),
        (
            "fault-code",
            testing::envelope(&testing::refused("paGetPaymentV2Response", "PAA_RECEIPT_DUPLICATA")),
        ),
    ];
    for (rule, text) in cases {
        world.stub.set("paGetPaymentV2", Answer::Raw(200, text.clone()));
        let report = world.pay("OK", json!({})).await;
        assert_eq!(report["faultCode"], "PPT_STAZIONE_INT_PA_ERRORE_RESPONSE", "{rule}: {text}");
        assert_eq!(report["calls"][1]["outcome"], "ERROR");
        assert_eq!(world.violations().await, [rule], "{text}");
        let listed = world.get("/sandbox/node/violations").await;
        assert_eq!(listed[0]["operation"], "paGetPaymentV2");
        assert_eq!(listed[0]["kind"], "contract");
        assert!(listed[0]["request"].as_str().unwrap().contains(NOTICE));
        let url = format!("{}/sandbox/node/violations", world.base);
        let cleared = world.http.delete(url).bearer_auth(testing::TOKEN).send().await.unwrap();
        assert_eq!(cleared.json::<Value>().await.unwrap()["removed"], 1);
    }
    // After all those failures the notice is free.
    world.stub.set("paGetPaymentV2", Answer::Body(activation));
    assert_eq!(world.pay("OK", json!({})).await["outcome"], "OK");
}

#[tokio::test]
async fn error_pages_silence_slowness_and_absence_are_told_apart() {
    let world = World::start().await;
    let verify = testing::verify_ok();
    world.stub.set("paVerifyPaymentNotice", Answer::Raw(500, "<html/>".into()));
    let report = world.pay("OK", json!({})).await;
    assert_eq!(report["faultCode"], "PPT_STAZIONE_INT_PA_ERRORE_RESPONSE");
    assert_eq!(world.violations().await, ["http-status"]);

    let late = Answer::Late(Duration::from_millis(300), verify.clone());
    world.stub.set("paVerifyPaymentNotice", late);
    assert_eq!(world.pay("KO", json!({})).await["outcome"], "KO");
    assert_eq!(world.violations().await, ["http-status", "response-time"]);
    let listed = world.get("/sandbox/node/violations").await;
    assert_eq!(listed[1]["kind"], "serviceLevel");

    let never = Answer::Late(Duration::from_secs(5), verify.clone());
    world.stub.set("paVerifyPaymentNotice", never);
    let report = world.pay("OK", json!({})).await;
    assert_eq!(report["faultCode"], "PPT_STAZIONE_INT_PA_TIMEOUT");

    let mut registry = testing::registry("http://127.0.0.1:1/");
    registry.organizations[0].name = "Comune spostato".into();
    world.sandbox.set_registry(registry).unwrap();
    let report = world.pay("OK", json!({})).await;
    assert_eq!(report["faultCode"], "PPT_STAZIONE_INT_PA_IRRAGGIUNGIBILE");
}

#[tokio::test]
async fn the_node_serialises_attempts_and_never_pays_twice() {
    let world = World::start().await;
    let slow = Answer::Late(Duration::from_millis(200), testing::activation_ok(2));
    world.stub.set("paGetPaymentV2", slow);
    let (first, second) = tokio::join!(world.pay("OK", json!({})), async {
        tokio::time::sleep(Duration::from_millis(80)).await;
        world.pay("OK", json!({})).await
    });
    assert_eq!(first["outcome"], "OK");
    assert_eq!(second["faultCode"], "PPT_PAGAMENTO_IN_CORSO");
    assert_eq!(world.stub.bodies("paGetPaymentV2").len(), 1);
    let third = world.pay("OK", json!({})).await;
    assert_eq!(third["faultCode"], "PPT_PAGAMENTO_DUPLICATO");
    assert_eq!(world.stub.bodies("paGetPaymentV2").len(), 1);
}

#[tokio::test]
async fn an_abandoned_attempt_holds_the_notice_as_long_as_its_token() {
    let world = World::start().await;
    assert_eq!(world.pay("ABANDON", json!({})).await["outcome"], "ABANDON");
    let held = world.pay("ABANDON", json!({"tokenValiditySeconds": 600})).await;
    assert_eq!(held["outcome"], "ABANDON");
    let refused = world.pay("OK", json!({})).await;
    assert_eq!(refused["faultCode"], "PPT_PAGAMENTO_IN_CORSO");
    world.post("/sandbox/clock", json!({"advance": "PT10M1S"})).await;
    assert_eq!(world.pay("KO", json!({})).await["outcome"], "KO");
    assert_eq!(world.pay("OK", json!({})).await["outcome"], "OK");
}

#[tokio::test]
async fn notices_are_routed_by_organization_and_segregation_code() {
    let world = World::start().await;
    let pay = |notice: &str, code: &str| {
        let order = json!({"noticeNumber": notice, "fiscalCode": code, "outcome": "OK"});
        world.post("/sandbox/psp/pay", order)
    };
    let unknown = pay(NOTICE, "01234567897").await.1;
    assert_eq!(unknown["faultCode"], "PPT_DOMINIO_SCONOSCIUTO");
    let unrouted = pay(&NOTICE.replacen("12", "44", 1), COMUNE).await.1;
    assert_eq!(unrouted["faultCode"], "PPT_STAZIONE_INT_PA_SCONOSCIUTA");
    assert_eq!(pay(NOTICE, PROVINCIA).await.1["faultCode"], "PPT_STAZIONE_INT_PA_SCONOSCIUTA");
    assert!(world.stub.operations().is_empty());

    // Segregation code 13 belongs to the station of version 1.
    let notice = "313202500000045761";
    let data = testing::activation_ok(1).replace(&NOTICE[1..], &notice[1..]);
    world.stub.set("paGetPayment", Answer::Body(data));
    let report = pay(notice, COMUNE).await.1;
    assert_eq!(operations(&report), ["paVerifyPaymentNotice", "paGetPayment", "paSendRT"]);
    assert!(world.violations().await.is_empty());
}

#[tokio::test]
async fn stamps_come_back_in_the_receipt_of_version_2() {
    use base64::Engine as _;
    let world = World::start().await;
    let transfers = format!(
        "<transfer><idTransfer>1</idTransfer><transferAmount>16.00</transferAmount>\
         <fiscalCodePA>{COMUNE}</fiscalCodePA><richiestaMarcaDaBollo>\
         <hashDocumento>{HASH}</hashDocumento><tipoBollo>01</tipoBollo>\
         <provinciaResidenza>VE</provinciaResidenza></richiestaMarcaDaBollo>\
         <remittanceInformation>Bollo</remittanceInformation>\
         <transferCategory>9/0101101IM/</transferCategory></transfer>"
    );
    let data = testing::activation_with("16.00", &transfers, 2);
    world.stub.set("paGetPaymentV2", Answer::Body(data));
    assert_eq!(world.pay("OK", json!({})).await["outcome"], "OK");
    assert!(world.violations().await.is_empty());
    let sent = &world.stub.bodies("paSendRTV2")[0];
    let attachment = sent.split("MBDAttachment>").nth(1).unwrap().trim_end_matches("</");
    let xml = base64::engine::general_purpose::STANDARD.decode(attachment).unwrap();
    let xml = String::from_utf8(xml).unwrap();
    let document = soap::Document::parse(&xml).unwrap();
    let root = document.root();
    assert!(root.is("http://www.agenziaentrate.gov.it/2014/MarcaDaBollo", "marcaDaBollo"));
    let names: Vec<&str> = root.children().map(|n| n.name()).collect();
    assert_eq!(
        names,
        ["PSP", "IUBD", "OraAcquisto", "Importo", "TipoBollo", "ImprontaDocumento", "Signature"]
    );
    assert!(xml.contains(&format!("<ds:DigestValue>{HASH}</ds:DigestValue>")));
}

#[tokio::test]
async fn the_probe_wants_an_unknown_notice() {
    let world = World::start().await;
    let ko = testing::refused("paVerifyPaymentNoticeRes", "PAA_PAGAMENTO_SCONOSCIUTO");
    world.stub.set("paVerifyPaymentNotice", Answer::Body(ko));
    let (status, calls) = world.post("/sandbox/node/probe", json!({})).await;
    assert_eq!((status, calls.as_array().unwrap().len()), (200, 2));
    assert!(world.violations().await.is_empty());
    assert!(world.stub.bodies("paVerifyPaymentNotice")[0].contains("000000000000000000"));

    let other = testing::refused("paVerifyPaymentNoticeRes", "PAA_SYSTEM_ERROR");
    world.stub.set("paVerifyPaymentNotice", Answer::Body(other));
    world.post("/sandbox/node/probe", json!({"fiscalCode": COMUNE})).await;
    assert_eq!(world.violations().await, ["probe", "probe"]);
    let (status, problem) = world.post("/sandbox/node/probe", json!({"fiscalCode": "1"})).await;
    assert_eq!(status, 400, "{problem}");
}

#[tokio::test]
async fn orders_that_make_no_sense_name_the_field() {
    let world = World::start().await;
    let good = json!({"noticeNumber": OTHER_NOTICE, "fiscalCode": COMUNE, "outcome": "OK"});
    for (field, value) in [
        ("noticeNumber", json!("12")),
        ("noticeNumber", json!("31220250000045716X")),
        ("fiscalCode", json!("80012345678")),
        ("outcome", json!("MAYBE")),
        ("receiptCopies", json!(0)),
        ("receiptCopies", json!(21)),
        ("receiptDelaySeconds", json!(5_184_001)),
        ("receiptDelaySeconds", json!(-1)),
        ("psp", json!("NOBODY")),
        ("amount", json!(0)),
        ("tokenValiditySeconds", json!(1801)),
        ("surprise", json!(1)),
    ] {
        let mut order = good.clone();
        order[field] = value.clone();
        let (status, problem) = world.post("/sandbox/psp/pay", order).await;
        assert_eq!(status, 400, "{field} {value}");
        let detail = problem["detail"].as_str().unwrap();
        // serde names the value or the line for what it refuses by itself.
        assert!(detail.contains(field) || detail.starts_with("body: "), "{field}: {detail}");
    }
    assert!(world.stub.operations().is_empty());
}
