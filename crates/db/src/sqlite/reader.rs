//! Reading threads: each unit sees one snapshot.

use super::{
    Context, End,
    session::{Prepared, Step},
};
use crate::{error::Effect, lane::Appetite, tx::Tx};
use rusqlite::Connection;

/// Serves until the lane closes or the connection breaks.
pub(super) fn serve(connection: &Connection, context: &Context, slot: usize) -> End {
    let mut prepared = match Prepared::new(connection, "begin") {
        Ok(prepared) => prepared,
        Err(fault) => {
            if let Some(unit) = context.lane.take(Appetite::Any) {
                unit.answer(Err(fault.error));
                return End::Broken;
            }
            return End::Closed;
        }
    };
    while let Some(mut unit) = context.lane.take(Appetite::Any) {
        if let Err(fault) = prepared.step(Step::Begin) {
            unit.answer(Err(fault.error));
            return End::Broken;
        }
        let mut tx = Tx::new(&mut prepared, slot, &context.jobs);
        let good = unit.run(&mut tx);
        let (spoiled, _) = tx.finish();
        let lost = matches!(spoiled, Some((_, Effect::Lost)));
        unit.answer(match spoiled {
            Some((error, _)) if good => Err(error),
            _ => Ok(()),
        });
        // After the answer: the caller need not wait for the end of the snapshot.
        if prepared.in_transaction() && prepared.step(Step::Rollback).is_err() || lost {
            return End::Broken;
        }
    }
    End::Closed
}
