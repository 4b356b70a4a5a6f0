//! What can go wrong for a citizen, each with its status, words and next step.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use engine::EngineError;
use engine::carts::{CartState, CheckoutError, ConfirmError};
use engine::positions::PayError;
use model::NotPayable;

use crate::texts::{Texts, fill};

/// Who can help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Helper {
    Platform,
    Organization,
    Nobody,
}

/// A problem to be shown as a page. Handlers return it; one layer renders it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Problem {
    NotFound,
    MethodNotAllowed,
    /// The body cannot be read, is too large, has another type.
    BadRequest(StatusCode),
    /// A form sent from another site.
    CrossSite,
    /// Too many searches; seconds to wait.
    TooMany(u64),
    /// A signed link that is past its time or not ours.
    LinkExpired,
    CartNotFound,
    /// The cart is over: its outcome page.
    CartOver {
        paid: bool,
        outcome: String,
    },
    /// An IUD of the cart is in use.
    IudTaken(String),
    AlreadyPaid,
    NotPayable,
    /// The ente has no account: to be mended by us or by the ente.
    NoAccount,
    /// The checkout refused the cart: its recap page.
    Refused {
        cart: String,
    },
    /// The checkout does not answer: the recap page.
    Away {
        cart: String,
    },
    Unavailable,
    Internal,
}

/// The words of a problem.
pub(crate) struct Words {
    pub title: &'static str,
    pub text: String,
    pub next: String,
}

impl Problem {
    /// The status of the answer.
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::NotFound | Self::CartNotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::BadRequest(status) => *status,
            Self::CrossSite => StatusCode::FORBIDDEN,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::LinkExpired => StatusCode::GONE,
            Self::CartOver { .. } | Self::IudTaken(_) | Self::AlreadyPaid | Self::NotPayable => {
                StatusCode::CONFLICT
            }
            Self::Refused { .. } => StatusCode::CONFLICT,
            Self::NoAccount | Self::Away { .. } | Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Seconds for `Retry-After`.
    pub const fn retry_after_s(&self) -> Option<u64> {
        match self {
            Self::TooMany(seconds) => Some(*seconds),
            Self::Away { .. } | Self::Unavailable => Some(30),
            _ => None,
        }
    }

    /// A short name for assistance and logs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "PAGINA",
            Self::MethodNotAllowed => "METODO",
            Self::BadRequest(_) => "RICHIESTA",
            Self::CrossSite => "ALTRO-SITO",
            Self::TooMany(_) => "LIMITE",
            Self::LinkExpired => "LINK-SCADUTO",
            Self::CartNotFound => "CARRELLO",
            Self::CartOver { .. } => "CARRELLO-CHIUSO",
            Self::IudTaken(_) => "IUD-IN-USO",
            Self::AlreadyPaid => "GIA-PAGATO",
            Self::NotPayable => "NON-PAGABILE",
            Self::NoAccount => "CONTO-MANCANTE",
            Self::Refused { .. } => "CHECKOUT-RIFIUTO",
            Self::Away { .. } => "CHECKOUT-ASSENTE",
            Self::Unavailable => "NON-DISPONIBILE",
            Self::Internal => "INTERNO",
        }
    }

    pub const fn helper(&self) -> Helper {
        match self {
            Self::IudTaken(_) | Self::NotPayable | Self::CartNotFound => Helper::Organization,
            Self::NoAccount
            | Self::Refused { .. }
            | Self::Away { .. }
            | Self::Unavailable
            | Self::Internal => Helper::Platform,
            _ => Helper::Nobody,
        }
    }

    pub fn words(&self, t: &Texts) -> Words {
        let t = &t.errors;
        let words =
            |title, text: &str, next: &str| Words { title, text: text.to_owned(), next: next.to_owned() };
        match self {
            Self::NotFound => words(t.not_found, t.not_found_text, t.not_found_next),
            Self::MethodNotAllowed => words(t.method, t.method_text, t.method_next),
            Self::BadRequest(_) => words(t.bad_request, t.bad_request_text, t.bad_request_next),
            Self::CrossSite => words(t.cross_site, t.cross_site_text, t.cross_site_next),
            Self::TooMany(seconds) => {
                words(t.too_many, t.too_many_text, &fill(t.too_many_next, &[&waiting(*seconds)]))
            }
            Self::LinkExpired => words(t.link_expired, t.link_expired_text, t.link_expired_next),
            Self::CartNotFound => words(t.cart_not_found, t.cart_not_found_text, t.cart_not_found_next),
            Self::CartOver { paid: true, .. } => words(t.cart_paid, t.cart_paid_text, t.cart_paid_next),
            Self::CartOver { paid: false, .. } => words(t.cart_over, t.cart_over_text, t.cart_over_next),
            Self::IudTaken(iud) => words(t.iud_taken, &fill(t.iud_taken_text, &[iud]), t.iud_taken_next),
            Self::AlreadyPaid => words(t.already_paid, t.already_paid_text, t.already_paid_next),
            Self::NotPayable => words(t.not_payable, t.not_payable_text, t.not_payable_next),
            Self::NoAccount => words(t.no_account, t.no_account_text, t.no_account_next),
            Self::Refused { .. } => words(t.refused, t.refused_text, t.refused_next),
            Self::Away { .. } => words(t.away, t.away_text, t.away_next),
            Self::Unavailable => words(t.unavailable, t.unavailable_text, t.unavailable_next),
            Self::Internal => words(t.internal, t.internal_text, t.internal_next),
        }
    }

    /// Where to go on: text and address.
    pub fn links(&self, t: &Texts) -> Vec<(&'static str, String)> {
        let search = || (t.search.submit, "/paga/avviso".to_owned());
        match self {
            Self::CartOver { outcome, .. } => vec![(t.errors.see_outcome, outcome.clone())],
            Self::Refused { cart } | Self::Away { cart } => vec![(t.errors.retry_cart, cart.clone())],
            Self::LinkExpired | Self::AlreadyPaid => vec![search()],
            Self::Internal | Self::Unavailable => vec![(t.shell.report, "/segnala-disservizio".to_owned())],
            _ => Vec::new(),
        }
    }

    /// What a refused confirmation means for the citizen.
    pub fn of_confirm(error: ConfirmError, token: &str) -> Self {
        let cart = || format!("/carrello/{token}");
        match error {
            ConfirmError::NotFound => Self::CartNotFound,
            ConfirmError::Over(state) => {
                Self::CartOver { paid: state == CartState::Paid, outcome: format!("/esito/{token}") }
            }
            ConfirmError::IudTaken(iud) => Self::IudTaken(iud.to_string()),
            ConfirmError::NotPayable(error) => Self::from(error),
            ConfirmError::Checkout(CheckoutError::Refused(reason)) => {
                tracing::warn!(reason, "the checkout refused a cart");
                Self::Refused { cart: cart() }
            }
            ConfirmError::Checkout(CheckoutError::Unavailable(reason)) => {
                tracing::warn!(reason, "the checkout does not answer");
                Self::Away { cart: cart() }
            }
            ConfirmError::Engine(error) => Self::from(error),
        }
    }
}

impl From<EngineError> for Problem {
    fn from(error: EngineError) -> Self {
        if error.is_unavailable() {
            tracing::warn!(%error, "portal: the store is not available");
            Self::Unavailable
        } else {
            tracing::error!(%error, "portal: internal error");
            Self::Internal
        }
    }
}

impl From<PayError> for Problem {
    fn from(error: PayError) -> Self {
        match error {
            PayError::NotPayable(NotPayable::AlreadyPaid) => Self::AlreadyPaid,
            PayError::NotPayable(_) | PayError::Unknown => Self::NotPayable,
            PayError::NoAccount(code) => {
                tracing::error!(code, "no account to credit: the configuration of the type must be mended");
                Self::NoAccount
            }
            PayError::Engine(error) => Self::from(error),
        }
    }
}

/// Leaves the page to the layer, which knows the trace and the address.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// How long to wait, in Italian.
fn waiting(seconds: u64) -> String {
    match seconds.div_ceil(60) {
        0 | 1 => "un minuto".to_owned(),
        minutes => format!("{minutes} minuti"),
    }
}
