//! `paaSILChiediPagati` and `paaSILChiediPagatiConRicevuta`: what became of it (`mypay-soap.md` §6.4, §6.5,
//! §10). `PAA_PAGAMENTO_*` are states, not errors: clients poll until they go away.

use std::sync::Arc;

use engine::access::Permission;
use engine::carts::{Cart, CartState};
use engine::positions::{Installment, PayError};
use engine::receipts::Receipt;
use engine::registry::Organization;
use model::{InstallmentStatus, Iud, Iuv, NotPayable};
use wire::mypay::{
    PaaSilChiediPagati, PaaSilChiediPagatiConRicevuta, PaaSilChiediPagatiConRicevutaRisposta,
    PaaSilChiediPagatiRisposta,
};

use crate::fault::{Failure, Fault, Outcome, code};
use crate::{MyPay, document, ente, pagati, session};

/// A payment with its proof.
struct Paid {
    installment: Installment,
    receipt: Receipt,
}

/// Answers `paaSILChiediPagati`.
///
/// # Errors
/// The states and faults of §6.4.
pub async fn chiedi_pagati(
    state: &MyPay,
    request: PaaSilChiediPagati,
) -> Outcome<PaaSilChiediPagatiRisposta> {
    let organization = ente::common(
        &state.engine,
        &request.cod_ipa_ente,
        request.password.as_deref(),
        Permission::ReadPositions,
    )
    .await?;
    let paid = by_session(state, &organization, &request.id_session).await?;
    let full = pagati::with_receipt(&organization, &paid.installment, &paid.receipt, None);
    Ok(PaaSilChiediPagatiRisposta { fault: None, pagati: Some(document::write_twice(&pagati::plain(full))) })
}

/// Answers `paaSILChiediPagatiConRicevuta`, by session, IUV or IUD.
///
/// # Errors
/// The states and faults of §6.5.
pub async fn chiedi_pagati_con_ricevuta(
    state: &MyPay,
    request: PaaSilChiediPagatiConRicevuta,
) -> Outcome<PaaSilChiediPagatiConRicevutaRisposta> {
    let ipa = &request.cod_ipa_ente;
    let organization = ente::of_ricevuta(&state.engine, ipa, request.password.as_deref()).await?;
    let given = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
    let keys = (
        given(&request.id_session),
        given(&request.identificativo_univoco_versamento),
        given(&request.identificativo_univoco_dovuto),
    );
    let paid = match keys {
        (Some(session), None, None) => by_session(state, &organization, &session).await?,
        (None, Some(iuv), None) => by_iuv(state, &organization, ipa, &iuv).await?,
        (None, None, Some(iud)) => by_iud(state, &organization, ipa, &iud).await?,
        (None, None, None) => {
            return Err(system(format!(
                "Nessun campo di input (idSession, identificativoUnivocoVersamento, identificativoUnivocoDovuto) \
                 valorizzato per ente [ {ipa} ]."
            ))
            .into());
        }
        _ => {
            // "paramero" as in the original.
            let text = "Errore, è stato specificato più di un paramero tra idSession, identificativoUnivocoVersamento \
                        e identificativoUnivocoDovuto.";
            return Err(system(text.to_owned()).into());
        }
    };
    let full = pagati::with_receipt(&organization, &paid.installment, &paid.receipt, None);
    Ok(PaaSilChiediPagatiConRicevutaRisposta {
        fault: None,
        pagati: Some(document::write_twice(&full)),
        tipo_firma: None,
        rt: Some(paid.receipt.raw),
    })
}

fn system(description: String) -> Fault {
    Fault::new(code::SYSTEM, "PAA SYSTEM ERROR").describe(description)
}

/// By session: only the calling ente's own, unlike the original (§21.2).
async fn by_session(state: &MyPay, organization: &Organization, id: &str) -> Outcome<Paid> {
    let Some(cart) = state.engine.carts.by_session(organization.id, id.trim()).await? else {
        let fault = if session::has_expired(id.trim(), state.engine.clock().now()) {
            Fault::new(code::SCADUTO, format!("Pagamento scaduto per l'idSession specificato [{id}]"))
        } else {
            Fault::new(code::ID_SESSION, format!("idSession [{id}] non valido per l Ente specificato"))
        };
        return Err(fault.into());
    };
    let unconfirmed = cart.payments.is_empty();
    let fault = match cart.state {
        CartState::Prepared => Fault::new(
            code::NON_INIZIATO,
            format!("Pagamento non iniziato per l'idSession specificato [{id}]"),
        ),
        CartState::Ready => {
            Fault::new(code::NON_INIZIATO, format!("Pagamento non iniziato per idSession specificato [{id}]"))
        }
        CartState::InProgress => {
            Fault::new(code::IN_CORSO, format!("Pagamento in corso per idSession specificato [{id}]"))
        }
        CartState::Cancelled => {
            Fault::new(code::ANNULLATO, format!("Pagamento annullato per idSession specificato [{id}]"))
        }
        CartState::Expired if unconfirmed => {
            Fault::new(code::SCADUTO, format!("Pagamento scaduto per l'idSession specificato [{id}]"))
        }
        CartState::Expired => {
            Fault::new(code::SCADUTO, format!("Pagamento scaduto per idSession specificato [{id}]"))
        }
        CartState::Paid => return paid_of(state, &cart, id).await,
    };
    Err(fault.into())
}

/// The first payment of a paid cart that belongs to its ente (§6.4).
async fn paid_of(state: &MyPay, cart: &Cart, id: &str) -> Outcome<Paid> {
    for (organization, installment) in &cart.payments {
        let found = state.engine.positions.by_id(*organization, *installment).await?;
        let receipts = state.engine.receipts.of_installment(*organization, *installment).await?;
        if let (Some(installment), Some(receipt)) = (found, receipts.into_iter().next()) {
            return Ok(Paid { installment, receipt });
        }
    }
    Err(system(format!("Errore interno per idSession: {id}")).into())
}

async fn by_iuv(state: &MyPay, organization: &Arc<Organization>, ipa: &str, text: &str) -> Outcome<Paid> {
    let unknown = || Fault::new(code::IUV, format!("IUV non valido per ente [ {ipa} ]"));
    let iuv = Iuv::parse(text.trim()).map_err(|_| unknown())?;
    let found = state.engine.positions.by_iuv(organization.id, &iuv).await?;
    outcome(state, found, ipa, &format!("IUV [{text}]"), &format!("IUV [ {text} ]"), unknown()).await
}

async fn by_iud(state: &MyPay, organization: &Arc<Organization>, ipa: &str, text: &str) -> Outcome<Paid> {
    let unknown = || Fault::new(code::IUD, format!("IUD non valido per ente [ {ipa} ]."));
    let iud = Iud::parse(text.trim()).map_err(|_| unknown())?;
    let found = state.engine.positions.by_iud(organization.id, &iud).await?;
    outcome(state, found, ipa, &format!("IUD [{text}]"), &format!("IUD [ {text} ]"), unknown()).await
}

/// The table of §6.5: the installment in use decides; a positive outcome wins among past ones.
async fn outcome(
    state: &MyPay,
    found: Vec<Installment>,
    ipa: &str,
    key: &str,
    spaced_key: &str,
    unknown: Fault,
) -> Outcome<Paid> {
    let paid = found.iter().find(|installment| installment.status.is_paid());
    if let Some(installment) = paid {
        let receipts =
            state.engine.receipts.of_installment(installment.organization_id, installment.id).await?;
        return match receipts.into_iter().next() {
            Some(receipt) => Ok(Paid { installment: installment.clone(), receipt }),
            None => Err(system(format!("Ricevuta non trovata per ente [ {ipa} ], {spaced_key}")).into()),
        };
    }
    let Some(installment) = found.into_iter().next() else { return Err(unknown.into()) };
    let text = |what: &str| format!("{what} per ente [ {ipa} ], {key}");
    let cart = state.engine.carts.latest_of(installment.organization_id, installment.id).await?;
    let fault = match (installment.status, cart.map(|cart| cart.state)) {
        (InstallmentStatus::Unpaid, Some(CartState::InProgress)) => {
            Fault::new(code::IN_CORSO, text("Pagamento in corso"))
        }
        (InstallmentStatus::Unpaid | InstallmentStatus::Draft, _) => {
            return Err(not_begun(state, installment, ipa, key, spaced_key));
        }
        (InstallmentStatus::Expired, _) => Fault::new(code::SCADUTO, text("Pagamento scaduto")),
        (InstallmentStatus::Cancelled, Some(CartState::Expired)) if installment.cart_only => {
            Fault::new(code::SCADUTO, text("Carrello scaduto"))
        }
        (InstallmentStatus::Cancelled, _) if installment.cart_only => {
            Fault::new(code::ANNULLATO, text("Pagamento abortito"))
        }
        _ => unknown,
    };
    Err(fault.into())
}

/// Open and untouched: past a binding due date it is the original's "system error", else not begun.
fn not_begun(state: &MyPay, installment: Installment, ipa: &str, key: &str, spaced_key: &str) -> Failure {
    match state.engine.positions.resolve(installment) {
        Err(PayError::NotPayable(NotPayable::Expired)) => {
            system(format!("Dovuto scaduto per ente [ {ipa} ], {spaced_key}")).into()
        }
        Err(PayError::Engine(error)) => error.into(),
        _ => {
            Fault::new(code::NON_INIZIATO, format!("Pagamento non iniziato per ente [ {ipa} ], {key}")).into()
        }
    }
}
