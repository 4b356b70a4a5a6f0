//! Messages: alerts and callouts. Their kind is said in words or by their title, never by colour alone.

use maud::{Markup, html};

use super::icon;

/// The tone of a message.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    Success,
    Info,
    Warning,
}

impl Tone {
    const fn alert(self) -> &'static str {
        match self {
            Self::Success => "alert-success",
            Self::Info => "alert-info",
            Self::Warning => "alert-warning",
        }
    }

    const fn callout(self) -> (&'static str, &'static str) {
        match self {
            Self::Success => ("success", "check-circle"),
            Self::Info => ("note", "info-circle"),
            Self::Warning => ("warning", "help-circle"),
        }
    }
}

/// A message with a heading of level 2. It is part of the page as it loads, so it has no live role.
pub(crate) fn alert(tone: Tone, heading: &str, content: &Markup) -> Markup {
    html! {
        div class={ "alert " (tone.alert()) } {
            h2.alert-heading.h5 { (heading) }
            (content)
        }
    }
}

/// A block that stands out from the text, with a heading of level 2.
pub(crate) fn callout(tone: Tone, heading: &str, content: &Markup) -> Markup {
    let (class, symbol) = tone.callout();
    html! {
        div class={ "callout " (class) } {
            div.callout-inner {
                h2.callout-title { (icon(symbol, "")) span.text { (heading) } }
                (content)
            }
        }
    }
}
