//! `paaSILImportaDovuto`: insert, modify, cancel, print one debt (`mypay-soap.md` §6.7).

use std::io::Write as _;
use std::sync::Arc;

use engine::Call;
use engine::positions::{
    ChangeError, CreateError, Created, Installment, InstallmentContent, IuvChoice, Origin, TransferLine,
    TransferPayee,
};
use engine::registry::{DebtPositionType, DueDateRefused, Organization};
use model::{ImportedIuv, InstallmentStatus, Iud, Iuv, Person, check_imported_iuv};
use wire::mypay::{ListaDovutiEntiSecondari, PaaSilImportaDovuto, PaaSilImportaDovutoRisposta};
use wire::mypay_documents::{DovutiEntiSecondari, Versamento};

use crate::fault::{Failure, Fault, Outcome, code};
use crate::rules::{self, PayerRefused};
use crate::{MyPay, document, ente};

/// Beginning of most texts of this operation.
const NAME: &str = "paaSILImportaDovuto";

/// What the document asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Action {
    Insert,
    Modify,
    Cancel,
    Print,
}

/// A document that passed the checks common to all actions (rows 3 to 16).
struct Checked {
    organization: Arc<Organization>,
    action: Action,
    iud: Iud,
    iuv: Option<Iuv>,
    kind: Arc<DebtPositionType>,
    debtor: Person,
    versamento: Versamento,
    generate: bool,
}

/// Answers the operation.
///
/// # Errors
/// The faults of §6.7.
pub async fn importa_dovuto(
    state: &MyPay,
    call: &Call,
    ipa: &str,
    request: PaaSilImportaDovuto,
) -> Outcome<PaaSilImportaDovutoRisposta> {
    let versamento: Versamento = document::read(&request.dovuto).map_err(|detail| {
        let why =
            format!("XML ricevuto per {NAME} non conforme all' XSD per ente [{ipa}]  XML Error: \n{detail}");
        Fault::new(code::XML, "XML dei dovuti non valido").describe(why)
    })?;
    let organization = ente::of_importa(&state.engine, ipa, request.password.as_deref()).await?;
    let generate = request.flag_genera_iuv.unwrap_or(false);
    let checked = check(state, ipa, organization, versamento, generate)?;
    match checked.action {
        Action::Insert => insert(state, call, ipa, &checked, request.lista_dovuti_enti_secondari).await,
        Action::Modify => modify(state, call, ipa, &checked, request.lista_dovuti_enti_secondari).await,
        Action::Cancel => cancel(state, call, ipa, &checked).await,
        Action::Print => print(state, ipa, &checked).await,
    }
}

fn check(
    state: &MyPay,
    ipa: &str,
    organization: Arc<Organization>,
    versamento: Versamento,
    generate: bool,
) -> Result<Checked, Fault> {
    let action = match versamento.azione.as_str() {
        "I" => Action::Insert,
        "M" => Action::Modify,
        "A" => Action::Cancel,
        "S" => Action::Print,
        other => return Err(Fault::new(code::AZIONE, format!("azione non valida [{other}]"))),
    };
    let data = &versamento.dati_versamento;
    let iuv = iuv(ipa, &organization, data.identificativo_univoco_versamento.as_deref(), action, generate)?;
    // The schema already bounds commission and amount; zero it refuses too.
    if data.importo.is_zero() {
        return Err(Fault::new(
            code::IMPORTO,
            format!("ImportoSingoloVersamento non valido: {}]", data.importo),
        ));
    }
    rules::balance_of(data.bilancio.as_ref(), data.importo)?;
    let kind = kind(state, ipa, &organization, &data.identificativo_tipo_dovuto)?;
    let Some(subject) = &versamento.soggetto_pagatore else {
        return Err(Fault::new(
            code::SOGGETTO_PAGATORE,
            format!("{NAME}: soggettoPagatore non valorizzato. "),
        ));
    };
    let ways = data.tipo_versamento.as_deref().unwrap_or("ALL");
    if !rules::tipo_versamento_ok(ways) {
        return Err(Fault::new(code::TIPO_VERSAMENTO, format!("{NAME}: Tipo versamento non valido: {ways}")));
    }
    let text = data.identificativo_univoco_dovuto.as_deref().unwrap_or_default();
    let iud = Iud::from_client(text).map_err(|_| {
        Fault::new(code::IUD, format!("{NAME}: IdentificativoUnivocoDovuto non valido: {text}"))
    })?;
    if data.causale_versamento.trim().is_empty() {
        return Err(Fault::new(code::CAUSALE, format!("{NAME}: causaleVersamento non specificato ")));
    }
    if !rules::dati_specifici_ok(&data.dati_specifici_riscossione) {
        let text =
            format!("{NAME}: DatiSpecificiRiscossione non valido: {}", data.dati_specifici_riscossione);
        return Err(Fault::new(code::DATI_SPECIFICI, text));
    }
    let mut subject = subject.clone();
    subject.identificativo_univoco.codice = subject.identificativo_univoco.codice.to_uppercase();
    let debtor = debtor(&subject, &kind)?;
    Ok(Checked { organization, action, iud, iuv, kind, debtor, versamento, generate })
}

fn iuv(
    ipa: &str,
    organization: &Organization,
    text: Option<&str>,
    action: Action,
    generate: bool,
) -> Result<Option<Iuv>, Fault> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    let refused = |why: String| {
        let text = format!("IdentificativoUnivocoVersamento non valido [{text}] per ente [{ipa}]");
        Fault::new(code::IUV, text).describe(why)
    };
    let iuv = Iuv::parse(text).map_err(|error| refused(error.to_string()))?;
    let segregation = organization
        .issuing_attachment()
        .map(|attachment| &attachment.segregation_code)
        .ok_or_else(|| refused("ente senza stazione".to_owned()))?;
    // Only a new debt must follow the rules of new IUVs; the others name one that was accepted once.
    if action == Action::Insert {
        // IUVs of 15 digits were abolished for new debts in 2024 (§8.5).
        let import = ImportedIuv { segregation, generation_asked: generate, fifteen_allowed: false };
        check_imported_iuv(&iuv, import).map_err(|error| refused(error.to_string()))?;
    } else if !matches!(text.len(), 15 | 17 | 25) {
        return Err(refused("lunghezza diversa da 15, 17, 25".to_owned()));
    }
    Ok(Some(iuv))
}

fn kind(
    state: &MyPay,
    ipa: &str,
    organization: &Organization,
    name: &str,
) -> Result<Arc<DebtPositionType>, Fault> {
    if name.trim().is_empty() {
        let text = format!("{NAME}: identificativoTipoDovuto non specificato ");
        return Err(Fault::new(code::TIPO_DOVUTO_ASSENTE, text));
    }
    let kind = state
        .engine
        .registry
        .snapshot()
        .debt_type_by_code(organization.id, name)
        .filter(|kind| kind.active)
        .cloned()
        .ok_or_else(|| {
            Fault::new(code::TIPO_DOVUTO, format!("Error tipo dovuto [{name}] non censito per ente [{ipa}]"))
        })?;
    if kind.profile.digital_stamp {
        let text = format!("Error tipo dovuto [{name}] non abilitato per funzione di import");
        return Err(Fault::new(code::TIPO_DOVUTO, text));
    }
    Ok(kind)
}

fn debtor(
    subject: &wire::mypay_documents::SoggettoPagatore,
    kind: &DebtPositionType,
) -> Result<Person, Fault> {
    let text = &subject.identificativo_univoco.codice;
    match rules::payer_code(subject, kind.profile.anonymous_allowed) {
        Ok((person, code)) => Ok(rules::person(subject, person, code)),
        Err(PayerRefused::Anonymous) => Err(Fault::new(
            code::CODICE_FISCALE,
            format!("{NAME}: Funzionalita CF ANONIMO non valida [{}]", model::person::ANONYMOUS),
        )),
        Err(PayerRefused::FiscalCode) => {
            Err(Fault::new(code::CODICE_FISCALE, format!("{NAME}: Codice fiscale non valido [{text}]")))
        }
        Err(PayerRefused::VatNumber) => {
            Err(Fault::new(code::P_IVA, format!("{NAME}: P.IVA non valida [{text}]")))
        }
    }
}

/// Beginning of the texts of the actions.
fn prefix(checked: &Checked) -> String {
    let iuv = checked.iuv.as_ref().map_or("", Iuv::as_str);
    format!("{NAME}: Errore import dovuto IUV [{iuv}] e IUD [{}]: ", checked.iud)
}

async fn insert(
    state: &MyPay,
    call: &Call,
    ipa: &str,
    checked: &Checked,
    secondary: Option<ListaDovutiEntiSecondari>,
) -> Outcome<PaaSilImportaDovutoRisposta> {
    let content = content(ipa, checked, secondary)?;
    check_due_date(state, checked)?;
    let created = state.engine.positions.create(call, checked.organization.id, content).await;
    let created = created.map_err(|error| of_create(error, checked))?;
    answer(state, checked, &created)
}

fn of_create(error: CreateError, checked: &Checked) -> Failure {
    let reason = |text: &str| format!("{}{text}", prefix(checked));
    match error {
        CreateError::DuplicateIud(_) => Fault::new(
            code::IMPORT_IUD_DUPLICATO,
            reason("IUD attivo presente nel database, non si accettano dovuti duplicati"),
        )
        .into(),
        CreateError::DuplicateIuv(_) => Fault::new(
            code::IMPORT_IUV_DUPLICATO,
            reason("IUV attivo presente nel database, non si accettano dovuti duplicati"),
        )
        .into(),
        CreateError::Amount(error) => Fault::new(code::IMPORTO, reason(&error.to_string())).into(),
        CreateError::NoStation => Fault::new(code::SYSTEM, reason("ente senza stazione")).into(),
        CreateError::Engine(error) => error.into(),
    }
}

async fn modify(
    state: &MyPay,
    call: &Call,
    ipa: &str,
    checked: &Checked,
    secondary: Option<ListaDovutiEntiSecondari>,
) -> Outcome<PaaSilImportaDovutoRisposta> {
    let content = content(ipa, checked, secondary)?;
    check_due_date(state, checked)?;
    let before = live(state, checked).await?;
    let edited = state.engine.positions.edit(call, checked.organization.id, &checked.iud, content).await;
    let mut edited = edited.map_err(|error| of_change(error, ipa, checked, "modificato"))?;
    // Only an IUV generated by this call is told (§6.7).
    edited.repeated = before.is_some_and(|before| before.iuv.is_some());
    answer(state, checked, &edited)
}

async fn cancel(
    state: &MyPay,
    call: &Call,
    ipa: &str,
    checked: &Checked,
) -> Outcome<PaaSilImportaDovutoRisposta> {
    let cancelled = state.engine.positions.cancel(call, checked.organization.id, &checked.iud).await;
    cancelled.map_err(|error| of_change(error, ipa, checked, "annullato"))?;
    Ok(ok())
}

fn of_change(error: ChangeError, ipa: &str, checked: &Checked, verb: &str) -> Failure {
    let fault = |code, text: String| Failure::from(Fault::new(code, format!("{}{text}", prefix(checked))));
    match error {
        ChangeError::NotFound => fault(
            code::SYSTEM,
            format!(
                "Dovuto non trovato per IUD [{}] e codice IPA Ente [{ipa}]. Questo dovuto non può essere {verb}.",
                checked.iud
            ),
        ),
        ChangeError::State(status) => {
            let state = match status {
                InstallmentStatus::Paid | InstallmentStatus::Reported => "pagato",
                InstallmentStatus::Cancelled => "annullato",
                InstallmentStatus::Expired => "scaduto",
                InstallmentStatus::Invalid => "non valido",
                InstallmentStatus::Draft | InstallmentStatus::Unpaid => "da pagare",
            };
            fault(code::SYSTEM, format!("il dovuto risulta {state}. Questo dovuto non può essere {verb}."))
        }
        ChangeError::TypeChanged => fault(
            code::IMPORT_TIPO_DOVUTO,
            "Non è possibile modificare il tipo dovuto di un dovuto".to_owned(),
        ),
        ChangeError::IuvChanged => fault(
            code::IMPORT_IUV_DUPLICATO,
            "Non è possibile modificare il codice iuv di un dovuto".to_owned(),
        ),
        ChangeError::IuvRemoved => fault(
            code::IMPORT_IUV_NO_NULLABLE,
            "Non è possibile azzerare il codice iuv di un dovuto".to_owned(),
        ),
        ChangeError::DuplicateIuv => fault(
            code::IMPORT_IUV_DUPLICATO,
            "IUV duplicato nel database, non si accettano dovuti duplicati".to_owned(),
        ),
        ChangeError::Amount(error) => fault(code::IMPORTO, error.to_string()),
        ChangeError::NoStation => fault(code::SYSTEM, "ente senza stazione".to_owned()),
        ChangeError::Engine(error) => error.into(),
    }
}

async fn print(state: &MyPay, ipa: &str, checked: &Checked) -> Outcome<PaaSilImportaDovutoRisposta> {
    let Some(iuv) = checked.iuv.as_ref().filter(|_| !checked.generate) else {
        let text = format!(
            "{}Errore richiesta azione 'S' prevede presenza di 'IUV' e assenza 'flag_genera_iuv'",
            prefix(checked)
        );
        return Err(Fault::new(code::SYSTEM, text).into());
    };
    let found = state.engine.positions.by_iuv(checked.organization.id, iuv).await?;
    let installment =
        found.into_iter().find(|found| found.status == InstallmentStatus::Unpaid).ok_or_else(|| {
            Fault::new(code::IUV, format!("Error nessun dovuto trovato per IUV [{iuv}] ed ente [{ipa}]"))
        })?;
    // From what is stored, unlike the original: the notice must not differ from what the node will ask.
    let pdf = state.engine.documents.notice_of(&installment).await?.ok_or_else(|| {
        let text = format!("{}Errore generazione pdf: avviso non stampabile", prefix(checked));
        Fault::new(code::SYSTEM, text)
    })?;
    let name = format!("avviso_{}_{iuv}.pdf", checked.organization.fiscal_code);
    let zip = zip(&name, &pdf).map_err(|error| {
        Fault::new(code::SYSTEM, format!("{}Errore generazione pdf: {error}", prefix(checked)))
    })?;
    Ok(PaaSilImportaDovutoRisposta { base64_zip_avviso: Some(zip), ..ok() })
}

fn zip(name: &str, bytes: &[u8]) -> Result<Vec<u8>, zip::result::ZipError> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    archive.start_file(name, zip::write::SimpleFileOptions::default())?;
    archive.write_all(bytes)?;
    Ok(archive.finish()?.into_inner())
}

async fn live(state: &MyPay, checked: &Checked) -> Outcome<Option<Installment>> {
    let found = state.engine.positions.by_iud(checked.organization.id, &checked.iud).await?;
    Ok(found.into_iter().find(|found| found.status != InstallmentStatus::Cancelled))
}

/// The rules of the type on the due date, in the words of the original.
fn check_due_date(state: &MyPay, checked: &Checked) -> Result<(), Fault> {
    let due_date = checked.versamento.dati_versamento.data_esecuzione_pagamento;
    checked.kind.check_due_date(due_date, state.engine.clock().today()).map_err(|refused| {
        let text = match refused {
            DueDateRefused::Missing => "dataScadenzaPagamento deve essere valorizzata per questo tipo dovuto",
            DueDateRefused::Passed => {
                "dataScadenzaPagamento deve essere maggiore uguale alla data attuale per questo tipo dovuto"
            }
        };
        Fault::new(code::IMPORT_SCADENZA, format!("{}{text}", prefix(checked)))
    })
}

fn content(
    ipa: &str,
    checked: &Checked,
    secondary: Option<ListaDovutiEntiSecondari>,
) -> Result<InstallmentContent, Fault> {
    let data = &checked.versamento.dati_versamento;
    let mut transfers = vec![TransferLine {
        iud: Some(checked.iud.clone()),
        type_id: checked.kind.id,
        amount: data.importo,
        beneficiary: checked.organization.fiscal_code.clone(),
        beneficiary_name: None,
        payee: TransferPayee::OwnAccount,
        remittance: data.causale_versamento.clone(),
        category: data.dati_specifici_riscossione.clone(),
        accounting: data.bilancio.as_ref().map(rules::balance),
    }];
    transfers.extend(secondary_line(ipa, checked, secondary)?);
    let iuv = match (&checked.iuv, checked.generate) {
        (Some(iuv), _) => IuvChoice::Given(iuv.clone()),
        (None, true) => IuvChoice::Generate,
        (None, false) => IuvChoice::None,
    };
    Ok(InstallmentContent {
        origin: Origin::MyPayImport,
        type_id: checked.kind.id,
        debtor: checked.debtor.clone(),
        due_date: data.data_esecuzione_pagamento,
        description: model::contact::cut(data.causale_versamento.trim(), 140).to_owned(),
        iuv,
        transfers,
        // Given back verbatim in exports; nobody else understands them.
        dialect: Some(serde_json::json!({
            "tipoVersamento": data.tipo_versamento,
            "commissioneCaricoPA": data.commissione_carico_pa.map(|amount| amount.to_string()),
        })),
    })
}

/// The share of a secondary beneficiary: beside the primary's own, not inside it (§7.7).
fn secondary_line(
    ipa: &str,
    checked: &Checked,
    list: Option<ListaDovutiEntiSecondari>,
) -> Result<Option<TransferLine>, Fault> {
    let Some(list) = list.filter(|list| !list.elementi.is_empty()) else { return Ok(None) };
    let [element] = list.elementi.as_slice() else {
        let text = "XML dei dovuti Enti secondari supera il limite consentito da PagoPA.";
        return Err(Fault::new(code::TROPPI_SECONDARI, text));
    };
    let parsed: DovutiEntiSecondari = document::read(&element.dovuti_enti_secondari).map_err(|detail| {
        let why =
            format!("XML ricevuto per {NAME} non conforme all' XSD per ente [{ipa}]  XML Error: \n{detail}");
        Fault::new(code::XML, "XML dei dovuti Enti secondari non valido").describe(why)
    })?;
    let data = parsed.dati_versamento;
    let beneficiary = rules::secondary(&data)?;
    Ok(Some(TransferLine {
        iud: None,
        type_id: checked.kind.id,
        amount: data.importo,
        beneficiary: beneficiary.fiscal_code,
        beneficiary_name: Some(data.denominazione),
        payee: TransferPayee::Account { iban: beneficiary.iban, postal_iban: None },
        remittance: data
            .causale_versamento
            .unwrap_or_else(|| checked.versamento.dati_versamento.causale_versamento.clone()),
        category: data.dati_specifici_riscossione,
        accounting: None,
    }))
}

fn ok() -> PaaSilImportaDovutoRisposta {
    PaaSilImportaDovutoRisposta { esito: Some("OK".to_owned()), ..PaaSilImportaDovutoRisposta::default() }
}

/// The answer to `I` and `M`. A repeated insertion tells the IUV of the first one, which the original loses.
fn answer(state: &MyPay, checked: &Checked, created: &Created) -> Outcome<PaaSilImportaDovutoRisposta> {
    let generated = checked.generate && checked.iuv.is_none();
    let told = generated && (checked.action == Action::Insert || !created.repeated);
    let printable =
        checked.generate && created.iuv.as_ref().is_some_and(|iuv| matches!(iuv.as_str().len(), 15 | 17));
    let url_file_avviso =
        if printable { Some(state.notice_url(checked.organization.id, created.id)?) } else { None };
    Ok(PaaSilImportaDovutoRisposta {
        identificativo_univoco_versamento: created.iuv.as_ref().filter(|_| told).map(Iuv::to_string),
        url_file_avviso,
        ..ok()
    })
}
