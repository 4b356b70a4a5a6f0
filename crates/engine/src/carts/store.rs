//! SQL of the carts.

use db::{Row, Tx, Value, statements};
use jiff::Timestamp;

use super::types::{Cart, CartState, Channel};
use crate::error::EngineError;
use crate::ids::{CartId, InstallmentId, OrganizationId};

macro_rules! select_carts {
    ($condition:literal) => {
        concat!(
            "select organization_id, id, session_id, landing_token, channel, state, show_recap, return_url, \
             checkout_returns, items, created_at, expires_at, updated_at from cart where ",
            $condition
        )
    };
}

statements! {
    /// A prepared cart.
    INSERT = "insert into cart (organization_id, id, session_id, landing_token, channel, state, show_recap, return_url, \
        checkout_returns, items, created_at, expires_at, updated_at) \
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $11)";
    /// By the name in the landing address.
    BY_TOKEN = select_carts!("landing_token = $1");
    /// By session, of one ente.
    BY_SESSION = select_carts!("session_id = $1 and organization_id = $2");
    /// By session.
    BY_SESSION_ANYWHERE = select_carts!("session_id = $1");
    /// The latest cart of an installment.
    LATEST_OF = select_carts!("(organization_id, id) in (select p.organization_id, p.cart_id from cart_payment p \
        where p.installment_organization_id = $1 and p.installment_id = $2) order by id desc limit 1");
    /// How many installments of the same debtor, type and causale are paid, and how many are at the checkout.
    REPLICAS = "select count(case when i.status in ('PAID', 'REPORTED') then 1 end), \
        count(case when i.status = 'UNPAID' and exists (select 1 from cart_payment p \
            join cart c on c.organization_id = p.organization_id and c.id = p.cart_id \
            where p.installment_organization_id = i.organization_id and p.installment_id = i.id \
            and c.state = 'IN_PROGRESS') then 1 end) \
        from installment i cross join transfer t \
        where t.organization_id = i.organization_id and t.installment_id = i.id \
        and i.organization_id = $1 and i.debtor_code = $2 and t.type_id = $3 and t.remittance = $4 \
        and i.updated_at >= $5";
    /// The same, locked.
    LOCK = select_carts!("landing_token = $1 {for_update}");
    /// Moves the state.
    SET_STATE = "update cart set state = $3, updated_at = $4 where organization_id = $1 and id = $2";
    /// Keeps who pays.
    SET_PAYER = "update cart set payer = $3 where organization_id = $1 and id = $2";
    /// An installment being paid by a cart.
    INSERT_PAYMENT = "insert into cart_payment (organization_id, cart_id, number, installment_organization_id, installment_id) \
        values ($1, $2, $3, $4, $5)";
    /// The installments of a cart.
    PAYMENTS = "select installment_organization_id, installment_id from cart_payment \
        where organization_id = $1 and cart_id = $2 order by number";
    /// Open or closed carts that pay an installment.
    OF_INSTALLMENT = "select c.organization_id, c.id, c.state, c.session_id from cart_payment p \
        join cart c on c.organization_id = p.organization_id and c.id = p.cart_id \
        where p.installment_organization_id = $1 and p.installment_id = $2 and c.state <> 'PAID' \
        order by c.organization_id, c.id";
    /// How many installments of a cart are not paid.
    UNPAID = "select count(*) from cart_payment p join installment i \
        on i.organization_id = p.installment_organization_id and i.id = p.installment_id \
        where p.organization_id = $1 and p.cart_id = $2 and i.status not in ('PAID', 'REPORTED')";
    /// Carts whose time has passed, oldest first.
    OVERDUE = select_carts!("state = $1 and expires_at <= $2 order by expires_at limit 200");
}

/// Reads carts with their payments.
pub(super) fn find(
    tx: &mut Tx<'_>,
    statement: &'static db::Statement,
    keys: &[Value],
) -> Result<Vec<Cart>, EngineError> {
    let rows = tx.rows(statement, keys, RawCart::read)?;
    let mut carts = Vec::with_capacity(rows.len());
    for row in rows {
        let mut cart = row.cart()?;
        cart.payments = tx.rows(&PAYMENTS, &[cart.organization_id.into(), cart.id.into()], |row| {
            Ok((OrganizationId::new(row.int(0)?), InstallmentId::new(row.int(1)?)))
        })?;
        carts.push(cart);
    }
    Ok(carts)
}

/// Moves the state of a cart.
pub(super) fn set_state(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
    cart: CartId,
    state: CartState,
    now: Timestamp,
) -> Result<(), EngineError> {
    tx.exec(&SET_STATE, &[organization.into(), cart.into(), state.as_str().into(), now.into()])?;
    Ok(())
}

struct RawCart {
    organization: i64,
    id: i64,
    session_id: String,
    landing_token: String,
    channel: String,
    state: String,
    show_recap: bool,
    return_url: Option<String>,
    returns: serde_json::Value,
    items: serde_json::Value,
    created_at: Timestamp,
    expires_at: Timestamp,
    updated_at: Timestamp,
}

impl RawCart {
    fn read(row: &Row<'_>) -> Result<Self, db::DbError> {
        Ok(Self {
            organization: row.int(0)?,
            id: row.int(1)?,
            session_id: row.text(2)?,
            landing_token: row.text(3)?,
            channel: row.text(4)?,
            state: row.text(5)?,
            show_recap: row.bool(6)?,
            return_url: row.opt_text(7)?,
            returns: row.json(8)?,
            items: row.json(9)?,
            created_at: row.time(10)?,
            expires_at: row.time(11)?,
            updated_at: row.time(12)?,
        })
    }

    fn cart(self) -> Result<Cart, EngineError> {
        let unknown =
            |what: &str, text: &str| EngineError::Internal(format!("stored {what} {text} of a cart"));
        Ok(Cart {
            organization_id: OrganizationId::new(self.organization),
            id: CartId::new(self.id),
            channel: Channel::ALL
                .into_iter()
                .find(|c| c.as_str() == self.channel)
                .ok_or_else(|| unknown("channel", &self.channel))?,
            state: state_named(&self.state)?,
            session_id: self.session_id,
            landing_token: self.landing_token,
            show_recap: self.show_recap,
            return_url: self.return_url,
            checkout_returns: serde_json::from_value(self.returns)?,
            items: serde_json::from_value(self.items)?,
            created_at: self.created_at,
            expires_at: self.expires_at,
            updated_at: self.updated_at,
            payments: Vec::new(),
        })
    }
}

/// Reads the name of a state.
pub(super) fn state_named(text: &str) -> Result<CartState, EngineError> {
    CartState::ALL
        .into_iter()
        .find(|s| s.as_str() == text)
        .ok_or_else(|| EngineError::Internal(format!("stored state {text} of a cart")))
}
