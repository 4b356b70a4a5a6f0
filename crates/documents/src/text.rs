//! Cleaning of foreign text, and making it fit.

use crate::fonts::{Face, Fonts};
use std::borrow::Cow;
use unicode_normalization::UnicodeNormalization as _;

/// Stands for a character that the fonts do not have (emoji, other scripts): visible, so that a reader sees that
/// something was there.
pub(crate) const FALLBACK: char = '?';
const ELLIPSIS: char = '…';

/// Text that the fonts can show, on one line, at most `limit` characters (cut with an ellipsis).
///
/// Control characters and white space become single spaces; invisible format characters go (direction marks would let a
/// name rewrite what follows it, zero-width ones cannot be printed); accents are composed; what no face has becomes its
/// base letter if that exists (`ạ` → `a`), else [`FALLBACK`].
pub(crate) fn clean(fonts: &Fonts, text: &str, limit: usize) -> String {
    let face = fonts.face(Face::Regular);
    let mut line = Line {
        text: String::with_capacity(text.len().min(limit.saturating_mul(4))),
        count: 0,
        gap: false,
        limit,
    };
    // A text of a megabyte is cut too: characters past any possible use are not even looked at.
    for c in text.chars().take(limit.saturating_mul(16)).nfc() {
        let whole = match c {
            _ if c.is_whitespace() || c.is_control() => {
                line.gap = line.count > 0;
                true
            }
            _ if is_invisible(c) => true,
            '\u{2010}' | '\u{2011}' => line.push('-'),
            '\u{2012}' | '\u{2015}' => line.push('–'),
            _ if face.glyph(c).is_some() => line.push(c),
            _ if unicode_normalization::char::is_combining_mark(c) => true,
            _ => {
                let known = |part: &char| !part.is_whitespace() && face.glyph(*part).is_some();
                let mut parts = std::iter::once(c).nfkd().filter(known).peekable();
                if parts.peek().is_none() { line.push(FALLBACK) } else { parts.all(|part| line.push(part)) }
            }
        };
        if !whole {
            break;
        }
    }
    line.text
}

/// A cleaned text under construction.
struct Line {
    text: String,
    count: usize,
    /// White space was seen since the last character.
    gap: bool,
    limit: usize,
}

impl Line {
    /// Adds a character; false if it does not fit, and then the text ends with an ellipsis.
    fn push(&mut self, c: char) -> bool {
        let needed = if self.gap { 2 } else { 1 };
        if self.count.saturating_add(needed) > self.limit {
            if self.count == self.limit {
                let _ = self.text.pop();
            }
            self.text.truncate(self.text.trim_end().len());
            self.text.push(ELLIPSIS);
            return false;
        }
        if self.gap {
            self.text.push(' ');
            self.gap = false;
        }
        self.text.push(c);
        self.count = self.count.saturating_add(needed);
        true
    }
}

fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}'
        | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}'
        | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E0FFF}')
}

/// Face, size and ink of a text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Style {
    pub face: Face,
    /// Points.
    pub size: f32,
    pub ink: Ink,
}

/// Colours of the guide (`pagopa.md §3.8`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ink {
    /// `#000000`, text.
    Black,
    /// `#7C7C7B`, second language.
    Second,
    /// `#ECECEC`, background of headings.
    Background,
    /// `#0066CC`, accent.
    Accent,
    /// Black at 70 %, for the authorisation of Poste Italiane.
    Authorization,
    /// Warning of the test environment, and second payments.
    Warning,
    /// Light tint of the diagonal mark of the test environment.
    Watermark,
    /// Quiet zone of codes.
    White,
}

impl Style {
    pub const fn new(face: Face, size: f32) -> Self {
        Self { face, size, ink: Ink::Black }
    }

    pub const fn ink(self, ink: Ink) -> Self {
        Self { ink, ..self }
    }

    pub const fn size(self, size: f32) -> Self {
        Self { size, ..self }
    }

    /// Distance between two baselines.
    pub fn leading(self) -> f32 {
        self.size * 1.22
    }

    /// Distance from the top of a line to its baseline.
    pub fn ascent(self) -> f32 {
        self.size * 0.95
    }
}

/// A text broken into lines.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Lines<'t> {
    pub style: Style,
    pub lines: Vec<Cow<'t, str>>,
}

impl Lines<'_> {
    pub fn height(&self) -> f32 {
        #[allow(clippy::cast_precision_loss, reason = "a few lines")]
        let count = self.lines.len() as f32;
        count * self.style.leading()
    }
}

/// Breaks cleaned text at spaces; a word longer than the line is broken where it must.
pub(crate) fn wrap<'t>(fonts: &Fonts, style: Style, text: &'t str, width: f32) -> Lines<'t> {
    let data = fonts.face(style.face);
    let fallback = data.glyph(FALLBACK).map_or(0.0, |g| g.advance);
    let mut lines = Vec::new();
    let mut start = 0; // of the line
    let mut space = None; // last space of the line: (its position, the x after it)
    let mut x = 0.0;
    for (at, c) in text.char_indices() {
        let advance = data.glyph(c).map_or(fallback, |g| g.advance) * style.size;
        if c == ' ' {
            x += advance;
            space = Some((at, x));
            continue;
        }
        // Twice, when the word is too long for the next line as well.
        while x + advance > width && at > start {
            match space.take() {
                Some((gap, after)) => {
                    push(&mut lines, text, start, gap);
                    start = gap.saturating_add(1);
                    x -= after;
                }
                None => {
                    push(&mut lines, text, start, at);
                    start = at;
                    x = 0.0;
                }
            }
        }
        x += advance;
    }
    if start < text.len() {
        push(&mut lines, text, start, text.len());
    }
    Lines { style, lines }
}

fn push<'t>(lines: &mut Vec<Cow<'t, str>>, text: &'t str, from: usize, to: usize) {
    lines.push(Cow::Borrowed(text.get(from..to).unwrap_or_default().trim_end()));
}

/// Wraps within `max` lines: first by shrinking down to `smallest` points, then by cutting with an ellipsis.
pub(crate) fn fit<'t>(
    fonts: &Fonts,
    style: Style,
    smallest: f32,
    text: &'t str,
    width: f32,
    max: usize,
) -> Lines<'t> {
    let mut size = style.size;
    loop {
        let mut wrapped = wrap(fonts, style.size(size), text, width);
        if wrapped.lines.len() <= max {
            return wrapped;
        }
        if size > smallest {
            size = (size - 0.5).max(smallest);
            continue;
        }
        wrapped.lines.truncate(max);
        if let Some(last) = wrapped.lines.last_mut() {
            let mut cut = last.to_string();
            cut.push(ELLIPSIS);
            while fonts.width(style.face, size, &cut) > width && cut.chars().count() > 1 {
                let _ = cut.pop();
                let _ = cut.pop();
                cut.truncate(cut.trim_end().len());
                cut.push(ELLIPSIS);
            }
            *last = Cow::Owned(cut);
        }
        return wrapped;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fonts() -> &'static Fonts {
        static FONTS: std::sync::OnceLock<Fonts> = std::sync::OnceLock::new();
        FONTS.get_or_init(|| Fonts::load().unwrap())
    }

    fn cleaned(text: &str) -> String {
        clean(fonts(), text, 100)
    }

    #[test]
    fn control_and_space_become_single_spaces() {
        assert_eq!(cleaned("  Tassa\r\n rifiuti\t\u{0}\u{85}2026\u{a0}  "), "Tassa rifiuti 2026");
    }

    #[test]
    fn accents_are_composed_and_kept() {
        assert_eq!(cleaned("Niccolo\u{300} D’Arc\u{327}à Škoda"), "Niccolò D’Arçà Škoda");
        assert_eq!(cleaned("Nguyễn Thị Hạnh"), "Nguyen Thi Hanh");
    }

    #[test]
    fn invisible_marks_go_and_unknown_characters_are_seen() {
        assert_eq!(cleaned("a\u{202e}gnp\u{2066}.exe\u{200b}"), "agnp.exe");
        assert_eq!(cleaned("Rossi 👩\u{200d}👧 Łódź"), "Rossi ?? Łódź");
        assert_eq!(cleaned("عمر"), "???");
        assert_eq!(cleaned("uﬃcio №5 x²"), "ufficio No5 x²");
    }

    #[test]
    fn limit_counts_characters_and_shows_the_cut() {
        assert_eq!(clean(fonts(), "abcdef", 6), "abcdef");
        assert_eq!(clean(fonts(), "abcdefg", 6), "abcde…");
        assert_eq!(clean(fonts(), "abcde fg", 6), "abcde…");
        assert_eq!(clean(fonts(), "abcd fgh", 6), "abcd…");
        assert_eq!(clean(fonts(), "àèìòùé ", 6), "àèìòùé");
        assert_eq!(clean(fonts(), "", 6), "");
    }

    #[test]
    fn wrapping_breaks_at_spaces_and_inside_giants() {
        let style = Style::new(Face::Regular, 10.0);
        let lines = wrap(fonts(), style, "uno due tre quattro cinque sei", 60.0).lines;
        assert_eq!(lines.join(" "), "uno due tre quattro cinque sei");
        assert!(lines.len() > 2);
        let giant = "M".repeat(50);
        let lines = wrap(fonts(), style, &giant, 60.0).lines;
        assert_eq!(lines.concat(), giant);
        assert!(lines.len() > 5);
    }

    #[test]
    fn fitting_shrinks_before_it_cuts() {
        let style = Style::new(Face::Bold, 14.0);
        let text = "Associazione Intercomunale dei Servizi Sociali";
        let fitted = fit(fonts(), style, 8.0, text, 150.0, 2);
        assert!(fitted.style.size < 14.0 && fitted.style.size >= 8.0);
        assert_eq!(fitted.lines.join(" "), text);
        let fitted = fit(fonts(), style, 12.0, text, 90.0, 1);
        assert_eq!(fitted.lines.len(), 1);
        assert!(fitted.lines[0].ends_with('…'));
        assert!(fonts().width(Face::Bold, 12.0, &fitted.lines[0]) <= 90.0);
    }

    proptest! {
        #[test]
        fn cleaning_never_fails_and_shows_only_known_glyphs(text in "\\PC*|.{0,200}", limit in 1_usize..120) {
            let out = clean(fonts(), &text, limit);
            prop_assert!(out.chars().count() <= limit);
            prop_assert!(!out.contains("  ") && out.trim() == out);
            for c in out.chars() {
                prop_assert!(fonts().face(Face::Regular).glyph(c).is_some(), "{:?}", c);
            }
            prop_assert_eq!(&clean(fonts(), &out, limit), &out);
        }

        #[test]
        fn lines_hold_all_text_and_stay_inside(text in "[a-zA-Zàè ,.]{0,300}", width in 20.0_f32..400.0) {
            let text = clean(fonts(), &text, 1000);
            let style = Style::new(Face::Regular, 9.0);
            let lines = wrap(fonts(), style, &text, width);
            prop_assert_eq!(lines.lines.concat().replace(' ', ""), text.replace(' ', ""));
            for line in &lines.lines {
                prop_assert!(fonts().width(Face::Regular, 9.0, line) <= width + 0.01 || line.chars().count() == 1);
            }
            let fitted = fit(fonts(), style, 6.0, &text, width, 3);
            prop_assert!(fitted.lines.len() <= 3);
        }
    }
}
