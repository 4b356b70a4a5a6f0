//! A service as its WSDL describes it.

use std::collections::BTreeMap;

use crate::xsd::{Tags, schema_element};
use crate::{GlobalElement, SchemaFile};

/// A SOAP 1.1 document/literal service.
#[derive(Debug)]
pub struct Service {
    /// Name of the service.
    pub name: &'static str,
    /// Name of the port.
    pub port: &'static str,
    /// Name of the binding.
    pub binding: &'static str,
    /// Name of the port type.
    pub port_type: &'static str,
    /// Target namespace of the WSDL.
    pub namespace: &'static str,
    /// Names of message parts decide the names of parameters in the stubs of some stacks.
    pub parts: PartNames,
    /// Base of the WS-Addressing actions, where the original declares them.
    pub addressing: Option<&'static str>,
    /// The schemas, in the order to print.
    pub schemas: &'static [SchemaFile],
    /// The operations, in the order to print.
    pub operations: &'static [Operation],
}

/// How messages and their parts are called.
#[derive(Debug)]
pub struct PartNames {
    /// Appended to the operation for the request message.
    pub request_suffix: &'static str,
    /// Appended to the operation for the response message.
    pub response_suffix: &'static str,
    /// The part of a header block.
    pub header: &'static str,
    /// The part of the request's body.
    pub request: &'static str,
    /// The part of the response's body.
    pub response: &'static str,
}

/// An operation.
#[derive(Debug)]
pub struct Operation {
    /// Its name, which is also its `soapAction`.
    pub name: &'static str,
    /// The header block that its request has.
    pub header: Option<GlobalElement>,
    /// The request.
    pub input: GlobalElement,
    /// The response.
    pub output: GlobalElement,
}

/// How a WSDL or XSD names the schema files that it imports.
#[derive(Clone, Copy, Debug)]
pub enum Locations<'a> {
    /// By file name, relative: for `….wsdl` beside `….xsd`.
    Relative,
    /// `address?xsd=file`: for `address?wsdl`.
    Query(&'a str),
}

impl Locations<'_> {
    pub(crate) fn of(self, file: &str) -> String {
        match self {
            Self::Relative => file.to_owned(),
            Self::Query(address) => format!("{address}?xsd={file}"),
        }
    }
}

impl Service {
    /// Prints the WSDL with the public address of the port.
    #[must_use]
    pub fn wsdl(&self, address: &str, locations: Locations<'_>) -> String {
        let mut out = Tags::document();
        let mut prefixes = BTreeMap::from([
            ("xmlns:soap", "http://schemas.xmlsoap.org/wsdl/soap/"),
            ("xmlns:tns", self.namespace),
            ("xmlns:wsdl", "http://schemas.xmlsoap.org/wsdl/"),
            ("xmlns:xs", "http://www.w3.org/2001/XMLSchema"),
        ]);
        if self.addressing.is_some() {
            prefixes.insert("xmlns:wsam", "http://www.w3.org/2007/05/addressing/metadata");
        }
        let declared: Vec<(String, &str)> = self
            .schemas
            .iter()
            .map(|file| (format!("xmlns:{}", file.schema.prefix), file.schema.namespace))
            .collect();
        let mut attributes: Vec<(&str, &str)> =
            vec![("name", self.port_type), ("targetNamespace", self.namespace)];
        attributes.extend(prefixes);
        attributes.extend(declared.iter().map(|(name, value)| (name.as_str(), *value)));
        out.open("wsdl:definitions", &attributes);
        self.types(&mut out, locations);
        for operation in self.operations {
            self.messages(&mut out, operation);
        }
        self.port_type(&mut out);
        self.binding(&mut out);
        out.open("wsdl:service", &[("name", self.name)]);
        let binding = format!("tns:{}", self.binding);
        out.open("wsdl:port", &[("name", self.port), ("binding", &binding)]);
        out.empty("soap:address", &[("location", address)]);
        out.close("wsdl:port");
        out.close("wsdl:service");
        out.close("wsdl:definitions");
        out.finish()
    }

    /// Prints one of the schema files; `None` when the service has no such file.
    #[must_use]
    pub fn xsd(&self, file: &str, locations: Locations<'_>) -> Option<String> {
        let wanted = self.schemas.iter().find(|s| s.file == Some(file))?;
        Some(crate::xsd::print(wanted, self.schemas, locations))
    }

    /// What a GET answers, in both styles: by the last segment of the path (`Name.wsdl`, `Schema.xsd`) or by
    /// the query of the service's address (`?wsdl`, `?xsd=Schema.xsd`); `None` when it asks for neither.
    #[must_use]
    pub fn contract(&self, address: &str, file: &str, query: &str) -> Option<String> {
        if file.ends_with(".wsdl") {
            return Some(self.wsdl(address, Locations::Relative));
        }
        if let Some(schema) = self.xsd(file, Locations::Relative) {
            return Some(schema);
        }
        let locations = Locations::Query(address);
        match query.split_once('=') {
            None if query.eq_ignore_ascii_case("wsdl") => Some(self.wsdl(address, locations)),
            Some((name, file)) if name.eq_ignore_ascii_case("xsd") => self.xsd(file, locations),
            _ => None,
        }
    }

    fn types(&self, out: &mut Tags, locations: Locations<'_>) {
        out.open("wsdl:types", &[]);
        for schema in self.schemas {
            match schema.file {
                None => schema_element(out, schema, self.schemas, locations),
                Some(file) => {
                    out.open("xs:schema", &[]);
                    let location = locations.of(file);
                    out.empty(
                        "xs:import",
                        &[("namespace", schema.schema.namespace), ("schemaLocation", &location)],
                    );
                    out.close("xs:schema");
                }
            }
        }
        out.close("wsdl:types");
    }

    fn messages(&self, out: &mut Tags, operation: &Operation) {
        let reference = |e: &GlobalElement| format!("{}:{}", e.schema.prefix, e.name);
        out.open("wsdl:message", &[("name", &self.request(operation))]);
        if let Some(header) = &operation.header {
            out.empty("wsdl:part", &[("name", self.parts.header), ("element", &reference(header))]);
        }
        let input = reference(&operation.input);
        out.empty("wsdl:part", &[("name", self.parts.request), ("element", &input)]);
        out.close("wsdl:message");
        out.open("wsdl:message", &[("name", &self.response(operation))]);
        let output = reference(&operation.output);
        out.empty("wsdl:part", &[("name", self.parts.response), ("element", &output)]);
        out.close("wsdl:message");
    }

    fn request(&self, operation: &Operation) -> String {
        format!("{}{}", operation.name, self.parts.request_suffix)
    }

    fn response(&self, operation: &Operation) -> String {
        format!("{}{}", operation.name, self.parts.response_suffix)
    }

    fn port_type(&self, out: &mut Tags) {
        out.open("wsdl:portType", &[("name", self.port_type)]);
        for operation in self.operations {
            out.open("wsdl:operation", &[("name", operation.name)]);
            let sides = [
                ("wsdl:input", self.request(operation), "Richiesta"),
                ("wsdl:output", self.response(operation), "Risposta"),
            ];
            for (side, message, suffix) in sides {
                let message = format!("tns:{message}");
                let action = self.addressing.map(|base| format!("{base}{}{suffix}", operation.name));
                let mut attributes = vec![("message", message.as_str())];
                attributes.extend(action.as_deref().map(|action| ("wsam:Action", action)));
                out.empty(side, &attributes);
            }
            out.close("wsdl:operation");
        }
        out.close("wsdl:portType");
    }

    fn binding(&self, out: &mut Tags) {
        let port_type = format!("tns:{}", self.port_type);
        out.open("wsdl:binding", &[("name", self.binding), ("type", &port_type)]);
        out.empty(
            "soap:binding",
            &[("style", "document"), ("transport", "http://schemas.xmlsoap.org/soap/http")],
        );
        for operation in self.operations {
            out.open("wsdl:operation", &[("name", operation.name)]);
            out.empty("soap:operation", &[("soapAction", operation.name), ("style", "document")]);
            out.open("wsdl:input", &[]);
            if operation.header.is_some() {
                let message = format!("tns:{}", self.request(operation));
                out.empty(
                    "soap:header",
                    &[("message", &message), ("part", self.parts.header), ("use", "literal")],
                );
            }
            out.empty("soap:body", &[("parts", self.parts.request), ("use", "literal")]);
            out.close("wsdl:input");
            out.open("wsdl:output", &[]);
            out.empty("soap:body", &[("parts", self.parts.response), ("use", "literal")]);
            out.close("wsdl:output");
            out.close("wsdl:operation");
        }
        out.close("wsdl:binding");
    }
}
