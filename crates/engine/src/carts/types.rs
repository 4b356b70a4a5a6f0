//! Carts as the dialects and the portal see them.

use jiff::Timestamp;
use model::{Cents, NoticeNumber, Person};
use serde::{Deserialize, Serialize};

use crate::ids::{CartId, InstallmentId, OrganizationId};
use crate::positions::TransferLine;

/// Which door a cart came through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Channel {
    /// Handed over by a SIL (`ESTERNO_ANONIMO`).
    Sil,
    /// A notice that a SIL asks to pay (`AVVISO_ANONIMO_ENTE`).
    SilNotice,
    /// Put together on the citizen's portal.
    Portal,
}

impl Channel {
    pub(super) const ALL: [Self; 3] = [Self::Sil, Self::SilNotice, Self::Portal];

    /// The name in the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sil => "SIL",
            Self::SilNotice => "SIL_NOTICE",
            Self::Portal => "PORTAL",
        }
    }
}

/// Life of a cart (`mypay-soap.md` §10.1, current model with the national checkout).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CartState {
    /// Handed over; nothing is reserved, no IUV exists. Dies at `expires_at`.
    Prepared,
    /// Confirmed: installments exist, the checkout has not answered yet.
    Ready,
    /// The payer is at the national checkout.
    InProgress,
    /// Every installment has a receipt.
    Paid,
    /// The payer gave up, or the checkout refused.
    Cancelled,
    /// Nobody confirmed or paid in time.
    Expired,
}

impl CartState {
    pub(super) const ALL: [Self; 6] =
        [Self::Prepared, Self::Ready, Self::InProgress, Self::Paid, Self::Cancelled, Self::Expired];

    /// The name in the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Prepared => "PREPARED",
            Self::Ready => "READY",
            Self::InProgress => "IN_PROGRESS",
            Self::Paid => "PAID",
            Self::Cancelled => "CANCELLED",
            Self::Expired => "EXPIRED",
        }
    }

    /// Whether nothing but a late receipt can change it.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Paid | Self::Cancelled | Self::Expired)
    }
}

/// Where the checkout sends the browser back to: absolute addresses of ours, made by the dialect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckoutReturns {
    /// Paid.
    pub ok: String,
    /// Given up by the payer.
    pub cancel: String,
    /// Failed.
    pub error: String,
}

/// What is to be paid, as handed over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum CartItem {
    /// A new debt of the calling ente: becomes an installment when the payer confirms. All new debts of
    /// one cart have one debtor and become one payment with one transfer each.
    New(Box<NewDebt>),
    /// A notice that exists.
    Existing {
        /// Owner.
        organization_id: OrganizationId,
        /// Key.
        installment_id: InstallmentId,
    },
}

/// A new debt in a cart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NewDebt {
    /// IUD, type, amount, causale, category, balance, stamp.
    pub line: TransferLine,
    /// Debtor, the same for all of the cart.
    pub debtor: Person,
}

/// A cart to prepare.
#[derive(Debug, Clone)]
pub struct NewCart {
    /// The calling ente: owner of the session.
    pub organization_id: OrganizationId,
    /// The dialect's name for it (`idSession`).
    pub session_id: String,
    /// Unguessable name in the landing address.
    pub landing_token: String,
    /// Door.
    pub channel: Channel,
    /// Whether the payer sees our recap page (`showMyPay` `SHORT`).
    pub show_recap: bool,
    /// Where the SIL wants the browser back.
    pub return_url: Option<String>,
    /// Where the checkout sends it first.
    pub checkout_returns: CheckoutReturns,
    /// One to five.
    pub items: Vec<CartItem>,
    /// Life as a prepared cart, seconds (3,600 in MyPay).
    pub lifetime_s: i64,
}

/// A stored cart.
#[derive(Debug, Clone)]
pub struct Cart {
    /// The calling ente.
    pub organization_id: OrganizationId,
    /// Key.
    pub id: CartId,
    /// `idSession`.
    pub session_id: String,
    /// Name in the landing address.
    pub landing_token: String,
    /// Door.
    pub channel: Channel,
    /// State, with expiry already judged.
    pub state: CartState,
    /// Whether the payer sees our recap page.
    pub show_recap: bool,
    /// Where the SIL wants the browser back.
    pub return_url: Option<String>,
    /// Where the checkout sends it first.
    pub checkout_returns: CheckoutReturns,
    /// As handed over.
    pub items: Vec<CartItem>,
    /// Creation (UTC).
    pub created_at: Timestamp,
    /// End of the prepared life (UTC).
    pub expires_at: Timestamp,
    /// Last change (UTC).
    pub updated_at: Timestamp,
    /// Installments being paid, once confirmed.
    pub payments: Vec<(OrganizationId, InstallmentId)>,
}

/// Who pays, as typed on the recap page.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payer {
    /// For the outcome by mail of the checkout.
    pub email: Option<String>,
}

/// A notice in the national cart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckoutNotice {
    /// Notice number.
    pub notice_number: NoticeNumber,
    /// Codice fiscale of the ente.
    pub fiscal_code: String,
    /// Amount now.
    pub amount: Cents,
    /// Name of the ente, at most 140 characters.
    pub company_name: String,
    /// Causale, at most 140 characters.
    pub description: String,
}

/// A national cart to open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckoutRequest {
    /// Comes back as `paymentNote`: our session.
    pub cart_id: String,
    /// Address for the checkout's own mail.
    pub email: Option<String>,
    /// One to five.
    pub notices: Vec<CheckoutNotice>,
    /// Whether all can be credited to postal accounts.
    pub all_postal: bool,
    /// Where the browser comes back.
    pub returns: CheckoutReturns,
}

/// What the browser came back with: the outcome of the transaction in the browser, not of the payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BrowserOutcome {
    /// `ok`.
    Ok,
    /// `ko`: failed.
    Error,
    /// `cn`: given up.
    Cancelled,
}

/// Whether a cart repeats a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replica {
    /// It does not.
    None,
    /// The same is at the checkout now.
    BeingPaid,
    /// The same was paid.
    Paid,
}
