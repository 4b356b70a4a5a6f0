//! Transfers: how an installment splits among accounts, bodies and digital stamps
//! (`pagopa.md` §1.4, §7.1).

use crate::code::{CodeError, CodeName, CodeRule, ascii, code};
use crate::fiscal_code::OrganizationFiscalCode;
use crate::iban::Iban;
use crate::money::{AmountError, Cents};
use crate::province::Province;
use crate::taxonomy::TransferCategory;
use serde::{Deserialize, Serialize};

/// The most transfers of one installment.
pub const MAX_TRANSFERS: usize = 5;

/// The most characters of a remittance information.
pub const MAX_REMITTANCE: usize = 140;

/// A part of an installment: an amount to one beneficiary.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Transfer {
    /// Position, 1 to 5 (`idTransfer`).
    pub index: u8,
    /// What the beneficiary gets; never zero.
    pub amount: Cents,
    /// The body that gets it (`fiscalCodePA`).
    pub beneficiary: OrganizationFiscalCode,
    /// Where the money goes.
    pub payee: Payee,
    /// Causale of the credit transfer, 1 to 140 characters (`remittanceInformation`).
    pub remittance: String,
    /// `transferCategory`, usually a taxonomy code.
    pub category: TransferCategory,
}

/// Where the money of a transfer goes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Payee {
    /// To an account of the beneficiary.
    Account {
        /// The account.
        iban: Iban,
        /// The postal account for who pays by bollettino.
        postal_iban: Option<Iban>,
    },
    /// To buy a digital stamp (marca da bollo); the money does not reach the beneficiary.
    Stamp {
        /// Kind of stamp.
        kind: StampKind,
        /// Hash of the document to be stamped.
        hash: StampHash,
        /// Province where the debtor lives.
        province: Province,
    },
}

/// Kinds of digital stamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum StampKind {
    /// `01`, stamp duty on applications to public bodies and on their acts.
    #[serde(rename = "01")]
    Document,
}

impl StampKind {
    /// Reads the code of the wire.
    ///
    /// # Errors
    /// [`CodeRule::Unknown`] for anything but `01`.
    pub fn parse(text: &str) -> Result<Self, CodeError> {
        match text {
            "01" => Ok(Self::Document),
            _ => Err(CodeError::new(CodeName::StampKind, CodeRule::Unknown)),
        }
    }

    /// The code of the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Document => "01",
        }
    }

    /// The price set by law: 16.00.
    #[must_use]
    pub const fn price(self) -> Cents {
        match self {
            Self::Document => match Cents::new(1600) {
                Ok(price) => price,
                Err(_) => Cents::ZERO,
            },
        }
    }
}

code! {
    /// Hash of the document of a digital stamp, in base64: 4 to 72 characters (44 for SHA-256).
    StampHash, check_hash
}

/// What the node takes: `base64Binary` whose text has 4 to 72 characters (`pagopa.md` §1.2).
fn check_hash(text: &str) -> Result<Box<str>, CodeRule> {
    ascii(text, 4, 72, |b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'='))?;
    let padding = text.bytes().rev().take_while(|b| *b == b'=').count();
    let body = text.len() - padding;
    if padding > 2 || !text.len().is_multiple_of(4) || text.bytes().take(body).any(|b| b == b'=') {
        return Err(CodeRule::Form("base64 with its padding"));
    }
    Ok(text.into())
}

/// Why transfers do not make up an installment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TransferError {
    /// None at all, or more than five.
    #[error("an installment has 1 to 5 transfers, not {found}")]
    Count {
        /// Transfers found.
        found: usize,
    },
    /// An index that is not 1 to 5, or comes twice.
    #[error("transfer index {index} is not 1 to 5 or comes twice")]
    Index {
        /// The index.
        index: u8,
    },
    /// A transfer of nothing.
    #[error("transfer {index}: {source}")]
    Amount {
        /// The transfer.
        index: u8,
        /// The broken rule.
        source: AmountError,
    },
    /// A stamp that does not cost its price.
    #[error("transfer {index}: a digital stamp of kind 01 costs 16.00")]
    StampPrice {
        /// The transfer.
        index: u8,
    },
    /// A postal IBAN that is not with Poste Italiane.
    #[error("transfer {index}: the postal IBAN is not of Poste Italiane")]
    PostalIban {
        /// The transfer.
        index: u8,
    },
    /// A causale that is blank, too long or with control characters.
    #[error("transfer {index}: remittance information must have 1 to 140 visible characters")]
    Remittance {
        /// The transfer.
        index: u8,
    },
    /// The parts do not add up.
    #[error("transfers add up to {sum}, not to the amount {total}")]
    Sum {
        /// What should come out.
        total: Cents,
        /// What comes out.
        sum: Cents,
    },
    /// The parts add up to more than can be.
    #[error("transfers add up to more than 999999999.99")]
    SumTooLarge,
}

/// Checks that transfers make up an installment of `total`: the rules that the node applies to our
/// answers, so that a wrong split is found when it is written and not when someone pays.
///
/// # Errors
/// The first broken rule.
pub fn check_transfers(total: Cents, transfers: &[Transfer]) -> Result<(), TransferError> {
    if transfers.is_empty() || transfers.len() > MAX_TRANSFERS {
        return Err(TransferError::Count { found: transfers.len() });
    }
    let mut seen = 0_u8;
    for transfer in transfers {
        let index = transfer.index;
        if !(1..=5).contains(&index) || seen & (1 << index) != 0 {
            return Err(TransferError::Index { index });
        }
        seen |= 1 << index;
        transfer.amount.positive().map_err(|source| TransferError::Amount { index, source })?;
        match &transfer.payee {
            Payee::Stamp { kind, .. } if transfer.amount != kind.price() => {
                return Err(TransferError::StampPrice { index });
            }
            Payee::Account { postal_iban: Some(iban), .. } if !iban.is_postal() => {
                return Err(TransferError::PostalIban { index });
            }
            Payee::Stamp { .. } | Payee::Account { .. } => {}
        }
        let remittance = &transfer.remittance;
        if remittance.trim().is_empty()
            || remittance.chars().count() > MAX_REMITTANCE
            || remittance.contains(char::is_control)
        {
            return Err(TransferError::Remittance { index });
        }
    }
    let sum = Cents::sum(transfers.iter().map(|transfer| transfer.amount))
        .map_err(|_| TransferError::SumTooLarge)?;
    if sum == total { Ok(()) } else { Err(TransferError::Sum { total, sum }) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cents(amount: i64) -> Cents {
        Cents::new(amount).unwrap()
    }

    fn transfer(index: u8, amount: i64) -> Transfer {
        Transfer {
            index,
            amount: cents(amount),
            beneficiary: OrganizationFiscalCode::parse("80007580279").unwrap(),
            payee: Payee::Account {
                iban: Iban::parse("IT60X0542811101000000123456").unwrap(),
                postal_iban: None,
            },
            remittance: "/RFB/01000000001234519/258.00".to_owned(),
            category: TransferCategory::parse("9/0101101IM/").unwrap(),
        }
    }

    fn stamp(index: u8, amount: i64) -> Transfer {
        Transfer {
            payee: Payee::Stamp {
                kind: StampKind::Document,
                hash: StampHash::parse("JtST9dN+2S++MicVNPKmAFx9GoYvb7Iq8gl2xB8CIKo=").unwrap(),
                province: Province::parse("VE").unwrap(),
            },
            ..transfer(index, amount)
        }
    }

    #[test]
    fn accepts_good_splits() {
        assert_eq!(check_transfers(cents(100), &[transfer(1, 100)]), Ok(()));
        assert_eq!(check_transfers(cents(1700), &[transfer(1, 100), stamp(2, 1600)]), Ok(()));
        let five: Vec<Transfer> = (1..=5).map(|index| transfer(index, 1)).collect();
        assert_eq!(check_transfers(cents(5), &five), Ok(()));
    }

    #[test]
    fn names_the_broken_rule() {
        let check = |total, transfers: &[Transfer]| check_transfers(cents(total), transfers).unwrap_err();
        assert_eq!(check(0, &[]), TransferError::Count { found: 0 });
        let six: Vec<Transfer> = (1..=6).map(|index| transfer(index, 1)).collect();
        assert_eq!(check(6, &six), TransferError::Count { found: 6 });
        assert_eq!(check(2, &[transfer(1, 1), transfer(1, 1)]), TransferError::Index { index: 1 });
        for index in [0, 6, 8, 255] {
            assert_eq!(check(1, &[transfer(index, 1)]), TransferError::Index { index });
        }
        assert_eq!(
            check(1, &[transfer(1, 0), transfer(2, 1)]),
            TransferError::Amount { index: 1, source: AmountError::Zero }
        );
        assert_eq!(check(1500, &[stamp(1, 1500)]), TransferError::StampPrice { index: 1 });
        assert_eq!(
            check(3, &[transfer(1, 1), transfer(2, 1)]),
            TransferError::Sum { total: cents(3), sum: cents(2) }
        );
        assert_eq!(check(1, &[transfer(1, Cents::MAX.get()), transfer(2, 1)]), TransferError::SumTooLarge);
        let mut wrong = transfer(1, 1);
        wrong.remittance = "x".repeat(141);
        assert_eq!(check(1, &[wrong.clone()]), TransferError::Remittance { index: 1 });
        wrong.remittance = " ".to_owned();
        assert_eq!(check(1, &[wrong.clone()]), TransferError::Remittance { index: 1 });
        let bank = Iban::parse("IT60X0542811101000000123456").unwrap();
        let wrong = Transfer {
            payee: Payee::Account { iban: bank.clone(), postal_iban: Some(bank) },
            ..transfer(1, 1)
        };
        assert_eq!(check(1, &[wrong]), TransferError::PostalIban { index: 1 });
    }

    #[test]
    fn stamp_hash_is_base64() {
        for text in ["abcd", "ab==", "abc=", &"a".repeat(64), &"a".repeat(72)] {
            assert!(StampHash::parse(text).is_ok(), "{text}");
        }
        for text in ["", "abc", "a===", "ab=c", "====", "abcde", "ab d", &"a".repeat(76)] {
            assert!(StampHash::parse(text).is_err(), "{text}");
        }
        assert_eq!(StampKind::parse("01").map(StampKind::as_str), Ok("01"));
        assert!(StampKind::parse("02").is_err());
        assert_eq!(StampKind::Document.price(), cents(1600));
    }

    #[test]
    fn survives_json() {
        for transfer in [transfer(1, 5), stamp(2, 1600)] {
            let json = serde_json::to_string(&transfer).unwrap();
            assert_eq!(serde_json::from_str::<Transfer>(&json).unwrap(), transfer, "{json}");
        }
    }

    proptest! {
        #[test]
        fn only_the_exact_sum_passes(amounts in prop::collection::vec(1_i64..1_000_000, 1..=5), off in -3_i64..=3) {
            let transfers: Vec<Transfer> = amounts.iter().zip(1..).map(|(amount, index)| transfer(index, *amount)).collect();
            let sum: i64 = amounts.iter().sum();
            if let Ok(total) = Cents::new(sum + off) {
                prop_assert_eq!(check_transfers(total, &transfers).is_ok(), off == 0);
            }
        }
    }
}
