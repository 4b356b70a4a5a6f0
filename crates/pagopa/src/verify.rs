//! `paVerifyPaymentNotice`: is it payable, how much, for what.

use engine::Engine;
use engine::positions::Due;
use jiff::civil::Date;
use wire::pa_for_node::{
    AmountOption, CtPaymentOptionDescription, CtPaymentOptionsDescriptionList, Outcome,
    PaVerifyPaymentNoticeReq, PaVerifyPaymentNoticeRes,
};

use crate::context;
use crate::fault::Failure;

/// The node wants a due date also for what has none (`pagopa.md` §1.3).
pub(crate) const NO_DUE_DATE: Date = Date::constant(2099, 12, 31);

pub(crate) async fn verify(
    engine: &Engine,
    request: &PaVerifyPaymentNoticeReq,
) -> Result<PaVerifyPaymentNoticeRes, Failure> {
    let organization =
        context::organization(engine, &request.id_broker_pa, &request.id_station, &request.id_pa)?;
    let notice = context::notice(&organization, &request.qr_code)?;
    let due = engine.positions.due(organization.id, &notice).await?;
    Ok(PaVerifyPaymentNoticeRes {
        outcome: Outcome::Ok,
        fault: None,
        payment_list: Some(payment_list(&due)),
        payment_description: Some(description(&due)),
        fiscal_code_pa: Some(organization.fiscal_code.to_string()),
        company_name: Some(company_name(&due)),
        office_name: None,
    })
}

/// The one option of a notice.
pub(crate) fn payment_list(due: &Due) -> CtPaymentOptionsDescriptionList {
    CtPaymentOptionsDescriptionList {
        payment_option_description: CtPaymentOptionDescription {
            amount: due.installment.amount,
            options: AmountOption::Exact,
            due_date: Some(due.installment.due_date.unwrap_or(NO_DUE_DATE)),
            detail_description: Some(description(due)),
            all_ccp: due.all_postal(),
        },
    }
}

/// 1 to 140 characters, never empty.
pub(crate) fn description(due: &Due) -> String {
    let text: String = due.installment.description.trim().chars().take(140).collect();
    if text.is_empty() { "Pagamento".to_owned() } else { text }
}

pub(crate) fn company_name(due: &Due) -> String {
    due.organization.name.chars().take(140).collect()
}
