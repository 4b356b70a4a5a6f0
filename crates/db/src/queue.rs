//! Jobs, schedules and leases in the database.
//!
//! A job is enqueued in the transaction of the change that needs it, so that both happen or none. It is
//! done *at least once*: a worker that dies leaves a lease that runs out, and the job is claimed again.
//! The claim number ([`Job::attempt`]) tells an old claim from a new one: a late worker cannot complete
//! what another has taken over. Finish a job in the same unit of work as its effect, and give up the unit
//! when [`complete`] says that the claim is lost: then the effect happens exactly once.
//!
//! Times are parameters. Claim with [`Isolation::Statement`](crate::Isolation::Statement), as
//! [`Db::claim`] does, so that workers pass each other instead of colliding.

use crate::{Db, Dynamic, Isolation, Row, Tx, error::DbError, params};
use jiff::{SignedDuration, Timestamp};

/// A job to be done.
#[derive(Debug, Clone, PartialEq)]
pub struct NewJob<'a> {
    /// Which handler does it.
    pub kind: &'a str,
    /// When given: at most one open job of this kind has this key.
    pub key: Option<&'a str>,
    /// What the handler needs to know.
    pub payload: serde_json::Value,
    /// Not before.
    pub due_at: Timestamp,
    /// Claims before it is given up as dead, at least 1.
    pub max_attempts: u32,
}

/// A claimed job.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// Identifier.
    pub id: i64,
    /// Which handler does it.
    pub kind: String,
    /// Its key, if any.
    pub key: Option<String>,
    /// What the handler needs to know.
    pub payload: serde_json::Value,
    /// Number of this claim, from 1.
    pub attempt: i64,
    /// Claims before it is dead.
    pub max_attempts: i64,
    /// When it was enqueued.
    pub created_at: Timestamp,
}

/// What to claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Name of the worker, for people who look.
    pub worker: String,
    /// Kinds it can do; empty for all.
    pub kinds: Vec<String>,
    /// At most so many.
    pub limit: u32,
    /// How long they are its own without a [`heartbeat`].
    pub lease: SignedDuration,
}

/// Where a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JobState {
    /// Waiting for its time.
    Ready,
    /// Claimed.
    Running,
    /// Done.
    Done,
    /// Given up; [`retry`] opens it again.
    Dead,
}

impl JobState {
    /// As stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "READY",
            Self::Running => "RUNNING",
            Self::Done => "DONE",
            Self::Dead => "DEAD",
        }
    }

    fn parse(text: &str) -> Result<Self, DbError> {
        [Self::Ready, Self::Running, Self::Done, Self::Dead]
            .into_iter()
            .find(|s| s.as_str() == text)
            .ok_or_else(|| DbError::Other(format!("unknown state of a job: {text}")))
    }
}

/// A job as operators see it.
#[derive(Debug, Clone, PartialEq)]
pub struct JobRecord {
    /// The job; `attempt` is the number of its last claim, 0 before the first.
    pub job: Job,
    /// Where it is.
    pub state: JobState,
    /// Ready: not before. Running: end of the lease.
    pub due_at: Timestamp,
    /// Who claimed it last.
    pub worker: Option<String>,
    /// Why it failed last.
    pub last_error: Option<String>,
    /// When it was done or given up.
    pub finished_at: Option<Timestamp>,
}

/// Times between attempts: doubling from `first` up to `cap`, each shortened at random by up to half so
/// that what failed together does not come back together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// After the first failure.
    pub first: SignedDuration,
    /// Never more than this.
    pub cap: SignedDuration,
}

impl Backoff {
    /// The time after failed attempt number `attempt` (from 1), with a random number for the jitter.
    #[must_use]
    pub fn delay(&self, attempt: i64, random: u64) -> SignedDuration {
        let doublings = u32::try_from(attempt.saturating_sub(1).clamp(0, 40)).unwrap_or(40);
        let factor = 1_i128 << doublings;
        let full = (self.first.as_micros().saturating_mul(factor)).min(self.cap.as_micros()).max(0);
        let half = full / 2;
        let micros = half + i128::from(random) % (full - half + 1);
        SignedDuration::from_micros(i64::try_from(micros).unwrap_or(i64::MAX))
    }
}

/// What became of a failed job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failed {
    /// It will be tried again.
    RetryAt(Timestamp),
    /// It was the last attempt.
    Dead,
    /// The claim was no longer this worker's.
    Lost,
}

mod sql {
    crate::statements! {
        /// A new job, unless one with its key is open.
        ENQUEUE = "insert into job (kind, dedup_key, payload, state, due_at, attempts, max_attempts, again, created_at)
            values ($1, $2, $3, 'READY', $4, 0, $5, false, $6)
            on conflict (kind, dedup_key) where finished_at is null do nothing returning id";
        /// The running job of the key may have looked before this change: it is to run once more.
        AGAIN = "update job set again = true
            where kind = $1 and dedup_key = $2 and finished_at is null and state = 'RUNNING'";
        /// Lengthens a lease.
        HEARTBEAT = "update job set due_at = $3 where id = $1 and attempts = $2 and state = 'RUNNING'";
        /// Done, unless it was asked for again meanwhile.
        COMPLETE = "update job set
            state = case when again then 'READY' else 'DONE' end,
            finished_at = case when again then finished_at else $3 end,
            due_at = $3, attempts = case when again then 0 else attempts end, again = false,
            worker = case when again then null else worker end, last_error = null
            where id = $1 and attempts = $2 and state = 'RUNNING' returning state";
        /// To be tried again.
        RETRY_LATER = "update job set state = 'READY', due_at = $3, last_error = $4, worker = null, again = false
            where id = $1 and attempts = $2 and state = 'RUNNING'";
        /// Given up.
        BURY = "update job set state = 'DEAD', finished_at = $3, last_error = $4, again = false
            where id = $1 and attempts = $2 and state = 'RUNNING'";
        /// Given back unworked.
        RELEASE = "update job set state = 'READY', due_at = $3, worker = null, attempts = attempts - 1
            where id = $1 and attempts = $2 and state = 'RUNNING'";
        /// A dead job opened again by an operator.
        REVIVE = "update job set state = 'READY', due_at = $2, attempts = 0, finished_at = null, worker = null
            where id = $1 and state = 'DEAD'";
        /// One job.
        FIND = "select id, kind, dedup_key, payload, attempts, max_attempts, created_at,
            state, due_at, worker, last_error, finished_at from job where id = $1";
        /// Dead jobs, latest first.
        DEAD = "select id, kind, dedup_key, payload, attempts, max_attempts, created_at,
            state, due_at, worker, last_error, finished_at from job
            where state = 'DEAD' and finished_at is not null and finished_at < $1
            order by finished_at desc, id desc limit $2";
        /// Jobs by kind and state.
        COUNTS = "select kind, state, count(*) from job group by kind, state order by kind, state";
        /// When the next open job may be claimed.
        NEXT_DUE = "select min(due_at) from job where finished_at is null";
        /// Forgets old done jobs.
        PURGE = "delete from job where id in (select id from job
            where state = 'DONE' and finished_at is not null and finished_at < $1 order by finished_at limit $2)";
        /// A schedule known from now on.
        PLAN = "insert into schedule (name, next_run_at) values ($1, $2) on conflict (name) do nothing";
        /// Moves a schedule.
        REPLAN = "update schedule set next_run_at = $2 where name = $1";
        /// Schedules whose time has come.
        DUE = "select name, next_run_at from schedule where next_run_at <= $1 order by next_run_at, name {skip_locked}";
        /// Fired.
        FIRED = "update schedule set last_run_at = next_run_at, next_run_at = $2 where name = $1";
        /// Takes or lengthens a lease that is free, ended, or one's own.
        HOLD = "insert into lease (name, holder, token, expires_at) values ($1, $2, 1, $3)
            on conflict (name) do update set
                token = case when lease.holder = excluded.holder and lease.expires_at > $4
                             then lease.token else lease.token + 1 end,
                holder = excluded.holder, expires_at = excluded.expires_at
            where lease.holder = excluded.holder or lease.expires_at <= $4
            returning token";
        /// Gives a lease up. The row stays: the token must go on growing.
        LET_GO = "update lease set expires_at = $3 where name = $1 and holder = $2 and expires_at > $3";
    }
}

pub use sql::STATEMENTS;

fn later(now: Timestamp, by: SignedDuration) -> Result<Timestamp, DbError> {
    now.checked_add(by).map_err(|e| DbError::Other(format!("{by} after {now}: {e}")))
}

/// Enqueues a job and wakes the workers of this process after the commit. `None` when a job of this
/// kind with this key is open already; if that one is running, it will run once more.
///
/// # Errors
/// [`DbError`].
pub fn enqueue(tx: &mut Tx<'_>, job: &NewJob<'_>, now: Timestamp) -> Result<Option<i64>, DbError> {
    let params = params![job.kind, job.key, &job.payload, job.due_at, job.max_attempts, now];
    let id = tx.opt(&sql::ENQUEUE, &params, |row| row.int(0))?;
    match id {
        Some(_) => tx.wake_workers(),
        None => {
            tx.exec(&sql::AGAIN, &params![job.kind, job.key])?;
        }
    }
    Ok(id)
}

/// Claims due jobs, oldest first. A job whose worker died during its last attempt is buried instead.
///
/// # Errors
/// [`DbError`].
pub fn claim(tx: &mut Tx<'_>, what: &Claim, now: Timestamp) -> Result<Vec<Job>, DbError> {
    let mut update = Dynamic::new(
        "update job set state = 'RUNNING', attempts = attempts + 1, worker = ?, due_at = ?, again = false
         where id in (select id from job where finished_at is null and due_at <= ?",
        params![what.worker.as_str(), later(now, what.lease)?, now],
    );
    if !what.kinds.is_empty() {
        update.and_in("kind", what.kinds.iter().map(String::as_str));
    }
    update.push(
        "order by due_at, id limit ? {skip_locked})
         returning id, kind, dedup_key, payload, attempts, max_attempts, created_at",
        params![what.limit],
    );
    let mut claimed = tx.dynamic_rows(&update, job)?;
    claimed.sort_by_key(|job| job.id);
    let (alive, spent): (Vec<Job>, Vec<Job>) = claimed.into_iter().partition(|j| j.attempt <= j.max_attempts);
    for job in spent {
        let why = "the worker of the last attempt did not come back";
        tx.exec(&sql::BURY, &params![job.id, job.attempt, now, why])?;
        tracing::error!(job = job.id, kind = job.kind, "{why}");
    }
    Ok(alive)
}

impl Db {
    /// [`claim`] in a unit of its own.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn claim(&self, what: Claim, now: Timestamp) -> Result<Vec<Job>, DbError> {
        self.write_at(Isolation::Statement, move |tx| claim(tx, &what, now)).await
    }
}

/// Lengthens the lease of a claimed job to `lease` from now. False when the claim is lost.
///
/// # Errors
/// [`DbError`].
pub fn heartbeat(tx: &mut Tx<'_>, job: &Job, lease: SignedDuration, now: Timestamp) -> Result<bool, DbError> {
    Ok(tx.exec(&sql::HEARTBEAT, &params![job.id, job.attempt, later(now, lease)?])? == 1)
}

/// Finishes a job. False when the claim is lost: roll back what was done for it.
///
/// # Errors
/// [`DbError`].
pub fn complete(tx: &mut Tx<'_>, job: &Job, now: Timestamp) -> Result<bool, DbError> {
    let state = tx.opt(&sql::COMPLETE, &params![job.id, job.attempt, now], |row| row.text(0))?;
    if state.as_deref() == Some("READY") {
        tx.wake_workers();
    }
    Ok(state.is_some())
}

/// Records a failure: another attempt later, or death after the last. `random` is any random number.
///
/// # Errors
/// [`DbError`].
pub fn fail(
    tx: &mut Tx<'_>,
    job: &Job,
    error: &str,
    backoff: &Backoff,
    random: u64,
    now: Timestamp,
) -> Result<Failed, DbError> {
    if job.attempt >= job.max_attempts {
        return bury(tx, job, error, now);
    }
    let at = later(now, backoff.delay(job.attempt, random))?;
    let touched = tx.exec(&sql::RETRY_LATER, &params![job.id, job.attempt, at, error])?;
    Ok(if touched == 1 { Failed::RetryAt(at) } else { Failed::Lost })
}

/// Gives a job up at once: no further attempt could succeed.
///
/// # Errors
/// [`DbError`].
pub fn bury(tx: &mut Tx<'_>, job: &Job, error: &str, now: Timestamp) -> Result<Failed, DbError> {
    let touched = tx.exec(&sql::BURY, &params![job.id, job.attempt, now, error])?;
    Ok(if touched == 1 { Failed::Dead } else { Failed::Lost })
}

/// Gives a claimed job back unworked, as on a graceful stop; the attempt does not count.
///
/// # Errors
/// [`DbError`].
pub fn release(tx: &mut Tx<'_>, job: &Job, now: Timestamp) -> Result<bool, DbError> {
    let released = tx.exec(&sql::RELEASE, &params![job.id, job.attempt, now])? == 1;
    if released {
        tx.wake_workers();
    }
    Ok(released)
}

/// Opens a dead job again, with all its attempts. False when it is not dead.
///
/// # Errors
/// [`DbError::Unique`] (`job_open_key`) when another job with its key has been opened meanwhile.
pub fn retry(tx: &mut Tx<'_>, id: i64, now: Timestamp) -> Result<bool, DbError> {
    let revived = tx.exec(&sql::REVIVE, &params![id, now])? == 1;
    if revived {
        tx.wake_workers();
    }
    Ok(revived)
}

/// One job.
///
/// # Errors
/// [`DbError`].
pub fn find(tx: &mut Tx<'_>, id: i64) -> Result<Option<JobRecord>, DbError> {
    tx.opt(&sql::FIND, &params![id], record)
}

/// Dead jobs given up before an instant, latest first.
///
/// # Errors
/// [`DbError`].
pub fn dead(tx: &mut Tx<'_>, before: Timestamp, limit: u32) -> Result<Vec<JobRecord>, DbError> {
    tx.rows(&sql::DEAD, &params![before, limit], record)
}

/// Number of jobs by kind and state.
///
/// # Errors
/// [`DbError`].
pub fn counts(tx: &mut Tx<'_>) -> Result<Vec<(String, JobState, i64)>, DbError> {
    tx.rows(&sql::COUNTS, &[], |row| Ok((row.text(0)?, JobState::parse(row.str(1)?)?, row.int(2)?)))
}

/// When the next open job may be claimed, leases included.
///
/// # Errors
/// [`DbError`].
pub fn next_due(tx: &mut Tx<'_>) -> Result<Option<Timestamp>, DbError> {
    tx.one(&sql::NEXT_DUE, &[], |row| row.opt_time(0))
}

/// Forgets jobs done before an instant, at most `limit`; dead ones stay. Gives their number.
///
/// # Errors
/// [`DbError`].
pub fn purge(tx: &mut Tx<'_>, before: Timestamp, limit: u32) -> Result<u64, DbError> {
    tx.exec(&sql::PURGE, &params![before, limit])
}

fn job(row: &Row<'_>) -> Result<Job, DbError> {
    Ok(Job {
        id: row.int(0)?,
        kind: row.text(1)?,
        key: row.opt_text(2)?,
        payload: row.json(3)?,
        attempt: row.int(4)?,
        max_attempts: row.int(5)?,
        created_at: row.time(6)?,
    })
}

fn record(row: &Row<'_>) -> Result<JobRecord, DbError> {
    Ok(JobRecord {
        job: job(row)?,
        state: JobState::parse(row.str(7)?)?,
        due_at: row.time(8)?,
        worker: row.opt_text(9)?,
        last_error: row.opt_text(10)?,
        finished_at: row.opt_time(11)?,
    })
}

/// Makes a schedule known; one that is known keeps its time.
///
/// # Errors
/// [`DbError`].
pub fn plan(tx: &mut Tx<'_>, name: &str, first_run_at: Timestamp) -> Result<(), DbError> {
    tx.exec(&sql::PLAN, &params![name, first_run_at]).map(drop)
}

/// Moves the next run of a schedule. False when it is not known.
///
/// # Errors
/// [`DbError`].
pub fn replan(tx: &mut Tx<'_>, name: &str, next_run_at: Timestamp) -> Result<bool, DbError> {
    Ok(tx.exec(&sql::REPLAN, &params![name, next_run_at])? == 1)
}

/// Fires the schedules whose time has come: `fire` gets the transaction, the name and the planned time,
/// enqueues what is to be done, and gives the next time (`None` leaves the schedule for a release that
/// knows it). Replicas never fire the same run twice. Gives the number fired.
///
/// # Errors
/// [`DbError`]; a next time that is not after now.
pub fn fire_due(
    tx: &mut Tx<'_>,
    now: Timestamp,
    mut fire: impl FnMut(&mut Tx<'_>, &str, Timestamp) -> Result<Option<Timestamp>, DbError>,
) -> Result<usize, DbError> {
    let due = tx.rows(&sql::DUE, &params![now], |row| Ok((row.text(0)?, row.time(1)?)))?;
    let mut fired = 0;
    for (name, at) in due {
        let Some(next) = fire(tx, &name, at)? else { continue };
        if next <= now {
            return Err(DbError::Other(format!("schedule {name}: next run {next} is not after {now}")));
        }
        tx.exec(&sql::FIRED, &params![name, next])?;
        fired += 1;
    }
    Ok(fired)
}

/// Takes a named lease, or lengthens it. `Some(token)` when it is held; the token is larger than that of
/// any earlier holder. `None` when another holds it.
///
/// # Errors
/// [`DbError`].
pub fn hold(
    tx: &mut Tx<'_>,
    name: &str,
    holder: &str,
    lease: SignedDuration,
    now: Timestamp,
) -> Result<Option<i64>, DbError> {
    tx.opt(&sql::HOLD, &params![name, holder, later(now, lease)?, now], |row| row.int(0))
}

/// Gives a named lease up. False when it was not held.
///
/// # Errors
/// [`DbError`].
pub fn let_go(tx: &mut Tx<'_>, name: &str, holder: &str, now: Timestamp) -> Result<bool, DbError> {
    Ok(tx.exec(&sql::LET_GO, &params![name, holder, now])? == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backoff_doubles_up_to_its_cap_with_jitter_of_half() {
        let b = Backoff { first: SignedDuration::from_secs(10), cap: SignedDuration::from_mins(10) };
        for (attempt, full) in [(1, 10), (2, 20), (3, 40), (7, 600), (1_000_000, 600), (i64::MIN, 10)] {
            let full = SignedDuration::from_secs(full);
            for random in [0, 1, u64::MAX, 12_345_678_901] {
                let delay = b.delay(attempt, random);
                assert!(delay >= full / 2 && delay <= full, "{attempt} {random}: {delay}");
            }
        }
        assert_eq!(b.delay(1, 0), SignedDuration::from_secs(5));
        assert_eq!(b.delay(1, 5_000_000), SignedDuration::from_secs(10));
    }
}
