"""The history store: what is kept comes back, on SQLite and on PostgreSQL, across processes and failures."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa

from screener.errors import ConfigurationError, HistoryError, UsageError
from screener.history import (
    Decision,
    FinishedRun,
    NewRun,
    PreviousOf,
    RunFile,
    RunQuery,
    Store,
    open_store,
)
from screener.history.database import Database, url_of
from screener.history.schema import bring_up_to_date, head
from screener.history.tables import METADATA, RUNS
from screener.settings import Settings
from tests.postgres_server import postgres
from tests.report_samples import mixed
from tests.samples import ROOT

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgres() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    url = request.getfixturevalue("server") if request.param == "postgresql" else ""
    with open_store(_settings(tmp_path, url)) as opened:
        yield opened
        if url:
            with opened.database.writing() as connection:
                connection.execute(sa.text("DROP SCHEMA public CASCADE"))
                connection.execute(sa.text("CREATE SCHEMA public"))


def _settings(folder: Path, url: str = "") -> Settings:
    return Settings(lists={"data": str(folder)}, history={"url": url})


def _new(**fields: Any) -> NewRun:
    plain: dict[str, Any] = {
        "portfolio": "p",
        "started": NOON,
        "as_of": date(2026, 11, 24),
        "investor": "us",
        "software": "screener 0.1.0",
        "request": {"as_of": "2026-11-24"},
    }
    return NewRun(**(plain | fields))


def _finished(**fields: Any) -> FinishedRun:
    plain: dict[str, Any] = {
        "run_id": "abc123",
        "fingerprint": "f" * 64,
        "finished": NOON + timedelta(seconds=3),
        "exit_code": 1,
        "verdict": "2 of 5 holdings need action",
        "banner": "amber",
        "manifest": {"run_id": "abc123"},
        "datasets": {"starter": "v1"},
        "request": {"as_of": "2026-11-24"},
        "files": (RunFile("a.xlsx", "0" * 64, 10, 5),),
        "findings": mixed().findings.assign(decision=None, suppressed=False),
    }
    return FinishedRun(**(plain | fields))


def _run(store: Store, begun: dict[str, Any] | None = None, **ended: Any) -> str:
    number = store.begin_run(_new(**(begun or {})))
    store.finish_run(number, _finished(**ended))
    return number


def _decision(**fields: Any) -> Decision:
    plain: dict[str, Any] = {
        "recorded": NOON,
        "recorded_by": "ops",
        "reviewer": "A. Reviewer",
        "decision": "false_positive",
        "note": "another company",
        "valid_until": date(2027, 1, 31),
        "security_key": "isin:X",
        "security_hash": "s",
        "security": "X",
        "listing_id": "l",
        "entry_hash": "e",
        "entity": "E",
        "programme": "NS-CMIC",
        "action": "REVIEW",
        "run": "r",
        "file": "back.xlsx",
        "file_sha256": "0" * 64,
    }
    return Decision(**(plain | fields))


def test_a_run_comes_back_as_it_was_put_in(store: Store) -> None:
    number = store.begin_run(_new(owner="ann", kind="upload", files=(RunFile("a.xlsx", "0" * 64, 10),)))
    assert (store.run(number).state, store.run(number).run_id) == ("running", None)
    store.finish_run(number, _finished(facts={"held": b"abc"}, previous="x", decisions_upto=7))
    run = store.run(number[:10])
    assert (run.state, run.exit_code, run.banner, run.owner, run.previous) == (
        "finished",
        1,
        "amber",
        "ann",
        "x",
    )
    assert run.finished == NOON + timedelta(seconds=3)
    assert (run.datasets, run.decisions_upto) == ({"starter": "v1"}, 7)
    assert store.files_of(number) == (RunFile("a.xlsx", "0" * 64, 10, 5),)
    assert store.fact_of(number, "held") == b"abc"
    assert store.fact_of(number, "other") is None


def test_findings_come_back_in_the_order_of_the_report(store: Store) -> None:
    number = _run(store)
    found, put = store.findings_of(number), mixed().findings
    columns = ["action", "security", "until", "quantity", "market_value", "decisive", "listing_id"]
    pd.testing.assert_frame_equal(found[columns], put[columns].reset_index(drop=True), check_dtype=False)


def test_a_run_is_found_by_its_beginning_or_by_the_number_of_its_report(store: Store) -> None:
    first = _run(store)
    second = _run(store, {"started": NOON + timedelta(hours=1)})
    assert store.run("ABC123").id == second
    assert store.run(first).id == first
    with pytest.raises(UsageError, match="No run 'zzz' is on record"):
        store.run("zzz")
    with pytest.raises(UsageError):
        store.run("%")


def test_runs_are_listed_by_page_the_newest_first(store: Store) -> None:
    made = [_run(store, {"started": NOON + timedelta(minutes=n), "owner": f"o{n % 2}"}) for n in range(5)]
    of_owner = RunQuery(owner="o0", limit=2)
    assert [run.id for run in store.runs(of_owner)] == [made[4], made[2]]
    assert [run.id for run in store.runs(RunQuery(owner="o0", limit=2, offset=2))] == [made[0]]
    assert store.count_runs(of_owner) == 3
    assert store.runs(RunQuery(state="failed")) == []


def test_ids_cannot_be_guessed(store: Store) -> None:
    numbers = {_run(store) for _ in range(3)}
    assert len(numbers) == 3
    assert all(len(number) == 32 for number in numbers)


def test_a_failed_run_keeps_its_reason(store: Store) -> None:
    number = store.begin_run(_new())
    store.fail_run(number, "no file could be read", NOON, 3)
    store.fail_run(number, "a second reason comes too late", NOON, 3)
    run = store.run(number)
    assert (run.state, run.error, run.exit_code) == ("failed", "no file could be read", 3)


def test_a_run_that_was_killed_is_not_running_for_ever(store: Store) -> None:
    number = store.begin_run(_new())
    assert store.fail_interrupted(NOON, NOON) == 0
    assert store.fail_interrupted(NOON + timedelta(minutes=1), NOON + timedelta(hours=1)) == 1
    assert store.run(number).state == "failed"


def test_the_previous_run(store: Store) -> None:
    def previous(fingerprint: str, as_of: date = date(2026, 11, 24), investor: str = "us") -> str | None:
        found = store.previous_run(PreviousOf("p", "", investor, as_of, fingerprint))
        return found.id if found else None

    assert previous("two") is None
    one = _run(store, {"as_of": date(2026, 11, 23)}, fingerprint="one")
    store.begin_run(_new())
    assert previous("two") == one
    two = _run(store, {"started": NOON + timedelta(minutes=1)}, fingerprint="two")
    assert previous("two") == one, "a repetition compares with what the first compared with"
    assert previous("three") == two
    assert previous("three", date(2026, 11, 23)) == one, "a later day is not an earlier run"
    assert previous("three", investor="nl") is None
    _run(store, {"known_on": date(2026, 1, 1), "started": NOON + timedelta(hours=1)}, fingerprint="past")
    assert previous("three") == two


def test_decisions_are_appended_and_read_as_they_stood(store: Store) -> None:
    assert store.record_decisions([_decision(), _decision(listing_id="m")]) == 2
    assert store.record_decisions([_decision(), _decision(note="looked again")]) == 1
    told = store.decisions()
    assert [one.note for one in told] == ["another company", "another company", "looked again"]
    assert [one.id for one in store.decisions(upto=told[1].id)] == [one.id for one in told[:2]]


@pytest.mark.parametrize("statement", ["UPDATE decisions SET note = ''", "DELETE FROM decisions"])
def test_the_database_itself_refuses_to_change_a_decision(store: Store, statement: str) -> None:
    store.record_decisions([_decision()])
    with pytest.raises(HistoryError, match="append-only"), store.database.writing() as connection:
        connection.execute(sa.text(statement))
    assert store.decisions()[0].note == "another company"


def test_pruning_takes_old_runs_with_what_only_they_kept(store: Store) -> None:
    both, old_only = store.kept.keep(b"both"), store.kept.keep(b"old only")
    old = _run(
        store,
        {"started": NOON - timedelta(days=4000)},
        files=(RunFile("a", both, 4), RunFile("b", old_only, 8)),
    )
    new = _run(store, files=(RunFile("a", both, 4),), facts={"held": b"new"})
    store.record_decisions([_decision(run=old)])
    assert store.prune(before=date(2016, 11, 24)) == 1
    assert [run.id for run in store.runs()] == [new]
    assert store.findings_of(old).empty
    assert (store.kept.has(both), store.kept.has(old_only)) == (True, False)
    assert store.fact_of(new, "held") == b"new"
    assert len(store.decisions()) == 1


def test_models_and_migrations_agree(store: Store) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with store.database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


def test_migrations_have_one_head() -> None:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(ROOT / "screener" / "history" / "migrations"))
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_heads() == [head()]


def test_a_store_up_to_date_is_opened_without_alembic(tmp_path: Path) -> None:
    open_store(_settings(tmp_path)).database.close()
    program = (
        "import sys; from pathlib import Path; from screener.settings import Settings; "
        "from screener.history import open_store; "
        f"open_store(Settings(lists={{'data': {str(tmp_path)!r}}})); "
        "sys.exit('alembic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_two_processes_may_open_a_new_store_at_once(tmp_path: Path) -> None:
    program = (
        "from screener.settings import Settings; from screener.history import open_store; "
        f"print(len(open_store(Settings(lists={{'data': {str(tmp_path)!r}}})).runs()))"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(4)
    ]
    ended = [process.communicate(timeout=120) for process in started]
    assert [out.strip() for out, _ in ended] == [b"0"] * 4, ended


def test_a_store_of_a_newer_program_is_refused(tmp_path: Path) -> None:
    with open_store(_settings(tmp_path)) as store, store.database.writing() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = 'r9999'"))
    with pytest.raises(HistoryError, match="newer version of the program"):
        open_store(_settings(tmp_path))


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "history.db").write_bytes(b"this is no database at all" * 100)
    with pytest.raises(HistoryError, match=r"history\.db"):
        open_store(_settings(tmp_path))


@pytest.mark.parametrize("url", ["no address", "oracle://u:hushhush@h/d"])
def test_an_address_that_cannot_be_used(tmp_path: Path, url: str) -> None:
    with pytest.raises(ConfigurationError, match=r"history\.url") as raised:
        open_store(_settings(tmp_path, url))
    assert "hushhush" not in str(raised.value)


def test_a_server_that_does_not_answer_is_named_without_its_password(tmp_path: Path) -> None:
    with pytest.raises(HistoryError) as raised:
        open_store(_settings(tmp_path, f"postgresql://u:hushhush@/d?host={tmp_path}"))
    assert "hushhush" not in str(raised.value)
    assert "hushhush" not in repr(_settings(tmp_path, "postgresql://u:hushhush@/d"))


def test_kept_content_that_was_damaged_is_not_given_out(store: Store) -> None:
    name = store.kept.keep(b"holdings")
    assert store.kept.content(name) == b"holdings"
    path = store.kept.folder / name[:2] / f"{name}.gz"
    path.write_bytes(path.read_bytes()[:-4] + b"oops")
    with pytest.raises(HistoryError, match=r"cannot be read|damaged"):
        store.kept.content(name)


def test_readers_go_on_while_one_writes(tmp_path: Path) -> None:
    with open_store(_settings(tmp_path)) as store:
        _run(store)
        with store.database.writing() as connection:
            connection.execute(RUNS.update(), {"portfolio": "changing"})
            assert store.runs()[0].portfolio == "p"


def test_half_a_transaction_leaves_nothing(tmp_path: Path) -> None:
    with open_store(_settings(tmp_path)) as store:
        number = store.begin_run(_new())
        wrong = _finished(findings=mixed().findings.assign(decision=None, suppressed=False, entity=None))
        with pytest.raises(HistoryError):
            store.finish_run(number, wrong)
        assert store.run(number).state == "running"
        assert store.files_of(number) == ()


def test_bringing_up_to_date_twice_changes_nothing(tmp_path: Path) -> None:
    database = Database(url_of("", tmp_path))
    bring_up_to_date(database)
    bring_up_to_date(database)
    database.close()
