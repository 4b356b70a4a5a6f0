//! Who is asked for: broker, station, ente, notice; checked in this order (`pagopa.md` §1.7).

use std::sync::Arc;

use engine::Engine;
use engine::registry::Organization;
use model::NoticeNumber;
use wire::pa_for_node::CtQrCode;

use crate::fault::{Code, Failure};

/// The ente that a call is for, once its station and broker are proven ours.
///
/// # Errors
/// The refusals of configuration.
pub(crate) fn organization(
    engine: &Engine,
    id_broker: &str,
    id_station: &str,
    id_pa: &str,
) -> Result<Arc<Organization>, Failure> {
    let snapshot = engine.registry.snapshot();
    if snapshot.broker(id_broker).is_none() {
        return Err(Failure::refused(Code::Broker, format!("intermediario {id_broker} sconosciuto")));
    }
    let station = snapshot.station(id_station).filter(|station| station.broker.as_str() == id_broker);
    if station.is_none() {
        return Err(Failure::refused(Code::Station, format!("stazione {id_station} sconosciuta")));
    }
    snapshot
        .organization_by_fiscal_code(id_pa)
        .filter(|organization| organization.attached_to(id_station))
        .cloned()
        .ok_or_else(|| {
            Failure::refused(Code::Domain, format!("ente {id_pa} non associato alla stazione {id_station}"))
        })
}

/// The notice asked for. The probe of the stand-in monitor (18 zeros) ends here, far from the store.
///
/// # Errors
/// `PAA_PAGAMENTO_SCONOSCIUTO` for the probe, `PAA_SEMANTICA` when the code names another ente.
pub(crate) fn notice(organization: &Organization, qr_code: &CtQrCode) -> Result<NoticeNumber, Failure> {
    if qr_code.fiscal_code != organization.fiscal_code.as_str() {
        return Err(Failure::refused(Code::Semantic, "qrCode/fiscalCode diverso da idPA"));
    }
    let notice = NoticeNumber::parse(&qr_code.notice_number)
        .map_err(|error| Failure::refused(Code::Semantic, error.to_string()))?;
    if notice.is_probe() {
        return Err(Failure::refused(Code::Unknown, "avviso di prova"));
    }
    Ok(notice)
}
