//! What holds for every document, whatever its data.

use crate::fonts::Fonts;
use crate::sheet::{MARGIN, PAGE, Sheet};
use crate::{
    Creditor, Environment, Language, Notice, Notices, OnlineChannel, Party, Payable, Plan, PostalAccount,
    ReceiptDocument, notice, receipt,
};
use model::{Cents, Iban, PersonCode};
use proptest::prelude::*;
use std::sync::{Arc, OnceLock};

#[path = "../tests/it/samples.rs"]
mod samples;

fn fonts() -> &'static Fonts {
    static FONTS: OnceLock<Fonts> = OnceLock::new();
    FONTS.get_or_init(|| Fonts::load().unwrap())
}

fn documents() -> &'static Notices {
    static DOCUMENTS: OnceLock<Notices> = OnceLock::new();
    DOCUMENTS.get_or_init(|| Notices::new().unwrap())
}

/// Nothing lies over something else, or in the margins.
fn check_layout(sheet: &Sheet<'_>) -> Result<(), String> {
    let drawn = sheet.drawn();
    for (i, thing) in drawn.iter().enumerate() {
        let [left, top, right, bottom] = thing.edges;
        let inside = left >= MARGIN - 0.1
            && top >= MARGIN - 0.1
            && right <= PAGE.0 - MARGIN + 0.1
            && bottom <= PAGE.1 - MARGIN + 0.1;
        if !inside {
            return Err(format!("in the margins: {thing:?}"));
        }
        if let Some(other) = drawn.iter().skip(i + 1).find(|other| thing.overlaps(other)) {
            return Err(format!("{thing:?}\nlies over\n{other:?}"));
        }
    }
    Ok(())
}

/// Compares with a file of `tests/golden`; `UPDATE_GOLDEN=1` writes it instead, for review in the difference.
fn golden(name: &str, found: &str) {
    let path = format!("{}/tests/golden/{name}.txt", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, found).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap();
    assert!(found == expected, "structure of {name} changed; run with UPDATE_GOLDEN=1 and review\n{found}");
}

#[test]
fn structure_of_the_notice_is_as_reviewed() {
    golden("notice", &notice::compose(fonts(), &samples::postal_slip()).unwrap().0.structure());
    golden("notice-bare", &notice::compose(fonts(), &samples::bare()).unwrap().0.structure());
    golden(
        "notice-german",
        &notice::compose(fonts(), &samples::fullest(Language::German)).unwrap().0.structure(),
    );
}

#[test]
fn structure_of_the_receipt_is_as_reviewed() {
    golden("receipt", &receipt::compose(fonts(), &samples::receipt()).unwrap().0.structure());
    let second = ReceiptDocument { second_payment: true, payer: None, fee: None, ..samples::receipt() };
    golden("receipt-second", &receipt::compose(fonts(), &second).unwrap().0.structure());
}

#[test]
fn all_samples_are_laid_out_cleanly() {
    for (name, sample) in samples::all() {
        check_layout(&notice::compose(fonts(), &sample).unwrap().0).unwrap_or_else(|e| panic!("{name}: {e}"));
    }
    for language in Language::ALL {
        let sample = samples::fullest(language);
        check_layout(&notice::compose(fonts(), &sample).unwrap().0)
            .unwrap_or_else(|e| panic!("{language:?}: {e}"));
    }
    for sample in [samples::receipt(), samples::long_receipt()] {
        check_layout(&receipt::compose(fonts(), &sample).unwrap().0).unwrap();
    }
}

#[test]
fn the_layout_check_sees_overlaps_and_margins() {
    let mut sheet = Sheet::new(fonts());
    let style = crate::text::Style::new(crate::fonts::Face::Regular, 10.0);
    sheet.line(100.0, 100.0, style, "sotto");
    check_layout(&sheet).unwrap();
    sheet.line(105.0, 103.0, style, "sopra");
    assert!(check_layout(&sheet).unwrap_err().contains("lies over"));
    let mut sheet = Sheet::new(fonts());
    sheet.line(10.0, 100.0, style, "fuori");
    assert!(check_layout(&sheet).unwrap_err().contains("in the margins"));
}

#[test]
fn postal_slip_is_there_only_for_amounts_that_it_can_carry() {
    let text = |amount: i64| {
        let mut notice = samples::postal_slip();
        notice.plan = Plan::Single(Payable { amount: samples::cents(amount), ..samples::payable() });
        notice::compose(fonts(), &notice).unwrap().0.structure()
    };
    assert!(text(9_999_999_999).contains("Bollettino Postale PA"));
    assert!(text(9_999_999_999).contains("\nP 18312202500000457168120000123456781099999999993896\n"));
    assert!(!text(10_000_000_000).contains("Bollettino Postale PA"));
}

#[test]
fn postal_account_needs_post_holder_and_authorisation() {
    let post = Iban::parse(&samples::postal_iban()).unwrap();
    let bank = Iban::parse("IT60X0542811101000000123456").unwrap();
    let fault = |iban, holder, authorization| {
        PostalAccount::new(iban, holder, authorization).unwrap_err().to_string()
    };
    assert!(fault(&bank, "x", "y").starts_with("postal.iban: "));
    assert!(fault(&post, " ", "y").starts_with("postal.holder: "));
    assert!(fault(&post, "x", "").starts_with("postal.authorization: "));
    assert_eq!(PostalAccount::new(&post, "x", "y").unwrap().number(), "000012345678");
}

#[test]
fn collaudo_says_so_and_esercizio_does_not() {
    for environment in [Environment::Test, Environment::Production] {
        let notice = Notice { environment, ..samples::plain() };
        let receipt = ReceiptDocument { environment, ..samples::receipt() };
        for structure in [
            notice::compose(fonts(), &notice).unwrap().0.structure(),
            receipt::compose(fonts(), &receipt).unwrap().0.structure(),
        ] {
            let warned =
                structure.starts_with("P Ambiente di collaudo — documento non valido per il pagamento\n");
            assert_eq!(warned, environment == Environment::Test);
        }
    }
}

#[test]
fn same_data_same_bytes_and_nothing_remembered() {
    let first = documents().render(&samples::plain()).unwrap();
    documents().render(&samples::fullest(Language::French)).unwrap();
    assert_eq!(documents().render(&samples::plain()).unwrap(), first);
}

#[test]
fn many_are_handed_over_one_by_one_and_the_sink_may_stop() {
    #[derive(Debug)]
    enum Stop {
        Full(u64),
        Document(#[expect(dead_code, reason = "shown when the test fails")] crate::DocumentError),
    }
    impl From<crate::DocumentError> for Stop {
        fn from(e: crate::DocumentError) -> Self {
            Stop::Document(e)
        }
    }
    let endless = std::iter::repeat_with(samples::plain);
    let outcome = documents().render_many(endless, |index, pdf| {
        assert!(pdf.starts_with(b"%PDF-1.7"));
        if index == 2 { Err(Stop::Full(index)) } else { Ok(()) }
    });
    assert!(matches!(outcome, Err(Stop::Full(2))), "{outcome:?}");
    let three = [samples::plain(), samples::accents(), samples::bare()];
    assert_eq!(documents().render_many(&three, |_, _| Ok::<(), crate::DocumentError>(())).unwrap(), 3);
}

fn anything() -> impl Strategy<Value = String> {
    prop_oneof!["\\PC{0,30}", "(?s).{0,200}", "[A-ZÀÈa-zàèìòù’ ]{0,200}", "[MW]{0,150}", Just(String::new())]
}

prop_compose! {
    fn any_creditor()(
        name in anything(), department in prop::option::of(anything()), contacts in prop::option::of(anything()),
        cbill in prop::option::of(anything()), on_site in prop::option::of(anything()), online in 0..4_u8,
        wide in 1..250_u32, high in 1..250_u32, post in any::<bool>(), holder in anything(), authorization in anything(),
    ) -> Creditor {
        let iban = Iban::parse(&samples::postal_iban()).unwrap();
        Creditor {
            name, department, contacts, cbill, on_site,
            online: [OnlineChannel::None, OnlineChannel::Site, OnlineChannel::App, OnlineChannel::SiteOrApp][usize::from(online)],
            logo: Some(Arc::new(crate::Logo::parse(&samples::png(wide, high)).unwrap())),
            postal: if post { PostalAccount::new(&iban, &holder, &authorization).ok() } else { None },
            ..samples::creditor()
        }
    }
}

prop_compose! {
    fn any_party()(full_name in anything(), known in any::<bool>(), address in prop::option::of(anything())) -> Party {
        let code = if known { samples::plain().debtor.code } else { PersonCode::Anonymous };
        Party { full_name, code, address }
    }
}

prop_compose! {
    fn any_notice()(
        creditor in any_creditor(), debtor in any_party(), subject in anything(), amount in 0..=Cents::MAX.get(),
        due in any::<bool>(), language in prop::option::of(0..4_usize), test in any::<bool>(),
    ) -> Notice {
        let payable = samples::payable();
        Notice {
            environment: if test { Environment::Test } else { Environment::Production },
            creditor: Arc::new(creditor), debtor, subject,
            plan: Plan::Single(Payable { amount: samples::cents(amount), due_date: payable.due_date.filter(|_| due), ..payable }),
            second_language: language.map(|l| Language::ALL[l]),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_notice_is_laid_out_cleanly_and_conforms(notice in any_notice()) {
        let sheet = notice::compose(fonts(), &notice).unwrap().0;
        prop_assert!(check_layout(&sheet).is_ok(), "{}", check_layout(&sheet).unwrap_err());
        let pdf = documents().render(&notice).unwrap();
        prop_assert!(pdf.ends_with(b"%%EOF"));
    }

    #[test]
    fn any_receipt_is_laid_out_cleanly_and_conforms(
        creditor in any_creditor(), debtor in any_party(), payer in prop::option::of(any_party()), subject in anything(),
        psp in anything(), method in prop::option::of(anything()), lines in prop::collection::vec((anything(), anything(), anything()), 0..9),
        verification in prop::option::of(anything()), second_payment in any::<bool>(),
    ) {
        let mut receipt = ReceiptDocument {
            creditor: Arc::new(creditor), debtor, payer, subject, psp_name: psp, method, verification, second_payment,
            ..samples::receipt()
        };
        let line = receipt.transfers[0].clone();
        receipt.transfers = lines
            .into_iter()
            .map(|(remittance, iban, category)| crate::TransferLine {
                remittance, category: category.clone(), beneficiary: category,
                target: crate::TransferTarget::Account { iban }, ..line.clone()
            })
            .collect();
        let sheet = receipt::compose(fonts(), &receipt).unwrap().0;
        prop_assert!(check_layout(&sheet).is_ok(), "{}", check_layout(&sheet).unwrap_err());
        prop_assert!(documents().receipt(&receipt).unwrap().ends_with(b"%%EOF"));
    }

    #[test]
    fn any_bytes_are_a_logo_or_a_clear_refusal(bytes in prop::collection::vec(any::<u8>(), 0..200), cut in 0..2000_usize, kind in 0..3_u8) {
        let mut file = match kind { 0 => Vec::new(), 1 => samples::png(20, 20), _ => vec![0xFF, 0xD8, 0xFF, 0xE0] };
        file.truncate(cut);
        file.extend(bytes);
        if let Err(e) = crate::Logo::parse(&file) {
            prop_assert!(e.to_string().starts_with("logo: "));
        }
    }
}

#[test]
fn logos_are_png_or_jpeg_up_to_250_pixels() {
    let fault = |bytes: &[u8]| crate::Logo::parse(bytes).unwrap_err().to_string();
    assert!(crate::Logo::parse(&samples::png(250, 250)).is_ok());
    assert_eq!(fault(&samples::png(251, 10)), "logo: is 251×10 pixels, at most 250×250 are allowed");
    assert_eq!(
        fault(b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>"),
        "logo: must be a PNG or JPEG image (SVG is not accepted)"
    );
    assert!(fault(&[0; 300_000]).contains("at most 262144 are allowed"));
    let mut broken = samples::png(100, 100);
    broken.truncate(200);
    assert!(fault(&broken).starts_with("logo: cannot be decoded"));
}
