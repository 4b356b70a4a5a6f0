//! Create, repeat, edit, cancel, judge, activate; nothing of another ente.

use std::slice;

use engine::positions::{Activation, ChangeError, CreateError, DuePayee, IuvChoice, PayError};
use jiff::civil::date;
use model::{InstallmentStatus, Iuv, NotPayable};

use crate::support::*;

db::statements! {
    ATTEMPTS = "select count(*), sum(amount) from payment_attempt where organization_id = $1 and installment_id = $2";
}

#[tokio::test]
async fn a_new_position_is_found_by_every_name() {
    for world in worlds().await {
        let (positions, ente) = (&world.engine.positions, &world.ente);
        let created = world.create(ente, "IUD1", 1050).await;
        let (iuv, notice) = (created.iuv.unwrap(), created.notice_number.unwrap());
        assert!(!created.repeated);
        assert_eq!(notice.as_str(), format!("3{iuv}"));
        assert!(notice.check_digits_ok());
        let found = positions.by_id(ente.id, created.id).await.unwrap().unwrap();
        assert_eq!(found.status, InstallmentStatus::Unpaid);
        assert_eq!((found.amount, found.debtor.clone()), (cents(1050), debtor()));
        let sent = content(ente, "IUD1", 1050);
        assert_eq!((found.transfers.clone(), found.dialect.clone()), (sent.transfers, sent.dialect));
        assert_eq!(
            positions.by_iud(ente.id, &iud("IUD1")).await.unwrap().as_slice(),
            slice::from_ref(&found)
        );
        assert_eq!(positions.by_iuv(ente.id, &iuv).await.unwrap().as_slice(), slice::from_ref(&found));
        assert_eq!(positions.by_notice(ente.id, &notice).await.unwrap(), Some(found));
        assert!(positions.iud_in_use(ente.id, &iud("IUD1")).await.unwrap());
        assert!(!positions.iud_in_use(ente.id, &iud("IUD2")).await.unwrap());

        let due = positions.due(ente.id, &notice).await.unwrap();
        assert_eq!(due.transfers.len(), 1);
        assert_eq!(due.transfers[0].remittance, format!("/RFB/{iuv}/10.50/TXT/Causale IUD1"));
        assert_eq!(due.transfers[0].category, "9/0101101IM/");
        assert!(matches!(&due.transfers[0].payee, DuePayee::Account { iban, .. } if iban.as_str() == IBAN));
        assert_eq!(world.events("installment.created").await, 1);
        world.verify().await;
    }
}

#[tokio::test]
async fn a_repetition_answers_the_same_and_burns_no_number() {
    for world in worlds().await {
        let first = world.create(&world.ente, "IUD1", 100).await;
        world.clock.advance(24 * 3600);
        let again = world.create(&world.ente, "IUD1", 100).await;
        assert!(again.repeated);
        assert_eq!(
            (again.id, again.iuv, again.notice_number),
            (first.id, first.iuv.clone(), first.notice_number)
        );
        let next = world.create(&world.ente, "IUD2", 100).await.iuv.unwrap();
        let number = |iuv: &Iuv| iuv.as_str()[..15].parse::<u64>().unwrap();
        assert_eq!(number(&next), number(&first.iuv.unwrap()) + 1);

        let create = |amount| {
            world.engine.positions.create(call_ref(), world.ente.id, content(&world.ente, "IUD1", amount))
        };
        assert!(matches!(create(101).await, Err(CreateError::DuplicateIud(taken)) if taken == iud("IUD1")));
        world.clock.advance(1);
        assert!(matches!(create(100).await, Err(CreateError::DuplicateIud(_))), "a day has passed");
        assert_eq!(world.events("installment.created").await, 2);
    }
}

#[tokio::test]
async fn given_numbers_are_kept_and_unique() {
    for world in worlds().await {
        let (positions, ente) = (&world.engine.positions, &world.ente);
        let given = |code: &str, iuv: &str| {
            let choice = IuvChoice::Given(Iuv::parse(iuv).unwrap());
            positions.create(
                call_ref(),
                ente.id,
                engine::positions::InstallmentContent { iuv: choice, ..content(ente, code, 100) },
            )
        };
        let long = given("A", "01990000000000123").await.unwrap();
        assert_eq!(long.notice_number.unwrap().as_str(), "301990000000000123");
        let short = given("B", "123456789012345").await.unwrap();
        assert_eq!(
            short.notice_number.unwrap().as_str(),
            "001123456789012345",
            "application code of the ente"
        );
        assert_eq!(given("C", "RF18539007547034").await.unwrap().notice_number, None);
        assert!(matches!(given("D", "01990000000000123").await, Err(CreateError::DuplicateIuv(_))));
        assert!(given("A", "01990000000000123").await.unwrap().repeated);
        let none = engine::positions::InstallmentContent { iuv: IuvChoice::None, ..content(ente, "E", 100) };
        let none = positions.create(&call(), ente.id, none).await.unwrap();
        assert_eq!((none.iuv, none.notice_number), (None, None));
    }
}

#[tokio::test]
async fn contents_that_ask_for_nothing_or_too_much_are_refused() {
    for world in worlds().await {
        let (positions, ente) = (&world.engine.positions, &world.ente);
        let with = |count: usize, amount: i64| {
            let mut content = content(ente, "IUD1", 1);
            content.transfers = (0..count).map(|n| line(ente, &format!("IUD{n}"), amount)).collect();
            positions.create(call_ref(), ente.id, content)
        };
        assert!(matches!(with(0, 1).await, Err(CreateError::Engine(_))));
        assert!(matches!(with(6, 1).await, Err(CreateError::Engine(_))));
        assert!(matches!(with(2, 0).await, Err(CreateError::Amount(model::AmountError::Zero))));
        assert!(matches!(
            with(2, model::Cents::MAX.get()).await,
            Err(CreateError::Amount(model::AmountError::TooLarge))
        ));
        assert!(!positions.iud_in_use(ente.id, &iud("IUD0")).await.unwrap());
        let five = with(5, 20).await.unwrap();
        let found = positions.by_id(ente.id, five.id).await.unwrap().unwrap();
        assert_eq!((found.amount, found.transfers.len()), (cents(100), 5));
        assert_eq!(positions.by_iud(ente.id, &iud("IUD4")).await.unwrap()[0].id, five.id);
        world.create(ente, "IUD9", 1).await;
        let mut zero = content(ente, "IUD9", 1);
        zero.transfers[0].amount = cents(0);
        assert!(matches!(
            positions.edit(&call(), ente.id, &iud("IUD9"), zero).await,
            Err(ChangeError::Amount(_))
        ));
    }
}

#[tokio::test]
async fn an_edit_replaces_all_but_type_and_number() {
    for world in worlds().await {
        let (positions, ente) = (&world.engine.positions, &world.ente);
        let created = world.create(ente, "IUD1", 100).await;
        let code = iud("IUD1");
        let edit = |content| positions.edit(call_ref(), ente.id, &code, content);
        let same = IuvChoice::Given(created.iuv.clone().unwrap());

        let mut new = content(ente, "IUD1", 250);
        assert!(matches!(edit(new.clone()).await, Err(ChangeError::IuvRemoved)));
        new.iuv = IuvChoice::Given(Iuv::parse("01990000000000123").unwrap());
        assert!(matches!(edit(new.clone()).await, Err(ChangeError::IuvChanged)));
        new.iuv = same;
        new.description = "Altra causale".to_owned();
        new.due_date = Some(date(2026, 5, 1));
        edit(new.clone()).await.unwrap();
        let found = positions.by_id(ente.id, created.id).await.unwrap().unwrap();
        assert_eq!((found.amount, found.description.as_str()), (cents(250), "Altra causale"));
        assert_eq!(
            (found.due_date, found.transfers, found.iuv),
            (new.due_date, new.transfers.clone(), created.iuv)
        );
        assert_eq!(found.status, InstallmentStatus::Unpaid);

        assert!(matches!(
            edit(engine::positions::InstallmentContent { type_id: ente.binding, ..new.clone() }).await,
            Err(ChangeError::TypeChanged)
        ));
        let unknown = positions.edit(&call(), ente.id, &iud("NONE"), new.clone()).await;
        assert!(matches!(unknown, Err(ChangeError::NotFound)));
        world.pay(ente, &created.notice_number.unwrap(), 250).await;
        assert!(matches!(edit(new).await, Err(ChangeError::State(InstallmentStatus::Paid))));
        assert_eq!(world.events("installment.changed").await, 1);
        world.verify().await;
    }
}

#[tokio::test]
async fn an_edit_may_add_a_number_that_is_free() {
    for world in worlds().await {
        let (positions, ente) = (&world.engine.positions, &world.ente);
        let taken = world.create(ente, "OTHER", 100).await.iuv.unwrap();
        let mut new = content(ente, "IUD1", 100);
        new.iuv = IuvChoice::None;
        positions.create(&call(), ente.id, new.clone()).await.unwrap();
        new.iuv = IuvChoice::Given(taken);
        let refused = positions.edit(&call(), ente.id, &iud("IUD1"), new.clone()).await;
        assert!(matches!(refused, Err(ChangeError::DuplicateIuv)));
        new.iuv = IuvChoice::Generate;
        let edited = positions.edit(&call(), ente.id, &iud("IUD1"), new).await.unwrap();
        let notice = edited.notice_number.unwrap();
        assert_eq!(positions.due(ente.id, &notice).await.unwrap().installment.id, edited.id);
    }
}

#[tokio::test]
async fn a_cancelled_position_frees_its_names() {
    for world in worlds().await {
        let (positions, ente) = (&world.engine.positions, &world.ente);
        let first = world.create(ente, "IUD1", 100).await;
        let (iuv, notice) = (first.iuv.unwrap(), first.notice_number.unwrap());
        positions.cancel(&call(), ente.id, &iud("IUD1")).await.unwrap();
        assert!(matches!(
            positions.due(ente.id, &notice).await,
            Err(PayError::NotPayable(NotPayable::Cancelled))
        ));
        assert!(matches!(positions.cancel(&call(), ente.id, &iud("IUD1")).await, Err(ChangeError::NotFound)));
        assert!(!positions.iud_in_use(ente.id, &iud("IUD1")).await.unwrap());

        let mut again = content(ente, "IUD1", 700);
        again.iuv = IuvChoice::Given(iuv.clone());
        let second = positions.create(&call(), ente.id, again).await.unwrap();
        assert_ne!(second.id, first.id);
        assert_eq!(positions.due(ente.id, &notice).await.unwrap().installment.amount, cents(700));
        let both = positions.by_iuv(ente.id, &iuv).await.unwrap();
        assert_eq!(both.iter().map(|i| i.id).collect::<Vec<_>>(), [second.id, first.id], "in use first");

        assert_eq!(world.pay(ente, &notice, 700).await, []);
        let paid = positions.by_id(ente.id, second.id).await.unwrap().unwrap();
        assert_eq!(paid.status, InstallmentStatus::Paid);
        let cancelled = positions.by_id(ente.id, first.id).await.unwrap().unwrap();
        assert_eq!(cancelled.status, InstallmentStatus::Cancelled);
        assert!(matches!(
            positions.cancel(&call(), ente.id, &iud("IUD1")).await,
            Err(ChangeError::State(InstallmentStatus::Paid))
        ));
        assert_eq!(world.events("installment.cancelled").await, 1);
    }
}

#[tokio::test]
async fn due_dates_bind_to_the_end_of_the_day_in_rome() {
    for world in worlds().await {
        let (positions, ente) = (&world.engine.positions, &world.ente);
        let dated = |code: &str, type_id| {
            let mut content = content(ente, code, 100);
            (content.type_id, content.due_date) = (type_id, Some(date(2026, 3, 10)));
            positions.create(call_ref(), ente.id, content)
        };
        let binding = dated("A", ente.binding).await.unwrap().notice_number.unwrap();
        let free = dated("B", ente.free).await.unwrap().notice_number.unwrap();
        // 23:59:59 in Rome, then midnight.
        world.clock.advance(14 * 3600 - 1);
        assert!(positions.due(ente.id, &binding).await.is_ok());
        world.clock.advance(1);
        assert!(matches!(
            positions.due(ente.id, &binding).await,
            Err(PayError::NotPayable(NotPayable::Expired))
        ));
        assert!(positions.due(ente.id, &free).await.is_ok());
    }
}

#[tokio::test]
async fn each_activation_is_recorded_while_the_position_is_open() {
    for world in worlds().await {
        let (positions, ente) = (&world.engine.positions, &world.ente);
        let created = world.create(ente, "IUD1", 100).await;
        let (id, notice) = (created.id, created.notice_number.unwrap());
        let activation =
            || Activation { transfer_type: Some("POSTAL".to_owned()), payment_note: Some("nota".to_owned()) };
        for _ in 0..2 {
            let due = positions.activate(&call(), ente.id, &notice, activation()).await.unwrap();
            assert_eq!(due.installment.id, id);
        }
        world.pay(ente, &notice, 100).await;
        let refused = positions.activate(&call(), ente.id, &notice, activation()).await;
        assert!(matches!(refused, Err(PayError::NotPayable(NotPayable::AlreadyPaid))));
        let organization = ente.id;
        let attempts = world
            .db
            .read(move |tx| {
                tx.one(&ATTEMPTS, &[organization.into(), id.into()], |row| Ok((row.int(0)?, row.int(1)?)))
            })
            .await
            .unwrap();
        assert_eq!(attempts, (2, 200));
        assert_eq!(world.events("payment.activated").await, 2);
        let unknown = model::NoticeNumber::parse("000000000000000000").unwrap();
        assert!(matches!(
            positions.activate(&call(), ente.id, &unknown, activation()).await,
            Err(PayError::Unknown)
        ));
    }
}

#[tokio::test]
async fn nothing_of_another_ente_is_found_or_changed() {
    for world in worlds().await {
        let (positions, ente, other) = (&world.engine.positions, &world.ente, &world.other);
        let mine = world.create(ente, "IUD1", 100).await;
        let (iuv, notice) = (mine.iuv.unwrap(), mine.notice_number.unwrap());
        assert_eq!(positions.by_id(other.id, mine.id).await.unwrap(), None);
        assert_eq!(positions.by_iud(other.id, &iud("IUD1")).await.unwrap(), []);
        assert_eq!(positions.by_iuv(other.id, &iuv).await.unwrap(), []);
        assert_eq!(positions.by_notice(other.id, &notice).await.unwrap(), None);
        assert!(!positions.iud_in_use(other.id, &iud("IUD1")).await.unwrap());
        assert!(matches!(positions.due(other.id, &notice).await, Err(PayError::Unknown)));
        assert!(matches!(
            positions.cancel(&call(), other.id, &iud("IUD1")).await,
            Err(ChangeError::NotFound)
        ));
        let edit = positions.edit(&call(), other.id, &iud("IUD1"), content(other, "IUD1", 5)).await;
        assert!(matches!(edit, Err(ChangeError::NotFound)));

        // The same IUD, and even the same notice number, are another thing in another ente.
        let theirs = world.create(other, "IUD1", 900).await;
        assert_eq!(theirs.notice_number.as_ref(), Some(&notice));
        assert_ne!(theirs.id, mine.id);
        world.pay(other, &notice, 900).await;
        assert_eq!(positions.due(ente.id, &notice).await.unwrap().installment.amount, cents(100));
        let receipts = &world.engine.receipts;
        assert!(receipts.by_iuv(ente.id, &iuv).await.unwrap().is_empty());
        let [stored] = &receipts.by_iuv(other.id, &iuv).await.unwrap()[..] else { panic!("one receipt") };
        assert_eq!(receipts.by_key(ente.id, stored.key).await.unwrap(), None);
        assert!(receipts.of_installment(ente.id, theirs.id).await.unwrap().is_empty());
        assert!(world.engine.documents.receipt_pdf(ente.id, stored.key).await.unwrap().is_none());
        assert!(world.engine.documents.notice_pdf(ente.id, theirs.id).await.unwrap().is_none());
        assert!(world.engine.documents.notice_pdf(ente.id, mine.id).await.unwrap().is_some());
    }
}
