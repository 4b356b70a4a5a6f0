//! Embedded documents: base64 once or twice, XML by schema (`mypay-soap.md` §7.1).

use base64::Engine as _;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use soap::{Element, Mode, read_document, write_element};

/// Old clients write base64 without padding.
const TOLERANT: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Reads a document that arrived in a base64 element, already decoded once.
///
/// # Errors
/// Which element breaks which rule, as `element: <name> - <message>`.
pub fn read<E: Element>(bytes: &[u8]) -> Result<E, String> {
    let once_more = decode_again(bytes);
    let bytes = once_more.as_deref().unwrap_or(bytes);
    read_document(bytes, Mode::Document).or_else(|error| match error.rule() {
        // The original strips characters that XML forbids and tries once more.
        soap::Rule::ForbiddenCharacter(_) => {
            let text = soap::decode(bytes).map_err(|error| explain(&error))?;
            read_document(soap::strip_forbidden(&text).as_bytes(), Mode::Document)
                .map_err(|error| explain(&error))
        }
        _ => Err(explain(&error)),
    })
}

fn explain(error: &soap::Error) -> String {
    match error.element() {
        "" => error.to_string(),
        name => format!("element: <{name}> - {error}"),
    }
}

/// Clients that encode twice (`mypay-soap.md` §19, MyPivot): the bytes are themselves base64 text.
fn decode_again(bytes: &[u8]) -> Option<Vec<u8>> {
    let is_base64 =
        |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=') || b.is_ascii_whitespace();
    if bytes.is_empty() || !bytes.iter().all(is_base64) {
        return None;
    }
    let compact: Vec<u8> = bytes.iter().copied().filter(|b| !b.is_ascii_whitespace()).collect();
    TOLERANT.decode(compact).ok()
}

/// Writes an outcome document in base64 *text*, because clients decode it twice (§7.8): the element's own
/// base64 is added by the writer.
pub fn write_twice<E: Element>(document: &E) -> Vec<u8> {
    STANDARD.encode(write_element(document)).into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::mypay_documents::Bilancio;

    const XML: &str = "<bilancio xmlns=\"http://www.regione.veneto.it/schemas/2012/Pagamenti/Ente/\"><capitolo>\
        <codCapitolo>C</codCapitolo><accertamento><importo>1.00</importo></accertamento></capitolo></bilancio>";

    #[test]
    fn plain_and_twice_encoded_documents_read_the_same() {
        let plain: Bilancio = read(XML.as_bytes()).unwrap();
        let twice = STANDARD.encode(XML);
        assert_eq!(read::<Bilancio>(twice.as_bytes()).unwrap(), plain);
        let wrapped: String =
            twice.as_bytes().chunks(20).map(|c| format!("{}\r\n", String::from_utf8_lossy(c))).collect();
        assert_eq!(read::<Bilancio>(wrapped.trim_end_matches('=').as_bytes()).unwrap(), plain);
    }

    #[test]
    fn forbidden_characters_are_stripped_once() {
        let dirty = XML.replace(">C<", ">C\u{1}<");
        assert_eq!(read::<Bilancio>(dirty.as_bytes()).unwrap(), read::<Bilancio>(XML.as_bytes()).unwrap());
    }

    #[test]
    fn errors_name_element_and_rule() {
        let error = read::<Bilancio>(XML.replace("1.00", "1,00").as_bytes()).unwrap_err();
        assert!(error.starts_with("element: <importo> - "), "{error}");
    }
}
