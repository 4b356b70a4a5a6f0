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
    BrowserOutcome, Cart, CartItem, CartState, Channel, CheckoutNotice, CheckoutRequest, CheckoutReturns, NewCart,
    NewDebt, Payer,
};

/// A payer who went to the checkout and never came back: after this the cart is over (§10.5).
const IN_PROGRESS_AT_MOST: SignedDuration = SignedDuration::from_hours(24);

/// The carts area.
#[derive(Clone)]
pub struct Carts {
    core: Arc<Core>,
    journal: Journal,
    positions: Positions,
    checkout: Arc<dyn Checkout>,
}

impl Carts {
    pub(crate) fn new(core: Arc<Core>, journal: Journal, positions: Positions, checkout: Arc<dyn Checkout>) -> Self {
        Self { core, journal, positions, checkout }
    }

    /// Keeps a cart for the landing page.
    ///
    /// # Errors
    /// As the store.
    pub async fn prepare(&self, call: &Call, new: NewCart) -> Result<(), EngineError> {
        let (id, now) = (CartId::new(self.core.next_id()), self.core.clock.now());
        let expires_at = now + SignedDuration::from_secs(new.lifetime_s);
        let entry = Entry::event(call, now, new.organization_id, "cart.prepared")
            .with(Identifiers { session_id: Some(new.session_id.clone()), ..Identifiers::default() });
        let (returns, items) = (serde_json::to_value(&new.checkout_returns)?, serde_json::to_value(&new.items)?);
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
    pub async fn by_session(&self, organization: OrganizationId, session_id: &str) -> Result<Option<Cart>, EngineError> {
        self.one(&store::BY_SESSION, vec![session_id.into(), organization.into()]).await
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
        for (state, before) in
            [(CartState::Prepared, now), (CartState::Ready, now), (CartState::InProgress, now - IN_PROGRESS_AT_MOST)]
        {
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

    async fn one(&self, statement: &'static db::Statement, keys: Vec<Value>) -> Result<Option<Cart>, EngineError> {
        let now = self.core.clock.now();
        let found = self.core.db.read(move |tx| store::find(tx, statement, &keys)).await?;
        Ok(found.into_iter().next().map(|cart| judged(cart, now)))
    }
}

/// A prepared cart past its time is expired, whether or not the schedule has run.
fn judged(mut cart: Cart, now: Timestamp) -> Cart {
    let over = match cart.state {
        CartState::Prepared | CartState::Ready => cart.expires_at <= now,
        CartState::InProgress => cart.expires_at + IN_PROGRESS_AT_MOST <= now,
        _ => false,
    };
    if over {
        cart.state = CartState::Expired;
    }
    cart
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
    let Some(cart) = store::find(tx, &store::LOCK, &[landing_token.into()])?.into_iter().next() else {
        return Ok(());
    };
    if cart.state.is_final() {
        return Ok(());
    }
    for (organization, installment) in &cart.payments {
        let found = positions::lock(tx, *organization, *installment).map_err(EngineError::internal)?;
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

/// A receipt came: every cart of the installment whose installments are all paid is paid, also one that
/// had been given up or had expired.
pub(crate) fn settle(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
    installment: InstallmentId,
    now: Timestamp,
) -> Result<(), EngineError> {
    let open = tx.rows(&store::OF_INSTALLMENT, &[organization.into(), installment.into()], |row| {
        Ok((OrganizationId::new(row.int(0)?), CartId::new(row.int(1)?)))
    })?;
    for (owner, cart) in open {
        let unpaid = tx.one(&store::UNPAID, &[owner.into(), cart.into()], |row| row.int(0))?;
        if unpaid == 0 {
            store::set_state(tx, owner, cart, CartState::Paid, now)?;
        }
    }
    Ok(())
}
