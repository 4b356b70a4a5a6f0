//! Invented data and a stub of the installation, shared by the tests.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use wire::pa_for_node::{CtEntityUniqueIdentifier, CtSubject, PersonType};

use crate::clock::SandboxClock;
use crate::config::{
    Attachment, NodeTimeouts, Organization, PrimitiveVersion, Registry, SandboxConfig, Station,
};

/// The organization under test.
pub(crate) const COMUNE: &str = "80012345676";
pub(crate) const COMUNE_IBAN: &str = "IT36U9900102000000000123456";
pub(crate) const COMUNE_POSTAL: &str = "IT17K0760102000000012345678";
/// A body with a part in the payments, attached to nobody.
pub(crate) const PROVINCIA: &str = "80099887764";
pub(crate) const PROVINCIA_IBAN: &str = "IT61F9900202000000000654321";
pub(crate) const BROKER: &str = "90011223345";
pub(crate) const STATION: &str = "90011223345_01";
/// A second station, of type V1, that wants the receipts of the organization (broadcast).
pub(crate) const BROADCAST: &str = "90011223345_02";
/// Segregation code 12.
pub(crate) const NOTICE: &str = "312202500000457168";
pub(crate) const OTHER_NOTICE: &str = "312202500000077787";
/// SHA-256 of `documento di prova` in base64.
pub(crate) const HASH: &str = "JtST9dN+2S++MicVNPKmAFx9GoYvb7Iq8gl2xB8CIKo=";
pub(crate) const TOKEN: &str = "token-di-prova";
pub(crate) const KEY: &str = "chiave-di-prova";

pub(crate) fn debtor() -> CtSubject {
    CtSubject {
        unique_identifier: CtEntityUniqueIdentifier { kind: PersonType::Natural, value: "ANONIMO".into() },
        full_name: "Ada Prova".into(),
        street_name: None,
        civic_number: None,
        postal_code: None,
        city: None,
        state_province_region: None,
        country: None,
        email: None,
    }
}

pub(crate) fn registry(url: &str) -> Registry {
    let attach = |station: &str, code: &str, broadcast| Attachment {
        station_id: station.into(),
        segregation_code: code.into(),
        broadcast,
    };
    Registry {
        broker_id: BROKER.into(),
        stations: vec![
            Station {
                id: STATION.into(),
                url: url.into(),
                activation: PrimitiveVersion::V2,
                receipt: PrimitiveVersion::V2,
            },
            Station {
                id: BROADCAST.into(),
                url: url.into(),
                activation: PrimitiveVersion::V1,
                receipt: PrimitiveVersion::V1,
            },
        ],
        organizations: vec![
            Organization {
                fiscal_code: COMUNE.into(),
                name: "Comune di Borgo Sereno".into(),
                ibans: vec![COMUNE_IBAN.into(), COMUNE_POSTAL.into()],
                attachments: vec![attach(STATION, "12", false), attach(BROADCAST, "13", true)],
            },
            Organization {
                fiscal_code: PROVINCIA.into(),
                name: "Provincia di Valchiara".into(),
                ibans: vec![PROVINCIA_IBAN.into()],
                attachments: Vec::new(),
            },
        ],
    }
}

pub(crate) fn config(dir: &Path, base_url: &str, station_url: &str) -> SandboxConfig {
    SandboxConfig {
        base_url: base_url.into(),
        data_dir: dir.to_owned(),
        control_token: TOKEN.into(),
        subscription_key: KEY.into(),
        clock: Arc::new(SandboxClock::open(&dir.join("clock")).unwrap()),
        registry: registry(station_url),
        timeouts: NodeTimeouts {
            activation: Duration::from_millis(500),
            receipt: Duration::from_millis(500),
            obligation: Duration::from_millis(250),
        },
    }
}

/// Serves a router on a free port of loopback and gives its address.
pub(crate) async fn serve(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    format!("http://{address}")
}

/// What the stub does with one operation.
#[derive(Clone)]
pub(crate) enum Answer {
    /// Status 200 and this body element, inside an envelope.
    Body(String),
    /// This status and this text, as they are.
    Raw(u16, String),
    /// The right body, after a pause.
    Late(Duration, String),
}

/// A stub of our paForNode, with an answer for each operation.
#[derive(Clone, Default)]
pub(crate) struct Stub {
    answers: Arc<Mutex<HashMap<&'static str, Answer>>>,
    /// Operation and body of each request seen.
    pub(crate) seen: Arc<Mutex<Vec<(String, String)>>>,
}

impl Stub {
    /// Starts a stub that answers well to everything, and gives its address.
    pub(crate) async fn start() -> (Self, String) {
        let stub = Self::default();
        stub.set("paVerifyPaymentNotice", Answer::Body(verify_ok()));
        stub.set("paGetPayment", Answer::Body(activation_ok(1)));
        stub.set("paGetPaymentV2", Answer::Body(activation_ok(2)));
        stub.set("paSendRT", Answer::Body(receipt_ok("paSendRTRes")));
        stub.set("paSendRTV2", Answer::Body(receipt_ok("paSendRTV2Response")));
        let router = Router::new().route("/", post(answer)).with_state(stub.clone());
        let url = serve(router).await;
        (stub, format!("{url}/"))
    }

    pub(crate) fn set(&self, operation: &'static str, answer: Answer) {
        self.answers.lock().unwrap().insert(operation, answer);
    }

    /// Names of the operations called so far.
    pub(crate) fn operations(&self) -> Vec<String> {
        self.seen.lock().unwrap().iter().map(|(name, _)| name.clone()).collect()
    }

    /// The bodies seen for one operation.
    pub(crate) fn bodies(&self, operation: &str) -> Vec<String> {
        let seen = self.seen.lock().unwrap();
        seen.iter().filter(|(name, _)| name == operation).map(|(_, body)| body.clone()).collect()
    }
}

async fn answer(State(stub): State<Stub>, headers: HeaderMap, body: String) -> Response {
    let action = headers["soapaction"].to_str().unwrap().trim_matches('"').to_owned();
    let other = body.contains(OTHER_NOTICE);
    stub.seen.lock().unwrap().push((action.clone(), body));
    let answer = stub.answers.lock().unwrap().get(action.as_str()).cloned();
    let xml = [(header::CONTENT_TYPE, "text/xml; charset=utf-8")];
    match answer.unwrap() {
        // The prepared answers are about the first notice.
        Answer::Body(body) if other => {
            (xml, envelope(&body.replace(&NOTICE[1..], &OTHER_NOTICE[1..]))).into_response()
        }
        Answer::Body(body) => (xml, envelope(&body)).into_response(),
        Answer::Raw(status, text) => (StatusCode::from_u16(status).unwrap(), xml, text).into_response(),
        Answer::Late(pause, body) => {
            tokio::time::sleep(pause).await;
            (xml, envelope(&body)).into_response()
        }
    }
}

pub(crate) fn envelope(body: &str) -> String {
    format!(
        "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>{body}</s:Body></s:Envelope>"
    )
}

pub(crate) fn element(root: &str, content: &str) -> String {
    format!("<p:{root} xmlns:p=\"http://pagopa-api.pagopa.gov.it/pa/paForNode.xsd\">{content}</p:{root}>")
}

pub(crate) fn verify_ok() -> String {
    element(
        "paVerifyPaymentNoticeRes",
        &format!(
            "<outcome>OK</outcome><paymentList><paymentOptionDescription><amount>123.45</amount>\
             <options>EQ</options><dueDate>2026-06-30</dueDate>\
             <detailDescription>Rata unica</detailDescription><allCCP>false</allCCP>\
             </paymentOptionDescription></paymentList>\
             <paymentDescription>Tassa rifiuti 2026</paymentDescription>\
             <fiscalCodePA>{COMUNE}</fiscalCodePA><companyName>Comune di Borgo Sereno</companyName>"
        ),
    )
}

pub(crate) fn activation_ok(version: u8) -> String {
    let transfers = format!(
        "<transfer><idTransfer>1</idTransfer><transferAmount>118.00</transferAmount>\
         <fiscalCodePA>{COMUNE}</fiscalCodePA><IBAN>{COMUNE_IBAN}</IBAN>\
         <remittanceInformation>/RFB/12202500000457168/118.00</remittanceInformation>\
         <transferCategory>9/0101101IM/</transferCategory></transfer>\
         <transfer><idTransfer>2</idTransfer><transferAmount>5.45</transferAmount>\
         <fiscalCodePA>{PROVINCIA}</fiscalCodePA><IBAN>{PROVINCIA_IBAN}</IBAN>\
         <remittanceInformation>/RFB/12202500000457168/5.45</remittanceInformation>\
         <transferCategory>9/0101101IM/</transferCategory></transfer>"
    );
    activation_with("123.45", &transfers, version)
}

pub(crate) fn activation_with(amount: &str, transfers: &str, version: u8) -> String {
    let root = if version == 1 { "paGetPaymentRes" } else { "paGetPaymentV2Response" };
    element(
        root,
        &format!(
            "<outcome>OK</outcome><data><creditorReferenceId>{}</creditorReferenceId>\
             <paymentAmount>{amount}</paymentAmount><dueDate>2026-06-30</dueDate>\
             <description>Tassa rifiuti 2026</description>\
             <companyName>Comune di Borgo Sereno</companyName>\
             <debtor><uniqueIdentifier><entityUniqueIdentifierType>F</entityUniqueIdentifierType>\
             <entityUniqueIdentifierValue>ANONIMO</entityUniqueIdentifierValue></uniqueIdentifier>\
             <fullName>Ada Prova</fullName></debtor>\
             <transferList>{transfers}</transferList></data>",
            &NOTICE[1..]
        ),
    )
}

pub(crate) fn receipt_ok(root: &str) -> String {
    element(root, "<outcome>OK</outcome>")
}

pub(crate) fn refused(root: &str, code: &str) -> String {
    element(
        root,
        &format!(
            "<outcome>KO</outcome><fault><faultCode>{code}</faultCode>\
             <faultString>Rifiutato</faultString><id>{COMUNE}</id></fault>"
        ),
    )
}
