//! Summary list, stepper, timeline.

use maud::{Markup, html};

use super::icon;
use crate::texts::Texts;

/// Terms with their values.
pub(crate) fn summary(rows: &[(&str, Markup)]) -> Markup {
    html! {
        dl.portal-summary {
            @for (term, value) in rows {
                div { dt { (term) } dd { (value) } }
            }
        }
    }
}

/// The steps of a payment.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd)]
pub(crate) enum Step {
    Data,
    Recap,
    /// On the site of the checkout, or waiting for what it says.
    Payment,
    Outcome,
}

/// Where the citizen is among the four steps; without the first for a cart that a SIL prepared.
pub(crate) fn stepper(t: &Texts, current: Step, skip_data: bool) -> Markup {
    let steps: Vec<_> = [
        (Step::Data, t.steps.data),
        (Step::Recap, t.steps.recap),
        (Step::Payment, t.steps.payment),
        (Step::Outcome, t.steps.outcome),
    ]
    .into_iter()
    .skip(usize::from(skip_data))
    .map(|(step, text)| (text, step < current, step == current))
    .collect();
    let position = steps.iter().position(|(_, _, active)| *active).map_or(1, |at| at + 1);
    html! {
        div.steppers {
            div.steppers-header {
                ol aria-label=(t.steps.label) {
                    @for (text, done, active) in &steps {
                        li.confirmed[*done].active[*active] aria-current=[active.then_some("step")] {
                            (text)
                            @if *done {
                                (icon("check", "steppers-success"))
                                span.visually-hidden { " (" (t.steps.done) ")" }
                            }
                            @if *active { span.visually-hidden { " (" (t.steps.current) ")" } }
                        }
                    }
                }
                span.steppers-index aria-hidden="true" { (position) "/" (steps.len()) }
            }
        }
    }
}

/// State of one event of a timeline.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    Done,
    Current,
    Todo,
    Stopped,
}

/// One event of a timeline.
pub(crate) struct Event {
    pub text: &'static str,
    /// When, as people read it.
    pub at: Option<String>,
    pub progress: Progress,
}

/// What happened and what is expected, in order.
pub(crate) fn timeline(t: &Texts, events: &[Event]) -> Markup {
    html! {
        ol.portal-timeline {
            @for event in events {
                @let (class, symbol, said) = match event.progress {
                    Progress::Done => ("is-done", "check-circle", t.outcome.state_done),
                    Progress::Current => ("is-current", "clock", t.outcome.state_current),
                    Progress::Todo => ("is-todo", "clock", t.outcome.state_todo),
                    Progress::Stopped => ("is-stopped", "close-circle", t.outcome.state_done),
                };
                li class=(class) {
                    (icon(symbol, "icon-sm"))
                    span.portal-timeline-text {
                        (event.text)
                        span.visually-hidden { " (" (said) ")" }
                        @if let Some(at) = &event.at { span.portal-timeline-time { (at) } }
                    }
                }
            }
        }
    }
}
