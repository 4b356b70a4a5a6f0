//! The controls: JSON with a bearer token, and the same by forms on a page.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{Form, Path, Query, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use jiff::{Span, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::clock::ClockError;
use crate::config::{Organization, Registry};
use crate::node::{CallReport, CallSeen, ReceiptView};
use crate::pages;
use crate::problem::Problem;
use crate::psp::{MAX_COPIES, MAX_DELAY_SECONDS, Outcome, PayOrder, PayReport, parse_notice, pay};
use crate::sil::{Misbehaviour, MisbehaviourOrder, Notification, Return};
use crate::violations::Violation;
use crate::{Nation, same_secret};

/// How long the clock control waits for the receipts that became due.
const PATIENCE: Duration = Duration::from_secs(2);

type Shared = State<Arc<Nation>>;

/// The JSON controls; all of them want the bearer token.
pub(crate) fn controls(nation: &Arc<Nation>) -> Router<Arc<Nation>> {
    Router::new()
        .route("/sandbox/psp/pay", post(psp_pay))
        .route("/sandbox/clock", get(read_clock).post(advance_clock))
        .route("/sandbox/sil/inbox", get(read_inbox).delete(clear_inbox))
        .route("/sandbox/sil/returns", get(read_returns).delete(clear_returns))
        .route("/sandbox/sil/misbehaviour", post(misbehave))
        .route("/sandbox/node/violations", get(read_violations).delete(clear_violations))
        .route("/sandbox/node/calls", get(read_calls))
        .route("/sandbox/node/receipts", get(read_receipts))
        .route("/sandbox/node/receipts/{id}/resend", post(resend))
        .route("/sandbox/node/probe", post(probe))
        .route("/sandbox/node/registry", get(read_registry))
        .route("/sandbox/node/organizations/{fiscalCode}", put(put_organization))
        .route_layer(middleware::from_fn_with_state(Arc::clone(nation), authorize))
}

/// The control page and its forms.
pub(crate) fn pages() -> Router<Arc<Nation>> {
    Router::new()
        .route("/sandbox", get(index))
        .route("/sandbox/", get(|| async { Redirect::permanent("/sandbox") }))
        .route("/sandbox/azioni/paga", post(form_pay))
        .route("/sandbox/azioni/orologio", post(form_clock))
        .route("/sandbox/azioni/sonda", post(form_probe))
        .route("/sandbox/azioni/rispedisci", post(form_resend))
        .route("/sandbox/azioni/sil", post(form_sil))
        .route("/sandbox/azioni/svuota", post(form_clear))
}

async fn authorize(State(nation): Shared, request: Request, next: Next) -> Response {
    let given = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim());
    if given.is_some_and(|token| same_secret(token, &nation.control_token)) {
        return next.run(request).await;
    }
    let detail = "send Authorization: Bearer <controlToken of sandbox.json>";
    let mut response = Problem::new(StatusCode::UNAUTHORIZED, detail).into_response();
    let value = HeaderValue::from_static("Bearer");
    response.headers_mut().insert(header::WWW_AUTHENTICATE, value);
    response
}

/// Reads a JSON body; the error names the field, as serde does.
fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(|e| Problem::bad_request(format!("body: {e}")))
}

/// How many things were removed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Removed {
    removed: usize,
}

/// The clock of the sandbox.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ClockView {
    /// The present instant, UTC.
    #[schema(value_type = String, format = DateTime)]
    now: Timestamp,
    /// The business date in Europe/Rome.
    #[schema(value_type = String, format = Date)]
    today: jiff::civil::Date,
    /// How far ahead of the machine the clock is, in seconds.
    offset_seconds: i64,
}

/// Body of `POST /sandbox/clock`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Advance {
    /// ISO 8601 duration, positive: `P1DT2H`.
    advance: String,
}

/// Body of `POST /sandbox/node/probe`; may be empty.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ProbeOrder {
    /// Only for this organization; for all the attached ones when missing.
    fiscal_code: Option<String>,
}

/// Query of `GET /sandbox/sil/inbox`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct InboxQuery {
    ipa: Option<String>,
}

#[utoipa::path(post, path = "/sandbox/psp/pay", request_body = PayOrder, tag = "psp",
    summary = "Pay a notice at a PSP: verify, activate, outcome, receipt",
    responses((status = 200, body = PayReport), (status = 400, body = Problem),
        (status = 401, body = Problem), (status = 409, body = Problem)))]
pub(crate) async fn psp_pay(State(nation): Shared, body: Bytes) -> Result<Json<PayReport>, Problem> {
    Ok(Json(pay(&nation.node, json(&body)?).await?))
}

#[utoipa::path(get, path = "/sandbox/clock", tag = "clock", summary = "Read the clock",
    responses((status = 200, body = ClockView), (status = 401, body = Problem)))]
pub(crate) async fn read_clock(State(nation): Shared) -> Json<ClockView> {
    Json(clock_view(&nation))
}

#[utoipa::path(post, path = "/sandbox/clock", tag = "clock", request_body = Advance,
    summary = "Move the clock forward, and wait up to 2 seconds for the receipts that become due",
    responses((status = 200, body = ClockView), (status = 400, body = Problem),
        (status = 401, body = Problem)))]
pub(crate) async fn advance_clock(State(nation): Shared, body: Bytes) -> Result<Json<ClockView>, Problem> {
    let order: Advance = json(&body)?;
    advance(&nation, &order.advance).await?;
    Ok(Json(clock_view(&nation)))
}

fn clock_view(nation: &Nation) -> ClockView {
    let clock = &nation.node.clock;
    let now = clock.now();
    ClockView {
        now,
        today: now.to_zoned(crate::clock::rome()).date(),
        offset_seconds: clock.offset_us() / 1_000_000,
    }
}

async fn advance(nation: &Nation, duration: &str) -> Result<(), Problem> {
    let span: Span = duration
        .trim()
        .parse()
        .map_err(|_| Problem::field("advance", "must be an ISO 8601 duration, for instance P1DT2H"))?;
    let clock = Arc::clone(&nation.node.clock);
    match tokio::task::spawn_blocking(move || clock.advance(span)).await {
        Ok(Ok(_)) => {
            nation.node.settled(PATIENCE).await;
            Ok(())
        }
        Ok(Err(ClockError::Store(error))) => Err(Problem::internal(&error.to_string())),
        Ok(Err(error)) => Err(Problem::field("advance", &error.to_string())),
        Err(stopped) => Err(Problem::internal(&stopped.to_string())),
    }
}

#[utoipa::path(get, path = "/sandbox/sil/inbox", tag = "sil",
    summary = "What was pushed to the simulated SIL, oldest first",
    params(("ipa" = Option<String>, Query, description = "Only for this codIpaEnte")),
    responses((status = 200, body = Vec<Notification>), (status = 401, body = Problem)))]
pub(crate) async fn read_inbox(
    State(nation): Shared,
    Query(query): Query<InboxQuery>,
) -> Json<Vec<Notification>> {
    Json(nation.sil.inbox(query.ipa.as_deref()))
}

#[utoipa::path(delete, path = "/sandbox/sil/inbox", tag = "sil", summary = "Empty the inbox",
    responses((status = 200, body = Removed), (status = 401, body = Problem)))]
pub(crate) async fn clear_inbox(State(nation): Shared) -> Result<Json<Removed>, Problem> {
    let work = tokio::task::spawn_blocking(move || nation.sil.clear_inbox()).await;
    match work {
        Ok(Ok(removed)) => Ok(Json(Removed { removed })),
        Ok(Err(error)) => Err(Problem::internal(&error.to_string())),
        Err(stopped) => Err(Problem::internal(&stopped.to_string())),
    }
}

#[utoipa::path(get, path = "/sandbox/sil/returns", tag = "sil",
    summary = "Browsers that came back to the simulated SIL, oldest first",
    responses((status = 200, body = Vec<Return>), (status = 401, body = Problem)))]
pub(crate) async fn read_returns(State(nation): Shared) -> Json<Vec<Return>> {
    Json(nation.sil.returns())
}

#[utoipa::path(delete, path = "/sandbox/sil/returns", tag = "sil", summary = "Forget the returns",
    responses((status = 200, body = Removed), (status = 401, body = Problem)))]
pub(crate) async fn clear_returns(State(nation): Shared) -> Json<Removed> {
    Json(Removed { removed: nation.sil.clear_returns() })
}

#[utoipa::path(post, path = "/sandbox/sil/misbehaviour", tag = "sil",
    request_body = MisbehaviourOrder, summary = "Set how the simulated SIL answers",
    responses((status = 204), (status = 400, body = Problem), (status = 401, body = Problem)))]
pub(crate) async fn misbehave(State(nation): Shared, body: Bytes) -> Result<StatusCode, Problem> {
    nation.sil.misbehave(json(&body)?);
    Ok(StatusCode::NO_CONTENT)
}

#[utoipa::path(get, path = "/sandbox/node/violations", tag = "node",
    summary = "Rules that our answers broke, oldest first",
    responses((status = 200, body = Vec<Violation>), (status = 401, body = Problem)))]
pub(crate) async fn read_violations(State(nation): Shared) -> Json<Vec<Violation>> {
    Json(nation.node.violations.list())
}

#[utoipa::path(delete, path = "/sandbox/node/violations", tag = "node",
    summary = "Forget the violations",
    responses((status = 200, body = Removed), (status = 401, body = Problem)))]
pub(crate) async fn clear_violations(State(nation): Shared) -> Json<Removed> {
    Json(Removed { removed: nation.node.violations.clear() })
}

#[utoipa::path(get, path = "/sandbox/node/calls", tag = "node",
    summary = "Last calls of the node, newest first",
    responses((status = 200, body = Vec<CallSeen>), (status = 401, body = Problem)))]
pub(crate) async fn read_calls(State(nation): Shared) -> Json<Vec<CallSeen>> {
    Json(nation.node.calls.list())
}

#[utoipa::path(get, path = "/sandbox/node/receipts", tag = "node",
    summary = "Receipts waiting and the last delivered ones, newest first",
    responses((status = 200, body = Vec<ReceiptView>), (status = 401, body = Problem)))]
pub(crate) async fn read_receipts(State(nation): Shared) -> Json<Vec<ReceiptView>> {
    Json(nation.node.receipt_list())
}

#[utoipa::path(post, path = "/sandbox/node/receipts/{id}/resend", tag = "node",
    summary = "Send a waiting receipt now, as support would",
    params(("id" = u64, Path, description = "Number of the message")),
    responses((status = 202), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn resend(State(nation): Shared, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    send_again(&nation, &id).await.map(|()| StatusCode::ACCEPTED)
}

async fn send_again(nation: &Nation, id: &str) -> Result<(), Problem> {
    let missing = || Problem::not_found("no receipt with this id is waiting");
    let number = id.parse().map_err(|_| missing())?;
    match nation.node.resend(number).await {
        Ok(true) => Ok(()),
        Ok(false) => Err(missing()),
        Err(error) => Err(Problem::internal(&error.to_string())),
    }
}

#[utoipa::path(post, path = "/sandbox/node/probe", tag = "node", request_body = ProbeOrder,
    summary = "Ask each station for the notice of 18 zeros",
    responses((status = 200, body = Vec<CallReport>), (status = 400, body = Problem),
        (status = 401, body = Problem)))]
pub(crate) async fn probe(State(nation): Shared, body: Bytes) -> Result<Json<Vec<CallReport>>, Problem> {
    let order = if body.is_empty() { ProbeOrder::default() } else { json(&body)? };
    Ok(Json(send_probes(&nation, order.fiscal_code.as_deref()).await?))
}

async fn send_probes(nation: &Nation, only: Option<&str>) -> Result<Vec<CallReport>, Problem> {
    let registry = nation.node.registry();
    if only.is_some_and(|code| registry.organization(code).is_none()) {
        return Err(Problem::field("fiscalCode", "is not of an organization of the node"));
    }
    let mut reports = Vec::new();
    for organization in &registry.organizations {
        if only.is_some_and(|code| code != organization.fiscal_code) {
            continue;
        }
        for attachment in &organization.attachments {
            if let Some(station) = registry.station(&attachment.station_id) {
                reports.push(nation.node.probe(&organization.fiscal_code, station).await);
            }
        }
    }
    Ok(reports)
}

#[utoipa::path(get, path = "/sandbox/node/registry", tag = "node",
    summary = "What is registered on the national platform",
    responses((status = 200, body = Registry), (status = 401, body = Problem)))]
pub(crate) async fn read_registry(State(nation): Shared) -> Json<Registry> {
    Json(nation.node.registry().as_ref().clone())
}

#[utoipa::path(put, path = "/sandbox/node/organizations/{fiscalCode}", tag = "node",
    request_body = Organization,
    summary = "Register an organization or replace its registration, until the next start",
    params(("fiscalCode" = String, Path, description = "The same as in the body")),
    responses((status = 204), (status = 400, body = Problem), (status = 401, body = Problem)))]
pub(crate) async fn put_organization(
    State(nation): Shared,
    Path(fiscal_code): Path<String>,
    body: Bytes,
) -> Result<StatusCode, Problem> {
    let organization: Organization = json(&body)?;
    if organization.fiscal_code != fiscal_code {
        return Err(Problem::field("fiscalCode", "must be the one in the address"));
    }
    let mut registry = nation.node.registry().as_ref().clone();
    registry.check_organization(&organization, "").map_err(|e| Problem::bad_request(e.to_string()))?;
    registry.organizations.retain(|kept| kept.fiscal_code != fiscal_code);
    registry.organizations.push(organization);
    nation.node.set_registry(registry).map_err(|e| Problem::bad_request(e.to_string()))?;
    Ok(StatusCode::NO_CONTENT)
}

/// What a form of the control page may send.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ControlForm {
    token: String,
    notice_number: String,
    fiscal_code: String,
    outcome: String,
    psp: String,
    receipt_delay_seconds: String,
    receipt_copies: String,
    advance: String,
    id: String,
    mode: String,
}

/// Query of the control page: which action brought here.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Done {
    fatto: Option<String>,
}

async fn index(State(nation): Shared, Query(done): Query<Done>) -> Response {
    // The text is chosen here, never taken from the address.
    let message = match done.fatto.as_deref() {
        Some("orologio") => Some("L’orologio è stato portato avanti."),
        Some("sonda") => Some("Le stazioni sono state sondate: l’esito è tra le chiamate del nodo."),
        Some("rispedisci") => Some("La ricevuta viene spedita adesso."),
        Some("sil") => Some("Il comportamento del SIL è stato impostato."),
        Some("svuota") => Some("Le notifiche sono state svuotate."),
        _ => None,
    };
    pages::ok(pages::index::show(&nation, message))
}

fn refused(problem: &Problem) -> Response {
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::BAD_REQUEST);
    (status, pages::html(pages::index::refused(&problem.detail))).into_response()
}

fn genuine(nation: &Nation, form: &ControlForm) -> Result<(), Problem> {
    if same_secret(&form.token, &nation.form_token) {
        return Ok(());
    }
    let detail = "La pagina era aperta da prima dell’ultimo avvio: ricaricala e riprova.";
    Err(Problem::new(StatusCode::FORBIDDEN, detail))
}

fn back(done: &str) -> Response {
    Redirect::to(&format!("/sandbox?fatto={done}")).into_response()
}

async fn form_pay(State(nation): Shared, Form(form): Form<ControlForm>) -> Response {
    let number = |label: &str, text: &str, default: u32, least: u32, most: u32| match text.trim() {
        "" => Ok(default),
        digits => digits
            .parse()
            .ok()
            .filter(|n| (least..=most).contains(n))
            .ok_or_else(|| Problem::field(label, &format!("deve essere un numero da {least} a {most}"))),
    };
    let result = async {
        genuine(&nation, &form)?;
        parse_notice(form.fiscal_code.trim(), form.notice_number.trim()).map_err(|_| {
            Problem::bad_request(
                "Controlla i codici: il codice avviso ha 18 cifre, il codice fiscale dell’ente 11, \
                 con la cifra di controllo giusta.",
            )
        })?;
        let order = PayOrder {
            notice_number: form.notice_number.trim().to_owned(),
            fiscal_code: form.fiscal_code.trim().to_owned(),
            outcome: match form.outcome.as_str() {
                "KO" => Outcome::Ko,
                "ABANDON" => Outcome::Abandon,
                _ => Outcome::Ok,
            },
            receipt_delay_seconds: number(
                "Ritardo della ricevuta",
                &form.receipt_delay_seconds,
                0,
                0,
                MAX_DELAY_SECONDS,
            )?,
            receipt_copies: number("Copie della ricevuta", &form.receipt_copies, 1, 1, MAX_COPIES)?,
            psp: Some(form.psp.clone()).filter(|id| !id.is_empty()),
            amount: None,
            without_activation: false,
            token_validity_seconds: 0,
            postal: false,
        };
        pay(&nation.node, order).await
    };
    match result.await {
        Ok(report) => pages::ok(pages::index::paid(&report)),
        Err(problem) => refused(&problem),
    }
}

async fn form_clock(State(nation): Shared, Form(form): Form<ControlForm>) -> Response {
    let result = async {
        genuine(&nation, &form)?;
        advance(&nation, &form.advance).await.map_err(|problem| match problem.status {
            400 => Problem::bad_request(
                "Scrivi una durata ISO 8601 positiva, ad esempio P1D o PT2H; in tutto l’orologio \
                 può stare avanti al massimo di 50 anni.",
            ),
            _ => problem,
        })
    };
    finish(result.await, "orologio")
}

async fn form_probe(State(nation): Shared, Form(form): Form<ControlForm>) -> Response {
    let result = async {
        genuine(&nation, &form)?;
        send_probes(&nation, None).await.map(|_| ())
    };
    finish(result.await, "sonda")
}

async fn form_resend(State(nation): Shared, Form(form): Form<ControlForm>) -> Response {
    let result = async {
        genuine(&nation, &form)?;
        send_again(&nation, &form.id).await.map_err(|problem| match problem.status {
            404 => Problem::not_found("La ricevuta non è più in attesa."),
            _ => problem,
        })
    };
    finish(result.await, "rispedisci")
}

async fn form_sil(State(nation): Shared, Form(form): Form<ControlForm>) -> Response {
    let result = genuine(&nation, &form).and_then(|()| {
        let mode = match form.mode.as_str() {
            "NONE" => Misbehaviour::None,
            "STATUS_500" => Misbehaviour::Status500,
            "TIMEOUT" => Misbehaviour::Timeout,
            "FAULT" => Misbehaviour::Fault,
            "RESET" => Misbehaviour::Reset,
            _ => return Err(Problem::field("mode", "valore non previsto")),
        };
        nation.sil.misbehave(MisbehaviourOrder { mode, ipa: None, times: None });
        Ok(())
    });
    finish(result, "sil")
}

async fn form_clear(State(nation): Shared, Form(form): Form<ControlForm>) -> Response {
    let result = async {
        genuine(&nation, &form)?;
        clear_inbox(State(Arc::clone(&nation))).await.map(|_| ())
    };
    finish(result.await, "svuota")
}

fn finish(result: Result<(), Problem>, done: &str) -> Response {
    match result {
        Ok(()) => back(done),
        Err(problem) => refused(&problem),
    }
}
