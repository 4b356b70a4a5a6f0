//! Paying a notice: search, signed link, cart.

use std::sync::Arc;
use std::time::Instant;

use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use engine::carts::{CartItem, Channel, CheckoutReturns, NewCart};
use engine::positions::{Installment, PayError};
use engine::registry::{Organization, OrganizationStatus};
use model::{InstallmentStatus, NotPayable, NoticeNumber, OrganizationFiscalCode};
use serde::Deserialize;

use crate::config::Environment;
use crate::notice_input::{self, Wanted};
use crate::pages::notice::{
    KnownNotice, LISTED_AT_MOST, NoticeStatus, NoticeView, SearchErrors, SearchForm, found,
    search as search_page,
};
use crate::problem::Problem;
use crate::state::{Client, PortalState, Trace};
use crate::token;

/// Life of a cart made here, seconds: the same as a cart of a SIL.
const CART_LIFETIME_S: i64 = 3_600;

/// The fields of the search, with the names that deep links of MyPay use (`portals.md` §1.2).
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    #[serde(alias = "numeroAvviso")]
    avviso: String,
    ente: String,
    #[serde(alias = "codIdUnivoco")]
    debitore: String,
    noto: String,
}

impl Typed {
    fn form(self) -> SearchForm {
        SearchForm { notice: self.avviso, organization: self.ente, debtor: self.debitore, known: None }
    }
}

/// `GET /paga/avviso`.
pub(super) async fn form(State(state): State<PortalState>, Query(typed): Query<Typed>) -> Response {
    page(&state, StatusCode::OK, &typed.form(), &SearchErrors::default(), false)
}

/// `GET /paga/avviso/{cfEnte}/{nav}`: asks only the debtor. What cannot be read is shown in the whole form.
pub(super) async fn deep_link(
    State(state): State<PortalState>,
    Path((organization, notice)): Path<(String, String)>,
) -> Response {
    let mut form = SearchForm { notice, organization, ..SearchForm::default() };
    form.known = known(&state, &form);
    page(&state, StatusCode::OK, &form, &SearchErrors::default(), false)
}

/// `POST /paga/avviso`: sends to the signed link of the notice. Not found, wrong debtor and unknown ente get the
/// same answer.
pub(super) async fn search(
    State(state): State<PortalState>,
    Client(client): Client,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let from_deep_link = !typed.noto.is_empty();
    let mut form = typed.form();
    if from_deep_link {
        form.known = known(&state, &form);
    }
    let query = match notice_input::read(state.site.t, &form) {
        Ok(query) => query,
        Err(errors) => return Ok(page(&state, StatusCode::UNPROCESSABLE_ENTITY, &form, &errors, false)),
    };
    state.searches.take(client, Instant::now()).map_err(Problem::TooMany)?;
    match find(&state, &query).await? {
        Some(notice) => {
            let link = state.links.issue(notice.organization_id, notice.id, state.engine.clock().now());
            Ok(Redirect::to(&address(&link)).into_response())
        }
        None if query.wanted.looks_mistyped() => {
            let text = state.site.t.invalid.notice_check.to_owned();
            let errors = SearchErrors { notice: Some(text), ..SearchErrors::default() };
            form.known = None;
            Ok(page(&state, StatusCode::UNPROCESSABLE_ENTITY, &form, &errors, false))
        }
        None => Ok(page(&state, StatusCode::NOT_FOUND, &form, &SearchErrors::default(), true)),
    }
}

/// `GET /paga/avviso/s/{link}`.
pub(super) async fn show(
    State(state): State<PortalState>,
    Path(link): Path<String>,
) -> Result<Response, Problem> {
    let notice = linked(&state, &link).await?;
    let snapshot = state.engine.registry.snapshot();
    let organization = snapshot.organization(notice.organization_id).ok_or(Problem::Internal)?;
    let debt_type = snapshot.debt_type(notice.organization_id, notice.type_id);
    let printable =
        debt_type.is_some_and(|found| !found.profile.print_disabled && !found.profile.digital_stamp);
    let status = status_of(&state, &notice)?;
    let receipts = state.engine.receipts.of_installment(notice.organization_id, notice.id).await?;
    let view = NoticeView {
        organization: organization.name.clone(),
        description: notice.description.clone(),
        amount: notice.amount,
        due_date: notice.due_date,
        number: notice.notice_number.as_ref().map(NoticeNumber::grouped).unwrap_or_default(),
        printable: printable && notice.notice_number.is_some() && status == NoticeStatus::Payable,
        receipt: !receipts.is_empty(),
        status,
        link: address(&link),
    };
    Ok(super::html(StatusCode::OK, found(&state.site, &view)))
}

/// `POST /paga/avviso/s/{link}/paga`: prepares a cart and shows its recap. A notice that can no longer be paid goes
/// back to its page, which says why.
pub(super) async fn pay(
    State(state): State<PortalState>,
    trace: Trace,
    Path(link): Path<String>,
) -> Result<Response, Problem> {
    let notice = linked(&state, &link).await?;
    if status_of(&state, &notice)? != NoticeStatus::Payable {
        return Ok(Redirect::to(&address(&link)).into_response());
    }
    let (session_id, token) = (token::session_id()?, token::landing()?);
    let back = |outcome| state.site.config.absolute(&format!("/carrello/{token}/rientro/{outcome}"));
    let cart = NewCart {
        organization_id: notice.organization_id,
        session_id,
        landing_token: token.clone(),
        channel: Channel::Portal,
        show_recap: true,
        return_url: None,
        checkout_returns: CheckoutReturns {
            ok: back("ok"),
            cancel: back("annullato"),
            error: back("errore"),
        },
        items: vec![CartItem::Existing {
            organization_id: notice.organization_id,
            installment_id: notice.id,
        }],
        lifetime_s: CART_LIFETIME_S,
    };
    state.engine.carts.prepare(&trace.call("paga avviso"), cart).await?;
    Ok(Redirect::to(&format!("/carrello/{token}")).into_response())
}

/// `GET /paga/avviso/s/{link}/avviso.pdf`.
pub(super) async fn notice_pdf(
    State(state): State<PortalState>,
    Path(link): Path<String>,
) -> Result<Response, Problem> {
    let notice = linked(&state, &link).await?;
    let content = state.engine.documents.notice_of(&notice).await?.ok_or(Problem::NotFound)?;
    let number = notice.notice_number.as_ref().map_or("", NoticeNumber::as_str);
    Ok(super::pdf(&format!("avviso-{number}"), content))
}

/// `GET /paga/avviso/s/{link}/ricevuta.pdf`: the first receipt, which paid the notice.
pub(super) async fn receipt_pdf(
    State(state): State<PortalState>,
    Path(link): Path<String>,
) -> Result<Response, Problem> {
    let notice = linked(&state, &link).await?;
    let receipts = state.engine.receipts.of_installment(notice.organization_id, notice.id).await?;
    let receipt = receipts.into_iter().next().ok_or(Problem::NotFound)?;
    let content = state
        .engine
        .documents
        .receipt_pdf(receipt.organization_id, receipt.key)
        .await?
        .ok_or(Problem::NotFound)?;
    Ok(super::pdf(&format!("ricevuta-{}", receipt.content.iuv), content))
}

fn address(link: &str) -> String {
    format!("/paga/avviso/s/{link}")
}

/// The notice of a signed link.
async fn linked(state: &PortalState, link: &str) -> Result<Installment, Problem> {
    let (organization, installment) =
        state.links.check(link, state.engine.clock().now()).ok_or(Problem::LinkExpired)?;
    state.engine.positions.by_id(organization, installment).await?.ok_or(Problem::LinkExpired)
}

/// The notice that a search means, if the debtor is the right one.
async fn find(state: &PortalState, query: &notice_input::Query) -> Result<Option<Installment>, Problem> {
    let Some(organization) = open_to_citizens(state, &query.organization) else { return Ok(None) };
    let positions = &state.engine.positions;
    let found = match &query.wanted {
        Wanted::Notice(notice) => positions.by_notice(organization.id, notice).await?,
        Wanted::Iuv(iuv) => positions.by_iuv(organization.id, iuv).await?.into_iter().next(),
    };
    Ok(found.filter(|notice| {
        let shown = !matches!(notice.status, InstallmentStatus::Draft | InstallmentStatus::Invalid);
        // What a cart of a SIL made for itself is paid in that cart.
        let own = !notice.cart_only || notice.status.is_paid();
        shown && own && notice.debtor.code.as_str().eq_ignore_ascii_case(query.debtor.as_str())
    }))
}

/// Enti in production; in collaudo also those that are testing.
fn open_to_citizens(state: &PortalState, code: &OrganizationFiscalCode) -> Option<Arc<Organization>> {
    let snapshot = state.engine.registry.snapshot();
    snapshot.organization_by_fiscal_code(code.as_str()).filter(|found| shown(state, found)).cloned()
}

fn shown(state: &PortalState, organization: &Organization) -> bool {
    match organization.status {
        OrganizationStatus::Production => true,
        OrganizationStatus::PreProduction => state.site.config.environment == Environment::Collaudo,
        OrganizationStatus::Registered => false,
    }
}

/// How the notice stands today.
fn status_of(state: &PortalState, notice: &Installment) -> Result<NoticeStatus, Problem> {
    match state.engine.positions.resolve(notice.clone()) {
        Ok(_) if notice.notice_number.is_none() => Ok(NoticeStatus::Unavailable),
        Ok(_) => Ok(NoticeStatus::Payable),
        Err(PayError::NotPayable(NotPayable::AlreadyPaid)) => Ok(NoticeStatus::Paid),
        Err(PayError::NotPayable(NotPayable::Expired)) => Ok(NoticeStatus::Expired),
        Err(PayError::NotPayable(NotPayable::Cancelled)) => Ok(NoticeStatus::Cancelled),
        Err(PayError::NotPayable(_) | PayError::Unknown | PayError::NoAccount(_)) => {
            Ok(NoticeStatus::Unavailable)
        }
        Err(PayError::Engine(error)) => Err(error.into()),
    }
}

/// The notice of a deep link, when its codes are well formed and the ente is ours. Whether it exists is not said.
fn known(state: &PortalState, form: &SearchForm) -> Option<KnownNotice> {
    let notice = NoticeNumber::parse(form.notice.trim()).ok()?;
    let organization = OrganizationFiscalCode::parse(form.organization.trim()).ok()?;
    let organization = open_to_citizens(state, &organization)?;
    Some(KnownNotice { organization_name: organization.name.clone(), number: notice.grouped() })
}

fn page(
    state: &PortalState,
    status: StatusCode,
    form: &SearchForm,
    errors: &SearchErrors,
    not_found: bool,
) -> Response {
    let organizations: Vec<(String, String)> = state
        .engine
        .registry
        .snapshot()
        .organizations()
        .iter()
        .filter(|organization| shown(state, organization))
        .take(LISTED_AT_MOST + 1)
        .map(|organization| (organization.fiscal_code.to_string(), organization.name.clone()))
        .collect();
    super::html(status, search_page(&state.site, form, errors, not_found, &organizations))
}
