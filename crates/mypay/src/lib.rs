//! The MyPay dialect (Regione del Veneto): `paaSIL*` operations and the landing links they need.
//!
//! Wire → command of the engine → wire. Orders of checks, codes and texts are those of `mypay-soap.md`;
//! where the original is insecure or lossy the wire stays and the hole is closed (§21.2), with a comment.

mod chiedi;
mod document;
mod ente;
mod fault;
mod importa;
mod invia;
mod landing;
mod links;
mod pagati;
mod push;
mod rules;
mod server;
mod session;
mod verifica;

use std::sync::Arc;

use axum::Router;
use engine::Engine;

pub use links::Links;
pub use push::{KIND as PUSH, PushHandler, PushListener};

/// What the dialect needs.
#[derive(Clone)]
pub struct MyPay {
    engine: Engine,
    links: Links,
    /// Our address as the world sees it, without a final slash.
    public_url: Arc<str>,
    /// The same with the mount.
    base: Arc<str>,
}

impl MyPay {
    /// The dialect of an engine; `secret` signs links.
    #[must_use]
    pub fn new(engine: Engine, public_url: &str, secret: &[u8]) -> Self {
        let public_url = public_url.trim_end_matches('/');
        Self {
            engine,
            links: Links::new(secret),
            public_url: public_url.into(),
            base: format!("{public_url}/mypay4").into(),
        }
    }
}

/// `/mypay4/ws/…` and `/mypay4/public/…`.
pub fn router(state: MyPay) -> Router {
    server::router().merge(landing::router()).with_state(state)
}
