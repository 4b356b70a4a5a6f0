//! The SOAP side: any path below `/mypay4/ws`, dispatch by the body's root, business faults with HTTP 200.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use engine::journal::Entry;
use engine::{Call, Identifiers};
use soap::{Element, Envelope, Mode, envelope};
use wire::mypay as wsdl;
use wire::mypay::{FaultBean, IntestazionePpt, SERVICE};

use crate::fault::{Failure, Fault, code};
use crate::{MyPay, chiedi, ente, importa, invia, verifica};

/// Path below `/mypay4/ws` that clients are commonly configured with.
const ADDRESS: &str = "ws/pa/PagamentiTelematiciDovutiPagati";

pub(crate) fn router() -> Router<MyPay> {
    Router::new().route("/mypay4/ws/{*path}", post(serve).get(describe))
}

/// What goes back, and what the journal keeps.
struct Answer {
    body: String,
    outcome: &'static str,
    error: Option<String>,
}

/// What a request is about.
#[derive(Default)]
struct About {
    ipa: String,
    identifiers: Identifiers,
}

async fn serve(State(state): State<MyPay>, headers: HeaderMap, body: Bytes) -> Response {
    let trace = headers.get("x-trace-id").and_then(|v| v.to_str().ok()).unwrap_or("-").to_owned();
    let mut call = Call::new("mypay", NO_OPERATION, trace);
    let text = match soap::decode(&body) {
        Ok(text) => text,
        Err(error) => return no_operation(&state, &call, &error.into()).await,
    };
    let parsed = match Envelope::parse(&text, &SERVICE) {
        Ok(parsed) => parsed,
        Err(fault) => return no_operation(&state, &call, &fault).await,
    };
    let Some(operation) = parsed.operation(&SERVICE) else {
        let root = parsed.body_root().qualified_name();
        let fault = soap::Fault::client(format!("operazione sconosciuta: {root}"));
        return no_operation(&state, &call, &fault).await;
    };
    operation.name.clone_into(&mut call.operation);
    let mut about = About::default();
    match dispatch(&state, &call, &parsed, &mut about).await {
        Ok(answer) => {
            note(&state, &call, &about, &answer).await;
            xml(StatusCode::OK, answer.body)
        }
        Err(reason) => {
            tracing::warn!(trace = call.trace, operation = call.operation, %reason, "store not available");
            let mut answer = soap_fault(&soap::Fault::server("Servizio momentaneamente non disponibile"));
            *answer.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
            answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
            answer
        }
    }
}

/// Operation of a message that names none, in the journal.
const NO_OPERATION: &str = "-";

/// A message that is no SOAP of ours: told to the caller and to the journal.
async fn no_operation(state: &MyPay, call: &Call, fault: &soap::Fault) -> Response {
    let entry =
        Entry::call_in(call, state.engine.clock().now(), None, fault.code.as_str()).error(&fault.string);
    state.engine.journal.note(entry).await;
    soap_fault(fault)
}

/// Carries out one operation; the error means that the store is away.
async fn dispatch(
    state: &MyPay,
    call: &Call,
    parsed: &Envelope<'_>,
    about: &mut About,
) -> Result<Answer, String> {
    match call.operation.as_str() {
        "paaSILInviaDovuti" => {
            let done = match body::<wsdl::PaaSilInviaDovuti>(parsed, about, true) {
                Ok(request) => invia::invia_dovuti(state, call, &about.ipa, request).await,
                // The document is checked after ente and password, also when its base64 cannot be read.
                Err(fault) if fault.code == code::XML => {
                    let password = child_text(parsed, "password");
                    let known = ente::of_invia(&state.engine, &about.ipa, password.as_deref()).await;
                    Err(known.err().unwrap_or_else(|| fault.into()))
                }
                Err(fault) => Err(fault.into()),
            };
            if let Ok(answer) = &done {
                about.identifiers.session_id.clone_from(&answer.id_session);
            }
            finish(about, done, |fault| wsdl::PaaSilInviaDovutiRisposta {
                fault: Some(fault),
                esito: ko(),
                ..Default::default()
            })
        }
        "paaSILVerificaAvviso" => {
            let done = match body::<wsdl::PaaSilVerificaAvviso>(parsed, about, true) {
                Ok(request) => {
                    about.identifiers.iuv = Some(request.identificativo_univoco_versamento.clone());
                    verifica::verifica_avviso(state, call, &about.ipa, request).await
                }
                Err(fault) => Err(fault.into()),
            };
            finish(about, done, |fault| wsdl::PaaSilVerificaAvvisoRisposta {
                fault: Some(fault),
                esito: ko(),
                ..Default::default()
            })
        }
        "paaSILImportaDovuto" => {
            let done = match body::<wsdl::PaaSilImportaDovuto>(parsed, about, true) {
                Ok(request) => importa::importa_dovuto(state, call, &about.ipa, request).await,
                Err(fault) => Err(fault.into()),
            };
            if let Ok(answer) = &done {
                about.identifiers.iuv.clone_from(&answer.identificativo_univoco_versamento);
            }
            finish(about, done, |fault| wsdl::PaaSilImportaDovutoRisposta {
                fault: Some(fault),
                esito: ko(),
                ..Default::default()
            })
        }
        "paaSILChiediPagati" => {
            let done = match body::<wsdl::PaaSilChiediPagati>(parsed, about, false) {
                Ok(request) => {
                    about.ipa.clone_from(&request.cod_ipa_ente);
                    about.identifiers.session_id = Some(request.id_session.clone());
                    chiedi::chiedi_pagati(state, request).await
                }
                Err(fault) => Err(fault.into()),
            };
            finish(about, done, |fault| wsdl::PaaSilChiediPagatiRisposta {
                fault: Some(fault),
                ..Default::default()
            })
        }
        "paaSILChiediPagatiConRicevuta" => {
            let done = match body::<wsdl::PaaSilChiediPagatiConRicevuta>(parsed, about, false) {
                Ok(request) => {
                    about.ipa.clone_from(&request.cod_ipa_ente);
                    about.identifiers.session_id.clone_from(&request.id_session);
                    about.identifiers.iuv.clone_from(&request.identificativo_univoco_versamento);
                    about.identifiers.iud.clone_from(&request.identificativo_univoco_dovuto);
                    chiedi::chiedi_pagati_con_ricevuta(state, request).await
                }
                Err(fault) => Err(fault.into()),
            };
            finish(about, done, |fault| wsdl::PaaSilChiediPagatiConRicevutaRisposta {
                fault: Some(fault),
                ..Default::default()
            })
        }
        other => Ok(unserved(other, parsed)),
    }
}

/// Reads header and body. What cannot be read is a business fault, not a SOAP Fault (§21.2).
fn body<E: Element>(parsed: &Envelope<'_>, about: &mut About, headed: bool) -> Result<E, Fault> {
    if headed {
        let header: Option<IntestazionePpt> = parsed.header(Mode::Lenient).map_err(|error| {
            Fault::new(code::ENTE, "codice IPA Ente [] non valido").describe(error.to_string())
        })?;
        match header {
            Some(header) if !header.cod_ipa_ente.is_empty() => about.ipa = header.cod_ipa_ente,
            _ => {
                let why = "header intestazionePPT con codIpaEnte mancante";
                return Err(Fault::new(code::ENTE, "codice IPA Ente [] non valido").describe(why));
            }
        }
    }
    parsed
        .body_leniently()
        .map_err(|error| Fault::new(code::XML, "XML dei dovuti non valido").describe(error.to_string()))
}

/// The text of an unqualified child of the body's root.
fn child_text(parsed: &Envelope<'_>, name: &str) -> Option<String> {
    parsed.body_root().children().find(|child| child.is("", name)).map(|child| child.text().to_owned())
}

#[allow(clippy::unnecessary_wraps, reason = "a field of the responses")]
fn ko() -> Option<String> {
    Some("KO".to_owned())
}

fn finish<E: Element>(
    about: &About,
    done: Result<E, Failure>,
    refuse: impl FnOnce(FaultBean) -> E,
) -> Result<Answer, String> {
    match done {
        Ok(answer) => Ok(Answer { body: envelope::response(&answer), outcome: "OK", error: None }),
        Err(Failure::Fault(fault)) => Ok(Answer {
            body: envelope::response(&refuse(fault.bean(&about.ipa))),
            outcome: fault.code,
            error: Some(fault.text),
        }),
        Err(Failure::Unavailable(reason)) => Err(reason),
    }
}

/// The operations of the contract that are not served yet: a proper fault in the proper response.
fn unserved(operation: &str, parsed: &Envelope<'_>) -> Answer {
    let text = format!("{operation} non è una operazione supportata");
    let ipa = parsed
        .header::<IntestazionePpt>(Mode::Lenient)
        .ok()
        .flatten()
        .map(|header| header.cod_ipa_ente)
        .or_else(|| child_text(parsed, "codIpaEnte"))
        .unwrap_or_default();
    let fault = Fault::new(code::SYSTEM, text.clone()).bean(&ipa);
    /// A response with the fault, and with `esito` where the operation has one.
    macro_rules! refuse {
        ($response:ident) => {
            envelope::response(&wsdl::$response { fault: Some(fault), ..Default::default() })
        };
        ($response:ident with esito) => {{
            let mut response = wsdl::$response::default();
            response.fault = Some(fault);
            response.esito = ko();
            envelope::response(&response)
        }};
    }
    let body = match operation {
        "paaSILInviaCarrelloDovuti" => refuse!(PaaSilInviaCarrelloDovutiRisposta with esito),
        "paaSILRegistraPagamento" => refuse!(PaaSilRegistraPagamentoRisposta with esito),
        "paaSILChiediEsitoCarrelloDovuti" => refuse!(PaaSilChiediEsitoCarrelloDovutiRisposta),
        "paaSILAutorizzaImportFlusso" => refuse!(PaaSilAutorizzaImportFlussoRisposta),
        "paaSILChiediStatoImportFlusso" => refuse!(PaaSilChiediStatoImportFlussoRisposta),
        "paaSILPrenotaExportFlusso" => refuse!(PaaSilPrenotaExportFlussoRisposta),
        "paaSILPrenotaExportFlussoIncrementaleConRicevuta" => {
            refuse!(PaaSilPrenotaExportFlussoIncrementaleConRicevutaRisposta)
        }
        "paaSILChiediStatoExportFlusso" => refuse!(PaaSilChiediStatoExportFlussoRisposta),
        "paaSILPrenotaExportFlussoScaduti" => refuse!(PaaSilPrenotaExportFlussoScadutiRisposta),
        "paaSILChiediStatoExportFlussoScaduti" => refuse!(PaaSilChiediStatoExportFlussoScadutiRisposta),
        "paaSILChiediPosizioniAperte" => refuse!(PaaSilChiediPosizioniAperteRisposta),
        "paaSILChiediStoricoPagamenti" => refuse!(PaaSilChiediStoricoPagamentiRisposta),
        _ => refuse!(PaaSilChiediAvvisiPendentiRisposta),
    };
    Answer { body, outcome: code::SYSTEM, error: Some(text) }
}

async fn note(state: &MyPay, call: &Call, about: &About, answer: &Answer) {
    let organization = state
        .engine
        .registry
        .snapshot()
        .organization_by_ipa(about.ipa.trim())
        .map(|organization| organization.id);
    let entry = Entry::call_in(call, state.engine.clock().now(), organization, answer.outcome)
        .with(about.identifiers.clone());
    let entry = match &answer.error {
        Some(text) => entry.error(text),
        None => entry,
    };
    state.engine.journal.note(entry).await;
}

fn soap_fault(fault: &soap::Fault) -> Response {
    xml(StatusCode::INTERNAL_SERVER_ERROR, fault.to_envelope())
}

fn xml(status: StatusCode, body: String) -> Response {
    (status, [(header::CONTENT_TYPE, "text/xml; charset=utf-8")], body).into_response()
}

/// The contract, in both styles: `….wsdl` with schemas beside it, `…?wsdl` with `…?xsd=`.
async fn describe(
    State(state): State<MyPay>,
    Path(path): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let address = format!("{}/{ADDRESS}", state.base);
    let file = path.rsplit('/').next().unwrap_or_default();
    match SERVICE.contract(&address, file, query.as_deref().unwrap_or_default()) {
        Some(contract) => xml(StatusCode::OK, contract),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
