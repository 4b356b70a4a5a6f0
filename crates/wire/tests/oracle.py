"""Validates documents with libxml2. Arguments: folder of schemas. Input: records `schema\\nxml\\0`.
Output: one line each, `valid` or the reason why not."""

import os
import sys

from lxml import etree

folder = sys.argv[1]
schemas = {}
for record in sys.stdin.buffer.read().split(b"\0")[:-1]:
    name, text = record.split(b"\n", 1)
    if name not in schemas:
        schemas[name] = etree.XMLSchema(etree.parse(os.path.join(folder, name.decode())))
    try:
        document = etree.fromstring(text)
        reason = None if schemas[name].validate(document) else schemas[name].error_log[0].message
    except etree.XMLSyntaxError as e:
        reason = str(e)
    print("valid" if reason is None else reason.replace("\n", " "))
