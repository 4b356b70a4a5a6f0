"""Loads a WSDL strictly and prints the parameters of each operation, one line each."""

import sys

import zeep

client = zeep.Client(sys.argv[1], settings=zeep.Settings(strict=True))
for service in client.wsdl.services.values():
    for port in service.ports.values():
        for name, operation in sorted(port.binding._operations.items()):
            print(name, "(", operation.input.signature(), ")")
