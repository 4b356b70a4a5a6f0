//! Addresses and handlers: from a request to the engine and to a page.

mod cart;
mod files;
mod info;
mod notice;
mod outcome;
mod problems;

use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::from_fn_with_state;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Router, http::HeaderName};
use maud::Markup;

use crate::pages::info::Info;
use crate::problem::Problem;
use crate::security;
use crate::state::PortalState;

/// The largest form is a few hundred bytes.
const BODY_LIMIT: usize = 16 * 1024;

/// The pages, the assets they need, and the answers to addresses that do not exist.
///
/// The binary merges it with the other routers, which must have no fallback of their own. It sets `x-trace-id` on each
/// request before this router sees it, and serves with `ConnectInfo<SocketAddr>`, which the limit of searches needs.
pub fn router(state: PortalState) -> Router {
    let mut router = Router::new()
        .route("/", get(info::home))
        .route("/paga/avviso", get(notice::form).post(notice::search))
        .route("/paga/avviso/{organization}/{notice}", get(notice::deep_link))
        .route("/paga/avviso/s/{link}", get(notice::show))
        .route("/paga/avviso/s/{link}/paga", post(notice::pay))
        .route("/paga/avviso/s/{link}/avviso.pdf", get(notice::notice_pdf))
        .route("/paga/avviso/s/{link}/ricevuta.pdf", get(notice::receipt_pdf))
        .route("/carrello/{token}", get(cart::show).post(cart::confirm))
        .route("/carrello/{token}/abbandona", post(cart::abandon))
        .route("/carrello/{token}/rientro/{outcome}", get(cart::came_back))
        .route("/esito/{token}", get(outcome::show))
        .route("/esito/{token}/stato", get(outcome::status))
        .route("/esito/{token}/ricevuta/{file}", get(outcome::receipt_pdf))
        .route("/assets/{*path}", get(files::asset))
        .route("/favicon.ico", get(files::favicon));
    for (which, address) in Info::ALL {
        router = router.route(address, get(move |state| info::page(state, which)));
    }
    router
        .fallback(async || Problem::NotFound)
        .method_not_allowed_fallback(async || Problem::MethodNotAllowed)
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(from_fn_with_state(state.clone(), security::same_site))
        .layer(from_fn_with_state(state.clone(), problems::render))
        .layer(from_fn_with_state(state.clone(), security::headers))
        .with_state(state)
}

/// A page with its status.
fn html(status: StatusCode, page: Markup) -> Response {
    (status, Html(page.into_string())).into_response()
}

/// A document to open or save, never cached: it holds personal data.
fn pdf(name: &str, content: Vec<u8>) -> Response {
    let name: String = name.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    let disposition = HeaderValue::from_str(&format!("inline; filename=\"{name}.pdf\""))
        .unwrap_or_else(|_| HeaderValue::from_static("inline"));
    let headers: [(HeaderName, HeaderValue); 2] = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/pdf")),
        (header::CONTENT_DISPOSITION, disposition),
    ];
    (headers, content).into_response()
}
