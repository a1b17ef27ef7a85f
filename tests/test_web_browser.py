"""The upload page in a real browser: every fixture, the keyboard alone, a phone, no JavaScript, and who cannot see."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.web_server import HOLDINGS, OFFICE, Served, serving

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="there is no Chromium here (apt-get install chromium)"
)
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
expect.set_options(timeout=30_000)  # a screening takes a second, and many on a busy machine
# What a U.S. person must be told on 1 August 2026: every window under NS-CMIC has closed.
VERDICTS = {
    "us-family-office.xlsx": ("4 of 39", {"CNOOC LTD", "CHINA MOBILE LTD-SPON ADR"}),
    "de-depotbank.csv": ("2 of 12", {"CNOOC"}),
    "messy-broker.xlsx": ("2 of 14", set()),
    "nl-pensioenfonds.xlsx": ("4 of 37", set()),
    "no-stiftelse.xlsx": ("5 of 21", set()),
    "uk-custodian.xls": ("3 of 12", set()),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("browser"), "uploads_per_minute = 1000\n") as served:
        yield served


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=_FLAGS)
        yield browser
        browser.close()


def _context(chromium: Browser, server: Served, **options: object) -> BrowserContext:
    context = chromium.new_context(base_url=server.address, locale="en-GB", **options)  # type: ignore[arg-type]
    context.set_default_timeout(60_000)
    return context


@pytest.fixture
def page(chromium: Browser, server: Served) -> Iterator[Page]:
    """A page on which nothing may go wrong: no error of a script, nothing that the page's own policy forbids."""
    context = _context(chromium, server)
    one = context.new_page()
    wrong: list[str] = []
    one.on("pageerror", lambda error: wrong.append(str(error)))
    one.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    yield one
    context.close()
    assert not wrong


@pytest.fixture(scope="module")
def result(chromium: Browser, server: Served) -> str:
    """The address of a finished report."""
    context = _context(chromium, server)
    address = _screen(context.new_page(), OFFICE)
    context.close()
    return address


def _screen(page: Page, path: Path, as_of: str = "2026-08-01") -> str:
    page.goto("/")
    page.set_input_files("#files", path)
    page.select_option("#investor", "us")
    page.fill("#as_of", as_of)
    page.click("#upload button.main")
    page.wait_for_selector("#verdict, #why")
    return page.url


@pytest.mark.parametrize("name", sorted(VERDICTS))
def test_each_fixture_uploaded_gives_the_right_verdict_and_a_workbook_that_opens(
    page: Page, tmp_path: Path, name: str
) -> None:
    numbers, held = VERDICTS[name]
    _screen(page, HOLDINGS / name)
    verdict = page.inner_text("#verdict")
    assert verdict.startswith(
        f"As of 1 Aug 2026 (investor: U.S. person), {numbers} holdings screened need action"
    )
    shown = page.locator("#action .chip-HOLD").count()
    assert f"{shown} to hold as they are (no purchase, no sale)" in verdict
    assert all(page.locator("#action summary", has_text=security).count() for security in held)
    with page.expect_download() as waited:
        page.click("text=Report xlsx")
    waited.value.save_as(tmp_path / "report.xlsx")
    book = openpyxl.load_workbook(tmp_path / "report.xlsx")
    assert verdict in {cell.value for row in book["Summary"].iter_rows() for cell in row}


def test_files_can_be_dropped(page: Page) -> None:
    page.goto("/")
    held = page.evaluate_handle(
        "() => { const held = new DataTransfer();"
        " held.items.add(new File(['Name;ISIN\\nCNOOC LTD;HK0883013259\\n'], 'dropped.csv')); return held; }"
    )
    page.dispatch_event("#drop", "drop", {"dataTransfer": held})
    expect(page.locator("#files-chosen")).to_contain_text("dropped.csv")
    page.click("#upload button.main")
    expect(page.locator("#action summary")).to_contain_text("CNOOC LTD")


def test_files_that_are_too_large_are_refused_before_they_are_sent(page: Page, tmp_path: Path) -> None:
    page.goto("/")
    large = tmp_path / "large.csv"
    large.write_bytes(bytes(51_000_000))
    page.set_input_files("#files", large)
    page.click("#upload button.main")
    assert page.eval_on_selector("#files", "input => input.validationMessage").startswith(
        "The files are larger"
    )
    assert page.locator("#progress").count() == 0


def test_a_column_is_corrected(page: Page, tmp_path: Path) -> None:
    mine = tmp_path / "mine.csv"
    mine.write_text("What;Code\nXIAOMI CORP-CLASS B;KYG9830T1067\nAPPLE INC;US0378331005\n", encoding="utf-8")
    _screen(page, mine, "2021-02-01")
    choice = page.get_by_label("What “Code” is")
    assert choice.input_value() == "isin"
    choice.select_option("")
    page.get_by_role("button", name="Run again").click()
    expect(page.locator("#reading")).to_contain_text("by a saved way of reading")
    assert page.get_by_label("What “Code” is").input_value() == ""
    assert page.locator("#verdict").count() == 1


def test_the_keyboard_alone_is_enough(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
    chooser.value.set_files(OFFICE)
    page.keyboard.press("Tab")
    page.keyboard.press("U")  # U.S. person
    assert page.input_value("#investor") == "us"
    page.focus("#upload button.main")
    page.keyboard.press("Enter")
    page.wait_for_selector("#verdict")
    card = page.locator("#action summary").first
    card.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#action details[open] .sides").first).to_be_visible()


def test_without_javascript_the_main_path_works(chromium: Browser, server: Served, tmp_path: Path) -> None:
    context = _context(chromium, server, java_script_enabled=False)
    page = context.new_page()
    _screen(page, OFFICE)
    assert "4 of 39 holdings" in page.inner_text("#verdict")
    with page.expect_download() as waited:
        page.click("text=Report xlsx")
    waited.value.save_as(tmp_path / "report.xlsx")
    assert openpyxl.load_workbook(tmp_path / "report.xlsx").sheetnames[0] == "Summary"
    context.close()


def test_a_file_that_cannot_be_read_is_told_of(page: Page, tmp_path: Path) -> None:
    broken = tmp_path / "broken.xlsx"
    broken.write_bytes(b"PK\x03\x04 this is no workbook")
    _screen(page, broken)
    expect(page.locator("#why")).to_contain_text("broken.xlsx: ")
    page.click("text=Try again")
    expect(page.locator("#upload")).to_be_visible()


def _pages(result: str) -> list[str]:
    return [
        "/",
        result,
        "/check?name=XIAOMI+CORP-CLASS+B&investor=us&as_of=2021-02-01",
        "/check?name=APPLE+INC",
        "/entity?q=xiaomi",
        "/lists",
        "/runs",
        "/api",
        "/runs/nothing",
    ]


def test_every_page_fits_a_phone(chromium: Browser, server: Served, result: str) -> None:
    context = _context(chromium, server, viewport={"width": 360, "height": 740})
    page = context.new_page()
    for address in _pages(result):
        page.goto(address)
        page.eval_on_selector_all("details", "all => all.forEach(one => one.open = true)")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, address
    context.close()


@pytest.mark.parametrize("language", ["en", "de"])
def test_no_serious_barrier_for_anybody(
    chromium: Browser, server: Served, result: str, language: str
) -> None:
    context = _context(chromium, server)
    page = context.new_page()
    page.goto(f"/language/{language}")
    for address in _pages(result):
        page.goto(address)
        page.eval_on_selector_all("details", "all => all.forEach(one => one.open = true)")
        found = Axe().run(page).response["violations"]
        serious = [one for one in found if one["impact"] in ("serious", "critical")]
        told = [(one["id"], one["nodes"][0]["html"], one["nodes"][0]["failureSummary"]) for one in serious]
        assert not told, address
    context.close()
