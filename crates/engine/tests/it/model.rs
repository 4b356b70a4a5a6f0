//! Random histories on two replicas against a model in memory: the read side, the receipts and the
//! journal must be what the model says after every one of them.

use std::collections::{BTreeMap, BTreeSet};

use engine::Engine;
use engine::positions::{Activation, ChangeError, CreateError, InstallmentContent, IuvChoice, PayError};
use engine::receipts::{Acceptance, Anomaly};
use model::{InstallmentStatus, Iuv, NotPayable, NoticeNumber};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};

use crate::support::*;

#[derive(Debug, Clone)]
enum Op {
    Create { debt: usize, amount: i64 },
    Edit { debt: usize, amount: i64 },
    Cancel { debt: usize },
    Due { known: usize },
    Activate { known: usize },
    Receipt { known: usize, id: u8, amount: i64, copy: bool },
    Wait { hours: i64 },
}

/// Two enti, five debts each; the replica that carries it out.
fn step() -> impl Strategy<Value = (usize, usize, Op)> {
    let (debt, amount, known) = (0..5_usize, 1..3_i64, 0..64_usize);
    let op = prop_oneof![
        5 => (debt.clone(), amount.clone()).prop_map(|(debt, amount)| Op::Create { debt, amount }),
        3 => (debt.clone(), amount.clone()).prop_map(|(debt, amount)| Op::Edit { debt, amount }),
        3 => debt.prop_map(|debt| Op::Cancel { debt }),
        2 => known.clone().prop_map(|known| Op::Due { known }),
        2 => known.clone().prop_map(|known| Op::Activate { known }),
        5 => (known, 0..3_u8, amount, prop::bool::weighted(0.1))
            .prop_map(|(known, id, amount, copy)| Op::Receipt { known, id, amount, copy }),
        1 => (1..30_i64).prop_map(|hours| Op::Wait { hours }),
    ];
    (0..2_usize, 0..2_usize, op)
}

/// An installment as the model knows it.
#[derive(Debug, Clone)]
struct Known {
    ente: usize,
    debt: usize,
    notice: NoticeNumber,
    iuv: Iuv,
    status: InstallmentStatus,
    amount: i64,
    /// What was asked for when it was created, or last edited.
    asked: (i64, bool),
    created: i64,
    /// Holds its IUD and IUV.
    holds: bool,
    /// Was ever paid.
    paid: bool,
    receipts: BTreeMap<u8, i64>,
    attempts: i64,
}

#[derive(Default)]
struct Truth {
    all: Vec<Known>,
    hours: i64,
    events: BTreeMap<&'static str, i64>,
    /// Copies of receipts for a secondary ente: (ente, notice, id) of them.
    copies: BTreeSet<(usize, NoticeNumber, u8)>,
}

impl Truth {
    fn count(&mut self, event: &'static str) {
        *self.events.entry(event).or_default() += 1;
    }

    fn holder(&mut self, ente: usize, debt: usize) -> Option<&mut Known> {
        self.all.iter_mut().find(|k| k.ente == ente && k.debt == debt && k.holds)
    }

    /// The one that a change by IUD means: the holder, or one paid after its IUD went to another.
    fn meant(&mut self, ente: usize, debt: usize) -> Option<&mut Known> {
        if self.holder(ente, debt).is_some() {
            return self.holder(ente, debt);
        }
        self.all.iter_mut().rev().find(|k| k.ente == ente && k.debt == debt && k.paid)
    }
}

struct Bench {
    world: World,
    engines: [Engine; 2],
}

impl Bench {
    fn ente(&self, index: usize) -> &Ente {
        if index == 0 { &self.world.ente } else { &self.world.other }
    }

    async fn apply(&self, truth: &mut Truth, replica: usize, e: usize, op: Op) -> Result<(), TestCaseError> {
        let (engine, ente) = (&self.engines[replica], self.ente(e));
        match op {
            Op::Wait { hours } => {
                self.world.clock.advance(hours * 3600);
                truth.hours += hours;
            }
            Op::Create { debt, amount } => self.create(truth, engine, e, debt, amount).await?,
            Op::Edit { debt, amount } => self.edit(truth, engine, e, debt, amount).await?,
            Op::Cancel { debt } => {
                let outcome = engine.positions.cancel(&call(), ente.id, &name(debt)).await;
                match truth.meant(e, debt) {
                    None => prop_assert!(matches!(outcome, Err(ChangeError::NotFound)), "{outcome:?}"),
                    Some(known) if known.status == InstallmentStatus::Unpaid => {
                        prop_assert!(outcome.is_ok(), "{outcome:?}");
                        (known.status, known.holds) = (InstallmentStatus::Cancelled, false);
                        truth.count("installment.cancelled");
                    }
                    Some(_) => prop_assert!(
                        matches!(outcome, Err(ChangeError::State(InstallmentStatus::Paid))),
                        "{outcome:?}"
                    ),
                }
            }
            _ if truth.all.is_empty() => {}
            Op::Due { known } => {
                let index = known % truth.all.len();
                let known = truth.all[index].clone();
                let outcome = engine.positions.due(self.ente(known.ente).id, &known.notice).await;
                judge(&known, outcome.map(|due| due.installment.amount.get()))?;
            }
            Op::Activate { known } => {
                let index = known % truth.all.len();
                let known = truth.all[index].clone();
                let id = self.ente(known.ente).id;
                let outcome =
                    engine.positions.activate(&call(), id, &known.notice, Activation::default()).await;
                judge(&known, outcome.map(|due| due.installment.amount.get()))?;
                if known.status == InstallmentStatus::Unpaid {
                    truth.all[index].attempts += 1;
                    truth.count("payment.activated");
                }
            }
            Op::Receipt { known, id, amount, copy } => {
                let index = known % truth.all.len();
                if copy {
                    self.copy(truth, engine, index, id, amount).await?;
                } else {
                    self.receipt(truth, engine, index, id, amount).await?;
                }
            }
        }
        Ok(())
    }

    async fn create(
        &self,
        truth: &mut Truth,
        engine: &Engine,
        e: usize,
        debt: usize,
        amount: i64,
    ) -> Result<(), TestCaseError> {
        let ente = self.ente(e);
        let outcome =
            engine.positions.create(&call(), ente.id, content(ente, name(debt).as_str(), amount)).await;
        let hours = truth.hours;
        match truth.holder(e, debt) {
            Some(holder) => {
                let repeats = holder.status == InstallmentStatus::Unpaid
                    && holder.asked == (amount, true)
                    && hours - holder.created <= 24;
                if repeats {
                    let created = outcome.map_err(|e| TestCaseError::fail(format!("{e:?}")))?;
                    prop_assert!(created.repeated);
                    prop_assert_eq!(created.notice_number.as_ref(), Some(&holder.notice));
                } else {
                    prop_assert!(matches!(outcome, Err(CreateError::DuplicateIud(_))), "{:?}", outcome);
                }
            }
            None => {
                let created = outcome.map_err(|e| TestCaseError::fail(format!("{e:?}")))?;
                prop_assert!(!created.repeated);
                let notice = created.notice_number.unwrap();
                prop_assert!(
                    truth.all.iter().all(|k| k.ente != e || k.notice != notice),
                    "a number given twice"
                );
                truth.all.push(Known {
                    ente: e,
                    debt,
                    notice,
                    iuv: created.iuv.unwrap(),
                    status: InstallmentStatus::Unpaid,
                    amount,
                    asked: (amount, true),
                    created: hours,
                    holds: true,
                    paid: false,
                    receipts: BTreeMap::new(),
                    attempts: 0,
                });
                truth.count("installment.created");
            }
        }
        Ok(())
    }

    async fn edit(
        &self,
        truth: &mut Truth,
        engine: &Engine,
        e: usize,
        debt: usize,
        amount: i64,
    ) -> Result<(), TestCaseError> {
        let ente = self.ente(e);
        let iuv = truth.meant(e, debt).map_or(IuvChoice::None, |known| IuvChoice::Given(known.iuv.clone()));
        let new = InstallmentContent { iuv, ..content(ente, name(debt).as_str(), amount) };
        let outcome = engine.positions.edit(&call(), ente.id, &name(debt), new).await;
        match truth.meant(e, debt) {
            None => prop_assert!(matches!(outcome, Err(ChangeError::NotFound)), "{:?}", outcome),
            Some(known) if known.status == InstallmentStatus::Unpaid => {
                prop_assert!(outcome.is_ok(), "{:?}", outcome);
                (known.amount, known.asked) = (amount, (amount, false));
                truth.count("installment.changed");
            }
            Some(_) => {
                prop_assert!(
                    matches!(outcome, Err(ChangeError::State(InstallmentStatus::Paid))),
                    "{:?}",
                    outcome
                );
            }
        }
        Ok(())
    }

    async fn receipt(
        &self,
        truth: &mut Truth,
        engine: &Engine,
        index: usize,
        id: u8,
        amount: i64,
    ) -> Result<(), TestCaseError> {
        let known = truth.all[index].clone();
        let ente = self.ente(known.ente);
        let sent = receipt(ente, &known.notice, &format!("R{id}"), amount);
        let outcome = engine.receipts.accept(&call(), ente.id, sent, vec![id]).await.unwrap();
        if known.receipts.contains_key(&id) || truth.copies.contains(&(known.ente, known.notice.clone(), id))
        {
            prop_assert_eq!(outcome, Acceptance::Duplicate);
            return Ok(());
        }
        let mut expected = match known.status {
            InstallmentStatus::Paid => vec![Anomaly::SecondPayment],
            InstallmentStatus::Cancelled => vec![Anomaly::PaidWhenCancelled],
            _ => Vec::new(),
        };
        if amount != known.amount {
            expected.push(Anomaly::AmountDiffers);
        }
        prop_assert_eq!(anomalies(outcome), expected);
        let free = truth.holder(known.ente, known.debt).is_none();
        let paid = &mut truth.all[index];
        paid.holds |= paid.status == InstallmentStatus::Cancelled && free;
        (paid.status, paid.paid) = (InstallmentStatus::Paid, true);
        paid.receipts.insert(id, amount);
        truth.count("receipt.accepted");
        Ok(())
    }

    /// The same message for the other ente, where the notice number may name another debt.
    async fn copy(
        &self,
        truth: &mut Truth,
        engine: &Engine,
        index: usize,
        id: u8,
        amount: i64,
    ) -> Result<(), TestCaseError> {
        let known = truth.all[index].clone();
        let (primary, secondary) = (self.ente(known.ente), 1 - known.ente);
        let sent = receipt(primary, &known.notice, &format!("R{id}"), amount);
        let outcome = engine.receipts.accept(&call(), self.ente(secondary).id, sent, vec![id]).await.unwrap();
        let own = |k: &Known| k.ente == secondary && k.notice == known.notice && k.receipts.contains_key(&id);
        let key = (secondary, known.notice.clone(), id);
        if truth.copies.contains(&key) || truth.all.iter().any(own) {
            prop_assert_eq!(outcome, Acceptance::Duplicate);
        } else {
            prop_assert_eq!(anomalies(outcome), [Anomaly::UnknownNotice]);
            truth.copies.insert(key);
            truth.count("receipt.accepted");
        }
        Ok(())
    }

    /// The read side and the journal against the model.
    async fn compare(&self, truth: &Truth) -> Result<(), TestCaseError> {
        for known in &truth.all {
            let (engine, ente) = (&self.engines[0], self.ente(known.ente));
            let found = engine.positions.by_notice(ente.id, &known.notice).await.unwrap().unwrap();
            prop_assert_eq!(found.status, known.status, "{:?}", known);
            prop_assert_eq!(found.amount.get(), known.amount);
            prop_assert!(!known.paid || found.status == InstallmentStatus::Paid, "paid is for ever");
            let held = engine.positions.iud_in_use(ente.id, &name(known.debt)).await.unwrap();
            prop_assert!(held || !known.holds);
            if known.holds {
                let by_iud = engine.positions.by_iud(ente.id, &name(known.debt)).await.unwrap();
                prop_assert_eq!(by_iud[0].id, found.id);
            }
            let receipts = engine.receipts.of_installment(ente.id, found.id).await.unwrap();
            prop_assert_eq!(receipts.len(), known.receipts.len());
            let sum: i64 = receipts.iter().map(|r| r.content.amount.get()).sum();
            prop_assert_eq!(sum, known.receipts.values().sum::<i64>(), "the sum of what came in is kept");
            let payments = receipts.iter().filter(|r| !r.anomalies.contains(&Anomaly::SecondPayment)).count();
            prop_assert_eq!(payments, usize::from(known.paid), "one of them is the payment");
        }
        let verification = self.engines[1].journal.verify().await.unwrap();
        prop_assert_eq!(verification.faults, []);
        for (event, count) in &truth.events {
            prop_assert_eq!(self.world.events(event).await, *count, "one entry for each {}", event);
        }
        Ok(())
    }
}

fn name(debt: usize) -> model::Iud {
    iud(&format!("IUD{debt}"))
}

fn judge(known: &Known, outcome: Result<i64, PayError>) -> Result<(), TestCaseError> {
    match known.status {
        InstallmentStatus::Unpaid => prop_assert!(matches!(outcome, Ok(amount) if amount == known.amount)),
        InstallmentStatus::Paid => {
            prop_assert!(
                matches!(outcome, Err(PayError::NotPayable(NotPayable::AlreadyPaid))),
                "{:?}",
                outcome
            );
        }
        _ => {
            prop_assert!(matches!(outcome, Err(PayError::NotPayable(NotPayable::Cancelled))), "{:?}", outcome)
        }
    }
    Ok(())
}

fn histories(cases: u32, engine: db::Engine) {
    if !db::testing::available(engine) {
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 60, ..Config::default() };
    let outcome = TestRunner::new(config).run(&prop::collection::vec(step(), 60..160), |steps| {
        runtime.block_on(async {
            let scratch = match engine {
                db::Engine::Sqlite => db::testing::Scratch::sqlite().await.unwrap(),
                db::Engine::Postgres => db::testing::Scratch::postgres().await.unwrap().unwrap(),
            };
            let world = world(scratch).await;
            let engines = [world.engine.clone(), world.replica().await];
            let bench = Bench { world, engines };
            let mut truth = Truth::default();
            for (replica, e, op) in steps {
                bench.apply(&mut truth, replica, e, op).await?;
            }
            bench.compare(&truth).await
        })
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

#[test]
fn random_histories_on_sqlite() {
    histories(6, db::Engine::Sqlite);
}

#[test]
fn random_histories_on_postgres() {
    histories(4, db::Engine::Postgres);
}
