//! Fields with their label, help and error; the summary of errors above a form.

use maud::{Markup, html};

use crate::texts::Texts;

/// How a field is filled.
pub(crate) enum Control<'a> {
    /// One line of text.
    Text { kind: &'a str, autocomplete: &'a str, inputmode: Option<&'a str>, max_length: u32 },
    /// One of some values: value and text. The first, empty, entry is `choose`.
    Select { choose: &'a str, options: &'a [(String, String)] },
}

/// A field of a form.
pub(crate) struct Field<'a> {
    /// Name on the wire and identifier in the page.
    pub name: &'a str,
    pub label: &'a str,
    pub help: Option<&'a str>,
    pub value: &'a str,
    pub error: Option<&'a str>,
    pub required: bool,
    pub control: Control<'a>,
}

/// The markup of a field. The label is always visible above the control; help and error are read with it.
pub(crate) fn field(t: &Texts, field: &Field<'_>) -> Markup {
    let (help, error) = (format!("{}-aiuto", field.name), format!("{}-errore", field.name));
    let described: Vec<&str> = [field.error.map(|_| error.as_str()), field.help.map(|_| help.as_str())]
        .into_iter()
        .flatten()
        .collect();
    let described = (!described.is_empty()).then(|| described.join(" "));
    let invalid = field.error.map(|_| "true");
    html! {
        div.portal-field {
            label.form-label for=(field.name) { (field.label) }
            @match &field.control {
                Control::Text { kind, autocomplete, inputmode, max_length } => {
                    input.form-control.is-invalid[field.error.is_some()] type=(kind) id=(field.name) name=(field.name)
                        value=(field.value) required[field.required] autocomplete=(autocomplete)
                        inputmode=[*inputmode] maxlength=(max_length) spellcheck="false"
                        aria-describedby=[described] aria-invalid=[invalid];
                }
                Control::Select { choose, options } => {
                    select.form-control.form-select.is-invalid[field.error.is_some()] id=(field.name) name=(field.name)
                        required[field.required] aria-describedby=[described] aria-invalid=[invalid] {
                        option value="" { (choose) }
                        @for (value, text) in *options {
                            option value=(value) selected[value == field.value] { (text) }
                        }
                    }
                }
            }
            @if let Some(text) = field.error {
                p.portal-error id=(error) { span.visually-hidden { (t.invalid.error_prefix) " " } (text) }
            }
            @if let Some(text) = field.help {
                p.form-text id=(help) { (text) }
            }
        }
    }
}

/// The errors of a form, each a link to its field. Nothing when there are none.
pub(crate) fn error_summary(t: &Texts, errors: &[(&str, &str)]) -> Markup {
    html! {
        @if !errors.is_empty() {
            div.alert.alert-danger #errori role="alert" tabindex="-1" {
                h2.alert-heading.h5 { (t.invalid.summary) }
                ul.mb-0 {
                    @for (name, text) in errors {
                        li { a.alert-link href={ "#" (name) } { (text) } }
                    }
                }
            }
        }
    }
}
