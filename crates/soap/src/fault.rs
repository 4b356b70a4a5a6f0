//! SOAP 1.1 faults.

use std::fmt;

use crate::{Error, Node, Writer, envelope, text};

/// Whose fault it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultCode {
    /// The envelope is not of SOAP 1.1.
    VersionMismatch,
    /// A header block marked `mustUnderstand` is not known.
    MustUnderstand,
    /// The message is wrong.
    Client,
    /// The server failed.
    Server,
}

impl FaultCode {
    /// The local name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::VersionMismatch => "VersionMismatch",
            Self::MustUnderstand => "MustUnderstand",
            Self::Client => "Client",
            Self::Server => "Server",
        }
    }
}

/// A SOAP fault; travels with HTTP status 500.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Whose fault.
    pub code: FaultCode,
    /// For people.
    pub string: String,
    /// More, as plain text.
    pub detail: Option<String>,
}

impl Fault {
    /// The message is wrong.
    #[must_use]
    pub fn client(string: impl Into<String>) -> Self {
        Self { code: FaultCode::Client, string: string.into(), detail: None }
    }

    /// The server failed.
    #[must_use]
    pub fn server(string: impl Into<String>) -> Self {
        Self { code: FaultCode::Server, string: string.into(), detail: None }
    }

    /// The same fault with a detail.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// The whole envelope.
    #[must_use]
    pub fn to_envelope(&self) -> String {
        let mut out = Writer::with_capacity(512);
        envelope::open(&mut out);
        out.raw("<soapenv:Body><soapenv:Fault><faultcode>soapenv:");
        out.raw(self.code.as_str());
        out.raw("</faultcode><faultstring>");
        out.text(&self.string);
        out.raw("</faultstring>");
        if let Some(detail) = &self.detail {
            // The entries of `detail` are elements; plain text alone would not be valid.
            out.raw("<detail><descrizione>");
            out.text(detail);
            out.raw("</descrizione></detail>");
        }
        out.raw("</soapenv:Fault></soapenv:Body></soapenv:Envelope>");
        out.finish()
    }

    /// Reads a `Fault` element. Subcodes after a dot are dropped, unknown codes count as `Server`.
    #[must_use]
    pub fn read(node: Node<'_>) -> Self {
        let child = |name: &str| node.children().find(|n| n.is("", name));
        let code = child("faultcode").map_or("", |n| text::trim(n.text()));
        let local = code.rsplit(':').next().unwrap_or_default();
        let code = match local.split('.').next().unwrap_or_default() {
            "VersionMismatch" => FaultCode::VersionMismatch,
            "MustUnderstand" => FaultCode::MustUnderstand,
            "Client" => FaultCode::Client,
            _ => FaultCode::Server,
        };
        let string = child("faultstring").map_or("", |n| text::trim(n.text())).to_owned();
        let detail = child("detail").map(|n| {
            let inner = n.children().map(|c| text::trim(c.text()));
            let texts: Vec<&str> = std::iter::once(text::trim(n.text())).chain(inner).collect();
            texts.join(" ").trim().to_owned()
        });
        Self { code, string, detail: detail.filter(|d| !d.is_empty()) }
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::client(error.to_string())
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.as_str(), self.string)?;
        match &self.detail {
            Some(detail) => write!(f, " ({detail})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Fault {}
