//! The national carts API, v1 and v2 (pagopa.md §2.1).

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::{Span, Timestamp};
use model::Cents;
use serde_json::Value;

use crate::message::Notice;
use crate::problem::Problem;
use crate::psp::parse_notice;
use crate::{Nation, same_secret};

/// How long a cart can be paid. The real value is not published; this one is generous.
const LIFETIME_MINUTES: i64 = 60;
/// Most notices in a cart.
const MAX_NOTICES: usize = 5;
/// Most carts kept at once.
const MAX_CARTS: usize = 10_000;

/// A cart accepted by the API.
#[derive(Debug)]
pub(crate) struct Cart {
    pub id: String,
    pub email: Option<String>,
    pub notices: Vec<CartNotice>,
    pub urls: ReturnUrls,
    /// `idCart`: comes back as `paymentNote`.
    pub id_cart: Option<String>,
    pub all_ccp: bool,
    pub expires_at: Timestamp,
    /// Where the browser was sent when the cart was closed. The lock also keeps a second
    /// press of the button waiting for the first.
    pub closed: tokio::sync::Mutex<Option<String>>,
}

/// A notice of a cart.
#[derive(Clone, Debug)]
pub(crate) struct CartNotice {
    pub notice: Notice,
    pub amount: Cents,
    pub company_name: String,
    pub description: String,
}

/// Where the browser goes when the cart is closed.
#[derive(Clone, Debug)]
pub(crate) struct ReturnUrls {
    pub ok: String,
    pub cancel: String,
    pub error: String,
    /// Only v2.
    pub waiting: Option<String>,
}

/// The carts of the checkout, in memory: like the real ones they do not last.
#[derive(Debug, Default)]
pub(crate) struct Carts(Mutex<BTreeMap<String, Arc<Cart>>>);

impl Carts {
    fn insert(&self, cart: Cart, now: Timestamp) {
        let mut carts = self.0.lock().unwrap_or_else(|e| e.into_inner());
        carts.retain(|_, kept| kept.expires_at > now);
        if carts.len() >= MAX_CARTS {
            carts.pop_first();
        }
        carts.insert(cart.id.clone(), Arc::new(cart));
    }

    /// A cart that is not expired.
    pub(crate) fn get(&self, id: &str, now: Timestamp) -> Option<Arc<Cart>> {
        let carts = self.0.lock().unwrap_or_else(|e| e.into_inner());
        carts.get(id).filter(|cart| cart.expires_at > now).cloned()
    }
}

/// Version of the carts API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Version {
    V1,
    V2,
}

/// `POST /sandbox/checkout/ec/v1/carts`
pub(crate) async fn post_v1(
    state: State<Arc<Nation>>,
    query: Query<HashMap<String, String>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    post(Version::V1, &state, &query, &headers, &body)
}

/// `POST /sandbox/checkout/ec/v2/carts`
pub(crate) async fn post_v2(
    state: State<Arc<Nation>>,
    query: Query<HashMap<String, String>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    post(Version::V2, &state, &query, &headers, &body)
}

fn post(
    version: Version,
    nation: &Nation,
    query: &HashMap<String, String>,
    headers: &HeaderMap,
    body: &[u8],
) -> Response {
    let key = headers
        .get("ocp-apim-subscription-key")
        .and_then(|v| v.to_str().ok())
        .or(query.get("subscription-key").map(String::as_str));
    if let Err(message) = check_key(key, &nation.subscription_key) {
        // The gateway has its own shape of error.
        let body = serde_json::json!({"statusCode": 401, "message": message});
        return (StatusCode::UNAUTHORIZED, Json(body)).into_response();
    }
    match accept(version, nation, body) {
        Ok(location) => (StatusCode::FOUND, [(header::LOCATION, location)]).into_response(),
        Err(problem) => problem.into_response(),
    }
}

fn check_key(key: Option<&str>, expected: &str) -> Result<(), &'static str> {
    match key {
        None => Err("Access denied due to missing subscription key. Make sure to include \
                     subscription key when making requests to an API."),
        Some(key) if same_secret(key, expected) => Ok(()),
        Some(_) => Err("Access denied due to invalid subscription key. Make sure to provide a \
                        valid key for an active subscription."),
    }
}

fn accept(version: Version, nation: &Nation, body: &[u8]) -> Result<String, Problem> {
    let value: Value = serde_json::from_slice(body)
        .map_err(|e| Problem::bad_request(format!("the body is not JSON: {e}")))?;
    let now = nation.node.clock.now();
    let cart = parse(version, &value, now)?;
    for (i, item) in cart.notices.iter().enumerate() {
        let field = format!("paymentNotices[{i}]");
        if cart.notices.iter().take(i).any(|earlier| earlier.notice == item.notice) {
            return Err(unprocessable(format!("{field}: the notice is already in the cart")));
        }
        nation
            .node
            .check_position(&item.notice)
            .map_err(|f| unprocessable(format!("{field}: {}: {}", f.fault_code, f.detail)))?;
    }
    let location = format!("{}/sandbox/checkout/c/{}?clientId=CHECKOUT_CART", nation.base_url, cart.id);
    nation.carts.insert(cart, now);
    Ok(location)
}

fn unprocessable(detail: String) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
}

fn parse(version: Version, value: &Value, now: Timestamp) -> Result<Cart, Problem> {
    if !value.is_object() {
        return Err(Problem::bad_request("the body must be a JSON object"));
    }
    let notices = match value.get("paymentNotices") {
        Some(Value::Array(items)) if items.is_empty() => {
            return Err(Problem::field("paymentNotices", "must have 1 to 5 items"));
        }
        Some(Value::Array(items)) if items.len() > MAX_NOTICES => {
            return Err(unprocessable("paymentNotices: at most 5 notices in a cart".to_owned()));
        }
        Some(Value::Array(items)) => items
            .iter()
            .enumerate()
            .map(|(i, item)| parse_item(item, &format!("paymentNotices[{i}].")))
            .collect::<Result<Vec<_>, _>>()?,
        _ => return Err(Problem::field("paymentNotices", "is required, an array")),
    };
    let urls = value.get("returnUrls").unwrap_or(&Value::Null);
    let url = |name: &str| required_url(urls, name);
    let urls = ReturnUrls {
        ok: url("returnOkUrl")?,
        cancel: url("returnCancelUrl")?,
        error: url("returnErrorUrl")?,
        waiting: match version {
            Version::V1 => None,
            Version::V2 => Some(url("returnWaitingUrl")?),
        },
    };
    let email = optional_text(value, "emailNotice", 256)?;
    if email.as_deref().is_some_and(|email| !is_email(email)) {
        return Err(Problem::field("emailNotice", "must be an e-mail address"));
    }
    let all_ccp = match value.get("allCCP") {
        None | Some(Value::Null) => false,
        Some(Value::Bool(flag)) => *flag,
        Some(_) => return Err(Problem::field("allCCP", "must be a boolean")),
    };
    let lifetime = Span::new().minutes(LIFETIME_MINUTES);
    Ok(Cart {
        id: uuid::Uuid::new_v4().to_string(),
        email,
        notices,
        urls,
        id_cart: optional_text(value, "idCart", 210)?,
        all_ccp,
        expires_at: now.checked_add(lifetime).unwrap_or(now),
        closed: tokio::sync::Mutex::new(None),
    })
}

fn parse_item(item: &Value, prefix: &str) -> Result<CartNotice, Problem> {
    let text = |name: &str, max: usize| match item.get(name) {
        Some(Value::String(text)) if !text.is_empty() && text.chars().count() <= max => Ok(text.clone()),
        Some(Value::String(_)) => {
            Err(Problem::field(&format!("{prefix}{name}"), &format!("1 to {max} characters")))
        }
        _ => Err(Problem::field(&format!("{prefix}{name}"), "is required, a string")),
    };
    let notice = parse_notice(&text("fiscalCode", 11)?, &text("noticeNumber", 18)?)
        .map_err(|p| Problem::bad_request(format!("{prefix}{}", p.detail)))?;
    let amount = item.get("amount").and_then(Value::as_i64).filter(|cents| *cents >= 1);
    let amount = amount.and_then(|cents| Cents::new(cents).ok()).ok_or_else(|| {
        let rule = "is required, an integer number of euro cents, at least 1";
        Problem::field(&format!("{prefix}amount"), rule)
    })?;
    Ok(CartNotice {
        notice,
        amount,
        company_name: text("companyName", 140)?,
        description: text("description", 140)?,
    })
}

fn required_url(urls: &Value, name: &str) -> Result<String, Problem> {
    let field = format!("returnUrls.{name}");
    let Some(text) = urls.get(name).and_then(Value::as_str) else {
        return Err(Problem::field(&field, "is required, a string"));
    };
    match url::Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(url.to_string()),
        _ => Err(Problem::field(&field, "must be an absolute http or https address")),
    }
}

fn optional_text(value: &Value, name: &str, max: usize) -> Result<Option<String>, Problem> {
    match value.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if !text.is_empty() && text.chars().count() <= max => {
            Ok(Some(text.clone()))
        }
        Some(_) => Err(Problem::field(name, &format!("must be a string of 1 to {max} characters"))),
    }
}

/// Whether a text has the shape of an e-mail address (the pattern of pagopa.md §1.2).
pub(crate) fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let local_ok = |c: char| c.is_ascii_alphanumeric() || "_.+-".contains(c);
    let label_ok = |l: &str| !l.is_empty() && l.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    text.len() <= 256 && !local.is_empty() && local.chars().all(local_ok) && domain.split('.').all(label_ok)
}
