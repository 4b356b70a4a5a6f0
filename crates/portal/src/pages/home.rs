//! The first page.

use maud::{Markup, html};

use crate::texts::fill;
use crate::ui::{Frame, Section, Site, icon, page};

pub(crate) fn render(site: &Site) -> Markup {
    let t = &site.t.home;
    let content = html! {
        div.row.portal-hero {
            div.col-12.col-lg-8 {
                h1 { (t.title) }
                p.lead { (t.lead) }
            }
        }
        div.row {
            div.col-12.col-lg-7 {
                div.portal-card.portal-card-main {
                    h2 { (icon("files", "icon-primary")) (t.pay_title) }
                    p { (t.pay_text) }
                    a.btn.btn-primary.btn-lg href="/paga/avviso" data-element="service-link" { (t.pay_action) }
                }
            }
            div.col-12.col-lg-5 {
                div.portal-card {
                    h2.h4 { (t.need_title) }
                    ul.mb-0 { li { (t.need_notice) } li { (t.need_code) } li { (t.need_method) } }
                }
            }
        }
        div.row {
            div.col-12.col-lg-7 {
                h2.h4 { (t.what_title) }
                p { (fill(t.what_text, &[&site.config.installation_name])) }
            }
            div.col-12.col-lg-5 {
                h2.h4 { (t.after_title) }
                p { (t.after_text) }
                p { a href="/faq" { (t.faq_action) } }
            }
        }
    };
    page(site, &Frame::new(site.t.shell.home, Section::Home), &content)
}
