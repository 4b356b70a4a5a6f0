//! The accept loop: connections in, requests to the router, an orderly end.
//!
//! Written on `hyper` instead of `axum::serve`, which knows no time limit for headers or idle connections
//! and no cap on their number.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tower::ServiceExt as _;

/// What the server bears.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Silence between requests, and time for headers.
    pub idle: Duration,
    /// Connections at the same time.
    pub connections: usize,
    /// Time for requests in flight at the end.
    pub drain: Duration,
}

/// Tells everyone that the process is to stop.
#[derive(Clone)]
pub struct Stop(watch::Receiver<bool>);

impl Stop {
    /// A stop, and what brings it about.
    pub fn new() -> (watch::Sender<bool>, Self) {
        let (sender, receiver) = watch::channel(false);
        (sender, Self(receiver))
    }

    /// Stops at SIGTERM or SIGINT; a second one ends the process at once.
    pub fn on_signals() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let (mut terminate, mut interrupt) =
            (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        let (sender, stop) = Self::new();
        tokio::spawn(async move {
            let name = tokio::select! { _ = terminate.recv() => "SIGTERM", _ = interrupt.recv() => "SIGINT" };
            tracing::info!(signal = name, "stopping: requests in flight are finished");
            let _ = sender.send(true);
            tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
            tracing::warn!("stopped at once by a second signal");
            std::process::exit(130);
        });
        Ok(stop)
    }

    /// For who waits by other means.
    pub fn receiver(&self) -> watch::Receiver<bool> {
        self.0.clone()
    }

    /// Whether it came.
    pub fn came(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits for it.
    pub async fn wait(&self) {
        let mut receiver = self.0.clone();
        // An error means that nobody can send it any more: then it counts as come.
        let _ = receiver.wait_for(|came| *came).await;
    }
}

/// Serves until the stop, then refuses new connections and lets requests in flight finish. Answers
/// whether all of them did within [`Limits::drain`].
pub async fn serve(listener: TcpListener, app: Router, limits: Limits, stop: Stop) -> bool {
    let connections = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(limits.connections));
    loop {
        let place = tokio::select! {
            () = stop.wait() => break,
            place = places.clone().acquire_owned() => place,
        };
        let accepted = tokio::select! {
            () = stop.wait() => break,
            accepted = listener.accept() => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // One lost connection, or no descriptors left: the next try comes after a breath.
                tracing::warn!(%error, "accept");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let connection = connections.watch(serve_connection(stream, peer, app.clone(), limits.idle));
        tokio::spawn(async move {
            let _place = place;
            if let Err(error) = connection.await {
                tracing::debug!(%peer, %error, "connection");
            }
        });
    }
    drop(listener);
    tokio::time::timeout(limits.drain, connections.shutdown()).await.is_ok()
}

fn serve_connection(
    stream: TcpStream,
    peer: SocketAddr,
    app: Router,
    idle: Duration,
) -> impl hyper_util::server::graceful::GracefulConnection<Error = hyper::Error> + Send {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY");
    }
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        app.clone().oneshot(request)
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(idle)
        .serve_connection(TokioIo::new(stream), service)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::routing::get;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    const LIMITS: Limits =
        Limits { idle: Duration::from_millis(300), connections: 2, drain: Duration::from_secs(5) };

    async fn start(limits: Limits) -> (SocketAddr, watch::Sender<bool>, tokio::task::JoinHandle<bool>) {
        let slow = || async {
            tokio::time::sleep(Duration::from_millis(400)).await;
            "slow"
        };
        let app = Router::new().route("/", get(|| async { "quick" })).route("/slow", get(slow));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, stop) = Stop::new();
        (address, sender, tokio::spawn(serve(listener, app, limits, stop)))
    }

    async fn ask(address: SocketAddr, path: &str) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let text = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        stream.write_all(text.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn a_request_in_flight_is_finished_and_nothing_new_is_accepted() {
        let (address, sender, done) = start(LIMITS).await;
        let slow = tokio::spawn(async move { ask(address, "/slow").await });
        tokio::time::sleep(Duration::from_millis(100)).await;
        sender.send(true).unwrap();
        assert!(slow.await.unwrap().ends_with("slow"));
        assert!(done.await.unwrap(), "drained");
        assert!(TcpStream::connect(address).await.is_err());
    }

    #[tokio::test]
    async fn the_wait_for_requests_in_flight_has_an_end() {
        let (address, sender, done) = start(Limits { drain: Duration::from_millis(50), ..LIMITS }).await;
        let slow = tokio::spawn(async move { ask(address, "/slow").await });
        tokio::time::sleep(Duration::from_millis(100)).await;
        sender.send(true).unwrap();
        assert!(!done.await.unwrap(), "not drained");
        slow.abort();
    }

    #[tokio::test]
    async fn silent_and_dawdling_connections_are_closed() {
        let (address, _sender, _done) = start(LIMITS).await;
        for begin in ["", "GET / HTTP/1.1\r\nHost:"] {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(begin.as_bytes()).await.unwrap();
            let mut answer = Vec::new();
            let read = tokio::time::timeout(Duration::from_secs(3), stream.read_to_end(&mut answer)).await;
            assert!(read.is_ok(), "{begin:?} keeps the connection open");
        }
    }

    #[tokio::test]
    async fn connections_beyond_the_cap_wait_for_a_place() {
        let (address, _sender, _done) = start(LIMITS).await;
        let mut held = Vec::new();
        for _ in 0..2 {
            held.push(TcpStream::connect(address).await.unwrap());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        let waiting = tokio::spawn(async move { ask(address, "/").await });
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert!(!waiting.is_finished());
        held.clear();
        assert!(waiting.await.unwrap().ends_with("quick"));
    }
}
