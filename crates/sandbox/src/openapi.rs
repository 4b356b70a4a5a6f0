//! The description of the JSON controls.

use axum::Json;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::{Modify, OpenApi};

use crate::control;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Snodo, controls of the sandbox",
        description = "Controls of the simulated nation: node, PSPs, SIL, clock. They exist only \
                       in the sandbox. The token is `controlToken` of `sandbox.json`. Amounts are \
                       euro cents; instants are UTC by the clock of the sandbox.",
        license(name = "EUPL-1.2", identifier = "EUPL-1.2")
    ),
    paths(
        control::psp_pay,
        control::read_clock,
        control::advance_clock,
        control::read_inbox,
        control::clear_inbox,
        control::read_returns,
        control::clear_returns,
        control::misbehave,
        control::read_violations,
        control::clear_violations,
        control::read_calls,
        control::read_receipts,
        control::resend,
        control::probe,
        control::read_registry,
        control::put_organization,
    ),
    modifiers(&Bearer)
)]
struct Description;

/// All operations want the control token.
struct Bearer;

impl Modify for Bearer {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        api.components.get_or_insert_default().add_security_scheme("controlToken", scheme);
        let requirement = SecurityRequirement::new("controlToken", Vec::<String>::new());
        api.security = Some(vec![requirement]);
    }
}

/// `GET /sandbox/openapi.json`
pub(crate) async fn serve() -> Json<utoipa::openapi::OpenApi> {
    Json(Description::openapi())
}
