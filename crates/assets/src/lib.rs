//! Static files of the pages and fonts of the PDF documents, embedded in the binary.
//!
//! Everything here comes from the npm package of Bootstrap Italia, fetched and verified by `build.rs`; nothing of it is
//! in the repository. Each public file has its content hash in its name, so that it may be served with
//! `Cache-Control: public, max-age=31536000, immutable`.
//!
//! The style sheet is the whole minified framework (the public validator looks for its version variable and its class
//! names) followed by `@font-face` rules that point at our own host: pages need no JavaScript to have their fonts. It
//! contains `data:` images and one `data:` font (icons of the video player), so a content security policy that wants
//! them needs `img-src 'self' data:` and `font-src 'self' data:`.

/// Path prefix under which the portal serves [`files`]; the constants with addresses include it.
pub const MOUNT: &str = "/assets/";

/// A file that a browser may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct File {
    /// Path below [`MOUNT`], such as `css/bootstrap-italia.0123456789abcdef.css`.
    pub path: &'static str,
    /// Value of `Content-Type`.
    pub content_type: &'static str,
    /// The content.
    pub bytes: &'static [u8],
    /// The content compressed with gzip, where that makes it smaller (fonts are compressed by themselves).
    pub gzip: Option<&'static [u8]>,
    /// First 16 hexadecimal digits of the SHA-256 of `bytes`; fit for an `ETag`.
    pub hash: &'static str,
}

include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// All the files.
#[must_use]
pub fn files() -> &'static [File] {
    FILES
}

/// The file with this path below [`MOUNT`], if there is one.
#[must_use]
pub fn find(path: &str) -> Option<&'static File> {
    FILES.iter().find(|f| f.path == path)
}

/// Fonts to embed in PDF documents (SIL Open Font License 1.1; Roboto Mono: Apache 2.0).
pub mod fonts {
    include!(concat!(env!("OUT_DIR"), "/fonts.rs"));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by_url(url: &str) -> &'static File {
        find(url.strip_prefix(MOUNT).unwrap()).unwrap_or_else(|| panic!("{url} is not embedded"))
    }

    #[test]
    fn style_sheet_is_the_whole_framework_and_names_only_files_that_we_serve() {
        let css = std::str::from_utf8(by_url(CSS).bytes).unwrap();
        assert!(css.contains(&format!("--bootstrap-italia-version: '{VERSION}'")));
        assert!(!css.contains("sourceMappingURL"));
        let mut own = 0;
        for reference in css.split("url(").skip(1) {
            let reference = reference.trim_start_matches(['"', '\'']);
            if reference.starts_with("data:") {
                continue;
            }
            let url = reference.split(')').next().unwrap();
            assert_eq!(by_url(url).content_type, "font/woff2");
            assert_eq!(&by_url(url).bytes[..4], b"wOF2");
            own += 1;
        }
        assert_eq!(own, 13);
    }

    #[test]
    fn names_carry_the_hash_and_are_unique() {
        for (i, file) in files().iter().enumerate() {
            assert!(file.path.contains(&format!(".{}.", file.hash)), "{}", file.path);
            assert!(files().iter().skip(i + 1).all(|other| other.path != file.path), "{}", file.path);
            assert!(!file.bytes.is_empty());
        }
        assert_eq!(find("css/bootstrap-italia.css"), None);
        assert_eq!(find("../Cargo.toml"), None);
    }

    #[test]
    fn compressed_forms_are_gzip_and_smaller() {
        let packed: Vec<_> = files().iter().filter_map(|f| f.gzip.map(|g| (f, g))).collect();
        assert_eq!(packed.len(), 6);
        for (file, gzip) in packed {
            assert_eq!(&gzip[..2], &[0x1f, 0x8b], "{}", file.path);
            assert!(gzip.len() < file.bytes.len(), "{}", file.path);
            // The trailer repeats the length of the original (RFC 1952).
            let length = u32::from_le_bytes(gzip[gzip.len() - 4..].try_into().unwrap());
            assert_eq!(length as usize, file.bytes.len(), "{}", file.path);
        }
    }

    #[test]
    fn sprite_fonts_and_licences_are_what_they_say() {
        assert!(std::str::from_utf8(by_url(SPRITE).bytes).unwrap().contains("<symbol id=\"it-download\""));
        for font in [
            fonts::TITILLIUM_REGULAR,
            fonts::TITILLIUM_SEMIBOLD,
            fonts::TITILLIUM_BOLD,
            fonts::ROBOTO_MONO_REGULAR,
        ] {
            assert_eq!(&font[..4], &[0, 1, 0, 0]);
        }
        assert!(
            std::str::from_utf8(by_url(LICENCE).bytes)
                .unwrap()
                .contains("Redistribution and use in source and binary forms")
        );
        for licence in [LICENCE_TITILLIUM, LICENCE_LORA] {
            assert!(String::from_utf8_lossy(by_url(licence).bytes).contains("SIL OPEN FONT LICENSE"));
        }
        assert!(String::from_utf8_lossy(by_url(LICENCE_ROBOTO_MONO).bytes).contains("Apache License"));
    }
}
