//! What every area stands on: the store, the clock, identifiers.

use std::sync::Arc;

use db::{Db, statements};

use crate::clock::Clock;
use crate::error::EngineError;
use crate::ids::IdGenerator;

statements! {
    /// A new number for this run of the process.
    NEXT_REPLICA = "update counter set value = value + 1 where name = 'replica' returning value";
}

/// Shared by all areas of one engine.
pub(crate) struct Core {
    pub db: Db,
    pub clock: Arc<dyn Clock>,
    pub ids: IdGenerator,
}

impl Core {
    /// Takes a replica tag from the database, which must be migrated.
    pub async fn open(db: Db, clock: Arc<dyn Clock>) -> Result<Arc<Self>, EngineError> {
        let replica =
            db.write(|tx| Ok::<_, EngineError>(tx.one(&NEXT_REPLICA, &[], |row| row.int(0))?)).await?;
        Ok(Arc::new(Self { db, clock, ids: IdGenerator::new(replica) }))
    }

    /// The next key.
    pub fn next_id(&self) -> i64 {
        self.ids.next(self.clock.now())
    }
}
