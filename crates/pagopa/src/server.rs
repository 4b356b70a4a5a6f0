//! The HTTP side of paForNode: one address, six operations, contracts.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{OriginalUri, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use engine::journal::Entry;
use engine::{Call, Engine, Identifiers};
use soap::{Element, Envelope, Fault, envelope};
use wire::pa_for_node::{
    CtQrCode, PaDemandPaymentNoticeRequest, PaDemandPaymentNoticeResponse, PaGetPaymentReq, PaGetPaymentRes,
    PaGetPaymentV2Request, PaGetPaymentV2Response, PaSendRtReq, PaSendRtRes, PaSendRtV2Request,
    PaSendRtV2Response, PaVerifyPaymentNoticeReq, PaVerifyPaymentNoticeRes, SERVICE,
};

use crate::fault::{Code, Failure, Refusal};
use crate::{activate, demand, receive, verify};

/// What the node's door needs.
#[derive(Clone)]
pub struct PagoPa {
    engine: Engine,
    /// Our address as the world sees it, without a final slash.
    public_url: Arc<str>,
}

impl PagoPa {
    /// The door of an engine.
    #[must_use]
    pub fn new(engine: Engine, public_url: &str) -> Self {
        Self { engine, public_url: public_url.trim_end_matches('/').into() }
    }
}

/// `/pagopa/paForNode` and its contract.
pub fn router(state: PagoPa) -> Router {
    Router::new()
        .route("/pagopa/paForNode", post(serve).get(describe))
        .route("/pagopa/paForNode.wsdl", get(describe))
        .route("/pagopa/paForNode.xsd", get(describe))
        .with_state(state)
}

/// What a call leaves behind for the journal.
struct Outcome {
    body: String,
    outcome: String,
    description: Option<String>,
    organization: Option<String>,
    identifiers: Identifiers,
}

async fn serve(State(state): State<PagoPa>, headers: HeaderMap, body: Bytes) -> Response {
    let trace = headers.get("x-trace-id").and_then(|v| v.to_str().ok()).unwrap_or("-").to_owned();
    let mut call = Call::new("pagopa", NO_OPERATION, trace);
    let text = match soap::decode(&body) {
        Ok(text) => text,
        Err(error) => return no_operation(&state.engine, &call, &error.into()).await,
    };
    let parsed = match Envelope::parse(&text, &SERVICE) {
        Ok(parsed) => parsed,
        Err(refused) => return no_operation(&state.engine, &call, &refused).await,
    };
    let Some(operation) = parsed.operation(&SERVICE) else {
        let root = parsed.body_root().qualified_name();
        let refused = Fault::client(format!("operazione sconosciuta: {root}"));
        return no_operation(&state.engine, &call, &refused).await;
    };
    operation.name.clone_into(&mut call.operation);
    match dispatch(&state.engine, &call, operation.name, &parsed, &body).await {
        Ok(outcome) => {
            note(&state.engine, &call, &outcome).await;
            xml(StatusCode::OK, outcome.body)
        }
        Err(reason) => {
            tracing::warn!(trace = call.trace, operation = call.operation, %reason, "store not available");
            let mut answer = fault(&Fault::server("servizio momentaneamente non disponibile"));
            *answer.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
            answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
            answer
        }
    }
}

/// Operation of a message that names none, in the journal.
const NO_OPERATION: &str = "-";

/// A message that is no SOAP of ours: told to the caller and to the journal.
async fn no_operation(engine: &Engine, call: &Call, refused: &Fault) -> Response {
    let entry =
        Entry::call_in(call, engine.clock().now(), None, refused.code.as_str()).error(&refused.string);
    engine.journal.note(entry).await;
    fault(refused)
}

/// Carries out one operation. The error means that the store is away: nothing may be taken as final.
async fn dispatch(
    engine: &Engine,
    call: &Call,
    name: &str,
    parsed: &Envelope<'_>,
    raw: &[u8],
) -> Result<Outcome, String> {
    match name {
        "paVerifyPaymentNotice" => {
            let done = match read::<PaVerifyPaymentNoticeReq>(parsed) {
                Ok(request) => {
                    (subject(&request.id_pa, &request.qr_code), verify::verify(engine, &request).await)
                }
                Err(refused) => (Subject::default(), Err(refused)),
            };
            finish(done, PaVerifyPaymentNoticeRes::ko)
        }
        "paGetPayment" => {
            let done = match read::<PaGetPaymentReq>(parsed).map(PaGetPaymentV2Request::from) {
                Ok(request) => (
                    subject(&request.id_pa, &request.qr_code),
                    activate::v1(engine, call, &request).await.map(PaGetPaymentRes::ok),
                ),
                Err(refused) => (Subject::default(), Err(refused)),
            };
            finish(done, PaGetPaymentRes::ko)
        }
        "paGetPaymentV2" => {
            let done = match read::<PaGetPaymentV2Request>(parsed) {
                Ok(request) => (
                    subject(&request.id_pa, &request.qr_code),
                    activate::v2(engine, call, &request).await.map(PaGetPaymentV2Response::ok),
                ),
                Err(refused) => (Subject::default(), Err(refused)),
            };
            finish(done, PaGetPaymentV2Response::ko)
        }
        "paSendRT" => {
            let done = match read::<PaSendRtReq>(parsed).map(receive::from_v1) {
                Ok(request) => (
                    receipt_subject(&request),
                    receive::v2(engine, call, request, raw).await.map(|()| PaSendRtRes::ok()),
                ),
                Err(refused) => (Subject::default(), Err(refused)),
            };
            finish(done, PaSendRtRes::ko)
        }
        "paSendRTV2" => {
            let done = match read::<PaSendRtV2Request>(parsed) {
                Ok(request) => (
                    receipt_subject(&request),
                    receive::v2(engine, call, request, raw).await.map(|()| PaSendRtV2Response::ok()),
                ),
                Err(refused) => (Subject::default(), Err(refused)),
            };
            finish(done, PaSendRtV2Response::ko)
        }
        _ => {
            let done = match read::<PaDemandPaymentNoticeRequest>(parsed) {
                Ok(request) => {
                    let subject = Subject { id_pa: Some(request.id_pa.clone()), ..Subject::default() };
                    (subject, demand::demand(engine, call, &request).await)
                }
                Err(refused) => (Subject::default(), Err(refused)),
            };
            finish(done, PaDemandPaymentNoticeResponse::ko)
        }
    }
}

/// Whom and what a request is about, for the journal and for `fault/id`.
#[derive(Default)]
struct Subject {
    id_pa: Option<String>,
    identifiers: Identifiers,
}

fn subject(id_pa: &str, qr_code: &CtQrCode) -> Subject {
    let identifiers =
        Identifiers { notice_number: Some(qr_code.notice_number.clone()), ..Identifiers::default() };
    Subject { id_pa: Some(id_pa.to_owned()), identifiers }
}

fn receipt_subject(request: &PaSendRtV2Request) -> Subject {
    let receipt = &request.receipt;
    let identifiers = Identifiers {
        notice_number: Some(receipt.notice_number.clone()),
        iuv: Some(receipt.creditor_reference_id.clone()),
        receipt_id: Some(receipt.receipt_id.clone()),
        ..Identifiers::default()
    };
    Subject { id_pa: Some(request.id_pa.clone()), identifiers }
}

fn read<E: Element>(parsed: &Envelope<'_>) -> Result<E, Failure> {
    // Element and rule, without the value: it may be personal, and the text goes into the journal.
    parsed
        .body()
        .map_err(|error| Failure::refused(Code::ExtraXsd, format!("{}: {}", error.path(), error.rule())))
}

fn finish<E: Element>(
    (subject, done): (Subject, Result<E, Failure>),
    ko: fn(wire::pa_for_node::CtFaultBean) -> E,
) -> Result<Outcome, String> {
    let (body, outcome, description) = match done {
        Ok(answer) => (envelope::response(&answer), "OK", None),
        Err(Failure::Refused(Refusal { code, description })) => {
            let id = subject.id_pa.as_deref().unwrap_or("-");
            let bean = Refusal::new(code, description.clone()).bean(id);
            (envelope::response(&ko(bean)), code.as_str(), Some(description))
        }
        Err(Failure::Unavailable(reason)) => return Err(reason),
    };
    Ok(Outcome {
        body,
        outcome: outcome.to_owned(),
        description,
        organization: subject.id_pa,
        identifiers: subject.identifiers,
    })
}

async fn note(engine: &Engine, call: &Call, outcome: &Outcome) {
    let organization = outcome
        .organization
        .as_deref()
        .and_then(|code| engine.registry.snapshot().organization_by_fiscal_code(code).map(|found| found.id));
    let entry = Entry::call_in(call, engine.clock().now(), organization, &outcome.outcome)
        .with(outcome.identifiers.clone());
    let entry = match &outcome.description {
        Some(description) => entry.error(description),
        None => entry,
    };
    engine.journal.note(entry).await;
}

fn fault(fault: &Fault) -> Response {
    xml(StatusCode::INTERNAL_SERVER_ERROR, fault.to_envelope())
}

fn xml(status: StatusCode, body: String) -> Response {
    (status, [(header::CONTENT_TYPE, "text/xml; charset=utf-8")], body).into_response()
}

/// `paForNode.wsdl`, `paForNode.xsd`; `paForNode?wsdl`, `paForNode?xsd=…`.
async fn describe(
    State(state): State<PagoPa>,
    OriginalUri(uri): OriginalUri,
    RawQuery(query): RawQuery,
) -> Response {
    let address = format!("{}/pagopa/paForNode", state.public_url);
    let file = uri.path().rsplit('/').next().unwrap_or_default();
    match SERVICE.contract(&address, file, query.as_deref().unwrap_or_default()) {
        Some(contract) => xml(StatusCode::OK, contract),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
