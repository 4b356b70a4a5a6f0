//! The checkout: a browser pays a cart with a test card.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Form, Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use jiff::civil::Date;
use serde::Deserialize;

use crate::Nation;
use crate::cards::{self, CardOutcome, TestCard};
use crate::carts::{Cart, is_email};
use crate::message::{ActivationTerms, TransferKind};
use crate::node::{Attempt, NodeFault, Payment, TOKEN_SECONDS};
use crate::pages;
use crate::pages::checkout::FieldError;
use crate::psp::{ACQUIRER, fee};

/// How long the receipt of the "delayed" card takes, in seconds.
const DELAY_SECONDS: i64 = 30;
/// How long the browser waits for the receipts to be delivered before it goes back anyway.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long the authorisation that never answers keeps the browser waiting.
const SILENCE: Duration = Duration::from_secs(2);

/// What the payer writes.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct CardForm {
    pub email: String,
    pub card: String,
    pub expiry: String,
    pub cvv: String,
}

/// Query of the page: a test card to fill in.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Choice {
    carta: Option<String>,
}

/// `GET /sandbox/checkout/c/{id}`
pub(crate) async fn show(
    State(nation): State<Arc<Nation>>,
    Path(id): Path<String>,
    Query(choice): Query<Choice>,
) -> Response {
    let Some(cart) = nation.carts.get(&id, nation.node.clock.now()) else { return unknown() };
    if let Some(location) = cart.closed.lock().await.as_deref() {
        return pages::ok(pages::checkout::closed(location));
    }
    let mut form = CardForm { email: cart.email.clone().unwrap_or_default(), ..CardForm::default() };
    if let Some(card) = choice.carta.as_deref().and_then(cards::find) {
        form.card = card.number.to_owned();
        form.expiry = card.expiry.to_owned();
        form.cvv = card.cvv.to_owned();
    }
    pages::ok(pages::checkout::pay(&cart, &form, &[]))
}

/// `POST /sandbox/checkout/c/{id}`
pub(crate) async fn pay(
    State(nation): State<Arc<Nation>>,
    Path(id): Path<String>,
    Form(form): Form<CardForm>,
) -> Response {
    let now = nation.node.clock.now();
    let Some(cart) = nation.carts.get(&id, now) else { return unknown() };
    let today = now.to_zoned(crate::clock::rome()).date();
    let card = match check(&form, today) {
        Ok(card) => card,
        Err(errors) => {
            let page = pages::checkout::pay(&cart, &form, &errors);
            return (StatusCode::UNPROCESSABLE_ENTITY, pages::html(page)).into_response();
        }
    };
    // On its own task: a browser that goes away does not stop a payment half way.
    let work = tokio::spawn(async move {
        let mut closed = cart.closed.lock().await;
        if let Some(location) = closed.as_ref() {
            return location.clone();
        }
        let location = settle(&nation, &cart, card).await;
        *closed = Some(location.clone());
        location
    });
    match work.await {
        Ok(location) => Redirect::to(&location).into_response(),
        Err(_) => unknown(),
    }
}

/// `POST /sandbox/checkout/c/{id}/annulla`
pub(crate) async fn cancel(State(nation): State<Arc<Nation>>, Path(id): Path<String>) -> Response {
    let Some(cart) = nation.carts.get(&id, nation.node.clock.now()) else { return unknown() };
    let mut closed = cart.closed.lock().await;
    let location = closed.get_or_insert_with(|| cart.urls.cancel.clone());
    Redirect::to(location).into_response()
}

fn unknown() -> Response {
    (StatusCode::NOT_FOUND, pages::html(pages::checkout::unknown())).into_response()
}

fn check(form: &CardForm, today: Date) -> Result<&'static TestCard, Vec<FieldError>> {
    let mut errors = Vec::new();
    if !is_email(form.email.trim()) {
        errors.push(FieldError::new("email", "Inserisci un indirizzo e-mail, ad esempio nome@example.org"));
    }
    let card = cards::find(&form.card);
    if card.is_none() {
        errors.push(FieldError::new("card", "Usa il numero di una delle carte di prova"));
    }
    match expiry(&form.expiry) {
        Some((year, month)) if (year, month) >= (today.year(), today.month()) => {}
        Some(_) => errors.push(FieldError::new("expiry", "La carta è scaduta")),
        None => errors.push(FieldError::new("expiry", "Scrivi mese e anno come MM/AA, ad esempio 12/30")),
    }
    let cvv = form.cvv.trim();
    if cvv.len() != 3 || !cvv.bytes().all(|b| b.is_ascii_digit()) {
        errors.push(FieldError::new("cvv", "Il codice di sicurezza è di tre cifre"));
    }
    match card {
        Some(card) if errors.is_empty() => Ok(card),
        _ => Err(errors),
    }
}

/// Year and month of `MM/YY`.
fn expiry(text: &str) -> Option<(i16, i8)> {
    let (month, year) = text.trim().split_once('/')?;
    let two = |part: &str| {
        let digits = part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| part.parse::<i8>().ok()).flatten()
    };
    let month = two(month).filter(|m| (1..=12).contains(m))?;
    Some((i16::from(two(year)?).saturating_add(2000), month))
}

/// Activates all the notices, then does what the card says. Gives the address to go back to.
async fn settle(nation: &Arc<Nation>, cart: &Cart, card: &TestCard) -> String {
    let attempts = match activate_all(nation, cart).await {
        Ok(attempts) => attempts,
        Err(fault) => {
            tracing::info!(
                cart = cart.id,
                fault = fault.fault_code,
                detail = fault.detail,
                "the cart cannot be paid"
            );
            return cart.urls.error.clone();
        }
    };
    let (delay_seconds, copies) = match card.outcome {
        CardOutcome::Success => (0, 1),
        CardOutcome::SuccessTwice => (0, 2),
        CardOutcome::SuccessDelayed => (DELAY_SECONDS, 1),
        CardOutcome::Refused | CardOutcome::Abandoned | CardOutcome::Timeout => {
            if card.outcome == CardOutcome::Timeout {
                tokio::time::sleep(SILENCE).await;
            }
            for attempt in &attempts {
                nation.node.release(&attempt.notice, &attempt.token);
            }
            return match card.outcome {
                CardOutcome::Abandoned => cart.urls.cancel.clone(),
                _ => cart.urls.error.clone(),
            };
        }
    };
    let node = Arc::clone(&nation.node);
    // The fee is of the payment as a whole: the first receipt carries it.
    let mut first = true;
    let work = tokio::spawn(async move {
        let mut kept = true;
        for attempt in &attempts {
            let payment = Payment {
                psp: ACQUIRER,
                method: "CP",
                fee: if std::mem::take(&mut first) { fee(ACQUIRER) } else { model::Cents::ZERO },
                amount: None,
                delay_seconds,
                copies,
            };
            if let Err(error) = node.conclude(attempt, &payment, &mut Vec::new()).await {
                tracing::error!(%error, "receipts not kept");
                kept = false;
            }
        }
        kept
    });
    match (tokio::time::timeout(PATIENCE, work).await, &cart.urls.waiting) {
        (Ok(Ok(false) | Err(_)), _) => cart.urls.error.clone(),
        (Err(_), Some(waiting)) => waiting.clone(),
        (Ok(Ok(true)), Some(waiting)) if delay_seconds > 0 => waiting.clone(),
        (Ok(Ok(true)) | Err(_), _) => cart.urls.ok.clone(),
    }
}

async fn activate_all(nation: &Nation, cart: &Cart) -> Result<Vec<Attempt>, NodeFault> {
    let node = &nation.node;
    let mut attempts: Vec<Attempt> = Vec::new();
    let mut calls = Vec::new();
    for item in &cart.notices {
        let terms = ActivationTerms {
            amount: Some(item.amount),
            payment_note: cart.id_cart.clone(),
            transfer_kind: Some(if cart.all_ccp { TransferKind::Postal } else { TransferKind::PagoPa }),
        };
        let one = async {
            let verified = node.verify(&item.notice, &mut calls).await?;
            match verified.option {
                Some(option) if option.amount != item.amount => Err(NodeFault::new(
                    "PPT_SEMANTICA",
                    format!("il carrello dice {}, l’ente {}", item.amount, option.amount),
                )),
                _ => node.activate(&item.notice, &terms, TOKEN_SECONDS, &mut calls).await,
            }
        };
        match one.await {
            Ok(attempt) => attempts.push(attempt),
            Err(fault) => {
                for attempt in &attempts {
                    node.release(&attempt.notice, &attempt.token);
                }
                return Err(fault);
            }
        }
    }
    Ok(attempts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_names_each_wrong_field() {
        let today = "2026-11-21".parse().unwrap();
        let good = CardForm {
            email: "ada@example.org".into(),
            card: "4000 0000 0000 0010".into(),
            expiry: "11/26".into(),
            cvv: "123".into(),
        };
        assert_eq!(check(&good, today).unwrap().outcome, CardOutcome::Success);
        let wrong = |change: fn(&mut CardForm)| {
            let mut form = good.clone();
            change(&mut form);
            check(&form, today).unwrap_err().iter().map(|e| e.field).collect::<Vec<_>>()
        };
        assert_eq!(wrong(|f| f.email = "ada".into()), ["email"]);
        assert_eq!(wrong(|f| f.email = "a@b..c".into()), ["email"]);
        assert_eq!(wrong(|f| f.card = "4111111111111111".into()), ["card"]);
        for expiry in ["10/26", "", "1/27", "13/30", "00/30", "1230", "aa/bb", "12/3x"] {
            let form = CardForm { expiry: expiry.into(), ..good.clone() };
            assert_eq!(check(&form, today).unwrap_err()[0].field, "expiry", "{expiry}");
        }
        assert_eq!(wrong(|f| f.cvv = "12".into()), ["cvv"]);
        assert_eq!(wrong(|f| *f = CardForm::default()), ["email", "card", "expiry", "cvv"]);
    }
}
