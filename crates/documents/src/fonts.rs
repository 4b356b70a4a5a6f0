//! The three faces of the guide (`tipografia`: Titillium Web for text, Roboto Mono for codes), parsed once.

use crate::DocumentError;
use krilla::text::Font;
use std::collections::HashMap;

/// A face of the documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Face {
    /// Titillium Web 400.
    Regular,
    /// Titillium Web 700.
    Bold,
    /// Roboto Mono 400, for codes that people type.
    Mono,
}

/// A character in a face.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Glyph {
    pub id: u16,
    /// Advance in ems.
    pub advance: f32,
}

/// A parsed face.
pub(crate) struct FaceData {
    pub font: Font,
    /// Characters below U+0180, where nearly all text lives.
    common: Vec<Option<Glyph>>,
    others: HashMap<char, Glyph>,
}

const COMMON: u32 = 0x180;

impl FaceData {
    fn load(name: &'static str, bytes: &'static [u8]) -> Result<Self, DocumentError> {
        let parsed = ttf_parser::Face::parse(bytes, 0).map_err(|_| DocumentError::Font(name))?;
        let font = Font::new(bytes.into(), 0).ok_or(DocumentError::Font(name))?;
        let em = f32::from(parsed.units_per_em());
        let mut common = vec![None; COMMON as usize];
        let mut others = HashMap::new();
        let mut codepoints = Vec::new();
        for table in parsed
            .tables()
            .cmap
            .into_iter()
            .flat_map(|cmap| cmap.subtables)
            .filter(ttf_parser::cmap::Subtable::is_unicode)
        {
            table.codepoints(|c| codepoints.push(c));
        }
        for c in codepoints.into_iter().filter_map(char::from_u32) {
            let Some(id) = parsed.glyph_index(c).filter(|id| id.0 != 0) else { continue };
            let glyph =
                Glyph { id: id.0, advance: f32::from(parsed.glyph_hor_advance(id).unwrap_or(0)) / em };
            match common.get_mut(c as usize) {
                Some(slot) => *slot = Some(glyph),
                None => {
                    others.insert(c, glyph);
                }
            }
        }
        Ok(Self { font, common, others })
    }

    /// The glyph of a character, if the face has it.
    pub fn glyph(&self, c: char) -> Option<Glyph> {
        match self.common.get(c as usize) {
            Some(slot) => *slot,
            None => self.others.get(&c).copied(),
        }
    }
}

/// All the faces.
pub(crate) struct Fonts {
    regular: FaceData,
    bold: FaceData,
    mono: FaceData,
}

impl Fonts {
    pub fn load() -> Result<Self, DocumentError> {
        Ok(Self {
            regular: FaceData::load("Titillium Web", assets::fonts::TITILLIUM_REGULAR)?,
            bold: FaceData::load("Titillium Web Bold", assets::fonts::TITILLIUM_BOLD)?,
            mono: FaceData::load("Roboto Mono", assets::fonts::ROBOTO_MONO_REGULAR)?,
        })
    }

    pub fn face(&self, face: Face) -> &FaceData {
        match face {
            Face::Regular => &self.regular,
            Face::Bold => &self.bold,
            Face::Mono => &self.mono,
        }
    }

    /// Width of a text in points. A character without glyph counts as the fallback that will be drawn for it.
    pub fn width(&self, face: Face, size: f32, text: &str) -> f32 {
        let data = self.face(face);
        let ems: f32 = text
            .chars()
            .map(|c| data.glyph(c).or_else(|| data.glyph(crate::text::FALLBACK)).map_or(0.0, |g| g.advance))
            .sum();
        ems * size
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faces_have_the_latin_repertoire_and_the_fallback() {
        let fonts = Fonts::load().unwrap();
        for face in [Face::Regular, Face::Bold, Face::Mono] {
            for c in "ABCabc0123,.-'’àèéìòùÀÈÉÌÒÙäöüßçčšž€ñőŵ…–—·".chars().chain([crate::text::FALLBACK])
            {
                assert!(fonts.face(face).glyph(c).is_some(), "{face:?} has no {c}");
            }
            assert!(fonts.face(face).glyph('漢').is_none());
            assert!(fonts.face(face).glyph('\u{0}').is_none());
        }
    }

    #[test]
    fn mono_is_mono_and_widths_add_up() {
        let fonts = Fonts::load().unwrap();
        let one = fonts.width(Face::Mono, 10.0, "0");
        assert!((fonts.width(Face::Mono, 10.0, "0123456789") - one * 10.0).abs() < 0.01);
        assert!(fonts.width(Face::Bold, 10.0, "iii") < fonts.width(Face::Bold, 10.0, "MMM"));
        assert!(
            (fonts.width(Face::Regular, 20.0, "Ente") - 2.0 * fonts.width(Face::Regular, 10.0, "Ente")).abs()
                < 0.01
        );
    }
}
