//! Pages of the simulated checkout.

use maud::{Markup, html};

use super::{Field, Site, layout};
use crate::cards::TEST_CARDS;
use crate::carts::Cart;
use crate::checkout::CardForm;
use model::Cents;

/// What is wrong with a field of the form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FieldError {
    /// Name of the field.
    pub field: &'static str,
    /// What to do, in Italian.
    pub message: &'static str,
}

impl FieldError {
    pub(crate) const fn new(field: &'static str, message: &'static str) -> Self {
        Self { field, message }
    }
}

/// The page where a cart is paid; with errors, after a post that was not accepted.
pub(crate) fn pay(cart: &Cart, form: &CardForm, errors: &[FieldError]) -> Markup {
    let total = Cents::sum(cart.notices.iter().map(|n| n.amount)).unwrap_or(Cents::ZERO);
    let error = |name: &str| errors.iter().find(|e| e.field == name).map(|e| e.message);
    let title = if errors.is_empty() { "Pagamento" } else { "Errore: pagamento" };
    let content = html! {
        div class="row justify-content-center" { div class="col-12 col-lg-8" {
            h1 class="mb-4" { "Paga con carta" }
            @if !errors.is_empty() {
                div class="alert alert-danger" role="alert" {
                    h2 class="h5" { "Controlla i dati" }
                    ul class="mb-0" {
                        @for e in errors { li { a href={ "#" (e.field) } { (e.message) } } }
                    }
                }
            }
            section {
                h2 id="riepilogo" class="h4" { "Cosa stai pagando" }
                ul class="list-unstyled" {
                    @for item in &cart.notices {
                        li class="border-bottom py-3" {
                            p class="mb-0 fw-semibold" { (item.description) }
                            p class="mb-0" { (item.company_name) }
                            p class="mb-0 small" {
                                "Avviso " span class="font-monospace" { (item.notice.number) }
                            }
                            p class="mb-0" { (item.amount.to_italian()) " €" }
                        }
                    }
                }
                p class="h5" { "Totale: " (total.to_italian()) " €" }
            }
            section class="my-5" {
                h2 id="prova" class="h4" { "Carte di prova" }
                p { "Ogni carta produce un esito diverso. Vanno bene qualsiasi scadenza futura e qualsiasi codice di tre cifre." }
                div class="table-responsive position-relative" tabindex="0" role="region" aria-labelledby="prova" {
                    table class="table table-sm" {
                        thead { tr {
                            th scope="col" { "Numero" }
                            th scope="col" { "Esito" }
                            th scope="col" { "Compila" }
                        } }
                        tbody {
                            @for card in TEST_CARDS {
                                tr {
                                    td class="font-monospace text-nowrap" { (spaced(card.number)) }
                                    td { (card.outcome.describe()) }
                                    td {
                                        a href={ "?carta=" (card.number) "#modulo" } {
                                            "Usa" span class="visually-hidden" { " la carta " (card.number) }
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
            }
            section {
                h2 id="modulo" class="h4" { "Dati della carta" }
                form method="post" novalidate action={ "/sandbox/checkout/c/" (cart.id) } {
                    (Field {
                        kind: "email",
                        autocomplete: Some("email"),
                        hint: Some("Qui il vero Checkout manderebbe l’esito; il simulatore non invia nulla."),
                        error: error("email"),
                        ..Field::new("email", "Indirizzo e-mail", &form.email)
                    }.render())
                    (Field {
                        autocomplete: Some("cc-number"),
                        numeric: true,
                        error: error("card"),
                        ..Field::new("card", "Numero della carta", &form.card)
                    }.render())
                    (Field {
                        autocomplete: Some("cc-exp"),
                        hint: Some("Mese e anno, ad esempio 12/30"),
                        error: error("expiry"),
                        ..Field::new("expiry", "Scadenza (MM/AA)", &form.expiry)
                    }.render())
                    (Field {
                        autocomplete: Some("cc-csc"),
                        numeric: true,
                        hint: Some("Tre cifre, sul retro della carta"),
                        error: error("cvv"),
                        ..Field::new("cvv", "Codice di sicurezza (CVV)", &form.cvv)
                    }.render())
                    button type="submit" class="btn btn-primary btn-lg w-100" {
                        "Paga " (total.to_italian()) " €"
                    }
                }
                form method="post" action={ "/sandbox/checkout/c/" (cart.id) "/annulla" } class="mt-3" {
                    button type="submit" class="btn btn-outline-secondary w-100" {
                        "Annulla e torna all’ente"
                    }
                }
            }
        } }
    };
    layout(Site::Checkout, title, &content)
}

/// The cart was already paid or given up.
pub(crate) fn closed(location: &str) -> Markup {
    let content = html! {
        h1 class="mb-4" { "Operazione già conclusa" }
        p { "Questo pagamento è già stato concluso o annullato: non serve ripeterlo." }
        p { a class="btn btn-primary" href=(location) { "Torna all’ente" } }
    };
    layout(Site::Checkout, "Operazione già conclusa", &content)
}

/// The cart does not exist or is too old.
pub(crate) fn unknown() -> Markup {
    let content = html! {
        h1 class="mb-4" { "Carrello non trovato" }
        p {
            "Il carrello non esiste o è scaduto. Torna al sito dell’ente e ripeti il pagamento: "
            "se hai già pagato, l’ente ha la ricevuta."
        }
    };
    layout(Site::Checkout, "Carrello non trovato", &content)
}

fn spaced(number: &str) -> String {
    let digits: Vec<char> = number.chars().collect();
    digits.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}
