"""Decisions and mail from the page: in the log under the name of who is signed in; out to whom the settings name."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from html import unescape

import pytest
from openpyxl import load_workbook

from screener.history import open_store
from screener.settings import ListSettings, Settings
from screener.web.access import make_token
from tests.mail_server import Post, mail_server
from tests.web_server import OFFICE, Served, form_token, screened, serving

TOKENS = {"anna": make_token(), "rita": make_token()}
_USERS = "".join(
    f'[[web.users]]\nname = "{name}"\nrole = "{role}"\ntoken = "{TOKENS[name][1]}"\n'
    for name, role in (("anna", "screener"), ("rita", "reviewer"))
)


@pytest.fixture(scope="module")
def post() -> Iterator[Post]:
    with mail_server(Post()) as taking:
        yield taking


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, post: Post) -> Iterator[Served]:
    mail = (
        f'[mail]\nhost = "127.0.0.1"\nport = {post.port}\nsecurity = "none"\nsender = "screening@example.com"\n'
        'to = ["desk@example.com"]\n'
    )
    with serving(tmp_path_factory.mktemp("acting"), _USERS + mail) as served:
        yield served


def _bearer(name: str) -> dict[str, str]:
    return {"authorization": f"Bearer {TOKENS[name][0]}"}


@pytest.fixture(scope="module")
def run(server: Served) -> str:
    with server.client(headers=_bearer("anna")) as client:
        return screened(client, OFFICE).url.path


def test_a_decision_goes_into_the_log_under_the_name_of_who_is_signed_in(server: Served, run: str) -> None:
    with server.client(headers=_bearer("rita")) as client:
        shown = client.get(run).text
        card = shown[shown.index("CNOOC LTD") :]
        number = re.search(r'name="number" value="(\d+)"', card)
        assert number
        fields = {"token": form_token(client, run), "number": number.group(1), "decision": "false_positive",
                  "note": "=HYPERLINK(1)\x07 seen", "valid_until": "2027-01-31", "reviewer": "boss"}  # fmt: skip
        answer = client.post(f"{run}/review", data=fields)
        assert "The decision about CNOOC LTD is recorded under your name." in unescape(answer.text)
        again = client.post(f"{run}/review", data=fields)
        assert "was recorded before" in again.text
        for odd in ({"number": "9999"}, {"decision": "ignore"}):
            assert client.post(f"{run}/review", data=fields | odd).status_code == 404
        assert client.post(f"{run}/review", data=fields | {"valid_until": "never"}).status_code == 422
    with open_store(Settings(lists=ListSettings(data=str(server.data)))) as store:
        (made,) = store.decisions()
    assert (made.reviewer, made.recorded_by, made.decision) == ("rita", "rita", "false_positive")
    assert (made.security, made.note, str(made.valid_until)) == (
        "CNOOC LTD",
        "=HYPERLINK(1) seen",
        "2027-01-31",
    )
    assert made.listing_id
    assert made.security_key == "isin:HK0883013259"


def test_only_a_reviewer_decides(server: Served, run: str) -> None:
    with server.client(headers=_bearer("anna")) as client:
        assert "Record the decision" not in client.get(run).text
        fields = {"token": form_token(client), "number": "1", "decision": "confirmed"}
        assert client.post(f"{run}/review", data=fields).status_code == 403


def test_the_report_is_sent_once_as_its_reader_saw_it(server: Served, run: str, post: Post) -> None:
    """With the decisions that stood when it was made, to the byte, to whom the settings name."""
    with server.client(headers=_bearer("anna")) as client:
        later = screened(client, OFFICE).url.path
        assert "Send by mail" in client.get(later).text
        fields = {"token": form_token(client), "to": "thief@example.com"}
        assert "Mail: 1 sent." in client.post(f"{later}/mail", data=fields).text
        assert "Mail: 0 sent." in client.post(f"{later}/mail", data=fields).text
        names = ("divestment-report.xlsx", "findings.csv", "rows.csv")
        shown = {name: client.get(f"{later}/files/{name}").content for name in names}
    assert post.recipients == ["desk@example.com"]
    sent = {
        str(part.get_filename()): part.get_payload(decode=True)
        for part in post.messages[0].iter_attachments()
    }
    assert sent == {name: shown[name] for name in sent}
    assert "divestment-report.xlsx" in sent
    book = load_workbook(io.BytesIO(shown["divestment-report.xlsx"]))
    cells = [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value]
    assert any("rita" in text for text in cells)
