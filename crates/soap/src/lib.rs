//! XML messages declared once, in Rust.
//!
//! From one declaration per type (the macros [`simple!`], [`enumeration!`], [`complex!`],
//! [`choice!`]) come the reader with its validation, the writer, and the XSD and WSDL that we
//! publish, so that they cannot disagree. Around them: a parser that refuses what no contract
//! needs ([`Document`]), the SOAP 1.1 envelope ([`Envelope`], [`Fault`]) and the description of a
//! service ([`Service`]).
//!
//! A server, from bytes to bytes:
//!
//! ```
//! use soap::{complex, envelope, simple, Element, Envelope, Facets, Fault, Locations, Operation, PartNames};
//! use soap::{Schema, SchemaFile, Service, Text};
//!
//! static SCHEMA: Schema =
//!     Schema { namespace: "urn:example", prefix: "ex", qualified: false, version: None };
//! simple! { in SCHEMA;
//!     /// A name.
//!     pub StName = "stName": Text, Facets::NONE.lengths(1, 35);
//! }
//! complex! { in SCHEMA;
//!     /// Asks to be greeted.
//!     pub struct Greet: element "greet" {
//!         /// Who.
//!         name: one StName = "name",
//!     }
//!     /// Greets.
//!     pub struct Greeting: element "greeting" {
//!         /// What is said.
//!         text: one Text = "text",
//!     }
//! }
//! static SERVICE: Service = Service {
//!     name: "GreetService", port: "GreetPort", binding: "GreetBinding", port_type: "Greet",
//!     namespace: "urn:example:wsdl",
//!     parts: PartNames {
//!         request_suffix: "Request", response_suffix: "Response",
//!         header: "header", request: "request", response: "response",
//!     },
//!     addressing: None,
//!     schemas: &[SchemaFile { file: None, schema: &SCHEMA, elements: &[Greet::ELEMENT, Greeting::ELEMENT] }],
//!     operations: &[Operation {
//!         name: "greet", header: None, input: Greet::ELEMENT, output: Greeting::ELEMENT,
//!     }],
//! };
//!
//! fn serve(bytes: &[u8]) -> Result<String, Fault> {
//!     let text = soap::decode(bytes)?;
//!     let envelope = Envelope::parse(&text, &SERVICE)?;
//!     match envelope.operation(&SERVICE).map(|o| o.name) {
//!         Some("greet") => {
//!             let greet: Greet = envelope.body()?;
//!             Ok(envelope::response(&Greeting { text: format!("Ciao, {}", greet.name) }))
//!         }
//!         _ => Err(Fault::client("operazione sconosciuta")),
//!     }
//! }
//!
//! let reply = serve(envelope::request(&Greet { name: "Anna".into() }).as_bytes())?;
//! let greeting: Greeting = envelope::parse_reply(&reply, soap::Mode::Strict)?;
//! assert_eq!(greeting.text, "Ciao, Anna");
//! assert!(SERVICE.wsdl("https://example.it/greet", Locations::Relative).contains("greetRequest"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod builtin;
mod codec;
mod datetime;
pub mod envelope;
mod error;
mod facets;
mod fault;
mod macros;
mod pattern;
mod schema;
mod service;
mod text;
mod tree;
mod writer;
mod xsd;

pub use builtin::{Amount, Base64, Bool, BuiltIn, Date, Int, Integer, Moment, Text, read as read_simple};
pub use codec::{Choice, Codec, Element, Mode, Sequence, Source, check, read_document, read_element};
pub use datetime::DateTime;
pub use envelope::{Envelope, ReplyError};
pub use error::{Error, Rule};
pub use facets::{Facets, SimpleType};
pub use fault::{Fault, FaultCode};
pub use pattern::Pattern;
pub use schema::{ComplexType, GlobalElement, LocalElement, Particle, Schema, SchemaFile, TypeRef};
pub use service::{Locations, Operation, PartNames, Service};
pub use text::{decode, strip_forbidden};
pub use tree::{Document, Limits, Node};
pub use writer::{Writer, write_element};
pub use xsd::print as print_xsd;
