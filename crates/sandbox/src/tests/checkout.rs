//! Carts and the checkout, as a server and a browser see them.

use serde_json::{Value, json};

use super::World;
use crate::testing::{self, Answer, COMUNE, KEY, NOTICE, OTHER_NOTICE};

fn item(notice: &str) -> Value {
    json!({"noticeNumber": notice, "fiscalCode": COMUNE, "amount": 12345,
        "companyName": "Comune di Borgo Sereno", "description": "Tassa rifiuti <2026>"})
}

fn cart() -> Value {
    json!({
        "emailNotice": "ada@example.org",
        "paymentNotices": [item(NOTICE)],
        "returnUrls": {
            "returnOkUrl": "https://pagamenti.example.org/ok?s=1",
            "returnCancelUrl": "https://pagamenti.example.org/annullato?s=1",
            "returnErrorUrl": "https://pagamenti.example.org/errore?s=1",
            "returnWaitingUrl": "https://pagamenti.example.org/attesa?s=1"
        },
        "idCart": "carrello-17"
    })
}

impl World {
    async fn send_cart(&self, version: &str, cart: &Value) -> (u16, Option<String>, Value) {
        let url = format!("{}/sandbox/checkout/ec/{version}/carts", self.base);
        let request = self.http.post(url).header("Ocp-Apim-Subscription-Key", KEY);
        let response = request.json(cart).send().await.unwrap();
        let location = response.headers().get("location").map(|l| l.to_str().unwrap().to_owned());
        let status = response.status().as_u16();
        (status, location, response.json().await.unwrap_or(Value::Null))
    }

    /// Sends a cart, pays it with a card, and gives the address that the browser is sent to.
    async fn checkout(&self, version: &str, cart: &Value, card: &str) -> String {
        let (status, location, problem) = self.send_cart(version, cart).await;
        assert_eq!(status, 302, "{problem}");
        self.submit(&location.unwrap(), card).await
    }

    async fn submit(&self, location: &str, card: &str) -> String {
        let form = [("email", "ada@example.org"), ("card", card), ("expiry", "12/99"), ("cvv", "123")];
        let response = self.http.post(location).form(&form).send().await.unwrap();
        assert_eq!(response.status(), 303, "{}", response.text().await.unwrap());
        response.headers()["location"].to_str().unwrap().to_owned()
    }
}

#[tokio::test]
async fn each_card_ends_where_it_says() {
    for (card, version, end, receipts) in [
        ("4000000000000010", "v1", "ok", 1),
        ("4000000000000010", "v2", "ok", 1),
        ("4000000000000028", "v1", "errore", 0),
        ("4000000000000036", "v1", "annullato", 0),
        ("4000000000000044", "v2", "errore", 0),
        ("4000000000000051", "v1", "ok", 0),
        ("4000000000000051", "v2", "attesa", 0),
        ("4000000000000069", "v1", "ok", 2),
    ] {
        let world = World::start().await;
        let location = world.checkout(version, &cart(), card).await;
        assert_eq!(location, format!("https://pagamenti.example.org/{end}?s=1"), "{card} {version}");
        let sent = world.stub.bodies("paSendRTV2");
        assert_eq!(sent.len(), receipts, "{card} {version}");
        for receipt in &sent {
            assert!(receipt.contains("<paymentNote>carrello-17</paymentNote>"));
            assert!(receipt.contains("<idPSP>ABI99002</idPSP>"));
        }
        let activation = &world.stub.bodies("paGetPaymentV2")[0];
        assert!(activation.contains("<amount>123.45</amount>"), "{activation}");
        assert!(activation.contains("<transferType>PAGOPA</transferType>"), "{activation}");
        assert!(world.violations().await.is_empty());
        let waiting = world.sandbox.nation.node.receipt_list();
        assert_eq!(waiting.len(), if card.ends_with("51") { 2 } else { receipts * 2 });
    }
}

#[tokio::test]
async fn several_notices_have_one_activation_and_one_receipt_each() {
    let world = World::start().await;
    let mut two = cart();
    two["paymentNotices"] = json!([item(NOTICE), item(OTHER_NOTICE)]);
    let location = world.checkout("v1", &two, "4000000000000010").await;
    assert!(location.contains("/ok"), "{location}");
    let sent = world.stub.bodies("paSendRTV2");
    assert_eq!(sent.len(), 2);
    for (receipt, notice) in sent.iter().zip([NOTICE, OTHER_NOTICE]) {
        assert!(receipt.contains(&format!("<noticeNumber>{notice}</noticeNumber>")));
    }
    let token = |body: &str| body.split("receiptId>").nth(1).unwrap().to_owned();
    assert_ne!(token(&sent[0]), token(&sent[1]));
    assert!(world.violations().await.is_empty());
}

#[tokio::test]
async fn when_one_notice_is_refused_none_is_paid_and_the_others_are_free() {
    let world = World::start().await;
    let mut two = cart();
    two["paymentNotices"] = json!([item(NOTICE), item(OTHER_NOTICE)]);
    // Always the data of the first notice, even for the second.
    let first = Answer::Raw(200, testing::envelope(&testing::activation_ok(2)));
    world.stub.set("paGetPaymentV2", first);
    let location = world.checkout("v1", &two, "4000000000000010").await;
    assert!(location.contains("/errore"), "{location}");
    assert_eq!(world.stub.bodies("paGetPaymentV2").len(), 2);
    assert!(world.stub.bodies("paSendRTV2").is_empty());
    assert_eq!(world.violations().await, ["creditor-reference"]);
    assert_eq!(world.send_cart("v1", &cart()).await.0, 302);
}

#[tokio::test]
async fn a_closed_cart_goes_back_to_the_same_place_and_pays_once() {
    let world = World::start().await;
    let (_, location, _) = world.send_cart("v1", &cart()).await;
    let location = location.unwrap();
    let (one, two) = tokio::join!(
        world.submit(&location, "4000000000000010"),
        world.submit(&location, "4000000000000010")
    );
    assert_eq!(one, two);
    assert_eq!(world.stub.bodies("paSendRTV2").len(), 1);
    assert_eq!(world.submit(&location, "4000000000000028").await, one);
    let page = world.http.get(&location).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("già conclusa"), "{page}");
}

#[tokio::test]
async fn giving_up_goes_to_the_cancel_address() {
    let world = World::start().await;
    let (_, location, _) = world.send_cart("v1", &cart()).await;
    let cancel = location.unwrap().replace('?', "/annulla?");
    let response = world.http.post(cancel).send().await.unwrap();
    assert_eq!(response.status(), 303);
    assert_eq!(response.headers()["location"], "https://pagamenti.example.org/annullato?s=1");
    assert!(world.stub.operations().is_empty());
}

#[tokio::test]
async fn an_amount_that_changed_meanwhile_is_an_error() {
    let world = World::start().await;
    let changed = testing::verify_ok().replace("123.45", "130.00");
    world.stub.set("paVerifyPaymentNotice", Answer::Body(changed));
    let location = world.checkout("v1", &cart(), "4000000000000010").await;
    assert!(location.contains("errore"), "{location}");
    assert_eq!(world.stub.operations(), ["paVerifyPaymentNotice"]);
}

#[tokio::test]
async fn the_page_is_complete_and_shows_errors_by_field() {
    let world = World::start().await;
    let (_, location, _) = world.send_cart("v1", &cart()).await;
    let location = location.unwrap();
    let response = world.http.get(&location).send().await.unwrap();
    assert_eq!(response.headers()["cache-control"], "no-store");
    let page = response.text().await.unwrap();
    for part in [
        "<html lang=\"it\">",
        "Tassa rifiuti &lt;2026&gt;",
        "123,45 €",
        "value=\"ada@example.org\"",
        "<label class=\"form-label fw-semibold\" for=\"card\">",
    ] {
        assert!(page.contains(part), "{part} in {page}");
    }
    assert!(!page.contains("<script"));
    let prefilled = world
        .http
        .get(format!("{location}&carta=4000000000000028"))
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(prefilled.contains("value=\"4000000000000028\""));

    let form = [("email", "x"), ("card", "4111111111111111"), ("expiry", "1"), ("cvv", "")];
    let response = world.http.post(&location).form(&form).send().await.unwrap();
    assert_eq!(response.status(), 422);
    let page = response.text().await.unwrap();
    assert_eq!(page.matches("aria-invalid=\"true\"").count(), 4);
    assert!(page.contains("aria-describedby=\"expiry-errore expiry-aiuto\""));
    assert!(page.contains("<title>Errore"));
    assert!(world.stub.operations().is_empty());

    let gone = format!("{}/sandbox/checkout/c/nothing", world.base);
    assert_eq!(world.http.get(gone).send().await.unwrap().status(), 404);
    world.post("/sandbox/clock", json!({"advance": "PT61M"})).await;
    assert_eq!(world.http.get(&location).send().await.unwrap().status(), 404);
}

#[tokio::test]
async fn carts_that_the_api_refuses() {
    let world = World::start().await;
    let url = format!("{}/sandbox/checkout/ec/v1/carts", world.base);
    for key in [None, Some("wrong")] {
        let mut request = world.http.post(&url).json(&cart());
        if let Some(key) = key {
            request = request.header("Ocp-Apim-Subscription-Key", key);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 401);
        assert_eq!(response.json::<Value>().await.unwrap()["statusCode"], 401);
    }
    let by_query = world.http.post(format!("{url}?subscription-key={KEY}"));
    assert_eq!(by_query.json(&cart()).send().await.unwrap().status(), 302);

    type Change = (&'static str, u16, fn(&mut Value));
    let changes: &[Change] = &[
        ("paymentNotices", 400, |c| c["paymentNotices"] = json!([])),
        ("paymentNotices", 400, |c| c["paymentNotices"] = json!("x")),
        ("paymentNotices", 422, |c| c["paymentNotices"] = json!(vec![item(NOTICE); 6])),
        ("paymentNotices[1]", 422, |c| c["paymentNotices"] = json!([item(NOTICE), item(NOTICE)])),
        ("paymentNotices[0].amount", 400, |c| c["paymentNotices"][0]["amount"] = json!(0)),
        ("paymentNotices[0].amount", 400, |c| c["paymentNotices"][0]["amount"] = json!("1.00")),
        ("paymentNotices[0].amount", 400, |c| c["paymentNotices"][0]["amount"] = json!(1.5)),
        ("paymentNotices[0].noticeNumber", 400, |c| c["paymentNotices"][0]["noticeNumber"] = json!("1")),
        ("paymentNotices[0].fiscalCode", 400, |c| c["paymentNotices"][0]["fiscalCode"] = Value::Null),
        ("paymentNotices[0].companyName", 400, |c| {
            c["paymentNotices"][0]["companyName"] = json!("x".repeat(141))
        }),
        ("paymentNotices[0].description", 400, |c| c["paymentNotices"][0]["description"] = json!("")),
        ("paymentNotices[0]", 422, |c| c["paymentNotices"][0]["fiscalCode"] = json!("01234567897")),
        ("returnUrls.returnOkUrl", 400, |c| c["returnUrls"] = json!({})),
        ("returnUrls.returnErrorUrl", 400, |c| c["returnUrls"]["returnErrorUrl"] = json!("/errore")),
        ("returnUrls.returnCancelUrl", 400, |c| {
            c["returnUrls"]["returnCancelUrl"] = json!("javascript:alert(1)")
        }),
        ("emailNotice", 400, |c| c["emailNotice"] = json!("nobody")),
        ("idCart", 400, |c| c["idCart"] = json!("x".repeat(211))),
        ("allCCP", 400, |c| c["allCCP"] = json!("yes")),
    ];
    for (field, expected, change) in changes {
        let mut body = cart();
        change(&mut body);
        let (status, _, problem) = world.send_cart("v1", &body).await;
        assert_eq!(status, *expected, "{field}: {problem}");
        assert!(problem["detail"].as_str().unwrap().starts_with(field), "{field}: {problem}");
        assert_eq!(problem["status"], *expected);
    }
    let mut without_waiting = cart();
    without_waiting["returnUrls"].as_object_mut().unwrap().remove("returnWaitingUrl");
    assert_eq!(world.send_cart("v2", &without_waiting).await.0, 400);
    assert_eq!(world.send_cart("v1", &without_waiting).await.0, 302);

    world.pay("OK", json!({})).await;
    let (status, _, problem) = world.send_cart("v1", &cart()).await;
    assert_eq!(status, 422);
    assert!(problem["detail"].as_str().unwrap().contains("PPT_PAGAMENTO_DUPLICATO"));
}
