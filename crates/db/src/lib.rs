//! One SQL text on SQLite and PostgreSQL.
//!
//! A *unit of work* is a synchronous closure over [`Tx`], given to [`Db::write`] or [`Db::read`]; all of
//! it is stored or none. `Ok` is answered only when the commit is on disk. The closure must have no
//! effect outside `Tx`, because it is run again when the engine asks for it.
//!
//! * SQLite: one thread owns the writing connection and commits waiting units together, so that they
//!   share one flush; readers have their own connections and never wait for it.
//! * PostgreSQL: each connection of the pool has its own thread and event loop; a unit makes no hop
//!   between threads per statement.
//!
//! Numbers behind this shape are in `rust-stack.md` §1.

pub mod condition;
pub mod migrate;
pub mod queue;
pub mod testing;

mod bulk;
mod error;
mod handle;
mod lane;
mod postgres;
mod row;
mod sqlite;
mod statement;
mod tx;
mod value;

pub use bulk::{Bulk, Kind};
pub use condition::Dynamic;
pub use error::DbError;
pub use handle::{Db, DbOptions, Engine, Isolation, Limits};
pub use migrate::{INFRASTRUCTURE, Migration};
pub use row::Row;
pub use statement::Statement;
pub use tx::{Shape, Tx};
pub use value::Value;

/// Every statement of this crate, for the test that prepares them all on both engines.
pub static STATEMENTS: &[&[&Statement]] = &[queue::STATEMENTS, migrate::STATEMENTS, handle::STATEMENTS];
