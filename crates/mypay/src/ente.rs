//! Who is calling: ente, state, password; in the orders and words of the original (`mypay-soap.md` §2).

use std::sync::Arc;

use engine::Engine;
use engine::access::{CredentialKind, Permission, Verdict, authorize};
use engine::registry::{Organization, OrganizationStatus};

use crate::fault::{Fault, Outcome, code};

/// Whether the ente may operate: all but the ones only registered.
fn operates(organization: &Organization) -> bool {
    organization.status != OrganizationStatus::Registered
}

fn wrong_password(ipa: &str) -> Fault {
    Fault::new(code::ENTE, format!("Password non valida per ente [{ipa}]"))
}

/// The check of `paaSILInviaDovuti`: ente, then state with its own code, then password.
///
/// # Errors
/// The faults of rows 1 to 3.
pub async fn of_invia(engine: &Engine, ipa: &str, password: Option<&str>) -> Outcome<Arc<Organization>> {
    let organization = find(engine, ipa)
        .ok_or_else(|| Fault::new(code::ENTE, format!("codice IPA Ente [{ipa}] non valido")))?;
    if !operates(&organization) {
        return Err(Fault::new(code::STATO_ENTE, "Stato Ente Non Valido").into());
    }
    check_password(engine, &organization, ipa, password, Permission::WritePositions).await?;
    Ok(organization)
}

/// The check of `paaSILImportaDovuto`: as above, but the state has the code of the ente and serial 0.
///
/// # Errors
/// The faults of row 2.
pub async fn of_importa(engine: &Engine, ipa: &str, password: Option<&str>) -> Outcome<Arc<Organization>> {
    let organization = find(engine, ipa)
        .ok_or_else(|| Fault::new(code::ENTE, format!("codice IPA Ente [{ipa}] non valido")))?;
    if !operates(&organization) {
        return Err(Fault::new(code::ENTE, "Stato Ente Non Valido").serial(0).into());
    }
    check_password(engine, &organization, ipa, password, Permission::WritePositions).await?;
    Ok(organization)
}

/// The common check: the last failing test gives the text, so that an unknown ente is answered as a
/// wrong password. Clients compare texts; and nobody learns which enti exist.
///
/// # Errors
/// `PAA_ENTE_NON_VALIDO`.
pub async fn common(
    engine: &Engine,
    ipa: &str,
    password: Option<&str>,
    permission: Permission,
) -> Outcome<Arc<Organization>> {
    let organization = find(engine, ipa).ok_or_else(|| wrong_password(ipa))?;
    check_password(engine, &organization, ipa, password, permission).await?;
    if !operates(&organization) {
        let text = format!("Stato Ente non valido: {}", organization.status.as_str());
        return Err(Fault::new(code::ENTE, text).into());
    }
    Ok(organization)
}

/// The check of `paaSILChiediPagatiConRicevuta`: no state.
///
/// # Errors
/// `PAA_ENTE_NON_VALIDO`.
pub async fn of_ricevuta(engine: &Engine, ipa: &str, password: Option<&str>) -> Outcome<Arc<Organization>> {
    let organization = find(engine, ipa).ok_or_else(|| {
        Fault::new(code::ENTE, format!("codice IPA Ente [{ipa}] non valido o password errata"))
    })?;
    check_password(engine, &organization, ipa, password, Permission::ReadPositions).await?;
    Ok(organization)
}

fn find(engine: &Engine, ipa: &str) -> Option<Arc<Organization>> {
    engine.registry.snapshot().organization_by_ipa(ipa.trim()).cloned()
}

/// Unlike the original, an absent password is always wrong.
async fn check_password(
    engine: &Engine,
    organization: &Organization,
    ipa: &str,
    password: Option<&str>,
    permission: Permission,
) -> Outcome<()> {
    let password = password.map(str::trim).unwrap_or_default();
    if password.is_empty() {
        return Err(wrong_password(ipa).into());
    }
    match engine.access.verify(organization.id, CredentialKind::MyPay, None, password).await? {
        Verdict::Granted(actor) => {
            authorize(&actor, permission, organization.id).map_err(|_| wrong_password(ipa).into())
        }
        Verdict::Denied => Err(wrong_password(ipa).into()),
        Verdict::Throttled { retry_after_s } => {
            let why = format!("troppi tentativi con password errata: riprovare tra {retry_after_s} secondi");
            Err(wrong_password(ipa).describe(why).into())
        }
    }
}
