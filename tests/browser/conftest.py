"""The browser: Debian's Chromium, driven by Playwright."""

import os
import shutil

import pytest
from playwright.sync_api import sync_playwright

from .walk import Walk


@pytest.fixture(scope="session")
def browser():
    """One browser for all tests."""
    program = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.skip("no chromium on PATH (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-dev-shm-usage", "--host-resolver-rules=MAP sil.example.org 127.0.0.1"])
        yield made
        made.close()


@pytest.fixture(scope="session")
def screens(home):
    """Where screenshots go."""
    made = home / "screens"
    made.mkdir(exist_ok=True)
    return made


@pytest.fixture(params=[True, False], ids=["js", "nojs"])
def walk(request, browser, world, screens):
    """A person, with and without JavaScript."""
    made = Walk(browser, world.base, screens, js=request.param)
    yield made
    made.close()


@pytest.fixture
def phone(browser, world, screens):
    """A person with the narrowest telephone."""
    made = Walk(browser, world.base, screens, viewport=(320, 640))
    yield made
    made.close()
