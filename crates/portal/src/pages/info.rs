//! The informative pages.

use maud::{Markup, html};

use crate::texts::it_pages::{self, Facts};
use crate::ui::{Frame, Section, Site, page};

/// Which page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Info {
    Accessibility,
    Privacy,
    Legal,
    Faq,
    Report,
}

impl Info {
    /// All pages with their addresses.
    pub const ALL: [(Self, &'static str); 5] = [
        (Self::Accessibility, "/accessibilita"),
        (Self::Privacy, "/privacy"),
        (Self::Legal, "/note-legali"),
        (Self::Faq, "/faq"),
        (Self::Report, "/segnala-disservizio"),
    ];
}

pub(crate) fn render(site: &Site, which: Info) -> Markup {
    let t = &site.t.shell;
    let facts = Facts {
        name: &site.config.installation_name,
        contact: site.config.contact_email.as_deref(),
        declaration: site.config.accessibility_declaration.as_deref(),
    };
    let (title, section, body) = match which {
        Info::Accessibility => (t.accessibility, Section::None, it_pages::accessibility(&facts)),
        Info::Privacy => (t.privacy, Section::None, it_pages::privacy(&facts)),
        Info::Legal => (t.legal, Section::None, it_pages::legal(&facts)),
        Info::Faq => (t.nav_faq, Section::Faq, it_pages::faq(&facts)),
        Info::Report => (t.nav_report, Section::Report, it_pages::report(&facts)),
    };
    let content = html! {
        div.row { div.col-12.col-lg-8.portal-text {
            h1 { (title) }
            (body)
        } }
    };
    page(site, &Frame::new(title, section), &content)
}
