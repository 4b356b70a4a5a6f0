//! Invented notices and receipts for tests and for the benchmark.
#![allow(dead_code, reason = "each user takes some of them")]
#![allow(clippy::unwrap_used, reason = "constants of this file")]

use documents::{
    Creditor, Environment, Language, Logo, Notice, OnlineChannel, Party, Payable, Plan, PostalAccount,
    ReceiptDocument, TransferLine, TransferTarget,
};
use model::{Cents, Iban, NoticeNumber, OrganizationFiscalCode, PersonCode, ReceiptId};
use std::sync::Arc;

/// A picture of coloured bands: PNG, 8 bits, stored blocks (no compressor needed to write it).
pub fn png(width: u32, height: u32) -> Vec<u8> {
    fn chunk(out: &mut Vec<u8>, kind: &[u8; 4], data: &[u8]) {
        out.extend(u32::try_from(data.len()).unwrap().to_be_bytes());
        let mut body = kind.to_vec();
        body.extend(data);
        let mut crc = u32::MAX;
        for byte in &body {
            crc ^= u32::from(*byte);
            for _ in 0..8 {
                crc = if crc & 1 == 1 { 0xEDB8_8320 ^ (crc >> 1) } else { crc >> 1 };
            }
        }
        out.extend(&body);
        out.extend((!crc).to_be_bytes());
    }
    let mut raw = Vec::new();
    for y in 0..height {
        raw.push(0);
        for x in 0..width {
            let band = x * 3 / width;
            let round =
                (2 * x).abs_diff(width).pow(2) + (2 * y).abs_diff(height).pow(2) > width.max(height).pow(2);
            raw.extend(match (round, band) {
                (true, _) => [255, 255, 255],
                (_, 0) => [0, 102, 68],
                (_, 1) => [240, 240, 240],
                _ => [190, 20, 40],
            });
        }
    }
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in &raw {
        a = (a + u32::from(*byte)) % 65521;
        b = (b + a) % 65521;
    }
    let mut zlib = vec![0x78, 0x01];
    let mut blocks = raw.chunks(65535).peekable();
    while let Some(block) = blocks.next() {
        zlib.push(u8::from(blocks.peek().is_none()));
        let length = u16::try_from(block.len()).unwrap();
        zlib.extend(length.to_le_bytes());
        zlib.extend((!length).to_le_bytes());
        zlib.extend(block);
    }
    zlib.extend(((b << 16) | a).to_be_bytes());
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut header = Vec::new();
    header.extend(width.to_be_bytes());
    header.extend(height.to_be_bytes());
    header.extend([8, 2, 0, 0, 0]);
    chunk(&mut out, b"IHDR", &header);
    chunk(&mut out, b"IDAT", &zlib);
    chunk(&mut out, b"IEND", &[]);
    out
}

pub fn creditor() -> Creditor {
    Creditor {
        name: "Comune di Borgo Lontano".to_owned(),
        fiscal_code: OrganizationFiscalCode::parse("80012345676").unwrap(),
        department: Some("Settore Tributi".to_owned()),
        contacts: Some("www.comune.borgolontano.example · 0123 456789".to_owned()),
        cbill: Some("A0EDT".to_owned()),
        online: OnlineChannel::Site,
        on_site: None,
        logo: Some(Arc::new(Logo::parse(&png(240, 240)).unwrap())),
        postal: None,
    }
}

pub fn postal() -> PostalAccount {
    let iban = Iban::parse(&postal_iban()).unwrap();
    PostalAccount::new(
        &iban,
        "Comune di Borgo Lontano - Servizio Tesoreria",
        "AUT. DB/SSIC/E 12345 DEL 01/02/2026",
    )
    .unwrap()
}

pub fn postal_iban() -> String {
    "IT93L0760112000000012345678".to_owned()
}

pub fn cents(value: i64) -> Cents {
    Cents::new(value).unwrap()
}

pub fn plain() -> Notice {
    Notice {
        environment: Environment::Production,
        creditor: Arc::new(creditor()),
        debtor: Party {
            full_name: "Maria Rossi".to_owned(),
            code: PersonCode::parse("RSSMRA80A41H501Y").unwrap(),
            address: Some("Via Roma 12, 12345 Borgo Lontano (BL)".to_owned()),
        },
        subject: "Tassa rifiuti anno 2026, rata unica".to_owned(),
        plan: Plan::Single(payable()),
        second_language: None,
    }
}

pub fn payable() -> Payable {
    Payable {
        notice_number: NoticeNumber::parse("312202500000457168").unwrap(),
        amount: cents(12_345),
        due_date: Some(jiff::civil::date(2026, 12, 16)),
    }
}

pub fn with_creditor(change: impl FnOnce(&mut Creditor)) -> Notice {
    let mut creditor = creditor();
    change(&mut creditor);
    Notice { creditor: Arc::new(creditor), ..plain() }
}

pub fn with_amount(amount: i64) -> Notice {
    Notice { plan: Plan::Single(Payable { amount: cents(amount), ..payable() }), ..plain() }
}

pub fn long() -> Notice {
    let mut notice = with_creditor(|c| {
        c.name = "Unione Montana dei Comuni della Valle Superiore del Torrente Acquachiara e dei Territori Confinanti".to_owned();
        c.department = Some("Servizio Associato Entrate e Riscossione Coattiva X".to_owned());
        c.contacts = Some("www.unionemontana-valle-acquachiara.example · numero verde 800 123 456 · entrate@acquachiara.example".to_owned());
        c.online = OnlineChannel::SiteOrApp;
        c.on_site = Some("Casse automatiche del Poliambulatorio di Borgo Sup".to_owned());
        c.logo = Some(Arc::new(Logo::parse(&png(250, 90)).unwrap()));
        c.postal = Some(postal());
    });
    notice.subject =
        "Contributo di costruzione per il permesso n. 1234/2026, seconda rata con interessi di mora"
            .to_owned();
    notice.debtor.full_name =
        "Società Cooperativa Agricola Fratelli D’Alessandro-Montefiascone a r.l.".to_owned();
    notice.debtor.address = Some("Strada Provinciale della Repubblica Partigiana dell’Ossola 1234/bis, scala B, interno 45, Frazione San Giovanni Sopra il Colle, 28845 VB".to_owned());
    notice
}

pub fn accents() -> Notice {
    let mut notice = with_creditor(|c| c.name = "Città di Forlì – Ufficio Nidi d’Infanzia".to_owned());
    notice.subject =
        "Retta di dicembre: più di un’età, perché è così – «Nido Čebula» – 10 € già versati".to_owned();
    notice.debtor.full_name = "Žofie Nguyễn-Łukasiewicz d’Östergård Ñáñez".to_owned();
    notice.debtor.address = Some("Località Niccolo\u{300} Però 1, Città 😀 عمر".to_owned());
    notice
}

pub fn postal_slip() -> Notice {
    with_creditor(|c| c.postal = Some(postal()))
}

pub fn fullest(language: Language) -> Notice {
    Notice { second_language: Some(language), environment: Environment::Test, ..long() }
}

/// Named samples, in the order of the review.
pub fn all() -> Vec<(&'static str, Notice)> {
    vec![
        ("plain", plain()),
        ("long", long()),
        ("accents", accents()),
        ("postal", postal_slip()),
        ("english", Notice { second_language: Some(Language::English), ..postal_slip() }),
        ("german", Notice { second_language: Some(Language::German), ..plain() }),
        ("french", Notice { second_language: Some(Language::French), ..plain() }),
        ("slovene", Notice { second_language: Some(Language::Slovene), ..plain() }),
        ("cent", with_amount(1)),
        ("greatest", with_amount(99_999_999)),
        ("limit", Notice { environment: Environment::Test, ..with_amount(Cents::MAX.get()) }),
        ("fullest", fullest(Language::German)),
        ("bare", bare()),
    ]
}

/// Nothing that may be missing is there.
pub fn bare() -> Notice {
    let mut notice = with_creditor(|c| {
        c.department = None;
        c.contacts = None;
        c.cbill = None;
        c.online = OnlineChannel::None;
        c.logo = None;
    });
    notice.debtor.code = PersonCode::Anonymous;
    notice.debtor.address = None;
    notice.plan = Plan::Single(Payable { due_date: None, ..payable() });
    notice
}

pub fn receipt() -> ReceiptDocument {
    let notice = NoticeNumber::parse("312202500000457168").unwrap();
    ReceiptDocument {
        environment: Environment::Production,
        creditor: Arc::new(creditor()),
        debtor: plain().debtor,
        payer: Some(Party {
            full_name: "Giovanni Bianchi".to_owned(),
            code: PersonCode::Anonymous,
            address: None,
        }),
        subject: "Tassa rifiuti anno 2026, rata unica".to_owned(),
        iuv: notice.iuv(),
        notice_number: Some(notice),
        receipt_id: ReceiptId::parse("c110729d258c4ab1b765fe902aae41d6").unwrap(),
        psp_name: "Banca Immaginaria S.p.A.".to_owned(),
        psp_id: "ABI99999".to_owned(),
        method: Some("Carta di pagamento".to_owned()),
        paid_at: "2026-07-01T21:59:30Z".parse().unwrap(),
        amount: cents(12_345),
        fee: Some(cents(150)),
        transfers: vec![
            TransferLine {
                index: 1,
                remittance: "/RFB/12202500000457168/103.45/TXT/Tassa rifiuti anno 2026, rata unica"
                    .to_owned(),
                beneficiary: "80012345676".to_owned(),
                beneficiary_name: Some("Comune di Borgo Lontano".to_owned()),
                target: TransferTarget::Account { iban: "IT60X0542811101000000123456".to_owned() },
                amount: cents(10_345),
                category: "9/0101101IM/".to_owned(),
            },
            TransferLine {
                index: 2,
                remittance: "Tributo provinciale per l’esercizio delle funzioni ambientali".to_owned(),
                beneficiary: "00000000000".to_owned(),
                beneficiary_name: None,
                target: TransferTarget::Account { iban: postal_iban() },
                amount: cents(2_000),
                category: "9/0201100IM/".to_owned(),
            },
        ],
        second_payment: false,
        verification: Some("7F3A-91C2-004B".to_owned()),
    }
}

/// Everything at its longest, more transfers than the contract allows, so that it needs a second page.
pub fn long_receipt() -> ReceiptDocument {
    let mut receipt = receipt();
    receipt.environment = Environment::Test;
    receipt.creditor = long().creditor;
    receipt.debtor = long().debtor;
    receipt.payer = Some(accents().debtor);
    receipt.second_payment = true;
    let line = receipt.transfers.pop().unwrap();
    receipt.transfers = (1..=14)
        .map(|index| TransferLine {
            index,
            remittance: "Causale lunghissima di un versamento che occupa più righe della sua colonna, perché nessuno la tagli prima del limite di centoquaranta caratteri ".repeat(2),
            beneficiary_name: Some("Unione Montana dei Comuni della Valle Superiore".to_owned()),
            target: if index == 3 { TransferTarget::Stamp { document_hash: "WHpFSLCGFIdiSxwt7TSxMwhlg7Tbu1oS3VSpPTyCqfQ=".to_owned() } } else { line.target.clone() },
            ..line.clone()
        })
        .collect();
    receipt
}
