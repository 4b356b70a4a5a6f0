"""A person at a browser: looks, fills, presses; each page is audited and photographed on the way."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import axe_playwright_python
from playwright.sync_api import Browser, BrowserContext, Page, Response, Route

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
ON = re.compile(r"paga|prosegui|conferma|continua|cerca|vai al pagamento", re.IGNORECASE)
BACK = re.compile(r"annulla|abbandona|rinuncia", re.IGNORECASE)


class Walk:
    """One browser context; `js` says whether scripts run."""

    def __init__(self, browser: Browser, base: str, screens: Path, js: bool = True,
                 viewport: tuple[int, int] = (1280, 900)):
        self.base, self.screens, self.js = base, screens, js
        self.context: BrowserContext = browser.new_context(
            java_script_enabled=js, locale="it-IT", timezone_id="Europe/Rome",
            viewport={"width": viewport[0], "height": viewport[1]})
        self._auditor = browser.new_context(locale="it-IT", viewport={"width": viewport[0], "height": viewport[1]})
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(15_000)
        self.foreign: list[str] = []
        self.errors: list[str] = []
        self.answer: Response | None = None
        self.page.on("request", self._requested)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", lambda m: self.errors.append(m.text) if m.type == "error" and "status of 4" not in m.text else None)
        # The SIL lives on a host that does not exist: the browser is stopped at its door.
        self.context.route(re.compile(r"^https://sil\.example\.org/"), self._at_the_sil)

    def _requested(self, request) -> None:
        address = urlsplit(request.url)
        if address.scheme in ("http", "https") and not request.url.startswith(self.base) and address.hostname != "sil.example.org":
            self.foreign.append(request.url)

    @staticmethod
    def _at_the_sil(route: Route) -> None:
        route.fulfill(status=200, content_type="text/html", body="<!doctype html><html lang=it><title>SIL</title><h1>SIL</h1></html>")

    def open(self, path: str) -> "Walk":
        """Goes to an address."""
        self.answer = self.page.goto(path if path.startswith("http") else self.base + path)
        return self

    def check(self, name: str) -> "Walk":
        """Screenshot, and what must hold on each page: language, title, one h1, no other host, no violation of axe."""
        page = self.page
        mode = "js" if self.js else "nojs"
        width = page.viewport_size["width"]
        page.screenshot(path=str(self.screens / f"{name}-{mode}-{width}.png"), full_page=True)
        html = page.locator("html").get_attribute("lang")
        assert html and html.startswith("it"), f"{page.url}: lang={html!r}"
        assert page.title().strip(), page.url
        assert page.locator("h1").count() == 1, f"{page.url}: {page.locator('h1').count()} h1"
        assert not self.foreign, f"third-party requests: {self.foreign}"
        assert not self.errors, self.errors
        violations = self._axe()
        assert not violations, f"{page.url}: " + "\n".join(
            f"{v['id']} ({v['impact']}): {v['help']}: " + " | ".join(n["html"][:200] for n in v["nodes"][:5]) for v in violations)
        return self

    def _axe(self) -> list[dict]:
        """axe on the page; without scripts, on the same HTML in a page where axe itself may run."""
        if self.js:
            self.page.evaluate(AXE)
            return self.page.evaluate("() => axe.run(document)")["violations"]
        url, content = self.page.url, self.page.content()
        page = self._auditor.new_page()

        def serve(route: Route) -> None:
            if route.request.is_navigation_request():
                route.fulfill(status=200, content_type="text/html; charset=utf-8", body=content)
            elif route.request.resource_type == "script":
                route.abort()
            else:
                route.continue_()

        page.route("**/*", serve)
        page.goto(url)
        page.evaluate(AXE)
        found = page.evaluate("() => axe.run(document)")["violations"]
        page.close()
        return found

    def narrow(self) -> "Walk":
        """No horizontal scrolling at this width (WCAG 1.4.10)."""
        if self.js:
            wide = self.page.evaluate("() => [document.documentElement.scrollWidth, window.innerWidth]")
            assert wide[0] <= wide[1], f"{self.page.url}: {wide}"
        return self

    def fill(self) -> "Walk":
        """Fills required fields that are still empty."""
        fields = self.page.locator("main form[method=post] input[required]:visible, main form[method=post] input[type=email]:visible")
        for index in range(fields.count()):
            field = fields.nth(index)
            kind = field.get_attribute("type") or "text"
            if kind == "checkbox":
                field.check()
            elif kind == "email" and not field.input_value():
                field.fill("prova@example.org")
        return self

    def press(self, name: re.Pattern[str] = ON) -> "Walk":
        """Presses the first button of the page with such a name."""
        self.page.locator("main").get_by_role("button", name=name).first.click()
        self.page.wait_for_load_state("load")
        return self

    @property
    def at_checkout(self) -> bool:
        """Whether the page asks for a card."""
        return self.page.locator("input[autocomplete='cc-number']").count() > 0

    def card(self, card: dict) -> "Walk":
        """Writes the card."""
        self.page.locator("input[autocomplete='cc-number']").fill(card["number"])
        self.page.locator("input[autocomplete='cc-exp']").fill(card["expiry"])
        self.page.locator("input[autocomplete='cc-csc']").fill(card["cvv"])
        return self.fill()

    def text(self) -> str:
        """What is on the page."""
        return " ".join(self.page.locator("body").inner_text().split())

    def close(self) -> None:
        """Ends the session."""
        self.context.close()
        self._auditor.close()
