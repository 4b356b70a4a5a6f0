//! The payer confirms: installments are made, the checkout is asked, the browser can go.

use std::sync::Arc;

use db::{Tx, Value};
use jiff::Timestamp;
use model::{Iud, Iuv, NoticeNumber};

use super::store;
use super::types::{Cart, CartItem, CartState, CheckoutNotice, CheckoutRequest, NewDebt, Payer};
use super::{Carts, CheckoutError};
use crate::call::{Call, Identifiers};
use crate::error::{EngineError, area_error};
use crate::ids::{InstallmentId, OrganizationId, PositionId};
use crate::journal::{Entry, Journal};
use crate::positions::store::NewRow;
use crate::positions::{self, CreateError, Due, InstallmentContent, IuvChoice, Origin, PayError};

/// A debt of a cart is due within this many days (`mypay-soap.md` §6.1).
const DUE_DAYS: i32 = 30;
/// What the payer reads when several debts are one payment (`mypay-flows.md` §6.3).
const SEVERAL: &str = "causali multiple";

/// Why a cart could not be confirmed.
#[derive(Debug, thiserror::Error)]
pub enum ConfirmError {
    /// No cart has this name.
    #[error("no such cart")]
    NotFound,
    /// It was paid, given up, or has expired.
    #[error("the cart is over")]
    Over(CartState),
    /// An IUD was used by another cart or import in the meantime.
    #[error("the IUD {0} is in use")]
    IudTaken(Iud),
    /// A notice of the cart cannot be paid now.
    #[error(transparent)]
    NotPayable(#[from] PayError),
    /// The checkout refused or is away; the cart can be confirmed again.
    #[error(transparent)]
    Checkout(#[from] CheckoutError),
    /// Not the caller's doing.
    #[error(transparent)]
    Engine(#[from] EngineError),
}
area_error!(ConfirmError);

impl From<CreateError> for ConfirmError {
    fn from(error: CreateError) -> Self {
        match error {
            CreateError::DuplicateIud(iud) => Self::IudTaken(iud),
            CreateError::Engine(engine) => Self::Engine(engine),
            other => Self::Engine(EngineError::internal(other)),
        }
    }
}

impl Carts {
    /// Confirms a cart and opens it at the checkout: the address to send the browser to.
    ///
    /// May be repeated while the cart is open: the same installments go into a new national cart.
    ///
    /// # Errors
    /// [`ConfirmError`].
    pub async fn confirm(
        &self,
        call: &Call,
        landing_token: &str,
        payer: Payer,
    ) -> Result<String, ConfirmError> {
        let cart = self.by_token(landing_token).await?.ok_or(ConfirmError::NotFound)?;
        if cart.state.is_final() {
            return Err(ConfirmError::Over(cart.state));
        }
        let cart =
            if cart.state == CartState::Prepared { self.make_ready(call, cart, &payer).await? } else { cart };
        let mut dues = Vec::with_capacity(cart.payments.len());
        for (organization, installment) in &cart.payments {
            let found =
                self.positions.by_id(*organization, *installment).await?.ok_or(ConfirmError::NotFound)?;
            dues.push(self.positions.resolve(found)?);
        }
        let request = request(&cart, &dues, payer)?;
        let address = self.checkout.open(&request).await?;
        self.mark_in_progress(call, &cart).await?;
        Ok(address)
    }

    /// Makes the installment of the new debts and binds the existing ones, once.
    async fn make_ready(&self, call: &Call, cart: Cart, payer: &Payer) -> Result<Cart, ConfirmError> {
        // A notice that cannot be paid must not cost the new debts their IUDs.
        for item in &cart.items {
            if let CartItem::Existing { organization_id, installment_id } = item {
                let found = self.positions.by_id(*organization_id, *installment_id).await?;
                let due = self.positions.resolve(found.ok_or(ConfirmError::NotFound)?)?;
                due.installment.notice_number.ok_or(PayError::Unknown)?;
            }
        }
        let debts: Vec<NewDebt> = cart
            .items
            .iter()
            .filter_map(|item| match item {
                CartItem::New(debt) => Some(debt.as_ref().clone()),
                CartItem::Existing { .. } => None,
            })
            .collect();
        let numbers = if debts.is_empty() {
            (None, None)
        } else {
            self.positions.numbers(cart.organization_id, &IuvChoice::Generate).await?
        };
        let today = self.core.clock.today();
        let work = Arc::new(Readying {
            journal: self.journal.clone(),
            call: call.clone(),
            content: content_of(&debts, today),
            token: cart.landing_token.clone(),
            payer: serde_json::to_value(payer)?,
            installment: InstallmentId::new(self.core.next_id()),
            position: PositionId::new(self.core.next_id()),
            iuv: numbers.0,
            notice: numbers.1,
            now: self.core.clock.now(),
        });
        self.core.db.write(move |tx| work.run(tx)).await
    }

    async fn mark_in_progress(&self, call: &Call, cart: &Cart) -> Result<(), EngineError> {
        let (token, now, journal) = (cart.landing_token.clone(), self.core.clock.now(), self.journal.clone());
        let entry = Entry::event(call, now, cart.organization_id, "cart.at_checkout")
            .with(Identifiers { session_id: Some(cart.session_id.clone()), ..Identifiers::default() });
        self.core
            .db
            .write(move |tx| {
                let cart = store::find(tx, &store::LOCK, &[token.as_str().into()])?.into_iter().next();
                // A receipt may have been quicker than the answer of the checkout.
                if let Some(cart) = cart.filter(|cart| cart.state == CartState::Ready) {
                    store::set_state(tx, cart.organization_id, cart.id, CartState::InProgress, now)?;
                    journal.append(tx, std::slice::from_ref(&entry))?;
                }
                Ok(())
            })
            .await
    }
}

/// One transaction: from prepared to ready.
struct Readying {
    journal: Journal,
    call: Call,
    content: Option<InstallmentContent>,
    token: String,
    payer: serde_json::Value,
    installment: InstallmentId,
    position: PositionId,
    iuv: Option<Iuv>,
    notice: Option<NoticeNumber>,
    now: Timestamp,
}

impl Readying {
    fn run(&self, tx: &mut Tx<'_>) -> Result<Cart, ConfirmError> {
        let mut cart = store::find(tx, &store::LOCK, &[self.token.as_str().into()])?
            .into_iter()
            .next()
            .ok_or(ConfirmError::NotFound)?;
        if cart.state != CartState::Prepared {
            // Another tab was quicker: go on with what it made.
            return Ok(cart);
        }
        let mut payments: Vec<(OrganizationId, InstallmentId)> = Vec::new();
        if let Some(content) = &self.content {
            self.insert(tx, &cart, content)?;
            payments.push((cart.organization_id, self.installment));
        }
        payments.extend(cart.items.iter().filter_map(|item| match item {
            CartItem::Existing { organization_id, installment_id } => {
                Some((*organization_id, *installment_id))
            }
            CartItem::New(_) => None,
        }));
        for (number, (organization, installment)) in (1i64..).zip(&payments) {
            let values = [
                cart.organization_id.into(),
                cart.id.into(),
                number.into(),
                (*organization).into(),
                (*installment).into(),
            ];
            tx.exec(&store::INSERT_PAYMENT, &values)?;
        }
        store::set_state(tx, cart.organization_id, cart.id, CartState::Ready, self.now)?;
        let payer = Value::Json(self.payer.clone());
        tx.exec(&store::SET_PAYER, &[cart.organization_id.into(), cart.id.into(), payer])?;
        let entry =
            Entry::event(&self.call, self.now, cart.organization_id, "cart.confirmed").with(Identifiers {
                session_id: Some(cart.session_id.clone()),
                iuv: self.iuv.as_ref().map(Iuv::to_string),
                notice_number: self.notice.as_ref().map(NoticeNumber::to_string),
                ..Identifiers::default()
            });
        self.journal.append(tx, std::slice::from_ref(&entry))?;
        cart.state = CartState::Ready;
        cart.payments = payments;
        Ok(cart)
    }

    fn insert(&self, tx: &mut Tx<'_>, cart: &Cart, content: &InstallmentContent) -> Result<(), ConfirmError> {
        positions::check(content)?;
        let row = NewRow {
            organization: cart.organization_id,
            id: self.installment,
            position: self.position,
            iuv: self.iuv.as_ref(),
            notice: self.notice.as_ref(),
            amount: content.amount().map_err(EngineError::internal)?,
            cart_only: true,
            digest: &positions::digest(content)?,
            now: self.now,
        };
        Ok(positions::insert(tx, &row, content)?)
    }
}

/// All new debts of a cart are one payment: one debtor, one transfer each.
fn content_of(debts: &[NewDebt], today: jiff::civil::Date) -> Option<InstallmentContent> {
    let first = debts.first()?;
    let description = if debts.len() == 1 {
        model::contact::cut(first.line.remittance.trim(), 140).to_owned()
    } else {
        SEVERAL.to_owned()
    };
    Some(InstallmentContent {
        origin: Origin::Cart,
        type_id: first.line.type_id,
        debtor: first.debtor.clone(),
        due_date: today.checked_add(jiff::Span::new().days(DUE_DAYS)).ok(),
        description,
        iuv: IuvChoice::Generate,
        transfers: debts.iter().map(|debt| debt.line.clone()).collect(),
        dialect: None,
    })
}

fn request(cart: &Cart, dues: &[Due], payer: Payer) -> Result<CheckoutRequest, ConfirmError> {
    let notices = dues
        .iter()
        .map(|due| {
            let notice_number = due.installment.notice_number.clone().ok_or(PayError::Unknown)?;
            Ok(CheckoutNotice {
                notice_number,
                fiscal_code: due.organization.fiscal_code.to_string(),
                amount: due.installment.amount,
                company_name: due.organization.name.chars().take(140).collect(),
                description: due.installment.description.chars().take(140).collect(),
            })
        })
        .collect::<Result<Vec<_>, ConfirmError>>()?;
    Ok(CheckoutRequest {
        cart_id: cart.session_id.clone(),
        email: payer.email,
        all_postal: dues.iter().all(Due::all_postal),
        notices,
        returns: cart.checkout_returns.clone(),
    })
}
