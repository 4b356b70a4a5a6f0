//! Pages with structure: the only module that draws.
//!
//! A [`Sheet`] collects blocks. Each block belongs to the structure element that is open when it is drawn, or is an
//! artifact; there is no third way, so nothing can end up on a page without being either in the reading order or out of
//! it on purpose. The reading order is the order of the calls. Lengths are points from the upper left corner.

use crate::DocumentError;
use crate::fonts::{Face, Fonts};
use crate::text::{FALLBACK, Ink, Lines, Style, fit};
use krilla::color::{luma, rgb};
use krilla::configure::{Accessibility, ConfigurationBuilder};
use krilla::destination::XyzDestination;
use krilla::error::KrillaError;
use krilla::geom::{Path, PathBuilder, Point, Rect, Size, Transform};
use krilla::image::Image;
use krilla::metadata::Metadata;
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::paint::{Fill, FillRule, Paint};
use krilla::surface::Surface;
use krilla::tagging::{
    Artifact, ArtifactType, ContentTag, Identifier, Node, SpanTag, TableHeaderScope, Tag, TagGroup, TagKind,
    TagTree,
};
use krilla::text::GlyphId;
use krilla::{Document, SerializeSettings};
use std::num::NonZeroU16;
use std::ops::Range;

/// A4.
pub(crate) const PAGE: (f32, f32) = (595.28, 841.89);
/// Ten millimetres, on all sides (`margini-e-spazi`).
pub(crate) const MARGIN: f32 = mm(10.0);

pub(crate) const fn mm(length: f32) -> f32 {
    length * 72.0 / 25.4
}

/// Role of a structure element.
#[derive(Clone, Debug)]
pub(crate) enum Role {
    /// Heading of a level, which also becomes a bookmark.
    Heading(u8, String),
    Paragraph,
    Table,
    Row,
    RowHeader,
    ColumnHeader,
    Cell,
    /// With alternative text.
    Figure(String),
    /// Text in another language.
    Foreign(&'static str),
}

enum Child {
    Element(usize),
    Block(usize),
}

struct Element {
    role: Role,
    children: Vec<Child>,
    /// Not inside another element.
    root: bool,
}

#[derive(Clone, Copy)]
enum Owner {
    Element,
    Artifact(ArtifactType),
}

struct Block {
    page: usize,
    owner: Owner,
    ops: Vec<Op>,
}

enum Op {
    /// Text of the arena, at a baseline.
    Text {
        style: Style,
        at: (f32, f32),
        text: Range<usize>,
    },
    Rect {
        area: (f32, f32, f32, f32),
        ink: Ink,
    },
    /// A square shape in its own units, drawn with sides of that many points.
    Shape {
        path: Path,
        units: f32,
        at: (f32, f32),
        side: f32,
    },
    Image {
        image: Image,
        at: (f32, f32),
        size: (f32, f32),
    },
    /// Text turned by some degrees around its baseline's start.
    Turned {
        style: Style,
        at: (f32, f32),
        degrees: f32,
        text: Range<usize>,
    },
}

/// An element that is open.
#[must_use]
pub(crate) struct Opened(usize);

struct Bookmark {
    title: String,
    level: u8,
    page: usize,
    y: f32,
}

/// A document under construction.
pub(crate) struct Sheet<'f> {
    pub fonts: &'f Fonts,
    elements: Vec<Element>,
    open: Vec<usize>,
    blocks: Vec<Block>,
    text: String,
    bookmarks: Vec<Bookmark>,
    pages: usize,
}

impl<'f> Sheet<'f> {
    pub fn new(fonts: &'f Fonts) -> Self {
        Self {
            fonts,
            elements: Vec::with_capacity(96),
            open: Vec::new(),
            blocks: Vec::with_capacity(96),
            text: String::with_capacity(4096),
            bookmarks: Vec::new(),
            pages: 1,
        }
    }

    /// Starts a new page.
    pub fn new_page(&mut self) {
        self.pages = self.pages.saturating_add(1);
    }

    /// Number of the page being drawn, from 1.
    pub fn page(&self) -> usize {
        self.pages
    }

    /// Everything drawn by `content` belongs to a new element inside the open one.
    pub fn element<R>(&mut self, role: Role, content: impl FnOnce(&mut Self) -> R) -> R {
        let opened = self.begin(role);
        let result = content(self);
        self.end(opened);
        result
    }

    /// Opens an element; everything drawn until [`Sheet::end`] belongs to it.
    pub fn begin(&mut self, role: Role) -> Opened {
        let id = self.elements.len();
        self.elements.push(Element { role, children: Vec::new(), root: self.open.is_empty() });
        if let Some(parent) = self.open.last().and_then(|p| self.elements.get_mut(*p)) {
            parent.children.push(Child::Element(id));
        }
        self.open.push(id);
        Opened(id)
    }

    /// Closes an element, and any inside it still open.
    pub fn end(&mut self, opened: Opened) {
        while self.open.pop().is_some_and(|id| id != opened.0) {}
    }

    /// A block of the open element; of the document itself it would have no role, so that becomes a paragraph.
    fn block(&mut self, ops: Vec<Op>) {
        let Some(parent) = self.open.last().copied() else {
            return self.element(Role::Paragraph, |sheet| sheet.block(ops));
        };
        let id = self.blocks.len();
        self.blocks.push(Block { page: self.pages.saturating_sub(1), owner: Owner::Element, ops });
        if let Some(element) = self.elements.get_mut(parent) {
            element.children.push(Child::Block(id));
        }
    }

    fn artifact(&mut self, kind: ArtifactType, ops: Vec<Op>) {
        self.blocks.push(Block { page: self.pages.saturating_sub(1), owner: Owner::Artifact(kind), ops });
    }

    fn store(&mut self, text: &str) -> Range<usize> {
        let start = self.text.len();
        self.text.push_str(text);
        start..self.text.len()
    }

    /// Lines below each other from `top`; returns their height. All but the last end with a space, so that words are
    /// not glued together when the text is read or copied.
    pub fn lines(&mut self, x: f32, top: f32, lines: &Lines<'_>) -> f32 {
        let mut ops = Vec::with_capacity(lines.lines.len());
        let mut y = top + lines.style.ascent();
        for (i, line) in lines.lines.iter().enumerate() {
            let start = self.text.len();
            self.text.push_str(line);
            if i.saturating_add(1) < lines.lines.len() {
                self.text.push(' ');
            }
            ops.push(Op::Text { style: lines.style, at: (x, y), text: start..self.text.len() });
            y += lines.style.leading();
        }
        if !ops.is_empty() {
            self.block(ops);
        }
        lines.height()
    }

    /// One line, at a baseline; returns its width.
    pub fn line(&mut self, x: f32, baseline: f32, style: Style, text: &str) -> f32 {
        if text.is_empty() {
            return 0.0;
        }
        let width = self.fonts.width(style.face, style.size, text);
        let text = self.store(text);
        self.block(vec![Op::Text { style, at: (x, baseline), text }]);
        width
    }

    /// A text in an area of given width, shrunk to no less than `smallest` points and cut to `max` lines.
    pub fn fitted(
        &mut self,
        (x, top): (f32, f32),
        width: f32,
        style: Style,
        smallest: f32,
        text: &str,
        max: usize,
    ) -> f32 {
        let lines = fit(self.fonts, style, smallest, text, width, max);
        self.lines(x, top, &lines)
    }

    /// A heading; `title` is its bookmark.
    pub fn heading<R>(
        &mut self,
        level: u8,
        title: &str,
        top: f32,
        content: impl FnOnce(&mut Self) -> R,
    ) -> R {
        self.bookmarks.push(Bookmark {
            title: title.to_owned(),
            level,
            page: self.pages.saturating_sub(1),
            y: top,
        });
        self.element(Role::Heading(level, title.to_owned()), content)
    }

    /// A machine-readable code in a square of `side` points with alternative text, on white for `quiet` modules around.
    pub fn code(
        &mut self,
        at: (f32, f32),
        side: f32,
        code: crate::codes::Code,
        quiet: u8,
        alternative: String,
    ) {
        let units = f32::from(code.modules.max(1));
        let quiet = f32::from(quiet) * side / units;
        self.artifact(
            ArtifactType::Other,
            vec![Op::Rect {
                area: (at.0 - quiet, at.1 - quiet, side + 2.0 * quiet, side + 2.0 * quiet),
                ink: Ink::White,
            }],
        );
        self.element(Role::Figure(alternative), |sheet| {
            sheet.block(vec![Op::Shape { path: code.path, units, at, side }]);
        });
    }

    /// A picture with alternative text.
    pub fn picture(&mut self, at: (f32, f32), size: (f32, f32), image: &Image, alternative: String) {
        let image = image.clone();
        self.element(Role::Figure(alternative), |sheet| sheet.block(vec![Op::Image { image, at, size }]));
    }

    /// A decorative area.
    pub fn area(&mut self, area: (f32, f32, f32, f32), ink: Ink) {
        self.artifact(ArtifactType::Layout, vec![Op::Rect { area, ink }]);
    }

    /// A decorative text: repeated headers, page numbers.
    pub fn aside(&mut self, kind: ArtifactType, x: f32, baseline: f32, style: Style, text: &str) {
        let text = self.store(text);
        self.artifact(kind, vec![Op::Text { style, at: (x, baseline), text }]);
    }

    /// A mark across the page.
    pub fn watermark(&mut self, text: &str) {
        let style = Style::new(Face::Bold, 56.0).ink(Ink::Watermark);
        let width = self.fonts.width(style.face, style.size, text);
        let degrees = -55.0_f32;
        let (sin, cos) = degrees.to_radians().sin_cos();
        let at = (PAGE.0 / 2.0 - width / 2.0 * cos, PAGE.1 / 2.0 - width / 2.0 * sin);
        let text = self.store(text);
        self.artifact(ArtifactType::Watermark, vec![Op::Turned { style, at, degrees, text }]);
    }

    /// Writes the PDF.
    pub fn finish(self, title: &str) -> Result<Vec<u8>, DocumentError> {
        let configuration = ConfigurationBuilder::new()
            .with_accessibility_validator(Accessibility::UA1)
            .finish()
            .map_err(|e| DocumentError::Pdf(format!("{e:?}")))?;
        let mut document =
            Document::new_with(SerializeSettings { configuration, ..SerializeSettings::default() });
        let size = Size::from_wh(PAGE.0, PAGE.1).ok_or_else(|| DocumentError::Pdf("page size".to_owned()))?;
        let mut identifiers: Vec<Option<Identifier>> = vec![None; self.blocks.len()];
        let mut glyphs = Vec::with_capacity(160);
        for number in 0..self.pages {
            let mut page = document.start_page_with(PageSettings::new(size));
            let mut surface = page.surface();
            for (block, identifier) in
                self.blocks.iter().zip(identifiers.iter_mut()).filter(|(b, _)| b.page == number)
            {
                match block.owner {
                    Owner::Element => {
                        let text = matches!(block.ops.first(), Some(Op::Text { .. }));
                        let tag = if text { ContentTag::Span(SpanTag::empty()) } else { ContentTag::Other };
                        *identifier = Some(surface.start_tagged(tag));
                    }
                    Owner::Artifact(kind) => {
                        let _ = surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(kind)));
                    }
                }
                for op in &block.ops {
                    self.draw(&mut surface, op, &mut glyphs);
                }
                surface.end_tagged();
            }
            surface.finish();
            page.finish();
        }
        let mut tree = TagTree::new().with_lang(Some("it-IT".to_owned()));
        for (id, _) in self.elements.iter().enumerate().filter(|(_, element)| element.root) {
            if let Some(group) = self.group(id, &identifiers) {
                tree.push(group);
            }
        }
        document.set_tag_tree(tree);
        document.set_outline(self.outline());
        document.set_metadata(
            Metadata::new().title(title.to_owned()).language("it-IT".to_owned()).producer("Snodo".to_owned()),
        );
        document.finish().map_err(fault)
    }

    fn draw(&self, surface: &mut Surface<'_>, op: &Op, glyphs: &mut Vec<Placed>) {
        match op {
            Op::Text { style, at, text } => {
                surface.set_fill(Some(fill(style.ink)));
                self.glyphs(surface, *style, *at, text, glyphs);
            }
            Op::Turned { style, at, degrees, text } => {
                surface.set_fill(Some(fill(style.ink)));
                surface.push_transform(&Transform::from_rotate_at(*degrees, at.0, at.1));
                self.glyphs(surface, *style, *at, text, glyphs);
                surface.pop();
            }
            Op::Rect { area, ink } => {
                let Some(rect) = Rect::from_xywh(area.0, area.1, area.2, area.3) else { return };
                let mut path = PathBuilder::new();
                path.push_rect(rect);
                let Some(path) = path.finish() else { return };
                surface.set_fill(Some(fill(*ink)));
                surface.draw_path(&path);
            }
            Op::Shape { path, units, at, side } => {
                let scale = side / units;
                surface.set_fill(Some(fill(Ink::Black)));
                surface.push_transform(&Transform::from_row(scale, 0.0, 0.0, scale, at.0, at.1));
                surface.draw_path(path);
                surface.pop();
            }
            Op::Image { image, at, size } => {
                let Some(size) = Size::from_wh(size.0, size.1) else { return };
                surface.push_transform(&Transform::from_translate(at.0, at.1));
                surface.draw_image(image.clone(), size);
                surface.pop();
            }
        }
    }

    fn glyphs(
        &self,
        surface: &mut Surface<'_>,
        style: Style,
        at: (f32, f32),
        range: &Range<usize>,
        glyphs: &mut Vec<Placed>,
    ) {
        let text = self.text.get(range.clone()).unwrap_or_default();
        let data = self.fonts.face(style.face);
        glyphs.clear();
        for (start, c) in text.char_indices() {
            // Cleaned text has only glyphs of the regular face; another face may still lack one.
            if let Some(glyph) = data.glyph(c).or_else(|| data.glyph(FALLBACK)) {
                glyphs.push(Placed {
                    id: glyph.id,
                    advance: glyph.advance,
                    range: start..start.saturating_add(c.len_utf8()),
                });
            }
        }
        surface.draw_glyphs(Point::from_xy(at.0, at.1), glyphs, data.font.clone(), text, style.size, false);
    }

    fn group(&self, id: usize, identifiers: &[Option<Identifier>]) -> Option<TagGroup> {
        let element = self.elements.get(id)?;
        let children = element
            .children
            .iter()
            .filter_map(|child| match child {
                Child::Element(inner) => self.group(*inner, identifiers).map(Node::Group),
                Child::Block(block) => identifiers.get(*block).copied().flatten().map(Node::Leaf),
            })
            .collect();
        Some(TagGroup::with_children(tag(&element.role), children))
    }

    fn outline(&self) -> Outline {
        let mut outline = Outline::new();
        let mut chapters: Vec<(u8, OutlineNode)> = Vec::new();
        for bookmark in &self.bookmarks {
            let target = XyzDestination::new(bookmark.page, Point::from_xy(0.0, bookmark.y));
            let node = OutlineNode::new(bookmark.title.clone(), target);
            match chapters.last_mut() {
                Some((level, chapter)) if bookmark.level > *level && *level > 1 => chapter.push_child(node),
                _ => chapters.push((bookmark.level, node)),
            }
        }
        for (_, chapter) in chapters {
            outline.push_child(chapter);
        }
        outline
    }
}

fn tag(role: &Role) -> TagKind {
    match role {
        Role::Heading(level, title) => {
            Tag::Hn(NonZeroU16::new(u16::from(*level)).unwrap_or(NonZeroU16::MIN), Some(title.clone())).into()
        }
        Role::Paragraph => Tag::P.into(),
        Role::Table => Tag::Table.into(),
        Role::Row => Tag::TR.into(),
        Role::RowHeader => Tag::TH(TableHeaderScope::Row).into(),
        Role::ColumnHeader => Tag::TH(TableHeaderScope::Column).into(),
        Role::Cell => Tag::TD.into(),
        Role::Figure(alternative) => Tag::Figure(Some(alternative.clone())).into(),
        Role::Foreign(language) => Tag::Span.with_lang(Some((*language).to_owned())).into(),
    }
}

fn fill(ink: Ink) -> Fill {
    let paint: Paint = match ink {
        Ink::Black => luma::Color::black().into(),
        Ink::White => luma::Color::white().into(),
        Ink::Second => rgb::Color::new(0x7C, 0x7C, 0x7B).into(),
        Ink::Background => luma::Color::new(0xEC).into(),
        Ink::Accent => rgb::Color::new(0x00, 0x66, 0xCC).into(),
        Ink::Authorization => luma::Color::new(0x4D).into(),
        Ink::Warning => rgb::Color::new(0xB3, 0x1B, 0x34).into(),
        Ink::Watermark => rgb::Color::new(0xF7, 0xE1, 0xE4).into(),
    };
    Fill { paint, opacity: krilla::num::NormalizedF32::ONE, rule: FillRule::NonZero }
}

fn fault(error: KrillaError) -> DocumentError {
    DocumentError::Pdf(match &error {
        KrillaError::Validation(errors) => format!("{:?}", errors.iter().map(|e| &e.0).collect::<Vec<_>>()),
        other => other.to_string(),
    })
}

/// A glyph at its place in the text.
struct Placed {
    id: u16,
    advance: f32,
    range: Range<usize>,
}

impl krilla::text::Glyph for Placed {
    fn glyph_id(&self) -> GlyphId {
        GlyphId::new(u32::from(self.id))
    }
    fn text_range(&self) -> Range<usize> {
        self.range.clone()
    }
    fn x_advance(&self, size: f32) -> f32 {
        self.advance * size
    }
    fn x_offset(&self, _: f32) -> f32 {
        0.0
    }
    fn y_offset(&self, _: f32) -> f32 {
        0.0
    }
    fn y_advance(&self, _: f32) -> f32 {
        0.0
    }
    fn location(&self) -> Option<krilla::surface::Location> {
        None
    }
}

#[cfg(test)]
#[path = "sheet_inspection.rs"]
pub(crate) mod inspection;
