"""Indexes of names that are kept on disk between runs."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from pandera.typing import DataFrame

from screener.contracts import checked
from screener.job import aids
from screener.lists.model import Names
from screener.matching import NameIndex


def names(word: str) -> DataFrame[Names]:
    rows = [{"entity_id": "e", "name": f"{word} Limited", "quality": "strong", "source_id": "s"}]
    return checked(Names, pd.DataFrame(rows))


@pytest.fixture(autouse=True)
def few_names_are_worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aids, "_WORTH_KEEPING", 1)


def test_an_index_is_built_once_and_read_after_that(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    query = pd.Series(["ZUGSPITZ LTD"], dtype="str")
    built = aids.kept_in(tmp_path)(names("Zugspitz")).search(query)
    monkeypatch.setattr(NameIndex, "build", lambda names: pytest.fail("built again"))
    pd.testing.assert_frame_equal(aids.kept_in(tmp_path)(names("Zugspitz")).search(query), built)


def test_other_names_have_an_index_of_their_own_and_old_ones_go(tmp_path: Path) -> None:
    for number in range(aids._KEPT + 3):
        found = aids.kept_in(tmp_path)(names(f"Zugspitz{number}")).search(
            pd.Series([f"ZUGSPITZ{number} LTD"], dtype="str")
        )
        assert list(found["name"]) == [f"Zugspitz{number} Limited"]
    assert len(list(tmp_path.iterdir())) == aids._KEPT


def test_a_folder_that_cannot_be_written_is_no_hindrance(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert aids.kept_in(tmp_path / "file" / "indexes")(names("Zugspitz")).names == ["Zugspitz Limited"]
