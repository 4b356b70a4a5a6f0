//! The SOAP 1.1 envelope, both ways.

use crate::{
    Document, Element, Error, Fault, FaultCode, Mode, Node, Operation, Service, Writer, read_element, text,
};

/// Namespace of the SOAP 1.1 envelope.
pub const NAMESPACE: &str = "http://schemas.xmlsoap.org/soap/envelope/";
const NAMESPACE_12: &str = "http://www.w3.org/2003/05/soap-envelope";
const NEXT_ACTOR: &str = "http://schemas.xmlsoap.org/soap/actor/next";

/// A parsed SOAP 1.1 message with exactly one element in its body.
#[derive(Debug)]
pub struct Envelope<'a> {
    document: Document<'a>,
}

impl<'a> Envelope<'a> {
    /// Parses a message received by `service`.
    ///
    /// # Errors
    /// The fault to answer: `Client` when it is no SOAP message, `VersionMismatch` when it is one
    /// of SOAP 1.2, `MustUnderstand` when a header block that must be understood is not the
    /// service's.
    pub fn parse(text: &'a str, service: &Service) -> Result<Self, Fault> {
        let envelope = Self::of(Document::parse(text)?)?;
        for block in envelope.header_blocks() {
            let understood = service
                .operations
                .iter()
                .filter_map(|operation| operation.header)
                .any(|header| block.is(header.schema.namespace, header.name));
            let actor = block.attribute(NAMESPACE, "actor").map_or("", text::trim);
            let ours = actor.is_empty() || actor == NEXT_ACTOR;
            let must = block.attribute(NAMESPACE, "mustUnderstand").map_or("", text::trim);
            if ours && !understood && matches!(must, "1" | "true") {
                return Err(Fault {
                    code: FaultCode::MustUnderstand,
                    string: format!("blocco di header non riconosciuto: {}", block.qualified_name()),
                    detail: None,
                });
            }
        }
        Ok(envelope)
    }

    fn of(document: Document<'a>) -> Result<Self, Fault> {
        let root = document.root();
        if !root.is(NAMESPACE, "Envelope") {
            let found = root.qualified_name();
            return Err(if root.name() != "Envelope" {
                Fault::client(format!("atteso un Envelope SOAP 1.1, trovato {found}"))
            } else {
                let version = if root.namespace() == NAMESPACE_12 { "SOAP 1.2" } else { &found };
                Fault {
                    code: FaultCode::VersionMismatch,
                    string: format!("versione di SOAP non supportata: {version}, attesa SOAP 1.1"),
                    detail: None,
                }
            });
        }
        let mut parts = root.children();
        let mut part = parts.next();
        if part.is_some_and(|n| n.is(NAMESPACE, "Header")) {
            part = parts.next();
        }
        let Some(body) = part.filter(|n| n.is(NAMESPACE, "Body")) else {
            return Err(Fault::client("manca l'elemento Body"));
        };
        if parts.any(|n| n.namespace() == NAMESPACE) {
            return Err(Fault::client("elementi non previsti dopo Body"));
        }
        let count = body.children().count();
        drop(parts);
        if count != 1 {
            let found = format!("Body deve contenere un solo elemento, ne contiene {count}");
            return Err(Fault::client(found));
        }
        Ok(Self { document })
    }

    /// The body's child; dispatch is by its qualified name, never by `SOAPAction`.
    #[must_use]
    pub fn body_root(&self) -> Node<'_> {
        let root = self.document.root();
        let body = root.children().find(|n| n.is(NAMESPACE, "Body"));
        body.and_then(Node::first_child).unwrap_or(root)
    }

    /// The operation of the service that the body's child asks for.
    #[must_use]
    pub fn operation<'s>(&self, service: &'s Service) -> Option<&'s Operation> {
        let root = self.body_root();
        let asks = |o: &&Operation| root.is(o.input.schema.namespace, o.input.name);
        service.operations.iter().find(asks)
    }

    /// The header blocks.
    pub fn header_blocks(&self) -> impl Iterator<Item = Node<'_>> {
        let header = self.document.root().children().find(|n| n.is(NAMESPACE, "Header"));
        header.into_iter().flat_map(Node::children)
    }

    /// Reads the body strictly.
    ///
    /// # Errors
    /// The first rule broken.
    pub fn body<E: Element>(&self) -> Result<E, Error> {
        self.body_in(Mode::Strict)
    }

    /// Reads the body as MyPay does, see [`Mode::Lenient`].
    ///
    /// # Errors
    /// What even lenient reading cannot bear.
    pub fn body_leniently<E: Element>(&self) -> Result<E, Error> {
        self.body_in(Mode::Lenient)
    }

    /// Reads the body.
    ///
    /// # Errors
    /// The first rule broken.
    pub fn body_in<E: Element>(&self, mode: Mode) -> Result<E, Error> {
        read_element(self.body_root(), mode)
    }

    /// Reads a header block; `None` when it is not there.
    ///
    /// # Errors
    /// The first rule broken within.
    pub fn header<E: Element>(&self, mode: Mode) -> Result<Option<E>, Error> {
        let mut blocks = self.header_blocks();
        let wanted = blocks.find(|n| n.is(E::ELEMENT.schema.namespace, E::ELEMENT.name));
        wanted.map(|node| read_element(node, mode)).transpose()
    }
}

/// Why there is no usable reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReplyError {
    /// The server answered with a fault.
    Fault(Fault),
    /// The answer is no SOAP message, or breaks the contract.
    Invalid(Error),
    /// The answer is XML but no envelope with one element.
    NotSoap(String),
}

impl std::fmt::Display for ReplyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Fault(fault) => write!(f, "SOAP Fault {fault}"),
            Self::Invalid(error) => write!(f, "{error}"),
            Self::NotSoap(detail) => f.write_str(detail),
        }
    }
}

impl std::error::Error for ReplyError {}

/// Reads a reply.
///
/// # Errors
/// The server's fault, or why the reply cannot be used.
pub fn parse_reply<E: Element>(text: &str, mode: Mode) -> Result<E, ReplyError> {
    let document = Document::parse(text).map_err(ReplyError::Invalid)?;
    let envelope = Envelope::of(document).map_err(|fault| ReplyError::NotSoap(fault.string))?;
    let root = envelope.body_root();
    if root.is(NAMESPACE, "Fault") {
        return Err(ReplyError::Fault(Fault::read(root)));
    }
    envelope.body_in(mode).map_err(ReplyError::Invalid)
}

/// Prints a response.
#[must_use]
pub fn response<E: Element>(body: &E) -> String {
    let mut out = Writer::with_capacity(2048);
    open(&mut out);
    out.raw("<soapenv:Body>");
    out.root(body);
    out.raw("</soapenv:Body></soapenv:Envelope>");
    out.finish()
}

/// Prints a request without header.
#[must_use]
pub fn request<E: Element>(body: &E) -> String {
    response(body)
}

/// Prints a request with a header block.
#[must_use]
pub fn request_with_header<H: Element, E: Element>(header: &H, body: &E) -> String {
    let mut out = Writer::with_capacity(2048);
    open(&mut out);
    out.raw("<soapenv:Header>");
    out.root(header);
    out.raw("</soapenv:Header><soapenv:Body>");
    out.root(body);
    out.raw("</soapenv:Body></soapenv:Envelope>");
    out.finish()
}

pub(crate) fn open(out: &mut Writer) {
    out.raw("<?xml version=\"1.0\" encoding=\"UTF-8\"?><soapenv:Envelope xmlns:soapenv=\"");
    out.raw(NAMESPACE);
    out.raw("\">");
}
