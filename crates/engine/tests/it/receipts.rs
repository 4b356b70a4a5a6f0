//! Receipts: the only truth about "paid"; stored whatever they say.

use std::sync::Arc;

use engine::EngineError;
use engine::delivery::{Listener, ReceiptAccepted};
use engine::jobs::NewJob;
use engine::positions::PayError;
use engine::receipts::{Acceptance, Anomaly};
use model::{InstallmentStatus, Iuv, NotPayable, NoticeNumber};
use serde_json::json;

use crate::support::*;

#[tokio::test]
async fn a_receipt_pays_once_and_is_kept_byte_for_byte() {
    for world in worlds().await {
        let (receipts, ente) = (&world.engine.receipts, &world.ente);
        let created = world.create(ente, "IUD1", 100).await;
        let notice = created.notice_number.unwrap();
        let raw: Vec<u8> = (0..=255).collect();
        let content = receipt(ente, &notice, "R1", 100);
        let first = receipts.accept(&call(), ente.id, content.clone(), raw.clone()).await.unwrap();
        let Acceptance::Accepted { key, anomalies } = first else { panic!("accepted") };
        assert_eq!(anomalies, []);
        for _ in 0..2 {
            assert_eq!(world.accept(ente, content.clone()).await, Acceptance::Duplicate);
        }
        let stored = receipts.by_key(ente.id, key).await.unwrap().unwrap();
        assert_eq!((&stored.content, &stored.raw), (&content, &raw));
        assert_eq!((stored.installment_id, stored.refund_due), (Some(created.id), false));
        assert_eq!(
            receipts.of_installment(ente.id, created.id).await.unwrap().as_slice(),
            std::slice::from_ref(&stored)
        );
        assert_eq!(receipts.by_iuv(ente.id, &notice.iuv()).await.unwrap(), [stored]);
        let paid = world.engine.positions.by_id(ente.id, created.id).await.unwrap().unwrap();
        assert_eq!((paid.status, paid.paid_at), (InstallmentStatus::Paid, Some(content.paid_at)));
        let judged = world.engine.positions.due(ente.id, &notice).await;
        assert!(matches!(judged, Err(PayError::NotPayable(NotPayable::AlreadyPaid))));
        assert_eq!(world.events("receipt.accepted").await, 1);
        assert!(
            world.engine.documents.receipt_pdf(ente.id, key).await.unwrap().unwrap().starts_with(b"%PDF")
        );
        world.verify().await;
    }
}

#[tokio::test]
async fn a_second_payment_is_stored_and_flagged() {
    for world in worlds().await {
        let ente = &world.ente;
        let created = world.create(ente, "IUD1", 100).await;
        let notice = created.notice_number.unwrap();
        world.pay(ente, &notice, 100).await;
        let mut second = receipt(ente, &notice, "R2", 100);
        second.paid_at = "2026-03-11T09:00:00Z".parse().unwrap();
        assert_eq!(anomalies(world.accept(ente, second).await), [Anomaly::SecondPayment]);
        let all = world.engine.receipts.of_installment(ente.id, created.id).await.unwrap();
        assert_eq!(all.iter().map(|r| r.refund_due).collect::<Vec<_>>(), [false, true]);
        let paid = world.engine.positions.by_id(ente.id, created.id).await.unwrap().unwrap();
        assert_eq!(paid.paid_at, Some(all[0].content.paid_at), "the first payment counts");
    }
}

type Change = fn(&mut engine::receipts::ReceiptContent);

#[tokio::test]
async fn what_does_not_fit_is_told_and_paid_all_the_same() {
    for world in worlds().await {
        let ente = &world.ente;
        let cases: [(&str, Change, Vec<Anomaly>); 5] = [
            (
                "amount",
                |r| {
                    r.amount = cents(90);
                    r.transfers[0].amount = cents(90);
                },
                vec![Anomaly::AmountDiffers],
            ),
            ("sum", |r| r.transfers[0].amount = cents(99), vec![Anomaly::TransfersDiffer]),
            (
                "parts",
                |r| {
                    r.transfers.push(engine::receipts::ReceiptTransfer {
                        amount: cents(0),
                        ..r.transfers[0].clone()
                    })
                },
                vec![Anomaly::TransfersDiffer],
            ),
            ("iuv", |r| r.iuv = "01000000000000099".to_owned(), vec![Anomaly::IuvDiffers]),
            ("debtor", |r| r.debtor.code = "ANONIMO".to_owned(), vec![Anomaly::DebtorDiffers]),
        ];
        for (name, change, expected) in cases {
            let created = world.create(ente, name, 100).await;
            let mut content = receipt(ente, &created.notice_number.unwrap(), name, 100);
            change(&mut content);
            assert_eq!(anomalies(world.accept(ente, content).await), expected, "{name}");
            let found = world.engine.positions.by_id(ente.id, created.id).await.unwrap().unwrap();
            assert_eq!(found.status, InstallmentStatus::Paid, "{name}");
            let stored = world.engine.receipts.of_installment(ente.id, created.id).await.unwrap();
            assert_eq!((stored[0].anomalies.clone(), stored[0].refund_due), (expected, false), "{name}");
        }
        world.verify().await;
    }
}

#[tokio::test]
async fn receipts_of_unknown_notices_are_stored() {
    for world in worlds().await {
        let notice = NoticeNumber::parse("301000000000099999").unwrap();
        let mut content = receipt(&world.ente, &notice, "R1", 100);
        content.transfers[0].amount = cents(1);
        let found = anomalies(world.accept(&world.ente, content.clone()).await);
        assert_eq!(found, [Anomaly::UnknownNotice, Anomaly::TransfersDiffer]);
        assert_eq!(world.accept(&world.ente, content).await, Acceptance::Duplicate);
        let [stored] = &world.engine.receipts.by_iuv(world.ente.id, &notice.iuv()).await.unwrap()[..] else {
            panic!("one receipt")
        };
        assert_eq!(stored.installment_id, None);
    }
}

#[tokio::test]
async fn a_copy_for_a_secondary_ente_does_not_pay_its_own_notice_of_the_same_number() {
    for world in worlds().await {
        let primary = world.create(&world.ente, "IUD1", 100).await;
        let namesake = world.create(&world.other, "IUD1", 100).await;
        assert_eq!(primary.notice_number, namesake.notice_number);
        let content = receipt(&world.ente, &primary.notice_number.unwrap(), "R1", 100);
        assert_eq!(anomalies(world.accept(&world.ente, content.clone()).await), []);
        assert_eq!(anomalies(world.accept(&world.other, content).await), [Anomaly::UnknownNotice]);
        let open = world.engine.positions.by_id(world.other.id, namesake.id).await.unwrap().unwrap();
        assert_eq!(open.status, InstallmentStatus::Unpaid);
    }
}

#[tokio::test]
async fn a_withdrawn_debt_that_was_paid_is_paid_and_cannot_be_asked_again() {
    for world in worlds().await {
        let (positions, ente) = (&world.engine.positions, &world.ente);
        let created = world.create(ente, "IUD1", 100).await;
        let notice = created.notice_number.unwrap();
        positions.cancel(&call(), ente.id, &iud("IUD1")).await.unwrap();
        assert_eq!(world.pay(ente, &notice, 100).await, [Anomaly::PaidWhenCancelled]);
        let found = positions.by_id(ente.id, created.id).await.unwrap().unwrap();
        assert_eq!(found.status, InstallmentStatus::Paid);
        let stored = world.engine.receipts.of_installment(ente.id, created.id).await.unwrap();
        assert!(stored[0].refund_due);
        assert!(positions.iud_in_use(ente.id, &iud("IUD1")).await.unwrap(), "its names are its own again");
        assert!(positions.create(&call(), ente.id, content(ente, "IUD1", 100)).await.is_err());

        // Unless they have gone to another meanwhile.
        let first = world.create(ente, "IUD2", 100).await;
        positions.cancel(&call(), ente.id, &iud("IUD2")).await.unwrap();
        let second = world.create(ente, "IUD2", 100).await;
        assert_eq!(world.pay(ente, &first.notice_number.unwrap(), 100).await, [Anomaly::PaidWhenCancelled]);
        assert_eq!(positions.by_iud(ente.id, &iud("IUD2")).await.unwrap()[0].id, second.id);
        assert_eq!(world.pay(ente, &second.notice_number.unwrap(), 100).await, []);

        // The one that holds the IUD comes first, not the latest.
        let older = world.create(ente, "IUD3", 100).await;
        positions.cancel(&call(), ente.id, &iud("IUD3")).await.unwrap();
        let newer = world.create(ente, "IUD3", 100).await;
        positions.cancel(&call(), ente.id, &iud("IUD3")).await.unwrap();
        world.pay(ente, &older.notice_number.unwrap(), 100).await;
        world.pay(ente, &newer.notice_number.unwrap(), 100).await;
        let found = positions.by_iud(ente.id, &iud("IUD3")).await.unwrap();
        assert_eq!(found.iter().map(|i| i.id).collect::<Vec<_>>(), [older.id, newer.id]);
        world.verify().await;
    }
}

#[tokio::test]
async fn paid_after_a_binding_day_is_flagged_by_the_day_of_payment() {
    for world in worlds().await {
        let ente = &world.ente;
        let mut dated = content(ente, "IUD1", 100);
        (dated.type_id, dated.due_date) = (ente.binding, Some(jiff::civil::date(2026, 3, 9)));
        let created = world.engine.positions.create(&call(), ente.id, dated.clone()).await.unwrap();
        let found = world.pay(ente, &created.notice_number.unwrap(), 100).await;
        assert_eq!(found, [Anomaly::PaidWhenExpired]);
        // Paid in time, told late.
        dated.transfers = vec![line(ente, "IUD2", 100)];
        let created = world.engine.positions.create(&call(), ente.id, dated).await.unwrap();
        let mut content = receipt(ente, &created.notice_number.unwrap(), "R2", 100);
        content.paid_at = "2026-03-09T22:59:59Z".parse().unwrap();
        assert_eq!(anomalies(world.accept(ente, content).await), []);
    }
}

struct Teller(&'static str);

impl Listener for Teller {
    fn receipt_accepted(&self, event: &ReceiptAccepted<'_>) -> Result<Vec<NewJob>, EngineError> {
        let payload = json!({ "receipt": event.receipt, "ours": event.installment.is_some() });
        Ok(vec![NewJob { kind: self.0, key: Some(event.receipt.to_string()), payload, max_attempts: 3 }])
    }
}

struct Failing;

impl Listener for Failing {
    fn receipt_accepted(&self, _: &ReceiptAccepted<'_>) -> Result<Vec<NewJob>, EngineError> {
        Err(EngineError::Internal("broken".to_owned()))
    }
}

#[tokio::test]
async fn deliveries_start_with_the_receipt_and_a_broken_listener_refuses_nothing() {
    for world in worlds().await {
        let (engine, ente) = (&world.engine, &world.ente);
        engine.delivery.subscribe(Arc::new(Failing));
        engine.delivery.subscribe(Arc::new(Teller("push")));
        let created = world.create(ente, "IUD1", 100).await;
        let content = receipt(ente, &created.notice_number.unwrap(), "R1", 100);
        assert_eq!(anomalies(world.accept(ente, content.clone()).await), []);
        assert_eq!(world.accept(ente, content).await, Acceptance::Duplicate);
        // The sound listener was heard, once; the receipt is there.
        assert_eq!(engine.jobs.counts().await.unwrap(), [("push".to_owned(), "READY", 1)]);
        assert_eq!(engine.receipts.of_installment(ente.id, created.id).await.unwrap().len(), 1);
        world.verify().await;
    }
}

#[tokio::test]
async fn receipts_of_an_iuv_keep_their_order_of_arrival() {
    for world in worlds().await {
        let notice = NoticeNumber::parse("301000000000099999").unwrap();
        for n in 0..5 {
            world.accept(&world.ente, receipt(&world.ente, &notice, &format!("R{}", 9 - n), 100)).await;
        }
        let iuv = Iuv::parse(notice.iuv().as_str()).unwrap();
        let found = world.engine.receipts.by_iuv(world.ente.id, &iuv).await.unwrap();
        let ids: Vec<_> = found.iter().map(|r| r.content.receipt_id.as_str()).collect();
        assert_eq!(ids, ["R9", "R8", "R7", "R6", "R5"]);
    }
}
