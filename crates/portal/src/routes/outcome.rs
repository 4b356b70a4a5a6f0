//! Outcome of a cart: the page, the state that its script asks for, the receipts.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use engine::carts::{Cart, CartItem, CartState, Channel};
use engine::positions::Installment;
use engine::receipts::Receipt;
use model::{Cents, NoticeNumber};
use serde::Deserialize;

use super::cart::{Content, by_token, cart_link, name_of, outcome_link};
use crate::pages::outcome::{OutcomeView, Payment, Phase, ReceiptView, render};
use crate::problem::Problem;
use crate::state::PortalState;

/// Parameters of the page.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Options {
    /// `no`: no automatic refresh.
    aggiorna: String,
}

/// `GET /esito/{token}`.
pub(super) async fn show(
    State(state): State<PortalState>,
    Path(token): Path<String>,
    Query(options): Query<Options>,
) -> Result<Response, Problem> {
    let cart = by_token(&state, &token).await?;
    let view = view(&state, &cart).await?;
    Ok(super::html(StatusCode::OK, render(&state.site, &view, options.aggiorna == "no")))
}

/// `GET /esito/{token}/stato`.
pub(super) async fn status(
    State(state): State<PortalState>,
    Path(token): Path<String>,
) -> Result<Response, Problem> {
    let cart = by_token(&state, &token).await?;
    let view = view(&state, &cart).await?;
    Ok(Json(view.status(state.site.t)).into_response())
}

/// `GET /esito/{token}/ricevuta/{n}.pdf`: the receipt of the n-th payment, from 1.
pub(super) async fn receipt_pdf(
    State(state): State<PortalState>,
    Path((token, file)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let number: usize = file.strip_suffix(".pdf").and_then(|n| n.parse().ok()).ok_or(Problem::NotFound)?;
    let cart = by_token(&state, &token).await?;
    let (organization, installment) =
        number.checked_sub(1).and_then(|at| cart.payments.get(at)).copied().ok_or(Problem::NotFound)?;
    let receipts = state.engine.receipts.of_installment(organization, installment).await?;
    let receipt = first(receipts).ok_or(Problem::NotFound)?;
    let content = state
        .engine
        .documents
        .receipt_pdf(receipt.organization_id, receipt.key)
        .await?
        .ok_or(Problem::NotFound)?;
    Ok(super::pdf(&format!("ricevuta-{}", receipt.content.iuv), content))
}

/// The receipt that paid: the first to come. Later ones are second payments, which the ente refunds.
fn first(receipts: Vec<Receipt>) -> Option<Receipt> {
    receipts.into_iter().next()
}

async fn view(state: &PortalState, cart: &Cart) -> Result<OutcomeView, Problem> {
    let (payments, total) =
        if cart.payments.is_empty() { asked(state, cart).await? } else { being_paid(state, cart).await? };
    let now = state.engine.clock().now();
    Ok(OutcomeView {
        link: outcome_link(&cart.landing_token),
        cart_link: cart_link(&cart.landing_token),
        phase: match cart.state {
            CartState::Prepared | CartState::Ready => Phase::Waiting,
            CartState::InProgress => Phase::InProgress,
            CartState::Paid => Phase::Paid,
            CartState::Cancelled => Phase::Cancelled,
            CartState::Expired => Phase::Expired,
        },
        code: cart.session_id.clone(),
        payments,
        total,
        created_at: cart.created_at,
        updated_at: cart.updated_at,
        now,
        back: way_back(state, cart),
        retry: retry(state, cart).await?,
        from_portal: cart.channel == Channel::Portal,
    })
}

/// Before the confirmation: what the cart asks for.
async fn asked(state: &PortalState, cart: &Cart) -> Result<(Vec<Payment>, Cents), Problem> {
    let content = Content::of(state, cart).await?;
    let mut payments = Vec::new();
    for group in content.groups {
        for line in group.lines {
            payments.push(Payment {
                organization: group.organization.clone(),
                description: line.description,
                amount: line.amount,
                number: line.number,
                receipt: None,
            });
        }
    }
    Ok((payments, content.total))
}

/// After it: one payment for each notice of the national cart, with its receipt.
async fn being_paid(state: &PortalState, cart: &Cart) -> Result<(Vec<Payment>, Cents), Problem> {
    let snapshot = state.engine.registry.snapshot();
    let mut payments = Vec::with_capacity(cart.payments.len());
    for (number, (organization, installment)) in (1usize..).zip(&cart.payments) {
        let found =
            state.engine.positions.by_id(*organization, *installment).await?.ok_or(Problem::Internal)?;
        let receipts = state.engine.receipts.of_installment(*organization, *installment).await?;
        let link = format!("{}/ricevuta/{number}.pdf", outcome_link(&cart.landing_token));
        payments.push(payment(name_of(&snapshot, *organization)?, found, first(receipts), link));
    }
    let total = Cents::sum(payments.iter().map(|payment| payment.amount)).map_err(|_| Problem::Internal)?;
    Ok((payments, total))
}

fn payment(organization: String, found: Installment, receipt: Option<Receipt>, link: String) -> Payment {
    Payment {
        organization,
        description: found.description,
        // What was paid, when it is known: it may differ from what was asked.
        amount: receipt.as_ref().map_or(found.amount, |receipt| receipt.content.amount),
        number: found.notice_number.as_ref().map(NoticeNumber::grouped),
        receipt: receipt.map(|receipt| ReceiptView {
            paid_at: receipt.content.paid_at,
            received_at: receipt.received_at,
            psp: receipt.content.psp.name,
            link,
        }),
    }
}

/// Back to the SIL by the address of its dialect, which adds the parameters of its contract; or else to the site of
/// the ente.
fn way_back(state: &PortalState, cart: &Cart) -> Option<(String, String)> {
    let snapshot = state.engine.registry.snapshot();
    let organization = snapshot.organization(cart.organization_id)?;
    let by_dialect = cart.channel != Channel::Portal && cart.return_url.is_some();
    let address = if by_dialect {
        match cart.state {
            CartState::Paid | CartState::InProgress => Some(cart.checkout_returns.ok.clone()),
            CartState::Cancelled | CartState::Expired => Some(cart.checkout_returns.cancel.clone()),
            // Going back now would cancel a cart that can still be paid.
            CartState::Prepared | CartState::Ready => None,
        }
    } else {
        organization.profile.address.web.clone().filter(|web| is_web(web))
    };
    Some((organization.name.clone(), address?))
}

fn is_web(address: &str) -> bool {
    url::Url::parse(address).is_ok_and(|url| matches!(url.scheme(), "https" | "http"))
}

/// A cart of one notice, made here, can be made again from the notice.
async fn retry(state: &PortalState, cart: &Cart) -> Result<Option<String>, Problem> {
    let (Channel::Portal, [CartItem::Existing { organization_id, installment_id }]) =
        (cart.channel, cart.items.as_slice())
    else {
        return Ok(None);
    };
    let snapshot = state.engine.registry.snapshot();
    let Some(organization) = snapshot.organization(*organization_id) else { return Ok(None) };
    let notice = state.engine.positions.by_id(*organization_id, *installment_id).await?;
    Ok(notice
        .and_then(|notice| notice.notice_number)
        .map(|number| format!("/paga/avviso/{}/{number}", organization.fiscal_code)))
}
