//! Headers of every answer, and the refusal of forms sent from other sites.
//!
//! The portal has no session and no cookie, so a forged form could act with no one's rights; it is refused all the
//! same, because a page that starts payments must not be a piece of someone else's page.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::config::{Environment, PortalConfig};
use crate::problem::Problem;
use crate::state::PortalState;

/// The style sheet of the framework holds images and one font as `data:`.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; \
    img-src 'self' data:; font-src 'self' data:; base-uri 'none'; frame-ancestors 'none'; form-action 'self'";

/// Marks an answer whose forms end, by redirection, on another site (the checkout, the site of the ente): browsers
/// apply `form-action` to the redirections too.
#[derive(Clone, Copy)]
pub(crate) struct LeavesSite;

fn policy(config: &PortalConfig, leaves: bool) -> HeaderValue {
    match (leaves, config.environment) {
        (false, _) => HeaderValue::from_static(POLICY),
        (true, Environment::Esercizio) => joined(" https:"),
        // In collaudo the systems of software houses answer in clear on a laptop.
        (true, Environment::Collaudo) => joined(" https: http:"),
    }
}

fn joined(more: &str) -> HeaderValue {
    HeaderValue::from_str(&format!("{POLICY}{more}")).unwrap_or_else(|_| HeaderValue::from_static(POLICY))
}

/// Adds the headers that are not there yet.
pub(crate) async fn headers(State(state): State<PortalState>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let config = &state.site.config;
    let leaves = response.extensions().get::<LeavesSite>().is_some();
    let fixed = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // Not `no-referrer`: browsers would then send `Origin: null` with our own forms.
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (
            HeaderName::from_static("permissions-policy"),
            "camera=(), geolocation=(), microphone=(), payment=()",
        ),
        (header::CACHE_CONTROL, "no-store"),
    ];
    let headers = response.headers_mut();
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert_with(|| policy(config, leaves));
    for (name, value) in fixed {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if config.public_url.scheme() == "https" {
        let forever = HeaderValue::from_static("max-age=31536000");
        headers.entry(header::STRICT_TRANSPORT_SECURITY).or_insert(forever);
    }
    response
}

/// Refuses requests that change something when the browser says that another site sent them.
pub(crate) async fn same_site(State(state): State<PortalState>, request: Request, next: Next) -> Response {
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if changes && !from_our_pages(request.headers(), &state.site.config) {
        return Problem::CrossSite.into_response();
    }
    next.run(request).await
}

/// What the browser says about the sender. Without either header it is no browser that could be misled.
fn from_our_pages(headers: &HeaderMap, config: &PortalConfig) -> bool {
    let text = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    if let Some(site) = text(HeaderName::from_static("sec-fetch-site")) {
        return matches!(site, "same-origin" | "none");
    }
    let Some(origin) = text(header::ORIGIN) else { return true };
    let by_host =
        || text(header::HOST).is_some_and(|host| origin.split_once("://").is_some_and(|(_, o)| o == host));
    origin == config.public_url.origin().ascii_serialization() || by_host()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> PortalConfig {
        PortalConfig::new(
            "https://pagamenti.example.it/".parse().unwrap(),
            "Prova",
            Environment::Esercizio,
            vec![1; 32],
        )
    }

    fn sent(pairs: &[(&'static str, &str)]) -> bool {
        let headers = pairs
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()))
            .collect();
        from_our_pages(&headers, &config())
    }

    #[test]
    fn tells_our_forms_from_others() {
        assert!(sent(&[]));
        assert!(sent(&[("sec-fetch-site", "same-origin")]));
        assert!(sent(&[("sec-fetch-site", "none")]));
        assert!(!sent(&[("sec-fetch-site", "cross-site")]));
        assert!(!sent(&[("sec-fetch-site", "same-site")]));
        assert!(!sent(&[("sec-fetch-site", "cross-site"), ("origin", "https://pagamenti.example.it")]));
        assert!(sent(&[("origin", "https://pagamenti.example.it")]));
        assert!(sent(&[("origin", "http://localhost:8420"), ("host", "localhost:8420")]));
        assert!(!sent(&[("origin", "https://evil.example"), ("host", "pagamenti.example.it")]));
        assert!(!sent(&[("origin", "null"), ("host", "pagamenti.example.it")]));
    }

    #[test]
    fn no_inline_code_and_no_third_party() {
        let usual = policy(&config(), false);
        let usual = usual.to_str().unwrap();
        assert!(!usual.contains("unsafe") && !usual.contains("http"));
        assert!(policy(&config(), true).to_str().unwrap().ends_with("form-action 'self' https:"));
        let mut collaudo = config();
        collaudo.environment = Environment::Collaudo;
        assert!(policy(&collaudo, true).to_str().unwrap().ends_with("form-action 'self' https: http:"));
    }
}
