//! The shell of every page and the components pages are made of, as typed functions on Bootstrap Italia.
//!
//! No component needs JavaScript, no markup carries inline style or script.

pub(crate) mod feedback;
pub(crate) mod form;
pub(crate) mod list;

use maud::{DOCTYPE, Markup, html};

use crate::config::{Environment, PortalConfig};
use crate::own_assets;
use crate::texts::Texts;

/// What all pages of an installation share.
pub(crate) struct Site {
    pub config: PortalConfig,
    pub t: &'static Texts,
}

/// Which entry of the navigation a page belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Section {
    Home,
    Pay,
    Faq,
    Report,
    None,
}

/// The frame of one page.
pub(crate) struct Frame<'a> {
    /// Text of `title` before the name of the installation, and last element of the breadcrumb.
    pub title: &'a str,
    pub section: Section,
    /// Elements of the breadcrumb between home and the page itself: text, address.
    pub path: &'a [(&'a str, &'a str)],
    /// Seconds after which a browser without JavaScript asks for the page again.
    pub refresh: Option<u32>,
    /// Whether something in the form is wrong: said first in the title, which screen readers read first.
    pub invalid: bool,
}

impl<'a> Frame<'a> {
    /// A page without particularities.
    pub fn new(title: &'a str, section: Section) -> Self {
        Self { title, section, path: &[], refresh: None, invalid: false }
    }
}

/// A whole page.
pub(crate) fn page(site: &Site, frame: &Frame<'_>, content: &Markup) -> Markup {
    let t = &site.t.shell;
    let name = site.config.installation_name.as_str();
    html! {
        (DOCTYPE)
        html lang=(t.lang) {
            head {
                meta charset="utf-8";
                title {
                    @if frame.invalid { (site.t.invalid.error_prefix) " " }
                    (frame.title) " - " (name)
                }
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="description" content=(t.description) data-element="metatag";
                meta name="format-detection" content="telephone=no";
                @if let Some(seconds) = frame.refresh {
                    noscript { meta http-equiv="refresh" content=(seconds); }
                }
                link rel="stylesheet" href=(assets::CSS);
                link rel="stylesheet" href=(own_assets::css().address);
                link rel="icon" type="image/svg+xml" href=(own_assets::icon().address);
                script src=(own_assets::js().address) defer {}
            }
            body {
                (skip_links(site))
                (header(site, frame.section))
                main #contenuto .container .py-4 tabindex="-1" {
                    @if frame.section != Section::Home { (breadcrumb(site, frame)) }
                    (content)
                }
                (footer(site))
            }
        }
    }
}

/// A symbol of the sprite; decorative, the text beside it says the same.
pub(crate) fn icon(name: &str, class: &str) -> Markup {
    html! {
        svg class={ "icon " (class) } aria-hidden="true" focusable="false" {
            use href={ (assets::SPRITE) "#it-" (name) } {}
        }
    }
}

fn skip_links(site: &Site) -> Markup {
    let t = &site.t.shell;
    html! {
        nav.skiplinks aria-label=(t.skip_label) {
            a.visually-hidden-focusable href="#contenuto" { (t.skip_to_content) }
            a.visually-hidden-focusable href="#fondo" { (t.skip_to_footer) }
        }
    }
}

fn header(site: &Site, section: Section) -> Markup {
    let t = &site.t.shell;
    let entries = [
        (Section::Pay, "/paga/avviso", t.nav_pay, "all-services"),
        (Section::Faq, "/faq", t.nav_faq, "faq"),
        (Section::Report, "/segnala-disservizio", t.nav_report, "report-inefficiency"),
    ];
    html! {
        header.it-header-wrapper {
            @if site.config.environment == Environment::Collaudo {
                p.portal-environment { (icon("warning-circle", "icon-sm")) span { (t.collaudo) } }
            }
            div.it-header-center-wrapper.it-small-header {
                div.container {
                    div.it-header-center-content-wrapper {
                        div.it-brand-wrapper {
                            a href="/" {
                                (icon("pa", ""))
                                span.it-brand-text {
                                    span.it-brand-title.d-block data-element="page-name" { (site.config.installation_name) }
                                    span.it-brand-tagline.d-none.d-md-block { (t.tagline) }
                                }
                            }
                        }
                    }
                }
            }
            nav.portal-nav aria-label=(t.nav_label) {
                div.container {
                    ul.nav {
                        @for (of, address, text, element) in entries {
                            li.nav-item {
                                a.nav-link.active[of == section] href=(address) data-element=(element)
                                    aria-current=[(of == section).then_some("page")] { (text) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn breadcrumb(site: &Site, frame: &Frame<'_>) -> Markup {
    let t = &site.t.shell;
    let separator = html! { span.separator aria-hidden="true" { "/" } };
    html! {
        nav.breadcrumb-container aria-label=(t.breadcrumb_label) {
            ol.breadcrumb data-element="breadcrumb" {
                li.breadcrumb-item { a href="/" { (t.home) } (separator) }
                @for (text, address) in frame.path {
                    li.breadcrumb-item { a href=(address) { (text) } (separator) }
                }
                li.breadcrumb-item.active aria-current="page" { (frame.title) }
            }
        }
    }
}

fn footer(site: &Site) -> Markup {
    let t = &site.t.shell;
    let links = [
        ("/accessibilita", t.accessibility, "accessibility-link"),
        ("/privacy", t.privacy, "privacy-policy-link"),
        ("/note-legali", t.legal, "legal-notes"),
        ("/faq", t.faq, "faq"),
        ("/segnala-disservizio", t.report, "report-inefficiency"),
    ];
    html! {
        footer.it-footer #fondo tabindex="-1" {
            div.it-footer-main {
                div.container {
                    div.it-brand-wrapper.py-4 {
                        a href="/" {
                            (icon("pa", ""))
                            span.it-brand-text { span.it-brand-title.d-block { (site.config.installation_name) } }
                        }
                    }
                    p.portal-footer-text { (t.tagline) ". " (t.source) }
                }
            }
            div.it-footer-small-prints {
                nav.container aria-label=(t.footer_label) {
                    ul.it-footer-small-prints-list.list-inline.mb-0.d-flex.flex-column.flex-md-row.flex-wrap {
                        @for (address, text, element) in links {
                            li.list-inline-item { a href=(address) data-element=(element) { (text) } }
                        }
                    }
                }
            }
        }
    }
}
