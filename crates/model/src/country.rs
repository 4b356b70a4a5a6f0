//! ISO 3166-1 countries.

use crate::code::{CodeRule, code};

code! {
    /// ISO 3166-1 alpha-2 code of a country, in capital letters (`pagopa.md` §1.2).
    Country, check
}

/// The 249 codes of the standard, in order.
#[rustfmt::skip]
pub const COUNTRIES: [&str; 249] = [
    "AD", "AE", "AF", "AG", "AI", "AL", "AM", "AO", "AQ", "AR", "AS", "AT", "AU", "AW", "AX", "AZ",
    "BA", "BB", "BD", "BE", "BF", "BG", "BH", "BI", "BJ", "BL", "BM", "BN", "BO", "BQ", "BR", "BS",
    "BT", "BV", "BW", "BY", "BZ", "CA", "CC", "CD", "CF", "CG", "CH", "CI", "CK", "CL", "CM", "CN",
    "CO", "CR", "CU", "CV", "CW", "CX", "CY", "CZ", "DE", "DJ", "DK", "DM", "DO", "DZ", "EC", "EE",
    "EG", "EH", "ER", "ES", "ET", "FI", "FJ", "FK", "FM", "FO", "FR", "GA", "GB", "GD", "GE", "GF",
    "GG", "GH", "GI", "GL", "GM", "GN", "GP", "GQ", "GR", "GS", "GT", "GU", "GW", "GY", "HK", "HM",
    "HN", "HR", "HT", "HU", "ID", "IE", "IL", "IM", "IN", "IO", "IQ", "IR", "IS", "IT", "JE", "JM",
    "JO", "JP", "KE", "KG", "KH", "KI", "KM", "KN", "KP", "KR", "KW", "KY", "KZ", "LA", "LB", "LC",
    "LI", "LK", "LR", "LS", "LT", "LU", "LV", "LY", "MA", "MC", "MD", "ME", "MF", "MG", "MH", "MK",
    "ML", "MM", "MN", "MO", "MP", "MQ", "MR", "MS", "MT", "MU", "MV", "MW", "MX", "MY", "MZ", "NA",
    "NC", "NE", "NF", "NG", "NI", "NL", "NO", "NP", "NR", "NU", "NZ", "OM", "PA", "PE", "PF", "PG",
    "PH", "PK", "PL", "PM", "PN", "PR", "PS", "PT", "PW", "PY", "QA", "RE", "RO", "RS", "RU", "RW",
    "SA", "SB", "SC", "SD", "SE", "SG", "SH", "SI", "SJ", "SK", "SL", "SM", "SN", "SO", "SR", "SS",
    "ST", "SV", "SX", "SY", "SZ", "TC", "TD", "TF", "TG", "TH", "TJ", "TK", "TL", "TM", "TN", "TO",
    "TR", "TT", "TV", "TW", "TZ", "UA", "UG", "UM", "US", "UY", "UZ", "VA", "VC", "VE", "VG", "VI",
    "VN", "VU", "WF", "WS", "YE", "YT", "ZA", "ZM", "ZW",
];

fn check(text: &str) -> Result<Box<str>, CodeRule> {
    COUNTRIES.binary_search(&text).map(|_| text.into()).map_err(|_| CodeRule::Unknown)
}

impl Country {
    /// Italy.
    #[must_use]
    pub fn italy() -> Self {
        Self("IT".into())
    }

    /// Whether this is Italy, where postal code and province have their own rules.
    #[must_use]
    pub fn is_italy(&self) -> bool {
        self.as_str() == "IT"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn list_is_sorted_and_exact() {
        assert!(COUNTRIES.is_sorted());
        assert!(COUNTRIES.iter().all(|code| Country::parse(code).is_ok()));
        assert!(Country::parse("IT").unwrap().is_italy());
        assert_eq!(Country::italy(), Country::parse("IT").unwrap());
        for text in ["it", "ITA", "UK", "XX", "EU", "", "I"] {
            assert_eq!(Country::parse(text).unwrap_err().rule, CodeRule::Unknown, "{text}");
        }
    }
}
