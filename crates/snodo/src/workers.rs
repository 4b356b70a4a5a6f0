//! Background work: tasks that live as long as the process, watched by `/health/ready`.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::task::{AbortHandle, JoinHandle};

use crate::server::Stop;

/// Longest pause before a task that ended is begun again.
const PAUSE_MAX: Duration = Duration::from_secs(30);

/// The tasks of this process.
#[derive(Clone)]
pub struct Workers {
    stop: Stop,
    all: Arc<Mutex<BTreeMap<&'static str, Worker>>>,
}

struct Worker {
    supervisor: JoinHandle<()>,
    running: Arc<Mutex<Option<AbortHandle>>>,
}

impl Workers {
    /// No tasks yet; those to come end with `stop`.
    pub fn new(stop: Stop) -> Self {
        Self { stop, all: Arc::default() }
    }

    /// Starts a task that should never end before the stop. When it does, or panics, it is begun again,
    /// after a pause that doubles; meanwhile the process is not ready.
    pub fn spawn<F, T>(&self, name: &'static str, begin: F)
    where
        F: Fn(Stop) -> T + Send + 'static,
        T: Future<Output = ()> + Send + 'static,
    {
        let running: Arc<Mutex<Option<AbortHandle>>> = Arc::default();
        let (stop, slot) = (self.stop.clone(), running.clone());
        let supervisor = tokio::spawn(async move {
            let mut pause = Duration::from_millis(100);
            while !stop.came() {
                let task = tokio::spawn(begin(stop.clone()));
                *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(task.abort_handle());
                let ended = task.await;
                slot.lock().unwrap_or_else(PoisonError::into_inner).take();
                if stop.came() || ended.as_ref().is_err_and(tokio::task::JoinError::is_cancelled) {
                    return;
                }
                let how = if ended.is_err() { "panicked" } else { "ended" };
                tracing::error!(
                    worker = name,
                    how,
                    pause_ms = pause.as_millis(),
                    "background work begins again"
                );
                metrics::counter!("snodo_worker_restarts_total", "worker" => name).increment(1);
                tokio::select! { () = stop.wait() => return, () = tokio::time::sleep(pause) => {} }
                pause = pause.saturating_mul(2).min(PAUSE_MAX);
            }
        });
        self.all.lock().unwrap_or_else(PoisonError::into_inner).insert(name, Worker { supervisor, running });
    }

    /// Each task and whether it runs.
    pub fn alive(&self) -> BTreeMap<&'static str, bool> {
        let all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        let runs = |worker: &Worker| worker.running.lock().unwrap_or_else(PoisonError::into_inner).is_some();
        all.iter().map(|(name, worker)| (*name, runs(worker))).collect()
    }

    /// Waits until all have ended after the stop; those that do not in time are cut off. What they held
    /// by lease is then taken over when the lease ends.
    pub async fn finish(&self, patience: Duration) {
        let all = std::mem::take(&mut *self.all.lock().unwrap_or_else(PoisonError::into_inner));
        let deadline = tokio::time::Instant::now() + patience;
        for (name, worker) in all {
            if tokio::time::timeout_at(deadline, worker.supervisor).await.is_err() {
                tracing::warn!(worker = name, "background work cut off");
                if let Some(task) = worker.running.lock().unwrap_or_else(PoisonError::into_inner).take() {
                    task.abort();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[tokio::test]
    async fn a_task_that_ends_or_panics_is_begun_again_until_the_stop() {
        let (sender, stop) = Stop::new();
        let workers = Workers::new(stop);
        let runs = Arc::new(AtomicU32::new(0));
        let seen = runs.clone();
        workers.spawn("probe", move |stop| {
            let seen = seen.clone();
            async move {
                match seen.fetch_add(1, Ordering::SeqCst) {
                    0 => panic!("first run"),
                    1 => {}
                    _ => stop.wait().await,
                }
            }
        });
        for _ in 0..100 {
            tokio::time::sleep(Duration::from_millis(20)).await;
            if runs.load(Ordering::SeqCst) == 3 {
                break;
            }
        }
        assert_eq!(runs.load(Ordering::SeqCst), 3);
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert_eq!(workers.alive().get("probe"), Some(&true));
        sender.send(true).unwrap();
        workers.finish(Duration::from_secs(2)).await;
        assert!(workers.alive().is_empty());
    }

    #[tokio::test]
    async fn a_task_that_does_not_end_is_cut_off() {
        let (sender, stop) = Stop::new();
        let workers = Workers::new(stop);
        workers.spawn("stubborn", |_| std::future::pending());
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert_eq!(workers.alive().get("stubborn"), Some(&true));
        sender.send(true).unwrap();
        tokio::time::timeout(Duration::from_secs(2), workers.finish(Duration::from_millis(50)))
            .await
            .unwrap();
    }
}
