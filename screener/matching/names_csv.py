"""Bulk matching of names against entities, without a restricted list: what ``screener match`` does."""

from __future__ import annotations

import pandas as pd
from pandera.typing import DataFrame

from screener.matching.model import NameMatches
from screener.matching.names import NameIndex


def match_file(names: pd.DataFrame, entities: pd.DataFrame) -> DataFrame[NameMatches]:
    """The best match of each distinct ``names["query"]`` among ``entities`` (``entity_id``, ``name``; aliases are rows).

    Queries without a candidate are left out.
    """
    return NameIndex.build(entities).search(names["query"].fillna("").astype("str"), limit=1)
