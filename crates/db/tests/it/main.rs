//! The layer against both engines. PostgreSQL runs when `SNODO_TEST_POSTGRES` is set: see
//! `tests/with-postgres`.
#![allow(
    missing_docs,
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout
)]

mod basics;
mod crash;
mod groups;
mod jobs;
mod migrations;
mod model;
mod outage;
mod pool;
mod server;

use db::{DbError, Migration, testing::Scratch};

/// A table of every type, and one with keys to collide on.
pub const TABLES: Migration = Migration {
    version: 2,
    name: "tables of the tests",
    sql: "create table item (
            organization_id {bigint} not null, id {bigint} not null, code text not null, amount {bigint} not null,
            note text, active {bool}, due {date}, at {ts}, extra {json}, raw {blob},
            primary key (organization_id, id));
          create unique index item_code on item (organization_id, code) where code <> 'free';
          create table child (id {pk}, organization_id {bigint} not null, item_id {bigint} not null,
            foreign key (organization_id, item_id) references item (organization_id, id) deferrable initially deferred);
          create table account (id {pk}, balance {bigint} not null check (balance >= 0));",
};

/// Databases of all engines with the tables.
pub async fn all() -> Vec<Scratch> {
    let all = Scratch::all().await.unwrap();
    for db in &all {
        prepare(db).await.unwrap();
    }
    all
}

pub async fn prepare(db: &db::Db) -> Result<Vec<u32>, DbError> {
    db.migrate(&[db::INFRASTRUCTURE, TABLES]).await
}

db::statements! {
    INSERT = "insert into item (organization_id, id, code, amount) values ($1, $2, $3, $4)";
    INSERT_FULL = "insert into item (organization_id, id, code, amount, note, active, due, at, extra, raw)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    SELECT_FULL = "select organization_id, id, code, amount, note, active, due, at, extra, raw from item
        where organization_id = $1 order by id";
    UPSERT = "insert into item (organization_id, id, code, amount) values ($1, $2, $3, $4)
        on conflict (organization_id, id) do update set code = excluded.code, amount = excluded.amount returning amount";
    ADD = "update item set amount = amount + $3 where organization_id = $1 and id = $2";
    AMOUNT = "select amount from item where organization_id = $1 and id = $2";
    AMOUNT_LOCKED = "select amount from item where organization_id = $1 and id = $2 {for_update}";
    SET_AMOUNT = "update item set amount = $3 where organization_id = $1 and id = $2";
    DELETE = "delete from item where organization_id = $1 and id = $2";
    LIST = "select id, code, amount from item where organization_id = $1 order by id";
    COUNT = "select count(*), sum(amount) from item";
    CHILD = "insert into child (id, organization_id, item_id) values ($1, $2, $3)";
    OPEN_ACCOUNT = "insert into account (id, balance) values ($1, $2)";
    BALANCE = "select balance from account where id = $1";
    SET_BALANCE = "update account set balance = $2 where id = $1";
    TOTAL = "select sum(balance) from account";
}

#[tokio::test]
async fn every_statement_prepares_alike_on_both_engines() {
    let mut shapes = Vec::new();
    for db in all().await {
        let mut list: Vec<&'static db::Statement> = STATEMENTS.to_vec();
        list.extend(db::STATEMENTS.iter().flat_map(|s| s.iter().copied()));
        shapes.push(db::testing::shapes(&db, &list).await.unwrap());
    }
    if let [lite, pg] = shapes.as_slice() {
        assert_eq!(db::testing::differences(lite, pg), Vec::<String>::new());
    }
}
