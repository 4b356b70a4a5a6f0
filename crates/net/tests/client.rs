//! The client against real sockets on loopback.
#![allow(missing_docs, clippy::unwrap_used)]

use std::time::Duration;

use axum::Router;
use axum::http::{HeaderMap, StatusCode, header};
use axum::routing::{get, post};
use net::{Client, NetError, Options, Policy};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

async fn serve(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    format!("http://{address}")
}

fn client(policy: Policy) -> Client {
    let mut options = Options::new("test", policy);
    options.timeout = Duration::from_millis(400);
    options.max_answer = 1000;
    Client::new(&options).unwrap()
}

#[tokio::test]
async fn production_refuses_private_addresses_before_connecting() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let client = client(Policy::PUBLIC_ONLY);
    for host in ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1"] {
        let result = client.get(&format!("http://{host}:{port}/"), &[]).await;
        assert!(matches!(result, Err(NetError::Forbidden { .. })), "{host}: {result:?}");
    }
    let accepted = tokio::time::timeout(Duration::from_millis(100), listener.accept()).await;
    assert!(accepted.is_err(), "a connection was made");
}

#[tokio::test]
async fn unusable_addresses_are_named() {
    let client = client(Policy::ANY);
    for url in ["", "/relative", "ftp://example.org/", "http://user:secret@127.0.0.1/"] {
        let error = client.get(url, &[]).await.unwrap_err();
        assert!(matches!(error, NetError::InvalidUrl { .. }), "{url}: {error:?}");
        assert!(!error.to_string().contains("secret"));
    }
    let bad = client.get("http://127.0.0.1/", &[("x y", "z")]).await.unwrap_err();
    assert!(matches!(bad, NetError::InvalidHeader { .. }));
}

#[tokio::test]
async fn soap_headers_are_those_of_soap_11() {
    let router = Router::new().route(
        "/",
        post(|headers: HeaderMap, body: String| async move {
            let h = |n: &str| headers.get(n).unwrap().to_str().unwrap().to_owned();
            format!("{}|{}|{}", h("content-type"), h("soapaction"), body)
        }),
    );
    let base = serve(router).await;
    let answer = client(Policy::ANY).post_xml(&base, "paSendRT", "<a/>", &[]).await.unwrap();
    assert_eq!(answer.status, 200);
    assert_eq!(&answer.body[..], b"text/xml; charset=utf-8|\"paSendRT\"|<a/>");
}

#[tokio::test]
async fn redirects_and_errors_are_answers() {
    let router = Router::new()
        .route("/moved", get(|| async { (StatusCode::FOUND, [(header::LOCATION, "/other")]) }))
        .route("/other", get(|| async { "followed" }))
        .route("/broken", get(|| async { (StatusCode::BAD_GATEWAY, "x".repeat(600)) }));
    let base = serve(router).await;
    let client = client(Policy::ANY);
    let moved = client.get(&format!("{base}/moved"), &[]).await.unwrap();
    assert_eq!((moved.status, moved.header("location")), (302, Some("/other")));
    let broken = client.get(&format!("{base}/broken"), &[]).await.unwrap().success();
    let Err(error @ NetError::Status { .. }) = broken else { panic!("{broken:?}") };
    assert!(error.is_transient());
    let NetError::Status { status, excerpt } = error else { unreachable!() };
    assert_eq!((status, excerpt.len()), (502, 500));
}

#[tokio::test]
async fn long_answers_are_cut_off() {
    let router = Router::new()
        .route("/exact", get(|| async { "x".repeat(1000) }))
        .route("/long", get(|| async { "x".repeat(1001) }));
    let base = serve(router).await;
    let client = client(Policy::ANY);
    assert_eq!(client.get(&format!("{base}/exact"), &[]).await.unwrap().body.len(), 1000);
    let long = client.get(&format!("{base}/long"), &[]).await;
    assert!(matches!(long, Err(NetError::TooLarge { limit: 1000 })));

    // The same without an announced length.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut seen = [0u8; 1024];
        let _ = socket.read(&mut seen).await;
        let _ = socket.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n").await;
        while socket.write_all(&[b'x'; 4096]).await.is_ok() {}
    });
    let endless = client.get(&format!("http://{address}/"), &[]).await;
    assert!(matches!(endless, Err(NetError::TooLarge { .. })), "{endless:?}");
}

#[tokio::test]
async fn silence_refusal_and_interruption_are_distinct() {
    let client = client(Policy::ANY);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent = format!("http://{}/", listener.local_addr().unwrap());
    let timeout = client.get(&silent, &[]).await.unwrap_err();
    assert!(matches!(timeout, NetError::Timeout { limit_ms: 400 }), "{timeout:?}");
    assert!(matches!(
        client.with_timeout(Duration::from_millis(50)).get(&silent, &[]).await,
        Err(NetError::Timeout { limit_ms: 50 })
    ));

    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = closed.local_addr().unwrap();
    drop(closed);
    let refused = client.get(&format!("http://{address}/"), &[]).await.unwrap_err();
    assert!(matches!(refused, NetError::Refused { .. }), "{refused:?}");

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut seen = [0u8; 1024];
        let _ = socket.read(&mut seen).await;
        let _ = socket.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc").await;
    });
    let cut = client.get(&format!("http://{address}/"), &[]).await.unwrap_err();
    assert!(matches!(cut, NetError::Interrupted { .. }), "{cut:?}");
    assert!(timeout.is_transient() && refused.is_transient() && cut.is_transient());
}

#[tokio::test]
async fn json_goes_and_comes() {
    let router = Router::new()
        .route("/", post(|axum::Json(v): axum::Json<serde_json::Value>| async move { axum::Json(v) }));
    let base = serve(router).await;
    let sent = serde_json::json!({"noticeNumber": "312202500000457168", "amount": 12345});
    let client = client(Policy::ANY);
    let answer = client.post_json(&base, &sent, &[("x-api-key", "s")]).await.unwrap();
    assert_eq!(answer.json::<serde_json::Value>().unwrap(), sent);
    assert!(matches!(answer.json::<Vec<u8>>(), Err(NetError::Json(_))));
}
