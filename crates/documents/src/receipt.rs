//! Layout of the *quietanza*, the receipt for the citizen (`mypay-flows.md §6.7`, `pagopa.md §4.1`).

use crate::data::{Environment, Party, ReceiptDocument, TransferLine, TransferTarget};
use crate::fonts::{Face, Fonts};
use crate::frame::{Facts, Frame, GAP, LEFT, Row, WIDTH};
use crate::sheet::{Role, Sheet, mm};
use crate::text::{Ink, Style, clean, fit};
use crate::{DocumentError, euro};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use krilla::tagging::ArtifactType;
use model::PersonCode;

const TITLE: &str = "Ricevuta di pagamento (quietanza)";
const SECOND_PAYMENT: &str = "Questo avviso risultava già pagato: l’importo è un secondo pagamento e l’ente lo restituirà. Conserva questa ricevuta per la richiesta di rimborso.";
const VALUE: Style = Style::new(Face::Bold, 9.5);
const CODE: Style = Style::new(Face::Mono, 9.0);
const TEXT: Style = Style::new(Face::Regular, 9.0);
const HEADER: Style = Style::new(Face::Bold, 8.5);

/// Columns of the transfers: title, left edge, width, whether to the right.
const COLUMNS: [(&str, f32, f32, bool); 6] = [
    ("N.", 0.0, 16.0, false),
    ("Causale", 18.0, 150.0, false),
    ("Ente beneficiario", 174.0, 92.0, false),
    ("Accreditato su", 272.0, 140.0, false),
    ("Tassonomia", 418.0, 54.0, false),
    ("Importo", 474.0, WIDTH - 8.0 - 474.0, true),
];

/// Lays the receipt out; the text is the title of the document.
pub(crate) fn compose<'f>(
    fonts: &'f Fonts,
    receipt: &ReceiptDocument,
) -> Result<(Sheet<'f>, String), DocumentError> {
    let total = match receipt.fee {
        Some(fee) => receipt
            .amount
            .checked_add(fee)
            .map_err(|e| DocumentError::Field { field: "fee", rule: format!("added to the amount: {e}") })?,
        None => receipt.amount,
    };
    let mut frame = Frame::new(Sheet::new(fonts), receipt.environment == Environment::Test);
    frame.running_title = format!("{TITLE}, IUV {}", receipt.iuv);
    header(&mut frame, receipt);
    payment(&mut frame, receipt, &euro(total));
    people(&mut frame, receipt);
    transfers(&mut frame, receipt, &euro(total));
    closing(&mut frame, receipt);
    Ok((frame.sheet, format!("{TITLE} - IUV {}", receipt.iuv)))
}

/// Compiled in, so that the result does not depend on the time zone data of the host.
static ROME: TimeZone = jiff::tz::get!("Europe/Rome");

/// Date and time of day in Rome.
fn rome(instant: Timestamp) -> String {
    instant.to_zoned(ROME.clone()).strftime("%d/%m/%Y %H:%M:%S").to_string()
}

fn header(frame: &mut Frame<'_>, receipt: &ReceiptDocument) {
    let fonts = frame.sheet.fonts;
    let creditor = &*receipt.creditor;
    let name = clean(fonts, &creditor.name, 100);
    let top = frame.y;
    let logo = frame.logo(creditor, &name, mm(25.0));
    let width = WIDTH - if logo > 0.0 { mm(25.0) + GAP } else { 0.0 };
    let sheet = &mut frame.sheet;
    let style = Style::new(Face::Bold, 18.0);
    sheet.heading(1, TITLE, top, |sheet| sheet.line(LEFT, top + style.ascent(), style, TITLE));
    let mut y = top + style.leading() + 4.0;
    y += sheet.element(Role::Paragraph, |sheet| {
        sheet.fitted((LEFT, y), width, Style::new(Face::Bold, 13.0), 9.0, &name, 2)
    });
    sheet.element(Role::Paragraph, |sheet| {
        let width = sheet.line(LEFT, y + TEXT.ascent(), TEXT, "Codice fiscale ");
        sheet.line(LEFT + width + 2.0, y + TEXT.ascent(), CODE, creditor.fiscal_code.as_str());
    });
    y += TEXT.leading();
    for (text, limit) in [(&creditor.department, 50), (&creditor.contacts, 100)] {
        let text = text.as_deref().map_or_else(String::new, |t| clean(fonts, t, limit));
        if !text.is_empty() {
            y += sheet.element(Role::Paragraph, |sheet| sheet.fitted((LEFT, y), width, TEXT, 7.5, &text, 2));
        }
    }
    frame.y = (top + logo).max(y) + GAP;
}

fn payment(frame: &mut Frame<'_>, receipt: &ReceiptDocument, total: &str) {
    let fonts = frame.sheet.fonts;
    let subject = clean(fonts, &receipt.subject, 140);
    let psp = clean(fonts, &format!("{} ({})", receipt.psp_name, receipt.psp_id), 120);
    let method = receipt.method.as_deref().map_or_else(String::new, |m| clean(fonts, m, 70));
    let notice = receipt.notice_number.as_ref().map_or_else(String::new, model::NoticeNumber::grouped);
    let (iuv, id) = (receipt.iuv.to_string(), clean(fonts, receipt.receipt_id.as_str(), 80));
    let paid_at = rome(receipt.paid_at);
    let (amount, fee) = (euro(receipt.amount), receipt.fee.map_or_else(String::new, euro));
    let row = |label, value, style, max| Row { label, second: None, value, style, max };
    let rows = [
        row("Esito", "Pagamento eseguito", VALUE, 1),
        row("Oggetto del pagamento", &subject, VALUE, 3),
        row("Data e ora (Europe/Rome)", &paid_at, VALUE, 1),
        row("Codice avviso", &notice, CODE, 1),
        row("IUV", &iuv, CODE, 1),
        row("Identificativo ricevuta (IUR)", &id, CODE, 2),
        row("Prestatore di servizi", &psp, VALUE, 2),
        row("Strumento o canale", &method, VALUE, 1),
        row("Importo pagato all’ente", &amount, VALUE, 1),
        row("Commissione del prestatore", &fee, VALUE, 1),
        row("Totale", total, VALUE.size(12.0), 1),
    ]
    .into_iter()
    .filter(|row| !row.value.is_empty());
    section(frame, "Pagamento");
    frame.y = Facts::fit(fonts, (150.0, WIDTH - 8.0), rows)
        .draw(&mut frame.sheet, (LEFT + 4.0, frame.y + 4.0))
        + GAP;
}

fn section(frame: &mut Frame<'_>, title: &str) {
    let top = frame.y;
    frame.bar();
    frame.bar_heading(LEFT + 6.0, top, 2, title, None);
}

fn people(frame: &mut Frame<'_>, receipt: &ReceiptDocument) {
    frame.ensure(120.0);
    section(frame, if receipt.payer.is_some() { "Debitore e versante" } else { "Debitore" });
    let top = frame.y + 6.0;
    let column = (WIDTH - 22.0) / 2.0;
    let mut bottom = person(frame, (LEFT + 4.0, top), column, "Debitore", &receipt.debtor);
    if let Some(payer) = &receipt.payer {
        bottom = bottom.max(person(frame, (LEFT + column + 22.0, top), column, "Versante", payer));
    }
    frame.y = bottom + GAP;
}

fn person(frame: &mut Frame<'_>, (x, top): (f32, f32), width: f32, title: &str, party: &Party) -> f32 {
    let fonts = frame.sheet.fonts;
    let name = clean(fonts, &party.full_name, 70);
    let address = party.address.as_deref().map_or_else(String::new, |a| clean(fonts, a, 140));
    let (code, style) = match &party.code {
        PersonCode::FiscalCode(code) => (code.as_str(), CODE),
        PersonCode::Anonymous => ("codice fiscale non noto", TEXT),
    };
    let sheet = &mut frame.sheet;
    let mut y = top;
    let label = Style::new(Face::Bold, 9.0).ink(Ink::Accent);
    sheet.heading(3, title, top, |sheet| sheet.line(x, y + label.ascent(), label, title));
    y += label.leading();
    y += sheet.element(Role::Paragraph, |sheet| {
        sheet.fitted((x, y), width, Style::new(Face::Bold, 11.0), 8.5, &name, 2)
    });
    y += sheet.element(Role::Paragraph, |sheet| sheet.fitted((x, y), width, style, 8.0, code, 1));
    if !address.is_empty() {
        y += sheet.element(Role::Paragraph, |sheet| sheet.fitted((x, y), width, TEXT, 7.5, &address, 3));
    }
    y
}

fn transfers(frame: &mut Frame<'_>, receipt: &ReceiptDocument, total: &str) {
    if receipt.transfers.is_empty() {
        return;
    }
    frame.ensure(90.0);
    section(frame, "Versamenti");
    // One table, also when it goes on to another page: the element stays open, only its blocks change page.
    let mut y = frame.y + 4.0;
    frame.table(|frame| {
        frame.sheet.element(Role::Row, |sheet| {
            for (title, left, width, right) in COLUMNS {
                sheet.element(Role::ColumnHeader, |sheet| {
                    let x = place(sheet.fonts, HEADER, title, LEFT + 4.0 + left, width, right);
                    sheet.line(x, y + HEADER.ascent(), HEADER, title)
                });
            }
        });
        y += HEADER.leading() + 2.0;
        frame.y = y;
        for line in &receipt.transfers {
            transfer(frame, line);
        }
    });
    frame.ensure(24.0);
    let y = frame.y + 3.0;
    frame.sheet.area((LEFT + 4.0, y - 2.0, WIDTH - 8.0, 0.75), Ink::Black);
    let text = match receipt.fee {
        Some(fee) => format!("Commissione {}   Totale pagato {total}", euro(fee)),
        None => format!("Totale pagato {total}"),
    };
    let x = place(frame.sheet.fonts, VALUE, &text, LEFT, WIDTH - 4.0, true);
    frame.sheet.element(Role::Paragraph, |sheet| sheet.line(x, y + VALUE.ascent(), VALUE, &text));
    frame.y = y + VALUE.leading() + GAP;
}

fn transfer(frame: &mut Frame<'_>, line: &TransferLine) {
    let fonts = frame.sheet.fonts;
    let beneficiary = match line.beneficiary_name.as_deref() {
        Some(name) if !name.trim().is_empty() => format!("{} {}", clean(fonts, name, 60), line.beneficiary),
        _ => line.beneficiary.clone(),
    };
    let target = match &line.target {
        TransferTarget::Account { iban } => in_groups(iban),
        TransferTarget::Stamp { document_hash } => {
            format!("Marca da bollo digitale, impronta {document_hash}")
        }
    };
    let small = Style::new(Face::Regular, 8.5);
    let mono = Style::new(Face::Mono, 7.0);
    let amount = line.amount.to_italian();
    let cells = [
        (line.index.to_string(), small, 1),
        (clean(fonts, causale(&line.remittance), 140), small, 4),
        (clean(fonts, &beneficiary, 90), small, 4),
        (clean(fonts, &target, 120), mono, 4),
        (clean(fonts, &line.category, 20), mono, 2),
        (amount, Style::new(Face::Bold, 8.5), 1),
    ];
    let fitted: Vec<_> = cells
        .iter()
        .zip(COLUMNS)
        .map(|((text, style, max), (_, left, width, right))| {
            (fit(fonts, *style, 6.5, text, width, *max), left, width, right)
        })
        .collect();
    let height = fitted.iter().map(|(lines, ..)| lines.height()).fold(0.0, f32::max) + 5.0;
    if frame.ensure(height) {
        // For the eye only: the structure has the header once.
        for (title, left, width, right) in COLUMNS {
            let x = place(fonts, HEADER, title, LEFT + 4.0 + left, width, right);
            frame.sheet.aside(ArtifactType::Other, x, frame.y + HEADER.ascent(), HEADER, title);
        }
        frame.y += HEADER.leading() + 2.0;
    }
    let y = frame.y;
    frame.sheet.area((LEFT + 4.0, y, WIDTH - 8.0, 0.5), Ink::Background);
    frame.sheet.element(Role::Row, |sheet| {
        for (i, (lines, left, width, right)) in fitted.iter().enumerate() {
            let role = if i == 0 { Role::RowHeader } else { Role::Cell };
            sheet.element(role, |sheet| {
                let text = lines.lines.first().map_or("", AsRef::as_ref);
                let x = place(fonts, lines.style, text, LEFT + 4.0 + left, *width, *right);
                sheet.lines(x, y + 2.5, lines)
            });
        }
    });
    frame.y = y + height;
}

/// What a person understands of a causale: the text after `/TXT/`, if it is there (`mypay-flows.md §6.7`).
fn causale(remittance: &str) -> &str {
    remittance
        .split_once("/TXT/")
        .map(|(_, text)| text)
        .filter(|text| !text.trim().is_empty())
        .unwrap_or(remittance)
}

/// An account as it is printed, in groups of four.
fn in_groups(iban: &str) -> String {
    let mut out = String::with_capacity(iban.len().saturating_mul(5) / 4);
    for (i, c) in iban.chars().filter(|c| !c.is_whitespace()).enumerate() {
        if i > 0 && i % 4 == 0 {
            out.push(' ');
        }
        out.push(c);
    }
    out
}

/// Where a text starts in its column.
fn place(fonts: &Fonts, style: Style, text: &str, left: f32, width: f32, right: bool) -> f32 {
    if right { left + width - fonts.width(style.face, style.size, text) } else { left }
}

fn closing(frame: &mut Frame<'_>, receipt: &ReceiptDocument) {
    let fonts = frame.sheet.fonts;
    if receipt.second_payment {
        frame.ensure(50.0);
        let style = Style::new(Face::Bold, 10.0).ink(Ink::Warning);
        let y = frame.y;
        frame.y += frame
            .sheet
            .element(Role::Paragraph, |sheet| sheet.fitted((LEFT, y), WIDTH, style, 8.0, SECOND_PAYMENT, 3))
            + GAP / 2.0;
    }
    if let Some(code) = receipt.verification.as_deref() {
        frame.ensure(40.0);
        let text = format!("Codice di verifica: {}", clean(fonts, code, 200));
        let y = frame.y;
        frame.y +=
            frame.sheet.element(Role::Paragraph, |sheet| sheet.fitted((LEFT, y), WIDTH, CODE, 7.0, &text, 2))
                + 4.0;
    }
    frame.ensure(30.0);
    let y = frame.y;
    let text = "Documento prodotto dal sistema dei pagamenti dell’ente a partire dalla ricevuta telematica (RT) di pagoPA, che costituisce prova del pagamento.";
    frame
        .sheet
        .element(Role::Paragraph, |sheet| sheet.fitted((LEFT, y), WIDTH, TEXT.size(8.0), 7.0, text, 2));
}
