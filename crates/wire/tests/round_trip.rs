//! What we write we read back; what is broken is refused with its place, and never panics.

mod support;

use proptest::prelude::*;
use soap::{Document, Mode, Rule};
use support::{Random, mutate, roots, valid};

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_root_survives_writing(seed: u64) {
        let mut random = Random::new(seed);
        for root in roots::all() {
            let text = valid(&root.element, &mut random).render();
            (root.round_trip)(&text);
            prop_assert!((root.read)(&text, Mode::Lenient).is_ok(), "{}", text);
            prop_assert!((root.read)(&text, Mode::Document).is_ok(), "{}", text);
        }
    }

    #[test]
    fn broken_documents_are_refused_with_a_path(seed: u64) {
        let mut random = Random::new(seed);
        for root in roots::all() {
            let mut tree = valid(&root.element, &mut random);
            for _ in 0..=random.below(3) {
                mutate(&mut tree, &mut random);
            }
            let text = tree.render();
            for mode in [Mode::Strict, Mode::Document, Mode::Lenient] {
                if let Err(e) = (root.read)(&text, mode) {
                    prop_assert!(e.path().starts_with(&tree.name), "{} in {}", e, text);
                    prop_assert!(e.offset() < text.len());
                }
            }
        }
    }

    #[test]
    fn mangled_bytes_never_panic(seed: u64) {
        let mut random = Random::new(seed);
        let all = roots::all();
        let root = random.pick(&all);
        let mut bytes = valid(&root.element, &mut random).render().into_bytes();
        for _ in 0..=random.below(6) {
            let at = random.below(bytes.len());
            match random.below(4) {
                0 => bytes[at] = random.next() as u8,
                1 => { bytes.remove(at); }
                2 => bytes.insert(at, *random.pick(b"<>&;/\"'=![]-? \0\xFF")),
                _ => bytes.truncate(at.max(1)),
            }
        }
        if let Ok(text) = soap::decode(&bytes) {
            for mode in [Mode::Strict, Mode::Lenient] {
                let _ = (root.read)(&text, mode);
            }
        }
    }
}

#[test]
fn every_pattern_is_understood() {
    fn visit(of: soap::TypeRef, seen: &mut usize) {
        match of {
            soap::TypeRef::BuiltIn(_) => {}
            soap::TypeRef::Simple(simple) => {
                assert!(simple.pattern_compiles(), "{}", simple.name);
                *seen += usize::from(simple.facets.pattern.is_some());
            }
            soap::TypeRef::Complex(complex) => {
                for particle in complex.particles {
                    match particle {
                        soap::Particle::Element(e) => visit((e.of)(), seen),
                        soap::Particle::Choice(options) => {
                            options().iter().for_each(|e| visit((e.of)(), seen));
                        }
                    }
                }
            }
        }
    }
    let mut seen = 0;
    roots::all().iter().for_each(|root| visit((root.element.of)(), &mut seen));
    assert!(seen > 50, "patterns are declared");
}

#[test]
fn every_element_published_is_tested() {
    let services = [&wire::pa_for_node::SERVICE, &wire::mypay::SERVICE];
    let files = services.iter().flat_map(|service| service.schemas);
    let elements = files.flat_map(|file| file.elements);
    let mut tested: Vec<_> = roots::all().iter().map(|r| r.element.qualified_name()).collect();
    let mut published: Vec<_> = elements.map(soap::GlobalElement::qualified_name).collect();
    tested.sort();
    published.sort();
    assert_eq!(tested, published);
}

#[test]
fn limits_hold_for_any_contract() {
    let deep = format!("{}{}", "<a>".repeat(65), "</a>".repeat(65));
    let error = Document::parse(&deep).unwrap_err();
    assert!(matches!(error.rule(), Rule::Limit { most: 64, .. }), "{error}");
}
