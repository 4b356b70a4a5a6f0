//! What the layouts share: the page with its margins, bars, bilingual labels, tables of facts.

use crate::data::Creditor;
use crate::fonts::{Face, Fonts};
use crate::sheet::{MARGIN, PAGE, Role, Sheet};
use crate::text::{Ink, Lines, Style, fit};
use krilla::tagging::ArtifactType;

/// Left edge of the content.
pub(crate) const LEFT: f32 = MARGIN;
/// Width of the content.
pub(crate) const WIDTH: f32 = PAGE.0 - 2.0 * MARGIN;
/// Between modules: at least six millimetres (`margini-e-spazi`).
pub(crate) const GAP: f32 = crate::sheet::mm(6.0);
const BAR: f32 = 20.0;
const HEADING: Style = Style::new(Face::Bold, 11.0);

/// Said on every document of a test installation.
pub(crate) const TEST_WARNING: &str = "Ambiente di collaudo — documento non valido per il pagamento";

/// A text in another language: code of the language, text.
pub(crate) type Foreign<'t> = Option<(&'static str, &'t str)>;

/// A sheet being filled from top to bottom.
pub(crate) struct Frame<'f> {
    pub sheet: Sheet<'f>,
    /// Top of the free space.
    pub y: f32,
    test: bool,
    /// Shown again at the top of further pages.
    pub running_title: String,
}

impl<'f> Frame<'f> {
    pub fn new(sheet: Sheet<'f>, test: bool) -> Self {
        let mut frame = Self { sheet, y: MARGIN, test, running_title: String::new() };
        frame.warn();
        frame
    }

    /// On a page of a test installation, says so; aloud on the first one only.
    fn warn(&mut self) {
        if !self.test {
            return;
        }
        self.sheet.watermark("AMBIENTE DI COLLAUDO");
        let style = Style::new(Face::Bold, 10.0).ink(Ink::Warning);
        let width = self.sheet.fonts.width(style.face, style.size, TEST_WARNING);
        let (x, baseline) = (PAGE.0 / 2.0 - width / 2.0, self.y + style.ascent());
        if self.sheet.page() == 1 {
            self.sheet.element(Role::Paragraph, |sheet| sheet.line(x, baseline, style, TEST_WARNING));
        } else {
            self.sheet.aside(ArtifactType::Header, x, baseline, style, TEST_WARNING);
        }
        self.y += style.leading() + 6.0;
    }

    /// Starts another page if less than `height` is free; true if it did.
    pub fn ensure(&mut self, height: f32) -> bool {
        if self.y + height <= PAGE.1 - MARGIN {
            return false;
        }
        self.sheet.new_page();
        self.y = MARGIN;
        self.warn();
        let style = Style::new(Face::Bold, 11.0);
        let running = format!("{} (pagina {})", self.running_title, self.sheet.page());
        self.sheet.aside(ArtifactType::Header, LEFT, self.y + style.ascent(), style, &running);
        self.y += style.leading() + GAP;
        true
    }

    /// The logo in the upper right corner; returns the height that it takes.
    pub fn logo(&mut self, creditor: &Creditor, name: &str, side: f32) -> f32 {
        let Some(logo) = &creditor.logo else { return 0.0 };
        let (width, height) = logo.fitted(side);
        let at = (LEFT + WIDTH - width, self.y);
        self.sheet.picture(at, (width, height), logo.image(), format!("Logo di {name}"));
        height
    }

    /// A grey bar over the whole width; what follows is below it.
    pub fn bar(&mut self) {
        self.sheet.area((LEFT, self.y, WIDTH, BAR), Ink::Background);
        self.y += BAR;
    }

    /// A heading on the bar whose top is given.
    pub fn bar_heading(&mut self, x: f32, top: f32, level: u8, title: &str, second: Foreign<'_>) {
        let style = if level == 2 { HEADING } else { HEADING.size(10.0) };
        self.sheet.heading(level, title, top, |sheet| {
            bilingual(sheet, x, top + BAR / 2.0 + style.size * 0.34, style, title, second);
        });
    }
}

impl Frame<'_> {
    /// A table that may go on to further pages: its element stays open, only the blocks change page.
    pub fn table(&mut self, rows: impl FnOnce(&mut Self)) {
        let table = self.sheet.begin(Role::Table);
        rows(self);
        self.sheet.end(table);
    }
}

/// Text with its translation to the right, in the colour of the second language; returns the width of both.
pub(crate) fn bilingual(
    sheet: &mut Sheet<'_>,
    x: f32,
    baseline: f32,
    style: Style,
    text: &str,
    second: Foreign<'_>,
) -> f32 {
    let Some((language, other)) = second else { return sheet.line(x, baseline, style, text) };
    let gap = style.size * 0.45;
    // The space keeps the two languages apart when the text is read or copied.
    let width = sheet.line(x, baseline, style, &format!("{text} "));
    let x = x + width + gap / 2.0;
    let style = Style::new(Face::Regular, style.size * 0.85).ink(Ink::Second);
    width + gap + sheet.element(Role::Foreign(language), |sheet| sheet.line(x, baseline, style, other))
}

/// A paragraph in the second language, if there is one; returns its height.
pub(crate) fn foreign(
    sheet: &mut Sheet<'_>,
    at: (f32, f32),
    width: f32,
    style: Style,
    text: Foreign<'_>,
) -> f32 {
    let Some((language, text)) = text else { return 0.0 };
    sheet.element(Role::Paragraph, |sheet| {
        sheet.element(Role::Foreign(language), |sheet| {
            sheet.fitted(at, width, style.ink(Ink::Second), 6.5, text, 7)
        })
    }) + 2.0
}

/// A fact: label, value.
pub(crate) struct Row<'v> {
    pub label: &'static str,
    pub second: Foreign<'static>,
    pub value: &'v str,
    pub style: Style,
    /// Lines that the value may take.
    pub max: usize,
}

/// A table of facts with row headers, made to fit its columns.
pub(crate) struct Facts<'v> {
    /// Width of the labels, and of the whole.
    columns: (f32, f32),
    rows: Vec<FittedRow<'v>>,
}

struct FittedRow<'v> {
    label: Lines<'v>,
    second: Option<(&'static str, Lines<'static>)>,
    value: Lines<'v>,
    height: f32,
}

impl<'v> Facts<'v> {
    pub fn fit(fonts: &Fonts, columns: (f32, f32), rows: impl IntoIterator<Item = Row<'v>>) -> Self {
        let label_style = Style::new(Face::Regular, 8.5);
        let second_style = Style::new(Face::Regular, 7.0).ink(Ink::Second);
        let (labels, width) = (columns.0 - 6.0, columns.1 - columns.0);
        let fitted = |row: Row<'v>| {
            let label = fit(fonts, label_style, 7.0, row.label, labels, 1);
            let second =
                row.second.map(|(code, text)| (code, fit(fonts, second_style, 6.0, text, labels, 1)));
            let value = fit(fonts, row.style, 7.0, row.value, width, row.max);
            let (label_top, value_top) = tops(&label, &value);
            let below = second.as_ref().map_or(0.0, |(_, lines)| lines.height() - 1.0);
            let height = (label_top + label.height() + below).max(value_top + value.height()) + 1.0;
            FittedRow { label, second, value, height }
        };
        Self { columns, rows: rows.into_iter().map(fitted).collect() }
    }

    pub fn height(&self) -> f32 {
        self.rows.iter().map(|row| row.height).sum()
    }

    /// Draws the table; returns its bottom.
    pub fn draw(&self, sheet: &mut Sheet<'_>, at: (f32, f32)) -> f32 {
        let (x, mut y) = at;
        let (labels, width) = self.columns;
        sheet.element(Role::Table, |sheet| {
            for (i, row) in self.rows.iter().enumerate() {
                if i > 0 {
                    sheet.area((x, y, width, 0.5), Ink::Background);
                }
                let (label_top, value_top) = tops(&row.label, &row.value);
                sheet.element(Role::Row, |sheet| {
                    sheet.element(Role::RowHeader, |sheet| {
                        sheet.lines(x, y + label_top, &row.label);
                        if let Some((language, lines)) = &row.second {
                            let top = y + label_top + row.label.height() - 1.0;
                            sheet.element(Role::Foreign(language), |sheet| sheet.lines(x, top, lines));
                        }
                    });
                    sheet.element(Role::Cell, |sheet| sheet.lines(x + labels, y + value_top, &row.value));
                });
                y += row.height;
            }
        });
        y
    }
}

/// Label and value stand on one baseline, whatever their sizes: their tops within the row.
fn tops(label: &Lines<'_>, value: &Lines<'_>) -> (f32, f32) {
    let (label, value) = (label.style.ascent(), value.style.ascent());
    let ascent = label.max(value);
    (2.0 + ascent - label, 2.0 + ascent - value)
}
