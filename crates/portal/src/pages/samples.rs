//! Every page in every state with invented data: for the tests, and for looking at them (`gallery` in `tests.rs`).

use maud::Markup;
use model::Cents;

use super::cart::{CartView, Debtor, Group, Line};
use super::error::Occurrence;
use super::info::Info;
use super::notice::{KnownNotice, NoticeStatus, NoticeView, SearchErrors, SearchForm};
use super::outcome::{OutcomeView, Payment, Phase, ReceiptView};
use super::{cart, error, home, info, notice, outcome};
use crate::config::{Environment, PortalConfig};
use crate::problem::Problem;
use crate::texts::IT;
use crate::ui::Site;

const LONG_NAME: &str =
    "Azienda Unità Locale Socio-Sanitaria n. 8 di Valfiorita e dei Comuni dell'Alta Pianura Orientale";

/// Names and pages.
pub(crate) fn all() -> Vec<(String, Markup)> {
    let (site, real) = (site(Environment::Collaudo), site(Environment::Esercizio));
    let not_found = notice::search(&real, &search_form(), &SearchErrors::default(), true, &organizations(3));
    let mut pages = vec![
        ("home".to_owned(), home::render(&site)),
        ("home-esercizio".to_owned(), home::render(&real)),
        ("avviso-non-trovato".to_owned(), not_found),
    ];
    pages.extend(
        Info::ALL.map(|(which, path)| (path.trim_start_matches('/').to_owned(), info::render(&site, which))),
    );
    pages.extend(searches(&site));
    pages.extend(notices(&site));
    pages.extend(carts(&site));
    pages.extend(outcomes(&site));
    pages.extend(problems().into_iter().map(|problem| {
        let occurrence = Occurrence {
            trace: "0197a2c4d5e67f8091a2b3c4d5e6f708",
            at: "4 marzo 2026, ore 15:20",
            path: "/carrello/8Yx2mQ",
        };
        (format!("errore-{}", problem.code().to_lowercase()), error::render(&site, &problem, &occurrence))
    }));
    pages
}

pub(crate) fn site(environment: Environment) -> Site {
    let address = "https://pagamenti.example.it/".parse().unwrap();
    let mut config = PortalConfig::new(address, "Pagamenti di Valfiorita", environment, vec![7; 32]);
    config.contact_email = Some("assistenza@pagamenti.example.it".to_owned());
    Site { config, t: &IT }
}

fn organizations(count: usize) -> Vec<(String, String)> {
    let names = ["Comune di Valfiorita", LONG_NAME, "Regione Esempio"];
    (0..count)
        .map(|at| {
            (format!("{at:011}"), names.get(at % 3).map_or_else(String::new, |name| (*name).to_owned()))
        })
        .collect()
}

fn search_form() -> SearchForm {
    SearchForm {
        notice: "3122 0250 0000 4571 68".to_owned(),
        organization: "00000000001".to_owned(),
        debtor: "RSSMRA80A01H501U".to_owned(),
        known: None,
    }
}

fn searches(site: &Site) -> Vec<(String, Markup)> {
    let none = SearchErrors::default();
    let wrong = SearchErrors {
        notice: Some("Il codice avviso ha 18 cifre: ne hai inserite 4.".to_owned()),
        organization: Some(IT.invalid.organization_empty.to_owned()),
        debtor: Some(IT.invalid.debtor_code.to_owned()),
    };
    let typed =
        SearchForm { notice: "3122".to_owned(), debtor: "RSSMRA".to_owned(), ..SearchForm::default() };
    let known = SearchForm {
        known: Some(KnownNotice {
            organization_name: LONG_NAME.to_owned(),
            number: "3122 0250 0000 4571 68".to_owned(),
        }),
        ..search_form()
    };
    vec![
        ("avviso".to_owned(), notice::search(site, &SearchForm::default(), &none, false, &organizations(3))),
        (
            "avviso-molti-enti".to_owned(),
            notice::search(site, &SearchForm::default(), &none, false, &organizations(50)),
        ),
        ("avviso-errori".to_owned(), notice::search(site, &typed, &wrong, false, &organizations(3))),
        ("avviso-collegamento".to_owned(), notice::search(site, &known, &none, false, &organizations(3))),
    ]
}

fn notices(site: &Site) -> Vec<(String, Markup)> {
    [
        NoticeStatus::Payable,
        NoticeStatus::Paid,
        NoticeStatus::Expired,
        NoticeStatus::Cancelled,
        NoticeStatus::Unavailable,
    ]
    .into_iter()
    .map(|status| {
        let view = NoticeView {
            organization: LONG_NAME.to_owned(),
            description: "Accreditamento provider ECM 2026 - Università degli Studi dell'Alta Pianura"
                .to_owned(),
            amount: cents(258_228),
            due_date: Some(jiff::civil::date(2026, 6, 30)),
            number: "3122 0250 0000 4571 68".to_owned(),
            status,
            printable: status == NoticeStatus::Payable,
            receipt: status == NoticeStatus::Paid,
            link: "/paga/avviso/s/abc".to_owned(),
        };
        (format!("avviso-trovato-{}", format!("{status:?}").to_lowercase()), notice::found(site, &view))
    })
    .collect()
}

fn carts(site: &Site) -> Vec<(String, Markup)> {
    let line = |description: &str, amount, stamp| Line {
        description: description.to_owned(),
        amount: cents(amount),
        due_date: None,
        number: None,
        iud: Some("ECM-2026-000123-Quota-Annuale".to_owned()),
        stamp,
    };
    let notice = Line {
        due_date: Some(jiff::civil::date(2026, 6, 30)),
        number: Some("3122 0250 0000 4571 68".to_owned()),
        iud: None,
        ..line("Accreditamento provider ECM 2026", 258_228, false)
    };
    let single = CartView {
        link: "/carrello/abc".to_owned(),
        outcome_link: "/esito/abc".to_owned(),
        groups: vec![Group { organization: "Regione Esempio".to_owned(), lines: vec![notice] }],
        total: cents(258_228),
        debtors: vec![Debtor {
            name: "Società dell'Ossola S.r.l.".to_owned(),
            code: Some("01234567897".to_owned()),
        }],
        expires_at: moment(),
        returns_to: None,
        in_progress: false,
        replica: engine::carts::Replica::None,
        from_portal: true,
    };
    let several = CartView {
        groups: vec![
            Group {
                organization: LONG_NAME.to_owned(),
                lines: vec![
                    line(
                        "Contributo annuale per l'accreditamento degli eventi formativi residenziali, saldo",
                        1,
                        false,
                    ),
                    line("Marca da bollo su istanza telematica", 1_600, true),
                ],
            },
            Group {
                organization: "Comune di Valfiorita".to_owned(),
                lines: vec![line("TARI 2026 rata unica", 99_999_999, false)],
            },
        ],
        total: cents(100_001_600),
        debtors: vec![
            Debtor { name: "Niccolò D'Àlessandro".to_owned(), code: Some("DLSNCL**********".to_owned()) },
            Debtor { name: "Utente anonimo".to_owned(), code: None },
        ],
        returns_to: Some("ecm.example.it".to_owned()),
        from_portal: false,
        ..single.clone()
    };
    let again = CartView { in_progress: true, ..single.clone() };
    vec![
        ("carrello".to_owned(), cart::render(site, &single, "", None)),
        ("carrello-piu-enti".to_owned(), cart::render(site, &several, "", None)),
        ("carrello-riaperto".to_owned(), cart::render(site, &again, "", None)),
        ("carrello-email-errata".to_owned(), cart::render(site, &several, "mario@", Some(IT.invalid.email))),
    ]
}

fn outcomes(site: &Site) -> Vec<(String, Markup)> {
    let start = moment();
    let receipt = ReceiptView {
        paid_at: start + jiff::SignedDuration::from_mins(4),
        received_at: start + jiff::SignedDuration::from_mins(5),
        psp: "Banca di Prova S.p.A.".to_owned(),
        link: "/esito/abc/ricevuta/1.pdf".to_owned(),
    };
    let payment = |receipt: Option<&ReceiptView>| Payment {
        organization: LONG_NAME.to_owned(),
        description: "Accreditamento provider ECM 2026".to_owned(),
        amount: cents(258_228),
        number: Some("3122 0250 0000 4571 68".to_owned()),
        receipt: receipt.cloned(),
    };
    let view = |phase, receipts: &[Option<&ReceiptView>], minutes| OutcomeView {
        link: "/esito/abc".to_owned(),
        cart_link: "/carrello/abc".to_owned(),
        phase,
        code: "5b1f0c77-2f6e-4a7b-9c0d-e3a729df180b".to_owned(),
        payments: receipts.iter().map(|receipt| payment(*receipt)).collect(),
        total: cents(258_228),
        created_at: start,
        updated_at: start + jiff::SignedDuration::from_mins(1),
        now: start + jiff::SignedDuration::from_mins(minutes),
        back: Some(("Regione Esempio".to_owned(), "https://ecm.example.it/esito?id=1".to_owned())),
        retry: Some("/paga/avviso/01234567897/312202500000457168".to_owned()),
        from_portal: true,
    };
    [
        ("in-attesa", view(Phase::Waiting, &[None], 1)),
        ("in-corso", view(Phase::InProgress, &[None], 5)),
        ("in-corso-parziale", view(Phase::InProgress, &[Some(&receipt), None], 5)),
        ("in-ritardo", view(Phase::InProgress, &[None], 40)),
        ("pagato", view(Phase::Paid, &[Some(&receipt)], 5)),
        ("annullato", view(Phase::Cancelled, &[None], 5)),
        ("scaduto", view(Phase::Expired, &[None], 70)),
    ]
    .into_iter()
    .map(|(name, view)| (format!("esito-{name}"), outcome::render(site, &view, false)))
    .collect()
}

pub(crate) fn problems() -> Vec<Problem> {
    let cart = || "/carrello/abc".to_owned();
    vec![
        Problem::NotFound,
        Problem::MethodNotAllowed,
        Problem::BadRequest(axum::http::StatusCode::BAD_REQUEST),
        Problem::CrossSite,
        Problem::TooMany(540),
        Problem::LinkExpired,
        Problem::CartNotFound,
        Problem::CartOver { paid: false, outcome: "/esito/abc".to_owned() },
        Problem::IudTaken("ECM-2026-000123".to_owned()),
        Problem::AlreadyPaid,
        Problem::NotPayable,
        Problem::NoAccount,
        Problem::Refused { cart: cart() },
        Problem::Away { cart: cart() },
        Problem::Unavailable,
        Problem::Internal,
    ]
}

fn cents(value: i64) -> Cents {
    Cents::new(value).unwrap()
}

fn moment() -> jiff::Timestamp {
    "2026-03-04T14:10:00Z".parse().unwrap()
}
