//! Outbound HTTP with the protections of production.
//!
//! Everything that Snodo calls (national carts, the SIL of an ente, the peers of the
//! simulators) goes through [`Client`]: no redirects are followed, no proxy of the
//! environment is used, every call has a time limit, an answer has a maximum size, and the
//! [`Policy`] decides which addresses may be reached. In production the host is resolved
//! once by a resolver that drops private addresses, and the connection goes to the very
//! addresses that were checked, so a name cannot change between check and use.

mod client;
mod error;
mod policy;

pub use client::{Answer, Client, Options};
pub use error::NetError;
pub use policy::{Policy, is_public};
