"""Identifiers and names together: which entries of the list each security met, how sure that is, and why.

First every pair of security and entity gets one score and one tier from all its evidence; then, list by list,
the surest entry of a security takes the place of lesser ones, and entries that cannot be told apart are left to a
person. Being the same as an entity on one list says nothing about another list, so this is done per programme.
"""

from __future__ import annotations

from typing import Any, Final

import pandas as pd
from pandera.typing import DataFrame

from screener.contracts import checked, empty
from screener.lists.model import Restricted
from screener.matching.agreement import agreement
from screener.matching.aids import Aids
from screener.matching.identify import identify
from screener.matching.linked import contradictions, linked, together
from screener.matching.model import Matches, Securities
from screener.matching.named import by_names
from screener.matching.policy import Policy, shipped_policy
from screener.reference import IssuerLinks

_SURE: Final = 0.9  # evidence that adds up to this, with a name that speaks for it, is a match
_LIKELY: Final = 0.5  # from here on two entries that fit alike are named to each other
_KIN: Final = 0.6  # what a shared distinctive word adds where the comparison of whole names found nothing
_MOST: Final = 0.999
_LABEL: Final = {"isin_unchecked": "isin", "bare_code": "code", "reference_name": "reference"}


def match(
    securities: DataFrame[Securities], restricted: Restricted, aids: Aids | None = None
) -> DataFrame[Matches]:
    """Every entry of ``restricted`` that a security met, at most a few a programme, surest first."""
    policy, aids = shipped_policy(), aids or Aids()
    pairs = _pairs(securities, restricted, aids, policy)
    if pairs.empty:
        return empty(Matches)
    entries = pairs.merge(restricted.listings[["entity_id", "listing_id", "programme"]], on="entity_id")
    return checked(Matches, _surest(entries, restricted, policy))


def _pairs(
    securities: DataFrame[Securities], restricted: Restricted, aids: Aids, policy: Policy
) -> pd.DataFrame:
    """One row a security and entity: tier, score, method, ours, theirs, why, by_identifier, against."""
    index, links = (
        aids.index_of(restricted.names),
        aids.links if aids.links is not None else empty(IssuerLinks),
    )
    printed = identify(securities, restricted.identifiers)
    said = linked(securities, restricted.identifiers, links, index)
    by_number = _by_identifier(together(printed, said), policy)
    by_name = by_names(securities, index, restricted)
    pairs = by_number.merge(by_name, on=["security_id", "entity_id"], how="outer", suffixes=("_id", "_name"))
    pairs["by_identifier"] = pairs["strength"].isin(["match", "review"])
    pairs["verdict"] = _verdicts(pairs, securities, restricted)
    pairs["contradiction"] = contradictions(pairs, securities, restricted, links)
    return _concluded(pairs)


def _by_identifier(evidence: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """The evidence of each security and entity taken together."""
    kinds = pd.DataFrame({kind: row.model_dump() for kind, row in policy.kinds.items()}).T
    evidence = evidence.join(kinds, on="kind")
    evidence["doubt"] = 1 - evidence["score"].astype(float) * evidence["factor"]
    told = zip(evidence["sentence"], evidence["source"], strict=True)
    sentences = [sentence.format(source=source) for sentence, source in told]
    evidence["sentence"] = pd.Series(sentences, index=evidence.index, dtype="str")
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
    doubted = (pairs["tier"] == "match") & (pairs["contradiction"] != "")
    pairs.loc[doubted, "tier"] = "review"
    pairs.loc[doubted, "why_name"] += "; but " + pairs.loc[doubted, "contradiction"]
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


def _surest(entries: pd.DataFrame, restricted: Restricted, policy: Policy) -> pd.DataFrame:
    """Within a security and programme: the surest entry, those that cannot be told from it, or a few to review."""
    entries = entries.assign(sure=entries["tier"] == "match", own=_own_name(entries, restricted))
    entries = entries.sort_values(
        ["security_id", "programme", "sure", "by_identifier", "score", "own", "entity_id"],
        ascending=[True, True, False, False, False, False, True],
        kind="stable",
    )
    group = entries.groupby(["security_id", "programme"], sort=False)
    entries["place"] = group.cumcount()
    first = {
        column: group[column].transform("first")
        for column in ("entity_id", "sure", "by_identifier", "score", "own")
    }
    contradicted = group["against"].transform("any") & group["sure"].transform("any")
    same = entries["entity_id"] == first["entity_id"]
    rival = (
        ~same
        & (entries["by_identifier"] == first["by_identifier"])
        & (1 - entries["score"] <= policy.ambiguous_doubt * (1 - first["score"]))
        & (first["sure"] | (first["score"] >= _LIKELY))
        & ~(first["own"] & ~entries["own"])
    )
    few = ~first["sure"] & (entries["place"] < policy.most)
    contested = rival.groupby([entries["security_id"], entries["programme"]]).transform("any") | contradicted
    kept = entries[same | rival | few | contradicted].assign(contested=contested)
    return _told_rivals(kept, restricted).sort_values(
        ["security_id", "score"], ascending=[True, False], kind="stable"
    )


def _own_name(entries: pd.DataFrame, restricted: Restricted) -> pd.Series[bool]:
    """Whether what was met is the name under which the entity is listed: another that bears it as one more name is no rival.

    OFAC lists Huawei Investment & Holding by itself, and prints its name among those of Huawei Technologies.
    """
    listed = entries["entity_id"].map(restricted.entities.set_index("entity_id")["name"])
    return _letters(listed) == _letters(entries["theirs"])


def _letters(names: pd.Series[str]) -> pd.Series[str]:
    """Names without case and punctuation."""
    return names.str.casefold().str.replace(r"[\W_]+", "", regex=True)


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
