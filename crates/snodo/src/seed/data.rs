//! What a sandbox begins with: three invented enti, their accounts and tipi dovuto.
//!
//! Names, codici fiscali and IBANs are invented and have valid check digits; ABI 99001 to 99005 belong to
//! no bank. Taxonomy codes have the published form.

/// The intermediary: codice fiscale and name.
pub const BROKER: (&str, &str) = ("90022334453", "Snodo Sandbox");
/// The station that makes notice numbers.
pub const STATION: &str = "90022334453_01";
/// The station that wants every receipt in which its ente has a part (`pagopa.md` §3.1).
pub const BROADCAST_STATION: &str = "90022334453_02";
/// A body that only receives parts of payments (TEFA): codice fiscale, name, IBAN.
pub const PROVINCE: (&str, &str, &str) =
    ("80088776655", "Provincia di Valmarina", "IT71N9900202000000000700210");

/// An invented ente.
pub struct Organization {
    pub ipa: &'static str,
    pub fiscal_code: &'static str,
    pub name: &'static str,
    /// Kind of body in the taxonomy.
    pub type_code: &'static str,
    pub cbill: &'static str,
    pub iban: &'static str,
    pub postal: Option<Postal>,
    /// Station, segregation code, broadcast.
    pub stations: &'static [(&'static str, &'static str, bool)],
    /// Street, civic number, CAP, city, province.
    pub address: [&'static str; 5],
    pub phone: &'static str,
    pub email: &'static str,
    pub web: &'static str,
    pub sector: &'static str,
    pub types: &'static [Type],
}

/// A postal account that may be printed.
pub struct Postal {
    pub iban: &'static str,
    pub authorization: &'static str,
}

/// An invented tipo dovuto.
pub struct Type {
    pub code: &'static str,
    pub description: &'static str,
    pub taxonomy: &'static str,
    pub chapter: &'static str,
    pub iban: Option<&'static str>,
    pub rules: &'static [Rule],
}

/// How a type differs from an ordinary one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// A fixed amount, in cents.
    Fixed(i64),
    Spontaneous,
    MustBeInTime,
    DueDatePrinted,
    Anonymous,
    NotPrinted,
    Stamp,
    /// Outcomes are pushed to the listening SIL of the sandbox.
    Pushed,
    Inactive,
    /// A PSP may ask for a new notice (`paDemandPaymentNotice`) under this service of the national catalogue.
    OnDemand(&'static str),
}

const fn plain(
    code: &'static str,
    description: &'static str,
    taxonomy: &'static str,
    chapter: &'static str,
    rules: &'static [Rule],
) -> Type {
    Type { code, description, taxonomy, chapter, iban: None, rules }
}

const fn stamp(taxonomy: &'static str) -> Type {
    let rules = &[Rule::Fixed(1600), Rule::Stamp];
    plain("MARCA_BOLLO_DIGITALE", "Marca da bollo digitale", taxonomy, "E1.01.01.42.001", rules)
}

/// The enti, in the order of `sandbox.json`.
pub const ORGANIZATIONS: &[Organization] = &[
    Organization {
        ipa: "C_Z901",
        fiscal_code: "80061122331",
        name: "Comune di Borgo Sereno",
        type_code: "01",
        cbill: "ZB901",
        iban: "IT13D9900102000000000100045",
        postal: Some(Postal {
            iban: "IT17S0760102000000010004577",
            authorization: "AUT. DB/SIMU/SBX 90001 DEL 02/01/2026",
        }),
        stations: &[(STATION, "01", false), (BROADCAST_STATION, "51", true)],
        address: ["Piazza della Libertà", "1", "37099", "Borgo Sereno", "VR"],
        phone: "045 0000000",
        email: "tributi@comune.borgosereno.example",
        web: "https://comune.borgosereno.example",
        sector: "Settore Tributi",
        types: &[
            Type {
                code: "TARI",
                description: "Tassa sui rifiuti (TARI)",
                taxonomy: "9/0101101TS/",
                chapter: "E1.01.01.51.001",
                iban: Some("IT88Y9900102000000000200311"),
                rules: &[],
            },
            plain("MENSA", "Mensa scolastica", "9/0101008SP/", "E3.01.02.01.008", &[]),
            plain(
                "MULTA_CDS",
                "Sanzione al codice della strada",
                "9/0101012SA/",
                "E3.02.02.01.004",
                &[Rule::MustBeInTime, Rule::Pushed],
            ),
            plain(
                "CANONE_UNICO",
                "Canone unico patrimoniale",
                "9/0101019AP/",
                "E3.01.03.01.002",
                &[Rule::DueDatePrinted],
            ),
            plain(
                "DIRITTI_SEGRETERIA",
                "Diritti di segreteria",
                "9/0101025AP/",
                "E3.01.02.01.032",
                &[Rule::Spontaneous, Rule::Anonymous],
            ),
            plain(
                "CARTA_IDENTITA",
                "Carta d’identità elettronica",
                "9/0101027AP/",
                "E3.01.02.01.033",
                &[Rule::Spontaneous, Rule::Fixed(2221), Rule::OnDemand("00001")],
            ),
            plain(
                "SERVIZI_CIMITERIALI",
                "Servizi cimiteriali",
                "9/0101015SP/",
                "E3.01.02.01.014",
                &[Rule::NotPrinted],
            ),
            plain("ICI_ARRETRATI", "ICI, arretrati", "9/0101103IM/", "E1.01.01.08.002", &[Rule::Inactive]),
            stamp("9/0101116TS/"),
        ],
    },
    Organization {
        ipa: "ASL_VMR",
        fiscal_code: "09876123457",
        name: "Azienda Sanitaria Locale di Valmarina",
        type_code: "05",
        cbill: "ZA905",
        iban: "IT85M9900311100000000300720",
        postal: None,
        stations: &[(STATION, "02", false)],
        address: ["Viale della Salute", "42", "37098", "Valmarina", "VR"],
        phone: "045 0000100",
        email: "cup@asl.valmarina.example",
        web: "https://asl.valmarina.example",
        sector: "Centro unico di prenotazione",
        types: &[
            plain(
                "TICKET_SANITARIO",
                "Ticket per prestazioni sanitarie",
                "9/0501100SP/",
                "E3.01.02.01.018",
                &[],
            ),
            plain(
                "LIBERA_PROFESSIONE",
                "Visite in libera professione",
                "9/0501101SP/",
                "E3.01.02.01.019",
                &[],
            ),
            plain(
                "CARTELLA_CLINICA",
                "Copia di cartella clinica",
                "9/0501103AP/",
                "E3.01.02.01.034",
                &[Rule::Spontaneous, Rule::Fixed(2000)],
            ),
            plain(
                "SANZIONE_VETERINARIA",
                "Sanzione dei servizi veterinari",
                "9/0501107SA/",
                "E3.02.03.01.001",
                &[Rule::MustBeInTime],
            ),
            stamp("9/0501116TS/"),
        ],
    },
    Organization {
        ipa: "R_VALMAR",
        fiscal_code: "80091234569",
        name: "Regione Valmarina",
        type_code: "03",
        cbill: "ZR903",
        iban: "IT76Q9900511100000000400810",
        postal: None,
        stations: &[(STATION, "03", false)],
        address: ["Corso delle Autonomie", "100", "37100", "Valmarina", "VR"],
        phone: "045 0000200",
        email: "entrate@regione.valmarina.example",
        web: "https://regione.valmarina.example",
        sector: "Direzione Entrate",
        types: &[
            Type {
                code: "ECM",
                description: "Accreditamento ECM",
                taxonomy: "9/0301105AP/",
                chapter: "E3.05.99.99.999",
                iban: Some("IT17U9900511100000000400899"),
                rules: &[Rule::Pushed],
            },
            plain(
                "CANONE_DEMANIO",
                "Canone di concessione demaniale",
                "9/0301102AP/",
                "E3.01.03.01.003",
                &[],
            ),
            plain(
                "BOLLO_AUTO",
                "Tassa automobilistica",
                "9/0301100IM/",
                "E1.01.01.50.001",
                &[Rule::DueDatePrinted],
            ),
            plain(
                "TASSA_CONCORSO",
                "Contributo di partecipazione a concorsi",
                "9/0301108TS/",
                "E1.01.01.59.001",
                &[Rule::Spontaneous, Rule::Fixed(1000)],
            ),
            stamp("9/0301116TS/"),
        ],
    },
];

impl Type {
    /// Whether the type has this rule.
    pub fn has(&self, rule: Rule) -> bool {
        self.rules.contains(&rule)
    }

    /// The service of the national catalogue, if PSPs may ask for notices.
    pub fn demand_service(&self) -> Option<&'static str> {
        self.rules.iter().find_map(|rule| match rule {
            Rule::OnDemand(service) => Some(*service),
            _ => None,
        })
    }

    /// The fixed amount in cents, if it has one.
    pub fn fixed_cents(&self) -> Option<i64> {
        self.rules.iter().find_map(|rule| match rule {
            Rule::Fixed(cents) => Some(*cents),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Iban, IpaCode, OrganizationFiscalCode, SegregationCode, StationId, TaxonomyCode};
    use std::collections::HashSet;

    #[test]
    fn every_code_is_valid() {
        OrganizationFiscalCode::parse(BROKER.0).unwrap();
        OrganizationFiscalCode::parse(PROVINCE.0).unwrap();
        let bank = |text: &str| {
            let iban = Iban::parse(text).unwrap();
            assert_eq!(iban.check_letter_ok(), Some(true), "{text}");
            iban
        };
        bank(PROVINCE.2);
        let mut seen = HashSet::new();
        for organization in ORGANIZATIONS {
            IpaCode::parse(organization.ipa).unwrap();
            OrganizationFiscalCode::parse(organization.fiscal_code).unwrap();
            assert!(!bank(organization.iban).is_postal());
            if let Some(postal) = &organization.postal {
                assert!(bank(postal.iban).is_postal());
            }
            for (station, code, _) in organization.stations {
                StationId::parse(station).unwrap();
                SegregationCode::parse(code).unwrap();
                assert!(seen.insert((organization.ipa, *code)), "{code}");
            }
            assert_eq!(organization.cbill.len(), 5);
            for each in organization.types {
                TaxonomyCode::parse(each.taxonomy).unwrap();
                each.iban.map(bank);
                assert!(seen.insert((organization.ipa, each.code)), "{}", each.code);
            }
        }
    }

    #[test]
    fn every_rule_has_an_example() {
        let all: Vec<&Type> = ORGANIZATIONS.iter().flat_map(|o| o.types).collect();
        for rule in [
            Rule::Fixed(1600),
            Rule::Spontaneous,
            Rule::MustBeInTime,
            Rule::DueDatePrinted,
            Rule::Anonymous,
            Rule::NotPrinted,
            Rule::Stamp,
            Rule::Pushed,
            Rule::Inactive,
            Rule::OnDemand("00001"),
        ] {
            assert!(all.iter().any(|t| t.has(rule)));
        }
        assert!(ORGANIZATIONS.iter().all(|o| o.types.first().is_some_and(|t| !t.has(Rule::Inactive))));
    }
}
