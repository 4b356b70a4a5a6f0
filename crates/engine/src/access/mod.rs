//! Access: who is calling, and what they may do. One permission model for machines, staff and citizens.

pub(crate) mod credential;
mod password;
mod permission;
mod throttle;

pub use credential::{Access, AccessError, CredentialKind, NewUser, Verdict};
pub use permission::{Actor, Denied, Permission, Role, authorize};
