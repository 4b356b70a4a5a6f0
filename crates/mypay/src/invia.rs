//! `paaSILInviaDovuti`: a cart is handed over, a landing address comes back (`mypay-soap.md` §6.1).

use std::collections::HashSet;
use std::sync::Arc;

use engine::Call;
use engine::carts::{CartItem, Channel, NewDebt};
use engine::positions::{TransferLine, TransferPayee};
use engine::registry::{DebtPositionType, Organization, Snapshot};
use model::{Iud, Person};
use wire::mypay::{PaaSilInviaDovuti, PaaSilInviaDovutiRisposta, ShowMyPay};
use wire::mypay_documents::{DatiSingoloVersamento, Dovuti};

use crate::fault::{Fault, Outcome, code};
use crate::landing::Handover;
use crate::rules::{self, PayerRefused};
use crate::{MyPay, document, ente};

/// Answers the operation. Checks in the order of the original; nothing is reserved.
///
/// # Errors
/// The faults of §6.1.
pub async fn invia_dovuti(
    state: &MyPay,
    call: &Call,
    ipa: &str,
    request: PaaSilInviaDovuti,
) -> Outcome<PaaSilInviaDovutiRisposta> {
    let organization = ente::of_invia(&state.engine, ipa, request.password.as_deref()).await?;
    let dovuti: Dovuti = document::read(&request.dovuti).map_err(|detail| {
        let why = format!(
            "XML ricevuto per paaSILInviaDovuti non conforme all' XSD per ente [{ipa}]  XML Error: \n{detail}"
        );
        Fault::new(code::XML, "XML dei dovuti non valido").describe(why)
    })?;
    let transparent = request.show_my_pay == Some(ShowMyPay::None);
    let items = check(state, &organization, &dovuti).await?;
    if transparent && let Some(problem) = rules::transparent_payer_problem(&dovuti.soggetto_pagatore) {
        // The bracket closes what the original never opens.
        let text = format!("paaSILInviaDovuti: Anagrafica Pagatore non valida{problem}]");
        return Err(Fault::new(code::ANAGRAFICA, text).into());
    }
    let handed = state
        .hand_over(
            call,
            &organization,
            Handover {
                channel: Channel::Sil,
                show_recap: !transparent,
                return_url: request.ente_sil_invia_risposta_pagamento_url,
                items,
            },
        )
        .await?;
    Ok(PaaSilInviaDovutiRisposta {
        fault: None,
        esito: Some("OK".to_owned()),
        id_session: Some(handed.session_id),
        redirect: Some(1),
        url: Some(handed.url),
    })
}

async fn check(state: &MyPay, organization: &Organization, dovuti: &Dovuti) -> Outcome<Vec<CartItem>> {
    let versamento = &dovuti.dati_versamento;
    if versamento.identificativo_univoco_versamento.as_deref().is_some_and(|iuv| !iuv.trim().is_empty()) {
        return Err(Fault::new(code::IUV, "l'inserimento dello IUV è deprecato").into());
    }
    if !rules::tipo_versamento_ok(&versamento.tipo_versamento) {
        let text = format!("Tipo versamento non valido [{}]", versamento.tipo_versamento);
        return Err(Fault::new(code::TIPO_VERSAMENTO, text).into());
    }
    let registry = state.engine.registry.snapshot();
    let debtor = debtor(organization, &registry, dovuti)?;
    let mut items = Vec::with_capacity(versamento.dati_singolo_versamento.len());
    let mut seen = HashSet::new();
    for item in &versamento.dati_singolo_versamento {
        let line = check_item(state, organization, &registry, item).await?;
        if !seen.insert(item.identificativo_univoco_dovuto.clone()) {
            // The original notices it only at the checkout, where it strands the payer.
            let text = format!("IUD [{}] duplicato in input per ente", item.identificativo_univoco_dovuto);
            return Err(Fault::new(code::IUD_DUPLICATO, text).into());
        }
        items.push(CartItem::New(Box::new(NewDebt { line, debtor: debtor.clone() })));
    }
    Ok(items)
}

fn debtor(organization: &Organization, registry: &Snapshot, dovuti: &Dovuti) -> Result<Person, Fault> {
    let subject = &dovuti.soggetto_pagatore;
    let types =
        dovuti.dati_versamento.dati_singolo_versamento.iter().map(|i| i.identificativo_tipo_dovuto.as_str());
    let text = &subject.identificativo_univoco.codice;
    match rules::payer_code(subject, rules::anonymous_admitted(organization, registry, types)) {
        Ok((kind, code)) => Ok(rules::person(subject, kind, code)),
        Err(PayerRefused::Anonymous) => {
            Err(Fault::new(code::CODICE_FISCALE, "Funzionalita CF ANONIMO non valida"))
        }
        Err(PayerRefused::FiscalCode) => {
            Err(Fault::new(code::CODICE_FISCALE, format!("Codice fiscale non valido [{text}]")))
        }
        Err(PayerRefused::VatNumber) => Err(Fault::new(code::P_IVA, format!("P.IVA non valida [{text}]"))),
    }
}

async fn check_item(
    state: &MyPay,
    organization: &Organization,
    registry: &Snapshot,
    item: &DatiSingoloVersamento,
) -> Outcome<TransferLine> {
    let text = &item.identificativo_univoco_dovuto;
    let iud = Iud::from_client(text)
        .map_err(|_| Fault::new(code::IUD, format!("IdentificativoUnivocoDovuto non valido [{text}]")))?;
    if state.engine.positions.iud_in_use(organization.id, &iud).await? {
        return Err(Fault::new(code::IUD_DUPLICATO, format!("IUD [{text}] già inviato")).into());
    }
    let name = &item.identificativo_tipo_dovuto;
    let found = registry.debt_type_by_code(organization.id, name).ok_or_else(|| {
        Fault::new(code::TIPO_DOVUTO, format!("identificativoTipoDovuto [{name}] non valido"))
    })?;
    if !found.active {
        let text = format!("identificativoTipoDovuto [{name}] non abilitato");
        return Err(Fault::new(code::TIPO_DOVUTO_NON_ABILITATO, text).into());
    }
    let payee = payee(found, item)?;
    if !rules::dati_specifici_ok(&item.dati_specifici_riscossione) {
        let text = format!("DatiSpecificiRiscossione non valido [{}]", item.dati_specifici_riscossione);
        return Err(Fault::new(code::DATI_SPECIFICI, text).into());
    }
    if item.importo.is_zero() {
        let text = format!("ImportoSingoloVersamento non valido [{}]", item.importo);
        return Err(Fault::new(code::IMPORTO, text).into());
    }
    let accounting = rules::balance_of(item.bilancio.as_ref(), item.importo)?;
    if item.causale_versamento.trim().is_empty() {
        return Err(Fault::new(code::CAUSALE, "Causale versamento obbligatoria mancante").into());
    }
    Ok(TransferLine {
        iud: Some(iud),
        type_id: found.id,
        amount: item.importo,
        beneficiary: organization.fiscal_code.clone(),
        beneficiary_name: None,
        payee,
        remittance: item.causale_versamento.clone(),
        category: item.dati_specifici_riscossione.clone(),
        accounting,
    })
}

/// Digital stamp or account (§8.10).
fn payee(found: &Arc<DebtPositionType>, item: &DatiSingoloVersamento) -> Result<TransferPayee, Fault> {
    let refused = |text: &str| Err(Fault::new(code::BOLLO, text));
    match (&item.dati_marca_bollo_digitale, found.profile.digital_stamp) {
        (None, false) => Ok(TransferPayee::OwnAccount),
        (Some(_), false) => {
            refused("dati marca da bollo non supportati su tipo dovuto diverso da marca da bollo")
        }
        (stamp, true) => {
            if found.profile.fixed_amount != Some(item.importo) {
                let text = "importoSingoloVersamento non valido per tipo dovuto MARCA_BOLLO_DIGITALE";
                return Err(Fault::new(code::IMPORTO_BOLLO, text));
            }
            let Some(stamp) = stamp else { return refused("dati marca da bollo mancanti o non validi") };
            // The node takes 4 to 72 characters of base64; anything else would fail at activation.
            let hash = model::StampHash::parse(&stamp.hash_documento);
            let province = model::Province::parse(&stamp.provincia_residenza);
            let (Ok(hash), Ok(province)) = (hash, province) else {
                return refused("dati marca da bollo mancanti o non validi");
            };
            Ok(TransferPayee::Stamp {
                kind: stamp.tipo_bollo.as_str().to_owned(),
                hash: hash.to_string(),
                province: province.to_string(),
            })
        }
    }
}
