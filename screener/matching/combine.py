"""Identifiers and names together: which entries of the list each security met, how sure that is, and why.

First every pair of security and entity gets one score and one tier from all its evidence; then, list by list,
the surest entry of a security takes the place of lesser ones, and entries that cannot be told apart are left to a
person. Being the same as an entity on one list says nothing about another list, so this is done per programme.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import pandas as pd
from pandera.typing import DataFrame
from pydantic import BaseModel, ConfigDict

from screener.contracts import checked, empty
from screener.lists.model import Restricted
from screener.matching.agreement import agreement
from screener.matching.description import issuers
from screener.matching.identify import identify
from screener.matching.model import Matches, NameMatches, Securities
from screener.matching.names import NameIndex
from screener.settings import shipped_toml

_SURE: Final = 0.9  # evidence that adds up to this, with a name that speaks for it, is a match
_KIN: Final = 0.6  # what a shared distinctive word adds where the comparison of whole names found nothing
_MOST: Final = 0.999
_LABEL: Final = {"isin_unchecked": "isin", "bare_code": "code"}


class _EvidenceKind(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    score: float
    alone: str
    against: str
    sentence: str


@dataclass(frozen=True, slots=True)
class _Policy:
    kinds: dict[str, _EvidenceKind]
    ambiguous_doubt: float
    most: int

    @classmethod
    def shipped(cls) -> _Policy:
        data = shipped_toml("matching.toml")
        kinds = {kind: _EvidenceKind(**row) for kind, row in data["evidence"].items()}
        return cls(kinds, data["combine"]["ambiguous_doubt"], data["combine"]["most_entries"])


def match(
    securities: DataFrame[Securities], restricted: Restricted, index: NameIndex | None = None
) -> DataFrame[Matches]:
    """Every entry of ``restricted`` that a security met, at most a few a programme, surest first.

    ``index`` is the name index of ``restricted.names``, built here when not given.
    """
    policy = _Policy.shipped()
    index = index or NameIndex.build(restricted.names)
    pairs = _pairs(securities, restricted, index, policy)
    if pairs.empty:
        return empty(Matches)
    entries = pairs.merge(restricted.listings[["entity_id", "listing_id", "programme"]], on="entity_id")
    return checked(Matches, _surest(entries, restricted, policy))


def _pairs(
    securities: DataFrame[Securities], restricted: Restricted, index: NameIndex, policy: _Policy
) -> pd.DataFrame:
    """One row a security and entity: tier, score, method, ours, theirs, why, by_identifier, against."""
    by_number = _by_identifier(securities, restricted, policy)
    by_name = _by_name(securities, index, restricted)
    pairs = by_number.merge(by_name, on=["security_id", "entity_id"], how="outer", suffixes=("_id", "_name"))
    pairs["by_identifier"] = pairs["strength"].isin(["match", "review"])
    pairs["verdict"] = _verdicts(pairs, securities, restricted)
    return _concluded(pairs)


def _by_identifier(
    securities: DataFrame[Securities], restricted: Restricted, policy: _Policy
) -> pd.DataFrame:
    evidence = identify(securities, restricted.identifiers)
    kinds = pd.DataFrame({kind: row.model_dump() for kind, row in policy.kinds.items()}).T
    evidence = evidence.join(kinds, on="kind").assign(doubt=lambda rows: 1 - rows["score"].astype(float))
    evidence["label"] = evidence["kind"].replace(_LABEL)
    order = {"match": 0, "review": 1, "nothing": 2}
    evidence = evidence.sort_values("alone", key=lambda alone: alone.map(order), kind="stable")
    # One number counts once: an ISIN that is printed also contains the CUSIP and the issuer's part.
    evidence["place"] = evidence.groupby(["security_id", "entity_id", "ours"], sort=False).cumcount()
    evidence = evidence[evidence["place"] == 0]
    grouped = evidence.groupby(["security_id", "entity_id"], sort=False)
    return grouped.agg(
        doubt_id=("doubt", "prod"),
        strength=("alone", "first"),
        against=("against", "first"),
        method_id=("label", _joined("+")),
        ours_id=("ours", _joined(" · ")),
        theirs_id=("theirs", _joined(" · ")),
        why_id=("sentence", _joined("; ")),
    ).reset_index()


def _joined(separator: str) -> Any:
    return lambda values: separator.join(dict.fromkeys(values))


def _by_name(securities: DataFrame[Securities], index: NameIndex, restricted: Restricted) -> pd.DataFrame:
    named = securities.loc[securities["name"].str.strip() != "", ["security_id", "name"]]
    found: DataFrame[NameMatches] = index.search(named["name"].drop_duplicates())
    met = named.rename(columns={"name": "query"}).merge(_wary_of_short_names(found, restricted), on="query")
    return met.rename(
        columns={
            "query": "ours_name",
            "name": "theirs_name",
            "why": "why_name",
            "tier": "tier_name",
            "score": "score_name",
        }
    )


def _wary_of_short_names(found: pd.DataFrame, restricted: Restricted) -> pd.DataFrame:
    """Review in place of a match where a longer printed name met only an entity's one-word short name.

    A group's short name is part of the names of all its companies: CNOOC Limited is not the listed parent that
    is called CNOOC for short.
    """
    full_name = found["entity_id"].map(restricted.entities.set_index("entity_id")["name"])
    short = (found["name"] != full_name) & (issuers(found["name"]).str.count(" ") == 0)
    wary = short & (issuers(found["query"]).str.count(" ") > 0) & (found["tier"] == "match")
    met = found.copy()
    met.loc[wary, "tier"] = "review"
    met.loc[wary, "why"] = (
        met.loc[wary, "why"] + "; only a short name of the listed entity, which its affiliates share"
    )
    return met


def _verdicts(
    pairs: pd.DataFrame, securities: DataFrame[Securities], restricted: Restricted
) -> pd.Series[str]:
    """What the security's name says of the entity: asked only where the comparison of names found no match."""
    verdicts = pd.Series("for", index=pairs.index, dtype="str")
    alone = pairs[pairs["score_name"].isna()]
    if alone.empty:
        return verdicts
    names = pd.concat([restricted.names[["entity_id", "name"]], _names_linked(restricted)])
    theirs = names[names["entity_id"].isin(alone["entity_id"])].groupby("entity_id")["name"].agg("|".join)
    asked = pd.DataFrame(
        {
            "ours": alone["security_id"].map(securities.set_index("security_id")["name"]),
            "theirs": alone["entity_id"].map(theirs),
        }
    )
    return verdicts.where(pairs["score_name"].notna(), agreement(asked).reindex(pairs.index))


def _names_linked(restricted: Restricted) -> pd.DataFrame:
    """Names that the list links to an entity: the bonds of a finance arm are printed under its group's name."""
    by_id = restricted.entities.set_index("entity_id")["name"]
    links = restricted.links[["entity_id", "other"]]
    return links.assign(name=links["other"].map(by_id).fillna(links["other"]))[["entity_id", "name"]]


def _concluded(pairs: pd.DataFrame) -> pd.DataFrame:
    """Score and tier of each pair from all its evidence; pairs that come to nothing are left out."""
    kin = (pairs["score_name"].isna() & (pairs["verdict"] == "for")).map({True: _KIN, False: 0.0})
    doubt = pairs["doubt_id"].fillna(1.0) * (1 - pairs["score_name"].fillna(0.0)) * (1 - kin)
    pairs["score"] = (1 - doubt).clip(upper=_MOST)
    with_name = pairs["score"].ge(_SURE).map({True: "match", False: "review"})
    tier = with_name.where(pairs["strength"].notna(), pairs["tier_name"])
    tier = tier.where(pairs["tier_name"] != "match", "match")
    tier = tier.where(pairs["verdict"] != "silent", pairs["strength"])
    pairs["tier"] = tier.where(pairs["verdict"] != "against", pairs["against"])
    pairs["against"] = pairs["verdict"] == "against"
    pairs.loc[pairs["against"], "why_id"] += ", but the name of the holding speaks against it"
    for column, separator in (("method", "+"), ("ours", " · "), ("theirs", " · "), ("why", "; ")):
        pairs[column] = _beside(pairs[f"{column}_id"], _name_side(pairs, column), separator)
    return pairs[pairs["tier"].isin(["match", "review"])]


def _name_side(pairs: pd.DataFrame, column: str) -> pd.Series[str]:
    if column == "method":
        return pairs["score_name"].notna().map({True: "name", False: ""})
    return pairs[f"{column}_name"]


def _beside(left: pd.Series[str], right: pd.Series[str], separator: str) -> pd.Series[str]:
    left, right = left.fillna(""), right.fillna("")
    between = ((left != "") & (right != "")).map({True: separator, False: ""})
    return left + between + right


def _surest(entries: pd.DataFrame, restricted: Restricted, policy: _Policy) -> pd.DataFrame:
    """Within a security and programme: the surest entry, those that cannot be told from it, or a few to review."""
    entries = entries.assign(sure=entries["tier"] == "match")
    entries = entries.sort_values(
        ["security_id", "programme", "sure", "by_identifier", "score", "entity_id"],
        ascending=[True, True, False, False, False, True],
        kind="stable",
    )
    group = entries.groupby(["security_id", "programme"], sort=False)
    entries["place"] = group.cumcount()
    first = {
        column: group[column].transform("first") for column in ("entity_id", "sure", "by_identifier", "score")
    }
    contradicted = group["against"].transform("any") & group["sure"].transform("any")
    same = entries["entity_id"] == first["entity_id"]
    rival = (
        ~same
        & (entries["by_identifier"] == first["by_identifier"])
        & (1 - entries["score"] <= policy.ambiguous_doubt * (1 - first["score"]))
        & first["sure"]
    )
    few = ~first["sure"] & (entries["place"] < policy.most)
    contested = rival.groupby([entries["security_id"], entries["programme"]]).transform("any") | contradicted
    kept = entries[same | rival | few | contradicted].assign(contested=contested)
    return _told_rivals(kept, restricted).sort_values(
        ["security_id", "score"], ascending=[True, False], kind="stable"
    )


def _told_rivals(kept: pd.DataFrame, restricted: Restricted) -> pd.DataFrame:
    """Contested entries become REVIEW, and each names the others."""
    contested = kept["contested"]
    if not contested.any():
        return kept
    names = restricted.entities.set_index("entity_id")["name"]
    rows = kept[contested].assign(entity=lambda frame: frame["entity_id"].map(names))
    group = rows.groupby(["security_id", "programme"], sort=False)
    together = group["entity"].transform(lambda values: ", ".join(dict.fromkeys(values)))
    against = group["against"].transform("any")
    reason = against.map(
        {True: "identifier and name point to different entries: ", False: "fits several entries: "}
    )
    kept = kept.copy()
    kept.loc[contested, "why"] = kept.loc[contested, "why"] + "; " + reason + together
    kept.loc[contested, "tier"] = "review"
    return kept
