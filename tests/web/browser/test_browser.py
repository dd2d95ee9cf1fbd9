"""The pages in a real browser: accessible, without scripts, by keyboard, light and dark, desktop and phone.

Needs Chromium (Debian ``chromium``, or the path in ``CAREERKG_CHROMIUM``) and Playwright; axe-core comes from
npm into the folder in ``CAREERKG_AXE``, or into a temporary one.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

pytest.importorskip("starlette", reason="the extra web is not installed")
pytest.importorskip("playwright", reason="Playwright is not installed")

import uvicorn

from careerkg.web.app import create_app
from careerkg.web.settings import Settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

CHROMIUM = os.environ.get("CAREERKG_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")

DEVICES: tuple[tuple[int, int, Literal["light", "dark"]], ...] = ((1280, 900, "light"), (360, 740, "dark"))
ROUTE = "/routes?goal=role:cancer-registrar&from=credential:high-school-diploma"
KINDS = {
    "home": "/",
    "search": "/search?q=coder",
    "routes": "/routes",
    "route": ROUTE,
    "trouble": "/routes?goal=nonsense&maxcost=much",
    "console": "/console?example=08-issuers&run=1",
    "console error": "/console?query=SELECT&run=1",
    "occupation": "/doc/occupation/medical-records-technician",
    "credential": "/doc/credential/rhit",
    "figure": "/doc/observation/guide-average-wage",
    "source": "/source/medical-records-technician-guide",
    "passage": "/source/medical-records-technician-guide/3160-3267",
    "list": "/source/medical-records-technician-guide?property=dcterms:isPartOf&direction=to",
    "neighbourhood": "/neighbourhood/occupation/medical-records-technician",
    "ontology": "/ontology",
    "term": "/ontology/requires",
    "data": "/dataset",
    "missing": "/doc/credential/health-information",
}


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """Yield the address of a site on a free port."""
    listener = socket.create_server(("127.0.0.1", 0))
    base = f"http://127.0.0.1:{listener.getsockname()[1]}"
    app = create_app(Settings(workers=1, base_url=base))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="on"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    until = time.monotonic() + 20
    while not server.started and time.monotonic() < until:
        time.sleep(0.02)
    assert server.started
    yield base
    server.should_exit = True
    thread.join(10)
    listener.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Yield a page of a new context, which must see no error and ask no other host."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield from watched(context)


def watched(context: BrowserContext) -> Iterator[Page]:
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.on(
        "request",
        lambda request: (
            None
            if request.url.startswith(("http://127.0.0.1:", "data:"))
            else faults.append(f"asked {request.url}")
        ),
    )
    yield page
    context.close()
    assert not faults


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the source of axe-core."""
    given = os.environ.get("CAREERKG_AXE")
    folder = Path(given) if given else tmp_path_factory.mktemp("axe")
    source = folder / "node_modules" / "axe-core" / "axe.min.js"
    if not source.is_file():
        npm = shutil.which("npm")
        if npm is None:
            pytest.skip("npm is not installed: no axe-core")
        command = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "axe-core@4"]
        try:
            done = subprocess.run(command, cwd=folder, capture_output=True, timeout=120, check=False)
        except subprocess.TimeoutExpired:
            pytest.skip("npm did not install axe-core in two minutes")
        if done.returncode or not source.is_file():
            pytest.skip("npm cannot install axe-core")
    return source.read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", KINDS)
def test_axe_finds_no_violation(browser: Browser, site: str, axe: str, kind: str) -> None:
    # Without motion: a colour that fades in is not yet the one that is meant.
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    page.goto(site + KINDS[kind])
    page.evaluate(axe)
    told = []
    # Colours do not depend on the width, nor the layout on the scheme: two runs see all four.
    for width, height, scheme in DEVICES:
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=scheme)
        found = page.evaluate("() => axe.run(document, { resultTypes: ['violations'] })")
        told += [
            f"{width} {scheme} {one['id']}: {[node['html'][:120] for node in one['nodes'][:3]]}"
            for one in found["violations"]
        ]
        assert len(found["passes"]) > 15
    context.close()
    assert not told


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_scrolls_sideways(browser: Browser, site: str, kind: str) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.goto(site + KINDS[kind])
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    context.close()


@pytest.mark.parametrize("kind", ["home", "route", "console", "occupation", "neighbourhood", "ontology"])
def test_no_error_and_no_other_host(page: Page, site: str, kind: str) -> None:
    page.goto(site + KINDS[kind])
    page.wait_for_load_state("networkidle")
    assert page.locator("h1").count() == 1


def test_dark_is_dark(browser: Browser, site: str) -> None:
    def brightness(scheme: Literal["light", "dark"]) -> float:
        context = browser.new_context(color_scheme=scheme)
        page = context.new_page()
        page.goto(site)
        colour = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        context.close()
        return sum(int(part) for part in colour[4:-1].split(",")) / 3

    assert brightness("dark") < 60 < 200 < brightness("light")


# ---- Without scripts --------------------------------------------------------------------------


@pytest.fixture
def plain(browser: Browser) -> Iterator[Page]:
    """Yield a page without scripts."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    yield page
    context.close()


def test_without_scripts_a_route_is_found(plain: Page, site: str) -> None:
    plain.goto(site + "/routes")
    plain.get_by_label("Where do you want to be?").fill("Cancer registrar")
    plain.get_by_label("What do you hold already?").fill("High-school diploma")
    plain.get_by_role("button", name="Find routes").click()
    assert (
        plain.get_by_role("heading", level=1).inner_text() == "From High-school diploma to Cancer registrar"
    )
    assert plain.locator(".stop-row").count() == 5
    plain.locator(".cards").get_by_role("link", name="Plan 2").click()
    assert "Plan 2, stop by stop" in plain.inner_text("main")
    # What is held is taken back by a box.
    plain.get_by_label("High-school diploma", exact=True).uncheck()
    plain.get_by_role("button", name="Find routes").click()
    assert plain.get_by_role("heading", level=1).inner_text() == "The way to Cancer registrar"


def test_without_scripts_a_search_leads_to_a_thing_and_its_source(plain: Page, site: str) -> None:
    plain.goto(site)
    plain.get_by_label("Search for work, a credential, a skill").fill("tumor registrar")
    plain.get_by_role("button", name="Search", exact=True).click()
    plain.get_by_role("link", name="Cancer registrar").first.click()
    assert plain.url.endswith("/doc/role/cancer-registrar")
    plain.locator(".sources").get_by_role("link").first.click()
    assert "/source/" in plain.url


def test_without_scripts_the_console_answers(plain: Page, site: str) -> None:
    plain.goto(site + "/console")
    plain.get_by_role("textbox", name="Query").fill("SELECT ?x WHERE { credential:rhit rdfs:label ?x }")
    plain.get_by_role("button", name="Run").click()
    assert "Registered Health Information Technician" in plain.inner_text(".result")


# ---- With scripts -----------------------------------------------------------------------------


def test_suggestions_by_keyboard(page: Page, site: str) -> None:
    page.goto(site)
    field = page.get_by_role("combobox", name="Search for work, a credential, a skill")
    field.focus()
    page.keyboard.type("cance")
    option = page.get_by_role("option", name="Cancer registrar")
    option.first.wait_for()
    assert field.get_attribute("aria-expanded") == "true"
    page.keyboard.press("ArrowDown")
    active = field.get_attribute("aria-activedescendant")
    assert active is not None
    assert page.locator(f"#{active}").get_attribute("aria-selected") == "true"
    page.keyboard.press("Escape")
    assert field.get_attribute("aria-expanded") == "false"
    page.keyboard.press("ArrowDown")
    option.first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/doc/role/cancer-registrar")


def test_a_route_by_keyboard_alone(page: Page, site: str) -> None:
    page.goto(site + "/routes")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "goal"
    page.keyboard.type("role:medical-coder")
    page.keyboard.press("Enter")
    page.wait_for_selector(".stop-row")
    assert "Medical coder" in page.inner_text("h1")


def test_focus_is_seen_on_every_stop_of_the_tab_key(page: Page, site: str) -> None:
    page.goto(site + "/doc/credential/rhit")
    seen = set()
    for _ in range(25):
        page.keyboard.press("Tab")
        place, width = page.evaluate(
            "(() => { const e = document.activeElement, s = getComputedStyle(e);"
            " return [e.outerHTML.slice(0, 80), parseFloat(s.outlineWidth)]; })()"
        )
        assert width >= 2, place
        seen.add(place)
    assert len(seen) > 20


def test_weight_and_boxes_ask_anew(page: Page, site: str) -> None:
    page.goto(site + ROUTE)
    page.get_by_role("slider").fill("80")
    page.wait_for_url("**weigh=80**")
    page.get_by_label("High-school diploma", exact=True).uncheck()
    page.wait_for_url(lambda url: "from=" not in url)


def test_editor_shows_the_query_in_colours(page: Page, site: str) -> None:
    page.goto(site + "/console?example=08-issuers")
    copy = page.locator(".editor pre")
    area = page.locator(".editor textarea")
    assert copy.inner_text().strip() == area.input_value().strip()
    assert copy.locator(".tok-k").first.inner_text() == "PREFIX"
    assert copy.locator(".tok-v").count() > 3
    area.fill("ASK { ?s ?p 'x' } # <b>")
    assert copy.locator(".tok-c").inner_text() == "# <b>"
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".result .badge")


def test_print_has_the_plan_and_its_sources_only(page: Page, site: str) -> None:
    page.goto(site + ROUTE)
    page.emulate_media(media="print")
    for hidden in (".site-head", ".planner", ".actions", ".site-foot", ".cards"):
        assert not page.locator(hidden).first.is_visible(), hidden
    for shown in ("h1", ".line", ".sources", ".gantt"):
        assert page.locator(shown).first.is_visible(), shown
    assert len(page.pdf()) > 10_000


def test_a_page_weighs_less_than_150_kib_over_the_wire(page: Page, site: str) -> None:
    sizes: list[int] = []
    page.on("response", lambda response: sizes.append(len(response.body())))
    for kind in ("occupation", "route", "ontology", "console"):
        sizes.clear()
        page.goto(site + KINDS[kind])
        page.wait_for_load_state("networkidle")
        assert 10_000 < sum(sizes) < 150 * 1024, kind
