//! `paaSILVerificaAvviso`: start the payment of a notice that exists (`mypay-soap.md` §6.3).

use engine::Call;
use engine::access::Permission;
use engine::carts::{CartItem, Channel};
use engine::positions::{Installment, PayError};
use engine::registry::Organization;
use model::{Iuv, NotPayable};
use wire::mypay::{PaaSilVerificaAvviso, PaaSilVerificaAvvisoRisposta};

use crate::fault::{Failure, Fault, Outcome, code};
use crate::landing::Handover;
use crate::{MyPay, ente};

/// Answers the operation.
///
/// # Errors
/// The faults of §6.3.
pub async fn verifica_avviso(
    state: &MyPay,
    call: &Call,
    ipa: &str,
    request: PaaSilVerificaAvviso,
) -> Outcome<PaaSilVerificaAvvisoRisposta> {
    let organization =
        ente::common(&state.engine, ipa, request.password.as_deref(), Permission::WritePositions).await?;
    let text = request.identificativo_univoco_versamento;
    let installment = find(state, &organization, ipa, &text).await?;
    payable(state, installment.clone(), &text)?;
    let items = vec![CartItem::Existing { organization_id: organization.id, installment_id: installment.id }];
    let handed = state
        .hand_over(
            call,
            &organization,
            Handover {
                channel: Channel::SilNotice,
                show_recap: true,
                return_url: request.ente_sil_invia_risposta_pagamento_url,
                items,
            },
        )
        .await?;
    Ok(PaaSilVerificaAvvisoRisposta {
        fault: None,
        esito: Some("OK".to_owned()),
        id_session: Some(handed.session_id),
        redirect: Some(1),
        url: Some(handed.url),
    })
}

/// The installment with this IUV; those made by carts and those of a switched-off type do not count.
async fn find(state: &MyPay, organization: &Organization, ipa: &str, text: &str) -> Outcome<Installment> {
    let none =
        || Fault::new(code::IUV, format!("Error nessun dovuto trovato per IUV [{text}] ed ente [{ipa}]"));
    let iuv = Iuv::parse(text).map_err(|error| none().describe(error.to_string()))?;
    let found = state.engine.positions.by_iuv(organization.id, &iuv).await?;
    let installment = found.into_iter().find(|found| !found.cart_only).ok_or_else(none)?;
    let registry = state.engine.registry.snapshot();
    let kind = registry.debt_type(organization.id, installment.type_id);
    if !kind.is_some_and(|kind| kind.active) {
        let name = kind.map_or("-", |kind| kind.code.as_str());
        let why = format!("il dovuto [{name}] associato allo IUV risulta disabilitato o non presente");
        return Err(none().describe(why).into());
    }
    Ok(installment)
}

fn payable(state: &MyPay, installment: Installment, text: &str) -> Outcome<()> {
    match state.engine.positions.resolve(installment) {
        Ok(_) => Ok(()),
        Err(PayError::NotPayable(NotPayable::Expired)) => {
            Err(Fault::new(code::IUV_SCADUTO, format!("alcuni dovuti sono scaduti per il dato IUV [{text}]"))
                .into())
        }
        Err(PayError::Engine(error)) => Err(Failure::from(error)),
        Err(other) => {
            let fault =
                Fault::new(code::IUV, format!("non ci sono dovuti pagabili per il dato IUV [{text}]"));
            Err(fault.describe(other.to_string()).into())
        }
    }
}
