//! What surrounds every request: its trace, its limits, its figures, its log line, safe headers.
//!
//! One layer on purpose: each layer of a router costs every request an allocation and a virtual call.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use futures_util::FutureExt as _;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Method, StatusCode};
use telemetry::TraceId;
use tracing::Instrument as _;

use crate::config::AccessLog;

/// The header that carries the trace, in requests handed on and in answers.
pub const TRACE_HEADER: HeaderName = HeaderName::from_static("x-trace-id");

/// Pages of ours need nothing from elsewhere and are framed by nobody. `form-action` is left open: forms
/// end in redirects to the checkout and to the SIL. `data:` images are icons of the style sheet.
const CONTENT_SECURITY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    font-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'";

/// How requests are surrounded.
#[derive(Debug, Clone)]
pub struct Surround {
    /// Until 504.
    pub timeout: Duration,
    /// Which requests the log shows.
    pub access_log: AccessLog,
    /// Whether browsers reach us by https only.
    pub strict_transport: bool,
}

/// The layer; see the module.
pub async fn surround(State(how): State<Arc<Surround>>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let trace = request
        .headers()
        .get("traceparent")
        .and_then(|value| TraceId::from_traceparent(value.to_str().ok()?))
        .unwrap_or_else(TraceId::generate);
    let text = trace.to_string();
    let value = HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("0"));
    request.headers_mut().insert(TRACE_HEADER, value.clone());

    let method = known(request.method());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let page = wants_page(request.headers());
    let span = tracing::error_span!("request", trace = %text);

    metrics::gauge!("snodo_http_requests_in_flight").increment(1.0);
    let guarded = AssertUnwindSafe(next.run(request)).catch_unwind();
    let outcome = tokio::time::timeout(how.timeout, guarded).instrument(span.clone()).await;
    metrics::gauge!("snodo_http_requests_in_flight").decrement(1.0);

    let mut response = match outcome {
        Ok(Ok(response)) => response,
        Ok(Err(_panic)) => failure(StatusCode::INTERNAL_SERVER_ERROR, &text, page),
        Err(_elapsed) => failure(StatusCode::GATEWAY_TIMEOUT, &text, page),
    };
    let headers = response.headers_mut();
    headers.insert(TRACE_HEADER, value);
    secure(headers, how.strict_transport);
    let route = route.as_ref().map_or("(none)", MatchedPath::as_str);
    record(&span, how.access_log, method, route, response.status(), started.elapsed());
    response
}

fn record(
    span: &tracing::Span,
    access_log: AccessLog,
    method: &'static str,
    route: &str,
    status: StatusCode,
    elapsed: Duration,
) {
    let labels = [
        metrics::Label::new("route", route.to_owned()),
        metrics::Label::from_static_parts("method", method),
        metrics::Label::new("status", status.as_str().to_owned()),
    ];
    metrics::counter!("snodo_http_requests_total", labels.iter()).increment(1);
    metrics::histogram!("snodo_http_request_seconds", "route" => route.to_owned()).record(elapsed);
    let shown = match access_log {
        AccessLog::Off => false,
        AccessLog::Errors => status.is_server_error(),
        AccessLog::All => true,
    };
    if shown {
        // The route, never the path: paths hold identifiers, and queries hold personal data.
        let elapsed_us = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX);
        span.in_scope(|| tracing::info!(method, route, status = status.as_u16(), elapsed_us, "answered"));
    }
}

/// Methods by name; what nobody knows is one label, not one for each invention of a scanner.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "OTHER",
    }
}

fn wants_page(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

/// An answer of ours when no handler gave one: a page for browsers, a problem (RFC 9457) for programs.
pub fn failure(status: StatusCode, trace: &str, page: bool) -> Response {
    let (title, detail) = match status {
        StatusCode::GATEWAY_TIMEOUT => ("Tempo scaduto", "La richiesta ha richiesto troppo tempo."),
        StatusCode::FORBIDDEN => ("Accesso negato", "La richiesta non proviene dal nodo."),
        _ => ("Errore interno", "Si è verificato un errore imprevisto."),
    };
    if page {
        let body = format!(
            "<!doctype html><html lang=\"it\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
             content=\"width=device-width\"><title>{title}</title></head><body><main><h1>{title}</h1><p>{detail} \
             Riprovare più tardi.</p><p>Codice da comunicare all’assistenza: <code>{trace}</code></p>\
             <p><a href=\"/\">Torna alla pagina iniziale</a></p></main></body></html>"
        );
        return (status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], body).into_response();
    }
    let body = serde_json::json!({
        "type": "about:blank", "title": title, "status": status.as_u16(), "detail": detail, "traceId": trace,
    });
    (status, [(header::CONTENT_TYPE, "application/problem+json")], body.to_string()).into_response()
}

/// Adds what a page did not say itself.
fn secure(headers: &mut HeaderMap, strict_transport: bool) {
    let fixed = |text| HeaderValue::from_static(text);
    headers.entry(header::X_CONTENT_TYPE_OPTIONS).or_insert(fixed("nosniff"));
    headers.entry(header::X_FRAME_OPTIONS).or_insert(fixed("DENY"));
    headers.entry(header::REFERRER_POLICY).or_insert(fixed("same-origin"));
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(fixed(CONTENT_SECURITY));
    if strict_transport {
        headers
            .entry(header::STRICT_TRANSPORT_SECURITY)
            .or_insert(fixed("max-age=31536000; includeSubDomains"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::body::{Body, to_bytes};
    use axum::routing::get;
    use tower::ServiceExt as _;

    fn app() -> Router {
        let how = Surround {
            timeout: Duration::from_millis(100),
            access_log: AccessLog::All,
            strict_transport: true,
        };
        let seen = |headers: HeaderMap| async move { headers["x-trace-id"].to_str().unwrap().to_owned() };
        Router::new()
            .route("/seen", get(seen))
            .route("/panic", get(async || -> String { panic!("on purpose") }))
            .route("/slow", get(async || tokio::time::sleep(Duration::from_secs(5)).await))
            .route("/own", get(async || ([(header::CONTENT_SECURITY_POLICY, "default-src 'self'")], "")))
            .layer(axum::middleware::from_fn_with_state(Arc::new(how), surround))
    }

    async fn ask(path: &str, headers: &[(&str, &str)]) -> (StatusCode, HeaderMap, String) {
        let mut request = Request::get(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = app().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, 65_536).await.unwrap();
        (parts.status, parts.headers, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn the_trace_of_the_caller_is_kept_and_a_forged_header_is_not() {
        let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let (_, headers, body) = ask("/seen", &[("traceparent", parent)]).await;
        assert_eq!(body, "0af7651916cd43dd8448eb211c80319c");
        assert_eq!(headers["x-trace-id"], body.as_str());
        let (_, headers, body) = ask("/seen", &[("x-trace-id", "mine")]).await;
        assert_eq!(body.len(), 32);
        assert_eq!(headers["x-trace-id"], body.as_str());
    }

    #[tokio::test]
    async fn panics_and_timeouts_are_answers_with_a_trace() {
        for (path, status) in [("/panic", 500), ("/slow", 504)] {
            let (found, headers, body) = ask(path, &[]).await;
            assert_eq!(found.as_u16(), status);
            let problem: serde_json::Value = serde_json::from_str(&body).unwrap();
            assert_eq!(problem["traceId"], headers["x-trace-id"].to_str().unwrap());
            assert_eq!(problem["status"], status);
            let (_, headers, body) = ask(path, &[("accept", "text/html,*/*")]).await;
            assert!(headers["content-type"].to_str().unwrap().starts_with("text/html"));
            assert!(body.contains(headers["x-trace-id"].to_str().unwrap()));
        }
    }

    #[tokio::test]
    async fn headers_are_safe_and_a_page_may_say_more() {
        let (_, headers, _) = ask("/seen", &[]).await;
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert!(headers["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'"));
        assert!(headers.contains_key("strict-transport-security"));
        let (_, headers, _) = ask("/own", &[]).await;
        assert_eq!(headers["content-security-policy"], "default-src 'self'");
        let (status, headers, _) = ask("/nowhere", &[]).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        assert!(headers.contains_key("x-trace-id"));
    }
}
