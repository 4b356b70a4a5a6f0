//! Takes the pinned npm package of Bootstrap Italia, checks it, and prepares what the crate embeds.
//!
//! The package comes from `npm pack` (so the user's own registry, proxy and credentials apply), is verified against
//! the pinned SHA-512, and is kept in `target/npm-cache`, so that debug and release builds need one download between
//! them. Only the members named in [`WEB`], [`EMBEDDED`] and [`FONT_FACES`] are read; nothing is run from the package.
//!
//! For a build without network, `SNODO_BOOTSTRAP_ITALIA_TGZ` names a copy of the package; it must have the same digest.
#![allow(clippy::print_stdout, reason = "a build script speaks to Cargo on its standard output")]

use base64::Engine as _;
use sha2::{Digest as _, Sha256, Sha512};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

const VERSION: &str = "2.18.3";
/// `npm view bootstrap-italia@2.18.3 dist.integrity`.
const INTEGRITY: &str =
    "sha512-dz4kNtcAYJF4OsWABT9m3CAT3NH5y6OzGG+v/VUGH1LjumIUmlP3GaQ+aHgtv5Vw3B5dS0jbHZiHGSfdu+DffA==";
const OVERRIDE: &str = "SNODO_BOOTSTRAP_ITALIA_TGZ";
/// Where the portal mounts the files; the style sheet names its fonts under it.
const MOUNT: &str = "/assets/";

const CSS: &str = "dist/css/bootstrap-italia.min.css";

/// Files that browsers ask for, besides the style sheet and its fonts: constant, member, public name, type.
const WEB: &[(&str, &str, &str, &str)] = &[
    ("SPRITE", "dist/svg/sprites.svg", "svg/sprites.svg", "image/svg+xml"),
    ("LICENCE", "LICENSE", "licences/bootstrap-italia.txt", "text/plain; charset=utf-8"),
    (
        "LICENCE_TITILLIUM",
        "dist/fonts/Titillium_Web/OFL.txt",
        "licences/titillium-web.txt",
        "text/plain; charset=utf-8",
    ),
    ("LICENCE_LORA", "dist/fonts/Lora/OFL.txt", "licences/lora.txt", "text/plain; charset=utf-8"),
    (
        "LICENCE_ROBOTO_MONO",
        "dist/fonts/Roboto_Mono/LICENSE.txt",
        "licences/roboto-mono.txt",
        "text/plain; charset=utf-8",
    ),
];

/// Fonts that PDF documents embed: constant, member, doc.
const EMBEDDED: &[(&str, &str, &str)] = &[
    (
        "TITILLIUM_REGULAR",
        "dist/fonts/Titillium_Web/titillium-web-v10-latin-ext_latin-regular.ttf",
        "Titillium Web 400",
    ),
    (
        "TITILLIUM_SEMIBOLD",
        "dist/fonts/Titillium_Web/titillium-web-v10-latin-ext_latin-600.ttf",
        "Titillium Web 600",
    ),
    (
        "TITILLIUM_BOLD",
        "dist/fonts/Titillium_Web/titillium-web-v10-latin-ext_latin-700.ttf",
        "Titillium Web 700",
    ),
    (
        "ROBOTO_MONO_REGULAR",
        "dist/fonts/Roboto_Mono/roboto-mono-v13-latin-ext_latin-regular.ttf",
        "Roboto Mono 400",
    ),
];

/// Faces of the style sheet: family, style, weight, member. The package declares them from JavaScript; we declare them
/// in the style sheet instead, so that pages without JavaScript have them too.
const FONT_FACES: &[(&str, &str, u16, &str)] = &[
    ("Titillium Web", "normal", 300, "dist/fonts/Titillium_Web/titillium-web-v10-latin-ext_latin-300.woff2"),
    (
        "Titillium Web",
        "italic",
        300,
        "dist/fonts/Titillium_Web/titillium-web-v10-latin-ext_latin-300italic.woff2",
    ),
    (
        "Titillium Web",
        "normal",
        400,
        "dist/fonts/Titillium_Web/titillium-web-v10-latin-ext_latin-regular.woff2",
    ),
    (
        "Titillium Web",
        "italic",
        400,
        "dist/fonts/Titillium_Web/titillium-web-v10-latin-ext_latin-italic.woff2",
    ),
    ("Titillium Web", "normal", 600, "dist/fonts/Titillium_Web/titillium-web-v10-latin-ext_latin-600.woff2"),
    (
        "Titillium Web",
        "italic",
        600,
        "dist/fonts/Titillium_Web/titillium-web-v10-latin-ext_latin-600italic.woff2",
    ),
    ("Titillium Web", "normal", 700, "dist/fonts/Titillium_Web/titillium-web-v10-latin-ext_latin-700.woff2"),
    (
        "Titillium Web",
        "italic",
        700,
        "dist/fonts/Titillium_Web/titillium-web-v10-latin-ext_latin-700italic.woff2",
    ),
    ("Lora", "normal", 400, "dist/fonts/Lora/lora-v20-latin-ext_latin-regular.woff2"),
    ("Lora", "italic", 400, "dist/fonts/Lora/lora-v20-latin-ext_latin-italic.woff2"),
    ("Lora", "normal", 700, "dist/fonts/Lora/lora-v20-latin-ext_latin-700.woff2"),
    ("Roboto Mono", "normal", 400, "dist/fonts/Roboto_Mono/roboto-mono-v13-latin-ext_latin-regular.woff2"),
    ("Roboto Mono", "normal", 700, "dist/fonts/Roboto_Mono/roboto-mono-v13-latin-ext_latin-700.woff2"),
];

type Outcome<T> = Result<T, String>;

fn main() -> ExitCode {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed={OVERRIDE}");
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            // `cargo::error` shows each line by itself, without the dump of the script's whole output.
            for line in message.lines() {
                println!("cargo::error={line}");
            }
            ExitCode::FAILURE
        }
    }
}

fn run() -> Outcome<()> {
    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("OUT_DIR is not set: run through Cargo")?);
    let members = members(&package(&out)?)?;
    let mut site = Site { out, source: String::new(), entries: String::new() };

    let mut css = style_sheet(text(&members, CSS)?)?;
    for (family, style, weight, member) in FONT_FACES {
        let name = format!("fonts/{}", member.rsplit('/').next().unwrap_or(member));
        let url = site.add(None, &name, "font/woff2", get(&members, member)?, false)?;
        let _ = write!(
            css,
            "@font-face{{font-family:\"{family}\";font-style:{style};font-weight:{weight};font-display:swap;src:url({url}) format(\"woff2\")}}"
        );
    }
    site.add(Some("CSS"), "css/bootstrap-italia.css", "text/css; charset=utf-8", css.as_bytes(), true)?;
    for (constant, member, name, kind) in WEB {
        site.add(Some(constant), name, kind, get(&members, member)?, true)?;
    }
    let mut fonts = String::new();
    for (constant, member, doc) in EMBEDDED {
        let file = format!("{constant}.ttf");
        write_file(&site.out.join(&file), get(&members, member)?)?;
        let _ = writeln!(
            fonts,
            "/// {doc}, TrueType outlines, Latin and extended Latin.\npub static {constant}: &[u8] = include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{file}\"));"
        );
    }
    write_file(&site.out.join("fonts.rs"), fonts.as_bytes())?;
    let Site { out, mut source, entries } = site;
    let _ = writeln!(source, "/// Version of Bootstrap Italia.\npub const VERSION: &str = {VERSION:?};");
    let _ = writeln!(source, "static FILES: &[File] = &[\n{entries}];");
    write_file(&out.join("files.rs"), source.as_bytes())
}

/// The style sheet, ready for our own host.
fn style_sheet(css: &str) -> Outcome<String> {
    let css = css.split("/*# sourceMappingURL=").next().unwrap_or(css).trim_end();
    // The package names nothing outside itself today. If a new version does, its path must be served too: stop here
    // rather than in a browser.
    for reference in css.split("url(").skip(1) {
        let reference = reference.trim_start_matches(['"', '\'']);
        if !reference.starts_with("data:") && !reference.starts_with('#') {
            let shown: String = reference.chars().take(60).collect();
            return Err(format!("{CSS} refers to {shown:?}, which the build does not know how to serve"));
        }
    }
    Ok(css.to_owned())
}

/// What the generated source declares.
struct Site {
    out: PathBuf,
    source: String,
    entries: String,
}

impl Site {
    /// Adds a public file under a name with its content hash, and returns its URL.
    fn add(
        &mut self,
        constant: Option<&str>,
        name: &str,
        kind: &str,
        bytes: &[u8],
        compress: bool,
    ) -> Outcome<String> {
        let hash: String = Sha256::digest(bytes).iter().take(8).fold(String::new(), |mut s, b| {
            let _ = write!(s, "{b:02x}");
            s
        });
        let (stem, extension) = name.rsplit_once('.').ok_or_else(|| format!("{name} has no extension"))?;
        let path = format!("{stem}.{hash}.{extension}");
        let local = path.replace('/', "_");
        write_file(&self.out.join(&local), bytes)?;
        let mut gzip = String::from("None");
        if compress {
            let packed = format!("{local}.gz");
            write_file(&self.out.join(&packed), &deflate(bytes)?)?;
            gzip = format!("Some(include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{packed}\")))");
        }
        let _ = writeln!(
            self.entries,
            "    File {{ path: {path:?}, content_type: {kind:?}, bytes: include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{local}\")), gzip: {gzip}, hash: {hash:?} }},"
        );
        let url = format!("{MOUNT}{path}");
        if let Some(constant) = constant {
            let _ = writeln!(
                self.source,
                "/// Address of `{name}` on our own host; the name changes with the content.\npub const {constant}: &str = {url:?};"
            );
        }
        Ok(url)
    }
}

/// The package's bytes, with the pinned digest.
fn package(out: &Path) -> Outcome<Vec<u8>> {
    if let Some(path) = std::env::var_os(OVERRIDE) {
        let path = PathBuf::from(path);
        println!("cargo::rerun-if-changed={}", path.display());
        let bytes = std::fs::read(&path).map_err(|e| format!("{OVERRIDE} names {}: {e}", path.display()))?;
        return verified(bytes).map_err(|e| format!("{OVERRIDE} names {}: {e}", path.display()));
    }
    // The profile's directories lie below the target directory, which Cargo marks with CACHEDIR.TAG.
    let target = out.ancestors().find(|a| a.join("CACHEDIR.TAG").is_file()).unwrap_or(out);
    let cache = target.join("npm-cache");
    let cached = cache.join(format!("bootstrap-italia-{VERSION}.tgz"));
    if let Some(bytes) = std::fs::read(&cached).ok().and_then(|bytes| verified(bytes).ok()) {
        return Ok(bytes);
    }
    let bytes = download(out)?;
    // A rename is atomic: two builds at once both leave a whole file. A cache that cannot be written is no error.
    let partial = cache.join(format!("{}.partial", std::process::id()));
    if std::fs::create_dir_all(&cache).is_ok() && std::fs::write(&partial, &bytes).is_ok() {
        let _ = std::fs::rename(&partial, &cached);
    }
    Ok(bytes)
}

fn download(out: &Path) -> Outcome<Vec<u8>> {
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let file = out.join(format!("bootstrap-italia-{VERSION}.tgz"));
    let _ = std::fs::remove_file(&file);
    let run = Command::new(npm)
        .args(["pack", &format!("bootstrap-italia@{VERSION}"), "--json", "--ignore-scripts", "--pack-destination"])
        .arg(out)
        .current_dir(out)
        .output()
        .map_err(|e| {
            format!(
                "the pages and the PDF documents need Bootstrap Italia {VERSION}, which this build takes with npm, and npm could not be started: {e}\n\
                 Install Node.js (any version still maintained) so that `npm` is on the PATH, or fetch the package elsewhere with\n\
                 `npm pack bootstrap-italia@{VERSION}` and set {OVERRIDE} to the .tgz file."
            )
        })?;
    if !run.status.success() {
        let said = String::from_utf8_lossy(&run.stderr);
        let said: Vec<&str> = said
            .lines()
            .filter(|l| (l.contains("npm error") || l.contains("ERR!")) && !l.contains("    at "))
            .take(6)
            .collect();
        return Err(format!(
            "`npm pack bootstrap-italia@{VERSION}` failed ({}): is the registry reachable from here?\n{}\n\
             Without network, fetch the package elsewhere with the same command and set {OVERRIDE} to the .tgz file.",
            run.status,
            said.join("\n")
        ));
    }
    let bytes = std::fs::read(&file)
        .map_err(|e| format!("npm pack said it succeeded, but {}: {e}", file.display()))?;
    verified(bytes)
}

fn verified(bytes: Vec<u8>) -> Outcome<Vec<u8>> {
    let found =
        format!("sha512-{}", base64::engine::general_purpose::STANDARD.encode(Sha512::digest(&bytes)));
    if found == INTEGRITY {
        Ok(bytes)
    } else {
        Err(format!(
            "bootstrap-italia@{VERSION} is not the pinned package: its digest is {found}, expected {INTEGRITY}"
        ))
    }
}

/// Reads the members that we use; the others are not even decoded.
fn members(package: &[u8]) -> Outcome<BTreeMap<String, Vec<u8>>> {
    let wanted: Vec<&str> = std::iter::once(CSS)
        .chain(WEB.iter().map(|w| w.1))
        .chain(EMBEDDED.iter().map(|e| e.1))
        .chain(FONT_FACES.iter().map(|f| f.3))
        .collect();
    let mut found = BTreeMap::new();
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(package));
    let fail = |e: std::io::Error| format!("reading the npm package: {e}");
    for entry in archive.entries().map_err(fail)? {
        let mut entry = entry.map_err(fail)?;
        let path = entry.path().map_err(fail)?.to_string_lossy().into_owned();
        let Some(path) = path.strip_prefix("package/").filter(|p| wanted.contains(p)) else {
            continue;
        };
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).map_err(fail)?;
        found.insert(path.to_owned(), bytes);
    }
    Ok(found)
}

fn get<'a>(members: &'a BTreeMap<String, Vec<u8>>, name: &str) -> Outcome<&'a [u8]> {
    members.get(name).map(Vec::as_slice).ok_or_else(|| format!("bootstrap-italia@{VERSION} has no {name}"))
}

fn text<'a>(members: &'a BTreeMap<String, Vec<u8>>, name: &str) -> Outcome<&'a str> {
    std::str::from_utf8(get(members, name)?).map_err(|e| format!("{name} is not UTF-8: {e}"))
}

fn deflate(bytes: &[u8]) -> Outcome<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).map_err(|e| format!("compressing: {e}"))
}

fn write_file(path: &Path, bytes: &[u8]) -> Outcome<()> {
    std::fs::write(path, bytes).map_err(|e| format!("writing {}: {e}", path.display()))
}
