"""paaSILInviaDovuti (mypay-soap.md §6.1): every fault, in the order of the checks."""

import re

import pytest
from harness.documents import Item, Payer, Stamp, fresh_iud
from harness.sil import assert_fault, assert_ok
from harness.web import Visit, pay

from .catalogue import INVIA, provokes
from .defects import INVIA_DEFECTS, Cart, pairs

for _defect in INVIA_DEFECTS:
    provokes(INVIA, _defect.code)


@pytest.fixture
def cart(world):
    """A valid request of the first ente."""
    return Cart(world, world.sil(), world.dovuti())


def _ente_for(defect, cart, world):
    """Wrong passwords go to the third ente, which answers a right one afterwards."""
    if "password" in defect.touches:
        cart.sil = world.sil(world.third)


@pytest.mark.parametrize("defect", INVIA_DEFECTS, ids=lambda d: d.name)
def test_fault(world, cart, defect):
    """One defect: its code and text, and nothing is stored."""
    _ente_for(defect, cart, world)
    iud = cart.item.iud
    defect.apply(cart)
    answer = cart.send()
    assert_fault(answer, INVIA, defect.code, defect.text and defect.text(cart), ente=cart.sil.ipa)
    assert answer.children() == ["fault", "esito"], answer.text
    world.calm()
    assert world.sil().iud_is_free(iud)


@pytest.mark.parametrize("first,second", pairs(INVIA_DEFECTS), ids=lambda d: d.name)
def test_order_of_checks(world, cart, first, second):
    """With two defects the earlier check answers."""
    _ente_for(first, cart, world)
    _ente_for(second, cart, world)
    second.apply(cart)
    first.apply(cart)
    assert_fault(cart.send(), INVIA, first.code, first.text and first.text(cart))
    world.calm()


def test_items_are_checked_in_document_order(world, cart):
    """All checks of the first item come before any of the second."""
    cart.document.items.append(Item(cart.item.type, iud="000ABC"))
    cart.item.reason = " "
    assert_fault(cart.send(), INVIA, "PAA_CAUSALE_NON_PRESENTE")


def test_schema_fault_describes_the_document(cart):
    """The description names the operation, the ente, and the element (§6.1 check 4, §7.1)."""
    cart.item.amount = "1,50"
    answer = cart.send()
    assert_fault(answer, INVIA, "PAA_XML_NON_VALIDO", "XML dei dovuti non valido")
    description = answer.value("fault/description")
    start = f"XML ricevuto per paaSILInviaDovuti non conforme all' XSD per ente [{cart.sil.ipa}]  XML Error:"
    assert description.startswith(start), description
    assert "importoSingoloVersamento" in description[len(start):], description


def test_six_items_are_refused_by_the_schema(world, cart):
    """At most five items in a document (§7.4)."""
    cart.document = world.dovuti(*["1.00"] * 6)
    answer = cart.send()
    assert_fault(answer, INVIA, "PAA_XML_NON_VALIDO")
    assert "datiSingoloVersamento" in answer.value("fault/description")


def test_five_items_are_accepted(world, cart):
    """Five are fine."""
    cart.document = world.dovuti(*["1.00"] * 5)
    assert_ok(cart.send(), INVIA)


@provokes(INVIA, "PAA_IUD_DUPLICATO")
def test_same_iud_twice_in_one_document(cart):
    """Refused at the call, not at the checkout (§21.2)."""
    cart.document.items.append(Item(cart.item.type, iud=cart.item.iud))
    answer = cart.send()
    assert_fault(answer, INVIA, "PAA_IUD_DUPLICATO")
    assert cart.item.iud in answer.fault_string


@pytest.mark.parametrize("defect,reason", [
    ({"email": None}, "email non valida"),
    ({"postal_code": "351"}, "cap non valido"),
    ({"country": None}, "nazione non valorizzata"),
    ({"name": " "}, "denominazione non valorizzata"),
], ids=["email", "cap", "nazione", "denominazione"])
def test_payer_data_for_show_none(cart, defect, reason):
    """Stricter data when MyPay is transparent (§8.9): prefix and reason of check 18."""
    cart.show = "NONE"
    for name, value in defect.items():
        setattr(cart.document.payer, name, value)
    answer = cart.send()
    assert_fault(answer, INVIA, "PAA_ANAGRAFICA_NON_VALIDA")
    assert answer.fault_string.startswith("paaSILInviaDovuti: Anagrafica Pagatore non valida"), answer.fault_string
    assert reason in answer.fault_string, answer.fault_string


def test_the_same_payer_data_are_fine_with_recap(cart):
    """With SHORT the payer completes the data on the page."""
    cart.document.payer.email = None
    cart.show = "SHORT"
    assert_ok(cart.send(), INVIA)


def test_anonymous_payer_where_the_type_allows(world, cart):
    """ANONIMO is fine when every type has the flag (§8.1)."""
    cart.item.type = world.type_of("anonymous")
    cart.document.payer = Payer(code="ANONIMO", name="ANONIMO")
    assert_ok(cart.send(), INVIA)


def test_person_with_partita_iva(cart):
    """`F` with eleven digits is accepted (§8.1)."""
    cart.document.payer.code = "01234567897"
    assert_ok(cart.send(), INVIA)


def test_stamp_is_accepted(world, cart):
    """A digital stamp with its amount and data (§8.10)."""
    cart.item.type = world.type_of("stamp")
    cart.item.amount = "16.00"
    cart.item.stamp = Stamp()
    assert_ok(cart.send(), INVIA)


def test_stamp_hash_longer_than_the_schema(world, cart):
    """70 characters at most: the schema speaks before the 72 of the rule."""
    cart.item.type, cart.item.amount = world.type_of("stamp"), "16.00"
    cart.item.stamp = Stamp(digest="A" * 71)
    assert_fault(cart.send(), INVIA, "PAA_XML_NON_VALIDO")


def test_success(world, cart):
    """idSession like a UUID of at most 37 characters, redirect 1, a landing link (§6.1)."""
    answer = cart.send()
    assert_ok(answer, INVIA)
    assert answer.children() == ["esito", "idSession", "redirect", "url"]
    session = answer.value("idSession")
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12,13}", session), session
    assert answer.value("redirect") == "1"
    assert answer.value("url").startswith(f"{world.base}/mypay4/public/landing/inviaDovuti?id="), answer.text


def test_session_id_carries_its_time(world, cart):
    """The last group is the hexadecimal form of yyMMddHHmmssSSS, local time (§6.1)."""
    session = cart.send().value("idSession")
    stamp = str(int(session.rsplit("-", 1)[1], 16))
    assert stamp.startswith(world.control.today().strftime("%y%m%d")), stamp


def test_iud_is_not_reserved_by_the_call(world, cart):
    """Each repeat before checkout gives a new session (§18)."""
    first, second = cart.send(), cart.send()
    assert_ok(first, INVIA)
    assert_ok(second, INVIA)
    assert first.value("idSession") != second.value("idSession")
    assert first.value("url") != second.value("url")


@provokes(INVIA, "PAA_IUD_DUPLICATO")
def test_iud_is_used_for_ever_after_checkout(world, cart):
    """After a payment, and even after a cancelled one (§8.4, §10.6)."""
    answer = cart.send()
    pay(Visit(world.base), answer.value("url"), world.card("SUCCESS"))
    assert_fault(cart.send(), INVIA, "PAA_IUD_DUPLICATO", f"IUD [{cart.item.iud}] già inviato")


def test_iud_of_another_ente_is_free(world, cart):
    """IUDs are unique in the ente, not among enti (§8.4)."""
    iud = fresh_iud()
    world.sil(world.neighbour).importa_ok(world.versamento(world.neighbour, iud=iud).xml())
    cart.item.iud = iud
    assert_ok(cart.send(), INVIA)


def test_bilancio_that_adds_up(cart):
    """Sum of the shares equals the amount to the cent (§8.7)."""
    from harness.documents import Share

    cart.item.amount = "10.00"
    cart.item.shares = [Share("CAP1", "3.33", "UFF1", "ACC1"), Share("CAP2", "6.67")]
    assert_ok(cart.send(), INVIA)
