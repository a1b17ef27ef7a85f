"""What reference files say: a security and a listed entity brought together by an issuer that somebody else names.

Three ways lead there: the issuer's LEI is on the list; the list prints another security of the same LEI (a share line
issued after the listing, a bond); or the issuer's name is that of a listed entity. All of it is somebody's word, so it
is for review unless the name of the holding agrees, and it speaks as well against a match by name alone.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from pandera.typing import DataFrame

from screener.contracts import checked, empty
from screener.identifiers import normal_column
from screener.lists.model import Identifiers, Restricted
from screener.matching.agreement import agreement
from screener.matching.identify import Evidence
from screener.matching.model import Securities
from screener.matching.names import NameIndex
from screener.reference import IssuerLinks

_KEYS: Final = ["security_id", "entity_id"]


def linked(
    securities: DataFrame[Securities],
    identifiers: DataFrame[Identifiers],
    links: DataFrame[IssuerLinks],
    index: NameIndex,
) -> DataFrame[Evidence]:
    """Every entity that ``links`` bring a security together with."""
    if links.empty:
        return empty(Evidence)
    return together(_by_lei(securities, identifiers, links), _by_issuer_name(securities, links, index))


def together(*parts: pd.DataFrame) -> DataFrame[Evidence]:
    """The evidence of all ``parts``."""
    found = [part for part in parts if len(part)]
    return checked(Evidence, pd.concat(found, ignore_index=True)) if found else empty(Evidence)


def contradictions(
    pairs: pd.DataFrame,
    securities: DataFrame[Securities],
    restricted: Restricted,
    links: DataFrame[IssuerLinks],
) -> pd.Series[str]:
    """For each of ``pairs`` (security_id, entity_id) that only a name brought together what ``links`` say against it.

    "" where they say nothing, or the same.
    """
    told = pd.Series("", index=pairs.index, dtype="str")
    by_name = pairs[pairs["strength"].isna()]
    if links.empty or by_name.empty:
        return told
    said = by_name.assign(isin=by_name["security_id"].map(_isins(securities))).reset_index()
    said = said[["index", "isin", *_KEYS]].merge(links, on="isin")
    theirs = _their_leis(restricted.identifiers, links).groupby("entity_id")["key"].agg(set)
    known = said["entity_id"].map(theirs)
    leis = zip(said["lei"], known, strict=True)
    other_lei = np.array(
        [bool(lei) and isinstance(one, set) and lei not in one for lei, one in leis], dtype=bool
    )
    names = restricted.names.groupby("entity_id")["name"].agg("|".join)
    named = pd.DataFrame({"ours": said["name"], "theirs": said["entity_id"].map(names)})
    other_name = (agreement(named) == "against") & (named["ours"] != "")
    said = said[other_name | other_lei].drop_duplicates("index")
    issuer = said["name"].where(said["name"] != "", "the issuer with LEI " + said["lei"])
    reason = said["source"] + " has another issuer for this ISIN: " + issuer
    told.loc[said["index"]] = reason.to_numpy()
    return told


def _by_lei(securities: pd.DataFrame, identifiers: pd.DataFrame, links: pd.DataFrame) -> pd.DataFrame:
    own = securities.loc[securities["lei"] != "", ["security_id", "lei", "isin"]]
    own = own.assign(ours=own["lei"], source_ours="").rename(columns={"lei": "key"})
    ours = securities.loc[securities["isin"] != "", ["security_id", "isin"]].merge(
        links[links["lei"] != ""], on="isin"
    )
    ours = ours.assign(ours=ours["isin"] + " of issuer " + ours["lei"]).rename(
        columns={"lei": "key", "source": "source_ours"}
    )
    met = pd.concat([own, ours]).merge(_their_leis(identifiers, links), on="key", suffixes=("", "_theirs"))
    # The same ISIN on both sides needs no reference, and LEI against LEI none either.
    met = met[(met["isin"] == "") | (met["isin"] != met["isin_theirs"])]
    source = met["source_ours"].where(met["source_ours"] != "", met["source_theirs"])
    met = met.assign(kind="reference", source=source, factor=1.0)
    met = met[met["source"] != ""].drop_duplicates([*_KEYS, "key"])
    return met[["security_id", "entity_id", "kind", "ours", "theirs", "source", "factor"]]


def _their_leis(identifiers: pd.DataFrame, links: pd.DataFrame) -> pd.DataFrame:
    """Columns entity_id, key (an LEI), isin, theirs, source_theirs: printed by the list, or by way of an ISIN of it."""
    printed = identifiers[["entity_id", "value"]].assign(value_normal=normal_column(identifiers["value"]))
    leis = printed[identifiers["scheme"] == "lei"]
    direct = pd.DataFrame(
        {
            "entity_id": leis["entity_id"],
            "key": leis["value_normal"],
            "isin": "",
            "theirs": leis["value"],
            "source_theirs": "",
        }
    )
    isins = printed[identifiers["scheme"] == "isin"].rename(columns={"value_normal": "isin"})
    by_way = isins.merge(links[links["lei"] != ""], on="isin")
    by_way = by_way.assign(theirs=by_way["value"] + " of the same issuer")
    by_way = by_way.rename(columns={"lei": "key", "source": "source_theirs"})
    return pd.concat([direct, by_way[list(direct.columns)]], ignore_index=True)


def _by_issuer_name(securities: pd.DataFrame, links: pd.DataFrame, index: NameIndex) -> pd.DataFrame:
    ours = securities.loc[securities["isin"] != "", ["security_id", "isin"]].merge(
        links[links["name"] != ""], on="isin"
    )
    found = index.search(ours["name"].drop_duplicates()).rename(columns={"name": "theirs"})
    met = ours.merge(found, left_on="name", right_on="query")
    met = met.assign(kind="reference_name", factor=met["score"], ours=met["isin"] + " of " + met["name"])
    return met[["security_id", "entity_id", "kind", "ours", "theirs", "source", "factor"]]


def _isins(securities: pd.DataFrame) -> pd.Series[str]:
    return securities.set_index("security_id")["isin"]
