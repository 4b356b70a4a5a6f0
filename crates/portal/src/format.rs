//! Amounts and dates as people read them.

use jiff::Timestamp;
use jiff::civil::Date;
use model::Cents;

const MONTHS: [&str; 12] = [
    "gennaio",
    "febbraio",
    "marzo",
    "aprile",
    "maggio",
    "giugno",
    "luglio",
    "agosto",
    "settembre",
    "ottobre",
    "novembre",
    "dicembre",
];

/// `1.234,56 €`, which does not break at the end of a line.
pub(crate) fn euro(amount: Cents) -> String {
    format!("{}\u{a0}€", amount.to_italian())
}

/// `1° marzo 2026`.
pub(crate) fn date(day: Date) -> String {
    let month =
        usize::try_from(day.month() - 1).ok().and_then(|at| MONTHS.get(at)).copied().unwrap_or_default();
    let number = if day.day() == 1 { "1°".to_owned() } else { day.day().to_string() };
    format!("{number} {month} {}", day.year())
}

/// `4 marzo 2026, ore 15:20`, in Europe/Rome.
pub(crate) fn moment(at: Timestamp) -> String {
    let local = model::dates::rome(at);
    format!("{}, ore {:02}:{:02}", date(local.date()), local.hour(), local.minute())
}

/// A codice fiscale of a person with birth and place covered; the code of a body as it is. None for `ANONIMO`.
pub(crate) fn masked(code: &str) -> Option<String> {
    model::FiscalCode::parse(code).ok().map(|code| code.masked())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_as_people_read() {
        assert_eq!(euro(Cents::new(123_456).unwrap()), "1.234,56\u{a0}€");
        assert_eq!(date("2026-03-01".parse().unwrap()), "1° marzo 2026");
        assert_eq!(date("2026-12-31".parse().unwrap()), "31 dicembre 2026");
        // Summer and winter time.
        assert_eq!(moment("2026-07-01T22:30:00Z".parse().unwrap()), "2 luglio 2026, ore 00:30");
        assert_eq!(moment("2026-01-01T11:05:00Z".parse().unwrap()), "1° gennaio 2026, ore 12:05");
    }

    #[test]
    fn covers_persons_and_not_bodies() {
        assert_eq!(masked("RSSMRA80A01H501U").as_deref(), Some("RSSMRA**********"));
        assert_eq!(masked("01234567897").as_deref(), Some("01234567897"));
        assert_eq!(masked("ANONIMO"), None);
    }
}
