//! The engine on both databases. PostgreSQL runs when `SNODO_TEST_POSTGRES` is set: see
//! `crates/db/tests/with-postgres`.
#![allow(missing_docs, clippy::disallowed_methods)]

mod access;
mod carts;
mod jobs;
mod journal;
mod model;
mod positions;
mod races;
mod receipts;
mod registry;
mod support;

use support::worlds;

#[tokio::test]
async fn every_statement_prepares_alike_on_both_engines() {
    let mut shapes = Vec::new();
    for world in worlds().await {
        shapes.push(db::testing::shapes(&world.db, &engine::statements()).await.unwrap());
    }
    assert!(shapes[0].len() > 50);
    if let [lite, pg] = shapes.as_slice() {
        assert_eq!(db::testing::differences(lite, pg), Vec::<String>::new());
    }
}

#[tokio::test]
async fn the_store_answers_until_it_is_closed() {
    for world in worlds().await {
        world.engine.ping().await.unwrap();
        world.engine.clone().close().await;
        assert!(world.engine.ping().await.unwrap_err().is_unavailable());
    }
}
