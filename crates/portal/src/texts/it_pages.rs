//! The informative pages in Italian: accessibility, privacy, legal notes, frequent questions, assistance.

use maud::{Markup, html};

/// What the pages say about the installation.
pub(crate) struct Facts<'a> {
    pub name: &'a str,
    pub contact: Option<&'a str>,
    pub declaration: Option<&'a str>,
}

fn contact(facts: &Facts<'_>) -> Markup {
    html! {
        @match facts.contact {
            Some(address) => { a href={ "mailto:" (address) } { (address) } }
            None => { "i contatti pubblicati dal gestore di " (facts.name) }
        }
    }
}

pub(crate) fn accessibility(facts: &Facts<'_>) -> Markup {
    html! {
        p.lead { "Questo sito è progettato per essere usato da tutti, anche con tecnologie assistive, senza JavaScript e da telefono." }
        @if let Some(address) = facts.declaration {
            p { a href=(address) { "Leggi la dichiarazione di accessibilità sul sito di AgID" } }
        } @else {
            p { "La dichiarazione sul modello AgID è a cura del gestore di " (facts.name) " e non è ancora stata collegata a questa pagina." }
        }
        h2 { "Riferimenti e verifiche" }
        p { "Il riferimento è la norma EN 301 549, cioè le WCAG 2.1 al livello AA. Le pagine del percorso di pagamento sono verificate con strumenti automatici a ogni versione. Le verifiche automatiche non trovano tutto: le segnalazioni sono benvenute." }
        h2 { "Documenti" }
        p { "Gli avvisi e le ricevute in PDF contengono la struttura richiesta dalle tecnologie assistive (PDF/UA)." }
        h2 { "Segnalare un problema" }
        p { "Scrivi a: " (contact(facts)) ". Indica la pagina e la tecnologia che usi. La risposta arriva entro 30 giorni. Se non arriva o non ti soddisfa, puoi rivolgerti al Difensore civico per il digitale presso AgID." }
    }
}

pub(crate) fn privacy(facts: &Facts<'_>) -> Markup {
    html! {
        p.lead { "Questa pagina dice quali dati tratta il sito e perché. Le informative complete sono quelle degli enti creditori." }
        h2 { "Chi tratta i dati" }
        p { "Il titolare è l'ente a cui paghi. " (facts.name) " tratta i dati per conto dell'ente. Chi gestisce il pagamento e pagoPA S.p.A. trattano i dati del pagamento con le proprie informative." }
        h2 { "Quali dati" }
        ul {
            li { "Il codice avviso e il codice fiscale che inserisci, per trovare l'avviso. Non vengono conservati con la ricerca." }
            li { "L'indirizzo e-mail, se lo indichi, per l'invio dell'esito." }
            li { "I dati dell'avviso e della ricevuta, che l'ente deve conservare." }
            li { "Data, ora, operazione ed esito delle richieste, per la sicurezza e l'assistenza; i dati personali vi compaiono mascherati. L'indirizzo di rete è usato solo in memoria, per limitare le ricerche ripetute." }
        }
        p { "I dati della carta o del conto si inseriscono solo sul sito di pagoPA: qui non arrivano." }
        h2 #cookie { "Cookie" }
        p { "Le pagine per pagare non usano cookie, né propri né di terze parti, e non caricano nulla da altri siti. Per questo non c'è alcun banner." }
        h2 { "I tuoi diritti" }
        p { "Puoi chiedere all'ente creditore l'accesso ai tuoi dati, la rettifica e gli altri diritti previsti dal Regolamento (UE) 2016/679. Per il sito scrivi a: " (contact(facts)) "." }
    }
}

pub(crate) fn legal(facts: &Facts<'_>) -> Markup {
    html! {
        p.lead { "Condizioni d'uso del sito di pagamento di " (facts.name) "." }
        h2 { "Il servizio" }
        p { "Il sito permette di pagare gli avvisi degli enti aderenti attraverso pagoPA. Gli importi e le causali sono quelli comunicati dagli enti, che ne rispondono. Il pagamento è provato dalla ricevuta telematica." }
        h2 { "Commissioni" }
        p { "Le commissioni dipendono da chi gestisce il pagamento e sono mostrate da pagoPA prima della conferma. Questo sito non ne applica." }
        h2 { "Software e licenze" }
        p { "Il sito è realizzato con Snodo, software libero distribuito con licenza EUPL-1.2. L'aspetto è quello di Bootstrap Italia." }
        ul {
            li { a href=(assets::LICENCE) { "Licenza di Bootstrap Italia" } }
            li { a href=(assets::LICENCE_TITILLIUM) { "Licenza del carattere Titillium Web" } }
            li { a href=(assets::LICENCE_LORA) { "Licenza del carattere Lora" } }
            li { a href=(assets::LICENCE_ROBOTO_MONO) { "Licenza del carattere Roboto Mono" } }
        }
    }
}

/// Questions with their answers.
const FAQ: &[(&str, &str)] = &[
    (
        "Dove trovo il codice avviso?",
        "Sull'avviso di pagamento, vicino al codice QR: sono 18 cifre, scritte a gruppi di quattro.",
    ),
    (
        "Posso pagare un avviso intestato a un'altra persona?",
        "Sì. Nella ricerca inserisci il codice fiscale della persona o impresa a cui è intestato l'avviso.",
    ),
    (
        "Perché l'importo è diverso da quello stampato?",
        "L'ente può aggiornarlo dopo la stampa, per esempio dopo la scadenza. Vale l'importo mostrato qui.",
    ),
    (
        "Quanto tempo ci vuole?",
        "La ricerca e il pagamento richiedono pochi minuti. La ricevuta di solito arriva in pochi secondi, a volte in qualche ora.",
    ),
    (
        "Ho pagato ma la ricevuta non c'è: che faccio?",
        "Non pagare di nuovo. Tieni l'indirizzo della pagina dell'esito: la ricevuta vi compare appena arriva. Intanto controlla i movimenti del conto o della carta.",
    ),
    (
        "Ho pagato due volte: chi mi rimborsa?",
        "L'ente creditore. La seconda ricevuta viene registrata e segnalata all'ente come pagamento da rimborsare.",
    ),
    (
        "Il sito non trova il mio avviso.",
        "Controlla i dati. Se l'ente non è tra quelli di questo sito, l'avviso si può pagare su pagoPA, in banca, alle poste o con un'app.",
    ),
    (
        "Quanto costa?",
        "Questo sito non applica costi. Chi gestisce il pagamento può chiedere una commissione, che vedi prima di confermare.",
    ),
];

pub(crate) fn faq(_: &Facts<'_>) -> Markup {
    html! {
        div.portal-faq {
            @for (question, answer) in FAQ {
                h2.h5 { (question) }
                p { (answer) }
            }
        }
    }
}

pub(crate) fn report(facts: &Facts<'_>) -> Markup {
    html! {
        p.lead { "A chi rivolgersi dipende dal problema." }
        h2.h4 { "L'importo, la causale o l'intestatario sono sbagliati" }
        p { "Scrivi all'ente creditore, ai contatti stampati sull'avviso: solo l'ente può correggerli." }
        h2.h4 { "Il pagamento è stato addebitato ma non risulta" }
        p { "Controlla la pagina dell'esito. Se dopo un giorno la ricevuta manca ancora, scrivi a chi gestisce lo strumento con cui hai pagato (banca, carta o app)." }
        h2.h4 { "Il sito non funziona" }
        p { "Scrivi a: " (contact(facts)) ". Copia nel messaggio i dettagli mostrati nella pagina di errore: contengono l'identificativo con cui troviamo che cosa è successo. Non inviare mai i dati della carta." }
    }
}
