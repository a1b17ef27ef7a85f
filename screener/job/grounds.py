"""What a run rests on beside the holdings: rules, lists, who owns whom; and how it is kept for a repetition."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from screener.funds import Books
from screener.job.request import RunRequest
from screener.job.setting import (
    gate,
    investor_name,
    load_lists,
    ownership_file,
    ownership_for,
    rules_for,
)
from screener.lists import Cautions
from screener.lists.model import Restricted
from screener.reference import Reference
from screener.rules.decision import Rules
from screener.rules.investors import investor_path
from screener.rules.ownership import Ownership
from screener.settings import Settings, shipped_config

LISTS, PROGRAMMES, INVESTOR, OWNERSHIP, STARTER = "sources", "programmes", "investor", "ownership", "starter"
_MOMENT = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Grounds:
    """Rules, lists, ownership and cautions; ``files`` are the configuration files they were read from, by kind."""

    rules: Rules
    restricted: Restricted
    cautions: Cautions
    ownership: Ownership | None
    files: Mapping[str, bytes]
    # What funds hold, and whose securities are: None until the holdings are known.
    books: Books | None = None
    reference: Reference | None = None

    @property
    def hashes(self) -> dict[str, str]:
        """A hash of each of the files that decide, "" where there is none."""
        kinds = (INVESTOR, PROGRAMMES, OWNERSHIP)
        return {kind: _hash(self.files[kind]) if kind in self.files else "" for kind in kinds}

    @property
    def datasets(self) -> dict[str, str]:
        """The version of each dataset by its name."""
        return {one.name: one.version for one in self.restricted.datasets}


def grounds_for(request: RunRequest, settings: Settings) -> Grounds:
    """All that a run of ``request`` rests on today; raises RestrictedListError where a list is too old."""
    rules = rules_for(request, settings)
    ownership = ownership_for(request, settings)
    restricted = load_lists(settings, request.known_on)
    cautions = gate(restricted, request, settings)
    return Grounds(rules, restricted, cautions, ownership, files_of(request, settings))


def files_of(request: RunRequest, settings: Settings) -> dict[str, bytes]:
    """The files that rules, lists and ownership are read from."""
    paths = {
        PROGRAMMES: shipped_config() / "programmes.toml",
        LISTS: settings.sources_file or shipped_config() / "lists.toml",
        INVESTOR: investor_path(investor_name(request, settings)),
        OWNERSHIP: ownership_file(request, settings),
    }
    found = {kind: path.read_bytes() for kind, path in paths.items() if path and path.is_file()}
    return found | {STARTER: _packed(settings.starter_folder or shipped_config() / "starter")}


def _packed(folder: Path) -> bytes:
    """A folder as a zip that is the same wherever and whenever it is made."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as target:
        for path in sorted(folder.iterdir()):
            target.writestr(zipfile.ZipInfo(path.name, _MOMENT), path.read_bytes())
    return out.getvalue()


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
