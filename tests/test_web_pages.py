"""The upload page over HTTP: right verdicts, whole downloads, clear sentences for bad input, and closed doors."""

from __future__ import annotations

import io
import re
import shutil
import zipfile
from collections.abc import Iterator
from datetime import date
from html import unescape
from pathlib import Path

import httpx
import openpyxl
import pandas as pd
import pytest

from screener import job
from screener.findings import FINDINGS_CSV
from screener.settings import Settings
from tests.web_server import OFFICE, Served, finished, form_token, screened, serving, upload


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    settings = "uploads_per_minute = 1000\nrequests_per_minute = 100000\nupload_mb = 3\n"
    with serving(tmp_path_factory.mktemp("web"), settings) as served:
        yield served


@pytest.fixture
def client(server: Served) -> Iterator[httpx.Client]:
    with server.client() as one:
        yield one


def test_page_and_files_are_those_of_the_command_line(client: httpx.Client, tmp_path: Path) -> None:
    request = job.RunRequest((OFFICE,), date(2026, 8, 1), tmp_path, "us", record=False)
    result = job.run(request, Settings())
    shown = screened(client, OFFICE)
    assert result.summary.verdict in unescape(shown.text)
    for name in ("findings.csv", "rows.csv"):
        assert client.get(f"{shown.url}/files/{name}").content == result.written[name].read_bytes(), name


def test_the_report_can_be_downloaded_and_opened(client: httpx.Client) -> None:
    shown = screened(client, OFFICE)
    assert "Send by mail" not in shown.text  # no mail server is set
    assert client.post(f"{shown.url}/mail", data={"token": form_token(client)}).status_code == 404
    book = client.get(f"{shown.url}/files/divestment-report.xlsx")
    assert book.headers["content-disposition"] == 'attachment; filename="divestment-report.xlsx"'
    assert openpyxl.load_workbook(io.BytesIO(book.content)).sheetnames[0] == "Summary"
    found = pd.read_csv(io.StringIO(client.get(f"{shown.url}/files/findings.csv").text))
    assert list(found.columns) == FINDINGS_CSV
    assert client.get(f"{shown.url}/files/run.json").json()["as_of"] == "2026-08-01"
    assert client.get(f"{shown.url}/files/record.json").status_code == 404


def test_several_files_make_one_report(client: httpx.Client) -> None:
    text = unescape(screened(client, OFFICE, ("mine.csv", b"Name;ISIN\nCNOOC LTD;HK0883013259\n")).text)
    assert "mine.csv" in text
    assert "us-family-office.xlsx" in text


def test_changes_since_the_last_run_and_funds_are_on_the_page(client: httpx.Client) -> None:
    screened(client, ("mine.csv", b"Name;ISIN\nApple Inc;US0378331005\n"), portfolio="changing")
    held = b"Name;ISIN\nApple Inc;US0378331005\nCNOOC LTD;HK0883013259\niShares MSCI China ETF;US46429B6719\n"
    text = unescape(screened(client, ("mine.csv", held), portfolio="changing").text)
    changes = text[text.index('id="changes"') : text.index('id="funds"')]
    assert "Holdings changed" in changes
    assert "CNOOC LTD" in changes
    funds = text[text.index('id="funds"') : text.index('id="coverage"')]
    assert "Not looked through" in funds
    assert "iShares MSCI China ETF" in funds


def test_a_column_is_corrected_and_the_correction_saved(client: httpx.Client) -> None:
    mine = b"What;Code;Stueck\nXIAOMI CORP-CLASS B;KYG9830T1067;5\nAPPLE INC;US0378331005;7\n"
    shown = screened(client, ("mine.csv", mine), as_of="2021-02-01")
    assert '<option value="isin" selected>' in shown.text
    place = re.findall(r'name="(column-\d+-\d+)"', shown.text)[1]
    fields = {"token": form_token(client), place: "", "profile": "My bank"}
    again = client.post(f"{shown.url}/again", data=fields)
    corrected = finished(client, again.headers["location"])
    assert '<option value="isin" selected>' not in corrected.text
    assert "by a saved way of reading" in corrected.text
    assert ">My bank</option>" in client.get("/").text
    third = screened(client, ("mine.csv", mine), as_of="2021-02-01", profile="My bank")
    assert '<option value="isin" selected>' not in third.text


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.xlsx", b"", "empty.xlsx: is empty. Export the holdings again."),
        ("corrupt.xlsx", b"PK\x03\x04 rubbish", "corrupt.xlsx: "),
        ("picture.xlsx", b"\x89PNG\r\n\x1a\n" + bytes(200), "picture.xlsx: is a picture, not a spreadsheet"),
        ("scan.csv", b"%PDF-1.7" + bytes(200), "scan.csv: is a PDF document, not a spreadsheet"),
        (
            "prose.csv",
            b"Dear all,\nplease find the minutes attached.\nKind regards\n",
            "prose.csv: holds no table",
        ),
    ],
)
def test_a_file_that_cannot_be_read_gets_a_clear_sentence_and_the_server_goes_on(
    client: httpx.Client, name: str, content: bytes, said: str
) -> None:
    shown = unescape(screened(client, (name, content)).text)
    assert said in shown
    assert "No holding was screened" in shown
    assert "Traceback" not in shown
    assert client.get("/health").json() == {"status": "ok"}


def test_one_bad_file_does_not_stop_the_others(client: httpx.Client) -> None:
    shown = unescape(screened(client, ("broken.xlsx", b"PK\x03\x04 no"), OFFICE).text)
    assert "Red: broken.xlsx: " in shown
    assert "CNOOC LTD" in shown


def test_a_zip_bomb_is_refused(client: httpx.Client) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/worksheets/sheet1.xml", bytes(400_000_000))
    shown = unescape(screened(client, ("bomb.xlsx", packed.getvalue())).text)
    assert "bomb.xlsx: " in shown
    assert client.get("/health").status_code == 200


@pytest.mark.parametrize(
    ("fields", "files", "said"),
    [
        ({}, [("photo.png", b"x")], "photo.png: files of the kind .png cannot be read"),
        ({"as_of": "1 Feb 2021"}, [OFFICE], "“1 Feb 2021” is not a day"),
        ({"investor": "/etc/passwd"}, [OFFICE], "“/etc/passwd” is no investor that is offered here"),
        ({"investor": "../../x.toml"}, [OFFICE], "is no investor that is offered here"),
        ({"profile": "../secret"}, [OFFICE], "There is no saved way of reading called “../secret”"),
        ({}, [("", b"")], "Choose at least one file."),
        ({}, [(f"{n}.csv", b"x") for n in range(21)], "At most 20 files can be screened together"),
    ],
)
def test_a_wrong_form_says_what_is_wrong(
    client: httpx.Client, fields: dict[str, str], files: list[tuple[str, bytes]], said: str
) -> None:
    answer = upload(client, *files, **fields)
    assert answer.status_code in (400, 422)
    assert said in unescape(answer.text)


def test_what_a_file_is_called_is_printed_and_never_a_path(client: httpx.Client, server: Served) -> None:
    name = "../../..\\<img src=x onerror=alert(1)>\u202e.csv"
    shown = screened(client, (name, b"Name;ISIN\nCNOOC LTD;HK0883013259\n"))
    assert "&lt;img src=x onerror=alert(1)&gt;.csv" in shown.text
    assert "<img src=x" not in shown.text
    kept = [path.name for path in server.data.rglob("*.upload")]
    assert set(kept) <= {f"{number}.upload" for number in range(1, 21)}


def test_two_files_of_one_name_are_told_apart(client: httpx.Client) -> None:
    one = ("a.csv", b"Name;ISIN\nCNOOC LTD;HK0883013259\n")
    shown = screened(client, one, one)
    assert "a.csv (2)" in shown.text


def test_more_than_is_allowed_is_refused(client: httpx.Client) -> None:
    answer = upload(client, ("large.csv", bytes(4_000_000)))
    assert answer.status_code == 413
    assert "larger than 3 MB together" in answer.text
    head = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.csv"\r\n\r\n'
    unannounced = (head if not n else bytes(100_000) for n in range(40))
    kind = {"content-type": "multipart/form-data; boundary=x"}
    assert client.post("/", content=unannounced, headers=kind).status_code == 413


def test_every_answer_keeps_browsers_from_harm(client: httpx.Client) -> None:
    for path in ("/", "/check?name=cnooc", "/runs/nothing", "/static/page.js", "/health", "/api/check"):
        headers = client.get(path).headers
        assert headers["content-security-policy"].startswith("default-src 'self'; base-uri 'none'")
        assert headers["x-content-type-options"] == "nosniff"
    cookie = client.get("/").headers.get("set-cookie", "") or str(httpx.get(client.base_url).headers)
    assert "httponly; samesite=lax" in cookie


def test_nothing_on_a_page_breaks_its_own_policy(client: httpx.Client) -> None:
    shown = screened(client, OFFICE).text + client.get("/entity?q=xiaomi").text + client.get("/lists").text
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?! src)", shown)
    assert not re.search(r"""(src|href|action)=["'](?!/|#|https?://)""", shown)
    assert not re.search(r"""<(script|link|img)[^>]+(src|href)=["']https?:""", shown)


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", ""])
def test_another_host_name_is_refused(client: httpx.Client, host: str) -> None:
    assert client.get("/", headers={"host": host}).status_code == 400


@pytest.mark.parametrize(
    "headers", [{"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}, {"origin": "null"}]
)
def test_another_site_cannot_send_anything(client: httpx.Client, headers: dict[str, str]) -> None:
    token = form_token(client)
    files = [("files", ("a.csv", b"Name\nCNOOC\n"))]
    for path in ("/", "/api/screenings"):
        answer = client.post(path, data={"token": token}, files=files, headers=headers)
        assert (answer.status_code, "another site" in answer.text) == (403, True)


def test_a_form_without_the_token_of_its_session_is_refused(client: httpx.Client, server: Served) -> None:
    with server.client() as other:
        foreign = form_token(other)
    form_token(client)
    for token in ("", "x", foreign):
        answer = client.post("/", data={"token": token}, files=[("files", ("a.csv", b"Name\nCNOOC\n"))])
        assert answer.status_code == 403


def test_a_running_screening_can_be_cancelled(client: httpx.Client) -> None:
    rows = "".join(f"COMPANY NUMBER {n} HOLDING LTD;{n}\n" for n in range(60_000))
    taken = upload(client, ("large.csv", f"Name;Quantity\n{rows}".encode()))
    address = taken.headers["location"]
    assert 'id="progress"' in client.get(address).text
    cancelled = client.post(f"{address}/cancel", data={"token": form_token(client)})
    assert cancelled.headers["location"] == address
    shown = finished(client, address)
    assert "The screening was cancelled." in shown.text
    assert "CNOOC LTD" in screened(client, OFFICE).text


def test_progress_is_told_as_it_happens(client: httpx.Client) -> None:
    address = upload(client, OFFICE).headers["location"]
    with client.stream("GET", f"{address}/events") as events:
        assert events.headers["content-type"].startswith("text/event-stream")
        text = "".join(events.iter_text())
    assert text.endswith("event: over\ndata: {}\n\n")
    assert "event: stage" in text


def test_look_up_of_a_name(client: httpx.Client) -> None:
    shown = unescape(client.get("/check?name=XIAOMI+CORP-CLASS+B&investor=us&as_of=2021-02-01").text)
    assert "PENDING" in shown
    assert "listed 14 Jan 2021 + 60 days = 15 Mar 2021" in shown
    clear = unescape(client.get("/check?name=APPLE+INC&as_of=2026-08-01").text)
    assert "On no list in force" in clear
    assert "closest listed name" in clear


@pytest.mark.parametrize(
    ("printed", "action"),
    [("HK0883013259", "HOLD"), ("ISIN: HK0883013259", "HOLD"), ("BRC1EODR004", "HOLD"), ("883 HK", "HOLD")],
)
def test_look_up_of_an_identifier_of_whatever_kind(client: httpx.Client, printed: str, action: str) -> None:
    shown = client.get("/check", params={"identifier": printed, "investor": "us", "as_of": "2026-08-01"})
    assert f'class="chip chip-{action}"' in shown.text


def test_nothing_to_look_up_is_said(client: httpx.Client) -> None:
    assert "Give a name or an identifier." in client.get("/check?name=&identifier=").text


def test_the_time_line_of_an_entity(client: httpx.Client) -> None:
    shown = unescape(client.get("/entity?q=xiaomi").text)
    assert '<svg class="timeline"' in shown
    for text in ("1:21-cv-00280-RC", "14 Jan 2021: listed", "25 May 2021: vacated", "no longer restricted"):
        assert text in shown
    days = [shown.index(f">{day}</td>") for day in ("14 Jan 2021", "12 Mar 2021", "25 May 2021")]
    assert days == sorted(days)
    unknown = client.get("/entity?q=Xiaomee+Corporation")
    assert (unknown.status_code, "Nearest names: " in unknown.text) == (404, True)
    assert "entities fit “china mobile”" in unescape(client.get("/entity?q=china+mobile").text)


def test_the_health_of_the_lists(client: httpx.Client) -> None:
    shown = client.get("/lists").text
    assert "NS-CMIC: kept to " in shown
    assert "never fetched" in shown


def test_past_runs(client: httpx.Client) -> None:
    address = screened(client, OFFICE, portfolio="Family & Sons").url
    shown = client.get("/runs").text
    assert f'href="{address.path}"' in shown
    assert "Family &amp; Sons" in shown
    for odd in ("0", "-1", "x", "²", "99999999999"):
        assert client.get(f"/runs?page={odd}").status_code == 200


def test_languages(client: httpx.Client) -> None:
    norwegian = client.get("/", headers={"accept-language": "nb-NO,nb;q=0.9,en;q=0.8"})
    assert '<html lang="no">' in norwegian.text
    switched = client.get("/language/de?next=/lists")
    assert switched.headers["location"] == "/lists"
    assert '<html lang="de">' in client.get("/lists").text
    for outside in ("//evil.example", "https://evil.example", "/\\evil.example"):
        assert client.get(f"/language/nl?next={outside}").headers["location"] == "/"
    result = unescape(screened(client, OFFICE).text)
    assert "Position" in result or "posities" in result


def test_without_its_uploads_a_run_is_shown_but_cannot_be_corrected(
    client: httpx.Client, server: Served
) -> None:
    shown = screened(client, OFFICE)
    run = shown.url.path.rpartition("/")[2]
    shutil.rmtree(server.data / "web" / "runs" / run / "in")
    page = client.get(shown.url).text
    assert "no longer kept" in page
    assert "CNOOC LTD" in page
    assert client.post(f"{shown.url}/again", data={"token": form_token(client)}).status_code == 503
