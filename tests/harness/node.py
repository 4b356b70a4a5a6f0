"""The national node, by hand: the six primitives of paForNode with raw envelopes."""

import datetime
import itertools
import os
from dataclasses import dataclass, field

import requests
from lxml import etree

from . import xml
from .xml import Answer, b64, tag

NS = "http://pagopa-api.pagopa.gov.it/pa/paForNode.xsd"
PATH = "/pagopa/paForNode"
#: request root → (response root, SOAPAction)
ROOTS = {
    "paVerifyPaymentNoticeReq": ("paVerifyPaymentNoticeRes", "paVerifyPaymentNotice"),
    "paGetPaymentReq": ("paGetPaymentRes", "paGetPayment"),
    "paGetPaymentV2Request": ("paGetPaymentV2Response", "paGetPaymentV2"),
    "paSendRTReq": ("paSendRTRes", "paSendRT"),
    "paSendRTV2Request": ("paSendRTV2Response", "paSendRTV2"),
    "paDemandPaymentNoticeRequest": ("paDemandPaymentNoticeResponse", "paDemandPaymentNotice"),
}
_counter = itertools.count(1)
_run = os.urandom(6).hex()


def fresh_receipt_id() -> str:
    """A receiptId (payment token) never used before: 32 characters."""
    return f"{_run}{next(_counter):020d}"


@dataclass
class Transfer:
    """One transfer of a receipt."""

    amount: str
    fiscal_code: str
    iban: str | None = "IT60X0542811101000000123456"
    remittance: str = "/RFB/00000000000000000/1.00/TXT/prova"
    category: str = "9/0101101IM/"
    stamp: str | None = None

    def xml(self, number: int, v2: bool) -> str:
        """The element, in the order of its version."""
        where = tag("MBDAttachment", self.stamp) if self.stamp else tag("IBAN", self.iban)
        return ("<transfer>" + tag("idTransfer", number) + tag("transferAmount", self.amount)
                + tag("fiscalCodePA", self.fiscal_code) + (tag("companyName", "Ente di prova") if v2 else "")
                + where + tag("remittanceInformation", self.remittance) + tag("transferCategory", self.category)
                + "</transfer>")


@dataclass
class Receipt:
    """ctReceipt / ctReceiptV2."""

    notice: str
    fiscal_code: str
    amount: str
    transfers: list[Transfer]
    iuv: str = ""
    receipt_id: str = field(default_factory=fresh_receipt_id)
    outcome: str = "OK"
    description: str = "Pagamento di prova"
    debtor_kind: str = "F"
    debtor: str = "RSSMRA80A01H501U"
    debtor_name: str = "PAGATORE DI PROVA"
    paid_at: datetime.datetime | None = None
    fee: str | None = "1.50"
    payment_note: str | None = None
    stand_in: bool | None = None
    psp: str = "PROVITXX"

    def xml(self, v2: bool = True) -> str:
        """The element `receipt`."""
        when = self.paid_at or datetime.datetime.now(datetime.timezone.utc)
        stamp = when.strftime("%Y-%m-%dT%H:%M:%S")
        return (
            "<receipt>" + tag("receiptId", self.receipt_id) + tag("noticeNumber", self.notice)
            + tag("fiscalCode", self.fiscal_code) + tag("outcome", self.outcome)
            + tag("creditorReferenceId", self.iuv or self.notice[1:]) + tag("paymentAmount", self.amount)
            + tag("description", self.description) + tag("companyName", "Ente di prova")
            + "<debtor><uniqueIdentifier>" + tag("entityUniqueIdentifierType", self.debtor_kind)
            + tag("entityUniqueIdentifierValue", self.debtor) + "</uniqueIdentifier>"
            + tag("fullName", self.debtor_name) + "</debtor>"
            + "<transferList>" + "".join(t.xml(i, v2) for i, t in enumerate(self.transfers, 1)) + "</transferList>"
            + tag("idPSP", self.psp) + tag("pspFiscalCode", "01234567897") + tag("PSPCompanyName", "Banca di Prova")
            + tag("idChannel", "01234567897_01") + tag("channelDescription", "app")
            + tag("paymentMethod", "creditCard") + (tag("paymentNote", self.payment_note) if v2 else "")
            + tag("fee", self.fee) + tag("paymentDateTime", stamp) + tag("applicationDate", stamp[:10])
            + tag("transferDate", stamp[:10]) + tag("standIn", self.stand_in) + "</receipt>"
        )


class Node:
    """The node as it calls one station of the broker."""

    def __init__(self, base: str, broker: str, station: str):
        self.url = base + PATH
        self.broker = broker
        self.station = station
        self.session = requests.Session()

    def send(self, root: str, children: str, action: str | None = None, **kw) -> Answer:
        """Sends one primitive; `children` stand in no namespace."""
        body = xml.envelope(f"<p:{root}>{children}</p:{root}>", "", f' xmlns:p="{NS}"')
        kw.setdefault("session", self.session)
        return xml.post(self.url, body, ROOTS[root][1] if action is None else action, **kw)

    def who(self, domain: str, broker: str | None = None, station: str | None = None) -> str:
        """idPA, idBrokerPA, idStation."""
        return (tag("idPA", domain) + tag("idBrokerPA", broker or self.broker)
                + tag("idStation", station or self.station))

    @staticmethod
    def qr(fiscal_code: str, notice: str) -> str:
        """qrCode."""
        return f"<qrCode>{tag('fiscalCode', fiscal_code)}{tag('noticeNumber', notice)}</qrCode>"

    def verify(self, domain: str, notice: str, **who) -> Answer:
        """paVerifyPaymentNotice."""
        return self.send("paVerifyPaymentNoticeReq", self.who(domain, **who) + self.qr(domain, notice))

    def activate(self, domain: str, notice: str, v2: bool = True, amount: str | None = None, note: str | None = None,
                 transfer_type: str | None = None, due: str | None = None, **who) -> Answer:
        """paGetPayment(V2)."""
        children = (self.who(domain, **who) + self.qr(domain, notice) + tag("amount", amount)
                    + tag("paymentNote", note) + tag("transferType", transfer_type) + tag("dueDate", due))
        return self.send("paGetPaymentV2Request" if v2 else "paGetPaymentReq", children)

    def receipt(self, receipt: Receipt, v2: bool = True, domain: str | None = None, **who) -> Answer:
        """paSendRT(V2)."""
        children = self.who(domain or receipt.fiscal_code, **who) + receipt.xml(v2)
        return self.send("paSendRTV2Request" if v2 else "paSendRTReq", children)

    def demand(self, domain: str, service: str = "00001", subject: str = "00001", data: str = "<servizio/>",
               **who) -> Answer:
        """paDemandPaymentNotice."""
        return self.send("paDemandPaymentNoticeRequest", self.who(domain, **who) + tag("idServizio", service)
                         + tag("idSoggettoServizio", subject) + tag("datiSpecificiServizioRequest", b64(data)))

    def receipt_for(self, domain: str, notice: str, **changes) -> Receipt:
        """The receipt that answers an activation, as the node would make it."""
        answer = self.activate(domain, notice)
        assert_outcome(answer, "OK")
        data = answer.root.find("data")
        transfers = []
        for item in data.iterfind("transferList/transfer"):
            transfers.append(Transfer(
                item.findtext("transferAmount"), item.findtext("fiscalCodePA"), item.findtext("IBAN"),
                item.findtext("remittanceInformation"), item.findtext("transferCategory"),
                stamp=b64("<marcaDaBollo/>") if item.find("richiestaMarcaDaBollo") is not None else None))
        made = Receipt(
            notice=notice, fiscal_code=domain, amount=data.findtext("paymentAmount"), transfers=transfers,
            iuv=data.findtext("creditorReferenceId"), description=data.findtext("description"),
            debtor_kind=data.findtext("debtor/uniqueIdentifier/entityUniqueIdentifierType"),
            debtor=data.findtext("debtor/uniqueIdentifier/entityUniqueIdentifierValue"),
            debtor_name=data.findtext("debtor/fullName"))
        for name, value in changes.items():
            setattr(made, name, value)
        return made


def assert_outcome(answer: Answer, outcome: str, fault: str | None = None) -> etree._Element:
    """HTTP 200, the right root, children in no namespace, the outcome, the fault."""
    assert answer.status == 200, f"{answer.status}: {answer.text}"
    assert not answer.is_soap_fault, answer.text
    assert etree.QName(answer.root).namespace == NS, answer.text
    assert answer.children()[0] == "outcome", f"outcome first, unqualified: {answer.text}"
    assert answer.value("outcome") == outcome, f"{answer.text}\n{answer.request}"
    if outcome == "OK":
        assert answer.value("fault") is None, answer.text
    else:
        assert answer.children()[1:2] == ["fault"], answer.text
        assert answer.value("fault/faultString") and answer.value("fault/id"), answer.text
    if fault is not None:
        assert answer.fault_code == fault, f"expected {fault}: {answer.text}\n{answer.request}"
    return answer.root
