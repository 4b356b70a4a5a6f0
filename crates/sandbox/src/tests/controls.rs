//! Controls: token, clock, SIL, page, OpenAPI.

use serde_json::{Value, json};

use super::World;
use crate::testing::{COMUNE, NOTICE, TOKEN};

#[tokio::test]
async fn every_control_of_the_description_wants_the_token() {
    let world = World::start().await;
    let api: Value = world
        .http
        .get(format!("{}/sandbox/openapi.json", world.base))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert!(api["openapi"].as_str().unwrap().starts_with("3.1"));
    let mut tried = 0;
    for (path, methods) in api["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            let method: reqwest::Method = method.to_uppercase().parse().unwrap();
            let url = format!("{}{path}", world.base).replace('{', "").replace('}', "");
            for token in [None, Some(""), Some("wrong"), Some("token-di-prov")] {
                let mut request = world.http.request(method.clone(), &url);
                if let Some(token) = token {
                    request = request.bearer_auth(token);
                }
                let response = request.send().await.unwrap();
                assert_eq!(response.status(), 401, "{method} {path}");
                assert_eq!(response.headers()["www-authenticate"], "Bearer");
            }
            // With the token something else answers.
            let response = world.http.request(method.clone(), &url).bearer_auth(TOKEN).send().await.unwrap();
            assert_ne!(response.status(), 401, "{method} {path}");
            assert_ne!(response.status(), 405, "{method} {path}");
            tried += 1;
        }
    }
    assert_eq!(tried, 16);
}

#[tokio::test]
async fn the_clock_moves_forward_by_iso_durations() {
    let world = World::start().await;
    let before = world.get("/sandbox/clock").await;
    assert_eq!(before["offsetSeconds"], 0);
    let (status, after) = world.post("/sandbox/clock", json!({"advance": "P1DT2H"})).await;
    assert_eq!(status, 200);
    let offset = after["offsetSeconds"].as_i64().unwrap();
    assert!((25 * 3600..=27 * 3600).contains(&offset), "{offset}");
    assert_eq!(after["now"].as_str().unwrap().chars().last(), Some('Z'));
    for bad in ["", "domani", "-P1D", "PT0S", "P100Y", "1"] {
        let (status, problem) = world.post("/sandbox/clock", json!({"advance": bad})).await;
        assert_eq!(status, 400, "{bad}");
        assert!(problem["detail"].as_str().unwrap().starts_with("advance: "), "{problem}");
    }
    assert_eq!(world.post("/sandbox/clock", json!({})).await.0, 400);
}

#[tokio::test]
async fn the_sil_keeps_what_is_pushed_and_misbehaves_on_demand() {
    use base64::Engine as _;
    let world = World::start().await;
    let encode = |text: &str| base64::engine::general_purpose::STANDARD.encode(text);
    let push = json!({"rt": encode("<RT/>"), "esito": encode("<Pagati/>")});
    let send = || {
        let url = format!("{}/sandbox/sil/notifiche/C_BORGO", world.base);
        world.http.post(url).bearer_auth("segreto").json(&push).send()
    };
    let answer = send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.json::<Value>().await.unwrap(), json!({}));
    let inbox = world.get("/sandbox/sil/inbox?ipa=C_BORGO").await;
    assert_eq!(inbox[0]["esito"], "<Pagati/>");
    assert_eq!(inbox[0]["rt"], "<RT/>");
    assert_eq!(inbox[0]["headers"]["authorization"], "Bearer ***");
    assert_eq!(inbox[0]["headers"]["content-type"], "application/json");
    assert!(!inbox.to_string().contains("segreto"));
    assert_eq!(world.get("/sandbox/sil/inbox?ipa=OTHER").await, json!([]));

    let misbehave = |mode: &str| world.post("/sandbox/sil/misbehaviour", json!({"mode": mode, "times": 1}));
    assert_eq!(misbehave("STATUS_500").await.0, 204);
    assert_eq!(send().await.unwrap().status(), 500);
    misbehave("FAULT").await;
    let fault: Value = send().await.unwrap().json().await.unwrap();
    assert_eq!(fault["faultCode"], "SIL_ERRORE_SIMULATO");
    misbehave("RESET").await;
    let reset = send().await;
    assert!(reset.is_err(), "{reset:?}");
    misbehave("TIMEOUT").await;
    let silent = tokio::time::timeout(std::time::Duration::from_millis(200), send()).await;
    assert!(silent.is_err());
    assert_eq!(send().await.unwrap().status(), 200);
    assert_eq!(misbehave("PERHAPS").await.0, 400);

    let inbox = world.get("/sandbox/sil/inbox").await;
    let answered: Vec<&str> =
        inbox.as_array().unwrap().iter().map(|n| n["answered"].as_str().unwrap()).collect();
    assert_eq!(answered, ["200", "500", "200 faultCode", "RESET", "TIMEOUT", "200"]);
    let url = format!("{}/sandbox/sil/inbox", world.base);
    let removed = world.http.delete(url).bearer_auth(TOKEN).send().await.unwrap();
    assert_eq!(removed.json::<Value>().await.unwrap()["removed"], 6);
    assert_eq!(world.get("/sandbox/sil/inbox").await, json!([]));
}

#[tokio::test]
async fn a_browser_that_comes_back_is_recorded() {
    let world = World::start().await;
    let url =
        format!("{}/sandbox/sil/ritorno?pratica=7%267&idSession=abc&esito=OK&pollingToken=x.y.z", world.base);
    let page = world.http.get(url).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("7&amp;7") && page.contains("x.y.z"), "{page}");
    let returns = world.get("/sandbox/sil/returns").await;
    assert_eq!(returns[0]["idSession"], "abc");
    assert_eq!(returns[0]["esito"], "OK");
    assert_eq!(returns[0]["pollingToken"], "x.y.z");
    assert_eq!(returns[0]["parameters"][0], json!(["pratica", "7&7"]));
}

#[tokio::test]
async fn organizations_can_be_registered_while_it_runs() {
    let world = World::start().await;
    let put = |code: &str, body: Value| {
        let url = format!("{}/sandbox/node/organizations/{code}", world.base);
        world.http.put(url).bearer_auth(TOKEN).json(&body).send()
    };
    let mut comune = world.get("/sandbox/node/registry").await["organizations"][0].clone();
    comune["ibans"] = json!([]);
    assert_eq!(put(COMUNE, comune.clone()).await.unwrap().status(), 204);
    world.pay("OK", json!({})).await;
    assert_eq!(world.violations().await, ["iban-registered"]);

    comune["ibans"] = json!(["IT00"]);
    let refused = put(COMUNE, comune.clone()).await.unwrap();
    assert_eq!(refused.status(), 400);
    let problem: Value = refused.json().await.unwrap();
    assert!(problem["detail"].as_str().unwrap().starts_with("ibans[0]: "), "{problem}");
    assert_eq!(put("01234567897", comune).await.unwrap().status(), 400);
}

#[tokio::test]
async fn the_page_does_the_same_and_only_for_who_has_it_open() {
    let world = World::start().await;
    let url = |path: &str| format!("{}{path}", world.base);
    let page = world.http.get(url("/sandbox")).send().await.unwrap().text().await.unwrap();
    let token = world.sandbox.nation.form_token.clone();
    assert!(page.contains(&token) && page.contains("Nessuna: le risposte"), "{page}");
    let forged = [("token", "x"), ("advance", "P1D")];
    let response = world.http.post(url("/sandbox/azioni/orologio")).form(&forged).send().await;
    assert_eq!(response.unwrap().status(), 403);
    assert_eq!(world.get("/sandbox/clock").await["offsetSeconds"], 0);

    let good = [("token", token.as_str()), ("advance", "P1D")];
    let response = world.http.post(url("/sandbox/azioni/orologio")).form(&good).send().await;
    let response = response.unwrap();
    assert_eq!(response.status(), 303);
    assert_eq!(response.headers()["location"], "/sandbox?fatto=orologio");
    assert_ne!(world.get("/sandbox/clock").await["offsetSeconds"], 0);

    let pay = [
        ("token", token.as_str()),
        ("noticeNumber", NOTICE),
        ("fiscalCode", COMUNE),
        ("outcome", "OK"),
        ("psp", "ABI99001"),
        ("receiptDelaySeconds", ""),
        ("receiptCopies", ""),
    ];
    let response = world.http.post(url("/sandbox/azioni/paga")).form(&pay).send().await.unwrap();
    assert_eq!(response.status(), 200);
    let text = response.text().await.unwrap();
    assert!(text.contains("paSendRTV2") && text.contains("Pagato"), "{text}");
    for (path, field, value) in [
        ("/sandbox/azioni/sil", "mode", "FAULT"),
        ("/sandbox/azioni/svuota", "x", ""),
        ("/sandbox/azioni/sonda", "x", ""),
    ] {
        let form = [("token", token.as_str()), (field, value)];
        let response = world.http.post(url(path)).form(&form).send().await.unwrap();
        assert_eq!(response.status(), 303, "{path}");
    }
    let wrong = [("token", token.as_str()), ("advance", "ieri")];
    let response = world.http.post(url("/sandbox/azioni/orologio")).form(&wrong).send().await;
    assert_eq!(response.unwrap().status(), 400);
    let page = world.http.get(url("/sandbox?fatto=sil")).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("Risponde con faultCode") && page.contains(NOTICE), "{page}");
}
