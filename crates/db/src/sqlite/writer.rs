//! The one writing thread: units that wait together are committed together.

use super::{
    Context, End,
    log::Log,
    session::{Prepared, Step},
};
use crate::{
    error::{DbError, Effect, Fault},
    lane::{Appetite, Unit},
    tx::{Hook, Tx},
};
use rusqlite::Connection;
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, atomic::AtomicI64},
    time::{Duration, Instant},
};

/// A group is closed after this time even when more units wait: its first caller has waited enough.
const GROUP_TIME: Duration = Duration::from_millis(10);

/// How far the writer waits for callers that are about to come back.
///
/// A flush takes milliseconds on a busy disk, and whoever was answered by the last one asks again within
/// microseconds. A group that closed at once would leave them for the next flush and halve the rate.
#[derive(Default)]
struct Pace {
    /// Units to be expected: those of the last group, and those that waited while it was flushed.
    expected: usize,
    /// A small part of the last flush.
    wait: Duration,
}

impl Pace {
    const SHARE: u32 = 8;
    const LIMIT: Duration = Duration::from_micros(500);
    /// Below this a flush is not worth waiting for.
    const CHEAP: Duration = Duration::from_micros(800);

    fn patience(&self, count: usize, since: Instant) -> Duration {
        if count < self.expected { self.wait.saturating_sub(since.elapsed()) } else { Duration::ZERO }
    }

    fn learn(&mut self, flush: Duration, expected: usize) {
        self.expected = expected;
        self.wait = if flush < Self::CHEAP { Duration::ZERO } else { (flush / Self::SHARE).min(Self::LIMIT) };
    }
}

/// A unit that ran, waiting for the commit of its group.
struct Kept {
    unit: Box<dyn Unit>,
    hooks: Vec<Hook>,
}

/// What became of one unit.
enum Ran {
    Kept(Vec<Hook>),
    /// To be undone; the error, if any, replaces what the closure returned.
    Undone(Option<DbError>),
}

/// Serves until the lane closes or the connection breaks.
pub(super) fn serve(connection: &Connection, context: &Context, pages: Arc<AtomicI64>) -> End {
    let mut prepared = match Prepared::new(connection, "begin immediate") {
        Ok(prepared) => prepared,
        Err(fault) => {
            tracing::error!(error = %fault.error, "the writer cannot prepare");
            if let Some(unit) = context.lane.take(Appetite::Any) {
                unit.answer(Err(fault.error));
                return End::Broken;
            }
            return End::Closed;
        }
    };
    let mut log = context.copier.clone().map(|copier| Log::new(pages, copier));
    let mut pace = Pace::default();
    while let Some(first) = context.lane.take(Appetite::Any) {
        if let Err(Effect::Lost) = group(&mut prepared, context, &mut pace, first) {
            return End::Broken;
        }
        if let Some(log) = &mut log {
            log.tend(connection, &context.limits);
        }
    }
    drop(prepared);
    // Last words: planner statistics, and the log folded into the file.
    if let Err(e) = connection.execute_batch("pragma optimize; pragma wal_checkpoint(truncate)") {
        tracing::warn!(error = %e, "closing the database left its log beside it");
    }
    End::Closed
}

/// Runs one group and answers it. `Err(Lost)` asks for another connection.
fn group(
    prepared: &mut Prepared<'_>,
    context: &Context,
    pace: &mut Pace,
    first: Box<dyn Unit>,
) -> Result<(), Effect> {
    if let Err(fault) = prepared.step(Step::Begin) {
        first.answer(Err(fault.error));
        return effect(fault.effect);
    }
    let limits = &context.limits;
    let since = Instant::now();
    let mut kept: Vec<Kept> = Vec::new();
    let mut count = 0_usize;
    let mut next = Some(first);
    while let Some(mut unit) = next.take() {
        count += 1;
        // Alone so far, a unit needs no savepoint: undoing it undoes everything.
        let alone = kept.is_empty();
        let ran = if alone {
            run(prepared, context, unit.as_mut())
        } else {
            match prepared.step(Step::Savepoint) {
                Ok(()) => run(prepared, context, unit.as_mut()),
                Err(fault) => Ran::Undone(Some(fault.error)),
            }
        };
        if !prepared.in_transaction() {
            // SQLite rolled everything back (disk full, I/O error): the others run again, each alone.
            unit.answer(match ran {
                Ran::Kept(_) => {
                    Err(DbError::Unavailable("the transaction was rolled back by the engine".into()))
                }
                Ran::Undone(error) => error.map_or(Ok(()), Err),
            });
            return singly(prepared, context, kept);
        }
        match ran {
            Ran::Kept(hooks) => {
                let released = if alone { Ok(()) } else { prepared.step(Step::Release) };
                match released {
                    Ok(()) => kept.push(Kept { unit, hooks }),
                    Err(fault) => {
                        unit.answer(Err(fault.error));
                        abandon(prepared);
                        return singly(prepared, context, kept);
                    }
                }
            }
            Ran::Undone(error) => {
                let undone = if alone {
                    prepared.step(Step::Rollback).and_then(|()| prepared.step(Step::Begin))
                } else {
                    prepared.step(Step::Undo).and_then(|()| prepared.step(Step::Release))
                };
                match (error, &undone) {
                    // A refusal may rest on what the group has not committed yet: it waits with the others.
                    (None, Ok(())) if !alone => kept.push(Kept { unit, hooks: Vec::new() }),
                    (error, _) => unit.answer(error.map_or(Ok(()), Err)),
                }
                if let Err(fault) = undone {
                    abandon(prepared);
                    singly(prepared, context, kept)?;
                    return effect(fault.effect);
                }
            }
        }
        if count < limits.group && since.elapsed() < GROUP_TIME {
            next = context.lane.take_within(pace.patience(count, since));
        }
    }
    commit(prepared, context, pace, kept)
}

/// Commits the group and answers it.
fn commit(
    prepared: &mut Prepared<'_>,
    context: &Context,
    pace: &mut Pace,
    kept: Vec<Kept>,
) -> Result<(), Effect> {
    let since = Instant::now();
    match prepared.step(Step::Commit) {
        Ok(()) => {
            let flush = since.elapsed();
            metrics::histogram!("db_commit_seconds").record(flush);
            metrics::histogram!("db_commit_units").record(u32::try_from(kept.len()).unwrap_or(u32::MAX));
            pace.learn(flush, kept.len() + context.lane.waiting());
            for Kept { unit, hooks } in kept {
                call(hooks);
                unit.answer(Ok(()));
            }
            Ok(())
        }
        Err(fault) => {
            tracing::warn!(error = %fault.error, units = kept.len(), "commit failed");
            abandon(prepared);
            if kept.len() > 1 {
                // One unit may be the cause (a deferred foreign key): let each stand for itself.
                return singly(prepared, context, kept);
            }
            for Kept { unit, .. } in kept {
                unit.answer(Err(fault.error.clone()));
            }
            effect(fault.effect)
        }
    }
}

/// Runs units again, each with a commit of its own.
fn singly(prepared: &mut Prepared<'_>, context: &Context, units: Vec<Kept>) -> Result<(), Effect> {
    let mut outcome = Ok(());
    for Kept { mut unit, .. } in units {
        if let Err(fault) = prepared.step(Step::Begin) {
            unit.answer(Err(fault.error));
            outcome = outcome.and(effect(fault.effect));
            continue;
        }
        match run(prepared, context, unit.as_mut()) {
            Ran::Kept(hooks) if prepared.in_transaction() => match prepared.step(Step::Commit) {
                Ok(()) => {
                    call(hooks);
                    unit.answer(Ok(()));
                }
                Err(fault) => {
                    abandon(prepared);
                    unit.answer(Err(fault.error));
                    outcome = outcome.and(effect(fault.effect));
                }
            },
            Ran::Kept(_) => {
                unit.answer(Err(DbError::Unavailable(
                    "the transaction was rolled back by the engine".into(),
                )));
            }
            Ran::Undone(error) => {
                abandon(prepared);
                unit.answer(error.map_or(Ok(()), Err));
            }
        }
    }
    outcome
}

fn run(prepared: &mut Prepared<'_>, context: &Context, unit: &mut dyn Unit) -> Ran {
    let since = Instant::now();
    let mut tx = Tx::new(prepared, 0, &context.jobs);
    let keep = unit.run(&mut tx);
    let (spoiled, hooks) = tx.finish();
    let took = since.elapsed();
    if took > context.limits.slow_unit {
        tracing::warn!(milliseconds = took.as_millis(), "a unit of work held the only writer for long");
    }
    match (keep, spoiled) {
        (true, None) => Ran::Kept(hooks),
        (true, Some((error, _))) => Ran::Undone(Some(error)),
        (false, _) => Ran::Undone(None),
    }
}

/// Rolls back what may be left of a transaction.
fn abandon(prepared: &mut Prepared<'_>) {
    if prepared.in_transaction()
        && let Err(Fault { error, .. }) = prepared.step(Step::Rollback)
    {
        tracing::warn!(error = %error, "roll-back failed");
    }
}

fn effect(effect: Effect) -> Result<(), Effect> {
    if effect == Effect::Lost { Err(effect) } else { Ok(()) }
}

/// Calls the hooks of a durable unit. A panic in one is logged and goes no further.
pub(crate) fn call(hooks: Vec<Hook>) {
    for hook in hooks {
        if catch_unwind(AssertUnwindSafe(hook)).is_err() {
            tracing::error!("a hook after a commit panicked");
        }
    }
}
