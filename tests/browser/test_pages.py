"""Pages by themselves: each one audited with axe, with and without JavaScript, wide and narrow."""

import re

import pytest

PAGES = [("home", "/", 200), ("avviso", "/paga/avviso", 200), ("non-trovata", "/non/esiste", 404),
         ("carrello-sconosciuto", "/carrello/nonesiste", 404), ("esito-sconosciuto", "/esito/nonesiste", 404),
         ("accessibilita", "/accessibilita", 200), ("privacy", "/privacy", 200), ("faq", "/faq", 200), ("sandbox", "/sandbox", 200)]


@pytest.mark.parametrize("name,path,status", PAGES, ids=[p[0] for p in PAGES])
def test_page(walk, name, path, status):
    """Status, heading, language, no other host, no violation."""
    walk.open(path)
    assert walk.answer.status == status, f"{path}: {walk.answer.status}"
    walk.check(name)


@pytest.mark.parametrize("name,path,status", PAGES, ids=[p[0] for p in PAGES])
def test_narrow(phone, name, path, status):
    """320 pixels: nothing to scroll sideways."""
    phone.open(path)
    assert phone.answer.status == status
    phone.check(name).narrow()


@pytest.mark.parametrize("path", ["/non/esiste", "/carrello/nonesiste", "/esito/nonesiste"])
def test_errors_carry_a_trace_id(walk, path):
    """An error page can be reported: it shows the trace id of the call."""
    walk.open(path)
    header = walk.answer.headers.get("x-trace-id")
    assert header, walk.answer.headers
    assert header in walk.text(), walk.text()


@pytest.mark.parametrize("path", ["/", "/paga/avviso"])
def test_security_headers(walk, path):
    """A strict policy: own scripts and styles only, no framing, no guessing of types."""
    walk.open(path)
    headers = walk.answer.headers
    policy = headers.get("content-security-policy", "")
    assert "default-src 'self'" in policy or "default-src 'none'" in policy, policy
    assert "unsafe-eval" not in policy and not re.search(r"script-src[^;]*unsafe-inline", policy), policy
    assert "frame-ancestors 'none'" in policy or headers.get("x-frame-options", "").upper() == "DENY", headers
    assert headers.get("x-content-type-options") == "nosniff", headers
    assert headers.get("referrer-policy"), headers


def test_no_cookie_beyond_the_session(walk):
    """At most one, HttpOnly and SameSite."""
    walk.open("/").open("/paga/avviso")
    cookies = walk.context.cookies()
    assert len(cookies) <= 1, cookies
    assert all(c["httpOnly"] and c["sameSite"] in ("Lax", "Strict") for c in cookies), cookies


def test_keyboard(walk):
    """The first Tab reaches a link that skips to the content."""
    walk.open("/")
    walk.page.keyboard.press("Tab")
    if walk.js:
        target = walk.page.evaluate("() => document.activeElement.getAttribute('href')")
        assert target and target.startswith("#"), target
        assert walk.page.locator(target).count() == 1, f"{target} does not exist"
    else:
        first = walk.page.locator("body a").first.get_attribute("href")
        assert first.startswith("#") and walk.page.locator(first).count() == 1, first


def test_assets_are_cached_and_own(walk):
    """Styles, scripts and fonts come from here and may be kept."""
    seen = []
    walk.page.on("response", lambda r: seen.append(r))
    walk.open("/")
    walk.page.wait_for_load_state("networkidle")
    kinds = {r.request.resource_type: r for r in seen}
    assert "stylesheet" in kinds, list(kinds)
    assert all(r.status == 200 for r in seen), [(r.url, r.status) for r in seen if r.status != 200]
    assert "max-age" in kinds["stylesheet"].headers.get("cache-control", ""), kinds["stylesheet"].headers
