//! Catalogues of the texts that citizens read.
//!
//! One struct per area and one static per language: a language that lacks a text does not compile. Texts hold
//! `{0}`, `{1}`… where values go (see [`fill`]). The long informative pages are whole documents per language
//! ([`it_pages`]), because they are written and reviewed as a whole.

mod it;
pub(crate) mod it_pages;

/// Declares the struct of one area.
macro_rules! area {
    ($(#[$meta:meta])* $name:ident { $($field:ident),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug)]
        pub(crate) struct $name { $(pub $field: &'static str),* }
    };
}

area! {
    /// Header, footer and what every page has.
    Shell {
        lang, skip_label, skip_to_content, skip_to_footer, nav_label, nav_pay, nav_faq, nav_report, tagline,
        breadcrumb_label, home, collaudo, footer_label, accessibility, privacy, legal, faq, report, source,
        opens_elsewhere, description,
    }
}
area! {
    /// The first page.
    Home {
        title, lead, pay_title, pay_text, pay_action, need_title, need_notice, need_code, need_method, what_title,
        what_text, after_title, after_text, faq_action,
    }
}
area! {
    /// Looking for a notice.
    Search {
        title, lead, notice_label, notice_help, organization_label, organization_help, organization_list_help,
        organization_choose,
        debtor_label, debtor_help, required, submit, known_title, known_edit, not_found_title, not_found_text,
        not_found_check, not_found_other, not_found_checkout, why_title, why_text,
    }
}
area! {
    /// What is wrong with what was typed.
    Invalid {
        summary, notice_empty, notice_length, notice_check, notice_qr, organization_empty, organization_code,
        organization_differs, debtor_empty, debtor_code, email, error_prefix,
    }
}
area! {
    /// A notice that was found.
    Notice {
        title, organization, description, amount, due_date, number, status, status_payable, status_paid,
        status_expired, status_cancelled, status_unavailable, unavailable_text, expired_text, cancelled_text,
        paid_text, pay, pdf, receipt, other, updated,
    }
}
area! {
    /// Steps of a payment, as the stepper shows them.
    Steps { label, data, recap, payment, outcome, done, current }
}
area! {
    /// Recap of a cart.
    Cart {
        title, lead, items_of, description, amount, due_date, number, iud, stamp, total, debtor_title, debtor_name,
        debtor_code, debtor_anonymous, debtor_hidden, email_title, email_label, email_help, pay, pay_help, abandon,
        abandon_help, expires, again_title, again_text, replica_title,
        replica_paid, replica_running, fees, returns,
    }
}
area! {
    /// Outcome of a payment.
    Outcome {
        title, waiting_title, waiting_text, waiting_action, progress_title, progress_text, partial_text, paid_title,
        paid_text, cancelled_title, cancelled_text, expired_title, expired_text, late_title, late_text, late_list,
        late_refund, payments_title, total, paid, unpaid, receipt, receipt_missing, timeline_title, step_created,
        step_sent, step_paying, step_receipt, step_cancelled, step_expired, state_done, state_current, state_todo,
        refresh, refresh_stop, refresh_note, back_to, retry, other, code, code_help, live_label,
    }
}
area! {
    /// Error pages.
    Errors {
        what_to_do, details_title, details_help, copy, copied, code, trace, time, address, back_home, retry_cart,
        helper, helper_platform, helper_organization, helper_nobody,
        not_found, not_found_text, not_found_next,
        method, method_text, method_next,
        bad_request, bad_request_text, bad_request_next,
        cross_site, cross_site_text, cross_site_next,
        too_many, too_many_text, too_many_next,
        link_expired, link_expired_text, link_expired_next,
        cart_not_found, cart_not_found_text, cart_not_found_next,
        cart_over, cart_over_text, cart_over_next,
        cart_paid, cart_paid_text, cart_paid_next, see_outcome,
        iud_taken, iud_taken_text, iud_taken_next,
        already_paid, already_paid_text, already_paid_next,
        not_payable, not_payable_text, not_payable_next,
        no_account, no_account_text, no_account_next,
        refused, refused_text, refused_next,
        away, away_text, away_next,
        unavailable, unavailable_text, unavailable_next,
        internal, internal_text, internal_next,
    }
}

/// All areas in one language.
#[derive(Debug)]
pub(crate) struct Texts {
    pub shell: Shell,
    pub home: Home,
    pub search: Search,
    pub invalid: Invalid,
    pub notice: Notice,
    pub steps: Steps,
    pub cart: Cart,
    pub outcome: Outcome,
    pub errors: Errors,
}

/// Italian, the default language.
pub(crate) static IT: Texts = it::TEXTS;

/// Puts values where the text holds `{0}`, `{1}`…
pub(crate) fn fill(text: &str, values: &[&str]) -> String {
    let mut filled = text.to_owned();
    for (index, value) in values.iter().enumerate() {
        filled = filled.replace(&format!("{{{index}}}"), value);
    }
    filled
}

#[cfg(test)]
mod tests {
    use super::fill;

    #[test]
    fn fills_in_any_order() {
        assert_eq!(fill("{1} di {0}, {1}", &["due", "uno"]), "uno di due, uno");
        assert_eq!(fill("niente", &["x"]), "niente");
    }
}
