//! Rules that every page keeps, read from the markup: cheap enough to run on each build. The browser suite measures
//! the rest (contrast, focus, reading order) with axe.

use std::collections::{HashMap, HashSet};

use super::samples;
use crate::texts::IT;

/// An element as written: name and attributes.
struct Tag {
    name: String,
    attributes: HashMap<String, String>,
}

impl Tag {
    fn get(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).map(String::as_str)
    }
}

/// The opening tags of a page, in order. Markup comes from `maud`, which quotes and escapes all attributes.
fn tags(page: &str) -> Vec<Tag> {
    let mut found = Vec::new();
    let mut rest = page;
    while let Some((_, from)) = rest.split_once('<') {
        let (inside, after) = from.split_once('>').unwrap();
        rest = after;
        if inside.starts_with(['/', '!']) {
            continue;
        }
        let (name, mut text) = inside.split_once(' ').unwrap_or((inside, ""));
        let mut attributes = HashMap::new();
        loop {
            text = text.trim_start();
            if text.is_empty() {
                break;
            }
            let end = text.find(['=', ' ']).unwrap_or(text.len());
            let (attribute, more) = text.split_at(end);
            if let Some(quoted) = more.strip_prefix("=\"") {
                let (value, after) = quoted.split_once('"').unwrap();
                assert!(
                    attributes.insert(attribute.to_owned(), value.to_owned()).is_none(),
                    "{attribute} twice"
                );
                text = after;
            } else {
                attributes.insert(attribute.to_owned(), String::new());
                text = more;
            }
        }
        found.push(Tag { name: name.to_owned(), attributes });
    }
    found
}

fn every_page(check: impl Fn(&str, &str, &[Tag])) {
    let pages = samples::all();
    assert!(pages.len() > 40);
    for (name, markup) in pages {
        let page = markup.into_string();
        check(&name, &page, &tags(&page));
    }
}

#[test]
fn no_inline_code_and_nothing_from_other_hosts() {
    every_page(|name, _, tags| {
        for tag in tags {
            for attribute in tag.attributes.keys() {
                assert!(
                    !attribute.starts_with("on") && attribute != "style",
                    "{name}: {attribute} on {}",
                    tag.name
                );
            }
            assert!(tag.name != "style" && tag.name != "iframe", "{name}: {}", tag.name);
            let loaded = match tag.name.as_str() {
                "script" | "img" => Some(tag.get("src").expect("a script has an address, no content")),
                "link" | "use" => tag.get("href"),
                _ => None,
            };
            assert!(loaded.is_none_or(|address| address.starts_with("/assets/")), "{name}: {loaded:?}");
        }
    });
}

#[test]
fn every_asset_that_a_page_names_is_served() {
    every_page(|name, _, tags| {
        for tag in tags {
            for address in [tag.get("src"), tag.get("href")].into_iter().flatten() {
                let path = address.split('#').next().unwrap();
                let Some(file) = path.strip_prefix(assets::MOUNT) else { continue };
                assert!(
                    assets::find(file).is_some() || crate::own_assets::find(path).is_some(),
                    "{name}: {address}"
                );
                if let Some((_, symbol)) = address.split_once('#') {
                    let sprite = std::str::from_utf8(assets::find(file).unwrap().bytes).unwrap();
                    assert!(sprite.contains(&format!("id=\"{symbol}\"")), "{name}: no symbol {symbol}");
                }
            }
        }
    });
}

#[test]
fn headings_begin_at_one_and_skip_no_level() {
    every_page(|name, _, tags| {
        let levels: Vec<u8> = tags
            .iter()
            .filter(|tag| tag.name.len() == 2 && tag.name.starts_with('h') && tag.name != "hr")
            .map(|tag| tag.name.as_bytes()[1] - b'0')
            .collect();
        assert_eq!(levels.iter().filter(|level| **level == 1).count(), 1, "{name}: one h1");
        assert_eq!(levels.first(), Some(&1), "{name}: the h1 comes first");
        assert!(levels.windows(2).all(|pair| pair[1] <= pair[0] + 1), "{name}: {levels:?}");
    });
}

#[test]
fn identifiers_are_unique_and_references_resolve() {
    every_page(|name, _, tags| {
        let mut ids = HashSet::new();
        for id in tags.iter().filter_map(|tag| tag.get("id")) {
            assert!(ids.insert(id), "{name}: {id} twice");
        }
        for tag in tags {
            for attribute in ["for", "aria-describedby", "aria-labelledby"] {
                for reference in tag.get(attribute).unwrap_or_default().split_whitespace() {
                    assert!(ids.contains(reference), "{name}: {attribute}={reference}");
                }
            }
            if let Some(target) = tag.get("href").and_then(|href| href.strip_prefix('#')) {
                assert!(ids.contains(target), "{name}: #{target}");
            }
        }
    });
}

#[test]
fn every_control_has_a_label_and_every_error_is_read_with_it() {
    every_page(|name, _, tags| {
        let labelled: HashSet<_> =
            tags.iter().filter(|tag| tag.name == "label").filter_map(|tag| tag.get("for")).collect();
        for tag in tags.iter().filter(|tag| matches!(tag.name.as_str(), "input" | "select" | "textarea")) {
            if tag.get("type") == Some("hidden") {
                continue;
            }
            let id = tag.get("id").expect("a control has an identifier");
            assert!(labelled.contains(id), "{name}: {id} has no label");
            assert!(tag.get("placeholder").is_none(), "{name}: {id} has a placeholder");
            if tag.get("aria-invalid") == Some("true") {
                let described = tag.get("aria-describedby").unwrap();
                assert!(described.split(' ').any(|of| of == format!("{id}-errore")), "{name}: {id}");
            }
        }
    });
}

#[test]
fn wrong_fields_are_listed_first_and_said_in_the_title() {
    let pages: HashMap<String, String> =
        samples::all().into_iter().map(|(name, markup)| (name, markup.into_string())).collect();
    let wrong = &pages["avviso-errori"];
    assert!(wrong.contains("<title>Errore: "));
    for field in ["avviso", "ente", "debitore"] {
        assert!(wrong.contains(&format!("href=\"#{field}\"")), "{field}");
    }
    assert!(!pages["avviso"].contains("<title>Errore: "));
    assert!(pages["carrello-email-errata"].contains("href=\"#email\""));
    // What was typed is kept.
    assert!(wrong.contains("value=\"3122\"") && wrong.contains("value=\"RSSMRA\""));
}

#[test]
fn the_frame_has_what_the_validator_looks_for() {
    every_page(|name, page, tags| {
        assert!(page.starts_with("<!DOCTYPE html><html lang=\"it\">"), "{name}");
        let elements: HashSet<_> = tags.iter().filter_map(|tag| tag.get("data-element")).collect();
        for element in [
            "accessibility-link",
            "privacy-policy-link",
            "legal-notes",
            "faq",
            "report-inefficiency",
            "page-name",
            "metatag",
        ] {
            assert!(elements.contains(element), "{name}: {element}");
        }
        assert!(
            page.contains("href=\"#contenuto\"") && page.contains("href=\"#fondo\""),
            "{name}: skip links"
        );
        assert_eq!(tags.iter().filter(|tag| tag.name == "main").count(), 1, "{name}");
        assert_eq!(name.starts_with("home"), !elements.contains("breadcrumb"), "{name}");
    });
}

#[test]
fn at_least_a_third_of_the_classes_are_of_the_framework() {
    let css =
        std::str::from_utf8(assets::find(assets::CSS.strip_prefix(assets::MOUNT).unwrap()).unwrap().bytes)
            .unwrap();
    every_page(|name, _, tags| {
        let classes: HashSet<_> =
            tags.iter().filter_map(|tag| tag.get("class")).flat_map(str::split_whitespace).collect();
        let of_framework = classes.iter().filter(|class| css.contains(&format!(".{class}"))).count();
        assert!(of_framework * 100 >= classes.len() * 40, "{name}: {of_framework} of {}", classes.len());
    });
}

#[test]
fn the_refresh_without_script_can_be_stopped_and_ends() {
    let pages: HashMap<String, String> =
        samples::all().into_iter().map(|(name, markup)| (name, markup.into_string())).collect();
    for (name, page) in pages.iter().filter(|(name, _)| name.starts_with("esito-")) {
        let waits = ["esito-in-attesa", "esito-in-corso", "esito-in-corso-parziale", "esito-in-ritardo"];
        let waits = waits.contains(&name.as_str());
        assert_eq!(page.contains("<noscript><meta http-equiv=\"refresh\""), waits, "{name}");
        assert_eq!(page.contains("aggiorna=no"), waits, "{name}");
        assert_eq!(page.contains("data-stato="), waits, "{name}");
    }
    assert!(pages["esito-in-ritardo"].contains("più di 30 minuti"));
    assert!(!pages["esito-in-corso"].contains("più di 30 minuti"));
    assert!(pages["esito-pagato"].contains("/esito/abc/ricevuta/1.pdf"));
}

#[test]
fn errors_carry_the_trace_and_a_next_step() {
    for problem in samples::problems() {
        let words = problem.words(&IT);
        for text in [words.title, &words.text, &words.next] {
            assert!(!text.is_empty() && !text.contains("{0}"), "{problem:?}: {text}");
        }
    }
    every_page(|name, page, _| {
        if name.starts_with("errore-") {
            assert!(
                page.contains("0197a2c4d5e67f8091a2b3c4d5e6f708") && page.contains("data-copia"),
                "{name}"
            );
        }
    });
}

#[test]
fn collaudo_is_said_and_esercizio_is_not() {
    every_page(|name, page, _| {
        let real = ["home-esercizio", "avviso-non-trovato"].contains(&name);
        assert_eq!(page.contains("i pagamenti sono simulati"), !real, "{name}");
        assert_eq!(page.contains("checkout.pagopa.it"), name == "avviso-non-trovato", "{name}");
    });
}

#[test]
fn a_cancelled_notice_asks_for_nothing() {
    every_page(|name, page, _| {
        if name.starts_with("avviso-trovato-") {
            assert_eq!(page.contains("2.582,28"), name != "avviso-trovato-cancelled", "{name}");
            assert_eq!(page.contains("/paga\""), name == "avviso-trovato-payable", "{name}");
        }
    });
}

#[test]
fn what_people_type_is_escaped() {
    let site = samples::site(crate::config::Environment::Esercizio);
    let form = super::notice::SearchForm {
        notice: "\"><script>alert(1)</script>".to_owned(),
        ..super::notice::SearchForm::default()
    };
    let page = super::notice::search(&site, &form, &super::notice::SearchErrors::default(), false, &[])
        .into_string();
    assert!(!page.contains("<script>alert"));
    assert!(page.contains("&quot;&gt;&lt;script&gt;"));
}

#[test]
fn pages_are_small() {
    every_page(|name, page, _| assert!(page.len() < 60_000, "{name}: {} bytes", page.len()));
}

/// Writes all pages with their assets below `GALLERY_DIR`, to be looked at in a browser through any static server:
/// `GALLERY_DIR=/tmp/gallery cargo test -p portal gallery -- --ignored`.
#[test]
#[ignore = "writes files to look at"]
fn gallery() {
    let root = std::path::PathBuf::from(std::env::var("GALLERY_DIR").expect("GALLERY_DIR names a directory"));
    let write = |path: &str, content: &[u8]| {
        let path = root.join(path.trim_start_matches('/'));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    };
    for (name, markup) in samples::all() {
        write(&format!("{name}.html"), markup.into_string().as_bytes());
    }
    for file in assets::files() {
        write(&format!("{}{}", assets::MOUNT, file.path), file.bytes);
    }
    for own in [crate::own_assets::css(), crate::own_assets::js(), crate::own_assets::icon()] {
        write(&own.address, own.content.as_bytes());
    }
}
