//! Files: upload of debts, export of payments (`mypay-soap.md` §6.8–§6.14).

use soap::{Bool, Date, Moment, Text, complex};

use super::{FaultBean, SCHEMA, StPassword, StText35};

complex! { in SCHEMA;
    /// Asks to upload a file of debts. Header required.
    pub struct PaaSilAutorizzaImportFlusso: element "paaSILAutorizzaImportFlusso" {
        /// Password of the body.
        password: opt StPassword = "password",
    }

    /// Answer to `paaSILAutorizzaImportFlusso`.
    #[derive(Default)]
    pub struct PaaSilAutorizzaImportFlussoRisposta: element "paaSILAutorizzaImportFlussoRisposta" {
        /// Why not.
        fault: opt FaultBean = "fault",
        /// Where to upload.
        upload_url: nominal Text = "uploadUrl",
        /// What to upload with; valid one hour.
        authorization_token: nominal Text = "authorizationToken",
        /// What to ask the state with.
        request_token: nominal Text = "requestToken",
        /// Informative.
        import_path: nominal Text = "importPath",
    }

    /// Asks the state of an uploaded file. Header required.
    pub struct PaaSilChiediStatoImportFlusso: element "paaSILChiediStatoImportFlusso" {
        /// Which file.
        request_token: one Text = "requestToken",
        /// Password of the body.
        password: opt StPassword = "password",
        /// Whether the address of the rejected rows is wanted.
        file_scarti: opt Bool = "fileScarti",
        /// Whether the address of the IUVs is wanted.
        file_iuv: opt Bool = "fileIUV",
        /// Whether the address of the notices is wanted.
        file_avvisi: opt Bool = "fileAvvisi",
    }

    /// Answer to `paaSILChiediStatoImportFlusso`.
    #[derive(Default)]
    pub struct PaaSilChiediStatoImportFlussoRisposta: element "paaSILChiediStatoImportFlussoRisposta" {
        /// Why not.
        fault: opt FaultBean = "fault",
        /// State, or the code of an error of the file.
        stato: nominal Text = "stato",
        /// Where the rejected rows can be downloaded.
        url_file_scarti: opt Text = "urlFileScarti",
        /// Where the IUVs can be downloaded.
        url_file_iuv: opt Text = "urlFileIUV",
        /// Where the notices can be downloaded.
        url_file_avvisi: opt Text = "urlFileAvvisi",
    }

    /// Asks for an export of payments. Header required.
    pub struct PaaSilPrenotaExportFlusso: element "paaSILPrenotaExportFlusso" {
        /// Password of the body.
        password: opt StPassword = "password",
        /// From.
        date_from: nominal Date = "dateFrom",
        /// To.
        date_to: nominal Date = "dateTo",
        /// Only this kind of revenue.
        identificativo_tipo_dovuto: opt StText35 = "identificativoTipoDovuto",
        /// Version of the file; absent means `1.0`.
        versione_tracciato: opt StText35 = "versioneTracciato" default "1.0",
    }

    /// Answer to `paaSILPrenotaExportFlusso`.
    #[derive(Default)]
    pub struct PaaSilPrenotaExportFlussoRisposta: element "paaSILPrenotaExportFlussoRisposta" {
        /// Why not.
        fault: opt FaultBean = "fault",
        /// What to ask the state with.
        request_token: nominal Text = "requestToken",
    }

    /// Asks for an export with receipts, or of what changed. Header required.
    pub struct PaaSilPrenotaExportFlussoIncrementaleConRicevuta:
        element "paaSILPrenotaExportFlussoIncrementaleConRicevuta" {
        /// Password of the body.
        password: opt StPassword = "password",
        /// From.
        date_from: nominal Moment = "dateFrom",
        /// To; absent means now.
        date_to: opt Moment = "dateTo",
        /// Only this kind of revenue, or `EXPORT_ENTE_SECONDARIO`.
        identificativo_tipo_dovuto: opt StText35 = "identificativoTipoDovuto",
        /// Whether with the columns of the receipt.
        ricevuta: one Bool = "ricevuta",
        /// Whether by time of change instead of day of payment.
        incrementale: one Bool = "incrementale",
        /// Version of the file; absent means `1.0`.
        versione_tracciato: opt StText35 = "versioneTracciato" default "1.0",
        /// Secret shared with MyPivot.
        password_mypivot: opt StPassword = "passwordMypivot",
    }

    /// Answer to `paaSILPrenotaExportFlussoIncrementaleConRicevuta`.
    #[derive(Default)]
    pub struct PaaSilPrenotaExportFlussoIncrementaleConRicevutaRisposta:
        element "paaSILPrenotaExportFlussoIncrementaleConRicevutaRisposta" {
        /// Why not.
        fault: opt FaultBean = "fault",
        /// What to ask the state with.
        request_token: nominal Text = "requestToken",
        /// End of the period actually used: the next `dateFrom`.
        date_to: nominal Moment = "dateTo",
    }

    /// Asks the state of an export. Header required.
    pub struct PaaSilChiediStatoExportFlusso: element "paaSILChiediStatoExportFlusso" {
        /// Password of the body.
        password: opt StPassword = "password",
        /// Which export.
        request_token: one Text = "requestToken",
    }

    /// Answer to `paaSILChiediStatoExportFlusso`.
    #[derive(Default)]
    pub struct PaaSilChiediStatoExportFlussoRisposta: element "paaSILChiediStatoExportFlussoRisposta" {
        /// Why not.
        fault: opt FaultBean = "fault",
        /// State.
        stato: nominal Text = "stato",
        /// Where the file can be downloaded, once ready.
        download_url: nominal Text = "downloadUrl",
    }

    /// Asks for an export of expired debts. Header required.
    pub struct PaaSilPrenotaExportFlussoScaduti: element "paaSILPrenotaExportFlussoScaduti" {
        /// Password of the body.
        password: opt StPassword = "password",
        /// Expired on this day.
        data_scadenza: nominal Date = "dataScadenza",
        /// Kinds of revenue, separated by semicolons.
        tipi_dovuto: one Text = "tipiDovuto",
    }

    /// Answer to `paaSILPrenotaExportFlussoScaduti`.
    #[derive(Default)]
    pub struct PaaSilPrenotaExportFlussoScadutiRisposta: element "paaSILPrenotaExportFlussoScadutiRisposta" {
        /// Why not.
        fault: opt FaultBean = "fault",
        /// What to ask the state with.
        request_token: nominal Text = "requestToken",
    }

    /// Asks the state of an export of expired debts. Header required.
    pub struct PaaSilChiediStatoExportFlussoScaduti: element "paaSILChiediStatoExportFlussoScaduti" {
        /// Password of the body.
        password: opt StPassword = "password",
        /// Which export.
        request_token: one Text = "requestToken",
    }

    /// Answer to `paaSILChiediStatoExportFlussoScaduti`.
    #[derive(Default)]
    pub struct PaaSilChiediStatoExportFlussoScadutiRisposta:
        element "paaSILChiediStatoExportFlussoScadutiRisposta" {
        /// Why not.
        fault: opt FaultBean = "fault",
        /// State.
        stato: nominal Text = "stato",
        /// Name of the file.
        nome_file: nominal Text = "nomeFile",
        /// Where the file can be downloaded.
        download_url: nominal Text = "downloadUrl",
        /// Relative path of the file.
        path_file: nominal Text = "pathFile",
    }
}
