//! What every handler needs, and what is read from every request.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header::HeaderName};
use engine::{Call, Engine};

use crate::capability::Links;
use crate::config::PortalConfig;
use crate::texts::IT;
use crate::throttle::Throttle;
use crate::ui::Site;

/// The header in which the binary hands over the trace of a request, and gives it back to the client.
pub(crate) const TRACE_HEADER: HeaderName = HeaderName::from_static("x-trace-id");

/// The state of the portal. Cheap to clone.
#[derive(Clone)]
pub struct PortalState {
    pub(crate) engine: Engine,
    pub(crate) site: Arc<Site>,
    pub(crate) links: Links,
    pub(crate) searches: Arc<Throttle>,
}

impl PortalState {
    /// The portal of an installation.
    #[must_use]
    pub fn new(engine: Engine, config: PortalConfig) -> Self {
        let links = Links::new(&config.secret);
        let searches = Arc::new(Throttle::new(config.searches_per_window));
        Self { engine, links, searches, site: Arc::new(Site { config, t: &IT }) }
    }
}

/// The trace of a request; `-` when nothing set it.
#[derive(Debug, Clone)]
pub(crate) struct Trace(pub String);

impl Trace {
    pub fn of(headers: &HeaderMap) -> Self {
        let given =
            headers.get(TRACE_HEADER).and_then(|value| value.to_str().ok()).filter(|text| !text.is_empty());
        Self(given.unwrap_or("-").to_owned())
    }

    /// The context of one use case.
    pub fn call(&self, operation: &'static str) -> Call {
        Call::new("portal", operation, self.0.clone())
    }
}

impl<S: Sync> FromRequestParts<S> for Trace {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self::of(&parts.headers))
    }
}

/// The address of the client, for the limit of searches.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Client(pub IpAddr);

impl FromRequestParts<PortalState> for Client {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &PortalState) -> Result<Self, Self::Rejection> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        let forwarded = state.site.config.behind_proxy.then(|| forwarded_for(&parts.headers)).flatten();
        // Without an address all clients share one account: the limit still holds.
        Ok(Self(forwarded.or(peer).unwrap_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED))))
    }
}

/// The last element is the one our own proxy wrote; those before it are the client's word.
fn forwarded_for(headers: &HeaderMap) -> Option<IpAddr> {
    let last = headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
    last.rsplit(',').next()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_forwarded_address_counts() {
        let mut headers = HeaderMap::new();
        assert_eq!(forwarded_for(&headers), None);
        headers.append("x-forwarded-for", "10.0.0.1, 198.51.100.7".parse().unwrap());
        assert_eq!(forwarded_for(&headers), Some("198.51.100.7".parse().unwrap()));
        headers.append("x-forwarded-for", "2001:db8::1".parse().unwrap());
        assert_eq!(forwarded_for(&headers), Some("2001:db8::1".parse().unwrap()));
        headers.append("x-forwarded-for", "unknown".parse().unwrap());
        assert_eq!(forwarded_for(&headers), None);
    }

    #[test]
    fn trace_comes_from_the_header() {
        let mut headers = HeaderMap::new();
        assert_eq!(Trace::of(&headers).0, "-");
        headers.insert(TRACE_HEADER, "abc".parse().unwrap());
        assert_eq!(Trace::of(&headers).0, "abc");
    }
}
