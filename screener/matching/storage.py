"""The index of names on disk: arrays and lines of text, nothing that runs when it is read.

A stored index names the vocabulary and the layout it was made with; one made with another is not used.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from functools import cache
from pathlib import Path
from typing import Any, Final
from zipfile import BadZipFile

import numpy as np
import pandas as pd
from scipy import sparse

from screener.matching.candidates import CandidateIndex
from screener.matching.words import Lexicon, Phrases
from screener.settings import shipped_config

LAYOUT: Final = 5  # to be raised when words, keys or this file change their meaning
FILE: Final = "names.npz"
_LEXICON = ("dotted", "codes", "lengths", "weight", "joined", "head", "house")
_PHRASES = ("words", "pairs", "behind", "counts", "family", "bare", "printed", "cut_by")


def save(
    folder: Path, owners: pd.DataFrame, names: list[str], phrases: Phrases, index: CandidateIndex
) -> None:
    """Write the parts of an index into ``folder``; the file is written aside and renamed."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = {
        "names": names,
        "core": phrases.core,
        "letters": phrases.lexicon.letters,
        "folded": phrases.lexicon.folded,
    }
    matrix = index.by_key.tocsr()
    arrays: dict[str, Any] = {
        **{f"lexicon_{part}": getattr(phrases.lexicon, part) for part in _LEXICON},
        **{f"phrases_{part}": getattr(phrases, part) for part in _PHRASES},
        **{f"text_{part}": _bytes(lines) for part, lines in texts.items()},
        "text_entity": _bytes(owners["entity_id"].tolist()),
        "owner_number": owners["number"].to_numpy(np.int64),
        "owner_weak": owners["weak"].to_numpy(bool),
        "keys": index.keys,
        "data": matrix.data,
        "indices": matrix.indices,
        "indptr": matrix.indptr,
        "shape": np.array(matrix.shape),
        "made_with": _bytes([fingerprint()]),
    }
    handle, aside = tempfile.mkstemp(dir=folder, suffix=".tmp")
    with os.fdopen(handle, "wb") as file:
        np.savez(file, **arrays)
    Path(aside).replace(folder / FILE)


def load(folder: Path) -> tuple[pd.DataFrame, list[str], Phrases, CandidateIndex] | None:
    """The parts of the index in ``folder``; None when there is none that fits this program and vocabulary."""
    try:
        with (folder / FILE).open("rb") as file, np.load(file, allow_pickle=False) as stored:
            if _lines(stored["made_with"]) != [fingerprint()]:
                return None
            return _parts({name: stored[name] for name in stored.files})
    except (OSError, ValueError, KeyError, EOFError, BadZipFile):
        return None


@cache
def fingerprint() -> str:
    """What a stored index depends on besides its names: the layout and the vocabulary files."""
    digest = hashlib.sha256(str(LAYOUT).encode())
    for file in sorted((shipped_config() / "vocabulary").iterdir()):
        digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()


def _parts(arrays: dict[str, Any]) -> tuple[pd.DataFrame, list[str], Phrases, CandidateIndex]:
    text = {name[5:]: _lines(array) for name, array in arrays.items() if name.startswith("text_")}
    owners = pd.DataFrame(
        {"number": arrays["owner_number"], "entity_id": text["entity"], "weak": arrays["owner_weak"]}
    )
    lexicon = Lexicon(
        letters=text["letters"],
        folded=text["folded"],
        **{part: arrays[f"lexicon_{part}"] for part in _LEXICON},
    )
    phrases = Phrases(
        lexicon=lexicon, core=text["core"], **{part: arrays[f"phrases_{part}"] for part in _PHRASES}
    )
    matrix = sparse.csr_matrix(
        (arrays["data"], arrays["indices"], arrays["indptr"]), shape=tuple(arrays["shape"])
    )
    return owners, text["names"], phrases, CandidateIndex(arrays["keys"], matrix)


def _bytes(lines: list[str]) -> Any:
    return np.frombuffer(json.dumps(lines, ensure_ascii=False).encode(), dtype=np.uint8)


def _lines(stored: Any) -> list[str]:
    lines: list[str] = json.loads(stored.tobytes().decode())
    return lines
