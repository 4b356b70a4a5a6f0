//! Client of the national carts API v1 (`pagopa.md` §2.1).

use std::pin::Pin;

use engine::carts::{Checkout, CheckoutError, CheckoutRequest};
use net::Client;
use serde::Serialize;

/// Where and with which key.
#[derive(Clone)]
pub struct CartsConfig {
    /// Base of the API, e.g. `https://api.platform.pagopa.it/checkout/ec/v1`.
    pub base_url: String,
    /// `Ocp-Apim-Subscription-Key`.
    pub subscription_key: String,
}

impl std::fmt::Debug for CartsConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CartsConfig").field("base_url", &self.base_url).finish_non_exhaustive()
    }
}

/// The client.
#[derive(Clone)]
pub struct CartsClient {
    http: Client,
    config: CartsConfig,
}

impl CartsClient {
    /// A client over the given HTTP.
    #[must_use]
    pub fn new(http: Client, config: CartsConfig) -> Self {
        Self { http, config }
    }

    async fn post(&self, request: &CheckoutRequest) -> Result<String, CheckoutError> {
        let address = format!("{}/carts", self.config.base_url.trim_end_matches('/'));
        let headers = [("Ocp-Apim-Subscription-Key", self.config.subscription_key.as_str())];
        let answer = self
            .http
            .post_json(&address, &body(request), &headers)
            .await
            .map_err(|error| CheckoutError::Unavailable(error.to_string()))?;
        match answer.status {
            // The address is for the browser: a server never follows it.
            302 | 303 | 307 => answer
                .header("location")
                .map(str::to_owned)
                .ok_or_else(|| CheckoutError::Unavailable("redirect without location".to_owned())),
            400 | 422 => Err(CheckoutError::Refused(detail(&answer))),
            status => Err(CheckoutError::Unavailable(format!("HTTP {status}: {}", detail(&answer)))),
        }
    }
}

impl Checkout for CartsClient {
    fn open<'a>(
        &'a self,
        request: &'a CheckoutRequest,
    ) -> Pin<Box<dyn Future<Output = Result<String, CheckoutError>> + Send + 'a>> {
        Box::pin(self.post(request))
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Cart<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    email_notice: Option<&'a str>,
    payment_notices: Vec<Notice<'a>>,
    return_urls: ReturnUrls<'a>,
    id_cart: &'a str,
    #[serde(rename = "allCCP")]
    all_ccp: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Notice<'a> {
    notice_number: &'a str,
    fiscal_code: &'a str,
    /// Integer cents here, not the decimal of SOAP (`pagopa.md` trap 2).
    amount: i64,
    company_name: &'a str,
    description: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ReturnUrls<'a> {
    return_ok_url: &'a str,
    return_cancel_url: &'a str,
    return_error_url: &'a str,
}

fn body(request: &CheckoutRequest) -> Cart<'_> {
    Cart {
        email_notice: request.email.as_deref(),
        payment_notices: request
            .notices
            .iter()
            .map(|notice| Notice {
                notice_number: notice.notice_number.as_str(),
                fiscal_code: &notice.fiscal_code,
                amount: notice.amount.get(),
                company_name: &notice.company_name,
                description: &notice.description,
            })
            .collect(),
        return_urls: ReturnUrls {
            return_ok_url: &request.returns.ok,
            return_cancel_url: &request.returns.cancel,
            return_error_url: &request.returns.error,
        },
        id_cart: &request.cart_id,
        all_ccp: request.all_postal,
    }
}

/// The `detail` of a ProblemJson, or the beginning of whatever came.
fn detail(answer: &net::Answer) -> String {
    let problem: Option<serde_json::Value> = answer.json().ok();
    match problem.as_ref().and_then(|problem| problem.get("detail")).and_then(|detail| detail.as_str()) {
        Some(detail) => detail.chars().take(300).collect(),
        None => String::from_utf8_lossy(&answer.body).chars().take(300).collect(),
    }
}
