"""The same company on several lists: one entity with several listings.

Two entities of *different* publishers are one company when they share a valid LEI, USCC or ISIN, or have exactly the
same name and a country in common, and nothing speaks against it (see sameness). Two entities of the *same* publisher
stay two, whatever they share: a publisher knows its own entries apart. What two that stay apart both claim is a
conflict, and is shown as one (see conflicts).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

import pandas as pd

from screener.identifiers import normal_column, valid_column
from screener.lists.model import Restricted
from screener.lists.sameness import Traits, traits_of

SAME_AS: Final = "same_as"
_CHECKED: Final = ("lei", "isin")  # schemes with a check digit that must hold
_USCC = re.compile(r"^[0-9A-Z]{18}$")
_PUNCTUATION = re.compile(r"[^\w]+")
_NOT_BY_NAME: Final = ("person", "vessel", "aircraft")


def linked(restricted: Restricted) -> Restricted:
    """``restricted`` with entities that are one company under one id, the id of the source that comes first.

    Listings keep their ids, their sources and their printed words; a link ``same_as`` keeps every former id.
    """
    evidence = [_shared(_identifiers(restricted)), _shared(_names(restricted))]
    met = sorted({one for groups in evidence for ids in groups.values() for one in ids})
    union = _Union(restricted.entities["entity_id"], traits_of(restricted, met))
    for groups in evidence:
        for key, ids in groups.items():
            union.join(ids, by_name=key.startswith("isin="))
    new = {old: root for old in restricted.entities["entity_id"] if (root := union.root(old)) != old}
    return _renamed(restricted, new) if new else restricted


def publisher(entity_id: str) -> str:
    """Who numbers the entity: what stands before the colon, ``starter`` without one."""
    before, colon, _ = entity_id.partition(":")
    return before if colon else "starter"


class _Union:
    """Entities joined into companies, no two of one publisher in the same company."""

    def __init__(self, ids: pd.Series[str], traits: Mapping[str, Traits]) -> None:
        self._order = {one: place for place, one in enumerate(ids)}
        self._root = {one: one for one in ids}
        self._publishers = {one: frozenset({publisher(one)}) for one in ids}
        self._traits = dict(traits)

    def root(self, one: str) -> str:
        while self._root[one] != one:
            one = self._root[one]
        return one

    def join(self, ids: list[str], *, by_name: bool) -> None:
        """Joins what share one piece of evidence, unless a publisher would meet itself: then it proves nothing."""
        roots = sorted({self.root(one) for one in ids}, key=self._order.__getitem__)
        publishers = [name for root in roots for name in self._publishers[root]]
        if len(publishers) != len(set(publishers)):
            return
        for company in self._companies(roots, by_name):
            self._unite(company)

    def _companies(self, roots: list[str], by_name: bool) -> list[list[str]]:
        """``roots`` by what can be one company; one that could be either of two is left alone."""
        companies: list[list[str]] = []
        for root in roots:
            fitting = [
                company
                for company in companies
                if not any(
                    self._traits[root].speak_against(self._traits[other], by_name=by_name)
                    for other in company
                )
            ]
            if len(fitting) == 1:
                fitting[0].append(root)
            elif not fitting:
                companies.append([root])
        return companies

    def _unite(self, company: list[str]) -> None:
        first = company[0]
        for root in company[1:]:
            self._root[root] = first
            self._publishers[first] |= self._publishers[root]
            self._traits[first] = self._traits[first].with_those_of(self._traits[root])


def _shared(evidence: pd.DataFrame) -> dict[str, list[str]]:
    """The entities that each key joins, where there is more than one."""
    several = evidence[evidence.groupby("key")["entity_id"].transform("nunique") > 1]
    grouped = several.groupby("key", sort=True)["entity_id"]
    return {str(key): list(dict.fromkeys(ids)) for key, ids in grouped}


def _identifiers(restricted: Restricted) -> pd.DataFrame:
    """Columns entity_id and key (``scheme=value``) of the identifiers that prove who a company is."""
    parts = list(_proving(restricted.identifiers))
    return pd.concat(parts, ignore_index=True).drop_duplicates()


def _proving(table: pd.DataFrame) -> Iterator[pd.DataFrame]:
    for scheme in (*_CHECKED, "uscc"):
        rows = table[table["scheme"] == scheme]
        values = normal_column(rows["value"])
        valid = valid_column(scheme, values) if scheme in _CHECKED else values.str.fullmatch(_USCC.pattern)
        yield pd.DataFrame({"entity_id": rows["entity_id"], "key": scheme + "=" + values})[valid.astype(bool)]


def _names(restricted: Restricted) -> pd.DataFrame:
    """Columns entity_id and key of exact first names with each country; natural persons and ships are left out."""
    entities = restricted.entities
    rows = entities[~entities["kind"].isin(_NOT_BY_NAME) & (entities["country"] != "")]
    folded = rows["name"].str.casefold().str.replace(_PUNCTUATION, " ", regex=True).str.strip()
    keys = pd.DataFrame(
        {"entity_id": rows["entity_id"], "name": folded, "country": rows["country"].str.split(";")}
    )
    keys = keys.explode("country")
    keys["key"] = keys["name"] + "@" + keys["country"]
    return keys[["entity_id", "key"]]


def _renamed(restricted: Restricted, new: dict[str, str]) -> Restricted:
    def moved(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.assign(entity_id=_moved(frame["entity_id"], new))

    def both_ends(links: pd.DataFrame) -> pd.DataFrame:
        return moved(links).assign(other=_moved(links["other"], new))

    def once(frame: pd.DataFrame, key: list[str]) -> pd.DataFrame:
        return moved(frame).drop_duplicates(key).reset_index(drop=True)

    source_of = restricted.listings.drop_duplicates("entity_id").set_index("entity_id")["source_id"]
    same = [(root, SAME_AS, old, source_of.get(old, "")) for old, root in new.items()]
    links = pd.DataFrame(same, columns=["entity_id", "relation", "other", "source_id"], dtype=str)
    entities = restricted.entities
    frames = {
        "entities": _one_entity(entities, new),
        "names": once(restricted.names, ["entity_id", "name"]),
        "identifiers": once(restricted.identifiers, ["entity_id", "scheme", "value"]),
        "listings": moved(restricted.listings),
        "links": pd.concat([both_ends(restricted.links), links], ignore_index=True)
        .drop_duplicates()
        .reset_index(drop=True),
    }
    return replace(restricted, **frames)  # type: ignore[arg-type]


def _moved(ids: pd.Series[str], new: dict[str, str]) -> pd.Series[str]:
    """``ids`` with the new ones in place; only the few that move are touched."""
    moving = ids.isin(new)
    return ids.where(~moving, ids[moving].map(new)) if moving.any() else ids


def _one_entity(entities: pd.DataFrame, new: dict[str, str]) -> pd.DataFrame:
    """First entities of each company, with the countries of all."""
    moved = entities.assign(entity_id=_moved(entities["entity_id"], new))
    several = moved["entity_id"].isin(set(new.values()))
    countries = moved.loc[several].groupby("entity_id")["country"].agg(_union_of)
    firsts = moved.drop_duplicates("entity_id")
    country = firsts["entity_id"].map(countries).fillna(firsts["country"]).astype(str)
    return firsts.assign(country=country).reset_index(drop=True)


def _union_of(cells: pd.Series[str]) -> str:
    return ";".join(sorted({code for cell in cells for code in cell.split(";") if code}))
