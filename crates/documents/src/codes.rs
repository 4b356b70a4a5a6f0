//! QR code and Data Matrix as outlines.
//!
//! A code is drawn as the outline of its dark areas, not as one square per module: viewers that smooth edges show hair
//! lines between squares that touch, and the outline is smaller.

use crate::DocumentError;
use datamatrix::{DataMatrixBuilder, EncodationType, SymbolList};
use krilla::geom::{Path, PathBuilder};
use qrcodegen::{QrCode, QrCodeEcc, QrSegment, Version};

/// A square code; one unit of `path` is one module.
pub(crate) struct Code {
    pub path: Path,
    /// Modules per side.
    pub modules: u16,
}

/// The QR code of a notice: version 4, correction M (`pagopa.md §3.4`).
pub(crate) fn qr(content: &str) -> Result<Code, DocumentError> {
    let fault = |reason: String| DocumentError::Code { code: "QR", reason };
    let version = Version::new(4);
    let segment = QrSegment::make_bytes(content.as_bytes());
    let code = QrCode::encode_segments_advanced(&[segment], QrCodeEcc::Medium, version, version, None, false)
        .map_err(|e| fault(e.to_string()))?;
    let side = u16::try_from(code.size()).map_err(|e| fault(e.to_string()))?;
    outline(side, |x, y| code.get_module(i32::from(x), i32::from(y)))
        .ok_or_else(|| fault("empty symbol".to_owned()))
}

/// The Data Matrix of the postal slip: square, ECC 200 (`pagopa.md §3.5`).
pub(crate) fn data_matrix(content: &str) -> Result<Code, DocumentError> {
    let fault = |reason: String| DocumentError::Code { code: "Data Matrix", reason };
    // The content is capital letters and digits: these two encodations give the same symbol as trying all of them, in a
    // twentieth of the time.
    let code = DataMatrixBuilder::new()
        .with_encodation_types(EncodationType::C40 | EncodationType::Ascii)
        .with_symbol_list(SymbolList::default().enforce_square())
        .encode(content.as_bytes())
        .map_err(|e| fault(format!("{e:?}")))?;
    let bitmap = code.bitmap();
    let side = u16::try_from(bitmap.width()).map_err(|e| fault(e.to_string()))?;
    let bits = bitmap.bits();
    let dark = |x: u16, y: u16| {
        let at = usize::from(y).saturating_mul(usize::from(side)).saturating_add(usize::from(x));
        bits.get(at).copied().unwrap_or(false)
    };
    outline(side, dark).ok_or_else(|| fault("empty symbol".to_owned()))
}

const EAST: u8 = 1;
const SOUTH: u8 = 2;
const WEST: u8 = 4;
const NORTH: u8 = 8;

/// The dark areas as a path; `None` if there are none.
fn outline(side: u16, dark: impl Fn(u16, u16) -> bool) -> Option<Code> {
    let mut path = PathBuilder::new();
    for corners in loops(side, dark) {
        for (i, (x, y)) in corners.into_iter().enumerate() {
            if i == 0 {
                path.move_to(f32::from(x), f32::from(y));
            } else {
                path.line_to(f32::from(x), f32::from(y));
            }
        }
        path.close();
    }
    path.finish().map(|path| Code { path, modules: side })
}

/// Walks around the dark areas with the dark on the right hand: the corners of each closed line.
fn loops(side: u16, dark: impl Fn(u16, u16) -> bool) -> Vec<Vec<(u16, u16)>> {
    // For each corner of the grid, the directions in which an edge leaves it.
    let stride = usize::from(side).saturating_add(1);
    let mut leaving = vec![0_u8; stride.saturating_mul(stride)];
    let corner = |x: u16, y: u16| usize::from(y).saturating_mul(stride).saturating_add(usize::from(x));
    let mut mark = |x: u16, y: u16, direction: u8| {
        if let Some(slot) = leaving.get_mut(corner(x, y)) {
            *slot |= direction;
        }
    };
    for y in 0..side {
        for x in 0..side {
            if !dark(x, y) {
                continue;
            }
            let (right, below) = (x.saturating_add(1), y.saturating_add(1));
            if y == 0 || !dark(x, y.saturating_sub(1)) {
                mark(x, y, EAST);
            }
            if right == side || !dark(right, y) {
                mark(right, y, SOUTH);
            }
            if below == side || !dark(x, below) {
                mark(right, below, WEST);
            }
            if x == 0 || !dark(x.saturating_sub(1), y) {
                mark(x, below, NORTH);
            }
        }
    }
    let mut all = Vec::new();
    for start_y in 0..=side {
        for start_x in 0..=side {
            // Each loop leaves its topmost, leftmost corner eastwards, and loops are walked whole.
            while leaving.get(corner(start_x, start_y)).is_some_and(|d| d & EAST != 0) {
                let (mut x, mut y, mut direction) = (start_x, start_y, EAST);
                let mut corners = vec![(x, y)];
                loop {
                    if let Some(slot) = leaving.get_mut(corner(x, y)) {
                        *slot &= !direction;
                    }
                    match direction {
                        EAST => x = x.saturating_add(1),
                        SOUTH => y = y.saturating_add(1),
                        WEST => x = x.saturating_sub(1),
                        _ => y = y.saturating_sub(1),
                    }
                    if (x, y) == (start_x, start_y) {
                        break;
                    }
                    let here = leaving.get(corner(x, y)).copied().unwrap_or(0);
                    // Where two areas touch by a corner, turning right keeps each loop around its own area.
                    let ways = [turn_right(direction), direction, turn_left(direction)];
                    let Some(next) = ways.into_iter().find(|d| here & d != 0) else { break };
                    if next != direction {
                        corners.push((x, y));
                        direction = next;
                    }
                }
                all.push(corners);
            }
        }
    }
    all
}

fn turn_right(direction: u8) -> u8 {
    if direction == NORTH { EAST } else { direction << 1 }
}

fn turn_left(direction: u8) -> u8 {
    if direction == EAST { NORTH } else { direction >> 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn qr_is_version_4_for_the_longest_content() {
        let code = qr("PAGOPA|002|312202500000457168|80012345678|99999999999").unwrap();
        assert_eq!(code.modules, 33);
        assert!(qr(&"x".repeat(63)).is_err());
    }

    #[test]
    fn data_matrix_holds_the_256_characters() {
        let content = format!("codfase=NBPA;{}A", "ROSSI MARIO 1234567890 ".repeat(11).get(..242).unwrap());
        assert_eq!(content.len(), 256);
        assert!(data_matrix(&content).unwrap().modules <= 64);
    }

    /// Fills the outline again by counting the edges that a ray to the left crosses, and compares with the modules.
    #[test]
    fn outline_covers_exactly_the_dark_modules() {
        for seed in 0..60_u32 {
            let side = 9_u16;
            let dark = |x: u16, y: u16| {
                let n = u32::from(x) * 31 + u32::from(y) * 17 + seed * 101;
                n.wrapping_mul(2_654_435_761).rotate_left(11) & 4 != 0
            };
            let loops = loops(side, dark);
            for y in 0..side {
                for x in 0..side {
                    let mut crossings = 0;
                    for corners in &loops {
                        for (a, b) in corners.iter().zip(corners.iter().cycle().skip(1)) {
                            if a.0 == b.0 && a.0 <= x {
                                crossings += i32::from(a.1 <= y && b.1 > y) - i32::from(b.1 <= y && a.1 > y);
                            }
                        }
                    }
                    assert_eq!(crossings != 0, dark(x, y), "seed {seed} at {x},{y}");
                }
            }
        }
        assert!(outline(9, |_, _| false).is_none());
    }
}
