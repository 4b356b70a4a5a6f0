//! How many payments a second: judge, activate, accept, durable on SQLite with full flushes.
//!
//! `cargo run --release -p engine --example cycle [payments] [tasks]`

#![allow(clippy::print_stdout, clippy::float_arithmetic, reason = "a measurement for people")]

use std::error::Error;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Instant;

use db::testing::Scratch;
use engine::carts::{Checkout, CheckoutError, CheckoutRequest};
use engine::positions::{Activation, InstallmentContent, IuvChoice, Origin, TransferLine, TransferPayee};
use engine::receipts::{Psp, ReceiptContent, ReceiptTransfer, Subject};
use engine::registry::{Attachment, NewOrganization, NewType, OrganizationProfile, OrganizationStatus};
use engine::{Call, Engine, EngineOptions, OrganizationId, SystemClock, TypeId};
use model::{
    BrokerId, Cents, Iban, IpaCode, Iud, NoticeNumber, OrganizationFiscalCode, Person, PersonCode,
    PersonKind, SegregationCode, StationId,
};

type Failure = Box<dyn Error + Send + Sync>;

const BODY: &str = "01199250158";
const DEBTOR: &str = "RSSMRA80A01H501U";

struct NoCheckout;

impl Checkout for NoCheckout {
    fn open<'a>(
        &'a self,
        _: &'a CheckoutRequest,
    ) -> Pin<Box<dyn Future<Output = Result<String, CheckoutError>> + Send + 'a>> {
        Box::pin(async { Err(CheckoutError::Unavailable("not here".to_owned())) })
    }
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1).map(|text| text.parse::<usize>());
    let payments = arguments.next().transpose()?.unwrap_or(4_000);
    let tasks = arguments.next().transpose()?.unwrap_or(32).max(1);
    let store = Scratch::sqlite().await?;
    store.migrate(engine::MIGRATIONS).await?;
    let options = EngineOptions {
        db: store.db(),
        clock: Arc::new(SystemClock),
        checkout: Arc::new(NoCheckout),
        files: store.directory().ok_or("no directory")?.join("files"),
        collaudo: true,
    };
    let engine = Engine::open(options).await?;
    let (ente, kind) = seed(&engine).await?;
    let started = Instant::now();
    let creator = engine.clone();
    let notices = spread(tasks, payments, move |n| {
        let engine = creator.clone();
        async move { create(&engine, ente, kind, n).await }
    })
    .await?;
    report("created", payments, started);
    let (payer, notices) = (engine.clone(), Arc::new(notices));
    let started = Instant::now();
    spread(tasks, payments, move |n| {
        let (engine, notices) = (payer.clone(), notices.clone());
        async move { cycle(&engine, ente, notices.get(n).ok_or("no notice")?).await }
    })
    .await?;
    report("due, activate, accept", payments, started);
    let started = Instant::now();
    let verification = engine.journal.verify().await?;
    let entries = usize::try_from(verification.entries)?;
    report("entries verified", entries, started);
    if !verification.faults.is_empty() {
        return Err("the journal is broken".into());
    }
    engine.close().await;
    Ok(())
}

/// Runs `count` pieces of work on `tasks` tasks; answers in order.
async fn spread<T: Send + 'static, F: Future<Output = Result<T, Failure>> + Send + 'static>(
    tasks: usize,
    count: usize,
    work: impl Fn(usize) -> F + Clone + Send + Sync + 'static,
) -> Result<Vec<T>, Failure> {
    let running: Vec<_> = (0..tasks)
        .map(|task| {
            let work = work.clone();
            tokio::spawn(async move {
                let mut done = Vec::new();
                for n in (task..count).step_by(tasks) {
                    done.push((n, work(n).await?));
                }
                Ok::<_, Failure>(done)
            })
        })
        .collect();
    let mut all = Vec::with_capacity(count);
    for task in running {
        all.extend(task.await??);
    }
    all.sort_by_key(|(n, _)| *n);
    Ok(all.into_iter().map(|(_, done)| done).collect())
}

fn report(what: &str, count: usize, started: Instant) {
    let seconds = started.elapsed().as_secs_f64();
    let rate = f64::from(u32::try_from(count).unwrap_or(u32::MAX)) / seconds;
    println!("{what}: {count} in {seconds:.2} s, {rate:.0}/s");
}

fn call() -> Call {
    Call::new("bench", "cycle", "trace")
}

async fn seed(engine: &Engine) -> Result<(OrganizationId, TypeId), Failure> {
    let (broker, station) = (BrokerId::parse("80007580279")?, StationId::parse("80007580279_01")?);
    engine.registry.save_broker(&broker, "Intermediario").await?;
    engine.registry.save_station(&station, &broker).await?;
    let iban = Iban::parse("IT60X0542811101000000123456")?;
    let new = NewOrganization {
        ipa_code: IpaCode::parse("C_A001")?,
        fiscal_code: OrganizationFiscalCode::parse(BODY)?,
        name: "Comune".to_owned(),
        status: OrganizationStatus::Production,
        profile: OrganizationProfile { iban: Some(iban), ..OrganizationProfile::default() },
        attachments: vec![Attachment {
            station,
            segregation_code: SegregationCode::parse("01")?,
            broadcast: false,
        }],
        ibans: Vec::new(),
    };
    let ente = engine.registry.create_organization(&call(), new).await?;
    let profile = serde_json::from_str(r#"{"description":"TARI","taxonomy":"9/0101101IM/"}"#)?;
    let new = NewType { code: "TARI".to_owned(), active: true, profile };
    Ok((ente, engine.registry.create_type(&call(), ente, new).await?))
}

async fn create(
    engine: &Engine,
    ente: OrganizationId,
    kind: TypeId,
    n: usize,
) -> Result<NoticeNumber, Failure> {
    let line = TransferLine {
        iud: Some(Iud::parse(&format!("BENCH{n:08}"))?),
        type_id: kind,
        amount: Cents::new(12_345)?,
        beneficiary: OrganizationFiscalCode::parse(BODY)?,
        beneficiary_name: None,
        payee: TransferPayee::OwnAccount,
        remittance: "Tassa rifiuti 2026".to_owned(),
        category: "9/0101101IM/".to_owned(),
        accounting: None,
    };
    let content = InstallmentContent {
        origin: Origin::MyPayImport,
        type_id: kind,
        debtor: Person::new(PersonKind::Natural, PersonCode::parse(DEBTOR)?, "Mario Rossi")?,
        due_date: None,
        description: "Tassa rifiuti 2026".to_owned(),
        iuv: IuvChoice::Generate,
        transfers: vec![line],
        dialect: None,
    };
    let created = engine.positions.create(&call(), ente, content).await?;
    Ok(created.notice_number.ok_or("no notice number")?)
}

async fn cycle(engine: &Engine, ente: OrganizationId, notice: &NoticeNumber) -> Result<(), Failure> {
    engine.positions.due(ente, notice).await?;
    let due = engine.positions.activate(&call(), ente, notice, Activation::default()).await?;
    let content = receipt(notice, due.installment.amount, engine.clock().now());
    // As large as a usual message.
    engine.receipts.accept(&call(), ente, content, vec![b'x'; 2_600]).await?;
    Ok(())
}

fn receipt(notice: &NoticeNumber, amount: Cents, paid_at: jiff::Timestamp) -> ReceiptContent {
    ReceiptContent {
        receipt_id: format!("token-{notice}"),
        notice_number: notice.clone(),
        primary_fiscal_code: BODY.to_owned(),
        iuv: notice.iuv().to_string(),
        amount,
        description: "Tassa rifiuti 2026".to_owned(),
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
        transfers: vec![ReceiptTransfer {
            number: 1,
            amount,
            beneficiary: BODY.to_owned(),
            iban: Some("IT60X0542811101000000123456".to_owned()),
            stamp: None,
            remittance: "/RFB/".to_owned(),
            category: "9/0101101IM/".to_owned(),
        }],
        psp: Psp {
            id: "PSP".to_owned(),
            name: "Banca".to_owned(),
            fiscal_code: None,
            channel: "CH".to_owned(),
            channel_description: "app".to_owned(),
        },
        payment_method: None,
        payment_note: None,
        fee: None,
        paid_at,
        application_date: None,
        transfer_date: None,
        stand_in: false,
        station: "80007580279_01".to_owned(),
    }
}
