//! Random units of work give the same answers and the same tables on both engines and in memory.

use super::*;
use db::params;
use proptest::prelude::*;
use std::collections::BTreeMap;

#[derive(Debug, Clone)]
enum Step {
    Insert { id: i64, code: u8, amount: i64 },
    Upsert { id: i64, code: u8, amount: i64 },
    Add { id: i64, by: i64 },
    Delete { id: i64 },
    Attempt { steps: Vec<Step> },
    Fail,
}

/// What a step answers: rows touched, or the constraint that refused.
type Answer = Result<u64, String>;

#[derive(Debug, Clone, Default, PartialEq)]
struct Model(BTreeMap<i64, (String, i64)>);

fn code(n: u8) -> String {
    if n == 0 { "free".into() } else { format!("c{n}") }
}

impl Model {
    fn taken(&self, id: i64, code: &str) -> bool {
        code != "free" && self.0.iter().any(|(other, (c, _))| *other != id && c == code)
    }

    /// The answers up to the first failure that spoils the unit.
    fn run(&mut self, steps: &[Step], answers: &mut Vec<Answer>) -> Result<(), String> {
        for step in steps {
            let answer = match step {
                Step::Insert { id, code: c, amount } => {
                    let c = code(*c);
                    // Both at once: the engines may name either, so the strategy's answers are normalised.
                    if self.0.contains_key(id) || self.taken(i64::MIN, &c) {
                        Err("unique".into())
                    } else {
                        self.0.insert(*id, (c, *amount));
                        Ok(1)
                    }
                }
                Step::Upsert { id, code: c, amount } => {
                    let c = code(*c);
                    if self.taken(*id, &c) {
                        Err("unique".into())
                    } else {
                        self.0.insert(*id, (c, *amount));
                        Ok(1)
                    }
                }
                Step::Add { id, by } => Ok(self.0.get_mut(id).map_or(0, |row| {
                    row.1 += by;
                    1
                })),
                Step::Delete { id } => Ok(u64::from(self.0.remove(id).is_some())),
                Step::Attempt { steps } => {
                    let before = self.clone();
                    match self.run(steps, answers) {
                        Ok(()) => Ok(0),
                        Err(_) => {
                            *self = before;
                            Ok(1)
                        }
                    }
                }
                Step::Fail => Err("fail".into()),
            };
            answers.push(answer.clone());
            answer?;
        }
        Ok(())
    }
}

fn run(tx: &mut db::Tx<'_>, steps: &[Step], answers: &mut Vec<Answer>) -> Result<(), DbError> {
    for step in steps {
        let outcome = match step {
            Step::Insert { id, code: c, amount } => tx.exec(&INSERT, &params![1, *id, code(*c), *amount]),
            Step::Upsert { id, code: c, amount } => tx.exec(&UPSERT, &params![1, *id, code(*c), *amount]),
            Step::Add { id, by } => tx.exec(&ADD, &params![1, *id, *by]),
            Step::Delete { id } => tx.exec(&DELETE, &params![1, *id]),
            Step::Attempt { steps } => Ok(u64::from(tx.attempt(|tx| run(tx, steps, answers)).is_err())),
            Step::Fail => Err(DbError::Other("fail".into())),
        };
        answers.push(outcome.clone().map_err(|e| match e {
            DbError::Unique { .. } => "unique".into(),
            DbError::Other(text) => text,
            other => panic!("{other}"),
        }));
        outcome?;
    }
    Ok(())
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let leaf = prop_oneof![
        4 => (0..8_i64, 0..5_u8, -50..50_i64).prop_map(|(id, code, amount)| Step::Insert { id, code, amount }),
        4 => (0..8_i64, 0..5_u8, -50..50_i64).prop_map(|(id, code, amount)| Step::Upsert { id, code, amount }),
        3 => (0..8_i64, -9..9_i64).prop_map(|(id, by)| Step::Add { id, by }),
        2 => (0..8_i64).prop_map(|id| Step::Delete { id }),
        1 => Just(Step::Fail),
    ];
    let step = leaf.prop_recursive(2, 12, 4, |inner| {
        proptest::collection::vec(inner, 0..4).prop_map(|steps| Step::Attempt { steps })
    });
    proptest::collection::vec(step, 0..8)
}

#[test]
fn engines_agree_with_the_model() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let databases = runtime.block_on(all());
    let cases = std::env::var("SNODO_MODEL_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(150);
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(units in proptest::collection::vec(steps(), 1..12))| {
        runtime.block_on(async {
            let mut model = Model::default();
            let mut expected = Vec::new();
            for unit in &units {
                let before = model.clone();
                let mut answers = Vec::new();
                let kept = model.run(unit, &mut answers).is_ok();
                if !kept {
                    model = before;
                }
                expected.push((answers, kept));
            }
            for db in &databases {
                db.write(|tx| -> Result<(), DbError> {
                    (0..8).try_for_each(|id| tx.exec(&DELETE, &params![1, id]).map(drop))
                }).await.unwrap();
                for (unit, (answers, kept)) in units.iter().zip(&expected) {
                    let unit = unit.clone();
                    let said = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
                    let saying = std::sync::Arc::clone(&said);
                    let outcome = db.write(move |tx| {
                        let mut answers = Vec::new();
                        let outcome = run(tx, &unit, &mut answers);
                        *saying.lock().unwrap() = answers;
                        outcome
                    }).await;
                    prop_assert_eq!(outcome.is_ok(), *kept, "{:?}", db.engine());
                    prop_assert_eq!(&*said.lock().unwrap(), answers, "{:?}", db.engine());
                }
                let table = db.read(|tx| tx.rows(&LIST, &params![1], |r| {
                    Ok::<_, DbError>((r.int(0)?, (r.text(1)?, r.int(2)?)))
                })).await.unwrap();
                prop_assert_eq!(table.into_iter().collect::<BTreeMap<_, _>>(), model.0.clone(), "{:?}", db.engine());
            }
            Ok(())
        })?;
    });
    runtime.block_on(async { drop(databases) });
}
