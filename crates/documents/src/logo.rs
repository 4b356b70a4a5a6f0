//! The logo of an ente.

use crate::DocumentError;
use krilla::image::Image;

/// A logo ready to be drawn: decoded and compressed once, cheap to clone, shared by all the documents of an ente.
#[derive(Clone)]
pub struct Logo(Image);

impl Logo {
    /// Greatest width and height, in pixels (30 mm at about 212 dpi).
    pub const MAX_SIDE: u32 = 250;
    /// Greatest size of the file.
    pub const MAX_BYTES: usize = 256 * 1024;

    /// Reads a PNG or JPEG image of at most 250×250 pixels. SVG is refused: it can carry scripts, outside references and
    /// text in fonts that we do not have.
    ///
    /// # Errors
    /// [`DocumentError::Field`] naming the rule that the file breaks.
    pub fn parse(bytes: &[u8]) -> Result<Self, DocumentError> {
        let refuse = |rule: String| DocumentError::Field { field: "logo", rule };
        if bytes.len() > Self::MAX_BYTES {
            return Err(refuse(format!("is {} bytes, at most {} are allowed", bytes.len(), Self::MAX_BYTES)));
        }
        let data: krilla::Data = bytes.to_vec().into();
        let image = if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
            Image::from_png(data, false)
        } else if bytes.starts_with(&[0xFF, 0xD8, 0xFF]) {
            Image::from_jpeg(data, false)
        } else {
            return Err(refuse("must be a PNG or JPEG image (SVG is not accepted)".to_owned()));
        };
        let image = image.map_err(|e| refuse(format!("cannot be read: {e}")))?;
        let (width, height) = image.size();
        if width == 0 || height == 0 || width > Self::MAX_SIDE || height > Self::MAX_SIDE {
            return Err(refuse(format!(
                "is {width}×{height} pixels, at most {0}×{0} are allowed",
                Self::MAX_SIDE
            )));
        }
        // The pixels are decoded only when the image is written: find a broken file now, not at the first notice.
        let mut trial = krilla::Document::new();
        let mut page = trial.start_page();
        let mut surface = page.surface();
        if let Some(size) = krilla::geom::Size::from_wh(1.0, 1.0) {
            surface.draw_image(image.clone(), size);
        }
        surface.finish();
        page.finish();
        trial.finish().map_err(|e| refuse(format!("cannot be decoded: {e}")))?;
        Ok(Self(image))
    }

    pub(crate) fn image(&self) -> &Image {
        &self.0
    }

    /// Width and height in points, inside a square of `side` points.
    pub(crate) fn fitted(&self, side: f32) -> (f32, f32) {
        let (width, height) = self.0.size();
        #[allow(clippy::cast_precision_loss, reason = "at most 250")]
        let (width, height) = (width as f32, height as f32);
        let scale = side / width.max(height).max(1.0);
        (width * scale, height * scale)
    }
}

impl std::fmt::Debug for Logo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (width, height) = self.0.size();
        write!(f, "Logo({width}×{height})")
    }
}
