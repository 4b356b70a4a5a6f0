//! The nation as a whole, over HTTP, against a stub of the installation.

mod checkout;
mod controls;
mod node;
mod receipts;

use serde_json::{Value, json};

use crate::testing::{self, COMUNE, NOTICE, Stub, TOKEN};
use crate::{Sandbox, SandboxConfig};

/// A sandbox that listens, its stub, and a browser that follows nothing by itself.
struct World {
    base: String,
    stub: Stub,
    sandbox: Sandbox,
    http: reqwest::Client,
    dir: tempfile::TempDir,
}

impl World {
    async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    async fn start_with(change: impl FnOnce(&mut SandboxConfig)) -> Self {
        let (stub, station) = Stub::start().await;
        let dir = tempfile::tempdir().unwrap();
        // The address is known only once the listener is bound.
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let mut config = testing::config(dir.path(), &base, &station);
        change(&mut config);
        let sandbox = Sandbox::new(config).unwrap();
        let router = sandbox.router();
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .unwrap();
        Self { base, stub, sandbox, http, dir }
    }

    /// A control with a JSON body; gives status and answer.
    async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        let request = self.http.post(format!("{}{path}", self.base)).bearer_auth(TOKEN);
        let response = request.json(&body).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap_or(Value::Null))
    }

    async fn get(&self, path: &str) -> Value {
        let request = self.http.get(format!("{}{path}", self.base)).bearer_auth(TOKEN);
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        response.json().await.unwrap()
    }

    /// Pays the notice at the counter, with further fields of the order.
    async fn pay(&self, outcome: &str, more: Value) -> Value {
        let mut order = json!({"noticeNumber": NOTICE, "fiscalCode": COMUNE, "outcome": outcome});
        for (name, value) in more.as_object().unwrap() {
            order[name] = value.clone();
        }
        let (status, report) = self.post("/sandbox/psp/pay", order).await;
        assert_eq!(status, 200, "{report}");
        report
    }

    /// Names of the rules broken so far.
    async fn violations(&self) -> Vec<String> {
        let list = self.get("/sandbox/node/violations").await;
        list.as_array().unwrap().iter().map(|v| v["rule"].as_str().unwrap().to_owned()).collect()
    }

    /// Waits, at most five seconds, until the condition on the receipts holds.
    async fn until_receipts(&self, holds: impl Fn(&[Value]) -> bool) -> Vec<Value> {
        for _ in 0..250 {
            let list = self.get("/sandbox/node/receipts").await;
            let list = list.as_array().unwrap().clone();
            if holds(&list) {
                return list;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        panic!("receipts: {}", self.get("/sandbox/node/receipts").await);
    }
}

fn operations(report: &Value) -> Vec<&str> {
    report["calls"].as_array().unwrap().iter().map(|c| c["operation"].as_str().unwrap()).collect()
}
