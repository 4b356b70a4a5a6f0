//! Documents for citizens: the payment notice (*avviso di pagamento*) and the receipt (*quietanza*), as tagged PDF/UA-1.
//!
//! Plain data in, bytes out: no I/O, no clock, and the same data always gives the same bytes. Text is cleaned and made to
//! fit (wrapped, then shrunk, then cut with an ellipsis at the limits of the notice guide, `pagopa.md §3.8`), so that no
//! name or reason for payment, however strange, can fail a document or break its layout.
//!
//! ```no_run
//! # fn f(notices: Vec<documents::Notice>) -> Result<(), documents::DocumentError> {
//! let documents = documents::Notices::new()?; // parses the fonts: once per process
//! documents.render_many(notices, |_index, _pdf| Ok::<(), documents::DocumentError>(()))?;
//! # Ok(()) }
//! ```
//!
//! How it is made, from the bottom up: `text` (cleaning, measuring, wrapping) and `codes` (QR, Data Matrix) know nothing
//! of pages; `sheet` collects drawing operations that are either owned by a structure element or artifacts (nothing can
//! be drawn untagged) and is the only module that speaks to the PDF library; `notice` and `receipt` are the layouts.
// Layout is arithmetic on lengths; money never becomes a float here.
#![allow(clippy::float_arithmetic)]

mod catalogue;
mod codes;
mod data;
mod fonts;
mod frame;
mod logo;
mod notice;
mod receipt;
mod sheet;
mod text;

// The samples of the tests name the crate as its users do.
#[cfg(test)]
extern crate self as documents;
#[cfg(test)]
mod layout_tests;

pub use catalogue::Language;
pub use data::{
    Creditor, Environment, Notice, OnlineChannel, Party, Payable, Plan, PostalAccount, ReceiptDocument,
    TransferLine, TransferTarget,
};
pub use logo::Logo;

use fonts::Fonts;
use model::Cents;

/// Why a document could not be made. Text never causes one of these: see the crate's introduction.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// The embedded fonts cannot be read: a fault of the build.
    #[error("embedded font {0} cannot be read")]
    Font(&'static str),
    /// A field has a value that its rule forbids.
    #[error("{field}: {rule}")]
    Field {
        /// Name of the field, as in the data types of this crate.
        field: &'static str,
        /// The rule that it breaks.
        rule: String,
    },
    /// A machine-readable code cannot hold its content.
    #[error("{code} cannot be made: {reason}")]
    Code {
        /// `QR` or `Data Matrix`.
        code: &'static str,
        /// What the encoder said.
        reason: String,
    },
    /// The PDF library refused the document: a fault of this crate.
    #[error("PDF not conformant: {0}")]
    Pdf(String),
}

/// Makes documents. Holds the parsed fonts: create one per process and share it (all methods take `&self`).
pub struct Notices {
    fonts: Fonts,
}

impl Notices {
    /// Parses the embedded fonts.
    ///
    /// # Errors
    /// [`DocumentError::Font`] if the build embedded something unreadable.
    pub fn new() -> Result<Self, DocumentError> {
        Ok(Self { fonts: Fonts::load()? })
    }

    /// The notice as one PDF document.
    ///
    /// # Errors
    /// [`DocumentError::Code`] if the codes cannot be made; [`DocumentError::Pdf`] on a fault of this crate.
    pub fn render(&self, notice: &Notice) -> Result<Vec<u8>, DocumentError> {
        let (sheet, title) = notice::compose(&self.fonts, notice)?;
        sheet.finish(&title)
    }

    /// Renders one document at a time and hands each to `sink` with its position, counted from 0. Nothing is kept between
    /// two documents, so memory does not grow with their number; iterator and sink may stop the work by an error.
    ///
    /// # Errors
    /// The first error of a document or of the sink.
    pub fn render_many<I, F, E>(&self, notices: I, mut sink: F) -> Result<u64, E>
    where
        I: IntoIterator,
        I::Item: std::borrow::Borrow<Notice>,
        F: FnMut(u64, Vec<u8>) -> Result<(), E>,
        E: From<DocumentError>,
    {
        let mut count = 0;
        for notice in notices {
            sink(count, self.render(std::borrow::Borrow::borrow(&notice))?)?;
            count = count.saturating_add(1);
        }
        Ok(count)
    }

    /// The receipt as one PDF document.
    ///
    /// # Errors
    /// [`DocumentError::Field`] if amount and fee exceed the greatest amount; [`DocumentError::Pdf`] on a fault of this
    /// crate.
    pub fn receipt(&self, receipt: &ReceiptDocument) -> Result<Vec<u8>, DocumentError> {
        let (sheet, title) = receipt::compose(&self.fonts, receipt)?;
        sheet.finish(&title)
    }
}

fn euro(amount: Cents) -> String {
    format!("{} Euro", amount.to_italian())
}
