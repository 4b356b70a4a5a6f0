//! The citizen's portal: pay a notice, confirm a cart, follow the outcome, get the receipt.
//!
//! Server-rendered on Bootstrap Italia, complete without JavaScript and better with it. No session, no cookie, no
//! third-party host: what a citizen may see is decided by addresses that cannot be guessed (carts) or are signed and
//! short-lived (notices).
//!
//! - [`router`]: the pages, mounted at `/` by the binary.
//! - `routes`: from a request to the engine and to a page. Handlers return `Problem`s; one layer renders them.
//! - `pages`: the pages as pure functions of what they show; `ui`: the components they are made of.
//! - `texts`: catalogues of all that citizens read, one static per language.

mod capability;
mod config;
mod format;
mod notice_input;
mod own_assets;
mod pages;
mod problem;
mod routes;
mod security;
mod state;
mod texts;
mod throttle;
mod token;
mod ui;

pub use config::{Environment, PortalConfig};
pub use routes::router;
pub use state::PortalState;
