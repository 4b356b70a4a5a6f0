//! The national side: what pagoPA's node calls ([`router`]), and the checkout that we call
//! ([`CartsClient`]).
//!
//! Pure translation: which notices can be paid and what a receipt does is the engine's. What the node
//! needs beyond the schema (`pagopa.md` §1.3, §1.4, §11) is here.

mod activate;
mod checkout;
mod context;
mod demand;
mod fault;
mod receive;
mod server;
mod subject;
mod verify;

pub use checkout::{CartsClient, CartsConfig};
pub use fault::Code;
pub use server::{PagoPa, router};
