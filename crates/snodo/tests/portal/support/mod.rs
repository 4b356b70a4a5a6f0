//! One ente, a clock that stands until it is moved, a checkout that obeys, and a browser of a few lines.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use db::testing::Scratch;
use engine::carts::{
    CartItem, CartState, Channel, Checkout, CheckoutError, CheckoutRequest, CheckoutReturns, NewCart, NewDebt,
};
use engine::positions::{InstallmentContent, IuvChoice, Origin, TransferLine, TransferPayee};
use engine::receipts::{Psp, ReceiptContent, ReceiptTransfer, Subject};
use engine::registry::{Attachment, NewOrganization, NewType, OrganizationProfile, OrganizationStatus};
use engine::{Call, Clock, Engine, EngineOptions, OrganizationId, TypeId};
use jiff::{SignedDuration, Timestamp};
use model::{
    BrokerId, Cents, Iban, IpaCode, Iud, NoticeNumber, OrganizationFiscalCode, Person, PersonCode,
    PersonKind, SegregationCode, StationId,
};
use portal::{Environment, PortalConfig, PortalState};
use tower::ServiceExt;

pub const ENTE: &str = "01199250158";
pub const DEBTOR: &str = "RSSMRA80A01H501U";
const STATION: &str = "80007580279_01";
const IBAN: &str = "IT60X0542811101000000123456";

pub struct TestClock(Mutex<Timestamp>);

impl TestClock {
    pub fn advance(&self, seconds: i64) {
        *self.0.lock().unwrap() += SignedDuration::from_secs(seconds);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

#[derive(Default)]
pub struct TestCheckout {
    pub refusals: Mutex<Vec<CheckoutError>>,
    pub asked: Mutex<Vec<CheckoutRequest>>,
}

impl Checkout for TestCheckout {
    fn open<'a>(
        &'a self,
        request: &'a CheckoutRequest,
    ) -> Pin<Box<dyn Future<Output = Result<String, CheckoutError>> + Send + 'a>> {
        Box::pin(async move {
            let mut asked = self.asked.lock().unwrap();
            asked.push(request.clone());
            match self.refusals.lock().unwrap().pop() {
                Some(refusal) => Err(refusal),
                None => Ok(format!("https://checkout.example/{}", asked.len())),
            }
        })
    }
}

pub struct World {
    pub engine: Engine,
    pub clock: Arc<TestClock>,
    pub checkout: Arc<TestCheckout>,
    router: axum::Router,
    ente: OrganizationId,
    type_id: TypeId,
    _db: Scratch,
    _files: tempfile::TempDir,
}

/// A fresh installation on the embedded database.
pub async fn world() -> World {
    let db = Scratch::sqlite().await.unwrap();
    db.migrate(engine::MIGRATIONS).await.unwrap();
    let clock = Arc::new(TestClock(Mutex::new("2026-03-10T09:00:00Z".parse().unwrap())));
    let checkout = Arc::new(TestCheckout::default());
    let files = tempfile::tempdir().unwrap();
    let options = EngineOptions {
        db: db.db(),
        clock: clock.clone(),
        checkout: checkout.clone(),
        files: files.path().to_owned(),
        collaudo: true,
    };
    let engine = Engine::open(options).await.unwrap();
    let broker = BrokerId::parse("80007580279").unwrap();
    engine.registry.save_broker(&broker, "Intermediario").await.unwrap();
    engine.registry.save_station(&StationId::parse(STATION).unwrap(), &broker).await.unwrap();
    let iban = Iban::parse(IBAN).unwrap();
    let new = NewOrganization {
        ipa_code: IpaCode::parse("C_V001").unwrap(),
        fiscal_code: OrganizationFiscalCode::parse(ENTE).unwrap(),
        name: "Comune di Valfiorita".to_owned(),
        status: OrganizationStatus::Production,
        profile: OrganizationProfile { iban: Some(iban.clone()), ..OrganizationProfile::default() },
        attachments: vec![Attachment {
            station: StationId::parse(STATION).unwrap(),
            segregation_code: SegregationCode::parse("01").unwrap(),
            broadcast: false,
        }],
        ibans: vec![(iban, "Tesoreria".to_owned())],
    };
    let ente = engine.registry.create_organization(&call(), new).await.unwrap();
    let profile =
        serde_json::from_value(serde_json::json!({ "description": "TARI", "taxonomy": "9/0101101IM/" }));
    let new = NewType { code: "TARI".to_owned(), active: true, profile: profile.unwrap() };
    let type_id = engine.registry.create_type(&call(), ente, new).await.unwrap();
    let address = "https://pagamenti.example.it/".parse().unwrap();
    let config = PortalConfig {
        searches_per_window: 10,
        ..PortalConfig::new(address, "Pagamenti di prova", Environment::Collaudo, vec![7; 32])
    };
    let router = portal::router(PortalState::new(engine.clone(), config));
    World { engine, clock, checkout, router, ente, type_id, _db: db, _files: files }
}

fn call() -> Call {
    Call::new("test", "operation", "trace-1")
}

fn cents(amount: i64) -> Cents {
    Cents::new(amount).unwrap()
}

fn debtor(code: &str) -> Person {
    Person::new(PersonKind::Natural, PersonCode::parse(code).unwrap(), "Mario Rossi").unwrap()
}

/// A debt of nobody in particular.
pub fn anonymous_cart(world: &World) -> CartItem {
    CartItem::New(Box::new(NewDebt { line: world.line("ANON", 100), debtor: debtor("ANONIMO") }))
}

impl World {
    fn line(&self, iud: &str, amount: i64) -> TransferLine {
        TransferLine {
            iud: Some(Iud::parse(iud).unwrap()),
            type_id: self.type_id,
            amount: cents(amount),
            beneficiary: OrganizationFiscalCode::parse(ENTE).unwrap(),
            beneficiary_name: None,
            payee: TransferPayee::OwnAccount,
            remittance: format!("Causale {iud}"),
            category: "9/0101101IM/".to_owned(),
            accounting: None,
        }
    }

    pub fn debt(&self, iud: &str, amount: i64) -> CartItem {
        CartItem::New(Box::new(NewDebt { line: self.line(iud, amount), debtor: debtor(DEBTOR) }))
    }

    /// A notice that a citizen got on paper.
    pub async fn notice(&self, iud: &str, amount: i64) -> NoticeNumber {
        let content = InstallmentContent {
            origin: Origin::MyPayImport,
            type_id: self.type_id,
            debtor: debtor(DEBTOR),
            due_date: None,
            description: "Tassa rifiuti".to_owned(),
            iuv: IuvChoice::Generate,
            transfers: vec![self.line(iud, amount)],
            dialect: None,
        };
        self.engine.positions.create(&call(), self.ente, content).await.unwrap().notice_number.unwrap()
    }

    pub async fn existing(&self, notice: &NoticeNumber) -> CartItem {
        let found = self.engine.positions.by_notice(self.ente, notice).await.unwrap().unwrap();
        CartItem::Existing { organization_id: found.organization_id, installment_id: found.id }
    }

    /// A cart as a SIL leaves it; its name is its token.
    pub async fn cart(&self, name: &str, items: Vec<CartItem>) {
        let to = |outcome: &str| format!("https://snodo.example/{name}/{outcome}");
        let new = NewCart {
            organization_id: self.ente,
            session_id: format!("session-{name}"),
            landing_token: name.to_owned(),
            channel: Channel::Sil,
            show_recap: true,
            return_url: Some("https://sil.example/esito".to_owned()),
            checkout_returns: CheckoutReturns { ok: to("ok"), cancel: to("cn"), error: to("ko") },
            items,
            lifetime_s: 3600,
        };
        self.engine.carts.prepare(&call(), new).await.unwrap();
    }

    pub async fn state(&self, name: &str) -> CartState {
        self.engine.carts.by_token(name).await.unwrap().unwrap().state
    }

    /// The receipt of a notice, paid in full.
    pub async fn pay(&self, notice: &NoticeNumber, amount: i64) {
        let content = ReceiptContent {
            receipt_id: format!("pay-{notice}"),
            notice_number: notice.clone(),
            primary_fiscal_code: ENTE.to_owned(),
            iuv: notice.iuv().to_string(),
            amount: cents(amount),
            description: "Tassa rifiuti".to_owned(),
            company_name: "Comune di Valfiorita".to_owned(),
            office_name: None,
            debtor: Subject {
                kind: PersonKind::Natural,
                code: DEBTOR.to_owned(),
                full_name: "Mario Rossi".to_owned(),
                street: None,
                number: None,
                postal_code: None,
                city: None,
                province: None,
                country: None,
                email: None,
            },
            payer: None,
            transfers: vec![ReceiptTransfer {
                number: 1,
                amount: cents(amount),
                beneficiary: ENTE.to_owned(),
                iban: Some(IBAN.to_owned()),
                stamp: None,
                remittance: "/RFB/".to_owned(),
                category: "9/0101101IM/".to_owned(),
            }],
            psp: Psp {
                id: "PSP1".to_owned(),
                name: "Banca di Prova".to_owned(),
                fiscal_code: None,
                channel: "CH1".to_owned(),
                channel_description: "app".to_owned(),
            },
            payment_method: None,
            payment_note: None,
            fee: None,
            paid_at: self.clock.now(),
            application_date: None,
            transfer_date: None,
            stand_in: false,
            station: STATION.to_owned(),
        };
        self.engine.receipts.accept(&call(), self.ente, content, b"<raw/>".to_vec()).await.unwrap();
    }

    pub async fn get(&self, path: &str) -> Page {
        self.raw("GET", path, &[], "").await
    }

    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        self.post_with(path, fields, &[("sec-fetch-site", "same-origin")]).await
    }

    pub async fn post_with(&self, path: &str, fields: &[(&str, &str)], headers: &[(&str, &str)]) -> Page {
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in fields {
            body.append_pair(name, value);
        }
        let form = [&[("content-type", "application/x-www-form-urlencoded")], headers].concat();
        self.raw("POST", path, &form, &body.finish()).await
    }

    pub async fn raw(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Page {
        let mut request = Request::builder().method(method).uri(path).header("x-trace-id", "trace-1");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body.to_owned())).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec();
        let body = String::from_utf8_lossy(&bytes).into_owned();
        Page { status, headers, bytes, body }
    }
}

/// An answer, read.
pub struct Page {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
    pub body: String,
}

impl Page {
    pub fn header(&self, name: &str) -> String {
        self.headers.get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
    }

    pub fn location(&self) -> String {
        let location = self.header("location");
        assert!(!location.is_empty(), "{}: no redirection\n{}", self.status, self.body);
        location
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }
}
