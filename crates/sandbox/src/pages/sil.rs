//! The page of the simulated SIL where a browser comes back.

use maud::{Markup, html};

use super::{Site, layout};
use crate::sil::Return;

/// Shows what the browser brought back.
pub(crate) fn came_back(visit: &Return) -> Markup {
    let content = html! {
        h1 class="mb-4" { "Ritorno dal pagamento" }
        @match visit.esito.as_deref() {
            Some("OK") => p class="alert alert-success" { "Esito della transazione nel browser: OK" },
            Some(other) => p class="alert alert-warning" { "Esito della transazione nel browser: " (other) },
            None => p class="alert alert-warning" { "Nessun esito nell’indirizzo di ritorno" },
        }
        p {
            "L’esito riguarda la navigazione, non il pagamento: fa fede soltanto la ricevuta, "
            "che il SIL chiede con paaSILChiediPagati usando idSession."
        }
        dl {
            @for (name, value) in &visit.parameters {
                dt { (name) }
                dd class="font-monospace text-break" { (value) }
            }
        }
    };
    layout(Site::Sil, "Ritorno dal pagamento", &content)
}
