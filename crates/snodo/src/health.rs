//! `/health/live`, `/health/ready`, `/metrics`.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Json, Router};
use db::Db;
use http::{HeaderMap, StatusCode, header};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use subtle::ConstantTimeEq as _;
use telemetry::metrics::Metrics;

use crate::server::Stop;
use crate::store;
use crate::workers::Workers;

/// How long the store may take to answer a probe.
const PATIENCE: Duration = Duration::from_secs(2);

/// What the probes look at.
pub struct Health {
    /// The store.
    pub db: Db,
    /// Background work.
    pub workers: Workers,
    /// Whether we are stopping.
    pub stop: Stop,
    /// The recorder.
    pub metrics: Metrics,
    /// Bearer token of `/metrics`; empty: open.
    pub metrics_token: SecretString,
}

/// The routes.
pub fn router(health: Health) -> Router {
    Router::new()
        .route("/health/live", get(|| async { Json(json!({ "status": "live" })) }))
        .route("/health/ready", get(ready))
        .route("/metrics", get(figures))
        .with_state(Arc::new(health))
}

/// Ready when the store answers, its schema is ours, background work runs and we are not stopping.
async fn ready(State(health): State<Arc<Health>>) -> Response {
    let probe = async {
        health.db.ping().await.map_err(|error| error.to_string())?;
        store::is_current(&health.db).await.map_err(|error| error.to_string())
    };
    let (database, schema) = match tokio::time::timeout(PATIENCE, probe).await {
        Ok(Ok(true)) => ("ok", "current"),
        Ok(Ok(false)) => ("ok", "behind"),
        Ok(Err(error)) => {
            tracing::warn!(%error, "not ready: the store");
            ("unavailable", "unknown")
        }
        Err(_elapsed) => ("unavailable", "unknown"),
    };
    let workers = health.workers.alive();
    let ready = schema == "current" && workers.values().all(|alive| *alive) && !health.stop.came();
    let word = |alive: &bool| if *alive { "running" } else { "restarting" };
    let body = json!({
        "status": if ready { "ready" } else if health.stop.came() { "stopping" } else { "unavailable" },
        "database": database,
        "schema": schema,
        "workers": workers.iter().map(|(name, alive)| (*name, word(alive))).collect::<std::collections::BTreeMap<_, _>>(),
    });
    if ready {
        Json(body).into_response()
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "2")], Json(body)).into_response()
    }
}

async fn figures(State(health): State<Arc<Health>>, headers: HeaderMap) -> Response {
    let token = health.metrics_token.expose_secret();
    if !token.is_empty() {
        let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let given = given.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
        if !bool::from(given.as_bytes().ct_eq(token.as_bytes())) {
            return (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Bearer")]).into_response();
        }
    }
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], health.metrics.render()).into_response()
}
