//! The port to the national checkout; crate `pagopa` implements it with the carts API.

use std::future::Future;
use std::pin::Pin;

use super::types::CheckoutRequest;

/// Why the checkout opened no cart.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckoutError {
    /// One of the notices cannot be paid now (HTTP 422 of the carts API).
    #[error("refused by the checkout: {0}")]
    Refused(String),
    /// No answer, or not one of the contract.
    #[error("the checkout does not answer: {0}")]
    Unavailable(String),
}

/// Opens carts at the national checkout.
pub trait Checkout: Send + Sync + 'static {
    /// The address to send the browser to.
    ///
    /// # Errors
    /// [`CheckoutError`].
    fn open<'a>(
        &'a self,
        request: &'a CheckoutRequest,
    ) -> Pin<Box<dyn Future<Output = Result<String, CheckoutError>> + Send + 'a>>;
}
