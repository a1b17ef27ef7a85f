"""Names met, as evidence beside identifiers: how a group's short name, a country and a kind of party count."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandera.typing import DataFrame

from screener.lists.model import Restricted
from screener.lists.text import country
from screener.matching.background import shipped_background
from screener.matching.description import issuers
from screener.matching.model import Securities
from screener.matching.names import NameIndex
from screener.matching.policy import Contradiction, shipped_policy
from screener.matching.tiers import shipped_tiers


def by_names(securities: DataFrame[Securities], index: NameIndex, restricted: Restricted) -> pd.DataFrame:
    """Securities and entities whose names met: columns security_id, entity_id, and of the name score, tier, ours, theirs, why."""
    named = securities.loc[securities["name"].str.strip() != "", ["security_id", "name"]]
    found = index.search(named["name"].drop_duplicates())
    met = named.rename(columns={"name": "query"}).merge(_wary_of_short_names(found, restricted), on="query")
    return _weighed(met, securities, restricted).rename(
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
    is called CNOOC for short. Column ``short`` says where that name is a common word besides (BRIGHT), which makes
    the meeting one by chance.
    """
    full_name = found["entity_id"].map(restricted.entities.set_index("entity_id")["name"])
    short = (found["name"] != full_name) & (issuers(found["name"]).str.count(" ") == 0)
    short &= issuers(found["query"]).str.count(" ") > 0
    wary = short & (found["tier"] == "match")
    met = found.assign(short=short & _common(found["name"]))
    met.loc[wary, "tier"] = "review"
    met.loc[wary, "why"] = (
        met.loc[wary, "why"] + "; only a short name of the listed entity, which its affiliates share"
    )
    return met


def _common(names: pd.Series[str]) -> NDArray[np.bool_]:
    """Which names are words that other companies' names have too."""
    words = issuers(names).str.replace(".", "").tolist()
    told: NDArray[np.bool_] = (
        shipped_background().information(words) < shipped_policy().contradiction.common_nats
    )
    return told


def _weighed(met: pd.DataFrame, securities: pd.DataFrame, restricted: Restricted) -> pd.DataFrame:
    """With the odds lowered where the country or the kind of party contradicts; such a pair is no sure match."""
    policy, entities = shipped_policy().contradiction, restricted.entities.set_index("entity_id")
    stated = met["security_id"].map(securities.set_index("security_id")["country"])
    ours = stated.map({printed: country(printed) or "" for printed in stated.unique()}).astype("str")
    theirs = met["entity_id"].map(entities["country"]).fillna("")
    abroad = pd.Series(
        [_abroad(one, other, policy) for one, other in zip(ours, theirs, strict=True)],
        index=met.index,
        dtype=bool,
    )
    kind = met["entity_id"].map(entities["kind"])
    other_kind = kind.isin(policy.kinds)
    logit = np.log(met["score"] / (1 - met["score"])) - policy.country_logit * abroad
    logit -= policy.kind_logit * other_kind + policy.short_name_logit * met["short"]
    score = 1 / (1 + np.exp(-logit))
    tiers = shipped_tiers()
    tier = met["tier"].where(~(abroad | other_kind) | (met["tier"] != "match"), "review")
    why = met["why"] + (
        "; the holding's country is " + ours + ", the listed entity's " + theirs.str.replace(";", " or ")
    ).where(abroad, "")
    why = why + ("; the listed entity is a " + kind + ", which issues no securities").where(other_kind, "")
    seen: NDArray[np.bool_] = np.asarray(score >= tiers.review)
    return met.assign(score=score, tier=tier, why=why).drop(columns="short")[seen]


def _abroad(ours: str, theirs: str, policy: Contradiction) -> bool:
    """Whether a stated country contradicts those of the list: offshore seats and one country's two markets do not."""
    listed = {country for country in theirs.split(";") if country}
    if not ours or not listed or ours in listed or ours in policy.anywhere or listed & policy.anywhere:
        return False
    return not any(ours in group and listed & group for group in policy.together)
