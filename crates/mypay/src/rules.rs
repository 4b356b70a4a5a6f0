//! Syntactic rules that only MyPay has, and the translation of its persons (`mypay-soap.md` §8).

use engine::registry::{DebtPositionType, Organization};
use model::{
    Address, AddressInput, Assessment, Balance, Cents, Chapter, Email, FiscalCode, Iban,
    OrganizationFiscalCode, Person, PersonCode, PersonKind, TaxonomyCode, VatNumber,
};
use wire::mypay_documents::{Bilancio, DatiVersamentoEntiSecondari, SoggettoPagatore, TipoPersonaFG};

use crate::fault::{Fault, code};

/// Ways of paying that a document may name (§8.3).
const WAYS: [&str; 7] = ["BBT", "BP", "AD", "CP", "PO", "OBEP", "ALL"];

/// Whether `tipoVersamento` is acceptable; blank is.
pub fn tipo_versamento_ok(text: &str) -> bool {
    if text.trim().is_empty() {
        return true;
    }
    let tokens: Vec<&str> = text.split('|').map(str::trim).collect();
    let known = tokens.iter().all(|token| WAYS.iter().any(|way| way.eq_ignore_ascii_case(token)));
    known && (!text.contains("ALL") || tokens.len() == 1)
}

/// Whether `datiSpecificiRiscossione` has its form (§8.6): `[0129]/` and 3 to 138 characters without blanks.
pub fn dati_specifici_ok(text: &str) -> bool {
    let rest = match text.as_bytes() {
        [b'0' | b'1' | b'2' | b'9', b'/', ..] => text.get(2..).unwrap_or_default(),
        _ => return false,
    };
    (3..=138).contains(&rest.chars().count()) && !rest.contains(char::is_whitespace)
}

/// Why a payer is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PayerRefused {
    /// `ANONIMO` where it is not admitted.
    Anonymous,
    /// Codice fiscale of a natural person.
    FiscalCode,
    /// Partita IVA of a legal person.
    VatNumber,
}

/// The payer's code, by kind (§8.1). `anonymous_ok`: all types of the document admit `ANONIMO`.
///
/// # Errors
/// [`PayerRefused`].
pub fn payer_code(
    subject: &SoggettoPagatore,
    anonymous_ok: bool,
) -> Result<(PersonKind, PersonCode), PayerRefused> {
    let text = subject.identificativo_univoco.codice.as_str();
    match subject.identificativo_univoco.tipo {
        TipoPersonaFG::F if text == model::person::ANONYMOUS => {
            if anonymous_ok {
                Ok((PersonKind::Natural, PersonCode::Anonymous))
            } else {
                Err(PayerRefused::Anonymous)
            }
        }
        TipoPersonaFG::F => {
            let code = FiscalCode::parse(text).map_err(|_| PayerRefused::FiscalCode)?;
            Ok((PersonKind::Natural, code.into()))
        }
        TipoPersonaFG::G => {
            VatNumber::parse(text).map_err(|_| PayerRefused::VatNumber)?;
            let code = FiscalCode::parse(text).map_err(|_| PayerRefused::VatNumber)?;
            Ok((PersonKind::Legal, code.into()))
        }
    }
}

/// The payer with what is usable of the address; the rest is dropped in silence, as the original does.
pub fn person(subject: &SoggettoPagatore, kind: PersonKind, code: PersonCode) -> Person {
    let name: String = subject.anagrafica.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    Person {
        kind,
        code,
        full_name: name.trim().to_owned(),
        address: Address::lenient(address(subject)),
        email: subject.email.as_deref().and_then(|email| Email::parse(email).ok()),
    }
}

fn address(subject: &SoggettoPagatore) -> AddressInput<'_> {
    AddressInput {
        street: subject.indirizzo.as_deref(),
        number: subject.civico.as_deref(),
        postal_code: subject.cap.as_deref(),
        city: subject.localita.as_deref(),
        province: subject.provincia.as_deref(),
        country: subject.nazione.as_deref(),
    }
}

/// What is wrong with the payer of a transparent payment (§8.9): the last failing rule, as the original.
pub fn transparent_payer_problem(subject: &SoggettoPagatore) -> Option<&'static str> {
    let given = |text: &Option<String>| text.as_deref().is_some_and(|text| !text.trim().is_empty());
    let mut problem = None;
    if subject.email.as_deref().is_none_or(|email| Email::parse(email).is_err()) {
        problem = Some("email non valida");
    }
    if subject.anagrafica.trim().is_empty() {
        problem = Some("denominazione non valorizzata");
    }
    let country = subject.nazione.as_deref().and_then(|text| model::Country::parse(text).ok());
    if let Some(cap) = subject.cap.as_deref().filter(|cap| !cap.trim().is_empty()) {
        match model::contact::check_postal_code(country.as_ref(), cap.trim()) {
            Ok(()) => {}
            Err(model::AddressError::CountryMissing) => problem = Some("nazione non valorizzata"),
            Err(_) => problem = Some("cap non valido"),
        }
    }
    let printable = |text: &str| {
        let clean = model::contact::clean_address(text);
        !clean.is_empty() && clean.bytes().all(|b| (32..=126).contains(&b))
    };
    if given(&subject.indirizzo) && !subject.indirizzo.as_deref().is_some_and(printable) {
        problem = Some("indirizzo non valido");
    }
    if given(&subject.civico) && !subject.civico.as_deref().is_some_and(printable) {
        problem = Some("civico non valido");
    }
    problem
}

/// The balance of a document as the model keeps it.
pub fn balance(bilancio: &Bilancio) -> Balance {
    Balance {
        chapters: bilancio
            .capitoli
            .iter()
            .map(|capitolo| Chapter {
                code: capitolo.cod_capitolo.clone(),
                office: capitolo.cod_ufficio.clone(),
                assessments: capitolo
                    .accertamenti
                    .iter()
                    .map(|part| Assessment { code: part.cod_accertamento.clone(), amount: part.importo })
                    .collect(),
            })
            .collect(),
    }
}

/// The balance, once it adds up to the amount.
///
/// # Errors
/// `PAA_IMPORTO_BILANCIO_NON_VALIDO`.
pub fn balance_of(bilancio: Option<&Bilancio>, amount: Cents) -> Result<Option<Balance>, Fault> {
    let Some(balance) = bilancio.map(balance) else { return Ok(None) };
    match balance.check(amount) {
        Ok(()) => Ok(Some(balance)),
        Err(error) => {
            let text = format!("Importo bilancio non congruente per dovuto con importo [{amount}]");
            Err(Fault::new(code::BILANCIO, text).describe(error.to_string()))
        }
    }
}

/// A secondary beneficiary whose data the node will take.
pub struct Secondary {
    /// Codice fiscale of the body.
    pub fiscal_code: OrganizationFiscalCode,
    /// Its account.
    pub iban: Iban,
}

/// Checks a secondary beneficiary (§8.11): body, account, taxonomy. The original checks the first two only
/// in `paaSILInviaCarrelloDovuti`; unchecked here they would make the notice unpayable.
///
/// # Errors
/// `PAA_ENTE_SECONDARIO_NON_VALIDO`, `PAA_DATI_SPECIFICI_RISCOSSIONE_NON_VALIDO`.
pub fn secondary(data: &DatiVersamentoEntiSecondari) -> Result<Secondary, Fault> {
    let fiscal_code = OrganizationFiscalCode::parse(&data.codice_fiscale).map_err(|error| {
        let text =
            format!("Codice Fiscale o Partita Iva Ente secondario non valido [{}]", data.codice_fiscale);
        Fault::new(code::ENTE_SECONDARIO, text).describe(error.to_string())
    })?;
    let iban = Iban::parse(&data.iban_accredito).map_err(|error| {
        let text = format!("IBAN accredito Ente secondario non valido [{}]", data.iban_accredito);
        Fault::new(code::ENTE_SECONDARIO, text).describe(error.to_string())
    })?;
    if TaxonomyCode::leading(&data.dati_specifici_riscossione).is_none() {
        let text = format!(
            "paaSILImportaDovuto codice tassonomico dati specifici riscossione Ente Secondario non valido: [{}]",
            data.dati_specifici_riscossione
        );
        return Err(Fault::new(code::DATI_SPECIFICI, text.clone()).describe(text));
    }
    Ok(Secondary { fiscal_code, iban })
}

/// Whether every named type exists, is active and admits anonymous payers.
pub fn anonymous_admitted<'a>(
    organization: &Organization,
    registry: &engine::registry::Snapshot,
    types: impl IntoIterator<Item = &'a str>,
) -> bool {
    types.into_iter().all(|name| {
        registry.debt_type_by_code(organization.id, name).is_some_and(
            |found: &std::sync::Arc<DebtPositionType>| found.active && found.profile.anonymous_allowed,
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_of_paying() {
        for good in ["", " ", "ALL", "all", "BBT", "bbt|CP", "BBT | PO", "OBEP|AD|BP"] {
            assert!(tipo_versamento_ok(good), "{good}");
        }
        for bad in ["X", "ALL|BBT", "BBT|ALL", "BBT|", "BBT;CP"] {
            assert!(!tipo_versamento_ok(bad), "{bad}");
        }
    }

    #[test]
    fn specific_data() {
        for good in ["9/0101100IM/", "0/abc", "1/è/x", "2/a_b"] {
            assert!(dati_specifici_ok(good), "{good}");
        }
        for bad in ["9/ab", "3/abc", "9/a b c", "9abc", "", "/abc"] {
            assert!(!dati_specifici_ok(bad), "{bad}");
        }
        assert!(dati_specifici_ok(&format!("9/{}", "x".repeat(138))));
        assert!(!dati_specifici_ok(&format!("9/{}", "x".repeat(139))));
    }
}
