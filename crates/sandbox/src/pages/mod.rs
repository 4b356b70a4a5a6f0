//! Pages: server-rendered on Bootstrap Italia, complete without JavaScript.

pub(crate) mod checkout;
pub(crate) mod index;
pub(crate) mod sil;

use axum::http::{HeaderName, header};
use axum::response::{Html, IntoResponse, Response};
use jiff::Timestamp;
use maud::{DOCTYPE, Markup, html};

/// Which site a page belongs to: they look different on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Site {
    /// The control page.
    Controls,
    /// The simulated national checkout.
    Checkout,
    /// The simulated SIL.
    Sil,
}

impl Site {
    const fn name(self) -> &'static str {
        match self {
            Self::Controls => "Snodo · Ambiente di collaudo",
            Self::Checkout => "Checkout nazionale simulato",
            Self::Sil => "Sistema locale (SIL) simulato",
        }
    }
}

/// A whole page. The title is that of the window; the content brings its own `h1`.
pub(crate) fn layout(site: Site, title: &str, content: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="it" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                title { (title) " – " (site.name()) }
                link rel="stylesheet" href=(assets::CSS);
                link rel="icon" href="data:,";
            }
            body {
                div class="skiplinks" {
                    a class="visually-hidden-focusable" href="#contenuto" { "Vai al contenuto principale" }
                }
                header class="it-header-slim-wrapper" {
                    div class="container" {
                        div class="it-header-slim-wrapper-content" {
                            span class="navbar-brand" { (site.name()) }
                            @if site != Site::Checkout {
                                a class="text-white" href="/sandbox" { "Controlli" }
                            }
                        }
                    }
                }
                main id="contenuto" tabindex="-1" class="container my-5" {
                    (content)
                }
                footer class="it-footer-small-prints" {
                    div class="container py-3" {
                        p class="text-white mb-0" {
                            "Simulatore: nessun pagamento è reale, i dati sono inventati."
                        }
                    }
                }
            }
        }
    }
}

/// A page with the headers that all pages have.
pub(crate) fn html(page: Markup) -> Response {
    // No `form-action`: a browser applies it to the redirects after a post as well, and the
    // way back from the checkout ends on the site of the SIL.
    const POLICY: &str = "default-src 'none'; style-src 'self'; font-src 'self' data:; \
                          img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'";
    (
        [
            (header::CACHE_CONTROL, "no-store"),
            (header::CONTENT_SECURITY_POLICY, POLICY),
            (header::REFERRER_POLICY, "no-referrer"),
            (HeaderName::from_static("x-content-type-options"), "nosniff"),
        ],
        Html(page.into_string()),
    )
        .into_response()
}

/// A page with status 200.
pub(crate) fn ok(page: Markup) -> Response {
    html(page)
}

/// A moment as people in Italy read it, in Europe/Rome.
pub(crate) fn moment(at: Timestamp) -> String {
    at.to_zoned(crate::clock::rome()).strftime("%d/%m/%Y %H:%M:%S").to_string()
}

/// One field of a form: label above, hint and error tied to the input.
pub(crate) struct Field<'a> {
    pub name: &'a str,
    pub label: &'a str,
    pub value: &'a str,
    pub kind: &'a str,
    pub hint: Option<&'a str>,
    pub error: Option<&'a str>,
    pub autocomplete: Option<&'a str>,
    pub numeric: bool,
    pub required: bool,
}

impl<'a> Field<'a> {
    /// A required text field.
    pub(crate) const fn new(name: &'a str, label: &'a str, value: &'a str) -> Self {
        Self {
            name,
            label,
            value,
            kind: "text",
            hint: None,
            error: None,
            autocomplete: None,
            numeric: false,
            required: true,
        }
    }

    /// The field as markup.
    pub(crate) fn render(&self) -> Markup {
        let hint_id = self.hint.map(|_| format!("{}-aiuto", self.name));
        let error_id = self.error.map(|_| format!("{}-errore", self.name));
        let described: Vec<&str> = [error_id.as_deref(), hint_id.as_deref()].into_iter().flatten().collect();
        let described = (!described.is_empty()).then(|| described.join(" "));
        html! {
            div class="mb-4" {
                label class="form-label fw-semibold" for=(self.name) {
                    (self.label)
                    @if !self.required { span class="fw-normal" { " (facoltativo)" } }
                }
                input type=(self.kind) id=(self.name) name=(self.name) value=(self.value)
                    class={ "form-control border" @if self.error.is_some() { " is-invalid" } }
                    autocomplete=[self.autocomplete]
                    inputmode=[self.numeric.then_some("numeric")]
                    aria-invalid=[self.error.map(|_| "true")]
                    aria-describedby=[described]
                    required[self.required];
                @if let (Some(error), Some(id)) = (self.error, &error_id) {
                    p id=(id) class="text-danger fw-semibold mt-1 mb-0" { (error) }
                }
                @if let (Some(hint), Some(id)) = (self.hint, &hint_id) {
                    p id=(id) class="form-text mt-1 mb-0" { (hint) }
                }
            }
        }
    }
}
