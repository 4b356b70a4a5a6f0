//! From "please pay this" to a browser that comes back, and to the receipts.

use engine::carts::{
    BrowserOutcome, Cart, CartItem, CartState, Channel, CheckoutError, CheckoutReturns, ConfirmError,
    NewCart, NewDebt, Payer,
};
use engine::positions::{InstallmentContent, IuvChoice, PayError};
use engine::receipts::Anomaly;
use model::{InstallmentStatus, NotPayable, NoticeNumber};

use crate::support::*;

pub fn debt(ente: &Ente, code: &str, amount: i64) -> CartItem {
    CartItem::New(Box::new(NewDebt { line: line(ente, code, amount), debtor: debtor() }))
}

pub fn new_cart(ente: &Ente, name: &str, items: Vec<CartItem>) -> NewCart {
    let to = |outcome: &str| format!("https://snodo.example/{name}/{outcome}");
    NewCart {
        organization_id: ente.id,
        session_id: format!("session-{name}"),
        landing_token: format!("token-{name}"),
        channel: Channel::Sil,
        show_recap: true,
        return_url: Some("https://sil.example/esito".to_owned()),
        checkout_returns: CheckoutReturns { ok: to("ok"), cancel: to("cn"), error: to("ko") },
        items,
        lifetime_s: 3600,
    }
}

impl World {
    pub async fn prepare(&self, name: &str, items: Vec<CartItem>) {
        self.engine.carts.prepare(&call(), new_cart(&self.ente, name, items)).await.unwrap();
    }

    pub async fn confirm(&self, name: &str) -> Result<String, ConfirmError> {
        let payer = Payer { email: Some("payer@example.it".to_owned()) };
        self.engine.carts.confirm(&call(), &format!("token-{name}"), payer).await
    }

    pub async fn cart(&self, name: &str) -> Cart {
        self.engine.carts.by_token(&format!("token-{name}")).await.unwrap().unwrap()
    }

    pub async fn back(&self, name: &str, outcome: BrowserOutcome) -> CartState {
        let token = format!("token-{name}");
        self.engine.carts.came_back(&call(), &token, outcome).await.unwrap().unwrap().state
    }

    /// The notice of the n-th payment of a cart.
    pub async fn notice(&self, name: &str, n: usize) -> NoticeNumber {
        let (organization, id) = self.cart(name).await.payments[n];
        let found = self.engine.positions.by_id(organization, id).await.unwrap().unwrap();
        found.notice_number.unwrap()
    }
}

#[tokio::test]
async fn a_cart_is_paid_when_its_receipt_comes() {
    for world in worlds().await {
        world.prepare("c", vec![debt(&world.ente, "A", 100)]).await;
        let cart = world.cart("c").await;
        assert_eq!((cart.state, cart.payments.len(), cart.items.len()), (CartState::Prepared, 0, 1));
        assert!(
            !world.engine.positions.iud_in_use(world.ente.id, &iud("A")).await.unwrap(),
            "nothing is reserved"
        );

        assert_eq!(world.confirm("c").await.unwrap(), "https://checkout.example/1");
        assert_eq!(world.cart("c").await.state, CartState::InProgress);
        assert_eq!(
            world.confirm("c").await.unwrap(),
            "https://checkout.example/2",
            "once more, the same notice"
        );
        {
            let asked = world.checkout.asked.lock().unwrap();
            assert_eq!(asked[0], asked[1]);
            assert_eq!((asked[0].cart_id.as_str(), asked[0].notices.len()), ("session-c", 1));
            assert_eq!(asked[0].notices[0].amount, cents(100));
            assert_eq!(asked[0].email.as_deref(), Some("payer@example.it"));
        }
        assert_eq!(
            world.back("c", BrowserOutcome::Ok).await,
            CartState::InProgress,
            "only a receipt says paid"
        );
        let notice = world.notice("c", 0).await;
        assert_eq!(world.pay(&world.ente, &notice, 100).await, []);
        assert_eq!(world.cart("c").await.state, CartState::Paid);
        assert_eq!(world.back("c", BrowserOutcome::Cancelled).await, CartState::Paid, "too late to give up");
        assert!(matches!(world.confirm("c").await, Err(ConfirmError::Over(CartState::Paid))));
        for (event, count) in
            [("cart.prepared", 1), ("cart.confirmed", 1), ("cart.at_checkout", 1), ("cart.paid", 1)]
        {
            assert_eq!(world.events(event).await, count, "{event}");
        }
        world.verify().await;
    }
}

#[tokio::test]
async fn several_debts_become_one_payment_with_one_transfer_each() {
    for world in worlds().await {
        let items = vec![debt(&world.ente, "A", 100), debt(&world.ente, "B", 250), debt(&world.ente, "C", 1)];
        world.prepare("c", items).await;
        world.confirm("c").await.unwrap();
        let cart = world.cart("c").await;
        let [(organization, id)] = cart.payments[..] else { panic!("one payment") };
        let found = world.engine.positions.by_id(organization, id).await.unwrap().unwrap();
        assert_eq!(
            (found.amount, found.description.as_str(), found.cart_only),
            (cents(351), "causali multiple", true)
        );
        let parts: Vec<_> =
            found.transfers.iter().map(|t| (t.iud.as_ref().unwrap().to_string(), t.amount.get())).collect();
        assert_eq!(parts, [("A".to_owned(), 100), ("B".to_owned(), 250), ("C".to_owned(), 1)]);
        assert_eq!(found.due_date, Some(jiff::civil::date(2026, 4, 9)));
        let due =
            world.engine.positions.due(world.ente.id, found.notice_number.as_ref().unwrap()).await.unwrap();
        assert_eq!(due.transfers.iter().map(|t| t.number).collect::<Vec<_>>(), [1, 2, 3]);
        for code in ["A", "B", "C"] {
            assert!(world.engine.positions.iud_in_use(world.ente.id, &iud(code)).await.unwrap());
        }
        let cancelled = world.engine.positions.cancel(&call(), world.ente.id, &iud("A")).await;
        assert!(cancelled.is_err(), "what a cart made is not the SIL's to cancel");
    }
}

#[tokio::test]
async fn notices_of_several_enti_are_paid_together() {
    for world in worlds().await {
        let mut items = vec![debt(&world.ente, "NEW", 30)];
        for ente in [&world.ente, &world.other] {
            let created = world.create(ente, "OLD", 100).await;
            items.push(CartItem::Existing { organization_id: ente.id, installment_id: created.id });
        }
        world.prepare("c", items).await;
        world.confirm("c").await.unwrap();
        let cart = world.cart("c").await;
        assert_eq!(cart.payments.len(), 3);
        assert_eq!(world.checkout.asked.lock().unwrap()[0].notices.len(), 3);
        for (n, ente, amount) in [(0, &world.ente, 30), (1, &world.ente, 100), (2, &world.other, 100)] {
            assert_eq!(world.cart("c").await.state, CartState::InProgress);
            let notice = world.notice("c", n).await;
            world.pay(ente, &notice, amount).await;
        }
        assert_eq!(world.cart("c").await.state, CartState::Paid);
        let carts = &world.engine.carts;
        assert!(carts.by_session(world.ente.id, "session-c").await.unwrap().is_some());
        assert!(
            carts.by_session(world.other.id, "session-c").await.unwrap().is_none(),
            "another ente's session"
        );
    }
}

#[tokio::test]
async fn giving_up_closes_what_the_cart_made_and_nothing_else() {
    for (round, outcome) in [BrowserOutcome::Cancelled, BrowserOutcome::Error].into_iter().enumerate() {
        for world in worlds().await {
            let old = world.create(&world.ente, "OLD", 100).await;
            let existing = CartItem::Existing { organization_id: world.ente.id, installment_id: old.id };
            world.prepare("c", vec![debt(&world.ente, "A", 50), existing]).await;
            world.confirm("c").await.unwrap();
            let notice = world.notice("c", 0).await;
            for _ in 0..2 {
                assert_eq!(world.back("c", outcome).await, CartState::Cancelled);
            }
            assert_eq!(world.events("cart.cancelled").await, 1);
            let due = |notice| world.engine.positions.due(world.ente.id, notice);
            assert!(matches!(due(&notice).await, Err(PayError::NotPayable(NotPayable::Cancelled))));
            assert!(due(old.notice_number.as_ref().unwrap()).await.is_ok());
            assert!(
                world.engine.positions.iud_in_use(world.ente.id, &iud("A")).await.unwrap(),
                "taken for ever"
            );
            assert!(matches!(world.confirm("c").await, Err(ConfirmError::Over(CartState::Cancelled))));

            // The money moved all the same.
            assert_eq!(
                world.pay(&world.ente, &notice, 50).await,
                [Anomaly::PaidWhenCancelled],
                "round {round}"
            );
            assert_eq!(world.cart("c").await.state, CartState::Cancelled, "the other notice is open");
            world.pay(&world.ente, old.notice_number.as_ref().unwrap(), 100).await;
            assert_eq!(world.cart("c").await.state, CartState::Paid);
            world.verify().await;
        }
    }
}

#[tokio::test]
async fn carts_end_with_their_time() {
    for world in worlds().await {
        let token = |name: &str| format!("token-{name}");
        world.checkout.refusals.lock().unwrap().push(CheckoutError::Unavailable("away".to_owned()));
        world.prepare("ready", vec![debt(&world.ente, "R", 10)]).await;
        assert!(matches!(
            world.confirm("ready").await,
            Err(ConfirmError::Checkout(CheckoutError::Unavailable(_)))
        ));
        world.prepare("prepared", vec![debt(&world.ente, "P", 10)]).await;
        world.prepare("gone", vec![debt(&world.ente, "G", 10)]).await;
        world.confirm("gone").await.unwrap();
        let states = || async {
            let mut states = Vec::new();
            for name in ["prepared", "ready", "gone"] {
                states.push(world.cart(name).await.state);
            }
            states
        };
        use CartState::{Expired, InProgress, Prepared, Ready};
        world.clock.advance(3599);
        assert_eq!(world.engine.carts.expire(&call()).await.unwrap(), 0);
        assert_eq!(states().await, [Prepared, Ready, InProgress]);
        world.clock.advance(1);
        assert_eq!(states().await, [Expired, Expired, InProgress], "judged before the schedule runs");
        assert!(matches!(world.confirm("prepared").await, Err(ConfirmError::Over(Expired))));
        assert!(matches!(world.confirm("ready").await, Err(ConfirmError::Over(Expired))));
        assert_eq!(world.engine.carts.expire(&call()).await.unwrap(), 2);
        assert_eq!(world.engine.carts.expire(&call()).await.unwrap(), 0);
        world.clock.advance(24 * 3600 - 1);
        assert_eq!(states().await, [Expired, Expired, InProgress]);
        world.clock.advance(1);
        assert_eq!(world.engine.carts.expire(&call()).await.unwrap(), 1);
        assert_eq!(states().await, [Expired, Expired, Expired]);
        let notice = world.notice("gone", 0).await;
        let judged = world.engine.positions.due(world.ente.id, &notice).await;
        assert!(matches!(judged, Err(PayError::NotPayable(NotPayable::Cancelled))));
        assert_eq!(world.pay(&world.ente, &notice, 10).await, [Anomaly::PaidWhenCancelled]);
        assert_eq!(world.cart("gone").await.state, CartState::Paid, "late, but paid");
        assert!(world.engine.carts.by_token(&token("none")).await.unwrap().is_none());
        assert_eq!(world.events("cart.expired").await, 3);
    }
}

#[tokio::test]
async fn a_checkout_that_refuses_or_is_away_can_be_asked_again() {
    for world in worlds().await {
        world.prepare("c", vec![debt(&world.ente, "A", 10)]).await;
        *world.checkout.refusals.lock().unwrap() =
            vec![CheckoutError::Unavailable("away".to_owned()), CheckoutError::Refused("422".to_owned())];
        assert!(matches!(world.confirm("c").await, Err(ConfirmError::Checkout(CheckoutError::Refused(_)))));
        assert_eq!(world.cart("c").await.state, CartState::Ready);
        assert!(matches!(
            world.confirm("c").await,
            Err(ConfirmError::Checkout(CheckoutError::Unavailable(_)))
        ));
        world.confirm("c").await.unwrap();
        assert_eq!(world.cart("c").await.payments.len(), 1);
        let asked = world.checkout.asked.lock().unwrap();
        assert_eq!(asked.len(), 3);
        assert!(asked.iter().all(|request| request == &asked[0]), "one notice, asked three times");
    }
}

#[tokio::test]
async fn an_iud_taken_meanwhile_stops_the_cart() {
    for world in worlds().await {
        world.prepare("c", vec![debt(&world.ente, "FREE", 10), debt(&world.ente, "A", 10)]).await;
        world.create(&world.ente, "A", 10).await;
        assert!(matches!(world.confirm("c").await, Err(ConfirmError::IudTaken(taken)) if taken == iud("A")));
        assert_eq!(world.cart("c").await.state, CartState::Prepared, "nothing was half done");
        assert!(!world.engine.positions.iud_in_use(world.ente.id, &iud("FREE")).await.unwrap());
        assert!(world.checkout.asked.lock().unwrap().is_empty());
        // The same IUD of another ente is another matter.
        world.create(&world.other, "FREE", 10).await;
        world.prepare("d", vec![debt(&world.ente, "FREE", 10)]).await;
        world.confirm("d").await.unwrap();
    }
}

#[tokio::test]
async fn a_notice_that_cannot_be_paid_stops_the_cart_before_anything_is_made() {
    for world in worlds().await {
        let old = world.create(&world.ente, "OLD", 100).await;
        let existing = || CartItem::Existing { organization_id: world.ente.id, installment_id: old.id };
        world.prepare("c", vec![debt(&world.ente, "NEW", 10), existing()]).await;
        world.pay(&world.ente, old.notice_number.as_ref().unwrap(), 100).await;
        let refused = world.confirm("c").await;
        assert!(matches!(
            refused,
            Err(ConfirmError::NotPayable(PayError::NotPayable(NotPayable::AlreadyPaid)))
        ));
        assert!(!world.engine.positions.iud_in_use(world.ente.id, &iud("NEW")).await.unwrap());
        assert_eq!(world.cart("c").await.state, CartState::Prepared);
        assert!(matches!(world.confirm("none").await, Err(ConfirmError::NotFound)));
        let unnumbered =
            InstallmentContent { iuv: IuvChoice::None, ..content(&world.ente, "NUMBERLESS", 10) };
        let created = world.engine.positions.create(&call(), world.ente.id, unnumbered).await.unwrap();
        let existing = CartItem::Existing { organization_id: world.ente.id, installment_id: created.id };
        world.prepare("d", vec![existing]).await;
        assert!(matches!(world.confirm("d").await, Err(ConfirmError::NotPayable(PayError::Unknown))));
        assert_eq!(world.cart("d").await.state, CartState::Prepared);
    }
}

#[tokio::test]
async fn a_receipt_settles_every_cart_of_the_notice() {
    for world in worlds().await {
        let old = world.create(&world.ente, "OLD", 100).await;
        for name in ["mother", "father"] {
            let existing = CartItem::Existing { organization_id: world.ente.id, installment_id: old.id };
            world.prepare(name, vec![existing]).await;
            world.confirm(name).await.unwrap();
        }
        world.pay(&world.ente, old.notice_number.as_ref().unwrap(), 100).await;
        assert_eq!(world.cart("mother").await.state, CartState::Paid);
        assert_eq!(world.cart("father").await.state, CartState::Paid);
        assert_eq!(world.events("cart.paid").await, 2);
        let found = world.engine.positions.by_id(world.ente.id, old.id).await.unwrap().unwrap();
        assert_eq!(found.status, InstallmentStatus::Paid);
    }
}

#[tokio::test]
async fn carts_of_none_or_too_many_items_are_refused() {
    for world in worlds().await {
        for count in [0, 6] {
            let items = (0..count).map(|n| debt(&world.ente, &format!("D{n}"), 10)).collect();
            assert!(world.engine.carts.prepare(&call(), new_cart(&world.ente, "c", items)).await.is_err());
        }
    }
}
