//! What holds for every document, whatever its data.

use crate::fonts::Fonts;
use crate::sheet::{Box2, MARGIN, PAGE, Sheet};
use crate::{Environment, Language, Notice, ReceiptDocument, notice, receipt};
use proptest::prelude::*;
use samples::documents;
use std::sync::OnceLock;

// The samples name the crate as its users do.
#[path = "../tests/it/samples.rs"]
mod samples_source;
mod samples {
    pub use super::samples_source::*;
    pub mod documents {}
}

fn fonts() -> &'static Fonts {
    static FONTS: OnceLock<Fonts> = OnceLock::new();
    FONTS.get_or_init(|| Fonts::load().unwrap())
}
