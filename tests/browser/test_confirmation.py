"""The confirmation page on a small telephone, without JavaScript, in both languages: nothing is in anybody's way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import waitress.server
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from loopclose.web.confirmation import create_page
from tests.web.office import Office, first_office
from tests.web.serving import running


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with first_office(tmp_path) as found:
        yield found


@pytest.fixture
def base(office: Office) -> Iterator[str]:
    server = waitress.server.create_server(create_page(office.work()), host="127.0.0.1", port=0)
    with running(server) as found:
        yield found


def check(page: Page, name: str, shots: Path) -> None:
    """No axe violation in light and in dark, and nothing scrolls sideways."""
    page.screenshot(path=shots / f"{name}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320, name
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        found = Axe().run(page).response["violations"]
        assert not found, [(name, scheme, one["id"], one["nodes"][0]["target"]) for one in found]


def test_an_office_answers_in_spanish_on_a_small_telephone_without_javascript(
    chromium: Browser,
    office: Office,
    base: str,
    tmp_path: Path,
) -> None:
    size = {"width": 320, "height": 568}
    plain = chromium.new_context(java_script_enabled=False, viewport=size, locale="es-US")  # type: ignore[arg-type]
    looked = chromium.new_context(viewport=size, locale="es-US", bypass_csp=True)  # type: ignore[arg-type]
    page, eye = plain.new_page(), looked.new_page()
    page.goto(base)
    page.fill("#code", "AAAA-AAAA-AAAA")
    page.click("button")
    assert "Este código no abre nada" in page.inner_text("[role=alert]")
    page.fill("#code", f"{office.code[:4]}-{office.code[4:8]}-{office.code[8:]}".lower())
    page.click("button")
    assert page.locator("html").get_attribute("lang") == "es"
    page.click("main form >> nth=0 >> button")
    assert page.locator(".problem a").get_attribute("href") == "#received"
    page.check("#received")
    page.check("#handover-1-refused")
    page.check("#ask-1-done")
    page.fill("#needs", "Falta la segunda página.")
    page.click("main form >> nth=0 >> button")
    assert "Hemos guardado" in page.inner_text("[role=status]")
    assert "Falta la segunda" not in page.content() and page.is_checked("#handover-1-refused")
    for name, path in (("enter", ""), ("unknown", "x"), ("letter", office.code), ("noted", f"{office.code}?noted=")):
        eye.goto(f"{base}/{path}")
        check(eye, name, tmp_path)
    eye.click("button.quiet")
    check(eye, "error", tmp_path)
    page.check("#sure")
    page.click("button.quiet")
    assert "destruya la carta" in page.inner_text("main")
    eye.set_content(page.content())
    assert page.context.cookies() == []
