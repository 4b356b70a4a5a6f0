//! paForNode: what pagoPA's node calls at the intermediary (`pagopa.md` §1).
//!
//! Root elements are qualified, all their descendants unqualified; read strictly.

mod notices;
mod payments;
mod receipts;
mod types;

pub use notices::*;
pub use payments::*;
pub use receipts::*;
use soap::{Element, Operation, PartNames, Schema, SchemaFile, Service};
pub use types::*;

/// The schema of the messages. The original keeps its simple types in a second namespace, which
/// never shows on the wire; here all are in one.
pub static SCHEMA: Schema = Schema {
    namespace: "http://pagopa-api.pagopa.gov.it/pa/paForNode.xsd",
    prefix: "pafn",
    qualified: false,
    version: None,
};

/// The name of the schema file beside the WSDL.
pub const SCHEMA_FILE: &str = "paForNode.xsd";

/// The service with its six operations.
pub static SERVICE: Service = Service {
    name: "paForNode_Service",
    port: "paForNode_Port",
    binding: "paForNode_Binding",
    port_type: "paForNode_PortType",
    namespace: "http://pagopa-api.pagopa.gov.it/paForNode",
    parts: PartNames {
        request_suffix: "Req",
        response_suffix: "Res",
        header: "header",
        request: "requestBody",
        response: "responseBody",
    },
    addressing: None,
    schemas: &[SchemaFile {
        file: Some(SCHEMA_FILE),
        schema: &SCHEMA,
        elements: &[
            PaDemandPaymentNoticeRequest::ELEMENT,
            PaDemandPaymentNoticeResponse::ELEMENT,
            PaVerifyPaymentNoticeReq::ELEMENT,
            PaVerifyPaymentNoticeRes::ELEMENT,
            PaGetPaymentReq::ELEMENT,
            PaGetPaymentRes::ELEMENT,
            PaGetPaymentV2Request::ELEMENT,
            PaGetPaymentV2Response::ELEMENT,
            PaSendRtReq::ELEMENT,
            PaSendRtRes::ELEMENT,
            PaSendRtV2Request::ELEMENT,
            PaSendRtV2Response::ELEMENT,
        ],
    }],
    operations: &[
        operation::<PaDemandPaymentNoticeRequest, PaDemandPaymentNoticeResponse>("paDemandPaymentNotice"),
        operation::<PaVerifyPaymentNoticeReq, PaVerifyPaymentNoticeRes>("paVerifyPaymentNotice"),
        operation::<PaGetPaymentReq, PaGetPaymentRes>("paGetPayment"),
        operation::<PaGetPaymentV2Request, PaGetPaymentV2Response>("paGetPaymentV2"),
        operation::<PaSendRtReq, PaSendRtRes>("paSendRT"),
        operation::<PaSendRtV2Request, PaSendRtV2Response>("paSendRTV2"),
    ],
};

const fn operation<I: Element, O: Element>(name: &'static str) -> Operation {
    Operation { name, header: None, input: I::ELEMENT, output: O::ELEMENT }
}
