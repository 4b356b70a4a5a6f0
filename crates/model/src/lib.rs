//! Pure rules of the domain: money, codes, persons, lifecycle, transfers, texts of notices.
//!
//! Everything here is a function of its arguments: no I/O, no async, no clock, no configuration.
//! Errors say in technical English which rule failed and never repeat the refused value, because
//! many of these values are personal data; adapters compose the texts that users and clients read.

pub mod accounting;
mod check_letters;
pub mod code;
pub mod contact;
pub mod country;
pub mod creditor_reference;
pub mod dates;
pub mod fiscal_code;
pub mod fold;
pub mod iban;
pub mod identifiers;
pub mod lifecycle;
pub mod money;
pub mod notice;
pub mod notice_codes;
pub mod person;
pub mod position;
pub mod province;
pub mod remittance;
pub mod taxonomy;
pub mod transfer;

pub use accounting::{Assessment, Balance, BalanceError, Chapter};
pub use code::{CodeError, CodeName, CodeRule};
pub use contact::{Address, AddressError, AddressInput, Email};
pub use country::Country;
pub use creditor_reference::CreditorReference;
pub use dates::{DateError, format_date_time, italian_date, parse_date, parse_date_time, rome_date};
pub use fiscal_code::{FiscalCode, FiscalCodeKind, OrganizationFiscalCode, VatNumber};
pub use iban::Iban;
pub use identifiers::{BrokerId, IpaCode, Iud, Iuf, Iur, ReceiptId, StationId};
pub use lifecycle::{
    InstallmentStatus, NotPayable, ReceiptEffect, ReceiptFlag, Refused, Trigger, payable, receive_receipt,
    transition,
};
pub use money::{AmountError, Cents};
pub use notice::{
    ImportedIuv, Iuv, IuvRefused, NoticeNumber, SegregationCode, check_imported_iuv, iuv17, iuv17_block,
};
pub use notice_codes::{NoticeCodeError, PostalSlip, codeline, data_matrix, qr_text};
pub use person::{Person, PersonCode, PersonError, PersonKind};
pub use position::{PaymentOptionKind, PositionStatus, position_status, status_of_options};
pub use province::Province;
pub use remittance::remittance;
pub use taxonomy::{TaxonomyCode, TransferCategory};
pub use transfer::{Payee, StampHash, StampKind, Transfer, TransferError, check_transfers};
