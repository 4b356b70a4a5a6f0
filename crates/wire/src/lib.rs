//! The messages of every contract, declared; no behaviour.
//!
//! Each declaration gives the struct, its strict and lenient reading, its writing and its part of
//! the published WSDL or XSD (see the crate `soap`). What goes on the wire is fixed by the
//! snapshots in `contracts/`.

pub mod mypay;
pub mod mypay_documents;
pub mod pa_for_node;
