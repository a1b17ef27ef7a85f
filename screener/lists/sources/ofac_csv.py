"""OFAC's legacy files: SDN (``sdn, alt, add, sdn_comments``) and Consolidated (``cons_prim, cons_alt, ...``).

No header; ``-0-`` is an empty cell; Windows-1252 at most; a Ctrl-Z may end the file. Remarks are cut at 1,000
characters and go on, in mid-word, in the comments file. Columns: OFAC data specification (dat_spec.txt).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

import pandas as pd

from screener.errors import RestrictedListError
from screener.lists.collect import Claim, Collector, Entry
from screener.lists.parsed import CUT_SHORT, Parsed, Reading
from screener.lists.sources.remarks import IDENTIFIERS, Field, fields_of, state_bodies
from screener.lists.sources.tables import headless
from screener.lists.text import country

PRIMARY_WIDTH: Final = 12
WIDTHS: Final = {"primary": PRIMARY_WIDTH, "alt": 5, "add": 6, "comments": 2}
REMARKS_CUT: Final = 1000
KINDS: Final = {"-0-": "company", "individual": "person", "vessel": "vessel", "aircraft": "aircraft"}
ALIAS_TYPES: Final = frozenset({"aka", "fka", "nka"})
_CODES = re.compile(r"\] \[|; ")
_END: Final = b"\x1a"
_ZONE: Final = "America/New_York"


def parse(files: Mapping[str, bytes], reading: Reading) -> Parsed:
    """The set of legacy files of one list; only the primary file is required."""
    tables = _by_role(files, reading)
    frames = {role: headless(reading.source, *given, WIDTHS[role]) for role, given in tables.items()}
    names = {role: name for role, (name, _) in tables.items()}
    collect = Collector(reading, reading.day)
    _check_ends(collect, tables)
    primary = frames["primary"].map(_cell)
    _check_numbers(reading.source, names["primary"], primary[0])
    _read_primary(collect, primary.assign(remarks=_whole_remarks(collect, frames, names)), names["primary"])
    if "alt" in frames:
        _read_aliases(collect, frames["alt"].map(_cell), names["alt"])
    if "add" in frames:
        _read_addresses(collect, frames["add"].map(_cell), names["add"])
    collect.mend_links()
    return collect.done()


def _by_role(files: Mapping[str, bytes], reading: Reading) -> dict[str, tuple[str, bytes]]:
    """Name and content of the file of each role; raises where the primary one is missing, or one is there twice."""
    tables: dict[str, tuple[str, bytes]] = {}
    for name, content in files.items():
        other, _ = tables.setdefault(_role(reading, name), (name, content))
        if other != name:
            reason = f"{other} and {name} are both taken for the same file of the set"
            raise RestrictedListError(reading.source, reason, "Leave only the newest of each.")
    if "primary" not in tables:
        raise RestrictedListError(reading.source, "the primary file (sdn.csv or cons_prim.csv) is missing")
    return tables


def _check_ends(collect: Collector, tables: Mapping[str, tuple[str, bytes]]) -> None:
    """A file cut off between two rows looks whole, but for the mark that ends every file of the publisher."""
    for name, content in tables.values():
        if not content.rstrip(b"\r\n ").endswith(_END):
            reason = "the publisher's mark of the end (Ctrl-Z) is missing: the file may be cut short"
            collect.unread(CUT_SHORT, name, reason, severity="error")


def _check_numbers(source: str, name: str, numbers: pd.Series[str]) -> None:
    wrong = numbers[~numbers.str.fullmatch(r"\d+")]
    if len(wrong):
        row = int(wrong.index[0]) + 1
        reason = f"{name} row {row} begins with {wrong.iloc[0]!r} and not with the number of an entry"
        raise RestrictedListError(source, reason, "The columns have moved, or this is another list.")


def events_of(fields: Iterable[Field]) -> dict[str, list[tuple[str, str, str]]]:
    """The dated events that remarks print, by the publisher's code they belong to."""
    found: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for item in fields:
        if item.what == "date" and item.value:
            code, event = item.label.split(" ")
            at = item.value if event == "listed" else f"{item.value}T00:01 {_ZONE}"
            found[code].append((event, at, f"Directive {item.detail}" if item.detail else ""))
    return found


def take_fields(collect: Collector, entity_id: str, fields: Iterable[Field], place: str) -> None:
    """What remarks or features say about an entity that is already taken."""
    for item in fields:
        collect.fields += item.what != "text"
        collect.understood += item.what not in ("text", "unread")
        if item.what in IDENTIFIERS:
            collect.identifier(entity_id, item.what, item.value)
        elif item.what == "issuer":
            collect.name(entity_id, item.value)
        elif item.what == "alias":
            collect.name(entity_id, item.value, weak=True)
        elif item.what == "linked":
            collect.link(entity_id, "linked_to", item.value)
        elif item.what == "country":
            take_country(collect, entity_id, item.value)
        elif item.what == "unread" or (item.what == "date" and not item.value):
            collect.unread("remark", item.value or item.label, "this field is not understood", place=place)


def take_country(collect: Collector, entity_id: str, printed: str) -> None:
    """Adds a printed country to an entity, or reports it."""
    code = country(printed)
    if code:
        collect.country(entity_id, [code])
    elif code is None:
        collect.unread("country", printed, "this country name is not in countries.toml", place=entity_id)


def kind_of(kind: str, fields: Iterable[Field]) -> str:
    """``company`` becomes ``state_body`` where the target type says so."""
    state = any(item.what == "target" and item.value in state_bodies() for item in fields)
    return "state_body" if kind == "company" and state else kind


def prefix(reading: Reading) -> str:
    """What begins the ids of this source's entities; both OFAC lists share one numbering."""
    return str(reading.options.get("prefix", reading.source))


def codes_of(printed: str, dated: Mapping[str, object], reading: Reading) -> list[str]:
    """The programme codes of an entry, with those that dated directives stand for."""
    directives = reading.options.get("directive_codes", {})
    codes = [code for code in _CODES.split(printed.strip("[] ")) if code]
    plain = [code for code in codes if directives.get(code) not in dated]
    return plain + [code for code in dated if code not in codes]


def _role(reading: Reading, name: str) -> str:
    lowered = name.lower()
    for role in ("comments", "alt", "add"):
        if role in lowered:
            return role
    if "prim" in lowered or "sdn" in lowered:
        return "primary"
    raise RestrictedListError(reading.source, f"{name} is none of the files of OFAC's legacy sets")


def _cell(text: str) -> str:
    stripped = text.strip()
    return "" if stripped == "-0-" else stripped


def _whole_remarks(
    collect: Collector, frames: Mapping[str, pd.DataFrame], names: Mapping[str, str]
) -> pd.Series[str]:
    """Remarks with what spilled into the comments file; a spill without its beginning is reported."""
    primary = frames["primary"]
    if "comments" not in frames:
        return primary[11]
    spilled = frames["comments"].drop_duplicates(0).set_index(0)[1]
    cut = primary[11].str.len() == REMARKS_CUT
    tail = primary[0].map(spilled).where(cut)
    for number in sorted(set(spilled.index) - set(primary.loc[cut, 0])):
        reason = "this comment continues no remark of the primary file"
        collect.unread("row", "", reason, place=f"entity {number}", file=names["comments"], severity="note")
    return primary[11] + tail.fillna("")


def _read_primary(collect: Collector, table: pd.DataFrame, file: str) -> None:
    for row in table.itertuples(index=False):
        number, name, kind, programmes, title = row[0], row[1], row[2] or "-0-", row[3], row[4]
        entity_id = f"{prefix(collect.reading)}:{number}"
        fields = fields_of(str(row[PRIMARY_WIDTH]))
        if kind not in KINDS:
            collect.unread("value", kind, "this type of party is not known", place=entity_id, file=file)
        note = "; ".join(filter(None, [title, *(item.value for item in fields if item.what == "text")]))
        collect.entity(Entry(entity_id, name, kind_of(KINDS.get(kind, "unknown"), fields), note=note))
        take_fields(collect, entity_id, fields, place=entity_id)
        take_claims(collect, entity_id, name, programmes, fields)


def take_claims(
    collect: Collector, entity_id: str, name: str, programmes: str, fields: Iterable[Field]
) -> None:
    """One claim a programme code, with the dates that belong to it and the directives' own words."""
    kept = list(fields)
    dated = events_of(kept)
    words = [item.value for item in kept if item.what == "directive" and "link:" not in item.value]
    printed = "; ".join([name, *dict.fromkeys(words)])
    for code in codes_of(programmes, dated, collect.reading):
        title = str(collect.reading.options.get("lists", {}).get(code, collect.reading.title))
        collect.claim(Claim(entity_id, code, title, printed, list(dated.get(code, []))))


def _read_aliases(collect: Collector, table: pd.DataFrame, file: str) -> None:
    for number, kind, name in zip(table[0], table[2], table[3], strict=True):
        entity_id = f"{prefix(collect.reading)}:{number}"
        if kind not in ALIAS_TYPES:
            collect.unread("value", kind, "this type of alias is not known", place=entity_id, file=file)
        if entity_id in collect:
            collect.name(entity_id, name)
        else:
            reason = "this alias belongs to no entry of the primary file"
            collect.unread("row", "", reason, place=entity_id, file=file, severity="note")


def _read_addresses(collect: Collector, table: pd.DataFrame, file: str) -> None:
    for number, printed in zip(table[0], table[4], strict=True):
        entity_id = f"{prefix(collect.reading)}:{number}"
        if entity_id in collect:
            take_country(collect, entity_id, printed)
        else:
            reason = "this address belongs to no entry of the primary file"
            collect.unread("row", "", reason, place=entity_id, file=file, severity="note")
