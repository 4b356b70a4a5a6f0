//! The portal through its router, on a real engine with a checkout that obeys.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod support;

use axum::http::StatusCode;
use engine::carts::{CartState, CheckoutError};
use support::{DEBTOR, ENTE, Page, World, anonymous_cart, world};

const OTHER_DEBTOR: &str = "VRDGPP13R10B293P";

async fn search(world: &World, notice: &str, debtor: &str) -> Page {
    world.post("/paga/avviso", &[("avviso", notice), ("ente", ENTE), ("debitore", debtor)]).await
}

/// The signed link of a notice, as the search gives it.
async fn link(world: &World, notice: &str) -> String {
    let found = search(world, notice, DEBTOR).await;
    assert_eq!(found.status, StatusCode::SEE_OTHER);
    found.location()
}

#[tokio::test]
async fn a_notice_is_found_paid_and_followed_to_its_receipt() {
    let world = world().await;
    let notice = world.notice("A", 125_050).await;
    let link = link(&world, notice.as_str()).await;
    let page = world.get(&link).await;
    assert_eq!(page.status, StatusCode::OK);
    for text in ["Comune di Valfiorita", "Tassa rifiuti", "1.250,50", &notice.grouped(), "Paga questo avviso"]
    {
        assert!(page.body.contains(text), "{text}");
    }
    assert!(!page.body.contains(DEBTOR), "the page does not repeat the code of the debtor");
    let pdf = world.get(&format!("{link}/avviso.pdf")).await;
    assert_eq!((pdf.status, pdf.header("content-type").as_str()), (StatusCode::OK, "application/pdf"));
    assert!(pdf.bytes.starts_with(b"%PDF-"));

    let cart = world.post(&format!("{link}/paga"), &[]).await;
    assert_eq!(cart.status, StatusCode::SEE_OTHER);
    let cart = cart.location();
    let recap = world.get(&cart).await;
    assert!(recap.body.contains("Vai a pagare 1.250,50 €") && recap.body.contains("RSSMRA**********"));
    assert!(recap.header("content-security-policy").ends_with("form-action 'self' https: http:"));

    let wrong = world.post(&cart, &[("email", "mario@")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.body.contains("value=\"mario@\"") && wrong.body.contains("href=\"#email\""));
    let sent = world.post(&cart, &[("email", " mario.rossi@example.it ")]).await;
    assert_eq!(
        (sent.status, sent.location().as_str()),
        (StatusCode::SEE_OTHER, "https://checkout.example/1")
    );
    let asked = world.checkout.asked.lock().unwrap().last().cloned().unwrap();
    assert_eq!(asked.email.as_deref(), Some("mario.rossi@example.it"));
    assert_eq!(asked.returns.ok, format!("https://pagamenti.example.it{cart}/rientro/ok"));

    let back = world.get(&format!("{cart}/rientro/ok")).await;
    let outcome = back.location();
    assert_eq!(outcome, cart.replace("/carrello/", "/esito/"));
    let waiting = world.get(&outcome).await;
    assert!(waiting.body.contains("Pagamento in corso") && !waiting.body.contains("più di 30 minuti"));
    let before = world.get(&format!("{outcome}/stato")).await.json();
    assert_eq!(before["finished"], false);
    world.clock.advance(31 * 60);
    assert!(world.get(&outcome).await.body.contains("più di 30 minuti"));
    assert_eq!(
        world.get(&format!("{outcome}/ricevuta/1.pdf")).await.status,
        StatusCode::NOT_FOUND,
        "not yet"
    );

    world.pay(&notice, 125_050).await;
    let after = world.get(&format!("{outcome}/stato")).await.json();
    assert_eq!(after["finished"], true);
    assert_ne!(before["version"], after["version"]);
    let paid = world.get(&outcome).await;
    assert!(paid.body.contains("Pagamento riuscito") && paid.body.contains("Banca di Prova"));
    let receipt = world.get(&format!("{outcome}/ricevuta/1.pdf")).await;
    assert!(receipt.status == StatusCode::OK && receipt.bytes.starts_with(b"%PDF-"));
    for other in ["0.pdf", "2.pdf", "x.pdf", "1"] {
        assert_eq!(
            world.get(&format!("{outcome}/ricevuta/{other}")).await.status,
            StatusCode::NOT_FOUND,
            "{other}"
        );
    }
    assert_eq!(world.get(&cart).await.location(), outcome, "a cart that is over has only an outcome");

    let again = world.get(&link).await;
    assert!(again.body.contains("Già pagato") && !again.body.contains("Paga questo avviso"));
    assert!(world.get(&format!("{link}/ricevuta.pdf")).await.bytes.starts_with(b"%PDF-"));
    assert_eq!(
        world.post(&format!("{link}/paga"), &[]).await.location(),
        link,
        "cannot be paid twice from here"
    );
}

#[tokio::test]
async fn a_search_does_not_tell_what_is_wrong() {
    let world = world().await;
    let notice = world.notice("A", 100).await;
    // Another number with good check digits that was never given out.
    let unknown = model::iuv17(&model::SegregationCode::parse("01").unwrap(), 99_999).unwrap();
    let unknown = unknown.notice_number(None).unwrap();
    let wrong_debtor = search(&world, notice.as_str(), OTHER_DEBTOR).await;
    let wrong_notice = search(&world, unknown.as_str(), DEBTOR).await;
    let wrong_ente = world
        .post("/paga/avviso", &[("avviso", notice.as_str()), ("ente", "80007580279"), ("debitore", DEBTOR)])
        .await;
    for page in [&wrong_debtor, &wrong_notice, &wrong_ente] {
        assert_eq!(page.status, StatusCode::NOT_FOUND);
    }
    // The same page but for what was typed.
    let strip = |page: &Page, typed: &[&str]| {
        typed.iter().fold(page.body.replace(" selected", ""), |body, value| body.replace(value, ""))
    };
    let typed = [notice.as_str(), unknown.as_str(), DEBTOR, OTHER_DEBTOR];
    assert_eq!(strip(&wrong_debtor, &typed), strip(&wrong_notice, &typed));
    assert_eq!(strip(&wrong_debtor, &typed), strip(&wrong_ente, &typed));
}

#[tokio::test]
async fn searches_are_limited_by_client_and_mistakes_do_not_count() {
    let world = world().await;
    let notice = world.notice("A", 100).await;
    for _ in 0..12 {
        assert_eq!(search(&world, "3122", DEBTOR).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    for _ in 0..10 {
        assert_eq!(search(&world, notice.as_str(), OTHER_DEBTOR).await.status, StatusCode::NOT_FOUND);
    }
    let refused = search(&world, notice.as_str(), DEBTOR).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(refused.header("retry-after").parse::<u64>().unwrap() > 500);
    assert!(refused.body.contains("429 LIMITE") && refused.body.contains("trace-1"));
}

#[tokio::test]
async fn a_qr_code_and_a_deep_link_fill_the_search() {
    let world = world().await;
    let notice = world.notice("A", 100).await;
    let qr = format!("PAGOPA|002|{notice}|{ENTE}|100");
    let by_qr = world.post("/paga/avviso", &[("avviso", qr.as_str()), ("debitore", DEBTOR)]).await;
    assert_eq!(by_qr.status, StatusCode::SEE_OTHER);
    let by_iuv = world
        .post("/paga/avviso", &[("avviso", notice.iuv().as_str()), ("ente", ENTE), ("debitore", DEBTOR)])
        .await;
    assert_eq!(by_iuv.status, StatusCode::SEE_OTHER);

    let deep = world.get(&format!("/paga/avviso/{ENTE}/{notice}")).await;
    assert!(deep.body.contains("Comune di Valfiorita") && deep.body.contains(&notice.grouped()));
    assert!(!deep.body.contains("id=\"avviso\"") && deep.body.contains("id=\"debitore\""));
    assert!(!deep.body.contains("1,00"), "nothing of the notice is shown before the debtor is known");
    let broken = world.get("/paga/avviso/123/456").await;
    assert!(broken.status == StatusCode::OK && broken.body.contains("id=\"avviso\""));
    let legacy = world.get(&format!("/paga/avviso?numeroAvviso={notice}&codIdUnivoco={DEBTOR}")).await;
    assert!(legacy.body.contains(&format!("value=\"{notice}\"")));
}

#[tokio::test]
async fn links_end_and_cannot_be_made_up() {
    let world = world().await;
    let notice = world.notice("A", 100).await;
    let link = link(&world, notice.as_str()).await;
    assert_eq!(world.get(&link).await.status, StatusCode::OK);
    let forged = format!("{}AAAA", &link[..link.len() - 4]);
    for path in [forged.clone(), format!("{forged}/avviso.pdf"), format!("{link}x")] {
        assert_eq!(world.get(&path).await.status, StatusCode::GONE, "{path}");
    }
    world.clock.advance(3600);
    assert_eq!(world.get(&link).await.status, StatusCode::GONE);
    assert_eq!(world.post(&format!("{link}/paga"), &[]).await.status, StatusCode::GONE);
}

#[tokio::test]
async fn every_refused_confirmation_has_its_page() {
    let world = world().await;
    world.cart("a", vec![world.debt("A", 100)]).await;
    world.checkout.refusals.lock().unwrap().push(CheckoutError::Unavailable("timeout".to_owned()));
    let away = world.post("/carrello/a", &[]).await;
    assert_eq!(away.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(away.body.contains("href=\"/carrello/a\"") && away.body.contains("CHECKOUT-ASSENTE"));
    assert!(!away.body.contains("timeout"), "the reason is for the log");
    world.checkout.refusals.lock().unwrap().push(CheckoutError::Refused("422".to_owned()));
    let refused = world.post("/carrello/a", &[]).await;
    assert!(refused.status == StatusCode::CONFLICT && refused.body.contains("CHECKOUT-RIFIUTO"));
    assert_eq!(
        world.post("/carrello/a", &[]).await.location(),
        "https://checkout.example/3",
        "and it can go on"
    );

    world.cart("b", vec![world.debt("A", 100)]).await;
    let taken = world.post("/carrello/b", &[]).await;
    assert!(
        taken.status == StatusCode::CONFLICT
            && taken.body.contains("IUD-IN-USO")
            && taken.body.contains("riferimento A")
    );

    world.cart("c", vec![world.debt("C", 100)]).await;
    world.clock.advance(3601);
    let over = world.post("/carrello/c", &[]).await;
    assert!(over.status == StatusCode::CONFLICT && over.body.contains("href=\"/esito/c\""));
    assert!(world.get("/esito/c").await.body.contains("Tempo scaduto"));

    let notice = world.notice("N", 100).await;
    world.cart("d", vec![world.existing(&notice).await]).await;
    world.pay(&notice, 100).await;
    let paid = world.post("/carrello/d", &[]).await;
    assert!(paid.status == StatusCode::CONFLICT && paid.body.contains("GIA-PAGATO"));
    for path in ["/carrello/none", "/esito/none", "/esito/none/stato"] {
        assert_eq!(world.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(world.post("/carrello/none", &[]).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn giving_up_goes_back_to_the_sil_by_the_address_of_its_dialect() {
    let world = world().await;
    world.cart("a", vec![world.debt("A", 100)]).await;
    let recap = world.get("/carrello/a").await;
    assert!(recap.body.contains("Causale A") && recap.body.contains("Annulla il pagamento"));
    assert!(recap.body.contains("tornerai al sito sil.example"));
    let back = world.post("/carrello/a/abbandona", &[]).await;
    assert_eq!(back.location(), "https://snodo.example/a/cn");
    assert_eq!(world.state("a").await, CartState::Cancelled);
    let outcome = world.get("/esito/a").await;
    assert!(outcome.body.contains("Pagamento annullato"));
    assert!(outcome.body.contains("href=\"https://snodo.example/a/cn\""), "the way back to the SIL");

    world.cart("b", vec![anonymous_cart(&world)]).await;
    assert!(world.get("/carrello/b").await.body.contains("non indicato"));
}

#[tokio::test]
async fn forms_of_other_sites_are_refused() {
    let world = world().await;
    world.cart("a", vec![world.debt("A", 100)]).await;
    for (name, value) in
        [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example"), ("origin", "null")]
    {
        let forged = world.post_with("/carrello/a", &[], &[(name, value)]).await;
        assert_eq!(forged.status, StatusCode::FORBIDDEN, "{name}: {value}");
    }
    assert_eq!(world.state("a").await, CartState::Prepared);
    let ours = world.post_with("/carrello/a", &[], &[("origin", "https://pagamenti.example.it")]).await;
    assert_eq!(ours.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn refusals_of_the_framework_are_pages_with_the_trace() {
    let world = world().await;
    let missing = world.get("/nessuna-pagina").await;
    assert!(missing.status == StatusCode::NOT_FOUND && missing.body.contains("Pagina non trovata"));
    assert!(missing.body.contains("trace-1") && missing.body.contains("/nessuna-pagina"));
    let method = world.post("/esito/a", &[]).await;
    assert!(
        method.status == StatusCode::METHOD_NOT_ALLOWED && method.body.contains("Operazione non prevista")
    );
    assert_eq!(method.header("allow"), "GET,HEAD");
    let large = "x".repeat(20_000);
    let large = world.post("/paga/avviso", &[("avviso", large.as_str())]).await;
    assert!(large.status == StatusCode::PAYLOAD_TOO_LARGE && large.body.contains("413 RICHIESTA"));
    let typed = world.raw("POST", "/paga/avviso", &[("content-type", "text/plain")], "x").await;
    assert_eq!(typed.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert!(typed.body.contains("<!DOCTYPE html>"));
}

#[tokio::test]
async fn answers_carry_the_headers_that_protect() {
    let world = world().await;
    world.cart("a", vec![world.debt("A", 100)]).await;
    for path in ["/", "/paga/avviso", "/carrello/a", "/esito/a", "/esito/a/stato", "/nessuna", "/faq"] {
        let page = world.get(path).await;
        let policy = page.header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'; style-src 'self'; script-src 'self'"),
            "{path}: {policy}"
        );
        assert_eq!(page.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(page.header("referrer-policy"), "same-origin", "{path}");
        assert_eq!(page.header("strict-transport-security"), "max-age=31536000", "{path}");
        assert!(page.headers.get("set-cookie").is_none(), "{path}");
        let kept = if matches!(path, "/" | "/faq") { "no-cache" } else { "no-store" };
        assert_eq!(page.header("cache-control"), kept, "{path}");
    }
}

#[tokio::test]
async fn assets_are_served_for_ever_and_compressed() {
    let world = world().await;
    let plain = world.get(assets::CSS).await;
    assert_eq!(plain.header("cache-control"), "public, max-age=31536000, immutable");
    assert!(plain.body.contains("--bootstrap-italia-version"));
    let packed = world.raw("GET", assets::CSS, &[("accept-encoding", "gzip, br")], "").await;
    assert_eq!(
        (packed.header("content-encoding").as_str(), packed.header("vary").as_str()),
        ("gzip", "accept-encoding")
    );
    assert!(packed.bytes.len() * 4 < plain.bytes.len());
    let tag = plain.header("etag");
    let known = world.raw("GET", assets::CSS, &[("if-none-match", &tag)], "").await;
    assert_eq!((known.status, known.bytes.len()), (StatusCode::NOT_MODIFIED, 0));
    for path in ["/assets/css/bootstrap-italia.css", "/assets/../Cargo.toml", "/assets/"] {
        assert_eq!(world.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let home = world.get("/").await.body;
    let own = home.split("href=\"/assets/portal/portal.").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(
        world.get(&format!("/assets/portal/portal.{own}")).await.header("content-type"),
        "text/css; charset=utf-8"
    );
}
