//! Digital stamps (pagopa.md §7.1): what the PSP would buy from Agenzia delle Entrate.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::civil::DateTime;
use model::Cents;
use sha2::{Digest as _, Sha256};

use crate::psp::Psp;

/// The XML of a stamp. Its structure is the official one; its signature is simulated, and
/// says so in `KeyName`: no key of Agenzia delle Entrate is involved, so the value does not verify.
pub(crate) fn stamp_xml(
    psp: &Psp,
    receipt_id: &str,
    transfer_id: i32,
    hash: &[u8],
    amount: Cents,
    bought_at: DateTime,
) -> Vec<u8> {
    let seed = Sha256::digest(format!("{receipt_id}/{transfer_id}").as_bytes());
    // 14 digits, as the stamps on sale; unique because the receipt id is.
    let number = seed.iter().take(8).fold(0u64, |n, byte| (n << 8) | u64::from(*byte));
    let iubd = format!("{:014}", number % 100_000_000_000_000);
    let fiscal_code = psp.fiscal_code;
    let name = psp.name;
    let hash = STANDARD.encode(hash);
    let digest = STANDARD.encode(Sha256::digest(format!("{iubd}{amount}{hash}").as_bytes()));
    let value = STANDARD.encode(seed);
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
         <marcaDaBollo xmlns=\"http://www.agenziaentrate.gov.it/2014/MarcaDaBollo\" \
         xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">\
         <PSP><CodiceFiscale>{fiscal_code}</CodiceFiscale><Denominazione>{name}</Denominazione></PSP>\
         <IUBD>{iubd}</IUBD><OraAcquisto>{bought_at}</OraAcquisto><Importo>{amount}</Importo>\
         <TipoBollo>01</TipoBollo><ImprontaDocumento>\
         <DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/>\
         <ds:DigestValue>{hash}</ds:DigestValue></ImprontaDocumento>\
         <ds:Signature><ds:SignedInfo>\
         <ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/>\
         <ds:SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\"/>\
         <ds:Reference URI=\"\"><ds:Transforms>\
         <ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/>\
         </ds:Transforms>\
         <ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/>\
         <ds:DigestValue>{digest}</ds:DigestValue></ds:Reference></ds:SignedInfo>\
         <ds:SignatureValue>{value}</ds:SignatureValue>\
         <ds:KeyInfo><ds:KeyName>FIRMA SIMULATA - COLLAUDO SNODO</ds:KeyName></ds:KeyInfo>\
         </ds:Signature></marcaDaBollo>"
    )
    .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_transfer_has_its_own_stamp_and_a_repeat_the_same() {
        let make = |transfer| {
            let amount = Cents::new(1600).unwrap();
            let at = "2026-01-02T03:04:05".parse().unwrap();
            let psp = &crate::psp::PSPS[0];
            let hash = STANDARD.decode(crate::testing::HASH).unwrap();
            String::from_utf8(stamp_xml(psp, "r1", transfer, &hash, amount, at)).unwrap()
        };
        assert_eq!(make(1), make(1));
        assert_ne!(make(1), make(2));
        let xml = make(1);
        for part in [
            "<Importo>16.00</Importo>",
            "<OraAcquisto>2026-01-02T03:04:05</OraAcquisto>",
            crate::testing::HASH,
            "SIMULATA",
        ] {
            assert!(xml.contains(part), "{part} in {xml}");
        }
    }
}
