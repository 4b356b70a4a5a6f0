//! The control page and the page with the result of a payment.

use maud::{Markup, html};

use super::{Field, Site, layout, moment};
use crate::Nation;
use crate::node::{CallOutcome, CallReport, ReceiptState};
use crate::psp::{Outcome, PSPS, PayReport};
use crate::sil::Misbehaviour;

/// How many rows a list of the control page shows.
const ROWS: usize = 20;

/// The control page.
pub(crate) fn show(nation: &Nation, message: Option<&str>) -> Markup {
    let token = &nation.form_token;
    let content = html! {
        h1 class="mb-4" { "Ambiente di collaudo" }
        p class="lead" {
            "Il nodo nazionale, due PSP, il checkout e un SIL in ascolto, tutti simulati. "
            "Le stesse azioni si comandano in JSON: "
            a href="/sandbox/openapi.json" { "descrizione OpenAPI" } "."
        }
        @if let Some(message) = message {
            div class="alert alert-info" role="status" { (message) }
        }
        div class="row" {
            div class="col-12 col-lg-6 mb-5" { (pay_form(token)) }
            div class="col-12 col-lg-6 mb-5" { (clock_form(nation)) (probe_form(token)) }
        }
        (violations(nation))
        (receipts(nation))
        (calls(nation))
        (inbox(nation))
        (registry(nation))
    };
    layout(Site::Controls, "Controlli", &content)
}

fn hidden(token: &str) -> Markup {
    html! { input type="hidden" name="token" value=(token); }
}

fn pay_form(token: &str) -> Markup {
    html! {
        section {
            h2 id="paga" class="h4" { "Paga un avviso allo sportello" }
            form method="post" action="/sandbox/azioni/paga" {
                (hidden(token))
                (Field { numeric: true, hint: Some("18 cifre"), ..Field::new("noticeNumber", "Codice avviso", "") }.render())
                (Field { numeric: true, hint: Some("11 cifre"), ..Field::new("fiscalCode", "Codice fiscale dell’ente", "") }.render())
                (select("outcome", "Esito", &[("OK", "Pagato"), ("KO", "Rifiutato"), ("ABANDON", "Abbandonato")]))
                (select("psp", "PSP", &PSPS.iter().map(|p| (p.id, p.name)).collect::<Vec<_>>()))
                (Field { numeric: true, required: false, hint: Some("Secondi, dell’orologio di collaudo"), ..Field::new("receiptDelaySeconds", "Ritardo della ricevuta", "") }.render())
                (Field { numeric: true, required: false, hint: Some("Da 1 a 20"), ..Field::new("receiptCopies", "Copie della ricevuta", "") }.render())
                button type="submit" class="btn btn-primary" { "Paga" }
            }
        }
    }
}

fn select(name: &str, label: &str, options: &[(&str, &str)]) -> Markup {
    html! {
        div class="mb-4" {
            label class="form-label fw-semibold" for=(name) { (label) }
            select id=(name) name=(name) class="form-select border" {
                @for (value, text) in options { option value=(value) { (text) } }
            }
        }
    }
}

fn clock_form(nation: &Nation) -> Markup {
    html! {
        section class="mb-5" {
            h2 id="orologio" class="h4" { "Orologio" }
            p { "Adesso sono le " strong { (moment(nation.node.clock.now())) } ", ora di Roma." }
            form method="post" action="/sandbox/azioni/orologio" {
                (hidden(&nation.form_token))
                (Field {
                    hint: Some("Durata ISO 8601: P1D un giorno, PT2H due ore, P1M un mese"),
                    ..Field::new("advance", "Porta avanti di", "P1D")
                }.render())
                button type="submit" class="btn btn-primary" { "Porta avanti" }
            }
        }
    }
}

fn probe_form(token: &str) -> Markup {
    html! {
        section {
            h2 id="sonda" class="h4" { "Sonda" }
            p { "Il nodo chiede a ogni stazione l’avviso di 18 zeri e si aspetta PAA_PAGAMENTO_SCONOSCIUTO." }
            form method="post" action="/sandbox/azioni/sonda" {
                (hidden(token))
                button type="submit" class="btn btn-outline-primary" { "Sonda le stazioni" }
            }
        }
    }
}

fn violations(nation: &Nation) -> Markup {
    let list = nation.node.violations.list();
    html! {
        section class="mb-5" {
            h2 id="violazioni" class="h4" { "Violazioni trovate dal nodo" }
            @if list.is_empty() {
                p { "Nessuna: le risposte rispettano il contratto." }
            } @else {
                (table("violazioni", &["Quando", "Operazione", "Avviso", "Regola", "Trovato"], html! {
                    @for v in list.iter().rev().take(ROWS) {
                        tr {
                            td class="text-nowrap" { (moment(v.at)) }
                            td { (v.operation) }
                            td class="font-monospace" { (v.notice_number) }
                            td { (v.rule) }
                            td { (v.detail) }
                        }
                    }
                }))
            }
        }
    }
}

fn receipts(nation: &Nation) -> Markup {
    let list = nation.node.receipt_list();
    html! {
        section class="mb-5" {
            h2 id="ricevute" class="h4" { "Ricevute" }
            @if list.is_empty() {
                p { "Nessuna ricevuta." }
            } @else {
                (table("ricevute", &["Ricevuta", "Avviso", "Per", "Stazione", "Stato", "Tentativi", "Azione"], html! {
                    @for r in list.iter().take(ROWS) {
                        tr {
                            td class="font-monospace text-break" { (r.receipt_id) }
                            td class="font-monospace" { (r.notice_number) }
                            td class="font-monospace" { (r.id_pa) }
                            td { (r.id_station) }
                            td {
                                (state_name(r.state))
                                @if let Some(due) = r.due_at { ", alle " (moment(due)) }
                                @if let Some(last) = &r.last_outcome { " (" (last) ")" }
                            }
                            td { (r.attempts) }
                            td {
                                @if r.state == ReceiptState::Notified { "–" } @else {
                                    form method="post" action="/sandbox/azioni/rispedisci" {
                                        (hidden(&nation.form_token))
                                        input type="hidden" name="id" value=(r.id);
                                        button type="submit" class="btn btn-xs btn-outline-primary" {
                                            "Spedisci" span class="visually-hidden" { " ora la ricevuta " (r.receipt_id) " alla stazione " (r.id_station) }
                                        }
                                    }
                                }
                            }
                        }
                    }
                }))
            }
        }
    }
}

const fn state_name(state: ReceiptState) -> &'static str {
    match state {
        ReceiptState::NoticeGenerated => "Da spedire",
        ReceiptState::NoticePending => "Da rispedire",
        ReceiptState::NoticeStuck => "Ferma: tentativi esauriti",
        ReceiptState::Notified => "Consegnata",
    }
}

fn calls(nation: &Nation) -> Markup {
    let list = nation.node.calls.list();
    html! {
        section class="mb-5" {
            h2 id="chiamate" class="h4" { "Ultime chiamate del nodo" }
            @if list.is_empty() {
                p { "Nessuna chiamata." }
            } @else {
                (table("chiamate", &["Quando", "Operazione", "Avviso", "Esito", "Millisecondi"], html! {
                    @for c in list.iter().take(ROWS) {
                        tr {
                            td class="text-nowrap" { (moment(c.at)) }
                            td { (c.report.operation.name()) }
                            td class="font-monospace" { (c.notice_number) }
                            td { (outcome(&c.report)) }
                            td { (c.report.milliseconds) }
                        }
                    }
                }))
            }
        }
    }
}

fn outcome(call: &CallReport) -> Markup {
    let word = match call.outcome {
        CallOutcome::Ok => "OK",
        CallOutcome::Ko => "KO",
        CallOutcome::Error => "Errore",
    };
    html! {
        (word)
        @if let Some(code) = &call.fault_code { " " (code) }
    }
}

fn inbox(nation: &Nation) -> Markup {
    let list = nation.sil.inbox(None);
    let returns = nation.sil.returns();
    let now = nation.sil.misbehaviour();
    let modes = [
        (Misbehaviour::None, "NONE", "Risponde bene"),
        (Misbehaviour::Status500, "STATUS_500", "Risponde 500"),
        (Misbehaviour::Timeout, "TIMEOUT", "Non risponde"),
        (Misbehaviour::Fault, "FAULT", "Risponde con faultCode"),
        (Misbehaviour::Reset, "RESET", "Chiude la connessione"),
    ];
    let current = modes.iter().find(|(mode, _, _)| *mode == now).map_or("", |(_, _, text)| text);
    html! {
        section class="mb-5" {
            h2 id="sil" class="h4" { "SIL in ascolto" }
            p {
                "Indirizzo delle notifiche: "
                span class="font-monospace text-break" { (nation.base_url) "/sandbox/sil/notifiche/{codIpaEnte}" }
                ". Indirizzo di ritorno: "
                span class="font-monospace text-break" { (nation.base_url) "/sandbox/sil/ritorno" } "."
            }
            form method="post" action="/sandbox/azioni/sil" class="mb-4" {
                (hidden(&nation.form_token))
                p { "Adesso: " strong { (current) } "." }
                (select("mode", "Da ora in poi il SIL", &modes.map(|(_, value, text)| (value, text))))
                button type="submit" class="btn btn-outline-primary" { "Imposta" }
            }
            @if list.is_empty() {
                p { "Nessuna notifica ricevuta." }
            } @else {
                (table("sil", &["Quando", "Ente", "Risposta data", "Contenuto"], html! {
                    @for n in list.iter().rev().take(ROWS) {
                        tr {
                            td class="text-nowrap" { (moment(n.received_at)) }
                            td { (n.ipa) }
                            td { (n.answered) }
                            td class="font-monospace text-break small" {
                                (excerpt(n.esito.as_deref().unwrap_or(&n.body)))
                            }
                        }
                    }
                }))
                form method="post" action="/sandbox/azioni/svuota" {
                    (hidden(&nation.form_token))
                    button type="submit" class="btn btn-outline-danger" { "Svuota le notifiche" }
                }
            }
            @if !returns.is_empty() {
                h3 id="ritorni" class="h5 mt-4" { "Ritorni del browser" }
                (table("ritorni", &["Quando", "idSession", "esito"], html! {
                    @for r in returns.iter().rev().take(ROWS) {
                        tr {
                            td class="text-nowrap" { (moment(r.at)) }
                            td class="font-monospace" { (r.id_session.as_deref().unwrap_or("–")) }
                            td { (r.esito.as_deref().unwrap_or("–")) }
                        }
                    }
                }))
            }
        }
    }
}

fn excerpt(text: &str) -> String {
    let mut short: String = text.chars().take(200).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

fn registry(nation: &Nation) -> Markup {
    let registry = nation.node.registry();
    html! {
        section {
            h2 id="anagrafe" class="h4" { "Enti registrati sul nodo" }
            p { "Intermediario " span class="font-monospace" { (registry.broker_id) } "." }
            (table("anagrafe", &["Ente", "Codice fiscale", "Stazioni", "IBAN registrati"], html! {
                @for o in &registry.organizations {
                    tr {
                        td { (o.name) }
                        td class="font-monospace" { (o.fiscal_code) }
                        td {
                            @for a in &o.attachments {
                                div {
                                    (a.station_id) ", segregazione " (a.segregation_code)
                                    @if a.broadcast { ", broadcast" }
                                }
                            }
                        }
                        td class="font-monospace" { @for iban in &o.ibans { div { (iban) } } }
                    }
                }
            }))
        }
    }
}

fn table(labelled_by: &str, heads: &[&str], rows: Markup) -> Markup {
    html! {
        div class="table-responsive" tabindex="0" role="region" aria-labelledby=(labelled_by) {
            table class="table table-sm" {
                thead { tr { @for head in heads { th scope="col" { (head) } } } }
                tbody { (rows) }
            }
        }
    }
}

/// What a payment at the counter gave.
pub(crate) fn paid(report: &PayReport) -> Markup {
    let (class, text) = match report.outcome {
        Outcome::Ok => ("alert alert-success", "Pagato"),
        Outcome::Ko => ("alert alert-danger", "Non pagato"),
        Outcome::Abandon => ("alert alert-warning", "Abbandonato"),
    };
    let content = html! {
        h1 class="mb-4" { "Pagamento allo sportello" }
        p class=(class) role="status" {
            (text)
            @if let (Some(code), Some(detail)) = (&report.fault_code, &report.detail) {
                ": " (report.original_fault_code.as_ref().unwrap_or(code)) ", " (detail)
            }
        }
        @if let Some(id) = &report.receipt_id {
            p { "Ricevuta " span class="font-monospace" { (id) } }
        }
        h2 id="chiamate" class="h4" { "Chiamate del nodo" }
        (table("chiamate", &["Operazione", "Stazione", "Esito", "Millisecondi"], html! {
            @for call in &report.calls {
                tr {
                    td { (call.operation.name()) }
                    td { (call.id_station) }
                    td { (outcome(call)) }
                    td { (call.milliseconds) }
                }
            }
        }))
        p { a class="btn btn-primary" href="/sandbox" { "Torna ai controlli" } }
    };
    layout(Site::Controls, "Pagamento allo sportello", &content)
}

/// A form of the control page was not accepted.
pub(crate) fn refused(detail: &str) -> Markup {
    let content = html! {
        h1 class="mb-4" { "Azione non eseguita" }
        p class="alert alert-danger" role="alert" { (detail) }
        p { a class="btn btn-primary" href="/sandbox" { "Torna ai controlli" } }
    };
    layout(Site::Controls, "Errore: azione non eseguita", &content)
}
