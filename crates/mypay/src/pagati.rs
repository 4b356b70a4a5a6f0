//! The outcome documents `Pagati` and `PagatiConRicevuta` (`mypay-soap.md` §7.6), from receipts.

use engine::positions::Installment;
use engine::receipts::{Receipt, ReceiptTransfer};
use engine::registry::Organization;
use model::PersonKind;
use model::contact::cut;
use soap::DateTime;
use wire::mypay_documents::{
    AllegatoRicevuta, CodiceEsitoPagamento, DatiPagamento, DatiPagamentoConRicevuta, DatiSingoloPagamento,
    DatiSingoloPagamentoConRicevuta, Dominio, EnteBeneficiario, IdentificativoUnivoco,
    IdentificativoUnivocoPersonaFG, IdentificativoUnivocoPersonaG, IstitutoAttestante, Pagati,
    PagatiConRicevuta, SoggettoPagatore, TipoAllegatoRicevuta, TipoIdentificativoUnivoco, TipoPersonaFG,
    TipoPersonaG,
};

/// What the platform writes into `versioneOggetto` (§16.1).
const VERSION: &str = "6.2.0";
/// `esitoSingoloPagamento` of current receipts.
const PAID: &str = "0";

/// The document with receipt data, for `only` one IUD or for all of the payment.
pub fn with_receipt(
    organization: &Organization,
    installment: &Installment,
    receipt: &Receipt,
    only: Option<&str>,
) -> PagatiConRicevuta {
    let content = &receipt.content;
    let paid_on = model::rome_date(content.paid_at);
    let receipt_id = cut(&content.receipt_id, 35).to_owned();
    let singles = installment
        .transfers
        .iter()
        .zip(1u8..)
        .filter_map(|(line, number)| {
            let iud = line.iud.as_ref().filter(|iud| only.is_none_or(|only| iud.as_str() == only))?;
            let received = content.transfers.iter().find(|t| t.number == number);
            Some(DatiSingoloPagamentoConRicevuta {
                identificativo_univoco_dovuto: iud.to_string(),
                singolo_importo_pagato: received.map_or(line.amount, |t| t.amount),
                esito_singolo_pagamento: Some(PAID.to_owned()),
                data_esito_singolo_pagamento: paid_on,
                identificativo_univoco_riscossione: receipt_id.clone(),
                causale_versamento: cut(received.map_or(&line.remittance, |t| &t.remittance), 140).to_owned(),
                dati_specifici_riscossione: line.category.clone(),
                indice_dati_singolo_pagamento: Some(i32::from(number).into()),
                commissioni_applicate_psp: content.fee,
                allegato_ricevuta: received.and_then(stamp),
            })
        })
        .collect();
    PagatiConRicevuta {
        versione_oggetto: VERSION.to_owned(),
        dominio: Dominio {
            identificativo_dominio: organization.fiscal_code.to_string(),
            identificativo_stazione_richiedente: None,
        },
        identificativo_messaggio_ricevuta: receipt_id.clone(),
        data_ora_messaggio_ricevuta: DateTime::zoned(&model::dates::rome(content.paid_at)),
        riferimento_messaggio_richiesta: receipt_id.clone(),
        riferimento_data_richiesta: content.application_date.unwrap_or(paid_on),
        istituto_attestante: psp(receipt),
        ente_beneficiario: ente(organization),
        soggetto_pagatore: debtor(installment),
        dati_pagamento: DatiPagamentoConRicevuta {
            codice_esito_pagamento: CodiceEsitoPagamento::Eseguito,
            importo_totale_pagato: content.amount,
            identificativo_univoco_versamento: cut(&content.iuv, 35).to_owned(),
            codice_contesto_pagamento: receipt_id,
            dati_singolo_pagamento: singles,
        },
    }
}

/// The same without what only `PagatiConRicevuta` has.
pub fn plain(full: PagatiConRicevuta) -> Pagati {
    let payment = full.dati_pagamento;
    Pagati {
        versione_oggetto: full.versione_oggetto,
        dominio: full.dominio,
        identificativo_messaggio_ricevuta: full.identificativo_messaggio_ricevuta,
        data_ora_messaggio_ricevuta: full.data_ora_messaggio_ricevuta,
        riferimento_messaggio_richiesta: full.riferimento_messaggio_richiesta,
        riferimento_data_richiesta: full.riferimento_data_richiesta,
        istituto_attestante: full.istituto_attestante,
        ente_beneficiario: full.ente_beneficiario,
        soggetto_pagatore: full.soggetto_pagatore,
        dati_pagamento: DatiPagamento {
            codice_esito_pagamento: payment.codice_esito_pagamento,
            importo_totale_pagato: payment.importo_totale_pagato,
            identificativo_univoco_versamento: payment.identificativo_univoco_versamento,
            codice_contesto_pagamento: payment.codice_contesto_pagamento,
            dati_singolo_pagamento: payment
                .dati_singolo_pagamento
                .into_iter()
                .map(|single| DatiSingoloPagamento {
                    identificativo_univoco_dovuto: single.identificativo_univoco_dovuto,
                    singolo_importo_pagato: single.singolo_importo_pagato,
                    esito_singolo_pagamento: single.esito_singolo_pagamento,
                    data_esito_singolo_pagamento: single.data_esito_singolo_pagamento,
                    identificativo_univoco_riscossione: single.identificativo_univoco_riscossione,
                    causale_versamento: single.causale_versamento,
                    dati_specifici_riscossione: single.dati_specifici_riscossione,
                })
                .collect(),
        },
    }
}

fn stamp(transfer: &ReceiptTransfer) -> Option<AllegatoRicevuta> {
    let testo = transfer.stamp.clone()?;
    Some(AllegatoRicevuta { tipo: TipoAllegatoRicevuta::MarcaDaBollo, testo })
}

fn psp(receipt: &Receipt) -> IstitutoAttestante {
    let psp = &receipt.content.psp;
    IstitutoAttestante {
        identificativo_univoco: IdentificativoUnivoco {
            tipo: TipoIdentificativoUnivoco::Bic,
            codice: cut(&psp.id, 35).to_owned(),
        },
        denominazione: cut(&psp.name, 70).to_owned(),
        codice_unit_oper: None,
        denom_unit_oper: None,
        indirizzo: None,
        civico: None,
        cap: None,
        localita: None,
        provincia: None,
        nazione: None,
    }
}

fn ente(organization: &Organization) -> EnteBeneficiario {
    let address = &organization.profile.address;
    let text = |text: &Option<String>, most| {
        text.as_deref().map(|text| cut(text.trim(), most).to_owned()).filter(|text| !text.is_empty())
    };
    EnteBeneficiario {
        identificativo_univoco: IdentificativoUnivocoPersonaG {
            tipo: TipoPersonaG::G,
            codice: organization.fiscal_code.to_string(),
        },
        denominazione: cut(&organization.name, 70).to_owned(),
        codice_unit_oper: None,
        denom_unit_oper: None,
        indirizzo: text(&address.street, 70),
        civico: text(&address.number, 16),
        cap: text(&address.postal_code, 16),
        localita: text(&address.city, 35),
        provincia: text(&address.province, 35),
        nazione: text(&address.country, 2),
    }
}

fn debtor(installment: &Installment) -> SoggettoPagatore {
    let person = &installment.debtor;
    let address = &person.address;
    SoggettoPagatore {
        identificativo_univoco: IdentificativoUnivocoPersonaFG {
            tipo: match person.kind {
                PersonKind::Natural => TipoPersonaFG::F,
                PersonKind::Legal => TipoPersonaFG::G,
            },
            codice: person.code.as_str().to_owned(),
        },
        anagrafica: cut(&person.full_name, 70).to_owned(),
        indirizzo: address.street.clone(),
        civico: address.number.clone(),
        cap: address.postal_code.clone(),
        localita: address.city.clone(),
        provincia: address.province.as_ref().map(ToString::to_string),
        nazione: address.country.as_ref().map(ToString::to_string),
        email: person.email.as_ref().map(ToString::to_string),
    }
}
