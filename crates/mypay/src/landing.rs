//! The browser's side: landing addresses, return from the checkout, notice PDFs (`mypay-soap.md` §11).

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use engine::carts::{
    BrowserOutcome, Cart, CartItem, CartState, Channel, CheckoutReturns, NewCart, Payer, Replica,
};
use engine::registry::Organization;
use engine::{Call, EngineError, InstallmentId, OrganizationId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use url::Url;
use uuid::Uuid;

use crate::fault::Outcome;
use crate::links::Purpose;
use crate::{MyPay, session};

/// Life of a prepared cart (§6.1).
const PREPARED_FOR_S: i64 = 3600;

/// What a SIL hands over.
pub(crate) struct Handover {
    pub channel: Channel,
    pub show_recap: bool,
    pub return_url: Option<String>,
    pub items: Vec<CartItem>,
}

/// What it gets back.
pub(crate) struct Handed {
    pub session_id: String,
    pub url: String,
}

impl MyPay {
    /// Keeps a cart and names its landing address.
    pub(crate) async fn hand_over(
        &self,
        call: &Call,
        organization: &Organization,
        handover: Handover,
    ) -> Outcome<Handed> {
        let session_id = session::new_id(self.engine.clock().now());
        let token = Uuid::new_v4().hyphenated().to_string();
        let back = |outcome: &str| format!("{}/public/landing/outcome/{outcome}?id={token}", self.base);
        let cart = NewCart {
            organization_id: organization.id,
            session_id: session_id.clone(),
            landing_token: token.clone(),
            channel: handover.channel,
            show_recap: handover.show_recap,
            return_url: return_url(organization, handover.return_url.as_deref()),
            checkout_returns: CheckoutReturns { ok: back("OK"), cancel: back("CN"), error: back("KO") },
            items: handover.items,
            lifetime_s: PREPARED_FOR_S,
        };
        self.engine.carts.prepare(call, cart).await?;
        Ok(Handed { session_id, url: format!("{}/public/landing/inviaDovuti?id={token}", self.base) })
    }

    /// The signed address of a notice's PDF, valid two years.
    pub(crate) fn notice_url(&self, organization: OrganizationId, id: InstallmentId) -> Outcome<String> {
        let subject = format!("{organization}.{id}");
        let token = self
            .links
            .sign(Purpose::Notice, &subject, self.engine.clock().now())
            .map_err(EngineError::internal)?;
        Ok(format!("{}/public/landing/avviso?id={id}&securityToken={token}", self.base))
    }
}

/// The address to come back to: the request's, where it can be one and its origin is admitted; else the
/// ente's; else none, and our own outcome page is shown. The original takes anything (an open redirect).
fn return_url(organization: &Organization, asked: Option<&str>) -> Option<String> {
    let asked = asked.map(str::trim).filter(|text| !text.is_empty());
    let admitted = asked.and_then(|text| Url::parse(text).ok()).filter(|url| {
        let origins = &organization.profile.return_origins;
        matches!(url.scheme(), "http" | "https")
            && (origins.is_empty() || origins.contains(&url.origin().ascii_serialization()))
    });
    match admitted {
        Some(url) => Some(url.into()),
        None => organization.profile.return_url.clone(),
    }
}

/// The public addresses below the mount.
pub(crate) fn router() -> Router<MyPay> {
    Router::new()
        .route("/mypay4/public/landing/inviaDovuti", get(land))
        .route("/mypay4/public/landing/inviaDovutiReplicaCheck", get(replica_check))
        .route("/mypay4/public/landing/outcome/{outcome}", get(come_back))
        .route("/mypay4/public/landing/avviso", get(notice))
        .route("/mypay4/public/carrello/outcome", get(polling))
}

#[derive(Deserialize)]
struct Landing {
    #[serde(default)]
    id: String,
    #[serde(rename = "overrideCheckReplicaPayments")]
    replica: Option<String>,
}

async fn land(State(state): State<MyPay>, headers: HeaderMap, Query(query): Query<Landing>) -> Response {
    let call = call("landing/inviaDovuti", &headers);
    let cart = match state.engine.carts.by_token(&query.id).await {
        Ok(Some(cart)) if cart.state != CartState::Expired => cart,
        Ok(_) => return (StatusCode::BAD_REQUEST, format!("Id not valid: {}", query.id)).into_response(),
        Err(error) => return failed(&call, &error),
    };
    let recap = format!("{}/carrello/{}", state.public_url, cart.landing_token);
    if query.replica.as_deref() == Some("ko") {
        // The payer gave up a repeated payment: back without a polling token (§11.1).
        return match state.engine.carts.came_back(&call, &cart.landing_token, BrowserOutcome::Cancelled).await
        {
            Ok(_) => see_other(&target(&state, &cart, false, None)),
            Err(error) => failed(&call, &error),
        };
    }
    if cart.show_recap || cart.state.is_final() {
        return see_other(&recap);
    }
    // Transparent: straight to the checkout, unless it looks like a repetition: then the payer decides.
    match state.engine.carts.replica(&cart).await {
        Ok(Replica::None) => {}
        Ok(_) => return see_other(&recap),
        Err(error) => return failed(&call, &error),
    }
    match state.engine.carts.confirm(&call, &cart.landing_token, Payer::default()).await {
        Ok(address) => see_other(&address),
        Err(error) => {
            tracing::info!(trace = call.trace, session = cart.session_id, %error, "transparent payment not started");
            // The recap page explains and lets the payer try again.
            see_other(&recap)
        }
    }
}

#[derive(Deserialize)]
struct SessionQuery {
    #[serde(rename = "idSession", default)]
    id_session: String,
}

/// Lets a SIL ask about a repetition before it sends the browser (§11.1).
async fn replica_check(
    State(state): State<MyPay>,
    headers: HeaderMap,
    Query(query): Query<SessionQuery>,
) -> Response {
    let call = call("landing/inviaDovutiReplicaCheck", &headers);
    let unknown =
        || (StatusCode::BAD_REQUEST, format!("idSession not valid: {}", query.id_session)).into_response();
    let cart = match state.engine.carts.by_session_anywhere(&query.id_session).await {
        Ok(Some(cart)) => cart,
        Ok(None) => return unknown(),
        Err(error) => return failed(&call, &error),
    };
    let replica = match state.engine.carts.replica(&cart).await {
        Ok(Replica::None) => "NO_REPLICA",
        Ok(Replica::BeingPaid) => "DOVUTO",
        Ok(Replica::Paid) => "DOVUTO_ELAB",
        Err(error) => return failed(&call, &error),
    };
    let force = format!("{}/carrello/{}", state.public_url, cart.landing_token);
    axum::Json(json!({ "replica": replica, "urlToForceStartPayment": force })).into_response()
}

#[derive(Deserialize)]
struct Id {
    #[serde(default)]
    id: String,
}

/// The checkout sends the browser here; we send it to the SIL (§11.2).
async fn come_back(
    State(state): State<MyPay>,
    Path(outcome): Path<String>,
    headers: HeaderMap,
    Query(query): Query<Id>,
) -> Response {
    let call = call("landing/outcome", &headers);
    let outcome = match outcome.to_ascii_uppercase().as_str() {
        "OK" => BrowserOutcome::Ok,
        "KO" => BrowserOutcome::Error,
        "CN" => BrowserOutcome::Cancelled,
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    match state.engine.carts.came_back(&call, &query.id, outcome).await {
        Ok(Some(cart)) => {
            let now = state.engine.clock().now();
            let polling = state.links.sign(Purpose::Polling, &cart.landing_token, now).ok();
            see_other(&target(&state, &cart, outcome == BrowserOutcome::Ok, polling.as_deref()))
        }
        Ok(None) => (StatusCode::BAD_REQUEST, format!("Id not valid: {}", query.id)).into_response(),
        Err(error) => failed(&call, &error),
    }
}

/// The SIL's address with the outcome appended to its own query, or our outcome page.
fn target(state: &MyPay, cart: &Cart, ok: bool, polling: Option<&str>) -> String {
    let own = format!("{}/esito/{}", state.public_url, cart.landing_token);
    let Some(mut url) = cart.return_url.as_deref().and_then(|text| Url::parse(text).ok()) else { return own };
    {
        let mut query = url.query_pairs_mut();
        query.append_pair("idSession", &cart.session_id);
        query.append_pair("esito", if ok { "OK" } else { "ERROR" });
        if let Some(token) = polling {
            query.append_pair("pollingToken", token);
        }
    }
    url.into()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NoticeQuery {
    #[serde(default)]
    id: String,
    #[serde(default)]
    security_token: String,
}

async fn notice(
    State(state): State<MyPay>,
    headers: HeaderMap,
    Query(query): Query<NoticeQuery>,
) -> Response {
    let call = call("landing/avviso", &headers);
    let opened = state.links.open(Purpose::Notice, &query.security_token, state.engine.clock().now());
    // The token says whose and which; the plain id must agree, so that nobody edits it by mistake.
    let subject = opened.filter(|subject| subject.split_once('.').is_some_and(|(_, id)| id == query.id));
    let Some((organization, id)) = subject
        .as_deref()
        .and_then(|s| s.split_once('.'))
        .and_then(|(a, b)| Some((OrganizationId::new(a.parse().ok()?), InstallmentId::new(b.parse().ok()?))))
    else {
        return (StatusCode::UNAUTHORIZED, "Link non valido o scaduto").into_response();
    };
    match state.engine.documents.notice_pdf(organization, id).await {
        Ok(Some(pdf)) => {
            let headers = [
                (header::CONTENT_TYPE, "application/pdf".to_owned()),
                (header::CONTENT_DISPOSITION, format!("attachment; filename=\"avviso_{id}.pdf\"")),
                (header::CACHE_CONTROL, "no-store".to_owned()),
            ];
            (headers, pdf).into_response()
        }
        Ok(None) => (StatusCode::NOT_FOUND, "Avviso non disponibile").into_response(),
        Err(error) => failed(&call, &error),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PollingQuery {
    #[serde(default)]
    polling_token: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Polled {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    polling_token: Option<String>,
}

/// What became of a cart, for who holds the token of the return (`portals.md` §1.2).
async fn polling(
    State(state): State<MyPay>,
    headers: HeaderMap,
    Query(query): Query<PollingQuery>,
) -> Response {
    let call = call("carrello/outcome", &headers);
    let now = state.engine.clock().now();
    let Some(token) = state.links.open(Purpose::Polling, &query.polling_token, now) else {
        return axum::Json(Polled { status: "NOT_FOUND", polling_token: None }).into_response();
    };
    let status = match state.engine.carts.by_token(&token).await {
        Ok(Some(cart)) => match cart.state {
            CartState::Prepared | CartState::Ready => "TO_PAY",
            CartState::InProgress => "INITIATED",
            CartState::Paid => "PAID_OK",
            CartState::Cancelled | CartState::Expired => "PAID_KO",
        },
        Ok(None) => "NOT_FOUND",
        Err(error) => return failed(&call, &error),
    };
    let renewed =
        (status == "INITIATED").then(|| state.links.sign(Purpose::Polling, &token, now).ok()).flatten();
    axum::Json(Polled { status, polling_token: renewed }).into_response()
}

fn call(operation: &str, headers: &HeaderMap) -> Call {
    let trace = headers.get("x-trace-id").and_then(|v| v.to_str().ok()).unwrap_or("-");
    Call::new("mypay", operation, trace)
}

fn see_other(address: &str) -> Response {
    (StatusCode::SEE_OTHER, [(header::LOCATION, address.to_owned())]).into_response()
}

fn failed(call: &Call, error: &EngineError) -> Response {
    tracing::warn!(trace = call.trace, operation = call.operation, %error, "landing failed");
    let (status, text) = if error.is_unavailable() {
        (StatusCode::SERVICE_UNAVAILABLE, "Servizio momentaneamente non disponibile")
    } else {
        (StatusCode::INTERNAL_SERVER_ERROR, "Errore interno")
    };
    (status, [(header::RETRY_AFTER, "5")], format!("{text} (codice {})", call.trace)).into_response()
}
