//! Carts: recap, confirmation, giving up, coming back.

use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use engine::carts::{BrowserOutcome, Cart, CartItem, CartState, Channel, NewDebt, Payer, Replica};
use engine::positions::TransferPayee;
use engine::registry::Snapshot;
use engine::{InstallmentId, OrganizationId};
use model::{Cents, Email, NoticeNumber, Person};
use serde::Deserialize;

use crate::format;
use crate::pages::cart::{CartView, Debtor, Group, Line, render};
use crate::problem::Problem;
use crate::security::LeavesSite;
use crate::state::{PortalState, Trace};

/// The form of the recap.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Confirmation {
    email: String,
}

/// `GET /carrello/{token}`. A cart that is over has only an outcome.
pub(super) async fn show(
    State(state): State<PortalState>,
    Path(token): Path<String>,
) -> Result<Response, Problem> {
    let cart = by_token(&state, &token).await?;
    if cart.state.is_final() {
        return Ok(Redirect::to(&outcome_link(&token)).into_response());
    }
    recap(&state, &cart, StatusCode::OK, "", None).await
}

/// `POST /carrello/{token}`: sends to the national checkout.
pub(super) async fn confirm(
    State(state): State<PortalState>,
    trace: Trace,
    Path(token): Path<String>,
    Form(form): Form<Confirmation>,
) -> Result<Response, Problem> {
    let typed = form.email.trim();
    let email = if typed.is_empty() { Ok(None) } else { Email::parse(typed).map(Some) };
    let Ok(email) = email else {
        let cart = by_token(&state, &token).await?;
        let error = state.site.t.invalid.email;
        return recap(&state, &cart, StatusCode::UNPROCESSABLE_ENTITY, typed, Some(error)).await;
    };
    let payer = Payer { email: email.map(|email| email.to_string()) };
    let address = state
        .engine
        .carts
        .confirm(&trace.call("conferma carrello"), &token, payer)
        .await
        .map_err(|error| Problem::of_confirm(error, &token))?;
    Ok(Redirect::to(&address).into_response())
}

/// `POST /carrello/{token}/abbandona`: closes the cart. A cart of a SIL goes back to it by the address that its dialect
/// gave for a payer who gives up, so that the SIL gets the parameters of its contract.
pub(super) async fn abandon(
    State(state): State<PortalState>,
    trace: Trace,
    Path(token): Path<String>,
) -> Result<Response, Problem> {
    let call = trace.call("abbandona carrello");
    let cart = state
        .engine
        .carts
        .came_back(&call, &token, BrowserOutcome::Cancelled)
        .await?
        .ok_or(Problem::CartNotFound)?;
    let to = match cart.channel {
        Channel::Sil | Channel::SilNotice => cart.checkout_returns.cancel,
        Channel::Portal => outcome_link(&token),
    };
    Ok(Redirect::to(&to).into_response())
}

/// `GET /carrello/{token}/rientro/{esito}`: the checkout sends a payer of the portal back here. What it says is the
/// outcome of the browser, not of the payment.
pub(super) async fn came_back(
    State(state): State<PortalState>,
    trace: Trace,
    Path((token, outcome)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let outcome = match outcome.as_str() {
        "ok" => BrowserOutcome::Ok,
        "annullato" => BrowserOutcome::Cancelled,
        "errore" => BrowserOutcome::Error,
        _ => return Err(Problem::NotFound),
    };
    state
        .engine
        .carts
        .came_back(&trace.call("rientro dal checkout"), &token, outcome)
        .await?
        .ok_or(Problem::CartNotFound)?;
    Ok(Redirect::to(&outcome_link(&token)).into_response())
}

/// The cart with this name.
pub(super) async fn by_token(state: &PortalState, token: &str) -> Result<Cart, Problem> {
    state.engine.carts.by_token(token).await?.ok_or(Problem::CartNotFound)
}

pub(super) fn outcome_link(token: &str) -> String {
    format!("/esito/{token}")
}

pub(super) fn cart_link(token: &str) -> String {
    format!("/carrello/{token}")
}

async fn recap(
    state: &PortalState,
    cart: &Cart,
    status: StatusCode,
    email: &str,
    error: Option<&str>,
) -> Result<Response, Problem> {
    let view = view(state, cart).await?;
    let mut response = super::html(status, render(&state.site, &view, email, error));
    response.extensions_mut().insert(LeavesSite);
    Ok(response)
}

/// What a cart holds, by beneficiary and debtor.
#[derive(Default)]
pub(super) struct Content {
    pub groups: Vec<Group>,
    pub debtors: Vec<Debtor>,
    pub total: Cents,
}

impl Content {
    /// Reads what a cart holds.
    pub async fn of(state: &PortalState, cart: &Cart) -> Result<Self, Problem> {
        let snapshot = state.engine.registry.snapshot();
        let mut content = Self::default();
        for item in &cart.items {
            match item {
                CartItem::New(debt) => content.add_new(&snapshot, cart.organization_id, debt)?,
                CartItem::Existing { organization_id, installment_id } => {
                    content.add_existing(state, &snapshot, *organization_id, *installment_id).await?;
                }
            }
        }
        Ok(content)
    }

    fn add_new(&mut self, snapshot: &Snapshot, owner: OrganizationId, debt: &NewDebt) -> Result<(), Problem> {
        let line = &debt.line;
        let name = match &line.beneficiary_name {
            Some(name) => name.clone(),
            None => name_of(snapshot, owner)?,
        };
        let shown = Line {
            description: line.remittance.clone(),
            amount: line.amount,
            due_date: None,
            number: None,
            iud: line.iud.as_ref().map(ToString::to_string),
            stamp: matches!(line.payee, TransferPayee::Stamp { .. }),
        };
        self.add(name, shown, &debt.debtor)
    }

    async fn add_existing(
        &mut self,
        state: &PortalState,
        snapshot: &Snapshot,
        organization: OrganizationId,
        installment: InstallmentId,
    ) -> Result<(), Problem> {
        let notice =
            state.engine.positions.by_id(organization, installment).await?.ok_or(Problem::CartNotFound)?;
        let shown = Line {
            description: notice.description,
            amount: notice.amount,
            due_date: notice.due_date,
            number: notice.notice_number.as_ref().map(NoticeNumber::grouped),
            iud: None,
            stamp: false,
        };
        self.add(name_of(snapshot, organization)?, shown, &notice.debtor)
    }

    fn add(&mut self, organization: String, line: Line, debtor: &Person) -> Result<(), Problem> {
        self.total = self.total.checked_add(line.amount).map_err(|_| Problem::Internal)?;
        match self.groups.iter_mut().find(|group| group.organization == organization) {
            Some(group) => group.lines.push(line),
            None => self.groups.push(Group { organization, lines: vec![line] }),
        }
        let debtor = Debtor { name: debtor.full_name.clone(), code: format::masked(debtor.code.as_str()) };
        if !self.debtors.contains(&debtor) {
            self.debtors.push(debtor);
        }
        Ok(())
    }
}

/// The name of an ente.
pub(super) fn name_of(snapshot: &Snapshot, organization: OrganizationId) -> Result<String, Problem> {
    snapshot.organization(organization).map(|found| found.name.clone()).ok_or(Problem::Internal)
}

fn host(address: &str) -> Option<String> {
    url::Url::parse(address).ok()?.host_str().map(str::to_owned)
}

async fn view(state: &PortalState, cart: &Cart) -> Result<CartView, Problem> {
    let content = Content::of(state, cart).await?;
    Ok(CartView {
        link: cart_link(&cart.landing_token),
        outcome_link: outcome_link(&cart.landing_token),
        groups: content.groups,
        total: content.total,
        debtors: content.debtors,
        expires_at: cart.expires_at,
        returns_to: cart.return_url.as_deref().and_then(host),
        in_progress: cart.state == CartState::InProgress,
        replica: if cart.state == CartState::Prepared {
            state.engine.carts.replica(cart).await?
        } else {
            Replica::None
        },
        from_portal: cart.channel == Channel::Portal,
    })
}
