//! Persons between the wire and the model.

use engine::receipts::Subject;
use model::{Person, PersonKind};
use wire::pa_for_node::{CtEntityUniqueIdentifier, CtSubject, PersonType};

/// A person of ours for the node: cut to its limits, without empty tags (`pagopa.md` §1.2).
pub(crate) fn to_wire(person: &Person) -> CtSubject {
    let cut = |text: &Option<String>, most: usize| {
        text.as_deref()
            .map(|text| text.trim().chars().take(most).collect::<String>())
            .filter(|text| !text.is_empty())
    };
    let address = &person.address;
    CtSubject {
        unique_identifier: CtEntityUniqueIdentifier {
            kind: match person.kind {
                PersonKind::Natural => PersonType::Natural,
                PersonKind::Legal => PersonType::Legal,
            },
            value: person.code.as_str().to_owned(),
        },
        full_name: cut(&Some(person.full_name.clone()), 70).unwrap_or_else(|| "ANONIMO".to_owned()),
        street_name: cut(&address.street, 70),
        civic_number: cut(&address.number, 16),
        postal_code: cut(&address.postal_code, 16),
        city: cut(&address.city, 35),
        state_province_region: address.province.as_ref().map(ToString::to_string),
        country: address.country.as_ref().map(ToString::to_string),
        // The node's pattern is narrower than MyPay's: an address it would refuse stays home.
        email: person.email.as_ref().filter(|email| email.accepted_by_node()).map(ToString::to_string),
    }
}

/// A person of a receipt: kept as it is, whatever its code (a receipt is never refused).
pub(crate) fn from_wire(subject: CtSubject) -> Subject {
    Subject {
        kind: match subject.unique_identifier.kind {
            PersonType::Natural => PersonKind::Natural,
            PersonType::Legal => PersonKind::Legal,
        },
        code: subject.unique_identifier.value,
        full_name: subject.full_name,
        street: subject.street_name,
        number: subject.civic_number,
        postal_code: subject.postal_code,
        city: subject.city,
        province: subject.state_province_region,
        country: subject.country,
        email: subject.email,
    }
}
