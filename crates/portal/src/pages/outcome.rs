//! Outcome of a payment, followed while it happens.

use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};
use model::Cents;
use serde::Serialize;

use crate::format;
use crate::texts::{Texts, fill};
use crate::ui::feedback::{Tone, alert, callout};
use crate::ui::list::{Event, Progress, Step, stepper, summary, timeline};
use crate::ui::{Frame, Section, Site, icon, page};

/// After this a citizen who waits is told what to do (`portals.md` REQ-CIT-8).
pub(crate) const LATE_AFTER: SignedDuration = SignedDuration::from_mins(30);
/// How often a browser without JavaScript asks again, seconds.
const REFRESH_S: u32 = 15;

/// Where a payment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Phase {
    /// Not at the checkout yet.
    Waiting,
    /// At the checkout, or back and without receipt.
    InProgress,
    /// Every receipt is there.
    Paid,
    Cancelled,
    Expired,
}

/// The outcome of one cart.
#[derive(Debug, Clone)]
pub(crate) struct OutcomeView {
    /// `/esito/{token}`.
    pub link: String,
    /// `/carrello/{token}`.
    pub cart_link: String,
    pub phase: Phase,
    /// The code that assistance asks for (`idSession`).
    pub code: String,
    pub payments: Vec<Payment>,
    pub total: Cents,
    pub created_at: Timestamp,
    /// Last change of the cart.
    pub updated_at: Timestamp,
    pub now: Timestamp,
    /// Where the citizen came from: name and address.
    pub back: Option<(String, String)>,
    /// Where to try again: the address of the notice.
    pub retry: Option<String>,
    pub from_portal: bool,
}

/// One payment of the cart.
#[derive(Debug, Clone)]
pub(crate) struct Payment {
    pub organization: String,
    pub description: String,
    pub amount: Cents,
    pub number: Option<String>,
    /// What the receipt says, when there is one.
    pub receipt: Option<ReceiptView>,
}

/// A receipt, as far as the page shows it.
#[derive(Debug, Clone)]
pub(crate) struct ReceiptView {
    pub paid_at: Timestamp,
    pub received_at: Timestamp,
    pub psp: String,
    /// Address of the PDF.
    pub link: String,
}

/// What the page asks for while it waits (`/esito/{token}/stato`).
#[derive(Debug, Serialize, PartialEq, Eq)]
pub(crate) struct Status {
    /// Changes whenever the page would look different.
    pub version: String,
    /// Nothing more is expected.
    pub finished: bool,
    /// The state in words.
    pub message: &'static str,
}

impl OutcomeView {
    fn receipts(&self) -> impl Iterator<Item = &ReceiptView> {
        self.payments.iter().filter_map(|payment| payment.receipt.as_ref())
    }

    fn late(&self) -> bool {
        self.phase == Phase::InProgress && self.now.duration_since(self.updated_at) > LATE_AFTER
    }

    /// The state for the script of the page.
    pub fn status(&self, t: &Texts) -> Status {
        let (_, title, _) = self.words(t);
        Status {
            version: format!("{:?}-{}-{}", self.phase, self.receipts().count(), u8::from(self.late())),
            finished: !matches!(self.phase, Phase::Waiting | Phase::InProgress),
            message: title,
        }
    }

    fn words(&self, t: &Texts) -> (Tone, &'static str, &'static str) {
        let t = &t.outcome;
        match self.phase {
            Phase::Waiting => (Tone::Info, t.waiting_title, t.waiting_text),
            Phase::InProgress if self.receipts().next().is_some() => {
                (Tone::Info, t.progress_title, t.partial_text)
            }
            Phase::InProgress => (Tone::Info, t.progress_title, t.progress_text),
            Phase::Paid => (Tone::Success, t.paid_title, t.paid_text),
            Phase::Cancelled => (Tone::Warning, t.cancelled_title, t.cancelled_text),
            Phase::Expired => (Tone::Warning, t.expired_title, t.expired_text),
        }
    }

    fn events(&self, t: &Texts) -> Vec<Event> {
        let t = &t.outcome;
        let event =
            |text, at: Option<Timestamp>, progress| Event { text, at: at.map(format::moment), progress };
        let mut events = vec![event(t.step_created, Some(self.created_at), Progress::Done)];
        let paid_at = self.receipts().map(|receipt| receipt.paid_at).min();
        let arrived_at = self.receipts().map(|receipt| receipt.received_at).max();
        match self.phase {
            Phase::Waiting => {
                events.push(event(t.step_sent, None, Progress::Current));
                events.push(event(t.step_paying, None, Progress::Todo));
                events.push(event(t.step_receipt, None, Progress::Todo));
            }
            Phase::InProgress => {
                events.push(event(t.step_sent, Some(self.updated_at), Progress::Done));
                let paying = if paid_at.is_some() { Progress::Done } else { Progress::Current };
                events.push(event(t.step_paying, paid_at, paying));
                let last = if paid_at.is_some() { Progress::Current } else { Progress::Todo };
                events.push(event(t.step_receipt, None, last));
            }
            Phase::Paid => {
                events.push(event(t.step_sent, None, Progress::Done));
                events.push(event(t.step_paying, paid_at, Progress::Done));
                events.push(event(t.step_receipt, arrived_at, Progress::Done));
            }
            Phase::Cancelled => {
                events.push(event(t.step_cancelled, Some(self.updated_at), Progress::Stopped))
            }
            Phase::Expired => events.push(event(t.step_expired, None, Progress::Stopped)),
        }
        events
    }
}

/// The page. `quiet`: the reader stopped the automatic refresh.
pub(crate) fn render(site: &Site, view: &OutcomeView, quiet: bool) -> Markup {
    let t = &site.t.outcome;
    let status = view.status(site.t);
    let content = html! {
        h1 { (t.title) }
        // Filled by the script when the state changes; the page itself is complete without it.
        p.visually-hidden #annuncio role="status" aria-live="polite" aria-label=(t.live_label) {}
        div #esito data-stato=[(!status.finished).then(|| format!("{}/stato", view.link))] data-versione=(status.version) {
            @match view.phase {
                Phase::InProgress => (stepper(site.t, Step::Payment, !view.from_portal)),
                Phase::Paid => (stepper(site.t, Step::Outcome, !view.from_portal)),
                // Not on the way to the end.
                Phase::Waiting | Phase::Cancelled | Phase::Expired => {}
            }
            div.row {
                div.col-12.col-lg-8 { (body(site, view, status.finished, quiet)) }
                div.col-12.col-lg-4 {
                    div.portal-card {
                        h2.h4 { (t.timeline_title) }
                        (timeline(site.t, &view.events(site.t)))
                    }
                }
            }
        }
    };
    let mut frame = Frame::new(t.title, Section::None);
    frame.refresh = (!status.finished && !quiet).then_some(REFRESH_S);
    page(site, &frame, &content)
}

fn body(site: &Site, view: &OutcomeView, finished: bool, quiet: bool) -> Markup {
    let t = &site.t.outcome;
    let (tone, title, text) = view.words(site.t);
    html! {
        (alert(tone, title, &html! { p.mb-0 { (text) } }))
        @if view.late() {
            (callout(Tone::Warning, t.late_title, &html! {
                p { (t.late_text) }
                p { (t.late_list) }
                p.mb-0 { (t.late_refund) }
            }))
        }
        @if view.phase == Phase::Waiting {
            p { a.btn.btn-primary.btn-lg href=(view.cart_link) { (t.waiting_action) } }
        }
        @if !finished {
            p { a.btn.btn-outline-primary href=(view.link) { (icon("refresh", "icon-sm icon-primary")) " " (t.refresh) } }
            @if !quiet {
                noscript {
                    p.form-text { (t.refresh_note) " " a href={ (view.link) "?aggiorna=no" } { (t.refresh_stop) } }
                }
            }
        }
        h2.h4 { (t.payments_title) }
        @for payment in &view.payments { (payment_item(site, payment)) }
        p.portal-total { span { (t.total) } strong { (format::euro(view.total)) } }
        (summary(&[(t.code, html! { span.portal-code { (view.code) } })]))
        p.form-text { (t.code_help) }
        ul.portal-links {
            @if let Some((name, address)) = &view.back {
                li { a href=(address) rel="noopener" { (icon("arrow-left", "icon-sm icon-primary")) (fill(t.back_to, &[name])) } }
            }
            @if let (Some(address), Phase::Cancelled | Phase::Expired) = (&view.retry, view.phase) {
                li { a href=(address) { (icon("refresh", "icon-sm icon-primary")) (t.retry) } }
            }
            li { a href="/paga/avviso" { (icon("files", "icon-sm icon-primary")) (t.other) } }
        }
    }
}

fn payment_item(site: &Site, payment: &Payment) -> Markup {
    let (t, cart) = (&site.t.outcome, &site.t.cart);
    html! {
        div.portal-item {
            div.portal-item-main {
                p.portal-item-text { (payment.description) span.portal-item-owner { (payment.organization) } }
                p.portal-item-amount { span.visually-hidden { (cart.amount) ": " } (format::euro(payment.amount)) }
            }
            @if let Some(number) = &payment.number {
                dl.portal-item-data { div { dt { (cart.number) } dd.portal-code { (number) } } }
            }
            @match &payment.receipt {
                Some(receipt) => {
                    p.portal-item-state.is-paid {
                        (icon("check-circle", "icon-sm icon-success"))
                        (t.paid) " " (format::moment(receipt.paid_at)) ", " (receipt.psp)
                    }
                    p.mb-0 {
                        a href=(receipt.link) {
                            (icon("download", "icon-sm icon-primary")) (t.receipt)
                            span.visually-hidden { ": " (payment.description) }
                        }
                    }
                }
                None => { p.portal-item-state { (icon("clock", "icon-sm")) (t.unpaid) ". " (t.receipt_missing) } }
            }
        }
    }
}
