//! Recap of a cart: everything on one page, right before confirming.

use engine::carts::Replica;
use jiff::Timestamp;
use maud::{Markup, html};
use model::Cents;

use crate::format;
use crate::texts::fill;
use crate::ui::feedback::{Tone, alert};
use crate::ui::form::{Control, Field, error_summary, field};
use crate::ui::list::{Step, stepper, summary};
use crate::ui::{Frame, Section, Site, page};

/// A cart to show.
#[derive(Debug, Clone)]
pub(crate) struct CartView {
    /// Its address, `/carrello/{token}`.
    pub link: String,
    /// The address of its outcome.
    pub outcome_link: String,
    pub groups: Vec<Group>,
    pub total: Cents,
    pub debtors: Vec<Debtor>,
    pub expires_at: Timestamp,
    /// The host of the SIL that the payer goes back to.
    pub returns_to: Option<String>,
    /// It has been at the checkout already.
    pub in_progress: bool,
    /// The same debtor has paid, or is paying, the same thing.
    pub replica: Replica,
    /// It was put together here, so the search was its first step.
    pub from_portal: bool,
}

/// What goes to one ente.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    pub organization: String,
    pub lines: Vec<Line>,
}

/// One debt.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub description: String,
    pub amount: Cents,
    pub due_date: Option<jiff::civil::Date>,
    /// Notice number in groups of four.
    pub number: Option<String>,
    /// The reference the ente gave.
    pub iud: Option<String>,
    pub stamp: bool,
}

/// Who owes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Debtor {
    pub name: String,
    /// Masked code; none for an anonymous debtor.
    pub code: Option<String>,
}

/// The recap with the form that confirms it.
pub(crate) fn render(site: &Site, view: &CartView, email: &str, error: Option<&str>) -> Markup {
    let t = &site.t.cart;
    let errors: Vec<(&str, &str)> = error.map(|text| ("email", text)).into_iter().collect();
    let content = html! {
        h1 { (t.title) }
        (stepper(site.t, Step::Recap, !view.from_portal))
        div.row {
            div.col-12.col-lg-8 {
                (error_summary(site.t, &errors))
                @if view.in_progress {
                    (alert(Tone::Warning, t.again_title, &html! {
                        p { (t.again_text) }
                        p.mb-0 { a.alert-link href=(view.outcome_link) { (site.t.errors.see_outcome) } }
                    }))
                }
                @match view.replica {
                    Replica::None => {}
                    Replica::Paid => (alert(Tone::Warning, t.replica_title, &html! { p.mb-0 { (t.replica_paid) } })),
                    Replica::BeingPaid => (alert(Tone::Warning, t.replica_title, &html! { p.mb-0 { (t.replica_running) } })),
                }
                p.lead { (t.lead) }
                @for group in &view.groups { (items(site, group)) }
                p.portal-total { span { (t.total) } strong { (format::euro(view.total)) } }
                p.form-text { (t.fees) }
                h2.h4 { (t.debtor_title) }
                @for debtor in &view.debtors {
                    (summary(&[
                        (t.debtor_name, html! { (debtor.name) }),
                        (t.debtor_code, html! {
                            @match &debtor.code {
                                Some(code) => { span.portal-code { (code) } }
                                None => { (t.debtor_anonymous) }
                            }
                        }),
                    ]))
                }
                @if view.debtors.iter().any(|debtor| debtor.code.as_deref().is_some_and(|code| code.contains('*'))) {
                    p.form-text { (t.debtor_hidden) }
                }
            }
            div.col-12.col-lg-4 {
                div.portal-card.portal-card-main {
                    h2.h4 { (t.email_title) }
                    form.portal-form #conferma method="post" action=(view.link) novalidate {
                        (field(site.t, &Field {
                            name: "email",
                            label: t.email_label,
                            help: Some(t.email_help),
                            value: email,
                            error,
                            required: false,
                            control: Control::Text { kind: "email", autocomplete: "email", inputmode: Some("email"), max_length: 256 },
                        }))
                        button.btn.btn-primary.btn-lg.w-100 type="submit" {
                            (fill(t.pay, &[&view.total.to_italian()]))
                        }
                        @if let Some(host) = &view.returns_to {
                            p.form-text { (fill(t.returns, &[host])) }
                        }
                        p.form-text { (t.pay_help) " " (fill(t.expires, &[&format::moment(view.expires_at)])) }
                    }
                    form method="post" action={ (view.link) "/abbandona" } {
                        button.btn.btn-outline-primary.w-100 type="submit" { (t.abandon) }
                        p.form-text.mb-0 { (t.abandon_help) }
                    }
                }
            }
        }
    };
    let mut frame = Frame::new(t.title, Section::None);
    frame.invalid = error.is_some();
    page(site, &frame, &content)
}

fn items(site: &Site, group: &Group) -> Markup {
    let t = &site.t.cart;
    html! {
        section.portal-items {
            h2.h4 { (fill(t.items_of, &[&group.organization])) }
            @for line in &group.lines {
                div.portal-item {
                    div.portal-item-main {
                        p.portal-item-text {
                            @if line.stamp { span.badge.bg-secondary { (t.stamp) } " " }
                            span.visually-hidden { (t.description) ": " }
                            (line.description)
                        }
                        p.portal-item-amount { span.visually-hidden { (t.amount) ": " } (format::euro(line.amount)) }
                    }
                    @if line.number.is_some() || line.iud.is_some() || line.due_date.is_some() {
                        dl.portal-item-data {
                            @if let Some(number) = &line.number { div { dt { (t.number) } dd.portal-code { (number) } } }
                            @if let Some(iud) = &line.iud { div { dt { (t.iud) } dd.portal-code { (iud) } } }
                            @if let Some(due) = line.due_date { div { dt { (t.due_date) } dd { (format::date(due)) } } }
                        }
                    }
                }
            }
        }
    }
}
