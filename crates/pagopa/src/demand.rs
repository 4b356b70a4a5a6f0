//! `paDemandPaymentNotice`: a payer at a PSP asks for a notice that does not exist yet (`pagopa.md` §1.6).
//!
//! A service of the national catalogue is offered by the ente's type of debt that names its `idServizio`
//! and has a fixed amount. The catalogue's document says for whom: the first element called
//! `codiceFiscale` holds the debtor's code; without one the debtor is anonymous, where the type admits it.

use std::sync::Arc;

use engine::positions::{CreateError, InstallmentContent, IuvChoice, Origin, TransferLine, TransferPayee};
use engine::registry::{DebtPositionType, Organization};
use engine::{Call, Engine};
use model::{Iud, Person, PersonCode, PersonKind};
use sha2::{Digest, Sha256};
use soap::{Document, Node};
use wire::pa_for_node::{CtQrCode, Outcome, PaDemandPaymentNoticeRequest, PaDemandPaymentNoticeResponse};

use crate::context;
use crate::fault::{Code, Failure};
use crate::verify::{company_name, description, payment_list};

/// Name shown when the document gives none.
const UNNAMED: &str = "Pagatore";

pub(crate) async fn demand(
    engine: &Engine,
    call: &Call,
    request: &PaDemandPaymentNoticeRequest,
) -> Result<PaDemandPaymentNoticeResponse, Failure> {
    let organization =
        context::organization(engine, &request.id_broker_pa, &request.id_station, &request.id_pa)?;
    let found = offered(engine, &organization, &request.id_servizio)?;
    let debtor = debtor(&request.dati_specifici_servizio_request, &found)?;
    let content = content(engine, &organization, &found, request, debtor)?;
    let created = engine.positions.create(call, organization.id, content).await.map_err(of_create)?;
    let notice =
        created.notice_number.ok_or_else(|| Failure::refused(Code::System, "numero avviso non generato"))?;
    let due = engine.positions.due(organization.id, &notice).await?;
    Ok(PaDemandPaymentNoticeResponse {
        outcome: Outcome::Ok,
        fault: None,
        qr_code: Some(CtQrCode {
            fiscal_code: organization.fiscal_code.to_string(),
            notice_number: notice.to_string(),
        }),
        payment_list: Some(payment_list(&due)),
        payment_description: Some(description(&due)),
        fiscal_code_pa: Some(organization.fiscal_code.to_string()),
        company_name: Some(company_name(&due)),
        office_name: None,
    })
}

fn offered(
    engine: &Engine,
    organization: &Organization,
    service: &str,
) -> Result<Arc<DebtPositionType>, Failure> {
    engine
        .registry
        .snapshot()
        .types_of(organization.id)
        .into_iter()
        .find(|found| found.active && found.profile.demand_service.as_deref() == Some(service))
        .ok_or_else(|| Failure::refused(Code::Semantic, format!("servizio {service} non attivo per l'ente")))
}

fn debtor(document: &[u8], found: &DebtPositionType) -> Result<Person, Failure> {
    let invalid = |text: String| Failure::refused(Code::Xsd, format!("datiSpecificiServizioRequest: {text}"));
    let text = soap::decode(document).map_err(|error| invalid(error.to_string()))?;
    let parsed = Document::parse(&text).map_err(|error| invalid(error.to_string()))?;
    let code = match first(parsed.root(), "codiceFiscale") {
        Some(text) => PersonCode::parse(&text.trim().to_uppercase())
            .map_err(|error| Failure::refused(Code::Semantic, format!("codiceFiscale: {error}")))?,
        None if found.profile.anonymous_allowed => PersonCode::Anonymous,
        None => return Err(Failure::refused(Code::Semantic, "codiceFiscale mancante")),
    };
    let name = first(parsed.root(), "nominativo").unwrap_or_else(|| UNNAMED.to_owned());
    let name: String = name.chars().filter(|c| !c.is_control()).take(70).collect();
    Person::new(PersonKind::Natural, code, if name.trim().is_empty() { UNNAMED } else { &name })
        .map_err(|error| Failure::refused(Code::Semantic, error.to_string()))
}

/// The text of the first element of that name, in document order. The parser bounds the depth.
fn first(node: Node<'_>, name: &str) -> Option<String> {
    if node.name() == name {
        return Some(node.text().to_owned());
    }
    node.children().find_map(|child| first(child, name))
}

fn content(
    engine: &Engine,
    organization: &Organization,
    found: &DebtPositionType,
    request: &PaDemandPaymentNoticeRequest,
    debtor: Person,
) -> Result<InstallmentContent, Failure> {
    let amount = found
        .profile
        .fixed_amount
        .ok_or_else(|| Failure::refused(Code::Semantic, "il servizio non ha un importo fisso"))?;
    let line = TransferLine {
        iud: Some(iud(engine, request)),
        type_id: found.id,
        amount,
        beneficiary: organization.fiscal_code.clone(),
        beneficiary_name: None,
        payee: TransferPayee::OwnAccount,
        remittance: found.profile.description.clone(),
        category: found.profile.taxonomy.published(),
        accounting: None,
    };
    Ok(InstallmentContent {
        origin: Origin::Demand,
        type_id: found.id,
        debtor,
        due_date: None,
        description: found.profile.description.chars().take(140).collect(),
        iuv: IuvChoice::Generate,
        transfers: vec![line],
        dialect: None,
    })
}

/// The same demand on the same day is the same debt: a PSP that repeats gets the same notice.
fn iud(engine: &Engine, request: &PaDemandPaymentNoticeRequest) -> Iud {
    let mut hash = Sha256::new();
    for part in [
        request.id_pa.as_bytes(),
        request.id_servizio.as_bytes(),
        request.id_soggetto_servizio.as_bytes(),
        &request.dati_specifici_servizio_request,
        engine.clock().today().to_string().as_bytes(),
    ] {
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part);
    }
    let digest: [u8; 32] = hash.finalize().into();
    let (half, _) = digest.split_first_chunk::<16>().unwrap_or((&[0; 16], &[]));
    Iud::generated(u128::from_be_bytes(*half))
}

fn of_create(error: CreateError) -> Failure {
    match error {
        CreateError::DuplicateIud(_) | CreateError::DuplicateIuv(_) => {
            Failure::refused(Code::Paid, "richiesta gia' pagata oggi")
        }
        CreateError::NoStation | CreateError::Amount(_) => Failure::refused(Code::System, error.to_string()),
        CreateError::Engine(error) => error.into(),
    }
}
