//! Error pages: what happened, what to do, who can help, and the details that assistance needs.

use axum::http::StatusCode;
use maud::{Markup, html};

use crate::problem::{Helper, Problem};
use crate::ui::list::summary;
use crate::ui::{Frame, Section, Site, icon, page};

/// Where and when it happened.
#[derive(Debug, Clone)]
pub(crate) struct Occurrence<'a> {
    pub trace: &'a str,
    /// As people read it.
    pub at: &'a str,
    /// Path of the request, without query.
    pub path: &'a str,
}

pub(crate) fn render(site: &Site, problem: &Problem, occurrence: &Occurrence<'_>) -> Markup {
    let t = &site.t.errors;
    let words = problem.words(site.t);
    let status = problem.status();
    let code = format!("{} {}", status.as_u16(), problem.code());
    let helper = match problem.helper() {
        Helper::Platform => t.helper_platform,
        Helper::Organization => t.helper_organization,
        Helper::Nobody => t.helper_nobody,
    };
    let content = html! {
        div.row { div.col-12.col-lg-8.portal-text {
            h1 { (words.title) }
            p.lead { (words.text) }
            h2.h4 { (t.what_to_do) }
            p { (words.next) }
            ul.portal-links {
                @for (text, address) in problem.links(site.t) {
                    li { a href=(address) { (icon("arrow-right", "icon-sm icon-primary")) (text) } }
                }
                @if status != StatusCode::NOT_FOUND || occurrence.path != "/" {
                    li { a href="/" { (icon("arrow-left", "icon-sm icon-primary")) (t.back_home) } }
                }
            }
            p { strong { (t.helper) ": " } (helper) }
            section.portal-card aria-labelledby="dettagli-titolo" {
                h2.h5 #dettagli-titolo { (t.details_title) }
                p { (t.details_help) }
                div #dettagli {
                    (summary(&[
                        (t.code, html! { span.portal-code { (code) } }),
                        (t.trace, html! { span.portal-code { (occurrence.trace) } }),
                        (t.time, html! { (occurrence.at) }),
                        (t.address, html! { span.portal-code { (occurrence.path) } }),
                    ]))
                }
                button.btn.btn-outline-primary.btn-sm type="button" hidden data-copia="dettagli" data-fatto=(t.copied) {
                    (t.copy)
                }
                p.mb-0 role="status" data-copia-esito="" {}
            }
        } }
    };
    page(site, &Frame::new(words.title, Section::None), &content)
}
