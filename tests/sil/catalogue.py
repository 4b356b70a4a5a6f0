"""Every faultCode of the five operations (mypay-soap.md §6, §9, §21.2): each is provoked by a test, or said here why not."""

INVIA, IMPORTA, VERIFICA = "paaSILInviaDovuti", "paaSILImportaDovuto", "paaSILVerificaAvviso"
PAGATI, RICEVUTA = "paaSILChiediPagati", "paaSILChiediPagatiConRicevuta"

CATALOGUE: dict[str, set[str]] = {
    INVIA: {
        "PAA_ENTE_NON_VALIDO", "PAA_STATO_ENTE_NON_VALIDO", "PAA_XML_NON_VALIDO", "PAA_IUV_NON_VALIDO",
        "PAA_TIPO_VERSAMENTO_NON_VALIDO", "PAA_CODICE_FISCALE_NON_VALIDO", "PAA_P_IVA_NON_VALIDO",
        "PAA_IUD_NON_VALIDO", "PAA_IUD_DUPLICATO", "PAA_IDENTIFICATIVO_TIPO_DOVUTO_NON_VALIDO",
        "PAA_IDENTIFICATIVO_TIPO_DOVUTO_NON_ABILITATO", "PAA_IMPORTO_MARCA_BOLLO_DIGITALE_NON_VALIDA",
        "PAA_MARCA_BOLLO_DIGITALE_NON_VALIDA", "PAA_DATI_SPECIFICI_RISCOSSIONE_NON_VALIDO",
        "PAA_IMPORTO_SINGOLO_VERSAMENTO_NON_VALIDO", "PAA_IMPORTO_BILANCIO_NON_VALIDO",
        "PAA_CAUSALE_NON_PRESENTE", "PAA_ANAGRAFICA_NON_VALIDA",
    },
    VERIFICA: {"PAA_ENTE_NON_VALIDO", "PAA_IUV_NON_VALIDO", "PAA_IUV_SCADUTO"},
    PAGATI: {
        "PAA_ENTE_NON_VALIDO", "PAA_ID_SESSION_NON_VALIDO", "PAA_PAGAMENTO_NON_INIZIATO", "PAA_PAGAMENTO_IN_CORSO",
        "PAA_PAGAMENTO_ANNULLATO", "PAA_PAGAMENTO_SCADUTO", "PAA_SYSTEM_ERROR",
    },
    RICEVUTA: {
        "PAA_ENTE_NON_VALIDO", "PAA_ID_SESSION_NON_VALIDO", "PAA_PAGAMENTO_NON_INIZIATO", "PAA_PAGAMENTO_IN_CORSO",
        "PAA_PAGAMENTO_ANNULLATO", "PAA_PAGAMENTO_SCADUTO", "PAA_SYSTEM_ERROR", "PAA_IUV_NON_VALIDO",
        "PAA_IUD_NON_VALIDO",
    },
    IMPORTA: {
        "PAA_XML_NON_VALIDO", "PAA_ENTE_NON_VALIDO", "PAA_AZIONE_NON_VALIDO", "PAA_IUV_NON_VALIDO",
        "PAA_IMPORTO_SINGOLO_VERSAMENTO_NON_VALIDO", "PAA_IMPORTO_BILANCIO_NON_VALIDO",
        "PAA_IDENT_TIPO_DOVUTO_NON_PRESENTE", "PAA_IDENTIFICATIVO_TIPO_DOVUTO_NON_VALIDO",
        "PAA_SOGG_PAG_NON_VALORIZZATO", "PAA_TIPO_VERSAMENTO_NON_VALIDO", "PAA_IUD_NON_VALIDO",
        "PAA_CAUSALE_NON_PRESENTE", "PAA_DATI_SPECIFICI_RISCOSSIONE_NON_VALIDO", "PAA_CODICE_FISCALE_NON_VALIDO",
        "PAA_P_IVA_NON_VALIDO", "PAA_LIMITAZIONE_ENTI_SECONDARI_ERROR", "PAA_ENTE_SECONDARIO_NON_VALIDO",
        "PAA_SYSTEM_ERROR",
        "PAA_IMPORT_COD_TIPO_DOVUTO_INESISTENTE", "PAA_IMPORT_OPERATORE_NO_PERMESSI",
        "PAA_IMPORT_DATA_SCADENZA_PAGAMENTO_OBBLIGATORIA", "PAA_IMPORT_IUD_DUPLICATO", "PAA_IMPORT_IUV_DUPLICATO",
        "PAA_IMPORT_IUV_NO_NULLABLE", "PAA_IMPORT_TIPO_DOVUTO_NON_MODIFICABILE", "PAA_IMPORT_DOVUTO_NON_PRESENTE",
    },
}

#: What no client can provoke, and why.
UNREACHABLE: dict[tuple[str, str], str] = {
    (INVIA, "PAA_DATI_SPECIFICI_RISCOSSIONE_NON_VALIDO"): "the schema has the same pattern and speaks first",
    (INVIA, "PAA_IMPORTO_SINGOLO_VERSAMENTO_NON_VALIDO"): "the schema wants 0.01 to 999999999.99 and speaks first",
    (PAGATI, "PAA_SYSTEM_ERROR"): "no state of a cart without a meaning; only a failure of the store",
    (IMPORTA, "PAA_IMPORTO_SINGOLO_VERSAMENTO_NON_VALIDO"): "the schema wants 0.01 to 999999999.99 and speaks first",
    (IMPORTA, "PAA_IMPORT_COD_TIPO_DOVUTO_INESISTENTE"): "check 9 speaks first",
    (IMPORTA, "PAA_IMPORT_OPERATORE_NO_PERMESSI"): "the WS user may everything",
    (IMPORTA, "PAA_IMPORT_DOVUTO_NON_PRESENTE"): "PAA_SYSTEM_ERROR speaks first (§6.7 M, A)",
}

#: (operation, code) → number of tests that provoke it; filled while the test modules are imported.
PROVOKED: dict[tuple[str, str], int] = {}


def provokes(operation: str, *codes: str):
    """Marks a test as provoking these codes; the coverage test counts."""
    for code in codes:
        assert code in CATALOGUE[operation], f"{code} is not in the catalogue of {operation}"
        PROVOKED[operation, code] = PROVOKED.get((operation, code), 0) + 1

    def same(function):
        return function

    return same
