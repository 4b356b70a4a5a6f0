//! Receipts that arrive late, twice, again, and after a kill.

use serde_json::{Value, json};

use super::{World, operations};
use crate::Sandbox;
use crate::testing::{self, Answer};

fn states(list: &[Value]) -> Vec<&str> {
    list.iter().map(|r| r["state"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_delayed_receipt_waits_for_the_clock() {
    let world = World::start().await;
    let background = world.sandbox.spawn_background();
    let report = world.pay("OK", json!({"receiptDelaySeconds": 3600})).await;
    assert_eq!(operations(&report), ["paVerifyPaymentNotice", "paGetPaymentV2"]);
    let waiting = world.until_receipts(|list| list.len() == 2).await;
    assert_eq!(states(&waiting), ["NOTICE_GENERATED", "NOTICE_GENERATED"]);
    assert!(world.stub.bodies("paSendRTV2").is_empty());
    world.post("/sandbox/clock", json!({"advance": "PT1H"})).await;
    // The answer came after the receipts were sent.
    let list = world.get("/sandbox/node/receipts").await;
    assert_eq!(states(list.as_array().unwrap()), ["NOTIFIED", "NOTIFIED"]);
    assert_eq!(world.stub.bodies("paSendRTV2").len(), 1);
    background.abort();
}

#[tokio::test]
async fn a_secondary_organization_gets_its_copy_where_it_wants_broadcasts() {
    let world = World::start_with(|config| {
        let comune = config.registry.organizations[0].attachments[1].clone();
        config.registry.organizations[1].attachments.push(comune);
    })
    .await;
    let report = world.pay("OK", json!({})).await;
    let sent: Vec<(&str, &str)> = report["calls"]
        .as_array()
        .unwrap()
        .iter()
        .skip(2)
        .map(|c| (c["idPA"].as_str().unwrap(), c["idStation"].as_str().unwrap()))
        .collect();
    let expected = [
        (testing::COMUNE, testing::STATION),
        (testing::COMUNE, testing::BROADCAST),
        (testing::PROVINCIA, testing::BROADCAST),
    ];
    assert_eq!(sent, expected);
    let copy = &world.stub.bodies("paSendRT")[1];
    assert!(copy.contains(&format!("<idPA>{}</idPA>", testing::PROVINCIA)), "{copy}");
    assert!(copy.contains(&format!("<fiscalCode>{}</fiscalCode>", testing::COMUNE)), "{copy}");
}

#[tokio::test]
async fn copies_carry_the_same_receipt_and_a_duplicate_is_final() {
    let world = World::start().await;
    let ko = testing::refused("paSendRTRes", "PAA_RECEIPT_DUPLICATA");
    world.stub.set("paSendRT", Answer::Body(ko));
    let report = world.pay("OK", json!({"receiptCopies": 3})).await;
    assert_eq!(report["calls"].as_array().unwrap().len(), 2 + 3 * 2);
    let sent = world.stub.bodies("paSendRTV2");
    assert_eq!(sent.len(), 3);
    assert!(sent.iter().all(|body| *body == sent[0]));
    let list = world.until_receipts(|list| list.len() == 6).await;
    assert!(states(&list).iter().all(|s| *s == "NOTIFIED"));
    assert!(world.violations().await.is_empty());
}

#[tokio::test]
async fn another_amount_and_a_second_payment_can_be_asked() {
    let world = World::start().await;
    let report = world.pay("OK", json!({"amount": 10000})).await;
    let sent = &world.stub.bodies("paSendRTV2")[0];
    assert!(sent.contains("<paymentAmount>100.00</paymentAmount>"), "{sent}");
    assert!(sent.contains("<transferAmount>94.55</transferAmount>"), "{sent}");
    let second = world.pay("OK", json!({"withoutActivation": true})).await;
    assert_eq!(operations(&second), ["paSendRTV2", "paSendRT"]);
    assert_ne!(second["receiptId"], report["receiptId"]);
    let (status, _) = world
        .post(
            "/sandbox/psp/pay",
            json!({"noticeNumber": testing::OTHER_NOTICE, "fiscalCode": testing::COMUNE,
                "outcome": "OK", "withoutActivation": true}),
        )
        .await;
    assert_eq!(status, 409);
}

#[tokio::test]
async fn what_the_station_does_not_take_is_sent_again_every_hour_48_times() {
    let world = World::start().await;
    let background = world.sandbox.spawn_background();
    world.stub.set("paSendRTV2", Answer::Raw(503, String::new()));
    let ko = testing::refused("paSendRTRes", "PAA_SYSTEM_ERROR");
    world.stub.set("paSendRT", Answer::Body(ko));
    let report = world.pay("OK", json!({})).await;
    assert_eq!(report["outcome"], "OK");
    assert_eq!(report["calls"][2]["outcome"], "ERROR");
    assert_eq!(report["calls"][3]["faultCode"], "PAA_SYSTEM_ERROR");
    let list = world.until_receipts(|list| list.len() == 2).await;
    assert_eq!(states(&list), ["NOTICE_PENDING", "NOTICE_PENDING"]);

    for attempt in 2..=48u64 {
        world.post("/sandbox/clock", json!({"advance": "PT1H"})).await;
        world.until_receipts(|list| list.iter().all(|r| r["attempts"] == attempt)).await;
    }
    let list = world.until_receipts(|list| list.len() == 2).await;
    assert_eq!(states(&list), ["NOTICE_STUCK", "NOTICE_STUCK"]);
    world.post("/sandbox/clock", json!({"advance": "P2D"})).await;
    assert_eq!(world.stub.bodies("paSendRTV2").len(), 48);

    // Support restarts one of them.
    world.stub.set("paSendRTV2", Answer::Body(testing::receipt_ok("paSendRTV2Response")));
    let id = list.iter().find(|r| r["operation"] == "paSendRTV2").unwrap()["id"].clone();
    let (status, _) = world.post(&format!("/sandbox/node/receipts/{id}/resend"), json!({})).await;
    assert_eq!(status, 202);
    world.until_receipts(|list| states(list).contains(&"NOTIFIED")).await;
    let (status, _) = world.post(&format!("/sandbox/node/receipts/{id}/resend"), json!({})).await;
    assert_eq!(status, 404);
    background.abort();
}

#[tokio::test]
async fn a_kill_loses_no_receipt_and_forgets_no_payment() {
    let world = World::start().await;
    world.stub.set("paSendRTV2", Answer::Raw(503, String::new()));
    let report = world.pay("OK", json!({})).await;
    let receipt_id = report["receiptId"].as_str().unwrap();

    // A second nation on the same directory: what a new process would be.
    world.stub.set("paSendRTV2", Answer::Body(testing::receipt_ok("paSendRTV2Response")));
    let station = world.sandbox.nation.node.registry().stations[0].url.clone();
    let config = testing::config(world.dir.path(), &world.base, &station);
    let again = Sandbox::new(config).unwrap();
    let waiting = again.nation.node.receipt_list();
    assert_eq!(waiting.len(), 1, "the delivered one is not kept");
    assert_eq!((waiting[0].receipt_id.as_str(), waiting[0].attempts), (receipt_id, 1));
    let background = again.spawn_background();
    for _ in 0..250 {
        if world.stub.bodies("paSendRTV2").len() == 2 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let sent = world.stub.bodies("paSendRTV2");
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0], sent[1]);

    let notice =
        crate::message::Notice { fiscal_code: testing::COMUNE.into(), number: testing::NOTICE.into() };
    let fault = again.nation.node.check_position(&notice).unwrap_err();
    assert_eq!(fault.fault_code, "PPT_PAGAMENTO_DUPLICATO");
    background.abort();
}
