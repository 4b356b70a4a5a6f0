//! The client itself.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use reqwest::Method;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde::Serialize;
use serde::de::DeserializeOwned;
use url::{Host, Url};

use crate::error::NetError;
use crate::policy::{CheckedResolver, Policy, Shared};

/// Settings of a [`Client`].
#[derive(Clone, Debug)]
pub struct Options {
    /// Who is called, for metrics and logs: `carts`, `sil`, `node`…
    pub peer: &'static str,
    /// Which addresses may be reached.
    pub policy: Policy,
    /// Limit of the connection, TLS included.
    pub connect_timeout: Duration,
    /// Limit of the whole call, from resolution to the last byte of the answer.
    pub timeout: Duration,
    /// Longest accepted answer, in bytes.
    pub max_answer: usize,
}

impl Options {
    /// Settings for `peer`: 3 s to connect, 10 s in all, answers up to 4 MiB.
    #[must_use]
    pub const fn new(peer: &'static str, policy: Policy) -> Self {
        Self {
            peer,
            policy,
            connect_timeout: Duration::from_secs(3),
            timeout: Duration::from_secs(10),
            max_answer: 4 * 1024 * 1024,
        }
    }
}

/// An HTTP client; cheap to clone, clones share the connections.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    peer: &'static str,
    policy: Policy,
    timeout: Duration,
    max_answer: usize,
}

/// The answer to a call, whatever its status.
#[derive(Clone, Debug)]
pub struct Answer {
    /// HTTP status. Redirects arrive here too: they are never followed.
    pub status: u16,
    /// The whole body.
    pub body: Bytes,
    /// Time from the start of the call to the last byte.
    pub elapsed: Duration,
    headers: HeaderMap,
}

impl Answer {
    /// The value of a header, when it is there once and is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|v| v.to_str().ok())
    }

    /// Whether the status is 2xx.
    #[must_use]
    pub const fn is_success(&self) -> bool {
        self.status >= 200 && self.status < 300
    }

    /// This answer, or [`NetError::Status`] unless the status is 2xx.
    ///
    /// # Errors
    /// [`NetError::Status`] with the beginning of the body.
    pub fn success(self) -> Result<Self, NetError> {
        if self.is_success() {
            return Ok(self);
        }
        let excerpt = String::from_utf8_lossy(&self.body).chars().take(500).collect();
        Err(NetError::Status { status: self.status, excerpt })
    }

    /// The body read as JSON.
    ///
    /// # Errors
    /// [`NetError::Json`] when it is not what `T` wants.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, NetError> {
        serde_json::from_slice(&self.body).map_err(NetError::Json)
    }
}

impl Client {
    /// A client with the given settings.
    ///
    /// # Errors
    /// [`NetError::Setup`] when TLS cannot be set up.
    pub fn new(options: &Options) -> Result<Self, NetError> {
        let http = reqwest::Client::builder()
            .user_agent(concat!("snodo/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            // A proxy would connect in our stead, past the address check.
            .no_proxy()
            .referer(false)
            .connect_timeout(options.connect_timeout)
            .timeout(options.timeout)
            .pool_idle_timeout(Duration::from_secs(30))
            .tcp_nodelay(true)
            .dns_resolver(Arc::new(CheckedResolver(options.policy)))
            .build()
            .map_err(|e| NetError::Setup(e.to_string()))?;
        Ok(Self {
            http,
            peer: options.peer,
            policy: options.policy,
            timeout: options.timeout,
            max_answer: options.max_answer,
        })
    }

    /// The same client with another time limit for the whole call.
    #[must_use]
    pub fn with_timeout(&self, timeout: Duration) -> Self {
        Self { timeout, ..self.clone() }
    }

    /// Posts a SOAP 1.1 envelope: `text/xml; charset=utf-8` and a quoted `SOAPAction`.
    /// A fault comes with status 500, so the status is left to the caller.
    ///
    /// # Errors
    /// Any [`NetError`] of transport; never [`NetError::Status`].
    pub async fn post_xml(
        &self,
        url: &str,
        soap_action: &str,
        body: impl Into<Bytes>,
        headers: &[(&str, &str)],
    ) -> Result<Answer, NetError> {
        let mut map = header_map(headers)?;
        map.insert(CONTENT_TYPE, HeaderValue::from_static("text/xml; charset=utf-8"));
        let action = HeaderValue::from_str(&format!("\"{soap_action}\""))
            .map_err(|_| NetError::InvalidHeader { name: "SOAPAction".to_owned() })?;
        map.insert(HeaderName::from_static("soapaction"), action);
        self.call(Method::POST, url, map, Some(body.into())).await
    }

    /// Posts a JSON document.
    ///
    /// # Errors
    /// Any [`NetError`] of transport; never [`NetError::Status`].
    pub async fn post_json<T: Serialize + ?Sized>(
        &self,
        url: &str,
        body: &T,
        headers: &[(&str, &str)],
    ) -> Result<Answer, NetError> {
        let mut map = header_map(headers)?;
        map.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        map.entry(ACCEPT).or_insert(HeaderValue::from_static("application/json"));
        let bytes = serde_json::to_vec(body).map_err(NetError::Body)?;
        self.call(Method::POST, url, map, Some(bytes.into())).await
    }

    /// Gets a resource.
    ///
    /// # Errors
    /// Any [`NetError`] of transport; never [`NetError::Status`].
    pub async fn get(&self, url: &str, headers: &[(&str, &str)]) -> Result<Answer, NetError> {
        self.call(Method::GET, url, header_map(headers)?, None).await
    }

    async fn call(
        &self,
        method: Method,
        url: &str,
        headers: HeaderMap,
        body: Option<Bytes>,
    ) -> Result<Answer, NetError> {
        let started = Instant::now();
        let result = self.attempt(method, url, headers, body, started).await;
        let outcome = match &result {
            Ok(answer) if answer.is_success() => "ok",
            Ok(_) => "status",
            Err(error) => error.kind(),
        };
        metrics::histogram!("outbound_call_seconds", "peer" => self.peer, "outcome" => outcome)
            .record(started.elapsed());
        if let Err(error) = &result {
            tracing::debug!(peer = self.peer, outcome, %error, "call out failed");
        }
        result
    }

    async fn attempt(
        &self,
        method: Method,
        url: &str,
        headers: HeaderMap,
        body: Option<Bytes>,
        started: Instant,
    ) -> Result<Answer, NetError> {
        let url = self.checked_url(url)?;
        let mut request = self.http.request(method, url).headers(headers).timeout(self.timeout);
        if let Some(body) = body {
            request = request.body(body);
        }
        let mut response = request.send().await.map_err(|e| self.translate(&e))?;
        let too_large = || NetError::TooLarge { limit: self.max_answer };
        let announced = response.content_length().unwrap_or(0);
        if usize::try_from(announced).map_or(true, |n| n > self.max_answer) {
            return Err(too_large());
        }
        let mut received = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(|e| self.translate(&e))? {
            if received.len().saturating_add(chunk.len()) > self.max_answer {
                return Err(too_large());
            }
            received.extend_from_slice(&chunk);
        }
        Ok(Answer {
            status: response.status().as_u16(),
            headers: std::mem::take(response.headers_mut()),
            body: received.freeze(),
            elapsed: started.elapsed(),
        })
    }

    /// Address literals never reach the resolver, so they are checked here.
    fn checked_url(&self, text: &str) -> Result<Url, NetError> {
        let invalid = |reason| NetError::InvalidUrl { reason };
        let url = Url::parse(text).map_err(|_| invalid("not an absolute URL"))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(invalid("the scheme must be http or https"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(invalid("user information is not allowed"));
        }
        let literal = match url.host() {
            Some(Host::Ipv4(v4)) => Some(v4.into()),
            Some(Host::Ipv6(v6)) => Some(v6.into()),
            Some(Host::Domain(_)) => None,
            None => return Err(invalid("the host is missing")),
        };
        match literal {
            Some(address) if !self.policy.allows(address) => {
                Err(NetError::Forbidden { host: url.host_str().unwrap_or_default().to_owned(), address })
            }
            _ => Ok(url),
        }
    }

    fn translate(&self, error: &reqwest::Error) -> NetError {
        let mut source: Option<&(dyn std::error::Error + 'static)> = Some(error);
        let mut innermost = error.to_string();
        while let Some(inner) = source {
            if let Some(Shared(ours)) = inner.downcast_ref::<Shared>() {
                return match ours.as_ref() {
                    NetError::Forbidden { host, address } => {
                        NetError::Forbidden { host: host.clone(), address: *address }
                    }
                    NetError::NotFound { host } => NetError::NotFound { host: host.clone() },
                    other => NetError::Refused { detail: other.to_string() },
                };
            }
            innermost = inner.to_string();
            source = inner.source();
        }
        if error.is_timeout() {
            let limit_ms = u64::try_from(self.timeout.as_millis()).unwrap_or(u64::MAX);
            NetError::Timeout { limit_ms }
        } else if error.is_connect() {
            NetError::Refused { detail: innermost }
        } else {
            NetError::Interrupted { detail: innermost }
        }
    }
}

fn header_map(headers: &[(&str, &str)]) -> Result<HeaderMap, NetError> {
    let mut map = HeaderMap::with_capacity(headers.len().saturating_add(2));
    for (name, value) in headers {
        let invalid = || NetError::InvalidHeader { name: (*name).to_owned() };
        let key = HeaderName::from_bytes(name.as_bytes()).map_err(|_| invalid())?;
        let mut value = HeaderValue::from_str(value).map_err(|_| invalid())?;
        // Keeps secrets out of the debug output of the HTTP library.
        if key == AUTHORIZATION || key.as_str().ends_with("-key") {
            value.set_sensitive(true);
        }
        map.append(key, value);
    }
    Ok(map)
}
