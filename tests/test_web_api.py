"""The HTTP API: what its description promises, under any input that schemathesis thinks of; and under load."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.web_server import OFFICE, Served, serving

# A request can fit the description and still ask for nothing, which is answered with 422: that is no fault.
_PROMISES = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
_AS_OF = {"as_of": "2026-08-01", "investor": "us"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    limits = "uploads_per_minute = 100000\nrequests_per_minute = 1000000\njob_seconds = 60\n"
    with serving(tmp_path_factory.mktemp("api"), limits) as served:
        yield served


@pytest.fixture
def client(server: Served) -> Iterator[httpx.Client]:
    with server.client() as one:
        yield one


def _over(client: httpx.Client, run: str, seconds: float = 120) -> dict[str, Any]:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        answer = client.get(f"/api/screenings/{run}")
        assert answer.status_code == 200, answer.text
        state: dict[str, Any] = answer.json()
        if state["state"] not in ("queued", "running"):
            return state
        time.sleep(0.2)
    raise AssertionError(f"not over: {state}")


def _start(client: httpx.Client, *files: tuple[str, bytes], **fields: str) -> httpx.Response:
    return client.post("/api/screenings", data=_AS_OF | fields, files=[("files", one) for one in files])


def test_a_screening_from_beginning_to_end(client: httpx.Client) -> None:
    started = _start(client, (OFFICE.name, OFFICE.read_bytes()), portfolio="Family")
    assert started.status_code == 202
    state = _over(client, started.json()["id"])
    assert (state["state"], state["exit_code"], state["portfolio"]) == ("finished", 1, "Family")
    assert state["actions"]["HOLD"] == 4
    assert "4 of 39 holdings screened need action" in state["verdict"]
    found = client.get(state["downloads"]["findings.csv"])
    assert found.text.startswith("file,sheet,row,portfolio,security")
    assert client.get(state["page"]).status_code == 200


def test_a_screening_that_fails_says_why(client: httpx.Client) -> None:
    state = _over(client, _start(client, ("empty.csv", b"")).json()["id"])
    assert (state["state"], state["downloads"]) == ("failed", {})
    assert state["error"] == "empty.csv: is empty. Export the holdings again."


def test_a_screening_is_cancelled(client: httpx.Client) -> None:
    rows = "".join(f"COMPANY NUMBER {n} HOLDING LTD;{n}\n" for n in range(60_000))
    run = _start(client, ("large.csv", f"Name;Quantity\n{rows}".encode())).json()["id"]
    assert client.delete(f"/api/screenings/{run}").status_code == 200
    assert _over(client, run)["state"] == "cancelled"


def test_check(client: httpx.Client) -> None:
    said = {"name": "XIAOMI CORP-CLASS B", "as_of": "2021-02-01", "investor": "us"}
    answer = client.get("/api/check", params=said).json()
    assert (answer["outcome"], answer["needs_action"], answer["assumed"]) == ("finding", True, False)
    assert answer["findings"][0]["action"] == "PENDING"
    clear = client.get("/api/check", params={"identifier": "US0378331005"}).json()
    assert (clear["outcome"], clear["findings"]) == ("clear", [])


@pytest.mark.parametrize(
    ("said", "detail"),
    [
        ({}, "Give a name or an identifier."),
        ({"name": "x", "as_of": "soon"}, "“soon” is not a day. Write it as 2021-02-01."),
        ({"name": "x", "investor": "/etc/passwd"}, "is no investor that is offered here"),
    ],
)
def test_what_is_wrong_is_said(client: httpx.Client, said: dict[str, str], detail: str) -> None:
    answer = client.get("/api/check", params=said)
    assert answer.status_code == 422
    assert detail in answer.json()["detail"]


def test_what_is_not_there_is_answered_in_json(client: httpx.Client) -> None:
    for path in ("/api/nothing", "/api/screenings/0", "/api/screenings/0/files/findings.csv"):
        answer = client.get(path)
        assert (answer.status_code, list(answer.json())) == (404, ["detail"])


@pytest.mark.parametrize("path", ["/api/check", "/api/screenings", "/api/screenings/{run_id}",
                                  "/api/screenings/{run_id}/files/{name}"])  # fmt: skip
def test_no_input_makes_it_fail_or_answer_what_its_description_does_not_say(
    server: Served, path: str
) -> None:
    schema = schemathesis.openapi.from_url(f"{server.address}/openapi.json")
    found: Any = schema.include(path=path).get_all_operations()
    operations = [one.ok() for one in found]
    assert operations
    for operation in operations:

        @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), database=None)
        @given(case=operation.as_strategy())
        def holds(case: Any) -> None:
            answer = case.call(base_url=server.address)
            case.validate_response(answer, checks=_PROMISES)

        holds()


def test_twenty_uploads_at_once_all_finish_and_the_server_answers_meanwhile(
    client: httpx.Client, server: Served
) -> None:
    content, stop, answers = b"Name;ISIN\nCNOOC LTD;HK0883013259\n", threading.Event(), list[int]()

    def ask() -> None:
        with server.client() as other:
            while not stop.wait(0.05):
                assert other.get("/health").json() == {"status": "ok"}
                answers.append(1)

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        with ThreadPoolExecutor(20) as pool:
            started = list(pool.map(lambda number: _start(client, (f"{number}.csv", content)), range(20)))
        assert {one.status_code for one in started} == {202}
        states = [_over(client, one.json()["id"]) for one in started]
    finally:
        stop.set()
        asking.join()
    assert {one["state"] for one in states} == {"finished"}
    assert len({one["id"] for one in states}) == 20
    assert answers
