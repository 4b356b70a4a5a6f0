//! An installation with two enti, a clock that stands until it is moved, and a checkout that obeys.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use db::testing::Scratch;
use engine::carts::{Checkout, CheckoutError, CheckoutRequest};
use engine::positions::{Created, InstallmentContent, IuvChoice, Origin, TransferLine, TransferPayee};
use engine::receipts::{Acceptance, Anomaly, Psp, ReceiptContent, ReceiptTransfer, Subject};
use engine::registry::{
    Attachment, NewOrganization, NewType, OrganizationProfile, OrganizationStatus, TypeProfile,
};
use engine::{Call, Clock, Engine, EngineOptions, OrganizationId, TypeId};
use jiff::{SignedDuration, Timestamp};
use model::{
    BrokerId, Cents, Iban, IpaCode, Iud, NoticeNumber, OrganizationFiscalCode, Person, PersonCode,
    PersonKind, SegregationCode, StationId,
};
use serde_json::json;

pub const BROKER: &str = "80007580279";
pub const STATION: &str = "80007580279_01";
pub const IBAN: &str = "IT60X0542811101000000123456";
pub const DEBTOR: &str = "RSSMRA80A01H501U";

/// A clock that stands until it is moved.
pub struct TestClock(Mutex<Timestamp>);

impl TestClock {
    pub fn advance(&self, seconds: i64) {
        let mut now = self.0.lock().unwrap();
        *now += SignedDuration::from_secs(seconds);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

/// Answers what it is told to, else an address with a number; remembers what it was asked.
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

/// An ente with its types.
#[derive(Clone)]
pub struct Ente {
    pub id: OrganizationId,
    pub fiscal_code: OrganizationFiscalCode,
    /// A due date that binds nobody.
    pub free: TypeId,
    /// A due date after which nothing can be paid.
    pub binding: TypeId,
}

pub struct World {
    pub engine: Engine,
    pub clock: Arc<TestClock>,
    pub checkout: Arc<TestCheckout>,
    pub ente: Ente,
    pub other: Ente,
    pub db: Scratch,
    files: tempfile::TempDir,
}

/// A fresh installation on every database that is available.
pub async fn worlds() -> Vec<World> {
    let mut all = Vec::new();
    for db in Scratch::all().await.unwrap() {
        all.push(world(db).await);
    }
    all
}

pub async fn world(db: Scratch) -> World {
    db.migrate(engine::MIGRATIONS).await.unwrap();
    let clock = Arc::new(TestClock(Mutex::new("2026-03-10T09:00:00Z".parse().unwrap())));
    let checkout = Arc::new(TestCheckout::default());
    let files = tempfile::tempdir().unwrap();
    let engine = open(db.db(), &clock, &checkout, &files).await;
    let registry = &engine.registry;
    let broker = BrokerId::parse(BROKER).unwrap();
    registry.save_broker(&broker, "Intermediario").await.unwrap();
    registry.save_station(&StationId::parse(STATION).unwrap(), &broker).await.unwrap();
    let ente = ente(&engine, "C_A001", "01199250158", "01").await;
    let other = ente_with_same_numbers(&engine).await;
    World { engine, clock, checkout, ente, other, db, files }
}

/// The second ente has the same segregation code: its notice numbers are those of the first one.
async fn ente_with_same_numbers(engine: &Engine) -> Ente {
    ente(engine, "C_B002", "80007580279", "01").await
}

async fn open(
    db: db::Db,
    clock: &Arc<TestClock>,
    checkout: &Arc<TestCheckout>,
    files: &tempfile::TempDir,
) -> Engine {
    let options = EngineOptions {
        db,
        clock: clock.clone(),
        checkout: checkout.clone(),
        files: files.path().to_owned(),
        collaudo: true,
    };
    Engine::open(options).await.unwrap()
}

pub fn new_ente(ipa: &str, fiscal_code: &str, segregation: &str) -> NewOrganization {
    NewOrganization {
        ipa_code: IpaCode::parse(ipa).unwrap(),
        fiscal_code: OrganizationFiscalCode::parse(fiscal_code).unwrap(),
        name: format!("Comune {ipa}"),
        status: OrganizationStatus::Production,
        profile: OrganizationProfile {
            iban: Some(Iban::parse(IBAN).unwrap()),
            ..OrganizationProfile::default()
        },
        attachments: vec![Attachment {
            station: StationId::parse(STATION).unwrap(),
            segregation_code: SegregationCode::parse(segregation).unwrap(),
            broadcast: false,
        }],
        ibans: vec![(Iban::parse(IBAN).unwrap(), "Tesoreria".to_owned())],
    }
}

pub fn new_type(code: &str, binding: bool) -> NewType {
    let profile: TypeProfile = serde_json::from_value(json!({
        "description": code, "taxonomy": "9/0101101IM/", "due_date_mandatory": binding,
    }))
    .unwrap();
    NewType { code: code.to_owned(), active: true, profile }
}

async fn ente(engine: &Engine, ipa: &str, fiscal_code: &str, segregation: &str) -> Ente {
    let new = new_ente(ipa, fiscal_code, segregation);
    let fiscal_code = new.fiscal_code.clone();
    let id = engine.registry.create_organization(&call(), new).await.unwrap();
    let free = engine.registry.create_type(&call(), id, new_type("TARI", false)).await.unwrap();
    let binding = engine.registry.create_type(&call(), id, new_type("MULTE", true)).await.unwrap();
    Ente { id, fiscal_code, free, binding }
}

impl World {
    /// Another process on the same database, with connections of its own.
    pub async fn replica(&self) -> Engine {
        let db = db::Db::open(self.db.options()).await.unwrap();
        open(db, &self.clock, &self.checkout, &self.files).await
    }

    pub async fn create(&self, ente: &Ente, code: &str, amount: i64) -> Created {
        self.engine.positions.create(&call(), ente.id, content(ente, code, amount)).await.unwrap()
    }

    pub async fn accept(&self, ente: &Ente, content: ReceiptContent) -> Acceptance {
        self.engine.receipts.accept(&call(), ente.id, content, b"<raw/>".to_vec()).await.unwrap()
    }

    /// Pays a notice of the ente in full.
    pub async fn pay(&self, ente: &Ente, notice: &NoticeNumber, amount: i64) -> Vec<Anomaly> {
        let id = format!("pay-{notice}");
        anomalies(self.accept(ente, receipt(ente, notice, &id, amount)).await)
    }

    /// No fault in the journal.
    pub async fn verify(&self) {
        let verification = self.engine.journal.verify().await.unwrap();
        assert_eq!(verification.faults, []);
    }

    /// Events with this name in the journal.
    pub async fn events(&self, name: &str) -> i64 {
        let name = name.to_owned();
        self.db.read(move |tx| tx.one(&EVENTS, &[name.as_str().into()], |row| row.int(0))).await.unwrap()
    }
}

db::statements! {
    EVENTS = "select count(*) from journal where kind = 'EVENT' and operation = $1";
}

pub fn call() -> Call {
    Call::new("test", "operation", "trace-1")
}

/// The same, for closures that give futures.
pub fn call_ref() -> &'static Call {
    static CALL: std::sync::OnceLock<Call> = std::sync::OnceLock::new();
    CALL.get_or_init(call)
}

pub fn cents(amount: i64) -> Cents {
    Cents::new(amount).unwrap()
}

pub fn iud(text: &str) -> Iud {
    Iud::parse(text).unwrap()
}

pub fn debtor() -> Person {
    Person::new(PersonKind::Natural, PersonCode::parse(DEBTOR).unwrap(), "Mario Rossi").unwrap()
}

pub fn line(ente: &Ente, code: &str, amount: i64) -> TransferLine {
    TransferLine {
        iud: Some(iud(code)),
        type_id: ente.free,
        amount: cents(amount),
        beneficiary: ente.fiscal_code.clone(),
        beneficiary_name: None,
        payee: TransferPayee::OwnAccount,
        remittance: format!("Causale {code}"),
        category: "9/0101101IM/".to_owned(),
        accounting: None,
    }
}

pub fn content(ente: &Ente, code: &str, amount: i64) -> InstallmentContent {
    InstallmentContent {
        origin: Origin::MyPayImport,
        type_id: ente.free,
        debtor: debtor(),
        due_date: None,
        description: "Tassa rifiuti".to_owned(),
        iuv: IuvChoice::Generate,
        transfers: vec![line(ente, code, amount)],
        dialect: Some(json!({ "tipoVersamento": "ALL" })),
    }
}

/// The receipt of one transfer.
pub fn receipt(ente: &Ente, notice: &NoticeNumber, id: &str, amount: i64) -> ReceiptContent {
    ReceiptContent {
        receipt_id: id.to_owned(),
        notice_number: notice.clone(),
        primary_fiscal_code: ente.fiscal_code.to_string(),
        iuv: notice.iuv().to_string(),
        amount: cents(amount),
        description: "Tassa rifiuti".to_owned(),
        company_name: "Comune".to_owned(),
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
        transfers: vec![transfer(1, ente, amount)],
        psp: Psp {
            id: "PSP1".to_owned(),
            name: "Banca".to_owned(),
            fiscal_code: None,
            channel: "CH1".to_owned(),
            channel_description: "app".to_owned(),
        },
        payment_method: None,
        payment_note: None,
        fee: None,
        paid_at: "2026-03-10T09:00:00Z".parse().unwrap(),
        application_date: None,
        transfer_date: None,
        stand_in: false,
        station: STATION.to_owned(),
    }
}

pub fn transfer(number: u8, ente: &Ente, amount: i64) -> ReceiptTransfer {
    ReceiptTransfer {
        number,
        amount: cents(amount),
        beneficiary: ente.fiscal_code.to_string(),
        iban: Some(IBAN.to_owned()),
        stamp: None,
        remittance: "/RFB/".to_owned(),
        category: "9/0101101IM/".to_owned(),
    }
}

/// What did not fit; the receipt must have been new.
pub fn anomalies(acceptance: Acceptance) -> Vec<Anomaly> {
    match acceptance {
        Acceptance::Accepted { anomalies, .. } => anomalies,
        Acceptance::Duplicate => panic!("a duplicate"),
    }
}

/// Asks again and again, for ten seconds at most.
pub async fn eventually<F: Future<Output = bool>>(what: &str, ask: impl Fn() -> F) {
    for _ in 0..400 {
        if ask().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("not within ten seconds: {what}");
}

/// Runs the same thing many times at once.
pub async fn at_once<T: Send + 'static, F: Future<Output = T> + Send + 'static>(
    count: usize,
    make: impl Fn(usize) -> F,
) -> Vec<T> {
    let tasks: Vec<_> = (0..count).map(|index| tokio::spawn(make(index))).collect();
    let mut all = Vec::with_capacity(count);
    for task in tasks {
        all.push(task.await.unwrap());
    }
    all
}
