//! What happens when the same thing is asked for many times at once, also on several replicas.

use std::collections::HashSet;
use std::sync::Arc;

use engine::carts::{BrowserOutcome, CartItem, CartState, Payer};
use engine::positions::{Activation, CreateError, InstallmentContent, IuvChoice};
use engine::receipts::{Acceptance, Anomaly};
use model::{InstallmentStatus, Iuv};

use crate::carts::debt;
use crate::support::*;

const MANY: usize = 32;

db::statements! {
    ACTIVATED_TOO_LATE = "select count(*) from journal closed join journal activated \
        on activated.segment_id = closed.segment_id and activated.notice_number = closed.notice_number \
        and activated.seq > closed.seq where activated.operation = 'payment.activated' \
        and closed.operation in ('installment.cancelled', 'receipt.accepted')";
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_iud_has_one_creator() {
    for world in worlds().await {
        let engines = [world.engine.clone(), world.replica().await];
        let ente = world.ente.clone();
        let outcomes = at_once(MANY, |n| {
            let (engine, ente) = (engines[n % 2].clone(), ente.clone());
            let amount = i64::try_from(n).unwrap() + 1;
            async move { engine.positions.create(&call(), ente.id, content(&ente, "IUD1", amount)).await }
        })
        .await;
        assert_eq!(outcomes.iter().filter(|o| o.is_ok()).count(), 1);
        assert!(outcomes.iter().all(|o| matches!(o, Ok(_) | Err(CreateError::DuplicateIud(_)))));
        assert_eq!(world.engine.positions.by_iud(ente.id, &iud("IUD1")).await.unwrap().len(), 1);
        assert_eq!(world.events("installment.created").await, 1);
        world.verify().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_same_request_many_times_makes_one_position() {
    for world in worlds().await {
        let engines = [world.engine.clone(), world.replica().await];
        let ente = world.ente.clone();
        let outcomes =
            at_once(MANY, |n| {
                let (engine, ente) = (engines[n % 2].clone(), ente.clone());
                async move {
                    engine.positions.create(&call(), ente.id, content(&ente, "IUD1", 100)).await.unwrap()
                }
            })
            .await;
        assert_eq!(outcomes.iter().filter(|c| !c.repeated).count(), 1);
        let answers: HashSet<_> =
            outcomes.iter().map(|c| (c.id, c.iuv.clone(), c.notice_number.clone())).collect();
        assert_eq!(answers.len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_iuv_has_one_creator_and_no_number_is_given_twice() {
    for world in worlds().await {
        let engines = [world.engine.clone(), world.replica().await];
        let ente = world.ente.clone();
        let outcomes = at_once(MANY, |n| {
            let (engine, ente) = (engines[n % 2].clone(), ente.clone());
            let iuv = IuvChoice::Given(Iuv::parse("01990000000000123").unwrap());
            let content = InstallmentContent { iuv, ..content(&ente, &format!("G{n}"), 100) };
            async move { engine.positions.create(&call(), ente.id, content).await }
        })
        .await;
        assert_eq!(outcomes.iter().filter(|o| o.is_ok()).count(), 1);
        assert!(outcomes.iter().all(|o| matches!(o, Ok(_) | Err(CreateError::DuplicateIuv(_)))));

        // More than a block of numbers for each replica.
        let numbers = at_once(MANY, |n| {
            let (engine, ente) = (engines[n % 2].clone(), ente.clone());
            async move {
                let mut numbers = Vec::new();
                for k in 0..16 {
                    let content = content(&ente, &format!("N{n}-{k}"), 100);
                    numbers
                        .push(engine.positions.create(&call(), ente.id, content).await.unwrap().iuv.unwrap());
                }
                numbers
            }
        })
        .await;
        let distinct: HashSet<_> = numbers.into_iter().flatten().collect();
        assert_eq!(distinct.len(), MANY * 16);
        world.verify().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn tabs_that_confirm_together_make_one_payment() {
    for world in worlds().await {
        world.prepare("c", vec![debt(&world.ente, "A", 10), debt(&world.ente, "B", 20)]).await;
        let engines = [world.engine.clone(), world.replica().await];
        let outcomes = at_once(8, |n| {
            let engine = engines[n % 2].clone();
            async move { engine.carts.confirm(&call(), "token-c", Payer::default()).await }
        })
        .await;
        assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
        let asked: HashSet<_> =
            world.checkout.asked.lock().unwrap().iter().map(|r| r.notices[0].notice_number.clone()).collect();
        assert_eq!(asked.len(), 1);
        assert_eq!(world.cart("c").await.payments.len(), 1);
        assert_eq!(world.events("cart.confirmed").await, 1);
        assert_eq!(world.events("cart.at_checkout").await, 1);
        world.verify().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn carts_that_want_the_same_iud_make_one_payment() {
    for world in worlds().await {
        for n in 0..8 {
            world.prepare(&n.to_string(), vec![debt(&world.ente, "A", 10)]).await;
        }
        let engine = world.engine.clone();
        let outcomes = at_once(8, |n| {
            let engine = engine.clone();
            async move { engine.carts.confirm(&call(), &format!("token-{n}"), Payer::default()).await }
        })
        .await;
        assert_eq!(outcomes.iter().filter(|o| o.is_ok()).count(), 1, "{outcomes:?}");
        assert_eq!(world.engine.positions.by_iud(world.ente.id, &iud("A")).await.unwrap().len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_same_receipt_many_times_is_accepted_once() {
    for world in worlds().await {
        let engines = [world.engine.clone(), world.replica().await];
        let ente = world.ente.clone();
        let known = world.create(&ente, "IUD1", 100).await.notice_number.unwrap();
        let unknown = model::NoticeNumber::parse("301000000000099999").unwrap();
        for notice in [known, unknown] {
            let outcomes = at_once(MANY, |n| {
                let (engine, id) = (engines[n % 2].clone(), ente.id);
                let content = receipt(&ente, &notice, "R1", 100);
                async move { engine.receipts.accept(&call(), id, content, vec![1]).await.unwrap() }
            })
            .await;
            assert_eq!(outcomes.iter().filter(|a| matches!(a, Acceptance::Accepted { .. })).count(), 1);
            assert_eq!(world.engine.receipts.by_iuv(ente.id, &notice.iuv()).await.unwrap().len(), 1);
        }
        assert_eq!(world.events("receipt.accepted").await, 2);
        world.verify().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_different_receipts_of_one_notice_one_is_the_payment() {
    for world in worlds().await {
        let engines = [world.engine.clone(), world.replica().await];
        let ente = world.ente.clone();
        let created = world.create(&ente, "IUD1", 100).await;
        let notice = created.notice_number.unwrap();
        let outcomes = at_once(MANY, |n| {
            let (engine, id) = (engines[n % 2].clone(), ente.id);
            let content = receipt(&ente, &notice, &format!("R{n}"), 100);
            async move { engine.receipts.accept(&call(), id, content, vec![1]).await.unwrap() }
        })
        .await;
        let first =
            outcomes.into_iter().map(anomalies).filter(|a| !a.contains(&Anomaly::SecondPayment)).count();
        assert_eq!(first, 1);
        let stored = world.engine.receipts.of_installment(ente.id, created.id).await.unwrap();
        assert_eq!(stored.len(), MANY);
        assert_eq!(stored.iter().filter(|r| !r.refund_due).count(), 1);
        world.verify().await;
    }
}

/// Each receipt sees the other notice unpaid, unless they are made to look again.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn receipts_of_one_cart_that_come_together_close_it() {
    for world in worlds().await {
        for round in 0..12 {
            let name = round.to_string();
            let mut items = Vec::new();
            let mut notices = Vec::new();
            for ente in [&world.ente, &world.other] {
                let created = world.create(ente, &format!("OLD{round}"), 100).await;
                items.push(CartItem::Existing { organization_id: ente.id, installment_id: created.id });
                notices.push((ente.clone(), created.notice_number.unwrap()));
            }
            world.prepare(&name, items).await;
            world.confirm(&name).await.unwrap();
            let (engine, notices) = (world.engine.clone(), Arc::new(notices));
            at_once(2, |n| {
                let (engine, (ente, notice)) = (engine.clone(), notices[n].clone());
                let content = receipt(&ente, &notice, "R1", 100);
                async move { engine.receipts.accept(&call(), ente.id, content, vec![1]).await.unwrap() }
            })
            .await;
            assert_eq!(world.cart(&name).await.state, CartState::Paid, "round {round}");
        }
        assert_eq!(world.events("cart.paid").await, 12);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn giving_up_and_paying_at_once_ends_paid() {
    for world in worlds().await {
        for round in 0..12 {
            let name = round.to_string();
            world.prepare(&name, vec![debt(&world.ente, &format!("D{round}"), 10)]).await;
            world.confirm(&name).await.unwrap();
            let notice = world.notice(&name, 0).await;
            let (engine, ente, token) = (world.engine.clone(), world.ente.clone(), format!("token-{name}"));
            at_once(2, |n| {
                let (engine, ente, token, notice) =
                    (engine.clone(), ente.clone(), token.clone(), notice.clone());
                async move {
                    if n == 0 {
                        let content = receipt(&ente, &notice, "R1", 10);
                        engine.receipts.accept(&call(), ente.id, content, vec![1]).await.unwrap();
                    } else {
                        engine.carts.came_back(&call(), &token, BrowserOutcome::Cancelled).await.unwrap();
                    }
                }
            })
            .await;
            let cart = world.cart(&name).await;
            assert_eq!(cart.state, CartState::Paid, "round {round}");
            let (organization, id) = cart.payments[0];
            let found = world.engine.positions.by_id(organization, id).await.unwrap().unwrap();
            assert_eq!(found.status, InstallmentStatus::Paid);
        }
        world.verify().await;
    }
}

/// Whoever comes first: a debt is cancelled, or it is paid; a late receipt pays a cancelled one.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn cancelling_editing_activating_and_paying_at_once_keep_the_truth() {
    for world in worlds().await {
        for round in 0..24 {
            let code = format!("IUD{round}");
            let created = world.create(&world.ente, &code, 100).await;
            let (engine, ente, notice) =
                (world.engine.clone(), world.ente.clone(), created.notice_number.unwrap());
            let iuv = IuvChoice::Given(created.iuv.unwrap());
            at_once(4, |n| {
                let (engine, ente, notice, code) = (engine.clone(), ente.clone(), notice.clone(), iud(&code));
                let new = InstallmentContent { iuv: iuv.clone(), ..content(&ente, code.as_str(), 300) };
                async move {
                    match n {
                        0 => drop(engine.positions.cancel(&call(), ente.id, &code).await),
                        1 => drop(engine.positions.edit(&call(), ente.id, &code, new).await),
                        2 => drop(
                            engine.positions.activate(&call(), ente.id, &notice, Activation::default()).await,
                        ),
                        _ => {
                            let content = receipt(&ente, &notice, "R1", 100);
                            let acceptance =
                                engine.receipts.accept(&call(), ente.id, content, vec![1]).await.unwrap();
                            anomalies(acceptance);
                        }
                    }
                }
            })
            .await;
            let found = world.engine.positions.by_id(ente.id, created.id).await.unwrap().unwrap();
            assert_eq!(found.status, InstallmentStatus::Paid, "round {round}");
            let stored = world.engine.receipts.of_installment(ente.id, created.id).await.unwrap();
            let edited = found.amount == cents(300);
            let late = stored[0].anomalies.contains(&Anomaly::PaidWhenCancelled);
            assert_eq!(
                stored[0].anomalies.contains(&Anomaly::AmountDiffers),
                edited,
                "an edit after it is refused"
            );
            assert_eq!(stored[0].refund_due, late);
            assert!(engine.positions.iud_in_use(ente.id, &iud(&code)).await.unwrap());
        }
        let late = world.db.read(|tx| tx.one(&ACTIVATED_TOO_LATE, &[], |row| row.int(0))).await.unwrap();
        assert_eq!(late, 0, "nothing is activated after it was closed");
        world.verify().await;
    }
}
