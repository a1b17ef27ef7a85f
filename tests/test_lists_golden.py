"""The golden decisions once more, screened against the lists fetched from the publishers' own files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

import pandas as pd
import pytest

from screener.contracts import checked
from screener.holdings.model import Holdings
from screener.lists import load_restricted, update
from screener.lists.model import Restricted
from screener.matching import candidates
from screener.matching.identify import identify
from screener.matching.names import NameIndex
from screener.screening import Screening, distinct_securities, screen
from tests.list_samples import ListServer, needs_real_files, real_lists
from tests.samples import SHARED, holdings, rules
from tests.test_cases import CASES, EXPECTED
from tests.test_cases import _decided as decided
from tests.test_cases import _holdings as golden_holdings

pytestmark = needs_real_files

SHARED_STORY = "shared decisions"
# Where the publisher's own file says more than the starter dataset, which holds Huawei's part of the Entity List only:
# story, row and day of the decision, and the day of the listing that Commerce's file prints for the company.
ON_THE_ENTITY_LIST = {
    ("hikvision", 2, "2020-06-11"): "2019-10-09",
    ("dji", 2, "2021-12-15"): "2020-12-18",
    ("russian-issuers", 2, "2022-04-05"): "2014-09-17",
}


def golden_stories() -> list[str]:
    """The stories about the published lists: not those that bring a list, owners, funds or profiles of their own."""
    return [
        folder.name
        for folder in sorted(CASES.iterdir())
        if folder.is_dir() and {file.name for file in folder.iterdir()} == {"decisions.csv", "holdings.csv"}
    ]


def decisions_of(story: str) -> list[dict[str, str]]:
    """What must come out for each row of a story."""
    file = SHARED / "golden" if story == SHARED_STORY else CASES / story
    table = pd.read_csv(file / "decisions.csv", dtype=str, keep_default_na=False)
    rows = table["row"] if "row" in table else (table.index + 2).astype(str)
    return [
        {str(key): str(value) for key, value in one.items()}
        for one in table.assign(row=rows).to_dict("records")
    ]


def holdings_of(story: str) -> pd.DataFrame:
    """What is held in a story; its name stands in the place of the file's."""
    if story != SHARED_STORY:
        return golden_holdings(story).assign(file=story)
    said = [
        {"name": one["security"], "ticker": one["ticker"], "isin": one["isin"]} for one in decisions_of(story)
    ]
    return holdings(*said).assign(file=story)


@dataclass(frozen=True)
class Golden:
    """All stories together against one list; what is asked of one day for one investor is screened once."""

    restricted: Restricted
    held: pd.DataFrame
    screened: dict[tuple[str, str], Screening] = field(default_factory=dict)

    def on(self, as_of: str, investor: str) -> Screening:
        """What became of every holding on that day."""
        asked = (as_of, investor)
        if asked not in self.screened:
            self.screened[asked] = screen(checked(Holdings, self.held), self.restricted, rules(*asked))
        return self.screened[asked]

    def decided(self, story: str, case: Mapping[str, str]) -> dict[str, str]:
        """The decision of one case."""
        screening = self.on(case["as_of"], case["investor"])
        of_story = screening.findings[screening.findings["file"] == story]
        return decided(replace(screening, findings=of_story), int(case["row"]))


@pytest.fixture(scope="module")
def in_force(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Restricted]:
    """The lists fetched from a server of the real files, in force."""
    with ListServer().running() as server:
        config = real_lists(tmp_path_factory.mktemp("lists"), server)
        assert {one.outcome for one in update(config, now=datetime(2026, 3, 2, tzinfo=UTC))} == {"new"}
        yield load_restricted(config)


@pytest.fixture(scope="module")
def golden(in_force: Restricted) -> Golden:
    """Every story, and the part of the lists that can matter to any of its holdings on any day."""
    held = pd.concat([holdings_of(story) for story in [*golden_stories(), SHARED_STORY]], ignore_index=True)
    return Golden(narrowed(in_force, held), held)


def narrowed(restricted: Restricted, held: pd.DataFrame) -> Restricted:
    """The entries that share an identifier or a telling part of a name with a holding, whatever the day.

    Every name that could be among the nearest of a holding's on any day is in, not the nearest of one day alone: so
    nothing that matters is left out, and nothing that would be crowded out by nearer names is let in.
    """
    with pytest.MonkeyPatch.context() as patched:
        for limit in ("NEAREST", "BLOCKS"):
            patched.setattr(candidates, limit, len(restricted.names))
        index = NameIndex.build(restricted.names)
        near = index.compared(held["name"].drop_duplicates()).names
    securities, _ = distinct_securities(held)
    kept = set(index.owners.loc[index.owners["number"].isin(near), "entity_id"])
    kept |= set(identify(securities, restricted.identifiers)["entity_id"])
    parts = {
        name: frame[frame["entity_id"].isin(kept)].reset_index(drop=True)
        for name in ("entities", "names", "identifiers", "listings")
        if isinstance(frame := getattr(restricted, name), pd.DataFrame)
    }
    return replace(restricted, **parts)  # type: ignore[arg-type]


@pytest.mark.parametrize("day", ["2021-01-20", "2026-08-01"])
def test_the_part_of_the_lists_gives_what_the_whole_gives(
    day: str, golden: Golden, in_force: Restricted
) -> None:
    whole = Golden(in_force, golden.held)
    assert len(golden.restricted.entities) < len(in_force.entities) / 4
    pd.testing.assert_frame_equal(golden.on(day, "us").findings, whole.on(day, "us").findings)


@pytest.mark.parametrize("story", [*golden_stories(), SHARED_STORY])
def test_the_decisions_are_the_same_with_the_fetched_lists(story: str, golden: Golden) -> None:
    wrong = []
    for case in decisions_of(story):
        expected = {column: case[column] for column in EXPECTED}
        if (story, int(case["row"]), case["as_of"]) in ON_THE_ENTITY_LIST:
            assert expected["action"] == "CLEAR"
            expected |= {"action": "INFO", "programme": "BIS-EL"}
        if (found := golden.decided(story, case)) != expected:
            wrong.append((case, found))
    assert not wrong


@pytest.mark.parametrize(("case", "listed"), ON_THE_ENTITY_LIST.items())
def test_what_is_excepted_is_in_the_publishers_file(
    case: tuple[str, int, str], listed: str, golden: Golden
) -> None:
    """The Entity List names the company since a day before the decision, and that is what the finding rests on."""
    story, row, day = case
    found = golden.on(day, "us").findings
    (one,) = found[(found["file"] == story) & (found["row"] == row) & found["decisive"]].to_dict("records")
    events = golden.restricted.events
    days = events.loc[(events["listing_id"] == one["listing_id"]) & (events["event"] == "listed"), "at"]
    assert days.tolist() == [listed]
    assert date.fromisoformat(listed) < date.fromisoformat(day)
