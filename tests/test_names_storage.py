"""The index on disk: what comes back answers alike, what does not fit is not used."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from screener.matching import storage
from screener.matching.names import NameIndex

LISTED = pd.DataFrame(
    {
        "entity_id": ["d", "d", "x"],
        "name": ["China Mobile Limited", "CMCC", "Xiaomi Corporation"],
        "quality": ["strong", "weak", "strong"],
    }
)
QUERIES = pd.Series(["CHINA MOBILE LTD", "CMCC", "XIAOMI-W"], dtype="str")


def test_a_stored_index_answers_like_the_one_that_was_stored(tmp_path: Path) -> None:
    built = NameIndex.build(LISTED)
    built.save(tmp_path / "cache")
    loaded = NameIndex.load(tmp_path / "cache")
    assert loaded is not None
    pd.testing.assert_frame_equal(loaded.search(QUERIES), built.search(QUERIES))


def test_no_index_is_no_error(tmp_path: Path) -> None:
    assert NameIndex.load(tmp_path / "nowhere") is None


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut off", b"not an index"])
def test_a_damaged_file_is_not_used(tmp_path: Path, content: bytes) -> None:
    (tmp_path / storage.FILE).write_bytes(content)
    assert NameIndex.load(tmp_path) is None


def test_an_index_of_another_vocabulary_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    NameIndex.build(LISTED).save(tmp_path)
    monkeypatch.setattr(storage, "fingerprint", lambda: "another vocabulary")
    assert NameIndex.load(tmp_path) is None
