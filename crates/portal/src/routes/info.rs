//! Home and informative pages.

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use maud::Markup;

use crate::pages::{home, info};
use crate::state::PortalState;

/// `GET /`.
pub(super) async fn home(State(state): State<PortalState>) -> Response {
    public(home::render(&state.site))
}

/// The informative pages.
pub(super) async fn page(State(state): State<PortalState>, which: info::Info) -> Response {
    public(info::render(&state.site, which))
}

/// Pages without personal data may be kept and asked again.
fn public(page: Markup) -> Response {
    let mut response = super::html(StatusCode::OK, page);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}
