"""A browser without a browser: follows redirects, reads forms, fills and submits them."""

from dataclasses import dataclass
from urllib.parse import parse_qs, urljoin, urlsplit

import requests
from lxml import html


@dataclass
class Page:
    """Where the visit stands: a page of the product, or an address outside of it (then without a body)."""

    url: str
    status: int
    body: str
    hops: list[tuple[int, str]]

    @property
    def outside(self) -> bool:
        """Whether the browser was sent to another site."""
        return self.status == 0

    @property
    def query(self) -> dict[str, list[str]]:
        """Query parameters of the address, all values."""
        return parse_qs(urlsplit(self.url).query, keep_blank_values=True)

    @property
    def tree(self) -> html.HtmlElement:
        """The parsed page."""
        tree = html.fromstring(self.body, base_url=self.url)
        tree.make_links_absolute(self.url)
        return tree

    @property
    def text(self) -> str:
        """What a person reads."""
        tree = self.tree
        for gone in tree.xpath("//script|//style|//head"):
            gone.drop_tree()
        return " ".join(tree.text_content().split())

    def forms(self) -> list[html.FormElement]:
        """The POST forms of the page, in order."""
        return [form for form in self.tree.forms if form.method.upper() == "POST"]

    def links(self) -> list[str]:
        """Addresses of its links."""
        return [a.get("href") for a in self.tree.xpath("//a[@href]")]


class Visit:
    """One browser session with its cookies."""

    def __init__(self, base: str):
        self.base = base
        self.session = requests.Session()
        self.session.headers["Accept-Language"] = "it"
        self.session.headers["Accept"] = "text/html,application/xhtml+xml"

    def open(self, url: str) -> Page:
        """GET, following redirects inside the product."""
        return self._go("GET", urljoin(self.base, url), None)

    def submit(self, page: Page, form: html.FormElement, values: dict[str, str] | None = None,
               button: html.HtmlElement | None = None) -> Page:
        """Submits a form with its own values, changed by `values`, pressed by `button`."""
        fields = dict(form.form_values())
        fields.update(values or {})
        if button is not None and button.get("name"):
            fields[button.get("name")] = button.get("value", "")
        action = (button.get("formaction") if button is not None else None) or form.action or page.url
        return self._go(form.method.upper(), urljoin(page.url, action), fields)

    def _go(self, method: str, url: str, data: dict[str, str] | None) -> Page:
        hops: list[tuple[int, str]] = []
        for _ in range(15):
            if not url.startswith(self.base + "/") and url != self.base:
                return Page(url, 0, "", hops)
            sent = {"params": data} if method == "GET" and data else {"data": data}
            answer = self.session.request(method, url, timeout=60, allow_redirects=False, **sent)
            if answer.status_code in (301, 302, 303, 307, 308):
                if answer.status_code < 307:
                    method, data = "GET", None
                url = urljoin(url, answer.headers["Location"])
                hops.append((answer.status_code, url))
                continue
            answer.encoding = "utf-8"
            return Page(answer.url, answer.status_code, answer.text, hops)
        raise AssertionError(f"redirect loop: {hops}")


def buttons(form: html.FormElement) -> list[html.HtmlElement]:
    """Submit buttons of a form, in order."""
    found = form.xpath(".//button[not(@type) or @type='submit'] | .//input[@type='submit']")
    ident = form.get("id")
    if ident:
        found += form.getroottree().xpath(f"//button[@form='{ident}']")
    return found


def card_form(page: Page) -> html.FormElement | None:
    """The form that asks for a card number, if this is the checkout."""
    for form in page.forms():
        if card_field(form) is not None:
            return form
    return None


def card_field(form: html.FormElement) -> str | None:
    """Name of the card number field."""
    found = form.xpath(".//input[@autocomplete='cc-number']/@name")
    return found[0] if found else None


def fill_card(form: html.FormElement, card: dict) -> dict[str, str]:
    """Values for a checkout form."""
    values = {}
    for hint, key in (("cc-number", "number"), ("cc-exp", "expiry"), ("cc-csc", "cvv")):
        for name in form.xpath(f".//input[@autocomplete='{hint}']/@name"):
            values[name] = card[key]
    for name in form.xpath(".//input[@autocomplete='cc-name']/@name"):
        values[name] = "PAGATORE DI PROVA"
    values.update(fill_required(form, values))
    return values


def fill_required(form: html.FormElement, known: dict[str, str]) -> dict[str, str]:
    """Sensible values for the required fields that are still empty."""
    values = dict(known)
    for field in form.xpath(".//input[@required] | .//input[@type='email'] | .//select[@required]"):
        name = field.get("name")
        if not name or values.get(name) or (field.tag == "input" and field.get("value") and field.get("type") != "checkbox"):
            continue
        kind = field.get("type", "text")
        if kind == "checkbox":
            values[name] = field.get("value", "on")
        elif kind == "radio":
            values[name] = form.xpath(f".//input[@name='{name}']/@value")[0]
        elif kind == "email":
            values[name] = "prova@example.org"
        elif field.tag == "select":
            values[name] = field.xpath(".//option[@value!='']/@value")[0]
    return values


GIVE_UP = ("annulla", "abbandona", "rinuncia")


def button_by(form: html.FormElement, *words: str) -> html.HtmlElement | None:
    """The submit button whose text or value contains one of the words; one that gives up only when asked for."""
    for button in buttons(form):
        label = f"{button.text_content()} {button.get('value', '')} {button.get('name', '')}".lower()
        if any(word in label for word in words) and (words == GIVE_UP or not any(word in label for word in GIVE_UP)):
            return button
    return None


def to_checkout(visit: Visit, url: str) -> Page:
    """From a landing link over the recap page to the checkout."""
    page = visit.open(url)
    for _ in range(4):
        assert not page.outside and page.status == 200, f"{page.status} {page.url}: {page.body[:2000]}"
        if card_form(page) is not None:
            return page
        forms = [f for f in page.forms() if button_by(f, "paga", "prosegui", "conferma", "continua", "vai") is not None]
        assert forms, f"no way on from {page.url}: {page.text[:800]}"
        form = forms[0]
        button = button_by(form, "paga", "prosegui", "conferma", "continua", "vai")
        page = visit.submit(page, form, fill_required(form, {}), button)
    raise AssertionError(f"no checkout after four pages: {page.url}")


def pay(visit: Visit, url: str, card: dict) -> Page:
    """The whole walk: landing, recap, checkout with a card, back to where the product sends the browser."""
    return settle(visit, pay_card(visit, to_checkout(visit, url), card))


def pay_card(visit: Visit, page: Page, card: dict) -> Page:
    """Fills the checkout form."""
    form = card_form(page)
    assert form is not None, page.text
    button = button_by(form, "paga", "conferma")
    return visit.submit(page, form, fill_card(form, card), button)


def cancel(visit: Visit, page: Page) -> Page:
    """Gives up on the checkout page."""
    for form in page.forms():
        button = button_by(form, *GIVE_UP)
        if button is not None:
            return settle(visit, visit.submit(page, form, {}, button))
    for link in page.tree.xpath("//a[@href]"):
        if any(word in link.text_content().lower() for word in GIVE_UP):
            return settle(visit, visit.open(link.get("href")))
    raise AssertionError(f"no way to cancel: {page.text[:800]}")


def settle(visit: Visit, page: Page) -> Page:
    """Presses "back to the merchant" where the checkout shows its own last page."""
    for _ in range(3):
        if page.outside or "/sandbox/" not in page.url:
            return page
        links = [a for a in page.tree.xpath("//a[@href]")
                 if any(w in a.text_content().lower() for w in ("torna", "continua", "prosegui"))]
        forms = [f for f in page.forms() if button_by(f, "torna", "continua", "prosegui") is not None]
        if links:
            page = visit.open(links[0].get("href"))
        elif forms:
            page = visit.submit(page, forms[0], {}, button_by(forms[0], "torna", "continua", "prosegui"))
        else:
            return page
    return page
