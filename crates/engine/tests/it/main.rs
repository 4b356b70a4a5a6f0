//! The engine on both databases. PostgreSQL runs when `SNODO_TEST_POSTGRES` is set: see
//! `crates/db/tests/with-postgres`.
#![allow(missing_docs, clippy::disallowed_methods)]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "helpers of tests, too")]

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

/// Without statistics, as in a new installation, SQLite likes to begin with everything an ente has.
#[tokio::test]
async fn no_statement_reads_all_of_an_ente() {
    // Read whole by design: the registry, and the journal when it is verified or a segment is opened.
    let whole = [
        "::registry::",
        "::journal::verify::SEGMENTS",
        "::journal::verify::ORPHANS",
        "::journal::RECENT_HEADS",
    ];
    let world = support::world(db::testing::Scratch::sqlite().await.unwrap()).await;
    let statements: Vec<_> = engine::statements()
        .into_iter()
        .filter(|statement| !whole.iter().any(|part| statement.name().contains(part)))
        .collect();
    let shapes = db::testing::shapes(&world.db, &statements).await.unwrap();
    for (statement, (name, shape)) in statements.into_iter().zip(shapes) {
        let text = format!("explain query plan {}", statement.text(db::Engine::Sqlite).unwrap());
        let explain: &'static db::Statement =
            Box::leak(Box::new(db::Statement::new(name, Box::leak(text.into_boxed_str()))));
        let nulls = vec![db::Value::Null; shape.parameters];
        let plan = world.db.read(move |tx| tx.rows(explain, &nulls, |row| row.text(3))).await.unwrap();
        for step in plan {
            let all = step.starts_with("SCAN") || step.ends_with("(organization_id=?)");
            assert!(!all, "{name}: {step}");
        }
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
