//! The SIL that listens: an inbox for what Snodo pushes, and a page where a browser comes back.

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{Path as UrlPath, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Nation;
use crate::error::SandboxError;
use crate::lines::Lines;
use crate::pages;
use crate::problem::Problem;

/// How many notifications and returns are kept; the oldest go first.
const KEPT: usize = 1000;
/// Headers whose value is a secret.
const SECRET_HEADERS: &[&str] =
    &["authorization", "cookie", "proxy-authorization", "x-api-key", "ocp-apim-subscription-key"];

/// Something that was pushed to the SIL.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Notification {
    /// Progressive number.
    pub id: u64,
    /// When it arrived (clock of the sandbox, UTC).
    #[schema(value_type = String, format = DateTime)]
    pub received_at: Timestamp,
    /// `codIpaEnte` in the address.
    pub ipa: String,
    /// Headers; the values of secrets are masked.
    pub headers: BTreeMap<String, String>,
    /// The body as text; bytes that are not UTF-8 are replaced.
    pub body: String,
    /// `esito` of a MyPay push, decoded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub esito: Option<String>,
    /// `rt` of a MyPay push, decoded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rt: Option<String>,
    /// HTTP status answered, or how the SIL misbehaved.
    pub answered: String,
}

/// A browser that came back to the SIL.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Return {
    /// When (clock of the sandbox, UTC).
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// `idSession`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_session: Option<String>,
    /// `esito`: `OK` or `ERROR`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub esito: Option<String>,
    /// `pollingToken`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub polling_token: Option<String>,
    /// All the parameters in order, repeated ones too.
    pub parameters: Vec<(String, String)>,
}

/// How the SIL answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Misbehaviour {
    /// Well: 200 and an empty object.
    #[default]
    None,
    /// Status 500.
    #[serde(rename = "STATUS_500")]
    Status500,
    /// Never, within any reasonable limit (two minutes).
    Timeout,
    /// Status 200 with a `faultCode`, the way a SIL refuses a push of MyPay.
    Fault,
    /// The connection is closed without an answer.
    Reset,
}

/// Body of `POST /sandbox/sil/misbehaviour`.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MisbehaviourOrder {
    /// How to answer from now on.
    pub mode: Misbehaviour,
    /// Only to the pushes for this `codIpaEnte`; to all when missing.
    #[serde(default)]
    pub ipa: Option<String>,
    /// How many times, then well again; for ever when missing.
    #[serde(default)]
    pub times: Option<u32>,
}

/// The simulated SIL.
pub(crate) struct Sil {
    lines: Lines,
    state: Mutex<SilState>,
}

#[derive(Default)]
struct SilState {
    next: u64,
    inbox: VecDeque<Notification>,
    returns: VecDeque<Return>,
    order: Option<MisbehaviourOrder>,
}

impl Sil {
    /// Opens the inbox kept in this file.
    pub(crate) fn open(path: &Path) -> Result<Self, SandboxError> {
        let (lines, mut kept) = Lines::open::<Notification>(path)?;
        let excess = kept.len().saturating_sub(KEPT);
        if excess > 0 {
            kept.drain(..excess);
            lines.rewrite(&kept)?;
        }
        let next = kept.iter().map(|n| n.id).max().unwrap_or(0);
        let state = SilState { next, inbox: kept.into(), ..SilState::default() };
        Ok(Self { lines, state: Mutex::new(state) })
    }

    /// What was pushed, oldest first; only for one ente when given.
    pub(crate) fn inbox(&self, ipa: Option<&str>) -> Vec<Notification> {
        let state = self.state();
        state.inbox.iter().filter(|n| ipa.is_none_or(|ipa| n.ipa == ipa)).cloned().collect()
    }

    /// Empties the inbox and says how many there were. Blocks on a file.
    pub(crate) fn clear_inbox(&self) -> Result<usize, SandboxError> {
        let mut state = self.state();
        self.lines.rewrite::<Notification>(&[])?;
        Ok(std::mem::take(&mut state.inbox).len())
    }

    /// Browsers that came back, oldest first.
    pub(crate) fn returns(&self) -> Vec<Return> {
        self.state().returns.iter().cloned().collect()
    }

    /// Forgets the returns and says how many there were.
    pub(crate) fn clear_returns(&self) -> usize {
        std::mem::take(&mut self.state().returns).len()
    }

    /// How the SIL misbehaves now.
    pub(crate) fn misbehaviour(&self) -> Misbehaviour {
        self.state().order.as_ref().map(|o| o.mode).unwrap_or_default()
    }

    /// Sets how the SIL answers from now on.
    pub(crate) fn misbehave(&self, order: MisbehaviourOrder) {
        let useful = order.mode != Misbehaviour::None && order.times != Some(0);
        self.state().order = useful.then_some(order);
    }

    /// How to answer this push, counting it.
    fn next_mode(&self, ipa: &str) -> Misbehaviour {
        let mut state = self.state();
        let Some(order) = state.order.as_mut() else { return Misbehaviour::None };
        if order.ipa.as_deref().is_some_and(|only| only != ipa) {
            return Misbehaviour::None;
        }
        let mode = order.mode;
        if let Some(times) = order.times.as_mut() {
            *times = times.saturating_sub(1);
            if *times == 0 {
                state.order = None;
            }
        }
        mode
    }

    async fn keep(&self, mut notification: Notification) -> Result<(), SandboxError> {
        {
            let mut state = self.state();
            state.next = state.next.saturating_add(1);
            notification.id = state.next;
        }
        self.lines.append(std::slice::from_ref(&notification)).await?;
        let mut state = self.state();
        state.inbox.push_back(notification);
        while state.inbox.len() > KEPT {
            state.inbox.pop_front();
        }
        Ok(())
    }

    fn keep_return(&self, visit: Return) {
        let mut state = self.state();
        state.returns.push_back(visit);
        while state.returns.len() > KEPT {
            state.returns.pop_front();
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, SilState> {
        self.state.lock().unwrap_or_else(|e| e.into_inner())
    }
}

/// `POST /sandbox/sil/notifiche/{ipa}`: accepts the push of MyPay (mypay-soap.md §14.4) and
/// any other JSON or XML body. Needs no token: it is not a control but a peer.
pub(crate) async fn receive(
    State(nation): State<Arc<Nation>>,
    UrlPath(ipa): UrlPath<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mode = nation.sil.next_mode(&ipa);
    let text = String::from_utf8_lossy(&body).into_owned();
    let decoded = |field: &str| {
        let value: serde_json::Value = serde_json::from_str(&text).ok()?;
        let bytes = STANDARD.decode(value.get(field)?.as_str()?).ok()?;
        String::from_utf8(bytes).ok()
    };
    let notification = Notification {
        id: 0,
        received_at: nation.node.clock.now(),
        ipa,
        headers: headers.iter().map(|(n, v)| (n.to_string(), shown(n.as_str(), v))).collect(),
        esito: decoded("esito"),
        rt: decoded("rt"),
        body: text,
        answered: match mode {
            Misbehaviour::None => "200",
            Misbehaviour::Status500 => "500",
            Misbehaviour::Timeout => "TIMEOUT",
            Misbehaviour::Fault => "200 faultCode",
            Misbehaviour::Reset => "RESET",
        }
        .to_owned(),
    };
    if let Err(error) = nation.sil.keep(notification).await {
        return Problem::internal(&error.to_string()).into_response();
    }
    match mode {
        Misbehaviour::None => Json(serde_json::json!({})).into_response(),
        Misbehaviour::Status500 => (StatusCode::INTERNAL_SERVER_ERROR, "errore simulato").into_response(),
        Misbehaviour::Fault => Json(serde_json::json!({
            "faultCode": "SIL_ERRORE_SIMULATO",
            "faultDescription": "Rifiuto simulato della notifica",
        }))
        .into_response(),
        Misbehaviour::Timeout => {
            tokio::time::sleep(Duration::from_secs(120)).await;
            StatusCode::GATEWAY_TIMEOUT.into_response()
        }
        Misbehaviour::Reset => {
            // A body that fails before its first byte makes the server drop the connection,
            // headers included.
            let broken = futures_util::stream::once(async {
                Err::<Bytes, _>(std::io::Error::from(std::io::ErrorKind::ConnectionReset))
            });
            Body::from_stream(broken).into_response()
        }
    }
}

fn shown(name: &str, value: &axum::http::HeaderValue) -> String {
    let text = String::from_utf8_lossy(value.as_bytes());
    if !SECRET_HEADERS.contains(&name) {
        return text.into_owned();
    }
    // The scheme tells whether it was sent right, without telling the secret.
    match text.split_once(' ') {
        Some((scheme, _)) => format!("{scheme} ***"),
        None => "***".to_owned(),
    }
}

/// `GET /sandbox/sil/ritorno`: where the browser comes back (mypay-soap.md §11.2).
pub(crate) async fn came_back(
    State(nation): State<Arc<Nation>>,
    Query(parameters): Query<Vec<(String, String)>>,
) -> Response {
    let value = |name: &str| parameters.iter().find(|(n, _)| n == name).map(|(_, value)| value.clone());
    let visit = Return {
        at: nation.node.clock.now(),
        id_session: value("idSession"),
        esito: value("esito"),
        polling_token: value("pollingToken"),
        parameters: parameters.clone(),
    };
    nation.sil.keep_return(visit.clone());
    pages::ok(pages::sil::came_back(&visit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked_and_schemes_kept() {
        let value = |text: &str| text.parse().unwrap();
        assert_eq!(shown("authorization", &value("Bearer abc.def")), "Bearer ***");
        assert_eq!(shown("x-api-key", &value("abc")), "***");
        assert_eq!(shown("content-type", &value("application/json")), "application/json");
    }

    #[test]
    fn misbehaviour_is_counted_and_per_ente() {
        let dir = tempfile::tempdir().unwrap();
        let sil = Sil::open(&dir.path().join("inbox.jsonl")).unwrap();
        assert_eq!(sil.next_mode("A"), Misbehaviour::None);
        let order =
            |mode, ipa: Option<&str>, times| MisbehaviourOrder { mode, ipa: ipa.map(str::to_owned), times };
        sil.misbehave(order(Misbehaviour::Fault, Some("A"), Some(2)));
        let modes: Vec<_> = ["B", "A", "A", "A"].iter().map(|ipa| sil.next_mode(ipa)).collect();
        use Misbehaviour::{Fault, None, Reset};
        assert_eq!(modes, [None, Fault, Fault, None]);
        sil.misbehave(order(Reset, Option::None, Option::None));
        assert_eq!([sil.next_mode("A"), sil.next_mode("B")], [Reset, Reset]);
        sil.misbehave(order(None, Option::None, Option::None));
        assert_eq!(sil.next_mode("A"), None);
    }
}
