//! The documents as other programs see them: text and structure (Poppler), codes (ZBar, libdmtx).
//!
//! Each test needs programs of the Debian packages `poppler-utils`, `zbar-tools`, `dmtx-utils`. A missing one is named and
//! its checks are skipped, unless `REQUIRE_TOOLS` is set (as in the project's own checks).

// Helpers of tests are tests too, but the lints take only functions marked so.
#![allow(clippy::unwrap_used, clippy::panic)]

mod samples;

use documents::{Language, Notice, Notices};
use std::path::PathBuf;
use std::process::Command;

/// Runs a program of the list above; `None` if it is not installed and that is allowed.
fn tool(program: &str, arguments: &[&str]) -> Option<String> {
    match Command::new(program).args(arguments).output() {
        Ok(output) => {
            assert!(
                output.status.success(),
                "{program} {arguments:?}: {}",
                String::from_utf8_lossy(&output.stderr)
            );
            Some(String::from_utf8_lossy(&output.stdout).into_owned())
        }
        Err(e) if std::env::var_os("REQUIRE_TOOLS").is_some() => panic!("{program} cannot be started: {e}"),
        Err(e) => {
            eprintln!("skipped: {program} cannot be started ({e})");
            None
        }
    }
}

/// A directory of one test, gone with it.
struct Scratch(tempfile::TempDir);

impl Scratch {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> String {
        let path: PathBuf = self.0.path().join(name);
        path.to_str().unwrap().to_owned()
    }

    fn notice(&self, notice: &Notice) -> String {
        let path = self.path("notice.pdf");
        std::fs::write(&path, Notices::new().unwrap().render(notice).unwrap()).unwrap();
        path
    }
}

#[test]
fn text_is_read_in_order_and_words_are_apart() {
    let scratch = Scratch::new();
    let pdf = scratch.notice(&samples::long());
    let Some(text) = tool("pdftotext", &["-raw", &pdf, "-"]) else { return };
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut at = 0;
    for expected in [
        "Avviso di pagamento",
        "Contributo di costruzione per il permesso n. 1234/2026, seconda rata con interessi di mora",
        "Ente Creditore",
        "Unione Montana dei Comuni della Valle Superiore del Torrente Acquachiara e dei Territori Confinanti",
        "Destinatario",
        "Quanto e quando pagare?",
        "123,45 Euro",
        "entro il 16/12/2026",
        "(per sanzioni, interessi, costi di notifica o altri fattori)",
        "Paga con l’app IO",
        "Paga sul territorio",
        "Dati per il pagamento",
        "3122 0250 0000 4571 68",
        "Bollettino Postale PA",
        "000012345678",
        "AUT. DB/SSIC/E 12345 DEL 01/02/2026",
        "18312202500000457168120000123456781000000123453896",
    ] {
        let found = words[at..].find(expected);
        assert!(found.is_some(), "{expected:?} is missing after {:?} in\n{words}", &words[..at]);
        at += found.unwrap() + expected.len();
    }
}

#[test]
fn accents_and_strange_characters_are_readable() {
    let scratch = Scratch::new();
    let pdf = scratch.notice(&samples::accents());
    let Some(text) = tool("pdftotext", &["-raw", &pdf, "-"]) else { return };
    assert!(text.contains("Città di Forlì – Ufficio Nidi d’Infanzia"), "{text}");
    assert!(text.contains("Žofie Nguyen-Łukasiewicz d’Östergård Ñáñez"), "{text}");
    assert!(text.contains("Località Niccolò Però 1, Città ? ???"), "{text}");
}

#[test]
fn document_declares_what_pdf_ua_wants() {
    let scratch = Scratch::new();
    let pdf = scratch.notice(&samples::postal_slip());
    let Some(info) = tool("pdfinfo", &[&pdf]) else { return };
    for expected in [
        "Tagged:          yes",
        "Title:           Avviso di pagamento 3122 0250 0000 4571 68 - Tassa rifiuti",
        "Page size:       595.28 x 841.89 pts (A4)",
        "Pages:           1",
        "JavaScript:      no",
    ] {
        assert!(info.contains(expected), "{expected:?} is missing in\n{info}");
    }
    let bytes = std::fs::read(&pdf).unwrap();
    let source = String::from_utf8_lossy(&bytes);
    for expected in
        ["/Lang(it-IT)", "/DisplayDocTitle true", "/MarkInfo", "pdfuaid", "/Outlines", "/Scope/Row", "/Alt"]
    {
        assert!(
            source.replace("/Lang (", "/Lang(").replace("/Scope /", "/Scope/").contains(expected),
            "{expected:?} is missing"
        );
    }
}

#[test]
fn structure_has_headings_tables_and_figures() {
    let scratch = Scratch::new();
    let pdf = scratch.notice(&Notice { second_language: Some(Language::English), ..samples::postal_slip() });
    let Some(structure) = tool("pdfinfo", &["-struct", &pdf]) else { return };
    let count = |role: &str| {
        structure
            .lines()
            .filter(|line| line.split([' ', ':']).find(|word| !word.is_empty()) == Some(role))
            .count()
    };
    assert_eq!(count("H1"), 1, "{structure}");
    assert_eq!(count("H2"), 6, "{structure}");
    assert_eq!(count("H3"), 4, "{structure}");
    assert_eq!((count("Table"), count("TR"), count("TH"), count("TD")), (2, 15, 15, 15), "{structure}");
    assert_eq!(count("Figure"), 3, "{structure}");
}

#[test]
fn fonts_are_embedded_subsets_with_unicode() {
    let scratch = Scratch::new();
    let pdf = scratch.notice(&samples::plain());
    let Some(fonts) = tool("pdffonts", &[&pdf]) else { return };
    let rows: Vec<&str> = fonts.lines().skip(2).collect();
    assert_eq!(rows.len(), 3, "{fonts}");
    for row in rows {
        assert!(row.contains("+TitilliumWeb") || row.contains("+RobotoMono"), "{row}");
        assert_eq!(
            row.split_whitespace().filter(|w| *w == "yes").count(),
            3,
            "embedded, subset, unicode: {row}"
        );
    }
}

#[test]
fn qr_code_is_read_back_from_the_page() {
    let cases = [
        (samples::plain(), "PAGOPA|002|312202500000457168|80012345676|12345"),
        (samples::with_amount(1), "PAGOPA|002|312202500000457168|80012345676|01"),
        (samples::with_amount(99_999_999_999), "PAGOPA|002|312202500000457168|80012345676|99999999999"),
        (samples::fullest(Language::Slovene), "PAGOPA|002|312202500000457168|80012345676|12345"),
    ];
    for (notice, expected) in cases {
        let scratch = Scratch::new();
        let pdf = scratch.notice(&notice);
        let page = scratch.path("page");
        if tool("pdftoppm", &["-r", "150", "-f", "1", "-l", "1", "-singlefile", "-png", &pdf, &page])
            .is_none()
        {
            return;
        }
        let Some(read) =
            tool("zbarimg", &["-q", "--raw", "-Sdisable", "-Sqrcode.enable", &format!("{page}.png")])
        else {
            return;
        };
        assert_eq!(read.trim(), expected);
    }
}

#[test]
fn data_matrix_is_read_back_from_the_page() {
    let scratch = Scratch::new();
    let pdf = scratch.notice(&samples::postal_slip());
    let page = scratch.path("page");
    // The slip's corner of the page at 300 dpi, as a scanner of post offices sees it.
    let corner = [
        "-r",
        "300",
        "-x",
        "1900",
        "-y",
        "2000",
        "-W",
        "580",
        "-H",
        "900",
        "-singlefile",
        "-png",
        &pdf,
        &page,
    ];
    if tool("pdftoppm", &corner).is_none() {
        return;
    }
    let Some(read) = tool("dmtxread", &["-N", "1", "-m", "8000", &format!("{page}.png")]) else { return };
    let expected = format!(
        "codfase=NBPA;1831220250000045716812000012345678100000012345{}{:<16}{:<40}{:<110}{:12}A",
        "38961P180012345676", "RSSMRA80A41H501Y", "MARIA ROSSI", "TASSA RIFIUTI ANNO 2026, RATA UNICA", ""
    );
    assert_eq!(expected.len(), 256);
    assert_eq!(read, expected);
}

#[test]
fn receipt_says_when_in_rome_and_what_was_paid() {
    let scratch = Scratch::new();
    let pdf = scratch.path("receipt.pdf");
    std::fs::write(&pdf, Notices::new().unwrap().receipt(&samples::receipt()).unwrap()).unwrap();
    let Some(text) = tool("pdftotext", &["-raw", &pdf, "-"]) else { return };
    for expected in [
        "Ricevuta di pagamento (quietanza)",
        "01/07/2026 23:59:30",
        "c110729d258c4ab1b765fe902aae41d6",
        "12202500000457168",
        "Banca Immaginaria S.p.A. (ABI99999)",
        "IT60 X054 2811 1010 0000 0123 456",
        "Commissione 1,50 Euro",
        "Totale pagato 124,95 Euro",
        "7F3A-91C2-004B",
    ] {
        assert!(text.contains(expected), "{expected:?} is missing in\n{text}");
    }
    assert!(!text.contains("/TXT/"), "{text}");
}
