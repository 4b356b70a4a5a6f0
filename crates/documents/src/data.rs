//! What the documents say.

use crate::{DocumentError, Language, Logo};
use jiff::{Timestamp, civil::Date};
use model::{Cents, Iban, Iuv, NoticeNumber, OrganizationFiscalCode, PersonCode, ReceiptId};
use std::sync::Arc;

/// Kind of installation (design §3): documents of a test installation must not be taken for real ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Environment {
    /// *Collaudo*: documents carry a warning and a mark across the page.
    Test,
    /// *Esercizio*.
    Production,
}

/// The ente as its documents show it. Shared by all the documents of a run.
#[derive(Clone, Debug)]
pub struct Creditor {
    /// `ENTE.NOME`: at most 100 characters are shown.
    pub name: String,
    /// `ENTE.CF`.
    pub fiscal_code: OrganizationFiscalCode,
    /// `ENTE.SETTORE`, the unit in charge: at most 50 characters are shown.
    pub department: Option<String>,
    /// `ENTE.INFO`, contacts: at most 100 characters are shown. The guide separates several with `·`.
    pub contacts: Option<String>,
    /// `ENTE.CBILL`, the interbank code: five characters; `-` is shown when missing.
    pub cbill: Option<String>,
    /// `ENTE.CANALE.ONLINE`.
    pub online: OnlineChannel,
    /// `ENTE.CANALE.FISICO`, its own cash desks: at most 50 characters are shown.
    pub on_site: Option<String>,
    /// `ENTE.LOGO`, 30 × 30 mm.
    pub logo: Option<Arc<Logo>>,
    /// The postal account, with the authorisation to print. Without it notices have no postal section.
    pub postal: Option<PostalAccount>,
}

/// Where the ente itself takes payments online.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnlineChannel {
    /// Nowhere.
    #[default]
    None,
    /// On its site.
    Site,
    /// In its app.
    App,
    /// On its site or in its app.
    SiteOrApp,
}

/// A postal account that Poste Italiane authorised for the *Bollettino Postale PA*.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostalAccount {
    iban: Iban,
    holder: String,
    authorization: String,
}

impl PostalAccount {
    /// The account of a postal IBAN. `holder`: at most 50 characters are shown; `authorization` is the text that Poste
    /// Italiane assigned, such as `AUT. DB/XXXX/XXX 12345 DEL 01/02/2026`.
    ///
    /// # Errors
    /// [`DocumentError::Field`] if the IBAN is not postal (ABI 07601), or holder or authorisation is blank: the guide
    /// wants the section only with both (`pagopa.md §3.8`).
    pub fn new(iban: &Iban, holder: &str, authorization: &str) -> Result<Self, DocumentError> {
        let field = |field, rule: &str| DocumentError::Field { field, rule: rule.to_owned() };
        if iban.postal_account().is_none() {
            return Err(field("postal.iban", "must be an account of Poste Italiane (ABI 07601)"));
        }
        if holder.trim().is_empty() {
            return Err(field("postal.holder", "must not be blank"));
        }
        if authorization.trim().is_empty() {
            return Err(field("postal.authorization", "must not be blank"));
        }
        Ok(Self { iban: iban.clone(), holder: holder.to_owned(), authorization: authorization.to_owned() })
    }

    /// The twelve digits of the account.
    #[must_use]
    pub fn number(&self) -> &str {
        self.iban.postal_account().unwrap_or_default()
    }

    /// The account as an IBAN.
    #[must_use]
    pub fn iban(&self) -> &Iban {
        &self.iban
    }

    /// Name of the account.
    #[must_use]
    pub fn holder(&self) -> &str {
        &self.holder
    }

    /// Authorisation of Poste Italiane.
    #[must_use]
    pub fn authorization(&self) -> &str {
        &self.authorization
    }
}

/// A person or company, as shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// Full name: at most 70 characters are shown.
    pub full_name: String,
    /// `DESTINATARIO.CF`; anonymous only when it is not known, as for a foreigner.
    pub code: PersonCode,
    /// Address on one line: at most 140 characters are shown.
    pub address: Option<String>,
}

/// A payment notice.
#[derive(Clone, Debug)]
pub struct Notice {
    /// Whether the notice may be paid for real.
    pub environment: Environment,
    /// Who is owed.
    pub creditor: Arc<Creditor>,
    /// Who owes.
    pub debtor: Party,
    /// `AVVISO.OGGETTO`: at most 90 characters are shown.
    pub subject: String,
    /// What is to be paid.
    pub plan: Plan,
    /// Adds the fixed texts of a second language.
    pub second_language: Option<Language>,
}

/// How the amount may be paid. Instalment plans will be further variants (`pagopa.md §3.8`, *rate multiple*).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Plan {
    /// *Rata unica*.
    Single(Payable),
}

/// One payable notice number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payable {
    /// `AVVISO.CODICE`.
    pub notice_number: NoticeNumber,
    /// `AVVISO.IMPORTO`.
    pub amount: Cents,
    /// `AVVISO.DATA`, Europe/Rome. Without it the variant *senza scadenza* is used.
    pub due_date: Option<Date>,
}

/// A receipt for the citizen. What came from the national node is text here: a receipt is shown whatever it contains
/// (design §4.4).
#[derive(Clone, Debug)]
pub struct ReceiptDocument {
    /// Whether the payment was real.
    pub environment: Environment,
    /// The ente of the notice.
    pub creditor: Arc<Creditor>,
    /// Who owed.
    pub debtor: Party,
    /// Who paid, if someone else or said by the PSP.
    pub payer: Option<Party>,
    /// What was paid.
    pub subject: String,
    /// IUV.
    pub iuv: Iuv,
    /// Codice avviso; missing for payments without a notice.
    pub notice_number: Option<NoticeNumber>,
    /// `receiptId`, which for the accounts of the ente is the IUR.
    pub receipt_id: ReceiptId,
    /// Name of the PSP.
    pub psp_name: String,
    /// Identifier of the PSP.
    pub psp_id: String,
    /// Channel or instrument, if known, such as `Carta di pagamento`.
    pub method: Option<String>,
    /// Instant of the payment; shown as Europe/Rome.
    pub paid_at: Timestamp,
    /// Amount paid to the enti.
    pub amount: Cents,
    /// What the PSP took for its service.
    pub fee: Option<Cents>,
    /// One line each, in the order of the receipt.
    pub transfers: Vec<TransferLine>,
    /// The notice had been paid before: the document says that this amount will be given back by the ente.
    pub second_payment: bool,
    /// Code by which the ente can find this receipt again, and where to check it.
    pub verification: Option<String>,
}

/// A part of a payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransferLine {
    /// Position in the receipt, from 1.
    pub index: u8,
    /// *Causale*.
    pub remittance: String,
    /// Codice fiscale of the ente that receives it.
    pub beneficiary: String,
    /// Its name, if known.
    pub beneficiary_name: Option<String>,
    /// Where it went.
    pub target: TransferTarget,
    /// Amount.
    pub amount: Cents,
    /// Taxonomy code as received.
    pub category: String,
}

/// Where a transfer goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransferTarget {
    /// To an account.
    Account {
        /// IBAN as received.
        iban: String,
    },
    /// It bought a digital stamp (*marca da bollo*).
    Stamp {
        /// Hash of the stamped document, base64.
        document_hash: String,
    },
}
