//! Renders problems, and the refusals of the web framework, as pages with the trace.

use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::format;
use crate::pages::error::{self, Occurrence};
use crate::problem::Problem;
use crate::state::{PortalState, Trace};

/// Turns every refusal below it into a page; answers that already are pages or documents pass.
pub(super) async fn render(State(state): State<PortalState>, request: Request, next: Next) -> Response {
    let trace = Trace::of(request.headers());
    let path = request.uri().path().to_owned();
    let mut response = next.run(request).await;
    let problem = match response.extensions_mut().remove::<Problem>() {
        Some(problem) => problem,
        None => match refused_by_framework(&response) {
            Some(problem) => problem,
            None => return response,
        },
    };
    let at = format::moment(state.engine.clock().now());
    let occurrence = Occurrence { trace: &trace.0, at: &at, path: &path };
    let status = problem.status();
    if status.is_server_error() {
        tracing::error!(trace = trace.0, code = problem.code(), "a page could not be given");
    }
    let page = error::render(&state.site, &problem, &occurrence);
    let mut answer = super::html(status, page);
    if let Some(seconds) = problem.retry_after_s() {
        answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if let Some(allow) = response.headers().get(header::ALLOW) {
        answer.headers_mut().insert(header::ALLOW, allow.clone());
    }
    answer.into_response()
}

/// Rejections of extractors come as plain text.
fn refused_by_framework(response: &Response) -> Option<Problem> {
    let status = response.status();
    let plain = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_none_or(|kind| kind.to_str().is_ok_and(|kind| kind.starts_with("text/plain")));
    if !plain {
        return None;
    }
    match status {
        StatusCode::NOT_FOUND => Some(Problem::NotFound),
        StatusCode::METHOD_NOT_ALLOWED => Some(Problem::MethodNotAllowed),
        _ if status.is_client_error() => Some(Problem::BadRequest(status)),
        _ if status.is_server_error() => Some(Problem::Internal),
        _ => None,
    }
}
