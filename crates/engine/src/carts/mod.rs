//! Carts: from "please pay this" to a browser that comes back.
//!
//! A prepared cart reserves nothing. Confirming it makes the installment of its new debts (IUDs are then
//! taken for ever, `mypay-soap.md` §10.6) and opens a cart at the national checkout. Only receipts say
//! that it was paid.

mod checkout;
mod confirm;
pub(crate) mod store;
mod types;

use std::sync::Arc;

use db::{Tx, Value};
use jiff::{SignedDuration, Timestamp};
use model::Trigger;

use crate::call::{Call, Identifiers};
use crate::core::Core;
use crate::error::EngineError;
use crate::ids::{CartId, InstallmentId, OrganizationId};
use crate::journal::{Entry, Journal};
use crate::positions::{self, Positions};

pub use checkout::{Checkout, CheckoutError};
pub use confirm::ConfirmError;
pub use types::{
    BrowserOutcome, Cart, CartItem, CartState, Channel, CheckoutNotice, CheckoutRequest, CheckoutReturns,
    NewCart, NewDebt, Payer, Replica,
};

/// A payer who went to the checkout and never came back: after this the cart is over (§10.5).
const IN_PROGRESS_AT_MOST: SignedDuration = SignedDuration::from_hours(24);
/// How far back a payment counts as the same one repeated (§11.1).
const REPLICA_WINDOW: SignedDuration = SignedDuration::from_hours(24);

/// The carts area.
#[derive(Clone)]
pub struct Carts {
    core: Arc<Core>,
    journal: Journal,
    positions: Positions,
    checkout: Arc<dyn Checkout>,
}

impl Carts {
    pub(crate) fn new(
        core: Arc<Core>,
        journal: Journal,
        positions: Positions,
        checkout: Arc<dyn Checkout>,
    ) -> Self {
        Self { core, journal, positions, checkout }
    }

    /// Keeps a cart for the landing page.
    ///
    /// # Errors
    /// As the store.
    pub async fn prepare(&self, call: &Call, new: NewCart) -> Result<(), EngineError> {
        if new.items.is_empty() || new.items.len() > 5 {
            return Err(EngineError::Internal(format!("a cart of {} items: one to five", new.items.len())));
        }
        let (id, now) = (CartId::new(self.core.next_id()), self.core.clock.now());
        let expires_at = now + SignedDuration::from_secs(new.lifetime_s);
        let entry = Entry::event(call, now, new.organization_id, "cart.prepared")
            .with(Identifiers { session_id: Some(new.session_id.clone()), ..Identifiers::default() });
        let (returns, items) =
            (serde_json::to_value(&new.checkout_returns)?, serde_json::to_value(&new.items)?);
        let journal = self.journal.clone();
        self.core
            .db
            .write(move |tx| {
                tx.exec(
                    &store::INSERT,
                    &[
                        new.organization_id.into(),
                        id.into(),
                        new.session_id.as_str().into(),
                        new.landing_token.as_str().into(),
                        new.channel.as_str().into(),
                        CartState::Prepared.as_str().into(),
                        new.show_recap.into(),
                        new.return_url.clone().into(),
                        Value::Json(returns.clone()),
                        Value::Json(items.clone()),
                        now.into(),
                        expires_at.into(),
                    ],
                )?;
                journal.append(tx, std::slice::from_ref(&entry))
            })
            .await
    }

    /// The cart of a landing address.
    ///
    /// # Errors
    /// As the store.
    pub async fn by_token(&self, landing_token: &str) -> Result<Option<Cart>, EngineError> {
        self.one(&store::BY_TOKEN, vec![landing_token.into()]).await
    }

    /// The cart of a session, if it is this ente's.
    ///
    /// # Errors
    /// As the store.
    pub async fn by_session(
        &self,
        organization: OrganizationId,
        session_id: &str,
    ) -> Result<Option<Cart>, EngineError> {
        self.one(&store::BY_SESSION, vec![session_id.into(), organization.into()]).await
    }

    /// The cart of a session, whoever's: only for answers that tell nothing of what is in it.
    ///
    /// # Errors
    /// As the store.
    pub async fn by_session_anywhere(&self, session_id: &str) -> Result<Option<Cart>, EngineError> {
        self.one(&store::BY_SESSION_ANYWHERE, vec![session_id.into()]).await
    }

    /// The latest cart that pays an installment.
    ///
    /// # Errors
    /// As the store.
    pub async fn latest_of(
        &self,
        organization: OrganizationId,
        installment: InstallmentId,
    ) -> Result<Option<Cart>, EngineError> {
        self.one(&store::LATEST_OF, vec![organization.into(), installment.into()]).await
    }

    /// Whether the same debtor pays, or has paid, the same thing within the last 24 hours: same ente, type
    /// and causale (`mypay-soap.md` §11.1).
    ///
    /// # Errors
    /// As the store.
    pub async fn replica(&self, cart: &Cart) -> Result<Replica, EngineError> {
        let since = self.core.clock.now() - REPLICA_WINDOW;
        for item in &cart.items {
            let CartItem::New(debt) = item else { continue };
            let keys: [Value; 5] = [
                cart.organization_id.into(),
                debt.debtor.code.as_str().into(),
                debt.line.type_id.into(),
                debt.line.remittance.as_str().into(),
                since.into(),
            ];
            if debt.debtor.code.is_anonymous() {
                continue;
            }
            let (paid, being_paid) = self
                .core
                .db
                .read(move |tx| {
                    Ok::<_, EngineError>(
                        tx.one(&store::REPLICAS, &keys, |row| Ok((row.int(0)?, row.int(1)?)))?,
                    )
                })
                .await?;
            if paid > 0 {
                return Ok(Replica::Paid);
            }
            if being_paid > 0 {
                return Ok(Replica::BeingPaid);
            }
        }
        Ok(Replica::None)
    }

    /// The browser came back from the checkout. `Ok` waits for receipts; the others close the cart and
    /// what it alone had asked for, unless a receipt came first. Repeating changes nothing.
    ///
    /// # Errors
    /// As the store.
    pub async fn came_back(
        &self,
        call: &Call,
        landing_token: &str,
        outcome: BrowserOutcome,
    ) -> Result<Option<Cart>, EngineError> {
        if outcome != BrowserOutcome::Ok {
            let (token, now) = (landing_token.to_owned(), self.core.clock.now());
            let (journal, call) = (self.journal.clone(), call.clone());
            self.core
                .db
                .write(move |tx| close(tx, &journal, &call, &token, CartState::Cancelled, now))
                .await?;
        }
        self.by_token(landing_token).await
    }

    /// Closes carts whose time has passed. Returns how many.
    ///
    /// # Errors
    /// As the store.
    pub async fn expire(&self, call: &Call) -> Result<u64, EngineError> {
        let now = self.core.clock.now();
        let mut closed = 0;
        for (state, before) in [
            (CartState::Prepared, now),
            (CartState::Ready, now),
            (CartState::InProgress, now - IN_PROGRESS_AT_MOST),
        ] {
            let overdue = self
                .core
                .db
                .read(move |tx| store::find(tx, &store::OVERDUE, &[state.as_str().into(), before.into()]))
                .await?;
            for cart in overdue {
                let (journal, call, token) = (self.journal.clone(), call.clone(), cart.landing_token);
                self.core
                    .db
                    .write(move |tx| close(tx, &journal, &call, &token, CartState::Expired, now))
                    .await?;
                closed += 1;
            }
        }
        Ok(closed)
    }

    async fn one(
        &self,
        statement: &'static db::Statement,
        keys: Vec<Value>,
    ) -> Result<Option<Cart>, EngineError> {
        let now = self.core.clock.now();
        let found = self.core.db.read(move |tx| store::find(tx, statement, &keys)).await?;
        Ok(found.into_iter().next().map(|cart| judged(cart, now)))
    }
}

/// A prepared cart past its time is expired, whether or not the schedule has run.
fn judged(mut cart: Cart, now: Timestamp) -> Cart {
    if is_over(&cart, now) {
        cart.state = CartState::Expired;
    }
    cart
}

fn is_over(cart: &Cart, now: Timestamp) -> bool {
    match cart.state {
        CartState::Prepared | CartState::Ready => cart.expires_at <= now,
        CartState::InProgress => cart.expires_at + IN_PROGRESS_AT_MOST <= now,
        CartState::Paid | CartState::Cancelled | CartState::Expired => false,
    }
}

/// Closes an open cart and the installments it alone had asked for. Their IUDs stay taken.
fn close(
    tx: &mut Tx<'_>,
    journal: &Journal,
    call: &Call,
    landing_token: &str,
    state: CartState,
    now: Timestamp,
) -> Result<(), EngineError> {
    // Not locked here: installments first and the cart last, in the order of receipts, so that the two do not
    // wait for each other. Should the cart have changed meanwhile, the update at the end runs this again.
    let Some(cart) = store::find(tx, &store::BY_TOKEN, &[landing_token.into()])?.into_iter().next() else {
        return Ok(());
    };
    if cart.state.is_final() || (state == CartState::Expired && !is_over(&cart, now)) {
        // Paid or closed meanwhile; or found overdue, and then taken to the checkout.
        return Ok(());
    }
    for (organization, installment) in &cart.payments {
        let found = match positions::lock(tx, *organization, *installment) {
            Ok(found) => found,
            Err(positions::ChangeError::Engine(error)) => return Err(error),
            Err(lost) => return Err(EngineError::internal(lost)),
        };
        if !found.cart_only {
            continue;
        }
        // Refused for what a receipt closed meanwhile: that stays paid.
        if let Ok(next) = model::transition(found.status, Trigger::Cancel) {
            positions::set_status(tx, *organization, *installment, next, None, now)?;
        }
    }
    store::set_state(tx, cart.organization_id, cart.id, state, now)?;
    let name = if state == CartState::Expired { "cart.expired" } else { "cart.cancelled" };
    let entry = Entry::event(call, now, cart.organization_id, name)
        .with(Identifiers { session_id: Some(cart.session_id), ..Identifiers::default() });
    journal.append(tx, std::slice::from_ref(&entry))
}

/// A cart whose last receipt has come.
pub(crate) struct PaidCart {
    pub organization: OrganizationId,
    pub session_id: String,
}

/// A receipt came: every cart of the installment whose installments are all paid is paid, also one that
/// had been given up or had expired.
pub(crate) fn settle(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
    installment: InstallmentId,
    now: Timestamp,
) -> Result<Vec<PaidCart>, EngineError> {
    let open = tx.rows(&store::OF_INSTALLMENT, &[organization.into(), installment.into()], |row| {
        Ok((OrganizationId::new(row.int(0)?), CartId::new(row.int(1)?), row.text(2)?, row.text(3)?))
    })?;
    let mut paid = Vec::new();
    for (owner, cart, state, session_id) in open {
        let unpaid = tx.one(&store::UNPAID, &[owner.into(), cart.into()], |row| row.int(0))?;
        let state = if unpaid == 0 { CartState::Paid } else { store::state_named(&state)? };
        // Written also when it stays: receipts of two installments of one cart at the same time each see
        // the other unpaid, and only a row that both change makes one of them look again.
        store::set_state(tx, owner, cart, state, now)?;
        if unpaid == 0 {
            paid.push(PaidCart { organization: owner, session_id });
        }
    }
    Ok(paid)
}
