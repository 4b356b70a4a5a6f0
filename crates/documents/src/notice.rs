//! Layout of the *avviso di pagamento* (`pagopa.md §3.8`): modules 1, 2.1, 2.2, 3.1, 3.2, 4, postal slip, in this order.

use crate::catalogue::{ITALIAN, NoticeTexts, POSTAL_SLIP};
use crate::data::{Creditor, Environment, Notice, OnlineChannel, Payable, Plan, PostalAccount};
use crate::fonts::{Face, Fonts};
use crate::frame::{self, Facts, Frame, GAP, LEFT, WIDTH};
use crate::sheet::{Role, Sheet, mm};
use crate::text::{Ink, Style, clean, fit};
use crate::{DocumentError, codes, euro};
use jiff::civil::Date;
use model::{PersonCode, notice_codes};

const CODE_SIDE: f32 = mm(25.0);
const LOGO_SIDE: f32 = mm(30.0);
const COLUMN_GAP: f32 = 22.0;
const COLUMN: f32 = (WIDTH - COLUMN_GAP) / 2.0;
const SECOND_COLUMN: f32 = LEFT + COLUMN + COLUMN_GAP;

const SMALL: Style = Style::new(Face::Regular, 8.5);
const NAME: Style = Style::new(Face::Bold, 12.0);

/// The foreign texts of a notice, cleaned and cut to the limits of the guide.
struct Fields {
    subject: String,
    creditor: String,
    department: String,
    contacts: String,
    cbill: String,
    on_site: String,
    creditor_code: String,
    debtor: String,
    address: String,
    debtor_code: String,
}

impl Fields {
    fn of(fonts: &Fonts, notice: &Notice) -> Self {
        let creditor = &*notice.creditor;
        let option = |text: &Option<String>, limit| {
            text.as_deref().map_or_else(String::new, |t| clean(fonts, t, limit))
        };
        let cbill = option(&creditor.cbill, 5).to_uppercase();
        Self {
            subject: clean(fonts, &notice.subject, 90),
            creditor: clean(fonts, &creditor.name, 100),
            department: option(&creditor.department, 50),
            contacts: option(&creditor.contacts, 100),
            cbill: if cbill.is_empty() { "-".to_owned() } else { cbill },
            on_site: option(&creditor.on_site, 50),
            creditor_code: creditor.fiscal_code.to_string(),
            debtor: clean(fonts, &notice.debtor.full_name, 70),
            address: option(&notice.debtor.address, 140),
            debtor_code: match &notice.debtor.code {
                PersonCode::FiscalCode(code) => code.to_string(),
                PersonCode::Anonymous => String::new(),
            },
        }
    }
}

struct Layout<'f> {
    frame: Frame<'f>,
    fields: Fields,
    second: Option<&'static NoticeTexts>,
}

/// Lays the notice out; the text is the title of the document.
pub(crate) fn compose<'f>(fonts: &'f Fonts, notice: &Notice) -> Result<(Sheet<'f>, String), DocumentError> {
    let Plan::Single(payable) = &notice.plan;
    let creditor = &*notice.creditor;
    let mut layout = Layout {
        frame: Frame::new(Sheet::new(fonts), notice.environment == Environment::Test),
        fields: Fields::of(fonts, notice),
        second: notice.second_language.map(crate::Language::texts),
    };
    let number = payable.notice_number.grouped();
    layout.frame.running_title = format!("{} {number}", ITALIAN.title);
    layout.header(creditor);
    layout.parties();
    layout.how_much_and_where(creditor, payable);
    layout.payment_data(payable, creditor)?;
    if let Some(account) = &creditor.postal {
        layout.postal_slip(account, payable, notice)?;
    }
    let title = format!("{} {number} - {}", ITALIAN.title, layout.fields.subject);
    Ok((layout.frame.sheet, title))
}

fn date(date: Date) -> String {
    date.strftime("%d/%m/%Y").to_string()
}

impl Layout<'_> {
    fn second(&self, pick: impl Fn(&NoticeTexts) -> &'static str) -> Option<(&'static str, &'static str)> {
        self.second.map(|texts| (texts.code, pick(texts)))
    }

    /// Module 1.
    fn header(&mut self, creditor: &Creditor) {
        let second = self.second(|t| t.title);
        let top = self.frame.y;
        let logo = self.frame.logo(creditor, &self.fields.creditor, LOGO_SIDE);
        let width = WIDTH - if logo > 0.0 { LOGO_SIDE + COLUMN_GAP } else { 0.0 };
        let sheet = &mut self.frame.sheet;
        sheet.heading(1, ITALIAN.title, top, |sheet| {
            let x = LEFT
                + sheet.line(LEFT, top + 17.0, Style::new(Face::Bold, 20.0).ink(Ink::Accent), "pagoPA ")
                + 6.0;
            frame::bilingual(sheet, x, top + 17.0, Style::new(Face::Bold, 13.0), ITALIAN.title, second);
        });
        let subject = Style::new(Face::Bold, 18.0);
        let height = sheet.element(Role::Paragraph, |sheet| {
            sheet.fitted((LEFT, top + 30.0), width, subject, 13.0, &self.fields.subject, 3)
        });
        self.frame.y = top + logo.max(30.0 + height) + GAP;
    }

    /// Modules 2.1 and 2.2.
    fn parties(&mut self) {
        let top = self.frame.y;
        let fields = &self.fields;
        let details = [(&fields.department, 9.5, 1), (&fields.contacts, 9.0, 2)];
        let texts =
            (ITALIAN.creditor, self.second(|t| t.creditor), ITALIAN.tax_code, self.second(|t| t.tax_code));
        let left = party(
            &mut self.frame.sheet,
            (LEFT, top),
            texts,
            &fields.creditor,
            &fields.creditor_code,
            &details,
        );
        let details = [(&fields.address, 9.5, 3)];
        let texts =
            (ITALIAN.recipient, self.second(|t| t.recipient), ITALIAN.tax_code, self.second(|t| t.tax_code));
        let at = (SECOND_COLUMN, top);
        let right = party(&mut self.frame.sheet, at, texts, &fields.debtor, &fields.debtor_code, &details);
        self.frame.y = top + left.max(right) + GAP;
    }

    /// Modules 3.1 and 3.2.
    fn how_much_and_where(&mut self, creditor: &Creditor, payable: &Payable) {
        let top = self.frame.y;
        self.frame.bar();
        let body = self.frame.y;
        let due = payable.due_date;
        let (heading, second) = if due.is_some() {
            (ITALIAN.how_much_and_when, self.second(|t| t.how_much_and_when))
        } else {
            (ITALIAN.how_much, self.second(|t| t.how_much))
        };
        self.frame.bar_heading(LEFT + 6.0, top, 2, heading, second);
        let mut y = body + 4.0;
        let (by, may_change) = (self.second(|t| t.by), self.second(|t| t.may_change));
        let sheet = &mut self.frame.sheet;
        sheet.element(Role::Paragraph, |sheet| {
            y +=
                sheet.fitted((LEFT, y), COLUMN, Style::new(Face::Bold, 22.0), 12.0, &euro(payable.amount), 1);
        });
        if let Some(due) = due {
            sheet.element(Role::Paragraph, |sheet| {
                let style = Style::new(Face::Bold, 14.0);
                frame::bilingual(
                    sheet,
                    LEFT,
                    y + style.ascent(),
                    style,
                    &format!("{} {}", ITALIAN.by, date(due)),
                    by,
                );
                y += style.leading();
            });
        }
        y += 5.0;
        y += sheet.element(Role::Paragraph, |sheet| {
            sheet.fitted((LEFT, y), COLUMN, SMALL, 7.0, ITALIAN.may_change, 6)
        });
        y += frame::foreign(sheet, (LEFT, y + 2.0), COLUMN, SMALL, may_change);
        let left = y;
        let right = self.where_to_pay(creditor, top, body);
        self.frame.y = left.max(right) + GAP;
    }

    fn where_to_pay(&mut self, creditor: &Creditor, top: f32, body: f32) -> f32 {
        let x = SECOND_COLUMN;
        self.frame.bar_heading(x + 6.0, top, 2, ITALIAN.where_to_pay, self.second(|t| t.where_to_pay));
        let mut y = body + 4.0;
        let name = self.fields.creditor.clone();
        let place = self.fields.on_site.clone();
        let online = |texts: &NoticeTexts| {
            let [site, app, both] = texts.online_places;
            let place = match creditor.online {
                OnlineChannel::None => "",
                OnlineChannel::Site => site,
                OnlineChannel::App => app,
                OnlineChannel::SiteOrApp => both,
            };
            texts.online.replace("{canale}", &place.replace("{ente}", &name))
        };
        let territory = |texts: &NoticeTexts| {
            if place.is_empty() {
                texts.territory.to_owned()
            } else {
                texts.territory_with.replace("{luogo}", &place)
            }
        };
        let second = self.second;
        let sheet = &mut self.frame.sheet;
        let heading = Style::new(Face::Bold, 10.5);
        for (title, other, body) in [
            (
                ITALIAN.online_title,
                self.second.map(|t| t.online_title),
                &online as &dyn Fn(&NoticeTexts) -> String,
            ),
            (ITALIAN.territory_title, self.second.map(|t| t.territory_title), &territory),
        ] {
            sheet.heading(3, title, y, |sheet| {
                let other = second.map(|t| t.code).zip(other);
                frame::bilingual(sheet, x, y + heading.ascent(), heading, title, other);
            });
            y += heading.leading();
            y += sheet.element(Role::Paragraph, |sheet| {
                sheet.fitted((x, y), COLUMN, SMALL, 7.0, &body(&ITALIAN), 5)
            });
            if let Some(texts) = second {
                y += frame::foreign(sheet, (x, y + 1.0), COLUMN, SMALL, Some((texts.code, &body(texts))));
            }
            y += 5.0;
        }
        sheet.element(Role::Paragraph, |sheet| {
            let style = Style::new(Face::Bold, 8.5).ink(Ink::Accent);
            let other = second.map(|t| (t.code, t.channels));
            frame::bilingual(sheet, x, y + style.ascent(), style, ITALIAN.channels, other);
        });
        y + SMALL.leading()
    }

    /// Module 4, for one payment.
    fn payment_data(&mut self, payable: &Payable, creditor: &Creditor) -> Result<(), DocumentError> {
        let content = notice_codes::qr_text(&payable.notice_number, &creditor.fiscal_code, payable.amount);
        let code = codes::qr(&content)?;
        let number = payable.notice_number.grouped();
        let amount = euro(payable.amount);
        let fields = &self.fields;
        let rows = [
            self.row(|t| t.recipient, &fields.debtor, VALUE, 2),
            self.row(|t| t.creditor, &fields.creditor, VALUE, 2),
            self.row(|t| t.subject, &fields.subject, VALUE, 2),
            self.row(|t| t.amount, &amount, STRONG, 1),
            self.row(|t| t.cbill, &fields.cbill, CODE, 1),
            self.row(|t| t.notice_code, &number, CODE.size(11.0), 1),
            self.row(|t| t.creditor_tax_code, &fields.creditor_code, CODE, 1),
        ];
        let (x, width) = (LEFT + CODE_SIDE + 16.0, 92.0);
        let table = x + width + 16.0;
        let facts = Facts::fit(self.frame.sheet.fonts, (112.0, LEFT + WIDTH - table), rows);
        let height = facts.height();
        self.frame.ensure(30.0 + height.max(CODE_SIDE + 40.0));
        section_bar(
            &mut self.frame,
            (ITALIAN.payment_data, self.second.map(|t| (t.code, t.payment_data))),
            payable,
            self.second,
        );
        let top = self.frame.y + 10.0;
        let sheet = &mut self.frame.sheet;
        let alternative = format!("Codice QR per pagare l’avviso {number}, importo {amount}");
        sheet.code((LEFT + 4.0, top), CODE_SIDE, code, 4, alternative);
        let mut text = top;
        text += sheet
            .element(Role::Paragraph, |sheet| sheet.fitted((x, text), width, SMALL, 7.0, ITALIAN.scan, 6));
        let scan = self.second.map(|t| (t.code, t.scan));
        text += frame::foreign(sheet, (x, text + 2.0), width, SMALL.size(8.0), scan);
        let bottom = facts.draw(sheet, (table, top - 6.0));
        self.frame.y = bottom.max(text).max(top + CODE_SIDE) + GAP;
        Ok(())
    }

    /// The *Bollettino Postale PA*. It has ten digits for the amount: above 99,999,999.99 the notice is made without it.
    fn postal_slip(
        &mut self,
        account: &PostalAccount,
        payable: &Payable,
        notice: &Notice,
    ) -> Result<(), DocumentError> {
        let number = &payable.notice_number;
        let Ok(codeline) = notice_codes::codeline(number, account.iban(), payable.amount) else {
            return Ok(());
        };
        let content = notice_codes::data_matrix(&notice_codes::PostalSlip {
            notice: number,
            account: account.iban(),
            amount: payable.amount,
            organization: &notice.creditor.fiscal_code,
            debtor_code: &notice.debtor.code,
            debtor_name: &notice.debtor.full_name,
            subject: &notice.subject,
        })
        .map_err(|e| DocumentError::Code { code: "Data Matrix", reason: e.to_string() })?;
        let code = codes::data_matrix(&content)?;
        let fonts = self.frame.sheet.fonts;
        let holder = clean(fonts, account.holder(), 50);
        let authorization = clean(fonts, account.authorization(), 60);
        let debtor = clean(fonts, &notice.debtor.full_name, 35);
        let grouped = number.grouped();
        let amount = euro(payable.amount);
        let fields = &self.fields;
        let rows = [
            self.row(|t| t.postal_account, account.number(), CODE.size(11.0), 1),
            self.row(|t| t.account_holder, &holder, VALUE, 2),
            self.row(|t| t.amount, &amount, STRONG, 1),
            self.row(|t| t.recipient, &debtor, VALUE, 1),
            self.row(|t| t.subject, &fields.subject, VALUE, 2),
            self.row(|t| t.notice_code, &grouped, CODE.size(11.0), 1),
            self.row(|t| t.slip_type, "P1", CODE, 1),
            self.row(|t| t.creditor_tax_code, &fields.creditor_code, CODE, 1),
        ];
        let x = LEFT + WIDTH - CODE_SIDE - 4.0;
        let facts = Facts::fit(fonts, (130.0, x - LEFT - 24.0), rows);
        // The slip is cut out and handed over: all of it on one page.
        self.frame.ensure(24.0 + facts.height().max(CODE_SIDE + 40.0) + 24.0);
        section_bar(&mut self.frame, (POSTAL_SLIP, None), payable, self.second);
        let top = self.frame.y + 8.0;
        let bottom = facts.draw(&mut self.frame.sheet, (LEFT + 4.0, top - 4.0));
        let sheet = &mut self.frame.sheet;
        let alternative =
            format!("Codice Data Matrix del {POSTAL_SLIP} per l’avviso {grouped}, importo {amount}");
        sheet.code((x, top), CODE_SIDE, code, 1, alternative);
        let style = Style::new(Face::Regular, 7.0).ink(Ink::Authorization);
        let lines = fit(fonts, style, 6.0, &authorization, CODE_SIDE + 16.0, 3);
        let below = top + CODE_SIDE + 8.0;
        let height = sheet.element(Role::Paragraph, |sheet| sheet.lines(x - 12.0, below, &lines));
        let foot = bottom.max(below + height) + 8.0;
        sheet.element(Role::Paragraph, |sheet| sheet.line(LEFT + 4.0, foot + CODE.ascent(), CODE, &codeline));
        self.frame.y = foot + CODE.leading() + GAP;
        Ok(())
    }

    fn row<'v>(
        &self,
        label: impl Fn(&NoticeTexts) -> &'static str,
        value: &'v str,
        style: Style,
        max: usize,
    ) -> frame::Row<'v> {
        frame::Row { label: label(&ITALIAN), second: self.second(label), value, style, max }
    }
}

/// The bar of a part that can be paid with: its name, and the instalment that it is for.
fn section_bar(
    frame: &mut Frame<'_>,
    (title, other): (&str, frame::Foreign<'_>),
    payable: &Payable,
    second: Option<&NoticeTexts>,
) {
    let top = frame.y;
    frame.bar();
    frame.bar_heading(LEFT + 6.0, top, 2, title, other);
    let single =
        |texts: &NoticeTexts, due: &str| format!("{} {} {due}", texts.single, texts.by).trim_end().to_owned();
    let (text, other) = match payable.due_date {
        Some(due) => (single(&ITALIAN, &date(due)), second.map(|texts| (texts.code, single(texts, "")))),
        None => (ITALIAN.single.to_owned(), second.map(|texts| (texts.code, texts.single.to_owned()))),
    };
    frame.bar_heading(
        SECOND_COLUMN + 6.0,
        top,
        3,
        &text,
        other.as_ref().map(|(code, text)| (*code, text.as_str())),
    );
}

const VALUE: Style = Style::new(Face::Bold, 9.0);
const STRONG: Style = Style::new(Face::Bold, 10.0);
const CODE: Style = Style::new(Face::Mono, 9.0);

type PartyTexts =
    (&'static str, Option<(&'static str, &'static str)>, &'static str, Option<(&'static str, &'static str)>);

/// A box with the name of someone, their code and details (text, size, lines); returns its height.
fn party(
    sheet: &mut Sheet<'_>,
    at: (f32, f32),
    texts: PartyTexts,
    name: &str,
    code: &str,
    details: &[(&String, f32, usize)],
) -> f32 {
    let (x, top) = at;
    let (title, second, code_title, code_second) = texts;
    let label = Style::new(Face::Bold, 9.5).ink(Ink::Accent);
    sheet.heading(2, title, top, |sheet| {
        frame::bilingual(sheet, x, top + label.ascent(), label, title, second)
    });
    let mut y = top + label.leading() + 1.0;
    if !code.is_empty() {
        sheet.element(Role::Paragraph, |sheet| {
            let mut x = x;
            x += frame::bilingual(sheet, x, y + SMALL.ascent(), SMALL, code_title, code_second);
            // The space keeps label and code apart when the text is read or copied.
            sheet.line(x, y + SMALL.ascent(), Style::new(Face::Mono, 9.0), &format!(" {code}"));
        });
        y += SMALL.leading() + 2.0;
    }
    y += sheet.element(Role::Paragraph, |sheet| sheet.fitted((x, y), COLUMN, NAME, 9.0, name, 3));
    for (text, size, max) in details.iter().filter(|d| !d.0.is_empty()) {
        y += sheet.element(Role::Paragraph, |sheet| {
            sheet.fitted((x, y), COLUMN, Style::new(Face::Regular, *size), 7.5, text, *max)
        });
    }
    y - top
}
