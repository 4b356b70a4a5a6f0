//! Fixed texts, by language.
//!
//! The guide forbids changing them (`pagopa.md §3.8`, variant *avviso con seconda lingua*); they follow the strings of
//! guide 3.5, which are published for these five languages. `{ente}` stands for the name of the ente, `{luogo}` for its own
//! cash desks, `{canale}` for one of [`NoticeTexts::online_places`].

/// A language of the notice besides Italian.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Language {
    /// English.
    English,
    /// German (South Tyrol).
    German,
    /// French (Aosta Valley).
    French,
    /// Slovene (Friuli Venezia Giulia).
    Slovene,
}

impl Language {
    /// All of them.
    pub const ALL: [Language; 4] = [Language::English, Language::German, Language::French, Language::Slovene];

    /// Two-letter code, as in `second language` settings and in the PDF.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.texts().code
    }

    /// The language of a two-letter code, in any case; `None` for others, and for Italian (which is always there).
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.code().eq_ignore_ascii_case(code))
    }

    pub(crate) fn texts(self) -> &'static NoticeTexts {
        match self {
            Language::English => &ENGLISH,
            Language::German => &GERMAN,
            Language::French => &FRENCH,
            Language::Slovene => &SLOVENE,
        }
    }
}

/// The fixed texts of the notice.
pub(crate) struct NoticeTexts {
    pub code: &'static str,
    pub title: &'static str,
    pub creditor: &'static str,
    pub tax_code: &'static str,
    pub recipient: &'static str,
    pub how_much_and_when: &'static str,
    pub how_much: &'static str,
    pub by: &'static str,
    pub amount: &'static str,
    pub may_change: &'static str,
    pub where_to_pay: &'static str,
    pub channels: &'static str,
    pub online_title: &'static str,
    pub online: &'static str,
    /// Site, app, site or app.
    pub online_places: [&'static str; 3],
    pub territory_title: &'static str,
    pub territory: &'static str,
    pub territory_with: &'static str,
    pub payment_data: &'static str,
    pub single: &'static str,
    pub scan: &'static str,
    pub subject: &'static str,
    pub cbill: &'static str,
    pub notice_code: &'static str,
    pub creditor_tax_code: &'static str,
    pub postal_account: &'static str,
    pub account_holder: &'static str,
    pub slip_type: &'static str,
}

/// Name of the postal slip: a proper name, the same in all languages.
pub(crate) const POSTAL_SLIP: &str = "Bollettino Postale PA";

pub(crate) static ITALIAN: NoticeTexts = NoticeTexts {
    code: "it",
    title: "Avviso di pagamento",
    creditor: "Ente Creditore",
    tax_code: "Cod. Fiscale",
    recipient: "Destinatario",
    how_much_and_when: "Quanto e quando pagare?",
    how_much: "Quanto pagare?",
    by: "entro il",
    amount: "Importo",
    may_change: "In fase di pagamento l’importo potrebbe subire aumenti (per sanzioni, interessi, costi di notifica o altri fattori) o riduzioni (per sgravi o note di credito).",
    where_to_pay: "Dove pagare?",
    channels: "vai su pagopa.gov.it",
    online_title: "Paga con l’app IO",
    online: "oppure {canale}dal tuo Home Banking, con la tua app di pagamento o con gli altri canali abilitati.",
    online_places: ["sul sito di {ente}, ", "sull’app di {ente}, ", "sul sito o app di {ente}, "],
    territory_title: "Paga sul territorio",
    territory: "presso Banche e Sportelli ATM, negli Uffici Postali e Punti Postali, nei Bar, Edicole, Ricevitorie, Supermercati, Tabaccherie e altri Esercenti Convenzionati.",
    territory_with: "{luogo}, presso Banche e Sportelli ATM, negli Uffici Postali e Punti Postali, nei Bar, Edicole, Ricevitorie, Supermercati, Tabaccherie e altri Esercenti Convenzionati.",
    payment_data: "Dati per il pagamento",
    single: "Rata unica",
    scan: "Inquadra il codice QR con la tua app di pagamento o usa i dati accanto.",
    subject: "Oggetto del pagamento",
    cbill: "Codice CBILL",
    notice_code: "Codice Avviso",
    creditor_tax_code: "Codice Fiscale Ente",
    postal_account: "sul C/C n.",
    account_holder: "Intestato a",
    slip_type: "Tipo",
};

static ENGLISH: NoticeTexts = NoticeTexts {
    code: "en",
    title: "Payment notice",
    creditor: "Payee",
    tax_code: "Tax code",
    recipient: "Recipient",
    how_much_and_when: "How much and when to pay?",
    how_much: "How much to pay?",
    by: "by",
    amount: "Amount",
    may_change: "During the payment the amount may increase (due to penalties, interest, notification costs or other factors) or be reduced (due to discounts or credit notes).",
    where_to_pay: "Where to pay?",
    channels: "go to pagopa.gov.it",
    online_title: "Pay with the IO app",
    online: "or {canale}with your Home Banking, payment app or the other affiliated channels.",
    online_places: [
        "on the website of {ente}, ",
        "with the app of {ente}, ",
        "on the website or app of {ente}, ",
    ],
    territory_title: "Pay locally",
    territory: "at banks and ATMs, in post offices, cafés, news stands, betting and tobacco shops, supermarkets and other affiliated merchants.",
    territory_with: "{luogo}, at banks and ATMs, in post offices, cafés, news stands, betting and tobacco shops, supermarkets and other affiliated merchants.",
    payment_data: "Payment details",
    single: "Full amount",
    scan: "Scan the QR code with your payment app or use the data printed here.",
    subject: "Payment description",
    cbill: "CBILL code",
    notice_code: "Notice code",
    creditor_tax_code: "Payee tax code",
    postal_account: "to account no.",
    account_holder: "Account holder",
    slip_type: "Type",
};

static GERMAN: NoticeTexts = NoticeTexts {
    code: "de",
    title: "Zahlungsmitteilung",
    creditor: "Körperschaft",
    tax_code: "St.Nr.",
    recipient: "Empfänger",
    how_much_and_when: "Wieviel und wann bezahlen?",
    how_much: "Wieviel bezahlen?",
    by: "fällig am",
    amount: "Betrag",
    may_change: "Während der Zahlungsphase kann der Betrag Erhöhungen (z. B. durch Sanktionen, Zinsen, Zustellungskosten oder andere Faktoren) oder Verringerungen (z. B. durch Ermäßigungen oder Gutschriften) unterliegen.",
    where_to_pay: "Wo bezahlen?",
    channels: "Liste: pagopa.gov.it",
    online_title: "Mit der App IO bezahlen",
    online: "oder {canale}mittels Home Banking, einer Zahlungsapp oder anderer zugelassener Zahlungsdienstleister.",
    online_places: [
        "auf der Website von {ente}, ",
        "mit der App von {ente}, ",
        "auf der Website oder mit der App von {ente}, ",
    ],
    territory_title: "In Ihrer Umgebung bezahlen",
    territory: "bei Banken und ATM-Schaltern, in Postämtern und Poststellen, Tabaktrafiken und anderen angebundenen Dienstleistern.",
    territory_with: "{luogo}, bei Banken und ATM-Schaltern, in Postämtern und Poststellen, Tabaktrafiken und anderen angebundenen Dienstleistern.",
    payment_data: "Zahlungsinformationen",
    single: "Einzige Rate",
    scan: "Den QR-Code mit der Zahlungs-App scannen oder die nebenstehenden Daten verwenden.",
    subject: "Zahlungsgrund",
    cbill: "CBILL-Kodex",
    notice_code: "Zahlungsmitteilungskodex",
    creditor_tax_code: "St.Nr. der Körperschaft",
    postal_account: "auf das K/K Nr.",
    account_holder: "lautend auf",
    slip_type: "Typ",
};

static FRENCH: NoticeTexts = NoticeTexts {
    code: "fr",
    title: "Avis de paiement",
    creditor: "Organisme créancier",
    tax_code: "Code fiscal",
    recipient: "Destinataire",
    how_much_and_when: "Combien et quand payer ?",
    how_much: "Combien payer ?",
    by: "avant le",
    amount: "Montant",
    may_change: "Lors du paiement, le montant peut être augmenté (en raison de sanctions, d’intérêts, de frais de notification ou d’autres facteurs) ou réduit (en raison de réductions ou de notes de crédit).",
    where_to_pay: "Où payer ?",
    channels: "accédez au site pagopa.gov.it",
    online_title: "Payez avec l’application IO",
    online: "ou {canale}depuis votre « Banque à domicile », avec votre application de paiement ou avec les autres canaux activés.",
    online_places: [
        "sur le site de {ente}, ",
        "sur l’application de {ente}, ",
        "sur le site ou l’application de {ente}, ",
    ],
    territory_title: "Payez sur le territoire",
    territory: "dans les banques, les guichets automatiques, les bureaux de poste, les points postaux, les bars, les kiosques à journaux, les détaillants, les supermarchés, les bureaux de tabac et les autres opérateurs agréés.",
    territory_with: "{luogo}, dans les banques, les guichets automatiques, les bureaux de poste, les points postaux, les bars, les kiosques à journaux, les détaillants, les supermarchés, les bureaux de tabac et les autres opérateurs agréés.",
    payment_data: "Données pour le paiement",
    single: "Versement unique",
    scan: "Encadrez le code QR avec votre application de paiement ou utilisez les données ci-contre.",
    subject: "Objet du paiement",
    cbill: "Code CBILL",
    notice_code: "Code de l’avis",
    creditor_tax_code: "Code fiscal de l’organisme",
    postal_account: "sur le C/C n°",
    account_holder: "Titulaire",
    slip_type: "Type",
};

// The published strings call the ente "plačnik", which means payer: corrected here to "upnik", creditor.
static SLOVENE: NoticeTexts = NoticeTexts {
    code: "sl",
    title: "Obvestilo o plačilu",
    creditor: "Upnik",
    tax_code: "Davčna št.",
    recipient: "Prejemnik",
    how_much_and_when: "Koliko in kdaj plačati?",
    how_much: "Koliko plačati?",
    by: "do",
    amount: "Znesek",
    may_change: "Med fazo plačila se lahko znesek poveča (zaradi sankcij, obresti, stroškov obvestil ali drugih dejavnikov) ali zmanjša (zaradi popustov ali dobropisov).",
    where_to_pay: "Kje plačati?",
    channels: "pojdite na pagopa.gov.it",
    online_title: "Plačajte z aplikacijo IO",
    online: "ali {canale}prek svoje spletne banke, z aplikacijo za plačevanje ali prek drugih razpoložljivih kanalov.",
    online_places: [
        "na spletnem mestu {ente}, ",
        "v aplikaciji {ente}, ",
        "na spletnem mestu ali v aplikaciji {ente}, ",
    ],
    territory_title: "Plačajte lokalno",
    territory: "na bankah in okencih bankomatov, poštnih uradih in poštnih točkah, v barih, kioskih, sprejemnih pisarnah, supermarketih, trafikah in pri drugih pooblaščenih operaterjih.",
    territory_with: "{luogo}, na bankah in okencih bankomatov, poštnih uradih in poštnih točkah, v barih, kioskih, sprejemnih pisarnah, supermarketih, trafikah in pri drugih pooblaščenih operaterjih.",
    payment_data: "Podatki za plačilo",
    single: "Enkratni obrok",
    scan: "Skenirajte QR-kodo z aplikacijo za plačila ali uporabite podatke, navedene ob kodi.",
    subject: "Predmet plačila",
    cbill: "Koda CBILL",
    notice_code: "Št. obvestila",
    creditor_tax_code: "Davčna številka upnika",
    postal_account: "na račun št.",
    account_holder: "Imetnik",
    slip_type: "Vrsta",
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_lead_back_and_italian_is_not_a_second_language() {
        for language in Language::ALL {
            assert_eq!(Language::from_code(&language.code().to_uppercase()), Some(language));
        }
        assert_eq!(Language::from_code("it"), None);
        assert_eq!(Language::from_code(""), None);
    }

    #[test]
    fn places_are_named_where_the_layout_fills_them() {
        for texts in Language::ALL.map(Language::texts).into_iter().chain([&ITALIAN]) {
            assert_eq!(texts.online.matches("{canale}").count(), 1, "{}", texts.code);
            assert!(texts.territory_with.starts_with("{luogo}, "), "{}", texts.code);
            assert!(
                texts.online_places.iter().all(|p| p.contains("{ente}") && p.ends_with(", ")),
                "{}",
                texts.code
            );
            assert!(!texts.territory.contains('{'), "{}", texts.code);
        }
    }
}
