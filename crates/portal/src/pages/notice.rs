//! Looking for a notice and what was found.

use maud::{Markup, html};
use model::Cents;

use crate::config::Environment;
use crate::format;
use crate::ui::feedback::{Tone, alert};
use crate::ui::form::{Control, Field, error_summary, field};
use crate::ui::list::{Step, stepper, summary};
use crate::ui::{Frame, Section, Site, icon, page};

/// Up to this many enti are offered in a list; beyond it the codice fiscale is typed, so that the page stays small.
pub(crate) const LISTED_AT_MOST: usize = 40;

/// What was typed, as it was typed.
#[derive(Debug, Clone, Default)]
pub(crate) struct SearchForm {
    pub notice: String,
    pub organization: String,
    pub debtor: String,
    /// The notice comes from a deep link and is known: only the debtor is asked.
    pub known: Option<KnownNotice>,
}

/// The notice of a deep link.
#[derive(Debug, Clone)]
pub(crate) struct KnownNotice {
    pub organization_name: String,
    pub number: String,
}

/// What is wrong with a search, by field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct SearchErrors {
    pub notice: Option<String>,
    pub organization: Option<String>,
    pub debtor: Option<String>,
}

impl SearchErrors {
    pub fn is_empty(&self) -> bool {
        self.notice.is_none() && self.organization.is_none() && self.debtor.is_none()
    }
}

/// The search form. `organizations`: codice fiscale and name.
pub(crate) fn search(
    site: &Site,
    form: &SearchForm,
    errors: &SearchErrors,
    not_found: bool,
    organizations: &[(String, String)],
) -> Markup {
    let t = &site.t.search;
    let listed: Vec<(&str, &str)> =
        [("avviso", &errors.notice), ("ente", &errors.organization), ("debitore", &errors.debtor)]
            .into_iter()
            .filter_map(|(name, error)| Some((name, error.as_deref()?)))
            .collect();
    let content = html! {
        h1 { (t.title) }
        (stepper(site.t, Step::Data, false))
        div.row { div.col-12.col-lg-8 {
            (error_summary(site.t, &listed))
            @if not_found { (not_found_alert(site)) }
            p.lead { (t.lead) }
            form.portal-form method="post" action="/paga/avviso" novalidate {
                p { (t.required) }
                @match &form.known {
                    Some(known) => (known_notice(site, form, known)),
                    None => (notice_fields(site, form, errors, organizations)),
                }
                (field(site.t, &Field {
                    name: "debitore",
                    label: t.debtor_label,
                    help: Some(t.debtor_help),
                    value: &form.debtor,
                    error: errors.debtor.as_deref(),
                    required: true,
                    control: Control::Text { kind: "text", autocomplete: "off", inputmode: None, max_length: 24 },
                }))
                button.btn.btn-primary.btn-lg type="submit" { (t.submit) }
            }
            h2.h5.mt-5 { (t.why_title) }
            p { (t.why_text) }
        } }
    };
    let mut frame = Frame::new(t.title, Section::Pay);
    frame.invalid = !errors.is_empty() || not_found;
    page(site, &frame, &content)
}

fn known_notice(site: &Site, form: &SearchForm, known: &KnownNotice) -> Markup {
    let t = &site.t.search;
    html! {
        h2.h5 { (t.known_title) }
        (summary(&[
            (site.t.notice.organization, html! { (known.organization_name) }),
            (site.t.notice.number, html! { span.portal-code { (known.number) } }),
        ]))
        p { a href="/paga/avviso" { (t.known_edit) } }
        input type="hidden" name="avviso" value=(form.notice);
        input type="hidden" name="ente" value=(form.organization);
        input type="hidden" name="noto" value="1";
    }
}

fn notice_fields(
    site: &Site,
    form: &SearchForm,
    errors: &SearchErrors,
    organizations: &[(String, String)],
) -> Markup {
    let t = &site.t.search;
    let (organization, organization_help) = if organizations.len() <= LISTED_AT_MOST {
        (Control::Select { choose: t.organization_choose, options: organizations }, t.organization_list_help)
    } else {
        let typed =
            Control::Text { kind: "text", autocomplete: "off", inputmode: Some("numeric"), max_length: 20 };
        (typed, t.organization_help)
    };
    html! {
        (field(site.t, &Field {
            name: "avviso",
            label: t.notice_label,
            help: Some(t.notice_help),
            value: &form.notice,
            error: errors.notice.as_deref(),
            required: true,
            control: Control::Text { kind: "text", autocomplete: "off", inputmode: None, max_length: 120 },
        }))
        (field(site.t, &Field {
            name: "ente",
            label: t.organization_label,
            help: Some(organization_help),
            value: &form.organization,
            error: errors.organization.as_deref(),
            required: false,
            control: organization,
        }))
    }
}

fn not_found_alert(site: &Site) -> Markup {
    let t = &site.t.search;
    alert(
        Tone::Warning,
        t.not_found_title,
        &html! {
            p { (t.not_found_text) }
            p { (t.not_found_check) }
            // In collaudo the national checkout knows none of these notices.
            @if site.config.environment == Environment::Esercizio {
                p.mb-0 {
                    (t.not_found_other) " "
                    a.alert-link href="https://checkout.pagopa.it/" {
                        (t.not_found_checkout) " " span.visually-hidden { (site.t.shell.opens_elsewhere) }
                    }
                }
            }
        },
    )
}

/// Whether a found notice can be paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoticeStatus {
    Payable,
    Paid,
    Expired,
    Cancelled,
    /// Something of ours or of the ente is missing.
    Unavailable,
}

/// A notice to show.
#[derive(Debug, Clone)]
pub(crate) struct NoticeView {
    pub organization: String,
    pub description: String,
    pub amount: Cents,
    pub due_date: Option<jiff::civil::Date>,
    pub number: String,
    pub status: NoticeStatus,
    /// The notice can be printed.
    pub printable: bool,
    /// A receipt is there.
    pub receipt: bool,
    /// The signed link under which this page lives.
    pub link: String,
}

/// A notice that was found.
pub(crate) fn found(site: &Site, view: &NoticeView) -> Markup {
    let t = &site.t.notice;
    let (tone, status, text) = match view.status {
        NoticeStatus::Payable => (None, t.status_payable, ""),
        NoticeStatus::Paid => (Some(Tone::Success), t.status_paid, t.paid_text),
        NoticeStatus::Expired => (Some(Tone::Warning), t.status_expired, t.expired_text),
        NoticeStatus::Cancelled => (Some(Tone::Info), t.status_cancelled, t.cancelled_text),
        NoticeStatus::Unavailable => (Some(Tone::Warning), t.status_unavailable, t.unavailable_text),
    };
    let due = view.due_date.map_or_else(|| "-".to_owned(), format::date);
    let mut rows =
        vec![(t.organization, html! { (view.organization) }), (t.description, html! { (view.description) })];
    // An amount that is no longer owed would only invite to pay it elsewhere.
    if view.status != NoticeStatus::Cancelled {
        rows.push((t.amount, html! { strong.portal-amount { (format::euro(view.amount)) } }));
        rows.push((t.due_date, html! { (due) }));
    }
    rows.push((t.number, html! { span.portal-code { (view.number) } }));
    rows.push((t.status, html! { (status) }));
    let content = html! {
        h1 { (t.title) }
        (stepper(site.t, Step::Data, false))
        div.row { div.col-12.col-lg-8 {
            @if let Some(tone) = tone { (alert(tone, status, &html! { p.mb-0 { (text) } })) }
            (summary(&rows))
            @if view.status == NoticeStatus::Payable {
                p.form-text { (t.updated) }
                form method="post" action={ (view.link) "/paga" } {
                    button.btn.btn-primary.btn-lg type="submit" { (t.pay) }
                }
            }
            ul.portal-links {
                @if view.receipt {
                    li { a href={ (view.link) "/ricevuta.pdf" } { (icon("download", "icon-sm icon-primary")) (t.receipt) } }
                }
                @if view.printable {
                    li { a href={ (view.link) "/avviso.pdf" } { (icon("file-pdf", "icon-sm icon-primary")) (t.pdf) } }
                }
                li { a href="/paga/avviso" { (icon("arrow-left", "icon-sm icon-primary")) (t.other) } }
            }
        } }
    };
    let mut frame = Frame::new(t.title, Section::Pay);
    let path = [(site.t.search.title, "/paga/avviso")];
    frame.path = &path;
    page(site, &frame, &content)
}
