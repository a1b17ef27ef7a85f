"""Who may do what: tokens, roles, sessions, proxies, and runs of other people."""

from __future__ import annotations

import base64
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from screener.errors import ConfigurationError
from screener.web.access import Access, make_token
from screener.web_settings import WebSettings, WebUser
from tests.web_server import Served, finished, form_token, serve_command, serving, upload

TOKENS = {name: make_token() for name in ("vera", "anna", "bert", "rita")}
ROLES = {"vera": "viewer", "anna": "screener", "bert": "screener", "rita": "reviewer"}
MINE = ("mine.csv", b"Name;ISIN\nCNOOC LTD;HK0883013259\n")


def _users() -> str:
    return "".join(
        f'[[web.users]]\nname = "{name}"\nrole = "{ROLES[name]}"\ntoken = "{hashed}"\n'
        for name, (_, hashed) in TOKENS.items()
    )


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    settings = 'hosts = ["screener.example.com"]\nsign_ins_per_minute = 15\nuploads_per_minute = 10\nhost = "0.0.0.0"\n'
    with serving(tmp_path_factory.mktemp("access"), settings + _users()) as served:
        address = served.address.replace("0.0.0.0", "127.0.0.1")
        yield Served(address, served.process, served.data)


def _bearer(name: str) -> dict[str, str]:
    return {"authorization": f"Bearer {TOKENS[name][0]}"}


def _sign_in(client: httpx.Client, name: str) -> None:
    fields = {"token": form_token(client, "/sign-in"), "key": TOKENS[name][0], "next": "/runs"}
    answer = client.post("/sign-in", data=fields)
    assert (answer.status_code, answer.headers["location"]) == (303, "/runs")


def test_nothing_is_shown_before_the_sign_in(server: Served) -> None:
    with server.client() as client:
        for path in ("/", "/runs", "/lists", "/check?name=x", "/runs/abc", "/api"):
            answer = client.get(path)
            assert answer.headers["location"].startswith("/sign-in?next=%2F"), path
        for path in ("/api/check?name=x", "/openapi.json", "/api/screenings/abc"):
            assert client.get(path).status_code == 401
        assert client.post("/api/screenings", files=[("files", MINE)]).status_code == 401
        assert client.get("/health").status_code == 200


def test_a_session_ends_with_the_sign_out_and_cannot_be_made_up(server: Served) -> None:
    with server.client() as client:
        _sign_in(client, "anna")
        assert "anna (screener)" in client.get("/").text
        client.post("/sign-out", data={"token": form_token(client)})
        assert client.get("/").status_code == 303
        made_up = base64.b64encode(b'{"name": "rita", "mark": "x"}').decode() + ".aaaaaa.signature"
        client.cookies.clear()
        assert client.get("/", headers={"cookie": f"screener_session={made_up}"}).status_code == 303


def test_a_sign_in_leads_nowhere_else(server: Served) -> None:
    with server.client() as client:
        fields = {"token": form_token(client, "/sign-in"), "key": TOKENS["anna"][0], "next": "//evil.example"}
        assert client.post("/sign-in", data=fields).headers["location"] == "/"


def test_a_session_ends_when_the_token_is_taken_away() -> None:
    user = WebUser(name="anna", role="screener", token=TOKENS["anna"][1])
    before = Access(WebSettings(users=(user,)), "127.0.0.1")
    found = before.by_token(TOKENS["anna"][0])
    assert found is not None
    assert before.by_session("anna", found[1]) == found[0]
    changed = user.model_copy(update={"token": TOKENS["bert"][1]})
    assert Access(WebSettings(users=(changed,)), "127.0.0.1").by_session("anna", found[1]) is None
    assert Access(WebSettings(), "127.0.0.1").by_session("anna", found[1]) is None


def test_a_viewer_cannot_screen(server: Served) -> None:
    with server.client(headers=_bearer("vera")) as client:
        assert "Your role does not include screening files" in client.get("/").text
        assert upload(client, MINE).status_code == 403
        answer = client.post("/api/screenings", files=[("files", MINE)])
        assert (answer.status_code, answer.json()["detail"]) == (403, "Your role does not include this.")
        assert client.get("/api/check?name=cnooc").status_code == 200


def test_other_peoples_runs_are_as_if_they_were_not_there(server: Served) -> None:
    with server.client(headers=_bearer("anna")) as anna:
        path = upload(anna, MINE).headers["location"]
        assert "CNOOC LTD" in finished(anna, path).text
        assert path in anna.get("/runs").text
    run = path.rpartition("/")[2]
    paths = [path, f"{path}/events", f"{path}/files/findings.csv", f"/api/screenings/{run}"]
    with server.client(headers=_bearer("bert")) as bert:
        absent = [bert.get(one.replace(run, "0" * 32)) for one in paths]
        theirs = [bert.get(one) for one in paths]
        assert [one.status_code for one in theirs] == [404] * 4
        assert [one.status_code for one in absent] == [404] * 4
        assert theirs[3].json() == absent[3].json()
        token = form_token(bert)
        for what in ("again", "cancel"):
            assert bert.post(f"{path}/{what}", data={"token": token}).status_code == 404
        assert bert.delete(f"/api/screenings/{run}").status_code == 404
        assert path not in bert.get("/runs").text
    with server.client(headers=_bearer("rita")) as rita:
        assert "CNOOC LTD" in rita.get(path).text
        assert path in rita.get("/runs").text


@pytest.mark.parametrize("name", ["%2e%2e%2fsecret", "A" * 32, "0" * 31, "record.json", "é" * 32])
def test_an_id_that_is_none_leads_nowhere(server: Served, name: str) -> None:
    with server.client(headers=_bearer("rita")) as client:
        assert client.get(f"/runs/{name}").status_code in (303, 404)
        assert client.get(f"/api/screenings/{name}").status_code == 404


def test_only_a_trusted_proxy_can_name_people(tmp_path: Path) -> None:
    named = {"x-user": "rita"}
    trusted = 'proxy_header = "X-User"\ntrusted_proxies = ["127.0.0.0/8"]\n'
    with serving(tmp_path, trusted + _users()) as served, served.client(headers=named) as client:
        assert "rita (reviewer)" in client.get("/").text
        assert client.get("/", headers={"x-user": "stranger"}).status_code == 303
        assert "127.0.0.1" not in client.get("/").headers.get("location", "")
    access = Access(WebSettings(proxy_header="X-User", trusted_proxies=("10.0.0.5",)), "0.0.0.0")
    assert access.by_proxy(named, "10.0.0.6") is None
    assert access.by_proxy(named, "10.0.0.5") is None  # no role for people who are not among the users
    web = WebSettings(proxy_header="X-User", trusted_proxies=("10.0.0.5",), proxy_role="viewer")
    found = Access(web, "0.0.0.0").by_proxy(named, "10.0.0.5")
    assert found is not None
    assert (found.name, found.role) == ("rita", "viewer")


@pytest.mark.parametrize(
    ("web", "host", "said"),
    [
        (WebSettings(), "0.0.0.0", "web.users: nobody could sign in"),
        (WebSettings(), "192.0.2.1", "screener serve --make-token NAME"),
        (WebSettings(proxy_header="X-User"), "127.0.0.1", "go together"),
        (WebSettings(proxy_header="X-User", trusted_proxies=("proxy",)), "0.0.0.0", "'proxy' is no address"),
    ],
)
def test_an_open_door_is_refused(web: WebSettings, host: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        Access(web, host)
    assert said in str(refused.value)


def _screener(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "screener.cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_a_token_made_on_the_command_line_signs_in() -> None:
    shown = _screener("serve", "--make-token", "Anna")
    token = re.search(r"scr_\S+", shown.stdout)
    lines = shown.stdout.partition("Settings:")[2]
    assert token
    access = Access(WebSettings(**tomllib.loads(lines)["web"]), "0.0.0.0")
    found = access.by_token(token.group())
    assert found is not None
    assert (found[0].name, found[0].role) == ("Anna", "screener")


def test_serving_others_without_a_sign_in_is_refused_in_a_sentence() -> None:
    ended = _screener("serve", "--host", "0.0.0.0")
    assert ended.returncode == 2
    assert "web.users: nobody could sign in, so the page is not served on 0.0.0.0" in ended.stderr


def test_a_port_that_is_taken_is_told(server: Served) -> None:
    port = server.address.rpartition(":")[2]
    ended = _screener("serve", "--port", port)
    assert ended.returncode == 2
    assert f"127.0.0.1:{port} cannot be used" in ended.stderr


def test_uploads_are_slowed_by_person(server: Served) -> None:
    with server.client(headers=_bearer("bert")) as bert, server.client(headers=_bearer("anna")) as anna:
        assert {upload(bert).status_code for _ in range(10)} == {422}
        assert upload(bert).status_code == 429
        assert upload(anna).status_code == 422


def test_a_wrong_token_is_refused_and_guessing_is_slowed(server: Served) -> None:
    with server.client() as client:
        fields = {"token": form_token(client, "/sign-in"), "key": "scr_guess"}
        answers = [client.post("/sign-in", data=fields).status_code for _ in range(16)]
        assert answers[0] == 401
        assert answers[-1] == 429
        assert client.get("/", headers={"authorization": "Bearer scr_guess"}).status_code == 303


def test_a_second_server_on_the_same_data_folder_is_refused(tmp_path: Path) -> None:
    """It would take the screenings of the first for left over by a crash."""
    with serving(tmp_path) as served:
        told = subprocess.run(
            serve_command(tmp_path / "screener.toml"),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert told.returncode == 3
        assert str(served.data) in told.stderr
        assert "Another `screener serve`" in told.stderr
        with served.client() as client:
            assert client.get("/health").status_code == 200
